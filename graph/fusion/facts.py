"""Claims to facts: what each claim states in the ontology's words, and which statements say the same.

A claim becomes a ``Statement`` about referents, which reads the claim and its own document's referents only.
Statements of one ``Family`` (ends, relation, qualifiers and polarity alike) become one ``RawFact`` for each
value and each stretch of time that they speak of, between those of rivals (``stretches``). Raw means: before
rivals are weighed (``conflicts``).
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import NamedTuple

from graph.fusion.amounts import meant
from graph.fusion.epoch import Epoch, PhraseType
from graph.fusion.normalize import (
    Forms,
    agreeing,
    literal,
    normalise_phrase,
    normalise_value,
    refines,
    settled,
    unlabelled,
)
from graph.fusion.odds import log_count, log_odds
from graph.identity import make_id
from graph.ontology import RELATED_TO, THING, Ontology, Unit
from graph.relations import RelationType, Temporal
from graph.types import (
    MICRO,
    Claim,
    ClaimId,
    ContentId,
    EntityId,
    Fact,
    FactId,
    PartialDate,
    Qualifiers,
    Referent,
    ReferentId,
    Resolve,
    Span,
    Value,
    ValueKind,
)


@dataclass(frozen=True, slots=True)
class Document:
    """What fuse reads of a live content itself. ``trust`` is that of its most trusted source."""

    content: ContentId
    signature: tuple[int, ...]
    trust: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A claim in the ontology's words. ``phrase`` tells unmapped statements apart and is empty for others.

    ``label`` is the claim in short, in its document's own names. ``learnt`` is the phrase that its type was
    learnt from, if it was. ``misfit`` says why it is not of the type that its phrase means: an end is of
    another kind.
    """

    claim: Claim
    head: ReferentId
    relation: str
    phrase: str
    tail: ReferentId | Value
    label: str
    learnt: str = ""
    misfit: str = ""


class Family(NamedTuple):
    """What facts that differ only in value or time have in common; ``tail`` is None for literals."""

    head: EntityId
    relation: str
    phrase: str
    tail: EntityId | None
    qualifiers: Qualifiers
    polarity: bool


def family_of(fact: Fact) -> Family:
    """The family of a fact that was stated."""
    phrase = normalise_phrase(fact.phrase) if fact.relation == RELATED_TO else ""
    return Family(fact.head, fact.relation, phrase, fact.tail_entity, fact.qualifiers, fact.polarity)


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


# ---------------------------------------------------------------- one claim


