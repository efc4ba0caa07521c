"""Server-sent events and NDJSON, with a heartbeat while there is nothing to say."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event

HEARTBEAT_SECONDS = 15.0
_SSE, _NDJSON = "text/event-stream", "application/x-ndjson"

STREAMED: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            _SSE: {"schema": {"type": "string"}},
            _NDJSON: {"schema": {"type": "string", "description": "One {event, data} a line."}},
        }
    }
}  # the other forms of a response, for the published interface


@dataclass(frozen=True, slots=True)
class Event:
    """``id`` is what ``Last-Event-ID`` names; ``None`` where a stream cannot be resumed."""

    kind: str
    data: Mapping[str, Any]
    id: str | None = None


def sse(events: AsyncIterator[Event]) -> StreamingResponse:
    return _streamed(events, _SSE, _as_sse, b": still here\n\n")


def negotiated(request: Request, events: AsyncIterator[Event]) -> StreamingResponse:
    """NDJSON where ``Accept`` names it, else server-sent events."""
    if _NDJSON in request.headers.get("accept", ""):
        return _streamed(events, _NDJSON, _as_line, b"\n")
    return sse(events)


def _streamed(events: AsyncIterator[Event], media_type: str, render: Any, idle: bytes) -> StreamingResponse:
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_beating(events, render, idle), media_type=media_type, headers=headers)


async def _beating(events: AsyncIterator[Event], render: Any, idle: bytes) -> AsyncIterator[bytes]:
    upcoming = asyncio.ensure_future(anext(events, None))
    try:
        while True:
            done, _ = await asyncio.wait({upcoming}, timeout=HEARTBEAT_SECONDS)
            if not done:
                yield idle
                continue
            event = upcoming.result()
            if event is None:
                return
            yield render(event)
            upcoming = asyncio.ensure_future(anext(events, None))
    finally:
        upcoming.cancel()


def _as_sse(event: Event) -> bytes:
    return format_sse_event(data_str=_json(event.data), event=event.kind, id=event.id)


def _as_line(event: Event) -> bytes:
    return _json({"event": event.kind, "data": event.data}).encode() + b"\n"


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
