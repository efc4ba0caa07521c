"""Where to start a fit from where each source holds each thing once, and which of its ends to keep.

Expectation and maximisation end at one of several self-consistent answers. From all pairs that are each
other's nearest they find matches that differ much in form, but where few rows have a partner they find what
is merely near; from the surest few it is the other way round. An end's own probabilities do not tell which:
the wrong one is as sure of itself. What tells are rivals. A pair that is likely, but loses a seat to another,
is false, and false pairs come as often between two rows that have no partner, where they win. (A count of
what is known to be false, as by the decoys of Elias and Gygi, 2007; here the matches are each other's.)
"""

import numpy as np
from numpy.typing import NDArray

from graph.epochs.mixture import Vector
from graph.epochs.one_to_one import Rivals, seated

_SHARES = (0.2, 0.05, 0.02)  # of the smaller side's rows: the surest pairs to start from
_FEWEST = 10  # pairs to start from


def starts(rivals: Rivals, likeness: Vector) -> list[Vector]:
    """Probabilities to start from, the fullest first: the pairs that are each other's nearest, then the
    surest of these."""
    best = np.zeros(rivals.seats)
    np.maximum.at(best, rivals.left, likeness)
    np.maximum.at(best, rivals.right, likeness)
    mutual = (likeness >= best[rivals.left]) & (likeness >= best[rivals.right])
    sure = np.flatnonzero(mutual)
    sure = sure[np.argsort(-likeness[sure], kind="stable")]
    sizes = [len(sure), *(max(int(share * min(rivals.rows)), _FEWEST) for share in _SHARES)]
    return [_marked(len(likeness), sure[:size]) for size in sizes]


def _marked(size: int, chosen: NDArray[np.int64]) -> Vector:
    p = np.zeros(size)
    p[chosen] = 1.0
    return p


def gain(rivals: Rivals, odds: Vector) -> int:
    """True less false pairs to be expected of those that ``odds`` holds for likelier than not.

    Of every number of true matches that there may be, the one under which as many false pairs would win as
    do: all false ones, by the share of pairs of rows that have no true match, less those that lose to each
    other (of n pairs a row, laid at random and taken in turn, n / (1 + n) are kept). O(pairs log pairs).
    """
    likely = odds > 0
    first = seated(rivals, odds)
    winners = int(likely[first].sum())
    rows = [len(np.unique(seats)) for seats in (rivals.left, rivals.right)]
    true = np.arange(winners + 1)
    left, right = rows[0] - true, rows[1] - true
    meeting = (int(likely.sum()) - true) * left * right / (rows[0] * rows[1])
    winning = meeting / (1 + meeting / np.maximum(np.sqrt(left * right), 1))
    found = int(np.argmin(np.abs(winning - (winners - true))))
    return 2 * found - winners
