"""The view in SQL that a fuse pass reads: evidence, and the derived rows as the last pass left them.

Every read is one query for each thousand ids. Reads of evidence are those of ``graph.ledger.evidence``.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from operator import ge, gt, lt
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Row,
    Select,
    Table,
    bindparam,
    func,
    literal,
    select,
    tuple_,
)

from graph.fusion.blocking import Block, Key, Pair
from graph.fusion.support import Document
from graph.fusion.view import Ends, Membership, PairRow, Side
from graph.ledger import derived, evidence, history, verdicts
from graph.ledger import tables as t
from graph.ledger.bulk import slices
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
    FactStatus,
    Position,
    Referent,
    ReferentId,
    VerdictId,
    WorkspaceId,
)

K = TypeVar("K")
R = TypeVar("R")
_Comparison = Callable[[Any, Any], Any]  # of the module operator


@dataclass(frozen=True, slots=True)
class Intake:
    """What a pass up to a position takes in: of each content that changed the run that counts from now on, or
    None, and its trust. The others keep what the last pass left, those that changed later too; and no later
    verdict counts."""

    upto: Position
    runs: evidence.Taken
    trust: Mapping[ContentId, int]


class LedgerView:
    """Implements ``graph.fusion.view.FusionView`` over one open snapshot.

    Evidence is what is live, or with ``intake`` what a pass reads; such a view holds the referents and claims
    that it has read by id, because a pass asks for most of them three times. With ``at`` the entities, facts
    and conflicts are those of that record time (``graph.ledger.history``).
    """

    def __init__(
        self,
        conn: Connection,
        workspace: WorkspaceId,
        *,
        intake: Intake | None = None,
        at: Position | None = None,
    ) -> None:
        self._conn = conn
        self._workspace = workspace
        self._upto = None if intake is None else intake.upto
        self._trust: Mapping[ContentId, int] = {} if intake is None else intake.trust
        self._at = at
        self._referents: dict[ReferentId, Referent] | None = None if intake is None else {}
        self._claims: dict[ClaimId, Claim] | None = None if intake is None else {}
        self.taken = None if intake is None else intake.runs

    # -------------------------------------------------------- evidence

    def referents(self, ids: Collection[ReferentId]) -> dict[ReferentId, Referent]:
        def read(some: list[ReferentId]) -> dict[ReferentId, Referent]:
            return {r.id: r for r in evidence.referents(self._conn, self._workspace, some, self.taken)}

        return _kept(self._referents, ids, read)

    def claims(self, ids: Collection[ClaimId]) -> dict[ClaimId, Claim]:
        def read(some: list[ClaimId]) -> dict[ClaimId, Claim]:
            return {c.id: c for c in evidence.claims(self._conn, self._workspace, some, self.taken)}

        return _kept(self._claims, ids, read)

    def claims_of(self, ends: Collection[ReferentId]) -> dict[ClaimId, Claim]:
        found = evidence.claims_at(self._conn, self._workspace, list(ends), self.taken)
        return {claim.id: claim for claim in found}

    def documents(self, ids: Collection[ContentId]) -> dict[ContentId, Document]:
        runs = evidence.live_runs(self._conn, self._workspace, sorted(ids), self.taken)
        known = self._by(t.fused_run, t.fused_run.c.content, [i for i in ids if i not in self._trust])
        trust = {ContentId(row.content): row.trust for row in known} | dict(self._trust)
        return {i: Document(i, tuple(run.signature), trust[i]) for i, run in runs.items()}

    def answers(self, ids: Collection[VerdictId]) -> dict[VerdictId, Answer]:
        found = verdicts.find(self._conn, self._workspace, sorted(ids), self._upto)
        return {id_: verdict.answer for id_, verdict in found.items()}

    # -------------------------------------------------------- derived rows

    def blocks_of(self, referents: Collection[ReferentId]) -> set[Block]:
        return {derived.block_of(row) for row in self._by(t.block, t.block.c.referent, referents)}

    def block_sizes(self, keys: Collection[Key]) -> dict[Key, int]:
        b = t.block.c
        found: dict[Key, int] = {}
        for some in slices(sorted(keys)):
            mine = (b.workspace == self._workspace, b.key.in_(some))
            query = select(b.key, func.count().label("size")).where(*mine).group_by(b.key)
            found |= {row.key: row.size for row in self._conn.execute(query)}
        return found

    def block_members(self, keys: Collection[Key]) -> dict[Key, list[Block]]:
        found: dict[Key, list[Block]] = {}
        for row in self._by(t.block, t.block.c.key, keys):
            found.setdefault(row.key, []).append(derived.block_of(row))
        return found

    def block_around(self, place: Block, reach: int, *, firsts: bool = False) -> list[Block]:
        key, text, _ = place
        if firsts:
            low = self._first_bearers(key, text, reach, lt)
            return [*reversed(low), *self._first_bearers(key, text, reach + 1, ge)]
        return [*reversed(self._beside(place, reach, lt)), *self._beside(place, reach + 1, ge)]

    def block_between(self, low: Block, high: Block, limit: int, *, firsts: bool = False) -> list[Block]:
        b = t.block.c
        if firsts:
            first = self._first_bearers(low[0], low[1], limit, gt)
            return [each for each in first if each[1] < high[1]]
        at = tuple_(b.text, b.referent)
        query = select(t.block).where(
            *(b.workspace == self._workspace, b.key == low[0]),
            *(at > tuple_(*low[1:]), at < tuple_(*high[1:])),
        )
        found = self._conn.execute(query.order_by(b.text, b.referent).limit(limit))
        return [derived.block_of(row) for row in found]

    def pairs(self, ids: Collection[Pair]) -> dict[Pair, PairRow]:
        wanted = set(ids)
        return {p: row for p, row in self._pairs(t.pair.c.a, {a for a, _ in ids}) if p in wanted}

    def pairs_of(self, referents: Collection[ReferentId]) -> dict[Pair, PairRow]:
        return dict(self._pairs(t.pair.c.a, referents)) | dict(self._pairs(t.pair.c.b, referents))

    def pairs_asking(self, questions: Collection[VerdictId]) -> dict[Pair, PairRow]:
        return dict(self._pairs(t.pair.c.question, questions))

    def memberships(self, referents: Collection[ReferentId]) -> dict[ReferentId, Membership]:
        return dict(derived.memberships_of(self._by(t.membership, t.membership.c.referent, referents)))

    def in_components(self, components: Collection[ReferentId]) -> dict[ReferentId, Membership]:
        return dict(derived.memberships_of(self._by(t.membership, t.membership.c.component, components)))

    def entities(self, ids: Collection[EntityId]) -> dict[EntityId, Entity]:
        members: dict[EntityId, list[ReferentId]] = {}
        for row in self._shown(t.membership, "entity", ids):
            members.setdefault(EntityId(row.entity), []).append(ReferentId(row.referent))
        found = self._shown(t.entity, "id", ids)
        return {EntityId(row.id): derived.entity_of(row, members[EntityId(row.id)]) for row in found}

    def facts(self, ids: Collection[FactId]) -> dict[FactId, Fact]:
        return self._facts(self._shown(t.fact, "id", ids))

    def facts_of_claims(self, claims: Collection[ClaimId]) -> dict[FactId, Fact]:
        return self.facts({FactId(row.fact) for row in self._by(t.fact_claim, t.fact_claim.c.claim, claims)})

    def facts_at(self, ends: Collection[Ends]) -> dict[FactId, Fact]:
        between = {(h, r, x) for h, r, x in ends if x is not None}
        literal = {(h, r) for h, r, x in ends if x is None}
        found: list[Row[Any]] = []
        for some in slices(sorted(between)):  # not all heads with all tails: those are squares of queries
            tail = t.fact.c.tail.in_(sorted({x for _, _, x in some}))
            there = self._related(t.fact.c.head, {end[:2] for end in some}, tail)
            found += (row for row in there if (row.head, row.relation, row.tail) in between)
        # Not "tail IS NULL": by the index on it that is every literal of the workspace
        found += self._related(t.fact.c.head, literal, t.fact.c.value_kind.is_not(None))
        return self._facts(found)

    def facts_from(self, heads: Collection[Side]) -> dict[FactId, Fact]:
        return self._facts(self._related(t.fact.c.head, set(heads)))

    def facts_into(self, tails: Collection[Side]) -> dict[FactId, Fact]:
        return self._facts(self._related(t.fact.c.tail, set(tails)))

    def degrees(self, ends: Collection[Side], *, away: bool) -> dict[Side, int]:
        end, f, wanted = t.fact.c.head if away else t.fact.c.tail, t.fact.c, set(ends)
        found: dict[Side, int] = {}
        for some in slices(sorted({entity for entity, _ in ends})):
            query = select(end, f.relation, func.count()).where(
                *(f.workspace == self._workspace, end.in_(some)),
                f.relation.in_(sorted({relation for _, relation in ends})),
                f.status.in_([FactStatus.ACCEPTED.value, FactStatus.CONTESTED.value]),
                *(f.polarity, f.qualifiers == ()),
                f.tail.is_not(None),
            )
            for entity, relation, count in self._conn.execute(query.group_by(end, f.relation)):
                if (entity, relation) in wanted:
                    found[EntityId(entity), relation] = count
        return found

    def conflicts(self, ids: Collection[ConflictId]) -> dict[ConflictId, Conflict]:
        facts: dict[bytes, list[FactId]] = {}
        for row in self._shown(t.conflict_fact, "conflict", ids):
            facts.setdefault(row.conflict, []).append(FactId(row.fact))
        found = self._shown(t.conflict, "id", ids)
        return {ConflictId(row.id): derived.conflict_of(row, facts.get(row.id, ())) for row in found}

    def literals_of(self, heads: Collection[EntityId]) -> dict[FactId, Fact]:
        """Facts at these heads whose tail is a literal."""
        found = self._by(t.fact, t.fact.c.head, heads)
        return self._facts(row for row in found if row.value_kind is not None)

    def facts_touching(self, entity: EntityId, *, limit: int) -> dict[FactId, Fact]:
        """Facts between this entity and another: the first by id, up to ``limit`` from it and into it."""
        found: list[Row[Any]] = []
        for end in (t.fact.c.head, t.fact.c.tail):
            query = select(t.fact).where(
                t.fact.c.workspace == self._workspace, end == entity, t.fact.c.tail.is_not(None)
            )
            found += self._conn.execute(query.order_by(t.fact.c.id).limit(limit)).all()
        return self._facts(found)

    # -------------------------------------------------------- queries

    def _beside(self, place: Block, limit: int, start: _Comparison) -> list[Block]:
        """Up to ``limit`` members of a block, on from those of which ``start`` is true beside this place."""
        key, text, referent = place
        mine = {"workspace": self._workspace, "key": key}
        here = {"text": text, "referent": referent, "limit": limit}
        return [derived.block_of(row) for row in self._conn.execute(_members(start), mine | here)]

    def _first_bearers(self, key: Key, text: str, limit: int, start: _Comparison) -> list[Block]:
        """The first member of each of up to ``limit`` texts of a block, on from those of which ``start`` is
        true beside ``text``."""
        if not limit:
            return []
        found = self._conn.execute(
            _walk(start), {"workspace": self._workspace, "key": key, "text": text, "limit": limit}
        )
        return [(key, row.text, ReferentId(row.referent)) for row in found]

    def _by(
        self, table: FromClause, column: ColumnElement[Any], ids: Collection[bytes]
    ) -> Iterator[Row[Any]]:
        for some in slices(sorted(set(ids))):
            yield from self._conn.execute(
                select(table).where(table.c.workspace == self._workspace, column.in_(some))
            ).all()

    def _shown(self, table: Table, column: str, ids: Collection[bytes]) -> Iterator[Row[Any]]:
        then = history.standing(table, self._at)
        return self._by(then, then.c[column], ids)

    def _related(
        self, end: ColumnElement[Any], keys: AbstractSet[Side], *more: ColumnElement[bool]
    ) -> Iterator[Row[Any]]:
        """Facts whose (``end``, relation) is one of ``keys``.

        SQLite takes no index for an IN over row values, so each column has its own and the rows that only
        match crosswise are dropped here.
        """
        relations = sorted({relation for _, relation in keys})
        for some in slices(sorted({id_ for id_, _ in keys})):
            query = select(t.fact).where(
                t.fact.c.workspace == self._workspace, end.in_(some), t.fact.c.relation.in_(relations), *more
            )
            for row in self._conn.execute(query).all():
                if (row._mapping[end], row.relation) in keys:
                    yield row

    def _pairs(self, column: ColumnElement[Any], ids: Collection[bytes]) -> Iterator[tuple[Pair, PairRow]]:
        for row in map(derived.pair_of, self._by(t.pair, column, ids)):
            yield row.pair, row

    def _facts(self, found: Iterable[Row[Any]]) -> dict[FactId, Fact]:
        wanted = {row.id: row for row in found}
        claims: dict[bytes, list[ClaimId]] = {}
        for row in self._shown(t.fact_claim, "fact", wanted.keys()):
            claims.setdefault(row.fact, []).append(ClaimId(row.claim))
        return {FactId(i): derived.fact_of(row, claims.get(i, ())) for i, row in wanted.items()}


@cache
def _members(start: _Comparison) -> Select[Any]:
    """A range scan over the members of a block, away from a place. Built once: that takes longer than to run
    it."""
    b = t.block.c
    mine = (b.workspace == bindparam("workspace"), b.key == bindparam("key"))
    beside = start(tuple_(b.text, b.referent), tuple_(bindparam("text"), bindparam("referent")))
    order = (b.text.desc(), b.referent.desc()) if start is lt else (b.text, b.referent)
    limit = bindparam("limit", type_=Integer)
    return select(t.block).where(*mine, beside).order_by(*order).limit(limit)


@cache
def _walk(start: _Comparison) -> Select[tuple[str, bytes]]:
    """A loose scan over the texts of a block, each with its first member.

    The index is asked for the next text, and for its first member, once for each, however many members lie
    between. Built once: that takes longer than to run it.
    """
    b = t.block.c
    mine = (b.workspace == bindparam("workspace"), b.key == bindparam("key"))
    back = start is lt

    def text(where: ColumnElement[bool]) -> ColumnElement[str]:
        order = b.text.desc() if back else b.text
        return select(b.text).where(*mine, where).order_by(order).limit(1).scalar_subquery()

    walk = select(text(start(b.text, bindparam("text"))).label("text"), literal(1).label("step"))
    walked = walk.cte("walk", recursive=True)
    further = b.text < walked.c.text if back else b.text > walked.c.text
    more = (walked.c.text.is_not(None), walked.c.step < bindparam("limit", type_=Integer))
    walked = walked.union_all(select(text(further), walked.c.step + 1).where(*more))
    first = select(b.referent).where(*mine, b.text == walked.c.text).order_by(b.referent).limit(1)
    query = select(walked.c.text, first.scalar_subquery().label("referent"))
    return query.where(walked.c.text.is_not(None)).order_by(walked.c.step)


def _kept(held: dict[K, R] | None, ids: Collection[K], read: Callable[[list[K]], dict[K, R]]) -> dict[K, R]:
    """Those of ``ids`` that there are; ``held``, unless it is None, has what was read before."""
    if held is None:
        return read(list(ids))
    held |= read([i for i in ids if i not in held])
    return {i: held[i] for i in ids if i in held}
