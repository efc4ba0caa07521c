"""Chunks hold all body text exactly once, in order, each inside its section and its size."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from graph.types import ElementKind
from ingest.chunking import chunk, sentences
from ingest.loaders.builder import Cell, DocumentBuilder
from ingest.types import ParsedDocument

TEXT = st.text('abc ABC.!?;,:0\u0301\n東。é"(', min_size=0, max_size=120)


@st.composite
def parsed(draw: st.DrawFn) -> ParsedDocument:
    builder = DocumentBuilder("text/plain")
    if draw(st.booleans()):
        builder.page()
    builder.paragraph("Start.")
    for _ in range(draw(st.integers(0, 12))):
        kind = draw(
            st.sampled_from(["heading", "paragraph", "list_item", "code", "caption", "table", "page"])
        )
        if kind == "heading":
            builder.heading(draw(TEXT), draw(st.integers(1, 6)))
        elif kind == "table":
            row = st.lists(TEXT.map(Cell), min_size=1, max_size=4)
            builder.table(draw(st.lists(row, min_size=1, max_size=6)), draw(st.integers(0, 2)))
        elif kind == "page":
            builder.page()
        else:
            getattr(builder, kind)(draw(TEXT))
    return builder.build("a.txt")


@given(parsed(), st.integers(20, 80), st.integers(0, 60))
def test_chunks_cover_the_body_once(document: ParsedDocument, target: int, more: int) -> None:
    text, maximum = document.text, target + more
    chunks = chunk(document, target, maximum)
    assert [c.ord for c in chunks] == list(range(len(chunks)))
    assert all(0 < c.span.end - c.span.start <= maximum for c in chunks)
    assert all(a.span.end <= b.span.start for a, b in pairwise(chunks))

    covered = [0] * len(text)
    for c in chunks:
        for offset in range(c.span.start, c.span.end):
            covered[offset] += 1
    parents = {e.parent for e in document.elements}
    headings = (ElementKind.TITLE, ElementKind.HEADING)
    for e in document.elements:
        enclosing = e.kind in headings and e.ord in parents
        for offset in range(e.span.start, e.span.end):
            if enclosing:
                assert covered[offset] == 0
            elif not text[offset].isspace():
                assert covered[offset] == 1

    for c in chunks:
        section = [e for e in document.elements if e.span.start < c.span.end and c.span.start < e.span.end]
        roots = {e.parent for e in section if e.kind is not ElementKind.TABLE_ROW}
        assert len(roots) == 1
        path = []
        (at,) = roots
        while at is not None:
            path.insert(0, document.elements[at].span.of(text))
            at = document.elements[at].parent
        assert list(c.heading[: len(path)]) == path


@given(TEXT)
def test_sentences_hold_all_that_is_not_blank(text: str) -> None:
    spans = sentences(text)
    assert "".join(s.of(text) for s in spans).split() == text.split() or "".join(
        "".join(s.of(text).split()) for s in spans
    ) == "".join(text.split())
    assert all(s.of(text) == s.of(text).strip() != "" for s in spans)
