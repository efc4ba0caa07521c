"""Vectors of word stems, hashed: texts that share words are alike. And an exact index over them."""

from collections.abc import Sequence

import numpy as np

from graph.errors import EngineUnavailable
from graph.identity import make_id
from graph.ports import VectorHit, VectorKind, Vectors
from graph.types import WorkspaceId
from retrieval.wording import content_stems
from tests.fakes.vector_ledger import brute_force


class StemEmbedder:
    model_id = "stems"
    dimension = 256

    def __init__(self) -> None:
        self.broken = False

    def embed(self, texts: Sequence[str]) -> Vectors:
        if self.broken:
            raise EngineUnavailable("the embedder is broken on purpose")
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for stem in content_stems(text) or {"nothing"}:
                vectors[row, int.from_bytes(make_id("stem", stem)[:2], "big") % self.dimension] += 1
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


class ExactVectors:
    """``VectorIndex`` by brute force over what was put in."""

    def __init__(self) -> None:
        self.rows: dict[tuple[WorkspaceId, VectorKind], dict[bytes, Vectors]] = {}

    def put(self, workspace: WorkspaceId, kind: VectorKind, ids: Sequence[bytes], vectors: Vectors) -> None:
        self.rows.setdefault((workspace, kind), {}).update(zip(ids, vectors, strict=True))

    def search(self, workspace: WorkspaceId, kind: VectorKind, vector: Vectors, k: int) -> list[VectorHit]:
        found = brute_force(self.rows.get((workspace, kind), {}), vector, k)
        return [VectorHit(id_, score) for id_, score in found]

    def similarities(
        self, workspace: WorkspaceId, kind: VectorKind, vector: Vectors, ids: Sequence[bytes]
    ) -> dict[bytes, float]:
        rows = self.rows.get((workspace, kind), {})
        return {id_: float(rows[id_] @ vector) for id_ in ids if id_ in rows}

    def size(self, workspace: WorkspaceId, kind: VectorKind) -> int:
        return len(self.rows.get((workspace, kind), {}))
