"""Real processes, killed or racing, on both databases: nothing is lost, nothing is written twice."""

import multiprocessing
import random
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from multiprocessing.process import BaseProcess
from typing import Any

import pytest

from graph import commit
from graph.commit import fuse_pending, graph_digest, verify
from graph.errors import StaleWrite
from graph.ledger import documents, positions, publish
from graph.ledger.engine import Ledger
from graph.ledger.outbox import LedgerOutbox
from graph.ledger.tables import outbox
from graph.types import Evidence, Position, WorkspaceId
from tests.fixtures.postgres import WORKSPACE
from tests.property.test_laws_ledger import whole_graph
from tests.property.worlds import Cast, World, document

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.e2e.test_fuse_crash"])
DOCUMENTS = 14
KILLS = 12


def pool(seed: int) -> list[Evidence]:
    """The documents of one seed: the same titles as another's, other contents."""
    rng = random.Random(seed)
    cast = Cast.choose(rng)
    made = [document(rng, cast, seed * DOCUMENTS + n) for n in range(DOCUMENTS)]
    return [replace(evidence, title=f"Document {n}") for n, evidence in enumerate(made)]


def expected(seed: int) -> str:
    """The digest without ledger and processes."""
    world = World()
    for evidence in pool(seed):
        world.point(documents.source_id(evidence.title), evidence)
    return world.fuse()


def upload(ledger: Ledger, workspace: WorkspaceId, evidence: Evidence) -> None:
    entry = documents.Upload(evidence.title, evidence.content, 1, "text/plain", "a.txt")
    with ledger.write() as conn:
        documents.accept(conn, workspace, [entry])
    publish.publish(ledger, workspace, evidence)


def work(url: str, workspace: WorkspaceId, seeds: Iterable[int], started: Any) -> None:
    """What a worker does with its documents, and does again from the start after a crash."""
    publish.BATCH = 4  # so that a document is staged in several transactions
    commit.PASS = 20  # and what piled up is fused in several passes
    ledger = Ledger.open(url)
    started.set()
    for seed in seeds:
        for n, evidence in enumerate(pool(seed), start=1):
            upload(ledger, workspace, evidence)
            if n == DOCUMENTS or n % 3 == 0:
                fuse_pending(ledger, workspace)


def fuse_until_told(url: str, workspace: WorkspaceId, told: Any, lost: Any) -> None:
    commit.PASS = 20
    ledger = Ledger.open(url)
    while not told.is_set():
        try:
            fuse_pending(ledger, workspace)
        except StaleWrite:
            with lost.get_lock():
                lost.value += 1
    ledger.close()


def start(target: Callable[..., None], *args: object) -> BaseProcess:
    process = PROCESSES.Process(target=target, args=args, daemon=True)
    process.start()
    return process


def started_worker(url: str, seeds: Iterable[int]) -> BaseProcess:
    started = PROCESSES.Event()
    worker = start(work, url, WORKSPACE, seeds, started)
    assert started.wait(60)
    return worker


def test_killed_at_random_moments_it_ends_where_an_unkilled_run_ends(ledger, ledger_url):
    """A worker to be killed replaces its documents without end, so that none is too quick to be killed."""
    seed, rng = 5, random.Random(11)
    for _ in range(KILLS):
        worker = started_worker(ledger_url, range(seed + 1, 10_000))
        worker.join(rng.uniform(0.0, 0.4))
        assert worker.is_alive()
        worker.kill()
        worker.join()
    worker = started_worker(ledger_url, [seed])
    worker.join(120)
    assert worker.exitcode == 0
    with suppress(StaleWrite):
        fuse_pending(ledger, WORKSPACE)
    assert graph_digest(ledger, WORKSPACE) == expected(seed)
    assert verify(ledger, WORKSPACE).ok
    replayed(ledger)


def test_two_fusers_lose_nothing_and_write_nothing_twice(ledger, ledger_url):
    told, lost = PROCESSES.Event(), PROCESSES.Value("i", 0)
    fusers = [start(fuse_until_told, ledger_url, WORKSPACE, told, lost) for _ in range(2)]
    for evidence in pool(6):
        upload(ledger, WORKSPACE, evidence)
    deadline = time.monotonic() + 120
    while not caught_up(ledger):
        assert time.monotonic() < deadline and all(f.is_alive() for f in fusers)
        time.sleep(0.05)
    told.set()
    for fuser in fusers:
        fuser.join(60)
        assert fuser.exitcode == 0
    assert graph_digest(ledger, WORKSPACE) == expected(6)
    assert verify(ledger, WORKSPACE).ok
    replayed(ledger)


def caught_up(ledger: Ledger) -> bool:
    with ledger.read() as conn:
        return positions.fused_position(conn, WORKSPACE) == positions.position(conn, WORKSPACE)


def replayed(ledger: Ledger) -> None:
    """The outbox alone leads to the whole graph, no row of it lost, doubled or deleting what is not there."""
    held: dict[object, object] = {}
    for change in LedgerOutbox(ledger).changes_after(WORKSPACE, Position(0), 1_000_000):
        key = change.kind, change.id
        if change.row is None:
            assert key in held
            del held[key]
        else:
            held[key] = change.row
    assert held == {(c.kind, c.id): c.row for c in whole_graph(ledger, WORKSPACE)}


def test_the_loser_of_a_race_writes_nothing(ledger, monkeypatch):
    """Another fuser passes between a fuser's reading and its writing."""
    upload(ledger, WORKSPACE, pool(7)[0])
    before = outbox_rows(ledger)
    true_write = commit._write

    def overtaken(*args: Any) -> None:
        monkeypatch.setattr(commit, "_write", true_write)
        fuse_pending(ledger, WORKSPACE)
        true_write(*args)

    monkeypatch.setattr(commit, "_write", overtaken)
    with pytest.raises(StaleWrite):
        fuse_pending(ledger, WORKSPACE)
    assert before == 0 < outbox_rows(ledger)
    assert verify(ledger, WORKSPACE).ok
    replayed(ledger)


def outbox_rows(ledger: Ledger) -> int:
    with ledger.read() as conn:
        return len(conn.execute(outbox.select()).all())
