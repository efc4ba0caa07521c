"""Who is said to say what of a sentence: of "some say A, others say B" each part may contradict the other."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from ingest.extraction.factuality import DOUBTED

if TYPE_CHECKING:
    from spacy.tokens import Span, Token

_REPORTS = DOUBTED | frozenset("say report state announce tell maintain".split())


def reports(sentence: "Span", verbs: Iterable["Token"]) -> Sequence["Span"]:
    """The parts of a sentence, each from where somebody is said to say something to where somebody else is;
    ``verbs`` are those of its clauses. One part or none where fewer than two say something."""
    sources = {source.i: source for verb in verbs if (source := _source(verb)) is not None}
    starts = sorted(min([i, *_subjects(source)]) for i, source in sources.items())
    bounds = [sentence.start, *starts[1:], sentence.end]
    return [_without_links(sentence.doc[start:end]) for start, end in pairwise(bounds)] if starts else []


def report_of(verb: "Token", parts: Sequence["Span"]) -> "Span | None":
    """The part that a clause is in together with who says it, of several (``reports``)."""
    source = _source(verb) if len(parts) > 1 else None
    if source is None:
        return None
    first, last = sorted((source.i, verb.i))
    return next((part for part in parts if part.start <= first and last < part.end), None)


def _source(verb: "Token") -> "Token | None":
    """The verb that says that somebody says so, or the "according" of a clause."""
    current = verb
    while current.dep_ in ("ccomp", "conj") and current.head.i != current.i:
        if current.dep_ == "ccomp" and current.head.lemma_.lower() in _REPORTS:
            return current.head
        current = current.head
    return next((c for c in verb.children if c.dep_ == "prep" and c.lower_ == "according"), None)


def _subjects(verb: "Token") -> Iterable[int]:
    return (c.left_edge.i for c in verb.children if c.dep_ == "nsubj")


def _without_links(part: "Span") -> "Span":
    """Without the comma and the "while" that lead to the next one."""
    end = part.end
    while end - part.start > 1 and (part.doc[end - 1].is_punct or part.doc[end - 1].dep_ in ("cc", "mark")):
        end -= 1
    return part.doc[part.start : end]
