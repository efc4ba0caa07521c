"""Who of the facts that meet in groups stands: all duels of a pass at once.

A group of k facts has k (k - 1) / 2 pairs and is judged anew with every document that touches it (who led a
town, in two hundred years), so that a pair must cost next to nothing (``duels``). Of a large group few pairs
are looked at: facts that differ only in what they say do the same to whatever is apart from them, so that of
such a few stand for all (``_stand_ins``). Memory is that of ``_AT_ONCE`` pairs.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np

from graph.fusion.conflicts import NOTHING, Blow, Group, Standing, tie_question
from graph.fusion.decided import NO_WORD, Ruled, Word, is_worthless, word_on
from graph.fusion.duels import LATE, NEVER, Alike, Bools, Calendar, Facts, Ints, Seats, Side, apart
from graph.fusion.epoch import NO_ADJUDICATOR, Epoch
from graph.fusion.facts import Family, RawFact, first_day, last_day
from graph.fusion.grouping import Grouping, GroupKey, denies
from graph.fusion.normalize import Forms, agreeing, refines
from graph.ontology import Ontology
from graph.relations import RelationType, Temporal
from graph.types import Answer, EntityId, FactId, PartialDate, Value, VerdictId

Members = Mapping[GroupKey, Sequence[RawFact]]
Agreeing = Mapping[GroupKey, Collection[frozenset[EntityId]]]  # pairs of ends told there that agree
Enders = Mapping[Family, Sequence[RawFact]]  # what is told to be over, by what it says was so
Told = tuple[Value, bool]  # and whether it is asserted

ASKED_AMONG = 8  # facts of a group up to which a model may judge its ties
_AT_ONCE = 1 << 14  # pairs
_LARGE = 64  # facts of a group from which on some stand for all
NO_PAIRS: Agreeing = {}
NO_ENDERS: Enders = {}
_UNKNOWN = RelationType("", ())


class Judge:
    """Decides pairs of rivals under an epoch, an ontology, the decisions in force and a model's ``answers``.

    ``tied``: the questions about pairs whose weights tie, as they were met; none where no model may judge.
    ``agreeing``: where ends are told more or less precisely (``precision``). ``enders``: of all states here
    that are told to be over.
    """

    def __init__(
        self,
        epoch: Epoch,
        ontology: Ontology,
        ruled: Ruled,
        answers: Mapping[VerdictId, Answer] = NOTHING,
        agreeing: Agreeing = NO_PAIRS,
        enders: Enders = NO_ENDERS,
    ) -> None:
        self.tied: dict[VerdictId, tuple[RawFact, RawFact]] = {}
        self._epoch = epoch
        self._ontology = ontology
        self._grouping = Grouping(ontology)
        self._ruled = ruled
        self._answers = answers
        self._agreeing = agreeing
        self._enders = enders

    def settle(self, members: Members, wanted: Collection[FactId]) -> "Settled":
        """How the ``wanted`` facts stand among the other facts of all their groups; ``members`` are whole
        groups. O(k c) in a group's k facts, of which c differ in time, weight or decision."""
        groups = {key: facts for key, facts in members.items() if self._may_differ(key, facts, wanted)}
        met = {f.id: f for group in groups.values() for f in group}
        ending = [(f, over) for f in met.values() for over in self._ending(f)]
        facts = sorted(
            {**met, **{over.id: over for _, over in ending}}.values(),
            key=lambda f: (-f.weight(2), f.label, f.id),
        )
        words = [word_on(self._ruled, f.family, f.value) for f in facts]
        calendar = Calendar(
            date
            for f, word in zip(facts, words, strict=True)
            for date in (f.valid_from, f.valid_to, f.stated, f.first_stated, f.vouched, word.as_of)
        )
        columns = self._columns(facts, words, calendar)
        number = {f.id: n for n, f in enumerate(facts)}
        columns.ended[self._ended(ending, number, columns, calendar)] = True
        seats, alike = self._seats(groups, number, {i: words[n] for i, n in number.items()})
        found = Settled(facts, groups, calendar, self._grouping, Decided(calendar, seats, alike))
        are_wanted = np.array([f.id in wanted for group in groups.values() for f in group], bool)
        are_ruled = columns.ruling[seats.fact] != NO_WORD.position
        for f, g in _pairs(seats, alike, columns, are_ruled, np.ones(len(are_ruled), bool)):
            found.overrule(f, g)
        others = _stand_ins(seats, alike, columns, found.overruled)
        for f, g in _pairs(seats, alike, columns, are_wanted, others):
            self._meet(f, g, seats, found)
        return found

    def _meet(self, f: Side, g: Side, seats: Seats, found: "Settled") -> None:
        """What comes of pairs whose statements cannot both be, for both sides."""
        calendar = found.calendar
        touch, rivals = calendar.touching(f.facts, g.facts)
        counts = ~(found.overruled[f.seat] | found.overruled[g.seat] | f.facts.worthless | g.facts.worthless)
        for one, other in ((f, g), (g, f)):
            end = touch & counts & calendar.hands_over(one.facts, other.facts)
            np.minimum.at(found.until, one.fact[end], other.facts.since[end])
            np.maximum.at(found.since, other.fact[end], one.facts.until[end])
            later = counts & calendar.comes_after(other.facts, one.facts)
            np.maximum.at(found.since, other.fact[later], calendar.began(other.facts, one.facts)[later])
        f, g, counts = f.where(rivals), g.where(rivals), counts[rivals]
        ends, begins = calendar.follows(g.facts, f.facts), calendar.follows(f.facts, g.facts)
        weighed = counts & ~ends & ~begins
        self._deal(f, g, counts & ends, weighed, seats, found)
        self._deal(g, f, counts & begins, weighed, seats, found)
        _join(found.root, f.seat, g.seat, seats)

    def _deal(self, f: Side, g: Side, follows: Bools, weighed: Bools, seats: Seats, found: "Settled") -> None:
        """What ``g`` does to its rivals ``f``: it ``follows`` them, or they are ``weighed``, or ruled on."""
        calendar, margin = found.calendar, self._epoch.clear_margin
        ahead = seats.weight[g.seat] - seats.weight[f.seat]
        one_at_a_time = seats.single[f.seat] | seats.polar[f.seat]
        enclosed = follows & one_at_a_time & (ahead >= margin) & calendar.encloses(g.facts, f.facts)
        superseded = follows & ~enclosed
        ended = weighed & calendar.ends(g.facts, f.facts, ahead, margin)
        weighed = weighed & ~ended & ~calendar.ends(f.facts, g.facts, -ahead, margin)
        tied = weighed & (np.abs(ahead) < margin)
        blow = np.full(len(ahead), Blow.NONE, np.int64)
        blow[f.facts.worthless] = Blow.OUTWEIGHED
        blow[f.facts.worthless & g.facts.worthless] = Blow.TIED
        blow[found.decided.overrules(g, f)] = Blow.OVERRULED
        blow[enclosed] = Blow.ENCLOSED
        blow[superseded] = Blow.SUPERSEDED
        blow[ended] = Blow.ENDED
        blow[weighed & (ahead > 0)] = Blow.OUTWEIGHED
        blow[tied] = Blow.TIED
        if self._epoch.adjudicator != NO_ADJUDICATOR:
            for n in np.flatnonzero(tied & (seats.size[f.seat] <= ASKED_AMONG)):
                blow[n] = self._judged(found.facts[f.fact[n]], found.facts[g.fact[n]])
        began = np.where(superseded, calendar.began(g.facts, f.facts), 0)
        opened = superseded & g.facts.is_state
        closed = ended & (g.facts.first != NEVER)
        np.minimum.at(found.until, f.fact[closed], g.facts.first[closed])
        np.minimum.at(found.until, f.fact[superseded], began[superseded])
        np.maximum.at(found.since, g.fact[opened], began[opened])
        np.minimum.at(found.worst, f.fact, found.rank(blow, began, g.fact))
        np.bitwise_or.at(found.dealt, f.seat, 1 << blow)
        np.bitwise_or.at(found.deals, g.seat, 1 << blow)

    def _judged(self, f: RawFact, g: RawFact) -> Blow:
        """What a verdict makes of two whose weights tie, for ``f``."""
        question = tie_question(self._epoch.adjudicator, f.claims, g.claims)
        self.tied[question] = (f, g) if f.claims < g.claims else (g, f)
        match self._answers.get(question):
            case Answer.YES:
                return Blow.NONE if f.claims < g.claims else Blow.JUDGED
            case Answer.NO:
                return Blow.JUDGED if f.claims < g.claims else Blow.NONE
        return Blow.TIED

    def _ending(self, fact: RawFact) -> list[RawFact]:
        """Those who tell that it is over, as precisely or less."""
        some = self._enders.get(fact.family, ()) if self._enders else ()
        return [over for over in some if denies(over.value, fact.value, _forms((over, fact)))]

    def _ended(
        self,
        ending: Sequence[tuple[RawFact, RawFact]],
        number: Mapping[FactId, int],
        columns: Facts,
        calendar: Calendar,
    ) -> Ints:
        """Of states, each with what is told of its end, those that this is no older than and that are not
        clearly better supported."""
        pairs = [(number[f.id], number[g.id], g.weight(2) - f.weight(2)) for f, g in ending]
        state, over, ahead = _table(pairs, 3)
        f, g = columns.at(state), columns.at(over)
        ends = calendar.ends(g, f, ahead, self._epoch.clear_margin) & ~calendar.follows(f, g)
        found: Ints = state[(ends | calendar.follows(g, f)) & ~g.worthless]
        return found

    def _columns(self, facts: Sequence[RawFact], words: Sequence[Word], calendar: Calendar) -> Facts:
        kinds = [self._ontology.relation_types.get(f.family.relation, _UNKNOWN).temporal for f in facts]
        is_state = np.array([kind is Temporal.STATE for kind in kinds], bool)
        dates = (
            (
                f.valid_from,
                f.valid_to,
                _spoken_of(f.stated, f) if state else f.stated,
                _spoken_of(f.first_stated, f) if state else f.stated,
                f.vouched,
                word.as_of if state else None,
            )
            for f, word, state in zip(facts, words, is_state, strict=True)
        )
        numbers = [[calendar.number(date) for date in each] for each in dates]
        since, until, said, first, vouched, as_of = _table(numbers, 6)
        last = np.where(said != NEVER, said, since)
        return Facts(
            since=since,
            until=until,
            said=said,
            first=first,
            last=last,
            held=np.where(last != NEVER, last, as_of),
            vouched=vouched,
            ruling=np.array([word.position for word in words], np.int64),
            as_of=as_of,
            is_state=is_state,
            is_event=np.array([kind is Temporal.EVENT for kind in kinds], bool),
            lasts=is_state & ~calendar.may_equal(since, until),
            over=is_state & np.array([f.over for f in facts], bool),
            ended=np.zeros(len(facts), bool),
            undated=is_state & (vouched == NEVER),
            told_over=np.array([self._grouping.is_over(f.family) for f in facts], bool),
            worthless=np.array([is_worthless(self._ruled, f) for f in facts], bool),
        )

    def _seats(
        self, groups: Members, number: Mapping[FactId, int], words: Mapping[FactId, Word]
    ) -> tuple[Seats, Alike]:
        """The seats of all groups, those of one beside each other; and which of what they say agree."""
        token: dict[object, int] = {}
        rows: list[Sequence[int]] = []
        alike: set[tuple[int, int]] = set()
        for key, facts in groups.items():
            letter, begin = key[0], len(rows)
            single, polar = letter in "FI", letter == "P"
            learnt = self._epoch.false_values.get(key[3], 0) if single else 0
            values, forms = max(len(facts), learnt), _forms(facts)
            pairs = {*self._agreeing.get(key, ()), *self._grouping.joined(key, facts)}
            here = (key,) if forms else ()  # how numbers are written tells of this group only
            for f in facts:
                said: object = self._grouping.said(key, f.family)
                said = (*here, f.value) if polar or (single and f.value) else said
                said = (key, said) if pairs and f.value is None else said  # ends agree in this group only
                sign = self._grouping.asserts(f.family)
                says = 2 * token.setdefault(said, len(token)) + sign
                word = words[f.id].value
                named = says
                if word is not None:
                    named = 2 * token.setdefault((*here, word), len(token)) + sign
                rows.append((number[f.id], says, named, f.weight(values), begin, len(facts), single, polar))
            told = {
                (value, self._grouping.asserts(f.family))
                for f in facts
                for value in (f.value, words[f.id].value)
                if value is not None
            }
            for (v, sign), (w, other) in _one_thing(told, forms, polar=polar) if letter in "FP" else ():
                a, b = 2 * token[*here, v] + sign, 2 * token[*here, w] + other
                alike |= {(a, b), (b, a)}
            for ends in pairs:
                a, b = (2 * token[key, ("", end)] + 1 for end in ends)
                alike |= {(a, b), (b, a)}
        fact, what, named_, weight, begins, size, are_single, are_polar = _table(rows, 8)
        seats = Seats(
            fact, what, named_, weight, begins, size, are_single.astype(bool), are_polar.astype(bool)
        )
        things = 2 * len(token)
        return seats, Alike(things, np.array(sorted(x * things + y for x, y in alike), np.int64))

    def _may_differ(self, key: GroupKey, facts: Sequence[RawFact], wanted: Collection[FactId]) -> bool:
        """Whether any wanted fact may have a rival here."""
        if len(facts) < 2 or key[0] == "T":
            return False
        if key[0] == "P" and len({self._grouping.asserts(f.family) for f in facts}) < 2:
            return False
        return any(f.id in wanted for f in facts)


