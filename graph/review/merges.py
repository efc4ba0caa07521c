"""Every pair of referents that was compared or ruled on: with its score, whose word counts, and what became
of it, page by page.

All is read at the position up to which the graph is fused.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from graph.errors import InvalidInput
from graph.fusion.blocking import Pair
from graph.fusion.company import Companions
from graph.fusion.contexts import Contexts
from graph.fusion.profiles import profile
from graph.fusion.scoring import Scorer
from graph.fusion.statements import ClaimReader
from graph.fusion.testimony import Scales, Witnesses
from graph.fusion.view import PairRow
from graph.ledger import browse, cursors, positions, verdicts
from graph.ledger.judgement import judgement_at
from graph.ledger.pairs import FIRST, Scope, ends_of, pairs_after
from graph.ledger.view import LedgerView
from graph.ports import Page
from graph.review.merge_types import Author, By, Merge, MergePage, Status, Wanted, Zone
from graph.review.sightings import sightings
from graph.review.why_merged import Explainer
from graph.types import Answer, EntityId, Position, ReferentId, Verdict, VerdictId, WorkspaceId

_WINDOW = 500  # pairs read at once, at most
_LOOKED_THROUGH = 10_000  # pairs read for one page; what fits no filter makes a page shorter


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
    ``_LOOKED_THROUGH`` pairs are looked through for it. ``also``: referents to be seen beside the merges'.
    """
    return _Reader(conn, workspace).page(wanted, limit, _parse(cursor), also)


class _Reader:
    """One request: what was in force, and who is where."""

    def __init__(self, conn: Connection, workspace: WorkspaceId) -> None:
        self._conn = conn
        self._workspace = workspace
        self._view = LedgerView(conn, workspace)
        told = judgement_at(conn, workspace, positions.fused_position(conn, workspace))
        self._judgement, self._epoch, self._ontology = told, told.epoch, told.ontology
        named = self._view.memberships(told.rulings.referents())
        self._rulings = told.rulings.among(named)
        self._scorer = Scorer(told.epoch, told.ontology)
        self._scales = Scales(self._scorer)
        reader = ClaimReader(told.ontology, told.epoch.phrases)
        self._witnesses = Witnesses(self._view, reader)
        self._companions = Companions(self._view, reader, told.epoch)
        self._contexts = Contexts(self._view, told.epoch)
        self._kept_apart: dict[frozenset[EntityId], Position] = {}
        for (a, b), at in self._rulings.separate.items():
            entities = frozenset((named[a].entity, named[b].entity))
            self._kept_apart[entities] = max(at, self._kept_apart.get(entities, at))

    def page(self, wanted: Wanted, limit: int, after: Pair, also: Sequence[ReferentId]) -> MergePage:
        if wanted.type is not None and wanted.type not in self._ontology.entity_types:
            known = ", ".join(sorted(self._ontology.entity_types))
            raise InvalidInput(f"the ontology has no type {wanted.type!r}; it has {known}")
        found: list[Merge] = []
        spoken = self._spoken(wanted.scope)
        window, left = min(limit + 1, _WINDOW), _LOOKED_THROUGH
        while left > 0:
            rows, last = self._window(wanted, after, spoken, window)
            found += self._fitting(self._stand(rows), wanted)
            if len(found) > limit:
                found, last = found[:limit], found[limit - 1].pair
            if len(found) == limit or last is None:
                break
            after, left, window = last, left - window, min(2 * window, _WINDOW)
        return self._told(found, None if last is None else b"".join(last).hex(), also)

    # ---------------------------------------------------------------- rows

    def _spoken(self, scope: Scope) -> list[Pair]:
        """Pairs that somebody ruled on, in order."""
        inside = ends_of(self._conn, self._workspace, scope)
        ruled = sorted({*self._rulings.same, *self._rulings.separate})
        return [p for p in ruled if inside is None or not inside.isdisjoint(p)]

    def _window(
        self, wanted: Wanted, after: Pair, spoken: Sequence[Pair], size: int
    ) -> tuple[list[PairRow], Pair | None]:
        """The next rows, about ``size``, and the pair they end with where there may be more."""
        read: list[PairRow] = []
        if wanted.by is not By.PERSON:  # else all that fits is spoken
            asked = wanted.zone is Zone.ASK or wanted.status is Status.GREY or wanted.by is By.MODEL
            decided = wanted.zone in (Zone.SAME, Zone.APART) or wanted.status is Status.NAMESAKES
            read = pairs_after(
                self._conn,
                self._workspace,
                after,
                limit=size,
                scope=wanted.scope,
                least=wanted.least,
                asked=True if asked else False if decided else None,
                homonyms=wanted.status is Status.GREY,
            )
        last = read[-1].pair if len(read) == size else None
        between = [p for p in spoken if p > after and (last is None or p <= last)]
        if len(between) > size:
            between = between[:size]
            last = between[-1]
        rows = {row.pair: row for row in read if last is None or row.pair <= last}
        rows |= self._view.pairs(between)
        who = self._view.referents({r for p in between if p not in rows for r in p})
        said = self._witnesses.of(who.keys())
        named: dict[Pair, int] = {}
        weighed: dict[Pair, int] = {}
        for a, b in between:
            if (a, b) not in rows and a in who and b in who:
                mine, yours = profile(who[a]), profile(who[b])
                named[a, b] = self._scorer.score(mine, yours)
                weighed[a, b] = self._scales.score(named[a, b], mine, yours, said[a], said[b])
        scores = self._contexts.weighed(named, self._companions.weighed(named, weighed))
        rows |= {pair: PairRow(pair[0], pair[1], score) for pair, score in scores.items()}
        fits = [r for r in rows.values() if r.score >= wanted.least and wanted.zone in (None, self._zone(r))]
        return sorted(fits, key=lambda row: row.pair), last

    def _zone(self, row: PairRow) -> Zone:
        if row.score < self._epoch.ask:
            return Zone.APART
        return Zone.SAME if row.score >= self._epoch.same else Zone.ASK

    def _stand(self, rows: Sequence[PairRow]) -> list[Merge]:
        at = self._view.memberships({r for row in rows for r in row.pair})
        asked = [row.question for row in rows if row.question is not None]
        answered = verdicts.find(self._conn, self._workspace, asked)
        stood = [
            self._merge(row, (at[row.a].entity, at[row.b].entity), _verdict(row, answered))
            for row in rows
            if row.a in at and row.b in at
        ]
        return self._with_namesakes(stood)

    def _with_namesakes(self, stood: Sequence[Merge]) -> list[Merge]:
        """Those apart by nobody's word that bear one name marked as such. One read of their referents."""
        apart = {
            m.pair
            for m in stood
            if m.status is Status.SEPARATED and m.author.by is By.MATCHER and m.forbidden_by is None
        }
        who = self._view.referents({r for pair in apart for r in pair}) if apart else {}
        names = {r: {*profile(x).names} for r, x in who.items()}
        alike = {(a, b) for a, b in apart if not names.get(a, set()).isdisjoint(names.get(b, ()))}
        return [replace(m, status=Status.NAMESAKES) if m.pair in alike else m for m in stood]

    def _merge(self, row: PairRow, entities: tuple[EntityId, EntityId], verdict: Verdict | None) -> Merge:
        same, separate = self._rulings.same.get(row.pair), self._rulings.separate.get(row.pair)
        ruled = separate if same is None else same
        said = verdict.answer if verdict is not None else None
        if entities[0] == entities[1]:
            status = Status.MERGED
        elif ruled is None and (
            row.score == 0 or (row.question is not None and said in (None, Answer.UNSURE))
        ):
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
            because=self._because(status, said, row.score),
            forbidden_by=self._kept_apart.get(frozenset(entities)) if status is Status.SEPARATED else None,
        )

    def _because(self, status: Status, said: Answer | None, score: int) -> str:
        if status is Status.GREY and score == 0:
            return "they bear one name, but their types exclude each other: it waits for a decision"
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

    def _told(self, found: Sequence[Merge], cursor: str | None, also: Sequence[ReferentId]) -> MergePage:
        ends = {r for m in found for r in m.pair} | {*also}
        seen = sightings(self._conn, self._workspace, ends)
        explainer = Explainer(self._conn, self._workspace, self._judgement, self._rulings)
        told = explainer.explained(found, seen)
        entity_of = {r: m.entity for r, m in self._view.memberships(seen.keys()).items()}
        heads = browse.headlines(self._conn, self._workspace, list(entity_of.values()))
        return MergePage(Page(tuple(told), cursor), entity_of, heads, seen)


def _verdict(row: PairRow, answered: dict[VerdictId, Verdict]) -> Verdict | None:
    return None if row.question is None else answered.get(row.question)


def _parse(cursor: str | None) -> Pair:
    if cursor is None:
        return FIRST
    both = cursors.identity(cursor)
    if len(both) != 32:
        raise cursors.foreign()
    return ReferentId(both[:16]), ReferentId(both[16:])
