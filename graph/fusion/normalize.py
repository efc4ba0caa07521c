"""Names, phrases, numbers and dates in the form in which they are compared.

Every function here is pure and idempotent: what was normalised may be normalised again.
"""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Context, Decimal
from enum import IntEnum
from functools import lru_cache
from itertools import combinations, islice, pairwise
from typing import NamedTuple

from graph.fusion import lexicon
from graph.ontology import Unit
from graph.types import Value, ValueKind

# Of numbers that were turned into their base unit how they were written: of 5000 m, 5 km.
Forms = Mapping[Value, Collection[Value]]
NO_FORMS: Forms = {}

_LEGAL_UNSPACED = "|".join(lexicon.LEGAL_UNSPACED)
_AT_AN_END = re.compile(rf"\A(?:{_LEGAL_UNSPACED})|(?:{_LEGAL_UNSPACED})\Z")
_BRACKETED = re.compile(r"\((?:株|有|同|주|유)\)")
_WHOLE = re.compile("[぀-ヿ々㐀-䶿一-鿿가-힣\U00020000-\U0003ffff]{2,}")
_KANA = re.compile("[぀-ヿ]+")
_LETTERS = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
# A second spelling of a letter, usual where its mark cannot be written, and of ё where it is heard.
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "ё": "yo"})
_UNDECOMPOSED = str.maketrans(_LETTERS)
# Letters and their Latin spelling, Cyrillic after BGN/PCGN and Greek after ELOT 743, as names are mostly
# spelt in English. Other scripts stay: several names share one reading, or vowels are not written.
_IN_LATIN = """а a б b в v г g д d е e ё e ж zh з z и i й y к k л l м m н n о o п p р r с s т t у u ф f х kh
ц ts ч ch ш sh щ shch ъ - ы y ь - э e ю yu я ya і i ї yi є ye ґ g ў u ђ dj ј j љ lj њ nj ћ c џ dz ѓ gj ќ kj
ѕ dz α a β v γ g δ d ε e ζ z η i θ th ι i κ k λ l μ m ν n ξ x ο o π p ρ r σ s ς s τ t υ y φ f χ ch ψ ps ω o
ά a έ e ή i ί i ϊ i ΐ i ό o ύ y ϋ y ΰ y ώ o"""
_PAIRS = _IN_LATIN.split()
_LATIN = str.maketrans({a: b.strip("-") for a, b in zip(_PAIRS[::2], _PAIRS[1::2], strict=True)})
_DIGRAPHS = re.compile("ο[υύ]|γ[γκξχ]|[αεη][υύ]|(?:ий|ый)\\b")
_POLYTONIC = re.compile("[\u1f00-\u1fff]")
_AS_ONE = {"ου": "ou", "ού": "ou", "γγ": "ng", "γκ": "gk", "γξ": "nx", "γχ": "nch", "ий": "y", "ый": "y"}
_POSSESSIVE = re.compile(r"['’]s\b")
_PREFIX = re.compile(r"(?<=\w )(O|Mc|Mac) (?=[A-Z]\w)")
_INNER_DOT = re.compile(r"(?<=[^\W\d_])\.(?=[^\W\d_])")
_INITIALS = re.compile(r"(?:[A-Z]\.){2,}\s*(?=[A-Z]\w)")
_APOSTROPHE = re.compile(r"['’]")
_ASCII_WORD = re.compile(r"[a-z0-9]+")
# Signs that may be part of a word, and where they are: some behind it, others before it or in a number.
_SIGN = re.compile(r"[-+#.\u2212\u266d\u266f]")
_MEANT = re.compile(
    r"""(?<=[^\W_]) (\+\+ | \+(?!\w) | [#\u266f\u266d](?!\w) | (?<!\w\w\w)[-\u2212](?=[\s)"]*\Z))
    | (?<=\d)\.(?=\d) | (?:(?<=[\s(])|\A)\.(?=[^\W\d_]) | \A[-\u2212](?=\d)""",
    re.VERBOSE,
)
_MARKS = "\ufdd0\ufdd1\ufdd2\ufdd3\ufdd4"  # no characters: none is in a text
_TO_MARK = str.maketrans("+#.-\u2212\u266f\u266d", _MARKS[:4] + _MARKS[3] + _MARKS[1] + _MARKS[4])
_FROM_MARK = str.maketrans(_MARKS, "+#.-\u266d")
# Marks on Latin, Greek and Cyrillic letters; Hebrew points; Arabic vowel and hamza marks, and the stroke that
# stretches a word. Those of Indic scripts are letters.
_COMBINING = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed]"
)

