"""What a fuse pass reads, and the diff it returns.

A view shows two things at once: the live evidence *after* the changes, and the derived rows as the last pass
left them. Every read is a batch; what is not there is simply not returned.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from graph.fusion.blocking import Block, Key, Pair
from graph.fusion.epoch import Epoch
from graph.fusion.rulings import Rulings
from graph.fusion.support import Document
from graph.ontology import Ontology
from graph.types import (
    Answer,
    Claim,
    ClaimId,
    Conflict,
    ConflictId,
    ContentId,
    Entity,
    EntityId,
    Fact,
    FactId,
    Referent,
    ReferentId,
    VerdictId,
)

K = TypeVar("K")
R = TypeVar("R")

Ends = tuple[EntityId, str, EntityId | None]  # head, relation, tail (None: any literal)
Side = tuple[EntityId, str]  # an entity and a relation at it


@dataclass(frozen=True, slots=True)
class PairRow:
    """Two compared referents whose names score ``ask`` or more, the smaller first.

    What is said of the two may have brought ``score`` to less: then they are apart. ``question`` is the
    verdict that would decide a pair from ``ask`` up to ``same``; without that verdict it is pending.
    """

    a: ReferentId
    b: ReferentId
    score: int
    question: VerdictId | None = None

    @property
    def pair(self) -> Pair:
        return self.a, self.b


@dataclass(frozen=True, slots=True)
class Membership:
    """``component`` is the smallest referent of the connected component before it was cut into entities."""

    referent: ReferentId
    entity: EntityId
    component: ReferentId


@dataclass(frozen=True, slots=True)
class Changes:
    """What came and went since the last pass, in net; one that was replaced is in both."""

    removed_referents: frozenset[ReferentId] = frozenset()
    added_referents: frozenset[ReferentId] = frozenset()
    removed_claims: frozenset[ClaimId] = frozenset()
    added_claims: frozenset[ClaimId] = frozenset()
    answered: frozenset[VerdictId] = frozenset()  # verdicts that came
    judged: frozenset[ClaimId] = frozenset()  # claims of the facts that verdicts came about


@dataclass(frozen=True, slots=True)
class Inputs:
    """``before`` and ``after``: the decisions in force at the last pass and now. Epoch and ontology are those
    of both; a change of either is a full pass."""

    epoch: Epoch
    ontology: Ontology
    before: Rulings
    after: Rulings


@dataclass(frozen=True, slots=True)
class TableDiff(Generic[K, R]):
    """Rows that went (``old``) and came (``new``); a key in both was replaced by a different row."""

    old: Mapping[K, R] = field(default_factory=dict)
    new: Mapping[K, R] = field(default_factory=dict)

    @classmethod
    def between(cls, old: Mapping[K, R], new: Mapping[K, R]) -> "TableDiff[K, R]":
        """Equal rows left out."""
        if not old:
            return cls({}, new)
        return cls(
            {key: row for key, row in old.items() if key not in new or new[key] != row},
            {key: row for key, row in new.items() if key not in old or old[key] != row},
        )

    def __bool__(self) -> bool:
        return bool(self.old or self.new)


@dataclass(frozen=True, slots=True)
class GraphDiff:
    """``self_loops`` are claims seen in this pass whose two ends are one entity: they make no fact.
    ``capped`` are entities seen of which more would be inferred, but for the bound on that. ``candidates``
    counts the pairs of referents that blocking brought to be compared."""

    blocks: TableDiff[Block, None]
    pairs: TableDiff[Pair, PairRow]
    memberships: TableDiff[ReferentId, Membership]
    entities: TableDiff[EntityId, Entity]
    facts: TableDiff[FactId, Fact]
    conflicts: TableDiff[ConflictId, Conflict]
    self_loops: tuple[ClaimId, ...] = ()
    capped: frozenset[EntityId] = frozenset()
    candidates: int = 0


class FactsView(Protocol):
    """Facts at entities, as the last pass left them."""

    def facts_at(self, ends: Collection[Ends]) -> Mapping[FactId, Fact]: ...
    def facts_from(self, heads: Collection[Side]) -> Mapping[FactId, Fact]: ...
    def facts_into(self, tails: Collection[Side]) -> Mapping[FactId, Fact]: ...
    def degrees(self, ends: Collection[Side], *, away: bool) -> Mapping[Side, int]:
        """How many asserted, unqualified facts, accepted or contested, leave each entity by the relation, or
        enter it."""
        ...


class FusionView(FactsView, Protocol):
    # live evidence, after the changes
    def referents(self, ids: Collection[ReferentId]) -> Mapping[ReferentId, Referent]: ...
    def claims(self, ids: Collection[ClaimId]) -> Mapping[ClaimId, Claim]: ...
    def claims_of(self, ends: Collection[ReferentId]) -> Mapping[ClaimId, Claim]: ...
    def documents(self, ids: Collection[ContentId]) -> Mapping[ContentId, Document]: ...
    def answers(self, ids: Collection[VerdictId]) -> Mapping[VerdictId, Answer]: ...

    # derived rows, as the last pass left them
    def blocks_of(self, referents: Collection[ReferentId]) -> Collection[Block]: ...
    def block_sizes(self, keys: Collection[Key]) -> Mapping[Key, int]: ...
    def block_members(self, keys: Collection[Key]) -> Mapping[Key, Collection[Block]]: ...
    def block_around(self, place: Block, reach: int, *, firsts: bool = False) -> Sequence[Block]:
        """Up to ``reach`` members of the place's block before it, the one there, and as many after it.

        ``firsts``: of each text its first member alone, and the place is that of its text.
        """
        ...

    def block_between(self, low: Block, high: Block, limit: int, *, firsts: bool = False) -> Sequence[Block]:
        """The first ``limit`` members of one block that sort between two of its places.

        ``firsts``: of each text between theirs its first member alone.
        """
        ...

    def pairs(self, ids: Collection[Pair]) -> Mapping[Pair, PairRow]: ...
    def pairs_of(self, referents: Collection[ReferentId]) -> Mapping[Pair, PairRow]: ...
    def pairs_asking(self, questions: Collection[VerdictId]) -> Mapping[Pair, PairRow]: ...
    def memberships(self, referents: Collection[ReferentId]) -> Mapping[ReferentId, Membership]: ...
    def in_components(self, components: Collection[ReferentId]) -> Mapping[ReferentId, Membership]: ...
    def entities(self, ids: Collection[EntityId]) -> Mapping[EntityId, Entity]: ...
    def facts_of_claims(self, claims: Collection[ClaimId]) -> Mapping[FactId, Fact]: ...
    def conflicts(self, ids: Collection[ConflictId]) -> Mapping[ConflictId, Conflict]: ...
