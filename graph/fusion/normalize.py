"""Phrases, numbers and dates in the form in which they are compared.

Every function here is pure and idempotent: what was normalised may be normalised again.
"""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Context, Decimal
from functools import lru_cache
from itertools import combinations, islice
from typing import NamedTuple

from graph.fusion.folding import words
from graph.ontology import Unit
from graph.types import Value, ValueKind

# Of numbers that were turned into their base unit how they were written: of 5000 m, 5 km.
Forms = Mapping[Value, Collection[Value]]
NO_FORMS: Forms = {}

_SCALES = {
    "hundred": 2, "thousand": 3, "k": 3, "million": 6, "millions": 6, "m": 6, "mn": 6, "mio": 6,
    "billion": 9, "billions": 9, "bn": 9, "b": 9, "trillion": 12, "tn": 12,
}  # fmt: skip
_GAPS = "[ ,_’'\u00a0\u202f]"  # what may stand between digits
_NUMBER = re.compile(
    rf"([+-]?)\s*(\d{{1,3}}(?:{_GAPS}\d{{2,3}})*{_GAPS}\d{{3}}(?:\.\d+)?|\d+(?:[.,]\d+)?|\.\d+)\s*([a-z]*)\.?\Z"
)
_DECIMAL_COMMA = re.compile(r"\A(\d+),(\d{1,2}|\d{4,})\Z")  # "2,5"; "2,500" are thousands
_HEDGE = re.compile(
    r"\A(?:about|around|some|nearly|over|approximately|ca\.?|c\.|~|usd|eur|gbp|us)?\s*[$€£¥]?\s*"
)
_EXACT = Context(prec=400)
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?\Z")
_GIVE_OR_TAKE = "±"
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?\Z")


def normalise_phrase(phrase: str) -> str:
    """A relation phrase's words in lower case, its marks dropped."""
    return " ".join(words(phrase))


def normalise_value(value: Value, units: Mapping[str, Unit] | None = None) -> Value:
    """The value by which statements are grouped: plain decimals, zero-padded dates, folded text.

    What cannot be read as its kind is compared as folded text, and keeps its kind. A number in one of
    ``units`` is turned into its base: 5 km is 5000 m.
    """
    folded = " ".join(unicodedata.normalize("NFKC", value.text).casefold().split())
    text: str | None = None
    if value.kind is ValueKind.NUMBER:
        text = plain_number(folded)
    elif value.kind is ValueKind.DATE:
        text = partial_date(folded)
    unit = " ".join(value.unit.split()) if value.unit else None
    if text is not None and unit is not None and units and value.kind is ValueKind.NUMBER:
        known = units.get(unit) or (units.get(unit.casefold()) if len(unit) > 1 else None)  # M is no metre
        if known is not None:
            text, unit = _converted(text, known.times), known.base
    return Value(value.kind, folded.strip(" .,;:") if text is None else text, unit or None)


def plain_number(text: str) -> str | None:
    """Plain decimal text of "1.2 million", "1,200,000" or "$1.2bn"; None where it is no number."""
    found = _NUMBER.match(_HEDGE.sub("", text.casefold().strip(), count=1))
    if found is None or len(text) > 300 or (found[3] and found[3] not in _SCALES):
        return None
    digits = found[1] + re.sub(_GAPS, "", _DECIMAL_COMMA.sub(r"\1.\2", found[2]))
    number = _EXACT.scaleb(_EXACT.create_decimal(digits), _SCALES.get(found[3], 0))
    return _plain(number)


def number_of(value: Value) -> Decimal | None:
    """The number that a normalised value is; None where it is none."""
    read = _reading(value.text) if value.kind is ValueKind.NUMBER else None
    return None if read is None else read.number


def _converted(text: str, times: Decimal) -> str:
    """A plain number in its base unit, no more precise than it was: 1200 ft are 365.76 m, ± 15.24."""
    whole = _plain(_EXACT.multiply(Decimal(text), times))
    meant, read = _reading(text), _reading(whole)
    assert meant is not None and read is not None
    slack = _EXACT.multiply(meant.slack, times)
    return f"{whole}{_GIVE_OR_TAKE}{_plain(slack)}" if slack > read.slack else whole


def _plain(number: Decimal) -> str:
    plain = format(number, "f")
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if plain in {"-0", ""} else plain


def partial_date(text: str) -> str | None:
    """ISO text of a year, month or day; None where it is none."""
    found = _DATE.match(text.strip())
    if found is None:
        return None
    year, month, day = found[1], found[2], found[3]
    if not int(year) or (month is not None and not 1 <= int(month) <= 12):
        return None
    if month is None:
        return year
    if day is not None and not 1 <= int(day) <= monthrange(int(year), int(month))[1]:
        return None
    return f"{year}-{int(month):02}" + (f"-{int(day):02}" if day is not None else "")


def refines(precise: Value, vague: Value, forms: Forms = NO_FORMS) -> bool:
    """Whether ``precise`` says the same as ``vague`` and more: 2019-05 of 2019, 5 MW of 5, 1234 of 1200.

    Both are normalised. A strict order: a number refines another that may mean all that it may mean itself.
    One without a unit says nothing of which it is, and may mean it as it was written: 5 may be 5 km.
    """
    if precise == vague or precise.kind is not vague.kind:
        return False
    if forms and vague.unit is None and any(refines(form, vague) for form in forms.get(precise, ())):
        return True
    unit_fits = vague.unit in {None, precise.unit}
    if precise.kind is ValueKind.DATE:
        return unit_fits and (
            precise.text == vague.text or (precise.text.startswith(vague.text + "-") and len(vague.text) >= 4)
        )
    if precise.text == vague.text or precise.kind is not ValueKind.NUMBER or not unit_fits:
        return unit_fits and precise.text == vague.text
    a, b = _reading(precise.text), _reading(vague.text)
    return a is not None and b is not None and a.slack < b.slack and a.gap(b) <= b.slack - a.slack


