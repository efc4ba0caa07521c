"""The inner loops over a trie's arrays, compiled.

Imported late, never at the top of another module: numba loaded before vLLM's CPU worker starts kills it.
The arrays must have passed ``Trie.validate``. Of the mask alone the bounds are checked, since a tokenizer may
know tokens that its model does not: those stay forbidden.
"""

import numba
import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Bytes = NDArray[np.uint8]

compiled = numba.njit(cache=True, nogil=True)


@compiled
def child(tokens: Ints, first: Ints, node: int, token: int) -> int:
    """The child of ``node`` by ``token``, or -1. Binary search: O(log children)."""
    low, high = first[node], first[node + 1]
    while low < high:
        middle = (low + high) >> 1
        if tokens[middle] < token:
            low = middle + 1
        else:
            high = middle
    return low if low < first[node + 1] and tokens[low] == token else -1


@compiled
def _allow(row: Ints, token: int) -> None:
    if token >> 5 < len(row):
        row[token >> 5] |= np.int32(1) << np.int32(token & 31)


@compiled
def fill(row: Ints, tokens: Ints, first: Ints, accepts: Bytes, node: int, end: int) -> None:
    """Set ``row``, a bitmask of int32 words, to the tokens allowed at ``node`` (-1: ``end`` alone)."""
    row[:] = 0
    if node < 0:
        _allow(row, end)
        return
    for j in range(first[node], first[node + 1]):
        _allow(row, tokens[j])
    if (accepts[node >> 3] >> (node & 7)) & 1:
        _allow(row, end)
