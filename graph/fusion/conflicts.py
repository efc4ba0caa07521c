"""Which raw facts cannot all hold, and which of them stand.

Facts meet in groups: (F) one head, relation and qualifiers where the relation is functional, (I) one tail
where it is inverse functional, (R) one pair of entities in a group of exclusive relations, both directions of
the asymmetric ones among them, (D) one pair in any other asymmetric relation, (P) one statement asserted and
negated. Inside a group two facts are rivals unless their validity is disjoint, one is merely more precise, or
they are events of different dates.

Each pair of rivals is decided alone: a person's word, then recency (for states), then weight by a clear
margin, then a model's verdict on the two, else neither. Weight is the log-odds of the sources' trust, against
as many values as the group has facts. A fact's status is the worst that any rival does to it. So an outcome
reads the group's facts, the decisions and the verdicts on its ties, and nothing further away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import combinations
from typing import NamedTuple

from graph.fusion.epoch import NO_ADJUDICATOR, Epoch
from graph.fusion.facts import Family, RawFact, first_day, last_day
from graph.fusion.normalize import agree
from graph.identity import make_id
from graph.ontology import Ontology, RelationType, Temporal
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

GroupKey = tuple[
    str, EntityId, EntityId | None, str, str, Qualifiers
]  # letter, ends, relation or group, phrase
Ruled = Mapping[tuple[EntityId, str, EntityId | Value, Qualifiers], Position]

_KINDS = {
    "F": ConflictKind.VALUE,
    "I": ConflictKind.VALUE,
    "R": ConflictKind.RELATION,
    "D": ConflictKind.DIRECTION,
    "P": ConflictKind.POLARITY,
}
_UNKNOWN = RelationType("", ())
NOTHING: Mapping[VerdictId, Answer] = {}
ASKED_AMONG = 8  # facts of a group up to which a model may judge its ties
_SHOWN = 5  # phrases that a fact names as what its type was learnt from


class Blow(IntEnum):
    """What a rival does to a fact, mildest first."""

    NONE = 0
    TIED = 1
    OUTWEIGHED = 2
    JUDGED = 3  # a model's verdict, where the weights tie
    OVERRULED = 4
    SUPERSEDED = 5


_STATUS = {Blow.NONE: FactStatus.ACCEPTED, Blow.SUPERSEDED: FactStatus.SUPERSEDED}
_WHY = {
    Blow.OUTWEIGHED: "its evidence is the weightiest",
    Blow.JUDGED: "the weights tie, and a model judged for it",
    Blow.OVERRULED: "a person decided for it",
    Blow.SUPERSEDED: "it is the newest statement",
}


def group_keys(family: Family, ontology: Ontology) -> list[GroupKey]:
    """The groups in which a family's facts may meet rivals."""
    head, relation, phrase, tail, qualifiers, polarity = family
    keys: list[GroupKey] = [("P", head, tail, relation, phrase, qualifiers)]
    found = ontology.relation_types.get(relation)
    if found is None or not polarity:
        return keys
    if found.functional:
        keys.append(("F", head, None, relation, "", qualifiers))
        if found.symmetric and tail is not None:
            keys.append(("F", tail, None, relation, "", qualifiers))
    if tail is None:
        return keys
    if found.inverse_functional:
        keys.append(("I", tail, None, relation, "", qualifiers))
    low, high = sorted((head, tail))
    if found.exclusive:  # what relates the two and which way is one question
        keys.append(("R", low, high, found.exclusive, "", qualifiers))
    elif found.asymmetric:
        keys.append(("D", low, high, relation, "", qualifiers))
    return keys


@dataclass(slots=True)
class Standing:
    """What a fact's rivals do to it: the worst, by the strongest who does so, and when it ended for them."""

    worst: Blow = Blow.NONE
    strongest: RawFact | None = None
    closing: PartialDate | None = None
    dealt: int = 0  # a bit for each blow taken

    def take(self, blow: Blow, rival: RawFact) -> None:
        self.dealt |= 1 << blow
        if blow > self.worst or (blow == self.worst and _stronger(rival, self.strongest)):
            self.worst, self.strongest = blow, rival
        if blow is Blow.SUPERSEDED:
            self.closing = _earliest(self.closing, rival.valid_from or rival.stated)

    def join(self, other: "Standing") -> None:
        """Take what ``other`` took in another group."""
        self.dealt |= other.dealt
        if other.strongest is not None and (
            other.worst > self.worst
            or (other.worst == self.worst and _stronger(other.strongest, self.strongest))
        ):
            self.worst, self.strongest = other.worst, other.strongest
        self.closing = _earliest(self.closing, other.closing)


