"""A ledger's outbox and derived rows, held as a list of worlds."""

from collections.abc import Sequence

from graph.types import ChangeKind, GraphChange, Position, WorkspaceId
from tests.contract.graph_worlds import World, changes


class FakeOutbox:
    """Implements ``OutboxReader`` and ``GraphRowReader``; ``worlds[i]`` is the state at position i + 1."""

    def __init__(self, worlds: Sequence[World], fused: int | None = None) -> None:
        self.worlds = list(worlds)
        self.fused = fused

    def fused_position(self, workspace: WorkspaceId) -> Position:
        return Position(len(self.worlds) if self.fused is None else self.fused)

    def begins_at(self, workspace: WorkspaceId) -> Position:
        return Position(0)

    def changes_after(self, workspace: WorkspaceId, position: Position, limit: int) -> list[GraphChange]:
        found: list[GraphChange] = []
        for at in range(position, len(self.worlds)):
            if len(found) >= limit:
                break
            found += changes(self.worlds[at - 1] if at else {}, self.worlds[at], at + 1)
        return found

    def graph_rows(
        self, workspace: WorkspaceId, kind: ChangeKind, after: bytes | None, limit: int
    ) -> list[GraphChange]:
        world, position = self.worlds[-1], self.fused_position(workspace)
        rows = sorted((id_, row) for (k, id_), row in world.items() if k is kind and id_ > (after or b""))
        return [GraphChange(position, n, kind, id_, row) for n, (id_, row) in enumerate(rows[:limit])]
