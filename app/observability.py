"""Logs, trace ids and metrics. Neither document text nor questions nor tokens are ever logged.

A request's trace id is W3C Trace Context's: taken from ``traceparent`` where a valid one came in, else made.
It is in every log line of the request, in the ``X-Trace-Id`` and ``traceparent`` response headers, and in the
body of answers and problems.
"""

import logging
import re
import secrets
import sys
import time
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TRACE_HEADER = "X-Trace-Id"
_TRACEPARENT = re.compile(r"^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$")
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)

log = structlog.get_logger(__name__)


class Metrics:
    """Prometheus metrics, in a registry of their own, so that one process can hold two services."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        r = self.registry
        self.requests = Counter(
            "veripath_http_requests", "HTTP requests", ["method", "route", "status"], registry=r
        )
        self.latency = Histogram(
            "veripath_http_request_seconds",
            "Time to the last byte",
            ["method", "route"],
            registry=r,
            buckets=_SECONDS,
        )
        self.items = Counter("veripath_items", "Documents whose ingestion ended", ["status"], registry=r)
        self.stages = Histogram(
            "veripath_stage_seconds", "Time in a stage", ["stage"], registry=r, buckets=_SECONDS
        )
        self.candidates = Counter(
            "veripath_candidate_pairs",
            "Pairs of referents that were compared, as blocking found them",
            registry=r,
        )
        self.queries = Counter("veripath_queries", "Questions answered", ["mode", "status"], registry=r)
        self.outside_trie = Gauge(
            "veripath_decoded_outside_trie",
            "Decoded outputs refused since the start as no path of their trie",
            registry=r,
        )
        self.unconfirmed = Gauge(
            "veripath_decoded_unconfirmed",
            "Decoded paths refused since the start because the graph store or the ledger did not hold them",
            ["check"],
            registry=r,
        )
        self.unfused = Gauge(
            "veripath_unfused_positions", "Positions not yet in the graph, all workspaces", registry=r
        )


def configure_logging(level: str, form: str) -> None:
    """Structured logs on stderr for our own loggers and the standard library's alike."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),  # what the standard library's loggers are given beside the event
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpcore", "neo4j.notifications", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def trace_id_of(scope: Scope) -> str:
    """The trace id that ``Observed`` gave the request."""
    state: dict[str, Any] = scope.setdefault("state", {})
    return str(state.setdefault("trace_id", secrets.token_hex(16)))


class Observed:
    """ASGI middleware: trace id in and out, one log line and two metrics a request."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace_id = _incoming(Headers(scope=scope).get("traceparent", "")) or secrets.token_hex(16)
        scope.setdefault("state", {})["trace_id"] = trace_id
        begun = time.perf_counter()
        status = 500

        async def traced(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[TRACE_HEADER] = trace_id
                headers["traceparent"] = f"00-{trace_id}-{secrets.token_hex(8)}-01"
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "no-referrer")
            await send(message)

        with structlog.contextvars.bound_contextvars(trace_id=trace_id):
            try:
                await self._app(scope, receive, traced)
            finally:
                self._record(scope, status, time.perf_counter() - begun)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "none")  # the template: paths hold ids
        method = str(scope["method"]) if route != "none" else "other"
        self._metrics.requests.labels(method, route, str(status)).inc()
        self._metrics.latency.labels(method, route).observe(seconds)
        log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))


def _incoming(traceparent: str) -> str | None:
    match = _TRACEPARENT.match(traceparent.strip())
    if match is None or traceparent.startswith("ff"):
        return None
    trace_id, parent = match[1], match[2]
    return trace_id if int(trace_id, 16) and int(parent, 16) else None
