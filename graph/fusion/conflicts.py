"""Which raw facts cannot all hold, and which of them stand.

Facts meet in groups (``grouping``): (F) one head, relation and qualifiers where the relation is functional,
(I) one tail where it is inverse functional, (R) one pair of entities in a group of exclusive relations, both
directions of the asymmetric ones among them, (D) one pair in any other asymmetric relation, (P) one statement
asserted and negated. A fact also says what its relation is a kind of, and stands in those groups too. Inside
a group two facts are rivals unless their validity is disjoint, one is merely more precise, they are states of
which one ends when the other begins, or they are events of different dates. (T) A fact may also be in
conflict alone, with the types of its ends: its phrase means a relation of other things.

Each pair of rivals is decided alone: a person's word, then recency (for states), then weight by a clear
margin, then a model's verdict on the two, else neither. Weight is the log-odds of the sources' trust, against
as many values as the group has facts. A fact's status is the worst that any rival does to it. So an outcome
reads the group's facts, the decisions and the verdicts on its ties, and nothing further away.

A state that a newer one follows ended then at the latest, and the newer one began then at the latest, at the
first statement of it: where no claim says when, or not as precisely (until 2023, since May 2023), both dates
are implied. One that says itself that it went on longer is not followed but contradicted, and weighed. A
state that returns is two facts, one on each side of what was told between (``stretches``); what is told only
between statements of another, does not part them and is clearly outweighed, did not even hold then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import combinations
from typing import NamedTuple

from graph.fusion.epoch import NO_ADJUDICATOR, Epoch
from graph.fusion.facts import Family, RawFact, first_day, last_day
from graph.fusion.grouping import Grouping, GroupKey, Said, exclude
from graph.identity import make_id
from graph.ontology import Ontology
from graph.relations import RelationType, Temporal
from graph.types import (
    Answer,
    ClaimId,
    Conflict,
    ConflictId,
    ConflictKind,
    EntityId,
    Fact,
    FactId,
    FactStatus,
    PartialDate,
    Position,
    Qualifiers,
    Value,
    VerdictId,
)

Ruled = Mapping[tuple[EntityId, str, EntityId | Value, Qualifiers], Position]

_KINDS = {
    "F": ConflictKind.VALUE,
    "I": ConflictKind.VALUE,
    "R": ConflictKind.RELATION,
    "D": ConflictKind.DIRECTION,
    "P": ConflictKind.POLARITY,
    "T": ConflictKind.TYPE,
}
_UNKNOWN = RelationType("", ())
NOTHING: Mapping[VerdictId, Answer] = {}
ASKED_AMONG = 8  # facts of a group up to which a model may judge its ties
_SHOWN = 5  # phrases or statements that a reason names


class Blow(IntEnum):
    """What a rival does to a fact, mildest first."""

    NONE = 0
    TIED = 1
    OUTWEIGHED = 2
    JUDGED = 3  # a model's verdict, where the weights tie
    OVERRULED = 4
    SUPERSEDED = 5
    ENCLOSED = 6  # outweighed by one that is told both before and after it


_STATUS = {Blow.NONE: FactStatus.ACCEPTED, Blow.SUPERSEDED: FactStatus.SUPERSEDED}
_WHY = {
    Blow.OUTWEIGHED: "its evidence is the weightiest",
    Blow.JUDGED: "the weights tie, and a model judged for it",
    Blow.OVERRULED: "a person decided for it",
    Blow.SUPERSEDED: "it is the newest statement",
    Blow.ENCLOSED: "it is told before and after the others, and its evidence is the weightiest",
}


class _Contender(NamedTuple):
    """A fact as its duels read it; days are sortable text. ``said``: the latest date that it speaks from; of
    a state that has ended by then, the end. ``first``: of a state, the earliest."""

    fact: RawFact
    value: Value | None
    start: str
    end: str
    said: PartialDate | None
    first: PartialDate | None
    ruling: int
    is_state: bool
    is_event: bool

    def began(self, after: "_Contender") -> PartialDate | None:
        """When it began, as it says itself, or at the latest: at its first statement, unless ``after``, which
        it follows, was told since."""
        last = after.said or after.fact.valid_from
        told_since = self.first and last and _before(self.first, last)
        return self.fact.valid_from or (self.said if told_since else self.first)


class _Crowd(NamedTuple):
    """How many ``facts`` a group has, and how many ``values`` a wrong source may choose from: as many as are
    named, or as were learnt of the group's relation. ``single``: one thing at a time is told of an end."""

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


