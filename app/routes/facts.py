"""``/graph/facts`` and ``/conflicts``: facts with the claims they stand on, and those that cannot all hold.

The present graph is Neo4j's; as of a record time it is the ledger's history (``app.recorded``).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal

from anyio import to_thread
from fastapi import APIRouter, Query

from app import presentation
from app.bootstrap import Parts
from app.deps import Cursor, Limit, MinPosition, Reader, TheParts, reached
from app.graph_schemas import ClaimOut, ClaimPage, ConflictPage, FactDetail, FactPage
from app.recorded import CLAIMS_SHOWN, RecordedAsOf, cited
from app.routes.graph_reads import (
    AtEntity,
    Inferred,
    OfRelation,
    Statuses,
    as_then,
    borne,
    resolved,
    statuses_asked,
)
from app.schemas import HexId
from graph.errors import NotFound
from graph.ledger import browse, evidence
from graph.ledger.browse import ConflictsWanted, FactsWanted
from graph.ports import FactRow, Page
from graph.review.disputes import Judged, verdicts_on
from graph.types import ClaimId, Conflict, ConflictId, ConflictKind, FactId, WorkspaceId

router = APIRouter(tags=["graph"])


@router.get("/graph/facts")
async def list_facts(
    parts: TheParts,
    principal: Reader,
    entity: AtEntity = None,
    relation: OfRelation = None,
    status: Statuses = None,
    include_inferred: Inferred = False,
    limit: Limit = 50,
    cursor: Cursor = None,
    recorded_as_of: RecordedAsOf = None,
    min_position: MinPosition = None,
) -> FactPage:
    """Facts by id, page by page; /graph/entities/{id}/neighbors has an entity's, the best supported first."""
    kept = await borne(parts, principal.workspace, relation, then=recorded_as_of is not None)
    wanted = FactsWanted(statuses_asked(status, include_inferred), relations=kept)
    if recorded_as_of is not None:
        return await as_then(
            parts,
            principal,
            recorded_as_of,
            min_position,
            lambda then: then.fact_page(limit, cursor, wanted, entity),
        )
    position = await reached(parts, principal.workspace, min_position)
    at = None if entity is None else (await resolved(parts, principal.workspace, entity)).id

    def listed() -> Page[FactId]:
        here = replace(wanted, entity=at)
        with parts.ledger.read() as conn:
            return browse.list_facts(conn, principal.workspace, here, limit=limit, cursor=cursor)

    page = await to_thread.run_sync(listed)
    found = await parts.graph.facts(principal.workspace, page.items)
    return FactPage(
        facts=[presentation.fact(each) for each in found],
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
        return await as_then(parts, principal, recorded_as_of, min_position, lambda then: then.fact(id_))
    position = await reached(parts, principal.workspace, min_position)
    found = await _fact(parts, principal.workspace, id_)
    claims, following = await to_thread.run_sync(_first_claims, parts, principal.workspace, found)
    grounds = await parts.graph.facts(principal.workspace, found.grounds)
    return FactDetail(
        **presentation.fact(found).model_dump(),
        claims=claims,
        claims_cursor=following,
        grounds=[presentation.fact(ground) for ground in grounds],
        graph_position=position,
    )


@router.get("/graph/facts/{fact_id}/claims")
async def list_claims(
    fact_id: HexId,
    parts: TheParts,
    principal: Reader,
    limit: Limit = 100,
    cursor: Cursor = None,
    recorded_as_of: RecordedAsOf = None,
    min_position: MinPosition = None,
) -> ClaimPage:
    """All that a fact stands on, each claim with its quote, page by page."""
    id_ = FactId(bytes.fromhex(fact_id))
    if recorded_as_of is not None:
        return await as_then(
            parts, principal, recorded_as_of, min_position, lambda then: then.claim_page(id_, limit, cursor)
        )
    position = await reached(parts, principal.workspace, min_position)
    found = await _fact(parts, principal.workspace, id_)
    claims, following = await to_thread.run_sync(_claims, parts, principal.workspace, found, limit, cursor)
    return ClaimPage(fact=fact_id, claims=claims, next_cursor=following, graph_position=position)


@router.get("/conflicts")
async def list_conflicts(
    parts: TheParts,
    principal: Reader,
    kind: Annotated[ConflictKind | None, Query(description="Only conflicts of this kind.")] = None,
    status: Annotated[
        Literal["open", "settled"] | None, Query(description="Only those without a winner, or with one.")
    ] = None,
    entity: AtEntity = None,
    relation: OfRelation = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    recorded_as_of: RecordedAsOf = None,
    min_position: MinPosition = None,
) -> ConflictPage:
    """Facts that cannot all hold, with what won and why."""
    kept = await borne(parts, principal.workspace, relation, then=recorded_as_of is not None)
    wanted = ConflictsWanted(kind, None if status is None else status == "settled", relations=kept)
    if recorded_as_of is not None:
        return await as_then(
            parts,
            principal,
            recorded_as_of,
            min_position,
            lambda then: then.conflicts(limit, cursor, wanted, entity),
        )
    position = await reached(parts, principal.workspace, min_position)
    at = None if entity is None else (await resolved(parts, principal.workspace, entity)).id

    def listed() -> tuple[Page[Conflict], dict[ConflictId, list[Judged]]]:
        here = replace(wanted, entity=at)
        with parts.ledger.read() as conn:
            page = browse.list_conflicts(conn, principal.workspace, here, limit=limit, cursor=cursor)
            return page, verdicts_on(conn, principal.workspace, page.items)

    page, judged = await to_thread.run_sync(listed)
    named = sorted({fact for each in page.items for fact in each.facts})
    facts = await parts.graph.facts(principal.workspace, named)
    told = presentation.conflicts(page.items, facts, judged)
    return ConflictPage(conflicts=told, next_cursor=page.next_cursor, graph_position=position)


async def _fact(parts: Parts, workspace: WorkspaceId, id_: FactId) -> FactRow:
    found = await parts.graph.facts(workspace, [id_])
    if not found:
        raise NotFound("there is no such fact")
    return found[0]


def _first_claims(parts: Parts, workspace: WorkspaceId, fact: FactRow) -> tuple[list[ClaimOut], str | None]:
    """Of an inferred fact one of each of its grounds, which list their own."""
    if not fact.grounds:
        return _claims(parts, workspace, fact, CLAIMS_SHOWN, None)
    ids = parts.evidence.claims_of_facts(workspace, [fact.id], CLAIMS_SHOWN).get(fact.id, ())
    return _cited(parts, workspace, ids), None


def _claims(
    parts: Parts, workspace: WorkspaceId, fact: FactRow, limit: int, cursor: str | None
) -> tuple[list[ClaimOut], str | None]:
    with parts.ledger.read() as conn:
        page = browse.claims_of(conn, workspace, fact.grounds or (fact.id,), limit=limit, cursor=cursor)
    return _cited(parts, workspace, page.items), page.next_cursor


def _cited(parts: Parts, workspace: WorkspaceId, ids: Sequence[ClaimId]) -> list[ClaimOut]:
    with parts.ledger.read() as conn:
        return cited(conn, workspace, evidence.claims(conn, workspace, ids))
