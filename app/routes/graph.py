"""``/graph``: entities, their neighbours, and the record times at which the graph can be read.

Names are searched in Neo4j; all else is of one snapshot of the ledger (``app.snapshot``).
"""

from typing import Annotated

from fastapi import APIRouter, Query

from app import presentation
from app.deps import Cursor, Limit, MinPosition, Reader, TheParts, reached
from app.graph_schemas import EntityDetail, EntityPage, NeighbourPage, PassPage
from app.routes.graph_reads import (
    AsOf,
    Inferred,
    OfRelation,
    Statuses,
    dated,
    read_graph,
    statuses_asked,
)
from app.schemas import HexId
from app.snapshot import RecordedAsOf, passes
from graph.errors import InvalidInput

router = APIRouter(tags=["graph"])

Words = Annotated[str | None, Query(min_length=1, max_length=500, description="Words of a name.")]
_SEARCHED_NOW = (
    "q searches the present graph alone: look the name up without recorded_as_of, then read "
    "/graph/entities/{id} as of then"
)
_ONE_PAGE = "q gives the best by name, in one page: leave cursor out, and raise limit for more of them"


@router.get("/graph/entities")
async def list_entities(
    parts: TheParts,
    principal: Reader,
    q: Words = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    recorded_as_of: RecordedAsOf = None,
    min_position: MinPosition = None,
) -> EntityPage:
    """With ``q`` the best by name, best first, in one page; else all of them, by id, page by page."""
    if q is None:
        return await read_graph(
            parts,
            principal.workspace,
            recorded_as_of,
            min_position,
            lambda graph: graph.entities(limit),
            cursor,
        )
    if recorded_as_of is not None:
        raise InvalidInput(_SEARCHED_NOW)
    if cursor is not None:
        raise InvalidInput(_ONE_PAGE)
    position = await reached(parts, principal.workspace, min_position)
    hits = await parts.graph.search_entities(principal.workspace, q, limit)
    found = [presentation.entity(hit, hit.score) for hit in hits]
    return EntityPage(entities=found, next_cursor=None, graph_position=position)


@router.get("/graph/entities/{entity_id}")
async def get_entity(
    entity_id: HexId,
    parts: TheParts,
    principal: Reader,
    recorded_as_of: RecordedAsOf = None,
    min_position: MinPosition = None,
) -> EntityDetail:
    """A former id, and any of its members', resolves to the present entity, or to that of the record time."""
    return await read_graph(
        parts, principal.workspace, recorded_as_of, min_position, lambda graph: graph.entity(entity_id)
    )


@router.get("/graph/entities/{entity_id}/neighbors")
async def list_neighbors(
    entity_id: HexId,
    parts: TheParts,
    principal: Reader,
    limit: Limit = 50,
    cursor: Cursor = None,
    status: Statuses = None,
    include_inferred: Inferred = False,
    relation: OfRelation = None,
    as_of: AsOf = None,
    recorded_as_of: RecordedAsOf = None,
    min_position: MinPosition = None,
) -> NeighbourPage:
    """The facts that an entity is the subject or the object of: with ``as_of`` those valid then, with
    ``recorded_as_of`` those on record then, with both what was held then of that time."""
    statuses = statuses_asked(status, include_inferred)
    return await read_graph(
        parts,
        principal.workspace,
        recorded_as_of,
        min_position,
        lambda graph: graph.neighbours(entity_id, limit, statuses, dated(as_of), relation),
        cursor,
    )


@router.get("/graph/passes")
def list_passes(parts: TheParts, principal: Reader, limit: Limit = 50, cursor: Cursor = None) -> PassPage:
    """The record times that the graph can be read as of, the newest first: one for each time that news were
    fused."""
    return passes(parts, principal.workspace, limit, cursor)
