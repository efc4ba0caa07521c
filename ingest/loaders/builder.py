"""Blocks in reading order become a ``ParsedDocument``: every offset of the house is made here."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from graph.errors import LimitExceeded, UnreadableDocument
from graph.types import Element, ElementKind, PartialDate, Span
from ingest.loaders.dates import find_dateline
from ingest.loaders.decoding import clean, flow
from ingest.types import ParsedDocument, Table

CELL_SEPARATOR = " | "
_TABLE_CAPTION = re.compile(r"(table|tab\.|tabelle|tableau|tabel|exhibit|schedule)\b", re.IGNORECASE)
_FIELD = re.compile(r"\s*[A-Z][\w /&.-]{0,30}:\s+\S")
# Metadata is for people: enough for a subject line, not a place to hide a document in.
_METADATA_CHARACTERS = 500
_DATELINE_ELEMENTS = 12
_LONGEST_LABEL = 60
# A larger grid is an attack or a spreadsheet; neither is a table of a document.
_MAX_COLUMNS = 512
_MAX_CELLS = 1_000_000

# Where a sentence surely ends: after a whole word, a figure or a bracket, with a capital letter to follow.
_SENTENCE_END = re.compile(
    r"(?:[a-z]{3}|\d\d|[)\]%])[.!?][\"\u201d\u2019)\]]*(?=\s+[\"\u201c(\[]*[^\W\d_a-z])"
)

_Origin = tuple[int, int]  # row and column at which a cell begins


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell as its format gives it. Spans of rows and columns count from 1."""

    text: str
    columns: int = 1
    rows: int = 1


