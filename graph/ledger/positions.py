"""A workspace's logical clock.

The position is taken by UPDATE ... RETURNING inside the writing transaction: the row's lock is held until
that transaction ends, so positions are committed in order and a reader that has seen p will never meet a
smaller new one. (A sequence would hand out numbers that commit out of order.) A writer that takes its
position first also has the workspace's rows to itself from then on.
"""

from sqlalchemy import Connection, select, update

from graph.errors import InvalidInput, NotFound, StaleWrite
from graph.fusion.fuse import FUSE_FORM
from graph.ledger.bulk import insert_new
from graph.ledger.tables import workspace as t
from graph.ledger.times import now
from graph.types import ROW_FORM, Position, WorkspaceId

# Of a workspace: there are rows that other rules than the present ones made
OUTDATED = (t.c.fused_position > 0) & (t.c.fuse_form != FUSE_FORM)


def create_workspace(conn: Connection, workspace: WorkspaceId) -> None:
    """Create it at position 0; nothing happens where it exists."""
    if not workspace or len(workspace) > 200:
        raise InvalidInput("a workspace needs a name of 1 to 200 characters")
    start = {"position": 0, "fused_position": 0, "outbox_from": 0}
    forms = {"row_form": ROW_FORM, "fuse_form": FUSE_FORM}
    insert_new(conn, t, [{"id": workspace, **start, **forms, "created_at": now()}])


def list_workspaces(conn: Connection) -> list[WorkspaceId]:
    return [WorkspaceId(name) for name in conn.scalars(select(t.c.id).order_by(t.c.id))]


def next_position(conn: Connection, workspace: WorkspaceId) -> Position:
    """Move the clock on by one and hold it until the transaction ends; NotFound without the workspace."""
    position = conn.scalar(
        update(t).where(t.c.id == workspace).values(position=t.c.position + 1).returning(t.c.position)
    )
    if position is None:
        raise NotFound(f"there is no workspace {workspace!r}")
    return Position(position)


def hold(conn: Connection, workspace: WorkspaceId) -> None:
    """Let nobody else take a position until the transaction ends: what is read from here on stays so."""
    conn.execute(select(t.c.id).where(t.c.id == workspace).with_for_update(key_share=True))


def position(conn: Connection, workspace: WorkspaceId) -> Position:
    """The last position committed (or taken in this transaction)."""
    return _read(conn, workspace)[0]


def fused_position(conn: Connection, workspace: WorkspaceId) -> Position:
    """The position up to which the derived rows stand."""
    return _read(conn, workspace)[1]


def fused_by_other_rules(conn: Connection, workspace: WorkspaceId) -> bool:
    """Whether there are rows that other rules than the present ones made: they are to be made anew."""
    return conn.scalar(select(t.c.id).where(t.c.id == workspace, OUTDATED)) is not None


def advance_fused(conn: Connection, workspace: WorkspaceId, expected: Position, reached: Position) -> None:
    """Compare-and-set, by the present rules; StaleWrite when another fuser has moved it from ``expected``."""
    moved = conn.execute(
        update(t)
        .where(t.c.id == workspace, t.c.fused_position == expected, t.c.position >= reached)
        .values(fused_position=reached, fuse_form=FUSE_FORM)
    )
    if moved.rowcount != 1:
        raise StaleWrite(f"the fused position of {workspace!r} is no longer {expected}; read again and retry")


def _read(conn: Connection, workspace: WorkspaceId) -> tuple[Position, Position]:
    row = conn.execute(select(t.c.position, t.c.fused_position).where(t.c.id == workspace)).one_or_none()
    if row is None:
        raise NotFound(f"there is no workspace {workspace!r}")
    return Position(row.position), Position(row.fused_position)
