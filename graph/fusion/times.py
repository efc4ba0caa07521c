"""Times of day as people write them: 7:48 PM, 07:48 p.m., 7:48p and 19.48 Uhr are one minute.

A time that says which half of the day it means is a ``t`` and ISO 8601's hours and minutes: ``t19:48``. One
that does not ("7:48", "19:48") is told by the clock alone, and might be no time at all: a ratio, a score, a
duration. It stays a text; a time that is told may say it more precisely. Every function here is pure.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_MINUTES = r"(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d)(?:\.0+)?)?"
_HOURS = r"(?P<hour>[01]?\d|2[0-3])"
# RFC 2822's, in hours from universal time. Behind a told time only: 9:00-17:00 is no time with a zone.
_ZONES = {
    name: hours
    for hours, names in enumerate(("pst", "pdt mst", "mdt cst", "cdt est", "edt"), start=-8)
    for name in names.split()
} | dict.fromkeys(("z", "ut", "utc", "gmt"), 0)
_OFFSET = r"[+-](?:0\d|1[0-4]):?[0-5]\d"
_ZONE = r"(?:\s?\(?(?P<zone>{}|{})\)?)?".format(_OFFSET, "|".join(sorted(_ZONES)))
_TOLD = tuple(
    re.compile(rf"(?<![\d:.,]){form}{_ZONE}(?![\d:])")
    for form in (
        rf"{_HOURS}:{_MINUTES}\s?(?P<half>[ap])(?:\.?\s?m)?\.?",
        rf"{_HOURS}:{_MINUTES}\s?(?P<half>[ap])",  # "7:48pMay 1"
        rf"{_HOURS}\.{_MINUTES}\s?(?P<half>[ap])\.?\s?m\.?",  # "7.48p" are pence
        r"(?P<hour>0?[1-9]|1[0-2])\s?(?P<half>[ap])\.?\s?m\.?",
        rf"{_HOURS}[:.]{_MINUTES}\s?uhr",
        rf"{_HOURS}\s?uhr",
        rf"(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d):(?P<second>[0-5]\d)(?:\.0+)?(?=\s?(?:z|{_OFFSET})\Z)",
        r"(?P<name>12 noon|noon|midday|12 midnight|midnight)",
    )
)
_AFTER_T = re.compile(rf"t(?P<hour>[01]\d|2[0-3]):{_MINUTES}{_ZONE}(?![\d:])")
_BARE = re.compile(rf"(?<![\d:.,]){_HOURS}[:h]{_MINUTES}(?:\s?h(?:(?:ou)?rs?)?\.?)?(?![\d:])")
_NOON, _HALF = 12, 12  # hours


class Clock(NamedTuple):
    """``told``: it says that it is a time, and of which half of the day. ``padded``: "07:48", which only the
    clock of 24 hours shows. ``zone``: minutes from universal time, where it is told."""

    hour: int
    minute: int
    second: int | None
    told: bool
    padded: bool = False
    zone: int | None = None

    @property
    def text(self) -> str:
        hour = f"t{self.hour:02}" if self.told else f"{self.hour:02}" if self.padded else str(self.hour)
        seconds = "" if self.second is None else f":{self.second:02}"
        return f"{hour}:{self.minute:02}{seconds}{self._zone}"

    @property
    def _zone(self) -> str:
        if self.zone is None:
            return ""
        hours, minutes = divmod(abs(self.zone), 60)
        return f"{'-' if self.zone < 0 else '+'}{hours:02}:{minutes:02}"

    @property
    def by_24_hours(self) -> str:
        """As that clock shows it, were it told by it: "7:48" is 07:48."""
        return f"{self.hour:02}:{self.minute:02}" + (f":{self.second:02}" if self.second else "")

    @property
    def rough(self) -> tuple[int, int]:
        """Where the hands stand: what times have in common that may be one."""
        return self.hour % _HALF, self.minute

    def beside_a_date(self, *, iso: bool) -> "Clock":
        """What it says where a date shows that it is a time: "19:48" and "07:48" say their half of the day,
        and beside one in ISO's form "10:15" does."""
        told = self.told or self.padded or not 1 <= self.hour <= _HALF or (iso and self.hour > 9)
        return self._replace(told=told, padded=False)

    def refines(self, vague: "Clock") -> bool:
        """Whether it says the same and more. A strict order."""
        if self == vague or vague.zone not in (None, self.zone) or vague.second not in (None, self.second):
            return False
        if not self.told:
            same = self[:3] == vague[:3] and not vague.told
            return same and self.padded and not vague.padded
        if vague.told:
            return self[:2] == vague[:2]
        return self._fits(vague)

    def meets(self, other: "Clock") -> bool:
        """Whether both may be one time, if both are times."""
        for mine, theirs in ((self.second, other.second), (self.zone, other.zone)):
            if None not in (mine, theirs) and mine != theirs:
                return False
        if self.told == other.told:
            return self[:2] == other[:2]
        return self._fits(other) if self.told else other._fits(self)

    def _fits(self, vague: "Clock") -> bool:
        """Whether a told time may stand where the hands of one that is not told do."""
        if self.minute != vague.minute:
            return False
        either = 1 <= vague.hour <= _HALF and not vague.padded
        return self.hour == vague.hour or (either and self.hour % _HALF == vague.hour % _HALF)


def clock(text: str) -> Clock | None:
    """The time that all of a folded text is, told or by the clock alone; None where it is none."""
    whole = (0, len(text))
    return next((found for found, start, end in clocks(text) if (start, end) == whole), None)


@lru_cache(maxsize=1 << 14)
def clocks(text: str) -> tuple[tuple[Clock, int, int], ...]:
    """The times in a folded text, told ones first, and where each begins and ends. They may overlap."""
    return tuple(_clocks(text))


def _clocks(text: str) -> Iterator[tuple[Clock, int, int]]:
    for form in (*_TOLD, _AFTER_T, _BARE):
        for found in form.finditer(text):
            if (read := _read(found.groupdict(), told=form is not _BARE)) is not None:
                yield read, found.start(), found.end()


def _read(said: dict[str, str | None], *, told: bool) -> Clock | None:
    zone = _offset(said.get("zone"))
    if name := said.get("name"):
        return Clock(0 if "midnight" in name else _NOON, 0, None, told=True, zone=zone)
    digits, half = said["hour"] or "", said.get("half")
    hour = int(digits)
    if half == "a" and hour > _HALF:
        return None
    if half and hour in (0, _HALF):
        hour = 0 if half == "a" else _HALF
    elif half == "p" and hour < _HALF:
        hour += _HALF
    second = said.get("second")
    padded = not told and hour < 10 and len(digits) > 1
    return Clock(
        hour, int(said.get("minute") or 0), None if second is None else int(second), told, padded, zone
    )


def _offset(zone: str | None) -> int | None:
    if zone is None:
        return None
    if zone in _ZONES:
        return 60 * _ZONES[zone]
    minutes = 60 * int(zone[1:3]) + int(zone[-2:])
    return -minutes if zone[0] == "-" else minutes