class ClaimReader:
    """Reads claims in the words of one ontology, and of the phrases that an epoch has learnt."""

    def __init__(self, ontology: Ontology, phrases: Mapping[str, PhraseType]) -> None:
        self.ontology = ontology
        self._phrases = phrases
        self._relations = ontology.relations
        self._may_be: dict[tuple[str, tuple[str, ...]], bool] = {}

    def read(self, claim: Claim, referents: Mapping[ReferentId, Referent]) -> Statement:
        """The claim's relation by name, else by its phrase, else as its phrase was learnt, else RELATED_TO.

        A pattern that the ontology cannot mean (types or literal kind) is RELATED_TO too, its phrase kept. Of
        a relation and its inverse the smaller name is used, and the ends are turned to fit.
        """
        phrase = normalise_phrase(claim.phrase)
        found, learnt = self._meant(claim, phrase)
        head: ReferentId | Value = claim.head
        tail = claim.tail
        if found is not None and isinstance(tail, Value) and tail.kind not in found.values:
            read = literal(tail.text, found.values, self.ontology.units)
            tail = tail if read is None else replace(read, unit=tail.unit or read.unit)
        if found is not None and isinstance(tail, Value) and tail.kind is ValueKind.TEXT:
            tail = replace(tail, text=unlabelled(tail.text, phrase))
        if learnt is not None and learnt.turned:
            head, tail = tail, head
        if (
            found is None
            or isinstance(head, Value)
            or not self.fits(
                referents[head].type, found, tail.kind if isinstance(tail, Value) else referents[tail].type
            )
            or self._is_too_low(tail, found)
        ):
            label = f"{_shown(claim.head, referents)} {claim.phrase} {_shown(claim.tail, referents)}"
            misfit = "" if found is None else self._misfit(head, found, tail, referents)
            return Statement(claim, claim.head, RELATED_TO, phrase, claim.tail, label, misfit=misfit)
        label = f"{_shown(head, referents)} {found.name} {_shown(tail, referents)}"
        from_phrase = "" if learnt is None else phrase
        name = self.canonical(found.name)
        if name == found.name or isinstance(tail, Value):
            return Statement(claim, head, found.name, "", tail, label, from_phrase)
        return Statement(claim, tail, name, "", head, label, from_phrase)

    def meant(self, claim: Claim) -> RelationType | None:
        """The type that the claim's relation or phrase names, whatever its ends are; of a relation and its
        inverse the one that facts bear."""
        found, _ = self._meant(claim, normalise_phrase(claim.phrase))
        return None if found is None else self.ontology.relation_types[self.canonical(found.name)]

    def _meant(self, claim: Claim, phrase: str) -> tuple[RelationType | None, PhraseType | None]:
        types = self.ontology.relation_types
        found = types.get(claim.relation or "") or types.get(self.ontology.phrase_index.get(phrase, ""))
        learnt = self._phrases.get(phrase) if found is None else None
        return (found if learnt is None else types.get(learnt.relation)), learnt

    def canonical_ends(
        self, subject: EntityId, relation: str, value: EntityId | Value
    ) -> tuple[EntityId, str, EntityId | Value]:
        """(head, relation, tail) as a fact that says this is keyed: inverses and symmetric ends in order."""
        if isinstance(value, Value):
            return subject, relation, normalise_value(value, self.ontology.units)
        name = self.canonical(relation)
        head, tail = (value, subject) if name != relation else (subject, value)
        return (tail, name, head) if self.symmetric(name) and tail < head else (head, name, tail)

    def decided(
        self, subject: EntityId, right: EntityId | Value, ruling: Resolve
    ) -> tuple[Family, Value | None]:
        """What a decision that this end of this subject is right says: the family, phrase left out, and the
        literal."""
        head, relation, tail = self.canonical_ends(subject, ruling.relation, right)
        end, value = (None, tail) if isinstance(tail, Value) else (tail, None)
        qualifiers = tuple(sorted(ruling.qualifiers))
        return Family(head, relation, "", end, qualifiers, ruling.polarity), value

    def canonical(self, relation: str) -> str:
        """Of a relation and its inverse the one whose name facts bear."""
        return self._relations.canonical(relation)

    def symmetric(self, relation: str) -> bool:
        return self._relations.traits(relation).symmetric

    def family(self, statement: Statement, entity_of: Mapping[ReferentId, EntityId]) -> Family | None:
        """The statement's family among entities; None for a self-loop, which states nothing."""
        claim, head = statement.claim, entity_of[statement.head]
        if isinstance(statement.tail, Value):
            return Family(head, statement.relation, statement.phrase, None, claim.qualifiers, claim.polarity)
        tail = entity_of[statement.tail]
        if head == tail:
            return None
        if self.symmetric(statement.relation) and tail < head:
            head, tail = tail, head
        return Family(head, statement.relation, statement.phrase, tail, claim.qualifiers, claim.polarity)

    def fits(self, head: str, relation: RelationType, tail: str | ValueKind) -> bool:
        """Whether things of these types, or a literal of this kind, may stand in the relation."""
        if not self._is_one(head, relation.heads):
            return False
        if isinstance(tail, ValueKind):
            return tail in relation.values
        return self._is_one(tail, relation.tails)

    def _misfit(
        self,
        head: ReferentId | Value,
        relation: RelationType,
        tail: ReferentId | Value,
        referents: Mapping[ReferentId, Referent],
    ) -> str:
        """Which end the relation's signature rules out, and why."""
        ends = ((head, "head", relation.heads, ()), (tail, "tail", relation.tails, relation.values))
        for end, which, kinds, literals in ends:
            if isinstance(end, Value):
                if self._is_too_low(end, relation):
                    return f'"{end.shown}" is less than any {relation.name}'
                fits, told = end.kind in literals, f'"{end.shown}" reads as none'
            else:
                kind = referents[end].type
                fits, told = self._is_one(kind, kinds), f'"{_shown(end, referents)}" is told to be {kind}'
            if not fits:
                wanted = " or ".join((*kinds, *(f"a {literal}" for literal in literals)))
                return f"the {which} of {relation.name} is {wanted}, and {told}"
        return ""

    def _is_too_low(self, tail: ReferentId | Value, relation: RelationType) -> bool:
        """Whether it is a number below what the relation, or one that it is a kind of, may have."""
        if not isinstance(tail, Value) or tail.kind is not ValueKind.NUMBER:
            return False
        types = self.ontology.relation_types
        least = (types[s.relation].minimum for s in self._relations.above(relation.name, literal=True))
        said = meant(normalise_value(tail, self.ontology.units).text)
        return said is not None and any(minimum is not None and said.high < minimum for minimum in least)

    def _is_one(self, kind: str, wanted: tuple[str, ...]) -> bool:
        found = self._may_be.get((kind, wanted))
        if found is None:
            known = kind if kind in self.ontology.entity_types else THING
            found = self._may_be[kind, wanted] = any(self.ontology.compatible(known, w) for w in wanted)
        return found


