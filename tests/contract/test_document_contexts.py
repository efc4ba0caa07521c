"""Reading a document records what its referents are mentioned beside, once: a replay asks no embedder."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from graph.errors import EngineUnavailable, NotFound
from graph.ledger.documents import live_contents
from graph.ledger.engine import Ledger
from graph.ledger.evidence import read_evidence
from graph.ledger.publish import chunk_id
from graph.ledger.tables import vector
from graph.ledger.vectors import all_embedded, chunk_vectors
from graph.ontology import default_ontology
from graph.types import Chunk, Evidence, WorkspaceId
from ingest import workflows
from ingest.contexts import names_taken_out, with_contexts
from ingest.ports import Extraction
from ingest.types import ParsedDocument
from ingest.workflows import DocumentWorkflow, Stage, chunk_text
from tests.fakes.embedder import StemEmbedder
from tests.fakes.ledger_evidence import accepted, made

WS = WorkspaceId("test")


class Reader:
    """Parts that read one made-up document, as its evidence has it but for the contexts."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.extracted = 0

    def identity(self) -> Mapping[str, Any]:
        return {"made": 1}

    def extract(self, document: ParsedDocument, chunks: Sequence[Chunk], **_: Any) -> Extraction:
        self.extracted += 1
        bare = tuple(replace(r, context=b"") for r in self.evidence.referents)
        return Extraction(bare, self.evidence.mentions, self.evidence.claims)

    def parse(self, data: bytes, name: str) -> ParsedDocument:
        return ParsedDocument(self.evidence.text, name, "text/plain", self.evidence.elements)

    def workflow(self, ledger: Ledger, embedder: StemEmbedder) -> DocumentWorkflow:
        return DocumentWorkflow(
            ledger,
            read_bytes=lambda *_: b"",
            parse=self.parse,
            parsers={},
            chunk=lambda _: self.evidence.chunks,
            chunker={},
            extractor=self,
            embedder=embedder,
            ontology=lambda _: default_ontology(),
        )


class Counting(StemEmbedder):
    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.calls = 0

    def embed(self, texts: Sequence[str]) -> Any:
        vectors = super().embed(texts)
        self.calls += 1
        self.asked += texts
        return vectors


class Killed(Exception):
    pass


def nobody(_: Stage) -> None:
    pass


def test_contexts_are_evidence_and_a_replay_asks_no_embedder(ledger: Ledger) -> None:
    reader, embedder = Reader(made(WS, count=6)), Counting()
    content, documents = reader.evidence.content, reader.workflow(ledger, embedder)
    with ledger.write() as conn:
        accepted(conn, WS, reader.evidence)
    stages: list[Stage] = []
    documents.read(WS, content, "a.txt", stages.append)
    assert list(dict.fromkeys(stages)) == list(Stage), "all stages, in order"
    with ledger.read() as conn:
        published = read_evidence(conn, WS, content)
    in_chunks = {
        m.referent
        for m in published.mentions
        for c in published.chunks
        if c.span.start <= m.span.start < c.span.end
    }
    assert {r.id for r in published.referents if r.context} == in_chunks
    assert 0 < len(in_chunks) < len(published.referents)

    asked, embedder.broken = len(embedder.asked), True
    assert asked == len(published.chunks) + len(in_chunks), "a chunk once, and each name"
    assert embedder.calls == 1, "names cost no call of their own"
    documents.read(WS, content, "a.txt", nobody)
    documents.embed(WS, content, nobody)
    with ledger.read() as conn:
        assert read_evidence(conn, WS, content) == published
    assert (len(embedder.asked), reader.extracted) == (asked, 1)


def test_what_was_embedded_before_a_kill_is_not_embedded_again(ledger: Ledger) -> None:
    reader, embedder = Reader(made(WS, count=6)), Counting()
    content, documents = reader.evidence.content, reader.workflow(ledger, embedder)
    with ledger.write() as conn:
        accepted(conn, WS, reader.evidence)

    def kill(stage: Stage) -> None:
        if stage is Stage.PUBLISH:
            raise Killed

    with pytest.raises(Killed):
        documents.read(WS, content, "a.txt", kill)
    first = list(embedder.asked)
    with ledger.read() as conn:
        assert live_contents(conn, WS) == []
    documents.read(WS, content, "a.txt", nobody)
    assert embedder.asked[len(first) :] == first[len(reader.evidence.chunks) :], "names only"


