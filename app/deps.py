"""What handlers are given: the service's parts, the principal, and a graph that is new enough."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Annotated

from anyio import to_thread
from fastapi import Depends, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPBearer

from app import auth
from app.bootstrap import Parts
from graph.errors import StoreUnavailable
from graph.ledger.positions import fused_position
from graph.ledger.tokens import Principal, Role
from graph.types import Position, WorkspaceId

_POLL_SECONDS = 0.05

bearer_scheme = HTTPBearer(auto_error=False, description="The token in the home folder, or one made from it.")


async def known_parameters(request: Request) -> None:
    """Refuse query parameters that the interface does not publish for this operation: one that is passed over
    in silence looks like a filter that worked. What it leaves unpublished (the page at /docs) takes any."""
    if not request.query_params:
        return
    operation = request.app.openapi()["paths"].get(request.scope["route"].path_format, {})
    if (published := operation.get(request.method.lower())) is None:
        return
    known = [each["name"] for each in published.get("parameters", ()) if each["in"] == "query"]
    there_are = f"there are {', '.join(known)}" if known else "it takes none"
    unknown = [
        {"type": "unknown", "loc": ("query", name), "msg": f"there is no such parameter; {there_are}"}
        for name in sorted(request.query_params.keys() - set(known))
    ]
    if unknown:
        raise RequestValidationError(unknown)


def parts_of(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


def reader(request: Request, parts: Annotated[Parts, Depends(parts_of)]) -> Principal:
    return auth.authenticate(parts.ledger, request.headers.get("authorization", ""))


def writer(principal: Annotated[Principal, Depends(reader)]) -> Principal:
    auth.require(principal, Role.WRITER)
    return principal


def admin(principal: Annotated[Principal, Depends(reader)]) -> Principal:
    auth.require(principal, Role.ADMIN)
    return principal


TheParts = Annotated[Parts, Depends(parts_of)]
Reader = Annotated[Principal, Depends(reader)]
Writer = Annotated[Principal, Depends(writer)]
Admin = Annotated[Principal, Depends(admin)]
Limit = Annotated[int, Query(ge=1, le=1000, description="Most rows of one page.")]
Cursor = Annotated[str | None, Query(max_length=500, description="next_cursor of the page before.")]
MinPosition = Annotated[
    int | None, Query(ge=0, description="Wait until the graph has reached this position.")
]


async def reached(parts: Parts, workspace: WorkspaceId, wanted: int | None) -> Position:
    """Neo4j's position, once it is at least ``wanted``; StoreUnavailable when that takes too long."""

    async def position() -> Position:
        return await parts.graph.position(workspace)

    return await _awaited(parts, position, wanted or 0)


async def fused(parts: Parts, workspace: WorkspaceId, wanted: int | None) -> None:
    """Wait until the ledger's graph has ``wanted``; StoreUnavailable when that takes too long."""

    def read() -> Position:
        with parts.ledger.read() as conn:
            return fused_position(conn, workspace)

    if wanted is not None:
        await _awaited(parts, lambda: to_thread.run_sync(read), wanted)


async def _awaited(parts: Parts, position: Callable[[], Awaitable[Position]], wanted: int) -> Position:
    deadline = time.monotonic() + parts.settings.read_your_writes_seconds
    while (at := await position()) < wanted:
        if time.monotonic() >= deadline:
            raise StoreUnavailable(
                f"the graph stands at position {at} and has not reached {wanted} yet; try again later"
            )
        await asyncio.sleep(_POLL_SECONDS)
    return at
