"""Numbers as people write them, in one form each, and what they may mean.

An amount is a plain decimal ("1200"), one that is told to be about that ("500±50"), a range ("500..600") or a
bound ("500..", "..500"). Every function here is pure, and ``amount`` is idempotent.
"""

import re
from collections.abc import Iterable
from decimal import Context, Decimal
from functools import lru_cache
from typing import NamedTuple

from graph.types import BETWEEN, GIVE_OR_TAKE

SCALES = {  # powers of ten
    "hundred": 2, "thousand": 3, "k": 3, "million": 6, "millions": 6, "m": 6, "mn": 6, "mln": 6, "mio": 6,
    "mil": 6, "billion": 9, "billions": 9, "bn": 9, "b": 9, "bln": 9, "bil": 9, "mrd": 9,
    "trillion": 12, "trillions": 12, "tn": 12, "tril": 12, "trln": 12,
    "lakh": 5, "lakhs": 5, "crore": 7, "crores": 7,
}  # fmt: skip
MONEY = {  # by sign, code and word, in small letters
    "$": "USD", "us$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "€": "EUR", "eur": "EUR",
    "euro": "EUR", "euros": "EUR", "£": "GBP", "gbp": "GBP", "pound": "GBP", "pounds": "GBP", "¥": "JPY",
    "jpy": "JPY", "yen": "JPY", "chf": "CHF", "sek": "SEK", "nok": "NOK", "dkk": "DKK",
}  # fmt: skip
_CODES = {"inr": "INR", "cny": "CNY", "cad": "CAD", "aud": "AUD"}  # where a number stands alone
_UNITS = MONEY | _CODES | dict.fromkeys(("%", "percent", "per cent", "pct", "p.c."), "%")


