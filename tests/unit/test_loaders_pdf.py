import io
from collections.abc import Sequence
from typing import Any

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import ListFlowable, PageBreak, Paragraph, SimpleDocTemplate, Table, TableStyle

from graph.errors import UnreadableDocument
from ingest.loaders.pdf import PdfLoader
from ingest.transfer import check
from ingest.types import ParsedDocument

STYLES = getSampleStyleSheet()


def text(content: str, style: str = "BodyText") -> Paragraph:
    return Paragraph(content, STYLES[style])


def pdf(story: Sequence[Any], **options: Any) -> bytes:
    out = io.BytesIO()
    SimpleDocTemplate(out, pagesize=A4, **options).build(list(story))
    return out.getvalue()


def lines_pdf(pages: Sequence[Sequence[str]]) -> bytes:
    """Pages with lines exactly where they are put."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for page in pages:
        canvas.setFont("Helvetica", 10)
        for number, line in enumerate(page):
            canvas.drawString(72, 760 - 12 * number, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def load(data: bytes) -> ParsedDocument:
    document = PdfLoader().load(data, "paper.pdf")
    check(document)
    return document


def shape(document: ParsedDocument) -> list[tuple[str, str]]:
    return [(e.kind.value, e.span.of(document.text)) for e in document.elements]


def test_headings_paragraphs_lists_and_pages() -> None:
    document = load(
        pdf(
            [
                text("The report", "Heading1"),
                text("First paragraph, which says something."),
                text("Second paragraph, which says more."),
                ListFlowable([text("one item"), text("two items")], bulletType="bullet"),
                PageBreak(),
                text("Next", "Heading2"),
                text("On page two."),
            ],
            title="A title",
        )
    )
    assert shape(document) == [
        ("heading", "The report"),
        ("paragraph", "First paragraph, which says something."),
        ("paragraph", "Second paragraph, which says more."),
        ("list_item", "one item"),
        ("list_item", "two items"),
        ("heading", "Next"),
        ("paragraph", "On page two."),
    ]
    assert document.title == "A title"
    assert [e.page for e in document.elements] == [1, 1, 1, 1, 1, 2, 2]
    assert document.text[document.page_starts[1] :].startswith("Next")


def test_characters_that_mean_something_in_markdown_stay() -> None:
    said = "A star * and ** two, a_b_c, [x](y), a \\ slash, #1, `tick` and ~~this~~."
    assert load(pdf([text(said), text("<b>Bold</b> and <i>slanted</i> words here.")])).text == (
        f"{said}\n\nBold and slanted words here."
    )


def test_a_sentence_over_a_page_break_is_one_despite_running_headers() -> None:
    pages = [
        [
            f"Annual report, page {n}",
            "",
            "",
            f"Section {name} begins with a sentence about things.",
            f"Then part {name} of the text goes on and on and on over",
        ]
        for n, name in enumerate(("alpha", "beta", "gamma", "delta"), start=1)
    ]
    for page in pages[1:]:
        page[3] = "the break of the page, and ends here. " + page[3]
    document = load(lines_pdf(pages))
    assert "goes on and on and on over the break of the page" in document.text
    assert document.text.count("Annual report, page") == 1
    assert len(document.page_starts) == 4
    assert document.text[document.page_starts[1] :].startswith("the break of the page")
    broken = [
        e for e in document.elements if "goes on and on and on over the break" in e.span.of(document.text)
    ]
    assert [e.page for e in broken] == [1, 2, 3]
    for page, sentence in enumerate(broken, start=2):
        following = document.elements[sentence.ord + 1]
        assert sentence.span.of(document.text).endswith("and ends here."), "the next sentence is another's"
        assert following.page == page


def test_hyphens_at_line_ends() -> None:
    document = load(
        lines_pdf(
            [
                [
                    "The inter-",
                    "national trade of a well-",
                    "known and well-known kind is a long sen-",
                    "tence.",
                ]
            ]
        )
    )
    assert document.text == "The international trade of a well-known and well-known kind is a long sentence."


def test_ruled_table_with_header() -> None:
    rows = [["Name", "Post", "Since"], ["Ann Lee", "Chair of the board", "2015"], ["Bob", "Clerk", "2019"]]
    document = load(
        pdf([text("Before."), Table(rows, style=TableStyle([("GRID", (0, 0), (-1, -1), 0.5, "black")]))])
    )
    (table,) = document.tables
    assert [[c.of(document.text) for c in row] for row in table.rows] == rows
    assert table.header_rows == 1


def test_an_owner_password_does_not_lock() -> None:
    locked = pdf([text("Open to read.")], encrypt=StandardEncryption("", ownerPassword="secret", canPrint=0))
    assert load(locked).text == "Open to read."


def test_a_user_password_does() -> None:
    locked = pdf([text("Secret.")], encrypt=StandardEncryption("user", ownerPassword="secret"))
    with pytest.raises(UnreadableDocument, match="password"):
        load(locked)


def test_lines_that_differ_in_figures_are_no_running_header() -> None:
    sales = (300, 450, 120, 700)
    pages = [
        [f"Report of 2021, page {n} of 4", "", "", f"Sales were {sales[n - 1]} boats."] for n in range(1, 5)
    ]
    text = load(lines_pdf(pages)).text
    assert [f"Sales were {each} boats." in text for each in sales] == [True] * 4
    assert text.count("Report of 2021") == 1


def test_pages_of_images_need_ocr() -> None:
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.rect(10, 10, 100, 100, fill=1)
    canvas.save()
    with pytest.raises(UnreadableDocument, match="no text layer"):
        load(out.getvalue())


def test_truncation_gives_the_text_or_the_reason() -> None:
    whole = pdf([text(f"Paragraph number {n} of the report.") for n in range(200)])
    read = 0
    for share in range(1, 10):
        try:
            document = load(whole[: len(whole) * share // 10])
        except UnreadableDocument:
            continue
        read += 1
        assert "Paragraph number" in document.text
    assert read < 9


def test_a_blank_page_keeps_its_number() -> None:
    document = load(lines_pdf([["First page."], [], ["Third page."]]))
    assert len(document.page_starts) == 3
    assert document.elements[-1].page == 3


def test_a_word_hyphened_over_a_blank_page() -> None:
    document = load(lines_pdf([["A matter of inter-"], [], ["national trade."]]))
    assert document.text == "A matter of international trade."
    assert len(document.page_starts) == 3
