"""Names in a text, of one person or of several, in one form however they stand beside each other.

"Abel, Frank; Moreno, Anna", "Anna Moreno and Frank Abel" and "by Frank Abel, Anna Moreno (Authors)" are one
list; who is named first tells nothing, nor does what they did. A list that names fewer is another one, unless
it says so ("et al."). "F. Abel" and "Abel F" are a Frank Abel in short. What holds a digit or a sign is no
name, and a list of anything else is one, too: it does no harm there. Every function here is pure.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from graph.fusion import lexicon
from graph.fusion.given_names import FEMALE_NAMES, MALE_NAMES
from graph.fusion.names import person_name, untitled

_LONGEST = 2_000  # code points
_MOST = 64  # names
_WORDS = 5  # of a name
_RUN = 4  # words from which on a name may be those of two
_ROW = 2 * 8  # words of names between which nothing stands
_WORD = r"[^\W\d_](?:[^\W\d_]|['’.-])*"
_NAME = re.compile(rf"{_WORD}(?: {_WORD}){{0,{_WORDS - 1}}}\Z")
_NAMES = re.compile(rf"{_WORD}(?: {_WORD}){{0,{_ROW - 1}}}\Z")
_OTHERS = re.compile(r"[,;]?\s*[(\[]?\b(?:et al\.?|and others)[)\]]?\Z")
_OPEN = "et al"
_UNNAMED = frozenset({_OPEN, "et al.", "others", "and others"})
_LISTED = re.compile(r"\s*[;|]\s*|\s/\s")
_AND = re.compile(r",?\s(?:and|&)\s")
_RUN_ON = re.compile(r"(?<=\b[^\W\d_]\.)(?=[^\W\d_])")  # "J.K. Rowling"
_BY = re.compile(r"(?:written )?by:? (?!(?:the|an?|all|no|my) )")
_DID = (
    r"(?:(?:joint|co-?|general|series|contributing)[ -]?)?(?:authors?|editors?|eds?\.?|illustrators?"
    r"|translators?|contributors?|compilers?|narrators?|photographers?|writers?|introduction|foreword|preface"
    r"|afterword)"
)
_ROLE = re.compile(rf"\s*[(\[]{_DID}(?:(?:, | and | & |/){_DID})*[)\]]")
_ASIDE = lexicon.DEGREES | {"author", "authors", "editor", "editors"}
_GIVEN = FEMALE_NAMES | MALE_NAMES
_APART = "; "


class Names(NamedTuple):
    """Folded names in order. ``others``: there are more, which are not named."""

    names: tuple[str, ...]
    others: bool

    @property
    def text(self) -> str:
        return _APART.join((*self.names, _OPEN) if self.others else self.names)

    @property
    def rough(self) -> tuple[str, ...]:
        """What lists have in common that may be one, of each name."""
        return tuple(sorted(_name(name).rough for name in self.names))

    @property
    def exact(self) -> tuple[str, ...] | None:
        """What those have in common, if no name begins with a letter that stands for others."""
        found = [_name(name) for name in self.names]
        return None if any(name.is_short for name in found) else tuple(sorted(name.exact for name in found))

    @property
    def words(self) -> tuple[tuple[str, ...], ...]:
        """Of each name, in no order."""
        return tuple(sorted(tuple(sorted(name.split())) for name in self.names))

    @property
    def all_words(self) -> tuple[str, ...]:
        return tuple(sorted(word for name in self.names for word in name.split()))

    @property
    def surnames(self) -> tuple[str, ...]:
        return tuple(sorted(_name(name).surname for name in self.names))

    @property
    def given_first(self) -> int:
        """How many names have a given name where it is spoken."""
        return sum(map(_is_spoken, self.names))

    @property
    def are_full(self) -> bool:
        """Whether each name has several words, and few enough to be one person's."""
        return all(1 < len(name.split()) < _RUN for name in self.names)

    @property
    def are_loose(self) -> bool:
        """Whether it may be parted into names in another way: single words, or a row of many."""
        lengths = {len(name.split()) for name in self.names}
        return lengths == {1} or (len(self.names) == 1 and min(lengths) >= _RUN)

    def refines(self, vague: "Names") -> bool:
        """Whether it says the same and more: each name there is one here, or one of them in short. A strict
        order."""
        if self == vague or (self.others and not vague.others):
            return False
        spare = len(self.names) - len(vague.names) - (vague.others and not self.others)
        if spare < 0 or (spare and not vague.others):
            return False
        if not vague.others and self.rough != vague.rough:
            return False
        return _matched(vague.names, self.names, _is_short_of)

    def agrees(self, other: "Names") -> bool:
        """Whether both may be one list."""
        if self == other or self.refines(other) or other.refines(self):
            return True
        if self.others or other.others or self.rough != other.rough:
            return False
        return _matched(self.names, other.names, lambda x, y: _is_short_of(x, y) or _is_short_of(y, x))


