"""Whatever the text: spans lie in it, quotes are verbatim, ids are stable, nothing crashes."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import QuoteMismatch
from graph.types import Claim, ContentId, Element, ElementKind, PipelineId, Span
from ingest.extraction.values import find_dates, find_quantities
from ingest.pipeline import build_evidence, pipeline_id
from ingest.ports import Extraction
from ingest.types import ParsedDocument
from tests.unit.test_extraction_gold import DEVELOPED, ONTOLOGY, cases, read

_PIECES = (
    "Anna Vance Borealis Energy AG leads is of the chief executive , . ( ) born in 1998 640 MW EUR million"
    " she it its company 's not and who founded by \u2014 “ ” 𝔘 é ﬁ \u0301 \u200b : ; - / % $ 3 May Ltd. as"
)
_WORDS = st.sampled_from([*_PIECES.split(), "\n", "\t", "\u00a0"])
_TEXTS = st.one_of(st.lists(_WORDS, max_size=40).map(" ".join), st.text(max_size=80))


@settings(max_examples=80)
@given(_TEXTS.filter(lambda text: "\x00" not in text))
def test_every_span_quotes_the_text(text: str) -> None:
    found = read(text)
    known = {referent.id for referent in found.referents}
    assert len(known) == len(found.referents)
    for mention in found.mentions:
        assert mention.referent in known and mention.span.of(text).strip()
    for referent in found.referents:
        assert referent.first.of(text) in referent.names
        assert len(set(referent.names)) == len(referent.names)
    for claim in found.claims:
        assert 0 <= claim.span.start < claim.span.end <= len(text)
        assert claim.head in known
        assert claim.tail_referent is None or claim.tail_referent in known
        assert 0 < claim.confidence <= 1_000_000


@given(st.text(max_size=200))
def test_literals_lie_in_the_text_in_order_without_overlap(text: str) -> None:
    for spans in (find_dates(text), find_quantities(text)):
        ends = 0
        for span in spans:
            assert ends <= span.start < span.end <= len(text)
            ends = span.end


def test_reading_is_a_function_of_the_document_whatever_thread_reads_and_whatever_came_before() -> None:
    texts = [text for text, _ in cases(DEVELOPED)][:8]
    alone = [read(text) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(read, reversed(texts))) == list(reversed(alone))


def test_the_pipeline_id_hashes_every_part_and_the_ontology() -> None:
    one = pipeline_id({"extractor": {"rules": 1}}, ONTOLOGY)
    assert len(one) == 16
    assert one == pipeline_id({"extractor": {"rules": 1}}, ONTOLOGY)
    assert one != pipeline_id({"extractor": {"rules": 2}}, ONTOLOGY)


def test_evidence_refuses_a_quote_that_is_not_there() -> None:
    text = "Anna Vance leads Borealis Energy."
    parsed = ParsedDocument(text, "t", "text/plain", (Element(0, ElementKind.PARAGRAPH, Span(0, len(text))),))
    found = read(text)
    content, pipeline = ContentId(b"c" * 32), PipelineId(b"p" * 16)
    evidence = build_evidence(parsed, (), found, content=content, pipeline=pipeline)
    assert evidence.claims == found.claims and evidence.signature
    [claim] = found.claims
    beyond = Claim(claim.id, content, claim.head, "lead", "LEADS", claim.tail, Span(0, len(text) + 1))
    with pytest.raises(QuoteMismatch):
        build_evidence(parsed, (), Extraction(claims=(beyond,)), content=content, pipeline=pipeline)
