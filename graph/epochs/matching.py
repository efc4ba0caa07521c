"""An epoch learnt from unlabelled tables: expectation and maximisation over the candidates' comparison
vectors.

Start from the pairs that are each other's nearest (or, within one source, from a split of their likeness),
then in turn: weigh the features by what tells the present matches from the rest (``mixture``), learn what a
repeated word tells (``tells``), bend the sum to log-odds by the two score distributions (``curve``), and give
each pair its probability, under the rule that a thing appears once in a source that does not repeat itself
(``one_to_one``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from graph.epochs import curve, mixture, rarity, tells
from graph.epochs.candidates import Pairs
from graph.epochs.one_to_one import Rivals, posterior, prior_odds
from graph.epochs.tables import Record, Table, candidates, kinds, sightings, table
from graph.fusion.comparison import (
    MILLI,
    TEXT_FEATURES,
    Kind,
    compare,
    feature_names,
    summary,
    summary_names,
)
from graph.fusion.epoch import EPOCH_0, Epoch
from graph.fusion.matcher import TELLING, Matcher, Sighting
from graph.types import MICRO

Vector = NDArray[np.float64]

_ROUNDS = 15  # with the weights alone
_REFINED = 8  # with words and curve
_STEEP = 200  # nats beyond which a sum tells no more
_COMPARABLE = 0.03  # share of pairs in which a feature must be known to be weighed


@dataclass(frozen=True, slots=True)
class Features:
    """Comparison vectors of all pairs, those features left out that too few pairs have or all have alike."""

    names: tuple[str, ...]
    values: Vector  # (pairs, features), NaN where missing

    @classmethod
    def of(cls, vectors: Sequence[Sequence[int | None]], names: Sequence[str]) -> "Features":
        values = np.array(vectors, dtype=float)
        used = (~np.isnan(values)).mean(axis=0) > _COMPARABLE
        used[used] = np.nanstd(values[:, used], axis=0) > 0
        return cls(tuple(name for name, kept in zip(names, used, strict=True) if kept), values[:, used])

    def weighed(self, p: Vector) -> tuple[dict[str, tuple[int, int]], Vector, float]:
        """Mean and weight of each feature in whole numbers, every pair's sum by them, and the sum's bias."""
        scaled = mixture.scaled(self.values)
        weights, bias = mixture.discriminant(scaled.values, p)
        mean = np.round(scaled.mean).astype(np.int64)
        slope = np.round(MICRO * weights / scaled.deviation).astype(np.int64)
        told = {n: (int(m), int(w)) for n, m, w in zip(self.names, mean, slope, strict=True)}
        return told, np.where(np.isnan(self.values), 0, self.values - mean) @ slope, bias


def calibrate(records: Sequence[Record], base: Epoch = EPOCH_0) -> Epoch:
    """``base`` with a matcher learnt from ``records``; equal sets of records give equal epochs.

    Cost: one comparison a candidate pair (about ``REACH`` a record), then matrix products over them.
    """
    known = table(records)
    attributes = kinds(known.records)
    seldom = rarity.learn(" ".join(r.fields.values()) for r in known.records)
    seen = sightings(known.records, attributes, seldom)
    pairs = candidates(known, seen)
    matcher = Matcher(attributes, seldom.words, seldom.grams)
    if len(pairs):
        matcher = _learn(known, seen, pairs, attributes, matcher)
    return replace(base, matcher=matcher)


def _learn(
    known: Table,
    seen: Sequence[Sighting],
    pairs: Pairs,
    attributes: dict[str, Kind],
    matcher: Matcher,
) -> Matcher:
    vectors = [compare(seen[i].look, seen[j].look, attributes) for i, j in pairs.tolist()]
    rivals = Rivals.of(known, pairs)
    if rivals.free:
        told = [summary(vector, attributes) for vector in vectors]
        whole = [vector[: len(TEXT_FEATURES)] for vector in vectors]
        return _within(
            rivals, Features.of(whole, feature_names({})), Features.of(told, summary_names()), matcher
        )
    words = tells.Occurrences.of(seen, pairs, matcher.rarity)
    return _across(rivals, Features.of(vectors, feature_names(attributes)), words, matcher)


def _across(rivals: Rivals, features: Features, words: tells.Occurrences, matcher: Matcher) -> Matcher:
    """Sources that hold each thing once: start from the pairs that are each other's likest."""
    likeness = features.values[:, 0]
    best = np.zeros(rivals.seats)
    np.maximum.at(best, rivals.left, likeness)
    np.maximum.at(best, rivals.right, likeness)
    p = ((likeness >= best[rivals.left]) & (likeness >= best[rivals.right])).astype(float)
    z = mixture.scaled(features.values).values
    for _ in range(_ROUNDS):
        weights, bias = mixture.discriminant(z, p)
        p = posterior(rivals, z @ weights + bias + prior_odds(rivals, p))
    for _ in range(_REFINED):
        told = words.learn(p)
        everything = Features((*features.names, *TELLING), np.hstack([features.values, words.features(told)]))
        weighed, x, _ = everything.weighed(p)
        knots = curve.fit(x, p, prior_odds(rivals, p))
        p = posterior(rivals, curve.along(knots, x) / MICRO)
    return replace(matcher, features=weighed, tells=told, curve=knots)


def _within(rivals: Rivals, whole: Features, parts: Features, matcher: Matcher) -> Matcher:
    """A source that repeats itself: two views of a pair, its whole texts and its attributes, each split
    by itself; the epoch takes the mean of their log-odds, so that neither alone decides."""
    summed: dict[str, tuple[int, int]] = {}
    shift = 0.0
    start = mixture.split(whole.values[:, 0] / MILLI)
    for view in (whole, parts):
        p = start
        z = mixture.scaled(view.values).values
        for _ in range(_ROUNDS):
            weights, bias = mixture.discriminant(z, p)
            p = posterior(rivals, z @ weights + bias + prior_odds(rivals, p))
        weighed, _, bias = view.weighed(p)
        summed |= {name: (mean, weight // 2) for name, (mean, weight) in weighed.items()}
        shift += (bias + prior_odds(rivals, p)) / 2
    low, high = round((shift - _STEEP) * MICRO), round((shift + _STEEP) * MICRO)
    return replace(matcher, features=summed, curve=((-_STEEP * MICRO, low), (_STEEP * MICRO, high)))
