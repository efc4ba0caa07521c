"""A model over real HTTP judges what is grey: it fails, answers badly, is killed at, and decides at last."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.running import Api, RunningService
from tests.fakes.chat_server import ChatServer
from tests.fakes.judge import verdict

PAGES = {
    "one.txt": b"Orchard Robotics Ltd acquired Pear Systems Ltd.",
    "two.txt": b"Orchard Robotics Nordic Ltd acquired Plum Systems Ltd in 2015.",
    "three.txt": b"Pear Systems Europe Ltd was founded by Lena Falk.",
    "four.txt": b"Lena Falk was born in Oslo.",
    "five.txt": b"Lena Falk was born in Malmo.",
}


def names(body: dict[str, Any]) -> set[str]:
    told = json.loads(body["messages"][1]["content"])
    return {name for side in ("first", "second") for name in told[side].get("names", ())}


def oslo(body: dict[str, Any]) -> str:
    """Which of the two statements is about Oslo."""
    told = json.loads(body["messages"][1]["content"])
    return next(side for side in ("first", "second") if "Oslo" in told[side]["quotes"][0]["text"])


@pytest.fixture
def model() -> Iterator[ChatServer]:
    with ChatServer(lambda _: (200, verdict("unsure"))).running() as server:
        yield server


def adjudicate(api: Api) -> dict[str, Any]:
    response = api.http.post("/merges/adjudicate", json={})
    assert response.status_code == 202, response.text
    body: dict[str, Any] = response.json()
    return body


def grey(api: Api) -> list[dict[str, Any]]:
    merges: list[dict[str, Any]] = api.http.get("/merges", params={"status": "grey"}).json()["merges"]
    return merges


@pytest.mark.timeout(600)  # two starts of the service
def test_a_model_decides_what_waits_and_is_never_asked_twice(
    judged: RunningService, model: ChatServer
) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def blocked(_: dict[str, Any]) -> tuple[int, str]:
        reached.set()
        go_on.wait(120)
        return 500, "never read: the service was killed"

    with judged.client() as api:
        assert api.ended(api.upload(PAGES)["job_id"])["status"] == "done"
        waiting = len(grey(api))
        assert waiting == 2
        model.says = blocked
        begun = adjudicate(api)
        assert begun["questions"] == waiting + 1 and not begun["more"] and begun["decision"]
        assert begun["adjudicator"].startswith("judge")
        assert reached.wait(60)
    judged.kill()
    go_on.set()

    tries = 0

    def poor(body: dict[str, Any]) -> tuple[int, str]:
        nonlocal tries
        if not names(body):
            return 200, verdict(oslo(body), "the parish register")
        if names(body) >= {"Pear Systems Ltd"}:
            return 200, "They are surely the same."
        tries += 1
        return (503, "busy") if tries < 3 else (200, verdict("yes", "a branch of the same firm"))

    model.says = poor
    judged.start()
    with judged.client() as api:
        ended = api.ended(begun["job_id"])
        assert ended["status"] == "partial" and tries == 3  # a passing failure is tried again
        failed = next(item for item in ended["items"] if item["status"] == "failed")
        assert "Pear" in failed["filename"] and "nothing was recorded" in failed["error"]
        merged = api.http.get("/merges", params={"author": "model"}).json()["merges"]
        assert [(m["status"], m["author"]["reason"]) for m in merged] == [
            ("merged", "a branch of the same firm")
        ]
        assert len(grey(api)) == 1
        conflicts = api.http.get("/conflicts").json()["conflicts"]
        born = next(each for each in conflicts if each["verdicts"])
        assert born["verdicts"][0]["reason"] == "the parish register"
        assert born["winner"] == born["verdicts"][0]["supports"]
        assert {(f["tail_name"], f["status"]) for f in born["facts"]} == {
            ("Oslo", "accepted"), ("Malmo", "contested"),
        }  # fmt: skip

        model.says = lambda _: (200, verdict("unsure"))
        asked = len(model.asked)
        assert api.http.post(f"/jobs/{begun['job_id']}/retry").status_code == 200
        assert api.ended(begun["job_id"])["status"] == "done"
        assert len(model.asked) == asked + 1 and len(grey(api)) == 1  # unsure: it waits for a person
        assert adjudicate(api) == {
            **begun, "job_id": None, "questions": 0, "more": False, "decision": None,
        }  # fmt: skip
        assert len(model.asked) == asked + 1
