"""How likely all votes are, if these sources copy from those: what candidates are compared by.

A source is right with its own reliability, else it says one of the n false values of the relation; a copier's
vote repeats an earlier one of its class with the chance of the copied part, else it is its own. So agreement
tells of copying by how seldom it comes about without: hardly at all where the value is right and the sources
are accurate, or where there are few values to be wrong with; much where it is one of many that are false.

After Dong, Berti-Equille and Srivastava, "Integrating conflicting data: the role of source dependence"
(VLDB 2009). Theirs are odds of two sources at a time, given what is believed; here an assumption has the
likelihood at its own best reliabilities, copied part and n, with what is true summed out (Dempster, Laird
and Rubin, "Maximum likelihood from incomplete data via the EM algorithm", 1977). At reliabilities that are
drawn to others', or to the middle, accurate sources would seem to agree too often, and to copy.
"""

import math

import numpy as np
from numpy.typing import NDArray

from graph.epochs.ballot import Ballot
from graph.epochs.copying import COST, Classes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_COPIED = (0.8, 0.9, 0.97)  # of what a copier says, the parts that may be copied
_FALSE_VALUES = (1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 20.0, 35.0, 60.0, 100.0)
_MOST_ITEMS = 0.95  # of a relation's, that name no more values than it has; each other has what it names
_OVERALL = 8.0  # items that all relations together weigh where one's number of values is asked
_SELDOM_PERFECT = 12.0  # votes that the prior of each source weighs, half of them right
_PASSES, _ROUNDS = 3, 12
_LOWEST, _HIGHEST = 0.005, 0.995


class Account:
    """Of a ballot's votes, under one assumption of who copies. In nats, less the cost of who copies.

    Hardly a source is always right or always wrong: copiers that are taken for independent seem to be always
    right, and where the accurate are taken for copiers all others seem to be always wrong. Values are told
    apart, not named: hence the falling factorial of those that an item names.
    """

    def __init__(self, ballot: Ballot, classes: Classes, ruled: NDArray[np.bool_]) -> None:
        """``ruled``: of each source, whether an operator said how reliable it is."""
        self._ballot = b = ballot
        self._ruled = ruled
        member = np.arange(len(b.sources))
        for copier, class_ in classes.items():
            member[copier] = class_
        of_class = member[b.source]
        self._spoken = _before(b.item * len(b.sources) + of_class)  # of this item, by its class
        alike = _before(of_class * len(b.item_of) + b.slot)  # and for this value
        self._alike = alike / np.maximum(self._spoken, 1)
        self._parts = _COPIED if classes else _COPIED[:1]
        self._cost = COST * len(classes)
        # Items of one relation that name as many values.
        self._kinds, kind = np.unique(np.stack([b.relation_of, b.values]), axis=1, return_inverse=True)
        self._kind: Ints = kind.ravel()
        by_relation = np.argsort(b.relation_of, kind="stable")
        others = np.split(b.values[by_relation] - 1, np.cumsum(np.bincount(b.relation_of))[:-1])
        self._least = np.array([max(1.0, np.quantile(each, _MOST_ITEMS)) for each in others])

    def best(self, reliability: Floats) -> float:
        """At the likeliest reliabilities, found from these, number of false values and copied part.
        O(votes) a round."""
        ends = []
        for part in self._parts:
            settled = self._settled(reliability, part)
            ends.append((self._at(*settled, part), *settled, part))
        _, reliability, false_values, part = max(ends, key=lambda end: end[0])
        for _ in range(_PASSES - 1):
            reliability, false_values = self._settled(reliability, part)
        return self._at(reliability, false_values, part)

    def at(self, reliability: Floats, false_values: Floats) -> float:
        """At these reliabilities and numbers of false values of the relations."""
        return max(self._at(reliability, np.maximum(false_values, self._least), p) for p in self._parts)

    def _at(self, reliability: Floats, false_values: Floats, part: float) -> float:
        seldom = _SELDOM_PERFECT / 2 * float(np.log(4 * reliability * (1 - reliability)).sum())
        return float(self._told(reliability, false_values, part)[0].sum()) + seldom - self._cost

    def _settled(self, reliability: Floats, part: float) -> tuple[Floats, Floats]:
        """The likeliest numbers of false values for these reliabilities, then reliabilities for those."""
        relation_of = self._ballot.relation_of
        told = []
        for n in _FALSE_VALUES:
            by_item = self._told(reliability, np.maximum(n, self._least), part)[0]
            told.append(np.bincount(relation_of, by_item) + _OVERALL * by_item.mean())
        false_values = np.maximum(np.array(_FALSE_VALUES)[np.argmax(told, axis=0)], self._least)
        for _ in range(_ROUNDS):
            likelier = self._told(reliability, false_values, part)[1]
            reliability = np.where(self._ruled, reliability, likelier)
        return reliability, false_values

    def _told(self, reliability: Floats, false_values: Floats, part: float) -> tuple[Floats, Floats]:
        """Of each item, how likely its votes are, and the reliabilities that are likelier than these."""
        b = self._ballot
        relation, values = self._kinds
        choices = np.maximum(false_values[relation], values - 1)
        n, tellings = choices[self._kind], _tellings(choices, values)[self._kind]
        r = reliability[b.source]
        own = np.where(self._spoken > 0, 1 - part, 1.0)
        copied = part * self._alike
        right, wrong = own * r, own * (1 - r) / n[b.item]
        hit, miss = copied + right, copied + wrong
        log_miss = np.log(miss)
        gain = np.bincount(b.slot, np.log(hit) - log_miss, minlength=len(b.item_of))
        top = np.zeros(len(b.values))
        np.maximum.at(top, b.item_of, gain)
        likely = np.exp(gain - top[b.item_of])
        total = np.bincount(b.item_of, likely, minlength=len(b.values))
        total += np.maximum(n + 1 - b.values, 0.0) * np.exp(-top)  # what nobody named may be true
        by_item = np.bincount(b.item, log_miss) + top + np.log(total / (n + 1)) + tellings
        holds = (likely / total[b.item_of])[b.slot]
        sources, prior = len(b.sources), _SELDOM_PERFECT / 2
        rightly = np.bincount(b.source, holds * right / hit, minlength=sources) + prior
        wrongly = np.bincount(b.source, (1 - holds) * wrong / miss, minlength=sources) + prior
        return by_item, np.clip(rightly / (rightly + wrongly), _LOWEST, _HIGHEST)


def _tellings(n: Floats, values: Ints) -> Floats:
    """In how many ways the values that an item names may be chosen among n + 1, as a logarithm."""
    pairs = zip(n.tolist(), values.tolist(), strict=True)
    return np.array([math.lgamma(m + 2) - math.lgamma(m + 2 - v) for m, v in pairs])


def _before(keys: Ints) -> Ints:
    """How many equal keys stand before each."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    begins = np.concatenate(([True], ordered[1:] != ordered[:-1]))
    places = np.arange(len(keys))
    found = np.empty(len(keys), dtype=np.int64)
    found[order] = places - np.maximum.accumulate(np.where(begins, places, 0))
    return found
