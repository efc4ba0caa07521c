"""What goes over HTTP of links that a model proposes."""

from pydantic import BaseModel, Field

from app.schemas import RequestBody


class ProposeIn(RequestBody):
    max_neighbourhoods: int = Field(
        default=20,
        ge=1,
        le=500,
        description="The most that the model is shown: each is four calls of it, in different words.",
    )
    cursor: str | None = Field(
        default=None, max_length=100, description="`next_cursor` of the call before: looks at other entities."
    )
    min_consistency: float = Field(
        default=0.5, ge=0, le=1, description="Least share of the wordings that must give a link."
    )
    min_plausibility: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="Least share of corrupted links that must be less at home in what documents say.",
    )


class Proposing(BaseModel):
    job_id: str | None = Field(description="An item for each neighbourhood; null where none is left to show.")
    neighbourhoods: int = Field(description="How many the model is shown.")
    next_cursor: str | None = Field(
        description="Give it as cursor to go on with other entities; null where all were looked at."
    )
    proposer: str = Field(description="Model and version of the words that it is asked in.")


class LinkEnd(BaseModel):
    referent: str = Field(description="What the decision names.")
    entity: str | None = Field(description="Id of its present entity; null where no live document has it.")
    name: str | None = Field(description="Name of that entity.")
    type: str | None = Field(description="Type of that entity.")


class LinkOut(BaseModel):
    decision: int = Field(description="`POST /decisions/{id}/revert` takes the link back.")
    head: LinkEnd = Field(description="Where it leads from.")
    relation: str = Field(description="Relation type of the ontology.")
    tail: LinkEnd = Field(description="Where it leads to.")
    consistency: float = Field(description="Share of the wordings that gave it, 0 to 1.")
    plausibility: float = Field(description="Share of corrupted links that are less at home, 0 to 1.")
    proposer: str = Field(description="Model and version of the words that it was asked in.")
    reason: str = Field(description="How it came about.")
    active: bool = Field(description="False once its decision was taken back.")
    fact: str | None = Field(description="Id of the inferred fact that it yields; null while it yields none.")
    because: str = Field(description="How it stands, in words.")


class LinkPage(BaseModel):
    links: list[LinkOut] = Field(description="The newest first.")
    next_cursor: str | None = Field(description="Give it as cursor for the next page; null at the end.")
    graph_position: int = Field(description="Position of the graph that was read.")
