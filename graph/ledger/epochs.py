"""Epochs: the parameters global by nature, immutable, known by the hash of what they say."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from graph.errors import NotFound
from graph.identity import make_id
from graph.ledger.bulk import insert_new
from graph.ledger.positions import next_position
from graph.ledger.tables import epoch as e
from graph.types import EpochId, WorkspaceId


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
