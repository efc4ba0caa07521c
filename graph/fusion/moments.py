"""Moments as people write them: a date, a time of day, or both, in one form however they stand together.

"2011-12-01 07:48 PM", "Dec 1, 2011 7:48pm" and "2011-12-01T19:48" are 2011-12-01t19:48. "7:48pDec 1" and
"19:48 Uhr" say the same less precisely, and so does "12/1/2011 7:48 PM", which may also be of January: each
goes with what is told of the thing, and contradicts another day and another minute. A year or the hands of a
clock alone ("1984", "7:48") may be something else, and go with nothing but what says them more precisely.
Every function here is pure.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterator, Sequence
from functools import lru_cache
from itertools import combinations_with_replacement, product
from typing import NamedTuple

from graph.fusion.days import Days, days
from graph.fusion.times import Clock, clocks

_LONGEST = 60  # code points
_BEFORE = re.compile(r"(?:[\s,;@|·–—-]|\b(?:at|um)\b)+\Z")  # between a date and the time behind it
_AFTER = re.compile(r"\A(?:[\s,;@|·]|[–—-](?=\s)|\bon\b)+")
_IN_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]\Z")
# As spreadsheets and databases write a day.
_MIDNIGHT = re.compile(r"(?<=\d{4}[-/]\d\d[-/]\d\d)[t ]00:00:00(?:[.,]0+)?z?\Z")
_PARTS = 4


class Moment(NamedTuple):
    days: Days | None
    clock: Clock | None

    @property
    def text(self) -> str:
        if self.days is not None and self.clock is not None and not self.clock.told:
            return f"{self.clock.text} {self.days.text}"  # "2011-12-01 10:15" would be told
        return "".join(part.text for part in self if part is not None)

    @property
    def told(self) -> bool:
        """Whether it can hardly be anything but a moment."""
        if self.days is None:
            return self.clock is not None and self.clock.told
        return self.days.told

    def refines(self, vague: "Moment") -> bool:
        """Whether it says the same and more. A strict order."""
        return self._lies_in(vague) and not vague._lies_in(self)

    def agrees(self, other: "Moment") -> bool:
        """Whether both may be one moment: neither says another day or another time."""
        if self == other or self.refines(other) or other.refines(self):
            return True
        if not (self.told and other.told):
            return False
        one_day = self.days is None or other.days is None or self.days.meets(other.days)
        return one_day and (self.clock is None or other.clock is None or self.clock.meets(other.clock))

    def _lies_in(self, other: "Moment") -> bool:
        if other.days is not None and (self.days is None or not self.days.lies_in(other.days)):
            return False
        if other.clock is None:
            return True
        return self.clock is not None and (self.clock == other.clock or self.clock.refines(other.clock))

    @property
    def parts(self) -> Iterator[tuple[Hashable, ...]]:
        """Year, month, day and where the hands stand, each None where it is not told: in every way in which
        it may be read."""
        hands = None if self.clock is None else self.clock.rough
        for day in self.days.readings if self.days else [(None, None, None)]:
            yield *day, hands


@lru_cache(maxsize=1 << 14)
def moment(text: str) -> Moment | None:
    """The moment that all of a folded text is; None where it is none. ``moment(found.text)`` is ``found``."""
    if len(text) > _LONGEST:
        return None
    text = _MIDNIGHT.sub("", text)
    told = clocks(text)
    alone = next((read for read, *span in told if span == [0, len(text)]), None)
    if alone is not None:
        return Moment(None, alone)
    if (day := days(text)) is not None:
        return Moment(day, None)
    for read, start, end in told:
        before, after = _BEFORE.sub("", text[:start]), _AFTER.sub("", text[end:])
        if bool(before) == bool(after):
            continue
        found = days(_IN_BRACKETS.sub(r"\1", before or after), timed=True)
        if found is not None and found.is_whole:
            return Moment(found, read.beside_a_date(iso=bool(before) and found.is_iso))
    return None


def meeting(moments: Sequence[Moment]) -> Iterator[tuple[int, int]]:
    """The places of those that agree, each pair once. O(n), and those that have all in common that both
    tell."""
    alike: dict[tuple[bool, ...], list[tuple[tuple[Hashable, ...], int]]] = defaultdict(list)
    for n, each in enumerate(moments):
        for parts in each.parts:
            alike[*(part is not None for part in parts), each.told].append((parts, n))
    met: set[tuple[int, int]] = set()
    for one, other in combinations_with_replacement(sorted(alike), 2):
        shared = [k for k in range(_PARTS) if one[k] and other[k]]
        if not shared and not (one[-1] and other[-1]):
            continue
        for some, others in _joined(alike[one], alike[other], shared):
            for a, b in product(some, others):
                pair = (a, b) if a < b else (b, a)
                if a != b and pair not in met and moments[a].agrees(moments[b]):
                    met.add(pair)
                    yield pair


def _joined(
    some: Collection[tuple[tuple[Hashable, ...], int]],
    others: Collection[tuple[tuple[Hashable, ...], int]],
    shared: Sequence[int],
) -> Iterator[tuple[list[int], list[int]]]:
    """Of both those that have these parts in common."""
    found: dict[tuple[Hashable, ...], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for side, entries in enumerate((some, others)):
        for parts, n in entries:
            found[tuple(parts[k] for k in shared)][side].append(n)
    yield from found.values()
