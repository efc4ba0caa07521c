"""What passages answer to a question, each as a value: read without a language model.

Spans of the asked kind are candidates: dates, quantities, names by type, listed members of a kind, else
noun phrases. A candidate is as good as its neighbourhood is like the question (sentence embeddings), holds
the question's words and those of the relation that it asks for near by, and fits the noun that says what is
asked for. Where the best of a passage falls far behind another passage's it is noise: belief is of all
passages, not of each alone.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from statistics import mean

import numpy as np
from numpy.typing import NDArray

from graph.fusion.names import normalise_name
from graph.ports import Vectors
from graph.types import Value, ValueKind
from retrieval.asked import BORN, DIED, Asked
from retrieval.kinds import named_in
from retrieval.ports import SpanFinder, SpanKind, TextSpan
from retrieval.question import Wanted
from retrieval.wording import content_stems, stem, words_in

_WINDOW = 90  # code points to either side of a candidate that are read with it
_CANDIDATES = 16  # a passage; those whose neighbourhood shares most words with the question
_KEPT = 3  # values that a passage may give
_MENTIONED = 0.1  # of a passage's belief, for a value that another passage gives
_LEAST = 0.15  # of a passage's belief, for a value to be given
_LONGEST = 60  # code points of a value
_SHARP = 0.06  # difference of scores by which belief falls e-fold within a passage
_FAINT = 0.15  # and from the best passage to another
_NEAR = 25.0  # code points by which a word's nearness falls e-fold
Embedded = Mapping[str, NDArray[np.float32]]  # a unit vector a text

_LIFE = re.compile(r"\(([^()]{4,40}?) ?[\u2013\u2014-] ?([^()]{4,40})\)")  # born and died, after a name
_BY = re.compile(r"(\w+)[\"”]? by (?:[\w’'-]+ ){0,5}[\"“]?$")  # "album by American band", before a name
_REFERENCE = re.compile(r"\b(?:retrieved|accessed|archived|edited|updated|published)\b[\w ,:]{0,30}$", re.I)
_RATE = re.compile(r" ?(?:per\b|/ ?(?:km|sq|mi)\b)")
_CLAUSE = re.compile(r"[.;!?] ")
_ACROSS = re.compile(r" ?, ")
_KINDS = {
    Wanted.DATE: frozenset({SpanKind.DATE}),
    Wanted.NUMBER: frozenset({SpanKind.NUMBER}),
    Wanted.AGENT: frozenset({SpanKind.PERSON, SpanKind.ORGANIZATION, SpanKind.NAME}),
    Wanted.PLACE: frozenset({SpanKind.PLACE}),
}
_ANY = frozenset({SpanKind.PERSON, SpanKind.ORGANIZATION, SpanKind.PLACE, SpanKind.NAME, SpanKind.NOUN})


@dataclass(frozen=True, slots=True)
class Told:
    """What a passage tells. ``belief``: how much of a whole word for it that is, 0 to 1."""

    text: str
    value: Value
    belief: float


def read_values(
    asked: Asked, texts: Sequence[str], spans: SpanFinder, embed: Callable[[Sequence[str]], Vectors]
) -> list[list[Told]]:
    """The values that each text gives, best first. Blocks. O(texts x candidates) embeddings."""
    reading = Reading.of(asked, texts, spans)
    wanted = sorted(reading.wanted)
    return reading.told(dict(zip(wanted, embed(wanted), strict=True)) if wanted else {})


@dataclass(frozen=True, slots=True)
class Reading:
    """A question and texts, with the candidates of each; ``wanted`` are the texts that must be embedded."""

    asked: Asked
    texts: tuple[str, ...]
    candidates: tuple[tuple[TextSpan, ...], ...]

    @classmethod
    def of(cls, asked: Asked, texts: Sequence[str], spans: SpanFinder) -> "Reading":
        found = [list(_members(asked, text)) for text in texts]
        if not any(found):
            found = [list(_spans(asked, text, spans)) for text in texts]
        chosen = (tuple(_likely(asked, text, some)) for text, some in zip(texts, found, strict=True))
        return cls(asked, tuple(texts), tuple(chosen))

    @property
    def wanted(self) -> set[str]:
        found = {self.asked.question, self.asked.noun or self.asked.question}
        for text, spans in zip(self.texts, self.candidates, strict=True):
            found |= {_window(text, s) for s in spans}
            found |= {text[s.start : s.end] for s in spans if self.asked.open}
        return found

    def told(self, embedded: Embedded) -> list[list[Told]]:
        """The values that each text gives, best first: belief within the text, by how near it is to the
        best.
        """
        scored = [
            [(_score(self.asked, text, span, embedded), span) for span in spans]
            for text, spans in zip(self.texts, self.candidates, strict=True)
        ]
        top = max((score for some in scored for score, _ in some), default=0.0)
        read = {max(some, key=lambda row: (row[0], -row[1].start))[1].value for some in scored if some}
        return [_believed(text, some, top, read) for text, some in zip(self.texts, scored, strict=True)]


def _believed(
    text: str, scored: Sequence[tuple[float, TextSpan]], top: float, read: Set[Value]
) -> list[Told]:
    """The same value twice is as good as its best place. Those of ``read``, which a text gives first, are
    given wherever they are candidates: a text that only mentions a value bears it out a little.
    """
    best: dict[Value, tuple[float, TextSpan]] = {}
    for score, span in scored:
        if span.value not in best or score > best[span.value][0]:
            best[span.value] = (score, span)
    own = max((score for score, _ in best.values()), default=0.0)
    mass = {v: math.exp((score - own) / _SHARP) for v, (score, _) in best.items()}
    total, faint = sum(mass.values()), math.exp((own - top) / _FAINT)
    ranked = sorted(best, key=lambda v: (-mass[v], _order(v)))
    given = [v for v in ranked[:_KEPT] if mass[v] / total >= _LEAST]
    given += [v for v in ranked if v in read and v not in given]
    return [Told(_surface(text, best[v][1]), v, faint * max(mass[v] / total, _MENTIONED)) for v in given]


def _order(value: Value) -> tuple[str, str, str]:
    return value.kind, value.text, value.unit or ""


def _surface(text: str, span: TextSpan) -> str:
    """As the text writes it; of a member that a word only tells of (footballer), the member."""
    surface = text[span.start : span.end]
    named = f" {span.value.text} " in f" {normalise_name(surface)} "
    return surface if named or span.value.kind is not ValueKind.TEXT else span.value.text


# ---------------------------------------------------------------- candidates


def _members(asked: Asked, text: str) -> Iterator[TextSpan]:
    if asked.open and asked.members:
        for named in named_in(text, asked.members):
            value = Value(ValueKind.TEXT, normalise_name(named.member))
            yield TextSpan(named.start, named.end, SpanKind.NOUN, value)


def _spans(asked: Asked, text: str, spans: SpanFinder) -> Iterator[TextSpan]:
    found = spans.find(text, _KINDS.get(asked.wanted, _ANY))
    if asked.wanted is Wanted.PLACE:
        found = list(_nested(found, text))
    for span in found:
        surface = text[span.start : span.end]
        said = content_stems(surface)
        if not said or said <= asked.names | asked.stems or len(surface) > _LONGEST:
            continue
        if span.kind is SpanKind.NUMBER and not _counts(asked, text, span):
            continue
        yield span


def _nested(places: Sequence[TextSpan], text: str) -> Iterator[TextSpan]:
    """A place with those that it is said to lie in: "Aguadilla, Puerto Rico" is one."""
    within: TextSpan | None = None
    for place in sorted(places, key=lambda p: (-p.start, p.end)):
        gap = text[place.end : within.start] if within is not None else ""
        if within is not None and _ACROSS.fullmatch(gap):
            name = f"{place.value.text} {within.value.text}"
            within = replace(place, end=within.end, value=Value(ValueKind.TEXT, name))
        else:
            if within is not None:
                yield within
            within = place
    if within is not None:
        yield within


def _counts(asked: Asked, text: str, span: TextSpan) -> bool:
    """Whether a number can be what is asked: no rate, no share, and a count of what is counted."""
    if not asked.shares and span.value.unit == "%":
        return False
    if not asked.counted:
        return True
    whole = "." not in span.value.text and span.value.unit is None
    return whole and span.counted in asked.counted | {""} and _RATE.match(text, span.end) is None


def _likely(asked: Asked, text: str, spans: Sequence[TextSpan]) -> list[TextSpan]:
    distinct = {(s.start, s.end, s.value): s for s in reversed(spans)}.values()
    told = {s: content_stems(_window(text, s)) for s in distinct}
    return sorted(
        told,
        key=lambda s: (
            -len(told[s] & asked.stems),
            -len(told[s] & asked.names),
            s.start,
            s.end,
            _order(s.value),
        ),
    )[:_CANDIDATES]


# ---------------------------------------------------------------- scores


def _score(asked: Asked, text: str, span: TextSpan, embedded: Embedded) -> float:
    window = _window(text, span)
    said = content_stems(window)
    score = float(embedded[asked.question] @ embedded[window])
    score += 0.2 * len(asked.stems & said) / max(len(asked.stems), 1)
    score += 0.1 * len(asked.names & said) / max(len(asked.names), 1)
    if asked.open and not asked.members:
        score += 0.6 * float(embedded[asked.noun or asked.question] @ embedded[text[span.start : span.end]])
    return score + _beside(asked, text, span)


def _beside(asked: Asked, text: str, span: TextSpan) -> float:
    """How near the relation's words are, and what stands right beside a candidate that says its part."""
    before, after = text[max(0, span.start - _WINDOW) : span.start], text[span.end : span.end + _WINDOW]
    parts = [frozenset({word}) for word in map(stem, asked.noun.split())]
    if len(parts) < 2:  # of "median age" both words must be near, of other words any
        parts = [asked.relation]
    score = 0.25 * mean(_nearness(part, before, after) for part in parts)
    score += 0.1 * _nearness(asked.names, before, after)
    if asked.wanted is Wanted.AGENT and (by := _BY.search(before)):
        score += 0.3 if stem(by[1]) in asked.relation else -0.1 if by[1].endswith("ed") else 0.1
    if asked.counted and span.counted in asked.counted:
        score += 0.2
    if asked.wanted is Wanted.DATE:
        if _REFERENCE.search(before):
            score -= 0.3
        score += _of_life(asked, text, span)
    return score


def _nearness(stems: frozenset[str], before: str, after: str) -> float:
    """How near the nearest of the words is in the candidate's own clause: 1 where they touch."""
    before, after = _CLAUSE.split(before)[-1], _CLAUSE.split(after)[0]
    far = [len(before) - at - len(word) for at, word in words_in(before) if stem(word) in stems]
    far += [at for at, word in words_in(after) if stem(word) in stems]
    return math.exp(-min(far) / _NEAR) if far else 0.0


def _of_life(asked: Asked, text: str, span: TextSpan) -> float:
    """Which of the two dates of a life is asked for."""
    if not asked.relation & {BORN, DIED}:
        return 0.0
    score = 0.0
    for life in _LIFE.finditer(text):
        for part, (start, end) in ((BORN, life.span(1)), (DIED, life.span(2))):
            if start <= span.start and span.end <= end:
                score += 0.3 if part in asked.relation else -0.3
    return score


def _window(text: str, span: TextSpan) -> str:
    return text[max(0, span.start - _WINDOW) : span.end + _WINDOW]
