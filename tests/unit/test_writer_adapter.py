"""The writing model over HTTP, against servers that stream well and badly; a transport is replaced."""

import json
from collections.abc import Callable

import httpx
import pytest

from app.adapters.writer import OpenAIWriter
from graph.errors import ConfigurationError, DecodingError, EngineUnavailable
from retrieval.ports import ChatMessage, ReplyPiece

ASKED = [ChatMessage("system", "rules"), ChatMessage("user", "question")]
Handler = Callable[[httpx.Request], httpx.Response]


def writer(handler: Handler) -> OpenAIWriter:
    transport = httpx.MockTransport(handler)
    return OpenAIWriter("http://llm.test/v1", "m", api_key="secret", transport=transport)


def events(*data: object) -> str:
    return "".join(f"data: {each if isinstance(each, str) else json.dumps(each)}\n\n" for each in data)


def delta(text: str | None, finish: str | None = None) -> dict[str, object]:
    return {"choices": [{"delta": {"content": text}, "finish_reason": finish}]}


async def written(response: httpx.Response) -> list[ReplyPiece]:
    return [piece async for piece in writer(lambda _: response).write(ASKED, max_tokens=9)]


async def test_a_reply_is_streamed_with_its_usage() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        usage = {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}}
        text = ": ping\n\n" + events(delta("Ada "), delta("Long"), delta(None, "stop"), usage, "[DONE]")
        return httpx.Response(200, text=text)

    pieces = [piece async for piece in writer(answer).write(ASKED, max_tokens=9)]
    assert pieces == [ReplyPiece("Ada "), ReplyPiece("Long"), ReplyPiece("", 7, 2)]
    body = json.loads(seen[0].content)
    assert body["stream"] and body["temperature"] == 0 and body["max_tokens"] == 9
    assert body["messages"][0] == {"role": "system", "content": "rules"}
    assert seen[0].headers["authorization"] == "Bearer secret"


async def test_a_reply_that_was_cut_says_so() -> None:
    pieces = await written(httpx.Response(200, text=events(delta("Ada"), delta("", "length"), "[DONE]")))
    assert pieces[-1].cut


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (httpx.Response(200, text=events(delta("Ada"))), EngineUnavailable),  # broke off
        (httpx.Response(200, text=events({"error": {"message": "out of memory"}})), EngineUnavailable),
        (httpx.Response(200, text=events("{not json")), EngineUnavailable),
        (httpx.Response(200, text=events([1])), EngineUnavailable),
        (httpx.Response(200, text="<html>"), EngineUnavailable),
        (httpx.Response(503, text="busy"), EngineUnavailable),
        (httpx.Response(401, json={"error": {"message": "key"}}), ConfigurationError),
        (httpx.Response(404, json={"error": {"message": "no such model"}}), ConfigurationError),
        (httpx.Response(400, json={"error": {"message": "too long"}}), DecodingError),
    ],
)
async def test_every_failure_is_one_of_ours(response: httpx.Response, error: type[Exception]) -> None:
    with pytest.raises(error):
        await written(response)


async def test_a_server_that_is_away_is_unavailable() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(EngineUnavailable):
        [piece async for piece in writer(refuse).write(ASKED, max_tokens=9)]
    with pytest.raises(EngineUnavailable):
        await writer(refuse).context_tokens()


@pytest.mark.parametrize(
    ("models", "context"),
    [
        ({"data": [{"id": "m", "max_model_len": 2048}]}, 2048),
        ({"data": [{"id": "m"}]}, None),
        ({"data": [{"id": "other", "max_model_len": 2048}]}, None),
        ({}, None),
        ([], None),
    ],
)
async def test_the_context_is_what_the_server_tells(models: object, context: int | None) -> None:
    assert await writer(lambda _: httpx.Response(200, json=models)).context_tokens() == context
