"""``/jobs``: what became of an upload, as it happens."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Header
from fastapi.responses import StreamingResponse

from app import presentation
from app.bootstrap import Parts
from app.deps import Cursor, Limit, Reader, TheParts, Writer
from app.schemas import HexId, JobDetail, JobOut, JobPage
from app.streams import Event, sse
from graph.ledger import cursors, jobs
from graph.ledger.job_types import JobEvent, JobStatus
from graph.types import WorkspaceId

router = APIRouter(tags=["jobs"])

_POLL_SECONDS = 0.25
_EVENTS_AT_ONCE = 500
LastEventId = Annotated[str | None, Header(pattern=r"^\d{1,18}$", description="Events after this one.")]


@router.get("/jobs")
def list_jobs(parts: TheParts, principal: Reader, limit: Limit = 50, cursor: Cursor = None) -> JobPage:
    """The newest first."""
    with parts.ledger.read() as conn:
        page = jobs.list_jobs(conn, principal.workspace, limit=limit, cursor=cursors.after("jobs", cursor))
    return JobPage(
        jobs=[presentation.job(each) for each in page.items],
        next_cursor=cursors.ended("jobs", page.next_cursor),
    )


@router.get("/jobs/{job_id}")
def get_job(job_id: HexId, parts: TheParts, principal: Reader) -> JobDetail:
    """How a job and each of its files stand."""
    return _detail(parts, principal.workspace, bytes.fromhex(job_id))


@router.get("/jobs/{job_id}/events", response_class=StreamingResponse)
async def follow_job(
    job_id: HexId, parts: TheParts, principal: Reader, last_event_id: LastEventId = None
) -> StreamingResponse:
    """Server-sent events, ending when the job does; ``Last-Event-ID`` goes on where a stream broke off."""
    job, after = bytes.fromhex(job_id), int(last_event_id or 0)
    first = await to_thread.run_sync(_news, parts, principal.workspace, job, after)  # 404 before the stream
    return sse(_events(parts, principal.workspace, job, after, first))


@router.post("/jobs/{job_id}/cancel")
def cancel_job(job_id: HexId, parts: TheParts, principal: Writer) -> JobOut:
    """What is not published yet is stopped; what is, stays. A worker stops before its next stage."""
    with parts.ledger.write() as conn:
        return presentation.job(jobs.cancel_job(conn, principal.workspace, bytes.fromhex(job_id)))


@router.post("/jobs/{job_id}/retry")
def retry_job(job_id: HexId, parts: TheParts, principal: Writer) -> JobDetail:
    """Try the failed and the cancelled items again."""
    with parts.ledger.write() as conn:
        jobs.retry_job(conn, principal.workspace, bytes.fromhex(job_id))
    return _detail(parts, principal.workspace, bytes.fromhex(job_id))


def _detail(parts: Parts, workspace: WorkspaceId, job: bytes) -> JobDetail:
    with parts.ledger.read() as conn:
        found = jobs.get_job(conn, workspace, job)
    return presentation.job_detail(found, parts.intake.items(workspace, job))


def _news(parts: Parts, workspace: WorkspaceId, job: bytes, after: int) -> tuple[list[JobEvent], bool]:
    """Events after ``after``, and whether no more can come."""
    with parts.ledger.read() as conn:
        found = jobs.get_job(conn, workspace, job)
        events = jobs.events_after(conn, workspace, job, after, _EVENTS_AT_ONCE)
    reached = events[-1].seq if events else after
    return events, found.status is not JobStatus.RUNNING and reached >= found.events


async def _events(
    parts: Parts, workspace: WorkspaceId, job: bytes, after: int, news: tuple[list[JobEvent], bool]
) -> AsyncIterator[Event]:
    while True:
        events, ended = news
        for event in events:
            yield Event(event.kind, event.data, str(event.seq))
            after = event.seq
        if ended:
            return
        if len(events) < _EVENTS_AT_ONCE:
            await asyncio.sleep(_POLL_SECONDS)
        news = await to_thread.run_sync(_news, parts, workspace, job, after)
