"""Why are these one? Asked, answered, undone and pinned over the real service."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from graph.ledger.engine import Ledger
from graph.ledger.positions import create_workspace
from graph.ledger.tokens import Role, create_token
from graph.types import WorkspaceId
from tests.e2e.running import Api, RunningService

WS = WorkspaceId("merging")
PAGES = {
    "minutes.txt": b"Lena Falk leads Fjord Analytics Ltd. Lena Falk was born in Bergen.",
    "news.txt": b"Lena Falk founded Fjord Analytics Ltd in 2011.",
    "letter.txt": b"Lena Falk works for Fjord Analytics Ltd.",
}


@pytest.fixture(scope="module")
def api(service: RunningService) -> Iterator[Api]:
    ledger = Ledger.open(f"sqlite:///{service.home / 'ledger.db'}")
    with ledger.write() as conn:
        create_workspace(conn, WS)
        secret, _ = create_token(conn, WS, "curator", Role.ADMIN)
    ledger.close()
    with service.client(secret) as api:
        assert api.ended(api.upload(PAGES)["job_id"])["status"] == "done"
        yield api


def get(api: Api, path: str, **params: Any) -> dict[str, Any]:
    response = api.http.get(path, params=params, timeout=60)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def follow(api: Api, remedy: dict[str, Any]) -> int:
    """Send exactly what was offered; the decision's position."""
    response = api.http.request(remedy["method"], remedy["path"], json=remedy["body"])
    assert response.status_code == 201, response.text
    return int(response.json()["id"])


def test_an_entity_says_why_it_is_one_and_each_remedy_works(api: Api) -> None:
    found = get(api, "/graph/entities", q="Lena Falk")["entities"]
    entity = next(each["id"] for each in found if each["name"] == "Lena Falk")
    why = get(api, f"/graph/entities/{entity}/merges")
    seen = {each["id"]: each for each in why["referents"]}
    assert why["referent_count"] == 3 and {each["entity"] for each in seen.values()} == {entity}
    assert {each["citation"]["uri"] for each in seen.values()} == {f"upload:{name}" for name in PAGES}
    for each in seen.values():
        assert each["citation"]["quote"] in each["context"] and each["statements"]
    joined = [each for each in why["merges"] if each["outcome"] == "joined"]
    assert len(joined) == 2  # a tree of edges holds three together
    assert all(each["author"]["by"] == "matcher" and each["score"] >= 0.8 for each in joined)
    assert {"name", "type", "neighbours"} == {part["feature"] for part in joined[0]["contributions"]}

    letter = next(i for i, each in seen.items() if each["citation"]["uri"] == "upload:letter.txt")
    edge = next(each for each in why["merges"] if letter in (each["a"], each["b"]))
    split = next(r for r in edge["remedies"] if r["body"]["ruling"].get("referents") == [letter])
    at = follow(api, split)
    parted = get(api, f"/graph/entities/{letter}/merges", min_position=at)
    assert parted["entity"] == letter and parted["referent_count"] == 1
    assert {(m["status"], m["author"]["by"]) for m in parted["merges"]} == {("separated", "person")}
    back = next(r for r in parted["merges"][0]["remedies"] if r["path"].endswith("/revert"))
    after = get(api, f"/graph/entities/{letter}/merges", min_position=follow(api, back))
    assert after == {**why, "requested": letter, "graph_position": after["graph_position"]}

    pin = next(r for r in edge["remedies"] if r["body"]["ruling"]["kind"] == "same")
    pinned = get(api, "/merges", author="person", min_position=follow(api, pin))["merges"]
    assert [(m["status"], m["author"]["name"]) for m in pinned] == [("merged", "curator")]
    revert = pinned[0]["remedies"][0]
    assert get(api, "/merges", author="person", min_position=follow(api, revert))["merges"] == []


