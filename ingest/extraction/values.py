"""Dates and quantities in running text, as literals of one form: 3 May 1961 is 1961-05-03, 1.2 GW is 1200 MW.

Offsets are code points of the text given. What cannot be read without a guess (03/04/2019, "the nineties",
a bare number that might be a year) is left alone.
"""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from itertools import pairwise

from graph.fusion.amounts import IN_DOTS, MONEY, SCALES, alternatives, digits, plain
from graph.fusion.dates import YEAR, DateSpan, calendar_date, spelt_dates
from graph.types import PartialDate, Value, ValueKind

# A year alone is a date only where words around it say so.
_BARE_YEAR = re.compile(rf"(?<![\d.,/$€£¥-]){YEAR}(?![\d%/]|[.,]\d|-\d|s\b|[-\u2013]\w+\b(?<!\d))")
_RANGE = re.compile(r"(?<!\d)(1\d{3}|20\d{2})\s?[\u2013\u2014-]\s?(1\d{3}|20\d{2})(?!\d)")
_YEAR_CUE = re.compile(
    r"(?:\b(?:in|since|from|until|till|to|by|during|of|between|and|or|year|early|mid|late|around|about|circa|spring|summer"
    r"|autumn|fall|winter|before|after|for|through|founded|established|born|opened|died|effective|end|half|Q[1-4])|[(\[,:;])[\s-]*$",
    re.IGNORECASE,
)
_YEAR_NOT = re.compile(
    r"\s(?:people|employees|staff|workers|jobs|homes|households|members|inhabitants|residents|megawatts?|MW|GW|kW"
    r"|tonnes?|tons?|kilomet\w+|met\w+|m|km|euros?|dollars?|pounds?|million|billion|per)\b"
)

CURRENCIES = MONEY | {
    "pounds sterling": "GBP", "francs": "CHF", "swiss francs": "CHF", "kroner": "NOK", "kronor": "SEK",
}  # fmt: skip
MEASURES: dict[str, tuple[str, Decimal | int]] = {
    "megawatts": ("MW", 1), "megawatt": ("MW", 1), "mw": ("MW", 1),
    "gigawatts": ("MW", 1000), "gigawatt": ("MW", 1000), "gw": ("MW", 1000),
    "kilowatts": ("MW", Decimal("0.001")), "kilowatt": ("MW", Decimal("0.001")),
    "kw": ("MW", Decimal("0.001")),
    "megawatt-hours": ("MWh", 1), "megawatt hours": ("MWh", 1), "mwh": ("MWh", 1),
    "gigawatt-hours": ("MWh", 1000), "gigawatt hours": ("MWh", 1000), "gwh": ("MWh", 1000),
    "kilometres": ("m", 1000), "kilometre": ("m", 1000), "kilometers": ("m", 1000), "kilometer": ("m", 1000),
    "m": ("m", 1), "km": ("m", 1000),
    "metres": ("m", 1), "metre": ("m", 1), "meters": ("m", 1), "meter": ("m", 1),
    "tonnes": ("t", 1), "tonne": ("t", 1), "tons": ("t", 1),
    "kilograms": ("kg", 1), "kg": ("kg", 1),
    "percent": ("%", 1), "per cent": ("%", 1), "%": ("%", 1),
}  # fmt: skip
_COUNTED = (
    "people|persons|employees|staff members|staff|workers|jobs|men and women|inhabitants|residents|citizens"
    "|passengers|homes|households|turbines|members|students"
)
MAGNITUDES = {word: 10**power for word, power in SCALES.items() if word != "mil"}  # also a thickness
NUMERALS = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}


_NUMBER = (
    rf"{IN_DOTS}(?![.,]?\d)|\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?"
    r"|\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)|\d+(?:\.\d+)?"
)
_BESIDE = re.compile(r"\s+(?:to|and|or)\s+|\s*[\u2013\u2014-]\s*")  # between the two ends of a range
_DIMENSION = re.compile(r"\s(?:long|tall|high|wide|deep)\b", re.IGNORECASE)
_ABBREVIATED = r"(?:(?<=mio|mrd|mln|bln)\.(?=[\s-]?\w))?"
_SIGNS = alternatives(c for c in CURRENCIES if len(c) < 4)
_NAMED = alternatives(c for c in CURRENCIES if len(c) > 2)


@dataclass(frozen=True, slots=True)
class Quantity:
    """``counted`` is the noun of a count of people or things, in lower case, else empty."""

    start: int
    end: int
    value: Value
    counted: str = ""


