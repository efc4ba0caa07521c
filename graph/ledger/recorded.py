"""Entities, facts and neighbours as they stand or as of a record time, in the form in which the graph store
gives them."""

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, FromClause, and_, or_, select

from graph.ledger import browse
from graph.ledger import tables as t
from graph.ledger.history import standing
from graph.ledger.view import LedgerView
from graph.ports import EntityHit, FactRow, Page, PathStep, read_neighbour_cursor
from graph.types import (
    Entity,
    EntityId,
    Fact,
    FactId,
    FactStatus,
    PartialDate,
    Position,
    Value,
    WorkspaceId,
)


class RecordedGraph:
    """One workspace's graph as it stands, or as it stood at a pass's position, over one open snapshot."""

    def __init__(self, conn: Connection, workspace: WorkspaceId, at: Position | None) -> None:
        self._conn = conn
        self._workspace = workspace
        self._at = at
        self._view = LedgerView(conn, workspace, at=at)

    def entity(self, id_: bytes) -> Entity | None:
        """The entity that has this referent, or this id: so present and former ids find it."""
        m = standing(t.membership, self._at)
        query = select(m.c.entity).where(m.c.workspace == self._workspace, m.c.referent == id_)
        found = EntityId(self._conn.scalar(query) or id_)
        return self._view.entities([found]).get(found)

    def facts(self, ids: Sequence[FactId]) -> list[FactRow]:
        """Those that there were, in the order of ``ids``."""
        return self._named(self._view.facts(ids), ids)

    def neighbours(
        self,
        entity: EntityId,
        *,
        limit: int,
        cursor: str | None,
        statuses: Sequence[FactStatus],
        as_of: PartialDate | None,
        relations: Sequence[str] | None = None,
    ) -> Page[PathStep]:
        """As ``graph.ports.GraphReader`` says. Cost: the facts at the entity."""
        f = standing(t.fact, self._at)
        wanted = [f.c.workspace == self._workspace, f.c.status.in_([each.value for each in statuses])]
        if relations is not None:
            wanted.append(f.c.relation.in_(relations))
        if as_of is not None:
            wanted += browse.valid_at(f, as_of)
        if cursor is not None:
            wanted.append(_beyond(f, cursor))
        best = (f.c.support.desc(), f.c.confidence.desc(), f.c.id)
        rows = [
            row
            for end in (f.c.head, f.c.tail)
            for row in self._conn.execute(
                select(f.c.id, f.c.support, f.c.confidence)
                .where(*wanted, end == entity)
                .order_by(*best)
                .limit(limit + 1)
            )
        ]
        rows.sort(key=lambda row: (-row.support, -row.confidence, row.id))
        steps = [PathStep(fact, fact.head == entity) for fact in self.facts([r.id for r in rows[:limit]])]
        return Page(tuple(steps), steps[-1].fact.cursor if len(rows) > limit else None)

    def _named(self, found: Mapping[FactId, Fact], order: Sequence[FactId]) -> list[FactRow]:
        ends = {fact.head for fact in found.values()} | {
            fact.tail for fact in found.values() if not isinstance(fact.tail, Value)
        }
        heads = browse.headlines(self._conn, self._workspace, sorted(ends), self._at)
        names = {id_: each.name for id_, each in heads.items()}
        return [_row(found[id_], names) for id_ in order if id_ in found]


def hit(entity: Entity) -> EntityHit:
    aliases = tuple(name for name in entity.names if name != entity.name)
    return EntityHit(entity.id, entity.name, entity.type, aliases, 1.0)


def _row(fact: Fact, names: Mapping[EntityId, str]) -> FactRow:
    tail = fact.tail
    return FactRow(
        id=fact.id,
        head=fact.head,
        head_name=names[fact.head],
        relation=fact.relation,
        phrase=fact.phrase,
        tail=tail,
        tail_name=tail.shown if isinstance(tail, Value) else names[tail],
        status=fact.status,
        polarity=fact.polarity,
        confidence=fact.confidence,
        support=fact.support,
        qualifiers=fact.qualifiers,
        valid_from=fact.valid_from,
        valid_to=fact.valid_to,
        valid_from_implied=fact.valid_from_implied,
        valid_to_implied=fact.valid_to_implied,
        claim_count=len(fact.claims),
        reason=fact.reason,
        stated=fact.stated,
        grounds=fact.grounds,
        proposer=fact.proposer,
    )


def _beyond(f: FromClause, cursor: str) -> ColumnElement[bool]:
    support, confidence, id_ = read_neighbour_cursor(cursor)
    weaker = or_(f.c.confidence < confidence, and_(f.c.confidence == confidence, f.c.id > id_))
    return or_(f.c.support < support, and_(f.c.support == support, weaker))
