"""Pairs of referents as whole numbers: a pass over many compares millions.

Referents are numbered in the order of their ids, and the pair of the a-th and the b-th is a * 2**32 + b.
Arrays are made a part at a time: one that the processor's cache holds takes a fraction of the time.
"""

from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from graph.fusion.blocking import Block, Key, Pair, Places, block_pairs, windows
from graph.fusion.epoch import Epoch
from graph.identity import ID_BYTES
from graph.types import ReferentId

Codes = NDArray[np.uint64]
Ranks = NDArray[np.int64]
AT_ONCE = 1 << 17  # pairs made or looked at together
_HALF = 32  # bits of a code


class Arrived:
    """What comes into blocks, sorted by key: most blocks of many are found without a loop over them."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = blocks
        halves = np.frombuffer(b"".join(key for key, _, _ in blocks), np.uint64).reshape(-1, ID_BYTES // 8)
        self._order = np.lexsort(halves.T)
        ordered, first = halves[self._order], np.ones(len(blocks), bool)
        np.any(ordered[1:] != ordered[:-1], axis=1, out=first[1:])
        self._begins = np.flatnonzero(first)
        self._counts = np.diff(self._begins, append=len(blocks))
        keys = ordered[self._begins].tobytes()  # not those of the blocks, which lie all over the memory
        self.keys = [keys[at : at + ID_BYTES] for at in range(0, len(keys), ID_BYTES)]
        self._left = np.ones(len(self.keys), bool)

    def taken(self, known: Collection[Key], cap: int) -> dict[Key, list[Block]]:
        """Of the ``known`` keys, and of those of more than ``cap``, what comes, taken from the rest."""
        if known:
            self._left &= np.array([key not in known for key in self.keys], bool)
        self._left &= self._counts <= cap
        return {
            self.keys[n]: [self.blocks[place] for place in self._places(n).tolist()]
            for n in np.flatnonzero(~self._left).tolist()
        }

    def by_size(self) -> Iterator[Places]:
        """The rest: for each number of members that some blocks have, the places of theirs, a block a row."""
        begins, counts = self._begins[self._left], self._counts[self._left]
        for size in range(2, int(counts.max(initial=0)) + 1):
            yield self._order[begins[counts == size, np.newaxis] + np.arange(size)]

    def _places(self, n: int) -> Places:
        return self._order[self._begins[n] : self._begins[n] + self._counts[n]]


class Compared:
    """Pairs of numbered referents as they come together: what may be new, and what may be no more."""

    def __init__(self, referents: Sequence[ReferentId], epoch: Epoch) -> None:
        self.order, self.ranks = _in_order(referents)
        self._number = dict(zip(referents, self.ranks.tolist(), strict=True))
        self._epoch = epoch
        self._few = array("Q")
        self._new: list[Codes] = []
        self._kept: list[Codes] = []
        self._doubtful: list[Codes] = []

    def add_new(self, arrived: Arrived) -> None:
        """All pairs of each block that ``arrived`` has left, where nobody was before."""
        number = np.fromiter(self._numbers(arrived.blocks), np.uint64, len(arrived.blocks))
        for places in arrived.by_size():
            first, second = np.triu_indices(places.shape[1], 1)
            for some in slices(len(places), AT_ONCE // len(first)):
                members = np.sort(number[places[some]], axis=1)
                self._new.append(coded(members[:, first], members[:, second]).ravel())

    def _numbers(self, blocks: Iterable[Block]) -> Iterator[int]:
        """Of each block's referent. Mostly that of the block before: to look it up misses the cache."""
        last, number = None, 0
        for _, _, r in blocks:
            if r is not last:
                last, number = r, self._number[r]
            yield number

    def add_all(self, staying: Iterable[Block], coming: Iterable[Block]) -> None:
        """Those that come, with one another and with those that stay."""
        there = [self._number[r] for _, _, r in staying]
        for _, _, r in coming:
            n = self._number[r]
            self._few.extend(min(n, m) << _HALF | max(n, m) for m in there)
            there.append(n)

    def neighbours(self, texts: Mapping[ReferentId, str], *, capped: bool | None = None) -> Codes:
        """The pairs that a block of these compares, in order; see ``block_pairs``."""
        members = sorted((text, self._number[r]) for r, text in texts.items())
        pairs = block_pairs([text for text, _ in members], self._epoch, capped=capped)
        return _codes_of(np.array([n for _, n in members], np.int64), pairs)

    def side_by_side(self, members: Sequence[Block], *, gone: Collection[ReferentId] = ()) -> Codes:
        """The pairs of members, in the order in which a block sorts them, that lie within the window of each
        other, in order of their codes; those of members that have ``gone`` left out."""
        number = np.array([-1 if r in gone else self._number[r] for _, _, r in members], np.int64)
        first, second = windows(len(members), self._epoch.window)
        known = (number[first] >= 0) & (number[second] >= 0)
        return _codes_of(number, (first[known], second[known]))

    def add(self, now: Codes, before: Codes, *, doubted: bool) -> None:
        """What a block compares, and did of those that stay; ``doubted``: perhaps not all of that."""
        self._new.append(now if doubted else _without(now, before))
        self._doubtful.append(_without(before, now))
        self._kept.append(now)

    def codes(self) -> Codes:
        """What is compared now and may not have been, in order."""
        return _distinct(joined([np.frombuffer(self._few, np.uint64), *self._new]))

    def lost(self) -> set[Pair]:
        """What may have been compared and is not now by any block that was added."""
        gone = _distinct(joined(self._doubtful))
        if len(gone):
            gone = _without(_without(gone, _distinct(joined(self._kept))), self.codes())
        x, y = decoded(gone)
        return {(self.order[i], self.order[j]) for i, j in zip(x.tolist(), y.tolist(), strict=True)}


