"""A change of the ontology: what was read under the former one is read again, and not lost meanwhile."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from graph.ledger.engine import Ledger
from graph.ledger.positions import create_workspace
from graph.ledger.tokens import Role, create_token
from graph.ontology import default_ontology_text, parse_ontology
from graph.types import WorkspaceId
from tests.e2e.running import Api, RunningService

TEXT = (
    b"Orchard Robotics Ltd has mentored Pear Systems Ltd since 2015. "
    b"Lena Falk founded Orchard Robotics Ltd in 2011."
)
ENDS = 'heads = ["Organization"]\ntails = ["Organization"]\n'
MENTORS = f"""
[relation.ADVISES]
{ENDS}phrases = ["advise"]
[relation.MENTORS]
{ENDS}phrases = ["mentor"]
parent = "ADVISES"
"""


@pytest.fixture
def api(service: RunningService) -> Iterator[Api]:
    """An administrator of a workspace of its own: the service's other documents are left alone."""
    workspace = WorkspaceId(uuid4().hex)
    ledger = Ledger.open(f"sqlite:///{service.home / 'ledger.db'}")
    with ledger.write() as conn:
        create_workspace(conn, workspace)
        secret, _ = create_token(conn, workspace, "rereader", Role.ADMIN)
    ledger.close()
    with service.client(secret) as api:
        yield api


def relations(api: Api) -> set[str]:
    found = api.http.get("/graph/entities", params={"q": "Orchard Robotics"}).raise_for_status()
    entity = found.json()["entities"][0]["id"]
    page = api.http.get(f"/graph/entities/{entity}/neighbors").raise_for_status().json()
    return {step["fact"]["relation"] for step in page["neighbors"]}


def fact(api: Api, relation: str, **wanted: Any) -> dict[str, Any]:
    """The one fact of the relation, with its quotes."""
    entity = api.http.get("/graph/entities", params={"q": "Orchard Robotics"}).json()["entities"][0]["id"]
    steps = api.http.get(f"/graph/entities/{entity}/neighbors", params=wanted).json()["neighbors"]
    [found] = {step["fact"]["id"] for step in steps if step["fact"]["relation"] == relation}
    told: dict[str, Any] = api.http.get(f"/graph/facts/{found}").raise_for_status().json()
    return told


def check_that_to_mentor_is_to_advise(api: Api) -> dict[str, Any]:
    """What a listing asked for, and of which position the answer was."""
    entity = api.http.get("/graph/entities", params={"q": "Orchard Robotics"}).json()["entities"][0]["id"]
    wanted: dict[str, Any] = {"relation": "ADVISES", "include_inferred": True}
    around = api.http.get(f"/graph/entities/{entity}/neighbors", params=wanted).json()["neighbors"]
    page = api.http.get("/graph/facts", params={**wanted, "entity": entity}).json()
    listed = page["facts"]
    facts = {step["fact"]["relation"]: step["fact"] for step in around}
    assert {each["id"] for each in listed} == {each["id"] for each in facts.values()}
    assert {r: f["status"] for r, f in facts.items()} == {"MENTORS": "accepted", "ADVISES": "inferred"}
    advises = fact(api, "ADVISES", include_inferred=True)
    assert [ground["id"] for ground in advises["grounds"]] == [facts["MENTORS"]["id"]]
    assert advises["claims"][0]["citation"]["quote"].startswith("Orchard Robotics Ltd has mentored")
    asked = {"query": "Which company does Orchard Robotics advise?"}
    told = api.http.post("/query", json=asked).json()
    assert "Pear Systems" in told["answer"], told
    assert {step["fact"]["relation"] for path in told["paths"] for step in path["steps"]} == {"MENTORS"}
    return {**wanted, "recorded_as_of": page["graph_position"]}


def test_an_ontology_change_reads_the_documents_again_and_so_does_its_revert(api: Api) -> None:
    assert api.ended(api.upload({"orchard.txt": TEXT})["job_id"])["status"] == "done"
    former, founded = relations(api), fact(api, "FOUNDED")
    assert "FOUNDED" in former and "MENTORS" not in former
    assert api.http.post("/documents/reread").json() == {"job_id": None, "documents": 0}

    text = default_ontology_text() + MENTORS
    made = api.http.post("/decisions", json={"ruling": {"kind": "change_ontology", "text": text}})
    assert made.status_code == 201, made.text
    job = made.json()["job_id"]
    assert api.http.get("/jobs").json()["jobs"][0]["id"] == job  # as visible as any upload
    document = api.job(job)["items"][0]["document"]
    while api.job(job)["status"] == "running":  # the former reading stands until there is a new one
        assert api.http.get(f"/documents/{document}").json()["live"]
    assert api.ended(job)["counts"]["done"] == 1
    assert {"FOUNDED", "MENTORS"} <= relations(api)
    advised = check_that_to_mentor_is_to_advise(api)
    then = {"recorded_as_of": founded["graph_position"]}  # by a reading that no longer stands
    again = api.http.get(f"/graph/facts/{founded['id']}", params=then).json()
    assert again.pop("recorded_at") and again == {k: v for k, v in founded.items() if k != "recorded_at"}

    assert api.http.get("/ontology").json() == {"text": text, "own": True, "faults": []}
    trust = {"kind": "trust", "uri": "upload:orchard.txt", "trust": 0.9}
    assert api.http.post("/decisions", json={"ruling": trust}).json()["job_id"] is None
    back = api.http.post(f"/decisions/{made.json()['id']}/revert").json()  # a body is not needed
    assert api.ended(back["job_id"])["status"] == "done"
    assert relations(api) == former
    listed = api.http.get("/graph/facts", params=advised).raise_for_status().json()["facts"]
    assert {f["relation"] for f in listed} == {"MENTORS", "ADVISES"}, "what was a kind of it then"
    for at in ({}, then):
        refused = api.http.get("/graph/facts", params={"relation": "ADVISES", **at})
        assert refused.status_code == 422 and "no 'ADVISES'" in refused.json()["detail"]


def test_the_ontology_is_read_proposed_and_refused_where_it_is_wrong(api: Api) -> None:
    assert api.ended(api.upload({"orchard.txt": TEXT})["job_id"])["status"] == "done"
    shipped = default_ontology_text()
    assert api.http.get("/ontology").json() == {"text": shipped, "own": False, "faults": []}
    proposed = api.http.get("/ontology/proposed").raise_for_status().json()
    assert parse_ontology(proposed["text"]) == parse_ontology(shipped), "one document is no rule"
    learnt = api.http.post("/epochs/calibrate").raise_for_status().json()
    assert {each["relation"] for each in learnt["phrases"]} <= set(parse_ontology(shipped).relation_types)
    circle = "[entity]\nA = { parent = 'B' }\nB = { parent = 'A' }\n"
    made = api.http.post("/decisions", json={"ruling": {"kind": "change_ontology", "text": circle}})
    assert made.status_code == 422 and "circle" in made.json()["detail"]
    assert not api.http.get("/ontology").json()["own"]