def _stronger(fact: RawFact, than: RawFact | None) -> bool:
    return than is None or (-fact.weight(2), fact.id) < (-than.weight(2), than.id)


def _earliest(a: PartialDate | None, b: PartialDate | None) -> PartialDate | None:
    return min((date for date in (a, b) if date), key=lambda date: (last_day(date), date), default=None)


class _Contender(NamedTuple):
    """A fact as its duels read it; days are sortable text."""

    fact: RawFact
    value: Value | None
    start: str
    end: str
    ruling: int
    is_state: bool
    is_event: bool
    is_asymmetric: bool


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
        self._ontology = ontology
        self._ruled = ruled
        self._known: dict[FactId, _Contender] = {}

    def standing(self, key: GroupKey, fact: RawFact, group: Sequence[RawFact]) -> Standing:
        """How one fact stands among its group. O(k)."""
        found, f = Standing(), self._contender(fact)
        for g in map(self._contender, group):
            if g.fact is not fact and _rivals(key[0], f, g):
                found.take(self._blow(f, g, len(group)), g.fact)
        return found

    def group(self, key: GroupKey, facts: Sequence[RawFact]) -> "Group":
        """How all of a group's facts stand in it. Time O(k^2) in its k facts, memory O(k)."""
        standings = {f.id: Standing() for f in facts}
        root = {f.id: f.id for f in facts}
        for f, g in combinations(map(self._contender, facts), 2):
            if not _rivals(key[0], f, g):
                continue
            standings[f.fact.id].take(self._blow(f, g, len(facts)), g.fact)
            standings[g.fact.id].take(self._blow(g, f, len(facts)), f.fact)
            x, y = _find(root, f.fact.id), _find(root, g.fact.id)
            if x != y:
                root[max(x, y)] = min(x, y)
        return Group(key, facts, standings, {i: _find(root, i) for i in root})

    def _contender(self, fact: RawFact) -> _Contender:
        found = self._known.get(fact.id)
        if found is None:
            relation = self._ontology.relation_types.get(fact.family.relation, _UNKNOWN)
            found = self._known[fact.id] = _Contender(
                fact,
                fact.value,
                first_day(fact.valid_from),
                last_day(fact.valid_to),
                self._ruling(fact),
                relation.temporal is Temporal.STATE,
                relation.temporal is Temporal.EVENT,
                relation.asymmetric,
            )
        return found

    def _ruling(self, fact: RawFact) -> int:
        """Position of the latest resolve-decision for exactly this statement; -1 without one."""
        family = fact.family
        if not family.polarity:
            return -1
        tail = fact.value if family.tail is None else family.tail
        assert tail is not None
        return self._ruled.get((family.head, family.relation, tail, family.qualifiers), -1)

    def _blow(self, f: _Contender, g: _Contender, named: int) -> Blow:
        """What ``g`` does to its rival ``f`` in a group of ``named`` facts."""
        if f.ruling != g.ruling:
            return Blow.OVERRULED if g.ruling > f.ruling else Blow.NONE
        mine, yours = _speaks_from(f.fact, g.fact)
        if mine and yours and not _may_equal(mine, yours):
            if yours > mine and f.is_state:
                return Blow.SUPERSEDED
            if mine > yours and g.is_state:
                return Blow.NONE
        ahead = g.fact.weight(named) - f.fact.weight(named)
        if abs(ahead) < self._margin:
            return self._judged(f.fact, g.fact) if self._may_judge(named) else Blow.TIED
        return Blow.OUTWEIGHED if ahead > 0 else Blow.NONE

    def _may_judge(self, named: int) -> bool:
        return self._adjudicator != NO_ADJUDICATOR and named <= ASKED_AMONG

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


def _rivals(letter: str, f: _Contender, g: _Contender) -> bool:
    """Whether two facts of one group cannot both hold."""
    if f.start > g.end or g.start > f.end:
        return False
    a, b = f.fact.family, g.fact.family
    if letter == "P":
        apart = a.polarity != b.polarity and f.value == g.value
    elif letter == "F":
        apart = (a.head, a.tail) != (b.head, b.tail) if a.tail or b.tail else not _agree(f.value, g.value)
    elif letter == "R":
        apart = a.relation != b.relation or (f.is_asymmetric and a.head != b.head)
    else:  # I, D
        apart = a.head != b.head
    if not apart or not (f.is_event and g.is_event):
        return apart
    mine, yours = f.fact.valid_from, g.fact.valid_from
    return not (mine and yours) or _may_equal(mine, yours)


