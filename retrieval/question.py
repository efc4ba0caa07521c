"""What a question asks for: the kind of its answer, and the words by which it means a relation.

There is no grammar here and no model. Questions in businesslike English put the words of a relation beside
the name they relate to; what is read from word order is used to prefer one reading, never to force it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from graph.types import PartialDate
from retrieval.types import Topic
from retrieval.wording import Token, stem, tokens_of


class Wanted(StrEnum):
    """The kind of thing that would answer."""

    AGENT = "agent"  # who
    PLACE = "place"  # where
    DATE = "date"  # when
    NUMBER = "number"  # how many, how much
    REASON = "reason"  # why
    TYPED = "typed"  # which company: ``noun_type``
    ANYTHING = "anything"


NOUN_TYPES = {
    "company": "Organization", "firm": "Organization", "organization": "Organization",
    "organisation": "Organization", "university": "Organization", "institution": "Organization",
    "council": "Organization", "authority": "Organization", "agency": "Organization",
    "business": "Organization", "team": "Organization", "club": "Organization", "band": "Organization",
    "airline": "Organization", "person": "Person", "man": "Person", "woman": "Person",
    "city": "Place", "town": "Place", "village": "Place", "place": "Place", "country": "Place",
    "state": "Place", "county": "Place", "continent": "Place", "location": "Place", "region": "Place",
    "product": "Product", "project": "Project", "event": "Event",
    "book": "Work", "facility": "Facility", "plant": "Facility",
}  # fmt: skip
_TYPE_BY_STEM = {stem(noun): kind for noun, kind in NOUN_TYPES.items()}
_DATE_NOUNS = frozenset(map(stem, ("year", "date", "day", "month", "time")))
_NUMBER_NOUNS = frozenset(map(stem, ("number", "amount", "figure", "total")))
_ENDINGS = frozenset(map(stem, ("leave", "end", "stop", "resign", "quit", "retire", "until", "step")))
_BEGINNINGS = frozenset(map(stem, ("start", "begin", "become", "join", "since", "appoint", "down", "take")))
_PAST = frozenset(map(stem, ("former", "formerly", "previous", "previously", "past", "earlier", "then")))
_YEAR = re.compile(r"(?:1[0-9]|20)\d\d\Z")
_WIDE = frozenset(map(stem, ("country", "state", "county", "region", "continent")))
_OF_EACH = frozenset({Wanted.DATE, Wanted.NUMBER, Wanted.PLACE})
_BE = frozenset({"is", "are", "was", "were", "been", "being", "be"})
_WAS = frozenset({"was", "were", "did", "had"})
_DO = frozenset({"do", "does", "did"})


@dataclass(frozen=True, slots=True)
class Question:
    """``content`` are the numbers of the tokens that carry content and name no topic.

    ``year`` is one that the question itself names, ``as_of`` the time it asks about by it. ``past`` asks for
    what no longer holds. ``ending`` asks when something ended rather than began.
    """

    text: str
    tokens: tuple[Token, ...]
    wanted: Wanted
    noun_type: str | None
    topics: tuple[Topic, ...]
    content: tuple[int, ...]
    year: str
    as_of: PartialDate | None
    past: bool
    ending: bool
    boolean: bool  # to be answered by yes or no
    wide: bool  # asks for what contains a place (which country) rather than for the place

    def in_topic(self, number: int) -> bool:
        return any(topic.start <= number < topic.end for topic in self.topics)

    @property
    def unnamed(self) -> str:
        """The question with X in place of each name."""
        starts = {start for start, _ in self.mentions}
        words = [
            "X" if n in starts else token.text
            for n, token in enumerate(self.tokens)
            if n in starts or not self.in_topic(n)
        ]
        return " ".join(words)

    @property
    def of_past(self) -> bool:
        """Whether it asks for what was: by a word, its tense, a time, or for a date."""
        dated = self.as_of is not None or self.wanted is Wanted.DATE
        return self.past or dated or any(token.text.lower() in _WAS for token in self.tokens)

    @property
    def mentions(self) -> tuple[tuple[int, int], ...]:
        """The spans, in tokens, of the names in the question, left to right."""
        return tuple(sorted({(topic.start, topic.end) for topic in self.topics}))

    @property
    def asked_of(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """The mentions, those together of each of which the same is asked: "when were A and B born". What
        else is asked of two may be what they are to each other."""
        groups: list[list[tuple[int, int]]] = []
        for mention in self.mentions:
            between = [] if not groups else self.tokens[groups[-1][-1][1] : mention[0]]
            joined = [token.text.lower() for token in between] == ["and"]
            if joined and self.wanted in _OF_EACH and self._alike(groups[-1][-1], mention):
                groups[-1].append(mention)
            else:
                groups.append([mention])
        return tuple(map(tuple, groups))

    def _alike(self, one: tuple[int, int], other: tuple[int, int]) -> bool:
        kinds = [{t.entity.type for t in self.topics if (t.start, t.end) == m} for m in (one, other)]
        return not kinds[0].isdisjoint(kinds[1])


def understand(text: str, topics: Sequence[Topic]) -> Question:
    tokens = tokens_of(text)
    wanted, noun_type, spent = _wanted(tokens)
    named = {number for topic in topics for number in range(topic.start, topic.end)}
    stems = [token.stem for number, token in enumerate(tokens) if number not in named]
    year = _year_of(tokens, named) if wanted is not Wanted.DATE else None
    content = tuple(
        number
        for number, token in enumerate(tokens)
        if number not in named
        and number not in spent
        and not token.stop
        and not _function_word(token, wanted)
        and (year is None or number != year[0])
    )
    return Question(
        text=text,
        tokens=tokens,
        wanted=wanted,
        noun_type=noun_type,
        topics=tuple(topics),
        content=content,
        year=tokens[year[0]].text if year else "",
        as_of=year[1] if year else None,
        past=bool(_PAST.intersection(stems)),
        ending=bool(_ENDINGS.intersection(stems)),
        wide=wanted is Wanted.TYPED and any(token.stem in _WIDE for token in tokens),
        boolean=bool(tokens) and tokens[0].text.lower() in _BE | _DO,
    )


def _wanted(tokens: Sequence[Token]) -> tuple[Wanted, str | None, frozenset[int]]:
    """The kind of answer, the entity type where a noun names one, and the tokens that said so."""
    for number, token in enumerate(tokens):
        word = token.text.lower()
        if word in {"who", "whom", "whose"}:
            return Wanted.AGENT, None, frozenset({number})
        if word == "where":
            return Wanted.PLACE, None, frozenset({number})
        if word == "why":
            return Wanted.REASON, None, frozenset({number})
        if word == "when":
            return Wanted.DATE, None, frozenset({number})
        if word == "how" and number + 1 < len(tokens):
            following = tokens[number + 1].text.lower()
            if following == "old":
                return Wanted.DATE, None, frozenset({number})  # of birth, or of founding
            if following in {"many", "much", "large", "big", "high", "tall", "long"}:
                return Wanted.NUMBER, None, frozenset({number, number + 1})
        if word in {"which", "what"}:
            return _noun_after(tokens, number)
    return Wanted.ANYTHING, None, frozenset()


def _noun_after(tokens: Sequence[Token], number: int) -> tuple[Wanted, str | None, frozenset[int]]:
    """ "which company", "what year", "what is the name of the city": the noun that says what is asked for."""
    reach = range(number + 1, min(number + 7, len(tokens)))
    for following in reach:
        token = tokens[following]
        if token.stem in _DATE_NOUNS:
            return Wanted.DATE, None, frozenset({number, following})
        if token.stem in _NUMBER_NOUNS:
            return Wanted.NUMBER, None, frozenset({number, following})
        if token.stem in _TYPE_BY_STEM and not token.capital:
            return Wanted.TYPED, _TYPE_BY_STEM[token.stem], frozenset({number, following})
        if not token.stop and token.stem != "nam" and not _compounded(tokens, following):
            break
    return Wanted.ANYTHING, None, frozenset({number})


def _compounded(tokens: Sequence[Token], number: int) -> bool:
    """Whether a noun that says what is asked for follows at once: "birth date", "railway company"."""
    if number + 1 == len(tokens) or tokens[number].capital or tokens[number + 1].capital:
        return False
    return tokens[number + 1].stem in _DATE_NOUNS | _NUMBER_NOUNS | _TYPE_BY_STEM.keys()


def _function_word(token: Token, wanted: Wanted) -> bool:
    """Words that steer the reading without being part of what is asked."""
    if token.stem in _PAST or (not token.capital and token.stem in _TYPE_BY_STEM):
        return True
    return wanted is Wanted.DATE and token.stem in _ENDINGS | _BEGINNINGS


def _year_of(tokens: Sequence[Token], named: set[int]) -> tuple[int, PartialDate] | None:
    """The one year that is named, by its token; "before 2019" asks for 2018, "after 2019" for 2020."""
    years = [n for n, t in enumerate(tokens) if n not in named and _YEAR.match(t.text)]
    if len(years) != 1:
        return None
    number = years[0]
    before = tokens[number - 1].text.lower() if number else ""
    year = int(tokens[number].text) + {"before": -1, "after": 1}.get(before, 0)
    return number, PartialDate(str(year))


@dataclass(frozen=True, slots=True)
class Cue:
    """Where a relation's words stand in the question: token numbers, and the preposition after them."""

    positions: frozenset[int]
    noun: bool  # "founder of" rather than "founded"
    prepositional: bool  # the phrase ends with a preposition other than "of"

    @property
    def first(self) -> int:
        return min(self.positions)

    @property
    def last(self) -> int:
        return max(self.positions)


