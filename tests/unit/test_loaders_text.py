import pytest

from graph.errors import UnreadableDocument
from ingest.loaders.text import TextLoader
from ingest.types import ParsedDocument


def load(text: str | bytes) -> ParsedDocument:
    return TextLoader().load(text.encode() if isinstance(text, str) else text, "note.txt")


def shape(document: ParsedDocument) -> list[tuple[str, str]]:
    return [(e.kind.value, e.span.of(document.text)) for e in document.elements]


def test_a_press_release() -> None:
    document = load(
        "Borealis opens a park\n\nPort Selwyn, 14 June 2018\n\n"
        "The park has a capacity\nof 240 megawatts, which is\nmore than any other park has.\n\n"
        "About Borealis\nBorealis Energy AG was founded in 1998 by two engineers.\n"
    )
    assert shape(document) == [
        ("heading", "Borealis opens a park"),
        ("paragraph", "Port Selwyn, 14 June 2018"),
        ("paragraph", "The park has a capacity of 240 megawatts, which is more than any other park has."),
        ("heading", "About Borealis"),
        ("paragraph", "Borealis Energy AG was founded in 1998 by two engineers."),
    ]
    assert document.stated == "2018-06-14"
    assert document.title == "Borealis opens a park"


def test_fields_stay_lines() -> None:
    document = load(
        "To: Ann Lee, head of the department of works\nFrom: Bob\nDate: 3 May 2021\n\nHello there."
    )
    assert [t for _, t in shape(document)][:3] == [
        "To: Ann Lee, head of the department of works",
        "From: Bob",
        "Date: 3 May 2021",
    ]
    assert document.stated == "2021-05-03"


def test_lists_lose_bullets_and_keep_numbers() -> None:
    document = load("Text before it.\n\n- first item\n  goes on\n- second\n\n1. one\n2. two\n")
    assert shape(document)[1:] == [
        ("list_item", "first item goes on"),
        ("list_item", "second"),
        ("list_item", "1. one"),
        ("list_item", "2. two"),
    ]


def test_an_initial_is_no_number() -> None:
    assert shape(load("Sir, you are wrong.\n\nP. Aldous, Lindholm"))[-1] == (
        "paragraph",
        "P. Aldous, Lindholm",
    )


def test_headings_by_underline_number_and_capitals() -> None:
    document = load("Intro.\n\nTitle\n=====\nbody of it.\n\n1. Scope\n\nText of it.\n\nANNEX\n\nLast words.")
    assert [(e.span.of(document.text), e.level) for e in document.elements if e.kind == "heading"] == [
        ("Title", 1),
        ("1. Scope", 2),
        ("ANNEX", 2),
    ]


def test_tabs_are_a_table() -> None:
    document = load("Name\tRole\tSince\nAnn\tCEO\t2019\nBob\tCTO\t2020\n\nAfter it.")
    (table,) = document.tables
    assert table.header_rows == 1
    assert [[c.of(document.text) for c in row] for row in table.rows][1] == ["Ann", "CEO", "2019"]


@pytest.mark.parametrize(
    "data",
    ["Müller zahlt 5 €.".encode(c) for c in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32")]
    + ["Größe für die Übergröße, daß Äpfel schön blühen. Das ist für uns alle schön.".encode("latin-1")],
)
def test_character_sets(data: bytes) -> None:
    assert "ü" in load(data).text


@pytest.mark.parametrize(
    "data", [bytes(range(256)) * 40, b"\x89PNG\r\n\x1a\n" + bytes(500), b"\xff\xfe" * 3 + b"\x00" * 9]
)
def test_binary_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableDocument):
        load(data)


def test_text_is_normalised() -> None:
    document = load("Cafe\u0301 a\x00b\r\nc\u00add\u2028e.")
    assert document.text == "Café a\ufffdb cd e."
