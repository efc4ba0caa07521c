"""How alike two referents are, in integer micro-units, from their own evidence alone.

A score reads the two referents, the epoch and the ontology, and nothing else: no cluster, no other document.
That is what lets a pair be scored once and kept until one of its referents goes.
"""

from collections.abc import Callable

from graph.fusion.epoch import Epoch
from graph.fusion.matcher import Sighting, log_odds
from graph.fusion.names import PersonName, is_bare_surname, is_written_whole, person_name
from graph.fusion.profiles import PERSON, Profile
from graph.fusion.slips import Edit, one_edit
from graph.ontology import THING, Ontology


class Scorer:
    """Scores under one epoch and ontology; remembers what it has compared for as long as it lives."""

    def __init__(self, epoch: Epoch, ontology: Ontology) -> None:
        self.epoch = epoch
        self._ontology = ontology
        self._known: dict[tuple[Profile, Profile], int] = {}
        self._compatible: dict[tuple[str, str], bool] = {}
        self._people_types: dict[str, bool] = {}
        self._seldom = epoch.matcher.rarity

    def score(self, a: Profile, b: Profile) -> int:
        """0 (never one) to 1_000_000; symmetric."""
        key = (a, b)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._known[b, a] = self.measure(a, b)
        return found

    def log_odds(self, a: Sighting, b: Sighting) -> int:
        """Micro-nats that two records, compared attribute by attribute, are one; symmetric."""
        return log_odds(self.epoch.matcher, self._seldom, a, b)

    def opposed(self, a: Profile, b: Profile) -> bool:
        """Whether the two cannot be one entity: incompatible types, or full names with nothing in common, be
        it that one acronym abbreviates both, or that both are also known by one alias."""
        if not self.compatible(a.type, b.type):
            return True
        if not (a.full and b.full):
            return False
        return self.score(a, b) == 0 or self._share_an_alias(a, b)

    def are_strangers(self, a: Profile, b: Profile) -> bool:
        """Whether the own full names of the two have nothing in common."""
        if not (a.full and b.full) or not {*a.own}.isdisjoint(b.own):
            return False
        alike = self.of_names(people=self.are_people(a, b))
        return not any(alike(x, y) for x in a.own for y in b.own)

    def differ_in_form(self, a: Profile, b: Profile) -> bool:
        """Whether the names of one alone bear a legal form: "Siemens AG" and "Siemens"."""
        return bool(a.formal) != bool(b.formal)

    def homonyms(self, a: Profile, b: Profile) -> bool:
        """Whether they bear one name, but their types or titles exclude each other."""
        excluding = not self.compatible(a.type, b.type) or a.is_other_gender(b)
        return excluding and not {*a.names}.isdisjoint(b.names)

    def compatible(self, a: str, b: str) -> bool:
        """As the ontology says; a type that it does not know is a plain Thing, which may be anything."""
        found = self._compatible.get((a, b))
        if found is None:
            known = [t if t in self._ontology.entity_types else THING for t in (a, b)]
            found = self._compatible[a, b] = self._ontology.compatible(*known)
        return found

    def may_be_person(self, kind: str) -> bool:
        return self.compatible(kind, PERSON)

    def may_be_other(self, kind: str) -> bool:
        return not self.is_person(kind)

    def measure(self, a: Profile, b: Profile) -> int:
        """The score, computed and not remembered."""
        if not self.compatible(a.type, b.type):
            return 0
        if self.are_people(a, b):
            return self._people(a, b)
        return self._things(a, b)

    def are_people(self, a: Profile, b: Profile) -> bool:
        """Whether names are compared as those of people."""
        return self.is_person(a.type) or self.is_person(b.type)

    def is_person(self, kind: str) -> bool:
        found = self._people_types.get(kind)
        if found is None:
            found = self._people_types[kind] = PERSON in self._ontology.ancestors(kind)
        return found

    def _people(self, a: Profile, b: Profile) -> int:
        if a.is_other_gender(b):
            return 0
        if a.full and b.full:
            return self._full(a, b, self.person)
        shared = {*a.names} & {*b.names}
        if any(map(is_written_whole, shared)):  # of a type of which it is not told before
            return self.epoch.exact
        if self.is_mononym(a, b):
            return self.epoch.initials
        if any(map(is_bare_surname, shared)) and not any(person_name(n).given for n in a.names + b.names):
            return self.epoch.initials  # two van Goghs are rather one than two Vances are
        surnames = {person_name(n).surname for n in a.names} & {person_name(n).surname for n in b.names}
        return self.epoch.grey if surnames else 0

    def is_mononym(self, a: Profile, b: Profile) -> bool:
        """Whether their documents know both by one word alone, which the epoch lists as a name by itself."""
        alone = not (a.full or b.full) and a.short == b.short and not any(" " in name for name in a.short)
        return alone and any(name in self.epoch.mononyms for name in a.short)

    def of_names(self, *, people: bool) -> Callable[[str, str], int]:
        """What two full names score, as those of people or of anything else."""
        return self.person if people else self.thing

    def person(self, a: str, b: str) -> int:
        """Of two full names of people."""
        if a == b:
            return self.epoch.exact
        if initials_agree(a, b):
            return self.epoch.initials
        return self.epoch.grey if surname_agrees(a, b) or one_edit(a, b) is not Edit.NONE else 0

    def _things(self, a: Profile, b: Profile) -> int:
        if a.full and b.full:
            found = max(self._full(a, b, self.of_bodies(a, b)), self._by_title(a, b))
            if not (a.short or b.short or a.capitals or b.capitals):
                return found
            if _stand_for(a, b):
                return max(found, self.epoch.acronym)
            in_doubt = not {*a.short}.isdisjoint(b.short) or _initials_of(a, b)
            return max(found, self.epoch.grey if in_doubt else 0)
        shared = set(a.short) & set(b.short)
        aliases = {*a.short} if a.full else {*b.short} if b.full else set()
        other = homographs(a, b)
        spelt = _abbreviations(a) | _abbreviations(b)  # of one of the two at most
        compared = ((x, y) for x in a.names for y in b.names if x != y or x not in aliases | other)
        best = max((self.thing(x, y) for x, y in compared), default=0)
        alike = shared & aliases - other or spelt.intersection(a.capitals if b.full else b.capitals)
        if alike:
            return max(best, self.epoch.acronym)
        return max(best, self.epoch.grey if other or _initials_of(a, b) else self._by_title(a, b))

    def of_bodies(self, a: Profile, b: Profile) -> Callable[[str, str], int]:
        """What two of their full names score. One that bears a legal form shortens none: "Siemens AG" is no
        other way to write "Siemens Energy AG"."""
        if not (a.formal or b.formal):
            return self.thing

        def alike(x: str, y: str) -> int:
            found = self.thing(x, y)
            if found != self.epoch.rare_subset:
                return found
            p, q = {*x.split()}, {*y.split()}
            is_whole = (p < q and x in a.formal) or (q < p and y in b.formal)
            return min(found, self.epoch.grey) if is_whole else found

        return alike

    def _by_title(self, a: Profile, b: Profile) -> int:
        """Of two that may be people, though neither is told to be: "Dr. Anna Vance" is hardly another than
        "Anna Vance", "Dr. No" may be another than "No"."""
        if not (a.untitled or b.untitled) or not all(map(self.may_be_person, (a.type, b.type))):
            return 0
        if a.is_other_gender(b):
            return 0
        shared = {*a.untitled, *b.untitled} & {*a.untitled, *a.names} & {*b.untitled, *b.names}
        if not shared:
            return 0
        return self.epoch.initials if any(" " in name for name in shared) else self.epoch.grey

    def _full(self, a: Profile, b: Profile, alike: Callable[[str, str], int]) -> int:
        """Of two with full names. Where their own have nothing in common, an alias of both is in doubt:
        "Zentral Bank, formerly Union Bank" need not be "Nord Bank, formerly Union Bank"."""
        best = _by_own(a, b, alike)
        if best or (a.own == a.full and b.own == b.full):
            return best
        return min(max(alike(x, y) for x in a.full for y in b.full), self.epoch.grey)

    def _share_an_alias(self, a: Profile, b: Profile) -> bool:
        """Whether all that joins full names is aliases of both, or short names that abbreviate each."""
        people = self.are_people(a, b)
        if _by_own(a, b, self.of_names(people=people)) or self._by_title(a, b):
            return False
        if not people and (_stand_for(a, b) or _initials_of(a, b)):
            return False
        return people or set(a.short) & set(b.short) <= _abbreviations(a) & _abbreviations(b)

    def thing(self, a: str, b: str) -> int:
        """Of two names of anything else."""
        if a == b:
            return self.epoch.exact
        x, y = a.split(), b.split()
        short, long = (x, y) if len(x) < len(y) else (y, x)
        if len(short) < len(long) and short[0] == long[0] and set(short) < set(long):
            return self.epoch.rare_subset if any(map(self.epoch.rare_word, short)) else self.epoch.grey
        edit = one_edit(a, b, self.epoch.rarity)
        return 0 if edit is Edit.NONE else self.epoch.typo if edit is Edit.SLIP else self.epoch.grey