def find_cue(question: Question, phrases: Iterable[str]) -> Cue | None:
    """The longest of the phrases whose content words stand close together in the question."""
    best: tuple[int, Cue] | None = None
    for phrase in phrases:
        words = phrase.split()
        wanted = [token.stem for token in tokens_of(phrase) if not token.stop]
        positions = _close_together(question, wanted)
        if positions and (best is None or len(wanted) > best[0]):
            noun = words[-1] == "of" or _AGENT_NOUN.search(question.tokens[max(positions)].text) is not None
            cue = Cue(frozenset(positions), noun, words[-1] in _PREPOSITIONS)
            best = len(wanted), cue
    return best[1] if best else None


_PREPOSITIONS = frozenset({"in", "at", "on", "for", "to", "with", "from"})
_AGENT_NOUN = re.compile(r"(?:er|or|ers|ors)\Z")
_WINDOW = 2  # other words allowed between two words of a phrase


def _close_together(question: Question, stems: Sequence[str]) -> list[int]:
    """Token numbers of ``stems``, in order and near each other, outside the names; else empty."""
    if not stems:
        return []
    for start, token in enumerate(question.tokens):
        if token.stem != stems[0] or token.stop or question.in_topic(start):
            continue
        found = [start]
        for wanted in stems[1:]:
            near = range(found[-1] + 1, min(found[-1] + 2 + _WINDOW, len(question.tokens)))
            following = next(
                (n for n in near if question.tokens[n].stem == wanted and not question.in_topic(n)), None
            )
            if following is None:
                break
            found.append(following)
        if len(found) == len(stems):
            return found
    return []


