"""What each document answers to a question, read without a language model.

Spans of the asked kind are candidates: dates, quantities, names by type, noun phrases. A candidate is as good
as its neighbourhood is close to the question (sentence embeddings), holds the question's own words, those of
the relation that it asks for near by, and, where a noun says what is asked for ("which sport"), is close to
that noun. Documents that qualify the name
differently ("Kensett, Iowa", "Kensett, Arkansas") are about different things, and are kept apart.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from operator import eq

import numpy as np
from numpy.typing import NDArray

from graph.fusion.normalize import normalise_name
from graph.ontology import default_ontology
from graph.types import Value, ValueKind
from ingest.extraction.language import language
from ingest.extraction.measures import METRICS
from ingest.extraction.values import find_dates, find_quantities
from ingest.signature import signature
from retrieval.question import Wanted, understand
from retrieval.wording import content_stems, stem, tokens_of

_WINDOW = 90  # code points to either side of a candidate that are read with it
_CANDIDATES = 12  # a document; those whose neighbourhood shares most words with the question
_KEPT = 3  # answers a document may give
_LEAST = 0.15  # of a document's belief, for an answer to be given
_COPY = 0.3  # estimated Jaccard of texts that are copies but for what was changed
_SHARP = 0.06  # difference of scores by which belief grows e-fold
Embedded = Mapping[str, NDArray[np.float32]]  # a unit vector a text

_SIZES = METRICS | {"age", "size", "area", "number", "elevation", "weight", "engine"}
_ASKED = re.compile(
    r"(?:in )?(?:what|which)(?: is| are| was| were| type of| kind of)*(?: the)? "
    r"(.+?)(?: of| is| are| was| did| does|$)"
)
_SHARES = frozenset({"percentage", "percent", "share", "proportion", "rate"})
_YEAR = re.compile(r"1\d{3}|20\d\d")
_LIFE = re.compile(r"\(([^()]{4,40}?) ?[\u2013\u2014-] ?([^()]{4,40})\)")  # born and died, after a name
_WORD = re.compile(r"\w+")
_BY = re.compile(r"\bby(?: the)? [\"\u201c]?$")
_NEAR = 25.0  # code points by which a word's nearness falls e-fold
_NAMED = {
    Wanted.AGENT: frozenset({"PERSON", "ORG"}),
    Wanted.PLACE: frozenset({"GPE", "LOC", "FAC"}),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """``belief``: how much of the document's word it has, 0 to 1. ``value`` is how it is compared."""

    text: str
    value: Value
    belief: float


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    value: Value


@dataclass(frozen=True, slots=True)
class _Asked:
    """``noun``: what is asked for ("political party"); ``names``: words of the thing that is asked about;
    ``relation``: those of ``stems``, and the other words for the same relation."""

    wanted: Wanted
    noun: str
    stems: frozenset[str]
    names: frozenset[str]
    relation: frozenset[str]
    shares: bool

    @property
    def open(self) -> bool:
        """Whether only the noun says what kind of thing answers."""
        return self.wanted in (Wanted.ANYTHING, Wanted.TYPED)


@dataclass(frozen=True, slots=True)
class Reading:
    """A question and its documents, with the candidates of each; ``texts`` are what must be embedded."""

    question: str
    documents: tuple[str, ...]
    asked: _Asked
    spans: tuple[tuple[_Span, ...], ...]

    @classmethod
    def of(cls, question: str, documents: Sequence[str]) -> "Reading":
        asked = _asked(question)
        spans = tuple(tuple(_candidates(asked, text)) for text in documents)
        return cls(question, tuple(documents), asked, spans)

    @property
    def texts(self) -> set[str]:
        found = {self.question, self.asked.noun or self.question}
        for text, spans in zip(self.documents, self.spans, strict=True):
            found |= {_window(text, s) for s in spans}
            found |= {text[s.start : s.end] for s in spans if self.asked.open}
        return found

    def answers(self, embedded: Embedded) -> list[list[Answer]]:
        """The answers that each document gives, best first."""
        return [
            self._of(text, spans, embedded) for text, spans in zip(self.documents, self.spans, strict=True)
        ]

    def _of(self, text: str, spans: Sequence[_Span], embedded: Embedded) -> list[Answer]:
        """The same value twice is as good as its best place."""
        best: dict[Value, tuple[float, str]] = {}
        for span in spans:
            surface = text[span.start : span.end]
            score = self._score(_window(text, span), surface, embedded) + _beside(self.asked, text, span)
            if span.value not in best or score > best[span.value][0]:
                best[span.value] = (score, surface)
        top = max((score for score, _ in best.values()), default=0.0)
        mass = {v: math.exp((score - top) / _SHARP) for v, (score, _) in best.items()}
        total = sum(mass.values())
        ranked = sorted(best, key=lambda v: (-mass[v], v))[:_KEPT]
        return [Answer(best[v][1], v, mass[v] / total) for v in ranked if mass[v] / total >= _LEAST]

    def _score(self, window: str, surface: str, embedded: Embedded) -> float:
        asked, said = self.asked, content_stems(window)
        score = float(embedded[self.question] @ embedded[window])
        score += 0.2 * len(asked.stems & said) / max(len(asked.stems), 1)
        score += 0.1 * len(asked.names & said) / max(len(asked.names), 1)
        if asked.open:
            score += 0.6 * float(embedded[asked.noun or self.question] @ embedded[surface])
        return score


