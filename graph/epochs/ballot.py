"""Votes as arrays, and what each weighs where its source is judged."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.epochs.votes import Vote

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_TOGETHER = 8  # votes
_VOUCHED = 4  # votes: who copies four of five things that it says contradicts in one of five at most
_COMPARED = 64  # sources of one thing among whom it is asked who contradict each other


@dataclass(frozen=True, slots=True)
class Ballot:
    """Votes as arrays, sorted: a row a vote, ``slot`` its (item, value)."""

    sources: tuple[str, ...]
    item: Ints
    source: Ints
    slot: Ints
    item_of: Ints  # of each slot
    values: Ints  # of each item: how many are named
    relations: tuple[str, ...]
    relation_of: Ints  # of each item
    weight: Floats  # of each vote, where its source is judged

    @classmethod
    def of(cls, votes: Iterable[Vote]) -> "Ballot":
        rows = sorted(set(votes), key=lambda v: (repr(v.item), v.source, repr(v.value)))
        items = {i: n for n, i in enumerate(dict.fromkeys(v.item for v in rows))}
        names = tuple(sorted({v.source for v in rows}))
        slots = {s: n for n, s in enumerate(dict.fromkeys((v.item, v.value) for v in rows))}
        about = {v.item: v.relation for v in rows}
        relations = tuple(sorted(set(about.values())))
        item = _numbers((v.item for v in rows), items)
        source = _numbers((v.source for v in rows), {name: n for n, name in enumerate(names)})
        item_of = _numbers((i for i, _ in slots), items)
        slot = _numbers(((v.item, v.value) for v in rows), slots)
        values = np.bincount(item_of, minlength=len(items))
        return cls(
            names,
            item,
            source,
            slot,
            item_of,
            values,
            relations,
            _numbers((about[i] for i in items), {r: n for n, r in enumerate(relations)}),
            _weights(item, source, slot, values),
        )

    def apart(self, language: Ints) -> "Ballot":
        """The same votes, each language's for items and values of its own. ``language``: of each source."""
        many = int(language.max()) + 1
        spoken = language[self.source]
        items, item = np.unique(self.item * many + spoken, return_inverse=True)
        slots, slot = np.unique(self.slot * many + spoken, return_inverse=True)
        item_of = np.empty(len(slots), dtype=np.int64)
        item_of[slot] = item
        values = np.bincount(item_of)
        return replace(
            self,
            item=item,
            slot=slot,
            item_of=item_of,
            values=values,
            relation_of=self.relation_of[items // many],
            weight=_weights(item, self.source, slot, values),
        )


def _numbers(keys: Iterable[Hashable], number: Mapping[Any, int]) -> Ints:
    return np.array([number[key] for key in keys], dtype=np.int64)


def _weights(item: Ints, source: Ints, slot: Ints, values: Ints) -> Floats:
    """One a vote, but what the same sources say together and nobody contradicts weighs ``_TOGETHER`` in all:
    one of them may repeat the other. Who contradict each other do not; each time vouches for ``_VOUCHED``."""
    said: dict[int, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))  # of contested items
    together: dict[int, list[int]] = defaultdict(list)
    for i, s, v in zip(item.tolist(), source.tolist(), slot.tolist(), strict=True):
        if values[i] == 1:
            together[i].append(s)
        else:
            said[s][i].add(v)
    often = Counter(map(tuple, together.values()))
    most = {
        sources: max(_TOGETHER, _VOUCHED * min(_contradictions(said, sources), default=0))
        for sources, times in often.items()
        if times > _TOGETHER
    }
    weight = np.ones(len(values))
    for i, speakers in together.items():
        sources = tuple(speakers)
        weight[i] = min(1.0, most.get(sources, _TOGETHER) / often[sources])
    found: Floats = weight[item]
    return found


def _contradictions(said: Mapping[int, Mapping[int, set[int]]], sources: Sequence[int]) -> Iterator[int]:
    """How often each two of the sources contradict each other; 0 where too many speak together to tell."""
    if len(sources) > _COMPARED:
        yield 0
        return
    for pair in combinations(sources, 2):
        few, many = sorted((said.get(s, {}) for s in pair), key=len)
        yield sum(few[i].isdisjoint(many[i]) for i in few.keys() & many.keys())