class DocumentBuilder:
    """Collects normalised blocks, and knows where each lies.

    A title or heading is the parent of what follows, until one of its own or a higher level. Blocks without
    text are dropped. Sibling list items and table rows are a line apart, other blocks a blank line.
    """

    def __init__(self, media_type: str) -> None:
        self._media_type = media_type
        self._parts: list[str] = []
        self._length = 0
        self._elements: list[Element] = []
        self._tables: list[Table] = []
        self._page_starts: list[int] = []
        self._open: list[tuple[int, int]] = []  # (level, ord) of the enclosing headings
        self._free_caption: Span | None = None  # a caption just written that no table has taken
        self._bare_table: int | None = None  # a table just written that has no caption

    # ------------------------------------------------------------ blocks

    def title(self, text: str) -> None:
        """The document's title where the format marks one; it encloses all headings."""
        self._headline(ElementKind.TITLE, text, 0)

    def heading(self, text: str, level: int) -> None:
        self._headline(ElementKind.HEADING, text, min(max(level, 1), 6))

    def paragraph(self, text: str) -> None:
        """Lines "Key: value", two or more, are a paragraph each: run together they read as one name."""
        lines = text.strip().split("\n")
        fields = len(lines) > 1 and all(map(_FIELD.match, lines))
        for each in lines if fields else [text]:
            self._block(ElementKind.PARAGRAPH, flow(each))

    def list_item(self, text: str) -> None:
        self._block(ElementKind.LIST_ITEM, flow(text))

    def code(self, text: str) -> None:
        """Verbatim but for blank edges: line breaks and indentation stay."""
        self._block(ElementKind.CODE, _strip_blank_edges(clean(text)))

    def caption(self, text: str) -> None:
        """Of a figure, or of the table just before or after it when it says "Table"."""
        bare, text = self._bare_table, flow(text)
        span = self._block(ElementKind.CAPTION, text)
        if span is None or not _TABLE_CAPTION.match(text):
            return
        if bare is not None:
            self._tables[bare] = replace(self._tables[bare], caption=span)
        else:
            self._free_caption = span

    def table(self, rows: Sequence[Sequence[Cell]], header_rows: int = 0, caption: str = "") -> None:
        """Rows of cells; merged cells are given once, where they begin.

        In the grid that results every row has as many cells, and a merged cell's span stands in each place
        it covers. ``caption`` is written before the table; without one, a caption just written is taken.
        """
        grid = _Grid()
        for row in rows:
            grid.add(row)
        if not grid.has_text:
            return
        if caption := flow(caption):
            self._free_caption = self._block(ElementKind.CAPTION, caption)
        self._write_table(grid, header_rows, self._free_caption)

    def page(self) -> None:
        """What follows is on a new page. Call it once before the first block, then at each break."""
        self._page_starts.append(self._length)

    def continue_paragraph(self, text: str) -> str:
        """Join the first sentence of ``text``, which begins a page, to the paragraph that it goes on with.

        So a sentence that runs over a page break stays one, on the page where it begins: the paragraph before
        is unfinished, and ``text`` begins in lower case. Returns what is left to write as the new page's own,
        all of it where nothing goes on.
        """
        text = flow(text)
        last = self._elements[-1] if self._elements else None
        if not text or last is None or last.kind is not ElementKind.PARAGRAPH:
            return text
        tail = self._parts[-1]
        if tail.endswith((".", "!", "?", ":", ";", "\u201d", '"', ")")) or not text[0].islower():
            return text
        end = _SENTENCE_END.search(text)
        text, rest = (text[: end.end()], text[end.end() :].strip()) if end else (text, "")
        if tail.endswith("-") and tail[-2:-1].isalpha():
            self._parts[-1] = tail[:-1]
            self._length -= 1
            joint = ""
        else:
            joint = " "
        start = self._length + len(joint)
        self._page_starts[-1] = start
        self._page_starts = [min(earlier, start) for earlier in self._page_starts]  # blank pages before
        self._parts.append(joint + text)
        self._length += len(joint) + len(text)
        self._parts[-2:] = ["".join(self._parts[-2:])]
        self._elements[-1] = replace(last, span=Span(last.span.start, self._length))
        return rest

    # ------------------------------------------------------------ result

    def build(
        self,
        name: str,
        *,
        title: str = "",
        stated: PartialDate | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> ParsedDocument:
        """The document. Without ``title``: its title or first heading, else ``name``'s stem.

        Without ``stated``: the dateline among the first blocks, if there is one.
        Raises ``UnreadableDocument`` when there is no text at all.
        """
        if not self._elements:
            raise UnreadableDocument(f"{name} holds no text.")
        text = "".join(self._parts)
        opening = [e for e in self._elements if e.kind is not ElementKind.TABLE][:_DATELINE_ELEMENTS]
        return ParsedDocument(
            text=text,
            title=flow(title) or self._first_headline(text) or _stem(name),
            media_type=self._media_type,
            elements=tuple(self._elements),
            tables=tuple(self._tables),
            page_starts=tuple(self._page_starts),
            stated=stated or find_dateline([e.span.of(text) for e in opening]),
            metadata={k: flow(v)[:_METADATA_CHARACTERS] for k, v in (metadata or {}).items() if flow(v)},
        )

    def _first_headline(self, text: str) -> str:
        for kind in (ElementKind.TITLE, ElementKind.HEADING):
            for element in self._elements:
                if element.kind is kind:
                    return element.span.of(text)
        return ""

    # ------------------------------------------------------------ writing

    def _headline(self, kind: ElementKind, text: str, level: int) -> None:
        if text := flow(text):
            while self._open and self._open[-1][0] >= level:
                self._open.pop()
            self._block(kind, text, level)
            self._open.append((level, len(self._elements) - 1))

    def _block(self, kind: ElementKind, text: str, level: int = 0) -> Span | None:
        if not text:
            return None
        self._separate(kind)
        self._free_caption = self._bare_table = None
        parent = self._open[-1][1] if self._open else None
        span = self._write(text)
        self._element(kind, span, level, parent)
        return span

    def _write_table(self, grid: "_Grid", header_rows: int, caption: Span | None) -> None:
        self._separate(ElementKind.TABLE)
        self._free_caption = self._bare_table = None
        table, start = len(self._elements), self._length
        parent = self._open[-1][1] if self._open else None
        self._element(ElementKind.TABLE, Span(start, start), 0, parent)
        spans: dict[_Origin, Span] = {}  # origin of a cell -> where it was written
        rows: list[tuple[Span, ...]] = []
        for number, origins in enumerate(grid.rectangle()):
            if number:
                self._write("\n")
            row_start = self._length
            own = sorted({origin for origin in origins if origin[0] == number})
            for place, origin in enumerate(own):
                if place:
                    self._write(CELL_SEPARATOR)
                spans[origin] = self._write(grid.text(origin))
            self._element(ElementKind.TABLE_ROW, Span(row_start, self._length), 0, table)
            rows.append(tuple(spans[origin] for origin in origins))
        self._elements[table] = replace(self._elements[table], span=Span(start, self._length))
        self._tables.append(Table(table, tuple(rows), min(max(header_rows, 0), len(rows)), caption))
        if caption is None:
            self._bare_table = len(self._tables) - 1

    def _element(self, kind: ElementKind, span: Span, level: int, parent: int | None) -> None:
        page = len(self._page_starts) or None
        self._elements.append(Element(len(self._elements), kind, span, level, parent, page))

    def _separate(self, kind: ElementKind) -> None:
        if not self._elements:
            return
        siblings = kind is ElementKind.LIST_ITEM and self._elements[-1].kind is ElementKind.LIST_ITEM
        gap = "\n" if siblings else "\n\n"
        at_page = bool(self._page_starts) and self._page_starts[-1] == self._length
        self._write(gap)
        if at_page:
            self._page_starts[-1] = self._length

    def _write(self, text: str) -> Span:
        self._parts.append(text)
        start, self._length = self._length, self._length + len(text)
        return Span(start, self._length)


class _Grid:
    """Cells put into rows and columns, merged ones in every place they cover."""

    def __init__(self) -> None:
        self._rows: list[dict[int, _Origin]] = []  # column -> the cell that covers it
        self._texts: dict[_Origin, str] = {}
        self._hanging: dict[int, tuple[int, _Origin]] = {}  # column -> (rows still to cover, cell)
        self._cells = 0

    def add(self, cells: Sequence[Cell]) -> None:
        """The next row; one without any text is left out."""
        row, number = {c: origin for c, (_, origin) in self._hanging.items()}, len(self._rows)
        hanging = {c: (left - 1, origin) for c, (left, origin) in self._hanging.items() if left > 1}
        merged_down = False
        column = 0
        for cell in cells:
            while column in row:
                column += 1
            origin = (number, column)
            self._texts[origin] = flow(cell.text)
            for covered in range(column, min(column + max(cell.columns, 1), _MAX_COLUMNS + 1)):
                if covered in row:
                    break
                row[covered] = origin
                if cell.rows > 1:
                    hanging[covered] = (cell.rows - 1, origin)
                    merged_down = True
        self._cells += len(row)
        if self._cells > _MAX_CELLS or len(row) > _MAX_COLUMNS:
            raise LimitExceeded(
                f"A table has more than {_MAX_COLUMNS} columns or {_MAX_CELLS} cells; "
                "split it, or upload it as a spreadsheet."
            )
        self._hanging = hanging
        if merged_down or any(self._texts[origin] for origin in row.values()):
            self._rows.append(row)

    @property
    def has_text(self) -> bool:
        return any(self._texts[origin] for row in self._rows for origin in row.values())

    def text(self, origin: _Origin) -> str:
        return self._texts.get(origin, "")

    def rectangle(self) -> list[list[_Origin]]:
        """For each row the cell at each column. Columns in which no cell with text begins are left out."""
        columns = sorted(
            {
                origin[1]
                for number, row in enumerate(self._rows)
                for origin in row.values()
                if origin[0] == number and self._texts[origin]
            }
        )
        return [[row.get(c, (number, c)) for c in columns] for number, row in enumerate(self._rows)]


def looks_like_header(rows: Sequence[Sequence[Cell]]) -> bool:
    """Whether the first row names columns, where the format does not say.

    It has a short label without digits in every place, all different. Of two columns that is also true of
    a list of properties, so there a figure below must confirm it.
    """
    if len(rows) < 2 or len(rows[0]) < 2:
        return False
    labels = [flow(cell.text) for cell in rows[0]]
    if not all(labels) or len(set(labels)) < len(labels):
        return False
    if any(len(label) > _LONGEST_LABEL or any(c.isdigit() for c in label) for label in labels):
        return False
    return len(labels) > 2 or (
        any(
            flow(row[1].text)[:1].isdigit() and not any(c.isdigit() for c in row[0].text)
            for row in rows[1:]
            if len(row) > 1
        )
        and not labels[0].endswith(":")
    )


def _strip_blank_edges(text: str) -> str:
    lines = text.split("\n")
    while lines and not lines[0].strip():
        lines.pop(0)
    return "\n".join(lines).rstrip()


def _stem(name: str) -> str:
    return flow(PurePath(name).stem.replace("_", " ")) or "Untitled"
