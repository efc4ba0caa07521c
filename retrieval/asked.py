"""What a value must be like to answer a question, and the words that stand near it where a text tells it."""

import re
from collections.abc import Set
from dataclasses import dataclass

from graph.ontology import default_ontology
from retrieval.kinds import Members, members_of
from retrieval.question import NOUN_TYPES, Wanted, understand
from retrieval.wording import Token, content_stems, stem, tokens_of

_QUOTED = re.compile(r"[\"“”]([^\"“”]+)[\"“”]")
_SHARES = frozenset({"percentage", "percent", "share", "proportion", "rate"})
_SIZES = frozenset(
    {
        "age",
        "area",
        "size",
        "length",
        "width",
        "height",
        "depth",
        "weight",
        "mass",
        "distance",
        "elevation",
        "altitude",
        "number",
        "population",
        "engine",
        "capacity",
        "revenue",
        "turnover",
        "budget",
        "cost",
        "price",
        "speed",
        "duration",
        "runtime",
        "attendance",
        "enrollment",
        "enrolment",
        "density",
        "salary",
        "headcount",
    }
)
_COUNTED = {"population": frozenset({"people", "persons", "inhabitants", "residents", "citizens"})}
_ROLES = frozenset(
    {
        "artist",
        "author",
        "writer",
        "director",
        "producer",
        "composer",
        "singer",
        "performer",
        "designer",
        "architect",
        "founder",
        "owner",
        "creator",
        "publisher",
        "manufacturer",
        "developer",
        "operator",
        "husband",
        "wife",
        "spouse",
        "father",
        "mother",
    }
)
_KIND_OF = frozenset({"type", "kind", "sort", "form", "name", "types", "kinds"})
_BEFORE_NOUN = frozenset({"is", "are", "was", "were", "the", "a", "an", "of"})


@dataclass(frozen=True, slots=True)
class Asked:
    """``noun``: what is asked for ("political party"), and ``members`` what is listed as one.

    ``names``: stems of the words that name what is asked about; ``stems``: of the others; ``relation``:
    those, and the other words for the same relation. ``counted``: what a number that answers counts.
    """

    question: str
    wanted: Wanted
    noun: str
    members: Members
    stems: frozenset[str]
    names: frozenset[str]
    relation: frozenset[str]
    counted: frozenset[str]
    shares: bool

    @property
    def open(self) -> bool:
        """Whether only the noun says what kind of thing answers."""
        return self.wanted in (Wanted.ANYTHING, Wanted.TYPED)


def asked_of(text: str) -> Asked:
    tokens = tokens_of(text)
    quoted = {s for part in _QUOTED.findall(text) for s in content_stems(part)}
    told = [t for t in tokens if not t.stop]
    names = frozenset(t.stem for t in told if t.capital or t.stem in quoted)
    plain = [t for t in told if t.stem not in names]
    nouns = _noun_phrase(tokens, names)
    stems = frozenset(t.stem for t in plain)
    return Asked(
        question=text,
        wanted=_wanted(text, nouns, plain),
        noun=" ".join(nouns),
        members=members_of(nouns[-1:]),
        stems=stems,
        names=names,
        relation=stems | _other_words(stems),
        counted=frozenset().union(*(_COUNTED.get(noun, frozenset()) for noun in nouns)),
        shares=any(t.text.lower() in _SHARES for t in plain),
    )


def _wanted(text: str, nouns: list[str], plain: list[Token]) -> Wanted:
    read = understand(text, ())
    if read.wanted is Wanted.TYPED and read.noun_type == "Place":
        return Wanted.PLACE
    if read.wanted is Wanted.TYPED and read.noun_type in ("Organization", "Person"):
        return Wanted.AGENT
    head = nouns[-1] if nouns else ""
    if read.wanted is Wanted.ANYTHING and (head in _ROLES or NOUN_TYPES.get(head) == "Organization"):
        return Wanted.AGENT
    if read.wanted is Wanted.ANYTHING and any(t.text.lower() in _SIZES for t in plain):
        return Wanted.NUMBER
    return read.wanted


def _noun_phrase(tokens: tuple[Token, ...], names: Set[str]) -> list[str]:
    """The words after "which" or "what is the", the head last: "political party", "primary medium"."""
    words = [token.text.lower() for token in tokens]
    at = next((n for n, word in enumerate(words) if word in ("what", "which")), None)
    if at is None:
        return []
    found: list[str] = []
    for token, word in zip(tokens[at + 1 :], words[at + 1 :], strict=True):
        if token.stem in names or (found and (token.stop or word.endswith("ed"))):
            if found and found[-1] in _KIND_OF and word == "of":
                found = []
                continue
            break
        if not found and word in _BEFORE_NOUN:
            continue
        if token.stop:
            break
        found.append(word)
    return found


def _other_words(stems: Set[str]) -> frozenset[str]:
    """The words of the ontology's relations that a question in these words may ask for."""
    found: set[str] = set()
    for relation in default_ontology().relation_types.values():
        phrases = [content_stems(phrase) for phrase in relation.phrases]
        if any(words and words <= stems for words in phrases):
            found.update(*phrases)
    return frozenset(found)


BORN, DIED = stem("born"), stem("die")