_SCALES = {
    "hundred": 2, "thousand": 3, "k": 3, "million": 6, "millions": 6, "m": 6, "mn": 6, "mio": 6,
    "billion": 9, "billions": 9, "bn": 9, "b": 9, "trillion": 12, "tn": 12,
}  # fmt: skip
_GAPS = "[ ,_’'\u00a0\u202f]"  # what may stand between digits
_NUMBER = re.compile(
    rf"([+-]?)\s*(\d{{1,3}}(?:{_GAPS}\d{{2,3}})*{_GAPS}\d{{3}}(?:\.\d+)?|\d+(?:[.,]\d+)?|\.\d+)\s*([a-z]*)\.?\Z"
)
_DECIMAL_COMMA = re.compile(r"\A(\d+),(\d{1,2}|\d{4,})\Z")  # "2,5"; "2,500" are thousands
_HEDGE = re.compile(
    r"\A(?:about|around|some|nearly|over|approximately|ca\.?|c\.|~|usd|eur|gbp|us)?\s*[$€£¥]?\s*"
)
_EXACT = Context(prec=400)
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?\Z")
_GIVE_OR_TAKE = "±"
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?\Z")


class NameOf(IntEnum):
    """Of what a name is read: it says which words beside the name are no part of it."""

    ANYTHING = 0  # to look it up: legal forms and titles are taken off
    PERSON = 1  # titles and degrees
    BODY = 2  # legal forms, of a company and of what may be one
    THING = 3  # neither: "Dr Pepper" is a drink, "iPhone SE" a telephone


@lru_cache(maxsize=1 << 18)
def normalise_name(name: str) -> str:
    """A name's words, folded: case, diacritics, punctuation, legal forms, titles, degrees and "the" are gone.

    "The Borealis Energy, Inc." and "BOREALIS ENERGY" are one, "Dr. Anna Vance" is "anna vance", "U.S." "us",
    "Владимир Петров" "vladimir petrov", "St. Gall" "saint gall", "AB Volvo" "volvo", "ПАО Газпром" "gazprom",
    "東京電力株式会社" "東京電力". "C++" stays "c++", and "1.5" "1.5". Never empty for a name that holds a
    letter or digit.
    """
    return _normal(name, NameOf.ANYTHING)


def _normal(name: str, of: NameOf) -> str:
    return " ".join(_read(name, of)[0])


def _read(name: str, of: NameOf) -> tuple[list[str], list[str]]:
    """The words of the name, and those of the legal forms that were behind it."""
    form: list[str] = []
    formed, titled = of in (NameOf.ANYTHING, NameOf.BODY), of in (NameOf.ANYTHING, NameOf.PERSON)
    name = _without_form(name) if formed else name
    spelt = name if name.isascii() else _in_latin(name)
    parts = name_words(spelt) or words(spelt) or words(name)
    changed = True
    while changed:
        changed = False
        if formed and not name.isascii():
            bare = _AT_AN_END.sub("", " ".join(parts)).split()
            if bare and bare != parts:
                parts, changed = bare, True
                continue
        if len(parts) < 2:
            break
        if len(parts[0]) == 1 and _are_letters(parts):
            parts, changed = ["".join(parts)], True
            continue
        if parts[0] == "the" or (titled and _is_title(parts, of)):
            parts, changed = parts[1:], True
            continue
        if parts[0] == "st":
            parts, changed = ["saint", *parts[1:]], True
            continue
        if len(parts) > 2 and (parts[-1] in lexicon.DEGREES or parts[-2:] == ["ph", "d"]):
            parts, changed = parts[: -1 if parts[-1] in lexicon.DEGREES else -2], True
            continue
        if formed and (size := _form_at_end(parts)):
            form = parts[-size:] + form
            parts, changed = parts[:-size], True
            if len(parts) > 1 and parts[-1] == "and":  # "Goldman Sachs & Co.", "Acme GmbH & Co. KG"
                parts = parts[:-1]
    if of is NameOf.PERSON and len(parts) > 2:
        parts[-1] = lexicon.GENERATIONS_SPELT.get(parts[-1], parts[-1])
    return parts, form


