"""The duels of ``graph.fusion.duels`` pair by pair, as they read in words: what those are held to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import NamedTuple

from graph.fusion.conflicts import NOTHING, Blow, Group, tie_question
from graph.fusion.decided import Ruled, Word, word_on
from graph.fusion.epoch import NO_ADJUDICATOR, Epoch
from graph.fusion.facts import RawFact
from graph.fusion.grouping import Grouping, GroupKey, denies, exclude
from graph.fusion.judging import NO_ENDERS, NO_PAIRS, Enders
from graph.fusion.normalize import Forms, refines
from graph.fusion.periods import first_day, last_day
from graph.fusion.seating import ASKED_AMONG, Agreeing
from graph.ontology import Ontology
from graph.relations import RelationType, Temporal
from graph.types import Answer, EntityId, FactId, PartialDate, Value, VerdictId

_UNKNOWN = RelationType("", ())


class _Contender(NamedTuple):
    """A fact as its duels read it; days are sortable text. ``said``: the latest date that it speaks from; of
    a state that has ended by then, the end, and of one that was yet to begin, its beginning. ``first``: of a
    state, the earliest."""

    fact: RawFact
    value: Value | None
    start: str
    end: str
    said: PartialDate | None
    first: PartialDate | None
    word: Word
    is_state: bool
    is_event: bool
    over: bool  # it tells that a state is over
    ended: bool = False  # another one tells so of it

    @property
    def worthless(self) -> bool:
        return not self.fact.confidence and self.word.position < 0

    @property
    def last(self) -> PartialDate | None:
        return self.said or self.fact.valid_from

    def began(self, after: "_Contender") -> PartialDate | None:
        """When it began, as it says itself, or at the latest: at its first statement, unless ``after``, which
        it follows, was told since."""
        told_since = self.first and after.last and _before(self.first, after.last)
        return self.fact.valid_from or (self.said if told_since else self.first)


class _Crowd(NamedTuple):
    """How many ``facts`` a group has, and how many ``values`` a wrong source may choose from: as many as are
    named, or as were learnt of the group's relation. ``single``: one thing at a time is told there."""

    facts: int
    values: int
    single: bool


@dataclass(slots=True)
class Standing:
    """What a fact's rivals do to it: the worst, and by whom; and what others say of when it began (``since``)
    and ended (``until``).

    Of several who do the worst the one named is whose beginning (``began``) ends the fact, if that is the
    worst, else the weightiest.
    """

    worst: Blow = Blow.NONE
    rival: RawFact | None = None
    began: PartialDate | None = None
    since: PartialDate | None = None
    until: PartialDate | None = None
    dealt: int = 0  # a bit for each blow taken
    deals: int = 0  # and for each given

    def take(self, blow: Blow, rival: RawFact, began: PartialDate | None) -> None:
        ended = began if blow is Blow.SUPERSEDED else None
        self.join(Standing(blow, rival, ended, until=ended, dealt=1 << blow))

    def join(self, other: "Standing") -> None:
        """Take what ``other`` took, in this group or another."""
        self.dealt |= other.dealt
        self.since = _later(self.since, other.since)
        self.until = _earlier(self.until, other.until)
        if other._rank() < self._rank():
            self.worst, self.rival, self.began = other.worst, other.rival, other.began

    def _rank(self) -> tuple[object, ...]:
        if self.rival is None:
            return (1,)
        fact, began = self.rival, self.began
        return -self.worst, last_day(began), began or "", -fact.weight(2), fact.label, fact.id


