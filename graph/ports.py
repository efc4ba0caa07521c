"""What the graph floor needs from the outside, and what it offers upwards, as protocols.

Ledger calls are synchronous and run in worker threads; the graph store and the engines are asynchronous.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from graph.errors import InvalidInput
from graph.types import (
    ChangeKind,
    ClaimId,
    ContentId,
    EntityId,
    FactId,
    FactStatus,
    GraphChange,
    PartialDate,
    Position,
    Qualifiers,
    Span,
    Value,
    WorkspaceId,
)

Vectors = NDArray[np.float32]
T = TypeVar("T")


class Embedder(Protocol):
    """Texts to unit vectors. ``model_id`` names model and version: it is part of every vector's key."""

    model_id: str
    dimension: int

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension), float32, L2-normalised."""
        ...


# ---------------------------------------------------------------- what the graph store answers


@dataclass(frozen=True, slots=True)
class EntityHit:
    id: EntityId
    name: str
    type: str
    aliases: tuple[str, ...]
    score: float


@dataclass(frozen=True, slots=True)
class ChunkHit:
    id: bytes  # make_id("chunk", workspace, content, pipeline, ord)
    content: ContentId
    ord: int
    score: float


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact as the graph store holds it, with its ends' names."""

    id: FactId
    head: EntityId
    head_name: str
    relation: str
    phrase: str
    tail: EntityId | Value
    tail_name: str
    status: FactStatus
    polarity: bool
    confidence: int
    support: int
    qualifiers: Qualifiers
    valid_from: PartialDate | None
    valid_to: PartialDate | None
    claim_count: int
    reason: str = ""
    stated: PartialDate | None = None  # the latest stated date among its claims
    grounds: tuple[FactId, ...] = ()  # what an inferred fact follows from, in order from its head to its tail
    valid_from_implied: bool = False  # it began then at the latest: the date of its statement
    valid_to_implied: bool = False  # it ended then at the latest: a newer statement's date
    proposer: str = ""  # of a proposed link: the model, and the words it was asked in

    @property
    def cursor(self) -> str:
        """Of the page of neighbours that ends with this fact, see ``read_neighbour_cursor``."""
        return f"{self.support}.{self.confidence}.{self.id.hex()}"


def read_neighbour_cursor(cursor: str) -> tuple[int, int, FactId]:
    """Support, confidence and id of the fact that a page of neighbours ended with. InvalidInput."""
    try:
        support, confidence, fact = cursor.split(".")
        return int(support), int(confidence), FactId(bytes.fromhex(fact))
    except ValueError as error:
        raise InvalidInput("the cursor is not one that this list gave out: begin without one") from error


@dataclass(frozen=True, slots=True)
class PathStep:
    """One fact walked; ``forward`` is False when it is walked from tail to head."""

    fact: FactRow
    forward: bool


@dataclass(frozen=True, slots=True)
class GraphPath:
    """A walk that never revisits an entity; it may end in a literal."""

    start: EntityId
    start_name: str
    steps: tuple[PathStep, ...]


@dataclass(frozen=True, slots=True)
class PathSearch:
    """``exhausted`` is False when the budget cut the enumeration short."""

    paths: tuple[GraphPath, ...]
    exhausted: bool


@dataclass(frozen=True, slots=True)
class Hop:
    """A step without its facts: a relation and a direction. ``phrase`` tells apart what the ontology does not
    know by name: it is the facts' own for RELATED_TO, and None for all other relations."""

    relation: str
    forward: bool
    phrase: str | None = None


Pattern = tuple[Hop, ...]


@dataclass(frozen=True, slots=True)
class PatternSearch:
    """Shorter first, then those that stand for more facts. ``exhausted`` is False when a bound cut it."""

    patterns: tuple[Pattern, ...]
    exhausted: bool


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    items: tuple[T, ...]
    next_cursor: str | None


class GraphReader(Protocol):
    """Questions to the projected graph. Every call is confined to one workspace."""

    async def position(self, workspace: WorkspaceId) -> Position: ...

    async def entities(self, workspace: WorkspaceId, ids: Sequence[EntityId]) -> list[EntityHit]: ...

    async def find_entities(self, workspace: WorkspaceId, names: Sequence[str]) -> list[EntityHit]:
        """Entities one of whose names equals one of ``names`` after ``normalise_name``."""
        ...

    async def search_entities(self, workspace: WorkspaceId, text: str, k: int) -> list[EntityHit]:
        """Full-text over names; ``text`` is plain words, escaped here."""
        ...

    async def search_chunks(self, workspace: WorkspaceId, text: str, k: int) -> list[ChunkHit]:
        """BM25 over document title, headings and text; ``text`` is plain words, escaped here."""
        ...

    async def chunks_of(
        self, workspace: WorkspaceId, entities: Sequence[EntityId], k: int
    ) -> list[tuple[EntityId, ChunkHit]]:
        """Chunks that mention each entity, at most ``k`` an entity, most mentions first."""
        ...

    async def entities_of(
        self, workspace: WorkspaceId, chunks: Sequence[bytes]
    ) -> list[tuple[bytes, EntityHit]]:
        """Entities that each chunk mentions; ``score`` is the number of mentions."""
        ...

    async def facts(self, workspace: WorkspaceId, ids: Sequence[FactId]) -> list[FactRow]: ...

    async def neighbours(
        self,
        workspace: WorkspaceId,
        entity: EntityId,
        *,
        limit: int,
        cursor: str | None = None,
        statuses: Sequence[FactStatus] = (FactStatus.ACCEPTED,),
        as_of: PartialDate | None = None,
        relations: Sequence[str] | None = None,
    ) -> Page[PathStep]:
        """The facts at an entity, or those of some relations: best supported first, then surest, by id."""
        ...

    async def paths(
        self,
        workspace: WorkspaceId,
        starts: Sequence[EntityId],
        *,
        max_hops: int,
        budget: int,
        as_of: PartialDate | None = None,
    ) -> PathSearch:
        """Accepted paths of 1 to ``max_hops`` facts from ``starts``, in stable order, at most ``budget``."""
        ...

    async def patterns(
        self,
        workspace: WorkspaceId,
        starts: Sequence[EntityId],
        *,
        max_hops: int,
        as_of: PartialDate | None = None,
    ) -> PatternSearch:
        """Which sequences of relations lead away from ``starts``: few where the paths are many.

        A pattern is a promise only: ``follow`` may find that no walk keeps it.
        """
        ...

    async def follow(
        self,
        workspace: WorkspaceId,
        starts: Sequence[EntityId],
        pattern: Pattern,
        *,
        budget: int,
        as_of: PartialDate | None = None,
    ) -> PathSearch:
        """Walks over accepted facts that keep the whole ``pattern``, in stable order, at most ``budget``.

        They use no fact twice and never come back to their start, but may pass an entity again: who wrote
        the films of X's director may be that director. No hub is cut.
        """
        ...


