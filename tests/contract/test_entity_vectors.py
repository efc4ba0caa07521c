"""Entities' vectors follow the outbox, and not where the graph store stands."""

from collections.abc import Sequence

import pytest

from graph.commit import fuse_pending
from graph.fusion.epoch import EPOCH_0
from graph.ledger import outbox
from graph.ledger.engine import Ledger
from graph.ledger.outbox import LedgerOutbox
from graph.ledger.vectors import LedgerVectors, put_entities
from graph.ports import Vectors
from graph.projection.memory import MemoryGraph
from graph.types import ChangeKind, EntityId, Position
from graph.workflows import GraphWorkflow
from tests.fakes.embedder import StemEmbedder
from tests.property.test_laws_ledger import LedgerWorld, play_both
from tests.property.worlds import World, tell


class CountingEmbedder(StemEmbedder):
    def __init__(self, model_id: str = "stems") -> None:
        super().__init__()
        self.model_id = model_id
        self.read: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.read += texts
        return super().embed(texts)


def vectors_of(world: LedgerWorld, model: str) -> set[bytes]:
    changes = LedgerVectors(world.ledger).vectors_after(world.workspace, model, "entity", Position(0), 10_000)
    return {change.id for change in changes if change.vector is not None}


def entities_of(world: LedgerWorld) -> set[bytes]:
    return {id_ for kind, id_ in world.projected() if kind is ChangeKind.ENTITY}


def test_what_has_its_vector_is_not_embedded_again(ledger: Ledger) -> None:
    world, oracle = LedgerWorld(ledger, EPOCH_0), World(EPOCH_0)
    first, second = CountingEmbedder(), CountingEmbedder("another model")
    told, halfway = tell(11, 20).steps, 10
    play_both(oracle, world, told[:halfway])
    fuse_pending(ledger, world.workspace)
    GraphWorkflow(ledger, MemoryGraph(), first).index(world.workspace)
    assert first.read
    assert vectors_of(world, first.model_id) == entities_of(world)

    first.read.clear()
    GraphWorkflow(ledger, MemoryGraph(), first).index(world.workspace)  # as for a graph written anew
    assert not first.read

    play_both(oracle, world, told[halfway:])
    fused = fuse_pending(ledger, world.workspace).position
    GraphWorkflow(ledger, MemoryGraph(), first).index(world.workspace)
    present = entities_of(world)  # by the outbox, which is emptied now
    assert vectors_of(world, first.model_id) == present

    with ledger.write() as conn:
        assert outbox.compact(conn, world.workspace, fused)
    assert LedgerOutbox(ledger).begins_at(world.workspace) == fused
    with ledger.write() as conn:
        put_entities(conn, world.workspace, second.model_id, [EntityId(bytes(16))], second.embed(["gone"]))
    GraphWorkflow(ledger, MemoryGraph(), second).index(world.workspace)  # which the outbox cannot tell of
    assert vectors_of(world, second.model_id) == present
    first.read.clear()
    GraphWorkflow(ledger, MemoryGraph(), first).index(world.workspace)
    assert not first.read


async def test_what_graph_and_vectors_have_taken_in_is_forgotten(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph.workflows.FORGET", 7)
    world, oracle, reader = LedgerWorld(ledger, EPOCH_0), World(EPOCH_0), LedgerOutbox(ledger)
    graph, ws = MemoryGraph(), world.workspace
    workflow = GraphWorkflow(ledger, graph, CountingEmbedder())
    told = tell(11, 20).steps
    play_both(oracle, world, told[:10])
    first = fuse_pending(ledger, ws).position
    await workflow.project(ws)
    assert reader.changes_after(ws, Position(0), 1), "the vectors lag"

    workflow.index(ws)
    play_both(oracle, world, told[10:])
    fused = fuse_pending(ledger, ws).position
    present = entities_of(world)
    await workflow.project(ws)
    assert reader.begins_at(ws) == first, "the vectors lag behind the graph"
    left = {change.position for change in reader.changes_after(ws, Position(0), 10_000)}
    assert first < min(left) and max(left) == fused
    workflow.index(ws)
    assert await workflow.project(ws) == fused
    assert reader.changes_after(ws, Position(0), 1) == []

    late = MemoryGraph()
    assert await GraphWorkflow(ledger, late, CountingEmbedder("late")).project(ws) >= fused
    some = [EntityId(id_) for id_ in sorted(present)]
    assert await late.entities(ws, some) == await graph.entities(ws, some)
    assert len(await late.entities(ws, some)) == len(present)
