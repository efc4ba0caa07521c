"""Merges, as values: two referents, what the matcher makes of them, whose word counts, what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from graph.fusion.blocking import Pair
from graph.fusion.clustering import Fate
from graph.fusion.contributions import Contribution
from graph.ledger.browse import Headline
from graph.ledger.pairs import EVERYWHERE, Scope
from graph.ports import Page
from graph.review.sightings import Sighting
from graph.types import EntityId, Position, ReferentId


class Status(StrEnum):
    MERGED = "merged"  # one entity
    GREY = "grey"  # it waits for a person or a model
    NAMESAKES = "namesakes"  # two entities of one name, though nobody said so: a person may know better
    SEPARATED = "separated"


class Zone(StrEnum):
    """Where the score lies. ``APART`` pairs are listed where somebody has ruled on them, or where not their
    names but their types, or what is said of the two, keep them apart."""

    SAME = "same"
    ASK = "ask"
    APART = "apart"


class By(StrEnum):
    MATCHER = "matcher"
    MODEL = "model"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Author:
    """Whose word counts for a pair. ``name``: the epoch's id, the model or the person."""

    by: By
    name: str
    reason: str = ""
    decision: Position | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Merge:
    """``forbidden_by``: the decision that keeps the two entities apart, be it about other referents."""

    a: ReferentId
    b: ReferentId
    entities: tuple[EntityId, EntityId]
    score: int
    zone: Zone
    status: Status
    author: Author
    fate: Fate | None = None
    because: str = ""
    contributions: tuple[Contribution, ...] = ()
    forbidden_by: Position | None = None

    @property
    def pair(self) -> Pair:
        return self.a, self.b


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which merges: all that are given must hold. ``type`` is that of either entity, or one above it."""

    scope: Scope = EVERYWHERE
    status: Status | None = None
    zone: Zone | None = None
    by: By | None = None
    type: str | None = None
    least: int = 0


@dataclass(frozen=True, slots=True)
class MergePage:
    """``seen``: the referents that the merges name; ``entity_of`` and ``headlines``: what they belong to."""

    merges: Page[Merge]
    entity_of: Mapping[ReferentId, EntityId]
    headlines: Mapping[EntityId, Headline]
    seen: Mapping[ReferentId, Sighting]
