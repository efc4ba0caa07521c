"""What goes over HTTP, in the field's habits: ids as hex, scores as floats from 0 to 1, dates as ISO text.

Documents, jobs, questions and answers; the graph and rulings on it are in ``app.graph_schemas``.
"""

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

_DATE = r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$"


def _existing_date(text: str) -> str:
    try:
        if re.fullmatch(_DATE, text) is None:
            raise ValueError
        date(*(int(part) for part in (*text.split("-"), "1", "1")[:3]))
    except ValueError as error:
        sentence = "give a year, a month or a day that there is, such as 2019, 2019-05 or 2019-05-31"
        raise PydanticCustomError("date", sentence) from error
    return text


DateText = Annotated[
    str, AfterValidator(_existing_date), WithJsonSchema({"type": "string", "pattern": _DATE})
]

DocumentId = Annotated[
    str, StringConstraints(pattern="^[0-9a-f]{64}$"), Field(description="SHA-256 of the document's bytes.")
]
HexId = Annotated[str, StringConstraints(pattern="^[0-9a-f]{32}$"), Field(description="16 bytes as hex.")]
Metadata = dict[Annotated[str, StringConstraints(min_length=1, max_length=100)], str]


class RequestBody(BaseModel):
    """A request body: an unknown field is more often a typing error than meant."""

    model_config = ConfigDict(extra="forbid")


# ---------------------------------------------------------------- documents and jobs


class TextDocument(RequestBody):
    text: str = Field(min_length=1, description="The document itself.")
    filename: str | None = Field(
        default=None,
        max_length=500,
        description="Its ending says how it is read: .md, .html, .txt, .triples.jsonl.",
    )
    uri: str | None = Field(
        default=None, min_length=1, max_length=2000, description="Where it came from; the same URI replaces."
    )
    metadata: Metadata = Field(default_factory=dict, max_length=100, description="Kept and shown with it.")


class TextDocuments(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"documents": [{"text": "Ada Long leads Orion Works.", "filename": "orion.txt"}]},
            ]
        }
    )

    documents: list[TextDocument] = Field(min_length=1, max_length=10_000, description="An item each.")


class AcceptedItem(BaseModel):
    id: str = Field(description="Id of the item.")
    filename: str = Field(
        description="As it was uploaded; a member of an archive bears the archive's name before it. Of a "
        "question for a model: what it is about."
    )
    uri: str | None = Field(description="Where it came from: the same URI later is a newer version.")
    document: str | None = Field(description="Id of the document: the SHA-256 of its bytes.")
    status: str = Field(description="accepted, running, published, done, failed or cancelled.")
    error: str | None = Field(
        default=None,
        description="In a sentence, why it failed; of a published one, why it is not in the graph yet.",
    )


class ReceivedItem(AcceptedItem):
    replaced: str | None = Field(
        description="Id of the other document that this URI had until now; null when the request is repeated."
    )


class AcceptedJob(BaseModel):
    job_id: str = Field(description="What /jobs/{id} and its events tell about.")
    items: list[ReceivedItem] = Field(description="One for each file, in the order of the upload.")


class SourceOut(BaseModel):
    uri: str = Field(description="Where the document came from.")
    metadata: dict[str, str] = Field(description="As it was uploaded.")


class DocumentOut(BaseModel):
    id: str = Field(description="The SHA-256 of its bytes.")
    filename: str = Field(
        description="As it was uploaded; a member of an archive bears the archive's name before it."
    )
    title: str | None = Field(description="Its own title, once it is read.")
    media_type: str = Field(description="What it was read as.")
    size: int = Field(description="Bytes.")
    pages: int | None = Field(description="Null for formats without pages.")
    stated: str | None = Field(description="The date the document itself bears.")
    live: bool = Field(description="Read and part of the evidence.")
    sources: list[SourceOut] = Field(description="Every URI that points at these bytes.")