def _beside(asked: _Asked, text: str, span: _Span) -> float:
    """How near the relation's words are, and what stands right beside a candidate that says its part."""
    before, after = text[max(0, span.start - _WINDOW) : span.start], text[span.end : span.end + _WINDOW]
    far = [len(before) - m.end() for m in _WORD.finditer(before) if stem(m[0]) in asked.relation]
    far += [m.start() for m in _WORD.finditer(after) if stem(m[0]) in asked.relation]
    score = 0.25 * math.exp(-min(far) / _NEAR) if far else 0.0
    if asked.wanted is Wanted.AGENT and _BY.search(before):
        score += 0.1
    if asked.wanted is Wanted.DATE and asked.relation & {_BEAR, _DIE}:
        for life in _LIFE.finditer(text):
            ends = (_BEAR, life.span(1)), (_DIE, life.span(2))
            score += sum(
                0.3 if part in asked.relation else -0.3
                for part, (start, end) in ends
                if start <= span.start and span.end <= end
            )
    return score


_BEAR, _DIE = stem("born"), stem("die")


def _window(text: str, span: _Span) -> str:
    return text[max(0, span.start - _WINDOW) : span.end + _WINDOW]


def qualifiers(question: str, documents: Sequence[str]) -> list[frozenset[str]]:
    """What each document adds to the question's name: "iowa" of "Kensett, Iowa", "album" of "VII (album)".

    The name is whole, as the question writes it: "Jim Martin (ice hockey)" says nothing of Tim Martin.
    """
    words = tokens_of(question)
    capital = [n for n, word in enumerate(words) if n and word.capital]
    if not capital:
        return [frozenset() for _ in documents]
    name = r"\W{1,3}".join(re.escape(word.text) for word in words[capital[0] : capital[-1] + 1])
    after = re.compile(rf"\b{name}[\"”']?(?: \( ?([^()]{{3,60}}?) ?\)|, ((?:[A-Z][a-z]+ ?){{1,3}}))")
    return [frozenset(normalise_name(m[1] or m[2]) for m in after.finditer(text)) for text in documents]


def things(told: Sequence[Set[str]], documents: Sequence[str], embedded: Embedded) -> list[int]:
    """A number for each document; those of one number are about one thing of the name.

    Only what a document says itself keeps it apart: qualifiers, none of which another says in more or fewer
    words. One without goes with the likest. Near-copies are about one thing, whatever was changed in them.
    """
    copied = _copies(documents)
    words = [{frozenset(qualifier.split()) for qualifier in found} for found in told]
    kinds: list[set[frozenset[str]]] = []  # of each thing, the words of its qualifiers
    number: dict[int, int] = {}
    for n in sorted(
        (n for n, found in enumerate(words) if found),
        key=lambda n: (n != copied[n], -max(map(len, words[n])), n),
    ):
        same = (k for k, kind in enumerate(kinds) if any(a <= b or b <= a for a in kind for b in words[n]))
        number[n] = number[copied[n]] if copied[n] in number else next(same, len(kinds))
        if number[n] == len(kinds):
            kinds.append(words[n])
    if len(kinds) < 2:
        return [0 for _ in documents]
    for n in sorted(set(range(len(documents))) - number.keys()):
        near = embedded[documents[n]]
        likest = max((m for m in number if told[m]), key=lambda m: (float(near @ embedded[documents[m]]), -m))
        number[n] = number.get(copied[n], number[likest])
    return [number[n] for n in range(len(documents))]


