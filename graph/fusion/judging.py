"""Who of the facts that meet in groups stands: all duels of a pass at once.

A group of k facts has k (k - 1) / 2 pairs and is judged anew with every document that touches it (who led a
town, in two hundred years), so that a pair must cost next to nothing (``duels``, ``seating``).
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from graph.fusion.conflicts import NOTHING, Blow, tie_question
from graph.fusion.decided import NO_WORD, Ruled, Word, is_worthless, word_on
from graph.fusion.duels import NEVER, Bools, Calendar, Facts, Ints, Seats, Side
from graph.fusion.epoch import NO_ADJUDICATOR, Epoch
from graph.fusion.facts import RawFact
from graph.fusion.grouping import Grouping, GroupKey, denies
from graph.fusion.periods import first_day, last_day
from graph.fusion.seating import (
    ASKED_AMONG,
    Agreeing,
    Members,
    connect,
    forms_of,
    meeting,
    seats_of,
    stand_ins,
    transposed,
)
from graph.fusion.settled import Decided, Settled
from graph.fusion.statements import Family
from graph.ontology import Ontology
from graph.relations import RelationType, Temporal
from graph.types import Answer, FactId, PartialDate, VerdictId

Enders = Mapping[Family, Sequence[RawFact]]  # what is told to be over, by what it says was so
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

    def settle(self, members: Members, wanted: Collection[FactId]) -> Settled:
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
        seats, alike = seats_of(
            groups,
            number,
            {i: words[n] for i, n in number.items()},
            self._epoch,
            self._grouping,
            self._agreeing,
        )
        found = Settled(facts, groups, calendar, self._grouping, Decided(calendar, seats, alike))
        are_wanted = np.array([f.id in wanted for group in groups.values() for f in group], bool)
        are_ruled = columns.ruling[seats.fact] != NO_WORD.position
        for f, g in meeting(seats, alike, columns, are_ruled, np.ones(len(are_ruled), bool)):
            found.overrule(f, g)
        others = stand_ins(seats, alike, columns, found.overruled)
        for f, g in meeting(seats, alike, columns, are_wanted, others):
            self._meet(f, g, seats, found)
        return found

    def _meet(self, f: Side, g: Side, seats: Seats, found: Settled) -> None:
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
        connect(found.root, f.seat, g.seat, seats)

    def _deal(self, f: Side, g: Side, follows: Bools, weighed: Bools, seats: Seats, found: Settled) -> None:
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
        return [over for over in some if denies(over.value, fact.value, forms_of((over, fact)))]

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
        state, over, ahead = transposed(pairs, 3)
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
        since, until, said, first, vouched, as_of = transposed(numbers, 6)
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

    def _may_differ(self, key: GroupKey, facts: Sequence[RawFact], wanted: Collection[FactId]) -> bool:
        """Whether any wanted fact may have a rival here."""
        if len(facts) < 2 or key[0] == "T":
            return False
        if key[0] == "P" and len({self._grouping.asserts(f.family) for f in facts}) < 2:
            return False
        return any(f.id in wanted for f in facts)


def _spoken_of(said: PartialDate | None, state: RawFact) -> PartialDate | None:
    """When a state was there that was told then: when it began, if it was announced, and when it ended, if it
    had ended or has only its end."""
    start, end = state.valid_from, state.valid_to
    if said and start and last_day(said) < first_day(start):
        said = start
    return min((date for date in (said, end) if date), key=lambda date: (last_day(date), date), default=None)
