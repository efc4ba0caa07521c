"""Statements to facts: which of a family say the same, of one time.

Statements of one ``Family`` (ends, relation, qualifiers and polarity alike) become one ``RawFact`` for each
value and each stretch of time that they speak of, between those of rivals (``stretches``). Raw means: before
rivals are weighed (``conflicts``).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from graph.fusion.epoch import Epoch
from graph.fusion.normalize import Forms, finer, normalise_phrase, normalise_value, settled
from graph.fusion.odds import log_count, log_odds
from graph.fusion.periods import (
    Part,
    by_interval,
    by_term,
    first_day,
    last_day,
    marks,
    outermost,
    start_of,
    vouched,
)
from graph.fusion.statements import Family, Statement
from graph.fusion.support import Document, believed, independent_voices
from graph.identity import make_id
from graph.ontology import Ontology, Unit
from graph.relations import Temporal
from graph.types import (
    MICRO,
    Claim,
    ClaimId,
    ContentId,
    EntityId,
    FactId,
    PartialDate,
    Span,
    Value,
    ValueKind,
)


class Telling(NamedTuple):
    """One phrase of one sentence, and of when: what it says of several ends holds of all, as in "is led by
    Ann and Bob"."""

    content: ContentId
    span: Span
    phrase: str
    times: tuple[PartialDate | None, ...]


@dataclass(frozen=True, slots=True)
class RawFact:
    id: FactId
    family: Family
    tail: EntityId | Value
    phrase: str
    valid_from: PartialDate | None
    valid_to: PartialDate | None
    stated: PartialDate | None  # the latest date of which its claims say so; else by which they say it was
    first_stated: PartialDate | None  # the earliest
    vouched: PartialDate | None  # the first day that they vouch for
    confidence: int
    support: int
    votes: int  # the independent documents behind it, each by its confidence, in micro-units
    odds: int  # the log-odds of their trust, each by its confidence, in micro-nats
    claims: tuple[ClaimId, ...]
    label: str
    value: Value | None  # the tail as it is compared, where it is a literal
    written: tuple[Value, ...] = ()  # as it is written in other units (``as_written``)
    learnt: tuple[str, ...] = ()  # the phrases from which claims' type was learnt, sorted
    misfit: str = ""  # why it is not of the type that its phrase means
    over: bool = False  # whether none of its claims may tell of today, and one tells of its end that had come
    again: PartialDate | None = None  # the first date by which it had begun again, after an end of it
    tellings: frozenset[Telling] = frozenset()  # of an entity's, who says so
    backing: int = 0  # the independent documents that say it, or speak for it (``_backing``)

    def weight(self, rivals: int) -> int:
        """Log-odds, in micro-nats, against ``rivals`` values of which one is right and a source that is wrong
        says any other: a vote of trust p weighs ln(p / (1 - p)) + ln(rivals)."""
        return self.odds + self.votes * log_count(rivals) // MICRO


def by_value(
    statements: Iterable[Statement], units: Mapping[str, Unit]
) -> dict[Value | None, list[Statement]]:
    """A family's statements by what they say, mere precision aside; None where the tail is an entity.

    Of denials the less precise says more (not in 2019), and another not as much (not in May), so none merge.
    """
    said: dict[Value | None, list[Statement]] = defaultdict(list)
    for statement in statements:
        tail = statement.tail
        said[normalise_value(tail, units) if isinstance(tail, Value) else None].append(statement)
    if len(said) > 1 and next(iter(said.values()))[0].claim.polarity:
        meant = settled([value for value in said if value is not None])
        for open_, told in meant.items():
            said[told] += said.pop(open_)
    forms = {value: as_written(value, some) for value, some in said.items() if value} if len(said) > 1 else {}
    if (unit := _common_unit(said, forms)) is not None:
        measured: dict[Value | None, list[Statement]] = defaultdict(list)
        for value, some in said.items():
            bare = value is not None and value.kind is ValueKind.NUMBER and value.unit is None
            measured[replace(value, unit=unit) if bare and value else value] += some
        said = measured
    more = finer([value for value in said if value is not None], forms)
    merged: dict[Value | None, list[Statement]] = defaultdict(list)
    for value, some in said.items():
        merged[_most_precise(value, more) if value and some[0].claim.polarity else value] += some
    return merged


def _common_unit(said: Iterable[Value | None], forms: Forms) -> str | None:
    """The unit of all numbers that have one, which those without may be taken to be in; None where there is
    no such, and where they may be in one of which it is a multiple: 5 beside 5 km."""
    units = {value.unit for value in said if value is not None and value.kind is ValueKind.NUMBER}
    some = units - {None}
    return next(iter(some)) if units != some and len(some) == 1 and not any(forms.values()) else None


def as_written(value: Value | None, statements: Iterable[Statement]) -> tuple[Value, ...]:
    """How a number is written that was turned into its base unit: of 5000 m, 5 km. Sorted."""
    if value is None or value.kind is not ValueKind.NUMBER or value.unit is None:
        return ()
    found = {normalise_value(s.tail) for s in statements if isinstance(s.tail, Value) and s.tail.unit}
    return tuple(sorted(form for form in found if form.unit != value.unit))


def _most_precise(value: Value, more: Mapping[Value, set[Value]]) -> Value:
    """The one most precise value that says the same and more; ``value`` itself unless there is just one."""
    finest = (each for each in more[value] if more[each].isdisjoint(more[value]))
    one, another = next(finest, None), next(finest, None)
    # What refines one of its forms need not refine the number without a unit: 4980 m of 5 km
    return value if one is None or another is not None else _most_precise(one, more)