def _speaks_from(f: RawFact, g: RawFact) -> tuple[PartialDate | None, PartialDate | None]:
    """The dates by which two facts are ordered: when they began, if both say so, else when they were said."""
    if f.valid_from and g.valid_from:
        return f.valid_from, g.valid_from
    return f.stated or f.valid_from, g.stated or g.valid_from


def _may_equal(a: PartialDate, b: PartialDate) -> bool:
    return a.startswith(b) or b.startswith(a)


def _agree(x: Value | None, y: Value | None) -> bool:
    return x == y or (x is not None and y is not None and agree(x, y))


def judged(fact: RawFact, standing: Standing) -> Fact:
    """The fact's row, with the worst that any of its rivals does to it."""
    family, rival = fact.family, standing.strongest
    lost = "" if standing.worst is Blow.NONE or rival is None else _reason(standing.worst, fact, rival)
    end = _earliest(fact.valid_to, standing.closing)
    return Fact(
        id=fact.id,
        head=family.head,
        relation=family.relation,
        tail=fact.tail,
        phrase=fact.phrase,
        qualifiers=family.qualifiers,
        polarity=family.polarity,
        valid_from=fact.valid_from,
        valid_to=end,
        stated=fact.stated,
        status=_STATUS.get(standing.worst, FactStatus.CONTESTED),
        confidence=fact.confidence,
        support=fact.support,
        claims=fact.claims,
        reason=f"{lost} {_learnt_from(fact.learnt)}".strip(),
        valid_to_implied=end != fact.valid_to,
    )


def _learnt_from(phrases: Sequence[str]) -> str:
    """From which phrases a fact's type was learnt; the first of many."""
    if not phrases:
        return ""
    shown = ", ".join(f'"{phrase}"' for phrase in phrases[:_SHOWN])
    more = f" and {len(phrases) - _SHOWN} more" if len(phrases) > _SHOWN else ""
    return f"Its relation type was learnt from {shown}{more}."


def _saying(fact: RawFact) -> str:
    return f'"{fact.label}"' if fact.family.polarity else f'the denial of "{fact.label}"'


def _reason(blow: Blow, fact: RawFact, rival: RawFact) -> str:
    documents = f"{rival.support} to {fact.support} independent documents"
    match blow:
        case Blow.SUPERSEDED:
            return f"Superseded by {_saying(rival)}, the newer statement ({_speaks_from(fact, rival)[1]})."
        case Blow.OVERRULED:
            return f"A person decided for {_saying(rival)}."
        case Blow.JUDGED:
            return f"Neither is better supported ({documents}); a model judged for {_saying(rival)}."
        case Blow.OUTWEIGHED:
            return f"Contradicts {_saying(rival)}, which has the weightier evidence ({documents})."
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

    def conflicts(self) -> list[Conflict]:
        """One for each connected set of rivals."""
        sets: dict[FactId, list[RawFact]] = {}
        for fact in sorted(self.facts, key=lambda f: f.id):
            sets.setdefault(self.together[fact.id], []).append(fact)
        return [self._conflict(facts) for facts in sets.values() if len(facts) > 1]

    def _conflict(self, facts: Sequence[RawFact]) -> Conflict:
        unbeaten = [f for f in facts if self.standings[f.id].worst is Blow.NONE]
        dealt = {blow for blow in Blow if any(self.standings[f.id].dealt >> blow & 1 for f in facts)}
        dealt.discard(Blow.NONE)
        winner = unbeaten[0] if len(unbeaten) == 1 else None
        if winner is None:
            reason = "None of these statements is clearly the best supported."
        else:
            reason = f"{_saying(winner)} stands: {_WHY[max(dealt)]}."
        return Conflict(
            id=conflict_id(self.key, facts[0].id),
            kind=ConflictKind.RECENCY if dealt == {Blow.SUPERSEDED} else self._kind(facts),
            facts=tuple(f.id for f in facts),
            winner=winner.id if winner else None,
            reason=reason,
        )

    def _kind(self, rivals: Sequence[RawFact]) -> ConflictKind:
        if self.key[0] == "R" and len({f.family.relation for f in rivals}) == 1:
            return ConflictKind.DIRECTION
        return _KINDS[self.key[0]]
