"""The ledger's vectors in memory: the last change of each id, by position, as ``VectorReader`` promises."""

import numpy as np

from graph.ports import VectorChange, VectorKind, Vectors
from graph.types import Position, WorkspaceId


class MemoryVectorLedger:
    def __init__(self) -> None:
        self._rows: dict[tuple[str, str, str], dict[bytes, VectorChange]] = {}
        self.position = 0

    def write(
        self,
        workspace: WorkspaceId,
        model: str,
        kind: VectorKind,
        upserts: dict[bytes, Vectors],
        deletes: tuple[bytes, ...] = (),
    ) -> None:
        self.position += 1
        rows = self._rows.setdefault((workspace, model, kind), {})
        for id_, vector in upserts.items():
            rows[id_] = VectorChange(Position(self.position), id_, vector)
        for id_ in deletes:
            rows[id_] = VectorChange(Position(self.position), id_, None)

    def vectors_after(
        self, workspace: WorkspaceId, model: str, kind: VectorKind, position: Position, limit: int
    ) -> list[VectorChange]:
        there = list(self._rows.get((workspace, model, kind), {}).values())  # at once: others write meanwhile
        rows = sorted(
            (row for row in there if row.position > position), key=lambda row: (row.position, row.id)
        )
        if len(rows) <= limit:
            return rows
        last = rows[limit - 1].position
        return [row for row in rows if row.position <= last]

    def live(self, workspace: WorkspaceId, model: str, kind: VectorKind) -> dict[bytes, Vectors]:
        rows = self._rows.get((workspace, model, kind), {}).values()
        return {row.id: row.vector for row in rows if row.vector is not None}


def brute_force(live: dict[bytes, Vectors], query: Vectors, k: int) -> list[tuple[bytes, float]]:
    """The k best by inner product, exactly; equal scores by id."""
    scored = [(id_, float(np.dot(vector, query))) for id_, vector in live.items()]
    return sorted(scored, key=lambda hit: (-hit[1], hit[0]))[:k]