class DocumentPage(BaseModel):
    documents: list[DocumentOut] = Field(description="In the order of their acceptance.")
    next_cursor: str | None = Field(description="Give it as cursor for the next page; null at the end.")


class Deleted(BaseModel):
    position: int = Field(description="Reads with min_position=this see the graph without it.")


class Reread(BaseModel):
    job_id: str | None = Field(description="Null where every document is read as it would be now.")
    documents: int = Field(description="How many are read again.")


class JobItemOut(AcceptedItem):
    stage: str | None = Field(description="While running: load, chunk, extract, embed, publish or ask.")
    attempts: int = Field(description="1, and one more for each retry.")


class JobOut(BaseModel):
    id: str = Field(description="Id of the job.")
    status: str = Field(description="running, done, partial, failed or cancelled.")
    created_at: datetime = Field(description="When it was accepted.")
    updated_at: datetime = Field(description="When an item last moved.")
    counts: dict[str, int] = Field(description="Items by status.")


class JobDetail(JobOut):
    items: list[JobItemOut] = Field(description="One for each file or question, in order.")


class JobPage(BaseModel):
    jobs: list[JobOut] = Field(description="The newest first.")
    next_cursor: str | None = Field(description="Give it as cursor for the next page; null at the end.")


# ---------------------------------------------------------------- query

_ASKED_OF_THE_PRESENT = (
    "questions are answered from the present graph; as_of asks what was valid then, and /graph/entities, "
    "/graph/facts and /conflicts tell with recorded_as_of what was on record then"
)


class Turn(RequestBody):
    role: Literal["user", "assistant"] = Field(description="Who said it.")
    content: str = Field(max_length=20_000, description="What was said.")


class QueryIn(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"query": "Where is the company that acquired Tidewater Turbines headquartered?"},
                {"query": "Who led Borealis Energy?", "as_of": "2018-06", "mode": "graph"},
                {
                    "query": "And where was she born?",
                    "answer": "generative",
                    "instructions": "Answer in one short German sentence.",
                    "conversation_history": [
                        {"role": "user", "content": "Who chairs the Tidal Energy Council?"},
                        {"role": "assistant", "content": "Anna Vance chairs Tidal Energy Council [1]."},
                    ],
                    "stream": True,
                },
            ]
        }
    )

    @model_validator(mode="before")
    @classmethod
    def _asks_of_the_present(cls, data: Any) -> Any:
        if isinstance(data, dict) and "recorded_as_of" in data:
            raise PydanticCustomError("recorded_as_of", _ASKED_OF_THE_PRESENT)
        return data

    query: str = Field(min_length=1, max_length=2000, description="The question.")
    mode: Literal["auto", "hybrid", "graph", "vector", "paths"] = Field(
        default="auto",
        description="auto: everything, with paths decoded where an engine is to be had. hybrid: the same "
        "without decoding. graph: facts only. vector: passages by similarity only. paths: decoded paths.",
    )
    top_k: int = Field(default=8, ge=1, le=50, description="Most passages weighed, and citations given.")
    max_hops: int = Field(default=2, ge=1, le=3, description="Longest path, in facts.")
    as_of: DateText | None = Field(
        default=None, description="The graph as it was valid then: 2019, 2019-05 or 2019-05-31."
    )
    answer: Literal["extractive", "generative"] = Field(
        default="extractive",
        description="extractive: facts told and sentences quoted, no model writes. generative: the "
        "language-model server writes from numbered sources, and only sentences that their sources bear out "
        "are returned. Where no server answers, the answer is extractive and a notice says so.",
    )
    reasoning: Literal["paths", "walk", "entities"] = Field(
        default="paths",
        description="What the language model decides, held to the graph (modes auto and paths). paths: which "
        "candidate paths are likeliest, beside what the question's words say. walk: hop by hop, which step "
        "to take or to stop; the walk is the answer. entities: which reachable entity's name is the answer; "
        "a name that several bear returns them all. walk and entities need a language-model server.",
    )
    instructions: str | None = Field(
        default=None,
        max_length=4000,
        description="Tone, language and format of a generative answer. They loosen no check.",
    )
    conversation_history: list[Turn] = Field(
        default_factory=list,
        max_length=50,
        description="What was said before, oldest first; the last 6 turns are read. The question that was "
        "understood is returned as `question`.",
    )
    from_memory: bool = Field(
        default=False,
        description="A generative answer may add what the model knows itself where the sources are silent; "
        "such sentences are marked [memory] and cite nothing.",
    )
    include_inferred: bool = Field(
        default=False,
        description="Facts may answer that no document states, but that follow from what they state, such as "
        "that a town lies in the country of its county. The answer marks them as inferred and cites what "
        "they follow from.",
    )
    only_need_context: bool = Field(
        default=False, description="No answer, only the paths and passages that one would be made from."
    )
    stream: bool = Field(
        default=False,
        description="Answer as events: server-sent events, or NDJSON where Accept names "
        "application/x-ndjson.",
    )
    min_position: int | None = Field(
        default=None, ge=0, description="Wait until the graph has reached this position."
    )


