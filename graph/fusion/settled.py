"""How facts stand among their rivals, while their duels are fought and after."""

from collections.abc import Sequence

import numpy as np

from graph.fusion.conflicts import Blow, Group, Standing
from graph.fusion.duels import LATE, NEVER, Alike, Bools, Calendar, Ints, Seats, Side, apart
from graph.fusion.facts import RawFact
from graph.fusion.grouping import Grouping, GroupKey
from graph.fusion.seating import Members
from graph.types import FactId


class Decided:
    """Whom people decided against."""

    def __init__(self, calendar: Calendar, seats: Seats, alike: Alike) -> None:
        self._calendar = calendar
        self._seats = seats
        self._alike = alike

    def overrules(self, g: Side, f: Side) -> Bools:
        """Whether a person decided for ``g`` and so against ``f``, which cannot be beside what was named."""
        found = self._calendar.overrules(g.facts, f.facts)
        some = np.flatnonzero(found)
        seats, (mine, yours) = self._seats, (g.seat[some], f.seat[some])
        found[some] = apart(seats.named[mine], seats.says[yours], seats.polar[mine], self._alike)
        return found


class Settled:
    """How facts stand in all their groups together, and what stands in a group."""

    def __init__(
        self,
        facts: Sequence[RawFact],
        groups: Members,
        calendar: Calendar,
        grouping: Grouping,
        decided: Decided,
    ) -> None:
        self.facts = facts
        self.decided = decided
        self._number = {f.id: n for n, f in enumerate(facts)}
        self.calendar = calendar
        self._grouping = grouping
        self._begin: dict[GroupKey, int] = {}
        seats = 0
        for key, group in groups.items():
            self._begin[key] = seats
            seats += len(group)
        self.worst = np.full(len(facts), LATE, np.int64)  # of each fact, the least ``rank`` of what is dealt
        self.since = np.full(len(facts), NEVER, np.int64)  # and dates by number, the last and
        self.until = np.full(len(facts), LATE, np.int64)  # the first
        self.dealt = np.zeros(seats, np.int64)  # in each seat, a bit for each blow taken
        self.deals = np.zeros(seats, np.int64)  # and for each given
        self.overruled = np.zeros(seats, bool)  # whether a person decided against it there
        self.root = np.arange(seats)  # the first of the seats that rivals connect

    def overrule(self, f: Side, g: Side) -> None:
        """Note whom of these pairs, whose statements cannot both be, a person decided against."""
        _, rivals = self.calendar.touching(f.facts, g.facts)
        self.overruled[f.seat[rivals & self.decided.overrules(g, f)]] = True
        self.overruled[g.seat[rivals & self.decided.overrules(f, g)]] = True

    def rank(self, blow: Ints, began: Ints, rival: Ints) -> Ints:
        """The less, the worse; of one blow the earlier (``began``), then as facts are ordered."""
        return ((max(Blow) - blow) * (len(self.calendar.dates) + 1) + began) * len(self.facts) + rival

    def standing(self, fact: FactId) -> Standing:
        n = self._number.get(fact)
        if n is None:
            return Standing()
        since, until, worst = int(self.since[n]), int(self.until[n]), int(self.worst[n])
        dates = (
            None if since == NEVER else self.calendar.dates[since],
            None if until == LATE else self.calendar.dates[until],
        )
        if worst == LATE:
            return Standing(Blow.NONE, None, None, *dates)
        worst, rival = divmod(worst, len(self.facts))
        milder, began = divmod(worst, len(self.calendar.dates) + 1)
        blow = Blow(max(Blow) - milder)
        ended = self.calendar.dates[began] if blow is Blow.SUPERSEDED else None
        return Standing(blow, self.facts[rival], ended, *dates)

    def group(self, key: GroupKey, facts: Sequence[RawFact]) -> Group:
        """A group of which all facts were wanted."""
        begin = self._begin.get(key)
        if begin is None:
            nothing = [0] * len(facts)
            return Group(key, facts, nothing, nothing, range(len(facts)), self._grouping)
        seats = slice(begin, begin + len(facts))
        dealt, deals, root = (each[seats].tolist() for each in (self.dealt, self.deals, self.root))
        return Group(key, facts, dealt, deals, root, self._grouping)
