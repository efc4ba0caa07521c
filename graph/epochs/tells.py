"""What a word tells by being repeated, or not, learnt from the pairs' present probabilities.

In matching pairs some words come back (titles, model numbers) and some do not (advertisement), and that
differs by source: each source and class of words (shape and rarity) has its two rates, and a word seen in
enough matches its own, shrunk towards its class.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.epochs.candidates import Pairs
from graph.epochs.mixture import Vector
from graph.fusion.comparison import MILLI, Rarity, told
from graph.fusion.matcher import Sighting, word_class

_SHRINK = 30.0  # matches after which a word counts as much as its class
_OWN = 8.0  # expected matches that must hold a word for it to be told apart from its class

Tells = Mapping[str, Mapping[str, tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Every (pair, side, word): ``token`` numbers (source, word), ``group`` numbers (source, class)."""

    pair: NDArray[np.int64]
    token: NDArray[np.int64]
    shared: NDArray[np.bool_]
    group_of: NDArray[np.int64]  # by token
    tokens: tuple[tuple[str, str], ...]
    groups: tuple[tuple[str, str], ...]
    pairs: int

    @classmethod
    def of(cls, seen: Sequence[Sighting], pairs: Pairs, rarity: Rarity) -> "Occurrences":
        tokens: dict[tuple[str, str], int] = {}
        groups: dict[tuple[str, str], int] = {}
        rows: list[tuple[int, int, bool]] = []
        for row, (i, j) in enumerate(pairs.tolist()):
            a, b = seen[i], seen[j]
            both, mine, yours = told(a.look.whole, b.look.whole)
            for source, words, shared in (
                (a.source, both, True),
                (b.source, both, True),
                (a.source, mine, False),
                (b.source, yours, False),
            ):
                for word in words:
                    rows.append((row, tokens.setdefault((source, word), len(tokens)), shared))
        group_of = [groups.setdefault((s, word_class(w, rarity)), len(groups)) for s, w in tokens]
        table = np.array(rows, dtype=np.int64).reshape(-1, 3)
        return cls(
            table[:, 0],
            table[:, 1],
            table[:, 2].astype(bool),
            np.array(group_of, dtype=np.int64),
            tuple(tokens),
            tuple(groups),
            len(pairs),
        )

    def learn(self, p: Vector) -> Tells:
        """By source, what each class and each well-seen word tells: (repeated, not repeated)."""
        mine, theirs = self._counts(p), self._counts(1 - p)
        class_mine, class_theirs = self._rates(mine), self._rates(theirs)
        yes = _shrunk(mine, class_mine[self.group_of])
        no = _shrunk(theirs, class_theirs[self.group_of])
        found: dict[str, dict[str, tuple[int, int]]] = {}
        for (source, group), here, there in zip(self.groups, class_mine, class_theirs, strict=True):
            found.setdefault(source, {})[group] = _told(here, there)
        for k in np.flatnonzero(mine.sum(axis=0) >= _OWN):
            source, word = self.tokens[k]
            found[source][word] = _told(yes[k], no[k])
        return {source: dict(sorted(words.items())) for source, words in sorted(found.items())}

    def features(self, tells: Tells) -> Vector:
        """(pairs, 3): ``matcher.telling`` of every pair at once."""
        by_group = np.array([tells[s][g] for s, g in self.groups]).reshape(-1, 2)
        own = [tells[s].get(w) for s, w in self.tokens]
        value = np.array(
            [by_group[g] if t is None else t for t, g in zip(own, self.group_of, strict=True)]
        ).reshape(-1, 2)
        told = np.where(self.shared, value[self.token, 0], value[self.token, 1])
        together = np.bincount(self.pair[self.shared], told[self.shared], self.pairs) // 2
        alone = np.bincount(self.pair[~self.shared], told[~self.shared], self.pairs)
        worst = np.full(self.pairs, np.iinfo(np.int64).max)
        np.minimum.at(worst, self.pair[~self.shared], told[~self.shared])
        worst[worst == np.iinfo(np.int64).max] = 0
        return np.column_stack([together, alone, worst]).astype(float)

    def _counts(self, p: Vector) -> Vector:
        """(2, tokens): expected pairs in which the word is repeated, and in which it is not."""
        of = p[self.pair]
        size = len(self.tokens)
        return np.stack(
            [
                np.bincount(self.token[self.shared], of[self.shared], size),
                np.bincount(self.token[~self.shared], of[~self.shared], size),
            ]
        )

    def _rates(self, counts: Vector) -> Vector:
        """By group: the share of its words that are repeated."""
        sums = np.stack([np.bincount(self.group_of, c, len(self.groups)) for c in counts]) + 0.5
        result: Vector = sums[0] / sums.sum(axis=0)
        return result


def _shrunk(counts: Vector, rate: Vector) -> Vector:
    result: Vector = (counts[0] + _SHRINK * rate) / (counts.sum(axis=0) + _SHRINK)
    return result


def _told(here: float, there: float) -> tuple[int, int]:
    return (
        round(MILLI * float(np.log(here / there))),
        round(MILLI * float(np.log((1 - here) / (1 - there)))),
    )
