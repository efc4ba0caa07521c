"""A chat model that writes answers, over any OpenAI-compatible server: retrieval's ``AnswerModel``."""

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

import httpx

from app.adapters.openai_http import away, checked, folder, headers, message, raise_for
from graph.errors import EngineUnavailable, VeripathError
from retrieval.ports import ChatMessage, ReplyPiece

_CONNECT_SECONDS = 5.0
_DATA = "data:"


class OpenAIWriter:
    """``POST {base_url}/chat/completions``, streamed, so that whoever goes away stops the model."""

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        api_key: str = "",
        timeout_s: float = 120.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """``timeout_s``: the longest silence, not the longest reply."""
        self.model_id = model
        self._client = httpx.AsyncClient(
            base_url=folder(base_url),
            headers=headers(api_key),
            timeout=httpx.Timeout(timeout_s, connect=_CONNECT_SECONDS),
            transport=transport,
            limits=httpx.Limits(max_connections=32),
        )
        self._context: int | None = None
        self._listed = False

    async def context_tokens(self) -> int | None:
        """As vLLM and its like tell it with their models (``max_model_len``); OpenAI itself does not."""
        if not self._listed:
            try:
                listed = checked(await self._client.get("models"))["data"]
                told = next(each.get("max_model_len") for each in listed if each["id"] == self.model_id)
            except httpx.TransportError as error:
                raise away(error) from error
            except (VeripathError, KeyError, TypeError, AttributeError, StopIteration):
                return None  # a server need not list its models
            self._context = told if isinstance(told, int) else None
            self._listed = True  # one that lists the model without a limit is not asked before each answer
        return self._context

    async def write(
        self, messages: Sequence[ChatMessage], *, max_tokens: int
    ) -> AsyncGenerator[ReplyPiece, None]:
        body = {
            "model": self.model_id,
            "messages": [message(each) for each in messages],
            "max_tokens": max_tokens,
            "temperature": 0.0,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        usage: Mapping[str, Any] = {}
        reason: str | None = None  # why the model ended; None while it has not
        try:
            async with self._client.stream("POST", "chat/completions", json=body) as response:
                if not response.is_success:
                    await response.aread()
                    raise_for(response)
                async for line in response.aiter_lines():
                    if not line.startswith(_DATA):
                        continue
                    data = line.removeprefix(_DATA).strip()
                    if data == "[DONE]":
                        reason = reason or "stop"
                        break
                    text, told, why = _piece(data)
                    usage, reason = told or usage, reason or why
                    if text:
                        yield ReplyPiece(text)
        except httpx.TransportError as error:
            raise away(error) from error
        if reason is None:
            raise EngineUnavailable("the language-model server broke off in the middle of its reply")
        prompt, completion = (int(usage.get(f"{name}_tokens") or 0) for name in ("prompt", "completion"))
        yield ReplyPiece("", prompt, completion, cut=reason == "length")

    async def aclose(self) -> None:
        await self._client.aclose()


def _piece(data: str) -> tuple[str, Mapping[str, Any] | None, str | None]:
    """Text, usage where the event has it, and, where the model says that it has finished, why."""
    try:
        event = json.loads(data)
        if "error" in event:
            said = event["error"]
            told = said.get("message", said) if isinstance(said, dict) else said
            raise EngineUnavailable(f"the language-model server failed: {str(told)[:400]}")
        choice = (event.get("choices") or [{}])[0]
        text = (choice.get("delta") or {}).get("content") or ""
        return str(text), event.get("usage"), choice.get("finish_reason")
    except (ValueError, AttributeError, TypeError, KeyError, IndexError):
        raise EngineUnavailable("the language-model server's answer is not in OpenAI's format") from None
