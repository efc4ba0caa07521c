from ingest.loaders.markdown import MarkdownLoader
from ingest.types import ParsedDocument


def load(text: str) -> ParsedDocument:
    return MarkdownLoader().load(text.encode(), "page.md")


def shape(document: ParsedDocument) -> list[tuple[str, str]]:
    return [(e.kind.value, e.span.of(document.text)) for e in document.elements]


def test_front_matter_is_read_and_left_out() -> None:
    document = load('---\ntitle: "The park"\ndate: 2021-11-05\nauthor: Ann\n---\n\n# Head\n\nBody.')
    assert (document.title, document.stated, document.metadata["author"]) == ("The park", "2021-11-05", "Ann")
    assert document.text == "Head\n\nBody."


def test_a_rule_is_no_front_matter() -> None:
    assert load("---\n\nText.\n\n---\n\nMore.").text == "Text.\n\nMore."


def test_inline_marks_go_and_literal_ones_stay() -> None:
    document = load(
        "A **bold** *it* `code*` [link](http://x) ![alt](i.png) a\\*b 2 * 3 ~~old~~<br>new &amp; snake_case"
    )
    assert document.text == "A bold it code* link alt a*b 2 * 3 old new & snake_case"


def test_lines_of_fields_are_paragraphs_of_their_own_and_wrapped_text_is_not() -> None:
    assert load("Name: Ann\n**Born:** 1970\n\nNote: the text\ngoes on.").text == (
        "Name: Ann\n\nBorn: 1970\n\nNote: the text goes on."
    )


def test_nested_lists_and_code() -> None:
    document = load("- one\n\n  still one\n  - two\n\n```py\n\n  x = 1\n    y\n\n```\n")
    assert shape(document) == [
        ("list_item", "one"),
        ("paragraph", "still one"),
        ("list_item", "two"),
        ("code", "  x = 1\n    y"),
    ]


def test_table_cells_and_caption() -> None:
    document = load("| Name | Since |\n|---|--:|\n| **Ann** \\| Co | 2019 |\n| Bob | |\n")
    (table,) = document.tables
    assert table.header_rows == 1
    assert [[c.of(document.text) for c in row] for row in table.rows] == [
        ["Name", "Since"],
        ["Ann | Co", "2019"],
        ["Bob", ""],
    ]


def test_html_blocks_are_read_as_html() -> None:
    document = load("<table><tr><th>A<tr><td>1</table>\n\n<script>x</script>\n\nText <b>bold</b>.")
    assert [kind for kind, _ in shape(document)] == ["table", "table_row", "table_row", "paragraph"]
    assert "x" not in document.text.split()


def test_an_empty_heading_closes_nothing() -> None:
    document = load("# One\n\n#\n\nText.")
    assert [(e.kind.value, e.parent) for e in document.elements] == [("heading", None), ("paragraph", 0)]
