"""Two tokens: nothing of one workspace can be reached with the other's, by any route there is."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.api import create_app
from app.settings import Settings
from graph.fusion.epoch import EPOCH_0
from graph.ledger import epochs
from graph.ledger.engine import Ledger
from graph.ledger.positions import create_workspace
from graph.ledger.tokens import Role, create_token
from graph.types import WorkspaceId
from tests.e2e.running import RunningService

SECRET = b"Quillon Vexworth works for Zarnia Holdings. Zarnia Holdings is a company."
MARKS = ("Quillon", "Vexworth", "Zarnia", "secret-plan")
PUBLIC = {"/healthz", "/docs", "/openapi.json", "/docs/oauth2-redirect", "/redoc"}


@pytest.fixture(scope="module")
def stranger(service: RunningService) -> Iterator[str]:
    """An administrator's token of another workspace."""
    ledger = Ledger.open(f"sqlite:///{service.home / 'ledger.db'}")
    with ledger.write() as conn:
        create_workspace(conn, WorkspaceId("other"))
        secret, _ = create_token(conn, WorkspaceId("other"), "stranger", Role.ADMIN)
    ledger.close()
    yield secret


@pytest.fixture(scope="module")
def ids(service: RunningService) -> dict[str, str]:
    """One real id of each kind, of the first workspace."""
    ledger = Ledger.open(f"sqlite:///{service.home / 'ledger.db'}")
    with ledger.write() as conn:  # one that the other workspace does not learn as well
        epoch = epochs.record(conn, WorkspaceId("default"), replace(EPOCH_0, default_trust=1).parameters())
    ledger.close()
    with service.client() as api:
        job = api.ended(api.upload({"secret-plan.txt": SECRET})["job_id"])
        assert job["status"] == "done"
        entity = api.http.get("/graph/entities", params={"q": "Zarnia"}).json()["entities"][0]["id"]
        step = api.http.get(f"/graph/entities/{entity}/neighbors").json()["neighbors"][0]
        ruling = {"kind": "trust", "uri": "upload:secret-plan.txt", "trust": 0.9}
        for _ in range(20):  # its id is a position that the other workspace does not come to
            made = api.http.post("/decisions", json={"ruling": ruling, "reason": "secret-plan"}).json()
        return {
            "document_id": job["items"][0]["document"],
            "job_id": job["id"],
            "entity_id": entity,
            "fact_id": step["fact"]["id"],
            "decision_id": str(made["id"]),
            "epoch_id": epoch.hex(),
        }


def routes(settings_home: Path) -> list[tuple[str, str]]:
    """Every (method, path) of the service's own interface."""
    schema = create_app(Settings(home=settings_home)).openapi()
    return [(method.upper(), path) for path, methods in schema["paths"].items() for method in methods]


def bodies(method: str, path: str) -> dict[str, Any]:
    if path == "/query":
        return {"json": {"query": "Who works for Zarnia Holdings?"}}
    if path == "/decisions":
        return (
            {"json": {"ruling": {"kind": "same", "a": "0" * 32, "b": "1" * 32}}} if method == "POST" else {}
        )
    if path.endswith("/revert"):
        return {"json": {}}
    if (path == "/documents" and method == "POST") or method == "PUT":
        return {"files": [("files", ("mine.txt", b"Somebody else works for Nobody Ltd."))]}
    return {}


def test_no_route_shows_or_touches_another_workspace(
    service: RunningService, stranger: str, ids: dict[str, str], tmp_path: Path
) -> None:
    walked = routes(tmp_path)
    assert len(walked) >= 20
    with service.client(stranger) as api:
        for method, path in walked:
            names = re.findall(r"{(\w+)}", path)
            assert set(names) <= ids.keys(), f"{path}: give this test an id for {names}"
            url = re.sub(r"{(\w+)}", lambda found: ids[found[1]], path)
            sent = bodies(method, path)
            response = api.http.request(method, url, **sent)
            if names:
                assert response.status_code == 404, f"{method} {path} answered {response.status_code}"
            told = [mark for mark in MARKS if mark in response.text and mark not in str(sent)]
            assert not told, f"{method} {path} told {told}"
        for q in ("Zarnia", "Quillon Vexworth", "zarnia*", '") OR workspace:(*', "secret"):
            found = api.http.get("/graph/entities", params={"q": q})
            assert not any(mark in found.text for mark in MARKS[:3]), q
    with service.client() as api:  # and nothing of it was harmed
        assert api.http.get(f"/documents/{ids['document_id']}").status_code == 200
        assert api.job(ids["job_id"])["status"] == "done"
        assert api.http.get(f"/graph/facts/{ids['fact_id']}").status_code == 200


def test_without_a_token_only_the_harmless_routes_answer(
    service: RunningService, ids: dict[str, str], tmp_path: Path
) -> None:
    with service.client("nonsense") as api:
        for headers in ({}, {"Authorization": ""}, {"Authorization": "Basic eDp5"}):
            for method, path in routes(tmp_path):
                url = re.sub(r"{(\w+)}", lambda found: ids[found[1]], path)
                response = api.http.request(
                    method,
                    url,
                    headers=headers or {"Authorization": "Bearer nonsense"},
                    **bodies(method, path),
                )
                assert response.status_code == (200 if path in PUBLIC else 401), f"{method} {path}"


def test_a_reader_may_ask_but_not_write(service: RunningService, ids: dict[str, str]) -> None:
    ledger = Ledger.open(f"sqlite:///{service.home / 'ledger.db'}")
    with ledger.write() as conn:
        create_workspace(conn, WorkspaceId("third"))
        secret, _ = create_token(conn, WorkspaceId("third"), "reader", Role.READER)
    ledger.close()
    with service.client(secret) as api:
        assert api.http.get("/documents").status_code == 200
        assert api.http.post("/documents", files=[("files", ("a.txt", b"x"))]).status_code == 403
        assert api.http.delete(f"/documents/{ids['document_id']}").status_code == 403
        assert api.http.post("/decisions/1/revert", json={}).status_code == 403
        assert api.http.get("/documents", headers={"X-Workspace": "default"}).json()["documents"] == []