def _shown(end: ReferentId | Value, referents: Mapping[ReferentId, Referent]) -> str:
    if isinstance(end, Value):
        return end.shown
    referent = referents[end]
    return referent.names[0] if referent.names else referent.type


# ---------------------------------------------------------------- a family


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
    finer = _finer([value for value in said if value is not None], forms)
    merged: dict[Value | None, list[Statement]] = defaultdict(list)
    for value, some in said.items():
        merged[_most_precise(value, finer) if value and some[0].claim.polarity else value] += some
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


class _Part(NamedTuple):
    """Statements that make one fact. ``again``: they were told after the end of what is told of before."""

    said: list[Statement]
    again: bool = False


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
    split = _by_time if relation is None or relation.temporal is not Temporal.STATE else _by_term
    parts: dict[Value | None, list[_Part]] = defaultdict(list)
    for merged, some in stretches.items():
        for stretch in some:  # what another one says makes nothing in this one more precise
            for value, said in (by_value(stretch, units) if len(some) > 1 else {merged: stretch}).items():
                parts[value] += split(said)
    backing = _backing(parts) if family.polarity and len(parts) > 1 else {}
    return [
        _fact(family, value, part, mark, backing.get(value, ()), documents, epoch, units)
        for value, some in parts.items()
        for part, mark in zip(some, _marks(some), strict=True)
    ]


