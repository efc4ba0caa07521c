"""Parts that run elsewhere are asked before anything is said of them."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.local.processes import free_ports
from app.local.servers import ask_model_server
from app.local.stack import Stack
from app.settings import Settings
from graph.errors import ConfigurationError, EngineUnavailable, StoreUnavailable

MODELS = {"data": [{"id": "large"}]}


@contextmanager
def serving(pages: Mapping[str, object], status: int = 200) -> Iterator[str]:
    """A server on loopback that answers ``pages`` as JSON and nothing else."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.path in pages
            self.send_response(status if known else 404)
            self.end_headers()
            self.wfile.write(json.dumps(pages.get(self.path, {})).encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()


def stack(tmp_path: Path, **given: str) -> Stack:
    return Stack(Settings(home=tmp_path / "home", cache=tmp_path / "cache", **given))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pages", "how"),
    [({"/v1/models": MODELS}, "without"), ({"/v1/models": MODELS, "/v1/kgtrie": {"version": 2}}, "with")],
)
def test_a_model_server_is_told_with_what_it_can(tmp_path: Path, pages: dict[str, object], how: str) -> None:
    with serving(pages) as url:
        told = stack(tmp_path, llm_base_url=url).start_engine()
    assert told == f"the model server at {url} answers, {how} the KG-Trie plugin"


def test_what_is_no_model_server_is_told(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    with pytest.raises(EngineUnavailable, match=f"no model server answers at http://127.0.0.1:{port}"):
        stack(tmp_path, llm_base_url=f"http://127.0.0.1:{port}/v1").start_engine()
    with serving({}) as url, pytest.raises(EngineUnavailable, match="404 for its list of models"):
        ask_model_server(url, "")
    with (
        serving({"/v1/models": MODELS}, status=401) as url,
        pytest.raises(ConfigurationError, match="API_KEY"),
    ):
        ask_model_server(url, "wrong")


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_a_neo4j_that_does_not_answer_is_told_before_the_service_starts(tmp_path: Path, scheme: str) -> None:
    port, free = free_ports(2)
    remote = stack(tmp_path, neo4j_uri=f"{scheme}://127.0.0.1:{port}").settings
    with pytest.raises(
        StoreUnavailable, match=f"no Neo4j answers at {scheme}://127.0.0.1:{port} .*NEO4J_URI"
    ):
        Stack(remote.model_copy(update={"port": free})).start_graph()
