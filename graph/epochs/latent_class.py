"""Two kinds of pairs, told apart without labels by how their attributes agree.

A latent class has its own rates of agreement, attribute by attribute, independent of each other (Fellegi
and Sunter, 1969; Winkler, 1988). That tells two editions of one work apart: their titles agree, but venue,
year and pages differ *together*, which slips of the pen do not. A covariance, as in ``mixture``, takes up
just that.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from graph.epochs.mixture import Vector, sigmoid
from graph.fusion.comparison import Kind

LEAST = 3  # attributes below which independence does not tell two classes apart (Goodman, 1974)
_LEVELS = (250, 500, 800, 950)  # thousandths of agreement at which the next level begins
_AGREED = 800  # thousandths from which a pair agrees on the whole
_FEW = 0.98  # where fewer pairs do than the rest of this share, those that come nearest
_DOUBT = 0.05  # about the pairs to start from
_ROUNDS = 100
_UNSEEN = 0.5  # pairs added to each count, so that no level is impossible


def agreement(vectors: Vector, names: NDArray[np.str_], attributes: Mapping[str, Kind]) -> Vector:
    """(pairs, attributes) in thousandths, NaN where missing: how far each attribute agrees.

    Of a text the lesser of its letters' and its numbers' agreement: one measure, since measures of one
    attribute depend on each other. ``vectors`` and ``names``: comparison vectors and what their places hold.
    """
    found: list[Vector] = []
    for name, kind in sorted(attributes.items()):
        measures = ("gram", "number") if kind is Kind.TEXT else (kind.value,)
        columns = vectors[:, np.isin(names, [f"{name}:{measure}" for measure in measures])]
        if columns.shape[1]:
            found.append(np.fmin.reduce(columns, axis=1))
    return np.column_stack(found) if found else np.empty((len(vectors), 0))


def matches(agreed: Vector) -> Vector:
    """Each pair's probability to be of the class that agrees. ``agreed``: see ``agreement``.

    Starts from the pairs that agree on the whole: from what is sure, not from what is merely likely, as two
    editions are. What is missing tells nothing. O(pairs x attributes) a round.
    """
    known = ~np.isnan(agreed)
    values = np.where(known, agreed, 0)
    level = np.digitize(values, _LEVELS)
    whole = values.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    p = np.where(whole >= min(_AGREED, float(np.quantile(whole, _FEW))), 1 - _DOUBT, _DOUBT)
    for _ in range(_ROUNDS):
        share = min(max(float(p.mean()), 1e-6), 1 - 1e-6)
        odds = np.full(len(p), np.log(share / (1 - share)))
        for at, has in zip(level.T, known.T, strict=True):
            odds += np.where(has, _told(at, p * has, (1 - p) * has)[at], 0.0)
        p = sigmoid(odds)
    return p


def _told(level: NDArray[np.int64], yes: Vector, no: Vector) -> Vector:
    """What each level says, as log-likelihood ratio."""
    counts = [np.bincount(level, w, len(_LEVELS) + 1) + _UNSEEN for w in (yes, no)]
    result: Vector = np.log(counts[0] / counts[0].sum()) - np.log(counts[1] / counts[1].sum())
    return result
