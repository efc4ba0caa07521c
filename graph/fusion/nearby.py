"""Wide blocks seen from near by: what comes and leaves changes the pairs of a few members around it.

A wide block compares members that sort close together, and so it does the first bearers of its texts, see
``blocking.block_pairs``. Both are rows of places in which pairs lie within a window; a change in the first is
one in the second where it changes who bears a text first.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from graph.fusion.blocking import Block, stretches
from graph.fusion.view import FusionView


@dataclass(frozen=True, slots=True)
class Part:
    """Members without a gap, as they ``were``, and what came or left among them: ``places``, in order."""

    were: Sequence[Block]
    places: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Nearby:
    """What comes to one block and what leaves it; a member that is replaced does both. ``firsts``: of the
    first bearers of its texts."""

    entering: frozenset[Block] = frozenset()
    leaving: frozenset[Block] = frozenset()
    firsts: bool = False

    def parts(self, view: FusionView, window: int) -> list[Part]:
        """Around each change so many members that all pairs it touches are among them.

        Between two parts lie members whose pairs stay what they were.
        """
        reach = window + len(self.leaving)
        found = stretches(
            self.entering | self.leaving,
            lambda place: view.block_around(place, reach, firsts=self.firsts),
        )
        return [Part(*part) for part in found]

    def now(self, part: Part) -> list[Block]:
        """The members of a part after the change, in order."""
        return sorted({*part.were} - self.leaving | self.entering.intersection(part.places))

    def between(self, view: FusionView, low: Block, high: Block, window: int) -> int:
        """How many members lie between two after the change, counted up to ``window`` at least."""
        found = view.block_between(low, high, window + len(self.leaving), firsts=self.firsts)
        return sum(each not in self.leaving for each in found) + sum(
            low < each < high for each in self.entering
        )

    def has(self, view: FusionView, place: Block) -> bool:
        """Whether it is a member after the change."""
        if place in self.entering or place in self.leaving:
            return place in self.entering
        return place in view.block_around(place, 0, firsts=self.firsts)

    def of_firsts(self, parts: Iterable[Part]) -> "Nearby":
        """What this does to the first bearers. ``parts``: of this.

        A change behind another member of its text does nothing to them. Where it is the first of its text,
        the first that stays is in its part: that has more members behind the change than leave in all.
        """
        entering: set[Block] = set()
        leaving: set[Block] = set()
        for part in parts:
            now = self.now(part)
            for text, places in groupby(part.places, key=itemgetter(1)):
                first = next(places)
                at = bisect_left(part.were, first)
                if at and part.were[at - 1][1] == text:
                    continue
                was = [each for each in part.were[at : at + 1] if each[1] == text]
                at = bisect_left(now, first)
                becomes = [each for each in now[at : at + 1] if each[1] == text]
                if was != becomes or not self.leaving.isdisjoint(was):
                    leaving.update(was)
                    entering.update(becomes)
        return Nearby(frozenset(entering), frozenset(leaving), firsts=True)
