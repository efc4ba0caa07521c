"""The ingestion worker: durable workflows by DBOS over work lists that the ledger keeps.

Nothing is handed over in memory: an upload only has to be committed, and the sweep (``app.sweep``) of a
worker, embedded or apart, finds it.
"""

import asyncio
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from typing import Any, TypeVar

import stamina
import structlog
from dbos import DBOS, DBOSPortableJSONSerializer
from sqlalchemy import make_url

from app.errors import as_item_error
from app.leases import Leases
from app.observability import Metrics
from app.sweep import DOCUMENTS, GRAPHS, MAX_RECOVERIES, QUESTIONS, Sweeper, WorkerOptions, Workflows
from graph.errors import ConfigurationError, StaleWrite, TransientError, VeripathError
from graph.ledger import job_items, verdicts
from graph.ledger.engine import Ledger, write_ahead
from graph.ledger.job_types import Item, ItemStatus
from graph.ledger.positions import position
from graph.review.adjudicate import Adjudicator
from graph.review.propose import LINKS, Proposer
from graph.types import ContentId, Position, WorkspaceId
from graph.workflows import GraphWorkflow
from ingest.workflows import DocumentWorkflow

log = structlog.get_logger(__name__)

WORKFLOW_VERSION = "1"  # raise it when running workflows cannot be continued by new code
_POLL_SECONDS = 0.1  # a worker that has read a document begins the next one
_POLL_SELDOM_SECONDS = 0.25  # as often as the sweep enqueues; each look takes some milliseconds of a core
_AWAY_SECONDS = 2.0  # before a graph that could not be refreshed is tried again
_ATTEMPTS = 6  # of a step that fails for a passing reason
_FAULT = "the service failed; whoever runs it finds why in the worker's log"

T = TypeVar("T")

NO_MODEL = (
    "no language-model server to ask: set VERIPATH_LLM_BASE_URL and VERIPATH_LLM_MODEL, or start one with: "
    "veripath up"
)
NO_ADJUDICATOR = (
    "no language-model server to ask: set VERIPATH_LLM_BASE_URL and VERIPATH_LLM_MODEL; until then "
    "GET /merges?status=grey lists what waits, for a person to decide"
)


class _Stopped(Exception):
    """The item is no longer this workflow's: it was cancelled, or tried anew."""


class _ShuttingDown(BaseException):
    """Leaves the workflow pending, for the next worker: DBOS records only an ``Exception`` as its outcome."""


