"""``/graph/facts`` and ``/conflicts``: facts with the claims they stand on, and those that cannot all hold.

Each answer is of one snapshot of the ledger (``app.snapshot``).
"""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from app.deps import Cursor, Limit, MinPosition, Reader, TheParts
from app.graph_schemas import ClaimPage, ConflictPage, FactDetail, FactPage
from app.routes.graph_reads import (
    AsOf,
    AtEntity,
    Inferred,
    OfRelation,
    Statuses,
    dated,
    read_graph,
    statuses_asked,
)
from app.schemas import DateText, HexId
from app.snapshot import RecordedAsOf
from graph.ledger.browse import ConflictsWanted, FactsWanted
from graph.types import ConflictKind, FactId

router = APIRouter(tags=["graph"])


@router.get("/graph/facts")
async def list_facts(
    parts: TheParts,
    principal: Reader,
    entity: AtEntity = None,
    relation: OfRelation = None,
    status: Statuses = None,
    include_inferred: Inferred = False,
    as_of: AsOf = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    recorded_as_of: RecordedAsOf = None,
    min_position: MinPosition = None,
) -> FactPage:
    """Facts by id, page by page; /graph/entities/{id}/neighbors has an entity's, the best supported first.

    With ``as_of`` those valid then, with ``recorded_as_of`` those on record then, with both what was held
    then of that time.
    """
    wanted = FactsWanted(statuses_asked(status, include_inferred), as_of=dated(as_of))
    return await read_graph(
        parts,
        principal.workspace,
        recorded_as_of,
        min_position,
        lambda graph: graph.fact_page(limit, wanted, entity, relation),
        cursor,
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
    return await read_graph(
        parts, principal.workspace, recorded_as_of, min_position, lambda graph: graph.fact(id_)
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
    return await read_graph(
        parts,
        principal.workspace,
        recorded_as_of,
        min_position,
        lambda graph: graph.claim_page(id_, limit),
        cursor,
    )


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
    as_of: Annotated[
        DateText | None, Query(description="Only where facts that were valid then cannot all hold.")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    recorded_as_of: RecordedAsOf = None,
    min_position: MinPosition = None,
) -> ConflictPage:
    """Facts that cannot all hold, with what won and why.

    With ``as_of`` conflicts between facts that were valid then: two of them, or the one that is not of its
    ends' types. An entity whose own types exclude each other is one at any time.
    """
    settled = None if status is None else status == "settled"
    wanted = ConflictsWanted(kind, settled, as_of=dated(as_of))
    return await read_graph(
        parts,
        principal.workspace,
        recorded_as_of,
        min_position,
        lambda graph: graph.conflicts(limit, wanted, entity, relation),
        cursor,
    )
