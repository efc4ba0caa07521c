"""What a fuse pass changed, as absolute states, for whoever projects it."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, delete, select, update

from graph.errors import NotFound
from graph.ledger import positions
from graph.ledger.bulk import insert_all
from graph.ledger.engine import Ledger
from graph.ledger.tables import outbox as o
from graph.ledger.tables import workspace as w
from graph.types import ROW_FORM, ChangeKind, GraphChange, Position, WorkspaceId


def append(
    conn: Connection,
    workspace: WorkspaceId,
    before: Position,
    position: Position,
    changes: Iterable[tuple[ChangeKind, bytes, Mapping[str, Any] | None]],
) -> int:
    """Write what changed after ``before`` up to ``position`` in order, once, inside the pass's transaction.

    Where the rows until now are of another form, the outbox is to be followed from ``before`` on. Returns how
    many changes they are.
    """
    other = (w.c.id == workspace, w.c.row_form != ROW_FORM)
    conn.execute(update(w).where(*other).values(outbox_from=before, row_form=ROW_FORM))
    rows = [
        {"workspace": workspace, "position": position, "seq": seq, "kind": kind.value, "id": id_, "row": row}
        for seq, (kind, id_, row) in enumerate(changes)
    ]
    insert_all(conn, o, rows)
    return len(rows)


def compact(conn: Connection, workspace: WorkspaceId, upto: Position, limit: int | None = None) -> int:
    """Forget the rows up to ``upto``, which every projection has applied; how many they were.

    About ``limit`` of them at most: whole positions, the first ones, and at least one. A projection that
    starts from nothing afterwards is rebuilt from the derived rows, not from the outbox.
    """
    upto = min(upto, positions.fused_position(conn, workspace))
    rows = (o.c.workspace == workspace, o.c.position <= upto)
    if limit is not None:
        edge = select(o.c.position).where(*rows).order_by(o.c.position).offset(limit - 1).limit(1)
        upto = Position(conn.scalar(edge) or upto)
    later = (w.c.id == workspace, w.c.outbox_from < upto)
    conn.execute(update(w).where(*later).values(outbox_from=upto))
    return conn.execute(delete(o).where(o.c.workspace == workspace, o.c.position <= upto)).rowcount


class LedgerOutbox:
    """Implements ``graph.ports.OutboxReader``."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def begins_at(self, workspace: WorkspaceId) -> Position:
        query = select(w.c.outbox_from, w.c.fused_position, w.c.row_form).where(w.c.id == workspace)
        with self._ledger.read() as conn:
            row = conn.execute(query).one_or_none()
        if row is None:
            raise NotFound(f"there is no workspace {workspace!r}")
        return Position(row.outbox_from if row.row_form == ROW_FORM else row.fused_position)

    def changes_after(self, workspace: WorkspaceId, position: Position, limit: int) -> list[GraphChange]:
        new = (o.c.workspace == workspace, o.c.position > position)
        with self._ledger.read() as conn:
            edge = select(o.c.position).where(*new).order_by(o.c.position).offset(limit - 1).limit(1)
            last = conn.scalar(edge)
            query = select(o).where(*new)
            if last is not None:
                query = query.where(o.c.position <= last)
            return [
                GraphChange(Position(row.position), row.seq, ChangeKind(row.kind), row.id, row.row)
                for row in conn.execute(query.order_by(o.c.position, o.c.seq))
            ]

    def fused_position(self, workspace: WorkspaceId) -> Position:
        with self._ledger.read() as conn:
            return positions.fused_position(conn, workspace)
