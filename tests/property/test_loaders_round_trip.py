"""What is put into a document of each format comes out, in order, of the right kind, at exact offsets."""

import html
import io
import re
from dataclasses import dataclass

import docx
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Table, TableStyle

from graph.errors import UnreadableDocument
from graph.types import ElementKind
from ingest.loaders.docx import DocxLoader
from ingest.loaders.html import HtmlLoader
from ingest.loaders.markdown import MarkdownLoader
from ingest.loaders.pdf import PdfLoader
from ingest.loaders.text import TextLoader
from ingest.transfer import check, decode, encode
from ingest.types import ParsedDocument

HEADING, PARAGRAPH, ITEM, TABLE = (
    ElementKind.HEADING,
    ElementKind.PARAGRAPH,
    ElementKind.LIST_ITEM,
    ElementKind.TABLE,
)


@dataclass(frozen=True)
class Block:
    kind: ElementKind
    text: str = ""
    level: int = 0
    rows: tuple[tuple[str, ...], ...] = ()


WORDS = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZäöüßéñøçλжд東京", min_size=1, max_size=9)
ASCII_WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=9)


def sentence(words: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(words, min_size=2, max_size=25).map(" ".join)


@st.composite
def tables(draw: st.DrawFn, words: st.SearchStrategy[str]) -> tuple[tuple[str, ...], ...]:
    columns = draw(st.integers(2, 4))
    row = st.tuples(*[st.lists(words, min_size=1, max_size=3).map(" ".join)] * columns)
    return tuple(draw(st.lists(row, min_size=2, max_size=5)))


def documents(words: st.SearchStrategy[str]) -> st.SearchStrategy[list[Block]]:
    text = sentence(words)
    block = st.one_of(
        st.builds(lambda t, n: Block(HEADING, t, n), text, st.integers(1, 6)),
        st.builds(lambda t: Block(PARAGRAPH, t), text),
        st.builds(lambda t: Block(ITEM, t), text),
        st.builds(lambda rows: Block(TABLE, rows=rows), tables(words)),
    )
    return st.lists(block, min_size=1, max_size=10)


def verify(document: ParsedDocument, blocks: list[Block]) -> None:
    check(document)
    assert decode(encode(document)) == document
    found = [
        (e.kind, e.span.of(document.text), e.level)
        for e in document.elements
        if e.kind not in (TABLE, ElementKind.TABLE_ROW)
    ]
    assert found == [(b.kind, b.text, b.level) for b in blocks if b.kind is not TABLE]
    cells = [tuple(tuple(c.of(document.text) for c in row) for row in t.rows) for t in document.tables]
    assert cells == [b.rows for b in blocks if b.kind is TABLE]
    assert [e.kind for e in document.elements if e.kind is not ElementKind.TABLE_ROW] == [
        b.kind for b in blocks
    ]
    verify_tree(document)


def verify_tree(document: ParsedDocument) -> None:
    """Each element hangs on the nearest heading above it, each heading on a nearer-to-root one."""
    open_headings: list[tuple[int, int]] = []
    for element in document.elements:
        if element.kind is ElementKind.TABLE_ROW:
            continue
        if element.kind is HEADING:
            while open_headings and open_headings[-1][0] >= element.level:
                open_headings.pop()
        assert element.parent == (open_headings[-1][1] if open_headings else None)
        if element.kind is HEADING:
            open_headings.append((element.level, element.ord))


def as_markdown(blocks: list[Block]) -> str:
    parts = []
    for block in blocks:
        if block.kind is HEADING:
            parts.append(f"{'#' * block.level} {block.text}")
        elif block.kind is ITEM:
            parts.append(f"- {block.text}")
        elif block.kind is TABLE:
            lines = ["| " + " | ".join(row) + " |" for row in block.rows]
            lines.insert(1, "|" + "---|" * len(block.rows[0]))
            parts.append("\n".join(lines))
        else:
            parts.append(block.text.replace(" ", "\n", 1))
    return "\n\n".join(parts)


def as_html(blocks: list[Block]) -> str:
    parts = []
    for block in blocks:
        text = html.escape(block.text).replace(" ", "\n  <b></b>", 1)
        if block.kind is HEADING:
            parts.append(f"<h{block.level}>{text}</h{block.level}>")
        elif block.kind is ITEM:
            parts.append(f"<ul><li>{text}</ul>")
        elif block.kind is TABLE:
            rows = ["<tr>" + "".join(f"<td>{html.escape(c)}" for c in row) for row in block.rows]
            parts.append(f"<table>{''.join(rows)}</table>")
        else:
            parts.append(f"<div><p>{text}</div>")
    return f"<!doctype html><title>x</title><nav>menu</nav><body>{''.join(parts)}<script>var x</script>"


def as_docx(blocks: list[Block]) -> bytes:
    document = docx.Document()
    for block in blocks:
        if block.kind is HEADING:
            document.add_heading(block.text, block.level)
        elif block.kind is ITEM:
            document.add_paragraph(block.text, style="List Bullet")
        elif block.kind is TABLE:
            table = document.add_table(len(block.rows), len(block.rows[0]))
            for row, texts in zip(table.rows, block.rows, strict=True):
                for cell, text in zip(row.cells, texts, strict=True):
                    cell.text = text
        else:
            document.add_paragraph(block.text)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@given(documents(WORDS))
def test_markdown(blocks: list[Block]) -> None:
    verify(MarkdownLoader().load(as_markdown(blocks).encode(), "a.md"), blocks)


@given(documents(WORDS))
def test_html(blocks: list[Block]) -> None:
    verify(HtmlLoader().load(as_html(blocks).encode(), "a.html"), blocks)


@settings(max_examples=25)
@given(documents(WORDS))
def test_docx(blocks: list[Block]) -> None:
    verify(DocxLoader().load(as_docx(blocks), "a.docx"), blocks)


@given(
    st.lists(sentence(WORDS).map(lambda s: f"{s}."), min_size=1, max_size=8),
    st.sampled_from(["\n", "\r\n"]),
)
def test_text(paragraphs: list[str], end: str) -> None:
    document = TextLoader().load((end * 2).join(paragraphs).encode(), "a.txt")
    verify(document, [Block(PARAGRAPH, text) for text in paragraphs])


@settings(max_examples=25)
@given(
    st.lists(
        st.lists(sentence(ASCII_WORDS).map(lambda s: f"{s.capitalize()}."), min_size=1, max_size=5),
        min_size=1,
        max_size=4,
    ),
    tables(ASCII_WORDS),
)
def test_pdf_keeps_words_and_pages(pages: list[list[str]], rows: tuple[tuple[str, ...], ...]) -> None:
    style = getSampleStyleSheet()["BodyText"]
    story: list[object] = []
    for page in pages:
        story += [*(Paragraph(text, style) for text in page), PageBreak()]
    story.append(Table(rows, style=TableStyle([("GRID", (0, 0), (-1, -1), 0.5, "black")])))
    out = io.BytesIO()
    SimpleDocTemplate(out, pagesize=A4).build(story)
    document = PdfLoader().load(out.getvalue(), "a.pdf")
    check(document)
    verify_tree(document)
    assert len(document.page_starts) == len(pages) + 1
    ends = [*document.page_starts[1:], len(document.text)]
    for page, start, end in zip(pages, document.page_starts, ends, strict=False):
        assert document.text[start:end].split() == " ".join(page).split()
    # The library may take a column of a table for a column of the page; no word of it is lost.
    words = " ".join(cell for row in rows for cell in row).split()
    assert sorted(document.text[ends[-2] :].replace(" | ", " ").split()) == sorted(words)


NASTY = st.text(
    st.one_of(st.characters(), st.sampled_from("\x00\ud800\r\u0301\u2028\ufeff|#*<>&-\n \t`")), max_size=300
)


@pytest.mark.parametrize("loader", [TextLoader(), MarkdownLoader(), HtmlLoader()], ids=lambda ld: ld.label)
@given(text=NASTY)
def test_any_text_keeps_the_laws(loader: TextLoader | MarkdownLoader | HtmlLoader, text: str) -> None:
    data = ("word " + text).encode("utf-8", "surrogatepass")
    try:
        document = loader.load(data, "a")
    except UnreadableDocument:
        return
    check(document)
    assert decode(encode(document)) == document


@given(NASTY)
def test_plain_text_loses_no_letter(text: str) -> None:
    text = "Word. " + text.encode("utf-8", "replace").decode()
    try:
        document = TextLoader().load(text.encode(), "a.txt")
    except UnreadableDocument:
        assume(False)
    letters = re.sub(r"[^a-zA-Z]", "", text)
    # A list's bullet is layout; letters never are.
    assert re.sub(r"[^a-zA-Z]", "", document.text) == letters
