"""The running text of a document, in pieces a sentence never crosses, with exact offsets."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graph.fusion.dates import MONTHS, DateSpan
from graph.types import Element, ElementKind
from ingest.extraction.lifespans import Lifespan, find_lifespans, without
from ingest.extraction.terms import Term, find_terms
from ingest.extraction.values import Quantity
from ingest.types import ParsedDocument

if TYPE_CHECKING:
    from spacy.tokens import Doc

LONGEST = 20_000  # code points given to the parser at once: its memory grows with the piece
_PROSE = frozenset(
    {
        ElementKind.TITLE,
        ElementKind.HEADING,
        ElementKind.PARAGRAPH,
        ElementKind.LIST_ITEM,
        ElementKind.CAPTION,
    }
)
# A line "Key: value" is a piece of its own: run together, the value and the next key look like one name.
_KEYED = re.compile(r"(?m)^[ \t*•-]*[A-Z][A-Za-z /()-]{1,40}:[ \t]+\S.*$")
# So is an agency's dateline: "BERLIN, March 10 (Reuters) - Acme ...", whose place would be read as a subject.
_DAY = rf"(?:(?:{'|'.join(MONTHS)})\b\.? \d{{1,2}}|\d{{1,2}} (?:{'|'.join(MONTHS)})\b\.?)(?:,? \d{{4}})?"
_CAPITALS = r"[A-Z][A-Z.'\u2019]+(?:[ -][A-Z.'\u2019]+){0,3}(?:, [A-Z][\w.]+)?"
_AGENCY = r"\([^()]{1,30}\)"
_DATELINE = re.compile(
    rf"{_CAPITALS}(?:, (?i:{_DAY})(?: {_AGENCY})?| {_AGENCY}) ?[\u2013\u2014-]{{1,2}}\s+(?=\S)"
)
_BREAK = re.compile(r"(?<=[.!?])\s|\n")


@dataclass(frozen=True, slots=True)
class Passage:
    """``text`` has the length of its stretch of the document: spaces stand for other white space, and for
    ``lifespans`` and ``terms``.

    ``section`` is the ord of the heading it stands under, -1 outside any.
    """

    start: int
    text: str
    kind: ElementKind
    section: int
    lifespans: tuple[Lifespan, ...] = ()
    terms: tuple[Term, ...] = ()

    @property
    def is_heading(self) -> bool:
        return self.kind in (ElementKind.TITLE, ElementKind.HEADING)


@dataclass(frozen=True, slots=True)
class Reading:
    """A passage as read: its parse, its literals by token index."""

    passage: Passage
    doc: "Doc"
    dates: Mapping[int, DateSpan]
    quantities: Mapping[int, Quantity]


def passages(document: ParsedDocument) -> list[Passage]:
    """Titles, headings, paragraphs, list items and captions, in reading order; no code, no tables."""
    found: list[Passage] = []
    for element in document.elements:
        if element.kind in _PROSE:
            section = -1 if element.parent is None else element.parent
            for start, end in _pieces(document.text, element):
                text = re.sub(r"\s", " ", document.text[start:end])
                if text.strip():
                    lives, terms = find_lifespans(text), find_terms(text)
                    bare = without(text, (*lives, *terms))
                    found.append(Passage(start, bare, element.kind, section, lives, terms))
    return found


def _pieces(text: str, element: Element) -> list[tuple[int, int]]:
    pieces: list[tuple[int, int]] = []
    start = element.span.start
    if element.kind is ElementKind.PARAGRAPH and (dateline := _DATELINE.match(text, start, element.span.end)):
        pieces.append(dateline.span())
        start = dateline.end()
    for line in _KEYED.finditer(text, start, element.span.end):
        pieces += [(start, line.start()), line.span()]
        start = line.end()
    pieces.append((start, element.span.end))
    return [cut for begin, end in pieces if begin < end for cut in _short(text, begin, end)]


def _short(text: str, start: int, end: int) -> list[tuple[int, int]]:
    cuts: list[tuple[int, int]] = []
    while end - start > LONGEST:
        breaks = [match.end() for match in _BREAK.finditer(text, start + 1, start + LONGEST)]
        cut = breaks[-1] if breaks else start + LONGEST
        cuts.append((start, cut))
        start = cut
    return [*cuts, (start, end)]