def _backing(
    parts: Mapping[Value | None, Sequence[_Part]],
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
    for vague, finer in _finer(undated, {}).items():
        for precise in finer:
            found[precise] += said[vague]
            found[vague] += said[precise]
    return found


def _marks(parts: Iterable[_Part]) -> Iterator[str | None]:
    """What tells facts apart that differ in time only, in its order: when they began, as they say. The first
    that does not say when has none; others have the first day that they speak of."""
    open_before = False
    for part in parts:
        claims = [statement.claim for statement in part.said]
        start = _start(claims)
        if start is None and open_before:
            dates = [date for c in claims for date in (c.stated, c.valid_to) if date]
            yield min(map(first_day, dates), default="")
        else:
            yield start
        open_before = open_before or start is None


def _finer(values: Collection[Value], forms: Forms) -> dict[Value, set[Value]]:
    """Of each value those that say the same and more. Only such are compared as may mean one thing."""
    found: dict[Value, set[Value]] = {value: set() for value in values}
    for pair in agreeing(values, forms) if len(values) > 1 else ():
        for precise, vague in (pair, pair[::-1]):
            if refines(precise, vague, forms):
                found[vague].add(precise)
    return found


def _most_precise(value: Value, finer: Mapping[Value, set[Value]]) -> Value:
    """The one most precise value that says the same and more; ``value`` itself unless there is just one."""
    finest = (each for each in finer[value] if finer[each].isdisjoint(finer[value]))
    one, another = next(finest, None), next(finest, None)
    # What refines one of its forms need not refine the number without a unit: 4980 m of 5 km
    return value if one is None or another is not None else _most_precise(one, finer)


def _by_time(statements: Sequence[Statement]) -> list[_Part]:
    """Statements whose intervals overlap join; one without goes with the latest stretch."""
    dated, bare = _by_start(statements)
    parts: list[_Part] = []
    reach = ""
    for statement in dated:
        if not parts or first_day(statement.claim.valid_from) > reach:
            parts.append(_Part([]))
            reach = ""
        parts[-1].said.append(statement)
        reach = max(reach, last_day(statement.claim.valid_to))
    if not parts:
        return [_Part(bare)]
    parts[-1].said.extend(bare)
    return parts


def _by_term(statements: Sequence[Statement]) -> list[_Part]:
    """As ``_by_time``, of a state, which may begin again.

    An interval that is open when it is told of ends where another one that overlaps it says. A report without
    one is of the latest that had begun by its date. But where that had ended before, it opens a part of its
    own, unless it tells of what was (``past``). Undated ones are of the latest part.
    """
    dated, bare = _by_start(statements)
    terms: list[_Part] = []
    starts: list[str] = []
    ends: list[str] = []  # as far as one is told
    for statement in dated:
        start, end = first_day(statement.claim.valid_from), statement.claim.valid_to
        if not terms or start > (ends[-1] or last_day(None)):
            terms.append(_Part([]))
            starts.append(start)
            ends.append("")
        terms[-1].said.append(statement)
        ends[-1] = max(ends[-1], last_day(end) if end else "")
    if not terms:
        return [_Part(bare)]
    opened: dict[int, _Part] = {}
    for statement in bare:
        date = statement.claim.stated
        if date is not None:
            at = max(bisect_right(starts, last_day(date)) - 1, 0)
            opens = "" < ends[at] < first_day(date) and not statement.claim.past
            part = opened.setdefault(at, _Part([], again=True)) if opens else terms[at]
            part.said.append(statement)
    parts = [part for at, term in enumerate(terms) for part in (term, opened.get(at)) if part]
    parts[-1].said.extend(statement for statement in bare if statement.claim.stated is None)
    return parts


def _by_start(statements: Iterable[Statement]) -> tuple[list[Statement], list[Statement]]:
    """Those that say when it began or ended, in order of time, and the others."""
    dated: list[Statement] = []
    bare: list[Statement] = []
    for statement in statements:
        (dated if statement.claim.valid_from or statement.claim.valid_to else bare).append(statement)
    return sorted(dated, key=lambda s: (first_day(s.claim.valid_from), s.claim.id)), bare


def first_day(date: PartialDate | None) -> str:
    """The earliest day that a partial date may mean, as sortable text; open: before all."""
    return "" if date is None else date + "-01-01"[len(date) - 4 :]


def last_day(date: PartialDate | None) -> str:
    return "~" if date is None else date + "-12-31"[len(date) - 4 :]


class Days(NamedTuple):
    first: PartialDate
    last: str  # sortable text


def vouched(claim: Claim) -> Days | None:
    """The days that a claim vouches for: its own date, and from its beginning or to its end where it says
    them."""
    start, end, stated = claim.valid_from, claim.valid_to, claim.stated
    if not (start or end or stated):
        return None
    first = first_day(start) if start else min(first_day(date) for date in (stated, end) if date)
    last = last_day(end) if end else max(last_day(date) for date in (start, stated) if date)
    return Days(PartialDate(first), last)


def _fact(
    family: Family,
    value: Value | None,
    part: _Part,
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
    end = _finest(ends, lambda dates: max(dates, key=last_day)) if ends else None
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
        valid_from=_start(claims),
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


def _start(claims: Iterable[Claim]) -> PartialDate | None:
    starts = [c.valid_from for c in claims if c.valid_from]
    return _finest(starts, min) if starts else None


def _commonest(counts: Counter[str]) -> str:
    return min(counts, key=lambda text: (-counts[text], text))


def _finest(
    dates: Sequence[PartialDate], choose: Callable[[Sequence[PartialDate]], PartialDate]
) -> PartialDate:
    """The outermost date by ``choose``, in the most precise form in which it is stated."""
    found = choose(dates)
    while finer := [d for d in dates if len(d) > len(found) and d.startswith(found)]:
        found = choose(finer)
    return found


# ---------------------------------------------------------------- support


class Voice(NamedTuple):
    """One independent document's word for a fact, in micro-units; ``believed`` is trust x confidence."""

    believed: int
    trust: int
    confidence: int


def independent_voices(
    claims: Sequence[Claim], documents: Mapping[ContentId, Document], epoch: Epoch
) -> list[Voice]:
    """The most believed claim of each independent document among the claims'.

    Near-duplicate documents count once, and what read them never counts.
    """
    best: dict[ContentId, Voice] = {}
    for claim in claims:
        trust = documents[claim.content].trust
        voice = Voice(trust * claim.confidence // MICRO, trust, claim.confidence)
        best[claim.content] = max(voice, best.get(claim.content, voice))
    classes = near_duplicates({c: documents[c].signature for c in best}, epoch.duplicate)
    strongest: dict[ContentId, Voice] = {}
    for content, voice in best.items():
        strongest[classes[content]] = max(voice, strongest.get(classes[content], voice))
    return list(strongest.values())


def believed(voices: Iterable[Voice]) -> int:
    """How sure it is that not all of these are wrong, each on its own; in micro-units."""
    doubt = MICRO
    for voice in sorted(voices):
        doubt = doubt * (MICRO - voice.believed) // MICRO
    return MICRO - doubt


def near_duplicates(
    signatures: Mapping[ContentId, tuple[int, ...]], bound: int
) -> dict[ContentId, ContentId]:
    """Each content's class, named by its smallest member: connected by an estimated Jaccard of ``bound``.

    MinHashes that agree in ``bound`` of their slots differ in at most u, so of u + 1 bands one is equal:
    comparing within equal bands misses no pair.
    """
    if len(signatures) == 1:
        return {c: c for c in signatures}
    first: dict[tuple[int, ...], ContentId] = {}
    group = {c: first.setdefault(s, c) if s else c for c, s in sorted(signatures.items())}
    bands: dict[tuple[object, ...], list[ContentId]] = defaultdict(list)
    for signature, content in first.items():
        n = len(signature)
        count = min(n, n - _needed(n, bound) + 1)
        for i in range(count):
            bands[n, i, signature[i * n // count : (i + 1) * n // count]].append(content)

    def find(x: ContentId) -> ContentId:
        while group[x] != x:
            x = group[x]
        return x

    for members in bands.values():
        for a, b in combinations(members, 2):
            x, y = find(a), find(b)
            if x != y and _alike(signatures[a], signatures[b], bound):
                group[max(x, y)] = min(x, y)
    return {c: find(c) for c in group}


def _needed(slots: int, bound: int) -> int:
    """Slots that must agree for an estimate of at least ``bound``."""
    return -(-slots * bound // MICRO)


def _alike(a: tuple[int, ...], b: tuple[int, ...], bound: int) -> bool:
    return sum(x == y for x, y in zip(a, b, strict=True)) >= _needed(len(a), bound)
