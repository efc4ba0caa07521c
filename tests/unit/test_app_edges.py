"""The service's edges: problem bodies, hosts and origins, trace ids, uploads, blobs, leases, shown text."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app import errors
from app.adapters.blobs import Blobs
from app.auth import HostAndOrigin
from app.display import page_of
from app.leases import FileLeases
from app.observability import Metrics, Observed
from app.schemas import QueryIn
from app.uploads import Form, Limits, read_form, safe_name
from graph import errors as tree
from graph.errors import (
    IntegrityError,
    InvalidInput,
    LimitExceeded,
    NotFound,
    StoreUnavailable,
    VeripathError,
)
from graph.types import ContentId, Span, WorkspaceId

WS = WorkspaceId("w")


def app_that_raises(error: Exception) -> FastAPI:
    app = FastAPI()
    errors.install(app)
    app.add_middleware(HostAndOrigin, hosts=["known.example"], origins=["https://app.example"])
    app.add_middleware(Observed, metrics=Metrics())

    @app.get("/raise")
    def fail() -> None:
        raise error

    @app.post("/query")
    def query(asked: QueryIn) -> str | None:
        return asked.as_of

    @app.get("/number/{n}")
    def number(n: int) -> int:
        return n

    return app


def client_of(error: Exception | None = None) -> TestClient:
    app = app_that_raises(error or RuntimeError("secret detail"))
    return TestClient(app, base_url="http://localhost:8000", raise_server_exceptions=False)


def kinds_of_error() -> list[type[VeripathError]]:
    return [
        each for each in vars(tree).values() if isinstance(each, type) and issubclass(each, VeripathError)
    ]


@pytest.mark.parametrize("kind", kinds_of_error(), ids=lambda kind: kind.__name__)
def test_every_error_of_the_tree_is_a_problem_with_a_trace_id(kind: type[VeripathError]) -> None:
    response = client_of(kind("what to do")).get("/raise")
    body = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert body["status"] == response.status_code >= 400
    assert body["type"] == f"urn:veripath:problem:{errors.slug(kind('x'))}"
    assert body["trace_id"] == response.headers["x-trace-id"]
    assert body["instance"] == "/raise"
    assert ("what to do" in body["detail"]) == (response.status_code != 500)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (tree.NotAuthenticated, 401),
        (tree.NotPermitted, 403),
        (tree.NotFound, 404),
        (tree.AlreadyExists, 409),
        (tree.LimitExceeded, 413),
        (tree.UnsupportedFormat, 415),
        (tree.UnreadableDocument, 422),
        (tree.StoreUnavailable, 503),
        (tree.OutsideTrie, 502),
        (tree.IntegrityError, 500),
    ],
)
def test_the_nearest_class_decides_the_status(kind: type[VeripathError], status: int) -> None:
    assert errors.status_of(kind("x")) == status


def test_what_nobody_foresaw_is_a_problem_without_its_details() -> None:
    response = client_of(RuntimeError("secret detail")).get("/raise")
    assert response.status_code == 500
    assert "secret detail" not in response.text and "Traceback" not in response.text
    assert response.json()["trace_id"] == response.headers["x-trace-id"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("PUT", "/raise", 405), ("GET", "/number/x", 422)],
)
def test_what_the_framework_refuses_is_a_problem_too(method: str, path: str, status: int) -> None:
    response = client_of().request(method, path)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["trace_id"]
    if status == 422:
        assert response.json()["errors"][0]["field"] == "n"


@pytest.mark.parametrize(
    ("body", "content_type", "told"),
    [
        (b'{"query": "Who?"}', "application/x-www-form-urlencoded", "Content-Type: application/json"),
        (b'{"query": "Who?"}', "text/plain", "Content-Type: application/json"),
        (b'{"query": "Who?"}', "", "Content-Type: application/json"),
        (b"{bad", "application/json", "the body is not JSON: "),
        (b"", "application/json", "body"),
        (b"[]", "application/json", "body"),
    ],
)
def test_a_body_that_cannot_be_read_is_told_with_what_to_send(
    body: bytes, content_type: str, told: str
) -> None:
    headers = {"content-type": content_type} if content_type else {}
    response = client_of().post("/query", content=body, headers=headers)
    assert response.status_code == 422
    (error,) = response.json()["errors"]
    assert error["field"] == "body"
    assert told in response.json()["detail"]


@pytest.mark.parametrize(
    "as_of", ["2020-02-30", "0000", "2019-00", "2019-13", "2019-5", "19", "", "yesterday", "2019-05-31\n"]
)
def test_a_time_that_does_not_exist_is_refused_in_a_sentence(as_of: str) -> None:
    response = client_of().post("/query", json={"query": "Who?", "as_of": as_of})
    assert response.status_code == 422
    (error,) = response.json()["errors"]
    assert error["field"] == "as_of" and error["message"].endswith("such as 2019, 2019-05 or 2019-05-31")


@pytest.mark.parametrize("as_of", ["2019", "2019-05", "2020-02-29"])
def test_a_year_a_month_and_a_day_are_times(as_of: str) -> None:
    assert client_of().post("/query", json={"query": "Who?", "as_of": as_of}).json() == as_of


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("localhost:8000", None, 200),
        ("127.0.0.1", None, 200),
        ("[::1]:8000", None, 200),
        ("known.example", None, 200),
        ("LOCALHOST", None, 200),
        ("evil.example", None, 403),  # a rebound name
        ("localhost.evil.example", None, 403),
        ("", None, 403),
        ("localhost:8000", "http://localhost:8000", 200),
        ("localhost:8000", "https://app.example", 200),
        ("localhost:8000", "https://app.example.evil.example", 403),
        ("localhost:8000", "http://evil.example", 403),
        ("localhost:8000", "null", 403),
        ("localhost:8000", "http://localhost:9000", 403),
    ],
)
def test_host_and_origin_are_checked(host: str, origin: str | None, status: int) -> None:
    headers = {"host": host} | ({"origin": origin} if origin else {})
    response = client_of().get("/number/1", headers=headers)
    assert response.status_code == status
    assert response.headers["x-trace-id"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", True),
        ("00-00000000000000000000000000000000-00f067aa0ba902b7-01", False),
        ("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", False),
        ("00-4bf9-00f067aa0ba902b7-01\r\nx: y", False),
        ("garbage", False),
    ],
)
def test_a_valid_traceparent_is_taken_over(sent: str, kept: bool) -> None:
    response = client_of().get("/number/1", headers={"traceparent": sent.encode().decode("latin-1")[:80]})
    trace_id = response.headers["x-trace-id"]
    assert (trace_id == "4bf92f3577b34da6a3ce929d0e0e4736") == kept
    assert response.headers["traceparent"].split("-")[1] == trace_id


# ---------------------------------------------------------------- uploads


def multipart(*parts: tuple[str, str | None, bytes]) -> bytes:
    body = b""
    for name, filename, data in parts:
        disposition = f'form-data; name="{name}"' + (
            f'; filename="{filename}"' if filename is not None else ""
        )
        body += f"--b\r\nContent-Disposition: {disposition}\r\n\r\n".encode() + data + b"\r\n"
    return body + b"--b--\r\n"


async def parsed(body: bytes, blobs: Blobs, *, piece: int = 7, **limits: int) -> Form:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), piece):
            yield body[start : start + piece]

    given = {"file_bytes": 1000, "request_bytes": 10_000, "files": 10} | limits
    return await read_form(pieces(), "multipart/form-data; boundary=b", blobs, WS, Limits(**given))


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_files_and_fields_come_through_in_any_pieces(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    data = b"\r\n--not the boundary\r\n" + bytes(range(256))
    body = multipart(("files", "a.bin", data), ("metadata", None, b'{"k":"v"}'), ("files", "e.txt", b""))
    for piece in (1, 7, 64, 10_000):
        form = await parsed(body, blobs, piece=piece)
        assert form.fields == {"metadata": '{"k":"v"}'}
        first, empty = form.files
        assert first.draft is not None and first.draft.path.read_bytes() == data
        assert first.draft.content == sha256(data).digest()
        assert "is empty" in (empty.error or "") and empty.draft is None
        form.discard()
    assert files_below(tmp_path) == []


async def test_a_file_that_is_too_large_is_its_own_fault_alone(tmp_path: Path) -> None:
    body = multipart(("files", "big", b"x" * 1001), ("files", "small", b"y" * 1000))
    form = await parsed(body, Blobs(tmp_path))
    assert form.files[0].draft is None and "1000 bytes" in (form.files[0].error or "")
    assert form.files[1].draft is not None and form.files[1].draft.size == 1000


@pytest.mark.parametrize(
    ("body", "limits", "error"),
    [
        (multipart(("files", "a", b"x"))[:-4], {}, InvalidInput),  # broken off
        (b"no multipart at all", {}, InvalidInput),
        (multipart(("files", "a", b"x" * 500)), {"request_bytes": 300}, LimitExceeded),
        (multipart(*[("files", "a", b"x")] * 3), {"files": 2}, LimitExceeded),
        (b'--b\r\nContent-Disposition: attachment; filename="a"\r\n\r\nx\r\n--b--\r\n', {}, InvalidInput),
    ],
)
async def test_what_is_wrong_with_the_request_is_raised_and_leaves_nothing(
    tmp_path: Path, body: bytes, limits: dict[str, int], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await parsed(body, Blobs(tmp_path), **limits)
    assert files_below(tmp_path) == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a/b.pdf", "a/b.pdf"),
        ("../../etc/passwd", "etc/passwd"),
        ("C:\\docs\\x.docx", "docs/x.docx"),
        ("/abs", "abs"),
        ("a\x00b\n.txt", "ab.txt"),
        ("..", "unnamed"),
        ("", "unnamed"),
        ("\ud800.txt", ".txt"),
        ("x" * 2000 + ".pdf", "x" * 496 + ".pdf"),
    ],
)
def test_a_file_name_is_a_harmless_relative_path(given: str, kept: str) -> None:
    assert safe_name(given) == kept


# ---------------------------------------------------------------- blobs


def kept(blobs: Blobs, data: bytes) -> ContentId:
    draft = blobs.draft(WS, limit=1 << 20)
    draft.write(data)
    return blobs.keep(WS, [draft])[0]


def test_bytes_are_kept_once_under_their_hash_and_only_for_their_workspace(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    content = kept(blobs, b"evidence")
    assert kept(blobs, b"evidence") == content == sha256(b"evidence").digest()
    assert blobs.read(WS, content) == b"evidence"
    assert len(files_below(tmp_path)) == 1
    with pytest.raises(NotFound):
        blobs.read(WorkspaceId("other"), content)


def test_bytes_that_changed_on_disk_are_refused(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    content = kept(blobs, b"evidence")
    (path,) = files_below(tmp_path)
    path.write_bytes(b"evidencf")
    with pytest.raises(IntegrityError):
        blobs.read(WS, content)


def test_a_workspace_name_is_no_path(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    draft = blobs.draft(WorkspaceId("../../out"), limit=10)
    draft.write(b"x")
    blobs.keep(WorkspaceId("../../out"), [draft])
    assert all(path.is_relative_to(tmp_path / "blobs") for path in files_below(tmp_path))


def test_a_full_disk_is_a_passing_reason(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "file" / "below")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailable):
        blobs.draft(WS, limit=10)


def test_old_drafts_are_swept_and_young_ones_are_left(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    old, young = blobs.draft(WS, limit=10), blobs.draft(WS, limit=10)
    os.utime(old.path, (1, 1))
    assert blobs.sweep_drafts(older_than=1000.0) == 1
    assert not old.path.exists() and young.path.exists()
    old.discard()
    young.discard()


# ---------------------------------------------------------------- leases and shown text


def test_a_killed_holder_is_dead_at_once_and_a_living_one_is_not(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from app.leases import FileLeases;"
        "leases = FileLeases(Path(sys.argv[1])); leases.hold('other');"
        "print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None and holder.stdout.readline().strip() == "held"
        leases = FileLeases(tmp_path)
        leases.hold("mine")
        assert not leases.is_dead("other")
        assert not leases.is_dead("mine")
        holder.kill()
        holder.wait()
        assert leases.is_dead("other")
        leases.close()


def test_shown_text_is_escaped_and_sandboxed() -> None:
    text = "<script>alert(1)</script> & more"
    response = page_of("<b>t</b>", text, Span(3, 9))
    page = bytes(response.body).decode()
    assert "<script>" not in page and "<b>" not in page
    assert '<mark id="highlight">ript&gt;a</mark>' in page
    policy = response.headers["content-security-policy"]
    assert "sandbox" in policy and "default-src 'none'" in policy and "allow" not in policy
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("span", [Span(0, 0), Span(5, 10**9), Span(10**9, 10**9)])
def test_a_highlight_beyond_the_text_is_cut(span: Span) -> None:
    assert bytes(page_of("t", "short text", span).body).decode().count("<mark") == 1
