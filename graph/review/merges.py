"""Why referents are one, or are not: every pair that was compared or ruled on, with its score, its author and
what became of it.

All is read at the position up to which the graph is fused. What only a new cut can tell (which edges joined,
which fell and why) is told for components of up to ``TRACED`` referents.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from graph.errors import InvalidInput
from graph.fusion.blocking import Pair
from graph.fusion.clustering import Fate
from graph.fusion.entities import trace
from graph.fusion.grounds import Ground, grounds
from graph.fusion.scoring import Scorer, profile
from graph.fusion.view import PairRow
from graph.ledger import browse, decisions, positions, verdicts
from graph.ledger.derived import LedgerView
from graph.ledger.judgement import judgement_at
from graph.ledger.pairs import EVERYWHERE, FIRST, Scope, component_size, ends_of, pairs_after
from graph.ports import Page
from graph.review.sightings import Sighting, sightings
from graph.types import (
    Answer,
    EntityId,
    Position,
    Referent,
    ReferentId,
    Verdict,
    VerdictId,
    WorkspaceId,
)

TRACED = 2_000  # referents of a component up to which it is cut anew to tell what became of its edges
TRACED_ON_A_PAGE = 6_000
_WINDOW = 500  # pairs read at once
_WINDOWS = 20  # read for one page at most; what fits no filter makes a page shorter


class Status(StrEnum):
    MERGED = "merged"  # one entity
    GREY = "grey"  # it waits for a person or a model
    SEPARATED = "separated"


class Zone(StrEnum):
    """Where the score lies. ``APART`` pairs are listed only where somebody has ruled on them."""

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
    grounds: tuple[Ground, ...] = ()
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
    headlines: Mapping[EntityId, browse.Headline]
    seen: Mapping[ReferentId, Sighting]


def list_merges(
    conn: Connection,
    workspace: WorkspaceId,
    wanted: Wanted,
    *,
    limit: int,
    cursor: str | None = None,
    also: Sequence[ReferentId] = (),
) -> MergePage:
    """By the ids of the pair. A page may be shorter than ``limit`` and have a next one: at most
    ``_WINDOW * _WINDOWS`` pairs are looked through for it. ``also``: referents to be seen beside the merges'.
    """
    return _Reader(conn, workspace).page(wanted, limit, _parse(cursor), also)


class _Reader:
    """One request: what was in force, and who is where."""

    def __init__(self, conn: Connection, workspace: WorkspaceId) -> None:
        self._conn = conn
        self._workspace = workspace
        self._view = LedgerView(conn, workspace, {})
        told = judgement_at(conn, workspace, positions.fused_position(conn, workspace))
        self._epoch, self._ontology = told.epoch, told.ontology
        named = self._view.memberships(told.rulings.referents())
        self._rulings = told.rulings.among(named)
        self._scorer = Scorer(told.epoch, told.ontology)
        self._kept_apart: dict[frozenset[EntityId], Position] = {}
        for (a, b), at in self._rulings.separate.items():
            entities = frozenset((named[a].entity, named[b].entity))
            self._kept_apart[entities] = max(at, self._kept_apart.get(entities, at))

    def page(self, wanted: Wanted, limit: int, after: Pair, also: Sequence[ReferentId]) -> MergePage:
        found: list[Merge] = []
        spoken = self._spoken(wanted.scope)
        for _ in range(_WINDOWS):
            rows, last = self._window(wanted, after, spoken)
            found += self._fitting(self._stand(rows), wanted)
            if len(found) > limit:
                found, last = found[:limit], found[limit - 1].pair
            if len(found) == limit or last is None:
                break
            after = last
        return self._told(found, None if last is None else b"".join(last).hex(), also)

    # ---------------------------------------------------------------- rows

    def _spoken(self, scope: Scope) -> list[Pair]:
        """Pairs that somebody ruled on, in order."""
        inside = ends_of(self._conn, self._workspace, scope)
        ruled = sorted({*self._rulings.same, *self._rulings.separate})
        return [p for p in ruled if inside is None or not inside.isdisjoint(p)]

    def _window(
        self, wanted: Wanted, after: Pair, spoken: Sequence[Pair]
    ) -> tuple[list[PairRow], Pair | None]:
        """The next rows, and the pair they end with where there may be more."""
        read: list[PairRow] = []
        if wanted.by is not By.PERSON and wanted.zone is not Zone.APART:  # else all that fits is spoken
            asked = wanted.zone is Zone.ASK or wanted.status is Status.GREY or wanted.by is By.MODEL
            read = pairs_after(
                self._conn,
                self._workspace,
                after,
                limit=_WINDOW,
                scope=wanted.scope,
                least=wanted.least,
                asked=True if asked else False if wanted.zone is Zone.SAME else None,
            )
        last = read[-1].pair if len(read) == _WINDOW else None
        between = [p for p in spoken if p > after and (last is None or p <= last)]
        if len(between) > _WINDOW:
            between = between[:_WINDOW]
            last = between[-1]
        rows = {row.pair: row for row in read if last is None or row.pair <= last}
        rows |= self._view.pairs(between)
        who = self._view.referents({r for p in between if p not in rows for r in p})
        for a, b in between:
            if (a, b) not in rows and a in who and b in who:
                rows[a, b] = PairRow(a, b, self._scorer.score(profile(who[a]), profile(who[b])))
        fits = [r for r in rows.values() if r.score >= wanted.least and wanted.zone in (None, self._zone(r))]
        return sorted(fits, key=lambda row: row.pair), last

    def _zone(self, row: PairRow) -> Zone:
        if row.score < self._epoch.ask:
            return Zone.APART
        return Zone.SAME if row.question is None else Zone.ASK

    def _stand(self, rows: Sequence[PairRow]) -> list[Merge]:
        at = self._view.memberships({r for row in rows for r in row.pair})
        asked = [row.question for row in rows if row.question is not None]
        answered = verdicts.find(self._conn, self._workspace, asked)
        return [
            self._merge(row, (at[row.a].entity, at[row.b].entity), _verdict(row, answered))
            for row in rows
            if row.a in at and row.b in at
        ]

    def _merge(self, row: PairRow, entities: tuple[EntityId, EntityId], verdict: Verdict | None) -> Merge:
        same, separate = self._rulings.same.get(row.pair), self._rulings.separate.get(row.pair)
        ruled = separate if same is None else same
        said = verdict.answer if verdict is not None else None
        if entities[0] == entities[1]:
            status = Status.MERGED
        elif ruled is None and row.question is not None and said in (None, Answer.UNSURE):
            status = Status.GREY
        else:
            status = Status.SEPARATED
        if ruled is not None:
            author = Author(By.PERSON, "", decision=ruled)
        elif verdict is not None:
            author = Author(By.MODEL, verdict.model, verdict.reason)
        else:
            author = Author(By.MATCHER, self._epoch.id.hex())
        return Merge(
            row.a,
            row.b,
            entities,
            row.score,
            self._zone(row),
            status,
            author,
            because=self._because(status, said),
            forbidden_by=self._kept_apart.get(frozenset(entities)) if status is Status.SEPARATED else None,
        )

    def _because(self, status: Status, said: Answer | None) -> str:
        if status is Status.GREY:
            between = f"the score is at least {self._epoch.ask / 1e6:g} and below {self._epoch.same / 1e6:g}"
            waits = "it waits for a decision" if said else "it waits for a verdict or a decision"
            return f"{between}: {waits}"
        if said is not Answer.NO:
            return ""
        merged = ", but other edges join them" if status is Status.MERGED else ""
        return f"a model says that they are two{merged}"

    def _fitting(self, merges: Iterable[Merge], wanted: Wanted) -> list[Merge]:
        kept = [m for m in merges if wanted.status in (None, m.status) and wanted.by in (None, m.author.by)]
        if wanted.type is None:
            return kept
        heads = browse.headlines(self._conn, self._workspace, [e for m in kept for e in m.entities])
        right = {e for e, h in heads.items() if wanted.type in (h.type, *self._ontology.ancestors(h.type))}
        return [m for m in kept if not right.isdisjoint(m.entities)]

    # ---------------------------------------------------------------- what is told of a page's merges

    def _told(self, found: Sequence[Merge], cursor: str | None, also: Sequence[ReferentId]) -> MergePage:
        ends = {r for m in found for r in m.pair} | {*also}
        seen = sightings(self._conn, self._workspace, ends)
        fates = self._fates(found)
        decided = (
            {r.decision.position: r for r in decisions.records(self._conn, self._workspace)}
            if any(m.author.decision is not None for m in found)
            else {}
        )
        told = [
            self._explained(m, seen, fates.get(m.pair), decided) for m in found if seen.keys() >= {*m.pair}
        ]
        entity_of = {r: m.entity for r, m in self._view.memberships(seen.keys()).items()}
        heads = browse.headlines(self._conn, self._workspace, list(entity_of.values()))
        return MergePage(Page(tuple(told), cursor), entity_of, heads, seen)

    def _explained(
        self,
        merge: Merge,
        seen: Mapping[ReferentId, Sighting],
        fate: Fate | None,
        decided: Mapping[Position, decisions.DecisionRecord],
    ) -> Merge:
        a, b = seen[merge.a], seen[merge.b]
        author = merge.author
        if author.decision is not None:
            made = decided[author.decision]
            author = replace(
                author, name=made.decision.author, reason=made.decision.reason, at=made.decided_at
            )
        return replace(
            merge,
            author=author,
            fate=fate,
            because=merge.because or self._fallen(merge, fate),
            grounds=(
                *grounds(self._scorer, profile(a.referent), profile(b.referent)),
                _neighbourhood(a, b),
            ),
        )

    def _fates(self, found: Iterable[Merge]) -> dict[Pair, Fate]:
        """What became of these merges' edges, as far as components are small enough to cut them anew."""
        fates: dict[Pair, Fate] = {}
        at = self._view.memberships({r for m in found for r in m.pair})
        left = TRACED_ON_A_PAGE
        for component in sorted({m.component for m in at.values()}):
            size = component_size(self._conn, self._workspace, component, TRACED + 1)
            if 1 < size <= min(TRACED, left):
                left -= size
                fates |= trace(self._view, component, self._rulings, self._scorer)
        return fates

    def _fallen(self, merge: Merge, fate: Fate | None) -> str:
        """Why two that the matcher, a model or a person would join are apart; how two are one."""
        if merge.status is Status.MERGED:
            if fate is None and merge.zone is Zone.SAME:
                return "their group is too large to tell which edges brought it together"
            return _HOLDS.get(fate, "they are one by other edges, not by this")
        if merge.forbidden_by is not None:
            mine = merge.forbidden_by == merge.author.decision
            about = "them" if mine else "members of their entities"
            return f"decision {merge.forbidden_by} keeps {about} apart"
        match fate:
            case Fate.OPPOSED:
                return f"{self._clash(merge.entities)} cannot be one"
            case Fate.CROWDED:
                return f"together they would bear more than {self._epoch.max_names} different names"
            case Fate.RIVALLED:
                return "one of them fits a rival of the other as well: it joins neither"
        return "their group is too large to tell why it was cut here"

    def _clash(self, entities: tuple[EntityId, EntityId]) -> str:
        """Two members, one of each entity, that cannot be one."""
        groups = self._view.entities(entities)
        members = [
            sorted(
                self._view.referents(groups[e].members).values() if e in groups else (),
                key=lambda r: (r.names, r.type),
            )
            for e in entities
        ]
        for x in members[0]:
            for y in members[1]:
                if self._scorer.opposed(profile(x), profile(y)):
                    return f"{_called(x)} and {_called(y)}"
        return "some of their names"


_HOLDS: dict[Fate | None, str] = {
    Fate.JOINED: "this brought them together",
    Fate.AGREES: "they were one by stronger edges already, and this agrees",
}


def _called(referent: Referent) -> str:
    return f"“{referent.names[0] if referent.names else referent.type}” ({referent.type})"


def _neighbourhood(a: Sighting, b: Sighting) -> Ground:
    shared = sorted(a.neighbours.keys() & b.neighbours.keys())
    if shared:
        names = ", ".join(f"“{a.neighbours[n]}”" for n in shared[:3])
        return Ground("neighbours", 0, f"both are told of together with {names}; not part of the score")
    return Ground("neighbours", 0, "nothing is told of both; not part of the score")


def _verdict(row: PairRow, answered: Mapping[VerdictId, Verdict]) -> Verdict | None:
    return None if row.question is None else answered.get(row.question)


def _parse(cursor: str | None) -> Pair:
    if cursor is None:
        return FIRST
    try:
        both = bytes.fromhex(cursor)
    except ValueError:
        both = b""
    if len(both) != 32:
        raise InvalidInput("this cursor was not made by the listing; start again without one")
    return ReferentId(both[:16]), ReferentId(both[16:])
