"""Probabilities of pairs where a thing appears once in a source: belief propagation for matchings.

Each record has a seat for each other source; a seat takes one partner at most where that source holds each
thing once. Messages tell a pair how much its rivals for the seat claim (Huang and Jebara, 2009; Bayati et
al., 2011). Pairs within a source that repeats itself compete for nothing.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.epochs.candidates import Pairs
from graph.epochs.mixture import Vector, sigmoid
from graph.epochs.tables import Table

_PASSES = 50
_SURE = 0.98  # share of records matched above which the prior counts no more


@dataclass(frozen=True, slots=True)
class Rivals:
    """The seats that pairs compete for. ``free``: some source may repeat itself, so that pairs need not."""

    left: NDArray[np.int64]  # by pair: the seat of the first record for the second's source
    right: NDArray[np.int64]
    bound_left: NDArray[np.bool_]  # by pair: whether that seat takes one partner at most
    bound_right: NDArray[np.bool_]
    seats: int
    rows: tuple[int, int]  # records on the two sides, over all pairs of sources
    free: bool

    @classmethod
    def of(cls, known: Table, pairs: Pairs) -> "Rivals":
        sources = len(known.clean)
        a, b = known.group[pairs[:, 0]], known.group[pairs[:, 1]]
        sizes = np.bincount(known.group, minlength=sources)
        first = sum(int(sizes[s]) * (sources - 1 - s) for s in range(sources))
        second = sum(int(sizes[s]) * s for s in range(sources))
        across = a != b
        return cls(
            left=pairs[:, 0] * sources + b,
            right=pairs[:, 1] * sources + a,
            bound_left=across & known.clean[b],
            bound_right=across & known.clean[a],
            seats=len(known.group) * sources,
            rows=(max(first, 1), max(second, 1)),
            free=known.deduplicating,
        )


def prior_odds(rivals: Rivals, p: Vector) -> float:
    """Log-odds of a candidate before it is looked at, from the matches expected. Under one-to-one, those of a
    pair whose two records have no other partner."""
    matches = min(max(float(p.sum()), 1.0), len(p) - 0.5)
    if rivals.free:
        return float(np.log(matches / (len(p) - matches)))
    left, right = (max(1 - matches / rows, 1 - _SURE) for rows in rivals.rows)
    return float(np.log(matches / len(p)) - np.log(left) - np.log(right))


def posterior(rivals: Rivals, odds: Vector) -> Vector:
    """Each pair's probability, given its log-odds alone and its rivals. O(pairs)."""
    if rivals.free:
        return sigmoid(odds)
    weight = np.exp(np.clip(odds, -30, 30))
    from_left = from_right = np.ones(len(odds))
    for _ in range(_PASSES):
        claimed = weight * from_right
        others = np.bincount(rivals.left, claimed, rivals.seats)[rivals.left] - claimed
        from_left = np.where(rivals.bound_left, 1 / (1 + np.maximum(others, 0)), 1.0)
        claimed = weight * from_left
        others = np.bincount(rivals.right, claimed, rivals.seats)[rivals.right] - claimed
        from_right = np.where(rivals.bound_right, 1 / (1 + np.maximum(others, 0)), 1.0)
    share = weight * from_left * from_right
    result: Vector = share / (1 + share)
    return result


def seated(rivals: Rivals, odds: Vector) -> NDArray[np.int64]:
    """The pairs that come first at both their seats, taken greedily by odds; ties go by number."""
    taken: set[int] = set()
    first: list[int] = []
    for k in np.argsort(-odds, kind="stable").tolist():
        seats = {int(rivals.left[k]), int(rivals.right[k])}
        if taken.isdisjoint(seats):
            taken |= seats
            first.append(k)
    return np.array(first, dtype=np.int64)