class CitationOut(BaseModel):
    number: int = Field(description="As the text refers to it: [1].")
    document_id: str = Field(description="For /documents/{id}/content?highlight=start-end.")
    document: str = Field(description="Its title, else its file name.")
    uri: str = Field(description="Where it came from.")
    page: int | None = Field(description="From 1; null for formats without pages.")
    start: int = Field(description="First character of the quote in the document's text.")
    end: int = Field(description="The character after its last.")
    quote: str = Field(description="Verbatim: compared with the document when it was read.")
    heading: list[str] = Field(description="Headings over it, outermost first.")


class EntityOut(BaseModel):
    id: str = Field(description="Its id; former ids resolve to it.")
    name: str = Field(description="The name the documents use most fully.")
    type: str = Field(description="Of the ontology.")
    aliases: list[str] = Field(description="Its other names.")
    score: float | None = Field(
        default=None,
        description="How well the name fits what was asked: of an answer's entities 0 to 1, 1 for the very "
        "name; of a search with q a rank without a ceiling, comparable within that search only. Else null.",
    )


class FactOut(BaseModel):
    id: str = Field(description="Id of the fact.")
    head: str = Field(description="Entity id of its subject.")
    head_name: str = Field(description="Name of its subject.")
    relation: str = Field(description="Relation type of the ontology.")
    phrase: str = Field(description="The words that the documents use for it.")
    tail: str | None = Field(description="Entity id; null for a literal.")
    tail_name: str = Field(description="Name of its object, or the literal as text.")
    value: dict[str, Any] | None = Field(description="The literal: kind, text, unit; null for an entity.")
    status: str = Field(description="accepted, contested, superseded or inferred.")
    polarity: bool = Field(description="False where it is denied.")
    confidence: float = Field(description="0 to 1.")
    support: int = Field(description="Sources that state it, near-duplicates once.")
    qualifiers: dict[str, str] = Field(description="What narrows it: time, source, condition.")
    valid_from: str | None = Field(description="ISO date, as precise as it was stated.")
    valid_to: str | None = Field(description="ISO date, as precise as it was stated.")
    valid_from_implied: bool = Field(
        description="True where no document states when it began: it superseded another, and valid_from is "
        "the date of its statement, by which it had begun at the latest."
    )
    valid_to_implied: bool = Field(
        description="True where no document states when it ended: valid_to is the date of a newer statement, "
        "by which it had ended at the latest."
    )
    stated: str | None = Field(description="Latest date of a document that states it.")
    claim_count: int = Field(description="How many statements it rests on.")
    reason: str = Field(description="Why it lost, is disputed or was inferred; else empty.")
    proposer: str = Field(
        description="Of an inferred one that a model proposed: the model, and the version of the words that "
        "it was asked in; else empty."
    )


