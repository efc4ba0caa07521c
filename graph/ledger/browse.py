"""Derived rows for people who look around: entities, what they are made of, and conflicts, page by page.

With ``at`` they are those of that record time (``graph.ledger.history``).
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from graph.errors import InvalidInput
from graph.ledger import tables as t
from graph.ledger.bulk import slices
from graph.ledger.history import standing
from graph.ports import Page
from graph.types import (
    Conflict,
    ConflictId,
    ConflictKind,
    Entity,
    EntityId,
    FactId,
    Position,
    ReferentId,
    WorkspaceId,
)


class Headline(NamedTuple):
    name: str
    type: str


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
        query = query.where(e.c.id > _parse(cursor))
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


def list_conflicts(
    conn: Connection,
    workspace: WorkspaceId,
    *,
    limit: int,
    cursor: str | None = None,
    at: Position | None = None,
) -> Page[Conflict]:
    """By id."""
    c, cf = standing(t.conflict, at), standing(t.conflict_fact, at)
    query = select(c).where(c.c.workspace == workspace)
    if cursor is not None:
        query = query.where(c.c.id > _parse(cursor))
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


def _parse(cursor: str) -> bytes:
    try:
        return bytes.fromhex(cursor)
    except ValueError as error:
        raise InvalidInput("this cursor was not made by the listing; start again without one") from error