class GraphProjection(Protocol):
    """The writer's side: applies outbox rows in order, moving its position by compare-and-set."""

    async def position(self, workspace: WorkspaceId) -> Position: ...

    async def is_current(self, workspace: WorkspaceId) -> bool:
        """Whether what it holds was written in the present form of rows (``graph.types.ROW_FORM``)."""
        ...

    async def apply(
        self, workspace: WorkspaceId, changes: Sequence[GraphChange], *, expected: Position, reached: Position
    ) -> None:
        """Apply all, then move the position from ``expected`` to ``reached``; StaleWrite if another did, or
        has begun to meanwhile."""
        ...

    async def clear(self, workspace: WorkspaceId) -> None: ...


class OutboxReader(Protocol):
    def begins_at(self, workspace: WorkspaceId) -> Position:
        """The first position from which the rows can be followed: all there, and of the present form."""
        ...

    def changes_after(self, workspace: WorkspaceId, position: Position, limit: int) -> list[GraphChange]:
        """Whole positions only: the rows of one position are never split over two calls."""
        ...

    def fused_position(self, workspace: WorkspaceId) -> Position: ...


class GraphRowReader(Protocol):
    """The derived rows as they stand, in the outbox's form: what a graph store is rebuilt from or held to."""

    def fused_position(self, workspace: WorkspaceId) -> Position: ...

    def graph_rows(
        self, workspace: WorkspaceId, kind: ChangeKind, after: bytes | None, limit: int
    ) -> list[GraphChange]:
        """Rows of one kind with ids beyond ``after``, by id; fewer than ``limit`` only at the end.

        ``row`` is never None; ``position`` is the fused position at which they were read.
        """
        ...


# ---------------------------------------------------------------- what the ledger answers


@dataclass(frozen=True, slots=True)
class Citation:
    """A verbatim quote and where it stands. ``quote`` was compared with the text at ``span`` when read."""

    content: ContentId
    document: str  # title, else file name
    uri: str
    page: int | None
    span: Span
    quote: str
    heading: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChunkText:
    id: bytes
    content: ContentId
    ord: int
    span: Span
    text: str
    page: int | None
    heading: tuple[str, ...]
    document: str
    uri: str


class EvidenceReader(Protocol):
    """Verified reads of live evidence: what is no longer live is simply not returned."""

    def chunks(self, workspace: WorkspaceId, ids: Sequence[bytes]) -> list[ChunkText]: ...

    def chunks_of_documents(
        self, workspace: WorkspaceId, numbers: Mapping[ContentId, Collection[int]]
    ) -> list[ChunkText]:
        """Chunks by their ``ord``, by document and in order; what does not exist is left out."""
        ...

    def cite_claims(self, workspace: WorkspaceId, ids: Sequence[ClaimId]) -> dict[ClaimId, Citation]: ...

    def cite_span(self, workspace: WorkspaceId, content: ContentId, span: Span) -> Citation | None: ...

    def claims_of_facts(
        self, workspace: WorkspaceId, ids: Sequence[FactId], limit_each: int
    ) -> dict[FactId, tuple[ClaimId, ...]]: ...


@dataclass(frozen=True, slots=True)
class VectorHit:
    id: bytes
    score: float


VectorKind = Literal["chunk", "entity"]


@dataclass(frozen=True, slots=True)
class VectorChange:
    """A vector as it stands since ``position``: shape (dimension,), or ``None`` when it is gone."""

    position: Position
    id: bytes
    vector: Vectors | None


class VectorReader(Protocol):
    """The ledger's vectors, which are the truth that an index is replayed from."""

    def vectors_after(
        self, workspace: WorkspaceId, model: str, kind: VectorKind, position: Position, limit: int
    ) -> list[VectorChange]:
        """By (position, id). Whole positions only: the rows of one are never split over two calls."""
        ...


class VectorIndex(Protocol):
    def search(self, workspace: WorkspaceId, kind: VectorKind, vector: Vectors, k: int) -> list[VectorHit]:
        """Best first by inner product; ``vector`` has shape (dimension,)."""
        ...

    def similarities(
        self, workspace: WorkspaceId, kind: VectorKind, vector: Vectors, ids: Sequence[bytes]
    ) -> dict[bytes, float]:
        """Inner products with the given ids; those that are not in the index are left out."""
        ...

    def size(self, workspace: WorkspaceId, kind: VectorKind) -> int:
        """How many vectors the index holds."""
        ...
