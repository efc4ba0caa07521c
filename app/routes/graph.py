"""``/graph``: entities, their neighbours, facts with the claims they stand on, and conflicts."""

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Query

from app import presentation
from app.bootstrap import Parts
from app.deps import Cursor, Limit, MinPosition, Reader, TheParts, reached
from app.graph_schemas import (
    ClaimOut,
    ConflictOut,
    ConflictPage,
    EntityDetail,
    EntityPage,
    FactDetail,
    NeighbourPage,
)
from app.schemas import DateText, EntityOut, HexId
from graph.errors import NotFound
from graph.fusion.closure import is_capped
from graph.ledger import browse, evidence
from graph.ledger.derived import LedgerView
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

router = APIRouter(tags=["graph"])

_CLAIMS_SHOWN = 100
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


@router.get("/graph/entities")
async def list_entities(
    parts: TheParts,
    principal: Reader,
    q: Words = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    min_position: MinPosition = None,
) -> EntityPage:
    """With ``q`` the best by name, best first; else all of them, by id, page by page."""
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
    entity_id: HexId, parts: TheParts, principal: Reader, min_position: MinPosition = None
) -> EntityDetail:
    """A former id, and any of its members', resolves to the present entity."""
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
    min_position: MinPosition = None,
) -> NeighbourPage:
    """The facts that an entity is the subject or the object of."""
    position = await reached(parts, principal.workspace, min_position)
    hit = await _resolved(parts, principal.workspace, entity_id)
    statuses = {*(status or _STATED), *([FactStatus.INFERRED] if include_inferred else [])}
    page = await parts.graph.neighbours(
        principal.workspace,
        hit.id,
        limit=limit,
        cursor=cursor,
        statuses=tuple(sorted(statuses)),
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
    fact_id: HexId, parts: TheParts, principal: Reader, min_position: MinPosition = None
) -> FactDetail:
    """A fact with its claims, each with its quote, and with its grounds where it is inferred."""
    position = await reached(parts, principal.workspace, min_position)
    id_ = FactId(bytes.fromhex(fact_id))
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
    min_position: MinPosition = None,
) -> ConflictPage:
    """Facts that cannot all hold, with what won and why."""
    position = await reached(parts, principal.workspace, min_position)
    page, judged = await to_thread.run_sync(_conflict_page, parts, principal.workspace, limit, cursor)
    wanted = sorted({fact for each in page.items for fact in each.facts})
    facts = {row.id: presentation.fact(row) for row in await parts.graph.facts(principal.workspace, wanted)}
    told = [
        ConflictOut(
            id=each.id.hex(),
            kind=each.kind.value,
            winner=each.winner.hex() if each.winner else None,
            reason=each.reason,
            facts=[facts[fact] for fact in each.facts if fact in facts],
            verdicts=[presentation.judged(one) for one in judged.get(each.id, ())],
        )
        for each in page.items
    ]
    return ConflictPage(conflicts=told, next_cursor=page.next_cursor, graph_position=position)


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
    ids = parts.evidence.claims_of_facts(workspace, [fact], _CLAIMS_SHOWN).get(fact, ())
    cited = parts.evidence.cite_claims(workspace, ids)
    with parts.ledger.read() as conn:
        said = [claim for claim in evidence.claims(conn, workspace, ids) if claim.id in cited]
    return [presentation.claim(number, claim, cited[claim.id]) for number, claim in enumerate(said, start=1)]


def _entity(found: Entity) -> EntityOut:
    return EntityOut(
        id=found.id.hex(),
        name=found.name,
        type=found.type,
        aliases=[name for name in found.names if name != found.name],
    )
