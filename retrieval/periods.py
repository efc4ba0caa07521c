"""Times that a text names: dates, years, quarters and lengths, and whether they are those asked for.

A company's quarters and years need not be the calendar's. So a quarter, or a fiscal year, is only ever
compared with one that the text itself calls so, never with the months of a date.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from retrieval.wording import content_stems

_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_REST = "uary|ruary|ch|il|e|y|ust|t|tember|ober|ember"
_MONTH = rf"(?P<month>{'|'.join(_NAMES)})(?:{_REST})?\b\.?"
_YEAR = r"(?:19|20)\d\d"
_COUNTS = {
    "three": 3, "six": 6, "nine": 9, "twelve": 12,
    "thirteen": 3, "twenty-six": 6, "thirty-nine": 9, "fifty-two": 12, "fifty-three": 12,
}  # fmt: skip
_WEEKS = {13: 3, 14: 3, 26: 6, 27: 6, 39: 9, 40: 9, 52: 12, 53: 12}
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}

_DATE = re.compile(rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})(?!\d)(?:,?\s+(?P<year>{_YEAR})\b)?", re.IGNORECASE)
_DAY_FIRST = re.compile(rf"\b(?P<day>\d{{1,2}})\s+{_MONTH}(?:\s+(?P<year>{_YEAR})\b)?", re.IGNORECASE)
_MONTH_OF = re.compile(rf"\b{_MONTH}\s+(?P<year>{_YEAR})\b", re.IGNORECASE)
_FISCAL = re.compile(
    rf"\b(?:fiscal(?:\s+years?)?|fy)[\s-]*(?P<years>{_YEAR}(?:(?:,|,?\s+and)\s+{_YEAR})*|\d\d)\b",
    re.IGNORECASE,
)
_QUARTER = re.compile(
    rf"\bq(?P<short>[1-4])\b|\b(?P<behind>[1-4])q\b|\b(?P<word>{'|'.join(_ORDINALS)})"
    r"(?:\s+(?:fiscal|calendar))?\s+quarters?\b(?:\s+of)?",
    re.IGNORECASE,
)
_LENGTH = re.compile(
    rf"\b(?P<count>{'|'.join(_COUNTS)}|\d{{1,2}})[\s-]+(?P<unit>months?|weeks?)(?:\s+period)?(?:\s+ended)?\b|"
    r"\b(?P<quarter>quarter(?:ly\s+period)?s?)\s+ended\b|\b(?P<whole>(?:fiscal\s+)?years?)\s+ended\b",
    re.IGNORECASE,
)
_PLAIN_YEAR = re.compile(rf"(?<![\d.,$€£])\b{_YEAR}\b(?![.,]?\d)")
_KINDS = (_DATE, _DAY_FIRST, _MONTH_OF, _FISCAL, _QUARTER, _LENGTH, _PLAIN_YEAR)
Day = tuple[int, int, int]  # year, month, day; 0 where it is not said


@dataclass(frozen=True, slots=True)
class Periods:
    """What a text names. ``years`` stand alone; ``months`` are lengths: "three months ended" is 3."""

    dates: frozenset[Day] = frozenset()
    years: frozenset[int] = frozenset()
    fiscal: frozenset[int] = frozenset()
    quarters: frozenset[int] = frozenset()
    months: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.dates or self.years or self.fiscal or self.quarters or self.months)

    def singles(self) -> Iterator["Periods"]:
        """Each of the times that are named side by side: "in 2022 and 2023" is two."""
        if len(self.dates) > 1:
            yield from (replace(self, dates=frozenset({day})) for day in sorted(self.dates))
        elif len(self.fiscal) > 1:
            yield from (replace(self, fiscal=frozenset({year})) for year in sorted(self.fiscal))
        elif len(self.years) > 1:
            yield from (replace(self, years=frozenset({year})) for year in sorted(self.years))
        else:
            yield self


def periods_in(text: str) -> Periods:
    """Every time that ``text`` names, each once: the year of a date is not a year of its own."""
    dates: set[Day] = set()
    fiscal: set[int] = set()
    quarters: set[int] = set()
    months: set[int] = set()
    for kind in (_DATE, _DAY_FIRST, _MONTH_OF):
        for found in kind.finditer(text):
            parts = found.groupdict()
            month = _NAMES.index(parts["month"].lower()) + 1
            dates.add((int(parts["year"] or 0), month, int(parts.get("day") or 0)))
        text = kind.sub(" ", text)
    for found in _FISCAL.finditer(text):
        fiscal |= {int(year) if len(year) == 4 else 2000 + int(year) for year in re.findall(r"\d+", found[0])}
    text = _FISCAL.sub(" ", text)
    for found in _QUARTER.finditer(text):
        digit = found["short"] or found["behind"]
        quarters.add(int(digit) if digit else _ORDINALS[found["word"].lower()])
    for found in _LENGTH.finditer(text):
        months.add(_months(found))
    years = frozenset(int(year) for year in _PLAIN_YEAR.findall(text))
    return Periods(frozenset(dates), years, frozenset(fiscal), frozenset(quarters), frozenset(months))


def words_beside_periods(text: str) -> frozenset[str]:
    """Stems of the content words of ``text`` that are not part of a time it names."""
    for kind in _KINDS:
        text = kind.sub(" ", text)
    return content_stems(text)


def fits(asked: Periods, stated: Periods) -> bool:
    """Whether what is stated is stated for the time asked for, in every respect that was asked."""
    if not all(any(_same_day(day, other) for other in stated.dates) for day in asked.dates):
        return False
    if not asked.quarters <= stated.quarters or not asked.months <= stated.months:
        return False
    if asked.quarters or asked.fiscal:  # 2023 in a date is no fiscal 2023
        return asked.fiscal | asked.years <= (stated.fiscal or stated.years)
    return asked.years <= stated.years | stated.fiscal | {year for year, _, _ in stated.dates}


def fits_column(asked: Periods, header: Periods) -> bool:
    """As ``fits``; and a year that is asked for is not a part of it."""
    whole = bool(asked.years or asked.fiscal) and not (asked.dates or asked.quarters or asked.months)
    if whole and (header.quarters or any(length < 12 for length in header.months)):
        return False
    return fits(asked, header)


def contradicts(asked: Periods, text: str, around: str) -> bool:
    """Whether a sentence is of other times than those asked for. What it leaves open ``around`` says."""
    stated, beside = periods_in(text), periods_in(around)
    dated = bool(stated.dates or stated.years or stated.fiscal)
    said = Periods(
        stated.dates if dated else beside.dates,
        stated.years if dated else beside.years,
        stated.fiscal if dated else beside.fiscal,
        stated.quarters or beside.quarters,
        stated.months or beside.months or (frozenset() if stated.dates else asked.months),
    )
    return _compares(asked, stated) or not all(fits(single, said) for single in asked.singles())


def _compares(asked: Periods, stated: Periods) -> bool:
    """Whether a sentence sets the time asked for beside others, so that what is whose is not plain."""
    if asked.dates:
        return any(not any(_same_day(day, other) for day in asked.dates) for other in stated.dates)
    if asked.quarters or asked.fiscal:
        return len(stated.fiscal | stated.years) > len(asked.fiscal | asked.years) or (
            len(stated.quarters) > len(asked.quarters) > 0
        )
    dated = {year for year, _, _ in stated.dates}
    return not asked.years <= stated.years and len(dated) > len(asked.years) > 0


def _months(found: re.Match[str]) -> int:
    if found["quarter"]:
        return 3
    if found["whole"]:
        return 12
    count = found["count"].lower()
    number = int(count) if count.isdigit() else _COUNTS[count]
    in_weeks = count.isdigit() and found["unit"].lower().startswith("week")
    return _WEEKS.get(number, number) if in_weeks else number


def _same_day(asked: Day, stated: Day) -> bool:
    return all(not part or part == other for part, other in zip(asked, stated, strict=True))
