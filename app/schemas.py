"""What goes over HTTP, in the field's habits: ids as hex, scores as floats from 0 to 1, dates as ISO text."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

DATE = r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$"

DocumentId = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
HexId = Annotated[str, StringConstraints(pattern="^[0-9a-f]{32}$")]
Metadata = dict[Annotated[str, StringConstraints(min_length=1, max_length=100)], str]


class _In(BaseModel):
    """A request body: an unknown field is more often a typing error than meant."""

    model_config = ConfigDict(extra="forbid")


# ---------------------------------------------------------------- documents and jobs


class TextDocument(_In):
    text: str = Field(min_length=1, description="The document itself.")
    filename: str | None = Field(
        default=None, max_length=500, description="Its ending (.md, .html, .txt) says how it is read."
    )
    uri: str | None = Field(
        default=None, min_length=1, max_length=2000, description="Where it came from; the same URI replaces."
    )
    metadata: Metadata = Field(default_factory=dict, max_length=100)


class TextDocuments(_In):
    documents: list[TextDocument] = Field(min_length=1, max_length=10_000)


class AcceptedItem(BaseModel):
    id: str
    filename: str
    uri: str | None
    document: str | None = Field(description="Id of the document: the SHA-256 of its bytes.")
    status: str
    error: str | None = None


class AcceptedJob(BaseModel):
    job_id: str
    items: list[AcceptedItem]


class SourceOut(BaseModel):
    uri: str
    metadata: dict[str, str]


class DocumentOut(BaseModel):
    id: str
    filename: str
    title: str | None
    media_type: str
    size: int = Field(description="Bytes.")
    pages: int | None
    stated: str | None = Field(description="The date the document itself bears.")
    live: bool = Field(description="Read and part of the evidence.")
    sources: list[SourceOut]


class DocumentPage(BaseModel):
    documents: list[DocumentOut]
    next_cursor: str | None


class Deleted(BaseModel):
    position: int = Field(description="Reads with min_position=this see the graph without it.")


class JobItemOut(AcceptedItem):
    stage: str | None
    attempts: int


class JobOut(BaseModel):
    id: str
    status: str
    created_at: datetime
    updated_at: datetime
    counts: dict[str, int] = Field(description="Items by status.")


class JobDetail(JobOut):
    items: list[JobItemOut]


class JobPage(BaseModel):
    jobs: list[JobOut]
    next_cursor: str | None


# ---------------------------------------------------------------- query


class Turn(_In):
    role: Literal["user", "assistant"]
    content: str = Field(max_length=20_000)


class QueryIn(_In):
    query: str = Field(min_length=1, max_length=2000, description="The question.")
    mode: Literal["auto", "hybrid", "graph", "vector", "paths"] = "auto"
    top_k: int = Field(default=8, ge=1, le=50)
    max_hops: int = Field(default=2, ge=1, le=3)
    as_of: str | None = Field(default=None, pattern=DATE, description="The graph as it was valid then.")
    instructions: str | None = Field(default=None, max_length=4000)
    conversation_history: list[Turn] = Field(default_factory=list, max_length=50)
    only_need_context: bool = False
    stream: bool = False
    answer: Literal["extractive", "generative"] = "extractive"
    min_position: int | None = Field(
        default=None, ge=0, description="Wait until the graph has reached this position."
    )


class CitationOut(BaseModel):
    number: int
    document_id: str
    document: str
    uri: str
    page: int | None
    start: int
    end: int
    quote: str
    heading: list[str]


class EntityOut(BaseModel):
    id: str
    name: str
    type: str
    aliases: list[str]
    score: float | None = None


class FactOut(BaseModel):
    id: str
    head: str
    head_name: str
    relation: str
    phrase: str
    tail: str | None = Field(description="Entity id; null for a literal.")
    tail_name: str
    value: dict[str, Any] | None
    status: str
    polarity: bool
    confidence: float
    support: int
    qualifiers: dict[str, str]
    valid_from: str | None
    valid_to: str | None
    stated: str | None
    claim_count: int
    reason: str


class StepOut(BaseModel):
    fact: FactOut
    forward: bool


class PathOut(BaseModel):
    text: str
    start: str
    start_name: str
    steps: list[StepOut]
    score: float
    decoded: bool = Field(description="Generated inside the KG-Trie by the model.")
    citations: list[int]


class RivalOut(BaseModel):
    text: str
    fact: FactOut
    citations: list[int]


class ConflictInAnswer(BaseModel):
    text: str
    fact: FactOut
    rivals: list[RivalOut]


class QueryOut(BaseModel):
    answer: str
    status: Literal["answered", "abstained"]
    reason: str
    entities: list[EntityOut]
    paths: list[PathOut]
    citations: list[CitationOut]
    conflicts: list[ConflictInAnswer]
    notices: list[str]
    usage: dict[str, int]
    timings: dict[str, float] = Field(description="Milliseconds by stage.")
    graph_position: int
    trace_id: str


# ---------------------------------------------------------------- graph


class EntityPage(BaseModel):
    entities: list[EntityOut]
    next_cursor: str | None
    graph_position: int


class EntityDetail(EntityOut):
    requested: str = Field(description="The id asked for; a former one resolves to the present entity.")
    members: list[str] = Field(description="Referents it is made of: what decisions name.")
    graph_position: int


class NeighbourPage(BaseModel):
    entity: str
    neighbors: list[StepOut]
    next_cursor: str | None
    graph_position: int


class ClaimOut(BaseModel):
    id: str
    phrase: str
    polarity: bool
    valid_from: str | None
    valid_to: str | None
    stated: str | None
    confidence: float
    extractor: str
    citation: CitationOut


class FactDetail(FactOut):
    claims: list[ClaimOut]
    graph_position: int


class ConflictOut(BaseModel):
    id: str
    kind: str
    winner: str | None = Field(description="Fact id; null while the weights tie.")
    reason: str
    facts: list[FactOut]


class ConflictPage(BaseModel):
    conflicts: list[ConflictOut]
    next_cursor: str | None
    graph_position: int


# ---------------------------------------------------------------- decisions


class SameIn(_In):
    kind: Literal["same"]
    a: HexId
    b: HexId


class SeparateIn(_In):
    kind: Literal["separate"]
    a: HexId
    b: HexId


class ValueIn(_In):
    kind: Literal["text", "number", "date"]
    text: str = Field(min_length=1, max_length=2000)
    unit: str | None = Field(default=None, max_length=100)


class ResolveIn(_In):
    kind: Literal["resolve"]
    subject: HexId
    relation: str = Field(min_length=1, max_length=200)
    referent: HexId | None = Field(default=None, description="The right tail, where it is an entity.")
    value: ValueIn | None = Field(default=None, description="The right value, where it is a literal.")
    qualifiers: dict[str, str] = Field(default_factory=dict)


class TrustIn(_In):
    kind: Literal["trust"]
    uri: str = Field(min_length=1, max_length=2000)
    trust: float = Field(ge=0, le=1)


class OntologyIn(_In):
    kind: Literal["change_ontology"]
    text: str = Field(min_length=1, max_length=1_000_000, description="The whole ontology as TOML.")


RulingIn = Annotated[
    SameIn | SeparateIn | ResolveIn | TrustIn | OntologyIn,
    Field(discriminator="kind"),
]


class DecisionIn(_In):
    ruling: RulingIn
    reason: str = Field(default="", max_length=2000)


class RevertIn(_In):
    reason: str = Field(default="", max_length=2000)


class DecisionOut(BaseModel):
    id: int = Field(description="Its position; later beats earlier.")
    ruling: dict[str, Any]
    author: str
    reason: str
    active: bool
    decided_at: datetime | None


class DecisionList(BaseModel):
    decisions: list[DecisionOut]


# ---------------------------------------------------------------- health


class Health(BaseModel):
    status: Literal["ok"]


class Part(BaseModel):
    ok: bool
    detail: str


class Readiness(BaseModel):
    status: Literal["ready", "degraded", "not ready"]
    parts: dict[str, Part]