def test_what_cannot_be_ruled_on_is_refused_and_touches_nothing(api: Api, service: RunningService) -> None:
    before = get(api, "/decisions")
    mine = get(api, "/merges")["merges"][0]["a"]
    with service.client() as other:
        assert other.ended(other.upload({"else.txt": b"Ida Brun works for Nord Ltd."})["job_id"])
        theirs = get(other, "/graph/entities", q="Ida Brun")["entities"][0]["id"]
    for ruling, status in (
        ({"kind": "same", "a": mine, "b": theirs}, 404),
        ({"kind": "separate", "a": mine, "b": "0" * 32}, 404),
        ({"kind": "split", "referents": [theirs]}, 404),
        ({"kind": "split", "referents": []}, 422),
        ({"kind": "trust", "uri": "upload:nowhere.txt", "trust": 0.5}, 404),
        ({"kind": "resolve", "subject": mine, "relation": "NO_SUCH", "referent": mine}, 422),
    ):
        refused = api.http.post("/decisions", json={"ruling": ruling})
        assert refused.status_code == status and refused.json()["detail"], refused.text
    assert get(api, "/decisions") == before
    assert api.http.get(f"/graph/entities/{theirs}/merges").status_code == 404
    assert api.http.get("/merges", params={"cursor": "nonsense"}).status_code == 422
    document = get(api, "/documents")["documents"][0]["id"]
    assert get(api, "/merges", document=document, type="Person", status="merged", min_score=0.8)["merges"]
    assert get(api, "/merges", document="0" * 64)["merges"] == []
    unasked = api.http.post("/merges/adjudicate", json={})
    assert unasked.status_code == 503 and "VERIPATH_LLM_BASE_URL" in unasked.json()["detail"]
    assert get(api, "/decisions") == before


def test_homonyms_stay_apart_and_say_why(api: Api) -> None:
    papers = {
        "obituary.txt": b"John Miller was born on 12 March 1931 in Oslo. He studied at Carrow University.",
        "profile.txt": b"John Miller was born in Chicago on 2 November 1985. John Miller works for Nord Ltd.",
    }
    assert api.ended(api.upload(papers)["job_id"])["status"] == "done"
    found = get(api, "/graph/entities", q="John Miller")["entities"]
    millers = [each["id"] for each in found if each["name"] == "John Miller"]
    assert len(millers) == 2
    conflicts = get(api, "/conflicts")["conflicts"]
    assert not [c for c in conflicts if any("Miller" in f["head_name"] for f in c["facts"])]
    apart = get(api, f"/graph/entities/{millers[0]}/merges")["merges"]
    assert apart == get(api, "/merges", zone="apart", author="matcher")["merges"]
    assert [(m["status"], m["zone"], m["author"]["by"]) for m in apart] == [("namesakes", "apart", "matcher")]
    for said in ("BORN_ON", "1931-03-12", "1985-11-02", "BORN_IN", "oslo", "chicago"):
        assert said in apart[0]["because"]
    named, _, told, *_ = apart[0]["contributions"]
    assert (named["feature"], told["feature"]) == ("name", "testimony")
    assert told["amount"] < 0
    assert abs(named["amount"] + told["amount"] - apart[0]["score"]) < 1e-6
    pin = next(r for r in apart[0]["remedies"] if r["body"]["ruling"]["kind"] == "same")
    one = get(api, f"/graph/entities/{millers[0]}/merges", min_position=follow(api, pin))
    assert one["referent_count"] == 2 and one["merges"][0]["status"] == "merged"
    follow(api, one["merges"][0]["remedies"][0])


