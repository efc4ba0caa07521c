"""Names in the form in which they are compared, and what their words say: titles, legal forms, surnames.

Every normalised name may be normalised again.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from enum import IntEnum
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from graph.fusion import lexicon
from graph.fusion.folding import POSSESSIVE, SPELT_OUT, in_latin, name_words, words

_LEGAL_UNSPACED = "|".join(lexicon.LEGAL_UNSPACED)
_AT_AN_END = re.compile(rf"\A(?:{_LEGAL_UNSPACED})|(?:{_LEGAL_UNSPACED})\Z")
_BRACKETED = re.compile(r"\((?:株|有|同|주|유)\)")
_WHOLE = re.compile("[぀-ヿ々㐀-䶿一-鿿가-힣\U00020000-\U0003ffff]{2,}")
_KANA = re.compile("[぀-ヿ]+")
_PREFIX = re.compile(r"(?<=\w )(O|Mc|Mac) (?=[A-Z]\w)")
_INNER_DOT = re.compile(r"(?<=[^\W\d_])\.(?=[^\W\d_])")
_ACRONYM = 5  # letters up to which capitals are an acronym, and not a word that is printed so
_INITIALS = re.compile(r"(?:[A-Z]\.){2,}\s*(?=[A-Z]\w)")


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
    """The words of the name, and those of its legal forms: those behind it, then any that was elsewhere."""
    form: list[str] = []
    formed, titled = of in (NameOf.ANYTHING, NameOf.BODY), of in (NameOf.ANYTHING, NameOf.PERSON)
    name, told = _without_form(name) if formed else (name, "")
    spelt = name if name.isascii() else in_latin(name)
    parts = name_words(spelt) or words(spelt) or words(name)
    changed = True
    while changed:
        changed = False
        if formed and not name.isascii():
            whole = " ".join(parts)
            found = _AT_AN_END.search(whole)
            if found and (bare := name_words(_AT_AN_END.sub("", whole))):
                parts, changed, told = bare, True, found[0]
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
    return parts, [*form, told] if told else form


def _are_letters(parts: Sequence[str]) -> bool:
    """Whether they are the letters of one word: of "U. S." and "3 M", but not of "1 5"."""
    return all(len(word) == 1 for word in parts) and not any(
        a.isdigit() and b.isdigit() for a, b in pairwise(parts)
    )


def _is_title(parts: Sequence[str], of: NameOf) -> bool:
    """Whether the first of two words or more is a title; not of an office, as "King of Norland" is."""
    first, second = parts[0], parts[1]
    if of is NameOf.PERSON and (
        first in lexicon.RANKS or (first in lexicon.BEFORE_A_RANK and second in lexicon.RANKS)
    ):
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
        bare = _without_form(name)[0] if of is NameOf.BODY else name
        yield unicodedata.normalize("NFKC", bare).casefold().translate(SPELT_OUT)
    if of is NameOf.PERSON:
        if " O " in name or " Mc " in name or " Mac " in name:
            yield _PREFIX.sub(r"\1", name)  # "Conan O Brien"
        return
    if "." in name and _INNER_DOT.search(name):
        yield _INNER_DOT.sub("", name)  # "E.ON", "Node.js", "J.P. Morgan"
        if initials := _INITIALS.match(name):
            yield initials[0].replace(".", "").rstrip() + name[initials.end() :]  # "JPMorgan"
    if ("'" in name or "’" in name) and POSSESSIVE.search(name):
        yield POSSESSIVE.sub("s", name)  # "McDonald's"


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


def _without_form(name: str) -> tuple[str, str]:
    """The name without a legal form that is told by its capitals or brackets, unless it is nothing else; and
    that form."""
    form = ""
    if not name.isascii():
        name = unicodedata.normalize("NFKC", name)
        bare, found = _BRACKETED.sub(" ", name), _BRACKETED.search(name)
        if found and words(bare):
            name, form = bare, found[0]
    before, _, rest = name.lstrip().partition(" ")
    if before in lexicon.LEGAL_BEFORE and words(rest):
        name, form = rest, before
    if not name.isascii():
        rest, _, after = name.rstrip().rpartition(" ")
        if after in lexicon.LEGAL_AFTER and words(rest):
            name, form = rest, after
    return name, form


def is_written_whole(name: str) -> bool:
    """Whether a normalised name of one word is a person's surname and given name, which Chinese, Korean and
    Japanese write without a space: "李明", "김철수". What is all in kana transcribes a word: "クリントン".
    """
    return not name.isascii() and bool(_WHOLE.fullmatch(name)) and not _KANA.fullmatch(name)


def acronyms(name: str, form: str = "") -> tuple[str, ...]:
    """First letters of a normalised name's weighty words, and of all its words, where they are two or more:
    "tec" of "tidal energy council", "bon" of "bank of norland". Numbers stand whole ("wwii"), and words of
    the legal form behind it may have a letter: "bbc" of "british broadcasting" with "corporation".
    """
    parts = name.split()
    found = {_initials(parts): None}
    if not lexicon.MINOR.isdisjoint(parts):
        found = {_initials(weighty_words(name)): None, **found}
    for letters in tuple(found):
        for word in form.split():
            if word not in lexicon.LETTERED:
                break
            letters += word[0]
            found[letters] = None
    return tuple(letters for letters in found if len(letters) >= 2)


def is_a_word(surface: str) -> bool:
    """Whether a name of one word is written as a word of everyday language: with an article that is part of
    it ("The Who"), or a pronoun ("It", "Us"). "Nasa" and "Ibm" are acronyms that are written so."""
    article, _, rest = surface.partition(" ")
    word = rest if article in {"The", "the"} else surface
    capitalised = word[:1].isupper() and word[1:].islower()
    return capitalised and (article == "The" or word.lower() in lexicon.PRONOUNS)


def is_an_acronym(surface: str) -> bool:
    """Whether a name of one word is a few capitals, with an article or without: "WHO", "the U.S."."""
    article, _, rest = surface.partition(" ")
    letters = "".join(c for c in (rest if article in {"The", "the"} else surface) if c.isalnum())
    return 2 <= len(letters) <= _ACRONYM and letters.isalpha() and letters == letters.upper()


def _initials(parts: Sequence[str]) -> str:
    if lexicon.NUMERALS.keys().isdisjoint(parts) and not any(map(str.isdigit, parts)):
        return "".join([word[0] for word in parts])
    return "".join([word if word in lexicon.NUMERALS or word.isdigit() else word[0] for word in parts])


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
    if not comma:
        return surface
    after = words(given)
    if not after or "," in given or {*after} <= lexicon.GENERATIONS | lexicon.DEGREES or not words(surname):
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
