"""A question's values, from the request to the answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from graph.ports import ChunkText, Citation, EntityHit, FactRow, GraphPath
from graph.types import PartialDate


class Mode(StrEnum):
    AUTO = "auto"  # everything; paths are decoded where an engine is to be had
    HYBRID = "hybrid"  # passages by words, vectors and shared entities, and facts; no decoding
    GRAPH = "graph"  # facts and the passages they bridge to; no plain passage search for the answer
    VECTOR = "vector"  # passages by vectors alone
    PATHS = "paths"  # decoded paths or nothing


class Reasoning(StrEnum):
    """What a language model is asked for where paths are decoded."""

    PATHS = "paths"  # the likeliest of the candidate paths, beside what the question's words say
    WALK = "walk"  # hop by hop, one of the steps that lead on, or to stop
    ENTITIES = "entities"  # the name of an entity that can be reached


class AnswerStyle(StrEnum):
    EXTRACTIVE = "extractive"
    GENERATIVE = "generative"


class Status(StrEnum):
    ANSWERED = "answered"
    ABSTAINED = "abstained"


@dataclass(frozen=True, slots=True)
class Turn:
    """Something said before the question, by the ``user`` or the ``assistant``."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Query:
    """``as_of`` asks the graph as it was valid then. ``top_k`` bounds passages and citations.

    ``instructions`` steer tone, language and format of a written answer. ``from_memory`` lets the model add
    what the sources do not say; such sentences are marked and cite nothing. ``include_inferred`` lets facts
    answer that no document states, but that follow from what they state; the answer marks them.
    """

    text: str
    mode: Mode = Mode.AUTO
    top_k: int = 8
    max_hops: int = 2
    as_of: PartialDate | None = None
    only_need_context: bool = False
    style: AnswerStyle = AnswerStyle.EXTRACTIVE
    instructions: str = ""
    history: tuple[Turn, ...] = ()
    from_memory: bool = False
    reasoning: Reasoning = Reasoning.PATHS
    include_inferred: bool = False


@dataclass(frozen=True, slots=True)
class Topic:
    """An entity that the question names, by the words at ``start`` to ``end`` (token numbers, half-open)."""

    entity: EntityHit
    mention: str
    start: int
    end: int
    score: float  # 1 for an exact name, less for a similar one


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk found for the question. ``via`` names what led to it: retrievers, or a shared entity."""

    chunk: ChunkText
    score: float
    via: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NumberedCitation:
    number: int  # as the text refers to it: [1]
    citation: Citation


@dataclass(frozen=True, slots=True)
class AnswerPath:
    """A verified path; ``score`` is comparable within one answer only. ``citations`` are numbers."""

    path: GraphPath
    text: str
    score: float
    citations: tuple[int, ...]
    decoded: bool = False


@dataclass(frozen=True, slots=True)
class Rival:
    fact: FactRow
    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AnswerConflict:
    """Facts of the graph that cannot hold beside the one in the answer, each with the reason it lost."""

    fact: FactRow
    text: str
    rivals: tuple[Rival, ...]


@dataclass(frozen=True, slots=True)
class Explored:
    """How many candidate paths were read; not ``exhausted``: ``budget`` or a hub's size left others out."""

    paths: int
    budget: int
    exhausted: bool


@dataclass(frozen=True, slots=True)
class Decoding:
    """How the model was held to the graph. ``strategy`` is one of ``retrieval.ports.Strategy``;
    ``considered`` counts the choices put before the model, not ``complete`` when there were more."""

    reasoning: Reasoning
    strategy: str
    exact: bool
    reason: str
    considered: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """``reason`` says why it abstained. ``notices`` are sentences on what was not available or dropped.

    ``style`` is how it was made, which falls back to extractive where no model could write. ``question`` is
    the question as it was understood after what was said before. ``from_memory``: some sentence is the
    model's own knowledge, marked as such.
    ``timings`` are milliseconds by stage; ``usage`` counts model tokens, and citations that failed.
    """

    text: str
    status: Status
    reason: str = ""
    entities: tuple[Topic, ...] = ()
    paths: tuple[AnswerPath, ...] = ()
    citations: tuple[NumberedCitation, ...] = ()
    conflicts: tuple[AnswerConflict, ...] = ()
    notices: tuple[str, ...] = ()
    usage: Mapping[str, int] = field(default_factory=dict)
    timings: Mapping[str, float] = field(default_factory=dict)
    explored: Explored | None = None
    decoding: Decoding | None = None
    style: AnswerStyle = AnswerStyle.EXTRACTIVE
    question: str = ""
    from_memory: bool = False


@dataclass(frozen=True, slots=True)
class Sentence:
    """A checked sentence of a written answer as it stands there, with the citations it is first to use."""

    text: str
    citations: tuple[NumberedCitation, ...]
