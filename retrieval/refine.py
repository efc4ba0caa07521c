"""Sentences of passages that may answer, stripped to those that speak of what is asked."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from graph.fusion.names import normalise_name
from graph.ports import Vectors
from graph.types import Span
from retrieval.naming import Naming, names_of
from retrieval.periods import contradicts, periods_in, words_beside_periods
from retrieval.question import Question, Wanted
from retrieval.types import Passage
from retrieval.wording import content_stems, tokens_of

COVERED = 0.75  # share of the question's content words that a sentence has to hold: 3 of 4, 2 of 2
ALIKE = 0.35  # cosine of sentence and question; unrelated pairs of the made-up set lie under .3
_COMPARED = 16  # sentences compared with the question by their vectors
_END = re.compile(r"[.!?]+[\"'”’)\]]*(?=\s)|\n")
_ABBREVIATION = re.compile(r"(?:\b(?:[A-Z]|Dr|Mr|Mrs|Ms|Prof|St|No|vs|etc|Inc|Ltd|Co|ca|approx)\.)\Z")
_CLOSED = re.compile(r"[.!?:;\u2026][\"'”’)\]]*\Z")
_LINE = 6  # words from which a line that nothing closes is a statement rather than a label or a letterhead
_CAUSES = frozenset({"because", "due", "owing", "reason", "therefore", "since", "thus", "result", "caused"})
_LONGEST = 600  # code points; what is longer is a table or a list, not a sentence


@dataclass(frozen=True, slots=True)
class SentenceHit:
    """``span`` is in the document's text. ``coverage``: share of the question's content it holds."""

    passage: Passage
    span: Span
    text: str
    coverage: float


def sentences_of(text: str) -> Iterator[Span]:
    """Spans of sentences, trimmed. A point after an initial or a known abbreviation ends none."""
    start = 0
    for end in (*(match.end() for match in _END.finditer(text)), len(text)):
        piece = text[start:end]
        if end < len(text) and not ends_sentence(piece):
            continue
        if stripped := piece.strip():
            begin = start + piece.index(stripped[0])
            yield Span(begin, begin + len(stripped))
        start = end


def ends_sentence(piece: str) -> bool:
    """Whether the point at the end of ``piece`` ends a sentence rather than an abbreviation."""
    return _ABBREVIATION.search(piece) is None


def covering_sentences(question: Question, passages: Sequence[Passage], naming: Naming) -> list[SentenceHit]:
    """Sentences that hold enough of the question's words, and every name it mentions, best first.

    A name may stand in the same passage, its headings, or its document's title or cover. A time that the
    question names is the sentence's own. The same sentence twice counts once.
    """
    found: dict[str, SentenceHit] = {}
    wanted = {question.tokens[number].stem for number in question.content} & words_beside_periods(
        question.text
    )
    for passage in passages:
        chunk = passage.chunk
        if not naming.all_named(chunk.content, (chunk.document, *chunk.heading, chunk.text)):
            continue
        for span in sentences_of(passage.chunk.text):
            text = span.of(passage.chunk.text)
            if text.count(" | ") > 1:  # a row says nothing without its header: see rows.py
                continue
            stems = content_stems(text) | content_stems(" ".join(passage.chunk.heading))
            coverage = len(wanted & stems) / len(wanted) if wanted else 1.0
            if coverage >= COVERED and len(text) <= _LONGEST and _can_answer(question, text, passage):
                start = passage.chunk.span.start + span.start
                hit = SentenceHit(passage, Span(start, start + len(text)), text, coverage)
                key = " ".join(text.lower().split())
                if key not in found or found[key].coverage < coverage:
                    found[key] = hit
    return sorted(found.values(), key=lambda hit: (-hit.coverage, -hit.passage.score, hit.span))


def alike(
    question: Question, hits: Sequence[SentenceHit], embed: Callable[[Sequence[str]], Vectors]
) -> list[SentenceHit]:
    """Of the first hits, those near the question by their vectors: most covered, then nearest. Blocks."""
    compared = hits[:_COMPARED]
    if not compared:
        return []
    vectors = embed([question.text, *(hit.text for hit in compared)])
    scores = vectors[1:] @ vectors[0]
    order = sorted(
        range(len(compared)), key=lambda i: (-compared[i].coverage, -round(float(scores[i]), 5), i)
    )
    return [compared[i] for i in order if scores[i] >= ALIKE]


def _can_answer(question: Question, text: str, passage: Passage) -> bool:
    """Whether the sentence holds anything of the kind asked for, beyond what the question says itself.

    A sentence or its headings speak of the year that the question names, or it may be of any other.
    """
    around = " ".join((passage.chunk.document, *passage.chunk.heading))
    if question.year not in f"{around} {text}" or not _states(text):
        return False
    if question.wanted is not Wanted.DATE and contradicts(periods_in(question.text), text, around):
        return False
    asked = {token.stem for token in question.tokens}
    known = asked | {
        s for m in question.mentions for name in names_of(question, m) for s in content_stems(name)
    }
    new = [token for token in tokens_of(text) if not token.stop and token.stem not in known]
    if question.wanted in {Wanted.DATE, Wanted.NUMBER}:
        return any(character.isdigit() for token in new for character in token.text)
    if question.wanted is Wanted.REASON:
        return not _CAUSES.isdisjoint(token.text.lower() for token in tokens_of(text))
    if question.wanted is Wanted.ANYTHING:
        told = not question.mentions or _names_one(question, text) or bool(question.content)
        return told and bool(new)
    return any(token.capital and not token.text.isdigit() for token in new)


def _states(text: str) -> bool:
    """Whether a line says something: a sentence, "label: value", or so many words that it is no label."""
    words = text.split()
    if _CLOSED.search(text) and len(words) > 2 and ends_sentence(text):
        return True
    small = sum(word[0].islower() for word in words)
    return ": " in text or " | " in text or (len(words) >= _LINE and 2 * small > len(words))


def _names_one(question: Question, text: str) -> bool:
    folded = f" {normalise_name(text)} "
    return any(f" {name} " in folded for m in question.mentions for name in names_of(question, m))
