"""Table rows and "Key: value" lines as fields of a thing, and which cells are names."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from graph.fusion.dates import whole_date
from graph.fusion.names import NameOf, readings
from graph.fusion.regions import region
from graph.types import ElementKind, Span
from ingest.extraction import lexicon
from ingest.extraction.headings import ID, NAME, NOTHING, ROLE, Headings, Meaning
from ingest.extraction.names import CUE, Name
from ingest.extraction.passages import Passage
from ingest.extraction.values import find_quantities
from ingest.types import ParsedDocument, Table

_LINE = re.compile(
    r"(?P<key>[A-Z][A-Za-z /-]{1,32}?)(?:\s*\((?P<unit>[^)\n]{1,24})\))?\s*[:\t]\s*(?P<value>\S[^\n]{0,160})"
)
_NAME_SHAPE = re.compile(
    r"(?:[A-Z0-9][\w&.'’/+-]*|of|the|and|for|de|van|der|von|&|la|du|St\.?)(?:\s+(?:[A-Z0-9][\w&.'’/+-]*|\([A-Z]\w*\)|of|the|for|de|van|der|von|&|la|du|plc|gmbh|asa|ag|nv|bv))*"
)


# "Population 2010", "Revenue (2020)": when what stands below was so.
_YEAR = re.compile(r"(?<=\w)\s*(?:\s|[(\[])((?:1[5-9]|20)\d\d)[)\]]?\s*\Z")


@dataclass(frozen=True, slots=True)
class Field:
    """One value under a heading. ``year``: the one that the heading ends in."""

    heading: str
    span: Span
    meaning: Meaning

    @property
    def year(self) -> str | None:
        found = _YEAR.search(self.heading)
        return None if found is None else found[1]


@dataclass(frozen=True, slots=True)
class Row:
    """``subject`` is the cell the row is about; ``None`` where it is the document's or section's topic."""

    span: Span
    subject: Span | None
    subject_type: str | None
    fields: tuple[Field, ...]
    section: int


def find_rows(document: ParsedDocument, prose: Sequence[Passage], headings: Headings) -> list[Row]:
    """Rows of every table, then key-value lines, each in document order."""
    sections = {e.ord: -1 if e.parent is None else e.parent for e in document.elements}
    rows = [row for table in document.tables for row in _table_rows(document.text, table, sections, headings)]
    record: Row | None = None  # the line "Name: ..." that opens a run of lines, each of the same thing
    for passage in prose:
        if passage.kind in (ElementKind.PARAGRAPH, ElementKind.LIST_ITEM):
            lines = _lines(document.text, passage, headings)
            if not lines or (record is not None and record.section != passage.section):
                record = None
            for line in lines:
                if line.fields[0].meaning.special == NAME:
                    record = line
                rows.append(line if record is None else replace(line, subject=record.fields[0].span))
    return rows


def _heading(text: str) -> str:
    text = _YEAR.sub("", text)
    return re.sub(r"\s*\(.*?\)\s*|\s*\[.*?\]\s*", " ", text).strip(" *:.\u00a0\n\t").lower()


def _table_rows(text: str, table: Table, sections: dict[int, int], headings: Headings) -> list[Row]:
    rows = [row for row in table.rows if any(cell.of(text).strip() for cell in row)]
    if not rows:
        return []
    section = sections.get(table.element, -1)
    width = max(len(row) for row in rows)
    keys = [_heading(row[0].of(text)) for row in rows if len(row) == 2]
    if (
        width == 2
        and len(keys) == len(rows)
        and sum(headings.meaning(key).known for key in keys) * 2 > len(keys)
    ):
        return [
            Row(
                Span(key.start, value.end),
                None,
                None,
                (Field(key.of(text), value, headings.meaning(_heading(key.of(text)))),),
                section,
            )
            for key, value in rows
            if value.of(text).strip()
        ]
    known = any(headings.meaning(_heading(c.of(text))).known for c in rows[0][1:])
    header_rows = table.header_rows or int(known)
    if header_rows == 0:
        return []
    header = [cell.of(text) for cell in rows[header_rows - 1]]
    return [
        row
        for cells in rows[header_rows:]
        if (row := _row(text, cells, header, headings, section)) is not None
    ]


def _row(
    text: str, cells: Sequence[Span], header: Sequence[str], headings: Headings, section: int
) -> Row | None:
    meanings = [headings.meaning(_heading(h)) for h in header]
    subject = next((k for k, m in enumerate(meanings[: len(cells)]) if m.special in ("", NAME)), None)
    if subject is not None and (whole_date(cells[subject].of(text)) or _numeric(cells[subject].of(text))):
        subject = None
    kind = None if subject is None else headings.subject_type(_heading(header[subject]))
    if subject is not None and kind is None and any(m.special == ROLE for m in meanings):
        kind = "Person"
    person = subject is not None and kind is None and meanings[subject].special == NAME
    identified = "Person" if person else kind
    fields = tuple(
        Field(heading, cell, _of_cell(meaning, heading, cell.of(text), identified, headings))
        for k, (heading, cell, meaning) in enumerate(zip(header, cells, meanings, strict=False))
        if k != subject and cell.of(text).strip()
    )
    filled = [cell for cell in cells if cell.of(text).strip()]
    if not fields or not filled:
        return None
    span = Span(min(c.start for c in filled), max(c.end for c in filled))
    return Row(span, None if subject is None else cells[subject], kind, fields, section)


def _of_cell(
    meaning: Meaning, heading: str, cell: str, identified: str | None, headings: Headings
) -> Meaning:
    """A "State" is a region where the cell names one, else how something stands."""
    if _heading(heading) == "state" and region(readings(cell, NameOf.THING)):
        return headings.meaning("region")
    return NOTHING if meaning.special == ID and meaning.identifies != identified else meaning


def _numeric(text: str) -> bool:
    quantities = find_quantities(text.strip())
    return len(quantities) == 1 and quantities[0].start == 0 and quantities[0].end == len(text.strip())


def _lines(text: str, passage: Passage, headings: Headings) -> list[Row]:
    rows: list[Row] = []
    start = passage.start
    for line in text[passage.start : passage.start + len(passage.text)].split("\n"):
        indent = len(line) - len(line.lstrip(" \t-*•·"))
        match = _LINE.fullmatch(line.rstrip(), indent)
        meaning = headings.meaning(_heading(match["key"])) if match else None
        if match and meaning and meaning.known:
            value = Span(start + match.start("value"), start + match.end("value"))
            heading = match["key"] + (f" ({match['unit']})" if match["unit"] else "")
            found = Field(heading, value, meaning)
            rows.append(Row(Span(start + indent, value.end), None, None, (found,), passage.section))
        start += len(line) + 1
    return rows


def field_names(rows: Sequence[Row], text: str, known: Sequence[Name], headings: Headings) -> list[Name]:
    """Names of cells that hold nothing else, where running text gave none. A row's subject is one."""
    taken = sorted((n.start, n.end) for n in known)
    found: dict[tuple[int, int], Name] = {}

    def add(span: Span, kind: str | None) -> None:
        for start, end in _pieces(span, text):
            near = bisect_left(
                taken, (end, 0)
            )  # names do not overlap: only the last before the end can touch
            if near and taken[near - 1][1] > start:
                continue
            surface = text[start:end]
            cue = None if lexicon.may_be_person(surface) else lexicon.cue_type(surface)
            votes = {cue: CUE} if cue else {kind: 4} if kind else {}
            if (start, end) not in found:
                if not votes and len(surface.split()) > 1 and lexicon.gender_of(surface.split()[0]):
                    votes = {"Person": CUE // 2}
                title = surface.split()[0].lower().rstrip(".")
                if title in lexicon.TITLES and len(surface.split()) > 1 and kind in (None, "Person"):
                    start += len(surface.split()[0]) + 1
                    surface, votes = text[start:end], {"Person": CUE}
                found[(start, end)] = Name(start, end, surface, votes=votes)

    for row in rows:
        if row.subject is not None:
            add(row.subject, row.subject_type)
        for cell in row.fields:
            if cell.meaning.special == ROLE:
                if match := re.search(r"\b(?:of|at|for)\s+(?:the\s+)?([A-Z].*)$", cell.span.of(text)):
                    add(Span(cell.span.start + match.start(1), cell.span.start + match.end(1)), None)
            elif not cell.meaning.special and not whole_date(cell.span.of(text)):
                expected = headings.expected(cell.meaning)
                if expected is None and re.search(
                    r"chief|ceo|director|president|chair", cell.heading.lower()
                ):
                    expected = "Person"
                if expected is not None or (
                    cell.meaning.phrases
                    and cell.meaning.phrases[0]
                    not in ("employ", "capacity of", "revenue of", "cost of", "population of")
                ):
                    add(cell.span, expected)
    return [found[key] for key in sorted(found)]


def _pieces(span: Span, text: str) -> list[tuple[int, int]]:
    pieces: list[tuple[int, int]] = []
    start = span.start
    raw = span.of(text)
    for match in [*re.finditer(r"\s*(?:[,;\n]|\sand\s|\s/\s)\s*", raw), None]:
        end = span.start + match.start() if match else span.end
        piece = text[start:end]
        lead = len(piece) - len(piece.lstrip())
        stripped = (
            piece.strip().rstrip(".")
            if piece.strip().count(".") == 1 and not re.search(r"\b(?:Inc|Ltd|Co|Corp)\.$", piece.strip())
            else piece.strip()
        )
        if (
            len(stripped) > 1
            and _NAME_SHAPE.fullmatch(stripped)
            and any(c.isupper() for c in stripped)
            and not _numeric(stripped)
        ):
            pieces.append((start + lead, start + lead + len(stripped)))
        start = span.start + match.end() if match else span.end
    return pieces
