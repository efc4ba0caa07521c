"""How a job follows its items: locks, transitions, the numbered events and the status they add up to."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, exists, func, insert, select, update

from graph.ledger.bulk import slices
from graph.ledger.job_types import OPEN, ItemStatus, JobStatus
from graph.ledger.tables import job as j
from graph.ledger.tables import job_event as e
from graph.ledger.tables import job_item as i
from graph.ledger.times import now
from graph.types import WorkspaceId


def move_all(
    conn: Connection,
    workspace: WorkspaceId,
    ids: Sequence[bytes],
    taken: Sequence[ItemStatus],
    **values: Any,
) -> int:
    """Move those of the items whose status is among ``taken``, and tell their jobs; how many moved.

    Jobs are locked first, by id, then their items: two transactions that move the same items queue up.
    """
    moved = 0
    for some in slices(ids):
        these = (i.c.workspace == workspace, i.c.id.in_(some))
        jobs = conn.scalars(select(i.c.job).where(*these).distinct()).all()
        locked = select(j.c.id).where(j.c.workspace == workspace, j.c.id.in_(jobs)).order_by(j.c.id)
        conn.execute(locked.with_for_update())
        change = update(i).where(*these, i.c.status.in_([status.value for status in taken]))
        rows = conn.execute(change.values(updated_at=now(), **values).returning(*i.c)).all()
        moved += len(rows)
        for job in sorted({row.job for row in rows}):
            news = sorted((row for row in rows if row.job == job), key=lambda row: row.ord)
            append(conn, workspace, job, [("item", told(dict(row._mapping))) for row in news])
            settle(conn, workspace, job)
    return moved


def settle(conn: Connection, workspace: WorkspaceId, job: bytes) -> None:
    """Make the job's status what its items say, and tell it when that is news."""
    of_job = (i.c.workspace == workspace, i.c.job == job)
    moving = exists().where(*of_job, i.c.status.in_([status.value for status in OPEN]))
    row = conn.execute(
        select(j.c.status, moving.label("moving")).where(j.c.workspace == workspace, j.c.id == job)
    ).one()
    status = JobStatus.RUNNING if row.moving else _ended(counts(conn, workspace, [job]).get(job, {}))
    if status != row.status:
        conn.execute(update(j).where(j.c.workspace == workspace, j.c.id == job).values(status=status.value))
        append(conn, workspace, job, [("job", {"status": status.value})])


def _ended(counts: Mapping[ItemStatus, int]) -> JobStatus:
    done, failed = counts.get(ItemStatus.DONE, 0), counts.get(ItemStatus.FAILED, 0)
    if done == sum(counts.values()):
        return JobStatus.DONE
    if done:
        return JobStatus.PARTIAL
    return JobStatus.FAILED if failed else JobStatus.CANCELLED


def append(
    conn: Connection, workspace: WorkspaceId, job: bytes, events: Sequence[tuple[str, Mapping[str, Any]]]
) -> None:
    """Number and store events; the job's row lock makes their numbers gapless and in order of commit."""
    if not events:
        return
    at = now()
    counted = update(j).where(j.c.workspace == workspace, j.c.id == job)
    counted = counted.values(events=j.c.events + len(events), updated_at=at)
    last = conn.execute(counted.returning(j.c.events)).scalar_one()
    conn.execute(
        insert(e),
        [
            {"workspace": workspace, "job": job, "seq": seq, "kind": kind, "data": dict(data), "at": at}
            for seq, (kind, data) in enumerate(events, start=last - len(events) + 1)
        ],
    )


def told(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("id", "filename", "status", "stage", "error")}


def counts(
    conn: Connection, workspace: WorkspaceId, jobs: Sequence[bytes]
) -> dict[bytes, dict[ItemStatus, int]]:
    found: dict[bytes, dict[ItemStatus, int]] = {}
    for some in slices(jobs):
        query = select(i.c.job, i.c.status, func.count().label("n")).where(
            i.c.workspace == workspace, i.c.job.in_(some)
        )
        for row in conn.execute(query.group_by(i.c.job, i.c.status)):
            found.setdefault(row.job, {})[ItemStatus(row.status)] = row.n
    return found