@pytest.mark.parametrize("size", [1, 4, 256])
def test_chunks_and_names_in_any_batches_give_one_reading(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    reader, embedder = Reader(made(WS, count=6)), Counting()
    content, documents = reader.evidence.content, reader.workflow(ledger, embedder)
    with ledger.write() as conn:
        accepted(conn, WS, reader.evidence)
    monkeypatch.setattr(workflows, "EMBED_BATCH", size)
    documents.read(WS, content, "a.txt", nobody)
    assert embedder.calls == -(-len(embedder.asked) // size)
    with ledger.read() as conn:
        published = read_evidence(conn, WS, content)
        ids = [chunk_id(WS, content, published.pipeline, c.ord) for c in published.chunks]
        vectors = chunk_vectors(conn, WS, embedder.model_id, ids)
    told = published.referents, published.mentions, published.chunks
    texts, names = [chunk_text(published.text, c) for c in published.chunks], names_taken_out(*told)
    whole = StemEmbedder().embed([*texts, *names])
    np.testing.assert_array_equal(vectors, whole[: len(texts)])
    directions = dict(zip(names, whole[len(texts) :], strict=True))
    assert with_contexts(*told, vectors, directions, embedder.model_id) == published.referents


def test_many_names_can_be_stopped_between_batches(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workflows, "EMBED_BATCH", 1)
    reader, embedder = Reader(made(WS, count=6)), Counting()
    with ledger.write() as conn:
        accepted(conn, WS, reader.evidence)

    def kill(stage: Stage) -> None:
        if len(embedder.asked) > len(reader.evidence.chunks):  # of the names one
            raise Killed

    with pytest.raises(Killed):
        reader.workflow(ledger, embedder).read(WS, reader.evidence.content, "a.txt", kill)
    assert len(embedder.asked) == len(reader.evidence.chunks) + 1


def test_an_embedder_that_is_away_leaves_the_document_unread(ledger: Ledger) -> None:
    reader, embedder = Reader(made(WS)), Counting()
    content, documents = reader.evidence.content, reader.workflow(ledger, embedder)
    with ledger.write() as conn:
        accepted(conn, WS, reader.evidence)
    embedder.broken = True
    with pytest.raises(EngineUnavailable):
        documents.read(WS, content, "a.txt", nobody)
    embedder.broken = False
    documents.read(WS, content, "a.txt", nobody)
    with ledger.read() as conn:
        assert any(r.context for r in read_evidence(conn, WS, content).referents)


def test_what_was_read_beside_another_embedder_gets_this_ones_vectors_once(ledger: Ledger) -> None:
    reader, other = Reader(made(WS, count=6)), Counting()
    other.model_id = "stems 2"
    content = reader.evidence.content
    with ledger.write() as conn:
        accepted(conn, WS, reader.evidence)
    with pytest.raises(NotFound):
        reader.workflow(ledger, other).embed(WS, content, nobody)
    reader.workflow(ledger, StemEmbedder()).read(WS, content, "a.txt", nobody)
    for _ in range(2):
        reader.workflow(ledger, other).embed(WS, content, nobody)
        assert len(other.asked) == len(reader.evidence.chunks)
        with ledger.read() as conn:
            assert all_embedded(conn, WS, other.model_id, content)
            assert not all_embedded(conn, WS, "stems 3", content)
    with ledger.write() as conn:
        conn.execute(vector.update().where(vector.c.model == other.model_id).values(data=None))
    with ledger.read() as conn:
        assert not all_embedded(conn, WS, other.model_id, content)


def test_another_embedder_is_another_pipeline(ledger: Ledger) -> None:
    reader, other = Reader(made(WS)), StemEmbedder()
    other.model_id = "stems 2"
    one = reader.workflow(ledger, StemEmbedder()).pipeline(default_ontology())
    assert one == reader.workflow(ledger, StemEmbedder()).pipeline(default_ontology())
    assert one != reader.workflow(ledger, other).pipeline(default_ontology())
