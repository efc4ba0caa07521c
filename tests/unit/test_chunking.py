import pytest

from graph.types import ElementKind
from ingest.chunking import MAXIMUM, chunk, sentences
from ingest.loaders.builder import Cell, DocumentBuilder
from ingest.types import ParsedDocument


def spans(text: str) -> list[str]:
    return [span.of(text) for span in sentences(text)]


@pytest.mark.parametrize(
    "parts",
    [
        ["Dr. Vance met Mr. J. R. Smith at 5 p.m. in Washington, D.C. with no delay.", "He left."],
        ["Acme Inc. was bought by Borealis Ltd. in 2019.", "The price was $3.5 million."],
        ["It is made by Acme Inc.", "The firm is old."],
        ["See Fig. 3 and No. 7, i.e. the last.", '"Is it?"', "Yes!", "(So it is.)", "Good."],
        ["1. First of all.", "2. Second."],
        ["The U.S. Army came.", "In the U.S.", "The war went on."],
        ["Er kam.", "Älter war er nicht…", "Ça va?", "東京は首都です。", "はい。"],
        ["Version 2.0.1 of foo.bar is out, e.g. on x.org now."],
        ["He said: “It floats.”", "Then it sank."],
    ],
)
def test_sentences(parts: list[str]) -> None:
    text = " ".join(parts).replace("。 ", "。")
    assert spans(text) == parts


def test_sentences_of_a_part_of_the_text() -> None:
    text = "One. Two. Three."
    assert [s.of(text) for s in sentences(text, 5, 9)] == ["Two."]
    assert sentences("   ") == []


def document(*blocks: tuple[str, str]) -> ParsedDocument:
    builder = DocumentBuilder("text/plain")
    for kind, text in blocks:
        if kind.startswith("h"):
            builder.heading(text, int(kind[1]))
        else:
            getattr(builder, kind)(text)
    return builder.build("a.txt")


def texts(parsed: ParsedDocument, target: int = 60, maximum: int = 80) -> list[tuple[str, tuple[str, ...]]]:
    return [(c.span.of(parsed.text), c.heading) for c in chunk(parsed, target, maximum)]


def test_sections_are_not_mixed_and_lone_headings_are_found() -> None:
    parsed = document(
        ("paragraph", "Before."),
        ("h1", "One"),
        ("h2", "Sub"),
        ("paragraph", "A."),
        ("h1", "Two"),
        ("h2", "Empty"),
    )
    assert texts(parsed) == [("Before.", ()), ("A.", ("One", "Sub")), ("Empty", ("Two",))]


def test_sentences_are_packed_up_to_the_target_and_a_stub_joins() -> None:
    sentence = "This sentence has just forty characters."
    parsed = document(("paragraph", f"{sentence} {sentence} {sentence} End."))
    assert [len(t) for t, _ in texts(parsed)] == [40, 40, 45]
    assert [len(t) for t, _ in texts(parsed, target=90)] == [81, 45]


def test_a_long_sentence_is_cut_at_a_clause_then_a_space_then_anywhere() -> None:
    parsed = document(("paragraph", "a" * 30 + " " + "b" * 20 + "; " + "c" * 40 + " " + "d" * 200 + "."))
    found = [t for t, _ in texts(parsed)]
    assert found[0] == "a" * 30 + " " + "b" * 20 + ";"
    assert found[1] == "c" * 40
    assert all(len(t) <= 80 for t in found)
    assert "".join(found).replace(" ", "") == parsed.text.replace(" ", "")


def test_a_long_table_is_parted_between_rows_and_keeps_its_header_in_the_path() -> None:
    builder = DocumentBuilder("text/plain")
    builder.heading("People", 1)
    rows = [[Cell("Name"), Cell("Post")], *([Cell(f"Person number {n}"), Cell("Engineer")] for n in range(9))]
    builder.table(rows, header_rows=1)
    parsed = builder.build("a.txt")
    found = texts(parsed)
    assert found[0] == ("Name | Post\nPerson number 0 | Engineer", ("People",))
    assert all(path == ("People", "Name | Post") for _, path in found[1:])
    assert all(t.startswith("Person") and t.endswith("Engineer") for t, _ in found[1:])


def test_pages_and_code() -> None:
    builder = DocumentBuilder("application/pdf")
    builder.page()
    builder.paragraph("On one.")
    builder.page()
    builder.code("x = 1\n\ny = 2")
    parsed = builder.build("a.pdf")
    assert [(c.page, c.span.of(parsed.text)) for c in chunk(parsed, 10, 20)] == [
        (1, "On one."),
        (2, "x = 1"),
        (2, "y = 2"),
    ]


def test_cost_is_linear_in_rows_and_sentences() -> None:
    builder = DocumentBuilder("text/plain")
    builder.table([[Cell(str(n)), Cell("x")] for n in range(6_000)])
    builder.paragraph("Words of a sentence. " * 6_000)
    parsed = builder.build("a.txt")
    chunks = chunk(parsed)
    assert sum(c.span.end - c.span.start for c in chunks) > 0.99 * len(parsed.text)
    assert all(c.span.end - c.span.start <= MAXIMUM for c in chunks)
    assert parsed.elements[0].kind is ElementKind.TABLE
