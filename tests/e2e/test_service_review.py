"""What people rule and ask of the graph over the real service, whose language-model server has gone away."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from app.local.processes import free_ports
from tests.e2e.running import Api, RunningService
from tests.fixtures.neo4j import Neo4jServer

PAGES = {
    "bonn.txt": b"Tarn Group is based in Bonn. Tarn Group employs 500 people. Anna Vance leads Tarn Group.",
    "kiel.txt": b"Tarn Group is based in Kiel. Tarn Group employs 700 people. Vance likes sailing.",
    "ulm.txt": b"Hugo Brandt was born in Ulm. Hugo Brandt works for Kelso Works.",
    "oslo.txt": b"Hugo Brandt was born in Oslo.",  # a tie, which a model may be asked about
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, neo4j_server: Neo4jServer) -> Iterator[RunningService]:
    service = RunningService(
        tmp_path_factory.mktemp("review") / "home",
        neo4j_server,
        VERIPATH_WORKSPACE="review",
        VERIPATH_LLM_BASE_URL=f"http://127.0.0.1:{free_ports(1)[0]}/v1",
        VERIPATH_LLM_MODEL="gone",
    )
    service.start()
    yield service
    service.stop()


@pytest.fixture(scope="module")
def api(running: RunningService) -> Iterator[Api]:
    with running.client() as api:
        assert api.ended(api.upload(PAGES)["job_id"])["status"] == "done"
        yield api


def get(api: Api, path: str, **params: Any) -> dict[str, Any]:
    response = api.http.get(path, params=params)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def decide(api: Api, **ruling: Any) -> tuple[int, dict[str, Any]]:
    response = api.http.post("/decisions", json={"ruling": ruling})
    return response.status_code, response.json()


def entity(api: Api, name: str) -> str:
    found = get(api, "/graph/entities", q=name)["entities"]
    return next(each["id"] for each in found if each["name"] == name)


def test_only_a_fact_can_be_right_and_the_ruling_reads_back_as_it_was_sent(api: Api) -> None:
    tarn, bonn, kiel = entity(api, "Tarn Group"), entity(api, "Bonn"), entity(api, "Kiel")
    before = get(api, "/decisions")
    base = {"kind": "resolve", "subject": tarn, "qualifiers": {}, "polarity": True}
    seat, staff = {**base, "relation": "HEADQUARTERED_IN"}, {**base, "relation": "EMPLOYEE_COUNT"}
    for ruling, wanted in (
        ({**staff, "value": {"kind": "number", "text": "650"}}, "'700' (number)"),
        ({**staff, "value": {"kind": "text", "text": "500"}}, "a number"),
        ({**seat, "value": {"kind": "text", "text": "Bonn"}}, "an entity of type Place"),
        ({**seat, "referent": tarn}, bonn),
        ({**seat, "referent": kiel, "polarity": False}, "no denial of a fact HEADQUARTERED_IN"),
    ):
        status, refused = decide(api, **ruling)
        assert status == 422 and wanted in refused["detail"], refused
    assert get(api, "/decisions") == before

    status, made = decide(api, **seat, referent=kiel)
    as_of = made["ruling"]["as_of"]  # no page bears a date
    assert status == 201 and made["ruling"] == {**seat, "referent": kiel, "as_of": as_of} and len(as_of) == 10
    won = get(api, "/conflicts", min_position=made["id"])["conflicts"]
    assert any(f["tail"] == kiel for c in won for f in c["facts"] if f["id"] == c["winner"])
    trusted = {"kind": "trust", "uri": "upload:kiel.txt", "trust": 0.9}
    assert decide(api, **trusted)[1]["ruling"] == trusted
    told = get(api, "/decisions", limit=2)["decisions"]
    assert [each["ruling"] for each in told] == [trusted, made["ruling"]]
    assert [each["dormant"] for each in told] == [False, False]

    document = next(d["id"] for d in get(api, "/documents")["documents"] if d["filename"] == "kiel.txt")
    gone = api.http.delete(f"/documents/{document}").json()["position"]
    get(api, "/graph/entities", min_position=gone)
    assert [each["dormant"] for each in get(api, "/decisions", limit=2)["decisions"]] == [True, True]
    assert api.ended(api.upload({"kiel.txt": PAGES["kiel.txt"]})["job_id"])["status"] == "done"
    assert [each["dormant"] for each in get(api, "/decisions", limit=2)["decisions"]] == [False, False]


def test_who_returns_is_told_of_both_times(api: Api) -> None:
    terms = {2019: "Mona Grey", 2021: "Paul Dell", 2023: "Mona Grey"}
    for year, name in terms.items():
        page = f"---\ndate: {year}-03-01\n---\n\n{name} leads Tidewater Group.\n"
        assert api.ended(api.upload({f"{year}.md": page.encode()})["job_id"])["status"] == "done"
    around = f"/graph/entities/{entity(api, 'Tidewater Group')}/neighbors"
    for year, name in terms.items():
        [step] = get(api, around, as_of=f"{year}-06")["neighbors"]
        assert step["fact"]["head_name"] == name, year
    facts = get(api, "/graph/facts", relation="LEADS", entity=entity(api, "Tidewater Group"))["facts"]
    assert sorted((f["valid_from"] or "", f["valid_to"]) for f in facts) == [
        ("", "2021-03-01"),
        ("2021-03-01", "2023-03-01"),
        ("2023-03-01", None),
    ]


def test_a_parameter_that_is_not_there_is_refused(api: Api) -> None:
    for path, params in (
        ("/conflicts", {"knid": "value"}),
        ("/merges", {"recorded_as_of": "3"}),  # pairs have no history
        ("/readyz", {"verbose": "1"}),
    ):
        refused = api.http.get(path, params=params)
        assert refused.status_code == 422, refused.text
        assert [e["field"] for e in refused.json()["errors"]] == list(params)


def test_without_its_engine_nothing_is_begun(api: Api) -> None:
    before = get(api, "/decisions"), get(api, "/jobs")
    for path in ("/merges/adjudicate", "/links/propose"):
        refused = api.http.post(path, json={})
        assert refused.status_code == 503, refused.text
        assert "does not answer" in refused.json()["detail"] and "veripath up" in refused.json()["detail"]
    assert (get(api, "/decisions"), get(api, "/jobs")) == before
    assert not get(api, "/readyz")["parts"]["engine"]["ok"]


def test_epochs_are_listed_with_the_one_in_force_and_name_sources_by_uri(api: Api) -> None:
    shipped = get(api, "/epochs")
    assert shipped["epochs"] == []
    prior = get(api, f"/epochs/{shipped['in_force']}")
    assert (prior["rare_words"], prior["contexts"], prior["shared"] > 1) == (0, [], True)
    learnt = api.http.post("/epochs/calibrate", timeout=120).json()
    assert learnt["sources"].keys() <= {f"upload:{name}" for name in PAGES} and learnt["sources"]
    assert get(api, f"/epochs/{learnt['epoch']}") == learnt
    status, made = decide(api, kind="adopt_epoch", epoch=learnt["epoch"])
    assert status == 201 and made["ruling"]["epoch"] == learnt["epoch"]
    found = get(api, "/epochs")
    assert [(e["epoch"], e["in_force"]) for e in found["epochs"]] == [(learnt["epoch"], True)]
    assert api.http.post(f"/decisions/{made['id']}/revert", json={}).status_code == 201
    assert get(api, "/epochs")["in_force"] == shipped["in_force"]
    assert api.http.get(f"/epochs/{'0' * 32}").status_code == 404


def test_facts_and_conflicts_are_found_by_what_they_are_about(api: Api) -> None:
    tarn, brandt = entity(api, "Tarn Group"), entity(api, "Hugo Brandt")
    every = get(api, "/graph/facts", limit=1000)["facts"]
    ids = {each["id"] for each in every}
    assert len(ids) == len(every) > 5
    for params, fits in (
        ({"entity": tarn}, lambda f: tarn in (f["head"], f["tail"])),
        ({"relation": "BORN_IN"}, lambda f: f["relation"] == "BORN_IN"),
        ({"entity": tarn, "relation": "EMPLOYEE_COUNT"}, lambda f: f["relation"] == "EMPLOYEE_COUNT"),
        ({"status": "contested"}, lambda f: f["status"] == "contested"),
    ):
        found = get(api, "/graph/facts", **params)
        assert {f["id"] for f in found["facts"]} == {f["id"] for f in every if fits(f)} != set(), params
        then = get(api, "/graph/facts", **params, recorded_as_of=found["graph_position"])
        assert then["facts"] == found["facts"]
        first = get(api, "/graph/facts", **params, limit=1)
        assert first["facts"] == found["facts"][:1]
        if first["next_cursor"]:
            rest = get(api, "/graph/facts", **params, cursor=first["next_cursor"])
            assert first["facts"] + rest["facts"] == found["facts"]
    led = get(api, f"/graph/entities/{tarn}/neighbors", relation="LEADS")["neighbors"]
    assert [step["fact"]["relation"] for step in led] == ["LEADS"]

    conflicts = get(api, "/conflicts")["conflicts"]
    tied = [c for c in conflicts if c["winner"] is None]
    assert tied and get(api, "/conflicts", status="open")["conflicts"] == tied
    assert get(api, "/conflicts", status="settled")["conflicts"] == [c for c in conflicts if c["winner"]]
    for kind in ("value", "recency"):  # the latter of who returns
        assert get(api, "/conflicts", kind=kind)["conflicts"] == [c for c in conflicts if c["kind"] == kind]
    assert get(api, "/conflicts", kind="polarity")["conflicts"] == []
    born = get(api, "/conflicts", entity=brandt, relation="BORN_IN")
    assert [c["facts"][0]["head"] for c in born["conflicts"]] == [brandt]
    assert (
        get(api, "/conflicts", entity=brandt, recorded_as_of=born["graph_position"])["conflicts"]
        == (born["conflicts"])
    )
    for params, status in (
        ({"relation": "NO_SUCH"}, 422),
        ({"kind": "quarrel"}, 422),
        ({"entity": "0" * 32}, 404),
        ({"cursor": "nonsense"}, 422),
    ):
        assert api.http.get("/conflicts", params=params).status_code == status, params


def test_an_answer_is_of_the_position_that_it_says(api: Api, running: RunningService) -> None:
    """While a ruling comes and goes: what was answered is what stood at that position, in all its parts."""
    brandt, ulm = entity(api, "Hugo Brandt"), entity(api, "Ulm")
    ruling = {"kind": "resolve", "subject": brandt, "relation": "BORN_IN", "referent": ulm, "qualifiers": {}}
    paths: list[tuple[str, dict[str, Any]]] = [
        ("/graph/facts", {"status": "accepted", "entity": brandt}),
        ("/conflicts", {"entity": brandt}),
        (f"/graph/entities/{brandt}/neighbors", {"status": "contested"}),
        *((f"/graph/facts/{f['id']}", {}) for f in get(api, "/graph/facts", relation="BORN_IN")["facts"]),
    ]
    answers: list[tuple[int, dict[str, Any]]] = []
    ruled = threading.Event()

    def read() -> None:
        with running.client() as reader:
            while not ruled.wait(0.02):
                answers.extend((n, get(reader, path, **params)) for n, (path, params) in enumerate(paths))

    with ThreadPoolExecutor(1) as beside:
        reading = beside.submit(read)
        try:
            for _ in range(3):
                made = decide(api, **ruling)[1]["id"]
                get(api, "/graph/entities", q="Brandt", min_position=made)
                back = api.http.post(f"/decisions/{made}/revert", json={}).raise_for_status().json()["id"]
                get(api, "/graph/entities", q="Brandt", min_position=back)
        finally:
            ruled.set()
        reading.result()
    stood: dict[tuple[int, int], dict[str, Any]] = {}
    for n, answer in answers:
        at, (path, params) = answer["graph_position"], paths[n]
        if (n, at) not in stood:
            stood[n, at] = {**get(api, path, **params, recorded_as_of=at), "recorded_at": None}
        assert answer == stood[n, at], path
        assert {f["status"] for f in answer.get("facts", ()) if path == "/graph/facts"} <= {"accepted"}
    assert len({at for _, at in stood}) > 2


def test_a_walk_through_pages_is_of_one_position_while_entities_move(api: Api) -> None:
    """Between the first page and the next all people become one, and all facts at them others."""
    files = {f"born-{year}.triples.jsonl": _crew(year) for year in (1970, 1971)}
    assert api.ended(api.upload(files)["job_id"])["status"] == "done"
    wick = entity(api, "Wick Yard")
    around = f"/graph/entities/{wick}/neighbors"
    crew = sorted(each["fact"]["head"] for each in get(api, around)["neighbors"])
    assert len(crew) == 6
    gone = get(api, "/graph/facts", entity=crew[-1], relation="WORKS_FOR")["facts"][0]["id"]
    walks = {
        "/graph/facts": "facts",
        "/graph/entities": "entities",
        around: "neighbors",
        "/conflicts": "conflicts",
        f"/graph/facts/{gone}/claims": "claims",
    }

    def told(rows: list[dict[str, Any]]) -> list[Any]:
        return [row["id"] if "citation" in row else row for row in rows]  # whose number is its page's

    whole = {path: get(api, path, limit=1000) for path in walks}
    first = {path: get(api, path, limit=1) for path in walks}
    for other in crew[1:]:
        status, ruled = decide(api, kind="same", a=crew[0], b=other)
        assert status == 201, ruled
    assert len(get(api, around, min_position=ruled["id"])["neighbors"]) == 1
    assert api.http.get(f"/graph/facts/{gone}").status_code == 404

    for path, rows in walks.items():
        page, begun = first[path], first[path]["graph_position"]
        walked = told(page[rows])
        while page["next_cursor"]:
            page = get(api, path, limit=1, cursor=page["next_cursor"], min_position=begun)
            assert page["graph_position"] == begun and page["recorded_at"], path
            walked += told(page[rows])
        assert walked == told(whole[path][rows]) and len(walked) > 1, path

    page = first["/graph/facts"]
    begun, cursor = page["graph_position"], page["next_cursor"]
    last = page["facts"][-1]["id"]
    then = get(api, "/graph/facts", limit=1, cursor=cursor, recorded_as_of=begun)
    assert then["graph_position"] == begun and then["facts"][0]["id"] > last
    for params, why in (
        (
            {"cursor": cursor, "recorded_as_of": ruled["id"]},
            f"of position {begun}, recorded_as_of means",
        ),
        ({"cursor": cursor, "min_position": ruled["id"]}, "begin anew without a cursor"),
        ({"cursor": f"facts~{10**9}~{last}"}, "is not on record: begin anew"),
        ({"cursor": last}, "was not made by this listing"),
        ({"cursor": f"facts~{begun}~{last}~"}, "was not made by this listing"),
        *(
            ({"cursor": page["next_cursor"]}, "was not made by this listing")
            for path, page in first.items()
            if path != "/graph/facts"
        ),
    ):
        refused = api.http.get("/graph/facts", params=params)
        assert refused.status_code == 422 and why in refused.json()["detail"], refused.text


def _crew(year: int) -> bytes:
    """Six people of one yard, each born in ``year``."""
    names = ("Asta Holm", "Bo Lindgren", "Carla Neri", "Dov Peretz", "Edda Quist", "Farid Sahin")
    rows = [(name, *told) for name in names for told in (("WORKS_FOR", "Wick Yard"), ("BORN_ON", str(year)))]
    return "\n".join(map(json.dumps, rows)).encode()


def test_facts_and_conflicts_are_listed_as_of_a_time(api: Api) -> None:
    files = {
        "spell-1.txt": b"Gerda Falk led Lomvi Ltd from 2001 to 2004. Lomvi Ltd was founded in 1999.",
        "spell-2.txt": b"Anna Berg led Lomvi Ltd from 2005 to 2009. Lomvi Ltd was founded in 1998.",
    }
    assert api.ended(api.upload(files)["job_id"])["status"] == "done"
    lomvi = entity(api, "Lomvi Ltd")

    ask = {"entity": lomvi, "relation": "LEADS"}
    told = [
        (f["head_name"], f["valid_from"], f["valid_to"]) for f in get(api, "/graph/facts", **ask)["facts"]
    ]
    assert sorted(told) == [("Anna Berg", "2005", "2009"), ("Gerda Falk", "2001", "2004")]
    for as_of, leads in (("2000", []), ("2004-07", ["Gerda Falk"]), ("2009-12-31", ["Anna Berg"])):
        found = get(api, "/graph/facts", **ask, as_of=as_of)
        assert [f["head_name"] for f in found["facts"]] == leads
        then = get(api, "/graph/facts", **ask, as_of=as_of, recorded_as_of=found["graph_position"])
        assert then["facts"] == found["facts"]
        around = get(api, f"/graph/entities/{lomvi}/neighbors", relation="LEADS", as_of=as_of)
        assert [step["fact"] for step in around["neighbors"]] == found["facts"]
    about = get(api, "/conflicts", entity=lomvi, as_of="2001")["conflicts"]
    assert {f["relation"] for c in about for f in c["facts"]} == {"FOUNDED_ON"}, about
    for path in ("/graph/facts", "/conflicts"):
        refused = api.http.get(path, params={"as_of": "2001-02-30"})
        assert refused.status_code == 422 and "such as 2019, 2019-05" in refused.text, refused.text


def test_every_claim_of_a_fact_is_reached_page_by_page(api: Api) -> None:
    copies = {f"copy-{n}.txt": f"Note {n}. Ida Berg works for Skarv Ltd.".encode() for n in range(4)}
    assert api.ended(api.upload(copies)["job_id"])["status"] == "done"
    (step,) = get(api, f"/graph/entities/{entity(api, 'Ida Berg')}/neighbors")["neighbors"]
    path = f"/graph/facts/{step['fact']['id']}"
    whole = get(api, path)
    assert len(whole["claims"]) == whole["claim_count"] == 4 and whole["claims_cursor"] is None
    for then in ({}, {"recorded_as_of": whole["graph_position"]}):
        found: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            page = get(api, f"{path}/claims", limit=3, **cursor, **then)
            found += [each["citation"]["uri"] for each in page["claims"]]
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        assert sorted(found) == sorted(f"upload:{name}" for name in copies)
    assert api.http.get(f"/graph/facts/{'0' * 32}/claims").status_code == 404


def test_rows_that_the_evidence_denies_are_found_and_made_anew(api: Api, running: RunningService) -> None:
    def verified(**body: bool) -> dict[str, Any]:
        told: dict[str, Any] = api.http.post("/graph/digest/verify", json=body).raise_for_status().json()
        return told

    before = get(api, "/graph/digest")
    sound = verified()
    assert sound["sound"] and not sound["repaired"] and sound["digest"] == before["digest"]
    assert all(each["kept"] == each["of_rows"] == each["of_evidence"] for each in sound["tables"])
    with closing(sqlite3.connect(running.home / "ledger.db")) as ledger, ledger:
        ledger.execute("UPDATE fact SET confidence = confidence - 1 WHERE status = 'accepted'")
    broken = verified()
    assert not broken["sound"]
    assert [each["table"] for each in broken["tables"] if not each["sound"]] == ["fact"]
    assert verified(repair=True)["sound"] and verified()["sound"]
    assert get(api, "/graph/digest")["digest"] == before["digest"]
    told = running.run("verify", "--json")
    assert told.returncode == 0 and json.loads(told.stdout)["digest"] == before["digest"]


def test_triples_that_someone_else_extracted_are_evidence_like_any(api: Api) -> None:
    rows = [
        ["Nora Quist", "LEADS", "Vesper Grid Ltd"],
        {"head": "Vesper Grid Ltd", "relation": "employ", "tail": "420"},
        ["Vesper Grid Ltd", "HEADQUARTERED_IN", "Bergen"],
    ]
    good = "\n".join(json.dumps(row) for row in rows).encode()
    bad = good + b'\n["Nora Quist", "LEADS"]\nnonsense'
    state = api.ended(api.upload({"grid.triples.jsonl": good, "bad.triples.jsonl": bad})["job_id"])
    assert state["status"] == "partial"
    told = {item["filename"]: item for item in state["items"]}
    assert told["grid.triples.jsonl"]["status"] == "done"
    assert told["bad.triples.jsonl"]["status"] == "failed"
    why = told["bad.triples.jsonl"]["error"]
    assert "line 4: a triple has three parts" in why and "line 5: it is no JSON" in why

    at = entity(api, "Vesper Grid Ltd")
    steps = get(api, f"/graph/entities/{at}/neighbors")["neighbors"]
    assert {(s["fact"]["relation"], s["fact"]["tail_name"]) for s in steps} == {
        ("LEADS", "Vesper Grid Ltd"),
        ("EMPLOYEE_COUNT", "420"),
        ("HEADQUARTERED_IN", "Bergen"),
    }
    led = next(s["fact"]["id"] for s in steps if s["fact"]["relation"] == "LEADS")
    (claim,) = get(api, f"/graph/facts/{led}")["claims"]
    assert claim["citation"]["quote"] == "Nora Quist → LEADS → Vesper Grid Ltd"
    assert claim["citation"]["uri"] == "upload:grid.triples.jsonl"
    answer = api.ask("Who leads Vesper Grid Ltd?")
    assert "Nora Quist" in answer["answer"] and answer["citations"]


def test_news_supersede_who_a_person_decided_for(api: Api) -> None:
    def upload(year: int, name: str) -> None:
        page = f"---\ndate: {year}-03-01\n---\n\n{name} leads Kestrel Works.\n"
        assert api.ended(api.upload({f"kestrel-{year}.md": page.encode()})["job_id"])["status"] == "done"

    upload(2018, "Ida Stone")
    upload(2020, "Carl Voss")
    ida, kestrel = entity(api, "Ida Stone"), entity(api, "Kestrel Works")
    ruling = {"kind": "resolve", "subject": ida, "relation": "LEADS", "referent": kestrel}
    status, made = decide(api, **ruling)
    assert (status, made["ruling"]["as_of"]) == (201, "2020-03-01")
    get(api, "/conflicts", min_position=made["id"])
    upload(2024, "Carl Voss")
    facts = get(api, "/graph/facts", relation="LEADS", entity=kestrel)["facts"]
    assert {(f["head_name"], f["stated"], f["status"], f["valid_to"]) for f in facts} == {
        ("Ida Stone", "2018-03-01", "superseded", "2024-03-01"),
        ("Carl Voss", "2020-03-01", "contested", None),
        ("Carl Voss", "2024-03-01", "accepted", None),
    }
    born = {"kind": "resolve", "subject": entity(api, "Hugo Brandt"), "relation": "BORN_IN"}
    status, refused = decide(api, **born, referent=entity(api, "Ulm"), as_of="2024")
    assert status == 422 and "leave as_of out" in refused["detail"]
