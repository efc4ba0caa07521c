"""Questions over tables: the right row of the right column of the right company, or no answer."""

import pytest

from graph.ports import ChunkText
from graph.types import ContentId, Span
from retrieval.service import QueryService
from retrieval.tables import Table, is_figure, tables_in
from retrieval.types import Answer, Query, Status
from tests.fakes.embedder import ExactVectors, StemEmbedder
from tests.fakes.graph_store import WS, MemoryGraph
from tests.unit.retrieval_story import ONTOLOGY, check_citations

TARN = (
    "Quarterly report\n\nTarn Optics Inc.\n\nListed on the Lund Exchange",
    "STATEMENTS OF OPERATIONS\n\n(In millions, except per share amounts)\n\n"
    " | Three Months Ended July 1, 2023 | Three Months Ended July 2, 2022 | Six Months Ended July 1, 2023\n"
    "Net sales:\u0020|  |  | \n"
    "Lenses | $ 610 | $ 580 | $ 1,190\n"
    "Mirrors (1) | 140 | 150 | 300\n"
    "Total net sales | 750 | 730 | 1,490\n"
    "Cost of sales: |  |  | \n"
    "Lenses | 210 | 205 | 415\n"
    "Mirrors (1) | 90 | 95 | 180\n"
    "Total cost of sales | 300 | 300 | 595",
    "Gross margin | 450 | 430 | 895\n"
    "Research and development | 75 | 70 | 140\n"
    "Other income/(expense), net | (12) | (1) | (20)\n"
    "Effective tax rate | 15.5 % | 14.0 % | 15.1 %\n"
    "Diluted earnings per share | $ 1.25 | $ 1.10 | $ 2.40",
    "Our rival Vale Glass Ltd grew as well in the quarter.",
    "Net sales were 640 in the third quarter of fiscal year 2024, and higher than before.",
)
VALE = (
    "Vale Glass Ltd",
    "Revenue by product (in thousands)\n\n"
    "Product | Q2 2023 | Q2 2022 | Change\n"
    "Total net sales | 96 | 88 | 9 %\n"
    "Bottles | 60 | 50 | 20 %\n"
    "Jars | 36 | 38 | (5)%",
    "The products of the company\n\nName | Price | Weight\nBottle 7 | EUR 4 | 300 g\nJar 2 | EUR 3 | 210 g",
)


class Shelf:
    def __init__(self) -> None:
        self.graph, self.vectors, self.embedder = MemoryGraph(), ExactVectors(), StemEmbedder()
        self.graph.entity("Tarn Optics Inc.", "Organization", "Tarn", "Tarn Optics")
        self.graph.entity("Vale Glass Ltd", "Organization", "Vale", "Vale Glass")
        self.graph.entity("Lund Exchange", "Organization")
        for title, paragraphs in (("UNITED REPORTS", TARN), ("UNITED REPORTS", VALE)):
            ids = self.graph.chunk_ids(self.graph.document(title, *paragraphs))
            texts = [chunk.text for chunk in self.graph.chunks(WS, ids)]
            self.vectors.put(WS, "chunk", ids, self.embedder.embed(texts))

    async def ask(self, text: str) -> Answer:
        service = QueryService(self.graph, self.vectors, self.graph, self.embedder)
        answer = await service.answer(WS, Query(text), ONTOLOGY)
        check_citations(answer)
        return answer


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (
            "What were Tarn's total net sales in the three months ended July 1, 2023?",
            "Total net sales: 750 (",
        ),
        ("What were Tarn's net sales in the quarter ended July 2, 2022?", "Total net sales: 730 ("),
        ("What were Tarn's net sales for the six months ended 1 July 2023?", "Total net sales: 1,490 ("),
        (
            "How much did Tarn Optics spend on R&D in the three months ended July 1, 2023?",
            "development: 75 (",
        ),
        ("What was Tarn's gross margin in the three months ended July 1, 2023?", "Gross margin: 450 ("),
        ("What was Tarn's other income in the three months ended July 2, 2022?", "net: (1) ("),
        ("What was the effective tax rate of Tarn in the six months ended July 1, 2023?", "rate: 15.1 % ("),
        ("What were Tarn's net sales of mirrors in the three months ended July 1, 2023?", "Mirrors: 140 ("),
        ("What was Tarn's cost of sales of mirrors in the six months ended July 1, 2023?", "Mirrors: 180 ("),
        ("What were Vale's total net sales in Q2 2023?", "Total net sales: 96 (Q2 2023), in thousands"),
        ("What were the net sales of Vale Glass in the second quarter of 2022?", "Total net sales: 88 ("),
        ("What was the change in Vale's net sales?", "Total net sales: 9 % (Change)"),
        ("What is the price of Vale's Bottle 7?", "Bottle 7: EUR 4 (Price)"),
    ],
)
async def test_a_row_answers_with_the_column_that_was_asked_for(
    shelf: Shelf, question: str, said: str
) -> None:
    answer = await shelf.ask(question)
    assert said in answer.text, answer.text or answer.reason
    row, header = (citation.citation for citation in answer.citations)
    cell = said.split(": ")[-1].split(" (")[0]
    assert cell in row.quote and row.quote.count("|") == header.quote.count("|")
    assert row.span.start > header.span.start


