"""A trie and the paths that its accepting nodes stand for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.errors import OutsideTrie
from graph.ports import GraphPath
from retrieval.decoding.tokenise import SegmentTokenizer
from retrieval.decoding.trie import Trie, TrieLimits, build_joined
from retrieval.decoding.verbalize import VERSION, verbalise


@dataclass(frozen=True, slots=True, eq=False)
class PathTrie:
    """``left_out`` counts paths too long for the limits: they are not in the trie, and that must be said."""

    trie: Trie
    candidates: Sequence[GraphPath]
    left_out: int
    longest: int  # tokens of the longest path
    # the candidates in the trie, by the node where they end
    _nodes: NDArray[np.int64]  # ascending
    _indexes: NDArray[np.int64]

    def paths(self, tokens: Sequence[int]) -> tuple[GraphPath, ...]:
        """All paths that ``tokens``, end of sequence left out, stand for, in the candidates' order.
        OutsideTrie if they are none."""
        node = self.trie.walk(tokens)
        low, high = np.searchsorted(self._nodes, [node, node + 1])
        if low == high:
            raise OutsideTrie("the engine's output is no path of the trie; it was discarded")
        return tuple(self.candidates[index] for index in self._indexes[low:high])


def compile_paths(
    paths: Sequence[GraphPath], tokenizer: SegmentTokenizer, limits: TrieLimits
) -> PathTrie | None:
    """The trie of ``paths``, validated; None where no path fits the limits."""
    wording = verbalise(paths)
    rows, segments = tokenizer.spell(wording.segments, wording.rows)
    tokens = np.add.reduceat(segments.lengths[rows.values], rows.start[:-1])
    fits = (tokens > 0) & (tokens <= limits.depth)
    if not fits.any():
        return None
    trie, ends = build_joined(rows.take(fits), segments, tokenizer=tokenizer.hash, verbaliser=VERSION)
    trie.validate(vocabulary=tokenizer.vocabulary, forbidden=tokenizer.special, limits=limits)
    order = np.argsort(ends, kind="stable")
    left_out = len(paths) - len(ends)
    return PathTrie(trie, paths, left_out, int(tokens[fits].max()), ends[order], np.flatnonzero(fits)[order])
