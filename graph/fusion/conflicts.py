"""Which raw facts cannot all hold, and which of them stand.

Facts meet in groups: (F) one head, relation and qualifiers where the relation is functional, (I) one tail
where it is inverse functional, (R) one pair of entities in a group of exclusive relations, (D) one pair in an
asymmetric relation, (P) one statement asserted and negated. Inside a group two facts are rivals unless their
validity is disjoint, one is merely more precise, or they are events of different dates.

Each pair of rivals is decided alone: a person's word, then recency (for states), then weight by a clear
margin, else neither. A fact's status is the worst that any rival does to it. So an outcome reads the two
facts and the decisions, and nothing further away.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from itertools import combinations

from graph.fusion.epoch import Epoch
from graph.fusion.facts import Family, RawFact, first_day, last_day
from graph.fusion.normalize import refines
from graph.identity import make_id
from graph.ontology import Ontology, RelationType, Temporal
from graph.types import (
    MICRO,
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


class Blow(IntEnum):
    """What a rival does to a fact, mildest first."""

    NONE = 0
    TIED = 1
    OUTWEIGHED = 2
    OVERRULED = 3
    SUPERSEDED = 4


_WHY = {
    Blow.OUTWEIGHED: "its evidence is the weightiest",
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
    if found.exclusive:
        keys.append(("R", low, high, found.exclusive, "", qualifiers))
    if found.asymmetric:
        keys.append(("D", low, high, relation, "", qualifiers))
    return keys


class Judge:
    """Decides pairs of rivals under one epoch, one ontology and the decisions in force."""

    def __init__(self, epoch: Epoch, ontology: Ontology, ruled: Ruled) -> None:
        self._epoch = epoch
        self._ontology = ontology
        self._ruled = ruled

    def rivals(self, letter: str, f: RawFact, g: RawFact) -> bool:
        a, b = f.family, g.family
        if letter == "P":
            apart = a.polarity != b.polarity and _same_value(f, g)
        elif letter == "F":
            apart = (a.head, a.tail) != (b.head, b.tail) if a.tail or b.tail else not _agree(f, g)
        elif letter == "R":
            apart = a.relation != b.relation
        else:  # I, D
            apart = a.head != b.head
        return apart and _overlap(f, g) and not self._other_events(f, g)

    def blow(self, f: RawFact, g: RawFact) -> Blow:
        """What ``g`` does to its rival ``f``."""
        mine, yours = self._ruling(f), self._ruling(g)
        if mine != yours:
            return Blow.OVERRULED if yours > mine else Blow.NONE
        order = self._newer(f, g)
        if order:
            return Blow.SUPERSEDED if order > 0 else Blow.NONE
        margin = MICRO + self._epoch.clear_margin
        if g.weight * MICRO >= f.weight * margin and g.weight > f.weight:
            return Blow.OUTWEIGHED
        if f.weight * MICRO >= g.weight * margin and f.weight > g.weight:
            return Blow.NONE
        return Blow.TIED

    def _relation(self, fact: RawFact) -> RelationType:
        return self._ontology.relation_types.get(fact.family.relation, _UNKNOWN)

    def _ruling(self, fact: RawFact) -> int:
        """Position of the latest resolve-decision for exactly this statement; -1 without one."""
        family = fact.family
        if not family.polarity:
            return -1
        tail = fact.value if family.tail is None else family.tail
        assert tail is not None
        return self._ruled.get((family.head, family.relation, tail, family.qualifiers), -1)

    def _other_events(self, f: RawFact, g: RawFact) -> bool:
        both = self._relation(f).temporal is Temporal.EVENT and self._relation(g).temporal is Temporal.EVENT
        return both and bool(f.valid_from and g.valid_from) and not _may_equal(f.valid_from, g.valid_from)

    def _newer(self, f: RawFact, g: RawFact) -> int:
        """1 when g is a newer statement over the state f, -1 the other way round, 0 when neither."""
        mine, yours = _speaks_from(f, g)
        if not mine or not yours or _may_equal(mine, yours):
            return 0
        older = f if yours > mine else g
        if self._relation(older).temporal is not Temporal.STATE:
            return 0
        return 1 if older is f else -1


def _speaks_from(f: RawFact, g: RawFact) -> tuple[PartialDate | None, PartialDate | None]:
    """The dates by which two facts are ordered: when they began, if both say so, else when they were said."""
    if f.valid_from and g.valid_from:
        return f.valid_from, g.valid_from
    return f.stated or f.valid_from, g.stated or g.valid_from


def _may_equal(a: PartialDate | None, b: PartialDate | None) -> bool:
    return bool(a and b) and (str(a).startswith(str(b)) or str(b).startswith(str(a)))


def _overlap(f: RawFact, g: RawFact) -> bool:
    """Whether both may hold on one day."""
    return first_day(f.valid_from) <= last_day(g.valid_to) and first_day(g.valid_from) <= last_day(f.valid_to)


def _same_value(f: RawFact, g: RawFact) -> bool:
    return f.value == g.value


def _agree(f: RawFact, g: RawFact) -> bool:
    x, y = f.value, g.value
    return x == y or (x is not None and y is not None and (refines(x, y) or refines(y, x)))


def judged(fact: RawFact, rivals: Iterable[RawFact], judge: Judge) -> Fact:
    """The fact's row, with the worst that any of its rivals does to it."""
    blows = [(judge.blow(fact, rival), rival) for rival in rivals]
    worst = max((blow for blow, _ in blows), default=Blow.NONE)
    until = fact.valid_to
    reason = ""
    if worst is not Blow.NONE:
        strongest = min((r for blow, r in blows if blow is worst), key=lambda r: (-r.weight, r.id))
        reason = _reason(worst, fact, strongest)
    if worst is Blow.SUPERSEDED:
        ends = [_closing(r) for blow, r in blows if blow is worst] + ([until] if until else [])
        until = min(ends, key=lambda date: (last_day(date), date))
    family = fact.family
    return Fact(
        id=fact.id,
        head=family.head,
        relation=family.relation,
        tail=fact.tail,
        phrase=fact.phrase,
        qualifiers=family.qualifiers,
        polarity=family.polarity,
        valid_from=fact.valid_from,
        valid_to=until,
        stated=fact.stated,
        status={Blow.NONE: FactStatus.ACCEPTED, Blow.SUPERSEDED: FactStatus.SUPERSEDED}.get(
            worst, FactStatus.CONTESTED
        ),
        confidence=fact.confidence,
        support=fact.support,
        claims=fact.claims,
        reason=reason,
    )


