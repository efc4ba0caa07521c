"""Numbers that a text or a cell does not tell exactly: about 500, 500 to 600, more than 500."""

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from graph.fusion.amounts import (
    ABOUT,
    AT_LEAST,
    AT_MOST,
    about,
    amount,
    at_least,
    at_most,
    between,
    digits,
    is_counted,
    plain,
    times,
    with_noun,
    with_unit,
)
from graph.types import BETWEEN, GIVE_OR_TAKE, Value, ValueKind
from ingest.extraction.values import CURRENCIES, MAGNITUDES, MEASURES, NUMERALS, Quantity, find_quantities

_BEFORE = tuple(
    (re.compile(rf"(?<![\w-])(?:{words})\s*$", re.IGNORECASE), told)
    for words, told in ((ABOUT, about), (AT_MOST, at_most), (AT_LEAST, at_least))
)
_AFTER = (
    (re.compile(r"\s+or so\b", re.IGNORECASE), about),
    (re.compile(r"\s+or (?:fewer|less)\b", re.IGNORECASE), at_most),
    (re.compile(r"\+(?!\w)|\s+or more\b", re.IGNORECASE), at_least),
)
_BETWEEN = re.compile(r"\bbetween\s*$", re.IGNORECASE)
_FROM = re.compile(rf"\bfrom\s+(?:(?:{ABOUT})\s*)?$", re.IGNORECASE)  # "rose from 500 to 600" is no range
_TO = re.compile(r"\s+(?:to|or)\s+|\s*[–—-]\s*", re.IGNORECASE)
_NUMERAL_TO = re.compile(rf"\b({'|'.join(NUMERALS)})(?:\s+(?:to|or|and)\s+|\s*[–—-]\s*)$", re.IGNORECASE)
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)
_DIGITS = re.compile(r"\d(?:[\d,. \u00a0\u202f]*\d)?")
_YEAR = re.compile(r"1\d{3}|20\d\d")
_MINUS = re.compile(r"\s*(?:[-\u2212][$€£¥]?|[$€£¥][-\u2212])\.?\d")  # "- 5" is an item of a list
_LONGEST = 28  # code points of the words before a number that tell how exact it is


def hedged(text: str, quantities: Sequence[Quantity]) -> list[Quantity]:
    """The quantities, those that are not told exactly as amounts (``graph.fusion.amounts``), and two that are
    the ends of a range as one. In order, as they are given."""
    found: list[Quantity] = []
    rest = list(quantities)
    while rest:
        one = rest.pop(0)
        span = _range(text, one, rest[0]) if rest else None
        if span is not None:
            rest.pop(0)
        found.append(span or _told(text, one))
    return found


def number_in(text: str, unit_text: str = "") -> Value | None:
    """The one number of a table cell; unit and magnitude may stand in the header (``EUR million``)."""
    quantities = hedged(text, find_quantities(text))
    if len(quantities) != 1:
        return None
    value = quantities[0].value
    header = unit_text.lower()
    magnitude = next(
        (m for word, m in MAGNITUDES.items() if re.search(rf"\b{word}\b", header) and len(word) > 1), 1
    )
    unit, scale = value.unit, Decimal(1)
    if unit is None:
        for word, (name, factor) in MEASURES.items():
            if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", header):
                unit, scale = name, Decimal(factor)
                break
        else:
            unit = next(
                (
                    c
                    for word, c in CURRENCIES.items()
                    if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", header)
                ),
                None,
            )
    counted = with_noun(text)
    is_number = amount(text) is not None or not re.search(r"[a-z]", text, re.IGNORECASE)
    is_number = is_number or (counted is not None and is_counted(counted[1]))  # "12 seats"
    if not is_number and value.unit is None and not quantities[0].counted:
        return None  # other words stand in the cell: it is not a plain number
    factor = magnitude * scale * (-1 if _is_negative(text) else 1)
    exact = BETWEEN not in value.text and GIVE_OR_TAKE not in value.text
    said = plain(Decimal(value.text) * factor) if exact else times(value.text, abs(factor))
    return Value(ValueKind.NUMBER, said, unit)


def _is_negative(text: str) -> bool:
    """Whether a cell has a number below zero, by its sign or as accountants write it: "-5 %", "(5.36%)"."""
    read = with_unit(text)
    return _MINUS.match(text) is not None or (read is not None and read[0].startswith("-"))


def _told(text: str, quantity: Quantity) -> Quantity:
    before, after = text[max(0, quantity.start - _LONGEST) : quantity.start], quantity.end
    number = Decimal(quantity.value.text)
    if numeral := _NUMERAL_TO.search(before):  # "forty to fifty people"
        said = between(Decimal(NUMERALS[numeral[1].lower()]), number)
        return quantity if said is None else _as(quantity, said)
    for words, told in _BEFORE:
        if words.search(before):
            return _as(quantity, told(number))
    for words, told in _AFTER:
        if words.match(text, after):
            return _as(quantity, told(number))
    return quantity


def _range(text: str, low: Quantity, high: Quantity) -> Quantity | None:
    """From the one to the other, if the words around them say so."""
    before, gap = text[max(0, low.start - _LONGEST) : low.start], text[low.end : high.start]
    if not (
        _AND.fullmatch(gap) if _BETWEEN.search(before) else _TO.fullmatch(gap) and not _FROM.search(before)
    ):
        return None
    years = all(_YEAR.fullmatch(text[q.start : q.end]) for q in (low, high))
    if years or low.counted not in ("", high.counted):
        return None
    start, end = Decimal(low.value.text), Decimal(high.value.text)
    if low.value.unit not in (None, high.value.unit) and high.value.unit is not None:
        return None
    if text[low.end - 1].isdigit():  # "5 to 6 million", "EUR 5-6 million"
        start = _in_the_same(text, low, high)
    said = between(start, end)
    if said is None:
        return None
    unit = high.value.unit or low.value.unit
    return Quantity(low.start, high.end, Value(high.value.kind, said, unit), high.counted)


def _in_the_same(text: str, low: Quantity, high: Quantity) -> Decimal:
    """The lower end, in the magnitude and the unit that stand behind the upper one alone."""
    start, end = Decimal(low.value.text), Decimal(high.value.text)
    found = _DIGITS.search(text, high.start, high.end)
    written = digits(found[0]) if found else end
    scaled = start * end / written if written else start
    return scaled if scaled < end else start


def _as(quantity: Quantity, said: str) -> Quantity:
    return replace(quantity, value=replace(quantity.value, text=said))