def ruling_on(ruled: Ruled, family: Family, value: Value | None) -> int:
    """Position of the latest resolve-decision for exactly this statement; -1 without one."""
    if not family.polarity:
        return -1
    tail = value if family.tail is None else family.tail
    assert tail is not None
    return ruled.get((family.head, family.relation, tail, family.qualifiers), -1)


def tie_question(adjudicator: str, f: Sequence[ClaimId], g: Sequence[ClaimId]) -> VerdictId:
    """The key of a verdict on two statements whose weights tie, by the claims behind each (sorted); the same
    whichever comes first. YES is for the one whose claims sort first, NO for the other."""
    return VerdictId(make_id("tie", adjudicator, *sorted((tuple(f), tuple(g)))))


class Judge:
    """Decides pairs of rivals under an epoch, an ontology, the decisions in force and a model's ``answers``.

    ``tied``: the questions about pairs whose weights tie, as they were met; none where no model may judge.
    """

    def __init__(
        self, epoch: Epoch, ontology: Ontology, ruled: Ruled, answers: Mapping[VerdictId, Answer] = NOTHING
    ) -> None:
        self.tied: dict[VerdictId, tuple[RawFact, RawFact]] = {}
        self._answers = answers
        self._adjudicator = epoch.adjudicator
        self._margin = epoch.clear_margin
        self._false_values = epoch.false_values
        self._ontology = ontology
        self._grouping = Grouping(ontology)
        self._ruled = ruled
        self._known: dict[FactId, _Contender] = {}

    def standing(self, key: GroupKey, fact: RawFact, group: Sequence[RawFact]) -> Standing:
        """How one fact stands among its group. O(k)."""
        found, f, crowd = Standing(), self._contender(fact), self._crowd(key, len(group))
        said = self._grouping.said(key, fact.family)
        for g in map(self._contender, group):
            if g.fact is not fact:
                apart = _apart(key[0], f, g, said, self._grouping.said(key, g.fact.family))
                self._meet(apart, f, g, crowd, found, Standing())
        return found

    def group(self, key: GroupKey, facts: Sequence[RawFact]) -> "Group":
        """How all of a group's facts stand in it. Time O(k^2) in its k facts, memory O(k)."""
        standings = {f.id: Standing() for f in facts}
        root, crowd = {f.id: f.id for f in facts}, self._crowd(key, len(facts))
        said = {f.id: self._grouping.said(key, f.family) for f in facts} if len(facts) > 1 else {}
        for f, g in combinations(map(self._contender, facts), 2):
            i, j = f.fact.id, g.fact.id
            apart = _apart(key[0], f, g, said[i], said[j])
            if self._meet(apart, f, g, crowd, standings[i], standings[j]):
                x, y = _find(root, i), _find(root, j)
                root[max(x, y)] = min(x, y)
        return Group(key, facts, standings, {i: _find(root, i) for i in root}, said)

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
                _earlier(fact.stated, fact.valid_to) if is_state else fact.stated,
                _earlier(fact.first_stated, fact.valid_to) if is_state else fact.stated,
                ruling_on(self._ruled, fact.family, fact.value),
                is_state,
                relation.temporal is Temporal.EVENT,
            )
        return found

    def _meet(
        self, apart: bool, f: _Contender, g: _Contender, crowd: _Crowd, mine: Standing, yours: Standing
    ) -> bool:
        """Whether two facts of a group, ``apart`` if what they say cannot both be, are rivals; tells both
        standings what comes of it."""
        if not apart or not _at_one_time(f, g):
            return False
        both = ((f, g, mine, yours), (g, f, yours, mine))
        if f.is_state and g.is_state and _may_touch(f.fact, g.fact):
            for one, next_, its, nexts in both:
                if _hands_over(one.fact, next_.fact):
                    its.join(Standing(until=next_.fact.valid_from))
                    nexts.join(Standing(since=one.fact.valid_to))
            return False
        for one, other, its, others in both:
            blow = self._blow(one, other, crowd)
            began = other.began(one)
            its.take(blow, other.fact, began)
            if blow is Blow.SUPERSEDED and other.is_state:
                others.join(Standing(since=began))
        return True

    def _blow(self, f: _Contender, g: _Contender, crowd: _Crowd) -> Blow:
        """What ``g`` does to its rival ``f``."""
        if f.ruling != g.ruling:
            return Blow.OVERRULED if g.ruling > f.ruling else Blow.NONE
        ahead = g.fact.weight(crowd.values) - f.fact.weight(crowd.values)
        if _follows(g, f):
            enclosed = crowd.single and _encloses(g, f) and ahead >= self._margin
            return Blow.ENCLOSED if enclosed else Blow.SUPERSEDED
        if _follows(f, g):
            return Blow.NONE
        if abs(ahead) < self._margin:
            return self._judged(f.fact, g.fact) if self._may_judge(crowd) else Blow.TIED
        return Blow.OUTWEIGHED if ahead > 0 else Blow.NONE

    def _crowd(self, key: GroupKey, named: int) -> _Crowd:
        letter, _, _, relation, _, _ = key
        single = letter in "FI"
        return _Crowd(named, max(named, self._false_values.get(relation, 0)) if single else named, single)

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