def _in_order(ids: Sequence[ReferentId]) -> tuple[list[ReferentId], Ranks]:
    """``ids`` sorted, and the place of each among them."""
    halves = np.frombuffer(b"".join(ids), ">u8").reshape(-1, ID_BYTES // 8)
    order = np.lexsort(halves.T[::-1])
    ranks = np.empty(len(ids), np.int64)
    ranks[order] = np.arange(len(ids))
    return [ids[place] for place in order.tolist()], ranks


def coded(smaller: Codes, larger: Codes) -> Codes:
    codes: Codes = smaller << np.uint64(_HALF) | larger
    return codes


def decoded(codes: Codes) -> tuple[Codes, Codes]:
    return codes >> np.uint64(_HALF), codes & np.uint64((1 << _HALF) - 1)


def slices(length: int, size: int) -> Iterator[slice]:
    for start in range(0, length, size):
        yield slice(start, start + size)


def _codes_of(number: Places, pairs: tuple[Places, Places]) -> Codes:
    """Of pairs of places among members of these numbers, in order."""
    a, b = (number[places].astype(np.uint64) for places in pairs)
    return _distinct(coded(np.minimum(a, b), np.maximum(a, b)))


def _distinct(codes: Codes) -> Codes:
    """Each once, in order. Sorts ``codes`` itself; ``np.unique`` hashes first, which takes fifteen times as
    long for millions."""
    codes.sort()
    first = np.ones(len(codes), bool)
    np.not_equal(codes[1:], codes[:-1], out=first[1:])
    return codes[first]


def _without(some: Codes, others: Codes) -> Codes:
    """``some`` less those in ``others``, which are in order."""
    if not len(others):
        return some
    at = np.minimum(np.searchsorted(others, some), len(others) - 1)
    kept: Codes = some[others[at] != some]
    return kept


def joined(some: Sequence[Codes]) -> Codes:
    return np.concatenate(some) if some else np.zeros(0, np.uint64)