def test_rows_of_one_name_in_one_table_are_two_things_and_can_be_joined(api: Api) -> None:
    rows = ["Nils Ek | 1970-05-03 | Oslo | Fjord Works", "Nils Ek | 1981-06-04 | Bergen | Delta Group"]
    table = "\n".join(
        ["| Name | Born on | Birthplace | Employer |", "|---|---|---|---|", *(f"| {r} |" for r in rows)]
    )
    assert api.ended(api.upload({"staff.md": table.encode()})["job_id"])["status"] == "done"
    eks = [e["id"] for e in get(api, "/graph/entities", q="Nils Ek")["entities"] if e["name"] == "Nils Ek"]
    assert len(eks) == 2
    for ek in eks:
        facts = get(api, "/graph/facts", entity=ek)["facts"]
        assert sorted(f["relation"] for f in facts) == ["BORN_IN", "BORN_ON", "WORKS_FOR"]
        assert {
            f["claims"][0]["citation"]["quote"] for f in (get(api, f"/graph/facts/{f['id']}") for f in facts)
        } < {*rows}
    [apart] = get(api, f"/graph/entities/{eks[0]}/merges", status="namesakes")["merges"]
    assert "1970-05-03" in apart["because"] and "1981-06-04" in apart["because"]
    assert apart in get(api, "/merges", status="namesakes", type="Person")["merges"]
    pin = next(r for r in apart["remedies"] if r["body"]["ruling"]["kind"] == "same")
    one = get(api, f"/graph/entities/{eks[0]}/merges", min_position=follow(api, pin))
    assert one["referent_count"] == 2
    follow(api, one["merges"][0]["remedies"][0])
    lines = [
        {"head": "Ole Bru", "relation": "WORKS_FOR", "tail": "Fjord Works", "head_id": n} for n in (7, 8)
    ]
    exported = "\n".join(map(json.dumps, lines)).encode()
    assert api.ended(api.upload({"staff.triples.jsonl": exported})["job_id"])["status"] == "done"
    [told] = get(api, "/graph/entities", q="Ole Bru")["entities"][:1]
    [apart] = get(api, f"/graph/entities/{told['id']}/merges", status="namesakes")["merges"]
    assert apart["because"] == "their document tells them apart by the ids “7”, “8”"
    refused = api.http.get("/merges", params={"type": "Nope"})
    assert refused.status_code == 422 and "no type 'Nope'; it has Agent" in refused.json()["detail"]


def test_a_name_that_several_bear_is_asked_for(api: Api) -> None:
    papers = {
        "park-obituary.txt": b"John Park was born on 12 March 1931 in Oslo. John Park worked for Skarv Ltd.",
        "park-memoir.md": b"# Halden\n\nJohn Park was born on 12 March 1931. John Park founded Fjord Club.",
        "park-profile.txt": b"John Park was born in Chicago on 2 November 1985. John Park leads Nord Ltd.",
        "park-interview.html": b"<h1>Interview</h1><p>John Park was born on 2 November 1985.</p>",
        "park-third.txt": b"John Park was born on 30 June 1960 in Busan.",
    }
    assert api.ended(api.upload(papers)["job_id"])["status"] == "done"
    found = get(api, "/graph/entities", q="John Park")["entities"]
    parks = {each["id"] for each in found if each["name"] == "John Park"}
    assert len(parks) == 3
    conflicts = get(api, "/conflicts")["conflicts"]
    assert not [c for c in conflicts if any("Park" in f["head_name"] for f in c["facts"])]
    apart = [m["because"] for m in get(api, "/merges", zone="apart", author="matcher")["merges"]]
    for one, other in (
        ("1931-03-12", "1985-11-02"),
        ("1931-03-12", "1960-06-30"),
        ("1960-06-30", "1985-11-02"),
    ):
        assert any(one in why and other in why for why in apart), (one, other)

    born = api.ask("When was John Park born?")
    assert {entity["id"] for entity in born["entities"]} == parks
    assert "There are 3 of the name John Park" in born["answer"] and not born["conflicts"]
    for date, uris in (
        ("12 March 1931", {"upload:park-obituary.txt", "upload:park-memoir.md"}),
        ("2 November 1985", {"upload:park-profile.txt", "upload:park-interview.html"}),
        ("30 June 1960", {"upload:park-third.txt"}),
    ):
        assert date in born["answer"]
        assert {c["uri"] for c in born["citations"] if date in c["quote"]} == uris
    assert any("this answer tells of 3" in notice for notice in born["notices"])
    lead = api.ask("Which company does John Park lead?")
    assert "Nord Ltd" in lead["answer"] and any("tells of 1:" in notice for notice in lead["notices"])
    meant = api.ask("When was John Park of Nord Ltd born?")
    assert "2 November 1985" in meant["answer"] and "1931" not in meant["answer"]
    assert api.ask("When was John Park of Skarv Ltd born?")["answer"].startswith("12 March 1931")
