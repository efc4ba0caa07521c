"""``/graph``: entities, their neighbours, and the record times at which the graph can be read.

The present graph is Neo4j's; as of a record time it is the ledger's history (``app.recorded``).
"""

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Query

from app import presentation
from app.bootstrap import Parts
from app.deps import Cursor, Limit, MinPosition, Reader, TheParts, reached
from app.graph_schemas import EntityDetail, EntityPage, NeighbourPage, PassPage
from app.recorded import RecordedAsOf, passes
from app.routes.graph_reads import Inferred, OfRelation, Statuses, as_then, borne, resolved, statuses_asked
from app.schemas import DateText, EntityOut, HexId
from graph.errors import InvalidInput
from graph.fusion.closure import is_capped
from graph.ledger import browse
from graph.ledger.derived import LedgerView
from graph.ports import Page
from graph.types import Entity, EntityId, FactStatus, PartialDate, ReferentId, WorkspaceId

router = APIRouter(tags=["graph"])

_CAPPED = (
    "More would follow of this entity by transitive relations, but too many facts lead the same way: nothing "
    "is inferred through such a hub. Follow its stated facts instead."
)
Words = Annotated[str | None, Query(min_length=1, max_length=500, description="Words of a name.")]
AsOf = Annotated[DateText | None, Query(description="Facts that were valid then.")]
_SEARCHED_NOW = (
    "q searches the present graph alone: look the name up without recorded_as_of, then read "
    "/graph/entities/{id} as of then"
)


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
    """With ``q`` the best by name, best first; else all of them, by id, page by page."""
    if recorded_as_of is not None:
        if q is not None:
            raise InvalidInput(_SEARCHED_NOW)
        return await as_then(
            parts, principal, recorded_as_of, min_position, lambda then: then.entities(limit, cursor)
        )
    position = await reached(parts, principal.workspace, min_position)
    if q is not None:
        hits = await parts.graph.search_entities(principal.workspace, q, limit)
        found, following = [presentation.entity(hit, hit.score) for hit in hits], None
    else:
        page = await to_thread.run_sync(_entity_page, parts, principal.workspace, limit, cursor)
        found, following = [_entity(each) for each in page.items], page.next_cursor
    return EntityPage(entities=found, next_cursor=following, graph_position=position)


@router.get("/graph/entities/{entity_id}")
async def get_entity(
    entity_id: HexId,
    parts: TheParts,
    principal: Reader,
    recorded_as_of: RecordedAsOf = None,
    min_position: MinPosition = None,
) -> EntityDetail:
    """A former id, and any of its members', resolves to the present entity, or to that of the record time."""
    if recorded_as_of is not None:
        return await as_then(
            parts, principal, recorded_as_of, min_position, lambda then: then.entity(entity_id)
        )
    position = await reached(parts, principal.workspace, min_position)
    hit = await resolved(parts, principal.workspace, entity_id)
    members = await to_thread.run_sync(_members, parts, principal.workspace, hit.id)
    return EntityDetail(
        **presentation.entity(hit).model_dump(),
        requested=entity_id,
        members=[member.hex() for member in members],
        graph_position=position,
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
    wanted = await borne(parts, principal.workspace, relation, then=recorded_as_of is not None)
    if recorded_as_of is not None:
        return await as_then(
            parts,
            principal,
            recorded_as_of,
            min_position,
            lambda then: then.neighbours(entity_id, limit, cursor, statuses, as_of, wanted),
        )
    position = await reached(parts, principal.workspace, min_position)
    hit = await resolved(parts, principal.workspace, entity_id)
    page = await parts.graph.neighbours(
        principal.workspace,
        hit.id,
        limit=limit,
        cursor=cursor,
        statuses=statuses,
        as_of=PartialDate(as_of) if as_of else None,
        relations=wanted,
    )
    capped = FactStatus.INFERRED in statuses and await to_thread.run_sync(
        _is_capped, parts, principal.workspace, hit.id
    )
    return NeighbourPage(
        entity=hit.id.hex(),
        inference_capped=capped,
        notice=_CAPPED if capped else "",
        neighbors=[presentation.step(each) for each in page.items],
        next_cursor=page.next_cursor,
        graph_position=position,
    )


@router.get("/graph/passes")
def list_passes(parts: TheParts, principal: Reader, limit: Limit = 50, cursor: Cursor = None) -> PassPage:
    """The record times that the graph can be read as of, the newest first: one for each time that news were
    fused."""
    return passes(parts, principal.workspace, limit, cursor)


def _entity_page(parts: Parts, workspace: WorkspaceId, limit: int, cursor: str | None) -> Page[Entity]:
    with parts.ledger.read() as conn:
        return browse.list_entities(conn, workspace, limit=limit, cursor=cursor)


def _is_capped(parts: Parts, workspace: WorkspaceId, entity: EntityId) -> bool:
    ontology = parts.ontology(workspace)
    with parts.ledger.read() as conn:
        return is_capped(LedgerView(conn, workspace, {}), ontology, entity)


def _members(parts: Parts, workspace: WorkspaceId, entity: EntityId) -> tuple[ReferentId, ...]:
    with parts.ledger.read() as conn:
        return browse.members_of(conn, workspace, [entity]).get(entity, ())


def _entity(found: Entity) -> EntityOut:
    return EntityOut(
        id=found.id.hex(),
        name=found.name,
        type=found.type,
        aliases=[name for name in found.names if name != found.name],
    )