def find_dates(text: str) -> list[DateSpan]:
    """Every date that is sure, in order, without overlap."""
    found: list[DateSpan] = []

    def add(start: int, end: int, date: PartialDate | None) -> None:
        if date is not None and not any(d.start < end and start < d.end for d in found):
            found.append(DateSpan(start, end, date))

    for spelt in spelt_dates(text):
        add(spelt.start, spelt.end, spelt.date)
    for match in _RANGE.finditer(text):
        for group in (1, 2):
            add(match.start(group), match.end(group), calendar_date(int(match[group])))
    for match in _BARE_YEAR.finditer(text):
        if _YEAR_CUE.search(text[max(0, match.start() - 24) : match.start()]) and not _YEAR_NOT.match(
            text, match.end()
        ):
            add(match.start(), match.end(), calendar_date(int(match["year"])))
    return sorted(found, key=lambda date: date.start)


@cache
def _patterns(units: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A number in digits, and one in words, each with what it counts or measures."""
    measured = (
        rf"(?:(?P<named>{_NAMED})|(?P<measure>{alternatives({*MEASURES, *units})})|(?P<counted>{_COUNTED}))"
    )
    digits = (
        rf"(?<![\w.,])(?:(?P<sign>{_SIGNS})\s?)?(?P<number>{_NUMBER})"
        rf"(?:(?:\s|-)?(?P<magnitude>{alternatives(MAGNITUDES)})(?!\w){_ABBREVIATED})?(?:(?:\s|-)?{measured}(?!\w))?(?!\w)"
    )
    worded = (
        rf"\b(?P<tens>(?:{'|'.join(w for w, n in NUMERALS.items() if n >= 20)})-)?"
        rf"(?P<word>{'|'.join(NUMERALS)}|a|an)"
        rf"(?P<magnitude>\s(?:hundred|thousand|million|billion))?\s{measured}\b"
    )
    return re.compile(digits, re.IGNORECASE), re.compile(worded, re.IGNORECASE)


def find_quantities(text: str, units: tuple[str, ...] = ()) -> list[Quantity]:
    """Every number with what it counts or measures, in order; years and parts of dates included.

    ``units``: further names of units, of the ontology; a number keeps them as they are written.
    """
    figures, worded = _patterns(units)
    found = [q for match in figures.finditer(text) if (q := _digits(match)) is not None]
    for match in worded.finditer(text):
        if not any(q.start < match.end() and match.start() < q.end for q in found):
            word = match["word"].lower()
            number = Decimal(1 if word in ("a", "an") else NUMERALS[word])
            if match["tens"]:
                number += NUMERALS[match["tens"][:-1].lower()]
            elif word in ("a", "an") and not match["magnitude"]:
                continue
            magnitude = (match["magnitude"] or "").strip().lower()
            scale = 100 if magnitude == "hundred" else MAGNITUDES.get(magnitude, 1)
            found.append(_quantity(match, number * scale, match["named"]))
    return _with_money(text, sorted(found, key=lambda quantity: quantity.start))


def _with_money(text: str, quantities: list[Quantity]) -> list[Quantity]:
    """ "5m and 6m euros", "5m to €6m": the "m" of both is of money, though the currency stands beside one."""
    for n, (one, other) in enumerate(pairwise(quantities)):
        money = other.value.unit in CURRENCIES.values() and Decimal(other.value.text) >= MAGNITUDES["m"]
        bare = one.value.unit == "m" and text[one.end - 1] in "mM" and text[one.end - 2] in "0123456789 -"
        if money and bare and _BESIDE.fullmatch(text, one.end, other.start):
            millions = plain(Decimal(one.value.text) * MAGNITUDES["m"])
            quantities[n] = replace(one, value=Value(ValueKind.NUMBER, millions, other.value.unit))
    return quantities


def _digits(match: re.Match[str]) -> Quantity | None:
    """A lone "40 m" is a length, as "40 M long" is, and a lone "5B" the number of a house or a platform."""
    number, magnitude = digits(match["number"]), match["magnitude"] or ""
    currency = match["named"] or match["sign"]
    if currency is None and match["counted"] is None:
        if magnitude == "m" or (magnitude == "M" and _DIMENSION.match(match.string, match.end())):
            return Quantity(match.start(), match.end(), Value(ValueKind.NUMBER, plain(number), "m"))
        if magnitude in ("b", "B"):
            return None
    return _quantity(match, number * MAGNITUDES.get(magnitude.lower(), 1), currency)


def _quantity(match: re.Match[str], number: Decimal, currency: str | None) -> Quantity:
    unit: str | None = None
    if currency:
        unit = CURRENCIES[currency.lower()]
    elif match["measure"]:
        unit, scale = MEASURES.get(match["measure"].lower(), (match["measure"], 1))
        number *= scale
    return Quantity(
        match.start(),
        match.end(),
        Value(ValueKind.NUMBER, plain(number), unit),
        (match["counted"] or "").lower(),
    )
