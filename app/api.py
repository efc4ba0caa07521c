"""The HTTP service: ``create_app`` puts parts, middleware, errors and routes together; ``serve`` runs it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version

import structlog
import uvicorn
from fastapi import Depends, FastAPI

from app import errors
from app.auth import HostAndOrigin, ensure_admin_token
from app.bootstrap import Parts, open_parts
from app.deps import bearer_scheme, known_parameters
from app.interface import publish_interface
from app.observability import Metrics, Observed, configure_logging
from app.routes import (
    decisions,
    digest,
    docs,
    documents,
    epochs,
    facts,
    graph,
    health,
    jobs,
    links,
    merges,
    ontology,
    query,
)
from app.settings import Settings
from graph.types import WorkspaceId

log = structlog.get_logger(__name__)

_SHUTDOWN_SECONDS = 10
_ROUTERS = (
    *(query, documents, jobs, graph, facts, digest, merges, links, decisions, epochs, ontology),
    *(health, docs),
)


def create_app(
    settings: Settings, open_with: Callable[..., AbstractAsyncContextManager[Parts]] = open_parts
) -> FastAPI:
    """The service. ``open_with`` makes its parts when it starts, as ``open_parts`` does."""
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_with(settings, metrics=metrics) as parts:
            app.state.parts = parts
            workspace = WorkspaceId(settings.workspace)
            token = await asyncio.to_thread(ensure_admin_token, parts.ledger, settings.home, workspace)
            log.info("service_started", token_file=str(token))
            if not settings.embedded_worker:
                yield
                return
            worker = parts.worker(asyncio.get_running_loop())
            await asyncio.to_thread(worker.start)
            try:
                yield
            finally:
                await asyncio.to_thread(worker.stop)

    app = FastAPI(
        title="Veripath",
        version=version("veripath"),
        summary="Questions answered from a graph of your documents, each statement cited to the character.",
        lifespan=lifespan,
        dependencies=[Depends(bearer_scheme), Depends(known_parameters)],
        docs_url=None,  # FastAPI's own page loads its scripts from a foreign host
        redoc_url=None,
    )
    errors.install(app)
    app.add_middleware(HostAndOrigin, hosts=settings.allowed_hosts, origins=settings.allowed_origins)
    app.add_middleware(Observed, metrics=metrics)
    for each in _ROUTERS:
        app.include_router(each.router)
    publish_interface(app)
    return app


def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    configure_logging(settings.log_level, settings.log_format)
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,  # uvicorn logs through ours
        access_log=False,  # Observed logs each request, without its path's ids
        server_header=False,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )
