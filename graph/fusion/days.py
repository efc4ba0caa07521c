"""Days as people write them, with a year or without: 12/1/2011, Thu 01-Dec-11, May 3rd.

One that may be read in several ways (month first or day first, of which century) means any of these days, and
no other: 2011-12-01 says more precisely what 12/1/2011 says. What else it may be is no matter here: "1984"
and "12.1.2011" are read, too, where they are told beside days. Every function here is pure.
"""

import calendar
import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import NamedTuple

from graph.fusion.dates import DAY, MONTH, MONTHS, YEAR, calendar_date, whole_date

_LEAP_YEAR = 2000  # one in which each day of a year is
_CENTURIES = (1900, 2000)  # of two digits
_WITH_NAME = tuple(
    re.compile(form + r"\Z")
    for form in (
        rf"(?:the )?{DAY}(?: of )?[ ./-]*{MONTH}(?:[ ,./-]*(?:{YEAR}|[ '/-](?P<short>\d\d)))?",
        rf"{MONTH}[ ./-]*{DAY}(?:[ ,./-]+(?:{YEAR}|'(?P<short>\d\d)))?",
    )
)
_NUMBERS = re.compile(rf"(\d\d?)(?P<mark>[./-])(\d\d?)(?:(?P=mark)(?:{YEAR}|(?P<short>\d\d)))?\Z")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY = (
    r"(?:(?P<weekday>mon|tue|wed|thu|fri|sat|sun)"
    r"(?:(?<=mon)day|(?<=tue)s(?:day)?|(?<=wed)nesday|(?<=thu)r?s?(?:day)?|(?<=fri)day|(?<=sat)urday|(?<=sun)day)?)"
)
_ON = tuple(
    re.compile(form)
    for form in (rf"{_WEEKDAY}\b[., ]*(?P<rest>.+)\Z", rf"(?P<rest>.+?)[, ]+\(?{_WEEKDAY}\.?\)?\Z")
)
_ISO = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?\Z")
_WITHOUT_YEAR = re.compile(r"--(\d\d)-(\d\d)\Z")


class Day(NamedTuple):
    """A date at its own precision. A year, a month of a year, a day, or a day of any year."""

    year: int | None
    month: int | None
    day: int | None

    def lies_in(self, other: "Day") -> bool:
        return all(theirs in (None, mine) for mine, theirs in zip(self, other, strict=True))

    def meets(self, other: "Day") -> bool:
        """Whether both may be one day."""
        return all(None in pair or pair[0] == pair[1] for pair in zip(self, other, strict=True))

    @property
    def text(self) -> str:
        """ISO 8601's, which writes a day of any year as --12-01."""
        year = "-" if self.year is None else f"{self.year:04}"
        return "-".join((year, *(f"{part:02}" for part in self[1:] if part is not None)))


class Days(NamedTuple):
    """All that it may be, sorted, and the one text of it. ``order``: two numbers as they are written, where
    either may be the month."""

    readings: tuple[Day, ...]
    text: str
    order: tuple[int, int] | None = None

    @property
    def told(self) -> bool:
        """Whether it can hardly be anything but a date: "1984" can."""
        return self.readings[0].month is not None

    @property
    def is_whole(self) -> bool:
        """Whether it says a day, of whichever year."""
        return self.readings[0].day is not None

    @property
    def is_sure(self) -> bool:
        return len(self.readings) == 1

    @property
    def is_iso(self) -> bool:
        return self.readings[0].text == self.text

    def lies_in(self, other: "Days") -> bool:
        """Whether it can be no day that the other one cannot be. 12/1/2011 and 1/12/11 are two days, in
        whichever way both are read."""
        if self.order and other.order and self.order != other.order:
            return False
        return all(any(mine.lies_in(theirs) for theirs in other.readings) for mine in self.readings)

    def meets(self, other: "Days") -> bool:
        """Whether both may be one day. Of two that are read in several ways only if one lies in the other."""
        if not (self.is_sure or other.is_sure):
            return self == other or self.lies_in(other) != other.lies_in(self)
        return any(mine.meets(theirs) for mine in self.readings for theirs in other.readings)

    def beside(self, told: Collection[Day]) -> "Days":
        """What it is where it is one of these days, as far as that leaves a choice; itself if it is none."""
        left = [reading for reading in self.readings if any(reading.meets(day) for day in told)]
        return _of(left) or self


@lru_cache(maxsize=1 << 14)
def days(text: str, *, timed: bool = False) -> Days | None:
    """The days that all of a folded text may mean; None where it is none. ``days(found.text)`` is ``found``.

    ``timed``: a time of day stands beside it, so that "12/1" and "12.1.11" are days.
    """
    found, numbers = _read(text, timed)
    if found:
        return _days(found, numbers)
    for form in _ON:
        if (said := form.match(text)) is not None:
            found, numbers = _read(said["rest"], timed)
            on = _WEEKDAYS.index(said["weekday"])
            fits = [day for day in found if day.day is not None and _falls_on(day, on)]
            return _days(fits, numbers if len(fits) == len(found) else f"{said['weekday']} {numbers}")
    return None


def known_days(text: str) -> Days | None:
    """A date in ISO's form at any precision, of any year; None where it is none."""
    found = _ISO.match(text)
    return Days((Day(*_parts(found[0])),), found[0]) if found else None


def _days(readings: Collection[Day], written: str) -> Days | None:
    if len(readings) < 2:
        return _of(readings)
    numbers = [int(number) for number in re.findall(r"\d+", written)[:2]]
    order = None if len({day[1:] for day in readings}) == 1 else (numbers[0], numbers[1])
    return Days(tuple(sorted(readings, key=_in_order)), written, order)


def _of(readings: Collection[Day]) -> Days | None:
    """Of one day, or of the day of either century; None where no text says just these."""
    if not readings:
        return None
    one, *others = sorted(readings, key=_in_order)
    if not others:
        return Days((one,), one.text)
    years = [day.year for day in (one, *others)]
    short = (one.year or 0) % 100
    if {day[1:] for day in others} != {one[1:]} or years != [each + short for each in _CENTURIES]:
        return None
    return Days((one, *others), _written(one.day, one.month, short))


def _in_order(day: Day) -> tuple[int, ...]:
    return tuple(part or 0 for part in day)


def _written(day: int | None, month: int | None, short: int) -> str:
    name = next(name for name, number in MONTHS.items() if number == month and len(name) == 3)
    return f"{day} {name} {short:02}"


def _read(text: str, timed: bool) -> tuple[list[Day], str]:
    """All that it may be, and how that is written where it is more than one."""
    if (bare := _WITHOUT_YEAR.match(text)) is not None:
        return _valid([(None, int(bare[1]), int(bare[2]))]), ""
    if (known := whole_date(text)) is not None:
        return ([] if ":" in text else [Day(*_parts(known))]), ""
    for form in _WITH_NAME:
        if (said := form.match(text)) is not None:
            month, day = MONTHS[said["month"]], int(said["day"])
            found = _valid((year, month, day) for year in _years(said))
            return found, _written(day, month, int(said["short"] or 0))
    numbers = _NUMBERS.match(text)
    if numbers is None:
        return [], ""
    one, other, mark = int(numbers[1]), int(numbers[3]), numbers["mark"]
    year = numbers["year"] or numbers["short"]
    if not timed and (year is None or (mark != "/" and numbers["year"] is None)):
        return [], ""
    either = {(one, other), (other, one)}
    found = _valid((year, *pair) for year in _years(numbers) for pair in either)
    return found, mark.join([str(one), str(other), *filter(None, [year])])


def _parts(known: str) -> tuple[int | None, int | None, int | None]:
    year, month, day, *_ = (*map(int, known.split("-")), None, None)
    return year, month, day


def _years(said: re.Match[str]) -> Iterable[int | None]:
    if said["short"]:
        return [century + int(said["short"]) for century in _CENTURIES]
    return [int(said["year"]) if said["year"] else None]


def _valid(readings: Iterable[tuple[int | None, int, int]]) -> list[Day]:
    return [Day(*each) for each in readings if calendar_date(each[0] or _LEAP_YEAR, each[1], each[2])]


def _falls_on(day: Day, weekday: int) -> bool:
    if day.year is None or day.month is None or day.day is None:
        return True
    return calendar.weekday(day.year, day.month, day.day) == weekday
