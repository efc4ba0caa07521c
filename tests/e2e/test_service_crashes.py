"""Killed in the middle of ingestion, started again: everything completes, and nothing is there twice."""

import os
import random
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from graph.commit import verify
from graph.ledger import positions
from graph.ledger.engine import Ledger
from graph.ledger.tables import workspace
from graph.types import WorkspaceId
from tests.e2e.running import RunningService
from tests.fixtures.neo4j import Neo4jServer

WORKSPACE = WorkspaceId("crashes")
KILLS = int(os.environ.get("CRASH_KILLS", "3"))  # CRASH_KILLS=20 for the long run
NAMES = ("Aker", "Birk", "Cato", "Dina", "Egil", "Frida", "Geir", "Hanna", "Ivar", "Jorun", "Kari", "Leif")


def documents(count: int) -> dict[str, bytes]:
    return {
        f"{n:02}.txt": (
            f"{NAMES[n % 12]} Solberg works for Fjord Shipping. "
            f"{NAMES[(n + 1) % 12]} Solberg lives in Bergen. Note number {n}."
        ).encode()
        for n in range(count)
    }


def digest_of(home: Path) -> str:
    """Of the stored graph, after holding it to a fuse of all evidence from nothing."""
    ledger = Ledger.open(f"sqlite:///{home / 'ledger.db'}")
    try:
        report = verify(ledger, WORKSPACE)
        assert report.ok, report
        return report.digest
    finally:
        ledger.close()


def driven(service: RunningService, files: dict[str, bytes], kills: int, seed: int) -> dict[str, Any]:
    """Upload, and kill the service ``kills`` times at random moments of the work."""
    chance = random.Random(seed)
    service.start()
    try:
        with service.client() as api:
            job = api.upload(files)["job_id"]
        for _ in range(kills):
            time.sleep(chance.uniform(0.0, 3.0))
            service.kill()
            service.start()
        with service.client() as api:
            return api.ended(job, within=240)
    finally:
        service.stop()


def checked(home: Path, neo4j: Neo4jServer, files: dict[str, bytes], kills: int, seed: int) -> str:
    """The graph's digest, once every item is done."""
    service = RunningService(home, neo4j, VERIPATH_WORKSPACE=WORKSPACE)
    state = driven(service, files, kills, seed)
    assert state["status"] == "done", (state, service.log())
    assert len(state["items"]) == len(files) and all(i["status"] == "done" for i in state["items"])
    return digest_of(home)


@pytest.mark.timeout(1800)
def test_kill_nine_in_the_middle_loses_nothing_and_changes_nothing(
    tmp_path: Path, neo4j_server: Neo4jServer
) -> None:
    files = documents(12)
    killed = checked(tmp_path / "killed", neo4j_server, files, kills=KILLS, seed=7)
    backwards = dict(reversed(files.items()))
    calm = RunningService(tmp_path / "calm", neo4j_server, VERIPATH_WORKSPACE=WORKSPACE)
    taken_over(calm, dict(list(files.items())[:1]))
    assert checked(tmp_path / "calm", neo4j_server, backwards, kills=0, seed=0) == killed
    fused_anew_at_the_start(RunningService(tmp_path / "calm", neo4j_server, VERIPATH_WORKSPACE=WORKSPACE))


def taken_over(service: RunningService, file: dict[str, bytes]) -> None:
    """The graph store holds another ledger's graph of the workspace: that is told, and how to go on; who
    uploads hears it too, and no longer once it is mended."""
    service.start()
    try:
        with service.client() as api:
            for path in ("/readyz", "/graph/entities?q=Solberg"):
                refused = api.http.get(path)
                assert refused.status_code == 503 and "veripath rebuild-graph" in refused.text
            job, until = api.upload(file)["job_id"], time.monotonic() + 60
            while "veripath rebuild-graph" not in (api.job(job)["items"][0]["error"] or ""):
                assert time.monotonic() < until, (api.job(job), service.log())
                time.sleep(0.2)
            rebuilt = service.run("rebuild-graph", "--json")
            assert rebuilt.returncode == 0, rebuilt.stdout
            assert api.http.get("/readyz").json()["parts"]["neo4j"]["ok"]
            assert [item["error"] for item in api.ended(job)["items"]] == [None]
    finally:
        service.stop()


def fused_anew_at_the_start(service: RunningService) -> None:
    """A ledger whose rows were fused by another version, which nothing new is said to."""
    ledger = Ledger.open(f"sqlite:///{service.home / 'ledger.db'}")
    with ledger.write() as conn:
        conn.execute(update(workspace).values(fuse_form=0))
    try:
        service.start()
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with ledger.read() as conn:
                if not positions.fused_by_other_rules(conn, WORKSPACE):
                    return
            time.sleep(0.2)
        raise AssertionError(service.log())
    finally:
        service.stop()
        ledger.close()
