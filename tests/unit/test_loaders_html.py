import pytest

from graph.errors import LimitExceeded, UnreadableDocument
from ingest.loaders.html import HtmlLoader
from ingest.transfer import check
from ingest.types import ParsedDocument


def load(text: str | bytes) -> ParsedDocument:
    data = text if isinstance(text, bytes) else text.encode()
    document = HtmlLoader().load(data, "page.html")
    check(document)
    return document


def shape(document: ParsedDocument) -> list[tuple[str, str]]:
    return [(e.kind.value, e.span.of(document.text)) for e in document.elements]


def cells(document: ParsedDocument, number: int = 0) -> list[list[str]]:
    return [[c.of(document.text) for c in row] for row in document.tables[number].rows]


def test_page_chrome_goes_and_captions_stay() -> None:
    document = load(
        "<title>T</title><body><nav>menu</nav><header><h1>Head</h1></header><main><p>One<script>x</script>."
        "<figure><img><figcaption>A duck.</figcaption></figure><p hidden>no<p style='display: none'>no"
        "<aside>Note.</aside></main><footer>foot</footer>"
    )
    assert shape(document) == [("paragraph", "One."), ("caption", "A duck."), ("paragraph", "Note.")]
    assert document.title == "T"


def test_a_small_main_does_not_hide_the_rest() -> None:
    document = load("<body><p>" + "Long text here. " * 20 + "</p><main><p>Tiny.</main>")
    assert "Long text" in document.text


def test_merged_cells_stand_in_every_place_they_cover() -> None:
    document = load(
        "<table><caption>Table 1. Posts</caption><thead><tr><th rowspan=2>Name<th colspan=2>Term</thead>"
        "<tr><th>From<th>To<tr><td rowspan=0>Ann<td>2019<td>2020<tr><td>2021<td>2022</table>"
    )
    assert cells(document) == [
        ["Name", "Term", "Term"],
        ["Name", "From", "To"],
        ["Ann", "2019", "2020"],
        ["Ann", "2021", "2022"],
    ]
    (table,) = document.tables
    assert table.header_rows == 2
    assert table.caption is not None and table.caption.of(document.text) == "Table 1. Posts"
    rows = [t for kind, t in shape(document) if kind == "table_row"]
    assert rows == ["Name | Term", "From | To", "Ann | 2019 | 2020", "2021 | 2022"]


def test_layout_tables_are_opened() -> None:
    document = load("<table><tr><td><p>Left.<td><table><tr><td>a<td>b</table></table>")
    assert shape(document)[0] == ("paragraph", "Left.")
    assert cells(document) == [["a", "b"]]


def test_definition_lists_pair_term_and_definition() -> None:
    document = load("<dl><dt>Founded<dd>1998<dt>Chair:<dd>Ann<dd>Bob<dt>Alone</dl>")
    assert [t for _, t in shape(document)] == ["Founded: 1998", "Chair: Ann", "Bob", "Alone"]


def test_lists_breaks_and_preformatted_text() -> None:
    document = load("<ul><li>a<ul><li>b</ul>c</ul>one<br>line<br><br>two<pre>x\n  y</pre>")
    assert shape(document) == [
        ("list_item", "a"),
        ("list_item", "b"),
        ("paragraph", "c"),
        ("paragraph", "one line"),
        ("paragraph", "two"),
        ("code", "x\n  y"),
    ]


@pytest.mark.parametrize(
    "markup",
    [
        '<meta name="date" content="2022-06-30">',
        '<meta property="article:published_time" content="2022-06-30T08:00:00Z">',
        '<script type="application/ld+json">[{"@type":"X","datePublished":"2022-06-30"}]</script>',
        '<script type="application/ld+json">{</script><main><time datetime="2022-06-30">x</time>',
        '<script type="application/ld+json">{"@graph":[{"datePublished":"2022-06-30"}]}</script>',
        '<div><time datetime="2022-06-30T08:00">yesterday</time></div>',
        "<div><time>30 June 2022</time></div>",
        "<title>The Gazette | 30 June 2022</title>",
        "<body><p>Rotterdam, 30 June 2022</p>",
    ],
)
def test_stated_date(markup: str) -> None:
    title = "" if "<title>" in markup else "<title>T</title>"
    assert load(f"{title}{markup}<p>Text.").stated == "2022-06-30"


@pytest.mark.parametrize(
    "markup",
    [
        "<title>Plans for 2030</title>",
        "<div><time datetime='2022-06-30'>a</time> <time datetime='2021-05-03'>b</time></div>",
    ],
)
def test_dates_that_are_not_the_page_s_own(markup: str) -> None:
    assert load(f"{markup}<p>Text.").stated is None


def test_declared_character_set() -> None:
    markup = "<meta charset=windows-1251><p>Привет, мир"
    assert load(markup.encode("windows-1251")).text == "Привет, мир"
    assert load(b"<meta charset=nonsense><p>caf\xc3\xa9").text == "café"


def test_depth_is_no_danger() -> None:
    assert load("<div>" * 8_000 + "deep" + "</div>" * 8_000).text == "deep"
    assert load("<table><tr><td>" * 300 + "deep").text == "deep"


def test_a_grid_bomb_is_refused() -> None:
    row = "<tr>" + "<td rowspan=65534 colspan=500>x"
    with pytest.raises(LimitExceeded):
        load("<table>" + row + "<tr><td>y" * 5_000 + "</table>")
    with pytest.raises(LimitExceeded):
        load("<table><tr>" + "<td>x" * 600 + "</table>")


def test_no_text_is_no_document() -> None:
    with pytest.raises(UnreadableDocument, match="no text"):
        load("<body><script>x</script><nav>menu</nav>")
