"""Which records are compared: for each the records with which it shares the rarest letter triples.

The nearest by TF-IDF cosine over letter triples, from both sides. It is exact (no approximate index), so the
pairs are a function of the records alone; equal cosines go by the records' order, which callers make
canonical.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from graph.fusion.comparison import Text

_STRIP = 256  # rows multiplied at a time
_COMMON = 500  # in large tables a triple of more records than this finds none
_LARGE = 2_000

Pairs = NDArray[np.int64]  # (pairs, 2), each with the smaller index first, sorted


def nearest(
    texts: Sequence[Text], group: NDArray[np.int64], reach: NDArray[np.int64], *, across: bool
) -> Pairs:
    """Each record with its ``reach[i]`` nearest; ``across``: of every other group, else of all records.

    O(records x records that share a triple) in time, O(triples + pairs) in memory.
    """
    matrix = _matrix(texts)
    found: list[NDArray[np.int64]] = []
    sets = np.unique(group) if across else np.zeros(1, dtype=group.dtype)
    for left in sets:
        rows = np.flatnonzero(group == left) if across else np.arange(len(texts))
        for right in sets:
            if across and right == left:
                continue
            columns = np.flatnonzero(group == right) if across else rows
            found.append(_top(matrix, rows, columns, reach))
    pairs = np.vstack(found) if found else np.empty((0, 2), dtype=np.int64)
    return np.unique(np.sort(pairs, axis=1), axis=0)


def _matrix(texts: Sequence[Text]) -> sparse.csr_matrix:
    """Unit rows of triple weights."""
    places: dict[str, int] = {}
    for gram in sorted({g for t in texts for g in t.grams}):
        places[gram] = len(places)
    lengths = [len(t.grams) for t in texts]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    indices = np.fromiter((places[g] for t in texts for g in t.grams), dtype=np.int64, count=int(starts[-1]))
    squares = np.fromiter((w for t in texts for w in t.grams.values()), dtype=float, count=int(starts[-1]))
    norms = np.repeat([max(t.gram_square, 1) for t in texts], lengths)
    shape = (len(texts), max(len(places), 1))
    matrix = sparse.csr_matrix((np.sqrt(squares / norms), indices, starts), shape=shape)
    if len(texts) > _LARGE:
        matrix = matrix.tocsc()
        matrix = matrix[:, np.diff(matrix.indptr) <= max(_COMMON, len(texts) // 100)].tocsr()
    return matrix


def _top(
    matrix: sparse.csr_matrix, rows: NDArray[np.int64], columns: NDArray[np.int64], reach: NDArray[np.int64]
) -> NDArray[np.int64]:
    turned = matrix[columns].T.tocsr()
    out: list[NDArray[np.int64]] = []
    for start in range(0, len(rows), _STRIP):
        strip = rows[start : start + _STRIP]
        products = (matrix[strip] @ turned).tocsr()
        for k, row in enumerate(strip):
            part = slice(products.indptr[k], products.indptr[k + 1])
            others, likeness = columns[products.indices[part]], products.data[part]
            keep = others != row
            others, likeness = others[keep], likeness[keep]
            best = others[np.lexsort((others, -np.round(likeness, 9)))[: reach[row]]]
            out.append(np.column_stack([np.full(len(best), row), best]))
    return np.vstack(out) if out else np.empty((0, 2), dtype=np.int64)