@lru_cache(maxsize=1 << 14)
def names(text: str) -> Names | None:
    """The names that are all of a folded text; None where it is none. ``names(found.text)`` is ``found``."""
    if len(text) > _LONGEST:
        return None
    found = _read(text)
    # What one said twice, or in another order, may read as more once it stands alone.
    return found if found is None or found.text == text else names(found.text)


def _read(text: str) -> Names | None:
    bare = _ROLE.sub("", text).strip(" ,;")
    found = _names(bare[by.end() :]) if (by := _BY.match(bare)) is not None else None
    if found is not None and found.are_full and (len(found.names) > 1 or found.given_first):
        return found
    return _names(bare)


def _names(text: str) -> Names | None:
    named = _OTHERS.sub("", text)
    listed = [part for part in _LISTED.split(named) if part]
    if len(listed) > 1 or named != text:
        found = [name for part in listed for each in _AND.split(part) for name in _in_order(each)]
    else:
        found = list(_by_commas(_AND.split(named)))
    if len(found) == 1:
        found = _in_a_row(found[0])
    are_people = len(found) > 1 or "," in named
    folded = [_folded(name, are_people=are_people) for name in found if name not in _UNNAMED]
    if not 0 < len(folded) <= _MOST or not all(map(_NAME.match, folded)):
        return _row(folded)
    if len(folded) > 1 and all(map(_is_turned, folded)):
        folded = [" ".join(name.split()[::-1]) for name in folded]
    alone = [name for name in folded if " " not in name]  # "Duran and Duran" is no Duran
    others = named != text or len(folded) < len(found)
    return Names(tuple(sorted([*alone, *{name for name in folded if " " in name}])), others)


def _row(folded: Sequence[str]) -> Names | None:
    """As one, what may be the names of several between which nothing stands."""
    is_row = len(folded) == 1 and _NAMES.match(folded[0]) and len(folded[0].split()) % 2 == 0
    return Names((folded[0],), others=False) if is_row else None


def _in_a_row(text: str) -> list[str]:
    """The names of a text in which nothing stands between them, where given names tell which: "Barrett Anna
    King John"; else all as one."""
    words = text.split()
    if len(words) < _RUN or len(words) % 2:
        return [text]
    pairs = [" ".join(pair) for pair in zip(words[::2], words[1::2], strict=True)]
    known = all(map(_is_turned, pairs)) or all(map(_is_spoken, pairs))
    return pairs if known and not any(map(_is_letter, words)) else [text]


def _in_order(item: str) -> list[str]:
    """The name that is an item of a list of which commas do not part the items."""
    pieces = _pieces(item)
    return [_turned(*pieces)] if len(pieces) == 2 else pieces


def _by_commas(parts: Sequence[str]) -> Iterator[str]:
    """The names of texts between which an "and" stands: of "Abel, Frank" one, of "Ann Abel, Bob Holm" two."""
    split = list(map(_pieces, parts))
    words = len(split) > 1 and any(len(pieces) == 1 and " " not in pieces[0] for pieces in split)
    for pieces in split:
        pairs = list(zip(pieces[::2], pieces[1::2], strict=False))
        if pairs and not words and len(pieces) % 2 == 0 and _are_turned(pairs):
            yield from (_turned(*pair) for pair in pairs)
        else:  # "Abel, Holm and Moreno"
            yield from pieces


def _pieces(text: str) -> list[str]:
    first, *others = [piece for each in text.split(",") if (piece := each.strip())] or [""]
    return [first, *(each for each in others if " " not in first or each.replace(".", "") not in _ASIDE)]


def _are_turned(pairs: Sequence[tuple[str, str]]) -> bool:
    """Whether they are surnames and given names: "Abel, Frank J.", "Le Guin, Ursula K.", "King, Jr."."""
    given = [word.rstrip(".") for _, after in pairs for word in after.split()]
    are_given = all(len(word) == 1 or word in _GIVEN for word in given)
    if len(pairs) > 1:
        return are_given
    ((first, second),) = pairs
    if " " in first and " " in second:
        return are_given and first.split()[0] not in _GIVEN
    return True