def _forms(facts: Iterable[RawFact]) -> Forms:
    """How the numbers of a group are written by any of its facts."""
    found: dict[Value, set[Value]] = {}
    for fact in facts:
        if fact.value is not None and fact.written:
            found.setdefault(fact.value, set()).update(fact.written)
    return found


def _one_thing(told: Collection[Told], forms: Forms, *, polar: bool) -> Iterator[tuple[Told, Told]]:
    """Of what is told in a group, different values that agree; or what is asserted and, less precisely,
    denied."""
    for pair in agreeing({value for value, _ in told}, forms):
        for x, y in (pair, pair[::-1]):
            if not polar:
                yield (x, True), (y, True)
            elif (x, True) in told and (y, False) in told and refines(x, y, forms):
                yield (x, True), (y, False)


def _table(rows: Sequence[Sequence[int]], width: int) -> Ints:
    """Its columns."""
    return np.array(rows, np.int64).reshape(-1, width).T.copy()


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


def _stand_ins(seats: Seats, alike: Alike, facts: Facts, overruled: Bools) -> Bools:
    """The seats that stand for all of their groups: in a small one, or one of what is denied, each.

    What comes of a pair depends on the two facts' columns, weights and decisions, and on whether what they
    say is apart. So facts of one kind, that differ in what they say alone, do the same to whatever is apart
    from them, and the first in the order of facts is named. With what a fact says go no more than ``near``
    things told by others, which are not apart from it: of ``2 * near + 3`` things of each kind, the first of
    each, enough are apart from any two facts to connect them just as all would.
    """
    chosen = (seats.size <= max(_LARGE, ASKED_AMONG)) | seats.polar
    large = np.flatnonzero(~chosen)
    if not len(large):
        return chosen
    mine = facts.at(seats.fact[large])
    own = np.where(mine.ruling != NO_WORD.position, large, NEVER)  # what a decision names may be apart too
    traits = (seats.begin[large], seats.weight[large], overruled[large], own, *mine)
    _, kind = np.unique(np.stack(traits, axis=1), axis=0, return_inverse=True)
    kind, says, fact = kind.reshape(-1), seats.says[large], seats.fact[large]
    order = np.lexsort((fact, says, kind))
    first = order[_changes(kind[order], says[order])]  # of each kind and thing
    first = first[np.lexsort((fact[first], kind[first]))]
    starts = _changes(kind[first])
    rank = np.arange(len(first)) - np.flatnonzero(starts)[np.cumsum(starts) - 1]
    near = np.zeros(len(seats.fact), np.int64)  # of each group, by its first seat
    going_with = np.bincount(alike.pairs // max(alike.things, 1), minlength=alike.things + 1)
    np.maximum.at(near, seats.begin[large], going_with[says])
    chosen[large[first[rank < 2 * near[seats.begin[large[first]]] + 3]]] = True
    return chosen


def _changes(*columns: Ints) -> Bools:
    """Where a row is another one than that before it, the first included."""
    changed = np.ones(len(columns[0]), bool)
    changed[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    return changed


def _pairs(
    seats: Seats, alike: Alike, facts: Facts, wanted: Bools, others: Bools
) -> Iterator[tuple[Side, Side]]:
    """The pairs of wanted seats with ``others`` of their groups whose statements cannot both be."""
    for left, right in _chunks(seats, wanted, others):
        cannot = apart(seats.says[left], seats.says[right], seats.polar[left], alike)
        f, g = (Side(x, seats.fact[x], facts.at(seats.fact[x])) for x in (left[cannot], right[cannot]))
        yield f, g


def _chunks(seats: Seats, wanted: Bools, others: Bools) -> Iterator[tuple[Ints, Ints]]:
    """The pairs of each wanted seat with the ``others`` of its group, each once, some ``_AT_ONCE`` at a
    time."""
    left, right = np.flatnonzero(wanted), np.flatnonzero(others)
    starts = np.searchsorted(right, seats.begin[left])
    sizes = np.searchsorted(right, seats.begin[left] + seats.size[left]) - starts
    ends = np.cumsum(sizes)
    begin = 0
    while begin < len(left):
        before = int(ends[begin - 1]) if begin else 0
        stop = max(begin + 1, int(np.searchsorted(ends, before + _AT_ONCE, "right")))
        some, size = left[begin:stop], sizes[begin:stop]
        first = np.cumsum(size) - size
        mine = np.repeat(some, size)
        yours = right[np.arange(len(mine)) + np.repeat(starts[begin:stop] - first, size)]
        once = (mine < yours) | ~wanted[yours] | ~others[mine]
        yield mine[once], yours[once]
        begin = stop


def _join(root: Ints, left: Ints, right: Ints, seats: Seats) -> None:
    """Connect these pairs of seats: each set is known by its smallest."""
    while True:
        x, y = root[left], root[right]
        apart = x != y
        if not apart.any():
            return
        low, high = np.minimum(x, y)[apart], np.maximum(x, y)[apart]
        np.minimum.at(root, high, low)
        begin = seats.begin[left]
        part = slice(int(begin.min()), int((begin + seats.size[left]).max()))  # all of their groups
        while np.any(root[part] != root[root[part]]):
            root[part] = root[root[part]]


def _spoken_of(said: PartialDate | None, state: RawFact) -> PartialDate | None:
    """When a state was there that was told then: when it began, if it was announced, and when it ended, if it
    had ended or has only its end."""
    start, end = state.valid_from, state.valid_to
    if said and start and last_day(said) < first_day(start):
        said = start
    return min((date for date in (said, end) if date), key=lambda date: (last_day(date), date), default=None)
