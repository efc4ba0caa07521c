import io
import zipfile
from collections.abc import Callable

import docx
import pytest
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn

from graph.errors import LimitExceeded, UnreadableDocument
from ingest.loaders import docx as docx_loader
from ingest.loaders.docx import DocxLoader
from ingest.transfer import check
from ingest.types import ParsedDocument

W = nsdecls("w")


def load(build: Callable[[docx.document.Document], None]) -> ParsedDocument:
    document = docx.Document()
    build(document)
    out = io.BytesIO()
    document.save(out)
    parsed = DocxLoader().load(out.getvalue(), "file.docx")
    check(parsed)
    return parsed


def shape(document: ParsedDocument) -> list[tuple[str, str]]:
    return [(e.kind.value, e.span.of(document.text)) for e in document.elements]


def rewrite(change: Callable[[str, bytes], bytes]) -> bytes:
    """A small file with each part passed through ``change``."""
    document = docx.Document()
    document.add_heading("Head", 1)
    document.add_paragraph("Body text.")
    source, out = io.BytesIO(), io.BytesIO()
    document.save(source)
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return out.getvalue()


def test_styles_outline_levels_and_title() -> None:
    def build(document: docx.document.Document) -> None:
        document.add_heading("The title", 0)
        document.add_heading("First", 1)
        style = document.styles.add_style("House heading", 1)
        style.base_style = document.styles["Heading 2"]
        document.add_paragraph("By style", style="House heading")
        outlined = document.add_paragraph("By outline")
        level = OxmlElement("w:outlineLvl")
        level.set(qn("w:val"), "2")
        outlined._p.get_or_add_pPr().append(level)
        document.add_paragraph("Body")
        document.core_properties.title = "Property title"

    document = load(build)
    assert [(e.kind.value, e.level, e.parent) for e in document.elements] == [
        ("title", 0, None),
        ("heading", 1, 0),
        ("heading", 2, 1),
        ("heading", 3, 2),
        ("paragraph", 0, 3),
    ]
    assert document.title == "Property title"


def test_a_file_date_is_no_stated_date() -> None:
    document = load(lambda d: d.add_paragraph("Text."))
    assert document.stated is None
    assert document.metadata["created"].startswith("2013")  # the template's
    dated = load(lambda d: (d.add_paragraph("Port Selwyn, 6 February 2023"), d.add_paragraph("Text.")))
    assert dated.stated == "2023-02-06"


def test_merged_cells_and_header_row() -> None:
    def build(document: docx.document.Document) -> None:
        document.add_paragraph("Table 1: Posts", style="Caption")
        table = document.add_table(3, 3)
        for row, texts in zip(
            table.rows, [["Name", "Post", "Since"], ["Ann", "Chair", "2015"], ["", "x", "y"]], strict=True
        ):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
        table.cell(1, 0).merge(table.cell(2, 0))
        table.cell(2, 1).merge(table.cell(2, 2))

    document = load(build)
    (table,) = document.tables
    assert [[c.of(document.text) for c in row] for row in table.rows] == [
        ["Name", "Post", "Since"],
        ["Ann", "Chair", "2015"],
        ["Ann", "x y", "x y"],
    ]
    assert table.header_rows == 1
    assert table.caption is not None and table.caption.of(document.text) == "Table 1: Posts"


def test_text_boxes_notes_controls_and_revisions() -> None:
    body = parse_xml(
        f"""<w:p {W} xmlns:wps="x" xmlns:mc="m"><w:r><w:t>Shown</w:t></w:r>
        <w:del><w:r><w:delText>gone</w:delText></w:r></w:del>
        <w:ins><w:r><w:t xml:space="preserve"> kept</w:t></w:r></w:ins>
        <w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:tab/><w:t>tab</w:t><w:br/><w:t>line</w:t></w:r>
        <mc:AlternateContent><mc:Choice><wps:txbx><w:txbxContent><w:p><w:r><w:t>In a box</w:t></w:r></w:p>
        </w:txbxContent></wps:txbx></mc:Choice><mc:Fallback><w:r><w:t>Twice</w:t></w:r></mc:Fallback>
        </mc:AlternateContent></w:p>"""
    )
    control = parse_xml(
        f"<w:sdt {W}><w:sdtContent><w:p><w:r><w:t>Controlled</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    )

    def build(document: docx.document.Document) -> None:
        document.element.body.insert(0, control)
        document.element.body.insert(0, body)

    assert shape(load(build)) == [
        ("paragraph", "Shown kept tab line"),
        ("paragraph", "In a box"),
        ("paragraph", "Controlled"),
    ]


def test_strict_files_are_read() -> None:
    def strict(_: str, data: bytes) -> bytes:
        return data.replace(
            b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
            b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        )

    document = DocxLoader().load(rewrite(strict), "strict.docx")
    assert shape(document) == [("heading", "Head"), ("paragraph", "Body text.")]


def test_footnotes_follow_their_paragraph() -> None:
    def noted(name: str, data: bytes) -> bytes:
        if name == "word/styles.xml":
            return data
        return data.replace(b"Body text.</w:t>", b'Body text.</w:t><w:footnoteReference w:id="2"/>')

    base = rewrite(noted)
    out = io.BytesIO(base)
    with zipfile.ZipFile(out, "a") as package:
        package.writestr(
            "word/footnotes.xml",
            f'<w:footnotes {W}><w:footnote w:id="2"><w:p><w:r><w:t>A note.</w:t></w:r></w:p>'
            "</w:footnote></w:footnotes>",
        )
    assert shape(DocxLoader().load(out.getvalue(), "a.docx"))[-1] == ("paragraph", "A note.")


@pytest.mark.parametrize(
    "change",
    [
        lambda name, data: data[: len(data) // 2] if name == "word/document.xml" else data,
        lambda name, data: b'<!DOCTYPE a [<!ENTITY b "c">]>' + data if name == "word/document.xml" else data,
        lambda name, data: b"<x/>" if name == "word/document.xml" else data,
    ],
)
def test_damaged_parts(change: Callable[[str, bytes], bytes]) -> None:
    with pytest.raises(UnreadableDocument, match=r"damaged|entities"):
        DocxLoader().load(rewrite(change), "file.docx")


def test_truncated_package() -> None:
    whole = rewrite(lambda _, data: data)
    with pytest.raises(UnreadableDocument):
        DocxLoader().load(whole[: len(whole) // 2], "file.docx")


def test_xml_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docx_loader, "_MAX_XML_BYTES", 1000)
    with pytest.raises(LimitExceeded, match="unpacks"):
        DocxLoader().load(rewrite(lambda _, data: data), "bomb.docx")