def _turned(surname: str, given: str) -> str:
    after = {word.rstrip(".") for word in given.split()}
    return f"{surname} {given}" if after <= lexicon.GENERATIONS else f"{given} {surname}"


def _folded(name: str, *, are_people: bool) -> str:
    """With a point behind each initial and behind no other word. A single letter is an initial of people and
    where several are: "C minor" stays."""
    said = _RUN_ON.sub(" ", name).strip(" ,").split()
    if (spoken := _with_letters_first(said)) != said:
        said, are_people = spoken, True
    *words, last = said or [""]
    letters = sum(len(word) == 1 for word in words)
    dotted = [word if len(word) == 2 and word[1] == "." else word.rstrip(".") or word for word in words]
    if are_people or letters > 1:
        dotted = [f"{word}." if len(word) == 1 else word for word in dotted]
    return " ".join((*dotted, last.rstrip(".") or last))


def _with_letters_first(words: list[str]) -> list[str]:
    """ "Smith J" is J. Smith; Frank J may be a Frank, in short for what comes after."""
    bare = list(words)
    while bare and _is_letter(bare[-1]):
        bare.pop()
    if not bare or _is_letter(bare[0]) or bare[0] in _GIVEN:
        return words
    return [*words[len(bare) :], *bare]


def _is_turned(name: str) -> bool:
    """Whether of its two words the last is a given name, and the first is none."""
    words = name.split()
    return len(words) == 2 and words[1] in _GIVEN and words[0] not in _GIVEN and not _is_letter(words[0])


def _is_spoken(name: str) -> bool:
    """Whether it begins with a given name, or a letter of one, and does not end with one."""
    words = name.split()
    begins = words[0] in _GIVEN or _is_letter(words[0])
    return len(words) > 1 and begins and words[-1] not in _GIVEN


class _Name(NamedTuple):
    """A person's name, in its parts. ``rough``: surname, particles, a letter of the first given name, and the
    further ones that no letter may stand for; ``exact``: and all of that first name."""

    titles: str
    given: tuple[str, ...]
    particles: tuple[str, ...]
    surname: str
    generation: str
    rough: str
    exact: str

    @property
    def is_short(self) -> bool:
        return bool(self.given) and _is_letter(self.given[0])


@lru_cache(maxsize=1 << 16)
def _name(name: str) -> _Name:
    bare = untitled(name)
    surname, given, particles, generation = person_name(name)
    first = given[0] if given else ""
    kept = " ".join(each for each in given[1:] if not _is_common(each))
    ends = " ".join((kept, *particles, surname))
    titles = name[: len(name) - len(bare)]
    return _Name(titles, given, particles, surname, generation, f"{first[:1]}, {ends}", f"{first}, {ends}")


def _is_short_of(short: str, full: str) -> bool:
    """Whether the one is the other in fewer letters, or in as many: "f. abel" of "frank j. abel"."""
    if short == full:
        return True
    x, y = _name(short), _name(full)
    if x.rough != y.rough or not 0 < len(x.given) <= len(y.given):
        return False
    if x.generation not in ("", y.generation) or x.titles not in ("", y.titles):
        return False
    if not all(_is_initial_of(a, b, n) for n, (a, b) in enumerate(zip(x.given, y.given, strict=False))):
        return False
    more = y.given[len(x.given) :]
    return not more or all(map(_is_common, (x.given[0], *more)))


def _is_initial_of(short: str, full: str, place: int) -> bool:
    if short == full:
        return True
    fits = _is_letter(short) and not _is_letter(full) and short[0] == full[0]
    return fits and (full in _GIVEN or (place == 0 and short.endswith(".")))


def _is_common(given: str) -> bool:
    """Whether it is a letter or a name that many bear, such as may be left out between others."""
    return _is_letter(given) or given in _GIVEN


def _is_letter(given: str) -> bool:
    return len(given.rstrip(".")) == 1


def _matched(few: Sequence[str], many: Sequence[str], is_one: Callable[[str, str], bool]) -> bool:
    """Whether each of the first can be another one of the second."""
    fits = [[n for n, name in enumerate(many) if is_one(each, name)] for each in few]
    taken: dict[int, int] = {}

    def place(each: int, tried: set[int]) -> bool:
        for n in fits[each]:
            if n not in tried:
                tried.add(n)
                if n not in taken or place(taken[n], tried):
                    taken[n] = each
                    return True
        return False

    return all(place(each, set()) for each in range(len(few)))
