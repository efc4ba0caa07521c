"""A real process killed at random moments while it accepts and publishes: nothing acknowledged is lost, nothing
half-published is seen, and running it again ends in the same rows."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import select

from graph.errors import NotFound
from graph.ledger.documents import documents, live_contents
from graph.ledger.engine import Ledger
from graph.ledger.evidence import read_evidence
from graph.ledger.positions import position
from graph.ledger.tables import claim, content, run
from graph.types import Evidence, WorkspaceId
from tests.fakes.ledger_evidence import made

WS = WorkspaceId("test")
FILES = 12
KILLS = 12


def files() -> list[Evidence]:
    return [made(WS, count=30, seed=n) for n in range(FILES)]


def test_killed_again_and_again(ledger: Ledger, ledger_url: str) -> None:
    wanted = files()
    rng = random.Random(ledger_url.partition(":")[0])
    acknowledged: set[str] = set()
    kills = 0
    for attempt in range(100):
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.contract.ledger_crash_child", ledger_url],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        if kills < KILLS:
            time.sleep(rng.uniform(0, 0.02 + 0.04 * attempt))
            child.send_signal(signal.SIGKILL)
            kills += 1
        acknowledged |= set(child.stdout.read().split("\n")[:-1])
        finished = child.wait() == 0
        child.stdout.close()
        _check(ledger, wanted, acknowledged)
        if finished and kills == KILLS:
            break
    assert len(acknowledged) == 2 * FILES
    with ledger.read() as conn:
        assert live_contents(conn, WS) == sorted(f.content for f in wanted)
        assert [read_evidence(conn, WS, f.content) for f in wanted] == wanted
        assert position(conn, WS) >= 2 * FILES
        assert len(conn.execute(select(claim.c.id)).all()) == sum(len(f.claims) for f in wanted)
        assert set(conn.scalars(select(run.c.status))) == {"published"}
        assert len(conn.execute(select(content.c.id)).all()) == FILES


def _check(ledger: Ledger, wanted: list[Evidence], acknowledged: set[str]) -> None:
    with ledger.read() as conn:
        known = documents(conn, WS, [f.content for f in wanted])
        for file in wanted:
            if f"accepted {file.title}" in acknowledged:
                assert known[file.content].sources
            try:
                assert read_evidence(conn, WS, file.content) == file
            except NotFound:
                assert f"published {file.title}" not in acknowledged
