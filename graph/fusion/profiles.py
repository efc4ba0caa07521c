"""What is compared of a referent: its names in all their readings, and how they are written."""

from functools import lru_cache
from typing import NamedTuple

from graph.fusion.folding import words
from graph.fusion.names import (
    NameOf,
    acronyms,
    gender_of,
    is_a_word,
    is_an_acronym,
    is_bare_surname,
    is_written_whole,
    parted,
    personal,
    readings,
    untitled,
)
from graph.types import Referent

PERSON = "Person"
_READ_AS = {PERSON: NameOf.PERSON} | dict.fromkeys(
    ("Place", "Facility", "Product", "Project", "Event", "Work"), NameOf.THING
)  # anything else may be a body, and bear a legal form


class Profile(NamedTuple):
    """What is compared of a referent. ``full`` are its names of several words, a company's of one that bears
    a legal form, and a person's that are written as one (``is_written_whole``). ``short`` are the others, a
    person's "de Gaulle" among them, and so is "Deutsche Bank" beside "Deutsche Bank Luxembourg S.A.".

    ``own``: the full name by which its document calls it, in all its readings; the others are aliases of it.
    ``untitled``: of what may be a person, but is not told to be, its names less a title. ``gender``: of the
    titles, where all that tell one agree. ``formal``: of the full names those that bear a legal form.
    ``worded``, ``lettered``: of the names of one word those that are written as a word of everyday language
    (``is_a_word``), and those that are written as an acronym, wherever the document gives them.
    """

    type: str
    full: tuple[str, ...]
    short: tuple[str, ...]
    capitals: tuple[str, ...]  # names of one word written in capitals, which may be acronyms
    own: tuple[str, ...]
    letters: tuple[str, ...] = ()  # acronyms of the names of several words
    untitled: tuple[str, ...] = ()
    gender: str = ""
    formal: tuple[str, ...] = ()
    worded: tuple[str, ...] = ()
    lettered: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return self.full + self.short

    def shortens(self, name: str) -> bool:
        """Whether the name is the beginning of that by which its document calls it."""
        return any(own.startswith(f"{name} ") for own in self.own)

    def is_other_gender(self, other: "Profile") -> bool:
        return {self.gender, other.gender} == {"m", "f"}


def profile(referent: Referent) -> Profile:
    return _profile(referent.type, referent.names)


@lru_cache(maxsize=1 << 18)
def _profile(kind: str, surfaces: tuple[str, ...]) -> Profile:
    read_as = _READ_AS.get(kind, NameOf.BODY)
    names: dict[str, str] = {}
    forms: dict[str, str] = {}
    formal: set[str] = set()
    spelt: dict[str, list[str]] = {}
    for given in surfaces:
        for surface in (personal(given),) if read_as is NameOf.PERSON else parted(given, read_as):
            found = readings(surface, read_as)
            for reading, form in found.items():
                names[reading] = surface
                forms[reading] = form or forms.get(reading, "")
                if " " not in reading:
                    spelt.setdefault(reading, []).append(surface)
            if any(found.values()):
                formal.update(found)
    names.pop("", None)
    if kind == PERSON:
        whole = {n for n in names if _is_full_name(n)}
    else:
        whole = {n for n in names if " " in n or n in formal}
    own = whole
    if len(whole) > 1:
        first = next(surface for n, surface in names.items() if n in whole)
        own = {n for n in whole if names[n] == first}
        if not own.isdisjoint(formal):
            whole = whole - {n for n in whole - own - formal if any(each.startswith(f"{n} ") for each in own)}
    full = tuple(sorted(whole))
    short = tuple(sorted(names.keys() - whole)) if len(names) > len(whole) else ()
    called = full if len(full) < 2 else tuple([n for n in full if n in own])
    genders = {*map(gender_of, surfaces)} - {""} if read_as is not NameOf.THING else set()
    gender = genders.pop() if len(genders) == 1 else ""
    if kind == PERSON:
        return Profile(kind, full, short, (), called, gender=gender)
    several = sorted([n for n in names if " " in n])
    single = [n for n in short if " " not in n]
    capitals = [n for n in spelt if n in names and _may_be_acronym(n, names[n], n in formal)]
    titled = several if read_as is NameOf.BODY else []
    return Profile(
        kind,
        full,
        short,
        tuple(sorted(capitals)),
        called,
        tuple(dict.fromkeys([a for n in several for a in acronyms(n, forms[n])])),
        tuple([bare for n in titled if (bare := untitled(n)) != n]),
        gender,
        tuple([n for n in full if n in formal]) if formal else (),
        tuple([n for n in single if all(map(is_a_word, spelt[n]))]) if single else (),
        tuple([n for n in single if all(map(is_an_acronym, spelt[n]))]) if single else (),
    )


def _is_full_name(name: str) -> bool:
    """Of a person's normalised name."""
    return not is_bare_surname(name) if " " in name else is_written_whole(name)


def _may_be_acronym(name: str, surface: str, formal: bool) -> bool:
    """Whether a name of one word is in capitals, whatever stands beside it: "BMW AG", not "Rex AG"."""
    if len(name) < 2:
        return False
    if not formal:
        return _in_capitals(surface)
    return any("".join(words(part)) == name and _in_capitals(part) for part in surface.split())


def _in_capitals(surface: str) -> bool:
    """ "NATO", "U.S.A." and "DoD", whose small words are written small."""
    letters = [c for c in surface if c.isalpha()]
    return 2 * sum(map(str.isupper, letters)) > len(letters) and surface[0].isupper()
