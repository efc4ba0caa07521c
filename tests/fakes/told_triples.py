"""Triples as the evidence that an upload of them gives, every end of one type."""

from collections.abc import Sequence

from graph.ontology import default_ontology
from graph.types import ContentId, Evidence, PipelineId, WorkspaceId
from ingest.chunking import chunk
from ingest.extraction.triples import TripleExtractor
from ingest.pipeline import build_evidence
from ingest.triples import Triple, triples_document


def triple_evidence(
    workspace: WorkspaceId,
    content: ContentId,
    title: str,
    triples: Sequence[Triple],
    names: Sequence[str] = (),
) -> Evidence:
    document, pipeline = triples_document(triples, title, names), PipelineId(b"p" * 16)
    chunks = chunk(document)
    extraction = TripleExtractor("Organization").extract(
        document,
        chunks,
        workspace=workspace,
        content=content,
        pipeline=pipeline,
        ontology=default_ontology(),
    )
    return build_evidence(document, chunks, extraction, content=content, pipeline=pipeline)
