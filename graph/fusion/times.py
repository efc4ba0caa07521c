"""Times of day as people write them: 7:48 PM, 07:48 p.m., 7:48p and 19.48 Uhr are one minute.

A time that says which half of the day it means is a ``t`` and ISO 8601's hours and minutes: ``t19:48``. One
that does not ("7:48", "19:48") is told by the clock alone, and might be no time at all: a ratio, a score, a
duration. It stays a text; a time that is told may say it more precisely. Every function here is pure.
"""

import re
from functools import lru_cache
from typing import NamedTuple

_MINUTES = r"(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?"
_CLOCK = rf"(?P<hour>[01]?\d|2[0-3])[:h]{_MINUTES}"
_TOLD = tuple(
    re.compile(form + r"\Z")
    for form in (
        rf"(?P<hour>[01]?\d|2[0-3]):{_MINUTES}\s?(?P<half>[ap])(?:\.?\s?m)?\.?",
        rf"(?P<hour>[01]?\d|2[0-3])\.{_MINUTES}\s?(?P<half>[ap])\.?\s?m\.?",  # "7.48p" are pence
        r"(?P<hour>0?[1-9]|1[0-2])\s?(?P<half>[ap])\.?\s?m\.?",
        rf"(?P<hour>[01]?\d|2[0-3])[:.]{_MINUTES}\s?uhr",
        r"(?P<hour>[01]?\d|2[0-3])\s?uhr",
        rf"t(?P<hour>[01]\d|2[0-3]):{_MINUTES}",
    )
)
_BARE = re.compile(_CLOCK + r"(?:\s?h(?:(?:ou)?rs?)?\.?)?\Z")
_NAMED = {"noon": 12, "midday": 12, "12 noon": 12, "midnight": 0, "12 midnight": 0}
_HALF = 12  # hours


class Clock(NamedTuple):
    """``told``: it says that it is a time, and of which half of the day. ``padded``: "07:48", which only the
    clock of 24 hours shows."""

    hour: int
    minute: int
    second: int | None
    told: bool
    padded: bool

    @property
    def text(self) -> str:
        hour = f"t{self.hour:02}" if self.told else f"{self.hour:02}" if self.padded else str(self.hour)
        return f"{hour}:{self.minute:02}" + ("" if self.second is None else f":{self.second:02}")

    @property
    def by_24_hours(self) -> str:
        """As that clock shows it, were it told by it: "7:48" is 07:48."""
        return f"{self.hour:02}:{self.minute:02}" + (f":{self.second:02}" if self.second else "")

    @property
    def rough(self) -> tuple[int, int]:
        """Where the hands stand: what times have in common that may be one."""
        return self.hour % _HALF, self.minute

    def refines(self, vague: "Clock") -> bool:
        """Whether it says the same and more. A strict order."""
        if not self.told or vague.told:
            same = self[:2] == vague[:2] and self.told == vague.told
            finer = self.told and vague.second is None and self.second is not None
            return same and (finer or (self.second == vague.second and self.padded and not vague.padded))
        fits = self.hour == vague.hour or (
            1 <= vague.hour <= _HALF and not vague.padded and self.hour % _HALF == vague.hour % _HALF
        )
        return fits and self.minute == vague.minute and vague.second in (None, self.second)


@lru_cache(maxsize=1 << 14)
def clock(text: str) -> Clock | None:
    """The time that all of a folded text is, told or by the clock alone; None where it is none."""
    if text in _NAMED:
        return Clock(_NAMED[text], 0, None, told=True, padded=False)
    found = next((match for form in _TOLD if (match := form.match(text))), None)
    told = found is not None
    found = found or _BARE.match(text)
    if found is None:
        return None
    read = found.groupdict()
    hour, half = int(read["hour"]), read.get("half")
    if half == "a" and hour > _HALF:
        return None
    if half and hour in (0, _HALF):
        hour = 0 if half == "a" else _HALF
    elif half == "p" and hour < _HALF:
        hour += _HALF
    second = read.get("second")
    padded = not told and hour < 10 and read["hour"].startswith("0") and len(read["hour"]) > 1
    return Clock(hour, int(read.get("minute") or 0), None if second is None else int(second), told, padded)
