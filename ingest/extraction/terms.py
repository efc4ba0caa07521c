"""Times behind what they date: "led Acme (2010–2015)", "chief executive of Acme, 2010-15", "(since 2018)".

Like life dates (``lifespans``) they are read off the text, and the parser is given the text without them: it
hangs them from any verb nearby, or takes them for what is counted.
"""

import re
from dataclasses import dataclass

from graph.fusion.dates import whole_date
from graph.types import PartialDate
from ingest.extraction.records import possible_period

_BRACKET = re.compile(r"(?<=\w)\s{0,2}\(([^()]{4,60})\)")
_YEAR = r"(?:1\d{3}|20\d{2})"
_NOW = r"(?:present|now|today|date)"
_ASIDE = re.compile(
    rf"(?<=\w),\s({_YEAR}\s?(?:[–—-]\s?(?:{_YEAR}|\d\d|{_NOW})|to\s(?:{_YEAR}|{_NOW})))(?=\s*(?:[.;:)]|,\s|$))"
)
_BETWEEN = re.compile(r"\s*[–—]\s*|\s+-\s+|(?<=\d{4})-(?=\d{4}|\D|$)|\s+(?:to|until|till|through)\s+")
_SHORT = re.compile(r"(\d\d)(\d\d)\s?([–—-])\s?(\d\d)")  # 2010-15
_MONTHS = 12
_SINCE = re.compile(r"(?:since|from)\s+", re.IGNORECASE)
_UNTIL = re.compile(r"(?:until|till|to|through)\s+", re.IGNORECASE)
_LONGEST = 25  # years of a person's term that no word tells from a life


@dataclass(frozen=True, slots=True)
class Term:
    """From when to when what ends at code point ``at`` was so; the words that say it end at ``end``."""

    at: int
    end: int
    since: PartialDate | None
    until: PartialDate | None

    @property
    def fits_a_person(self) -> bool:
        """Whether it is shorter than a life: years behind a body's name may be its own."""
        if self.since is None or self.until is None:
            return True
        return int(self.until[:4]) - int(self.since[:4]) < _LONGEST


def find_terms(text: str) -> tuple[Term, ...]:
    """Every bracket that says nothing else, and every such range of years between commas, in order. A year
    alone may be of anything."""
    found = []
    for match in sorted([*_BRACKET.finditer(text), *_ASIDE.finditer(text)], key=lambda match: match.start()):
        since, until = _read(match[1].strip())
        if (since or until) and possible_period(since, until):
            found.append(Term(match.start(), match.end(), since, until))
    return tuple(found)


def _read(inside: str) -> tuple[PartialDate | None, PartialDate | None]:
    """Both dates, none where it is not all that the words say."""
    if short := _SHORT.fullmatch(inside):
        century, start, dash, end = short.groups()
        if end > start and (dash != "-" or int(end) > _MONTHS):  # 2003-07 is a month
            return whole_date(century + start), whole_date(century + end)
        return None, None
    if word := _UNTIL.match(inside):
        return None, whole_date(inside[word.end() :])
    word = _SINCE.match(inside)
    first, *rest = _BETWEEN.split(inside[word.end() :] if word else inside, maxsplit=1)
    since = whole_date(first)
    if since is None or not (word or rest):
        return None, None
    if not rest or not rest[0] or re.fullmatch(_NOW, rest[0], re.IGNORECASE):
        return since, None
    until = whole_date(rest[0])
    return (since, until) if until else (None, None)
