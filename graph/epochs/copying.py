"""Which sources may copy from each other: candidates by how often they agree, for ``graph.epochs.account``.

Copiers agree more often with each other than either does with the rest. So do accurate sources among bad
ones, and sources that write in one way what others write in another (``graph.epochs.languages``); which of
these it is, the likelihood of all votes tells, not a threshold.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

import numpy as np

from graph.epochs.ballot import Ballot
from graph.fusion.components import components

Classes = Mapping[int, int]  # a source that copies to the smallest source of its class

_SHARED = 10  # items of which two sources must both speak
_OTHERS = 3  # sources of as many votes that must belong to no class
_COMPARED = 64  # sources of one item that are compared
COST = 7.0  # nats that the likelihood of all votes must gain for each source held to copy
EXCESS = (0.4, 0.35, 0.3, 0.25, 0.2, 0.15)  # agreement above the two sources' average


class Agreement(NamedTuple):
    """Of two sources, the smaller first, of how many items both speak, and of how many they say the same."""

    shared: Counter[tuple[int, int]]
    agreed: Counter[tuple[int, int]]

    @classmethod
    def of(cls, ballot: Ballot) -> "Agreement":
        said: dict[int, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
        rows = (ballot.item.tolist(), ballot.source.tolist(), ballot.slot.tolist())
        for i, s, v in zip(*rows, strict=True):
            said[i][s].add(v)
        found = cls(Counter(), Counter())
        for by_source in said.values():
            for a, b in combinations(sorted(by_source)[:_COMPARED], 2):
                found.shared[a, b] += 1
                found.agreed[a, b] += bool(by_source[a] & by_source[b])
        return found

    def excess(self) -> dict[tuple[int, int], float]:
        """How much more often two sources agree than they do on average with all they share items with."""
        known = [pair for pair, n in self.shared.items() if n >= _SHARED]
        met: Counter[int] = Counter()
        alike: Counter[int] = Counter()
        for pair in known:
            for end in pair:
                met[end] += self.shared[pair]
                alike[end] += self.agreed[pair]
        return {
            (a, b): self.agreed[a, b] / self.shared[a, b] - (alike[a] / met[a] + alike[b] / met[b]) / 2
            for a, b in sorted(known)
        }


def agreeing(excess: Mapping[tuple[int, int], float], least: float) -> dict[int, int]:
    """Each source of a pair that agrees that much, but the smallest of those that are connected, to that."""
    pairs = [pair for pair, by in excess.items() if by >= least]
    smallest = components(sorted({source for pair in pairs for source in pair}), pairs)
    return {source: first for source, first in smallest.items() if source != first}


def candidate_classes(ballot: Ballot) -> Iterator[Classes]:
    """Ever larger classes, and each of them alone.

    Who copies is told by others who agree without it: some must be left.
    """
    known = int((np.bincount(ballot.source) >= _SHARED).sum())
    excess = Agreement.of(ballot).excess()
    seen: list[Classes] = [{}]
    for least in EXCESS:
        classes = agreeing(excess, least)
        alone = [{s: c for s, c in classes.items() if c == kept} for kept in sorted(set(classes.values()))]
        for candidate in (classes, *alone):
            members = {*candidate, *candidate.values()}
            if candidate not in seen and known - len(members) >= _OTHERS:
                seen.append(candidate)
                yield candidate
