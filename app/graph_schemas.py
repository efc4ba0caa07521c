"""What goes over HTTP of the graph itself: entities, facts, conflicts, and what people rule."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.schemas import CitationOut, DateText, EntityOut, FactOut, HexId, RequestBody, StepOut


class GraphRead(BaseModel):
    graph_position: int = Field(description="Position of the graph that was read.")
    recorded_at: datetime | None = Field(
        default=None,
        description="As of a record time, and on further pages once the graph has moved on: since when the "
        "graph that was read stood; null before the first.",
    )


class EntityPage(GraphRead):
    entities: list[EntityOut] = Field(description="Best name first with q, else by id.")
    next_cursor: str | None = Field(
        description="Give it as cursor for the next page, of this position; null at the end."
    )


class EntityDetail(EntityOut, GraphRead):
    requested: str = Field(description="The id asked for; a former one resolves to the present entity.")
    members: list[str] = Field(description="Referents it is made of: what decisions name.")


class NeighbourPage(GraphRead):
    entity: str = Field(description="Its present id.")
    neighbors: list[StepOut] = Field(description="Facts at the entity.")
    inference_capped: bool = Field(
        description="Where inferred facts are asked for: more would follow of this entity, but too many "
        "facts lead the same way."
    )
    notice: str = Field(description="That in a sentence; empty where it is not so.")
    next_cursor: str | None = Field(
        description="Give it as cursor for the next page, of this position; null at the end."
    )


class ClaimOut(BaseModel):
    id: str = Field(description="Id of the claim.")
    phrase: str = Field(description="The words that the documents use for it.")
    polarity: bool = Field(description="False where it is denied.")
    valid_from: str | None = Field(description="ISO date, as precise as it was stated.")
    valid_to: str | None = Field(description="ISO date, as precise as it was stated.")
    stated: str | None = Field(description="Date of the document that states it.")
    confidence: float = Field(description="0 to 1.")
    extractor: str = Field(description="Who read it out of the text.")
    citation: CitationOut = Field(description="Where it stands.")


class ClaimPage(GraphRead):
    fact: str = Field(description="Id of the fact.")
    claims: list[ClaimOut] = Field(
        description="By id, each with its quote; of an inferred fact those of its grounds. A page may "
        "be short: what was deleted is not quoted."
    )
    next_cursor: str | None = Field(
        description="Give it as cursor for the next page, of this position, even where this one is short; "
        "null at the end."
    )


class FactPage(GraphRead):
    facts: list[FactOut] = Field(description="By id.")
    next_cursor: str | None = Field(
        description="Give it as cursor for the next page, of this position, even where this one is short; "
        "null at the end."
    )


class FactDetail(FactOut, GraphRead):
    claims: list[ClaimOut] = Field(
        description="The first hundred of them, each with its quote; of an inferred fact the first of each "
        "of its grounds. As of a record time those whose words still stand in a live document: what was "
        "deleted is not quoted."
    )
    claims_cursor: str | None = Field(
        description="Give it as cursor to /graph/facts/{id}/claims for more of them; null at their end."
    )
    grounds: list[FactOut] = Field(
        description="The facts that an inferred one follows from, from its subject to its object; else empty."
    )


class JudgedOut(BaseModel):
    supports: str | None = Field(description="Fact id; null where the model was unsure.")
    reason: str = Field(description="The model's.")
    model: str = Field(description="Model and version of the words that it was asked in.")


class ConflictOut(BaseModel):
    id: str = Field(description="Id of the conflict.")
    kind: str = Field(description="What cannot hold together.")
    winner: str | None = Field(description="Fact id; null while the weights tie.")
    reason: str = Field(description="Why the winner won, or why there is none.")
    facts: list[FactOut] = Field(description="All of its facts.")
    verdicts: list[JudgedOut] = Field(description="What a model said of those whose weights tie.")


class ConflictPage(GraphRead):
    conflicts: list[ConflictOut] = Field(description="By id.")
    next_cursor: str | None = Field(
        description="Give it as cursor for the next page, of this position; null at the end."
    )


class PassOut(BaseModel):
    position: int = Field(description="The graph stood at it until the next one; give it as recorded_as_of.")
    recorded_at: datetime | None = Field(description="When it came to stand.")


class PassPage(BaseModel):
    passes: list[PassOut] = Field(description="The newest first.")
    next_cursor: str | None = Field(description="Give it as cursor for the next page; null at the end.")


# ---------------------------------------------------------------- decisions


class SameIn(RequestBody):
    kind: Literal["same"]
    a: HexId = Field(description="A referent's id.")
    b: HexId = Field(description="Another's: the two are one thing.")


class SeparateIn(RequestBody):
    kind: Literal["separate"]
    a: HexId = Field(description="A referent's id.")
    b: HexId = Field(description="Another's: the two are never one thing.")


class SplitIn(RequestBody):
    kind: Literal["split"]
    referents: list[HexId] = Field(
        min_length=1,
        max_length=100,
        description="Members of one entity that are none of its others; `rest` in the answer names those.",
    )


_VALUE = (
    "A number as digits, a date as ISO text. A number that is not told exactly is 500±50 (about 500), "
    "500..600, 500.. (at least) or ..500 (at most)."
)


class ValueIn(RequestBody):
    kind: Literal["text", "number", "date"] = Field(description="What kind of literal.")
    text: str = Field(min_length=1, max_length=2000, description=_VALUE)
    unit: str | None = Field(default=None, max_length=100, description="Of a number.")


class ResolveIn(RequestBody):
    kind: Literal["resolve"]
    subject: HexId = Field(description="Referent id of the subject.")
    relation: str = Field(min_length=1, max_length=200, description="Relation type of the ontology.")
    referent: HexId | None = Field(default=None, description="The right tail, where it is an entity.")
    value: ValueIn | None = Field(default=None, description="The right value, where it is a literal.")
    qualifiers: dict[str, str] = Field(default_factory=dict, description="Those of the fact that is right.")
    polarity: bool = Field(default=True, description="False where the fact that is right is a denial.")
    as_of: DateText | None = Field(
        default=None,
        description="Of what changes over time (who leads), when it was so: what is told of later times may "
        "supersede it. By default the latest date that the facts decided about speak of; where they bear "
        "none, today.",
    )


class TrustIn(RequestBody):
    kind: Literal["trust"]
    uri: str = Field(min_length=1, max_length=2000, description="The source.")
    trust: float = Field(ge=0, le=1, description="0 to 1; the epoch's own trust gives way to it.")


class OntologyIn(RequestBody):
    kind: Literal["change_ontology"]
    text: str = Field(min_length=1, max_length=1_000_000, description="The whole ontology as TOML.")


class AdoptEpochIn(RequestBody):
    kind: Literal["adopt_epoch"]
    epoch: HexId = Field(description="Id of an epoch, as `POST /epochs/calibrate` gives it.")


RulingIn = Annotated[
    SameIn | SeparateIn | SplitIn | ResolveIn | TrustIn | OntologyIn | AdoptEpochIn,
    Field(discriminator="kind"),
]


class DecisionIn(RequestBody):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "ruling": {"kind": "separate", "a": "0" * 31 + "1", "b": "0" * 31 + "2"},
                    "reason": "Father and son share a name.",
                },
                {"ruling": {"kind": "trust", "uri": "upload:tide-watcher-blog.txt", "trust": 0.2}},
            ]
        }
    )

    ruling: RulingIn = Field(description="What is ruled.")
    reason: str = Field(default="", max_length=2000, description="Why, for whoever reads it later.")


class RevertIn(RequestBody):
    reason: str = Field(default="", max_length=2000, description="Why, for whoever reads it later.")


class DecisionOut(BaseModel):
    id: int = Field(description="Its position; later beats earlier.")
    ruling: dict[str, Any] = Field(description="What was ruled, as it was sent.")
    author: str = Field(description="Name of the token that ruled.")
    reason: str = Field(description="Why, for whoever reads it later.")
    active: bool = Field(description="False once it was taken back.")
    dormant: bool = Field(
        default=False,
        description="What it names is not live now, nor anything that was one with it when it was made, or "
        "no fact says what it says is right; it takes effect again once that returns.",
    )
    decided_at: datetime | None = Field(description="When; null in the answer to making it.")
    job_id: str | None = Field(description="When just made: the job that reads documents again, if any.")


class DecisionPage(BaseModel):
    decisions: list[DecisionOut] = Field(description="The newest first; later beats earlier.")
    next_cursor: str | None = Field(description="Give it as cursor for the next page; null at the end.")


class OntologyOut(BaseModel):
    text: str = Field(description="The whole ontology as TOML.")
    own: bool = Field(description="False while the workspace uses the one that ships.")
    faults: list[str] = Field(
        description="What of it is not in force, and why: an earlier version accepted it. Set one without."
    )


class TraitOut(BaseModel):
    name: str = Field(
        description="functional, inverse_functional, asymmetric, symmetric or transitive; or a temporal kind."
    )
    holds: int = Field(description="Cases in which it held.")
    of: int = Field(description="Cases in which it could have failed.")
    confidence: float = Field(description="Lower end of the 95 % interval of that share, 0 to 1.")
    proposed: bool = Field(description="Whether there are cases enough and it is confident enough.")


class NamedTraitOut(TraitOut):
    name: str = Field(description="The unit, in its base, or the other relation type.")


class InducedRelation(BaseModel):
    name: str = Field(description="The relation type; a new one is named after its phrase.")
    listed: bool = Field(description="Whether it is a type of the ontology in force.")
    phrases: list[str] = Field(description="Phrases that a new one would list.")
    facts: int = Field(description="Facts that were counted.")
    heads: list[str] = Field(description="Types that nearly all heads are of.")
    tails: list[str] = Field(description="Types that nearly all tails are of.")
    values: list[str] = Field(description="Kinds of its literals.")
    domain: float = Field(description="Confidence that a head is of these types, 0 to 1.")
    range: float = Field(description="Confidence that a tail is of these types or kinds, 0 to 1.")
    traits: list[TraitOut] = Field(description="What was counted, proposed or not.")
    temporal: str | None = Field(
        description="event, state or static, by the times that documents give; null where too few do."
    )
    times: list[TraitOut] = Field(description="The same as counted.")
    unit: NamedTraitOut | None = Field(
        description="What its numbers count for most; null where they say none."
    )
    inverse_of: NamedTraitOut | None = Field(description="Which relation tells its pairs from the other end.")


class OntologyProposal(BaseModel):
    text: str = Field(description="TOML that a decision `change_ontology` could set; evidence in comments.")
    relations: list[InducedRelation] = Field(description="By name.")


class PhraseTypeOut(BaseModel):
    phrase: str = Field(description="As it is compared: lower case, marks dropped. Claims keep their own.")
    relation: str = Field(description="The relation type of the ontology that it is learnt to mean.")
    turned: bool = Field(description="True where it says so of the tail to the head, as a passive does.")
    score: float = Field(description="How alike it is to a phrase that the ontology lists, 0 to 1.")


class ContextLevelOut(BaseModel):
    maker: str = Field(description="Tag of the embedder that made the sketches compared.")
    bits: int = Field(description="In how many bits two differ at most.")
    odds: float = Field(description="By how much that multiplies the odds that they are one.")


class EpochOut(BaseModel):
    epoch: str = Field(description="Its id, for a decision of kind `adopt_epoch`.")
    rare_words: int = Field(description="Words by which a short name is known for a longer one.")
    sources: dict[str, float] = Field(description="Trust by the source's URI, 0 to 1.")
    default_trust: float = Field(description="That of a source which it does not know.")
    false_values: dict[str, int] = Field(
        description="By relation, from how many values a source that is wrong chooses; empty where those "
        "that a conflict names tell as much."
    )
    phrases: list[PhraseTypeOut] = Field(description="Phrases that would become typed, by phrase.")
    shared: float = Field(
        description="By how much a neighbour or value that two documents share multiplies the odds that "
        "names merely alike are one."
    )
    contexts: list[ContextLevelOut] = Field(
        description="What contexts that are alike do to those odds, by maker, the nearest first; empty where "
        "nothing was learnt of them."
    )
    traits: dict[str, list[str]] = Field(
        description="What relation types are found to be beyond what the shipped ontology says of them: "
        "functional, asymmetric and so on. Of no effect in a workspace with an ontology of its own."
    )
    adjudicator: str | None = Field(
        description="Model and version of the words whose verdicts count under it; null where none do."
    )


class EpochBrief(BaseModel):
    epoch: str = Field(description="Its id; /epochs/{id} tells what it says.")
    position: int = Field(description="When it was recorded, on the workspace's clock.")
    in_force: bool = Field(description="Whether the graph is made by it.")


class EpochPage(BaseModel):
    epochs: list[EpochBrief] = Field(description="The newest first.")
    in_force: str = Field(
        description="Id of the one in force; of the one that ships, where none was adopted."
    )
    next_cursor: str | None = Field(description="Give it as cursor for the next page; null at the end.")
