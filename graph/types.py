"""The nouns of the graph: evidence, which is immutable, and the rows derived from it.

Everything here is a frozen value. Ids are 16 bytes (``graph.identity``), except a content's, which is the
whole SHA-256 of its bytes. Scores and confidences are integer micro-units (1_000_000 = certain), so that
sums do not depend on order. Spans are half-open ranges of code points in a document's normalised text.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NewType

WorkspaceId = NewType("WorkspaceId", str)
ContentId = NewType("ContentId", bytes)  # SHA-256 of the bytes, 32 bytes
SourceId = NewType("SourceId", bytes)  # of the URI
PipelineId = NewType("PipelineId", bytes)  # of versions, options and models
ReferentId = NewType("ReferentId", bytes)
ClaimId = NewType("ClaimId", bytes)
EntityId = NewType("EntityId", bytes)  # the smallest ReferentId of its members
FactId = NewType("FactId", bytes)
ConflictId = NewType("ConflictId", bytes)
EpochId = NewType("EpochId", bytes)
VerdictId = NewType("VerdictId", bytes)  # of model, prompt version and exact question
Position = NewType("Position", int)  # a workspace's logical clock
PartialDate = NewType("PartialDate", str)  # ISO 8601 of reduced precision: 2019, 2019-05, 2019-05-03

MICRO = 1_000_000


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Code points ``start`` (included) to ``end`` (excluded) of a document's normalised text."""

    start: int
    end: int

    def of(self, text: str) -> str:
        return text[self.start : self.end]


# ---------------------------------------------------------------- evidence


class ElementKind(StrEnum):
    TITLE = "title"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE = "table"
    TABLE_ROW = "table_row"
    CAPTION = "caption"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Element:
    """A node of the layout tree. ``parent`` is the ``ord`` of the enclosing heading or table.

    ``level`` is 1 to 6 for headings, else 0. ``page`` counts from 1; ``None`` where the format has none.
    """

    ord: int
    kind: ElementKind
    span: Span
    level: int = 0
    parent: int | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """A retrieval unit: whole sentences of one section. ``heading`` is its path, outermost first."""

    ord: int
    span: Span
    page: int | None = None
    heading: tuple[str, ...] = ()


class MentionKind(StrEnum):
    NAME = "name"
    NOMINAL = "nominal"
    PRONOUN = "pronoun"


@dataclass(frozen=True, slots=True)
class Mention:
    referent: ReferentId
    span: Span
    kind: MentionKind


@dataclass(frozen=True, slots=True)
class Referent:
    """The atom of identity: one document's coreference cluster.

    ``names`` are its distinct surface names and the aliases the text states, the display name first.
    ``id`` = make_id("referent", workspace, content, first span, type). ``context`` is a sketch of what it is
    mentioned beside (``graph.fusion.contexts``); empty where none was made.
    """

    id: ReferentId
    content: ContentId
    type: str
    names: tuple[str, ...]
    first: Span
    context: bytes = b""


class ValueKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"


GIVE_OR_TAKE = "±"  # of a number that is told to be about that: "500±50"
BETWEEN = ".."  # of a range or a bound: "500..600", "500..", "..600"


@dataclass(frozen=True, slots=True, order=True)
class Value:
    """A literal. Numbers are plain decimal text ("1200000"), or an amount that is not told exactly
    (``graph.fusion.amounts``); dates are PartialDate text."""

    kind: ValueKind
    text: str
    unit: str | None = None

    @property
    def shown(self) -> str:
        """Its text in words, and its unit if it has one."""
        text = in_words(self.text) if self.kind is ValueKind.NUMBER else self.text
        return f"{text} {self.unit}" if self.unit else text


def in_words(amount: str, written: Callable[[str], str] = str) -> str:
    """ "About 500", "500 to 600", "at least 500", "at most 600"; each number as ``written``."""
    number, hedge, _ = amount.partition(GIVE_OR_TAKE)
    if hedge:
        return f"about {written(number)}"
    low, dots, high = amount.partition(BETWEEN)
    if not dots:
        return written(amount)
    if low and high:
        return f"{written(low)} to {written(high)}"
    return f"at least {written(low)}" if low else f"at most {written(high)}"


Qualifiers = tuple[tuple[str, str], ...]  # sorted (name, value) pairs
OVER = ("status", "former")  # the qualifier of what had ended by the date of the statement


