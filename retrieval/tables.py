"""Tables in the text of passages: rows with the header over them and the words before them.

Loaders write a table as lines of "label | cell | cell". What such lines leave open, such as a row that is
wider than its header, is not guessed: no answer is read from it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from graph.ports import ChunkText
from graph.types import ContentId, Span
from retrieval.periods import periods_in

_NUMBER = r"(?:\d{1,3}(?:[,.'\u00a0\u202f]\d{3})+|\d+)(?:[.,]\d+)?"
_FIGURE = re.compile(rf"[-+(\u2013]?\s?[$€£¥]?\s?[-(\u2013]?{_NUMBER}\)?\s?(?:%|pts|[$€£¥])?\)?")
_MONEY = re.compile(r"[$€£¥]\s?\d|\d,\d{3}\b")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SIGN = r"\[(?:\d{1,2}|[a-z])\]|[*†‡§®™¹²³⁴⁵⁶⁷⁸⁹]"
_CELL_NOTE = re.compile(rf"\s*(?:{_SIGN})")  # (1) in a cell is a negative number
_NOTE = re.compile(rf"\s*(?:\((?:\d{{1,2}}|[a-z])\)|{_SIGN})")
_UNIT = re.compile(r"\bin (?:thousands|millions|billions)\b[^()\n]*", re.IGNORECASE)
_CAPTION = 3  # paragraphs before a table that may be its caption
_LONGEST_CAPTION = 400  # code points of all of them
_EMPTY = frozenset({"", "-", "\u2013", "\u2014", "n/a", "N/A"})


@dataclass(frozen=True, slots=True)
class Row:
    """``text`` stands at ``span`` of the document. ``group``: the label that it stands under."""

    cells: tuple[str, ...]
    span: Span
    text: str
    group: str = ""

    @property
    def label(self) -> str:
        return without_notes(self.cells[0])


@dataclass(frozen=True, slots=True)
class Table:
    """``columns`` are what stands over each cell, footnote marks left out; ``header`` the rows they are from.

    ``caption``: the paragraphs right before it. ``chunk`` is the one that it begins in.
    """

    chunk: ChunkText
    caption: str
    header: tuple[Row, ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def content(self) -> ContentId:
        return self.chunk.content

    @property
    def signs(self) -> tuple[str, ...]:
        """The first filled cell of each column: a sign that stands there alone is meant of those below, too.

        PDFs put a cell's "%" in front of the next one as well: "56.5 | % 31.8%".
        """
        first = [
            next((row.cells[at] for row in self.rows if not is_empty(row.cells[at])), "")
            for at in range(len(self.columns))
        ]
        after = [*(cell.startswith("%") for cell in first[1:]), False]
        return tuple(f"{cell}%" if sign else cell for cell, sign in zip(first, after, strict=True))

    @property
    def unit(self) -> str:
        """What its figures are in, as it says itself: "(In millions, except per share amounts)"."""
        for text in (*self.columns, self.caption, *reversed(self.chunk.heading)):
            if found := _UNIT.search(text):
                return found[0].strip()
        return ""


def without_notes(text: str) -> str:
    """A label without the marks of footnotes and trade marks."""
    return _NOTE.sub("", text).strip()


def is_figure(cell: str) -> bool:
    """Whether the cell holds one figure: "$ 1,234", "(56)", "7.8 %"."""
    return _FIGURE.fullmatch(_CELL_NOTE.sub("", cell).strip()) is not None


def holds_several(cell: str) -> bool:
    """Whether figures of several columns stand in one cell, where a PDF's columns could not be told apart."""
    return re.fullmatch(rf"{_FIGURE.pattern}(?:\s+{_FIGURE.pattern})+", cell) is not None


def is_empty(cell: str) -> bool:
    return cell in _EMPTY


def tables_in(chunks: Sequence[ChunkText]) -> Iterator[Table]:
    """Tables of the chunks, which are in their documents' order. A table over several chunks is one."""
    before: list[str] = []
    lines: list[Row] = []
    begins: ChunkText | None = None
    for chunk, start, line in _lines(chunks):
        if " | " in f" {line} ":
            begins = begins or chunk
            lines.append(Row(_cells(line), Span(start, start + len(line)), line))
            continue
        if begins is not None and (table := _table(begins, before, lines)):
            yield table
        if begins is not None or chunk is None:
            before = []
        begins, lines = None, []
        if line:
            before = [*before[1 - _CAPTION :], line]
    if begins is not None and (table := _table(begins, before, lines)):
        yield table


def _lines(chunks: Sequence[ChunkText]) -> Iterator[tuple[ChunkText | None, int, str]]:
    """Lines with their places; an empty one, of no chunk, where text between two chunks is not known."""
    for before, chunk in pairwise((None, *chunks)):
        assert chunk is not None
        follows = before is not None and before.content == chunk.content
        gap = chunk.span.start - before.span.end if before is not None and follows else None
        if gap is None or gap > 2:  # a heading, or chunks that were not read
            yield None, chunk.span.start, ""
        elif gap == 2:
            yield chunk, chunk.span.start, ""
        at = chunk.span.start
        for line in chunk.text.split("\n"):
            yield chunk, at, line
            at += len(line) + 1
    yield None, 0, ""


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.split("|"))


def _table(begins: ChunkText, before: Sequence[str], lines: Sequence[Row]) -> Table | None:
    """None for lines that begin inside of a table, whose header is not known."""
    if begins.heading and " | " in begins.heading[-1] and lines[0].span.start == begins.span.start:
        return None
    caption = "\n".join(before)
    caption = caption if len(caption) <= _LONGEST_CAPTION else before[-1][-_LONGEST_CAPTION:]
    count = _header_rows(lines)
    header = tuple(lines[:count])
    width = len(lines[0].cells)
    columns = [
        " ".join(dict.fromkeys(filter(None, (without_notes(row.cells[at]) for row in header))))
        for at in range(width)
    ]
    rows: list[Row] = []
    group = columns[0] if columns[0].endswith(":") else ""
    for row in lines[count:]:
        if row.cells[0] and all(map(is_empty, row.cells[1:])):
            group = row.label
        elif row.cells[0] and (len(row.cells) == width):
            rows.append(Row(row.cells, row.span, row.text, group.rstrip(":")))
    return Table(begins, caption, header, tuple(columns), tuple(rows)) if rows else None


def _header_rows(lines: Sequence[Row]) -> int:
    """How many of the first rows name columns: the first, and those after it that have no label."""
    count = 0
    for row in lines:
        filled = [cell for cell in row.cells[1:] if not is_empty(cell)]
        if not filled or not all(map(_names_column, filled)) or len(row.cells) != len(lines[0].cells):
            break
        if count and row.cells[0]:
            break
        count += 1
    return count


def _names_column(cell: str) -> bool:
    if _YEAR.fullmatch(cell) or (periods_in(cell) and not _MONEY.search(cell)):
        return True
    return not is_figure(cell) and not _MONEY.search(cell)
