"""Jobs: one upload call, an item for each of its files, and the story of both as numbered events.

A job is running while an item can still move (``job_items`` draws their life); then its items say how it
ended.
"""

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, tuple_, update

from graph.errors import AlreadyExists, InvalidInput, NotFound
from graph.ledger import cursors
from graph.ledger.bulk import insert_new, slices
from graph.ledger.job_progress import append, counts, move_all, settle, told
from graph.ledger.job_types import Item, ItemStatus, Job, JobEvent, JobStatus, NewItem, item_of
from graph.ledger.tables import idempotency_key as k
from graph.ledger.tables import job as j
from graph.ledger.tables import job_event as e
from graph.ledger.tables import job_item as i
from graph.ledger.times import now, to_datetime
from graph.ports import Page
from graph.types import WorkspaceId


def create_job(
    conn: Connection,
    workspace: WorkspaceId,
    items: Sequence[NewItem],
    *,
    key: str | None = None,
    body_hash: bytes | None = None,
) -> tuple[Job, bool]:
    """A job and whether it is new: ``key`` with the same body's hash again gives the job it first made.

    AlreadyExists where the key was used for another body; InvalidInput for a key without a body's hash.
    """
    id_, at = secrets.token_bytes(16), now()
    if key is not None:
        if body_hash is None or not 0 < len(key) <= 255:
            raise InvalidInput("an idempotency key has 1 to 255 characters and comes with its body's hash")
        row = {"workspace": workspace, "key": key, "body_hash": body_hash, "job": id_, "created_at": at}
        insert_new(conn, k, [row])
        former = find_by_key(conn, workspace, key, body_hash)
        if former != id_ and former is not None:
            return get_job(conn, workspace, former), False
    job = {"status": JobStatus.RUNNING.value, "cancelled": False, "events": 0}
    conn.execute(insert(j).values(workspace=workspace, id=id_, created_at=at, updated_at=at, **job))
    rows = [_item_row(workspace, id_, ord_, item, at) for ord_, item in enumerate(items)]
    if rows:
        conn.execute(insert(i), rows)
    append(conn, workspace, id_, [("item", told(row)) for row in rows])
    settle(conn, workspace, id_)
    return get_job(conn, workspace, id_), True


def find_by_key(conn: Connection, workspace: WorkspaceId, key: str, body_hash: bytes) -> bytes | None:
    """The job that an idempotency key made; AlreadyExists where its body was another."""
    query = select(k.c.job, k.c.body_hash).where(k.c.workspace == workspace, k.c.key == key)
    found = conn.execute(query).one_or_none()
    if found is None:
        return None
    if found.body_hash != body_hash:
        raise AlreadyExists("this Idempotency-Key was used for another request; use a new one")
    return bytes(found.job)


def get_job(conn: Connection, workspace: WorkspaceId, job: bytes) -> Job:
    row = conn.execute(select(j).where(j.c.workspace == workspace, j.c.id == job)).one_or_none()
    if row is None:
        raise NotFound("there is no such job")
    return _jobs(conn, workspace, [row])[0]


def list_jobs(
    conn: Connection, workspace: WorkspaceId, *, limit: int, cursor: str | None = None
) -> Page[Job]:
    """The newest first."""
    query = select(j).where(j.c.workspace == workspace)
    if cursor is not None:
        query = query.where(tuple_(j.c.created_at, j.c.id) < tuple_(*cursors.number_and_identity(cursor)))
    rows = conn.execute(query.order_by(j.c.created_at.desc(), j.c.id.desc()).limit(limit + 1)).all()
    more = f"{rows[limit - 1].created_at}.{rows[limit - 1].id.hex()}" if len(rows) > limit else None
    return Page(tuple(_jobs(conn, workspace, rows[:limit])), more)


def list_items(
    conn: Connection, workspace: WorkspaceId, job: bytes, *, limit: int, cursor: str | None = None
) -> Page[Item]:
    """In the order of the upload; NotFound without the job."""
    get_job(conn, workspace, job)
    after = -1 if cursor is None else cursors.number(cursor)
    query = select(i).where(i.c.workspace == workspace, i.c.job == job, i.c.ord > after)
    rows = conn.execute(query.order_by(i.c.ord).limit(limit + 1)).all()
    more = str(rows[limit - 1].ord) if len(rows) > limit else None
    return Page(tuple(item_of(row) for row in rows[:limit]), more)