@pytest.mark.parametrize(
    "question",
    [
        "What were Tarn's net sales in the three months ended March 31, 2021?",  # no such column
        "What were Tarn's net sales in 2023?",  # parts of the year are not the year
        "What were Tarn's net sales in the third quarter of fiscal year 2023?",  # said of 2024 only
        "What were Vale's net sales in the three months ended July 1, 2023?",  # Tarn's
        "What were Vale's total net sales in Q2 2021?",
        "What was Vale's gross margin in the three months ended July 1, 2023?",
        "What were the net sales of the Lund Exchange in the three months ended July 1, 2023?",
        "What were Tarn's lenses in the three months ended July 1, 2023?",  # sales or cost of them
        "What were Tarn's net sales of prisms in the three months ended July 1, 2023?",
        "What was Tarn's cost of research in the three months ended July 1, 2023?",
        "What was Nimbus's gross margin in the three months ended July 1, 2023?",
        "What was the gross margin of Tarn's mirrors in the six months ended July 1, 2023?",
        "Why did Tarn's net sales grow in the three months ended July 1, 2023?",
    ],
)
async def test_what_no_cell_holds_is_not_answered(shelf: Shelf, question: str) -> None:
    answer = await shelf.ask(question)
    assert answer.status is Status.ABSTAINED, answer.text


async def test_without_a_time_every_column_is_told_by_its_header(shelf: Shelf) -> None:
    answer = await shelf.ask("What is Tarn's gross margin?")
    assert answer.text.startswith(
        "Gross margin: 450 (Three Months Ended July 1, 2023); 430 (Three Months Ended July 2, 2022); "
        "895 (Six Months Ended July 1, 2023), in millions, except per share amounts [1][2]"
    )


async def test_a_sum_of_money_a_share_is_not_told_in_millions(shelf: Shelf) -> None:
    answer = await shelf.ask(
        "What were the diluted earnings per share of Tarn in the three months ended July 1, 2023?"
    )
    assert "$ 1.25" in answer.text and "millions" not in answer.text


async def test_two_figures_for_one_thing_are_no_answer(shelf: Shelf) -> None:
    again = "Tarn Optics Inc.\n\n | Three Months Ended July 1, 2023\nGross margin | 451"
    shelf.graph.document("Tarn Optics restated", again)
    assert (
        await shelf.ask("What was Tarn's gross margin in the three months ended July 1, 2023?")
    ).status is Status.ABSTAINED


def read(*texts: str, headings: tuple[tuple[str, ...], ...] = ()) -> list[Table]:
    chunks, start = [], 0
    for ord_, text in enumerate(texts):
        heading = headings[ord_] if headings else ()
        span = Span(start, start + len(text))
        chunks.append(ChunkText(b"c", ContentId(b"d" * 32), ord_, span, text, 1, heading, "Notes", "u"))
        start = span.end + 1
    return list(tables_in(chunks))


def test_a_table_over_several_chunks_is_one_with_spans_in_the_document() -> None:
    texts = "Sales\n\nItem | 2023\nA | 1", "B [2] | 2\n\nEnd."
    (table,) = read(*texts, headings=((), ("Item | 2023",)))
    assert table.columns == ("Item", "2023") and table.caption == "Sales"
    assert [(row.label, row.span.of("\n".join(texts))) for row in table.rows] == [
        ("A", "A | 1"),
        ("B", "B [2] | 2"),
    ]


def test_a_table_whose_beginning_was_not_read_has_no_header_and_is_left_out() -> None:
    assert read("B | 2\nC | 3", headings=(("Sales", "Item | 2023"),)) == []


def test_a_percentage_that_stands_once_is_meant_of_the_whole_column() -> None:
    (table,) = read(" | 2023 | 2022\nRevenue | 100.0% | 100.0\nCost | 29.9 | 56.5")
    assert ["%" in sign for sign in table.signs] == [False, True, False]


@pytest.mark.parametrize(
    "cell", ["$ 1,234", "(56)", "$ (5)", "7.8 %", "(11)%", "4", "1,234.50", "-3", "0.5*"]
)
def test_figures(cell: str) -> None:
    assert is_figure(cell)


@pytest.mark.parametrize("cell", ["", "$ 39,669 $ 6,840", "5,791 8,284", "July 1, 2023", "EUR", "1-2-3"])
def test_what_is_not_one_figure(cell: str) -> None:
    assert not is_figure(cell)
