"""Where an output stands in a trie, as a value: advancing returns a new state and the old one stays valid.

That makes rollback a matter of keeping old states, and batching and preemption harmless. End of sequence is
allowed exactly where a path ends. Whatever is wrong, the mask never opens: a dead or ended state allows end
of sequence alone, and no token leads out of it.
"""

from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import NewType

import numpy as np
from numpy.typing import NDArray

from retrieval.decoding.trie import Trie

State = NewType("State", int)  # a node of the trie, or one of the two below

START = State(0)
DEAD = State(-1)  # the output left the trie
ENDED = State(-2)  # the output is a path, and its end of sequence was seen


@dataclass(frozen=True)
class Matcher:
    """Of a validated trie, which holds no special token; ``end`` is the end-of-sequence token."""

    trie: Trie
    end: int

    @cached_property
    def _kernels(self) -> ModuleType:
        from retrieval.decoding import kernels  # late: see there

        return kernels

    def advance(self, state: State, token: int) -> State:
        if state < 0:
            return DEAD
        if token == self.end:
            return ENDED if self.trie.accepting(state) else DEAD
        return State(int(self._kernels.child(self.trie.tokens, self.trie.first, state, token)))

    def allowed(self, state: State) -> NDArray[np.int32]:
        """The tokens that may follow, ascending; never none."""
        end = np.array([self.end], np.int32)
        if state < 0:
            return end
        children = self.trie.children(state)
        return np.sort(np.concatenate([children, end])) if self.trie.accepting(state) else children

    def fill(self, state: State, row: NDArray[np.int32]) -> None:
        """Set the bitmask ``row``, shape (ceil(vocabulary / 32),), to what ``allowed`` lists."""
        trie = self.trie
        self._kernels.fill(row, trie.tokens, trie.first, trie.accepts, state, self.end)

    def forced(self, state: State, limit: int) -> list[int]:
        """The tokens, at most ``limit``, that follow from ``state`` without a choice, end of sequence too."""
        trie, node = self.trie, int(state)
        run: list[int] = []
        while len(run) < limit and node >= 0:
            start, stop = int(trie.first[node]), int(trie.first[node + 1])
            if trie.accepting(node):
                return run if stop > start else [*run, self.end]
            if stop - start != 1:
                break
            run.append(int(trie.tokens[start]))
            node = start
        return run