def _find(root: dict[FactId, FactId], x: FactId) -> FactId:
    while root[x] != x:
        root[x] = root[root[x]]
        x = root[x]
    return x


def _apart(letter: str, f: _Contender, g: _Contender, mine: Said, yours: Said) -> bool:
    """Whether two facts that say this in one group of that letter cannot both hold at one time."""
    if letter == "P":
        return f.fact.family.polarity != g.fact.family.polarity and f.value == g.value
    return exclude(mine, yours, f.value, g.value) if letter in "FI" else mine != yours


def _at_one_time(f: _Contender, g: _Contender) -> bool:
    """Whether there may be a time at which both hold; events happen at one."""
    if f.start > g.end or g.start > f.end:
        return False
    mine, yours = f.fact.valid_from, g.fact.valid_from
    return not (f.is_event and g.is_event and mine and yours) or _may_equal(mine, yours)


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

    They are ordered by when they began, if both say so, else by when they were said.
    """
    both = f.fact.valid_from and g.fact.valid_from
    mine, yours = (x.fact.valid_from if both else x.said or x.fact.valid_from for x in (f, g))
    if not (f.is_state and mine and yours and _before(mine, yours)):
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


def _known(stated: PartialDate | None, implied: PartialDate | None) -> PartialDate | None:
    """What is stated, unless what is implied says the same more precisely."""
    return implied if implied and implied.startswith(stated or "") else stated


def judged(fact: RawFact, standing: Standing) -> Fact:
    """The fact's row, with the worst that any of its rivals does to it.

    What its claims state of its times stays; others only make it more precise.
    """
    family, rival = fact.family, standing.rival
    lost = "" if standing.worst is Blow.NONE or rival is None else _reason(standing, fact, rival)
    start, end = _known(fact.valid_from, standing.since), _known(fact.valid_to, standing.until)
    return Fact(
        id=fact.id,
        head=family.head,
        relation=family.relation,
        tail=fact.tail,
        phrase=fact.phrase,
        qualifiers=family.qualifiers,
        polarity=family.polarity,
        valid_from=start,
        valid_to=end,
        stated=fact.stated,
        status=_STATUS.get(standing.worst, FactStatus.CONTESTED),
        confidence=fact.confidence,
        support=fact.support,
        claims=fact.claims,
        reason=" ".join(filter(None, (lost, _misfit(fact), _learnt_from(fact.learnt)))),
        valid_from_implied=start != fact.valid_from,
        valid_to_implied=end != fact.valid_to,
    )


def _misfit(fact: RawFact) -> str:
    return f"Told as related only: {fact.misfit}." if fact.misfit else ""


def _learnt_from(phrases: Sequence[str]) -> str:
    """From which phrases a fact's type was learnt; the first of many."""
    quoted = [f'"{phrase}"' for phrase in phrases]
    return f"Its relation type was learnt from {_listed(quoted)}." if quoted else ""