@dataclass(frozen=True, slots=True)
class Claim:
    """What one document says, at one place.

    ``relation`` is a type of the ontology, or ``None`` where the phrase maps to none. ``polarity`` is False
    for a negated claim. ``stated`` is the date the statement speaks from, never the time of ingestion;
    ``past``: it tells of a time before that, and of none in particular ("led"). ``span`` is its quote.
    ``id`` = make_id("claim", workspace, content, pipeline, head, phrase, ..., span).
    """

    id: ClaimId
    content: ContentId
    head: ReferentId
    phrase: str
    relation: str | None
    tail: ReferentId | Value
    span: Span
    qualifiers: Qualifiers = ()
    polarity: bool = True
    valid_from: PartialDate | None = None
    valid_to: PartialDate | None = None
    stated: PartialDate | None = None
    confidence: int = MICRO
    extractor: str = ""
    past: bool = False

    @property
    def tail_referent(self) -> ReferentId | None:
        return None if isinstance(self.tail, Value) else self.tail


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that one pipeline read from one content: what a run publishes, whole or not at all.

    ``text`` is the normalised text that every span points into. ``signature`` is the fixed-seed MinHash
    of its word shingles, by which near-duplicate documents are known. ``stated`` is the date the document
    itself bears.
    """

    content: ContentId
    pipeline: PipelineId
    text: str
    title: str
    media_type: str
    pages: int | None
    stated: PartialDate | None
    signature: tuple[int, ...]
    elements: tuple[Element, ...] = ()
    chunks: tuple[Chunk, ...] = ()
    referents: tuple[Referent, ...] = ()
    mentions: tuple[Mention, ...] = ()
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Where a content came from. A content is live while one source points at it."""

    id: SourceId
    uri: str
    content: ContentId
    metadata: Mapping[str, str] = field(default_factory=dict)


# ---------------------------------------------------------------- recorded judgement


@dataclass(frozen=True, slots=True)
class Same:
    """Two referents are one, whatever the matcher says."""

    a: ReferentId
    b: ReferentId


@dataclass(frozen=True, slots=True)
class Separate:
    """Two referents are never one. Wins over edges; against Same the later decision wins."""

    a: ReferentId
    b: ReferentId


@dataclass(frozen=True, slots=True)
class Split:
    """None of ``referents`` is one with any of ``rest``: a Separate for each two, taken back at once.

    One Separate would not do: what is kept from one member may stay with the others, and leave that one out.
    """

    referents: tuple[ReferentId, ...]
    rest: tuple[ReferentId, ...]


@dataclass(frozen=True, slots=True)
class Resolve:
    """The value of (subject, relation, qualifiers) is this one; or, without ``polarity``, is not.

    ``as_of``: of a state, the time of which that is said: what is told of later times is news, and may
    supersede it. None for what was decided of all times.
    """

    subject: ReferentId
    relation: str
    value: ReferentId | Value
    qualifiers: Qualifiers = ()
    polarity: bool = True
    as_of: PartialDate | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A model's proposal: an inferred fact, while its grounds stand and nothing stated speaks against it.

    ``grounds`` are claims, one of each fact of the neighbourhood that the model was shown. ``consistency`` is
    the share of wordings of the question that gave this link, ``plausibility`` the share of corrupted links
    that are less at home in what documents say; both in micro-units. ``proposer`` is the model and the
    version of its words.
    """

    head: ReferentId
    relation: str
    tail: ReferentId
    grounds: tuple[ClaimId, ...]  # sorted
    consistency: int
    plausibility: int
    proposer: str


@dataclass(frozen=True, slots=True)
class TrustSource:
    """An operator's word on a source, in micro-units; it overrides the epoch's."""

    source: SourceId
    trust: int


@dataclass(frozen=True, slots=True)
class AdoptEpoch:
    epoch: EpochId


@dataclass(frozen=True, slots=True)
class ChangeOntology:
    """Replace the workspace's ontology; ``text`` is the whole TOML."""

    text: str


@dataclass(frozen=True, slots=True)
class Revert:
    """Undo the decision made at ``position``. Reverting a revert restores it."""

    position: Position


Ruling = Same | Separate | Split | Resolve | Link | TrustSource | AdoptEpoch | ChangeOntology | Revert


