"""Life dates in brackets behind a name: "Ada Lund (1901-1980)", "(born 3 May 1985)", "(d. 4 June 1980)".

They are read off the text, and the parser is given the text without them: it takes "Ada Lund (1901-1980)
leads Nord" for a list of names, and hangs the dates from whoever stands nearby.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from graph.fusion.dates import whole_date
from graph.types import PartialDate
from ingest.extraction.terms import Term

_BRACKET = re.compile(r"(?<=\w)\s{0,2}\(([^()]{4,60})\)")
_BORN = re.compile(r"(?:born|b\.|\*)\s*", re.IGNORECASE)
_DIED = re.compile(r"(?:died|d\.|[†✝])\s*", re.IGNORECASE)
_BETWEEN = re.compile(
    r"\s*[–—]\s*|\s+-\s+|(?<=\d{4})-(?=\d{4})|\s*[,;]\s*(?=(?:died|d\.|[†✝]))", re.IGNORECASE
)
_OPEN = re.compile(r"(\d{4})\s?[-–—](?:\s?present)?")  # of someone who lives
_YEARS = range(25, 120)  # of a life without a word that says so: a shorter one may be a term of office


@dataclass(frozen=True, slots=True)
class Lifespan:
    """What a bracket says of the name that ends at code point ``at``; the bracket ends at ``end``.

    ``told``: a word says that someone was born or died. Two dates alone may be anything's, if no person's.
    """

    at: int
    end: int
    born: PartialDate | None
    died: PartialDate | None
    told: bool


def find_lifespans(text: str) -> tuple[Lifespan, ...]:
    """Every bracket that says nothing else, in order. What needs a guess ("c. 1901") is left alone."""
    found = ((m, _read(m[1].strip(), m.start(), m.end())) for m in _BRACKET.finditer(text))
    return tuple(one for _, one in found if one is not None)


def without(text: str, asides: Iterable[Lifespan | Term]) -> str:
    """``text`` with spaces for brackets: every other offset stays what it was."""
    for one in asides:
        text = text[: one.at] + " " * (one.end - one.at) + text[one.end :]
    return text


def _read(inside: str, at: int, end: int) -> Lifespan | None:
    if alive := _OPEN.fullmatch(inside):
        return Lifespan(at, end, whole_date(alive[1]), None, False)
    first, *rest = _BETWEEN.split(inside, maxsplit=1)
    if not rest and (word := _DIED.match(first)):
        died = whole_date(first[word.end() :])
        return Lifespan(at, end, None, died, True) if died else None
    word = _BORN.match(first)
    told = word is not None
    born = whole_date(first[word.end() :] if word else first)
    if born is None:
        return None
    if not rest:
        return Lifespan(at, end, born, None, True) if told else None
    last = _DIED.sub("", rest[0], count=1)
    told |= last != rest[0]
    died = whole_date(last)
    if died is None or (not told and int(died[:4]) - int(born[:4]) not in _YEARS):
        return None
    return Lifespan(at, end, born, died, told)
