"""A ``ParsedDocument`` as JSON and back: what leaves the parsing process, checked before it is believed.

The child may have been taken over by the document it read, so nothing here trusts it: plain JSON, every type
looked at, and the laws of ``ParsedDocument`` held.
"""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from graph.types import Element, ElementKind, PartialDate, Span
from ingest.types import ParsedDocument, Table


def encode(document: ParsedDocument) -> bytes:
    return json.dumps(
        {
            "text": document.text,
            "title": document.title,
            "media_type": document.media_type,
            "elements": [
                [e.kind.value, e.span.start, e.span.end, e.level, e.parent, e.page] for e in document.elements
            ],
            "tables": [
                [
                    t.element,
                    [[[c.start, c.end] for c in row] for row in t.rows],
                    t.header_rows,
                    [t.caption.start, t.caption.end] if t.caption else None,
                ]
                for t in document.tables
            ],
            "page_starts": document.page_starts,
            "stated": document.stated,
            "metadata": dict(document.metadata),
        },
        separators=(",", ":"),
    ).encode("ascii")


def decode(data: bytes) -> ParsedDocument:
    """The document in ``data``. Raises ``ValueError`` when it is not one that keeps the laws."""
    try:
        document = _document(json.loads(data))
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"not a parsed document: {error!r}") from error
    check(document)
    return document


def check(document: ParsedDocument) -> None:
    """The laws of ``ParsedDocument``. Raises ``ValueError`` naming the one that is broken."""
    text, size = document.text, len(document.text)
    _law(unicodedata.is_normalized("NFC", text), "the text is not NFC")
    _law(not any(c in text for c in "\x00\r"), "the text holds a NUL or a carriage return")
    _law(not any("\ud800" <= c <= "\udfff" for c in text), "the text holds a lone surrogate")
    _law(bool(document.elements), "there is no element")
    end = 0
    for place, element in enumerate(document.elements):
        parent = document.elements[element.parent] if element.parent is not None else None
        row = element.kind is ElementKind.TABLE_ROW
        _law(element.ord == place, "elements are not numbered in order")
        _law(0 <= element.span.start <= element.span.end <= size, "a span lies outside the text")
        _law(parent is None or parent.ord < place, "a parent follows its child")
        _law(row == (parent is not None and parent.kind is ElementKind.TABLE), "a row outside a table")
        if row and parent is not None:
            _law(element.span.end <= parent.span.end, "a row leaves its table")
            _law(element.span.start >= parent.span.start, "a row leaves its table")
        if parent is not None and not row:
            _law(parent.kind in (ElementKind.TITLE, ElementKind.HEADING), "a parent that encloses nothing")
        _law(element.span.start >= end, "elements overlap or are out of order")
        end = element.span.start if element.kind is ElementKind.TABLE else element.span.end
    for table in document.tables:
        _law(0 <= table.element < len(document.elements), "a table without its element")
        _law(document.elements[table.element].kind is ElementKind.TABLE, "a table without its element")
        whole = document.elements[table.element].span
        _law(0 <= table.header_rows <= len(table.rows), "more header rows than rows")
        for cell in (cell for cells in table.rows for cell in cells):
            _law(whole.start <= cell.start <= cell.end <= whole.end, "a cell leaves its table")
        if table.caption is not None:
            _law(0 <= table.caption.start <= table.caption.end <= size, "a caption lies outside the text")
    starts = document.page_starts
    _law(all(0 <= a <= b for a, b in pairwise(starts)), "pages are out of order")
    _law(not starts or (starts[0] >= 0 and starts[-1] <= size), "a page lies outside the text")


def _law(holds: bool, broken: str) -> None:
    if not holds:
        raise ValueError(broken)


def _document(raw: Mapping[str, Any]) -> ParsedDocument:
    return ParsedDocument(
        text=_text(raw["text"]),
        title=_text(raw["title"]),
        media_type=_text(raw["media_type"]),
        elements=tuple(
            Element(place, ElementKind(kind), _span((start, end)), _int(level), _maybe(parent), _maybe(page))
            for place, (kind, start, end, level, parent, page) in enumerate(raw["elements"])
        ),
        tables=tuple(
            Table(
                _int(element),
                tuple(tuple(_span(cell) for cell in row) for row in rows),
                _int(header_rows),
                _span(caption) if caption is not None else None,
            )
            for element, rows, header_rows, caption in raw["tables"]
        ),
        page_starts=tuple(_int(start) for start in raw["page_starts"]),
        stated=PartialDate(_text(raw["stated"])) if raw["stated"] is not None else None,
        metadata={_text(key): _text(value) for key, value in raw["metadata"].items()},
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("text expected")
    return value


def _int(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise TypeError("a count expected")
    return value


def _maybe(value: Any) -> int | None:
    return None if value is None else _int(value)


def _span(value: Sequence[Any]) -> Span:
    start, end = value
    return Span(_int(start), _int(end))
