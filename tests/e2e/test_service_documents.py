"""Documents in, answers out, over the real service, a real Neo4j and the real readers."""

import io
import json
import socket
import tarfile
import time
import zipfile
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from tests.e2e.running import Api, RunningService

PAGES = {
    "orchard/founding.txt": b"Lena Falk founded Orchard Robotics in Malmo in 2011.",
    "orchard/people.md": b"# People\n\nLena Falk leads Orchard Robotics. Omar Haddad works for Pear Systems.",
    "orchard/news.html": b"<html><body><p>Orchard Robotics acquired Pear Systems.</p></body></html>",
}


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def tarred(count: int) -> bytes:
    """A tar of a link, a hard link out of it, and ``count`` small texts."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, kind, target in (
            ("soft", tarfile.SYMTYPE, "/etc/passwd"),
            ("hard", tarfile.LNKTYPE, "../x"),
        ):
            link = tarfile.TarInfo(f"{name}.txt")
            link.type, link.linkname = kind, target
            archive.addfile(link)
        for number in range(count):
            data = f"Note {number}.".encode()
            info = tarfile.TarInfo(f"notes/{number}.txt")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def locked_zip() -> bytes:
    """A zip that says its one member is encrypted."""
    data = bytearray(zipped({"secret.txt": b"x"}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def paged(pages: Sequence[Sequence[tuple[int, int, str]]], password: str = "") -> bytes:
    """A PDF with texts at (x, y) on each page."""
    out = io.BytesIO()
    lock = StandardEncryption(password) if password else None
    canvas = Canvas(out, pagesize=A4, encrypt=lock)
    for page in pages:
        canvas.setFont("Helvetica", 10)
        for x, y, text in page:
            canvas.drawString(x, y, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


@pytest.fixture(scope="module")
def loaded(service: RunningService) -> dict[str, Any]:
    """The pages above, uploaded at once and in the graph."""
    with service.client() as api:
        return api.ended(api.upload(PAGES)["job_id"])


def problem(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["trace_id"] == response.headers["x-trace-id"]
    assert "Traceback" not in response.text
    return body


def test_an_upload_becomes_a_cited_answer(service: RunningService, loaded: dict[str, Any]) -> None:
    assert loaded["status"] == "done"
    assert {item["filename"] for item in loaded["items"]} == set(PAGES)
    with service.client() as api:
        told = api.ask("Who founded Orchard Robotics?")
        assert told["status"] == "answered" and "Lena Falk" in told["answer"]
        assert told["citations"] and told["graph_position"] > 0
        assert told["explored"]["exhausted"] and told["explored"]["paths"] and told["decoding"] is None
        for cited in told["citations"]:
            content = api.http.get(
                f"/documents/{cited['document_id']}/content",
                params={"highlight": f"{cited['start']}-{cited['end']}"},
            )
            assert f'<mark id="highlight">{cited["quote"]}</mark>' in content.text
            assert "sandbox" in content.headers["content-security-policy"]
            assert content.headers["x-content-type-options"] == "nosniff"
        assert api.ask("What does Zebulon Quux eat?")["status"] == "abstained"
        walk = {"query": "Who founded Orchard Robotics?", "reasoning": "walk"}
        assert "VERIPATH_LLM_BASE_URL" in problem(api.http.post("/query", json=walk), 503)["detail"]
        assert (
            "auto and paths"
            in problem(api.http.post("/query", json={**walk, "mode": "graph"}), 422)["detail"]
        )


def test_an_answer_streams_as_events_and_as_lines(service: RunningService, loaded: dict[str, Any]) -> None:
    body = {"query": "Who founded Orchard Robotics?", "stream": True}
    with service.client() as api:
        events = api.http.post("/query", json=body)
        assert events.headers["content-type"].startswith("text/event-stream")
        kinds = [
            line.removeprefix("event: ") for line in events.text.splitlines() if line.startswith("event")
        ]
        assert kinds[-2:] == ["answer", "done"] and "citations" in kinds
        lines = api.http.post("/query", json=body, headers={"Accept": "application/x-ndjson"})
        told = [json.loads(line) for line in lines.text.splitlines() if line]
        assert [each["event"] for each in told] == kinds
        assert told[-1]["data"]["trace_id"] == lines.headers["x-trace-id"]


def test_the_graph_can_be_walked_down_to_the_quote(service: RunningService, loaded: dict[str, Any]) -> None:
    with service.client() as api:
        found = api.http.get("/graph/entities", params={"q": "Orchard"}).json()["entities"]
        orchard = next(each for each in found if each["name"] == "Orchard Robotics")
        detail = api.http.get(f"/graph/entities/{orchard['id']}").json()
        assert orchard["id"] in detail["members"]
        for member in detail["members"]:  # every referent's id resolves to the present entity
            assert api.http.get(f"/graph/entities/{member}").json()["id"] == orchard["id"]
        steps = api.http.get(f"/graph/entities/{orchard['id']}/neighbors").json()["neighbors"]
        assert {step["fact"]["head_name"] for step in steps} >= {"Lena Falk"}
        for step in steps:
            fact = api.http.get(f"/graph/facts/{step['fact']['id']}").json()
            assert fact["claims"], "no fact without a live claim"
            assert all(claim["citation"]["quote"] for claim in fact["claims"])
        assert api.http.get("/conflicts").status_code == 200


def test_what_follows_is_told_apart_with_its_grounds_and_goes_with_them(service: RunningService) -> None:
    files = {"bay.txt": b"Zebra Bay lies in Marlow County.", "county.txt": b"Marlow County lies in Denmark."}
    question = {"query": "Does Zebra Bay lie in Denmark?", "include_inferred": True}
    with service.client() as api:
        items = api.ended(api.upload(files)["job_id"])["items"]
        found = api.http.get("/graph/entities", params={"q": "Zebra Bay"}).json()["entities"]
        around = f"/graph/entities/{found[0]['id']}/neighbors"
        stated = api.http.get(around).json()["neighbors"]
        assert [step["fact"]["tail_name"] for step in stated] == ["Marlow County"]
        both = api.http.get(around, params={"include_inferred": True}).json()
        assert (both["inference_capped"], both["notice"]) == (False, "")
        [fact] = [step["fact"] for step in both["neighbors"] if step["fact"]["status"] == "inferred"]
        assert (fact["relation"], fact["tail_name"], fact["claim_count"]) == ("LOCATED_IN", "Denmark", 0)
        only = api.http.get(around, params={"status": "inferred"}).json()["neighbors"]
        assert [step["fact"] for step in only] == [fact]
        detail = api.http.get(f"/graph/facts/{fact['id']}").json()
        walked = [(each["head_name"], each["relation"], each["tail_name"]) for each in detail["grounds"]]
        assert walked == [
            ("Zebra Bay", "LOCATED_IN", "Marlow County"),
            ("Marlow County", "LOCATED_IN", "Denmark"),
        ]
        quotes = [claim["citation"]["quote"] for claim in detail["claims"]]
        assert sorted(quotes) == sorted(text.decode() for text in files.values())
        told = api.http.post("/query", json=question).json()
        assert "Inferred: Zebra Bay is located in Denmark" in told["answer"], told
        assert {cited["quote"] for cited in told["citations"]} == set(quotes)
        plain = api.http.post("/query", json={**question, "include_inferred": False}).json()
        assert "Inferred" not in plain["answer"]

        county = next(item["document"] for item in items if item["filename"] == "county.txt")
        position = api.http.delete(f"/documents/{county}").json()["position"]
        gone = api.http.get(around, params={"include_inferred": True, "min_position": position}).json()
        assert [step["fact"]["status"] for step in gone["neighbors"]] == ["accepted"]


def test_entities_and_documents_are_listed_page_by_page(
    service: RunningService, loaded: dict[str, Any]
) -> None:
    with service.client() as api:
        for path, key in (("/graph/entities", "entities"), ("/documents", "documents"), ("/jobs", "jobs")):
            seen: list[str] = []
            cursor = None
            while True:
                page = api.http.get(path, params={"limit": 1} | ({"cursor": cursor} if cursor else {})).json()
                assert len(page[key]) <= 1
                seen += [each["id"] for each in page[key]]
                cursor = page["next_cursor"]
                if cursor is None:
                    break
            whole = [each["id"] for each in api.http.get(path, params={"limit": 1000}).json()[key]]
            assert seen == whole and len(set(seen)) == len(seen)


def test_bad_files_are_items_with_reasons_and_the_good_ones_go_on(service: RunningService) -> None:
    bomb = zipped({"zeros.txt": b"\0" * (64 << 20)})
    files = {
        "good.txt": b"Pia Lund works for Nordic Pumps.",
        "empty.txt": b"",
        "truncated.pdf": b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog",
        "wrong.pdf": b"\x00\x01\x02 not a PDF" * 10,
        "empty.zip": b"",
        "broken.zip": b"PK\x03\x04 cut off",
        "bomb.zip": bomb,
        "latin.txt": "Zoë Müller works for Nordic Pumps.".encode("latin-1"),
        "pack.zip": zipped({"in/one.txt": b"Ada Moe works for Nordic Pumps.", "in/empty.txt": b""}),
        "nested.zip": zipped(
            {"inner.zip": zipped({"a.txt": b"x"}), "../../climb.txt": b"y", "/root.txt": b"z"}
        ),
        "locked.zip": locked_zip(),
        "locked.pdf": paged([[(72, 700, "Secret.")]], password="open sesame"),
        "links.tgz": tarred(0),
        f"{'long' * 300}.txt": b"Bea Moe works for Nordic Pumps.",
    }
    with service.client() as api:
        accepted = api.upload(files)
        state = api.ended(accepted["job_id"])
        items = {item["filename"]: item for item in state["items"]}
        long = next(name for name in items if name.startswith("long"))
        assert len(long) <= 500
        assert {name for name, item in items.items() if item["status"] == "done"} == {
            "good.txt",
            "latin.txt",
            "pack.zip/in/one.txt",
            long,
        }
        assert state["status"] == "partial"
        for name, item in items.items():
            if item["status"] != "done":
                assert item["status"] == "failed" and item["error"], name
                assert "Traceback" not in item["error"]
        assert "pack.zip/in/empty.txt" in items and "bomb" in items["bomb.zip"]["error"]
        assert "by itself" in items["nested.zip/inner.zip"]["error"]
        assert "leads out" in items["nested.zip/climb.txt"]["error"]
        assert "leads out" in items["nested.zip/root.txt"]["error"]
        assert "password" in items["locked.zip/secret.txt"]["error"]
        assert "password" in items["locked.pdf"]["error"]
        assert (
            "link" in items["links.tgz/soft.txt"]["error"] and "link" in items["links.tgz/hard.txt"]["error"]
        )
        assert api.http.get("/healthz").status_code == 200


def test_the_page_of_a_pdf_is_cited_where_a_sentence_stands(service: RunningService) -> None:
    pages = [
        [(72, 700, "Quarterly report of Tarn Hydraulics.")],
        [(72, 700, "Signe Voss leads Tarn Hydraulics."), (72, 680, "It has many customers in Denmark.")],
        [(72, 700, "The last page has notes.")],
    ]
    with service.client() as api:
        assert api.ended(api.upload({"tarn.pdf": paged(pages)})["job_id"])["status"] == "done"
        told = api.ask("Who leads Tarn Hydraulics?")
        assert told["status"] == "answered" and "Signe Voss" in told["answer"]
        assert {c["page"] for c in told["citations"] if "Signe Voss" in c["quote"]} == {2}


def test_files_of_one_name_are_two_sources_and_a_big_archive_is_one_job(service: RunningService) -> None:
    with service.client() as api:
        twice = [("files", ("twin.txt", b"Ola Vik is here.")), ("files", ("twin.txt", b"Per Vik is there."))]
        response = api.http.post("/documents", files=[*twice, ("files", ("many.tgz", tarred(2000)))])
        items = response.json()["items"]
        assert response.status_code == 202 and len(items) == 2004
        assert len({item["uri"] for item in items[:2]}) == 2
        job = response.json()["job_id"]
        assert api.http.post(f"/jobs/{job}/cancel").status_code == 200
        assert api.ended(job, within=60)["counts"]["cancelled"] > 1000


def test_a_client_that_goes_away_leaves_nothing(service: RunningService) -> None:
    token = (service.home / "token").read_text().strip()
    head = (
        f"POST /documents HTTP/1.1\r\nHost: 127.0.0.1:{service.port}\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 9000000\r\n\r\n--b\r\n"
        'Content-Disposition: form-data; name="files"; filename="cut.txt"\r\n\r\n'
    )
    with socket.create_connection(("127.0.0.1", service.port)) as connection:
        connection.sendall(head.encode() + b"cut off " * 300_000)
    deadline = time.monotonic() + 30
    while list((service.home / "blobs").glob("*/draft-*")):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    with service.client() as api:
        names = [
            each["filename"]
            for each in api.http.get("/documents", params={"limit": 1000}).json()["documents"]
        ]
        assert "cut.txt" not in names and api.http.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 422, "query"),
        ({"query": ""}, 422, "query"),
        ({"query": "x", "mode": "psychic"}, 422, "mode"),
        ({"query": "x", "top_kk": 3}, 422, "top_kk"),
        ({"query": "x", "top_k": 0}, 422, "top_k"),
        ({"query": "x", "as_of": "yesterday"}, 422, "as_of"),
        ({"query": "x" * 3000}, 422, "query"),
    ],
)
def test_a_bad_question_names_the_field(
    service: RunningService, body: dict[str, Any], status: int, field: str
) -> None:
    with service.client() as api:
        told = problem(api.http.post("/query", json=body), status)
        assert field in [each["field"] for each in told["errors"]]


def test_bad_requests_are_problems_that_say_what_to_do(service: RunningService) -> None:
    with service.client() as api:
        post = api.http.post
        problem(post("/query", content=b"{not json", headers={"Content-Type": "application/json"}), 422)
        problem(post("/documents", content=b"x", headers={"Content-Type": "text/plain"}), 415)
        problem(post("/documents"), 415)
        problem(post("/documents", data={"metadata": "{}"}, files=[]), 415)
        problem(post("/documents", json={"documents": []}), 422)
        problem(post("/documents", json={"documents": [{"text": "x", "texxt": "y"}]}), 422)
        problem(
            post("/documents", content=b"junk", headers={"Content-Type": "multipart/form-data; boundary=b"}),
            422,
        )
        problem(post("/documents", files=[("files", ("a.txt", b"x"))], data={"metadata": "[1]"}), 422)
        problem(api.http.get("/documents", params={"cursor": "nonsense"}), 422)
        problem(api.http.get("/documents/zz"), 422)
        problem(api.http.get("/nowhere"), 404)
        problem(api.http.delete("/query"), 405)
        problem(api.http.get(f"/documents/{'0' * 64}"), 404)
        problem(api.http.get("/graph/entities", params={"min_position": 10**12, "q": "x"}, timeout=30), 503)
    problem(httpx.get(f"{service.url}/documents"), 401)
    problem(httpx.get(f"{service.url}/documents", headers={"Authorization": "Bearer wrong"}), 401)
    problem(httpx.get(f"{service.url}/healthz", headers={"Host": "evil.example"}), 403)
    assert httpx.get(f"{service.url}/healthz").status_code == 200


def test_the_same_idempotency_key_makes_one_job(service: RunningService) -> None:
    files = {"once.txt": b"Ivo Kral works for Nordic Pumps."}
    with service.client() as api:
        first = api.upload(files, **{"Idempotency-Key": "k1"})
        assert api.upload(files, **{"Idempotency-Key": "k1"})["job_id"] == first["job_id"]
        assert api.upload(files)["job_id"] != first["job_id"]
        other = [("files", ("once.txt", b"other bytes"))]
        problem(api.http.post("/documents", files=other, headers={"Idempotency-Key": "k1"}), 409)


def test_the_same_files_again_are_done_without_news(service: RunningService) -> None:
    """Published at different moments with nothing to fuse: each item ends all the same."""
    files = {f"again-{n}.txt": f"Ylva Berg number {n} works for Nordic Pumps.".encode() for n in range(8)}
    with service.client() as api:
        for _ in range(3):
            assert api.ended(api.upload(files)["job_id"], within=60)["status"] == "done"


def test_texts_are_replaced_and_deleted_and_the_graph_follows(service: RunningService) -> None:
    def upload(api: Api, text: str) -> str:
        body = {"documents": [{"text": text, "uri": "test:note", "metadata": {"team": "a"}}]}
        accepted = api.http.post("/documents", json=body).json()
        assert api.ended(accepted["job_id"])["status"] == "done"
        return str(accepted["items"][0]["document"])

    def known(api: Api, name: str, position: int | None = None) -> bool:
        asked = {"q": name} | ({"min_position": str(position)} if position else {})
        found = api.http.get("/graph/entities", params=asked, timeout=60).raise_for_status().json()
        return any(each["name"] == name for each in found["entities"])

    with service.client() as api:
        first = upload(api, "Brita Holmgren works for Nordic Pumps.")
        assert known(api, "Brita Holmgren")
        assert api.http.get(f"/documents/{first}").json()["sources"] == [
            {"uri": "test:note", "metadata": {"team": "a"}}
        ]
        second = upload(api, "Casper Winther works for Nordic Pumps.")
        assert api.http.get(f"/documents/{first}").status_code == 404
        assert known(api, "Casper Winther") and not known(api, "Brita Holmgren")
        replaced = api.http.put(
            f"/documents/{second}", files=[("files", ("note.txt", b"Dagny Moen works for Nordic Pumps."))]
        )
        (item,) = replaced.json()["items"]
        assert (item["uri"], item["replaced"]) == ("test:note", second)
        assert api.ended(replaced.json()["job_id"])["status"] == "done"
        assert known(api, "Dagny Moen") and not known(api, "Casper Winther")
        third = replaced.json()["items"][0]["document"]
        gone = api.http.delete(f"/documents/{third}").json()
        assert not known(api, "Dagny Moen", gone["position"])
        problem(api.http.delete(f"/documents/{third}"), 404)


def test_events_end_with_the_job_and_resume_after_the_last_one_seen(
    service: RunningService, loaded: dict[str, Any]
) -> None:
    def events(api: Api, **headers: str) -> list[tuple[int, dict[str, Any]]]:
        text = api.http.get(f"/jobs/{loaded['id']}/events", headers=headers).text
        blocks = [
            dict(line.split(": ", 1) for line in block.splitlines()) for block in text.split("\n\n") if block
        ]
        return [(int(block["id"]), json.loads(block["data"])) for block in blocks]

    with service.client() as api:
        told = events(api)
        assert [number for number, _ in told] == list(range(1, len(told) + 1))
        assert told[-1][1] == {"status": "done"}
        stages = [data["stage"] for _, data in told if data.get("stage")]
        assert {"load", "chunk", "extract", "publish", "embed"} == set(stages)
        assert events(api, **{"Last-Event-ID": "3"}) == told[3:]
        assert events(api, **{"Last-Event-ID": str(len(told))}) == []


def test_a_cancelled_job_stops_and_a_retry_finishes_it(service: RunningService) -> None:
    files = {f"many-{n}.txt": f"Person{n} Berg works for Nordic Pumps.".encode() for n in range(8)}
    with service.client() as api:
        job = api.upload(files)["job_id"]
        assert api.http.post(f"/jobs/{job}/cancel").status_code == 200
        stopped = api.ended(job)
        assert stopped["status"] in {"cancelled", "partial"}
        assert stopped["counts"]["cancelled"] > 0 and stopped["counts"]["failed"] == 0
        time.sleep(1)  # a worker that was in a stage finds out at the next one, and changes nothing
        assert api.job(job)["counts"] == stopped["counts"]
        api.http.post(f"/jobs/{job}/retry").raise_for_status()
        again = api.ended(job)
        assert again["status"] == "done" and again["counts"]["done"] == len(files)
        assert max(item["attempts"] for item in again["items"]) == 2


def test_decisions_are_made_listed_and_taken_back(service: RunningService, loaded: dict[str, Any]) -> None:
    with service.client() as api:
        found = api.http.get("/graph/entities", params={"q": "Lena Falk"}).json()["entities"]
        other = api.http.get("/graph/entities", params={"q": "Omar Haddad"}).json()["entities"]
        ruling = {"kind": "same", "a": found[0]["id"], "b": other[0]["id"]}
        made = api.http.post("/decisions", json={"ruling": ruling, "reason": "a test"})
        assert made.status_code == 201, made.text
        position = made.json()["id"]
        first = api.http.get(
            f"/graph/entities/{found[0]['id']}", params={"min_position": position}, timeout=60
        )
        second = api.http.get(f"/graph/entities/{other[0]['id']}")
        assert first.json()["id"] == second.json()["id"]
        back = api.http.post(f"/decisions/{position}/revert", json={})
        assert back.status_code == 201
        after = api.http.get(
            f"/graph/entities/{other[0]['id']}", params={"min_position": back.json()["id"]}, timeout=60
        )
        assert after.json()["name"] == "Omar Haddad"
        listed = {each["id"]: each["active"] for each in api.http.get("/decisions").json()["decisions"]}
        assert listed[position] is False and listed[back.json()["id"]] is True
        problem(api.http.post("/decisions", json={"ruling": {"kind": "same", "a": "00"}}), 422)
        problem(api.http.post("/decisions", json={"ruling": {"kind": "nonsense"}}), 422)


def test_readiness_names_what_is_missing_and_metrics_count(
    service: RunningService, loaded: dict[str, Any]
) -> None:
    with service.client() as api:
        ready = api.http.get("/readyz").json()
        assert (ready["status"], ready["workspace"]) == ("degraded", "default")
        assert [name for name, part in ready["parts"].items() if not part["ok"]] == ["engine"]
        text = api.http.get("/metrics").text
        assert 'veripath_decoded_unconfirmed{check="ledger"} 0.0' in text
        assert "veripath_http_requests_total" in text and 'route="/readyz"' in text
        assert "veripath_decoded_outside_trie 0.0" in text
        assert float(text.partition("\nveripath_candidate_pairs_total ")[2].split()[0]) > 0
        assert "Orchard" not in text


def test_logs_hold_neither_questions_nor_text_nor_tokens(
    service: RunningService, loaded: dict[str, Any]
) -> None:
    with service.client() as api:
        api.ask("Is the password swordfish?")
    token = (service.home / "token").read_text().strip()
    log = service.log()
    assert '"event": "request"' in log and '"trace_id"' in log
    assert '"event": "fused"' in log and '"candidates"' in log
    assert "swordfish" not in log and token not in log and "Lena Falk" not in log
