"""One FAISS structure over vectors with 16-byte ids: exact while small, inverted lists of bytes when large.

FAISS knows 64-bit ids only. Hashing ours down to 64 bits would let two collide, so each id gets the next
free number (its handle) instead, and keeps it while it lives.
"""

from collections.abc import Sequence
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from graph.indexes.lock import ReadWriteLock
from graph.ports import VectorChange, VectorHit, Vectors

FLAT_LIMIT = 50_000  # vectors; above it an exact scan costs more than 20 ms a query on one core
_GROWTH = 4  # a trained structure is trained again at this multiple of the size it was trained for
_SEED = 1234
_swig: Any = faiss  # its stubs leave out what SWIG generates
_POINTS_PER_LIST = 64  # training vectors; FAISS advises 39 to 256
_BYTES_PER_ID = 200  # a handle, its id and their two table entries


class Structure:
    """Safe to search from many threads while one applies changes."""

    def __init__(self, index: Any, trained_for: int, ids: Sequence[bytes | None] = ()) -> None:
        """``ids`` by handle, ``None`` where a handle is free; ``trained_for`` is 0 for an exact structure."""
        self.index = index
        self.trained_for = trained_for
        self.ids: list[bytes | None] = list(ids)
        self._handles = {id_: handle for handle, id_ in enumerate(self.ids) if id_ is not None}
        self._free = [handle for handle, id_ in enumerate(self.ids) if id_ is None]
        self._lock = ReadWriteLock()
        if trained_for:
            index.nprobe = max(16, index.nlist // 32)

    @classmethod
    def exact(cls, dimension: int) -> "Structure":
        return cls(faiss.IndexIDMap2(faiss.IndexFlatIP(dimension)), trained_for=0)

    def trained_empty(self) -> "Structure":
        """An empty structure for larger sets, trained on a sample of these vectors.

        The same vectors give the same structure: the sample is the first by id (ids are hashes, so it is
        as good as random), and k-means starts from a fixed seed. Cost: O(sample · lists · dimension).
        """
        count = len(self._handles)
        lists = 2 ** round(np.log2(4 * np.sqrt(count)))
        sample = sorted(self._handles)[: lists * _POINTS_PER_LIST]
        index: Any = faiss.index_factory(self.index.d, f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
        index.cp.seed = _SEED
        index.train(self._vectors(sample))
        index.set_direct_map_type(_swig.DirectMap.Hashtable)  # ids can be removed and read back
        return Structure(index, trained_for=count)

    def __len__(self) -> int:
        return len(self._handles)

    def __contains__(self, id_: bytes) -> bool:
        return id_ in self._handles

    def outgrown(self, flat_limit: int) -> bool:
        return len(self) > (self.trained_for * _GROWTH if self.trained_for else flat_limit)

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes, estimated."""
        dimension: int = self.index.d
        per_vector = dimension * (1 if self.trained_for else 4)
        lists = self.index.nlist * dimension * 4 if self.trained_for else 0
        return len(self.ids) * (per_vector + _BYTES_PER_ID) + int(lists)

    def apply(self, changes: Sequence[VectorChange]) -> None:
        """Insert, replace and remove; of several changes to one id the last holds."""
        last = {change.id: change.vector for change in changes}
        with self._lock.writing():
            if known := [self._handles[id_] for id_ in last if id_ in self._handles]:
                self.index.remove_ids(faiss.IDSelectorArray(np.array(known, dtype=np.int64)))
            kept: list[tuple[int, Vectors]] = []
            for id_, vector in last.items():
                if vector is None:
                    if (handle := self._handles.pop(id_, None)) is not None:
                        self.ids[handle] = None
                        self._free.append(handle)
                else:
                    kept.append((self._handle(id_), vector))
            if kept:
                vectors = np.ascontiguousarray([vector for _, vector in kept], dtype=np.float32)
                self.index.add_with_ids(vectors, np.array([handle for handle, _ in kept], dtype=np.int64))

    def search(self, vector: Vectors, k: int) -> list[VectorHit]:
        """Best first; equal scores in the order of their ids."""
        with self._lock.reading():
            k = min(k, len(self._handles))
            if k <= 0:
                return []
            scores, handles = self.index.search(_row(vector), k)
            hits = [
                VectorHit(id_, float(score))
                for score, handle in zip(scores[0], handles[0], strict=True)
                if handle >= 0 and (id_ := self.ids[handle]) is not None
            ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.id))

    def similarities(self, vector: Vectors, ids: Sequence[bytes]) -> dict[bytes, float]:
        with self._lock.reading():
            known = [id_ for id_ in dict.fromkeys(ids) if id_ in self._handles]
            if not known:
                return {}
            scores = self._vectors(known) @ _row(vector)[0]
        return dict(zip(known, scores.tolist(), strict=True))

    def _handle(self, id_: bytes) -> int:
        """The id's handle, a free one where it has none yet."""
        handle = self._handles.get(id_)
        if handle is None:
            handle = self._free.pop() if self._free else len(self.ids)
            self._handles[id_] = handle
            if handle == len(self.ids):
                self.ids.append(id_)
            else:
                self.ids[handle] = id_
        return handle

    def _vectors(self, ids: Sequence[bytes]) -> NDArray[np.float32]:
        handles = np.array([self._handles[id_] for id_ in ids], dtype=np.int64)
        vectors: NDArray[np.float32] = self.index.reconstruct_batch(handles)
        return vectors


def _row(vector: Vectors) -> NDArray[np.float32]:
    return np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)