StandIns = Mapping[ReferentId, tuple[ReferentId, ...]]


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's or an operator's ruling. Ordered: later beats earlier.

    ``stand_ins``: of a referent that the ruling names, others that were one with it when it was made, by id.
    """

    position: Position
    ruling: Ruling
    author: str
    reason: str = ""
    stand_ins: StandIns = field(default_factory=dict)


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A model's recorded answer; first write wins.

    Of two referents: whether they are one. Of two facts that exclude each other, named by the first claim of
    each: whether the first is right (yes) or the second (no).
    """

    id: VerdictId
    a: ReferentId | ClaimId
    b: ReferentId | ClaimId
    answer: Answer
    reason: str
    model: str


# ---------------------------------------------------------------- derived rows


@dataclass(frozen=True, slots=True)
class Entity:
    id: EntityId
    type: str
    name: str
    names: tuple[str, ...]  # all names of its members, the display name included, sorted
    members: tuple[ReferentId, ...]  # sorted


class FactStatus(StrEnum):
    ACCEPTED = "accepted"
    CONTESTED = "contested"
    SUPERSEDED = "superseded"
    INFERRED = "inferred"


@dataclass(frozen=True, slots=True)
class Fact:
    """What the graph believes, with the claims it stands on, or with the facts it follows from.

    ``relation`` is a type of the ontology or ``RELATED_TO``; ``phrase`` is the smallest of the claims'
    most frequent phrases. ``support`` counts independent documents, near-duplicates once.
    ``reason`` says in a sentence why a fact is not accepted, and in another from which phrases its type was
    learnt, where an epoch maps them. Only an inferred fact has ``grounds``, and no claims of its own: in the
    order in which they lead from its head to its tail; by id where a ``proposer`` (a model) thought of it.
    ``valid_to_implied``: no claim states this end, or not as precisely; it is the date at which what follows
    began, and the fact ended then at the latest. ``valid_from_implied``: no claim states this beginning, or
    not as precisely; the fact follows another, and began then at the latest.
    """

    id: FactId
    head: EntityId
    relation: str
    tail: EntityId | Value
    phrase: str
    qualifiers: Qualifiers
    polarity: bool
    valid_from: PartialDate | None
    valid_to: PartialDate | None
    stated: PartialDate | None  # the latest stated date among its claims
    status: FactStatus
    confidence: int
    support: int
    claims: tuple[ClaimId, ...]  # sorted
    reason: str = ""
    grounds: tuple[FactId, ...] = ()
    valid_from_implied: bool = False
    valid_to_implied: bool = False
    proposer: str = ""

    @property
    def tail_entity(self) -> EntityId | None:
        return None if isinstance(self.tail, Value) else self.tail


class ConflictKind(StrEnum):
    RELATION = "relation"  # (a) several relation types where one is allowed
    VALUE = "value"  # (b) several values of a functional relation
    DIRECTION = "direction"  # (c) both directions of an asymmetric relation, or a circle of what orders
    RECENCY = "recency"  # (d) a newer statement over an older one
    POLARITY = "polarity"  # (e) asserted against negated
    TYPE = "type"  # (f) types that exclude each other: of one entity's members, or of an end and its relation


@dataclass(frozen=True, slots=True)
class Conflict:
    """Facts that cannot all hold. ``winner`` is ``None`` while the weights tie.

    One of types has a single fact, or none where it is an entity's members whose types exclude each other.
    """

    id: ConflictId
    kind: ConflictKind
    facts: tuple[FactId, ...]  # sorted
    winner: FactId | None
    reason: str


class ChangeKind(StrEnum):
    """What an outbox row is about, in the order in which upserts are applied (deletes: reversed)."""

    DOCUMENT = "document"
    ELEMENT = "element"
    CHUNK = "chunk"
    ENTITY = "entity"
    MENTIONS = "mentions"
    FACT = "fact"


# What outbox rows hold and how they stand in a graph store. Raise it with every change of either: graphs of
# another form are then written anew, and rows of another form are not applied.
ROW_FORM = 9


@dataclass(frozen=True, slots=True)
class GraphChange:
    """An outbox row: the absolute state of one thing at ``position``, or ``None`` when it is gone.

    ``row`` is JSON-ready, ids as hex; docs/ARCHITECTURE.md lists each kind's keys.
    """

    position: Position
    seq: int
    kind: ChangeKind
    id: bytes
    row: Mapping[str, Any] | None
