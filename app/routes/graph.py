"""``/graph``: entities, their neighbours, facts with the claims they stand on, and conflicts.

The present graph is Neo4j's; as of a record time it is the ledger's history (``app.recorded``).
"""

from collections.abc import Callable
from typing import Annotated, TypeVar

from anyio import to_thread
from fastapi import APIRouter, Query

from app import presentation
from app.bootstrap import Parts
from app.deps import Cursor, Limit, MinPosition, Reader, TheParts, reached
from app.graph_schemas import (
    ClaimOut,
    ConflictPage,
    EntityDetail,
    EntityPage,
    FactDetail,
    NeighbourPage,
    PassPage,
)
from app.recorded import CLAIMS_SHOWN, Recorded, RecordedAsOf, cited, passes, recorded
from app.schemas import DateText, EntityOut, HexId
from graph.errors import InvalidInput, NotFound
from graph.fusion.closure import is_capped
from graph.ledger import browse, evidence
from graph.ledger.derived import LedgerView
from graph.ledger.tokens import Principal
from graph.ports import EntityHit, Page
from graph.review.disputes import Judged, verdicts_on
from graph.types import (
    Conflict,
    ConflictId,
    Entity,
    EntityId,
    FactId,
    FactStatus,
    PartialDate,
    ReferentId,
    WorkspaceId,
)

T = TypeVar("T")

router = APIRouter(tags=["graph"])

_CAPPED = (
    "More would follow of this entity by transitive relations, but too many facts lead the same way: nothing "
    "is inferred through such a hub. Follow its stated facts instead."
)
_STATED = tuple(status for status in FactStatus if status is not FactStatus.INFERRED)

