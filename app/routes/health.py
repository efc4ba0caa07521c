"""Liveness, readiness by part, and metrics."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Literal

from anyio import to_thread
from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from app.bootstrap import Parts
from app.deps import Reader, TheParts
from app.errors import NOT_READY
from app.schemas import Health, Part, Readiness
from graph.errors import EngineUnavailable, VeripathError
from graph.ledger.positions import position
from graph.types import WorkspaceId
from retrieval.decoding.canary import check_mask

router = APIRouter(tags=["health"])

_PROBE_SECONDS = 10.0
_CANARY_SECONDS = 60.0  # between two canaries: each costs the engine a few tokens
_NEEDED = frozenset({"ledger", "neo4j", "embedder"})


@router.get("/healthz")
async def alive() -> Health:
    """The process answers. Needs no token and tells nothing else."""
    return Health(status="ok")


@router.get("/readyz", responses={503: {"model": Readiness}})
async def ready(parts: TheParts, principal: Reader, response: Response) -> Readiness:
    """What is there and what is missing. Without the engine the service is ready, but degraded."""
    probes: dict[str, Callable[[], Awaitable[str]]] = {
        "ledger": lambda: to_thread.run_sync(_ledger, parts, principal.workspace),
        "neo4j": lambda: _graph(parts, principal.workspace),
        "embedder": lambda: to_thread.run_sync(_embedder, parts),
        "engine": lambda: _engine(parts),
    }
    found = dict(zip(probes, await asyncio.gather(*map(_probed, probes.values())), strict=True))
    missing = {name for name, part in found.items() if not part.ok}
    if missing & _NEEDED:
        response.status_code = NOT_READY
        return Readiness(status="not ready", workspace=principal.workspace, parts=found)
    status: Literal["degraded", "ready"] = "degraded" if missing else "ready"
    return Readiness(status=status, workspace=principal.workspace, parts=found)


@router.get("/metrics", response_class=Response)
def metrics(parts: TheParts, _: Reader) -> Response:
    """Prometheus text format."""
    return Response(generate_latest(parts.metrics.registry), media_type=CONTENT_TYPE_LATEST)


async def _probed(probe: Callable[[], Awaitable[str]]) -> Part:
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            return Part(ok=True, detail=await probe())
    except VeripathError as error:
        return Part(ok=False, detail=str(error))
    except TimeoutError:
        return Part(ok=False, detail=f"no answer within {_PROBE_SECONDS:.0f} s")


def _ledger(parts: Parts, workspace: WorkspaceId) -> str:
    with parts.ledger.read() as conn:
        at = position(conn, workspace)
    return f"{parts.ledger.engine.dialect.name} answers, your workspace at position {at}"


async def _graph(parts: Parts, workspace: WorkspaceId) -> str:
    return f"answers, your workspace at position {await parts.graph.position(workspace)}"


def _embedder(parts: Parts) -> str:
    parts.embedder.embed(["ready?"])
    return parts.embedder.model_id


async def _engine(parts: Parts) -> str:
    """The canary is asked at most once a minute; a failure is asked again each time."""
    if parts.engine is None:
        raise EngineUnavailable("no language-model server is set; answers stand on retrieval alone")
    if time.monotonic() - parts.canary.passed_at > _CANARY_SECONDS:
        parts.engine.forget()
        await check_mask(parts.engine)
        parts.canary.passed_at = time.monotonic()
    return f"{parts.engine.model_id} answers, and what it decodes stays inside the trie"
