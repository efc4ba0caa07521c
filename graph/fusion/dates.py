"""Dates as people write them, in one form: 3 May 1961 and May 3rd, 1961 are 1961-05-03.

What cannot be read without a guess (03/04/2019) is left alone. Every function here is pure.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass

from graph.types import PartialDate

MONTHS = {  # by name in lower case, in full and in short
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sept sep",
            "october oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}
MONTH = r"(?P<month>{})\.?".format("|".join(sorted(MONTHS, key=lambda m: -len(m))))
YEAR = r"(?P<year>1\d{3}|20\d{2})"
DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"\b{YEAR}-(?P<month>0[1-9]|1[0-2])(?:-(?P<day>[0-3]\d))?\b",
        rf"\b(?:the )?{DAY}(?: of)? {MONTH},? {YEAR}\b",
        rf"\b{MONTH} {DAY},? {YEAR}\b",
        rf"(?<!\d )\b{MONTH},? (?:of )?{YEAR}\b",
    )
)
# As spreadsheets and databases write days, with a time or without.
_TIME = r"[0-2]\d:[0-5]\d(?::[0-6]\d(?:[.,]\d+)?)?(?:Z| ?[+-]\d\d:?\d\d)?"
_EXPORTED = re.compile(
    rf"{YEAR}[-/](?P<month>0?[1-9]|1[0-2])[-/](?P<day>[0-3]?\d)(?:[T ]{_TIME})?", re.IGNORECASE
)
_WHOLE = (_EXPORTED, re.compile(YEAR), *_FORMS)


@dataclass(frozen=True, slots=True)
class DateSpan:
    """A date at code points ``start`` to ``end`` of a text."""

    start: int
    end: int
    date: PartialDate


def calendar_date(year: int, month: int | None = None, day: int | None = None) -> PartialDate | None:
    """The date at its own precision; ``None`` if no calendar has it."""
    if not 1000 <= year <= 2100 or (month is not None and not 1 <= month <= 12):
        return None
    if month is None:
        return PartialDate(f"{year:04}")
    if day is None:
        return PartialDate(f"{year:04}-{month:02}")
    if not 1 <= day <= monthrange(year, month)[1]:
        return None
    return PartialDate(f"{year:04}-{month:02}-{day:02}")


def spelt_dates(text: str) -> Iterator[DateSpan]:
    """Every month and day that is written out or in ISO's form, the surest forms first; they may overlap."""
    for form in _FORMS:
        for found in form.finditer(text):
            if (date := _read(found)) is not None:
                yield DateSpan(found.start(), found.end(), date)


def whole_date(text: str) -> PartialDate | None:
    """The date that is all of ``text`` (a table cell), a bare year included, and a time left out."""
    stripped = text.strip()
    for form in _WHOLE:
        if found := form.fullmatch(stripped):
            return _read(found)
    return None


def _read(found: re.Match[str]) -> PartialDate | None:
    groups = found.groupdict()
    month, day = groups.get("month"), groups.get("day")
    return calendar_date(
        int(groups["year"]),
        None if month is None else MONTHS.get(month.casefold()) or int(month),
        None if day is None else int(day),
    )
