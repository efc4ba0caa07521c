"""The graph as of a record time: what a service would have read of it then.

A pass closes the rows that it replaces and opens those that stand from its position on, in the transaction
that writes the derived rows; so what stood at a position stands in the history as it was, whatever has been
deleted, ruled, read anew or made by other rules since. Quotes and texts are no part of it: they are evidence,
read from documents that are still there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, FromClause, Table, bindparam, delete, func, insert, or_, select, update

from graph.errors import InvalidInput, NotFound
from graph.fusion.view import TableDiff
from graph.ledger.bulk import insert_all, slices
from graph.ledger.tables import HISTORY
from graph.ledger.tables import fuse_pass as p
from graph.ledger.tables import workspace as w
from graph.ledger.times import from_datetime, now, to_datetime
from graph.types import Position, WorkspaceId

K = TypeVar("K")
R = TypeVar("R")

_WRITE = 5_000  # rows a statement


@dataclass(frozen=True, slots=True)
class RecordTime:
    """A pass: the graph stood at ``position`` from ``at`` on. ``at`` is None before the first one."""

    position: Position
    at: datetime | None


def standing(table: Table, at: Position | None) -> FromClause:
    """A derived table as it stands, or as it stood at a position; its columns have the same names."""
    if at is None:
        return table
    h = HISTORY[table]
    kept = [column for column in h.c if column.name not in {"since", "until"}]
    query = select(*kept).where(h.c.since <= at, or_(h.c.until.is_(None), h.c.until > at))
    return query.subquery(f"{table.name}_then")


def recorded_as_of(conn: Connection, workspace: WorkspaceId, asked: Position | datetime) -> RecordTime:
    """The last pass up to ``asked``: a position, or a time that knows its zone.

    InvalidInput for what has not come yet and for what is no longer kept.
    """
    row = conn.execute(select(w.c.fused_position, w.c.history_from).where(w.c.id == workspace)).one_or_none()
    if row is None:
        raise NotFound(f"there is no workspace {workspace!r}")
    found = select(p.c.position, p.c.recorded_at).where(p.c.workspace == workspace)
    if isinstance(asked, datetime):
        if (at := from_datetime(asked)) > now():
            raise InvalidInput("this time is still to come: ask for one that has passed")
        found = found.where(p.c.recorded_at <= at).order_by(p.c.recorded_at.desc(), p.c.position.desc())
    else:
        if asked > row.fused_position:
            raise InvalidInput(f"the graph stands at position {row.fused_position}: ask for one up to that")
        found = found.where(p.c.position <= asked).order_by(p.c.position.desc())
    last = conn.execute(found.limit(1)).one_or_none()
    if last is not None and last.position >= row.history_from:
        return RecordTime(Position(last.position), to_datetime(last.recorded_at))
    if row.history_from == 0:
        return RecordTime(Position(0), None)
    raise InvalidInput(f"{_begins(conn, workspace, row.history_from)}: ask for a later time")


def passes(
    conn: Connection, workspace: WorkspaceId, *, limit: int, before: Position | None = None
) -> list[RecordTime]:
    """Record times that can be read as of, the newest first."""
    kept = select(w.c.history_from).where(w.c.id == workspace).scalar_subquery()
    query = select(p).where(p.c.workspace == workspace, p.c.position >= kept)
    if before is not None:
        query = query.where(p.c.position < before)
    rows = conn.execute(query.order_by(p.c.position.desc()).limit(limit))
    return [RecordTime(Position(row.position), to_datetime(row.recorded_at)) for row in rows]


def _begins(conn: Connection, workspace: WorkspaceId, position: int) -> str:
    at = conn.scalar(select(p.c.recorded_at).where(p.c.workspace == workspace, p.c.position == position))
    since = f" ({to_datetime(at).isoformat(timespec='seconds')})" if at is not None else ""
    return f"the graph's history is kept from position {position}{since} on"


# ---------------------------------------------------------------- writing


def begin_pass(conn: Connection, workspace: WorkspaceId, position: Position) -> None:
    """Note when the derived rows came to stand at ``position``: now, and never before the pass before it."""
    last = conn.scalar(select(func.max(p.c.recorded_at)).where(p.c.workspace == workspace)) or 0
    conn.execute(insert(p).values(workspace=workspace, position=position, recorded_at=max(now(), last)))


def remember(
    conn: Connection,
    workspace: WorkspaceId,
    table: Table,
    were: Mapping[K, Mapping[str, Any]],
    now: Mapping[K, Mapping[str, Any]],
    position: Position,
    key: Callable[[K], Mapping[str, Any]],
) -> None:
    """Close the open rows of what went or was replaced, and open those of what came: columns by key.

    Rows that differ only in what their history does not keep stay open.
    """
    h = HISTORY[table]
    hidden = set(table.c.keys()) - set(h.c.keys())

    def kept(side: Mapping[K, Mapping[str, Any]]) -> Mapping[K, Mapping[str, Any]]:
        if not hidden:
            return side
        return {k: {n: v for n, v in row.items() if n not in hidden} for k, row in side.items()}

    moved = TableDiff.between(kept(were), kept(now))
    closed = [key(k) for k in sorted(moved.old)]  # type: ignore[type-var]
    if closed:
        mine = [h.c[name] == bindparam(f"key_{name}") for name in closed[0]]
        still = update(h).where(h.c.workspace == workspace, *mine, h.c.until.is_(None))
        keys = [{f"key_{name}": value for name, value in each.items()} for each in closed]
        conn.execute(still.values(until=position), keys)
    mark = {"workspace": workspace, "since": position, "until": None}
    opened = [{**mark, **key(k), **moved.new[k]} for k in sorted(moved.new)]  # type: ignore[type-var]
    for some in slices(opened, _WRITE):
        insert_all(conn, h, some)


# ---------------------------------------------------------------- forgetting


def outlived(conn: Connection, workspace: WorkspaceId, before: datetime) -> Position | None:
    """The last pass up to that time, if anything is kept of what the graph was before it; else None."""
    passed = select(p.c.position).where(p.c.workspace == workspace, p.c.recorded_at <= from_datetime(before))
    last = conn.scalar(passed.order_by(p.c.recorded_at.desc(), p.c.position.desc()).limit(1))
    if last is None:
        return None
    former = [p.c.position < last, *(h.c.until <= last for h in HISTORY.values())]
    tables = (p, *HISTORY.values())
    kept = (
        select(table.c.workspace).where(table.c.workspace == workspace, gone).limit(1)
        for table, gone in zip(tables, former, strict=True)
    )
    return Position(last) if any(conn.scalar(query) is not None for query in kept) else None


def forget(conn: Connection, workspace: WorkspaceId, before: Position, limit: int) -> int:
    """Drop what stood only before the pass at ``before``, about ``limit`` rows a table; how many went.

    Fewer than ``limit``: all of it went. From the first call on the history begins at ``before``.
    """
    later = (w.c.id == workspace, w.c.history_from < before)
    conn.execute(update(w).where(*later).values(history_from=before))
    gone = conn.execute(delete(p).where(p.c.workspace == workspace, p.c.position < before)).rowcount
    for h in HISTORY.values():
        rows = (h.c.workspace == workspace, h.c.until <= before)
        edge = select(h.c.until).where(*rows).order_by(h.c.until).offset(limit - 1).limit(1)
        upto = conn.scalar(edge) or before
        gone += conn.execute(delete(h).where(h.c.workspace == workspace, h.c.until <= upto)).rowcount
    return gone
