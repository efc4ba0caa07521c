"""Phrases, numbers and dates in the form in which they are compared.

Every function here is pure and idempotent: what was normalised may be normalised again.
"""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import combinations, islice
from typing import NamedTuple

from rapidfuzz.distance import OSA

from graph.fusion.amounts import amount, is_counted, meant, times, with_noun, with_unit
from graph.fusion.dates import whole_date
from graph.fusion.days import days, known_days
from graph.fusion.folding import words
from graph.fusion.moments import Moment, meeting, moment
from graph.fusion.name_lists import Names, names
from graph.fusion.settling import settled_moments, settled_names
from graph.ontology import Unit
from graph.types import Value, ValueKind

# Of numbers that were turned into their base unit how they were written: of 5000 m, 5 km.
Forms = Mapping[Value, Collection[Value]]
NO_FORMS: Forms = {}

# Nouns of which there is never just a number: 5 years are no 5 months.
_MEASURES = frozenset(
    """second seconds minute minutes hour hours day days week weeks month months year years decade decades
century centuries franc francs krone kroner krona kronor""".split()
)
_EACH = ""  # beside a name: of lists that name it
# A letter and a number are one code however they are put together: gate E10, E-10 and E 10; seat 12-A.
_CODE = re.compile(r"(?<![^\W_])([^\W\d_]{1,3})[-\u2010 ](?=\d)|(?<=\d)[-\u2010 ](?=[^\W\d_](?![^\W_]))")
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?\Z")
_DAY = len("2019-05-03")


def normalise_phrase(phrase: str) -> str:
    """A relation phrase's words in lower case, its marks dropped."""
    return " ".join(words(phrase))


def normalise_value(value: Value, units: Mapping[str, Unit] | None = None) -> Value:
    """The value by which statements are grouped: plain decimals, zero-padded dates, folded text.

    What cannot be read as its kind is compared as folded text, and keeps its kind. A number in one of
    ``units`` is turned into its base: 5 km is 5000 m. Of texts, times of day, names and codes are one however
    they are written.
    """
    folded = " ".join(unicodedata.normalize("NFKC", value.text).casefold().split())
    text: str | None = None
    if value.kind is ValueKind.NUMBER:
        text = amount(folded)
    elif value.kind is ValueKind.DATE:
        text = partial_date(folded)
    unit = " ".join(value.unit.split()) if value.unit else None
    if text is not None and unit is not None and units and value.kind is ValueKind.NUMBER:
        known = units.get(unit) or (units.get(unit.casefold()) if len(unit) > 1 else None)  # M is no metre
        if known is not None:
            text, unit = times(text, known.times), known.base
    if text is None:
        text = folded.strip(" .,;:")
        read = _read(value.kind, text)
        if read is not None:
            text = read.text
        elif value.kind is ValueKind.TEXT:
            text = _CODE.sub(r"\1", text)
    return Value(value.kind, text, unit or None)


def _read(kind: ValueKind, text: str) -> Moment | Names | None:
    """What a folded text is compared as, if it is a moment or holds names alone. A date is one of a year."""
    if kind is ValueKind.TEXT:
        return moment(text) or names(text)
    found = known_days(text) or days(text) if kind is ValueKind.DATE else None
    return None if found is None or found.readings[0].year is None else Moment(found, None)


def unlabelled(text: str, phrase: str) -> str:
    """A code without the words before it that say of which relation it is: of "Gate E10", told to be
    somebody's gate, "E10"."""
    said, label = text.split(), set(words(phrase))
    bare = next((n for n, word in enumerate(said) if not label.issuperset(words(word))), len(said))
    return " ".join(said[bare:]) if bare and any(map(str.isdigit, "".join(said[bare:]))) else text


def literal(text: str, kinds: Collection[ValueKind], units: Mapping[str, Unit]) -> Value | None:
    """The literal of one of the kinds, numbers first, that a text reads as; None where it reads as none.

    A number keeps the unit that stands beside it ("5 km", "5m euros", "5 years", "$5", "5%"), and not what it
    counts: of "500 people" it is 500.
    """
    if ValueKind.NUMBER in kinds:
        number, noun = with_noun(text) or ("", "")
        if noun in units:
            return Value(ValueKind.NUMBER, number, noun)
        if (measured := with_unit(text)) is not None:
            return Value(ValueKind.NUMBER, *measured)
        if amount(text) is not None:
            return Value(ValueKind.NUMBER, text)
        if noun in _MEASURES:
            return Value(ValueKind.NUMBER, number, noun)
        if is_counted(noun):
            return Value(ValueKind.NUMBER, number)
    if ValueKind.DATE in kinds and partial_date(text) is not None:
        return Value(ValueKind.DATE, text)
    return None


