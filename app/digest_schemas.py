"""What goes over HTTP of the graph's digest, and of whether the graph is what its evidence makes."""

from pydantic import BaseModel, Field

from app.schemas import RequestBody


class DigestOut(BaseModel):
    digest: str = Field(
        description="Of all derived rows: equal graphs have equal ones, however they were made."
    )
    position: int = Field(description="Up to which evidence and decisions are fused in it.")


class VerifyIn(RequestBody):
    repair: bool = Field(
        default=False, description="Where the rows are not what the evidence makes, make them anew."
    )


class TableSums(BaseModel):
    table: str = Field(description="pair, membership, entity, fact or conflict.")
    kept: str = Field(description="Sum of its rows' hashes as passes have kept it, hex.")
    of_rows: str = Field(description="The same of the rows that are stored.")
    of_evidence: str = Field(description="The same of a fuse of all live evidence from nothing.")
    sound: bool = Field(description="Whether the three are equal.")


class VerifiedOut(DigestOut):
    sound: bool = Field(description="Whether the graph is what the evidence makes; after mending, if asked.")
    repaired: bool = Field(description="Whether rows were made anew.")
    tables: list[TableSums] = Field(description="As they were found.")
