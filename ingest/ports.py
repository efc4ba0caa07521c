"""What ingestion needs from the outside, and the contract of an extractor.

All of it is synchronous: a document's stages run in worker threads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from graph.ontology import Ontology
from graph.types import Chunk, Claim, ContentId, Mention, PipelineId, Referent, WorkspaceId
from ingest.types import ParsedDocument


@dataclass(frozen=True, slots=True)
class Extraction:
    """What an extractor read from one document, ids made, in document order.

    ``problems`` are sentences for the operator: chunks that gave nothing, claims that were refused.
    """

    referents: tuple[Referent, ...] = ()
    mentions: tuple[Mention, ...] = ()
    claims: tuple[Claim, ...] = ()
    problems: tuple[str, ...] = ()


class Extractor(Protocol):
    """Documents to referents, mentions and claims.

    The result is a function of the document, the extractor's identity and the ontology alone: no clock, no
    other document, no order of arrival. An extractor that asks a model reads its recorded output first.
    """

    def identity(self) -> Mapping[str, Any]:
        """Versions, options and models, JSON-ready and without floats: hashed into the PipelineId."""
        ...

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
        """Every claim's quote is the document's text at its span. EngineUnavailable if a model is away."""
        ...


@dataclass(frozen=True, slots=True)
class Message:
    role: Literal["system", "user", "assistant"]
    content: str


class ChatModel(Protocol):
    """A chat-completion server that can hold its output to a JSON schema. ``model_id`` names the model."""

    model_id: str

    def complete(self, messages: Sequence[Message], *, schema: Mapping[str, Any], max_tokens: int) -> str:
        """The reply's text, cut at ``max_tokens``; EngineUnavailable if the server does not answer."""
        ...


class OutputMemo(Protocol):
    """Recorded model outputs by key, first write wins: a replay needs no model. The ledger implements it."""

    def get(self, workspace: WorkspaceId, key: bytes) -> str | None: ...

    def put(self, workspace: WorkspaceId, key: bytes, output: str, model: str) -> str:
        """Record ``model``'s ``output`` unless the key is taken; return what is recorded."""
        ...
