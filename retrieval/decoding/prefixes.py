"""Rows that share beginnings: the tree of their prefixes, and the same tree with each value spelled out.

A path is a row of segments and a segment a row of tokens, so a trie of tokens is the tree of the paths'
prefixes, spelled. No Python runs for a single row: each level is a few operations of numpy.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Ragged:
    """Rows of differing lengths, end to end: row i is ``values[start[i] : start[i + 1]]``."""

    values: Ints
    start: NDArray[np.int64]  # (rows + 1,)

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]]) -> "Ragged":
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        values = np.fromiter(chain.from_iterable(rows), np.int32, int(lengths.sum()))
        return cls.cut(values, lengths)

    @classmethod
    def cut(cls, values: Ints, lengths: NDArray[np.int64]) -> "Ragged":
        return cls(values, np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]))

    def __len__(self) -> int:
        return len(self.start) - 1

    def __iter__(self) -> Iterator[Ints]:
        return (self.values[low:high] for low, high in pairwise(self.start.tolist()))

    @property
    def lengths(self) -> NDArray[np.int64]:
        return np.diff(self.start)

    def where(self, kept: NDArray[np.bool_]) -> "Ragged":
        """All rows, with the values that ``kept``, shape (values,), marks."""
        before = np.concatenate([np.zeros(1, np.int64), np.cumsum(kept)])
        return Ragged(self.values[kept], before[self.start])

    def take(self, kept: NDArray[np.bool_]) -> "Ragged":
        """The rows that ``kept``, shape (rows,), marks."""
        lengths = self.lengths
        return Ragged.cut(self.values[np.repeat(kept, lengths)], lengths[kept])


@dataclass(frozen=True, slots=True)
class PrefixTree:
    """The distinct prefixes of rows, numbered breadth first from the empty one. ``values[j]`` is the last
    value of prefix j, ``first`` as in ``Trie``; row i is prefix ``ends[i]``."""

    values: Ints
    first: NDArray[np.int64]
    ends: NDArray[np.int64]


def prefix_tree(rows: Ragged) -> PrefixTree:
    """One level at a time, by sorting (parent, value) keys: O(values log rows)."""
    lengths = rows.lengths
    ends = np.zeros(len(rows), np.int64)
    live = np.flatnonzero(lengths)
    parent = np.zeros(len(live), np.int64)  # of each row, numbered within the level above
    values, counts, width, base, depth = [np.zeros(1, np.int32)], [], 1, 1, 0
    while len(live):
        above, value, local = _distinct(parent, rows.values[rows.start[live] + depth])
        values.append(value)
        counts.append(np.bincount(above, minlength=width))
        depth += 1
        done = lengths[live] == depth
        ends[live[done]] = base + local[done]
        live, parent = live[~done], local[~done]
        width = len(value)
        base += width
    return PrefixTree(np.concatenate(values), _first_children(counts, width), ends)


def spell(tree: PrefixTree, segments: Ragged) -> tuple[Ints, Ints, NDArray[np.int64]]:
    """Tokens and first children of the trie in which each value of the tree is a segment, and the node at
    which each prefix ends. Two segments may begin alike, so several of them can stand at one node."""
    nodes = np.zeros(len(tree.values), np.int64)
    tokens, counts, width, base = [np.zeros(1, np.int32)], [], 1, 1
    # the segments being spelled: their prefixes, the node they stand at within its level, and where they
    # are and end in segments.values
    prefix, node = np.arange(1, tree.first[1]), np.zeros(tree.first[1] - 1, np.int64)
    at, stop = segments.start[tree.values[prefix]], segments.start[tree.values[prefix] + 1]
    while len(prefix):
        above, token, node = _distinct(node, segments.values[at])
        tokens.append(token)
        counts.append(np.bincount(above, minlength=width))
        at = at + 1
        done = at == stop
        if done.any():
            ended, left = prefix[done], ~done
            nodes[ended] = base + node[done]
            children = tree.first[ended + 1] - tree.first[ended]
            skipped = np.repeat(tree.first[ended] - (np.cumsum(children) - children), children)
            begun = skipped + np.arange(len(skipped))
            prefix = np.concatenate([prefix[left], begun])
            node = np.concatenate([node[left], np.repeat(node[done], children)])
            at = np.concatenate([at[left], segments.start[tree.values[begun]]])
            stop = np.concatenate([stop[left], segments.start[tree.values[begun] + 1]])
        width = len(token)
        base += width
    return np.concatenate(tokens), _first_children(counts, width).astype(np.int32), nodes


def _distinct(parent: NDArray[np.int64], value: Ints) -> tuple[NDArray[np.int64], Ints, NDArray[np.int64]]:
    """The distinct pairs in order, as parents and values, and the number of each pair's place among them."""
    keys = parent << 32 | value
    order = np.argsort(keys)
    ordered = keys[order]
    new = np.empty(len(keys), dtype=bool)
    new[0] = True
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    local = np.empty(len(keys), np.int64)
    local[order] = np.cumsum(new) - 1
    distinct = ordered[new]
    return distinct >> 32, distinct.astype(np.int32), local  # the low half


def _first_children(counts: list[NDArray[np.int64]], width: int) -> NDArray[np.int64]:
    """From the number of children of each node, level by level; the last level, ``width`` wide, has none."""
    return np.cumsum(np.concatenate([np.ones(1, np.int64), *counts, np.zeros(width, np.int64)]))
