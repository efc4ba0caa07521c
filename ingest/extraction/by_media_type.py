"""One extractor for prose and others for formats that say by themselves what they state."""

from collections.abc import Mapping, Sequence
from typing import Any

from graph.ontology import Ontology
from graph.types import Chunk, ContentId, PipelineId, WorkspaceId
from ingest.ports import Extraction, Extractor
from ingest.types import ParsedDocument


class ByMediaType:
    """An ``Extractor``: the one for what a document was read as, else the general one."""

    def __init__(self, general: Extractor, special: Mapping[str, Extractor]) -> None:
        self._general = general
        self._special = special

    def identity(self) -> Mapping[str, Any]:
        special = {kind: each.identity() for kind, each in self._special.items()}
        return {"general": self._general.identity(), "special": special}

    def extract(
        self,
        document: ParsedDocument,
        chunks: Sequence[Chunk],
        *,
        workspace: WorkspaceId,
        content: ContentId,
        pipeline: PipelineId,
        ontology: Ontology,
    ) -> Extraction:
        chosen = self._special.get(document.media_type, self._general)
        return chosen.extract(
            document, chunks, workspace=workspace, content=content, pipeline=pipeline, ontology=ontology
        )