class Worker:
    """One a process: DBOS keeps one registry. ``start`` and ``stop`` block; call them off the event loop."""

    def __init__(
        self,
        ledger: Ledger,
        documents: DocumentWorkflow,
        graphs: GraphWorkflow,
        *,
        jobs_url: str,
        leases: Leases,
        options: WorkerOptions,
        metrics: Metrics,
        adjudicator: Adjudicator | None,
        proposer: Proposer | None,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        """``loop`` is where the graph store's connections live; it must keep running until ``stop``."""
        self._ledger = ledger
        self._documents = documents
        self._graphs = graphs
        self._jobs_url = jobs_url
        self._leases = leases
        self._options = options
        self._metrics = metrics
        self._adjudicator = adjudicator
        self._proposer = proposer
        self._loop = loop
        self._name = f"worker-{secrets.token_hex(6)}"
        self._stopping = threading.Event()
        self._sweeper: Sweeper | None = None

    def start(self) -> None:
        self._leases.hold(self._name)
        _prepare(self._jobs_url)
        workflows = Workflows(
            DBOS.workflow(name="read_document", max_recovery_attempts=MAX_RECOVERIES)(
                self._document_workflow()
            ),
            DBOS.workflow(name="answer_question", max_recovery_attempts=MAX_RECOVERIES)(
                self._question_workflow()
            ),
            DBOS.workflow(name="refresh_graph", max_recovery_attempts=1_000_000)(self._graph_workflow()),
        )
        DBOS(
            config={
                "name": "veripath",
                "system_database_url": self._jobs_url,
                "executor_id": self._name,
                "application_version": WORKFLOW_VERSION,
                "serializer": DBOSPortableJSONSerializer(),
                "log_level": "WARNING",
                "scheduler_polling_interval_sec": 3600.0,  # nothing is scheduled
            }
        )
        DBOS.launch()
        concurrency = self._options.concurrency
        DBOS.register_queue(DOCUMENTS, worker_concurrency=concurrency, polling_interval_sec=_POLL_SECONDS)
        asking = self._options.questions
        DBOS.register_queue(QUESTIONS, worker_concurrency=asking, polling_interval_sec=_POLL_SELDOM_SECONDS)
        DBOS.register_queue(GRAPHS, worker_concurrency=2, polling_interval_sec=_POLL_SELDOM_SECONDS)
        self._sweeper = Sweeper(
            self._ledger,
            self._graphs,
            workflows,
            worker=self._name,
            leases=self._leases,
            options=self._options,
            metrics=self._metrics,
            follows=lambda ws, at: self._await(self._graphs.follows(ws, at)),
            stopping=self._stopping,
        )
        self._sweeper.start()
        log.info("worker_started", worker=self._name, concurrency=concurrency)

    def stop(self) -> None:
        """Stop at the next step; what is unfinished is recovered by the next worker."""
        self._stopping.set()
        if self._sweeper is not None:
            self._sweeper.join()
        DBOS.destroy(destroy_registry=True)
        self._leases.close()

    # ------------------------------------------------------------ one document

    def _document_workflow(self) -> Callable[[str, str], str]:
        def read_document(workspace: str, item: str) -> str:
            """Arguments are ids only. Returns how the item stands."""
            ws, item_id = WorkspaceId(workspace), bytes.fromhex(item)
            for name, step in (("read", self._read_step), ("embed", self._embed_step)):
                status: str = DBOS.run_step({"name": name}, step, ws, item_id)
                if status != ItemStatus.RUNNING:
                    return status
            return str(DBOS.run_step({"name": "publish"}, self._publish_step, ws, item_id))

        return read_document

    def _read_step(self, ws: WorkspaceId, item_id: bytes) -> str:
        def read(item: Item, enter: Callable[[str], None]) -> None:
            self._documents.read(ws, _content(item), item.filename, enter)

        return self._guarded(ws, item_id, read)

    def _embed_step(self, ws: WorkspaceId, item_id: bytes) -> str:
        def embed(item: Item, enter: Callable[[str], None]) -> None:
            self._documents.embed(ws, _content(item), enter)

        return self._guarded(ws, item_id, embed)

    def _publish_step(self, ws: WorkspaceId, item_id: bytes) -> str:
        def publish() -> str:
            with self._ledger.write() as conn:
                return job_items.publish_item(conn, ws, item_id, position(conn, ws)).status.value

        return self._persistently(publish)

    # ------------------------------------------------------------ one question

    def _question_workflow(self) -> Callable[[str, str], str]:
        def answer_question(workspace: str, item: str) -> str:
            """Arguments are ids only. Returns how the item stands."""
            ws, item_id = WorkspaceId(workspace), bytes.fromhex(item)
            return str(DBOS.run_step({"name": "ask"}, self._ask_step, ws, item_id))

        return answer_question

    def _ask_step(self, ws: WorkspaceId, item_id: bytes) -> str:
        def ask(item: Item, enter: Callable[[str], None]) -> None:
            assert item.question is not None
            enter("ask")
            if item.question["ask"] == LINKS:
                self._propose(ws, item, item.question)
                return
            if self._adjudicator is None:
                raise ConfigurationError(NO_ADJUDICATOR)
            verdict = self._adjudicator.verdict(ws, item.question)
            with self._ledger.write() as conn:  # the answer counts even if the item was cancelled meanwhile
                verdicts.record(conn, ws, [verdict])
                job_items.publish_item(conn, ws, item_id, position(conn, ws))

        return self._guarded(ws, item_id, ask)

    def _propose(self, ws: WorkspaceId, item: Item, question: Mapping[str, Any]) -> None:
        """Unlike a verdict, a link that was found after its job was cancelled is not recorded."""
        if self._proposer is None:
            raise ConfigurationError(NO_MODEL)
        links = self._proposer.links(ws, question)
        with self._ledger.write() as conn:
            if job_items.stage_item(conn, ws, item.id, "record").status is not ItemStatus.RUNNING:
                raise _Stopped
            self._proposer.record(conn, ws, links, question["author"])
            job_items.publish_item(conn, ws, item.id, position(conn, ws))

    # ------------------------------------------------------------ what may happen to either

    def _guarded(
        self,
        ws: WorkspaceId,
        item_id: bytes,
        work: Callable[[Item, Callable[[str], None]], None],
    ) -> str:
        """Do ``work`` for a running item; its failure is the item's, and stops nothing else."""
        clock = _StageClock(self._metrics)

        def enter(stage: str) -> None:
            clock.enter(stage)
            if self._stopping.is_set():
                raise _ShuttingDown
            with self._ledger.write() as conn:
                if job_items.stage_item(conn, ws, item_id, str(stage)).status is not ItemStatus.RUNNING:
                    raise _Stopped

        def attempt() -> str:
            with self._ledger.write() as conn:
                item = job_items.start_item(conn, ws, item_id)
            if item.status is ItemStatus.RUNNING:
                work(item, enter)
            return item.status.value

        try:
            return self._persistently(attempt)
        except _Stopped:
            return ItemStatus.CANCELLED.value
        except VeripathError as error:
            log.warning("item_failed", item=item_id.hex(), error=type(error).__name__, reason=str(error))
            with self._ledger.write() as conn:
                failed = job_items.fail_item(conn, ws, item_id, as_item_error(error))
            self._metrics.items.labels(failed.status.value).inc()
            return failed.status.value
        finally:
            clock.leave()

    def _persistently(self, work: Callable[[], T]) -> T:
        """Again, after a growing pause, while it fails for a reason that passes."""
        for attempt in stamina.retry_context(
            on=TransientError, attempts=_ATTEMPTS, timeout=None, wait_initial=0.2, wait_max=20.0
        ):
            with attempt:
                return work()
        raise AssertionError("a retry either returns or raises")

    # ------------------------------------------------------------ one workspace's graph

    def _graph_workflow(self) -> Callable[[str], int]:
        def refresh_graph(workspace: str) -> int:
            """Bring the graph to the ledger's position; returns the position reached."""
            return int(DBOS.run_step({"name": "refresh"}, self._refresh_step, WorkspaceId(workspace)))

        return refresh_graph

    def _refresh_step(self, ws: WorkspaceId) -> int:
        """Pass by pass, so that of a large backlog the graph shows, and jobs tell, how far it is."""
        try:
            with self._ledger.read() as conn:
                upto = position(conn, ws)
            reached = self._pass(ws)
            while reached < upto and not self._stopping.is_set():
                reached = self._pass(ws)
        except StaleWrite:
            return 0  # another worker is at it
        except VeripathError as error:
            log.warning("graph_not_refreshed", error=type(error).__name__, reason=str(error))
            self._delay(ws, as_item_error(error))
            return 0  # the next sweep asks again
        except Exception:
            self._delay(ws, _FAULT)
            raise  # a fault of ours: DBOS records it
        return reached

    def _delay(self, ws: WorkspaceId, reason: str) -> None:
        """Tell those who wait for the graph why it does not move, and let a while pass."""
        told = f"read, but not in the graph yet, which is tried again: {reason}"
        with suppress(VeripathError), self._ledger.write() as conn:
            while job_items.delay_items(conn, ws, told):
                pass
        self._stopping.wait(_AWAY_SECONDS)

    def _pass(self, ws: WorkspaceId) -> Position:
        with self._metrics.stages.labels("fuse").time():
            self._metrics.candidates.inc(self._graphs.fuse(ws, passes=1).candidates)
        with self._metrics.stages.labels("index").time():
            self._graphs.index(ws)
        with self._metrics.stages.labels("project").time():
            reached = self._await(self._graphs.project(ws))
        with self._ledger.write() as conn:
            while done := job_items.finish_items(conn, ws, reached):
                self._metrics.items.labels(ItemStatus.DONE.value).inc(done)
        return reached

    def _await(self, work: Coroutine[Any, Any, T]) -> T:
        """Run on the loop of the graph store's connections, which may stop while this waits."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        while True:
            try:
                return future.result(timeout=1.0)
            except FutureTimeout:
                if self._stopping.is_set():
                    future.cancel()
                    raise _ShuttingDown from None


class _StageClock:
    """How long each stage took, for the metrics."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._stage: str | None = None
        self._since = 0.0

    def enter(self, stage: str) -> None:
        self.leave()
        self._stage, self._since = stage, time.perf_counter()

    def leave(self) -> None:
        if self._stage is not None:
            self._metrics.stages.labels(str(self._stage)).observe(time.perf_counter() - self._since)
            self._stage = None


def _prepare(jobs_url: str) -> None:
    """DBOS leaves SQLite in rollback mode; in WAL, which a file keeps, readers and writers do not block."""
    url = make_url(jobs_url)
    if url.get_backend_name() == "sqlite" and url.database:
        with sqlite3.connect(url.database) as connection:
            write_ahead(connection)
        connection.close()


def _content(item: Item) -> ContentId:
    assert item.content is not None, "an item of a document was accepted with its bytes"
    return item.content
