"""Derived rows for people who look around: entities, what they are made of, facts, what they stand on, and
conflicts, page by page.

With ``at`` they are those of that record time (``graph.ledger.history``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Connection, FromClause, and_, func, literal, or_, select

from graph.fusion.disjoint import types_conflict
from graph.ledger import cursors
from graph.ledger import tables as t
from graph.ledger.bulk import slices
from graph.ledger.history import standing
from graph.ports import Page
from graph.types import (
    ClaimId,
    Conflict,
    ConflictId,
    ConflictKind,
    Entity,
    EntityId,
    FactId,
    FactStatus,
    PartialDate,
    Position,
    ReferentId,
    WorkspaceId,
)

Id = TypeVar("Id", bound=bytes)


class Headline(NamedTuple):
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class FactsWanted:
    """Facts of these statuses, at this entity, of these relations (as facts bear them), valid as of then."""

    statuses: tuple[FactStatus, ...] = tuple(FactStatus)
    entity: EntityId | None = None
    relations: tuple[str, ...] | None = None
    as_of: PartialDate | None = None


@dataclass(frozen=True, slots=True)
class ConflictsWanted:
    """Conflicts of this kind, with a winner or without one, one of whose facts is at this entity and of one
    of these relations. With ``as_of`` among facts valid then alone: two or more, of a conflict of types all.
    """

    kind: ConflictKind | None = None
    settled: bool | None = None
    entity: EntityId | None = None
    relations: tuple[str, ...] | None = None
    as_of: PartialDate | None = None


ALL_CONFLICTS = ConflictsWanted()


def list_entities(
    conn: Connection,
    workspace: WorkspaceId,
    *,
    limit: int,
    cursor: str | None = None,
    at: Position | None = None,
) -> Page[Entity]:
    """By id."""
    e = standing(t.entity, at)
    query = select(e).where(e.c.workspace == workspace)
    if cursor is not None:
        query = query.where(e.c.id > cursors.identity(cursor))
    rows = conn.execute(query.order_by(e.c.id).limit(limit + 1)).all()
    members = members_of(conn, workspace, [EntityId(row.id) for row in rows[:limit]], at)
    found = tuple(
        Entity(EntityId(row.id), row.type, row.name, tuple(row.names), members.get(EntityId(row.id), ()))
        for row in rows[:limit]
    )
    return Page(found, found[-1].id.hex() if len(rows) > limit else None)


def members_of(
    conn: Connection, workspace: WorkspaceId, ids: list[EntityId], at: Position | None = None
) -> dict[EntityId, tuple[ReferentId, ...]]:
    """The referents of each entity, by id."""
    m = standing(t.membership, at)
    query = select(m.c.entity, m.c.referent).where(m.c.workspace == workspace, m.c.entity.in_(ids))
    found: dict[EntityId, tuple[ReferentId, ...]] = {}
    for row in conn.execute(query.order_by(m.c.entity, m.c.referent)):
        entity = EntityId(row.entity)
        found[entity] = (*found.get(entity, ()), ReferentId(row.referent))
    return found


def headlines(
    conn: Connection, workspace: WorkspaceId, ids: Sequence[EntityId], at: Position | None = None
) -> dict[EntityId, Headline]:
    """Name and type of each entity, without its members."""
    e = standing(t.entity, at)
    found: dict[EntityId, Headline] = {}
    for some in slices(sorted(set(ids))):
        query = select(e.c.id, e.c.name, e.c.type).where(e.c.workspace == workspace, e.c.id.in_(some))
        found |= {EntityId(row.id): Headline(row.name, row.type) for row in conn.execute(query)}
    return found


def list_facts(
    conn: Connection,
    workspace: WorkspaceId,
    wanted: FactsWanted,
    *,
    limit: int,
    cursor: str | None = None,
    at: Position | None = None,
) -> Page[FactId]:
    """By id. Costs the page, or the entity's facts; with ``as_of`` also those not valid then that it passes
    over, and as of a record time what all filters, and rows of other times, do."""
    f = standing(t.fact, at)
    query = select(f.c.id).where(f.c.workspace == workspace).order_by(f.c.id).limit(limit + 1)
    if cursor is not None:
        query = query.where(f.c.id > cursors.identity(cursor))
    if wanted.relations is not None:
        query = query.where(f.c.relation.in_(wanted.relations))
    if wanted.as_of is not None:
        query = query.where(*valid_at(f, wanted.as_of))
    at_ends = [query]
    if wanted.entity is not None:
        at_ends = [query.where(end == wanted.entity) for end in (f.c.head, f.c.tail)]
    statuses = [status.value for status in wanted.statuses]
    # each is a range of an index in the order of ids; the history has none of statuses, but all ids in order
    ranges = [f.c.status == each for each in statuses] if at is None else [f.c.status.in_(statuses)]
    found = {
        FactId(id_) for query in at_ends for status in ranges for id_ in conn.scalars(query.where(status))
    }
    return _page(sorted(found), limit)


def valid_at(f: FromClause, as_of: PartialDate) -> list[ColumnElement[bool]]:
    """The days of a fact and of ``as_of`` overlap; one superseded for no stated end never does.

    Partial dates compare as text: "~" sorts after every digit and dash, so "2019~" is the end of 2019.
    """
    begins = func.coalesce(f.c.valid_from, literal(""))
    ends = func.coalesce(f.c.valid_to, literal("~"))
    return [
        begins <= f"{as_of}~",
        ends.op("||")("~") >= as_of,
        or_(f.c.status != FactStatus.SUPERSEDED.value, f.c.valid_to.is_not(None)),
    ]


def claims_of(
    conn: Connection,
    workspace: WorkspaceId,
    facts: Sequence[FactId],
    *,
    limit: int,
    cursor: str | None = None,
    at: Position | None = None,
) -> Page[ClaimId]:
    """The claims that these facts rest on, each once, by id: live or not, as of a record time."""
    fc = standing(t.fact_claim, at)
    query = select(fc.c.claim).where(fc.c.workspace == workspace, fc.c.fact.in_(facts))
    if cursor is not None:
        query = query.where(fc.c.claim > cursors.identity(cursor))
    found = conn.scalars(query.distinct().order_by(fc.c.claim).limit(limit + 1))
    return _page([ClaimId(i) for i in found], limit)


def list_conflicts(
    conn: Connection,
    workspace: WorkspaceId,
    wanted: ConflictsWanted = ALL_CONFLICTS,
    *,
    limit: int,
    cursor: str | None = None,
    at: Position | None = None,
) -> Page[Conflict]:
    """By id. Costs the page, or the entity's facts, and the conflicts that further filters pass over."""
    c, cf = standing(t.conflict, at), standing(t.conflict_fact, at)
    query = select(c).where(c.c.workspace == workspace)
    if wanted.kind is not None:
        query = query.where(c.c.kind == wanted.kind.value)
    if wanted.settled is not None:
        query = query.where(c.c.winner.is_not(None) if wanted.settled else c.c.winner.is_(None))
    f = standing(t.fact, at)
    of = select(cf.c.conflict).where(cf.c.workspace == workspace)
    of = of.where(f.c.workspace == workspace, f.c.id == cf.c.fact)
    if wanted.as_of is not None:
        every = select(func.count()).where(cf.c.workspace == workspace, cf.c.conflict == c.c.id)
        of = of.where(*valid_at(f, wanted.as_of))
        valid = of.where(cf.c.conflict == c.c.id).with_only_columns(func.count()).scalar_subquery()
        of_types = and_(c.c.kind == ConflictKind.TYPE.value, valid == every.scalar_subquery())
        query = query.where(or_(valid >= 2, of_types))
    if wanted.entity is not None or wanted.relations is not None:
        if wanted.relations is not None:
            of = of.where(f.c.relation.in_(wanted.relations))
        if wanted.entity is None:
            query = query.where(of.where(cf.c.conflict == c.c.id).exists())
        else:  # looked up from the entity
            at_ends = (c.c.id.in_(of.where(end == wanted.entity)) for end in (f.c.head, f.c.tail))
            own = [c.c.id == types_conflict(wanted.entity)] if wanted.relations is None else []
            query = query.where(or_(*at_ends, *own))
    if cursor is not None:
        query = query.where(c.c.id > cursors.identity(cursor))
    rows = conn.execute(query.order_by(c.c.id).limit(limit + 1)).all()
    ids = [row.id for row in rows[:limit]]
    facts: dict[bytes, list[FactId]] = {id_: [] for id_ in ids}
    of_these = select(cf).where(cf.c.workspace == workspace, cf.c.conflict.in_(ids))
    for row in conn.execute(of_these.order_by(cf.c.conflict, cf.c.fact)):
        facts[row.conflict].append(FactId(row.fact))
    found = tuple(
        Conflict(
            ConflictId(row.id),
            ConflictKind(row.kind),
            tuple(facts[row.id]),
            None if row.winner is None else FactId(row.winner),
            row.reason,
        )
        for row in rows[:limit]
    )
    return Page(found, found[-1].id.hex() if len(rows) > limit else None)


def _page(found: Sequence[Id], limit: int) -> Page[Id]:
    """Of ids that were read up to one more than ``limit``."""
    shown = tuple(found[:limit])
    return Page(shown, shown[-1].hex() if len(found) > limit else None)