def _are_letters(parts: Sequence[str]) -> bool:
    """Whether they are the letters of one word: of "U. S." and "3 M", but not of "1 5"."""
    return all(len(word) == 1 for word in parts) and not any(
        a.isdigit() and b.isdigit() for a, b in pairwise(parts)
    )


def _is_title(parts: Sequence[str], of: NameOf) -> bool:
    """Whether the first of two words or more is a title; not of an office, as "King of Norland" is."""
    first, second = parts[:2]
    ranked = first in lexicon.RANKS or (first in lexicon.BEFORE_A_RANK and second in lexicon.RANKS)
    if of is NameOf.PERSON and ranked:
        return len(parts) > 2 and second not in lexicon.OF_AN_OFFICE
    return first in lexicon.TITLES


def _form_at_end(parts: Sequence[str]) -> int:
    """How many of the last words are a legal form; 0 where none are, or nothing else is there."""
    if parts[-1] not in lexicon.LEGAL_ENDS and len(parts[-1]) > 1:
        return 0
    for size in range(min(lexicon.LEGAL_LONGEST, len(parts) - 1), 0, -1):
        tail = parts[-size:]
        read = "".join(tail)
        if read in lexicon.LEGAL if size == 1 else read in lexicon.LEGAL_PHRASES:
            return size
        if size > 1 and read in lexicon.LEGAL_LETTERS and all(len(word) == 1 for word in tail):
            return size
    return 0


def readings(name: str, of: NameOf) -> dict[str, str]:
    """The normalised name in the ways in which it may as well be written: "muller" and "mueller", "e on" and
    "eon", "world war two" and "world war 2". Each with the words of the legal form that is not part of it."""
    found: dict[str, str] = {}
    for spelling in _spellings(name, of):
        parts, form = _read(spelling, of)
        if of is not NameOf.PERSON:
            parts = _written_out(parts)
            if len(parts) > 1 and not lexicon.IN_DIGITS.keys().isdisjoint(parts):
                counted = [lexicon.NUMBER_WORDS.get(parts[0], parts[0])]
                counted += [lexicon.IN_DIGITS.get(word, word) for word in parts[1:]]
                found[" ".join(counted)] = " ".join(form)
        found[" ".join(parts)] = " ".join(form)
    return found


def _spellings(name: str, of: NameOf) -> Iterator[str]:
    yield name
    if not name.isascii():
        bare = _without_form(name) if of is NameOf.BODY else name
        yield unicodedata.normalize("NFKC", bare).casefold().translate(_SPELT_OUT)
    if of is NameOf.PERSON:
        if " O " in name or " Mc " in name or " Mac " in name:
            yield _PREFIX.sub(r"\1", name)  # "Conan O Brien"
        return
    if "." in name and _INNER_DOT.search(name):
        yield _INNER_DOT.sub("", name)  # "E.ON", "Node.js", "J.P. Morgan"
        if initials := _INITIALS.match(name):
            yield initials[0].replace(".", "").rstrip() + name[initials.end() :]  # "JPMorgan"
    if ("'" in name or "’" in name) and _POSSESSIVE.search(name):
        yield _POSSESSIVE.sub("s", name)  # "McDonald's"


