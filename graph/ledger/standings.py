"""Where all workspaces stand, and what there is to do in each: a sweeper asks a few times a second."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, select

from graph.ledger.job_types import ItemStatus
from graph.ledger.positions import OUTDATED
from graph.ledger.tables import job_item as i
from graph.ledger.tables import workspace as t
from graph.types import Position, WorkspaceId


class Standing(NamedTuple):
    """``outdated``: there are rows that other rules than the present ones made. The last three: whether there
    are items that wait for a worker, that one has begun, and that wait for the graph to pass them."""

    workspace: WorkspaceId
    position: Position
    fused: Position
    outdated: bool
    accepted: bool
    running: bool
    published: bool


def standings(conn: Connection) -> list[Standing]:
    """By name. O(workspaces), in one read, each by an index; items that have ended cost nothing."""
    there = [_any(status) for status in (ItemStatus.ACCEPTED, ItemStatus.RUNNING, ItemStatus.PUBLISHED)]
    query = select(t.c.id, t.c.position, t.c.fused_position, OUTDATED, *there).order_by(t.c.id)
    return [
        Standing(WorkspaceId(name), Position(at), Position(fused), *map(bool, rest))
        for name, at, fused, *rest in conn.execute(query)
    ]


def _any(status: ItemStatus) -> ColumnElement[bool]:
    return select(i.c.id).where(i.c.workspace == t.c.id, i.c.status == status.value).exists()
