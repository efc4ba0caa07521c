"""What holds of pairs of facts that meet in a group: the rules of ``conflicts``, each over many pairs.

Facts, their dates and their places in groups are columns of whole numbers; a rule reads those of the one
(``f``) and of the other (``g``), as long as there are pairs, and is a line of numpy.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from graph.fusion.decided import NO_WORD
from graph.fusion.periods import first_day, last_day
from graph.types import PartialDate

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NEVER = -1  # no date; before all days
LATE = 1 << 62  # after all
NO_RULING = NO_WORD.position


class Facts(NamedTuple):
    """Facts as their duels read them. ``said``: the latest date that a fact speaks from; of a state that has
    ended by then, the end, and of one that was yet to begin, its beginning. ``first``: of a state, the
    earliest. ``last``: by what it is ordered in time, when it was said or else began; ``held``: or else was
    decided for. ``vouched``: the first day that it vouches for. ``ruling``, ``as_of``: of the decision for
    it, the position and, of a state, the time. ``lasts``: a state that is not told of one time only.
    ``over``: one of which all that is told bears a date, and whose end had come when it was told;
    ``ended``: one that others tell to be over; ``undated``: one of which nothing bears a date; ``told_over``:
    one that is told to be over. ``worthless``: what counts for nothing, since nobody is trusted who says so.
    """

    since: Ints
    until: Ints
    said: Ints
    first: Ints
    last: Ints
    held: Ints
    vouched: Ints
    ruling: Ints
    as_of: Ints
    is_state: Bools
    is_event: Bools
    lasts: Bools
    over: Bools
    ended: Bools
    undated: Bools
    told_over: Bools
    worthless: Bools

    def at(self, places: Ints) -> "Facts":
        return Facts._make(column[places] for column in self)


class Seats(NamedTuple):
    """A fact's place in a group: what it ``says`` there (the last bit: whether it asserts it), what a
    decision for it names (``named``), its weight among the group's values, and where the group's seats
    ``begin`` and how many there are (``size``).

    ``single``: in a group of one thing at a time. ``polar``: in one of what is asserted and denied.
    """

    fact: Ints
    says: Ints
    named: Ints
    weight: Ints
    begin: Ints
    size: Ints
    single: Bools
    polar: Bools


class Side(NamedTuple):
    """One side of pairs: seats, facts by number, and as they are read."""

    seat: Ints
    fact: Ints
    facts: Facts

    def where(self, places: Bools) -> "Side":
        some = np.flatnonzero(places)
        return Side(self.seat[some], self.fact[some], self.facts.at(some))


class Alike(NamedTuple):
    """Pairs of different ``things`` said of which one may mean the other, each as one number, sorted: values
    that agree, and what is asserted with what is denied less precisely."""

    things: int
    pairs: Ints

    def among(self, x: Ints, y: Ints) -> Bools:
        """Whether two things said are such a pair."""
        found: Bools = np.isin(x * self.things + y, self.pairs) if len(self.pairs) else np.zeros(len(x), bool)
        return found


def apart(says: Ints, others: Ints, polar: Bools, alike: Alike) -> Bools:
    """Whether what is said in a group, which is ``polar`` or not, cannot both be."""
    one_thing = alike.among(says, others)
    denied = (says == others ^ 1) | (one_thing & (says & 1 != others & 1))
    found: Bools = np.where(polar, denied, (says != others) & ~one_thing)
    return found


class Calendar:
    """Dates as numbers in the order of their last days, days as numbers in theirs; and the rules of time."""

    def __init__(self, dates: Iterable[PartialDate | None]) -> None:
        self.dates = sorted({date for date in dates if date}, key=lambda date: (last_day(date), date))
        self._number = {date: n for n, date in enumerate(self.dates)}
        ends = [(first_day(date), last_day(date)) for date in self.dates]
        day = {day: n for n, day in enumerate(sorted({day for both in ends for day in both}))}
        firsts, lasts = [day[first] for first, _ in ends], [day[last] for _, last in ends]
        # The last of each is for no date: open at both ends, or (of what must be dates) meeting none
        self._first, self._last = np.array([*firsts, NEVER], np.int64), np.array([*lasts, LATE], np.int64)
        self._opens, self._closes = np.array([*firsts, LATE], np.int64), np.array([*lasts, NEVER], np.int64)

    def number(self, date: PartialDate | None) -> int:
        return NEVER if date is None else self._number[date]

    def before(self, a: Ints, b: Ints) -> Bools:
        """Whether both are dates, and the one is over when the other begins."""
        return self._last[a] < self._first[b]

    def may_equal(self, a: Ints, b: Ints) -> Bools:
        """Whether both are dates, and one may mean the other: 2018 and 2018-03."""
        found: Bools = (self._closes[a] >= self._opens[b]) & (self._closes[b] >= self._opens[a])
        return found

    def at_one_time(self, f: Facts, g: Facts) -> Bools:
        """Whether there may be a time at which both hold; events happen at one, and what no date is told of
        is after what is over."""
        both = (self._first[f.since] <= self._last[g.until]) & (self._first[g.since] <= self._last[f.until])
        dated = f.is_event & g.is_event & both_began(f, g)
        parted = self.is_past(f, g) | self.is_past(g, f) | self.comes_after(f, g) | self.comes_after(g, f)
        found: Bools = both & (~dated | self.may_equal(f.since, g.since)) & ~parted
        return found

    def is_past(self, f: Facts, g: Facts) -> Bools:
        """Whether the state ``f`` is over, and ``g``, which does not tell so, is told undated, as things are
        since; unless a person decided for ``f``, or for ``g`` as of a time not after its own end."""
        later = (g.ruling == NO_RULING) | self.before(f.until, g.as_of)
        has_ended = f.over | (f.ended & ~g.told_over)
        found: Bools = has_ended & g.undated & (f.ruling == NO_RULING) & later
        return found

    def comes_after(self, g: Facts, f: Facts) -> Bools:
        """Whether the state ``f`` is over, and ``g``, which does not say when it began, vouches for no day on
        which that cannot have ended; of what held at one time only, for none of that. Unless a person decided
        for ``f``, and ``g`` is no news to that, or for ``g`` as of a time not after the end."""
        closed = np.where(f.lasts, self._first[f.until], self._last[f.until] + 1)
        news = (f.ruling == NO_RULING) | self.before(f.as_of, g.vouched)
        later = (g.ruling == NO_RULING) | self.before(f.until, g.as_of)
        unbegun = g.is_state & (g.since == NEVER)
        found: Bools = f.over & unbegun & (closed <= self._first[g.vouched]) & news & later
        return found

    def hands_over(self, f: Facts, g: Facts) -> Bools:
        """Whether ``f`` ended when ``g`` began: until 2018, since 2018."""
        return self.may_equal(f.until, g.since)

    def may_touch(self, f: Facts, g: Facts) -> Bools:
        """Whether one state may have ended on the day on which the other began. What is told of one time
        only, in 2018, held then beside the other."""
        return f.lasts & g.lasts & (self.hands_over(f, g) | self.hands_over(g, f))

    def touching(self, f: Facts, g: Facts) -> tuple[Bools, Bools]:
        """Of pairs whose statements cannot both be: which may touch, and which are rivals."""
        meet, touch = self.at_one_time(f, g), self.may_touch(f, g)
        return meet & touch, meet & ~touch

    def began(self, g: Facts, f: Facts) -> Ints:
        """When ``g`` began, as it says itself, or at the latest: at its first statement, unless ``f``, which
        it follows, was told since."""
        at_latest = np.where(self.before(g.first, f.last), g.said, g.first)
        return np.where(g.since != NEVER, g.since, at_latest)

    def follows(self, g: Facts, f: Facts) -> Bools:
        """Whether ``g`` is newer than the state ``f``, and that does not say that it began later or went on
        longer.

        They are ordered by when they began, if both say so, else by when they were said; what says that it
        began after that is newer too.
        """
        both, began = both_began(f, g), self.began(g, f)
        newer = self.before(np.where(both, f.since, f.held), np.where(both, g.since, g.last))
        newer |= ~both & self.before(f.held, g.since)
        later = self._last[began] < self._first[f.since]
        longer = (self._closes[f.until] > self._last[began]) & ~self.may_equal(f.until, began)
        found: Bools = newer & f.is_state & ~later & ~longer
        return found

    def ends(self, g: Facts, f: Facts, ahead: Ints, margin: int) -> Bools:
        """Whether ``g``, which is ``ahead`` of the state ``f`` in weight, tells that it is over; not if that
        is clearly better supported."""
        found: Bools = g.told_over & f.is_state & (ahead > -margin)
        return found

    def encloses(self, g: Facts, f: Facts) -> Bools:
        """Whether of two states ``g`` was told before the first statement of ``f`` and after the last."""
        around = self.before(g.first, f.first) & self.before(f.said, g.said)
        found: Bools = around & f.is_state & g.is_state & ~both_began(f, g)  # what they say of it comes first
        return found

    def overrules(self, g: Facts, f: Facts) -> Bools:
        """Whether a person decided for ``g`` against ``f``: not where it only follows it in time, nor where
        ``f`` is news to who decided."""
        outlives = self.follows(g, f) & ~self.encloses(g, f)
        is_news = g.is_state & f.is_state & self.before(g.as_of, f.vouched)
        found: Bools = (g.ruling > f.ruling) & ~outlives & ~is_news
        return found


def both_began(f: Facts, g: Facts) -> Bools:
    """Whether both say when they began."""
    found: Bools = (f.since != NEVER) & (g.since != NEVER)
    return found