def _written_out(parts: list[str]) -> list[str]:
    if len(parts) > 1 and parts[0] in lexicon.SHORTENED_FIRST:
        return [lexicon.SHORTENED_FIRST[parts[0]], *_written_out(parts[1:])]
    if lexicon.SHORTENED.keys().isdisjoint(parts):
        return parts
    return [lexicon.SHORTENED.get(word, word) for word in parts]


def parted(surface: str, of: NameOf) -> tuple[str, ...]:
    """A name and the acronym in brackets behind it: "Tidal Energy Council (TEC)" gives both."""
    if not surface.endswith(")"):
        return (surface,)
    name, bracket, inside = surface.rpartition("(")
    if bracket and words(name):
        letters = "".join(words(inside))
        if any(letters in acronyms(full, form) for full, form in readings(name, of).items()):
            return name, inside[:-1]
    return (surface,)


def _without_form(name: str) -> str:
    """The name without a legal form that is told by its capitals or brackets, unless it is nothing else."""
    if not name.isascii():
        name = unicodedata.normalize("NFKC", name)
        bare = _BRACKETED.sub(" ", name)
        name = bare if words(bare) else name
    before, _, rest = name.lstrip().partition(" ")
    if before in lexicon.LEGAL_BEFORE and words(rest):
        name = rest
    if not name.isascii():
        rest, _, after = name.rstrip().rpartition(" ")
        if after in lexicon.LEGAL_AFTER and words(rest):
            name = rest
    return name


def is_written_whole(name: str) -> bool:
    """Whether a normalised name of one word is a person's surname and given name, which Chinese, Korean and
    Japanese write without a space: "李明", "김철수". What is all in kana transcribes a word: "クリントン".
    """
    return not name.isascii() and bool(_WHOLE.fullmatch(name)) and not _KANA.fullmatch(name)


def _in_latin(name: str) -> str:
    """The name with its Cyrillic and Greek letters in Latin ones, in lower case."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    folded = _POLYTONIC.sub(lambda letter: unicodedata.normalize("NFD", letter[0])[0], folded)
    spelt = _DIGRAPHS.sub(lambda two: _AS_ONE.get(two[0]) or two[0][0] + "v", folded)  # αυ is av
    return spelt.translate(_LATIN)


def words(text: str) -> list[str]:
    """The text's words, folded: case, diacritics, punctuation and possessives are gone."""
    return _split(_fold(text))


def name_words(name: str) -> list[str]:
    """The words of a name, with the signs in it that tell it from another: "c++", "c#", "s20+", "rh-", "1.5",
    "-5", ".net". Those that part words, or only follow them, are gone as in any text."""
    folded = _fold(name)
    if not _SIGN.search(folded):
        return _split(folded)
    marked = _MEANT.sub(lambda sign: sign[0].translate(_TO_MARK) + (" " if sign[1] else ""), folded)
    return " ".join(_split(marked)).translate(_FROM_MARK).split()


def _fold(text: str) -> str:
    folded = _APOSTROPHE.sub("", _POSSESSIVE.sub("", unicodedata.normalize("NFKC", text).casefold()))
    return folded.replace("&", " and ")


def _split(folded: str) -> list[str]:
    if folded.isascii():
        return _ASCII_WORD.findall(folded)
    plain = _COMBINING.sub("", unicodedata.normalize("NFD", folded)).translate(_UNDECOMPOSED)
    plain = unicodedata.normalize("NFKC", plain)
    shown = (c for c in plain if unicodedata.category(c) != "Cf")  # a soft hyphen parts no word
    return "".join(c if c in _MARKS or unicodedata.category(c)[0] in "LNM" else " " for c in shown).split()


def acronyms(name: str, form: str = "") -> tuple[str, ...]:
    """First letters of a normalised name's weighty words, and of all its words, where they are two or more:
    "tec" of "tidal energy council", "bon" of "bank of norland". Numbers stand whole ("wwii"), and words of
    the legal form behind it may have a letter: "bbc" of "british broadcasting" with "corporation".
    """
    found = {"".join(map(_initial, some)): None for some in (weighty_words(name), name.split())}
    for letters in tuple(found):
        for word in form.split():
            if word not in lexicon.LETTERED:
                break
            letters += word[0]
            found[letters] = None
    return tuple(letters for letters in found if len(letters) >= 2)


