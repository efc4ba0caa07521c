"""A job's items, on their way from accepted bytes to a place in the graph.

    accepted ──▶ running ──▶ published ──▶ done          an item's life
       │            ├──────▶ failed ──┐
       └──▶ cancelled ◀─────┘         └─ retry ──▶ accepted   (cancelled items too)

An item is *published* when its evidence is live, and *done* when the graph and the indexes have passed its
position. Every transition checks where the item stands, so that a worker that repeats a step, or comes too
late, changes nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from graph.errors import NotFound
from graph.ledger.bulk import slices
from graph.ledger.job_progress import move_all
from graph.ledger.job_types import OPEN, Item, ItemStatus, item_of
from graph.ledger.tables import job_item as i
from graph.ledger.times import from_datetime
from graph.types import ContentId, Position, WorkspaceId


def get_item(conn: Connection, workspace: WorkspaceId, item: bytes) -> Item:
    row = conn.execute(select(i).where(i.c.workspace == workspace, i.c.id == item)).one_or_none()
    if row is None:
        raise NotFound("there is no such item")
    return item_of(row)


def items_in(
    conn: Connection,
    workspace: WorkspaceId,
    statuses: Sequence[ItemStatus],
    *,
    before: datetime,
    limit: int,
    questions: bool | None = None,
) -> list[Item]:
    """Items last moved before a time, the oldest first: what a sweeper looks at.

    ``questions``: only those for a model, or only documents; both where it is None.
    """
    query = select(i).where(
        i.c.workspace == workspace,
        i.c.status.in_([status.value for status in statuses]),
        i.c.updated_at < from_datetime(before),
    )
    if questions is not None:
        query = query.where(i.c.question.is_not(None) if questions else i.c.question.is_(None))
    return [item_of(row) for row in conn.execute(query.order_by(i.c.updated_at).limit(limit))]


def latest_items(
    conn: Connection, workspace: WorkspaceId, contents: Sequence[ContentId]
) -> dict[ContentId, Item]:
    """The item that last had to do with each content: why a document is not there yet, or never will be."""
    found: dict[ContentId, Item] = {}
    for some in slices(contents):
        query = select(i).where(i.c.workspace == workspace, i.c.content.in_(some))
        for row in conn.execute(query.order_by(i.c.updated_at, i.c.id)):
            found[ContentId(row.content)] = item_of(row)
    return found


def start_item(conn: Connection, workspace: WorkspaceId, item: bytes) -> Item:
    """A worker takes it: accepted becomes running. Whoever gets another status back has nothing to do."""
    return _move(conn, workspace, item, (ItemStatus.ACCEPTED,), status=ItemStatus.RUNNING.value)


def stage_item(conn: Connection, workspace: WorkspaceId, item: bytes, stage: str) -> Item:
    """Say how far a running item is. The answer's status is no longer running once it was cancelled."""
    return _move(conn, workspace, item, (ItemStatus.RUNNING,), stage=stage)


def publish_item(conn: Connection, workspace: WorkspaceId, item: bytes, position: Position) -> Item:
    """Its evidence is live since ``position``: running (or accepted, on replay) becomes published."""
    taken = (ItemStatus.ACCEPTED, ItemStatus.RUNNING)
    status = ItemStatus.PUBLISHED.value
    return _move(conn, workspace, item, taken, status=status, position=position, stage=None)


def fail_item(conn: Connection, workspace: WorkspaceId, item: bytes, error: str) -> Item:
    """Any open item; ``error`` is a sentence for the person who uploaded it."""
    return _move(conn, workspace, item, OPEN, status=ItemStatus.FAILED.value, error=error)


def finish_items(conn: Connection, workspace: WorkspaceId, reached: Position, *, limit: int = 1000) -> int:
    """Graph and indexes have reached a position: published items up to it are done; how many.

    Call again while it answers ``limit``.
    """
    query = select(i.c.id).where(
        i.c.workspace == workspace,
        i.c.status == ItemStatus.PUBLISHED.value,
        i.c.position <= reached,
    )
    ids = conn.scalars(query.order_by(i.c.updated_at).limit(limit)).all()
    return move_all(conn, workspace, ids, (ItemStatus.PUBLISHED,), status=ItemStatus.DONE.value, error=None)


def delay_items(conn: Connection, workspace: WorkspaceId, reason: str, *, limit: int = 1000) -> int:
    """The graph cannot be brought to the published items: they wait, and say why; how many did not yet.

    Call again while it answers ``limit``.
    """
    untold = i.c.error.is_distinct_from(reason)
    query = select(i.c.id).where(i.c.workspace == workspace, i.c.status == ItemStatus.PUBLISHED.value, untold)
    ids = conn.scalars(query.order_by(i.c.updated_at).limit(limit)).all()
    return move_all(conn, workspace, ids, (ItemStatus.PUBLISHED,), error=reason)


def _move(
    conn: Connection, workspace: WorkspaceId, item: bytes, taken: Sequence[ItemStatus], **values: Any
) -> Item:
    """One transition; the item as it then stands, changed or not. NotFound without the item."""
    move_all(conn, workspace, [item], taken, **values)
    return get_item(conn, workspace, item)
