"""Tables of a PDF page made whole: LiteParse parts borderless ones, as financial statements have them.

What belongs to a table is told by its shape alone: pieces of one width, lines of as many figures as the table
has columns, labels between such pieces, and rows of dates above. No word is lost, and none is added.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

Row = tuple[str, ...]

_SIGN = r"[$\u20ac\u00a3\u00a5]"
_FIGURE = rf"(?:{_SIGN}\s?)?[-(\u2013]?(?:{_SIGN}\s?)?\d[\d,]*(?:\.\d+)?\)?\s?%?\)?|[-\u2013\u2014]"
_FIGURE_AND_SIGN = re.compile(rf"({_FIGURE})\s+({_SIGN})")
_CURRENCY = re.compile(_SIGN)
_CLOSING = re.compile(r"\)?\s?%|\)")
_MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b\.?"  # \b: else "marmar" has many readings
)
_SPAN = r"(?:three|six|nine|twelve|thirteen|twenty-six|thirty-nine|\d+)[\s-]+(?:months?|weeks?)\s+ended"
_DAY = rf"{_MONTH}\s+\d{{1,2}},?"
_PERIOD = re.compile(
    rf"(?:{_SPAN}|(?:fiscal\s+)?(?:quarter|year)s?(?:\s+ended)?|{_DAY}|\d{{1,2}}\s+{_MONTH}|"
    rf"{_MONTH}|q[1-4]|fy|(?:19|20)\d\d|\s)+",
    re.IGNORECASE,
)
_ONE_SPAN = re.compile(_SPAN, re.IGNORECASE)
_LONGEST_LABEL = 160
_MOST_LABELS = 3
_FIGURE_ROWS = 3  # so many show that a table is one of figures


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a page: ``kind`` as in LiteParse, and its text or rows."""

    kind: str
    text: str = ""
    level: int = 0
    rows: tuple[Row, ...] = ()
    header_rows: int = 0


def whole_tables(blocks: Iterable[Block]) -> list[Block]:
    """The page's blocks with currency signs beside their figures and parted tables put together."""
    page: list[Block] = []
    for block in blocks:
        if block.kind == "table":
            table, below = _without_prose(block)
            _add_table(page, _tidied(table))
            page += below
        elif block.kind != "paragraph" or not _add_rows(page, block.text):
            page.append(block)
    return _with_spans(page)


def _add_table(page: list[Block], table: Block) -> None:
    """Put ``table`` after the one it goes on with, or under a row of dates; else by itself, with the lines of
    figures before it for its first rows."""
    at = _open_table(page)
    if at is not None and not table.header_rows:
        above = _labelled(page[at])
        if above is not None and len(above.rows[0]) == len(table.rows[0]):
            width = len(table.rows[0])
            page[at:] = [replace(above, rows=(*above.rows, *_labels(page[at + 1 :], width), *table.rows))]
            return
    while page and page[-1].kind == "paragraph" and not table.header_rows and len(table.rows[0]) > 2:
        rows = _rows_in(page[-1].text, len(table.rows[0]))
        if not rows:
            break
        table = replace(table, rows=(*rows, *table.rows))
        page.pop()
    page.append(table)


def _add_rows(page: list[Block], text: str) -> bool:
    """Whether ``text`` is rows of the table before it, which then has them."""
    at = _open_table(page)
    above = None if at is None else _labelled(page[at])
    if at is None or above is None:
        return False
    width = len(above.rows[0])
    rows = _rows_in(text, width)
    if rows:
        page[at:] = [replace(above, rows=(*above.rows, *_labels(page[at + 1 :], width), *rows))]
    return bool(rows)


def _open_table(page: Sequence[Block]) -> int | None:
    """Where the last table stands, when nothing but labels of rows came after it."""
    for back, block in enumerate(reversed(page[-_MOST_LABELS - 1 :])):
        if block.kind == "table":
            return len(page) - 1 - back
        if (
            block.kind != "paragraph"
            or not block.text.rstrip().endswith(":")
            or len(block.text) > _LONGEST_LABEL
        ):
            return None
    return None


def _labelled(table: Block) -> Block | None:
    """A table that rows of a label and two figures or more can follow; bare dates become its header."""
    if table.header_rows == len(table.rows) == 1 and table.rows[0][0]:
        table = replace(table, rows=(("", *table.rows[0]),))
    return table if len(table.rows[0]) > 2 else None


def _labels(blocks: Sequence[Block], width: int) -> list[Row]:
    return [(block.text, *[""] * (width - 1)) for block in blocks]


