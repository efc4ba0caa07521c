"""Model servers of every kind over real HTTP: what each can do is used, and what it says is checked."""

import json
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from app.adapters.llm import OpenAIEngine
from app.local.processes import free_ports
from graph.errors import DecodingError, EngineUnavailable, OutsideTrie, TokenizerMismatch, UnknownTrie
from retrieval.decoding.decoder import KgTrieDecoder
from retrieval.decoding.matcher import ENDED, START, Matcher
from retrieval.decoding.trie import Trie, from_bytes
from retrieval.ports import DecodedPaths, Strategy
from tests.fakes.decoding import END, byte_tokenizer, path

PATHS = [
    path("Ada", "WORKS_FOR", "Acme", "LOCATED_IN", "Paris"),
    path("Ada", "WORKS_FOR", "Acme"),
    path("Ada", "FOUNDED", "Zeta"),
]
TOKENIZER = byte_tokenizer()
TOKENIZER_JSON = TOKENIZER._tokenizer.to_str()  # what a server would send


class Server:
    """A small OpenAI-compatible server. What it can and how it misbehaves are fields."""

    def __init__(self, *, plugin: bool = False, scores: bool = False) -> None:
        self.plugin, self.scores = plugin, scores
        self.calls: Counter[str] = Counter()
        self.tries: dict[str, Trie] = {}
        self.reply = '{"chosen": [2, 1]}'
        self.tokenizer_hash = TOKENIZER.hash.hex()
        self.forgets = False  # loses each trie as soon as it was put
        self.writes: str | None = None  # this text, whatever the grammar says
        self.truncates = False
        self.silent = False  # leaves out log-probabilities that it was asked for
        self.app = FastAPI()
        self.app.add_api_route("/v1/chat/completions", self.chat, methods=["POST"])
        self.app.add_api_route("/v1/completions", self.complete, methods=["POST"])
        self.app.add_api_route("/tokenize", self.tokenize, methods=["POST"])
        if plugin:
            self.app.add_api_route("/v1/kgtrie", self.describe, methods=["GET"])
            self.app.add_api_route("/v1/kgtrie/tokenizer", self.send_tokenizer, methods=["GET"])
            self.app.add_api_route("/v1/kgtrie/tries", self.put, methods=["PUT"])

    async def describe(self) -> dict[str, object]:
        self.calls["describe"] += 1
        return {"tokenizer": self.tokenizer_hash, "end": END, "draft_tokens": 0}

    async def send_tokenizer(self) -> Response:
        return Response(TOKENIZER_JSON)

    async def put(self, request: Request) -> JSONResponse:
        self.calls["put"] += 1
        trie = from_bytes(await request.body())
        if not self.forgets:
            self.tries[trie.id] = trie
        return JSONResponse({"id": trie.id}, status_code=201)

    async def tokenize(self, request: Request) -> dict[str, list[int]]:
        said = (await request.json())["messages"]
        return {"tokens": [5, *TOKENIZER.encode([(m["content"],) for m in said])[0], END]}

    async def chat(self, request: Request) -> dict[str, object]:
        self.calls["chat"] += 1
        return {"choices": [{"message": {"content": self.reply}}]}

    async def complete(self, request: Request) -> JSONResponse:
        body = await request.json()
        if "structured_outputs" in body:
            return self.generate(body)
        self.calls["score"] += 1
        if not self.scores:
            rows: list[dict[str, float]] = [{} for _ in body["prompt"]]
        else:
            wanted = body["logprob_token_ids"]
            kept = wanted[:1] if self.silent and wanted != [0, END] else wanted
            rows = [{f"token_id:{t}": -1.0 - t / 1000 for t in kept} for _ in body["prompt"]]
        return JSONResponse(
            {"choices": [{"index": n, "logprobs": {"top_logprobs": [row]}} for n, row in enumerate(rows)]}
        )

    def generate(self, body: dict[str, object]) -> JSONResponse:
        self.calls["generate"] += 1
        name = str(body["structured_outputs"]["grammar"]).removeprefix("kgtrie:")  # type: ignore[index]
        if name not in self.tries:
            return JSONResponse({"error": {"message": f"trie {name} is not here"}}, status_code=409)
        if self.writes is not None:
            output = [*TOKENIZER.encode([(self.writes,)])[0], END]
        else:
            matcher, state, output = Matcher(self.tries[name], END), START, []
            while state != ENDED:
                output.append(int(matcher.allowed(state)[0]))
                state = matcher.advance(state, output[-1])
        if self.truncates:
            output = output[:3]
        reason = "length" if self.truncates else "stop"
        choice = {"token_ids": output, "finish_reason": reason}
        return JSONResponse({"choices": [choice] * int(body["n"])})  # type: ignore[call-overload]


