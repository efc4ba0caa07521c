"""The pump, over the store in memory."""

from collections.abc import Sequence

import pytest

from graph.errors import StaleWrite
from graph.projection.memory import MemoryGraph
from graph.projection.outbox import project_pending, rebuild
from graph.types import ChangeKind, EntityId, GraphChange, Position, WorkspaceId
from tests.contract.graph_worlds import random_world
from tests.fakes.outbox import FakeOutbox

WS = WorkspaceId("w")
WORLDS = [random_world(seed) for seed in range(5)]
IDS = [EntityId(id_) for world in WORLDS for kind, id_ in world if kind is ChangeKind.ENTITY]


class Recording(MemoryGraph):
    """Remembers each apply; fails the ``fail_at``-th, before or after its work."""

    def __init__(self, fail_at: int = 0) -> None:
        super().__init__()
        self.sizes: list[int] = []
        self._fail_at = fail_at

    async def apply(
        self,
        workspace: WorkspaceId,
        changes: Sequence[GraphChange],
        *,
        expected: Position,
        reached: Position,
    ) -> None:
        self.sizes.append(len(changes))
        if len(self.sizes) == self._fail_at:
            raise ConnectionError("killed")
        await super().apply(workspace, changes, expected=expected, reached=reached)


@pytest.mark.parametrize("page", [1, 10, 10_000])
async def test_reaches_the_fused_position_by_whole_positions(page: int) -> None:
    graph = Recording()
    assert await project_pending(FakeOutbox(WORLDS), graph, WS, page=page) == 5
    assert await graph.position(WS) == 5
    expected = {id_ for kind, id_ in WORLDS[-1] if kind is ChangeKind.ENTITY}
    assert {hit.id for hit in await graph.entities(WS, IDS)} == expected
    assert len(graph.sizes) == (1 if page == 10_000 else 5)


async def test_a_second_run_has_nothing_to_do() -> None:
    graph = Recording()
    await project_pending(FakeOutbox(WORLDS), graph, WS)
    await project_pending(FakeOutbox(WORLDS), graph, WS)
    assert len(graph.sizes) == 1


async def test_positions_without_rows_are_passed() -> None:
    graph = MemoryGraph()
    assert await project_pending(FakeOutbox([WORLDS[0]], fused=9), graph, WS) == 9


async def test_goes_on_after_a_failure() -> None:
    graph = Recording(fail_at=3)
    with pytest.raises(ConnectionError):
        await project_pending(FakeOutbox(WORLDS), graph, WS, page=1)
    assert await graph.position(WS) == 2
    assert await project_pending(FakeOutbox(WORLDS), graph, WS, page=1) == 5


async def test_rebuild_equals_replay() -> None:
    outbox, replayed, rebuilt = FakeOutbox(WORLDS), MemoryGraph(), MemoryGraph()
    await project_pending(outbox, replayed, WS)
    await project_pending(FakeOutbox(WORLDS[:2]), rebuilt, WS)
    assert await rebuild(outbox, outbox, rebuilt, WS, page=3) == 5
    assert await rebuilt.entities(WS, IDS) == await replayed.entities(WS, IDS)
    ask = {"max_hops": 3, "budget": 1000}
    assert await rebuilt.paths(WS, IDS, **ask) == await replayed.paths(WS, IDS, **ask)


async def test_an_overtaken_pump_is_told() -> None:
    class Overtaken(MemoryGraph):
        async def position(self, workspace: WorkspaceId) -> Position:
            return Position(1)

    with pytest.raises(StaleWrite):
        await project_pending(FakeOutbox(WORLDS), Overtaken(), WS)