def partial_date(text: str) -> str | None:
    """ISO text of a year, month or day, in that form or as people write it; None where it is none."""
    found = _DATE.match(text.strip())
    if found is None:
        return whole_date(text)
    year, month, day = found[1], found[2], found[3]
    if not int(year) or (month is not None and not 1 <= int(month) <= 12):
        return None
    if month is None:
        return year
    if day is not None and not 1 <= int(day) <= monthrange(int(year), int(month))[1]:
        return None
    return f"{year}-{int(month):02}" + (f"-{int(day):02}" if day is not None else "")


def refines(precise: Value, vague: Value, forms: Forms = NO_FORMS) -> bool:
    """Whether ``precise`` says the same as ``vague`` and more: 2019-05 of 2019, 5 MW of 5, 1234 of 1200, 7:48
    PM of 7:48, Frank Abel of F. Abel.

    Both are normalised. A strict order: a number refines another that may mean all that it may mean itself.
    One without a unit says nothing of which it is, and may mean it as it was written: 5 may be 5 km.
    """
    if precise == vague or precise.kind is not vague.kind:
        return False
    if forms and vague.unit is None and any(refines(form, vague) for form in forms.get(precise, ())):
        return True
    unit_fits = vague.unit in {None, precise.unit}
    if precise.text == vague.text or not unit_fits:
        return unit_fits
    if precise.kind is not ValueKind.NUMBER:
        one, other = _read(precise.kind, precise.text), _read(vague.kind, vague.text)
        if isinstance(one, Moment) and isinstance(other, Moment):
            return one.refines(other)
        return isinstance(one, Names) and isinstance(other, Names) and one.refines(other)
    a, b = meant(precise.text), meant(vague.text)
    return a is not None and b is not None and a.lies_in(b)


def agree(x: Value, y: Value, forms: Forms = NO_FORMS) -> bool:
    """Whether two normalised values may mean the same: neither excludes the other at its precision.

    5.2 and 5.3 do not: no number between them is rounded to both. ``forms``: as for ``refines``.
    """
    if x == y or refines(x, y) or refines(y, x):
        return True
    for told, bare in ((x, y), (y, x)) if forms else ():
        if bare.unit is None and any(agree(form, bare) for form in forms.get(told, ())):
            return True
    if x.kind is not y.kind or (x.unit and y.unit and x.unit != y.unit):
        return False
    if x.kind is not ValueKind.NUMBER:
        one, other = _read(x.kind, x.text), _read(y.kind, y.text)
        if isinstance(one, Moment) and isinstance(other, Moment):
            return one.agrees(other)
        return isinstance(one, Names) and isinstance(other, Names) and one.agrees(other)
    a, b = meant(x.text), meant(y.text)
    return a is not None and b is not None and a.low < b.high and b.low < a.high


def agreeing(values: Iterable[Value], forms: Forms = NO_FORMS) -> Iterator[tuple[Value, Value]]:
    """The pairs of different values that ``agree``, each once. O(n log n), and numbers that may touch, as
    they are or as they are written, and texts that have much ``_in_common``."""
    together: dict[tuple[ValueKind, Hashable], list[Value]] = {}
    spans: list[_Span] = []
    short: list[Value] = []
    dated: dict[ValueKind, list[tuple[Value, Moment]]] = {}
    for value in values:
        span = _span(value, value)
        if span is not None:
            spans.append(span)
        elif isinstance(read := _read(value.kind, value.text), Moment):
            dated.setdefault(value.kind, []).append((value, read))
        elif (common := _in_common(value)) is None:
            short.append(value)
        else:
            together.setdefault((value.kind, common), []).append(value)
    for some in together.values():
        yield from ((x, y) for x, y in combinations(some, 2) if agree(x, y))
    if short:
        yield from _in_full(short, [value for some in together.values() for value in some])
    for moments in dated.values():
        found = ((moments[a][0], moments[b][0]) for a, b in meeting([read for _, read in moments]))
        yield from ((x, y) for x, y in found if agree(x, y))
    yield from ((x.value, y.value) for x, y in _touching(spans) if agree(x.value, y.value))
    yield from _by_form([span.value for span in spans], forms) if forms else ()


def finer(values: Collection[Value], forms: Forms = NO_FORMS) -> dict[Value, set[Value]]:
    """Of each value those that say the same and more. Only such are compared as may mean one thing."""
    found: dict[Value, set[Value]] = {value: set() for value in values}
    for pair in agreeing(values, forms) if len(values) > 1 else ():
        for precise, vague in (pair, pair[::-1]):
            if refines(precise, vague, forms):
                found[vague].add(precise)
    return found


def _in_common(value: Value) -> Hashable | None:
    """What values have in common that may be one: names most of their parts; other texts are equal. None of
    names in short, which have less in common with others."""
    read = _read(value.kind, value.text)
    if isinstance(read, Names):
        return None if read.others else read.exact
    return value.text


