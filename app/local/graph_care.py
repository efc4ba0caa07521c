"""Neo4j held to the ledger, mended, or written anew: what an operator does when the graph is in doubt.

Both work beside a running service and without one. What is pending is fused, embedded and projected first, in
the worker's order: entities' vectors come before the graph's position.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from pydantic import SecretStr

from app.bootstrap import embedder_of, graph_store
from app.local.neo4j import USER
from app.local.stack import Stack
from app.settings import Settings
from graph.errors import StaleWrite, StoreUnavailable
from graph.ledger.engine import Ledger
from graph.ledger.graph_rows import LedgerGraphRows
from graph.ledger.outbox import LedgerOutbox
from graph.ontology import default_ontology
from graph.ports import Embedder
from graph.projection.neo4j import Neo4jGraph
from graph.projection.outbox import rebuild
from graph.projection.session import Store
from graph.projection.verify import GraphVerifier, Verification
from graph.types import Position, WorkspaceId
from graph.workflows import GraphWorkflow

T = TypeVar("T")

_TRIES = 5  # with a running service that moves the graph meanwhile
_PAUSE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Care:
    """What was found at ``position``, whether it was to be mended, and what is ``left`` afterwards."""

    position: Position
    repaired: bool
    found: Verification
    left: Verification

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "sound": self.left.sound}


def verify_graph(settings: Settings, *, repair: bool = False) -> Care:
    """Compare the workspace's Neo4j graph with the ledger; with ``repair``, mend what differs.

    StoreUnavailable where Neo4j does not run, NotFound without the workspace, StaleWrite while documents keep
    arriving. O(graph) in time, bounded in memory; the rows are sorted in a temporary file.
    """
    return asyncio.run(_with_graph(settings, lambda care: care.verify(repair=repair)))


def rebuild_graph(settings: Settings) -> Care:
    """Clear the workspace's Neo4j graph, another ledger's too, write it anew from the ledger, and verify it.

    Errors and cost are those of ``verify_graph``. Killed half-way it leaves a graph in part: run it again.
    """
    return asyncio.run(_with_graph(settings, lambda care: care.rebuild()))


class GraphCare:
    """One workspace's graph. Belongs to the event loop of its store."""

    def __init__(
        self, ledger: Ledger, rows: LedgerGraphRows, store: Store, embedder: Embedder, workspace: WorkspaceId
    ) -> None:
        self._rows = rows
        self._outbox = LedgerOutbox(ledger)
        self._graph = Neo4jGraph(store, ledger.id())
        self._verifier = GraphVerifier(store, self._graph, rows)
        self._workflow = GraphWorkflow(ledger, self._graph, embedder)
        self._workspace = workspace

    async def verify(self, *, repair: bool = False) -> Care:
        await self._graph.prepare(default_ontology().relation_types)
        return await _patiently(lambda: self._verify(repair=repair))

    async def rebuild(self) -> Care:
        await self._graph.prepare(default_ontology().relation_types)
        return await _patiently(self._rebuild)

    async def _verify(self, *, repair: bool) -> Care:
        await self._embed_pending()
        position = await self._workflow.project(self._workspace)
        found = left = await self._verifier.verify(self._workspace, repair=repair)
        if repair and not found.sound:
            left = await self._verifier.verify(self._workspace)
        return Care(position, repair, found, left)

    async def _rebuild(self) -> Care:
        await self._embed_pending()
        await self._graph.take_over(self._workspace)
        await rebuild(self._rows, self._outbox, self._graph, self._workspace)
        # A service's pump that was at work may have written older states after the newest ones
        return await self._verify(repair=True)

    async def _embed_pending(self) -> None:
        """Fuse, and record the vectors of the entities that are new."""
        await asyncio.to_thread(self._workflow.fuse, self._workspace)
        await asyncio.to_thread(self._workflow.index, self._workspace)


async def _with_graph(settings: Settings, work: Callable[[GraphCare], Awaitable[Care]]) -> Care:
    settings = _reachable(settings)
    ledger = Ledger.open(settings.ledger_url)
    try:
        await asyncio.to_thread(ledger.migrate)
        store = graph_store(settings)
        try:
            with LedgerGraphRows(ledger) as rows:
                workspace = WorkspaceId(settings.workspace)
                return await work(GraphCare(ledger, rows, store, embedder_of(settings), workspace))
        finally:
            await store.close()
    finally:
        ledger.close()


def _reachable(settings: Settings) -> Settings:
    """The settings with where the graph store is: the local one's where they name none."""
    local = Stack(settings).neo4j
    if local is None:
        return settings
    if local.process.pid() is None:
        raise StoreUnavailable(
            "the local Neo4j does not run: start it with `veripath up`, or set NEO4J_URI to the one that has "
            "the graph"
        )
    return settings.model_copy(
        update={"neo4j_uri": local.uri, "neo4j_user": USER, "neo4j_password": SecretStr(local.password)}
    )


async def _patiently(work: Callable[[], Awaitable[T]]) -> T:
    """Repeat what a running service was faster at."""
    for _ in range(_TRIES - 1):
        try:
            return await work()
        except StaleWrite:
            await asyncio.sleep(_PAUSE_SECONDS)
    return await work()