def alternatives(words: Iterable[str]) -> str:
    """A pattern of any of these, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=lambda w: (-len(w), w)))


_GAPS = "[ ,_’'\u00a0\u202f]"  # what may stand between digits
IN_DOTS = r"\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?"  # "1.200.000"; "1.200" may be a decimal
_NUMBER = re.compile(
    rf"([+-]?)\s*({IN_DOTS}|\d{{1,3}}(?:{_GAPS}\d{{2,3}})*{_GAPS}\d{{3}}(?:\.\d+)?|\d+(?:[.,]\d+)?|\.\d+)\s*([a-z]*)\.?\Z"
)
_DECIMAL_COMMA = re.compile(r"\A(\d+),(\d{1,2}|\d{4,})\Z")  # "2,5"; "2,500" are thousands
_HEDGE = re.compile(
    r"\A(?:about|around|some|nearly|over|approximately|ca\.?|c\.|~|usd|eur|gbp|us)?\s*[$€£¥]?\s*"
)
_EXACT = Context(prec=400)
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?\Z")
_LONGEST = 300  # code points of a number
_INFINITE = Decimal("Infinity")

# What stands before a number that is not told exactly; each ends where the number begins.
ABOUT = (
    r"about|around|roughly|approximately|approx\.?|circa|ca\.?|c\.|~|≈|some|nearly|almost|close to"
    r"|an? estimated|in the region of"
    r"|(?:just|slightly|a little) (?:over|under|above|below|more than|less than|fewer than)"
)
AT_MOST = (
    r"no more than|not more than|fewer than|less than|under|below|up to|at most|an? maximum of|maximum of"
)
AT_LEAST = (
    r"no fewer than|no less than|not less than|more than|(?:well )?over|above|at least|upwards? of"
    r"|in excess of|exceeding|an? minimum of|minimum of"
)
_WORDS = tuple(re.compile(rf"\A(?:{words})\s*(?=[\d.$€£¥a-z])") for words in (ABOUT, AT_MOST, AT_LEAST))
_RANGE = re.compile(r"\A(?:between\s+)?(\S.*?)(?:\s+(?:to|and)\s+|\s*[–—-]\s*)(\S.*)\Z")
_SCALE = "|".join(sorted(SCALES, key=len, reverse=True))
_NOUN = r"[^\W\d_][\w-]*"
_WITH_NOUN = re.compile(rf"((?:\S.*)?\d(?:\s?(?i:{_SCALE})\b\.?)?)\s+({_NOUN}(?: {_NOUN}){{0,2}})\Z")
_UNIT = alternatives(_UNITS)
_BESIDE = re.compile(
    rf"(?P<hedge>(?:{ABOUT}|{AT_MOST}|{AT_LEAST})?\s*)(?P<sign>[+-]?)(?P<before>{_UNIT})?\s?"
    rf"(?P<number>[+-]?[\d.].*?)\s?(?P<after>{_UNIT})?\Z"
)
_IN_BRACKETS = re.compile(r"\(\s*(.*\d.*?)\s*\)\s?(%?)\Z")
_PLURAL = re.compile(r"(?:[^siu]s|\b(?:wo)?men|people|children|staff)\Z")
# With these it is no count of the noun: 5 of the seats, 20 per two seats, 500 people in factories.
_NO_NOUN = frozenset(
    "a an at by each every for from in less more of on only or out over per than the to with".split()
)
_CANONICAL = re.compile(
    rf"\A(?:(-?\d+(?:\.\d+)?)\s*{GIVE_OR_TAKE}\s*(\d+(?:\.\d+)?)"
    rf"|(-?\d+(?:\.\d+)?)?{re.escape(BETWEEN)}(-?\d+(?:\.\d+)?)?)\Z"
)


def amount(text: str) -> str | None:
    """The amount that a text is: of "1.2 million" 1200000, of "about 500" 500±50, of "between 500 and 600"
    500..600, of "more than 500" and "at least 500" 500.. ; None where it is none."""
    said = " ".join(text.casefold().split())
    if not said or len(said) > _LONGEST:
        return None
    if found := _CANONICAL.match(said):
        number, slack, low, high = (each and plain(Decimal(each)) for each in found.groups())
        if number is not None and slack is not None:
            return f"{number}{GIVE_OR_TAKE}{slack}" if slack != "0" else number
        return _between(low, high)
    for words, told in zip(_WORDS, (about, at_most, at_least), strict=True):
        if (hedge := words.match(said)) and (number := plain_number(said[hedge.end() :])) is not None:
            return told(Decimal(number))
    if (number := plain_number(said)) is not None:
        return number
    ends = _RANGE.match(said)
    return _between(*_range_ends(ends[1], ends[2])) if ends else None


def about(number: Decimal) -> str:
    """Give or take a tenth: about 500 may be 460, and about 510 may be 500."""
    slack = _EXACT.scaleb(number.copy_abs(), -1)
    return f"{plain(number)}{GIVE_OR_TAKE}{plain(slack)}" if slack else plain(number)


def at_least(number: Decimal) -> str:
    """More than it, or it; nothing that is more contradicts that."""
    return f"{plain(number)}{BETWEEN}"


def at_most(number: Decimal) -> str:
    return f"{BETWEEN}{plain(number)}"


def between(low: Decimal, high: Decimal) -> str | None:
    """None where they are in no order."""
    return f"{plain(low)}{BETWEEN}{plain(high)}" if low < high else None


def plain_number(text: str) -> str | None:
    """Plain decimal text of "1.2 million", "1,200,000" or "$1.2bn"; None where it is no number."""
    found = _NUMBER.match(_HEDGE.sub("", text.casefold().strip(), count=1))
    if found is None or len(text) > _LONGEST or (found[3] and found[3] not in SCALES):
        return None
    number = _EXACT.scaleb(digits(found[2]), SCALES.get(found[3], 0))
    return plain(number.copy_negate() if found[1] == "-" else number)


def digits(text: str) -> Decimal:
    """The number that digits are, whatever parts its thousands."""
    if text.count(".") > 1:
        text = text.replace(".", "").replace(",", ".")
    return Decimal(re.sub(_GAPS, "", _DECIMAL_COMMA.sub(r"\1.\2", text)))


def with_noun(text: str) -> tuple[str, str] | None:
    """A number and the noun behind it that says of what: of "1.2M people" 1.2M and people.

    None where no number stands first, and where what follows may be a name: 3 Doors Down.
    """
    found = _WITH_NOUN.match(text.strip())
    if found is None or len(text) > _LONGEST or not found[2].islower():
        return None
    return None if amount(found[1]) is None else (found[1], found[2])


def with_unit(text: str) -> tuple[str, str | None] | None:
    """A number and the sign, code or word beside it that says what it is of: of "$1.2bn" 1.2bn and USD, of
    "+3%" +3 and %. In brackets it is below zero, as accountants write it: of "(5.36%)" -5.36 and %.

    None where no such stands there, and for brackets around what may be a note or a year: "(3)", "(2019)".
    """
    said = " ".join(text.casefold().split())
    found = _IN_BRACKETS.match(said) if len(said) <= _LONGEST else None
    if found is not None:
        inside = found[1] + found[2]
        number, unit = _measured(inside) or (inside, None)
        is_sum = number[0].isdigit() and (unit is not None or not number.isdigit())
        read = plain_number(number) if is_sum else None
        return None if read is None or read == "0" else (f"-{read}", unit)
    return _measured(said)


def _measured(said: str) -> tuple[str, str] | None:
    found = _BESIDE.match(said) if len(said) <= _LONGEST else None
    if found is None or bool(found["before"]) == bool(found["after"]):
        return None
    number = f"{found['hedge']}{found['sign']}{found['number']}"
    return None if amount(number) is None else (number, _UNITS[found["before"] or found["after"]])


def is_counted(noun: str) -> bool:
    """Whether it is what numbers count: a plural, and nothing that goes on to something else."""
    return _PLURAL.search(noun) is not None and _NO_NOUN.isdisjoint(noun.split())


def plain(number: Decimal) -> str:
    """Decimal text without exponent and without trailing zeros."""
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def _between(low: str | None, high: str | None) -> str | None:
    if low is None or high is None:
        return None if low is high else f"{low or ''}{BETWEEN}{high or ''}"
    return low if low == high else between(Decimal(low), Decimal(high))


def _range_ends(low: str, high: str) -> tuple[str | None, str | None]:
    """Of "5 to 6 million" both in millions."""
    one, other = plain_number(low), plain_number(high)
    if one is None or other is None:
        return None, None
    scale = re.search(r"[a-z]+\.?\Z", high)
    shared = plain_number(f"{low} {scale[0]}") if scale and not re.search(r"[a-z]", low) else None
    return (shared if shared and Decimal(shared) < Decimal(other) else one), other


# ---------------------------------------------------------------- what it may mean


class Meant(NamedTuple):
    """What an amount may mean: from ``low`` to ``high``, which may be infinite. ``number`` stands for it."""

    number: Decimal
    low: Decimal
    high: Decimal

    def lies_in(self, other: "Meant") -> bool:
        """Whether it may mean less than the other one, and nothing else."""
        inside = other.low <= self.low and self.high <= other.high
        return inside and (self.low, self.high) != (other.low, other.high)

    def differs(self, other: "Meant") -> bool:
        """Whether the numbers differ by a tenth or more."""
        gap = _EXACT.subtract(self.number, other.number).copy_abs()
        return 10 * gap >= max(abs(self.number), abs(other.number))


@lru_cache(maxsize=1 << 14)
def meant(text: str) -> Meant | None:
    """What an amount may mean; None for other texts. Of a plain number half a unit of its last digit to
    either side.

    Only decimals and numbers that end in two zeros or more are taken to be rounded, to two digits at most:
    1200 is 1150 to 1250, 1000 is 950 to 1050, 5.2 is 5.15 to 5.25; 1250 and 5 are exact. "365.76±15.24" says
    itself how far.
    """
    if BETWEEN in text:
        low, high = ends(text)
        if low is None and high is None:
            return None
        if low is None or high is None:
            number = next(end for end in (low, high) if end is not None)
            return Meant(number, -_INFINITE if low is None else low, _INFINITE if high is None else high)
        return Meant(_EXACT.divide(_EXACT.add(low, high), Decimal(2)), low, high)
    text, _, give = text.partition(GIVE_OR_TAKE)
    if _PLAIN.match(text) is None or (give and _PLAIN.match(give) is None):
        return None
    number = Decimal(text)
    slack = Decimal(give).copy_abs() if give else _rounded(text)
    return Meant(number, _EXACT.subtract(number, slack), _EXACT.add(number, slack))


def ends(text: str) -> tuple[Decimal | None, Decimal | None]:
    """The lower and the upper end of a range or a bound."""
    low, _, high = text.partition(BETWEEN)
    one, other = (Decimal(end) if _PLAIN.match(end) else None for end in (low, high))
    return one, other


def times(text: str, factor: Decimal) -> str:
    """An amount in another unit, no more precise than it was: 1200 ft are 365.76 m, ± 15.24."""
    if BETWEEN in text:
        return BETWEEN.join("" if end is None else plain(_EXACT.multiply(end, factor)) for end in ends(text))
    said = meant(text)
    assert said is not None
    whole = plain(_EXACT.multiply(said.number, factor))
    slack = _EXACT.multiply(_EXACT.subtract(said.high, said.number), factor)
    return f"{whole}{GIVE_OR_TAKE}{plain(slack)}" if slack > _rounded(whole) else whole


def _rounded(text: str) -> Decimal:
    """How far from a plain number what was rounded to it may lie."""
    digits = text.lstrip("-").replace(".", "").lstrip("0")
    places = -len(text.partition(".")[2])
    zeros = len(digits) - len(digits.rstrip("0"))
    if places == 0:
        if zeros < 2:
            return Decimal(0)
        places = zeros
        digits = digits[:-zeros]
    places -= max(0, 2 - len(digits))
    return _EXACT.scaleb(Decimal(5), places - 1)
