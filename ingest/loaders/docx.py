"""DOCX: the package's XML read directly, in document order.

Strict and transitional files are read alike: names are compared without their namespace. Text that Word shows
is kept, in text boxes, content controls and foot- and endnotes too; deleted and moved-away text, field codes,
comments, page headers and footers, and the generated table of contents are not.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree  # expat bounds entity expansion, and documents with a DTD are refused

from graph.errors import LimitExceeded, UnreadableDocument
from ingest.loaders.builder import Cell, DocumentBuilder, looks_like_header
from ingest.loaders.port import Sample
from ingest.types import ParsedDocument

_MAX_XML_BYTES = 256 * 1024 * 1024
_XML = ElementTree.Element
_DELETED = frozenset({"del", "moveFrom", "instrText", "delText", "pPr", "rPr", "Fallback", "fldData"})
_CONTAINERS = frozenset(
    {"sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo", "AlternateContent", "Choice"}
)
_NOTE_PARTS = {"footnoteReference": "footnotes", "endnoteReference": "endnotes"}
_HEADING_STYLE = re.compile(r"heading ?([1-9])$", re.IGNORECASE)
_CODE_STYLE = re.compile(r"code|preformatted|verbatim|listing$", re.IGNORECASE)
_CONTENTS_STYLE = re.compile(r"toc ?\d$|table of figures$", re.IGNORECASE)
_KEPT_PROPERTIES = ("creator", "subject", "keywords", "created", "modified", "lastModifiedBy")


class DocxLoader:
    label = "Word (DOCX)"
    media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    extensions = (".docx", ".docm", ".dotx")

    def recognises(self, sample: Sample) -> bool:
        return "word/document.xml" in sample.members or (
            "[Content_Types].xml" in sample.members
            and any(m.startswith("word/document") for m in sample.members)
        )

    def load(self, data: bytes, name: str) -> ParsedDocument:
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as package:
                parts = _Parts(package, name)
                return _load(parts, name, self.media_type)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as error:
            raise UnreadableDocument(f"{name} is a damaged Word file: {error}.") from error
        except RuntimeError as error:  # zipfile: "password required for extraction"
            raise UnreadableDocument(f"{name} is protected by a password; upload it without one.") from error


class _Parts:
    """The package's XML parts by name, parsed on demand and bounded in size."""

    def __init__(self, package: zipfile.ZipFile, name: str) -> None:
        self._package = package
        self._name = name
        self._left = _MAX_XML_BYTES

    def main(self) -> str:
        """The main document part, by the package's own table where it names one."""
        rels = self.read("_rels/.rels")
        for rel in rels if rels is not None else ():
            if rel.get("Type", "").endswith("/officeDocument"):
                return rel.get("Target", "").lstrip("/")
        return "word/document.xml"

    def read(self, part: str) -> _XML | None:
        """The part's root, ``None`` where the package has no such part."""
        try:
            info = self._package.getinfo(part)
        except KeyError:
            return None
        with self._package.open(info) as stream:
            source = stream.read(self._left + 1)  # the size a zip states is only a claim
        self._left -= len(source)
        if self._left < 0:
            raise LimitExceeded(f"{self._name} unpacks to more than {_MAX_XML_BYTES >> 20} MiB of XML.")
        if b"<!DOCTYPE" in source[:2000] or b"<!ENTITY" in source[:2000]:
            raise UnreadableDocument(f"{self._name} declares XML entities, which no Word file does.")
        try:
            return ElementTree.fromstring(source)  # noqa: S314  (see the import)
        except ElementTree.ParseError as error:
            raise UnreadableDocument(f"{self._name} is a damaged Word file: {part}: {error}.") from error


@dataclass(frozen=True, slots=True)
class _Style:
    """What a paragraph style means here. ``level``: 1 to 9 of a heading, 0 of the body."""

    name: str = ""
    level: int | None = None
    is_list: bool = False


