"""Steps 1 and 2 of a pass: changed referents to blocks, and blocks to the pairs that are compared."""

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.fusion.blocking import (
    SAID,
    Block,
    Key,
    Pair,
    block_keys,
    block_pairs,
    is_of_name,
    pair_of,
    stretches,
)
from graph.fusion.scoring import Profile, Scorer, profile
from graph.fusion.testimony import Witnesses
from graph.fusion.view import Changes, FusionView, TableDiff
from graph.types import ReferentId

Codes = NDArray[np.uint64]  # pairs of numbered referents, see Candidates


@dataclass(frozen=True, slots=True)
class Candidates:
    """What a pass compares. The many pairs are whole numbers: referents are numbered in the order of their
    ids, and the pair of the a-th and the b-th is a * referents + b.

    ``compared`` may be new; ``lost`` are candidates no more. ``looks`` has every referent in ``order``.
    """

    blocks: TableDiff[Block, None]
    compared: Codes
    lost: set[Pair]
    order: Sequence[ReferentId]
    looks: Mapping[ReferentId, Profile]


def candidates(view: FusionView, changes: Changes, scorer: Scorer, witnesses: Witnesses) -> Candidates:
    """Cost: the members of the touched blocks, of wide ones those near a change."""
    return _Blocking(view, changes, scorer, witnesses).run()


@dataclass(frozen=True, slots=True)
class _Near:
    """What comes to a wide block and what leaves it, seen from near by."""

    entering: Sequence[Block] = ()
    leaving: Sequence[Block] = ()

    def parts(
        self, view: FusionView, window: int, gone: Collection[ReferentId]
    ) -> Iterator[tuple[list[Block], list[Block]]]:
        """Around each change so many members that all pairs it touches are among them: those that stay, and
        those that come. Members ``gone`` are left out.

        Between two parts lie members whose pairs stay what they were.
        """
        reach, coming = window + len(self.leaving), set(self.entering)
        for part, places in stretches(
            {*self.entering, *self.leaving}, lambda place: view.block_around(place, reach)
        ):
            yield [each for each in part if each[2] not in gone], [p for p in places if p in coming]

    def between(self, view: FusionView, low: Block, high: Block, window: int) -> int:
        """How many members lie between two that stay, counted up to ``window`` at least."""
        found = view.block_between(low, high, window + len(self.leaving))
        left = set(self.leaving)
        return sum(each not in left for each in found) + sum(low < each < high for each in self.entering)