def agree(x: Value, y: Value, forms: Forms = NO_FORMS) -> bool:
    """Whether two normalised values may mean the same: neither excludes the other at its precision.

    5.2 and 5.3 do not: no number between them is rounded to both. ``forms``: as for ``refines``.
    """
    if x == y or refines(x, y) or refines(y, x):
        return True
    for told, bare in ((x, y), (y, x)) if forms else ():
        if bare.unit is None and any(agree(form, bare) for form in forms.get(told, ())):
            return True
    if not x.kind is y.kind is ValueKind.NUMBER or (x.unit and y.unit and x.unit != y.unit):
        return False
    a, b = _reading(x.text), _reading(y.text)
    return a is not None and b is not None and a.gap(b) < a.slack + b.slack


def agreeing(values: Iterable[Value], forms: Forms = NO_FORMS) -> Iterator[tuple[Value, Value]]:
    """The pairs of different values that ``agree``, each once. O(n log n), numbers that may touch, and those
    that have other forms with those that have no unit."""
    together: dict[tuple[ValueKind, str], list[Value]] = {}
    spans: list[tuple[Decimal, Decimal, Value]] = []
    for value in values:
        read = _reading(value.text) if value.kind is ValueKind.NUMBER else None
        if read is None:  # dates of one year, other texts that are equal
            text = value.text[:4] if value.kind is ValueKind.DATE else value.text
            together.setdefault((value.kind, text), []).append(value)
        else:
            low, high = (step(read.number, read.slack) for step in (_EXACT.subtract, _EXACT.add))
            spans.append((low, high, value))
    for some in together.values():
        yield from ((x, y) for x, y in combinations(some, 2) if agree(x, y))
    spans.sort(key=lambda span: span[0])
    for at, (_, high, value) in enumerate(spans):
        for low, _, other in islice(spans, at + 1, None):
            if low > high:
                break
            if agree(value, other):
                yield value, other
    bare = [value for _, _, value in spans if value.unit is None] if forms else []
    for told in (value for _, _, value in spans if value in forms):
        yield from ((told, value) for value in bare if agree(told, value, forms) and not agree(told, value))


def excludes(x: Value, y: Value) -> bool:
    """Whether two normalised values, each of them readable as its kind, contradict each other for good.

    Two that ``agree`` do not, nor do slips: a day that is one off or written month first, a year that is one
    off, numbers that differ by less than a tenth.
    """
    if x.kind is not y.kind or agree(x, y) or (x.unit and y.unit and x.unit != y.unit):
        return False
    if x.kind is ValueKind.NUMBER:
        a, b = _reading(x.text), _reading(y.text)
        return a is not None and b is not None and 10 * a.gap(b) >= max(abs(a.number), abs(b.number))
    if x.kind is ValueKind.DATE:
        a_parts, b_parts = _date_parts(x.text), _date_parts(y.text)
        return bool(a_parts and b_parts) and not _one_slip(a_parts, b_parts)
    return True


def _date_parts(text: str) -> tuple[int, ...]:
    """Year, month, day as far as they are given; empty where the text is no date."""
    return tuple(map(int, text.split("-"))) if partial_date(text) == text else ()


def _one_slip(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    """At the precision of the vaguer one."""
    gaps = [abs(p - q) for p, q in zip(a, b, strict=False)]
    turned = len(gaps) == 3 and a == (b[0], b[2], b[1])
    return turned or (sum(gaps) == 1 and 1 not in gaps[1:2])


class _Reading(NamedTuple):
    """A number, and how far from it what was meant may lie."""

    number: Decimal
    slack: Decimal

    def gap(self, other: "_Reading") -> Decimal:
        return _EXACT.subtract(self.number, other.number).copy_abs()


@lru_cache(maxsize=1 << 14)
def _reading(text: str) -> _Reading | None:
    """What a plain number may mean: half a unit of its last digit to either side.

    Only decimals and numbers that end in two zeros or more are taken to be rounded, to two digits at most:
    1200 is 1150 to 1250, 1000 is 950 to 1050, 5.2 is 5.15 to 5.25; 1250 and 5 are exact. "365.76±15.24" says
    itself how far.
    """
    text, _, slack = text.partition(_GIVE_OR_TAKE)
    if _PLAIN.match(text) is None or (slack and _PLAIN.match(slack) is None):
        return None
    number = Decimal(text)
    if slack:
        return _Reading(number, Decimal(slack).copy_abs())
    digits = text.lstrip("-").replace(".", "").lstrip("0")
    places = -len(text.partition(".")[2])
    zeros = len(digits) - len(digits.rstrip("0"))
    if places == 0:
        if zeros < 2:
            return _Reading(number, Decimal(0))
        places = zeros
        digits = digits[:-zeros]
    places -= max(0, 2 - len(digits))
    return _Reading(number, _EXACT.scaleb(Decimal(5), places - 1))