def homographs(a: Profile, b: Profile) -> set[str]:
    """Names that one bears as a word of everyday language and the other as an acronym, which are equal but
    for an article and case: "The Who", "WHO"."""
    return {*a.worded}.intersection(b.lettered) | {*b.worded}.intersection(a.lettered)


def _by_own(a: Profile, b: Profile, alike: Callable[[str, str], int]) -> int:
    """The best of the full names of the two; where their own are nothing alike, of one's own with any of the
    other's."""
    if len(a.full) == len(b.full) == 1:
        return alike(a.full[0], b.full[0])
    best = max(alike(x, y) for x in a.own for y in b.own)
    if a.own == a.full and b.own == b.full:
        return best
    if best:
        return max(alike(x, y) for x in a.full for y in b.full)
    return max(alike(x, y) for x in a.full for y in b.full if x in a.own or y in b.own)


def _stand_for(a: Profile, b: Profile) -> set[str]:
    """Names of one word or so by which one of two with full names is called, and the other in full: "TEC AG"
    of the "Tidal Energy Council", "Bolt Ltd" of "Nut Works Inc, once called Bolt". Not where a document only
    shortens the name of the one, and the other bears a legal form: "Siemens Energy AG, in short Siemens" is
    not "Siemens AG"."""
    found: set[str] = set()
    for one, other in ((a, b), (b, a)):
        called = {*one.short} & {*other.full}
        found |= {name for name in called if not (name in other.formal and one.shortens(name))}
        found |= _abbreviations(one).intersection(one.letters, other.capitals, other.full)
    return found


