"""A document's stages, in order: load, chunk, extract, embed, publish.

Each stage may be repeated after a kill: what is published and what is embedded already is not done again, and
writing it again would change nothing. Between stages the caller may stop the work by raising.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

from graph.identity import canonical
from graph.ledger.engine import Ledger
from graph.ledger.evidence import read_evidence
from graph.ledger.positions import position
from graph.ledger.publish import chunk_id, is_published, publish
from graph.ledger.vectors import all_embedded, chunk_vectors, put_chunks, recorded
from graph.ontology import Ontology
from graph.ports import Embedder, Vectors
from graph.types import Chunk, ContentId, Evidence, PipelineId, Position, WorkspaceId
from ingest.contexts import FORM, names_taken_out, with_contexts
from ingest.pipeline import build_evidence, pipeline_id
from ingest.ports import Extractor
from ingest.types import ParsedDocument

EMBED_BATCH = 256  # texts to a call and a transaction: a few seconds on two cores
_HEADINGS_EMBEDDED = 2  # innermost headings that go before a chunk's text


class Stage(StrEnum):
    LOAD = "load"
    CHUNK = "chunk"
    EXTRACT = "extract"
    EMBED = "embed"
    PUBLISH = "publish"


Enter = Callable[[Stage], None]  # told before each stage; what it raises stops the work


class DocumentWorkflow:
    """Reads documents with one set of parts. Safe to share among threads; calls block."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        read_bytes: Callable[[WorkspaceId, ContentId], bytes],
        parse: Callable[[bytes, str], ParsedDocument],
        parsers: Mapping[str, Any],
        chunk: Callable[[ParsedDocument], Sequence[Chunk]],
        chunker: Mapping[str, Any],
        extractor: Extractor,
        embedder: Embedder,
        ontology: Callable[[WorkspaceId], Ontology],
    ) -> None:
        """``parsers`` and ``chunker`` are those parts' identities: versions and options, JSON-ready."""
        self._ledger = ledger
        self._read_bytes = read_bytes
        self._parse = parse
        self._chunk = chunk
        self._extractor = extractor
        self._embedder = embedder
        self._ontology = ontology
        self._parts = {
            "parsers": parsers,
            "chunker": chunker,
            "extractor": extractor.identity(),
            "contexts": {"embedder": embedder.model_id, "form": FORM},
        }
        canonical(self._parts)  # a part that cannot be hashed fails here, not with the first document

    def pipeline(self, ontology: Ontology) -> PipelineId:
        """What a reading under ``ontology`` is known by."""
        return pipeline_id(self._parts, ontology)

    def read(self, workspace: WorkspaceId, content: ContentId, name: str, enter: Enter) -> None:
        """Publish the evidence of ``content``, whose file is called ``name``; nothing if it is published.

        Raises UnreadableDocument, UnsupportedFormat, LimitExceeded for the document's own faults.
        """
        ontology = self._ontology(workspace)
        pipeline = self.pipeline(ontology)
        with self._ledger.read() as conn:
            done = is_published(conn, workspace, content, pipeline)
            evidence = read_evidence(conn, workspace, content, pipeline) if done else None
        if evidence is None:
            evidence = self._evidence(workspace, content, name, pipeline, ontology, enter)
        enter(Stage.PUBLISH)
        publish(self._ledger, workspace, evidence)

    def embed(self, workspace: WorkspaceId, content: ContentId, enter: Enter) -> Position:
        """Record the vectors that are missing of a published document: it may have been read beside another
        embedder. Returns a position at which they all stand."""
        with self._ledger.read() as conn:
            done = all_embedded(conn, workspace, self._embedder.model_id, content)
            evidence = None if done else read_evidence(conn, workspace, content)
        if evidence is not None:
            self._embed(workspace, content, evidence.pipeline, evidence.text, evidence.chunks, enter)
        with self._ledger.read() as conn:
            return position(conn, workspace)

    def _evidence(
        self,
        workspace: WorkspaceId,
        content: ContentId,
        name: str,
        pipeline: PipelineId,
        ontology: Ontology,
        enter: Enter,
    ) -> Evidence:
        enter(Stage.LOAD)
        parsed = self._parse(self._read_bytes(workspace, content), name)
        enter(Stage.CHUNK)
        chunks = self._chunk(parsed)
        enter(Stage.EXTRACT)
        extraction = self._extractor.extract(
            parsed, chunks, workspace=workspace, content=content, pipeline=pipeline, ontology=ontology
        )
        enter(Stage.EMBED)
        told = extraction.referents, extraction.mentions, chunks
        names = self._embed(
            workspace, content, pipeline, parsed.text, chunks, enter, names=names_taken_out(*told)
        )
        model = self._embedder.model_id
        with self._ledger.read() as conn:
            ids = [chunk_id(workspace, content, pipeline, c.ord) for c in chunks]
            vectors = chunk_vectors(conn, workspace, model, ids)
        referents = with_contexts(*told, vectors, names, model)
        extraction = replace(extraction, referents=referents)
        return build_evidence(parsed, chunks, extraction, content=content, pipeline=pipeline)

    def _embed(
        self,
        workspace: WorkspaceId,
        content: ContentId,
        pipeline: PipelineId,
        text: str,
        chunks: Sequence[Chunk],
        enter: Enter,
        names: Sequence[str] = (),
    ) -> dict[str, Vectors]:
        """Record the vectors of ``chunks`` that are missing, a batch to a transaction; return those of
        ``names``. They go along with the last chunks, so that in most documents they cost no call.
        """
        model = self._embedder.model_id
        ids = [chunk_id(workspace, content, pipeline, c.ord) for c in chunks]
        with self._ledger.read() as conn:
            known = recorded(conn, workspace, model, "chunk", ids)
        missing = [c for c, id_ in zip(chunks, ids, strict=True) if id_ not in known]
        texts = [*(chunk_text(text, c) for c in missing), *names]
        named: list[Vectors] = []
        for start in range(0, len(texts), EMBED_BATCH):
            enter(Stage.EMBED)
            vectors = self._embedder.embed(texts[start : start + EMBED_BATCH])
            batch = missing[start : start + EMBED_BATCH]
            named.extend(vectors[len(batch) :])
            if batch:
                rows = vectors[: len(batch)]
                with self._ledger.write() as conn:
                    put_chunks(conn, workspace, model, content, pipeline, [c.ord for c in batch], rows)
        return dict(zip(names, named, strict=True))


def chunk_text(text: str, chunk: Chunk) -> str:
    """What is embedded for a chunk: its innermost headings, then its own text."""
    return "\n".join((*chunk.heading[-_HEADINGS_EMBEDDED:], chunk.span.of(text)))