def _initial(word: str) -> str:
    return word if word in lexicon.NUMERALS or word.isdigit() else word[0]


def weighty_words(name: str) -> list[str]:
    """A normalised name's words without "of", "and" and their like."""
    return [word for word in name.split() if word not in lexicon.MINOR]


class PersonName(NamedTuple):
    """``given``: names or initials. ``particles`` are between these and the surname. ``generation``: "jr"
    or the like."""

    surname: str
    given: tuple[str, ...]
    particles: tuple[str, ...]
    generation: str


@lru_cache(maxsize=1 << 14)
def person_name(name: str) -> PersonName:
    """The parts of a normalised personal name, titled or not."""
    parts = untitled(name).split()
    generation = parts.pop() if len(parts) > 1 and parts[-1] in lexicon.GENERATIONS else ""
    first = len(parts) - 1
    while first and parts[first - 1] in lexicon.PARTICLES:
        first -= 1
    return PersonName(parts[-1], tuple(parts[:first]), tuple(parts[first:-1]), generation)


def is_bare_surname(name: str) -> bool:
    """Whether a person's normalised name is a surname with its particles alone: "de gaulle"."""
    first, _, rest = name.partition(" ")
    return bool(rest) and first in lexicon.PARTICLES and not person_name(name).given


def given_first(surface: str) -> str:
    """A person's name as it is spoken: "Vance, Anna M." is "Anna M. Vance"; "Ed King, Jr." stays."""
    surname, comma, given = surface.partition(",")
    after = words(given)
    if (
        not comma
        or not after
        or "," in given
        or {*after} <= lexicon.GENERATIONS | lexicon.DEGREES
        or not words(surname)
    ):
        return surface
    return f"{given.strip()} {surname.strip()}"


def personal(surface: str) -> str:
    """A person's name as it is spoken, less degrees: "Vance, Anna M., MD" is "Anna M. Vance"."""
    bare, _, last = surface.rstrip().rpartition(" ")
    while last in lexicon.DEGREES_WRITTEN and " " in (before := bare.rstrip(" ,")):
        surface = before
        bare, _, last = surface.rpartition(" ")
    return given_first(surface)


def gender_of(surface: str) -> str:
    """ "m" or "f" where a person's title tells, else ""."""
    title = surface.partition(" ")[0].rstrip(".").lower()
    return "m" if title in lexicon.MALE else "f" if title in lexicon.FEMALE else ""


def untitled(name: str) -> str:
    """A normalised name without the titles before it, such as a person may bear."""
    first, _, rest = name.partition(" ")
    titled = first in lexicon.TITLES or first in lexicon.RANKS
    office = rest.partition(" ")[0] in lexicon.OF_AN_OFFICE
    return untitled(rest) if rest and titled and not office else name


def normalise_phrase(phrase: str) -> str:
    """A relation phrase's words in lower case, its marks dropped."""
    return " ".join(words(phrase))


def normalise_value(value: Value, units: Mapping[str, Unit] | None = None) -> Value:
    """The value by which statements are grouped: plain decimals, zero-padded dates, folded text.

    What cannot be read as its kind is compared as folded text, and keeps its kind. A number in one of
    ``units`` is turned into its base: 5 km is 5000 m.
    """
    folded = " ".join(unicodedata.normalize("NFKC", value.text).casefold().split())
    text: str | None = None
    if value.kind is ValueKind.NUMBER:
        text = plain_number(folded)
    elif value.kind is ValueKind.DATE:
        text = partial_date(folded)
    unit = " ".join(value.unit.split()) if value.unit else None
    if text is not None and unit is not None and units and value.kind is ValueKind.NUMBER:
        known = units.get(unit) or (units.get(unit.casefold()) if len(unit) > 1 else None)  # M is no metre
        if known is not None:
            text, unit = _converted(text, known.times), known.base
    return Value(value.kind, folded.strip(" .,;:") if text is None else text, unit or None)