class _Blocking:
    def __init__(self, view: FusionView, changes: Changes, scorer: Scorer, witnesses: Witnesses) -> None:
        self._view = view
        self._witnesses = witnesses
        self._gone = changes.removed_referents
        self._scorer = scorer
        self._looks: dict[ReferentId, Profile] = {}
        self._keys: dict[Profile, dict[Key, str]] = {}
        self._near: dict[Key, _Near] = {}
        self._know(changes.added_referents)

    def run(self) -> Candidates:
        left = dict.fromkeys(self._view.blocks_of(self._gone))
        entered = {
            (key, text, r): None
            for r, look in self._looks.items()
            for key, text in block_keys(look, self._scorer).items()
        }
        lost, compared, order = self._candidates(left, entered)
        return Candidates(TableDiff.between(left, entered), compared, lost, order, self._looks)

    def _keys_of(self, referent: ReferentId) -> dict[Key, str]:
        look = self._looks[referent]
        found = self._keys.get(look)
        if found is None:
            found = self._keys[look] = block_keys(look, self._scorer)
        return found

    def _sorting(self, members: Collection[Block]) -> dict[ReferentId, str]:
        """The texts by which members of a wide block sort; of namesakes, with what is said of each."""
        texts = {r: text for _, text, r in members}
        if not all(is_of_name(key, text) for key, text in {member[:2] for member in members}):
            return texts
        said = self._witnesses.of(texts.keys())
        return {r: f"{text}{SAID}{said[r].in_order}" if said[r] else text for r, text in texts.items()}

    def _know(self, referents: Iterable[ReferentId]) -> None:
        unknown = {r for r in referents if r not in self._looks}
        self._looks.update((r, profile(x)) for r, x in self._view.referents(unknown).items())

    def _candidates(
        self, left: Collection[Block], entered: Iterable[Block]
    ) -> tuple[set[Pair], Codes, Sequence[ReferentId]]:
        """Pairs that are candidates no more, and those that may be new ones, with the referents by number."""
        one: dict[Key, Block] = {}  # most blocks have a single member
        several: dict[Key, list[Block]] = {}
        for block in entered:
            first = one.setdefault(block[0], block)
            if first is not block:
                several.setdefault(block[0], [first]).append(block)
        leaving: dict[Key, list[Block]] = defaultdict(list)
        for block in left:
            leaving[block[0]].append(block)
        touched: Collection[Key] = one.keys() | leaving.keys() if left else one.keys()
        sizes = self._view.block_sizes(touched)
        entering = {**{key: [one[key]] for key in sizes if key in one}, **several}
        self._near = {
            key: _Near(entering.get(key, []), leaving.get(key, []))
            for key, size in sizes.items()
            if self._is_wide(size, entering.get(key, ()), leaving.get(key, ()))
        }
        parts = [
            part
            for near in self._near.values()
            for part in near.parts(self._view, self._scorer.epoch.window, self._gone)
        ]
        were = self._view.block_members(sizes.keys() - self._near.keys())
        there = {
            r
            for members in (*were.values(), *(stayed for stayed, _ in parts))
            for _, _, r in members
            if r not in self._gone
        }
        self._know(there)
        order = sorted(there.union(r for blocks in entering.values() for _, _, r in blocks))
        number = {r: n for n, r in enumerate(order)}
        cap, count = self._scorer.epoch.block_cap, len(order)
        fresh = array("Q")  # what narrow blocks compare
        whole: dict[int, array[int]] = defaultdict(lambda: array("Q"))  # by size the new ones, end to end
        renewed: list[Codes] = []  # what wide blocks compare
        doubtful: list[Codes] = []
        kept: list[Codes] = []
        narrow: set[Key] = set()
        for key in {**were, **entering}:
            if key in self._near:
                continue
            members = were.get(key, ())
            staying = [block for block in members if block[2] not in self._gone]
            stayed = [number[r] for _, _, r in staying]
            arrived = sorted(number[r] for _, _, r in entering.get(key, ()))
            size = len(stayed) + len(arrived)
            if size <= cap:
                narrow.add(key)
            if not members and size <= cap:
                whole[size].extend(arrived)
                continue
            if len(members) <= cap and size <= cap:  # compares all its members
                for n, a in enumerate(arrived):
                    fresh.extend(a * count + b for b in arrived[n + 1 :])
                    fresh.extend(a * count + b if a < b else b * count + a for b in stayed)
                continue
            # A wide block compares neighbours only, so coming and going changes other members' pairs.
            texts = self._sorting([*staying, *entering.get(key, ())])
            now = {number[r]: text for r, text in texts.items()}
            pairs = self._compared(now, count)
            if not members:
                renewed.append(pairs)
                continue
            wide = len(members) > cap
            previous = self._compared({n: now[n] for n in stayed}, count, capped=wide)
            lost_some = wide and len(stayed) < len(members)
            renewed.append(pairs if lost_some else np.setdiff1d(pairs, previous))
            doubtful.append(np.setdiff1d(previous, pairs))
            kept.append(pairs)
        for staying, coming in parts:
            was = {number[r]: text for _, text, r in staying}
            pairs = self._compared(was | {number[r]: text for _, text, r in coming}, count, capped=True)
            renewed.append(pairs)
            doubtful.append(np.setdiff1d(self._compared(was, count, capped=True), pairs))
        renewed += [_all_pairs(members, size, count) for size, members in whole.items()]
        compared = np.unique(np.concatenate([np.frombuffer(fresh, np.uint64), *renewed]))
        gone = np.setdiff1d(np.setdiff1d(_joined(doubtful), _joined(kept)), compared)
        x, y = np.divmod(gone, np.uint64(max(1, count)))
        lost = {(order[i], order[j]) for i, j in zip(x.tolist(), y.tolist(), strict=True)}
        lost = set(self._view.pairs(lost))
        return lost - self._still_together(lost, touched, narrow), compared, order

    def _is_wide(self, size: int, entering: Sequence[Block], leaving: Sequence[Block]) -> bool:
        """Whether a block is and stays so wide that its changes are better seen from near by.

        Namesakes sort by what is said of each: theirs are read whole.
        """
        changes, epoch = len(entering) + len(leaving), self._scorer.epoch
        some = (*entering, *leaving)[0]
        return (
            min(size, size + len(entering) - len(leaving)) > epoch.block_cap
            and size > 2 * changes * (epoch.window + len(leaving) + 1)
            and not is_of_name(*some[:2])
        )

    def _compared(self, texts: Mapping[int, str], count: int, *, capped: bool | None = None) -> Codes:
        """The pairs of numbered members that a block of these compares; some of them twice."""
        members = sorted(texts, key=lambda n: (texts[n], n))
        first, second = block_pairs([texts[n] for n in members], self._scorer.epoch, capped=capped)
        number = np.array(members, np.uint64)
        a, b = number[first], number[second]
        codes: Codes = np.minimum(a, b) * np.uint64(count) + np.maximum(a, b)
        return codes

    def _still_together(
        self, pairs: Collection[Pair], touched: Collection[Key], narrow: Collection[Key]
    ) -> set[Pair]:
        """Those of ``pairs`` that another block still compares; a narrow one compares all its members."""
        shared = {
            p: [(key, text, mine[key]) for key, text in self._keys_of(p[1]).items() if key in mine]
            for p in pairs
            for mine in (self._keys_of(p[0]),)
        }
        others = {key for keys in shared.values() for key, _, _ in keys if key not in touched}
        sizes = self._view.block_sizes(others)
        wide = {key for key, size in sizes.items() if size > self._scorer.epoch.block_cap}
        names = {k for keys in shared.values() for k, text, _ in keys if k in wide and is_of_name(k, text)}
        compared = {key: self._pairs_in(members) for key, members in self._view.block_members(names).items()}

        window = self._scorer.epoch.window

        def together(pair: Pair, key: Key, text_a: str, text_b: str) -> bool:
            if key in names:
                return pair in compared[key]
            if key in self._near or key in wide:
                near = self._near.get(key, _Near())
                low, high = sorted(((key, text_a, pair[0]), (key, text_b, pair[1])))
                return near.between(self._view, low, high, window) < window
            return key in narrow or key not in touched

        return {p for p, keys in shared.items() if any(together(p, key, a, b) for key, b, a in keys)}

    def _pairs_in(self, members: Collection[Block]) -> set[Pair]:
        texts = self._sorting(members)
        order = sorted(texts, key=lambda r: (texts[r], r))
        first, second = block_pairs([texts[r] for r in order], self._scorer.epoch)
        return {pair_of(order[i], order[j]) for i, j in zip(first.tolist(), second.tolist(), strict=True)}


def _all_pairs(members: "array[int]", size: int, count: int) -> Codes:
    """All pairs in each of many blocks of one size, whose members follow one another, each block's sorted."""
    blocks = np.frombuffer(members, np.uint64).reshape(-1, size)
    first, second = np.triu_indices(size, 1)
    codes: Codes = (blocks[:, first] * np.uint64(count) + blocks[:, second]).ravel()
    return codes


def _joined(some: Sequence[Codes]) -> Codes:
    return np.concatenate(some) if some else np.zeros(0, np.uint64)
