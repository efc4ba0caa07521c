"""A real process killed at random moments while it accepts and publishes: nothing acknowledged is lost,
nothing half-published is seen, and running it again ends in the same rows.
"""

import multiprocessing
import random
import time
from pathlib import Path

from sqlalchemy import func, select

from graph.errors import NotFound
from graph.ledger.documents import documents, live_contents
from graph.ledger.engine import Ledger
from graph.ledger.evidence import read_evidence
from graph.ledger.tables import claim, content, run
from tests.contract.ledger_crash_child import WS, file, work

KILLS = 15


def test_killed_again_and_again(ledger: Ledger, ledger_url: str, tmp_path: Path) -> None:
    rng = random.Random(ledger_url.partition(":")[0])
    log = tmp_path / "acknowledged"
    log.touch()
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["tests.contract.ledger_crash_child"])
    for _ in range(KILLS):
        child = server.Process(target=work, args=(ledger_url, log, None))
        before = log.stat().st_size
        child.start()
        while log.stat().st_size == before:
            assert child.is_alive(), "it ended by itself"
            time.sleep(0.001)
        time.sleep(rng.uniform(0, 0.08))
        child.kill()
        child.join()
        _check(ledger, log)
    count = len(log.read_text().splitlines())
    child = server.Process(target=work, args=(ledger_url, log, count))
    child.start()
    child.join()
    assert child.exitcode == 0
    wanted = [file(number) for number in range(count)]
    with ledger.read() as conn:
        assert live_contents(conn, WS) == sorted(f.content for f in wanted)
        assert [read_evidence(conn, WS, f.content) for f in wanted] == wanted
        assert conn.scalar(select(func.count()).select_from(claim)) == sum(len(f.claims) for f in wanted)
        assert conn.scalar(select(func.count()).select_from(content)) == count
        assert set(conn.scalars(select(run.c.status))) == {"published"}


def _check(ledger: Ledger, log: Path) -> None:
    acknowledged = log.read_text().splitlines()
    numbers = {int(line.split()[1]) for line in acknowledged}
    with ledger.read() as conn:
        for number in range(max(numbers) + 2):
            wanted = file(number)
            known = documents(conn, WS, [wanted.content])
            if f"accepted {number}" in acknowledged:
                assert known[wanted.content].sources
            try:
                assert read_evidence(conn, WS, wanted.content) == wanted
            except NotFound:
                assert f"published {number}" not in acknowledged