class Judge:
    """Decides pairs of rivals under an epoch, an ontology, the decisions in force and a model's ``answers``.

    ``tied``: the questions about pairs whose weights tie, as they were met; none where no model may judge.
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
        self._answers = answers
        self._agreeing = agreeing
        self._enders = enders
        self._adjudicator = epoch.adjudicator
        self._margin = epoch.clear_margin
        self._false_values = epoch.false_values
        self._ontology = ontology
        self._grouping = Grouping(ontology)
        self._ruled = ruled
        self._known: dict[FactId, _Contender] = {}
        self._joined: set[frozenset[EntityId | None]] = set()  # ends that one sentence of the group names

    def group(self, key: GroupKey, facts: Sequence[RawFact]) -> tuple[dict[FactId, "Standing"], Group]:
        """How all of a group's facts stand in it. Time O(k^2) in its k facts, memory O(k)."""
        standings = {f.id: Standing() for f in facts}
        at = {f.id: n for n, f in enumerate(facts)}
        root, crowd = list(range(len(facts))), self._crowd(key, len(facts))
        forms = {
            f.value: {w for g in facts if g.value == f.value for w in g.written} for f in facts if f.value
        }
        self._joined = {
            frozenset(self._grouping.said(key, x.family)[1] for x in pair)
            for pair in combinations(facts, 2)
            if pair[0].tellings & pair[1].tellings
        }
        pairs = [
            (f, g)
            for f, g in combinations(map(self._contender, facts), 2)
            if self._apart(key, f, g, forms) and _at_one_time(f, g)
        ]
        binds = {
            (g.fact.id, f.fact.id)
            for pair in pairs
            if not _touch(*pair)
            for f, g in (pair, pair[::-1])
            if _overrules(g, f) and self._apart(key, g, f, forms, named=True)
        }
        overruled = {i for _, i in binds}
        for f, g in permutations(map(self._contender, facts), 2):
            counts = not ({f.fact.id, g.fact.id} & overruled or f.worthless or g.worthless)
            if counts and _comes_after(g, f) and self._apart(key, f, g, forms):
                standings[g.fact.id].join(Standing(since=g.began(f)))
        for f, g in pairs:
            i, j = f.fact.id, g.fact.id
            counts = not ({i, j} & overruled or f.worthless or g.worthless)
            if self._meet(counts, binds, f, g, crowd, standings[i], standings[j]):
                x, y = _find(root, at[i]), _find(root, at[j])
                root[max(x, y)] = min(x, y)
        dealt, deals = ([getattr(standings[f.id], name) for f in facts] for name in ("dealt", "deals"))
        roots = [_find(root, n) for n in range(len(facts))]
        return standings, Group(key, facts, dealt, deals, roots, self._grouping)

    def _apart(
        self, key: GroupKey, f: _Contender, g: _Contender, forms: Forms, *, named: bool = False
    ) -> bool:
        """Whether two facts of one group, or what a decision for the first names, cannot both hold at one
        time."""
        value = f.word.value if named else f.value
        if key[0] == "P":
            mine, yours = (self._grouping.asserts(x.fact.family) for x in (f, g))
            if mine == yours:
                return False
            told, denied = (value, g.value) if mine else (g.value, value)
            if told is None or denied is None:
                return told is denied
            return told == denied or refines(told, denied, forms)
        mine, yours = (self._grouping.said(key, x.fact.family) for x in (f, g))
        if {mine[1], yours[1]} in self._agreeing.get(key, ()):
            return False
        if key[0] in "FI" and frozenset((mine[1], yours[1])) in self._joined:
            return False
        return exclude(mine, yours, value, g.value, forms) if key[0] in "FI" else mine != yours

    def _contender(self, fact: RawFact) -> _Contender:
        found = self._known.get(fact.id)
        if found is None:
            relation = self._ontology.relation_types.get(fact.family.relation, _UNKNOWN)
            is_state = relation.temporal is Temporal.STATE
            found = self._known[fact.id] = _Contender(
                fact,
                fact.value,
                first_day(fact.valid_from),
                last_day(fact.valid_to),
                _spoken_of(fact.stated, fact) if is_state else fact.stated,
                _spoken_of(fact.first_stated, fact) if is_state else fact.stated,
                _of_states(word_on(self._ruled, fact.family, fact.value), is_state),
                is_state,
                relation.temporal is Temporal.EVENT,
                self._grouping.is_over(fact.family),
            )
            if any(self._tells_its_end(self._contender(g), found) for g in self._enders.get(fact.family, ())):
                found = self._known[fact.id] = found._replace(ended=True)
        return found

    def _tells_its_end(self, g: _Contender, f: _Contender) -> bool:
        forms = {f.value: {*f.fact.written}, g.value: {*g.fact.written}}
        if f.value == g.value:
            forms = {f.value: {*f.fact.written, *g.fact.written}}
        if not f.is_state or g.worthless or not denies(g.value, f.value, forms if f.value else {}):
            return False
        ahead = g.fact.weight(2) - f.fact.weight(2)
        return _follows(g, f) or (ahead > -self._margin and not _follows(f, g))

    def _meet(
        self,
        counts: bool,
        binds: set[tuple[FactId, FactId]],
        f: _Contender,
        g: _Contender,
        crowd: _Crowd,
        mine: Standing,
        yours: Standing,
    ) -> bool:
        """Whether two facts of a group whose statements cannot both be are rivals; tells both standings what
        comes of it. ``counts``: neither is overruled in the group, or worthless.
        ``binds``: who overrules whom there."""
        both = ((f, g, mine, yours), (g, f, yours, mine))
        if _touch(f, g):
            for one, next_, its, nexts in both:
                if counts and _hands_over(one.fact, next_.fact):
                    its.join(Standing(until=next_.fact.valid_from))
                    nexts.join(Standing(since=one.fact.valid_to))
            return False
        for one, other, its, others in both:
            unheard = Blow.NONE
            if (other.fact.id, one.fact.id) in binds:
                unheard = Blow.OVERRULED
            elif one.worthless:
                unheard = Blow.TIED if other.worthless else Blow.OUTWEIGHED
            blow = self._blow(one, other, crowd) if counts else unheard
            began = other.began(one)
            its.take(blow, other.fact, began)
            if blow is Blow.ENDED:
                its.join(Standing(until=other.first))
            others.deals |= 1 << blow
            if blow is Blow.SUPERSEDED and other.is_state:
                others.join(Standing(since=began))
        return True

    def _blow(self, f: _Contender, g: _Contender, crowd: _Crowd) -> Blow:
        """What ``g`` does to its rival ``f``."""
        ahead = g.fact.weight(crowd.values) - f.fact.weight(crowd.values)
        if _follows(g, f):
            enclosed = crowd.single and _encloses(g, f) and ahead >= self._margin
            return Blow.ENCLOSED if enclosed else Blow.SUPERSEDED
        if _follows(f, g):
            return Blow.NONE
        if f.over and g.is_state and ahead < self._margin:
            return Blow.NONE
        if g.over and f.is_state and ahead > -self._margin:
            return Blow.ENDED
        if abs(ahead) < self._margin:
            return self._judged(f.fact, g.fact) if self._may_judge(crowd) else Blow.TIED
        return Blow.OUTWEIGHED if ahead > 0 else Blow.NONE

    def _crowd(self, key: GroupKey, named: int) -> _Crowd:
        letter, _, _, relation, _, _ = key
        learnt = self._false_values.get(relation, 0) if letter in "FI" else 0
        return _Crowd(named, max(named, learnt), letter in "FIP")

    def _may_judge(self, crowd: _Crowd) -> bool:
        return self._adjudicator != NO_ADJUDICATOR and crowd.facts <= ASKED_AMONG

    def _judged(self, f: RawFact, g: RawFact) -> Blow:
        """What a verdict makes of two whose weights tie, for ``f``."""
        question = tie_question(self._adjudicator, f.claims, g.claims)
        self.tied[question] = (f, g) if f.claims < g.claims else (g, f)
        match self._answers.get(question):
            case Answer.YES:
                return Blow.NONE if f.claims < g.claims else Blow.JUDGED
            case Answer.NO:
                return Blow.JUDGED if f.claims < g.claims else Blow.NONE
        return Blow.TIED