def _rows_in(text: str, width: int) -> list[Row]:
    """Rows of a label and ``width - 1`` figures that make up ``text``, a last label included; else none."""
    figures = width - 1
    pattern = re.compile(
        rf"\s*([^\W\d_].{{0,{_LONGEST_LABEL}}}?)((?:\s+(?:{_FIGURE})(?=\s|$)){{{figures}}})", re.DOTALL
    )
    rows: list[Row] = []
    at = 0
    while found := pattern.match(text, at):
        rows.append(
            (found[1], *(figure.strip() for figure in re.findall(rf"\s+({_FIGURE})(?=\s|$)", found[2])))
        )
        at = found.end()
    rest = text[at:].strip()
    if rest and rest.endswith(":") and len(rest) <= _LONGEST_LABEL:
        rows.append((rest, *[""] * figures))
        rest = ""
    if rest or len(rows) == 0 or not rows[0][1]:
        return []
    return rows


# ------------------------------------------------------------ one table


def _tidied(table: Block) -> Block:
    rows = [_signed(row) for row in table.rows]
    kept = [
        column
        for column in range(max(map(len, rows)))
        if any(row[column : column + 1] != ("",) for row in rows)
    ]
    rows = [tuple(row[column] if column < len(row) else "" for column in kept) for row in rows]
    count = max(table.header_rows, _period_rows(rows))
    if _period_rows(rows) < 2 or table.header_rows > _period_rows(rows):
        return replace(table, rows=tuple(rows), header_rows=count)
    header = tuple(" ".join(filter(None, cells)) for cells in zip(*rows[:count], strict=True))
    return replace(table, rows=(header, *rows[count:]), header_rows=1)


def _without_prose(table: Block) -> tuple[Block, list[Block]]:
    """A table of figures without a last line of words that its columns cut: a note below it."""
    *body, last = table.rows
    words = [cell for cell in last[1:] if _has_letters(cell)]
    figures = [row for row in body if not any(map(_has_letters, row[1:]))]
    if len(words) < 2 or len(figures) < _FIGURE_ROWS or len(figures) < len(body) - 2:
        return table, []
    return replace(table, rows=tuple(body)), [Block("paragraph", " ".join(filter(None, last)))]


def _has_letters(cell: str) -> bool:
    return any(map(str.isalpha, cell))


def _signed(row: Row) -> Row:
    """Signs that were given a column of their own, or the end of the one before, at their figures."""
    cells: list[str] = []
    sign = ""
    for cell in row:
        if _CLOSING.fullmatch(cell) and any(cells):
            last = max(place for place, text in enumerate(cells) if text)
            cells[last] += cell
            cell = ""
        if _CURRENCY.fullmatch(cell) and not sign:
            sign, cell = cell, ""
        elif cell:
            behind = _FIGURE_AND_SIGN.fullmatch(cell)
            bare, next_sign = (behind[1], behind[2]) if behind else (cell, "")
            cell, sign = f"{sign} {bare}".strip(), next_sign
        cells.append(cell)
    if sign:
        cells[-1] = f"{cells[-1]} {sign}".strip()
    return tuple(cells)


def _period_rows(rows: Sequence[Row]) -> int:
    """How many rows at the top hold dates and periods in all their columns but, perhaps, the first."""
    count = 0
    for row in rows:
        filled = [cell for cell in row[1:] if cell]
        if not filled or not all(map(_PERIOD.fullmatch, filled)):
            break
        count += 1
    return count


def _with_spans(page: Sequence[Block]) -> list[Block]:
    """ "Three Months Ended Six Months Ended" above a table given to the columns that each stands over."""
    kept: list[Block] = []
    for block in page:
        if block.kind != "table" or block.header_rows != 1 or not all(block.rows[0][1:]):
            kept.append(block)
            continue
        dates = block.rows[0][1:]
        while kept and (over := _periods(kept[-1].text)) and len(dates) % len(over) == 0:
            each = len(dates) // len(over)
            dates = tuple(f"{over[n // each]} {date}" for n, date in enumerate(dates))
            kept.pop()
        kept.append(replace(block, rows=((block.rows[0][0], *_carried(dates)), *block.rows[1:])))
    return kept


def _periods(text: str) -> list[str]:
    """The periods, or the days of years told below, that are all that ``text`` says."""
    for kind in (_SPAN, _DAY):
        if re.fullmatch(rf"\s*(?:{kind}\s*)+", text, re.IGNORECASE):
            return re.findall(kind, text, re.IGNORECASE)
    return []


def _carried(dates: Sequence[str]) -> Row:
    """A period that is written over the first of its dates only, written before the others too."""
    carried: list[str] = []
    span = ""
    for date in dates:
        found = _ONE_SPAN.match(date)
        span = found[0] if found else span
        carried.append(f"{span} {date}" if span and not found and _PERIOD.fullmatch(date) else date)
    return tuple(carried)
