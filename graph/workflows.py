"""What follows when a workspace has news: fuse, embed the entities that changed, project.

Each may be repeated after a kill and by two workers at once: ``fuse`` and ``project`` move their positions by
compare-and-set, and a vector written twice is the same vector. The entities' vectors are written before the
graph store's position moves past them, so one position tells that graph and indexes are both there.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from anyio import to_thread

from graph.commit import FuseReport, fuse_pending
from graph.errors import ConfigurationError
from graph.ledger import history
from graph.ledger.engine import Ledger
from graph.ledger.graph_rows import LedgerGraphRows
from graph.ledger.outbox import LedgerOutbox, compact
from graph.ledger.vectors import (
    advance_entity_progress,
    entities_with_vectors,
    entity_progress,
    put_entities,
    remove_entities,
)
from graph.ports import Embedder, GraphProjection
from graph.projection.outbox import project_pending, rebuild
from graph.types import ChangeKind, EntityId, GraphChange, Position, WorkspaceId

log = logging.getLogger(__name__)

PAGE = 2_000  # outbox rows at a time
FORGET = 10_000  # outbox rows dropped in one transaction
_ALIASES_EMBEDDED = 4
_CAPPED_TOLD = 5


class GraphWorkflow:
    """``fuse`` and ``index`` block; ``projected`` and ``project`` are for the graph store's event loop."""

    def __init__(self, ledger: Ledger, graph: GraphProjection, embedder: Embedder) -> None:
        self._ledger = ledger
        self._graph = graph
        self._embedder = embedder
        self._outbox = LedgerOutbox(ledger)

    def fuse(self, workspace: WorkspaceId, *, passes: int | None = None) -> FuseReport:
        """Bring the derived rows to the ledger's position, or as near as so many passes take them; StaleWrite
        when another fuser was faster."""
        report = fuse_pending(self._ledger, workspace, passes=passes)
        if report.capped:  # a person who misses an inferred fact is to find out why
            some = [entity.hex() for entity in sorted(report.capped)[:_CAPPED_TOLD]]
            log.warning("inference_capped", extra={"entities": len(report.capped), "some": some})
        if report.passes:
            counts = ("position", "candidates", "entities", "facts", "conflicts")
            log.info("fused", extra={name: getattr(report, name) for name in counts})
        return report

    def index(self, workspace: WorkspaceId) -> None:
        """Record the vectors of the entities that changed since this embedder's were last recorded.

        Where the outbox no longer tells that, those of all entities.
        """
        model = self._embedder.model_id
        with self._ledger.read() as conn:
            after = entity_progress(conn, workspace, model)
        while True:
            changes = self._outbox.changes_after(workspace, after, PAGE)
            if after < self._outbox.begins_at(workspace):  # asked last: some may be forgotten by now
                after = self._index_all(workspace)
            elif changes:
                after = changes[-1].position
                self._record(workspace, changes, after)
            else:
                return

    def _index_all(self, workspace: WorkspaceId) -> Position:
        """Returns the position from which the outbox goes on; StaleWrite while evidence keeps arriving."""
        fused, last = self.fuse(workspace).position, None
        present: set[EntityId] = set()
        with LedgerGraphRows(self._ledger) as rows:
            while page := rows.graph_rows(workspace, ChangeKind.ENTITY, last, PAGE):
                last = page[-1].id
                present.update(EntityId(change.id) for change in page)
                self._record(workspace, page, Position(0))
        model = self._embedder.model_id
        with self._ledger.write() as conn:
            if gone := sorted(entities_with_vectors(conn, workspace, model) - present):
                remove_entities(conn, workspace, model, gone)
            advance_entity_progress(conn, workspace, model, fused)
        return fused

    def _record(self, workspace: WorkspaceId, changes: Sequence[GraphChange], upto: Position) -> None:
        model = self._embedder.model_id
        latest = {EntityId(c.id): c.row for c in changes if c.kind is ChangeKind.ENTITY}
        present = {id_: entity_text(row) for id_, row in latest.items() if row is not None}
        gone = [id_ for id_, row in latest.items() if row is None]
        vectors = self._embedder.embed(list(present.values())) if present else None
        with self._ledger.write() as conn:
            if vectors is not None:
                put_entities(conn, workspace, model, list(present), vectors)
            if gone:
                remove_entities(conn, workspace, model, gone)
            advance_entity_progress(conn, workspace, model, upto)

    def forget_history(self, workspace: WorkspaceId, before: datetime) -> None:
        """Drop what was on record of the graph up to that time and no longer stood then, in short
        transactions."""
        with self._ledger.read() as conn:
            begin = history.outlived(conn, workspace, before)
        while begin is not None:
            with self._ledger.write() as conn:
                if history.forget(conn, workspace, begin, FORGET) < FORGET:
                    begin = None

    async def projected(self, workspace: WorkspaceId) -> Position:
        """Where the graph store stands."""
        return await self._graph.position(workspace)

    async def follows(self, workspace: WorkspaceId, fused: Position) -> bool:
        """Whether the graph store stands at ``fused``, in rows of the present form, and is this ledger's."""
        try:
            return await self.projected(workspace) == fused and await self._graph.is_current(workspace)
        except ConfigurationError:
            return False  # ``project`` says why

    async def project(self, workspace: WorkspaceId) -> Position:
        """Apply the outbox to the graph store; returns the position reached.

        A graph that the outbox cannot bring up to date is written anew from the derived rows: one that is
        ahead of the ledger (which was restored), that another version wrote in another form, or that is
        behind the beginning of the outbox. StaleWrite while evidence keeps arriving.
        """
        position = await self.projected(workspace)
        begin = await to_thread.run_sync(self._outbox.begins_at, workspace)
        fused = await to_thread.run_sync(self._outbox.fused_position, workspace)
        if begin <= position <= fused and await self._graph.is_current(workspace):
            reached = await project_pending(self._outbox, self._graph, workspace)
        else:
            log.warning("graph_written_anew", extra={"position": position, "fused": fused})
            await to_thread.run_sync(self.fuse, workspace)
            with LedgerGraphRows(self._ledger) as rows:
                reached = await rebuild(rows, self._outbox, self._graph, workspace)
        await to_thread.run_sync(self._forget, workspace, begin, reached)
        return reached

    def _forget(self, workspace: WorkspaceId, begin: Position, reached: Position) -> None:
        """Drop the outbox rows that graph and entities' vectors have both taken in, in short transactions.
        The outbox begins at ``begin``.

        Who comes late, a graph restored from a backup or another embedder, begins from the derived rows.
        """
        with self._ledger.read() as conn:
            upto = min(reached, entity_progress(conn, workspace, self._embedder.model_id))
        gone = FORGET if upto > begin else 0
        while gone >= FORGET:
            with self._ledger.write() as conn:
                gone = compact(conn, workspace, upto, FORGET)


def entity_text(row: Mapping[str, Any]) -> str:
    """What is embedded for an entity: its name and type, then some of its other names."""
    others = [name for name in row["aliases"] if name != row["name"]][:_ALIASES_EMBEDDED]
    return f"{row['name']} ({row['type']})" + (": " + ", ".join(others) if others else "")
