"""Several kinds of pairs, told apart without labels by how their attributes agree.

A latent class has its own rates of agreement, attribute by attribute, independent of each other (Fellegi
and Sunter, 1969; Winkler, 1988; Goodman, 1974). That tells two editions of one work apart: their titles
agree, but venue, year and pages differ *together*, which slips of the pen do not. A covariance, as in
``mixture``, takes up just that.

Pairs that are no match are of several kinds themselves: one household, one artist, one work, nothing at all.
With one class for all of them the other would be the commonest of these kinds; so they have classes of their
own. Some of those turn out to be matches that another hand wrote: they keep most of what tells matches from
the rest.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from graph.epochs.mixture import Vector
from graph.fusion.comparison import Kind

LEAST = 3  # attributes below which independence does not tell classes apart (Goodman, 1974)
_LEVELS = np.array([250, 500, 800, 950])  # thousandths of agreement at which the next level begins
_AGREED = 800  # thousandths from which a pair agrees on the whole
_FEW = 0.98  # where fewer pairs do than the rest of this share, those that come nearest
_DOUBT = 0.05  # about the pairs to start from
_OTHERS = (3, 4, 5)  # how many kinds the rest may be of
_KEPT = 0.5  # of what tells matches from the rest: what a class of matches must keep
_NEARLY = 0.65  # from which it may be commoner than the first
_WRITTEN = 1 / 3  # from which it is one if another hand wrote it
_ROUNDS = 60
_UNSEEN = 0.5  # pairs added to each count, so that no level is impossible
_OUTLYING = 0.98  # pairs farther out than this share do not begin a kind

Otherwise = Callable[[NDArray[np.bool_], NDArray[np.bool_]], bool]


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


def matches(agreed: Vector, otherwise: Otherwise) -> Vector:
    """Each pair's probability to be a match. ``agreed``: see ``agreement``; ``otherwise``: whether a kind of
    pairs is what another hand wrote of the things that the second argument's pairs are of, see
    ``other_hands``.

    Starts from the pairs that agree on the whole: from what is sure, not from what is merely likely, as two
    editions are. The rest begins in three to five kinds; of these ends the one whose matches differ most from
    pairs at large, those first that tell what another hand wrote. What is missing tells nothing.
    O(pairs x attributes) a round.
    """
    known = ~np.isnan(agreed)
    values = np.where(known, agreed, 0)
    level = np.digitize(values, _LEVELS)
    shown = (np.eye(len(_LEVELS) + 1)[level] * known[:, :, None]).reshape(len(level), -1)
    whole = values.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    sure = whole >= min(_AGREED, float(np.quantile(whole, _FEW)))
    first = np.where(sure, 1 - _DOUBT, _DOUBT)[:, None]
    ends: list[tuple[bool, float, Vector]] = []
    for others in _OTHERS:
        p = _settled(shown, np.hstack([first, (1 - first) * _kinds(level, known, ~sure, others)]))
        alike = _matching(shown, p)
        written = _written(shown, p, alike, otherwise)
        end = p[:, alike | written].sum(axis=1)
        ends.append((bool(written.any()), _apart(shown, end), end))
    return max(ends, key=lambda end: end[:2])[2]


def _settled(shown: Vector, p: Vector) -> Vector:
    """Where expectation and maximisation lead from ``p`` (pairs, classes). ``shown``: (pairs, attributes x
    levels), 1 where a pair is at the level, nothing where the attribute is missing."""
    for _ in range(_ROUNDS):
        odds = shown @ np.log(_rates(shown, p)).reshape(shown.shape[1], -1)
        odds += np.log(np.maximum(p.mean(axis=0), 1e-9))
        p = np.exp(odds - odds.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
    return p


def _counts(shown: Vector, p: Vector) -> Vector:
    result: Vector = (shown.T @ p).reshape(-1, len(_LEVELS) + 1, p.shape[1])
    return result


def _rates(shown: Vector, p: Vector) -> Vector:
    """(attributes, levels, classes): how often a class is at a level of an attribute that is there."""
    counts = _counts(shown, p) + _UNSEEN
    result: Vector = counts / counts.sum(axis=1, keepdims=True)
    return result


def _kinds(level: NDArray[np.int64], known: NDArray[np.bool_], rest: NDArray[np.bool_], kinds: int) -> Vector:
    """(pairs, kinds): to which kind each pair of the rest belongs to begin with, the others to all alike. By
    means of levels; what is missing is at the mean. Begun with a usual pair and those farthest from it."""
    p = np.full((len(level), kinds), 1 / kinds)
    if not rest.any():
        return p
    mean = np.where(known, level, 0)[rest].sum(axis=0) / np.maximum(known[rest].sum(axis=0), 1)
    x = np.where(known, level, mean)[rest]
    middles = x[[int(_distances(x, x.mean(axis=0)[None])[:, 0].argmin())]]
    while len(middles) < kinds:
        far = _distances(x, middles).min(axis=1)
        far[far > np.quantile(far, _OUTLYING)] = 0
        middles = np.vstack([middles, x[int(far.argmax())]])
    for _ in range(_ROUNDS):
        chosen = np.eye(kinds)[_distances(x, middles).argmin(axis=1)]
        sizes = chosen.sum(axis=0)[:, None]
        middles = np.where(sizes > 0, chosen.T @ x / np.maximum(sizes, 1), middles)
    p[rest] = chosen
    return p


def _distances(x: Vector, middles: Vector) -> Vector:
    """(pairs, middles), squared."""
    return np.stack([((x - middle) ** 2).sum(axis=1) for middle in middles], axis=1)


def _matching(shown: Vector, p: Vector) -> NDArray[np.bool_]:
    """By class, whether it is of matches: the first, and those that keep most of how much more the first
    agrees than the rest does, nearly all of it if they are commoner."""
    share, size = _kept(shown, p), p.sum(axis=0)
    result: NDArray[np.bool_] = (share > _NEARLY) | (share > _KEPT) & (size <= size[0])
    result[0] = True
    return result


def _written(shown: Vector, p: Vector, alike: NDArray[np.bool_], otherwise: Otherwise) -> NDArray[np.bool_]:
    """By class, whether it keeps enough to be of matches, as those that are ``alike`` are, if another hand
    wrote them, which it did."""
    of = p.argmax(axis=1)
    share = _kept(shown, p)
    return np.array(
        [
            bool(not alike[k] and share[k] > _WRITTEN and otherwise(of == k, alike[of]))
            for k in range(p.shape[1])
        ]
    )


def _kept(shown: Vector, p: Vector) -> Vector:
    """By class, the share that it keeps of how much more the first agrees than the rest does. Of attributes
    that a class lacks nothing is asked."""
    by_class = _counts(shown, p)
    held = np.maximum(by_class.sum(axis=1), 1e-9)  # (attributes, classes)
    steps = np.arange(len(_LEVELS) + 1)[:, None]
    mean = (by_class * steps).sum(axis=1) / held
    others = _counts(shown, 1 - p[:, :1])
    rest = (others * steps).sum(axis=1) / np.maximum(others.sum(axis=1), 1e-9)
    gap = np.maximum(mean[:, :1] - rest, 0)
    kept = (held * np.clip(mean - rest, 0, gap)).sum(axis=0)
    result: Vector = kept / np.maximum((held * gap).sum(axis=0), 1e-9)
    return result


def _apart(shown: Vector, p: Vector) -> float:
    """How far matches differ from pairs at large, in nats a match (Kullback-Leibler). A common kind differs
    little: it is a good part of them."""
    both = np.stack([p, np.ones(len(p))], axis=1)
    rates = _rates(shown, both)
    told = (rates[:, :, 0] * np.log(rates[:, :, 0] / rates[:, :, 1])).sum(axis=1)
    return float(_counts(shown, both)[:, :, 0].sum(axis=1) @ told / max(float(p.sum()), 1e-9))
