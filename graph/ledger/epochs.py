"""Epochs: the parameters global by nature, immutable, known by the hash of what they say."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from graph.errors import NotFound
from graph.identity import make_id
from graph.ledger import cursors
from graph.ledger.bulk import insert_new
from graph.ledger.positions import next_position
from graph.ledger.tables import epoch as e
from graph.ports import Page
from graph.types import EpochId, Position, WorkspaceId


def record(conn: Connection, workspace: WorkspaceId, parameters: Mapping[str, Any]) -> EpochId:
    """Store JSON-ready parameters without floats, once; the same parameters are the same epoch."""
    id_ = EpochId(make_id("epoch", dict(parameters)))
    if conn.scalar(select(e.c.id).where(e.c.workspace == workspace, e.c.id == id_)) is None:
        position = next_position(conn, workspace)
        row = {"workspace": workspace, "id": id_, "parameters": dict(parameters), "position": position}
        insert_new(conn, e, [row])
    return id_


def read(conn: Connection, workspace: WorkspaceId, epoch: EpochId) -> dict[str, Any]:
    """The epoch's parameters; NotFound for an unknown one."""
    found = conn.scalar(select(e.c.parameters).where(e.c.workspace == workspace, e.c.id == epoch))
    if found is None:
        raise NotFound(f"there is no epoch {epoch.hex()}")
    return dict(found)


def list_epochs(
    conn: Connection, workspace: WorkspaceId, *, limit: int, cursor: str | None = None
) -> Page[tuple[EpochId, Position]]:
    """Each with the position at which it was recorded, the newest first."""
    query = select(e.c.id, e.c.position).where(e.c.workspace == workspace)
    if cursor is not None:
        query = query.where(e.c.position < cursors.number(cursor))
    rows = conn.execute(query.order_by(e.c.position.desc()).limit(limit + 1)).all()
    found = tuple((EpochId(row.id), Position(row.position)) for row in rows[:limit])
    return Page(found, str(found[-1][1]) if len(rows) > limit else None)