def _spoken_of(said: PartialDate | None, state: RawFact) -> PartialDate | None:
    """The date a state's statement speaks from, as far as it lies between its beginning and its end."""
    start, end = state.valid_from, state.valid_to
    announced = said and start and _before(said, start)
    return _earlier(start if announced else said, end)


def _find(root: list[int], x: int) -> int:
    while root[x] != x:
        root[x] = root[root[x]]
        x = root[x]
    return x


def _of_states(word: Word, is_state: bool) -> Word:
    return word if is_state else word._replace(as_of=None)


def _overrules(g: _Contender, f: _Contender) -> bool:
    """Whether a person decided for ``g`` against ``f``, which it does not only follow in time and which is no
    news to it."""
    news = g.word.as_of and f.is_state and f.fact.vouched and last_day(g.word.as_of) < f.fact.vouched
    return g.word.position > f.word.position and not news and (not _follows(g, f) or _encloses(g, f))


def _touch(f: _Contender, g: _Contender) -> bool:
    return f.is_state and g.is_state and _may_touch(f.fact, g.fact)


def _at_one_time(f: _Contender, g: _Contender) -> bool:
    """Whether there may be a time at which both hold; events happen at one."""
    if f.start > g.end or g.start > f.end or _is_past(f, g) or _is_past(g, f):
        return False
    if _comes_after(f, g) or _comes_after(g, f):
        return False
    mine, yours = f.fact.valid_from, g.fact.valid_from
    return not (f.is_event and g.is_event and mine and yours) or _may_equal(mine, yours)


