"""From a weighted sum to log-odds: the two score distributions side by side, rising throughout.

Gaussians are far too sure of themselves far out. What a score is worth is read off the scores of the present
matches and of the rest: a histogram with bins of equal mass where the matches are, made monotone by pooling
(Ayer et al., 1955).
"""

import numpy as np
from numpy.typing import NDArray

from graph.epochs.mixture import Vector
from graph.types import MICRO

_BINS = 40  # at most
_FEWEST = 6  # at least
_FILLED = 4  # matches a bin, so that half a match added to each stays small beside them
_TOP = 3  # bins are laid over this many times as many of the best pairs as there are matches
_SLOPE = 0.02  # least rise, so that of two scores the higher stays the higher

Knots = tuple[tuple[int, int], ...]


def fit(x: NDArray[np.int64] | Vector, p: Vector, prior: float) -> Knots:
    """Knots (score, log-odds) in micro-nats, both rising."""
    matches = float(p.sum())
    fine = min(max(int(matches / _FILLED), _FEWEST), _BINS)
    best = np.sort(x)[-max(int(_TOP * matches), fine) :]
    edges = np.unique(
        np.concatenate([np.quantile(x, [0, 0.25, 0.5]), np.quantile(best, np.linspace(0, 1, fine))])
    )
    if len(edges) < 3:
        return ((-30 * MICRO, -30 * MICRO), (30 * MICRO, 30 * MICRO))
    bins = len(edges) - 1
    place = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, bins - 1)
    yes, no = (np.bincount(place, w, bins) + 0.5 for w in (p, 1 - p))
    ratio = _rising(np.log(yes / yes.sum()) - np.log(no / no.sum()), yes + no)
    middle = (edges[1:] + edges[:-1]) / 2
    ends = np.concatenate([[edges[0] - MICRO], middle, [edges[-1] + MICRO]])
    level = np.concatenate([[ratio[0]], ratio, [ratio[-1]]]) + prior
    level = level + _SLOPE * (ends - ends.mean()) / MICRO
    knots: dict[int, int] = {}
    for at, value in zip(np.round(ends).astype(int), np.round(MICRO * level).astype(int), strict=True):
        knots.setdefault(int(at), int(value))
    return tuple(sorted(knots.items()))


def along(knots: Knots, x: NDArray[np.int64] | Vector) -> Vector:
    """``matcher.bent`` for many scores at once."""
    result: Vector = np.interp(x, [k[0] for k in knots], [k[1] for k in knots])
    return result


def _rising(values: Vector, weights: Vector) -> Vector:
    pools: list[list[float]] = []  # value, weight, bins
    for value, weight in zip(values, weights, strict=True):
        pools.append([float(value), float(weight), 1])
        while len(pools) > 1 and pools[-2][0] >= pools[-1][0]:
            v, w, n = pools.pop()
            pools[-1] = [
                (pools[-1][0] * pools[-1][1] + v * w) / (pools[-1][1] + w),
                pools[-1][1] + w,
                pools[-1][2] + n,
            ]
    return np.concatenate([np.full(int(n), v) for v, _, n in pools])