class StepOut(BaseModel):
    fact: FactOut = Field(description="The fact walked.")
    forward: bool = Field(description="False when walked from its object to its subject.")


class PathOut(BaseModel):
    text: str = Field(description="Its facts as sentences.")
    start: str = Field(description="Entity id it begins at.")
    start_name: str = Field(description="Name of that entity.")
    steps: list[StepOut] = Field(description="Facts in the order walked.")
    score: float = Field(description="Comparable within one answer only.")
    decoded: bool = Field(description="Generated inside the KG-Trie by the model.")
    citations: list[int] = Field(description="Numbers of its quotes.")


class RivalOut(BaseModel):
    text: str = Field(description="The fact as a sentence.")
    fact: FactOut = Field(description="What is held against the answer.")
    citations: list[int] = Field(description="Numbers of its quotes.")


class ConflictInAnswer(BaseModel):
    text: str = Field(description="The fact as a sentence.")
    fact: FactOut = Field(description="A fact of the answer.")
    rivals: list[RivalOut] = Field(description="Facts that cannot hold beside it.")


class ExploredOut(BaseModel):
    paths: int = Field(description="Candidate paths read around the named entities.")
    budget: int = Field(description="At most so many are enumerated; the likeliest relations go beyond it.")
    exhausted: bool = Field(description="False when the budget or a hub's size left paths out.")


class DecodingOut(BaseModel):
    reasoning: Literal["paths", "walk", "entities"] = Field(description="What the model was asked to decide.")
    strategy: Literal["search", "grammar", "list", "none"] = Field(
        description="search: exact top k by log-probabilities; grammar: generated inside the trie by the "
        "engine's plugin; list: a numbered list under a JSON schema; none: there was nothing to choose."
    )
    exact: bool = Field(description="These are the most probable of what was considered.")
    reason: str = Field(description="Why they may not be.")
    considered: int = Field(description="Choices put before the model.")
    complete: bool = Field(description="False when there were more, and the likeliest were taken.")


class QueryOut(BaseModel):
    answer: str = Field(
        description="With numbers such as [1] that refer to `citations`; empty when abstained."
    )
    status: Literal["answered", "abstained"] = Field(
        description="answered, or abstained: then `reason` says why."
    )
    reason: str = Field(description="Why it abstained; else empty.")
    question: str = Field(description="The question as it was understood after the conversation before it.")
    style: Literal["extractive", "generative"] = Field(description="How the answer was made.")
    from_memory: bool = Field(description="Sentences marked [memory] are the model's own knowledge.")
    entities: list[EntityOut] = Field(description="What the question names.")
    paths: list[PathOut] = Field(
        description="Verified paths: the answer's, then others that the engine chose."
    )
    citations: list[CitationOut] = Field(description="In the order of their numbers.")
    conflicts: list[ConflictInAnswer] = Field(description="What is disputed about the answer.")
    notices: list[str] = Field(description="What was not available or left out, in sentences.")
    explored: ExploredOut | None = Field(
        default=None, description="How far paths were enumerated; null where none were."
    )
    decoding: DecodingOut | None = Field(
        default=None, description="How the model was held to the graph; null where none was asked."
    )
    usage: dict[str, int] = Field(
        description="Tokens of models, sources given, sentences and citations dropped."
    )
    timings: dict[str, float] = Field(description="Milliseconds by stage.")
    graph_position: int = Field(description="Position of the graph that was read.")
    trace_id: str = Field(description="Found in the log.")


# ---------------------------------------------------------------- health


class Health(BaseModel):
    status: Literal["ok"] = Field(description="The process answers.")


class Part(BaseModel):
    ok: bool = Field(description="Whether it can be used.")
    detail: str = Field(description="What was found, or what to do.")


class Readiness(BaseModel):
    status: Literal["ready", "degraded", "not ready"] = Field(
        description="degraded: ready without the engine."
    )
    workspace: str = Field(description="The token's.")
    parts: dict[str, Part] = Field(description="Each part by name.")
