"""Verified reads of live evidence, in a fixed number of queries."""

from typing import Any

import pytest
from sqlalchemy import event, insert

from graph.errors import IntegrityError
from graph.identity import make_id
from graph.ledger.citations import LedgerEvidence
from graph.ledger.documents import accept, delete_content
from graph.ledger.engine import Ledger
from graph.ledger.publish import chunk_id, publish
from graph.ledger.tables import fact_claim, run_text
from graph.types import ContentId, Evidence, FactId, Span, WorkspaceId
from tests.fakes.ledger_evidence import PIPELINE, accepted, made, upload

WS = WorkspaceId("test")


@pytest.fixture
def files(ledger: Ledger) -> list[Evidence]:
    made_ = [made(WS, count=8, seed=n) for n in range(3)]
    with ledger.write() as conn:
        accepted(conn, WS, *made_)
        accept(conn, WS, [upload(made_[0], "a-first:uri")])
    for each in made_:
        publish(ledger, WS, each)
    return made_


def test_claims_are_cited_where_they_stand(ledger: Ledger, files: list[Evidence]) -> None:
    reader = LedgerEvidence(ledger)
    wanted = {c.id: (f, c) for f in files for c in f.claims}
    found = reader.cite_claims(WS, [*wanted, files[0].claims[0].id])
    assert found.keys() == wanted.keys()
    for id_, citation in found.items():
        file, claim = wanted[id_]
        element = next(e for e in file.elements if e.span == claim.span)
        assert citation.quote == claim.span.of(file.text)
        assert (citation.content, citation.span) == (file.content, claim.span)
        assert (citation.page, citation.document) == (element.page, file.title)
        in_chunk = any(c.span == claim.span for c in file.chunks)
        assert citation.heading == (("Chapter", "Section") if in_chunk else ())
    assert found[files[0].claims[0].id].uri == "a-first:uri"


def test_chunks_come_in_the_order_asked_for(ledger: Ledger, files: list[Evidence]) -> None:
    ids = [chunk_id(WS, f.content, PIPELINE, c.ord) for f in files for c in f.chunks][::-1]
    found = LedgerEvidence(ledger).chunks(WS, [make_id("chunk", "unknown"), *ids])
    assert [c.id for c in found] == ids
    by_content = {f.content: f for f in files}
    assert all(c.text == c.span.of(by_content[c.content].text) for c in found)
    assert {c.document for c in found} == {f.title for f in files}


def test_chunks_of_documents_come_by_their_numbers(ledger: Ledger, files: list[Evidence]) -> None:
    first, second, gone = sorted(files, key=lambda f: f.content)
    with ledger.write() as conn:
        delete_content(conn, WS, gone.content)
    wanted = {first.content: {0, 2, 99}, second.content: {1}, gone.content: {0}}
    found = LedgerEvidence(ledger).chunks_of_documents(WS, wanted)
    places = [(first.content, 0), (first.content, 2), (second.content, 1)]
    assert [(c.content, c.ord) for c in found] == places
    assert [c.text for c in found[:2]] == [first.chunks[n].span.of(first.text) for n in (0, 2)]
    assert LedgerEvidence(ledger).chunks_of_documents(WS, {}) == []
    assert LedgerEvidence(ledger).chunks_of_documents(WorkspaceId("other"), wanted) == []


def test_spans(ledger: Ledger, files: list[Evidence]) -> None:
    reader, file = LedgerEvidence(ledger), files[1]
    citation = reader.cite_span(WS, file.content, Span(2, 9))
    assert citation is not None
    assert citation.quote == file.text[2:9]
    for nothing in (Span(3, 3), Span(0, len(file.text) + 1), Span(-1, 2)):
        assert reader.cite_span(WS, file.content, nothing) is None
    assert reader.cite_span(WS, ContentId(bytes(32)), Span(0, 1)) is None


def test_what_is_no_longer_live_is_not_returned(ledger: Ledger, files: list[Evidence]) -> None:
    reader, gone, here = LedgerEvidence(ledger), files[0], files[1]
    fact = FactId(make_id("fact", "both"))
    rows = [{"workspace": WS, "fact": fact, "claim": c.id} for f in (gone, here) for c in f.claims]
    with ledger.write() as conn:
        conn.execute(insert(fact_claim), rows)
    everything = sorted(c.id for f in (gone, here) for c in f.claims)
    assert reader.claims_of_facts(WS, [fact], 1000) == {fact: tuple(everything)}
    assert reader.claims_of_facts(WS, [fact], 3) == {fact: tuple(everything[:3])}

    with ledger.write() as conn:
        delete_content(conn, WS, gone.content)
    left = sorted(c.id for c in here.claims)
    assert reader.claims_of_facts(WS, [fact], 1000) == {fact: tuple(left)}
    assert reader.claims_of_facts(WS, [fact], 2) == {fact: tuple(left[:2])}
    assert set(reader.cite_claims(WS, [c.id for c in gone.claims + here.claims])) == set(left)
    assert reader.cite_span(WS, gone.content, Span(0, 3)) is None
    assert reader.chunks(WS, [chunk_id(WS, gone.content, PIPELINE, 0)]) == []


def test_a_changed_text_is_no_citation(ledger: Ledger, files: list[Evidence]) -> None:
    with ledger.write() as conn:
        conn.execute(run_text.update().values(text="something else that is long enough to hold it all" * 99))
    with pytest.raises(IntegrityError):
        LedgerEvidence(ledger).cite_claims(WS, [files[0].claims[0].id])


def test_the_number_of_queries_does_not_grow(ledger: Ledger, files: list[Evidence]) -> None:
    counts: list[int] = []

    def count(*_: Any) -> None:
        counts[-1] += 1

    event.listen(ledger.engine, "before_cursor_execute", count)
    reader = LedgerEvidence(ledger)
    for number in (1, 3):
        some = files[:number]
        counts.append(0)
        reader.cite_claims(WS, [c.id for f in some for c in f.claims])
        reader.chunks(WS, [chunk_id(WS, f.content, PIPELINE, c.ord) for f in some for c in f.chunks])
    event.remove(ledger.engine, "before_cursor_execute", count)
    assert counts[0] == counts[1]
