"""Which raw facts cannot all hold, and which of them stand.

Facts meet in groups (``grouping``): (F) one head, relation and qualifiers where the relation is functional,
(I) one tail where it is inverse functional, (R) one pair of entities in a group of exclusive relations, both
directions of the asymmetric ones among them, (D) one pair in any other asymmetric relation, (P) one statement
asserted and denied, as precisely or less. A fact also says what its relation is a kind of, and stands in
those groups too. Inside a group two facts are rivals unless their validity is disjoint, one is merely more
precise, one sentence tells both ends (F, I), they are states of which one ends when the other begins, or of
which one is over and the other told of later days only or without any date (of today, then), or they are
events of different dates.
(T) A fact may also be in conflict alone, with the types of its ends: its phrase means a relation of other
things.

Each pair of rivals is decided alone: a person's word, then recency (for states), then weight by a clear
margin, then a model's verdict on the two, else neither. Weight is the log-odds of the sources' trust, against
as many values as the group has facts. A fact's status is the worst that any rival does to it. So an outcome
reads the group's facts, the decisions and the verdicts on its ties, and nothing further away.

Who is decided for overrules its rivals, but for states that it only follows in time: of these it is the newer
statement, as it is without the decision. Nor does a decision on a state overrule what vouches only for days
after those of which it speaks (``decided``). What is overruled in a group counts for nothing there: it
follows nobody, dates nobody and is weighed against nobody. Nor does what no trusted source says count.

A state that is told to be over ("former") is superseded by that, unless it is newer or clearly better
supported.

A state that a newer one follows ended then at the latest, and the newer one began then at the latest, at the
first statement of it, as it did after one that was over: where no claim says when, or not as precisely (until
2023, since May 2023), both dates are implied. One that says itself that it went on longer is not followed but
contradicted, and weighed. What is announced (in February, for March) is newer than what is told before it
begins. A state that returns is two facts, one on each side of what was told between (``stretches``); what is
told only between statements of another, does not part them and is clearly outweighed, did not even hold then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from graph.fusion.facts import RawFact
from graph.fusion.grouping import Grouping, GroupKey
from graph.fusion.periods import first_day, last_day
from graph.identity import make_id
from graph.types import (
    Answer,
    ClaimId,
    Conflict,
    ConflictId,
    ConflictKind,
    Fact,
    FactId,
    FactStatus,
    PartialDate,
    VerdictId,
)

_KINDS = {
    "F": ConflictKind.VALUE,
    "I": ConflictKind.VALUE,
    "R": ConflictKind.RELATION,
    "D": ConflictKind.DIRECTION,
    "P": ConflictKind.POLARITY,
    "T": ConflictKind.TYPE,
}
NOTHING: Mapping[VerdictId, Answer] = {}
_UNTRUSTED = "No source that says so is trusted."
_SHOWN = 5  # phrases or statements that a reason names


class Blow(IntEnum):
    """What a rival does to a fact, mildest first."""

    NONE = 0
    TIED = 1
    OUTWEIGHED = 2
    JUDGED = 3  # a model's verdict, where the weights tie
    ENDED = 4  # told to be over, by what may be of the same date or of none
    SUPERSEDED = 5
    ENCLOSED = 6  # outweighed by one that is told both before and after it
    OVERRULED = 7


_BY_TIME = {Blow.ENDED, Blow.SUPERSEDED}
_STATUS = {Blow.NONE: FactStatus.ACCEPTED, **dict.fromkeys(_BY_TIME, FactStatus.SUPERSEDED)}
_WHY = {
    Blow.OUTWEIGHED: "its evidence is the weightiest",
    Blow.JUDGED: "the weights tie, and a model judged for it",
    Blow.ENDED: "what is over was so, and nothing newer says that it is so again",
    Blow.SUPERSEDED: "it is the newest statement",
    Blow.ENCLOSED: "it is told before and after the others, and its evidence is the weightiest",
    Blow.OVERRULED: "a person decided for it",
}


@dataclass(frozen=True, slots=True)
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


def tie_question(adjudicator: str, f: Sequence[ClaimId], g: Sequence[ClaimId]) -> VerdictId:
    """The key of a verdict on two statements whose weights tie, by the claims behind each (sorted); the same
    whichever comes first. YES is for the one whose claims sort first, NO for the other."""
    return VerdictId(make_id("tie", adjudicator, *sorted((tuple(f), tuple(g)))))


def _known(stated: PartialDate | None, implied: PartialDate | None) -> PartialDate | None:
    """What is stated, unless what is implied says the same more precisely."""
    return implied if implied and implied.startswith(stated or "") else stated


def judged(fact: RawFact, standing: Standing, grouping: Grouping, *, worthless: bool) -> Fact:
    """The fact's row, with the worst that any of its rivals does to it. What is ``worthless`` is contested
    even if it has none.

    What its claims state of its times stays; others only make it more precise. What is told to be over had
    ended by its first statement, and what is told again after its end had begun by that.
    """
    family, rival = fact.family, standing.rival
    lost = "" if standing.worst is Blow.NONE or rival is None else _reason(standing, fact, rival, grouping)
    since = max(filter(None, (standing.since, fact.again)), key=lambda d: (last_day(d), d), default=None)
    start, end = _known(fact.valid_from, since), _known(fact.valid_to, standing.until)
    if grouping.is_over(fact.family):
        stated = None if last_day(fact.first_stated) < first_day(fact.valid_from) else fact.first_stated
        start, end = fact.valid_from, fact.valid_to or stated
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
        status=FactStatus.CONTESTED if worthless else _STATUS.get(standing.worst, FactStatus.CONTESTED),
        confidence=fact.confidence,
        support=fact.support,
        claims=fact.claims,
        reason=" ".join(
            filter(None, (lost, _UNTRUSTED * worthless, _misfit(fact), _learnt_from(fact.learnt)))
        ),
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


def _saying(fact: RawFact, grouping: Grouping) -> str:
    if grouping.is_over(fact.family):
        return f'the end of "{fact.label}"'
    return f'"{fact.label}"' if fact.family.polarity else f'the denial of "{fact.label}"'


def _reason(standing: Standing, fact: RawFact, rival: RawFact, grouping: Grouping) -> str:
    said = _saying(rival, grouping)
    documents = f"{rival.backing} to {fact.backing} independent documents"
    weightier = f"the weightier evidence ({documents}{_despite_numbers(rival, fact)})"
    match standing.worst:
        case Blow.ENDED:
            return f"Superseded by {said}."
        case Blow.SUPERSEDED:
            return f"Superseded by {said}, the newer statement ({standing.began})."
        case Blow.OVERRULED:
            return f"A person decided for {said}."
        case Blow.JUDGED:
            return f"Neither is better supported ({documents}); a model judged for {said}."
        case Blow.OUTWEIGHED:
            return f"Contradicts {said}, which has {weightier}."
        case Blow.ENCLOSED:
            return f"Contradicts {said}, which is told before and after it, with {weightier}."
        case _:
            return f"Contradicts {said}, and neither is better supported ({documents})."


def _despite_numbers(rival: RawFact, fact: RawFact) -> str:
    """What decides for a rival that no more documents tell."""
    if rival.backing > fact.backing:
        return ""
    trusted = rival.odds * fact.votes > (fact.odds + fact.backing) * rival.votes  # by vote, rounding aside
    return ", from sources that are trusted more" if trusted else ", which say so more surely"


def _blows(bits: int) -> set[Blow]:
    return {blow for blow in Blow if bits >> blow & 1} - {Blow.NONE}


def conflict_id(key: GroupKey, smallest: FactId) -> ConflictId:
    """Of the conflict in this group whose smallest fact is ``smallest``."""
    return ConflictId(make_id("conflict", *key, smallest))


@dataclass(frozen=True, slots=True)
class Group:
    """A group's facts, the blows that each takes in it (``dealt``) and deals to others (``deals``), a bit for
    each, and which of them rivals connect: those of one ``root``."""

    key: GroupKey
    facts: Sequence[RawFact]
    dealt: Sequence[int]
    deals: Sequence[int]
    root: Sequence[int]
    grouping: Grouping

    def conflicts(self) -> list[Conflict]:
        """One for each connected set of rivals, and for each fact that is of the wrong types."""
        if self.key[0] == "T":
            return [self._misfit(fact) for fact in self.facts if fact.misfit]
        sets: dict[int, list[int]] = {}
        for seat, root in enumerate(self.root):
            sets.setdefault(root, []).append(seat)
        return [self._conflict(seats) for seats in sets.values() if len(seats) > 1]

    def _conflict(self, seats: Sequence[int]) -> Conflict:
        seats = sorted(seats, key=lambda seat: self.facts[seat].id)
        facts = [self.facts[seat] for seat in seats]
        unhurt = [seat for seat in seats if not self.dealt[seat] & ~(1 << Blow.NONE)]
        unbeaten = [self.facts[seat] for seat in unhurt]
        dealt = {blow for seat in seats for blow in _blows(self.dealt[seat])}
        winner = unbeaten[0] if len(unbeaten) == 1 else None
        if not unbeaten:
            reason = "None of these statements is clearly the best supported."
        elif winner:
            its = _blows(self.deals[unhurt[0]]) or dealt
            reason = f"{_saying(winner, self.grouping)} stands: {_WHY[max(its - {Blow.ENCLOSED} or its)]}."
        else:
            many = "they do not exclude each other, and each stands against its rivals"
            said = [_saying(fact, self.grouping) for fact in unbeaten]
            reason = f"{_listed(said)} stand: {many}."
        return Conflict(
            id=conflict_id(self.key, facts[0].id),
            kind=ConflictKind.RECENCY if dealt and dealt <= _BY_TIME else self._kind(facts),
            facts=tuple(f.id for f in facts),
            winner=winner.id if winner else None,
            reason=reason,
        )

    def _misfit(self, fact: RawFact) -> Conflict:
        reason = f"{_saying(fact, self.grouping)} is told as related only: {fact.misfit}."
        return Conflict(conflict_id(self.key, fact.id), _KINDS["T"], (fact.id,), None, reason)

    def _kind(self, rivals: Sequence[RawFact]) -> ConflictKind:
        if self.key[0] == "R" and len({self.grouping.said(self.key, f.family)[0] for f in rivals}) == 1:
            return ConflictKind.DIRECTION
        return _KINDS[self.key[0]]
