"""What goes over HTTP of merges: two referents, what the matcher makes of them, and how a person rules."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from app.schemas import CitationOut, RequestBody
from graph.review.adjudicate import Ask


class ReferentOut(BaseModel):
    id: str = Field(description="What decisions name.")
    entity: str = Field(description="Id of its present entity.")
    entity_name: str = Field(description="Name of that entity.")
    type: str = Field(description="As its document shows it.")
    names: list[str] = Field(description="As its document writes them, the fullest first.")
    citation: CitationOut | None = Field(description="Its first mention.")
    context: str = Field(description="The text around that mention, verbatim.")
    statements: list[str] = Field(description="Some of what its document says of it.")


class ContributionOut(BaseModel):
    feature: str = Field(description="name, type, testimony, neighbours or context.")
    amount: float = Field(
        description="What it adds to the score, or takes away; 0 where it only excludes or is told."
    )
    detail: str = Field(description="In words.")


class AuthorOut(BaseModel):
    by: Literal["matcher", "model", "person"] = Field(description="Whose word counts for this pair.")
    name: str = Field(description="The epoch's id, the model, or the name of the token that decided.")
    reason: str = Field(description="The model's or the person's.")
    decision: int | None = Field(description="Id of the person's decision.")
    at: datetime | None = Field(description="When the person decided.")


class RemedyOut(BaseModel):
    does: str = Field(description="What follows from it.")
    method: Literal["POST"] = "POST"
    path: str = Field(description="Where to send it.")
    body: dict[str, Any] = Field(description="Exactly what to send; a `reason` may be added.")


class MergeOut(BaseModel):
    a: str = Field(description="Id of a referent.")
    b: str = Field(description="Id of the other.")
    status: Literal["merged", "grey", "namesakes", "separated"] = Field(
        description="merged: one entity. grey: it waits for a person or a model. namesakes: two entities of "
        "one name, which nobody ruled on: what is said of them, or a rival, keeps them apart. separated: two "
        "entities."
    )
    zone: Literal["same", "ask", "apart"] = Field(
        description="same: the score joins them. ask: a verdict would. apart: only a person's word counts."
    )
    score: float = Field(description="0 to 1, by names, types and what is said of the two.")
    author: AuthorOut = Field(description="Whose word counts.")
    outcome: str | None = Field(
        description="What became of it when its group was cut: joined, agrees, ruled_out, opposed, at_odds, "
        "crowded or rivalled; null where it joins nothing, or its group is too large to be cut again for "
        "a reader."
    )
    because: str = Field(description="Why the two are one, or are not, in words.")
    contributions: list[ContributionOut] = Field(description="What the score stands on.")
    remedies: list[RemedyOut] = Field(description="How an administrator changes it.")


class MergePage(BaseModel):
    merges: list[MergeOut] = Field(description="By the ids of their referents.")
    referents: list[ReferentOut] = Field(description="Those that the merges name.")
    next_cursor: str | None = Field(
        description="Give it as cursor for the next page, even where this one is short; null at the end."
    )
    graph_position: int = Field(description="Position of the graph that was read.")


class EntityMerges(MergePage):
    entity: str = Field(description="Its present id.")
    requested: str = Field(description="The id asked for; a former one resolves to the present entity.")
    name: str = Field(description="Its name.")
    type: str = Field(description="Of the ontology.")
    referent_count: int = Field(description="How many referents it is made of.")


class AdjudicateIn(RequestBody):
    ask: list[Ask] = Field(
        default=list(Ask),
        min_length=1,
        description="merges: whether two that wait are one. conflicts: which of two statements that tie is "
        "right.",
    )
    max_questions: int = Field(
        default=100, ge=1, le=2000, description="The most that this run may ask: each is a call of the model."
    )


class Adjudication(BaseModel):
    job_id: str | None = Field(description="An item for each question; null where none waits.")
    questions: int = Field(description="How many are asked.")
    more: bool = Field(description="More wait beyond `max_questions`.")
    adjudicator: str = Field(description="Model and version of the words that it is asked in.")
    decision: int | None = Field(
        description="The decision that lets this model's verdicts count, where none did; its revert takes "
        "back all that they did."
    )