def plain_number(text: str) -> str | None:
    """Plain decimal text of "1.2 million", "1,200,000" or "$1.2bn"; None where it is no number."""
    found = _NUMBER.match(_HEDGE.sub("", text.casefold().strip(), count=1))
    if found is None or len(text) > 300 or (found[3] and found[3] not in _SCALES):
        return None
    digits = found[1] + re.sub(_GAPS, "", _DECIMAL_COMMA.sub(r"\1.\2", found[2]))
    number = _EXACT.scaleb(_EXACT.create_decimal(digits), _SCALES.get(found[3], 0))
    return _plain(number)


def number_of(value: Value) -> Decimal | None:
    """The number that a normalised value is; None where it is none."""
    read = _reading(value.text) if value.kind is ValueKind.NUMBER else None
    return None if read is None else read.number


def _converted(text: str, times: Decimal) -> str:
    """A plain number in its base unit, no more precise than it was: 1200 ft are 365.76 m, ± 15.24."""
    whole = _plain(_EXACT.multiply(Decimal(text), times))
    meant, read = _reading(text), _reading(whole)
    assert meant is not None and read is not None
    slack = _EXACT.multiply(meant.slack, times)
    return f"{whole}{_GIVE_OR_TAKE}{_plain(slack)}" if slack > read.slack else whole


def _plain(number: Decimal) -> str:
    plain = format(number, "f")
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if plain in {"-0", ""} else plain


def partial_date(text: str) -> str | None:
    """ISO text of a year, month or day; None where it is none."""
    found = _DATE.match(text.strip())
    if found is None:
        return None
    year, month, day = found[1], found[2], found[3]
    if not int(year) or (month is not None and not 1 <= int(month) <= 12):
        return None
    if month is None:
        return year
    if day is not None and not 1 <= int(day) <= monthrange(int(year), int(month))[1]:
        return None
    return f"{year}-{int(month):02}" + (f"-{int(day):02}" if day is not None else "")


def refines(precise: Value, vague: Value, forms: Forms = NO_FORMS) -> bool:
    """Whether ``precise`` says the same as ``vague`` and more: 2019-05 of 2019, 5 MW of 5, 1234 of 1200.

    Both are normalised. A strict order: a number refines another that may mean all that it may mean itself.
    One without a unit says nothing of which it is, and may mean it as it was written: 5 may be 5 km.
    """
    if precise == vague or precise.kind is not vague.kind:
        return False
    if forms and vague.unit is None and any(refines(form, vague) for form in forms.get(precise, ())):
        return True
    unit_fits = vague.unit in {None, precise.unit}
    if precise.kind is ValueKind.DATE:
        return unit_fits and (
            precise.text == vague.text or (precise.text.startswith(vague.text + "-") and len(vague.text) >= 4)
        )
    if precise.text == vague.text or precise.kind is not ValueKind.NUMBER or not unit_fits:
        return unit_fits and precise.text == vague.text
    a, b = _reading(precise.text), _reading(vague.text)
    return a is not None and b is not None and a.slack < b.slack and a.gap(b) <= b.slack - a.slack


def agree(x: Value, y: Value, forms: Forms = NO_FORMS) -> bool:
    """Whether two normalised values may mean the same: neither excludes the other at its precision.

    5.2 and 5.3 do not: no number between them is rounded to both. ``forms``: as for ``refines``.
    """
    if x == y or refines(x, y) or refines(y, x):
        return True
    for told, bare in ((x, y), (y, x)) if forms else ():
        if bare.unit is None and any(agree(form, bare) for form in forms.get(told, ())):
            return True
    if not x.kind is y.kind is ValueKind.NUMBER or (x.unit and y.unit and x.unit != y.unit):
        return False
    a, b = _reading(x.text), _reading(y.text)
    return a is not None and b is not None and a.gap(b) < a.slack + b.slack


