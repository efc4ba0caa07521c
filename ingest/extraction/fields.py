"""Table rows and "Key: value" lines as fields of a thing: what a heading means, which cells are names."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from graph.types import ElementKind, Span
from ingest.extraction import lexicon
from ingest.extraction.names import CUE, Name
from ingest.extraction.passages import Passage
from ingest.extraction.values import find_quantities, whole_date
from ingest.types import ParsedDocument, Table

ROLE, SINCE, UNTIL, AT, NAME = "role", "since", "until", "at", "name"
_SPECIAL = {
    **dict.fromkeys(("role", "post", "position", "title", "function", "office", "job title", "job"), ROLE),
    **dict.fromkeys(
        ("since", "from", "start", "in office since", "appointed", "joined", "start date", "valid from"),
        SINCE,
    ),
    **dict.fromkeys(("until", "to", "end", "end date", "left", "valid to"), UNTIL),
    **dict.fromkeys(("year", "as of", "date", "period", "financial year", "fiscal year"), AT),
    **dict.fromkeys(("name", "person", "entity"), NAME),
}
# What a heading's words mean where "<heading> of" is not already a phrase of the ontology.
_PHRASES: dict[str, tuple[str, ...]] = {
    "headquarters": ("headquarter in",),
    "head office": ("headquarter in",),
    "hq": ("headquarter in",),
    "seat": ("headquarter in",),
    "based in": ("base in",),
    "location": ("locate in",),
    "city": ("locate in",),
    "town": ("locate in",),
    "country": ("locate in",),
    "place": ("locate in",),
    "region": ("locate in",),
    "located in": ("locate in",),
    "founded": ("found in", "found on"),
    "founded in": ("found in", "found on"),
    "established": ("establish in",),
    "foundation": ("found in",),
    "incorporated": ("incorporate in",),
    "founded by": ("founder of",),
    "founders": ("founder of",),
    "founder": ("founder of",),
    "opened": ("open in",),
    "opening": ("open in",),
    "commissioned": ("commission in", "open in"),
    "completed": ("complete in", "open in"),
    "in operation since": ("open in",),
    "employees": ("employ",),
    "number of employees": ("employ",),
    "staff": ("employ",),
    "headcount": ("employ",),
    "workforce": ("employ",),
    "people": ("employ",),
    "capacity": ("capacity of",),
    "installed capacity": ("capacity of",),
    "output": ("capacity of",),
    "revenue": ("revenue of",),
    "turnover": ("revenue of",),
    "sales": ("revenue of",),
    "cost": ("cost of",),
    "budget": ("cost of",),
    "price": ("cost of",),
    "population": ("population of",),
    "inhabitants": ("population of",),
    "parent": ("subsidiary of",),
    "parent company": ("subsidiary of",),
    "owned by": ("owner of",),
    "owner": ("owner of",),
    "operated by": ("operator of",),
    "operator": ("operator of",),
    "designed by": ("designer of",),
    "designer": ("designer of",),
    "architect": ("architect of",),
    "built by": ("builder of",),
    "builder": ("builder of",),
    "contractor": ("builder of",),
    "made by": ("maker of",),
    "maker": ("maker of",),
    "manufacturer": ("manufacturer of",),
    "led by": ("leader of",),
    "lead": ("leader of",),
    "employer": ("work for",),
    "company": ("work for",),
    "organisation": ("work for",),
    "organization": ("work for",),
    "affiliation": ("work for",),
    "works for": ("work for",),
    "born": ("bear on", "bear in"),
    "date of birth": ("bear on",),
    "birthplace": ("bear in",),
    "place of birth": ("bear in",),
    "born in": ("bear in",),
    "died": ("die on",),
    "studied at": ("study at",),
    "university": ("study at",),
    "alma mater": ("study at",),
    "education": ("study at",),
    "lives in": ("live in",),
    "residence": ("live in",),
    "home": ("live in",),
    "reports to": ("report to",),
    "member of": ("member of",),
    "spouse": ("spouse of",),
    "chair": ("chair of",),
    "funded by": ("fund",),
    "sponsor": ("fund",),
    "funder": ("fund",),
    "partner": ("partner of",),
    "supplier": ("supplier of",),
    "supplied by": ("supplier of",),
}
# Phrases whose head is the row's thing; with all others "the cell is <phrase> the row".
FROM_ROW = frozenset(
    [
        "headquarter in",
        "base in",
        "locate in",
        "found in",
        "found on",
        "establish in",
        "incorporate in",
        "open in",
        "commission in",
        "complete in",
        "employ",
        "capacity of",
        "revenue of",
        "cost of",
        "population of",
        "subsidiary of",
        "work for",
        "bear on",
        "bear in",
        "die on",
        "study at",
        "live in",
        "report to",
        "member of",
    ]
)
_EXPECTED = {
    "subsidiary of": "Organization", "headquarter in": "Place", "base in": "Place", "locate in": "Place",
    "bear in": "Place", "live in": "Place", "work for": "Organization", "study at": "Organization",
    "member of": "Organization", "report to": "Person", "spouse of": "Person", "leader of": "Person",
    "architect of": "Person", "operator of": "Organization", "chair of": "Person", "founder of": "Person",
}  # fmt: skip
_SUBJECTS = {
    **dict.fromkeys(("company", "organisation", "organization", "firm"), "Organization"),
    **dict.fromkeys(("utility", "operator", "supplier", "subsidiary"), "Organization"),
    **dict.fromkeys(("site", "facility", "plant", "park", "wind farm", "station", "bridge"), "Facility"),
    **dict.fromkeys(("person", "director", "member", "employee", "researcher"), "Person"),
    **dict.fromkeys(("project", "programme"), "Project"),
    **dict.fromkeys(("product", "model", "turbine", "device"), "Product"),
    **dict.fromkeys(("city", "town", "place", "village", "port", "region"), "Place"),
}  # fmt: skip
_LINE = re.compile(
    r"(?P<key>[A-Z][A-Za-z /-]{1,32}?)(?:\s*\((?P<unit>[^)\n]{1,24})\))?\s*[:\t]\s*(?P<value>\S[^\n]{0,160})"
)
_NAME_SHAPE = re.compile(
    r"(?:[A-Z0-9][\w&.'’/+-]*|of|the|and|for|de|van|der|von|&|la|du|St\.?)(?:\s+(?:[A-Z0-9][\w&.'’/+-]*|\([A-Z]\w*\)|of|the|for|de|van|der|von|&|la|du|plc|gmbh|asa|ag|nv|bv))*"
)


@dataclass(frozen=True, slots=True)
class Field:
    """One value under a heading. ``special`` is ROLE, SINCE, UNTIL, AT, NAME or empty."""

    heading: str
    span: Span
    special: str
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """``subject`` is the cell the row is about; ``None`` where it is the document's or section's topic."""

    span: Span
    subject: Span | None
    subject_type: str | None
    fields: tuple[Field, ...]
    section: int


def find_rows(document: ParsedDocument, prose: Sequence[Passage]) -> list[Row]:
    """Rows of every table, then key-value lines, each in document order."""
    sections = {e.ord: -1 if e.parent is None else e.parent for e in document.elements}
    rows = [row for table in document.tables for row in _table_rows(document.text, table, sections)]
    for passage in prose:
        if passage.kind in (ElementKind.PARAGRAPH, ElementKind.LIST_ITEM):
            rows.extend(_lines(document.text, passage))
    return rows


def _heading(text: str) -> str:
    return re.sub(r"\s*\(.*?\)\s*|\s*\[.*?\]\s*", " ", text).strip(" *:.\u00a0\n\t").lower()


def _meaning(heading: str) -> tuple[str, tuple[str, ...]]:
    if heading in _SPECIAL:
        return _SPECIAL[heading], ()
    if heading in _PHRASES:
        return "", _PHRASES[heading]
    return "", (f"{heading} of",) if heading else ()


def _known(heading: str) -> bool:
    return (
        heading in _SPECIAL
        or heading in _PHRASES
        or heading
        in ("chief executive", "ceo", "chairman", "president", "director", "managing director", "chairwoman")
    )


def _table_rows(text: str, table: Table, sections: dict[int, int]) -> list[Row]:
    rows = [row for row in table.rows if any(cell.of(text).strip() for cell in row)]
    if not rows:
        return []
    section = sections.get(table.element, -1)
    width = max(len(row) for row in rows)
    keys = [_heading(row[0].of(text)) for row in rows if len(row) == 2]
    if width == 2 and len(keys) == len(rows) and sum(_known(key) for key in keys) * 2 > len(keys):
        return [
            Row(
                Span(key.start, value.end),
                None,
                None,
                (Field(key.of(text), value, *_meaning(_heading(key.of(text)))),),
                section,
            )
            for key, value in rows
            if value.of(text).strip()
        ]
    header_rows = table.header_rows or (1 if any(_known(_heading(c.of(text))) for c in rows[0][1:]) else 0)
    if header_rows == 0:
        return []
    header = [cell.of(text) for cell in rows[header_rows - 1]]
    meanings = [_meaning(_heading(h)) for h in header]
    return [
        row
        for cells in rows[header_rows:]
        if (row := _row(text, cells, header, meanings, section)) is not None
    ]


def _row(
    text: str,
    cells: Sequence[Span],
    header: Sequence[str],
    meanings: Sequence[tuple[str, tuple[str, ...]]],
    section: int,
) -> Row | None:  # fmt: skip
    subject: int | None = None
    for k, (special, _) in enumerate(meanings[: len(cells)]):
        if special in ("", NAME) and subject is None:
            subject = k
            break
    if subject is not None and (whole_date(cells[subject].of(text)) or _numeric(cells[subject].of(text))):
        subject = None
    fields = tuple(
        Field(heading, cell, special, phrases)
        for k, (heading, cell, (special, phrases)) in enumerate(zip(header, cells, meanings, strict=False))
        if k != subject and cell.of(text).strip()
    )
    filled = [cell for cell in cells if cell.of(text).strip()]
    if not fields or not filled:
        return None
    kind = None if subject is None else _SUBJECTS.get(_heading(header[subject]))
    if subject is not None and kind is None and any(f.special == ROLE for f in fields):
        kind = "Person"
    span = Span(min(c.start for c in filled), max(c.end for c in filled))
    return Row(span, None if subject is None else cells[subject], kind, fields, section)


def _numeric(text: str) -> bool:
    quantities = find_quantities(text.strip())
    return len(quantities) == 1 and quantities[0].start == 0 and quantities[0].end == len(text.strip())


def _lines(text: str, passage: Passage) -> list[Row]:
    rows: list[Row] = []
    start = passage.start
    for line in text[passage.start : passage.start + len(passage.text)].split("\n"):
        indent = len(line) - len(line.lstrip(" \t-*•·"))
        match = _LINE.fullmatch(line.rstrip(), indent)
        if match and _known(_heading(match["key"])):
            value = Span(start + match.start("value"), start + match.end("value"))
            heading = match["key"] + (f" ({match['unit']})" if match["unit"] else "")
            found = Field(heading, value, *_meaning(_heading(match["key"])))
            rows.append(Row(Span(start + indent, value.end), None, None, (found,), passage.section))
        start += len(line) + 1
    return rows


def field_names(rows: Sequence[Row], text: str, known: Sequence[Name]) -> list[Name]:
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
            if cell.special == ROLE:
                if match := re.search(r"\b(?:of|at|for)\s+(?:the\s+)?([A-Z].*)$", cell.span.of(text)):
                    add(Span(cell.span.start + match.start(1), cell.span.start + match.end(1)), None)
            elif not cell.special and not whole_date(cell.span.of(text)):
                expected = next((_EXPECTED[p] for p in cell.phrases if p in _EXPECTED), None)
                if expected is None and re.search(
                    r"chief|ceo|director|president|chair", cell.heading.lower()
                ):
                    expected = "Person"
                if expected is not None or (
                    cell.phrases
                    and cell.phrases[0]
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
