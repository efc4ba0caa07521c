"""The sweep: asks the ledger what there is to do, a few times a second, and enqueues it for the workers.

An item of a job is enqueued under the workflow id ``<item>-<attempt>``, so that asking twice changes nothing;
a workspace, where its position is ahead of its graph. Every few seconds it also takes care of what dead
workers left: DBOS recovers what its own executor left; whose executor died is told by its lease.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from dbos import DBOS, SetEnqueueOptions, SetWorkflowID
from dbos import error as dbos_errors

from app.leases import Leases
from app.observability import Metrics
from graph.errors import VeripathError
from graph.ledger import job_items
from graph.ledger.engine import Ledger
from graph.ledger.job_types import Item, ItemStatus
from graph.ledger.standings import Standing, standings
from graph.types import Position, WorkspaceId
from graph.workflows import GraphWorkflow

log = structlog.get_logger(__name__)

DOCUMENTS, GRAPHS, QUESTIONS = "documents", "graphs", "questions"
MAX_RECOVERIES = 25  # a document whose worker dies this often is given up; ordinary restarts are fewer
_SWEEP_SECONDS = 0.25
_CARE_SECONDS = 5.0  # between looks for dead workers, stuck items and graphs left behind
_WINDOW = 200  # items of a workspace that are enqueued at a time
_STUCK_AFTER = timedelta(seconds=60)
_GIVEN_UP = (
    f"the worker was lost {MAX_RECOVERIES} times while it read this document; the document was given up"
)
_LIVE = frozenset({"PENDING", "ENQUEUED", "DELAYED"})


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    concurrency: int
    questions: int  # asked at the same time
    fuse_delay: float  # seconds of quiet before news are fused
    fuse_delay_limit: float  # seconds that news wait for quiet at most
    history: timedelta | None  # how long what the graph was stays on record; None: for good


@dataclass(frozen=True, slots=True)
class Workflows:
    """The registered workflows. Arguments are ids only."""

    read_document: Callable[[str, str], str]  # workspace, item
    answer_question: Callable[[str, str], str]
    refresh_graph: Callable[[str], int]  # workspace


class Sweeper:
    """A thread, from ``start`` until ``stopping`` is set."""

    def __init__(
        self,
        ledger: Ledger,
        graphs: GraphWorkflow,
        workflows: Workflows,
        *,
        worker: str,
        leases: Leases,
        options: WorkerOptions,
        metrics: Metrics,
        follows: Callable[[WorkspaceId, Position], bool],
        stopping: threading.Event,
    ) -> None:
        """``follows`` tells whether a workspace's graph stands at a position, in today's form."""
        self._ledger = ledger
        self._graphs = graphs
        self._workflows = workflows
        self._worker = worker
        self._leases = leases
        self._options = options
        self._metrics = metrics
        self._follows = follows
        self._stopping = stopping
        self._quiet: dict[WorkspaceId, Quiet] = {}
        self._enqueued: dict[WorkspaceId, set[tuple[bytes, int]]] = {}
        self._thread = threading.Thread(target=self._sweep_forever, name="sweeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self) -> None:
        """Once ``stopping`` is set."""
        self._thread.join(timeout=10)

    def _sweep_forever(self) -> None:
        care_at = 0.0
        while not self._stopping.wait(_SWEEP_SECONDS):
            try:
                caring = time.monotonic() >= care_at
                self._sweep(caring)
                if caring:
                    care_at = time.monotonic() + _CARE_SECONDS
            except VeripathError as error:
                log.warning("sweep_failed", error=type(error).__name__, reason=str(error))
                self._stopping.wait(1.0)

    def _sweep(self, caring: bool) -> None:
        with self._ledger.read() as conn:
            found = standings(conn)
        behind = 0
        for each in found:
            if each.accepted:
                self._enqueue_items(each.workspace)
            else:
                self._enqueued.pop(each.workspace, None)
            behind += self._enqueue_refresh(each, caring)
        self._metrics.unfused.set(behind)
        if caring:
            self._leases.hold(self._worker)
            self._recover_dead()
            for each in found:
                if each.running:
                    self._mend_stuck(each.workspace)
                if self._options.history is not None:
                    self._graphs.forget_history(each.workspace, _now() - self._options.history)

    def _enqueue_items(self, ws: WorkspaceId) -> None:
        """A bounded window of the oldest items that wait; the next ones follow as these are taken."""
        accepted, now = [ItemStatus.ACCEPTED], _now()
        with self._ledger.read() as conn:  # neither kind holds the other up
            waiting = [
                item
                for questions in (False, True)
                for item in job_items.items_in(
                    conn, ws, accepted, before=now, limit=_WINDOW, questions=questions
                )
            ]
        names = {(item.id, item.attempt) for item in waiting}
        known = self._enqueued.get(ws, set())
        for item in waiting:
            if (item.id, item.attempt) not in known:
                self._enqueue_item(ws, item)
        self._enqueued[ws] = names

    def _enqueue_item(self, ws: WorkspaceId, item: Item) -> None:
        with SetWorkflowID(_workflow_id(item)):
            if item.question is None:
                DBOS.enqueue_workflow(DOCUMENTS, self._workflows.read_document, ws, item.id.hex())
            else:
                DBOS.enqueue_workflow(QUESTIONS, self._workflows.answer_question, ws, item.id.hex())

    def _enqueue_refresh(self, standing: Standing, caring: bool) -> int:
        """How many positions the graph is behind."""
        ws, at, fused = standing[:3]
        # what was read before is published without news; a refresh ends its items all the same
        news = at > fused or standing.published
        quiet = self._quiet.setdefault(ws, Quiet())
        due = quiet.is_due(at, news, self._options)
        outdated = caring and standing.outdated
        # Behind after an outage, ahead (the graph of another ledger), or in another version's form
        if due or outdated or (caring and at == fused and not self._follows(ws, fused)):
            try:
                with SetEnqueueOptions(deduplication_id=ws):  # one at a time for each workspace
                    DBOS.enqueue_workflow(GRAPHS, self._workflows.refresh_graph, ws)
                quiet.rest()
            except dbos_errors.DBOSQueueDeduplicatedError:
                log.debug("refresh_under_way", workspace=ws)
        return at - fused

    def _recover_dead(self) -> None:
        """Put what dead workers had begun back into its queue."""
        pending = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        owners = {each.executor_id for each in pending} - {self._worker, None}
        dead = sorted(owner for owner in owners if owner and self._leases.is_dead(owner))
        if dead:
            DBOS._recover_pending_workflows(dead)
            log.info("recovered_dead_workers", workers=dead)

    def _mend_stuck(self, ws: WorkspaceId) -> None:
        """Running items whose workflow is gone: lost ones are enqueued again, failed ones are told so."""
        with self._ledger.read() as conn:
            stuck = job_items.items_in(
                conn, ws, [ItemStatus.RUNNING], before=_now() - _STUCK_AFTER, limit=_WINDOW
            )
        for item in stuck:
            status = DBOS.get_workflow_status(_workflow_id(item))
            if status is None:
                self._enqueue_item(ws, item)
            elif status.status not in _LIVE:
                log.error("item_given_up", item=item.id.hex(), workflow=status.status)
                with self._ledger.write() as conn:
                    job_items.fail_item(conn, ws, item.id, _GIVEN_UP)


class Quiet:
    """Debounce: news are due once nothing was added for a while, or once they have waited long enough."""

    def __init__(self) -> None:
        self._seen = -1
        self._changed = self._first = 0.0
        self._waiting = False

    def is_due(self, at: int, news: bool, options: WorkerOptions) -> bool:
        now = time.monotonic()
        if at != self._seen:
            self._seen, self._changed = at, now
        if not news:
            self._waiting = False
            return False
        if not self._waiting:
            self._waiting, self._first = True, now
        quiet_for, waited = now - self._changed, now - self._first
        return quiet_for >= options.fuse_delay or waited >= options.fuse_delay_limit

    def rest(self) -> None:
        self._waiting = False
        self._changed = time.monotonic()


def _workflow_id(item: Item) -> str:
    return f"{item.id.hex()}-{item.attempt}"


def _now() -> datetime:
    return datetime.now(UTC)
