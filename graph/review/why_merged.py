"""Why two referents are one, or are not: what the score stands on, what became of their edge, in words.

What only a new cut can tell (which edges joined, which fell and why) is told for components of up to
``TRACED`` referents.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import or_

from sqlalchemy import Connection

from graph.fusion.blocking import Pair, pair_of
from graph.fusion.clustering import Fate
from graph.fusion.company import Companions
from graph.fusion.contexts import Contexts
from graph.fusion.contributions import (
    Contribution,
    company_contribution,
    context_contribution,
    contributions,
    testimony_contributions,
    told_apart,
)
from graph.fusion.entities import trace
from graph.fusion.profiles import profile
from graph.fusion.rulings import Rulings
from graph.fusion.scoring import Scorer
from graph.fusion.statements import ClaimReader
from graph.fusion.testimony import NOTHING, Scales, Testimony, Witnesses
from graph.ledger import decisions
from graph.ledger.judgement import Judgement
from graph.ledger.pairs import component_size
from graph.ledger.view import LedgerView
from graph.review.merge_types import Author, By, Merge, Status, Zone
from graph.review.sightings import Sighting
from graph.types import EntityId, Referent, ReferentId, WorkspaceId

TRACED = 2_000  # referents of a component up to which it is cut anew to tell what became of its edges
TRACED_ON_A_PAGE = 6_000


class Explainer:
    """``rulings`` are those of ``told`` that are not dormant."""

    def __init__(self, conn: Connection, workspace: WorkspaceId, told: Judgement, rulings: Rulings) -> None:
        self._conn = conn
        self._workspace = workspace
        self._view = LedgerView(conn, workspace)
        self._rulings = rulings
        self._epoch = told.epoch
        self._scorer = Scorer(told.epoch, told.ontology)
        self._scales = Scales(self._scorer)
        reader = ClaimReader(told.ontology, told.epoch.phrases)
        self._witnesses = Witnesses(self._view, reader)
        self._companions = Companions(self._view, reader, told.epoch)
        self._contexts = Contexts(self._view, told.epoch)

    def explained(self, found: Sequence[Merge], seen: Mapping[ReferentId, Sighting]) -> list[Merge]:
        """Those whose two referents are seen, with all that can be told of them."""
        fates = self._fates(found)
        self._witnesses.of({r for merge in found for r in merge.pair if r in seen})  # all at once
        named = self._named(found)
        return [
            replace(
                merge,
                author=named.get(merge.author, merge.author),
                fate=fates.get(merge.pair),
                because=merge.because or self._fallen(merge, fates.get(merge.pair)),
                contributions=self._contributions(seen[merge.a], seen[merge.b]),
            )
            for merge in found
            if seen.keys() >= {*merge.pair}
        ]

    def _named(self, found: Sequence[Merge]) -> dict[Author, Author]:
        """People who decided, with their names and reasons."""
        authors = {m.author for m in found if m.author.decision is not None}
        if not authors:
            return {}
        made = {r.decision.position: r for r in decisions.records(self._conn, self._workspace)}
        return {
            author: replace(
                author, name=record.decision.author, reason=record.decision.reason, at=record.decided_at
            )
            for author in authors
            if author.decision is not None and (record := made[author.decision])
        }

    def _contributions(self, a: Sighting, b: Sighting) -> tuple[Contribution, ...]:
        looks = profile(a.referent), profile(b.referent)
        said = self._witnesses.of((a.referent.id, b.referent.id))
        testimony = said[a.referent.id], said[b.referent.id]
        named, kind = contributions(self._scorer, *looks)
        told = testimony_contributions(self._scales, named.amount, *looks, *testimony)
        weighed = named.amount + sum(each.amount for each in told)
        pair = pair_of(a.referent.id, b.referent.id)
        near = company_contribution(self._companions, pair, named.amount, weighed)
        weighed += sum(each.amount for each in near)
        beside = context_contribution(self._contexts, a.referent, b.referent, named.amount, weighed)
        return named, kind, *told, *(near or (_neighbourhood(a, b),)), *beside

    def _fates(self, found: Iterable[Merge]) -> dict[Pair, Fate]:
        """What became of these merges' edges, as far as components are small enough to cut them anew."""
        at = self._view.memberships({r for m in found for r in m.pair})
        roots, left = list[ReferentId](), TRACED_ON_A_PAGE
        for component in sorted({m.component for m in at.values()}):
            size = component_size(self._conn, self._workspace, component, TRACED + 1)
            if 1 < size <= min(TRACED, left):
                left -= size
                roots.append(component)
        if not roots:
            return {}
        return trace(self._view, roots, self._rulings, self._scorer, self._witnesses, self._companions)

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
        if merge.zone is Zone.APART and merge.author.by is By.MATCHER:
            said = self._witnesses.of(merge.pair)
            return told_apart(self._scales, said[merge.a], said[merge.b])
        match fate:
            case Fate.OPPOSED:
                return f"{self._clash(merge.entities)} cannot be one"
            case Fate.AT_ODDS:
                return f"of their groups, {told_apart(self._scales, *self._told_of(merge.entities))}"
            case Fate.CROWDED:
                return f"together they would bear more than {self._epoch.max_names} different names"
            case Fate.RIVALLED:
                return "one of them fits a rival of the other as well"
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

    def _told_of(self, entities: tuple[EntityId, EntityId]) -> tuple[Testimony, Testimony]:
        """What is said of each entity as a whole."""
        groups = self._view.entities(entities)
        first, second = (groups[e].members if e in groups else () for e in entities)
        said = self._witnesses.of((*first, *second))
        mine, yours = (reduce(or_, (said[r] for r in members), NOTHING) for members in (first, second))
        return mine, yours


_HOLDS: dict[Fate | None, str] = {
    Fate.JOINED: "this brought them together",
    Fate.AGREES: "they were one by stronger edges already, and this agrees",
}


def _called(referent: Referent) -> str:
    return f"“{referent.names[0] if referent.names else referent.type}” ({referent.type})"


def _neighbourhood(a: Sighting, b: Sighting) -> Contribution:
    shared = sorted(a.neighbours.keys() & b.neighbours.keys())
    if shared:
        names = ", ".join(f"“{a.neighbours[n]}”" for n in shared[:3])
        return Contribution("neighbours", 0, f"both are told of together with {names}; not part of the score")
    return Contribution("neighbours", 0, "nothing is told of both; not part of the score")