def _load(parts: _Parts, name: str, media_type: str) -> ParsedDocument:
    main = parts.main()
    root = parts.read(main)
    body = next((child for child in root or () if _tag(child) == "body"), None)
    if body is None:
        raise UnreadableDocument(f"{name} is a damaged Word file: it has no document body.")
    folder = main.rpartition("/")[0]
    builder = DocumentBuilder(media_type)
    notes = {kind: _notes(parts.read(f"{folder}/{part}.xml")) for kind, part in _NOTE_PARTS.items()}
    _Writer(builder, _styles(parts.read(f"{folder}/styles.xml")), notes).blocks(body)
    properties = _properties(parts.read("docProps/core.xml"))
    title = properties.pop("title", "")
    return builder.build(
        name, title=title, metadata={k: properties[k] for k in _KEPT_PROPERTIES if k in properties}
    )


class _Writer:
    def __init__(
        self, builder: DocumentBuilder, styles: dict[str, _Style], notes: dict[str, dict[str, _XML]]
    ) -> None:
        self._builder = builder
        self._styles = styles
        self._notes = notes

    def blocks(self, container: _XML) -> None:
        """Paragraphs and tables under ``container``, with what hangs on them."""
        for block in _blocks(container):
            if _tag(block) == "tbl":
                self._table(block)
            else:
                self._paragraph(block)
            self._attached(block)

    def _paragraph(self, paragraph: _XML) -> None:
        text = _text(paragraph)
        properties = _child(paragraph, "pPr")
        style = self._styles.get(_value(properties, "pStyle") or "", _Style())
        if _CONTENTS_STYLE.match(style.name):
            return
        outline = _value(properties, "outlineLvl")
        level = int(outline) + 1 if outline is not None and outline.isdigit() else style.level
        if style.name.lower() == "title":
            self._builder.title(text)
        elif level is not None and 1 <= level <= 9:
            self._builder.heading(text, level)
        elif style.name.lower() == "caption":
            self._builder.caption(text)
        elif _CODE_STYLE.search(style.name):
            self._builder.code(text)
        elif self._is_list(properties, style):
            self._builder.list_item(text)
        else:
            self._builder.paragraph(text)

    @staticmethod
    def _is_list(properties: _XML | None, style: _Style) -> bool:
        numbering = _child(properties, "numPr")
        if numbering is not None:
            return _value(numbering, "numId") not in (None, "0")  # 0 takes a style's numbering away
        return style.is_list or style.name.lower().startswith("list")

    def _table(self, table: _XML) -> None:
        rows: list[list[Cell]] = []
        open_merges: dict[int, tuple[int, int]] = {}  # grid column -> (row, place) where a merge began
        header_rows = 0
        for row in _descend(table, "tr"):
            properties = _child(row, "trPr")
            if _flag(properties, "tblHeader") and header_rows == len(rows):
                header_rows += 1
            cells: list[Cell] = []
            column = int(_value(properties, "gridBefore") or 0)
            if column:
                cells.append(Cell("", columns=column))
            for cell in _descend(row, "tc"):
                wide = max(int(_value(_child(cell, "tcPr"), "gridSpan") or 1), 1)
                merge = _child(_child(cell, "tcPr"), "vMerge")
                origin = open_merges.get(column)
                if merge is not None and _attribute(merge, "val") != "restart" and origin is not None:
                    above = rows[origin[0]][origin[1]]
                    rows[origin[0]][origin[1]] = Cell(above.text, above.columns, len(rows) - origin[0] + 1)
                else:
                    open_merges.pop(column, None)
                    if merge is not None:
                        open_merges[column] = (len(rows), len(cells))
                    cells.append(Cell(_cell_text(cell), wide))
                column += wide
            rows.append(cells)
        if not header_rows and looks_like_header(rows):
            header_rows = 1
        self._builder.table(rows, header_rows)

    def _attached(self, block: _XML) -> None:
        """Text boxes drawn on a block and the notes it refers to, right after it."""
        for node in _shown(block):
            tag = _tag(node)
            if tag == "txbxContent":
                self.blocks(node)
            elif tag in self._notes:
                note = self._notes[tag].get(_attribute(node, "id") or "")
                if note is not None:
                    self._builder.paragraph(" ".join(_text(p) for p in _descend(note, "p")))


