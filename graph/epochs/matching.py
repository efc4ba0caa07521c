"""An epoch learnt from unlabelled tables: expectation and maximisation over the candidates' comparison
vectors.

Where each source holds each thing once, start from the pairs that are each other's nearest, and from the
surest of them, and keep the end that rivals speak for (``restarts``). From each start, in turn: weigh the
features by what tells the present matches from the rest (``mixture``; at last, where they meet:
``regression``), learn what a repeated word tells (``tells``), bend the sum to log-odds by the two score
distributions (``curve``), and give each pair its probability, under the rule that a thing appears once in a
source (``one_to_one``). Pairs that lack what tells most have weights of their own (``gaps``).

Where a source repeats itself no such rule tells what is near from what is one. There the probabilities are
found by how attributes agree (``latent_class``), of too few attributes by how much they have in common
(``fusion.likeness``), and weights, words and curve are learnt of them once: sums of features that depend on
each other would lead back to what is merely near. Of a handful of pairs nothing is learnt.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from graph.epochs import formats, gaps, latent_class, mixture, rarity, restarts, tells
from graph.epochs.line import Line
from graph.epochs.one_to_one import Rivals, posterior, prior_odds
from graph.epochs.other_hands import Hands
from graph.epochs.tables import Record, Table, candidates, kinds, sightings, table
from graph.fusion.comparison import MISTYPED, Kind, compare, feature_names
from graph.fusion.epoch import EPOCH_0, Epoch
from graph.fusion.likeness import likeness
from graph.fusion.matcher import LIKENESS, TELLING, Matcher, prior
from graph.types import MICRO

Vector = NDArray[np.float64]

_REFINED = 8  # rounds with words and curve
_SAME = 0.01  # two ends are one where no pair's probability differs by more
_PARTNERS = 0.2  # of the smaller side's rows must have one across, true less false, for two hands to be two
_FEWEST = 40  # pairs from which something is learnt
_UNTOLD = np.full(len(TELLING), np.nan)  # of words no value is known to be no evidence
_COMPARABLE = 0.03  # share of pairs in which a feature must be known to be weighed


def calibrate(records: Sequence[Record], base: Epoch = EPOCH_0) -> Epoch:
    """``base`` with a matcher learnt from ``records``; equal sets of records give equal epochs.

    Cost: one comparison a candidate pair (about ``REACH`` a record), then matrix products over them.
    """
    rows, _ = formats.told_apart(records)
    if rows is not records:
        known = table(rows)
        matcher, gain = _learn(known)
        if gain >= _PARTNERS * np.bincount(known.group).min():
            return replace(base, matcher=matcher)
    return replace(base, matcher=_learn(table(records))[0])


def _learn(known: Table) -> tuple[Matcher, int]:
    """A matcher, and how many true less false pairs rivals count, where each source holds each thing once."""
    attributes = kinds(known.records)
    seldom = rarity.learn(" ".join(r.fields.values()) for r in known.records)
    seen = sightings(known.records, attributes, seldom)
    pairs = candidates(known, seen, by_number=len(attributes) < latent_class.LEAST)
    matcher = Matcher(attributes, seldom.words, seldom.grams)
    if len(pairs) < _FEWEST:
        return matcher, 0
    compared = [compare(seen[i].look, seen[j].look, attributes) for i, j in pairs.tolist()]
    vectors = np.array(compared, dtype=float)
    names = np.array(feature_names(attributes))
    used = (~np.isnan(vectors)).mean(axis=0) > _COMPARABLE
    used[used] = np.nanstd(vectors[:, used], axis=0) > 0
    if not used.any():
        return matcher, 0
    vectors, names = vectors[:, used], names[used]
    rivals = Rivals.of(known, pairs)
    words = tells.Occurrences.of(seen, pairs, seldom)
    # Most codes differ, so that one that is missing would speak against at their mean.
    codes = [f"{name}:{kind.value}" for name, kind in attributes.items() if kind is Kind.CODE]
    neutral = np.where(np.isin(names, codes), MISTYPED, np.nan)
    evidence = _Evidence(vectors, words, rivals, np.append(neutral, _UNTOLD))
    agreement = latent_class.agreement(vectors, names, attributes)
    gain = 0
    lines: dict[gaps.Names, Line] = {}
    if not rivals.free:
        best, _ = _through_rivals(evidence)
        everything = evidence.everything(best.told)
        shown = gaps.Compared(known.records, seen, pairs, attributes, seldom, best.told, used, everything)
        lines, gain = gaps.learn(shown, best.line, evidence.neutral, rivals)
    elif agreement.shape[1] >= latent_class.LEAST:
        otherwise = Hands(known.records, pairs).part
        best = _refined(evidence, latent_class.matches(agreement, otherwise), 1, sharpened=0)
    else:
        alike = [likeness(seen[i].look, seen[j].look) for i, j in pairs.tolist()]
        neutral = np.concatenate([neutral, [np.nan], _UNTOLD])
        evidence = _Evidence(np.column_stack([vectors, alike]), words, rivals, neutral)
        names = np.append(names, LIKENESS)
        p = mixture.sigmoid(np.array([prior(value) for value in alike]) / MICRO)
        best = _refined(evidence, p, 1, sharpened=1)
    features = [*map(str, names), *TELLING]
    learnt = replace(
        matcher,
        tells=best.told,
        weights=best.line.weights(features),
        gaps={lacking: line.weights(features) for lacking, line in lines.items()},
    )
    return learnt, gain


@dataclass(frozen=True, slots=True)
class _Evidence:
    vectors: Vector  # (pairs, features), without those of words
    words: tells.Occurrences
    rivals: Rivals
    neutral: Vector  # by feature, those of words too; see ``mixture.scaled``

    def everything(self, told: tells.Tells) -> Vector:
        return np.hstack([self.vectors, self.words.features(told)])


@dataclass(frozen=True, slots=True)
class _Pace:
    settling: int  # rounds with the weights alone
    sharpened: int  # rounds by regression, the last of those with words and curve


# The steady pace forgets its start, be it for a worse end; the hasty one keeps to it, be it a bad one.
_STEADY, _HASTY = _Pace(15, 2), _Pace(2, 4)


@dataclass(frozen=True, slots=True)
class _Fit:
    told: tells.Tells
    line: Line
    odds: Vector  # by pair, in nats


def _through_rivals(evidence: _Evidence) -> tuple[_Fit, int]:
    """The steady fit, unless what it finds is false for the greater part; then the hasty one if it gains; and
    the gain."""
    starts = restarts.starts(evidence.rivals, evidence.vectors[:, 0])
    steady, gain = _best(evidence, starts, _STEADY)
    if gain > 0:
        return steady, gain
    hasty, hoped = _best(evidence, starts, _HASTY)
    return (hasty, hoped) if hoped > gain else (steady, gain)


def _best(evidence: _Evidence, starts: Sequence[Vector], pace: _Pace) -> tuple[_Fit, int]:
    """The end of most gain, and its gain; of equal ones that of the earlier start."""
    ends: list[Vector] = []
    for start in starts:
        p = _settled(evidence, start, pace.settling)
        if not any(np.allclose(p, end, rtol=0, atol=_SAME) for end in ends):
            ends.append(p)
    fits = [_refined(evidence, p, _REFINED, pace.sharpened) for p in ends]
    gains = [restarts.gain(evidence.rivals, fit.odds) for fit in fits]
    return fits[gains.index(max(gains))], max(gains)


def _settled(evidence: _Evidence, p: Vector, rounds: int) -> Vector:
    """Where the weights alone lead from the probabilities ``p``."""
    z = mixture.scaled(evidence.vectors, evidence.neutral[: -len(TELLING)]).values
    for _ in range(rounds):
        weights, bias = mixture.discriminant(z, p)
        p = posterior(evidence.rivals, z @ weights + bias + prior_odds(evidence.rivals, p))
    return p


def _refined(evidence: _Evidence, p: Vector, rounds: int, sharpened: int) -> _Fit:
    """``rounds`` with words and curve from the probabilities ``p``, the last of them by regression."""
    for left in reversed(range(rounds)):
        told = evidence.words.learn(p)
        everything = evidence.everything(told)
        prior = prior_odds(evidence.rivals, p)
        line = Line.drawn(everything, p, evidence.neutral, prior, sharp=left < sharpened)
        odds = line.odds(everything)
        p = posterior(evidence.rivals, odds)
    return _Fit(told, line, odds)