def _closing(newer: RawFact) -> PartialDate:
    """The day on which a state ended for the one that took its place."""
    date = newer.valid_from or newer.stated
    assert date is not None
    return date


def _saying(fact: RawFact) -> str:
    return f'"{fact.label}"' if fact.family.polarity else f'the denial of "{fact.label}"'


def _reason(blow: Blow, fact: RawFact, rival: RawFact) -> str:
    documents = f"{rival.support} to {fact.support} independent documents"
    match blow:
        case Blow.SUPERSEDED:
            return f"Superseded by {_saying(rival)}, the newer statement ({_speaks_from(fact, rival)[1]})."
        case Blow.OVERRULED:
            return f"A person decided for {_saying(rival)}."
        case Blow.OUTWEIGHED:
            return f"Contradicts {_saying(rival)}, which has the weightier evidence ({documents})."
        case _:
            return f"Contradicts {_saying(rival)}, and neither is better supported ({documents})."


def conflict_id(key: GroupKey, smallest: FactId) -> ConflictId:
    """Of the conflict in this group whose smallest fact is ``smallest``."""
    return ConflictId(make_id("conflict", *key, smallest))


def conflicts_in(key: GroupKey, facts: Sequence[RawFact], judge: Judge) -> list[Conflict]:
    """One conflict for each connected set of rivals in a group. O(k^2) in the group's k facts."""
    rivals: dict[FactId, list[RawFact]] = {}
    for f, g in combinations(facts, 2):
        if judge.rivals(key[0], f, g):
            rivals.setdefault(f.id, []).append(g)
            rivals.setdefault(g.id, []).append(f)
    by_id = {f.id: f for f in facts}
    found: list[Conflict] = []
    seen: set[FactId] = set()
    for start in sorted(rivals):
        if start in seen:
            continue
        together, reach = {start}, [start]
        while reach:
            reach = [g.id for i in reach for g in rivals[i] if g.id not in together]
            together.update(reach)
        seen |= together
        found.append(_conflict(key, [by_id[i] for i in sorted(together)], rivals, judge))
    return found


def _conflict(
    key: GroupKey, facts: Sequence[RawFact], rivals: Mapping[FactId, Sequence[RawFact]], judge: Judge
) -> Conflict:
    blows = {f.id: [judge.blow(f, g) for g in rivals[f.id]] for f in facts}
    unbeaten = [f for f in facts if max(blows[f.id]) is Blow.NONE]
    dealt = {blow for each in blows.values() for blow in each} - {Blow.NONE}
    kind = ConflictKind.RECENCY if dealt == {Blow.SUPERSEDED} else _KINDS[key[0]]
    winner = unbeaten[0] if len(unbeaten) == 1 else None
    if winner is None:
        reason = "None of these statements is clearly the best supported."
    else:
        reason = f"{_saying(winner)} stands: {_WHY[max(dealt)]}."
    return Conflict(
        id=conflict_id(key, facts[0].id),
        kind=kind,
        facts=tuple(f.id for f in facts),
        winner=winner.id if winner else None,
        reason=reason,
    )