def _copies(documents: Sequence[str]) -> list[int]:
    """The first document that each is a near-copy of: itself, if of none."""
    signatures = [signature(text) for text in documents]
    return [
        next(
            m
            for m in range(n + 1)
            if sum(map(eq, signatures[m], signatures[n])) >= _COPY * len(signatures[n])
        )
        for n in range(len(documents))
    ]


def _asked(question: str) -> _Asked:
    read = understand(question, ())
    quoted = {s for part in re.findall(r"[\"“”']([^\"“”]+)[\"“”']", question) for s in content_stems(part)}
    words = [t for t in tokens_of(question)[1:] if not t.stop]
    plain = [t for t in words if not t.capital and t.stem not in quoted]
    names = frozenset(t.stem for t in words if t.capital or t.stem in quoted)
    wanted = read.wanted
    if wanted is Wanted.TYPED and read.noun_type == "Place":
        wanted = Wanted.PLACE
    if wanted is Wanted.ANYTHING and any(t.text.lower() in _SIZES for t in plain):
        wanted = Wanted.NUMBER
    asked = _ASKED.match(question.lower())
    noun = asked[1] if asked and asked[1].split()[0] not in quoted else " ".join(t.text for t in plain[:2])
    stems = frozenset(t.stem for t in plain)
    shares = any(t.text.lower() in _SHARES for t in plain)
    return _Asked(wanted, noun if plain else "", stems, names, stems | _other_words(stems), shares)


def _other_words(stems: Set[str]) -> frozenset[str]:
    """The words of the ontology's relations that a question in these words may ask for."""
    found: set[str] = set()
    for relation in default_ontology().relation_types.values():
        phrases = [content_stems(phrase) for phrase in relation.phrases]
        if any(words and words <= stems for words in phrases):
            found.update(*phrases)
    return frozenset(found)


def _candidates(asked: _Asked, text: str) -> list[_Span]:
    seen: dict[tuple[int, int], _Span] = {}
    for span in _spans(asked, text):
        surface = text[span.start : span.end]
        said = content_stems(surface)
        if said and not said <= asked.names | asked.stems and len(surface) <= 60:
            seen.setdefault((span.start, span.end), span)
    told = {s: content_stems(_window(text, s)) for s in seen.values()}
    return sorted(
        told, key=lambda s: (-len(told[s] & asked.stems), -len(told[s] & asked.names), s.start, s.end)
    )[:_CANDIDATES]


def _spans(asked: _Asked, text: str) -> Iterator[_Span]:
    if asked.wanted is Wanted.DATE:
        for date in find_dates(text):
            yield _Span(date.start, date.end, Value(ValueKind.DATE, date.date))
        return
    if asked.wanted is Wanted.NUMBER:
        dates = {n for d in find_dates(text) for n in range(d.start, d.end)}
        for q in find_quantities(text):
            surface = text[q.start : q.end]
            plain = _YEAR.fullmatch(surface) is not None or (q.start in dates and "," not in surface)
            if not plain and (asked.shares or q.value.unit != "%"):
                yield _Span(q.start, q.end, q.value)
        return
    with language() as model:
        doc = model(text)
        kinds = _NAMED.get(asked.wanted)
        for ent in doc.ents:
            if (kinds is None and ent.label_ not in ("CARDINAL", "DATE", "ORDINAL")) or (
                kinds is not None and ent.label_ in kinds
            ):
                yield _text(ent.text, ent.start_char)
        if kinds is None:
            for chunk in doc.noun_chunks:
                if chunk.root.pos_ in ("NOUN", "PROPN"):
                    words = [t for t in chunk if not (t.is_stop or t.is_punct or t.like_num)]
                    if words:
                        start = words[0].idx
                        yield _text(text[start : chunk.end_char], start)


def _text(surface: str, start: int) -> _Span:
    name = surface.strip(" '\"“”.,;:()")
    begin = start + surface.index(name) if name else start
    return _Span(begin, begin + len(name), Value(ValueKind.TEXT, normalise_name(name) or name))
