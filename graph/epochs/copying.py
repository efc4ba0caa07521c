"""Which sources copy from each other: candidates by how often they agree, compared by likelihood.

Copiers agree more often with each other than either does with the rest. So do accurate sources among bad
ones; which of the two it is, the likelihood of all votes tells (``log_likelihood``), not a threshold.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Classes = Mapping[int, int]  # a source that copies to the smallest source of its class
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_SHARED = 10  # items of which two sources must both speak
_OTHERS = 3  # sources of as many votes that must belong to no class
_COMPARED = 64  # sources of one item that are compared
_EXCESS = (0.4, 0.35, 0.3, 0.25, 0.2, 0.15)  # agreement above the two sources' average
_COPIED = (0.8, 0.9, 0.97)  # of what a copier says, the parts that may be copied
_COST = 7.0  # nats that the likelihood must gain for each source held to copy


def candidate_classes(item: Ints, source: Ints, slot: Ints) -> Iterator[Classes]:
    """Ever larger classes, and each of them alone. Arrays: a row a vote.

    Who copies is told by others who agree without it: some must be left.
    """
    known = int((np.bincount(source) >= _SHARED).sum())
    excess = _excess_agreement(item, source, slot)
    seen: list[Classes] = [{}]
    for least in _EXCESS:
        classes = _joined(pair for pair, by in excess.items() if by >= least)
        alone = [{s: c for s, c in classes.items() if c == kept} for kept in sorted(set(classes.values()))]
        for candidate in (classes, *alone):
            members = {*candidate, *candidate.values()}
            if candidate not in seen and known - len(members) >= _OTHERS:
                seen.append(candidate)
                yield candidate


def _excess_agreement(item: Ints, source: Ints, slot: Ints) -> dict[tuple[int, int], float]:
    """How much more often two sources agree than they do on average with all they share items with."""
    said: dict[int, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for i, s, v in zip(item.tolist(), source.tolist(), slot.tolist(), strict=True):
        said[i][s].add(v)
    shared: Counter[tuple[int, int]] = Counter()
    agreed: Counter[tuple[int, int]] = Counter()
    for by_source in said.values():
        for a, b in combinations(sorted(by_source)[:_COMPARED], 2):
            shared[a, b] += 1
            agreed[a, b] += bool(by_source[a] & by_source[b])
    known = [pair for pair, n in shared.items() if n >= _SHARED]
    met: Counter[int] = Counter()
    alike: Counter[int] = Counter()
    for pair in known:
        for end in pair:
            met[end] += shared[pair]
            alike[end] += agreed[pair]
    return {
        (a, b): agreed[a, b] / shared[a, b] - (alike[a] / met[a] + alike[b] / met[b]) / 2
        for a, b in sorted(known)
    }


def _joined(pairs: Iterator[tuple[int, int]]) -> dict[int, int]:
    root: dict[int, int] = {}

    def find(x: int) -> int:
        while (above := root.get(x, x)) != x:
            x = above
        return x

    for a, b in pairs:
        x, y = find(a), find(b)
        if x != y:
            root[max(x, y)] = min(x, y)
    return {s: find(s) for s in sorted(root)}


def log_likelihood(
    item: Ints,
    source: Ints,
    slot: Ints,
    item_of: Ints,
    reliability: Floats,
    false_values: float,
    classes: Classes,
) -> float:
    """Of all votes, in nats, less the cost of the classes; with the part that copiers copy which fits best.

    A source is right with its reliability, else it says one of n false values; a class's later vote repeats
    any of its earlier ones with the copied part's chance. Values are told apart, not named: hence the falling
    factorial.
    """
    values = np.bincount(item_of)
    n = np.maximum(false_values, values - 1)
    member = np.arange(len(reliability))
    for copier, class_ in classes.items():
        member[copier] = class_
    of_class = member[source]
    right = reliability[source]
    wrong = (1 - reliability[source]) / n[item]
    spoken = _before(item * len(reliability) + of_class)  # of this item, by its class
    alike = _before(of_class * len(item_of) + slot)  # and for this value
    unnamed = np.maximum(n + 1 - values, 0.0)
    log_gamma = np.vectorize(math.lgamma, otypes=[float])
    tellings = float((log_gamma(n + 2) - log_gamma(n + 2 - values) - np.log(n + 1)).sum())

    def told(part: float) -> float:
        kept = np.where(spoken > 0, 1 - part, 1.0)
        copied = part * alike / np.maximum(spoken, 1)
        hit, miss = np.log(copied + kept * right), np.log(copied + kept * wrong)
        gain = np.bincount(slot, hit - miss, minlength=len(item_of))
        top = np.zeros(len(values))
        np.maximum.at(top, item_of, gain)
        total = np.bincount(item_of, np.exp(gain - top[item_of]), minlength=len(values))
        total += unnamed * np.exp(-top)
        return float(miss.sum() + (top + np.log(total)).sum())

    return max(map(told, _COPIED if classes else _COPIED[:1])) + tellings - _COST * len(classes)


def _before(keys: Ints) -> Ints:
    """How many equal keys stand before each."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    begins = np.concatenate(([True], ordered[1:] != ordered[:-1]))
    places = np.arange(len(keys))
    found = np.empty(len(keys), dtype=np.int64)
    found[order] = places - np.maximum.accumulate(np.where(begins, places, 0))
    return found