Words = Annotated[str | None, Query(min_length=1, max_length=500, description="Words of a name.")]
Statuses = Annotated[
    list[FactStatus] | None, Query(description="Facts of these statuses; all but inferred by default.")
]
Inferred = Annotated[
    bool, Query(description="Also facts that no document states, but that follow from what they state.")
]
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
        return await _then(
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
        return await _then(
            parts, principal, recorded_as_of, min_position, lambda then: then.entity(entity_id)
        )
    position = await reached(parts, principal.workspace, min_position)
    hit = await _resolved(parts, principal.workspace, entity_id)
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
    as_of: AsOf = None,
    recorded_as_of: RecordedAsOf = None,
    min_position: MinPosition = None,
) -> NeighbourPage:
    """The facts that an entity is the subject or the object of: with ``as_of`` those valid then, with
    ``recorded_as_of`` those on record then, with both what was held then of that time."""
    statuses = tuple(sorted({*(status or _STATED), *([FactStatus.INFERRED] if include_inferred else [])}))
    if recorded_as_of is not None:
        return await _then(
            parts,
            principal,
            recorded_as_of,
            min_position,
            lambda then: then.neighbours(entity_id, limit, cursor, statuses, as_of),
        )
    position = await reached(parts, principal.workspace, min_position)
    hit = await _resolved(parts, principal.workspace, entity_id)
    page = await parts.graph.neighbours(
        principal.workspace,
        hit.id,
        limit=limit,
        cursor=cursor,
        statuses=statuses,
        as_of=PartialDate(as_of) if as_of else None,
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


@router.get("/graph/facts/{fact_id}")
async def get_fact(
    fact_id: HexId,
    parts: TheParts,
    principal: Reader,
    recorded_as_of: RecordedAsOf = None,
    min_position: MinPosition = None,
) -> FactDetail:
    """A fact with its claims, each with its quote, and with its grounds where it is inferred."""
    id_ = FactId(bytes.fromhex(fact_id))
    if recorded_as_of is not None:
        return await _then(parts, principal, recorded_as_of, min_position, lambda then: then.fact(id_))
    position = await reached(parts, principal.workspace, min_position)
    found = await parts.graph.facts(principal.workspace, [id_])
    if not found:
        raise NotFound("there is no such fact")
    claims = await to_thread.run_sync(_claims, parts, principal.workspace, id_)
    grounds = await parts.graph.facts(principal.workspace, found[0].grounds)
    return FactDetail(
        **presentation.fact(found[0]).model_dump(),
        claims=claims,
        grounds=[presentation.fact(ground) for ground in grounds],
        graph_position=position,
    )


@router.get("/conflicts")
async def list_conflicts(
    parts: TheParts,
    principal: Reader,
    limit: Limit = 50,
    cursor: Cursor = None,
    recorded_as_of: RecordedAsOf = None,
    min_position: MinPosition = None,
) -> ConflictPage:
    """Facts that cannot all hold, with what won and why."""
    if recorded_as_of is not None:
        return await _then(
            parts, principal, recorded_as_of, min_position, lambda then: then.conflicts(limit, cursor)
        )
    position = await reached(parts, principal.workspace, min_position)
    page, judged = await to_thread.run_sync(_conflict_page, parts, principal.workspace, limit, cursor)
    wanted = sorted({fact for each in page.items for fact in each.facts})
    facts = await parts.graph.facts(principal.workspace, wanted)
    told = presentation.conflicts(page.items, facts, judged)
    return ConflictPage(conflicts=told, next_cursor=page.next_cursor, graph_position=position)


@router.get("/graph/passes")
def list_passes(parts: TheParts, principal: Reader, limit: Limit = 50, cursor: Cursor = None) -> PassPage:
    """The record times that the graph can be read as of, the newest first: one for each time that news were
    fused."""
    return passes(parts, principal.workspace, limit, cursor)


async def _then(
    parts: Parts,
    principal: Principal,
    as_of: str,
    min_position: int | None,
    read: Callable[[Recorded], T],
) -> T:
    def blocking() -> T:
        with recorded(parts, principal.workspace, as_of) as then:
            return read(then)

    if min_position is not None:
        await reached(parts, principal.workspace, min_position)
    return await to_thread.run_sync(blocking)


async def _resolved(parts: Parts, workspace: WorkspaceId, entity_id: str) -> EntityHit:
    asked = bytes.fromhex(entity_id)
    present = await to_thread.run_sync(parts.evidence.resolve_referents, workspace, [ReferentId(asked)])
    entity = present.get(ReferentId(asked), EntityId(asked))
    hits = await parts.graph.entities(workspace, [entity])
    if not hits:
        raise NotFound("there is no such entity")
    return hits[0]


def _entity_page(parts: Parts, workspace: WorkspaceId, limit: int, cursor: str | None) -> Page[Entity]:
    with parts.ledger.read() as conn:
        return browse.list_entities(conn, workspace, limit=limit, cursor=cursor)


def _conflict_page(
    parts: Parts, workspace: WorkspaceId, limit: int, cursor: str | None
) -> tuple[Page[Conflict], dict[ConflictId, list[Judged]]]:
    with parts.ledger.read() as conn:
        page = browse.list_conflicts(conn, workspace, limit=limit, cursor=cursor)
        return page, verdicts_on(conn, workspace, page.items)


def _is_capped(parts: Parts, workspace: WorkspaceId, entity: EntityId) -> bool:
    ontology = parts.ontology(workspace)
    with parts.ledger.read() as conn:
        return is_capped(LedgerView(conn, workspace, {}), ontology, entity)


def _members(parts: Parts, workspace: WorkspaceId, entity: EntityId) -> tuple[ReferentId, ...]:
    with parts.ledger.read() as conn:
        return browse.members_of(conn, workspace, [entity]).get(entity, ())


def _claims(parts: Parts, workspace: WorkspaceId, fact: FactId) -> list[ClaimOut]:
    ids = parts.evidence.claims_of_facts(workspace, [fact], CLAIMS_SHOWN).get(fact, ())
    with parts.ledger.read() as conn:
        return cited(conn, workspace, evidence.claims(conn, workspace, ids))


def _entity(found: Entity) -> EntityOut:
    return EntityOut(
        id=found.id.hex(),
        name=found.name,
        type=found.type,
        aliases=[name for name in found.names if name != found.name],
    )