def build_facts(
    family: Family,
    stretches: Mapping[Value | None, Sequence[Sequence[Statement]]],
    documents: Mapping[ContentId, Document],
    epoch: Epoch,
    ontology: Ontology,
) -> list[RawFact]:
    """The facts of one family's statements: by value and stretch (``stretches``), then by the times that they
    state. O(n log n) in statements."""
    units, relation = ontology.units, ontology.relation_types.get(family.relation)
    split = by_interval if relation is None or relation.temporal is not Temporal.STATE else by_term
    parts: dict[Value | None, list[Part]] = defaultdict(list)
    for merged, some in stretches.items():
        for stretch in some:  # what another one says makes nothing in this one more precise
            for value, said in (by_value(stretch, units) if len(some) > 1 else {merged: stretch}).items():
                parts[value] += split(said)
    backing = _backing(parts) if family.polarity and len(parts) > 1 else {}
    return [
        _fact(family, value, part, mark, backing.get(value, ()), documents, epoch, units)
        for value, some in parts.items()
        for part, mark in zip(some, marks(some), strict=True)
    ]


def _fact(
    family: Family,
    value: Value | None,
    part: Part,
    mark: str | None,
    backing: Sequence[Claim],
    documents: Mapping[ContentId, Document],
    epoch: Epoch,
    units: Mapping[str, Unit],
) -> RawFact:
    statements = part.said
    claims = [s.claim for s in statements]
    tail: EntityId | Value
    if value is None:
        assert family.tail is not None
        tail = family.tail
    elif value.kind is ValueKind.DATE:
        tail = value
    else:  # shown as it is written most often: its spelling, its unit
        plain = value.kind is ValueKind.NUMBER
        shown = Counter(
            normalise_value(s.tail) if plain else Value(value.kind, s.tail.text, value.unit)
            for s in statements
            if isinstance(s.tail, Value) and normalise_value(s.tail, units) == value
        )
        tail = min(shown, key=lambda v: (-shown[v], v.unit or "", v.text)) if shown else value
    ends = [c.valid_to for c in claims if c.valid_to]
    end = outermost(ends, lambda dates: max(dates, key=last_day)) if ends else None
    voices = independent_voices(claims, documents, epoch)
    stated = [c.stated for c in claims if c.stated and not c.past]
    begun = min((c.stated for c in claims if c.stated), key=lambda date: (last_day(date), date), default=None)
    behind = independent_voices((*claims, *backing), documents, epoch) if backing else voices
    days = [vouched(c) for c in claims]
    first = min(statements, key=lambda s: s.claim.id)
    return RawFact(
        id=fact_id(family, value, mark),
        family=family,
        tail=tail,
        phrase=_commonest(Counter(c.phrase for c in claims)),
        valid_from=start_of(claims),
        valid_to=end,
        stated=max(stated, default=begun),
        first_stated=begun,
        vouched=min((each.first for each in days if each), default=None),
        confidence=believed(voices),
        support=len(voices),
        votes=sum(voice.confidence for voice in behind),
        odds=sum(voice.confidence * log_odds(voice.trust) // MICRO for voice in behind),
        claims=tuple(sorted(c.id for c in claims)),
        label=first.label,
        value=value,
        written=as_written(value, statements),
        learnt=tuple(sorted({s.learnt for s in statements if s.learnt})),
        misfit=first.misfit,
        over=all(day or c.past for c, day in zip(claims, days, strict=True)) and _had_ended(claims, end),
        again=begun if part.again else None,
        tellings=frozenset(map(_telling, claims)) if value is None else frozenset(),
        backing=len(behind),
    )


def _backing(
    parts: Mapping[Value | None, Sequence[Part]],
) -> Mapping[Value | None, list[Claim]]:
    """What else speaks for a text or a date, of all that is told without times of its own.

    Whoever says it more precisely says it, too. Who says it less precisely than several ("7:48 PM" beside
    two days at that time) speaks for each of them, and against all others.
    """
    said = {
        value: [statement.claim for statement in some[0].said]
        for value, some in parts.items()
        if value is not None and value.kind is not ValueKind.NUMBER and len(some) == 1
    }
    undated = {v for v, claims in said.items() if not any(c.valid_from or c.valid_to for c in claims)}
    found: dict[Value | None, list[Claim]] = defaultdict(list)
    for vague, more in finer(undated).items():
        for precise in more:
            found[precise] += said[vague]
            found[vague] += said[precise]
    return found


def _had_ended(claims: Iterable[Claim], end: PartialDate | None) -> bool:
    """Whether one of the claims that tell of this end was not told before it: an end that is announced need
    not have come. What else is told of days before the end takes nothing back."""
    ends = ((claim, claim.valid_to) for claim in claims if claim.valid_to and end)
    return any(
        (end or "").startswith(told) and not (claim.stated and last_day(claim.stated) < first_day(end))
        for claim, told in ends
    )


def _telling(claim: Claim) -> Telling:
    times = claim.valid_from, claim.valid_to, claim.stated
    return Telling(claim.content, claim.span, normalise_phrase(claim.phrase), times)


def fact_id(family: Family, value: Value | None, start: str | None) -> FactId:
    literal = [value.kind, value.text, value.unit] if value else None
    return FactId(make_id("fact", *family[:4], literal, *family[4:], start))


def _commonest(counts: Counter[str]) -> str:
    return min(counts, key=lambda text: (-counts[text], text))
