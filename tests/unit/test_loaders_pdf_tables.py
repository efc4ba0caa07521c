"""Borderless tables, as financial statements have them: pieces, signs and dates put together again."""

import io
from collections.abc import Sequence

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from graph.types import ElementKind
from ingest.loaders.pdf import PdfLoader
from ingest.loaders.pdf_tables import Block, whole_tables
from ingest.transfer import check

DATES = Block("table", rows=(("June 25,", "June 26,"), ("2022", "2021")), header_rows=1)


def rows(*found: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(map(tuple, found))


def test_signs_stand_at_their_figures_and_their_columns_go() -> None:
    given = rows(
        ("Sales", "$", "63 $", "", "64"), ("Costs", "", "(41", ")", "40"), ("Net", "$", "22", "$", "24")
    )
    (table,) = whole_tables([Block("table", rows=given)])
    assert table.rows == rows(("Sales", "$ 63", "$ 64"), ("Costs", "(41)", "40"), ("Net", "$ 22", "$ 24"))


def test_pieces_labels_and_lines_of_figures_become_one_table_under_its_dates() -> None:
    page = [
        Block("heading", "Three Months Ended", level=3),
        DATES,
        Block("paragraph", "Net income $ 19,442 $ 21,744 Other income/(loss):"),
        Block("table", rows=rows(("Currency", "(721)", "188"))),
        Block("paragraph", "North:"),
        Block("table", rows=rows(("Sales", "37", "35"))),
        Block("paragraph", "All in all $ 37 \u2014"),
        Block("paragraph", "See the notes."),
    ]
    table, note = whole_tables(page)
    assert table.rows == rows(
        ("", "Three Months Ended June 25, 2022", "Three Months Ended June 26, 2021"),
        ("Net income", "$ 19,442", "$ 21,744"),
        ("Other income/(loss):", "", ""),
        ("Currency", "(721)", "188"),
        ("North:", "", ""),
        ("Sales", "37", "35"),
        ("All in all", "$ 37", "\u2014"),
    )
    assert table.header_rows == 1 and note.text == "See the notes."


def test_each_period_stands_over_its_share_of_the_columns() -> None:
    head = Block("heading", "Three Months Ended Nine Months Ended")
    dates = ("Sales", "May 1, 2022", "May 1, 2021", "May 1, 2022", "May 1, 2021")
    (table,) = whole_tables([head, Block("table", rows=rows(dates, ("Pumps", "1", "2", "3", "4")))])
    assert table.rows[0][1:] == (
        "Three Months Ended May 1, 2022",
        "Three Months Ended May 1, 2021",
        "Nine Months Ended May 1, 2022",
        "Nine Months Ended May 1, 2021",
    )
    over_first = ("", "Six Months Ended May 1, 2022", "May 1, 2021")
    (table,) = whole_tables([Block("table", rows=rows(over_first, ("Pumps", "1", "2")), header_rows=1)])
    assert table.rows[0][2] == "Six Months Ended May 1, 2021"


def test_other_tables_and_sentences_with_figures_stay_apart() -> None:
    page = [
        Block("table", rows=rows(("Name", "Town"), ("Ann", "Oslo")), header_rows=1),
        Block("table", rows=rows(("Bo", "Bergen"))),
        Block("table", rows=rows(("Pumps", "1", "2"), ("Fans", "3", "4"))),
        Block("paragraph", "Sales rose from 12 to 15 in 2021."),
        Block("table", rows=rows(("Pumps", "1", "2"), ("Fans", "3", "4"))),
    ]
    assert whole_tables(page) == page


def test_a_note_that_columns_cut_is_no_row() -> None:
    body = [("Pumps", "1", "2"), ("Fans", "3", "4"), ("All", "4", "6")]
    table, note = whole_tables([Block("table", rows=rows(*body, ("See the", "notes", "below.")))])
    assert table.rows == rows(*body) and note == Block("paragraph", "See the notes below.")


def test_a_statement_over_two_pages_keeps_its_figures_its_dates_and_its_page() -> None:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for page, sales in enumerate(("63,355", "41,485"), start=1):
        canvas.setFont("Helvetica", 9)
        canvas.drawString(60, 790, f"Statement number {page} of Borg Pumps, in thousands")
        for x, month in ((330, "June 25,"), (450, "June 26,")):
            canvas.drawString(x, 750, month)
            canvas.drawString(x + 8, 740, "2022" if x == 330 else "2021")
        body = [("Sales", sales, "63,948"), ("Services", "19,604", "17,486"), ("Total", "82,959", "81,434")]
        for line, (label, *figures) in enumerate(body):
            canvas.drawString(60, 722 - 12 * line, label)
            for right, figure in zip((365, 485), figures, strict=True):
                canvas.drawString(right - 50, 722 - 12 * line, "$" if line != 1 else "")
                canvas.drawRightString(right, 722 - 12 * line, figure)
        canvas.showPage()
    canvas.save()
    document = PdfLoader().load(out.getvalue(), "statement.pdf")
    check(document)
    told = [(e.page, e.span.of(document.text)) for e in document.elements if e.kind is ElementKind.TABLE_ROW]
    assert (1, "Sales | $ 63,355 | $ 63,948") in told and (2, "Sales | $ 41,485 | $ 63,948") in told
    assert (1, "Total | $ 82,959 | $ 81,434") in told
    assert [page for page, row in told if "June 25, 2022 | June 26, 2021" in row] == [1, 2]
