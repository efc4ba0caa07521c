"""Steps 1 and 2 of a pass: changed referents to blocks, and blocks to the pairs that are compared."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from graph.fusion.blocking import (
    SAID,
    Block,
    Key,
    Pair,
    block_keys,
    block_pairs,
    is_of_name,
    pair_of,
)
from graph.fusion.nearby import Nearby, Part
from graph.fusion.numbered import Arrived, Codes, Compared, Ranks
from graph.fusion.profiles import Profile, profile
from graph.fusion.scoring import Scorer
from graph.fusion.testimony import Witnesses
from graph.fusion.view import Changes, FusionView, TableDiff
from graph.types import ReferentId


@dataclass(frozen=True, slots=True)
class Candidates:
    """``compared``: pairs of the referents in ``order`` that may be new; ``lost``: those that are no more.

    ``looks`` has every referent in ``order``, and ``ranks`` the place there of each of ``looks``.
    """

    blocks: TableDiff[Block, None]
    compared: Codes
    lost: set[Pair]
    order: Sequence[ReferentId]
    ranks: Ranks
    looks: Mapping[ReferentId, Profile]


def candidates(view: FusionView, changes: Changes, scorer: Scorer, witnesses: Witnesses) -> Candidates:
    """Cost: the members of the touched blocks, of wide ones those near a change."""
    return _Blocking(view, changes, scorer, witnesses).run()


class _Blocking:
    def __init__(self, view: FusionView, changes: Changes, scorer: Scorer, witnesses: Witnesses) -> None:
        self._view = view
        self._witnesses = witnesses
        self._gone = changes.removed_referents
        self._scorer = scorer
        self._looks: dict[ReferentId, Profile] = {}
        self._keys: dict[Profile, dict[Key, str]] = {}
        self._sizes: Mapping[Key, int] = {}  # of the touched blocks as the last pass left them
        self._near: dict[Key, Nearby] = {}  # those of them that are seen from near by
        self._firsts: dict[Key, Nearby] = {}  # and the first bearers of their texts
        self._narrow: set[Key] = set()  # those that compare all their members
        self._know(changes.added_referents)

    def run(self) -> Candidates:
        left = dict.fromkeys(self._view.blocks_of(self._gone))
        entered = {
            (key, text, r): None
            for r, look in self._looks.items()
            for key, text in block_keys(look, self._scorer).items()
        }
        epoch, arrived = self._scorer.epoch, Arrived(list(entered))
        leaving: dict[Key, list[Block]] = defaultdict(list)
        for block in left:
            leaving[block[0]].append(block)
        self._sizes = self._view.block_sizes({*arrived.keys, *leaving} if left else arrived.keys)
        entering = arrived.taken(self._sizes, epoch.block_cap)
        parts: list[tuple[Nearby, Part]] = []
        for key, size in self._sizes.items():
            near = Nearby(frozenset(entering.get(key, ())), frozenset(leaving.get(key, ())))
            if self._is_wide(size, near):
                parts += self._parts(key, near)
        were = self._view.block_members(self._sizes.keys() - self._near.keys())
        self._know(
            r
            for members in (*were.values(), *(part.were for _, part in parts))
            for _, _, r in members
            if r not in self._gone
        )
        found = Compared(list(self._looks), epoch)
        found.add_new(arrived)
        for key in were.keys() | (entering.keys() - self._near.keys()):
            self._compare(key, were.get(key, ()), entering.get(key, ()), found)
        for near, part in parts:
            now = found.side_by_side(near.now(part))
            found.add(now, found.side_by_side(part.were, gone=self._gone), doubted=False)
        lost = self._view.pairs(found.lost()).keys()
        return Candidates(
            TableDiff.between(left, entered),
            found.codes(),
            lost - self._still_together(lost),
            found.order,
            found.ranks,
            self._looks,
        )

    def _parts(self, key: Key, near: Nearby) -> Iterator[tuple[Nearby, Part]]:
        """What of a block is seen from near by, and of the first bearers in it."""
        window = self._scorer.epoch.window
        parts = near.parts(self._view, window)
        firsts = near.of_firsts(parts)
        self._near[key], self._firsts[key] = near, firsts
        yield from ((near, part) for part in parts)
        yield from ((firsts, part) for part in firsts.parts(self._view, window))

    def _compare(
        self, key: Key, members: Collection[Block], coming: Sequence[Block], found: Compared
    ) -> None:
        """A block whose members are all known."""
        cap = self._scorer.epoch.block_cap
        staying = [block for block in members if block[2] not in self._gone]
        if len(staying) + len(coming) <= cap:
            self._narrow.add(key)
            if len(members) <= cap:
                found.add_all(staying, coming)
                return
        # A wide block compares neighbours only, so coming and going changes other members' pairs.
        texts, wide = self._sorting([*staying, *coming]), len(members) > cap
        now = found.neighbours(texts)
        before = found.neighbours({r: texts[r] for _, _, r in staying}, capped=wide)
        found.add(now, before, doubted=wide and len(staying) < len(members))

    def _is_wide(self, size: int, near: Nearby) -> bool:
        """Whether a block is and stays so wide that its changes are better seen from near by.

        Namesakes sort by what is said of each: theirs are read whole.
        """
        epoch, coming, going = self._scorer.epoch, len(near.entering), len(near.leaving)
        some = next(iter(near.entering or near.leaving))
        return (
            min(size, size + coming - going) > epoch.block_cap
            and size > 2 * (coming + going) * (epoch.window + going + 1)
            and not is_of_name(*some[:2])
        )

    def _keys_of(self, referent: ReferentId) -> dict[Key, str]:
        look = self._looks[referent]
        found = self._keys.get(look)
        if found is None:
            found = self._keys[look] = block_keys(look, self._scorer)
        return found

    def _sorting(self, members: Collection[Block]) -> dict[ReferentId, str]:
        """The texts by which members of a wide block sort; of namesakes, with what is said of each."""
        texts = {r: text for _, text, r in members}
        if not any(is_of_name(key, text) for key, text, _ in islice(members, 1)):  # as one, so all
            return texts
        said = self._witnesses.of(texts.keys())
        return {r: f"{text}{SAID}{said[r].in_order}" if said[r] else text for r, text in texts.items()}

    def _know(self, referents: Iterable[ReferentId]) -> None:
        unknown = {r for r in referents if r not in self._looks}
        self._looks.update((r, profile(x)) for r, x in self._view.referents(unknown).items())

    def _still_together(self, pairs: Collection[Pair]) -> set[Pair]:
        """Those of ``pairs``, of old members, that another block still compares."""
        shared = {
            p: [(key, text, mine[key]) for key, text in self._keys_of(p[1]).items() if key in mine]
            for p in pairs
            for mine in (self._keys_of(p[0]),)
        }
        others = {key for keys in shared.values() for key, _, _ in keys if key not in self._sizes}
        sizes = self._view.block_sizes(others)
        wide = {key for key, size in sizes.items() if size > self._scorer.epoch.block_cap}
        names = {k for keys in shared.values() for k, text, _ in keys if k in wide and is_of_name(k, text)}
        compared = {key: self._pairs_in(members) for key, members in self._view.block_members(names).items()}

        def together(pair: Pair, key: Key, text_a: str, text_b: str) -> bool:
            if key in names:
                return pair in compared[key]
            if key in self._near or key in wide:
                return self._near_together(*sorted(((key, text_a, pair[0]), (key, text_b, pair[1]))))
            return key in self._narrow or key not in self._sizes

        return {p for p, keys in shared.items() if any(together(p, key, a, b) for key, b, a in keys)}

    def _near_together(self, low: Block, high: Block) -> bool:
        """Whether a wide block that is not read whole compares two of its members."""
        key, window = low[0], self._scorer.epoch.window
        if self._near.get(key, Nearby()).between(self._view, low, high, window) < window:
            return True
        firsts = self._firsts.get(key, Nearby(firsts=True))
        return all(firsts.has(self._view, each) for each in (low, high)) and (
            firsts.between(self._view, low, high, window) < window
        )

    def _pairs_in(self, members: Collection[Block]) -> set[Pair]:
        texts = self._sorting(members)
        order = sorted(texts, key=lambda r: (texts[r], r))
        first, second = block_pairs([texts[r] for r in order], self._scorer.epoch)
        return {pair_of(order[i], order[j]) for i, j in zip(first.tolist(), second.tolist(), strict=True)}