@contextmanager
def running(server: Server) -> Iterator[str]:
    (port,) = free_ports(1)
    http = uvicorn.Server(uvicorn.Config(server.app, port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=http.run)
    thread.start()
    try:
        while not http.started:
            time.sleep(0.005)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        http.should_exit = True
        thread.join()


class Client:
    """A decoder on a server; ``decoder.outside`` counts what it refused."""

    def __init__(self, url: str, tokenizer_json: str | None) -> None:
        self.engine = OpenAIEngine(url, "m", tokenizer_json=tokenizer_json)
        self.decoder = KgTrieDecoder(self.engine)

    async def decode(self, k: int = 2) -> DecodedPaths:
        return await self.decoder.decode("Where does Ada work?", PATHS, k)


@asynccontextmanager
async def ask(server: Server, *, knows_tokenizer: bool = False) -> AsyncIterator[Client]:
    with running(server) as url:
        client = Client(url, TOKENIZER_JSON if knows_tokenizer else None)
        try:
            yield client
        finally:
            await client.engine.aclose()


async def test_a_plain_server_gets_a_numbered_list() -> None:
    async with ask(Server()) as client:
        found = await client.decode()
        assert found.strategy is Strategy.LIST and not found.exact and "numbered list" in found.reason
        assert [each.path for each in found.paths] == [PATHS[1], PATHS[0]]


async def test_a_server_that_scores_is_searched_exactly_and_probed_once() -> None:
    server = Server(scores=True)
    async with ask(server, knows_tokenizer=True) as client:
        found = await client.decode()
        assert found.strategy is Strategy.SEARCH and found.exact and len(found.paths) == 2
        assert {each.path for each in found.paths} <= set(PATHS)
        probed = server.calls["score"]
        again = await client.decode()
        assert again == found and server.calls["score"] == 2 * probed - 1 and not server.calls["chat"]


async def test_a_server_with_the_plugin_alone_generates_and_gets_a_lost_trie_again() -> None:
    server = Server(plugin=True)
    async with ask(server) as client:
        found = await client.decode()
        assert found.strategy is Strategy.GRAMMAR and found.paths and server.calls["put"] == 1
        server.tries.clear()  # it was restarted
        assert await client.decode() == found and server.calls["put"] == 2
        assert server.calls["describe"] == 1
        server.tries.clear()
        server.forgets = True
        with pytest.raises(UnknownTrie):
            await client.decode()
        assert client.decoder.outside == 0


@pytest.mark.parametrize(
    "writes", ["Ada -> works for -> Mars", "Ada -> works", "", "Sure! Ada -> founded -> Zeta"]
)
async def test_a_server_that_lies_about_its_grammar_is_caught(writes: str) -> None:
    server = Server(plugin=True)
    server.writes = writes
    async with ask(server) as client:
        with pytest.raises(OutsideTrie):
            await client.decode()
        assert client.decoder.outside == 1


async def test_a_truncated_output_is_no_path() -> None:
    server = Server(plugin=True)
    server.truncates = True
    async with ask(server) as client:
        with pytest.raises(OutsideTrie, match="ended before"):
            await client.decode()
        assert client.decoder.outside == 1


async def test_scores_that_are_missing_are_an_error() -> None:
    server = Server(scores=True)
    server.silent = True
    async with ask(server, knows_tokenizer=True) as client:
        with pytest.raises(DecodingError, match="log-probability"):
            await client.decode()


@pytest.mark.parametrize(
    "reply",
    ["", "1", '{"chosen": [0]}', '{"chosen": [4]}', '{"chosen": ["Ada"]}', json.dumps({"paths": [1]})],
)
async def test_a_list_server_that_names_what_is_not_listed_is_caught(reply: str) -> None:
    server = Server()
    server.reply = reply
    async with ask(server) as client:
        with pytest.raises(OutsideTrie):
            await client.decode()
        assert client.decoder.outside == 1


async def test_another_tokenizer_is_refused() -> None:
    server = Server(plugin=True, scores=True)
    server.tokenizer_hash = "00" * 32
    async with ask(server) as client:
        with pytest.raises(TokenizerMismatch):
            await client.decode()


async def test_a_server_that_went_away_is_unavailable() -> None:
    with running(Server()) as url:
        client = Client(url, None)
    with pytest.raises(EngineUnavailable):
        await client.decode()
    await client.engine.aclose()