def _listed(texts: Sequence[str]) -> str:
    """One or more of them; of many the first."""
    shown, more = texts[:_SHOWN], len(texts) - _SHOWN
    if more > 0:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join(", ".join(part) for part in (shown[:-1], shown[-1:]) if part)


def _saying(fact: RawFact) -> str:
    return f'"{fact.label}"' if fact.family.polarity else f'the denial of "{fact.label}"'


def _reason(standing: Standing, fact: RawFact, rival: RawFact) -> str:
    documents = f"{rival.support} to {fact.support} independent documents"
    match standing.worst:
        case Blow.SUPERSEDED:
            return f"Superseded by {_saying(rival)}, the newer statement ({standing.began})."
        case Blow.OVERRULED:
            return f"A person decided for {_saying(rival)}."
        case Blow.JUDGED:
            return f"Neither is better supported ({documents}); a model judged for {_saying(rival)}."
        case Blow.OUTWEIGHED:
            return f"Contradicts {_saying(rival)}, which has the weightier evidence ({documents})."
        case Blow.ENCLOSED:
            told = f"told before and after it, with the weightier evidence ({documents})"
            return f"Contradicts {_saying(rival)}, which is {told}."
        case _:
            return f"Contradicts {_saying(rival)}, and neither is better supported ({documents})."


def conflict_id(key: GroupKey, smallest: FactId) -> ConflictId:
    """Of the conflict in this group whose smallest fact is ``smallest``."""
    return ConflictId(make_id("conflict", *key, smallest))


@dataclass(frozen=True, slots=True)
class Group:
    """A group's facts, how each stands in it, and the connected set of rivals that each belongs to."""

    key: GroupKey
    facts: Sequence[RawFact]
    standings: Mapping[FactId, Standing]
    together: Mapping[FactId, FactId]
    said: Mapping[FactId, Said]

    def conflicts(self) -> list[Conflict]:
        """One for each connected set of rivals, and for each fact that is of the wrong types."""
        if self.key[0] == "T":
            return [self._misfit(fact) for fact in self.facts if fact.misfit]
        sets: dict[FactId, list[RawFact]] = {}
        for fact in sorted(self.facts, key=lambda f: f.id):
            sets.setdefault(self.together[fact.id], []).append(fact)
        return [self._conflict(facts) for facts in sets.values() if len(facts) > 1]

    def _conflict(self, facts: Sequence[RawFact]) -> Conflict:
        unbeaten = [f for f in facts if self.standings[f.id].worst is Blow.NONE]
        dealt = {blow for blow in Blow if any(self.standings[f.id].dealt >> blow & 1 for f in facts)}
        dealt.discard(Blow.NONE)
        winner = unbeaten[0] if len(unbeaten) == 1 else None
        if not unbeaten:
            reason = "None of these statements is clearly the best supported."
        elif winner:
            reason = f"{_saying(winner)} stands: {_WHY[max(dealt - {Blow.ENCLOSED} or dealt)]}."
        else:
            many = "they do not exclude each other, and each stands against its rivals"
            reason = f"{_listed(list(map(_saying, unbeaten)))} stand: {many}."
        return Conflict(
            id=conflict_id(self.key, facts[0].id),
            kind=ConflictKind.RECENCY if dealt == {Blow.SUPERSEDED} else self._kind(facts),
            facts=tuple(f.id for f in facts),
            winner=winner.id if winner else None,
            reason=reason,
        )

    def _misfit(self, fact: RawFact) -> Conflict:
        reason = f"{_saying(fact)} is told as related only: {fact.misfit}."
        return Conflict(conflict_id(self.key, fact.id), _KINDS["T"], (fact.id,), None, reason)

    def _kind(self, rivals: Sequence[RawFact]) -> ConflictKind:
        if self.key[0] == "R" and len({self.said[f.id][0] for f in rivals}) == 1:
            return ConflictKind.DIRECTION
        return _KINDS[self.key[0]]
