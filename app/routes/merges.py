"""``/merges``: what was taken for one thing, what waits for a word, and why."""

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Body, Query
from sqlalchemy import Connection

from app import merging
from app.deps import Admin, Cursor, MinPosition, Reader, TheParts, fused
from app.merge_schemas import AdjudicateIn, Adjudication, EntityMerges, MergePage
from app.schemas import DocumentId, HexId
from app.workflows import NO_ADJUDICATOR
from graph.errors import ConfigurationError, NotFound
from graph.ledger import cursors, jobs, positions
from graph.ledger.pairs import Scope
from graph.ledger.recorded import RecordedGraph
from graph.review import merges
from graph.review.merge_types import By, Status, Wanted, Zone
from graph.types import MICRO, ContentId, ReferentId, WorkspaceId

router = APIRouter(tags=["graph"])

_SHOWN_ALONE = 20  # referents of an entity that are shown with the first page, whatever its merges

Few = Annotated[int, Query(ge=1, le=200, description="Most rows of one page.")]
OfStatus = Annotated[
    Status | None,
    Query(
        description="Only merges of this status. `grey` waits for a word; `namesakes` are apart of "
        "themselves, each with its reason, and a person may know better."
    ),
]


@router.get("/merges")
async def list_merges(
    parts: TheParts,
    principal: Reader,
    status: OfStatus = None,
    zone: Annotated[Zone | None, Query(description="Only scores in this zone.")] = None,
    author: Annotated[By | None, Query(description="Only those where this one's word counts.")] = None,
    type: Annotated[  # the field's name over HTTP
        str | None, Query(max_length=200, description="Only entities of this type, or of one below it.")
    ] = None,
    document: Annotated[
        DocumentId | None, Query(description="Only referents of this document, merged with any other.")
    ] = None,
    min_score: Annotated[float, Query(ge=0, le=1, description="Only scores of this or more.")] = 0.0,
    limit: Few = 20,
    cursor: Cursor = None,
    min_position: MinPosition = None,
) -> MergePage:
    """Every two referents that were compared and may be one, or that somebody ruled on, with the score, what
    it stands on, whose word counts, what became of it, and the requests that change it."""
    await fused(parts, principal.workspace, min_position)
    scope = Scope(document=ContentId(bytes.fromhex(document)) if document else None)
    wanted = Wanted(scope, status, zone, author, type, round(min_score * MICRO))

    def read() -> MergePage:
        with parts.ledger.read() as conn:
            return _page(conn, principal.workspace, wanted, limit, cursor)

    return await to_thread.run_sync(read)


@router.post("/merges/adjudicate", status_code=202)
def adjudicate(
    asked: Annotated[AdjudicateIn, Body(default_factory=AdjudicateIn)], parts: TheParts, principal: Admin
) -> Adjudication:
    """Ask the language model about pairs that wait and about conflicts that tie, and record its verdicts.

    A job: `/jobs/{id}` tells how far it is and cancels it. A question that this model has answered is not
    asked again. Unsure leaves it to a person; an answer that cannot be used fails its item and changes
    nothing. Where the model's server does not answer, nothing is begun.
    """
    adjudicator = parts.adjudicator
    if adjudicator is None:
        raise ConfigurationError(NO_ADJUDICATOR)
    workspace, decision, job = principal.workspace, None, None
    with parts.ledger.read() as conn:
        plan = adjudicator.plan(conn, workspace, asked.ask, asked.max_questions)
    if plan.items:
        adjudicator.reach()
        with parts.ledger.write() as conn:
            decision = adjudicator.adopt(conn, workspace, principal.name)
            job = jobs.create_job(conn, workspace, plan.items)[0].id.hex()
    return Adjudication(
        job_id=job,
        questions=len(plan.items),
        more=plan.more,
        adjudicator=adjudicator.id,
        decision=decision,
    )


@router.get("/graph/entities/{entity_id}/merges")
async def why_one(
    entity_id: HexId,
    parts: TheParts,
    principal: Reader,
    status: OfStatus = None,
    limit: Few = 20,
    cursor: Cursor = None,
    min_position: MinPosition = None,
) -> EntityMerges:
    """Why are these one? The referents of an entity, the edges that hold them together, and those to others
    that were cut, forbidden or wait. A former id, and any member's, resolves to the present entity."""
    await fused(parts, principal.workspace, min_position)

    def read() -> EntityMerges:
        with parts.ledger.read() as conn:
            return _why_one(conn, principal.workspace, entity_id, status, limit, cursor)

    return await to_thread.run_sync(read)


def _why_one(
    conn: Connection,
    workspace: WorkspaceId,
    entity_id: str,
    status: Status | None,
    limit: int,
    cursor: str | None,
) -> EntityMerges:
    graph = RecordedGraph(conn, workspace, None)
    entity = graph.entity(bytes.fromhex(entity_id))
    if entity is None:
        raise NotFound("there is no such entity")
    also = entity.members[:_SHOWN_ALONE] if cursor is None else ()
    found = _page(conn, workspace, Wanted(Scope(entity=entity.id), status), limit, cursor, also)
    return EntityMerges(
        **found.model_dump(),
        entity=entity.id.hex(),
        requested=entity_id,
        name=entity.name,
        type=entity.type,
        referent_count=len(entity.members),
    )


def _page(
    conn: Connection,
    workspace: WorkspaceId,
    wanted: Wanted,
    limit: int,
    cursor: str | None,
    also: tuple[ReferentId, ...] = (),
) -> MergePage:
    found = merges.list_merges(
        conn, workspace, wanted, limit=limit, cursor=cursors.after("merges", cursor), also=also
    )
    return merging.page(found, positions.fused_position(conn, workspace))