def expects_forward(
    question: Question, cue: Cue, span: tuple[int, int], relation: str, symmetric: bool
) -> bool | None:
    """Whether the name at ``span`` is the relation's head; ``None`` where the wording does not tell.

    "acquired X", "founder of X", "X's founder", "was X acquired": tail. "acquired by X", "did X acquire",
    "where is X based", "X's headquarters": head.
    """
    if symmetric:
        return None
    start, end = span
    words = [token.text.lower() for token in question.tokens]
    if cue.last < start:  # the relation stands before the name
        between = words[cue.last + 1 : start]
        if any(word in _DO for word in words[: cue.first]) and not cue.noun and "by" not in between:
            return None
        return "by" in between or (cue.noun and _names_tail(question, cue, relation))
    if question.tokens[end - 1].possessive:
        return _names_tail(question, cue, relation)
    passive = any(word in _BE for word in words[:start]) and not cue.noun
    return not passive or (cue.prepositional and words[-1] != "by")


def _names_tail(question: Question, cue: Cue, relation: str) -> bool:
    """Nouns for a relation's tail: X's boss is who X reports to, X's founder is not what X founded."""
    nouns = _TAIL_NOUNS.get(relation, frozenset())
    return any(question.tokens[number].text.lower() in nouns for number in cue.positions)


_TAIL_NOUNS: Mapping[str, frozenset[str]] = {
    "HEADQUARTERED_IN": frozenset({"headquarters", "hq", "office", "seat"}),
    "BORN_IN": frozenset({"birthplace"}),
    "LIVES_IN": frozenset({"home", "residence"}),
    "REPORTS_TO": frozenset({"boss", "superior"}),
    "WORKS_FOR": frozenset({"employer"}),
    "SUBSIDIARY_OF": frozenset({"parent"}),
    "CHILD_OF": frozenset({"father", "mother", "parent"}),
    "PARENT_OF": frozenset({"son", "daughter", "child", "children"}),
}