def cancel_job(conn: Connection, workspace: WorkspaceId, job: bytes) -> Job:
    """Items that are not published yet are cancelled; a worker in one of them finds out at its next step."""
    get_job(conn, workspace, job)
    conn.execute(update(j).where(j.c.workspace == workspace, j.c.id == job).values(cancelled=True))
    stopped = (ItemStatus.ACCEPTED, ItemStatus.RUNNING)
    move_all(conn, workspace, _ids(conn, workspace, job, stopped), stopped, status="cancelled", stage=None)
    settle(conn, workspace, job)
    return get_job(conn, workspace, job)


def retry_job(conn: Connection, workspace: WorkspaceId, job: bytes) -> list[Item]:
    """Failed and cancelled questions and documents whose bytes are kept are accepted again, as a new attempt;
    those items."""
    get_job(conn, workspace, job)
    conn.execute(update(j).where(j.c.workspace == workspace, j.c.id == job).values(cancelled=False))
    ended = (ItemStatus.FAILED, ItemStatus.CANCELLED)
    ids = _ids(conn, workspace, job, ended, kept=True)
    again = {"status": ItemStatus.ACCEPTED.value, "error": None, "stage": None, "attempt": i.c.attempt + 1}
    move_all(conn, workspace, ids, ended, **again)
    settle(conn, workspace, job)
    found: list[Item] = []
    for some in slices(ids):
        rows = conn.execute(select(i).where(i.c.workspace == workspace, i.c.id.in_(some)))
        found += [item_of(row) for row in rows]
    return sorted(found, key=lambda each: each.ord)


def events_after(
    conn: Connection, workspace: WorkspaceId, job: bytes, seq: int, limit: int
) -> list[JobEvent]:
    """What happened after event ``seq`` (0: from the beginning), in order; NotFound without the job."""
    get_job(conn, workspace, job)
    query = select(e).where(e.c.workspace == workspace, e.c.job == job, e.c.seq > seq)
    rows = conn.execute(query.order_by(e.c.seq).limit(limit))
    return [JobEvent(row.seq, row.kind, row.data, to_datetime(row.at)) for row in rows]


def _item_row(workspace: WorkspaceId, job: bytes, ord_: int, item: NewItem, at: int) -> dict[str, Any]:
    refused = item.error is not None
    return {
        "workspace": workspace,
        "id": secrets.token_bytes(16),
        "job": job,
        "ord": ord_,
        "filename": item.filename,
        "uri": item.uri,
        "content": item.content,
        "question": item.question,
        "status": (ItemStatus.FAILED if refused else ItemStatus.ACCEPTED).value,
        "stage": None,
        "error": item.error,
        "attempt": 1,
        "position": None,
        "updated_at": at,
    }


def _ids(
    conn: Connection,
    workspace: WorkspaceId,
    job: bytes,
    statuses: Sequence[ItemStatus],
    *,
    kept: bool = False,
) -> Sequence[bytes]:
    """The job's items in these statuses; with ``kept``, only questions and kept bytes."""
    query = select(i.c.id).where(
        i.c.workspace == workspace, i.c.job == job, i.c.status.in_([status.value for status in statuses])
    )
    can = or_(i.c.content.is_not(None), i.c.question.is_not(None))
    return conn.scalars(query.where(can) if kept else query).all()


def _jobs(conn: Connection, workspace: WorkspaceId, rows: Sequence[Row[Any]]) -> list[Job]:
    counted = counts(conn, workspace, [row.id for row in rows])
    return [
        Job(
            id=row.id,
            status=JobStatus(row.status),
            cancelled=row.cancelled,
            counts={status: counted.get(row.id, {}).get(status, 0) for status in ItemStatus},
            events=row.events,
            created_at=to_datetime(row.created_at),
            updated_at=to_datetime(row.updated_at),
        )
        for row in rows
    ]
