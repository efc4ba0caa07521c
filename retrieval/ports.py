"""What answering needs beside the graph's own ports."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from graph.ports import GraphPath
from graph.types import Value


class Strategy(StrEnum):
    """How paths were decoded, best first."""

    SEARCH = "search"  # exact top k inside the trie by the model's log-probabilities
    GRAMMAR = "grammar"  # generated inside the trie by the engine's plugin
    LIST = "list"  # a numbered list, and numbers under a JSON schema
    NONE = "none"  # there was nothing to choose from


@dataclass(frozen=True, slots=True)
class DecodedPath:
    """``score`` is the model's log-probability of the path: at most 0, the raw sum over its tokens and the
    end of sequence. Only ``Strategy.SEARCH`` knows it; the others give minus the rank."""

    path: GraphPath
    score: float


@dataclass(frozen=True, slots=True)
class DecodedPaths:
    """Best first; paths of equal wording come together. Tokens are counted over all of one call's requests.

    ``exact``: these are the k most probable. If not, ``reason`` is a sentence that says why.
    """

    paths: tuple[DecodedPath, ...]
    prompt_tokens: int = 0
    completion_tokens: int = 0
    strategy: Strategy = Strategy.NONE
    exact: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ChatMessage:
    role: str  # system, user or assistant
    content: str


@dataclass(frozen=True, slots=True)
class ReplyPiece:
    """Some of a reply's text as it comes. The last piece, and only that, counts the tokens and says whether
    the reply was cut at ``max_tokens``."""

    text: str
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cut: bool = False


class AnswerModel(Protocol):
    """A chat model that writes. Nothing it says is believed before it was checked against the evidence."""

    model_id: str

    async def context_tokens(self) -> int | None:
        """How many tokens prompt and reply may have together; None where the server does not tell."""
        ...

    def write(self, messages: Sequence[ChatMessage], *, max_tokens: int) -> AsyncGenerator[ReplyPiece, None]:
        """The reply as it is written, greedily. Closing the generator stops the model.

        EngineUnavailable, ConfigurationError or DecodingError where the server is away or refuses.
        """
        ...


class PathDecoder(Protocol):
    """A language model that can write nothing but the given paths."""

    async def decode(self, question: str, paths: Sequence[GraphPath], k: int) -> DecodedPaths:
        """The ``k`` paths that the model finds likeliest; EngineUnavailable or DecodingError.

        Paths without a step are names of entities: then the model is asked for a name.
        """
        ...


class SpanKind(StrEnum):
    """What a stretch of text may name."""

    DATE = "date"
    NUMBER = "number"
    PERSON = "person"
    ORGANIZATION = "organization"
    PLACE = "place"
    NAME = "name"  # of anything else, or of what is not known
    NOUN = "noun"  # no name: what a noun says, with the words before it


@dataclass(frozen=True, slots=True)
class TextSpan:
    """``start`` to ``end`` in code points. ``value`` is how it is compared; ``counted``: what a number
    counts.
    """

    start: int
    end: int
    kind: SpanKind
    value: Value
    counted: str = ""


class SpanFinder(Protocol):
    """Finds what could be a value in running text, by shape and grammar. Blocks."""

    def find(self, text: str, kinds: frozenset[SpanKind]) -> Sequence[TextSpan]:
        """Spans of these kinds in order of their place. They may overlap."""
        ...
