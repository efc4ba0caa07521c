"""Digital PDF: layout by LiteParse, plain page text by pypdfium2 where LiteParse fails.

LiteParse gives blocks whose text carries Markdown marks; the characters themselves are taken from the page's
text items where they agree. Pages without a text layer are scans and need OCR.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

import pypdfium2  # type: ignore[import-untyped]  # ships no stubs
from liteparse import AnnotationRect, LayoutBlock, LayoutCell, LiteParse, ParsedPage, ParseError, TextItem

from graph.errors import UnreadableDocument
from ingest.loaders.builder import Cell, DocumentBuilder, looks_like_header
from ingest.loaders.pdf_bands import without_repeats
from ingest.loaders.pdf_tables import Block, whole_tables
from ingest.loaders.port import Sample
from ingest.types import ParsedDocument

_PARAGRAPH_GAP = 1.3  # of the usual line pitch; after a sentence's end, of the line's height
_SENTENCE_ENDS = (".", "!", "?", ":", "\u201d")
_SAME_LINE = 0.5  # of a line's height
_SPACE = 0.12  # of a line's height
_ROW_GAP = 3.0  # of a line's height; lines of one row are closer
# A page whose blocks hold less than this share of its characters is written line by line instead.
_MIN_BLOCK_SHARE = 0.9
_LONGEST_CELL = 600
_LEVEL = 3.0  # points
_LONGEST_HEADLINE = 120
_CAPTION = re.compile(
    r"(?:table|figure|fig\.|exhibit|chart)\s+[\dA-Z][\d.\-]*\s*[:.\u2013\u2014|]", re.IGNORECASE
)
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>~])|\*+|~~")
_NUMBER = re.compile(r"[-(\u2013]?[$\u20ac\u00a3]?\s?\(?\d[\d,.]*\)?\s?%?\)?")
_JUNK_TITLE = re.compile(r"microsoft word|untitled|\.(?:docx?|pdf|tex|indd|html?)$|^[\d\W_]+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Line:
    """Text items at one height; ``top`` and ``height`` in points."""

    top: float
    height: float
    text: str


class PdfLoader:
    label = "PDF"
    media_type = "application/pdf"
    extensions = (".pdf",)

    def recognises(self, sample: Sample) -> bool:
        return b"%PDF-" in sample.data[:1024]

    def load(self, data: bytes, name: str) -> ParsedDocument:
        try:
            pages = _liteparse_pages(data)
        except (ParseError, RuntimeError, ValueError):
            pages = _pdfium_pages(data, name)
        except BaseException as error:  # a panic of Rust code is no Exception, and its class is not exported
            if type(error).__name__ != "PanicException":
                raise
            pages = _pdfium_pages(data, name)
        if not any(pages):
            raise UnreadableDocument(
                f"{name} has no text layer: its {len(pages)} page(s) are images. "
                "Run OCR over it and upload the result."
            )
        builder = DocumentBuilder(self.media_type)
        words = Counter(w for page in pages for b in page for w in re.findall(r"[\w-]+", b.text.lower()))
        for page in without_repeats(pages):
            builder.page()
            for number, block in enumerate(page):
                _write(block, builder, words, first=number == 0)
        properties = _properties(data)
        title = properties.pop("Title", "")
        return builder.build(
            name,
            title="" if _JUNK_TITLE.search(title) else title,
            metadata={
                key.lower(): value for key, value in properties.items() if key in ("Author", "Subject")
            },
        )


def _write(block: Block, builder: DocumentBuilder, words: Counter[str], *, first: bool) -> None:
    text = _join_hyphens(block.text, words)
    if block.kind == "heading":
        builder.heading(text, block.level)
    elif block.kind == "list_item":
        builder.list_item(text)
    elif block.kind == "code":
        builder.code(block.text)
    elif block.kind == "table":
        rows = [[Cell(_join_hyphens(cell, words)) for cell in row] for row in block.rows]
        builder.table(rows, block.header_rows or int(looks_like_header(rows)))
    elif _CAPTION.match(text) and len(text) < 400:
        builder.caption(text)
    else:
        builder.paragraph(builder.continue_paragraph(text) if first else text)


def _join_hyphens(text: str, words: Counter[str]) -> str:
    """Undo hyphens at line ends: "inter-\\nnational" is a word, "well-\\nknown" keeps its hyphen.

    The document decides: the spelling it uses elsewhere wins, and without one the hyphen goes.
    """

    def joined(found: re.Match[str]) -> str:
        left, right = found[1], found[2]
        whole, hyphened = words[(left + right).lower()], words[f"{left}-{right}".lower()]
        return f"{left}-{right}" if hyphened > whole else left + right

    return re.sub(r"(\w*[^\W\d_])[-\u2010\u00ad]\n([^\W\d_]\w*)", joined, text) if "\n" in text else text


# ------------------------------------------------------------ LiteParse


def _liteparse_pages(data: bytes) -> list[list[Block]]:
    parser = LiteParse(
        ocr_enabled=False,
        extract_blocks=True,
        keep_headers_footers=True,
        extract_links=False,
        preserve_very_small_text=True,
        image_mode="off",
        num_workers=1,
        quiet=True,
    )
    return [_page_blocks(page) for page in parser.parse(data).pages]


def _page_blocks(page: ParsedPage) -> list[Block]:
    found = _side_by_side(page.blocks or ())
    blocks = [block for part in found for block in _blocks(part, page.text_items)]
    seen = sum(_weight(b.text) + sum(_weight(c) for row in b.rows for c in row) for b in blocks)
    if seen < _MIN_BLOCK_SHARE * _weight(page.text):
        return [Block("paragraph", line.strip()) for line in page.text.split("\n") if line.strip()]
    return whole_tables(blocks)


def _side_by_side(blocks: Sequence[LayoutBlock]) -> list[LayoutBlock]:
    """Blocks with a table that was taken for two columns of the page put together again.

    Its halves follow each other, have as many rows, and begin and end at the same heights.
    """
    joined: list[LayoutBlock] = []
    for block in blocks:
        last = joined[-1] if joined else None
        if last is not None and last.kind == block.kind == "table" and _same_heights(last, block):
            rows = [[*left, *right] for left, right in zip(last.rows or (), block.rows or (), strict=True)]
            header = [*last.header, *block.header] if last.header and block.header else None
            joined[-1] = replace(last, rows=rows, header=header, bbox=_union(last.bbox, block.bbox))
        else:
            joined.append(block)
    return joined


def _same_heights(a: LayoutBlock, b: LayoutBlock) -> bool:
    if (
        a.bbox is None
        or b.bbox is None
        or len(a.rows or ()) != len(b.rows or ())
        or bool(a.header) != bool(b.header)
    ):
        return False
    apart: float = max(abs(a.bbox.y - b.bbox.y), abs(a.bbox.height - b.bbox.height))
    return apart < _LEVEL


def _union(a: AnnotationRect | None, b: AnnotationRect | None) -> AnnotationRect | None:
    if a is None or b is None:
        return a or b
    x, y = min(a.x, b.x), min(a.y, b.y)
    right, bottom = max(a.x + a.width, b.x + b.width), max(a.y + a.height, b.y + b.height)
    return AnnotationRect(x, y, right - x, bottom - y)


def _blocks(block: LayoutBlock, items: Sequence[TextItem]) -> Iterator[Block]:
    if block.kind == "table":
        rows, below = _rows(block, items)
        if any(len(cell) > _LONGEST_CELL for row in rows for cell in row):
            # Columns of prose taken for a table.
            yield from (Block("paragraph", cell) for row in rows for cell in row if cell.strip())
        else:
            yield Block("table", rows=tuple(rows), header_rows=1 if block.header else 0)
            yield from (Block("paragraph", line) for line in below)
    elif block.kind == "code":
        yield Block("code", "\n".join(block.lines or ()))
    elif block.kind == "grid_fallback":
        yield from (Block("paragraph", line) for line in block.lines or () if line.strip())
    elif block.text and not block.text.isspace():
        paragraphs = _paragraphs(block, items)
        if block.kind == "list_item":
            marker = f"{block.marker} " if block.ordered and block.marker else ""
            yield Block("list_item", marker + "\n".join(paragraphs))
        elif block.kind == "heading":
            yield Block("heading", "\n".join(paragraphs), block.level or 1)
        else:
            for text in paragraphs:
                named = block.bold and len(paragraphs) == 1 and _is_headline(text)
                yield Block("heading", text, 6) if named else Block("paragraph", text)


def _is_headline(text: str) -> bool:
    """Whether a bold paragraph is a heading: short, mostly letters, not a sentence."""
    letters = sum(map(str.isalpha, text))
    return letters > len(text) / 2 and len(text) <= _LONGEST_HEADLINE and text[-1] not in ".,;:!?"


def _paragraphs(block: LayoutBlock, items: Sequence[TextItem]) -> list[str]:
    """The block's text with its line breaks, split where lines are far apart.

    From the page's own items where they say what the block says, else the block's text without its marks.
    """
    marked = _ESCAPED.sub(r"\1", block.text or "")
    lines = _lines(_inside(block.bbox, items))
    found = "\n".join(line.text for line in lines)
    if block.kind == "list_item" and block.marker:
        bare = found.lstrip()
        found = bare[len(block.marker) :].lstrip() if bare.startswith(block.marker) else found
    if _letters(found) != _letters(marked):
        return [marked]
    if block.kind == "list_item":
        return [found]
    pitch = median([b.top - a.top for a, b in pairwise(lines)]) if len(lines) > 1 else 0.0
    paragraphs = [lines[0].text]
    for above, below in pairwise(lines):
        gap = below.top - above.top
        ended = above.text.endswith(_SENTENCE_ENDS) and not below.text[:1].islower()
        if gap > _PARAGRAPH_GAP * pitch or (ended and gap > _PARAGRAPH_GAP * above.height):
            paragraphs.append(below.text)
        else:
            paragraphs[-1] += f"\n{below.text}"
    return paragraphs


def _rows(block: LayoutBlock, items: Sequence[TextItem]) -> tuple[list[tuple[str, ...]], list[str]]:
    """The table's rows, and the lines below it that were taken for a last row, such as the page's footer.

    A row that is several rows of figures taken for one is parted into them: its label and a column of numbers
    have as many lines, more than one. Lines far apart are no row.
    """
    grid = ([block.header] if block.header else []) + (block.rows or [])
    inside = _inside(block.bbox, items)
    columns = _column_ranges(grid)
    tops = [min((cell.bbox.y for cell in row if cell.bbox), default=None) for row in grid]
    rows: list[tuple[str, ...]] = []
    for number, row in enumerate(grid):
        whole = tuple(cell.text for cell in row)
        top = tops[number]
        below = next((t for t in tops[number + 1 :] if t is not None), float("inf"))
        own = [item for item in inside if top is not None and top - 1 <= item.y < below - 1]
        lines = _lines(own)
        if number == len(grid) - 1 > 0 and _far_apart(lines) and _same_letters(whole, lines):
            return rows, [line.text for line in lines]
        rows += _parted(whole, own, columns) or [whole]
    return rows, []


def _far_apart(lines: Sequence[_Line]) -> bool:
    return any(below.top - above.top > _ROW_GAP * above.height for above, below in pairwise(lines))


def _same_letters(row: Sequence[str], lines: Sequence[_Line]) -> bool:
    """Whether lines say what a row says, in another order."""
    return sorted(_letters("".join(row))) == sorted(_letters("".join(line.text for line in lines)))


def _parted(
    whole: tuple[str, ...], items: Sequence[TextItem], columns: Sequence[tuple[float, float]]
) -> list[tuple[str, ...]] | None:
    cells: list[list[TextItem]] = [[] for _ in whole]
    for item in items:
        middle = item.x + item.width / 2
        cells[min(range(len(columns)), key=lambda c: _distance(middle, columns[c]))].append(item)
    lines = [_lines(cell) for cell in cells]
    count = len(lines[0])
    if count < 2 or not any(
        len(cell) == count and all(_NUMBER.search(line.text) for line in cell) for cell in lines[1:]
    ):
        return None
    parted = [["" for _ in whole] for _ in range(count)]
    for column, cell in enumerate(lines):
        for line in cell:
            nearest = min(range(count), key=lambda n: abs(lines[0][n].top - line.top))
            parted[nearest][column] = f"{parted[nearest][column]} {line.text}".strip()
    return (
        [tuple(row) for row in parted]
        if _same_letters(whole, [line for cell in lines for line in cell])
        else None
    )


def _column_ranges(grid: Sequence[Sequence[LayoutCell]]) -> list[tuple[float, float]]:
    """Left and right of each column, over the cells that have ink."""
    width = max((len(row) for row in grid), default=0)
    ranges = [(float("inf"), float("-inf"))] * width
    for row in grid:
        for column, cell in enumerate(row):
            if cell.bbox is not None:
                left, right = ranges[column]
                ranges[column] = (min(left, cell.bbox.x), max(right, cell.bbox.x + cell.bbox.width))
    return ranges


def _distance(x: float, column: tuple[float, float]) -> float:
    left, right = column
    return max(left - x, x - right, 0.0)


def _inside(box: AnnotationRect | None, items: Sequence[TextItem]) -> list[TextItem]:
    """The items whose middle lies in ``box``, give or take a point."""
    if box is None:
        return []
    return [
        item
        for item in items
        if -1 <= item.x + item.width / 2 - box.x <= box.width + 1
        and -1 <= item.y + item.height / 2 - box.y <= box.height + 1
    ]


def _lines(items: Sequence[TextItem]) -> list[_Line]:
    """Items as lines, top to bottom, each left to right."""
    rows: list[list[TextItem]] = []
    for item in sorted(items, key=lambda i: (i.y + i.height / 2, i.x)):
        middle = item.y + item.height / 2
        last = rows[-1][-1] if rows else None
        if last is not None and abs(middle - last.y - last.height / 2) < _SAME_LINE * max(
            min(item.height, last.height), 1
        ):
            rows[-1].append(item)
        else:
            rows.append([item])
    return [_line(sorted(row, key=lambda i: i.x)) for row in rows]


def _low(a: TextItem, b: TextItem) -> float:
    low: float = min(a.height, b.height)
    return max(low, 1.0)


def _line(items: Sequence[TextItem]) -> _Line:
    height = max(item.height for item in items)
    text = items[0].text
    for left, right in pairwise(items):
        gap = right.x - left.x - left.width
        text += (" " if gap > _SPACE * height else "") + right.text
    return _Line(min(item.y for item in items), height, text)


def _letters(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


def _weight(text: str) -> int:
    return sum(map(str.isalnum, text))


# ------------------------------------------------------------ pypdfium2


def _pdfium_pages(data: bytes, name: str) -> list[list[Block]]:
    """Plain text, a paragraph for each run of lines; the way for files LiteParse refuses."""
    try:
        with pypdfium2.PdfDocument(data) as document:
            return [_plain_blocks(page.get_textpage().get_text_bounded()) for page in document]
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise UnreadableDocument(f"{name} is protected by a password; upload it without one.") from error
        raise UnreadableDocument(f"{name} is a damaged PDF that cannot be opened.") from error


def _plain_blocks(text: str) -> list[Block]:
    text = text.replace("\ufffe", "-").replace("\x02", "-").replace("\r\n", "\n")
    return [Block("paragraph", block) for block in re.split(r"\n\s*\n", text) if block.strip()]


def _properties(data: bytes) -> dict[str, str]:
    try:
        with pypdfium2.PdfDocument(data) as document:
            properties: dict[str, str] = document.get_metadata_dict(skip_empty=True)
            return properties
    except pypdfium2.PdfiumError:
        return {}  # LiteParse read it all the same; it only has no title of its own
