"""Jobs and their items: transitions, events, idempotency."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from graph.errors import AlreadyExists, InvalidInput, NotFound
from graph.fusion.fuse import FUSE_FORM
from graph.ledger.engine import Ledger
from graph.ledger.job_items import (
    delay_items,
    fail_item,
    finish_items,
    get_item,
    items_in,
    latest_items,
    publish_item,
    stage_item,
    start_item,
)
from graph.ledger.job_types import Item, ItemStatus, Job, JobStatus, NewItem
from graph.ledger.jobs import (
    cancel_job,
    create_job,
    events_after,
    find_by_key,
    get_job,
    list_items,
    list_jobs,
    retry_job,
)
from graph.ledger.positions import advance_fused, create_workspace, next_position
from graph.ledger.standings import standings
from graph.ledger.tables import workspace
from graph.types import Position, WorkspaceId
from tests.fakes.ledger_evidence import content_of

WS = WorkspaceId("test")
HASH = bytes(32)


def _make(ledger: Ledger, count: int = 3, refused: int = 0) -> tuple[Job, list[Item]]:
    files = [NewItem(f"{n}.txt", f"u:{n}", content_of(str(n))) for n in range(count)]
    files += [NewItem(f"bad {n}.txt", error="the file is empty") for n in range(refused)]
    with ledger.write() as conn:
        job, new = create_job(conn, WS, files)
        assert new
        return job, list(list_items(conn, WS, job.id, limit=1000).items)


def _counts(job: Job) -> dict[str, int]:
    return {status.value: n for status, n in job.counts.items() if n}


def test_the_life_of_a_job(ledger: Ledger) -> None:
    job, (one, two, three, bad) = _make(ledger, 3, refused=1)
    assert (job.status, job.total, _counts(job)) == (JobStatus.RUNNING, 4, {"accepted": 3, "failed": 1})
    assert (bad.status, bad.error, bad.content) == (ItemStatus.FAILED, "the file is empty", None)
    with ledger.write() as conn:
        assert start_item(conn, WS, one.id).status is ItemStatus.RUNNING
        assert stage_item(conn, WS, one.id, "chunk").stage == "chunk"
        assert publish_item(conn, WS, one.id, Position(5)).status is ItemStatus.PUBLISHED
        assert publish_item(conn, WS, two.id, Position(7)).position == 7  # a replay that skipped the start
        assert finish_items(conn, WS, Position(6)) == 1
        assert get_item(conn, WS, one.id).status is ItemStatus.DONE
        assert get_job(conn, WS, job.id).status is JobStatus.RUNNING
        start_item(conn, WS, three.id)
        assert fail_item(conn, WS, three.id, "page 3 cannot be read").error == "page 3 cannot be read"
        assert finish_items(conn, WS, Position(9)) == 1
        ended = get_job(conn, WS, job.id)
        assert (ended.status, _counts(ended)) == (JobStatus.PARTIAL, {"done": 2, "failed": 2})
        events = events_after(conn, WS, job.id, 0, 1000)
        assert [e.seq for e in events] == list(range(1, ended.events + 1))
        assert events[-1].kind == "job" and events[-1].data == {"status": "partial"}
        assert [(e.data["status"], e.data["stage"]) for e in events if e.data.get("id") == one.id.hex()] == [
            ("accepted", None),
            ("running", None),
            ("running", "chunk"),
            ("published", None),
            ("done", None),
        ]
        assert events_after(conn, WS, job.id, 4, 2) == events[4:6]


def test_a_step_that_comes_again_or_too_late_changes_nothing(ledger: Ledger) -> None:
    job, (one,) = _make(ledger, 1)
    with ledger.write() as conn:
        start_item(conn, WS, one.id)
        publish_item(conn, WS, one.id, Position(5))
        events = get_job(conn, WS, job.id).events
        for late in (
            start_item(conn, WS, one.id),
            stage_item(conn, WS, one.id, "parse"),
            publish_item(conn, WS, one.id, Position(9)),
        ):
            assert (late.status, late.position) == (ItemStatus.PUBLISHED, 5)
        finish_items(conn, WS, Position(5))
        assert fail_item(conn, WS, one.id, "too late").status is ItemStatus.DONE
        assert get_job(conn, WS, job.id).events == events + 2


def test_items_that_wait_for_the_graph_say_why_until_they_are_done(ledger: Ledger) -> None:
    job, (one, two) = _make(ledger, 2)
    with ledger.write() as conn:
        publish_item(conn, WS, one.id, Position(5))
        assert delay_items(conn, WS, "Neo4j is away") == 1
        assert delay_items(conn, WS, "Neo4j is away") == 0, "told once"
        waiting = get_item(conn, WS, one.id)
        assert (waiting.status, waiting.error) == (ItemStatus.PUBLISHED, "Neo4j is away")
        assert get_item(conn, WS, two.id).error is None
        assert events_after(conn, WS, job.id, 0, 1000)[-1].data["error"] == "Neo4j is away"
        finish_items(conn, WS, Position(5))
        assert get_item(conn, WS, one.id).error is None


def test_cancel_and_retry(ledger: Ledger) -> None:
    job, (one, two, three, bad) = _make(ledger, 3, refused=1)
    with ledger.write() as conn:
        start_item(conn, WS, one.id)
        publish_item(conn, WS, two.id, Position(1))
        cancelled = cancel_job(conn, WS, job.id)
        assert cancelled.cancelled and cancelled.status is JobStatus.RUNNING  # one is on its way
        assert _counts(cancelled) == {"cancelled": 2, "published": 1, "failed": 1}
        assert stage_item(conn, WS, one.id, "embed").status is ItemStatus.CANCELLED
        finish_items(conn, WS, Position(1))
        assert get_job(conn, WS, job.id).status is JobStatus.PARTIAL
        again = retry_job(conn, WS, job.id)
        assert [(i.id, i.attempt, i.status) for i in again] == [
            (one.id, 2, ItemStatus.ACCEPTED),
            (three.id, 2, ItemStatus.ACCEPTED),
        ]
        running = get_job(conn, WS, job.id)
        assert not running.cancelled and running.status is JobStatus.RUNNING
        assert get_item(conn, WS, bad.id).attempt == 1  # its bytes were never kept
        assert retry_job(conn, WS, job.id) == []


def test_how_jobs_end(ledger: Ledger) -> None:
    with ledger.write() as conn:
        assert create_job(conn, WS, [])[0].status is JobStatus.DONE
        assert create_job(conn, WS, [NewItem("a", error="no")])[0].status is JobStatus.FAILED
    job, _ = _make(ledger, 2)
    with ledger.write() as conn:
        assert cancel_job(conn, WS, job.id).status is JobStatus.CANCELLED
        assert [e.data for e in events_after(conn, WS, job.id, 0, 99) if e.kind == "job"] == [
            {"status": "cancelled"}
        ]


def test_an_idempotency_key_makes_one_job(ledger: Ledger) -> None:
    files = [NewItem("a.txt", "u", content_of("a"))]
    made: list[tuple[bytes, bool]] = []
    start = threading.Barrier(3)

    def upload() -> None:
        start.wait()
        with ledger.write() as conn:
            job, new = create_job(conn, WS, files, key="k", body_hash=HASH)
        made.append((job.id, new))

    threads = [threading.Thread(target=upload) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id_ for id_, _ in made}) == 1
    assert sorted(new for _, new in made) == [False, False, True]
    with ledger.write() as conn:
        assert find_by_key(conn, WS, "k", HASH) == made[0][0]
        assert find_by_key(conn, WS, "other", HASH) is None
        assert len(list_jobs(conn, WS, limit=10).items) == 1
    with pytest.raises(AlreadyExists), ledger.write() as conn:
        create_job(conn, WS, files, key="k", body_hash=b"1" * 32)
    for key, hash_ in (("", HASH), ("x" * 256, HASH), ("k", None)):
        with pytest.raises(InvalidInput), ledger.write() as conn:
            create_job(conn, WS, files, key=key, body_hash=hash_)


def test_listings(ledger: Ledger) -> None:
    jobs = [_make(ledger, 5)[0] for _ in range(5)]
    with ledger.read() as conn:
        first = list_jobs(conn, WS, limit=3)
        rest = list_jobs(conn, WS, limit=3, cursor=first.next_cursor)
        assert [j.id for j in first.items + rest.items] == [j.id for j in reversed(jobs)]
        assert rest.next_cursor is None
        page = list_items(conn, WS, jobs[0].id, limit=3)
        more = list_items(conn, WS, jobs[0].id, limit=3, cursor=page.next_cursor)
        assert [i.ord for i in page.items + more.items] == [0, 1, 2, 3, 4]
        assert more.next_cursor is None
        soon, past = datetime.now(UTC) + timedelta(seconds=9), datetime.now(UTC) - timedelta(days=1)
        accepted = [ItemStatus.ACCEPTED]
        assert len(items_in(conn, WS, accepted, before=soon, limit=99)) == 25
        assert len(items_in(conn, WS, accepted, before=soon, limit=2)) == 2
        assert items_in(conn, WS, accepted, before=past, limit=99) == []
        latest = latest_items(conn, WS, [content_of("0"), content_of("unknown")])
        assert latest[content_of("0")].job == jobs[-1].id and len(latest) == 1
        for bad in ("x", "-1", ""):
            with pytest.raises(InvalidInput):
                list_items(conn, WS, jobs[0].id, limit=3, cursor=bad)
            with pytest.raises(InvalidInput):
                list_jobs(conn, WS, limit=3, cursor=bad)
    for unknown in (get_job, cancel_job, retry_job):
        with pytest.raises(NotFound), ledger.write() as conn:
            unknown(conn, WS, bytes(16))
    with pytest.raises(NotFound), ledger.write() as conn:
        start_item(conn, WS, bytes(16))


def test_workers_and_a_cancel_at_once_neither_deadlock_nor_lose_an_event(ledger: Ledger) -> None:
    job, items = _make(ledger, 12)
    failures: list[Exception] = []
    start = threading.Barrier(4)

    def work(mine: list[Item]) -> None:
        try:
            start.wait()
            for item in mine:
                with ledger.write() as conn:
                    start_item(conn, WS, item.id)
                with ledger.write() as conn:
                    publish_item(conn, WS, item.id, Position(1))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(items[n::3],)) for n in range(3)]
    for thread in threads:
        thread.start()
    start.wait()
    with ledger.write() as conn:
        cancel_job(conn, WS, job.id)
    for thread in threads:
        thread.join()
    assert failures == []
    with ledger.write() as conn:
        finish_items(conn, WS, Position(1))
        ended = get_job(conn, WS, job.id)
        assert set(_counts(ended)) <= {"cancelled", "done"} and ended.total == 12
        assert [e.seq for e in events_after(conn, WS, job.id, 0, 999)] == list(range(1, ended.events + 1))


def test_questions_are_items_that_hold_no_document_up(ledger: Ledger) -> None:
    asked = {"ask": "merges", "a": "00", "b": "11"}
    with ledger.write() as conn:
        made, _ = create_job(conn, WS, [NewItem("A / B", question=asked), NewItem("C / D", question=asked)])
        one, two = list_items(conn, WS, made.id, limit=9).items
    document = _make(ledger, 1)[1][0]
    now = datetime.now(UTC) + timedelta(seconds=1)
    accepted = [ItemStatus.ACCEPTED]
    with ledger.write() as conn:
        found = {
            kind: items_in(conn, WS, accepted, before=now, limit=9, questions=kind)
            for kind in (True, False, None)
        }
        assert {each.id for each in found[True]} == {one.id, two.id} and found[True][0].question == asked
        assert [each.id for each in found[False]] == [document.id] and document.question is None
        assert len(found[None]) == 3
        start_item(conn, WS, one.id)
        assert cancel_job(conn, WS, made.id).status is JobStatus.CANCELLED
        late = publish_item(conn, WS, one.id, Position(3))  # its answer came after the cancel
        assert late.status is ItemStatus.CANCELLED
        again = retry_job(conn, WS, made.id)
        assert [(each.attempt, each.status) for each in again] == [(2, ItemStatus.ACCEPTED)] * 2


def test_what_there_is_to_do_is_told_of_all_workspaces_at_once(ledger: Ledger) -> None:
    idle, old = WorkspaceId("idle"), WorkspaceId("old")
    with ledger.write() as conn:
        for each in (idle, old):
            create_workspace(conn, each)
        next_position(conn, old)
        advance_fused(conn, old, Position(0), Position(1))
        conn.execute(update(workspace).where(workspace.c.id == old).values(fuse_form=FUSE_FORM - 1))

    def told() -> dict[str, tuple[Any, ...]]:
        with ledger.read() as conn:
            return {each.workspace: each[1:] for each in standings(conn)}

    nothing = (False, False, False)
    assert told() == {idle: (0, 0, False, *nothing), old: (1, 1, True, *nothing), WS: (0, 0, False, *nothing)}
    item = _make(ledger, 1)[1][0]
    assert told()[WS][3:] == (True, False, False)
    with ledger.write() as conn:
        start_item(conn, WS, item.id)
    assert told()[WS][3:] == (False, True, False)
    with ledger.write() as conn:
        publish_item(conn, WS, item.id, Position(1))
    assert told()[WS][3:] == (False, False, True)
    with ledger.write() as conn:
        finish_items(conn, WS, Position(1))
    assert told()[WS][3:] == nothing and told()[idle][3:] == nothing
