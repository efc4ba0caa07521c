"""One pipeline's evidence of one content: its id, and the whole that a run publishes."""

from collections.abc import Mapping, Sequence
from typing import Any

from graph.errors import QuoteMismatch
from graph.identity import make_id
from graph.ontology import Ontology
from graph.types import Chunk, ContentId, Evidence, PipelineId
from ingest.ports import Extraction
from ingest.signature import signature
from ingest.types import ParsedDocument

EVIDENCE_VERSION = 6  # raise it when equal bytes give other evidence for a reason no part's identity names


def pipeline_id(parts: Mapping[str, Mapping[str, Any]], ontology: Ontology) -> PipelineId:
    """Hash of every part's identity (loader, chunker, extractor: versions, options, models) and the ontology.

    The ontology is in it because claims carry its relation types: under another one they are read anew.
    """
    return PipelineId(make_id("pipeline", EVIDENCE_VERSION, dict(parts), ontology.read_by))


def build_evidence(
    parsed: ParsedDocument,
    chunks: Sequence[Chunk],
    extraction: Extraction,
    *,
    content: ContentId,
    pipeline: PipelineId,
) -> Evidence:
    """Join what the stages made; QuoteMismatch if a span does not lie in the text or quotes nothing."""
    size = len(parsed.text)
    spans = [claim.span for claim in extraction.claims] + [mention.span for mention in extraction.mentions]
    for span in spans:
        if not (0 <= span.start < span.end <= size) or not span.of(parsed.text).strip():
            raise QuoteMismatch(f"the span {span.start} to {span.end} quotes nothing of the document")
    return Evidence(
        content=content,
        pipeline=pipeline,
        text=parsed.text,
        title=parsed.title,
        media_type=parsed.media_type,
        pages=len(parsed.page_starts) or None,
        stated=parsed.stated,
        signature=signature(parsed.text),
        elements=parsed.elements,
        chunks=tuple(chunks),
        referents=extraction.referents,
        mentions=extraction.mentions,
        claims=extraction.claims,
    )