def _initials_of(a: Profile, b: Profile) -> set[str]:
    """Names of one in capitals that are acronyms of the other, those of two letters too, which fit much; not
    those by which one with a full name is called besides."""
    if not (a.capitals or b.capitals):
        return set()
    return {
        letters
        for one, other in ((a, b), (b, a))
        for letters in one.capitals
        if letters in other.letters and (letters in one.full or not one.full)
    }


def _abbreviations(of: Profile) -> set[str]:
    """Acronyms of its full names, and short names in capitals beside them: TEC of the "Tidal Energy Co"."""
    if not of.full:
        return set()
    return {letters for letters in (*of.letters, *of.capitals) if len(letters) > 2}


def initials_agree(a: str, b: str) -> bool:
    """Full names of people with one surname, whose given names are equal or initials of each other, and who
    are not told apart as father and son."""
    x, y = person_name(a), person_name(b)
    return (
        _may_be_kin(x, y)
        and bool(x.given and y.given)
        and all(_same_given(p, q) for p, q in zip(x.given, y.given, strict=False))
        and all(_same_given(p, q) for p, q in zip(x.particles, y.particles, strict=False))
    )


def surname_agrees(a: str, b: str) -> bool:
    """Full names of people of which one may be a surname alone of the other: "Elizabeth II" of nobody's given
    name, "García Márquez" of "Gabriel García Márquez"."""
    x, y = person_name(a), person_name(b)
    if not _may_be_kin(x, y):
        return False
    short, long = sorted(((*x.given, *x.particles), (*y.given, *y.particles)), key=len)
    return not (x.given and y.given) or long[len(long) - len(short) :] == short


def _may_be_kin(x: PersonName, y: PersonName) -> bool:
    """Whether they have one surname and are not told apart as father and son."""
    told_apart = x.generation and y.generation and x.generation != y.generation
    return x.surname == y.surname and not told_apart


def _same_given(a: str, b: str) -> bool:
    return a == b or (a[0] == b[0] and 1 in (len(a), len(b)))