def _in_full(short: Collection[Value], others: Iterable[Value]) -> Iterator[tuple[Value, Value]]:
    """Names in short ("F. Abel") and lists of some ("Abel et al."), with those that may say more, each pair
    once."""
    alike: dict[tuple[str, ...], list[Value]] = {}  # by all names, and by each one
    for value in (*others, *short):
        if value.kind is ValueKind.TEXT and isinstance(read := _read(value.kind, value.text), Names):
            for key in {read.rough, *((name, _EACH) for name in read.rough)}:
                alike.setdefault(key, []).append(value)
    met: set[frozenset[Value]] = set()
    for value in short:
        read = _read(value.kind, value.text)
        assert isinstance(read, Names)
        keys = [(name, _EACH) for name in read.rough] if read.others else [read.rough]
        for other in min((alike[key] for key in keys), key=len):
            if other != value and (pair := frozenset((value, other))) not in met:
                met.add(pair)
                if agree(value, other):
                    yield value, other


def _by_form(numbers: Collection[Value], forms: Forms) -> Iterator[tuple[Value, Value]]:
    """Those of which one agrees with how the other is written alone, each once."""
    bare = [span for value in numbers if value.unit is None and (span := _span(value, value))]
    written = [span for value in numbers for form in forms.get(value, ()) if (span := _span(form, value))]
    found = {
        (told.value, other.value)
        for x, y in _touching([*bare, *written])
        for told, other in ((x, y), (y, x))
        if told.form != told.value and other.form == other.value
    }
    yield from (pair for pair in found if agree(*pair, forms) and not agree(*pair))


def settled(values: Collection[Value]) -> dict[Value, Value]:
    """Of values that are told of one thing those that leave open what the others tell (``settling``), each
    with what it then is."""
    moments: dict[tuple[ValueKind, str | None], dict[Moment, Value]] = {}
    lists: dict[Names, Value] = {}
    for value in values:
        read = None if value.kind is ValueKind.NUMBER else _read(value.kind, value.text)
        if isinstance(read, Moment):
            moments.setdefault((value.kind, value.unit), {})[read] = value
        elif read is not None and value.unit is None:
            lists[read] = value
    found: dict[Value, Value] = {}
    for some in moments.values():
        for open_, moment_ in settled_moments(some):
            found[some[open_]] = replace(some[open_], text=moment_.text)
    for loose, names_ in settled_names(lists):
        found[lists[loose]] = replace(lists[loose], text=names_.text)
    return found


class _Span(NamedTuple):
    """What a number may mean, in one ``form`` in which it is written."""

    low: Decimal
    high: Decimal
    form: Value
    value: Value


def _span(form: Value, value: Value) -> _Span | None:
    read = meant(form.text) if form.kind is ValueKind.NUMBER else None
    return None if read is None else _Span(read.low, read.high, form, value)


def _touching(spans: list[_Span]) -> Iterator[tuple[_Span, _Span]]:
    """The pairs that have a number in common, each once."""
    spans = sorted(spans, key=lambda span: span.low)
    for at, span in enumerate(spans):
        for other in islice(spans, at + 1, None):
            if other.low > span.high:
                break
            yield span, other


def excludes(x: Value, y: Value) -> bool:
    """Whether two normalised values, each of them readable as its kind, contradict each other for good.

    Two that ``agree`` do not, nor do slips: a day that is one off or written month first, or of which one
    digit differs or two are turned round, a year that is one off, numbers that differ by less than a tenth.
    """
    if x.kind is not y.kind or agree(x, y) or (x.unit and y.unit and x.unit != y.unit):
        return False
    if x.kind is ValueKind.NUMBER:
        a, b = meant(x.text), meant(y.text)
        return a is not None and b is not None and a.differs(b)
    if x.kind is ValueKind.DATE:
        a_parts, b_parts = _date_parts(x.text), _date_parts(y.text)
        return bool(a_parts and b_parts) and not (_one_slip(a_parts, b_parts) or _one_digit(x.text, y.text))
    return True


def _date_parts(text: str) -> tuple[int, ...]:
    """Year, month, day as far as they are given; empty where the text is no date."""
    return tuple(map(int, text.split("-"))) if partial_date(text) == text else ()


def _one_slip(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    """At the precision of the vaguer one."""
    gaps = [abs(p - q) for p, q in zip(a, b, strict=False)]
    turned = len(gaps) == 3 and a == (b[0], b[2], b[1])
    return turned or (sum(gaps) == 1 and 1 not in gaps[1:2])


def _one_digit(a: str, b: str) -> bool:
    """Whether in two days, as ISO texts, one digit differs, or two beside each other are turned round. Few
    days are so near to another one, but many a year or month is."""
    return len(a) == len(b) == _DAY and OSA.distance(a, b, score_cutoff=1) == 1
