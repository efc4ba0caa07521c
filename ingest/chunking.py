"""Elements to chunks: whole sentences of one section, at exact offsets.

A chunk is one contiguous span of the text. It never crosses a heading and never parts a sentence that fits in
one; a table is parted between rows only. The sizes suit the default embedder, which reads 256 word pieces:
about 1,100 characters of prose, 800 of tables and names, and what is past them it does not see.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile

from graph.types import Chunk, Element, ElementKind, Span
from ingest.types import ParsedDocument, Table

TARGET = 800  # characters; a chunk closes before the unit that would pass it
MAXIMUM = 1_000  # characters; only a single longer sentence is parted, at a clause or a space

_HEADINGS = (ElementKind.TITLE, ElementKind.HEADING)
# A last chunk shorter than this share of the target joins the one before, where both fit the maximum.
_STUB = 4

_END = re.compile(
    r"[.!?\u2026]+[\"'\u201d\u2019)\]]*\s+(?=[\"'\u201c\u2018(\[]*[^\W_a-z])|[\u3002\uff01\uff1f]+"
)
_ABBREVIATIONS = frozenset(
    {
        "mr", "mrs", "ms", "dr", "prof", "rev", "hon", "st", "sr", "jr", "gen", "col", "capt", "lt", "sgt",
        "gov", "sen", "rep", "pres", "vs", "etc", "e.g", "i.e", "cf", "al", "approx", "no", "nos", "vol",
        "fig", "figs", "eq", "sec", "art", "p", "pp", "ch", "ed", "eds", "jan", "feb", "mar", "apr", "jun",
        "jul", "aug", "sep", "sept", "oct", "nov", "dec", "dept", "est", "mt", "ave", "blvd", "ca", "viz",
        "resp", "messrs", "mme",
    }
)  # fmt: skip
# These end a sentence as often as they do not: they do when a word that opens sentences follows.
_MAYBE = frozenset(
    {
        "inc",
        "ltd",
        "co",
        "corp",
        "llc",
        "plc",
        "bros",
        "u.s",
        "u.k",
        "u.n",
        "e.u",
        "a.m",
        "p.m",
        "ph.d",
        "d.c",
    }
)
_OPENERS = re.compile(
    r"(?:The|This|These|Those|That|It|Its|He|She|His|Her|They|Their|We|Our|In|On|At|By|For|From|As|A|An|But|"
    r"And|However|After|Before|When|While|If|There|Since|Although|According|During|Under|Until|With)\b"
)
_WORD_BEFORE = re.compile(r"[\w.&'\u2019-]+$")
_CLAUSE = re.compile(r"[;:,\u2013\u2014](?=\s)")
_SPACE = re.compile(r"\s")
_FILLED_LINE = re.compile(r"[^\n]*\S[^\n]*")
_LONGEST_CONTEXT = 200


@dataclass(frozen=True, slots=True)
class _Unit:
    """What is not parted: a sentence, a line of code, a row. ``context`` adds to its chunk's heading path."""

    span: Span
    context: str = ""


def chunk(document: ParsedDocument, target: int = TARGET, maximum: int = MAXIMUM) -> tuple[Chunk, ...]:
    """The document's chunks in order. All body text is in exactly one; headings are in their path.

    A heading that encloses nothing is a chunk of its own, so that it can be found. A chunk that begins inside
    a long table has the table's header row as the last part of its path. Linear in the text.
    """
    chunks: list[Chunk] = []
    for parent, elements in _sections(document):
        path = _path(document, parent)
        for group in _pack(_units(document, elements, maximum), target, maximum):
            span = Span(group[0].span.start, group[-1].span.end)
            heading = (*path, group[0].context) if group[0].context else path
            chunks.append(Chunk(len(chunks), span, page_at(document, span.start), heading))
    return tuple(chunks)


def sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Spans of the sentences of ``text[start:end]``, without the white space between them."""
    end = len(text) if end is None else end
    spans, begin = [], start
    for found in _END.finditer(text, start, end):
        if not _is_abbreviation(text, begin, found):
            spans.append(_trim(text, begin, found.end()))
            begin = found.end()
    spans.append(_trim(text, begin, end))
    return [span for span in spans if span.start < span.end]


def page_at(document: ParsedDocument, offset: int) -> int | None:
    """The page, counted from 1, on which the character at ``offset`` stands."""
    if not document.page_starts:
        return None
    return max(bisect_right(document.page_starts, offset), 1)


def _sections(document: ParsedDocument) -> Iterator[tuple[int | None, list[Element]]]:
    """Runs of body elements under one heading; a heading that encloses nothing is its own run."""
    parents = {e.parent for e in document.elements}
    run: list[Element] = []
    for element in document.elements:
        if element.kind is ElementKind.TABLE_ROW:
            continue
        if element.kind in _HEADINGS:
            if run:
                yield run[0].parent, run
            run = []
            if element.ord not in parents:
                yield element.parent, [element]
        else:
            run.append(element)
    if run:
        yield run[0].parent, run


def _path(document: ParsedDocument, heading: int | None) -> tuple[str, ...]:
    path: list[str] = []
    while heading is not None:
        element = document.elements[heading]
        path.append(element.span.of(document.text))
        heading = element.parent
    return tuple(reversed(path))


def _units(document: ParsedDocument, elements: Sequence[Element], maximum: int) -> Iterator[_Unit]:
    text = document.text
    headers = {t.element: t for t in document.tables if t.header_rows}
    for element in elements:
        if element.kind is ElementKind.TABLE:
            yield from _row_units(document, element, headers.get(element.ord), maximum)
            continue
        start, end = element.span.start, element.span.end
        if element.kind is ElementKind.CODE:
            spans = [_trim(text, *line.span()) for line in _FILLED_LINE.finditer(text, start, end)]
        else:
            spans = sentences(text, start, end)
        for span in spans:
            yield from (_Unit(part) for part in _parts(text, span, maximum))


def _row_units(
    document: ParsedDocument, table: Element, header: Table | None, maximum: int
) -> Iterator[_Unit]:
    """A table's rows; each after the header rows has those for its context."""
    text = document.text
    header_rows = header.header_rows if header is not None else 0
    named: list[str] = []
    rows = takewhile(lambda e: e.parent == table.ord, islice(document.elements, table.ord + 1, None))
    for number, row in enumerate(rows):
        context = " | ".join(named)[:_LONGEST_CONTEXT]
        if number < header_rows:
            named.append(row.span.of(text))
            context = ""
        span = _trim(text, row.span.start, row.span.end)
        if span.start < span.end:
            yield from (_Unit(part, context) for part in _parts(text, span, maximum))


def _pack(units: Iterator[_Unit], target: int, maximum: int) -> list[list[_Unit]]:
    groups: list[list[_Unit]] = []
    for unit in units:
        if groups and unit.span.end - groups[-1][0].span.start <= target:
            groups[-1].append(unit)
        else:
            groups.append([unit])
    if len(groups) > 1:
        before, last = groups[-2], groups[-1]
        stub = last[-1].span.end - last[0].span.start < target // _STUB
        if stub and last[-1].span.end - before[0].span.start <= maximum:
            groups[-2:] = [before + last]
    return groups


def _parts(text: str, span: Span, maximum: int) -> Iterator[Span]:
    """``span``, or its parts where it is too long: cut at a clause, else a space, else anywhere."""
    start = span.start
    while span.end - start > maximum:
        middle, limit = start + maximum // 2, start + maximum
        cut = _last(_CLAUSE, text, middle, limit) or _last(_SPACE, text, middle, limit) or limit
        while cut > middle and unicodedata.combining(text[cut]):
            cut -= 1
        yield _trim(text, start, cut)
        start = _trim(text, cut, span.end).start
    yield Span(start, span.end)


def _last(pattern: re.Pattern[str], text: str, start: int, end: int) -> int | None:
    ends = [found.end() for found in pattern.finditer(text, start, end)]
    return ends[-1] if ends else None


def _is_abbreviation(text: str, begin: int, end: re.Match[str]) -> bool:
    """Whether the full stop at ``end`` belongs to the word before it."""
    if text[end.start()] != "." or not end[0].rstrip().endswith("."):
        return False
    before = _WORD_BEFORE.search(text, max(begin, end.start() - 20), end.start())
    if before is None:
        return False
    word = before[0].lower()
    if word.isdigit():
        return before.start() == begin  # "1. First"
    if word in _ABBREVIATIONS:
        return True
    initial = (len(word) == 1 and word.isalpha()) or re.fullmatch(r"(?:\w\.)+\w", word) is not None
    return (word in _MAYBE or initial) and _OPENERS.match(text, end.end()) is None


def _trim(text: str, start: int, end: int) -> Span:
    while start < end and text[end - 1].isspace():
        end -= 1
    while start < end and text[start].isspace():
        start += 1
    return Span(start, end)
