"""What a loader hands on: normalised text and the layout found in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from graph.types import Element, PartialDate, Span


@dataclass(frozen=True, slots=True)
class Table:
    """Cells of one table, row by row; ``header_rows`` of them are headings. ``element`` is its ord.

    Rows are equally long. A merged cell's span stands in each place the cell covers, so it may lie in an
    earlier row than the one it is listed in.
    """

    element: int
    rows: tuple[tuple[Span, ...], ...]
    header_rows: int = 0
    caption: Span | None = None


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """Normalised text (NFC, ``\\n`` line ends, no NUL, no lone surrogate) and its layout.

    Elements are in reading order; their spans do not overlap, except that a table's span holds its rows'.
    ``page_starts[i]`` is the offset at which page i + 1 begins; empty where the format has no pages.
    ``stated`` is the date the document itself bears (a dateline, front matter, document properties).
    """

    text: str
    title: str
    media_type: str
    elements: tuple[Element, ...]
    tables: tuple[Table, ...] = ()
    page_starts: tuple[int, ...] = ()
    stated: PartialDate | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
