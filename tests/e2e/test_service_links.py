"""A model over real HTTP proposes links: it is killed at, cancelled, and what it proposed goes."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.running import Api, RunningService
from tests.fakes.chat_server import ChatServer
from tests.fakes.link_judge import links, reply

PAGES = {
    "one.txt": b"Lena Falk works for Pear Systems Ltd.",
    "two.txt": b"Pear Systems Ltd is headquartered in Oslo.",
}
LIVES = ("Lena Falk", "LIVES_IN", "Oslo")


def evidence(body: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(body["messages"][1]["content"])
    return told


@pytest.fixture
def model() -> Iterator[ChatServer]:
    with ChatServer(lambda _: (200, reply([]))).running() as server:
        yield server


def propose(api: Api, **asked: Any) -> dict[str, Any]:
    response = api.http.post("/links/propose", json={"min_plausibility": 0, **asked})
    assert response.status_code == 202, response.text
    body: dict[str, Any] = response.json()
    return body


@pytest.mark.timeout(600)  # two starts of the service
def test_a_model_proposes_links_that_go_with_their_grounds(judged: RunningService, model: ChatServer) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def blocked_at_the_second(body: dict[str, Any]) -> tuple[int, str]:
        if len(model.asked) == 2:
            reached.set()
            go_on.wait(120)
            return 500, "never read: the service was killed"
        return 200, links(evidence(body), LIVES)

    with judged.client() as api:
        items = api.ended(api.upload(PAGES)["job_id"])["items"]
        model.says = blocked_at_the_second
        begun = propose(api)
        assert begun["neighbourhoods"] == 1 and begun["next_cursor"] is None and "judge" in begun["proposer"]
        assert reached.wait(60)
    judged.kill()
    go_on.set()
    model.says = lambda body: (200, links(evidence(body), LIVES))
    judged.start()
    with judged.client() as api:
        assert api.ended(begun["job_id"])["status"] == "done"
        assert len(model.asked) == 5, "what was answered before the kill was not asked again"
        [link] = api.http.get("/links").json()["links"]
        assert (link["head"]["name"], link["relation"], link["tail"]["name"]) == LIVES
        assert link["consistency"] == 1 and link["proposer"] == begun["proposer"] and link["active"]
        assert link["fact"] and link["because"] == "it is an inferred fact"
        fact = api.http.get(f"/graph/facts/{link['fact']}").json()
        assert (fact["status"], fact["proposer"]) == ("inferred", begun["proposer"])
        assert {ground["relation"] for ground in fact["grounds"]} == {"WORKS_FOR", "HEADQUARTERED_IN"}
        assert {claim["citation"]["quote"] for claim in fact["claims"]} == {
            text.decode() for text in PAGES.values()
        }
        question = {"query": "Where does Lena Falk live?"}
        assert "Inferred" not in api.http.post("/query", json=question).json()["answer"]
        told = api.http.post("/query", json={**question, "include_inferred": True}).json()
        assert "Inferred: Lena Falk" in told["answer"], told

        asked = len(model.asked)
        assert propose(api) == {**begun, "job_id": None, "neighbourhoods": 0}
        assert len(model.asked) == asked

        around = f"/graph/entities/{link['head']['entity']}/neighbors"
        both = {"include_inferred": True}
        office = next(item["document"] for item in items if item["filename"] == "two.txt")
        at = api.http.delete(f"/documents/{office}").json()["position"]
        gone = api.http.get(around, params={**both, "min_position": at}).json()["neighbors"]
        assert [step["fact"]["status"] for step in gone] == ["accepted"]
        [asleep] = api.http.get("/links").json()["links"]
        assert asleep["fact"] is None and asleep["active"]
        api.ended(api.upload({"two.txt": PAGES["two.txt"]})["job_id"])
        back = api.http.get(around, params=both).json()["neighbors"]
        assert link["fact"] in {step["fact"]["id"] for step in back}
        made = api.http.post(f"/decisions/{link['decision']}/revert", json={"reason": "she moved"})
        assert made.status_code == 201, made.text
        left = api.http.get(around, params={**both, "min_position": made.json()["id"]}).json()["neighbors"]
        assert link["fact"] not in {step["fact"]["id"] for step in left}
        [reverted] = api.http.get("/links").json()["links"]
        assert not reverted["active"] and "taken back" in reverted["because"]


@pytest.mark.timeout(600)
def test_a_cancelled_job_records_nothing(judged: RunningService, model: ChatServer) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def slow(body: dict[str, Any]) -> tuple[int, str]:
        reached.set()
        go_on.wait(120)
        return 200, links(evidence(body), LIVES)

    with judged.client() as api:
        api.ended(api.upload(PAGES)["job_id"])
        model.says = slow
        begun = propose(api)
        assert reached.wait(60)
        assert api.http.post(f"/jobs/{begun['job_id']}/cancel").json()["status"] == "cancelled"
        go_on.set()
        assert api.http.get("/links").json()["links"] == []
        assert api.http.post(f"/jobs/{begun['job_id']}/retry").status_code == 200
        assert api.ended(begun["job_id"])["status"] == "done"
        assert len(api.http.get("/links").json()["links"]) == 1