def _is_past(f: _Contender, g: _Contender) -> bool:
    """Whether the state ``f`` is told to have ended by all who tell of it, and ``g`` is told without a date,
    and no person's decision says that they meet."""
    end = f.fact.valid_to
    if not (f.is_state and g.is_state and (f.fact.over or (f.ended and not g.over)) and not g.fact.vouched):
        return False
    if f.word.position >= 0:
        return False
    return g.word.position < 0 or bool(end and g.word.as_of and _before(end, g.word.as_of))


def _comes_after(g: _Contender, f: _Contender) -> bool:
    """Whether the state ``f`` had ended when it was told of, and ``g``, which says nothing of its beginning,
    vouches for days by which that may have been, and no person's decision says that they meet."""
    end, since = f.fact.valid_to, g.fact.vouched
    if not (f.is_state and g.is_state and f.fact.over and end and since) or g.fact.valid_from:
        return False
    at_once = f.fact.valid_from and _may_equal(f.fact.valid_from, end)
    if since <= last_day(end) if at_once else since < first_day(end):
        return False
    if f.word.position >= 0 and not (f.word.as_of and last_day(f.word.as_of) < since):
        return False
    return g.word.position < 0 or bool(g.word.as_of and _before(end, g.word.as_of))


def _may_touch(f: RawFact, g: RawFact) -> bool:
    """Whether one may have ended on the day on which the other began: until 2018, since 2018. What is told of
    one time only, in 2018, held then beside the other."""
    if any(x.valid_from and x.valid_to and _may_equal(x.valid_from, x.valid_to) for x in (f, g)):
        return False
    return _hands_over(f, g) or _hands_over(g, f)


def _hands_over(f: RawFact, g: RawFact) -> bool:
    return bool(f.valid_to and g.valid_from and _may_equal(f.valid_to, g.valid_from))


def _follows(g: _Contender, f: _Contender) -> bool:
    """Whether ``g`` is the newer of two states, and ``f`` does not say that it began later or went on longer.

    They are ordered by when they began, if both say so, else by when they were said; or ``g`` says that it
    began after that.
    """
    if not f.is_state:
        return False
    both = f.fact.valid_from and g.fact.valid_from
    held = f.last or f.word.as_of
    mine, *yours = (f.fact.valid_from, g.fact.valid_from) if both else (held, g.last, g.fact.valid_from)
    if not (mine and any(_before(mine, date) for date in yours if date)):
        return False
    end, began = f.fact.valid_to, g.began(f)
    if not began or last_day(began) < f.start:
        return False
    return end is None or last_day(end) <= last_day(began) or _may_equal(end, began)


def _encloses(g: _Contender, f: _Contender) -> bool:
    """Whether of two states ``g`` was told before the first statement of ``f``, and after the last."""
    if not (f.is_state and g.is_state) or (f.fact.valid_from and g.fact.valid_from):
        return False  # what both say of when they began comes first
    if not (f.first and f.said and g.first and g.said):
        return False
    return _before(g.first, f.first) and _before(f.said, g.said)


def _before(a: PartialDate, b: PartialDate) -> bool:
    return a < b and not _may_equal(a, b)


def _may_equal(a: PartialDate, b: PartialDate) -> bool:
    return a.startswith(b) or b.startswith(a)


def _earlier(a: PartialDate | None, b: PartialDate | None) -> PartialDate | None:
    return min((date for date in (a, b) if date), key=lambda date: (last_day(date), date), default=None)


def _later(a: PartialDate | None, b: PartialDate | None) -> PartialDate | None:
    return max((date for date in (a, b) if date), key=lambda date: (last_day(date), date), default=None)
