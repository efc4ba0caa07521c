"""As what a text introduces the thing that a question names: "a 1955 American drama film", "a town in Kent".

Two texts whose introductions cannot be of one thing are about namesakes. What a thing may be several of at
once (a poet and a politician) tells nothing alone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.asked import BORN, DIED
from retrieval.kinds import members_of
from retrieval.question import NOUN_TYPES
from retrieval.wording import as_written, content_stems, name_in, stem, tokens_of

_QUOTED = re.compile(r"[\"“]([^\"“”]+)[\"”]")
_YEAR = re.compile(r"\b(?:1[0-9]|20)\d\d\b")
_END = re.compile(  # of what a thing is said to be: a clause, who did something to it, where it is
    r"[.;,(\n]|\b(?:in|near|of|from|at|on|for|that|who|which|whose|where|when|by|about|with)\b"
    r"|\b(?!United)\w{3,}ed (?:by|in|on|for|from|and|to|as|at)\b"
)
_WHERE = re.compile(
    r"\b(?:in|near|of) (?:(?:the|[a-z]+ern) )*([A-Z][\w’'-]+(?:,? (?:(?:of|de|the) )?[A-Z][\w’'-]+)*)"
)
_CAPITAL = re.compile(r"[A-Z][\w’'-]+")
_LOWER = re.compile(r"(?<![\w-])[a-z][\w-]+")
_BESIDE = 1  # years by which two dates of one thing may differ: first shown, and released

_NATIONS = frozenset(
    """afghan albanian algerian american angolan argentine argentinian armenian australian austrian
    azerbaijani bangladeshi belarusian belgian bolivian bosnian brazilian british bulgarian burmese
    cambodian cameroonian canadian chilean chinese colombian croatian cuban cypriot czech czechoslovak
    danish dutch ecuadorian egyptian emirati english estonian ethiopian filipino finnish french georgian
    german ghanaian greek guatemalan guyanese haitian honduran hungarian icelandic indian indonesian
    iranian iraqi irish israeli italian ivorian jamaican japanese jordanian kazakh kenyan korean kuwaiti
    latvian lebanese liberian libyan lithuanian luxembourgish macedonian malagasy malaysian maltese
    mexican moldovan mongolian moroccan mozambican namibian nepalese nepali nicaraguan nigerian
    norwegian pakistani palestinian panamanian paraguayan persian peruvian polish portuguese romanian
    russian rwandan salvadoran saudi scottish senegalese serbian singaporean slovak slovene slovenian
    somali soviet spanish sudanese swedish swiss syrian taiwanese tanzanian thai trinidadian tunisian
    turkish ugandan ukrainian uruguayan venezuelan vietnamese welsh yugoslav zambian zimbabwean""".split()
)
_WITHIN = {"english": "british", "scottish": "british", "welsh": "british"}
_WORKS = {  # what names a work of some kind, by stem
    stem(word): words.split()[0]
    for words in (
        "film movie",
        "book novel novella memoir",
        "album record",
        "song single",
        "series sitcom serial",
        "game",
        "play musical opera ballet",
        "newspaper magazine journal",
        "painting fresco",
        "sculpture statue",
        "poem",
    )
    for word in words.split()
}
_STANDING = frozenset(  # what is somewhere and nowhere else, by stem
    {stem(noun) for noun, kind in NOUN_TYPES.items() if kind in ("Place", "Facility")}
    | {part for member in members_of(["institution"]) for part in member[-1:]}
    | set(
        map(
            stem,
            """hamlet municipality district province department parish commune township river lake mountain
            peak hill island castle house mill church cathedral chapel courthouse building bridge station
            airport stadium theatre park""".split(),
        )
    )
)
_OF_LIFE = frozenset({BORN, DIED})


@dataclass(frozen=True, slots=True)
class Introduction:
    """``years`` of a life or a release; ``nations`` by their adjectives; ``places``: words of where it lies;
    ``kinds``: stems of what it is said to be, and ``works``: what kinds of work. Each may be empty.
    """

    years: frozenset[int] = frozenset()
    nations: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    works: frozenset[str] = frozenset()

    def __or__(self, other: "Introduction") -> "Introduction":
        return Introduction(
            self.years | other.years,
            self.nations | other.nations,
            self.places | other.places,
            self.kinds | other.kinds,
            self.works | other.works,
        )

    def excludes(self, other: "Introduction") -> bool:
        """Whether no one thing is likely to be introduced so: works of other kinds, lives or releases years
        apart, buildings and towns that lie elsewhere, other professions in other nations.
        """
        return (
            _apart(self.works, other.works)
            or self._years_from(other) > _BESIDE
            or bool(_STANDING & self.kinds and _STANDING & other.kinds and _apart(self.places, other.places))
            or (_apart(self.nations, other.nations) and _apart(self.kinds, other.kinds))
        )

    def shared(self, other: "Introduction") -> int:
        """In how many ways both say the same."""
        years = bool(self.years and other.years) and self._years_from(other) <= _BESIDE
        said = (
            self.nations & other.nations,
            self.places & other.places,
            self.kinds & other.kinds,
        )
        return years + sum(map(bool, said))

    def _years_from(self, other: "Introduction") -> int:
        return min((abs(a - b) for a in self.years for b in other.years), default=0)


def introductions(question: str, texts: Sequence[str], dated: bool) -> list[Introduction]:
    """What each text says that the thing of the question's name, written in full, is. O(words).

    ``dated``: the question asks for a date: then years are answers, and tell nothing apart.
    """
    name = _name(question)
    return [Introduction() if name is None else _introduction(name, text, dated) for text in texts]


def _name(question: str) -> re.Pattern[str] | None:
    """The name, with what stands in brackets after it, and after "is a", or "a" between commas."""
    quoted = _QUOTED.search(question)
    words = tokens_of(quoted[1] if quoted else question)
    named = (words if any(word.capital for word in words) else ()) if quoted else name_in(words)
    if not named:
        return None
    return re.compile(
        rf"\b{as_written(named)}\b[\"”]?(?P<aside>(?: ?\([^()]{{0,90}}\))*)"
        r"(?:(?:(?:, [^.;]{1,60}?,)? (?:is|was|are|were) |, )(?:an?|the) (?P<said>[^\n]{3,160}))?"
    )


def _introduction(name: re.Pattern[str], text: str, dated: bool) -> Introduction:
    found = Introduction()
    for match in name.finditer(text):
        aside, said = match["aside"], match["said"] or ""
        end = _END.search(said)
        noun = said[: end.start()] if end else said
        place = _WHERE.match(said, end.start()) if end else None
        year = said[end.start() : end.end() + len(" 1955")] if end and end[0] == "of" else ""
        kinds = content_stems(" ".join(_LOWER.findall(f"{aside} {noun}"))) - _OF_LIFE
        nations = {word.casefold() for word in _CAPITAL.findall(noun)} & _NATIONS
        found |= Introduction(
            frozenset() if dated else frozenset(map(int, _YEAR.findall(f"{aside} {noun} {year}"))),
            frozenset(nations | {_WITHIN[word] for word in nations & _WITHIN.keys()}),
            frozenset(map(str.casefold, _CAPITAL.findall(place[1]))) if place else frozenset(),
            kinds,
            frozenset(_WORKS[kind] for kind in kinds & _WORKS.keys()),
        )
    return found


def _apart(some: frozenset[str], others: frozenset[str]) -> bool:
    return bool(some and others) and some.isdisjoint(others)
