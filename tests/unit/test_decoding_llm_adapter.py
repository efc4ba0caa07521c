"""The HTTP adapter against servers that misbehave; a transport is replaced, nothing is patched."""

import json
from collections.abc import Callable

import httpx
import pytest

from app.adapters.llm import OpenAIChat, OpenAIEngine, _packed
from graph.errors import ConfigurationError, DecodingError, EngineUnavailable
from ingest.ports import Message
from retrieval.decoding.decoder import KgTrieDecoder
from retrieval.decoding.search import Query
from retrieval.decoding.trie import build
from retrieval.ports import Strategy
from tests.fakes.decoding import byte_tokenizer, byte_tokenizer_json, path

Handler = Callable[[httpx.Request], httpx.Response]
MESSAGES = [Message("user", "hello")]


def chat(handler: Handler) -> OpenAIChat:
    return OpenAIChat("http://llm.test/v1", "m", api_key="secret", transport=httpx.MockTransport(handler))


def engine(handler: Handler) -> OpenAIEngine:
    return OpenAIEngine("http://llm.test/v1", "m", transport=httpx.MockTransport(handler))


def test_chat_sends_the_schema_and_the_key() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"choices": [{"message": {"content": '{"a": 1}'}}]})

    schema = {"type": "object"}
    assert chat(answer).complete(MESSAGES, schema=schema, max_tokens=9) == '{"a": 1}'
    body = json.loads(seen[0].content)
    assert str(seen[0].url) == "http://llm.test/v1/chat/completions"
    assert seen[0].headers["authorization"] == "Bearer secret"
    assert body["response_format"]["json_schema"]["schema"] == schema and body["max_tokens"] == 9


def test_a_server_is_reached_before_it_is_asked() -> None:
    def refused(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused")

    for status in (200, 404, 405, 501):  # one that lists no models is there all the same
        chat(lambda request, s=status: httpx.Response(s * (request.url.path == "/v1/models"))).reach()
    with pytest.raises(EngineUnavailable, match=r"llm\.test.*veripath up"):
        chat(refused).reach()
    with pytest.raises(EngineUnavailable):
        chat(lambda _: httpx.Response(503, text="loading")).reach()
    with pytest.raises(ConfigurationError, match="key"):
        chat(lambda _: httpx.Response(401, text="no")).reach()


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (httpx.Response(500, text="boom"), EngineUnavailable),
        (httpx.Response(429, json={"error": {"message": "slow down"}}), EngineUnavailable),
        (httpx.Response(401, json={"error": "no"}), ConfigurationError),
        (httpx.Response(404, json=[]), ConfigurationError),
        (httpx.Response(400, json={"error": {"message": "bad"}}), DecodingError),
        (httpx.Response(200, text="<html>"), EngineUnavailable),
        (httpx.Response(200, json={"choices": []}), EngineUnavailable),
    ],
)
def test_every_failure_is_one_of_ours(response: httpx.Response, error: type[Exception]) -> None:
    with pytest.raises(error):
        chat(lambda request: response).complete(MESSAGES, schema={}, max_tokens=9)


def test_a_server_that_is_away_is_unavailable() -> None:
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(EngineUnavailable, match="refused"):
        chat(away).complete(MESSAGES, schema={}, max_tokens=9)


async def test_a_plain_server_gets_the_numbered_list() -> None:
    def plain(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/v1/chat/completions":
            return httpx.Response(404, json={"detail": "Not Found"})
        return httpx.Response(200, json={"choices": [{"message": {"content": '{"chosen": [2]}'}}]})

    paths = [path("A", "KNOWS", "B"), path("A", "KNOWS", "C")]
    found = await KgTrieDecoder(engine(plain)).decode("who?", paths, 1)
    assert found.strategy is Strategy.LIST and [each.path for each in found.paths] == [paths[1]]


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(200, text="<html>"), httpx.Response(200, json={"error": "no such route"}),
     httpx.Response(200, json=[]), httpx.Response(301), httpx.Response(400), httpx.Response(403),
     httpx.Response(501)],
)  # fmt: skip
async def test_whatever_a_server_says_to_a_route_that_it_does_not_know(answer: httpx.Response) -> None:
    assert not (await engine(lambda _: answer).abilities()).plugin


@pytest.mark.parametrize(
    ("status", "error"), [(401, ConfigurationError), (503, EngineUnavailable), (429, EngineUnavailable)]
)
async def test_a_server_that_is_away_is_not_taken_for_another(status: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        await engine(lambda _: httpx.Response(status)).abilities()


@pytest.mark.parametrize("status", [400, 404, 500])
async def test_with_a_tokenizer_it_scores_or_else_gets_the_list(status: int) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/tokenize":
            return httpx.Response(200, json={"tokens": [1]})
        return httpx.Response(status if request.url.path == "/v1/completions" else 404)

    made = OpenAIEngine(
        "http://llm.test/v1", "m", tokenizer_json=byte_tokenizer_json(), transport=httpx.MockTransport(answer)
    )
    found = await made.abilities()
    assert found.tokenizer is not None and found.end == 1 and not found.scoring


async def test_who_waits_for_an_output_knows_its_end_when_others_probe_again() -> None:
    """A readiness check forgets what was found; what runs meanwhile is no output outside the trie."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/kgtrie":
            told = {"version": 3, "tokenizer": byte_tokenizer().hash.hex(), "end": 1, "draft_tokens": 8}
            return httpx.Response(200, json=told | {"searches": False})
        if request.url.path == "/v1/kgtrie/tokenizer":
            return httpx.Response(200, text=byte_tokenizer_json())
        made.forget()
        return httpx.Response(200, json={"choices": [{"token_ids": [5, 1], "finish_reason": "stop"}]})

    made = engine(answer)
    trie, _ = build([(5,)], tokenizer=bytes(32), verbaliser=1)
    assert await made.generate((3,), trie, max_tokens=2, samples=1, temperature=0.0) == [(5,)]


async def test_missing_scores_are_an_error_not_a_guess() -> None:
    rows = {"choices": [{"index": 0, "logprobs": {"top_logprobs": [{"token_id:7": -1.0}]}}]}
    with pytest.raises(DecodingError, match="log-probability"):
        await engine(lambda request: httpx.Response(200, json=rows)).score((1,), [Query((), (7, 8))])


async def test_scores_are_matched_by_index_and_token() -> None:
    def scores(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        choices = [
            {
                "index": at,
                "logprobs": {
                    "top_logprobs": [
                        {f"token_id:{t}": -(len(p) + t / 1000) for t in body["logprob_token_ids"]}
                    ]
                },
            }
            for at, p in enumerate(body["prompt"])
        ]
        return httpx.Response(200, json={"choices": choices[::-1]})

    wide = tuple(range(300))
    rows = await engine(scores).score((9, 9), [Query((1,), (5, 4)), Query((), wide), Query((1, 2), (4,))])
    assert rows == [[-3.005, -3.004], [-(2 + t / 1000) for t in wide], [-4.004]]


def test_packing_keeps_to_the_limits_and_loses_nothing() -> None:
    queries = [Query((at,), tuple(range(at, at + 3 + 97 * (at % 3)))) for at in range(150)]
    asked: dict[int, set[int]] = {}
    for indexes, wanted in _packed(queries):
        assert 0 < len(indexes) <= 64 and 0 < len(wanted) <= 128
        for index in indexes:
            asked.setdefault(index, set()).update(wanted)
    assert all(set(query.wanted) <= asked[at] for at, query in enumerate(queries))