def agreeing(values: Iterable[Value], forms: Forms = NO_FORMS) -> Iterator[tuple[Value, Value]]:
    """The pairs of different values that ``agree``, each once. O(n log n), numbers that may touch, and those
    that have other forms with those that have no unit."""
    together: dict[tuple[ValueKind, str], list[Value]] = {}
    spans: list[tuple[Decimal, Decimal, Value]] = []
    for value in values:
        read = _reading(value.text) if value.kind is ValueKind.NUMBER else None
        if read is None:  # dates of one year, other texts that are equal
            text = value.text[:4] if value.kind is ValueKind.DATE else value.text
            together.setdefault((value.kind, text), []).append(value)
        else:
            low, high = (step(read.number, read.slack) for step in (_EXACT.subtract, _EXACT.add))
            spans.append((low, high, value))
    for some in together.values():
        yield from ((x, y) for x, y in combinations(some, 2) if agree(x, y))
    spans.sort(key=lambda span: span[0])
    for at, (_, high, value) in enumerate(spans):
        for low, _, other in islice(spans, at + 1, None):
            if low > high:
                break
            if agree(value, other):
                yield value, other
    bare = [value for _, _, value in spans if value.unit is None] if forms else []
    for told in (value for _, _, value in spans if value in forms):
        yield from ((told, value) for value in bare if agree(told, value, forms) and not agree(told, value))


def excludes(x: Value, y: Value) -> bool:
    """Whether two normalised values, each of them readable as its kind, contradict each other for good.

    Two that ``agree`` do not, nor do slips: a day that is one off or written month first, a year that is one
    off, numbers that differ by less than a tenth.
    """
    if x.kind is not y.kind or agree(x, y) or (x.unit and y.unit and x.unit != y.unit):
        return False
    if x.kind is ValueKind.NUMBER:
        a, b = _reading(x.text), _reading(y.text)
        return a is not None and b is not None and 10 * a.gap(b) >= max(abs(a.number), abs(b.number))
    if x.kind is ValueKind.DATE:
        a_parts, b_parts = _date_parts(x.text), _date_parts(y.text)
        return bool(a_parts and b_parts) and not _one_slip(a_parts, b_parts)
    return True


def _date_parts(text: str) -> tuple[int, ...]:
    """Year, month, day as far as they are given; empty where the text is no date."""
    return tuple(map(int, text.split("-"))) if partial_date(text) == text else ()


def _one_slip(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    """At the precision of the vaguer one."""
    gaps = [abs(p - q) for p, q in zip(a, b, strict=False)]
    turned = len(gaps) == 3 and a == (b[0], b[2], b[1])
    return turned or (sum(gaps) == 1 and 1 not in gaps[1:2])


class _Reading(NamedTuple):
    """A number, and how far from it what was meant may lie."""

    number: Decimal
    slack: Decimal

    def gap(self, other: "_Reading") -> Decimal:
        return _EXACT.subtract(self.number, other.number).copy_abs()


@lru_cache(maxsize=1 << 14)
def _reading(text: str) -> _Reading | None:
    """What a plain number may mean: half a unit of its last digit to either side.

    Only decimals and numbers that end in two zeros or more are taken to be rounded, to two digits at most:
    1200 is 1150 to 1250, 1000 is 950 to 1050, 5.2 is 5.15 to 5.25; 1250 and 5 are exact. "365.76±15.24" says
    itself how far.
    """
    text, _, slack = text.partition(_GIVE_OR_TAKE)
    if _PLAIN.match(text) is None or (slack and _PLAIN.match(slack) is None):
        return None
    number = Decimal(text)
    if slack:
        return _Reading(number, Decimal(slack).copy_abs())
    digits = text.lstrip("-").replace(".", "").lstrip("0")
    places = -len(text.partition(".")[2])
    zeros = len(digits) - len(digits.rstrip("0"))
    if places == 0:
        if zeros < 2:
            return _Reading(number, Decimal(0))
        places = zeros
        digits = digits[:-zeros]
    places -= max(0, 2 - len(digits))
    return _Reading(number, _EXACT.scaleb(Decimal(5), places - 1))