def _blocks(container: _XML) -> Iterator[_XML]:
    for child in container:
        tag = _tag(child)
        if tag in ("p", "tbl"):
            yield child
        elif tag in _CONTAINERS:
            yield from _blocks(child)


def _shown(block: _XML) -> Iterator[_XML]:
    """What is shown under ``block``, in order, not going into text boxes: they are blocks of their own."""
    stack = [iter(block)]
    while stack:
        node = next(stack[-1], None)
        if node is None:
            stack.pop()
        elif (tag := _tag(node)) not in _DELETED:
            yield node
            if tag != "txbxContent":
                stack.append(iter(node))


def _text(paragraph: _XML) -> str:
    parts: list[str] = []
    for node in _shown(paragraph):
        tag = _tag(node)
        if tag == "t":
            parts.append(node.text or "")
        elif tag == "tab":
            parts.append("\t")
        elif tag in ("br", "cr"):
            parts.append("\n")
        elif tag == "noBreakHyphen":
            parts.append("-")
    return "".join(parts)


def _cell_text(cell: _XML) -> str:
    """Its paragraphs on one line, a nested table's included."""
    return " ".join(_text(p) for p in _descend(cell, "p"))


def _descend(node: _XML, tag: str) -> Iterator[_XML]:
    """The nearest descendants called ``tag``; none inside another, nor in text boxes or deletions."""
    for child in node:
        if _tag(child) == tag:
            yield child
        elif _tag(child) not in _DELETED and _tag(child) != "txbxContent":
            yield from _descend(child, tag)


def _styles(root: _XML | None) -> dict[str, _Style]:
    """Paragraph styles by id; what a style does not say, the one it is based on says."""
    if root is None:
        return {}
    nodes = {_attribute(n, "styleId") or "": n for n in root if _tag(n) == "style"}
    return {key: _style(key, nodes) for key in nodes}


def _style(key: str, nodes: dict[str, _XML]) -> _Style:
    name, level, is_list = _value(nodes[key], "name") or "", None, False
    seen: set[str] = set()
    at: str | None = key
    while at is not None and at in nodes and at not in seen:
        seen.add(at)
        node = nodes[at]
        properties = _child(node, "pPr")
        outline = _value(properties, "outlineLvl")
        heading = _HEADING_STYLE.match(_value(node, "name") or "")
        if level is None and outline is not None and outline.isdigit():
            level = int(outline) + 1
        elif level is None and heading is not None:
            level = int(heading[1])
        is_list = is_list or _child(properties, "numPr") is not None
        at = _value(node, "basedOn")
    return _Style(name, level, is_list)


def _notes(root: _XML | None) -> dict[str, _XML]:
    """Foot- or endnotes by id, without the separators Word keeps among them."""
    notes = (note for note in root or () if _attribute(note, "type") in (None, "normal"))
    return {_attribute(note, "id") or "": note for note in notes}


def _properties(root: _XML | None) -> dict[str, str]:
    return {_tag(node): node.text for node in root or () if node.text}


def _tag(node: _XML) -> str:
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def _child(node: _XML | None, tag: str) -> _XML | None:
    return next((child for child in node or () if _tag(child) == tag), None)


def _attribute(node: _XML, name: str) -> str | None:
    return next((value for key, value in node.attrib.items() if key.rpartition("}")[2] == name), None)


def _value(node: _XML | None, tag: str) -> str | None:
    child = _child(node, tag)
    return _attribute(child, "val") if child is not None else None


def _flag(node: _XML | None, tag: str) -> bool:
    child = _child(node, tag)
    return child is not None and _attribute(child, "val") not in ("0", "false", "off")
