"""The graph as of a record time, over the real service: what was told once is told again as of then."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.running import Api, RunningService
from tests.fixtures.neo4j import Neo4jServer

EARLY = {
    "register.txt": b"Kestrel Tidal Ltd was founded in 2011. Nora Quist leads Kestrel Tidal Ltd.",
    "leaflet.txt": b"Kestrel Tidal Ltd was founded in 2013. Kestrel Tidal Ltd is headquartered in Bergen.",
}
LATER = {"notice.txt": b"Kestrel Tidal Ltd was founded in 2011. Ivar Lund works for Kestrel Tidal Ltd."}
OWN = {"VERIPATH_WORKSPACE": "on-record"}


@pytest.fixture
def running(tmp_path: Path, neo4j_server: Neo4jServer) -> Iterator[RunningService]:
    service = RunningService(tmp_path / "home", neo4j_server, **OWN)
    service.start()
    yield service
    service.stop()


def get(api: Api, path: str, **params: Any) -> dict[str, Any]:
    response = api.http.get(path, params=params)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def refusal(api: Api, path: str, **params: Any) -> str:
    response = api.http.get(path, params=params)
    assert response.status_code == 422, response.text
    return str(response.json()["detail"])


def shown(api: Api, **then: Any) -> dict[str, dict[str, Any]]:
    """All that the graph's routes tell, by path."""
    told = {path: get(api, path, **then) for path in ("/graph/entities", "/conflicts")}
    for each in told["/graph/entities"]["entities"]:
        at = f"/graph/entities/{each['id']}"
        told |= {path: get(api, path, **then) for path in (at, f"{at}/neighbors")}
        for step in told[f"{at}/neighbors"]["neighbors"]:
            fact = f"/graph/facts/{step['fact']['id']}"
            told[fact] = get(api, fact, **then)
    return told


def settled(api: Api) -> None:
    """Wait until the graph has all that the ledger has: entities' vectors, recorded after the pass that made
    them, move it once more when their job has ended."""
    while True:
        parts = get(api, "/readyz")["parts"]
        if len({parts[name]["detail"].split()[-1] for name in ("ledger", "neo4j")}) == 1:
            return
        time.sleep(0.1)


def test_what_was_answered_once_is_answered_again_as_of_then(
    running: RunningService, neo4j_server: Neo4jServer
) -> None:
    with running.client() as api:
        before = datetime.now(UTC)
        job = api.ended(api.upload(EARLY)["job_id"])
        leaflet = next(item["document"] for item in job["items"] if item["filename"] == "leaflet.txt")
        settled(api)
        once = shown(api)
        position = once["/conflicts"]["graph_position"]
        assert [len(each["facts"]) for each in once["/conflicts"]["conflicts"]] == [2], "2011 against 2013"
        moment = datetime.now(UTC)

        api.ended(api.upload(LATER)["job_id"])
        gone = api.http.delete(f"/documents/{leaflet}").raise_for_status().json()["position"]
        assert get(api, "/conflicts", recorded_as_of=gone, min_position=gone)["graph_position"] >= gone
        now = shown(api, min_position=gone)
        assert now["/conflicts"]["conflicts"] == [] and now.keys() != once.keys()

        for path, then in shown(api, recorded_as_of=position).items():
            assert before <= datetime.fromisoformat(then.pop("recorded_at")) <= moment
            assert once[path].pop("recorded_at") is None
            claims, quoted = once[path].pop("claims", []), then.pop("claims", [])
            assert quoted == [
                {**claim, "citation": {**claim["citation"], "number": n}}
                for n, claim in enumerate((c for c in claims if "leaflet" not in c["citation"]["uri"]), 1)
            ]
            assert then == once[path], path
        assert shown(api, recorded_as_of=moment.isoformat()) == shown(api, recorded_as_of=position)
        assert shown(api, recorded_as_of=f"{datetime.now(UTC):%Y-%m-%d}").keys() == now.keys()
        assert "leaflet" not in str(shown(api, recorded_as_of=position)), "nothing of a deleted document"
        assert "Kestrel Tidal Ltd is headquartered" not in str(shown(api, recorded_as_of=position))
        assert get(api, "/graph/entities", recorded_as_of=before.isoformat())["entities"] == []
        assert shown(api, recorded_as_of=0)["/conflicts"]["recorded_at"] is None

        found = get(api, "/graph/entities", q="Kestrel Tidal")["entities"][0]["id"]
        at = f"/graph/entities/{found}/neighbors"
        page = get(api, at, recorded_as_of=position, limit=1)
        rest = get(api, at, recorded_as_of=position, limit=9, cursor=page["next_cursor"])
        assert page["neighbors"] + rest["neighbors"] == once[at]["neighbors"] and rest["next_cursor"] is None
        listed = get(api, "/graph/passes", limit=1)
        earlier = get(api, "/graph/passes", cursor=listed["next_cursor"])["passes"]
        assert listed["passes"][0]["position"] >= gone and position in {p["position"] for p in earlier}

        tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        assert "still to come" in refusal(api, "/conflicts", recorded_as_of=tomorrow)
        assert "up to that" in refusal(api, "/conflicts", recorded_as_of=10**9)
        for wrong in ("yesterday", "2026-02-30", "2026-11-03T12:00:00", "-1", "²"):
            assert "RFC 3339" in refusal(api, at, recorded_as_of=wrong), wrong
        assert "present graph alone" in refusal(api, "/graph/entities", q="Kestrel", recorded_as_of=position)
        assert "leave cursor out" in refusal(api, "/graph/entities", q="Kestrel", cursor="3.x")
        assert "cursor" in refusal(api, at, recorded_as_of=position, cursor="x.y")
        asked = api.http.post("/query", json={"query": "Who leads Kestrel?", "recorded_as_of": position})
        assert asked.status_code == 422 and "present graph" in asked.json()["detail"]
        strange = api.http.get(f"/graph/facts/{'0' * 32}", params={"recorded_as_of": position})
        assert strange.status_code == 404

    running.stop()
    forgetful = RunningService(running.home, neo4j_server, **OWN, VERIPATH_HISTORY_DAYS="0")
    forgetful.start()
    try:
        with forgetful.client() as api:
            deadline = time.monotonic() + 60
            while len(get(api, "/graph/passes")["passes"]) > 1:
                assert time.monotonic() < deadline
                time.sleep(0.2)
            assert "is kept from position" in refusal(api, "/conflicts", recorded_as_of=position)
            assert "begin anew" in refusal(api, at, cursor=page["next_cursor"])
            present = get(api, "/graph/passes")["passes"][0]["position"]
            assert shown(api, recorded_as_of=present).keys() == now.keys()
    finally:
        forgetful.stop()
