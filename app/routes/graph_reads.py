"""What routes that read the graph share: which facts are asked for, of what entity, and as of when."""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from anyio import to_thread
from fastapi import Query

from app.bootstrap import Parts
from app.deps import fused
from app.schemas import DateText, HexId
from app.snapshot import GraphSnapshot, snapshot
from graph.errors import InvalidInput
from graph.ledger.cursors import PageEnd
from graph.types import FactStatus, PartialDate, WorkspaceId

T = TypeVar("T")

_STATED = tuple(status for status in FactStatus if status is not FactStatus.INFERRED)

Statuses = Annotated[
    list[FactStatus] | None, Query(description="Facts of these statuses; all but inferred by default.")
]
Inferred = Annotated[
    bool, Query(description="Also facts that no document states, but that follow from what they state.")
]
OfRelation = Annotated[
    str | None,
    Query(
        max_length=200,
        description="Only facts of this relation type of the ontology or one below it, or of RELATED_TO.",
    ),
]
AsOf = Annotated[DateText | None, Query(description="Only facts that were valid then.")]
AtEntity = Annotated[
    HexId | None, Query(description="Only what this entity is an end of; any id of it will do.")
]


async def read_graph(
    parts: Parts,
    workspace: WorkspaceId,
    recorded_as_of: str | None,
    min_position: int | None,
    read: Callable[[GraphSnapshot], T],
    cursor: str | None = None,
) -> T:
    """One answer of one position: that at which the graph stands, once it is new enough, or of then, or that
    of the page before."""
    after = None if cursor is None else PageEnd.read(cursor)
    if after is not None and recorded_as_of is None and (min_position or 0) > after.position:
        raise InvalidInput(
            f"this cursor goes on with the graph of position {after.position}, min_position asks for a newer "
            "one: begin anew without a cursor"
        )

    def blocking() -> T:
        with snapshot(parts, workspace, recorded_as_of, after) as graph:
            return read(graph)

    await fused(parts, workspace, min_position)
    return await to_thread.run_sync(blocking)


def statuses_asked(asked: Sequence[FactStatus] | None, include_inferred: bool) -> tuple[FactStatus, ...]:
    return tuple(sorted({*(asked or _STATED), *([FactStatus.INFERRED] if include_inferred else [])}))


def dated(as_of: str | None) -> PartialDate | None:
    return None if as_of is None else PartialDate(as_of)
