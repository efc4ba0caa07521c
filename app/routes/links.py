"""``/links``: what no document says, but a model proposes of facts that lie close together."""

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Body

from app.bootstrap import Parts
from app.deps import Admin, Cursor, Limit, MinPosition, Reader, TheParts, fused
from app.link_schemas import LinkEnd, LinkOut, LinkPage, ProposeIn, Proposing
from app.workflows import NO_MODEL
from graph.errors import ConfigurationError
from graph.ledger import cursors, jobs
from graph.review.propose import Least
from graph.review.proposed import Proposed, ProposedPage, list_links
from graph.types import MICRO, ReferentId, WorkspaceId

router = APIRouter(tags=["decisions"])


@router.post("/links/propose", status_code=202)
def propose_links(
    asked: Annotated[ProposeIn, Body(default_factory=ProposeIn)], parts: TheParts, principal: Admin
) -> Proposing:
    """Show a language model neighbourhoods of the graph and ask, in several wordings, what is missing.

    A job: `/jobs/{id}` tells how far it is and cancels it. What is proposed often enough and is plausible by
    what documents say becomes a decision and an inferred fact, which answers leave out unless
    `include_inferred` is set. It goes when a fact that it stands on goes, and never stands beside what
    contradicts it. What this model has answered about is not shown again while it is the same. Where the
    model's server does not answer, nothing is begun.
    """
    proposer = parts.proposer
    if proposer is None:
        raise ConfigurationError(NO_MODEL)
    least = Least(round(asked.min_consistency * MICRO), round(asked.min_plausibility * MICRO))
    begin = cursors.after("proposals", asked.cursor)
    with parts.ledger.read() as conn:
        found = proposer.plan(
            conn, principal.workspace, asked.max_neighbourhoods, least, principal.name, begin
        )
    job = None
    if found.items:
        proposer.reach()
        with parts.ledger.write() as conn:
            job = jobs.create_job(conn, principal.workspace, found.items)[0].id.hex()
    return Proposing(
        job_id=job,
        neighbourhoods=len(found.items),
        next_cursor=cursors.ended("proposals", found.cursor),
        proposer=proposer.id,
    )


@router.get("/links")
async def read_links(
    parts: TheParts,
    principal: Reader,
    limit: Limit = 50,
    cursor: Cursor = None,
    min_position: MinPosition = None,
) -> LinkPage:
    """Every link that was proposed, with its scores, how it stands and why."""
    await fused(parts, principal.workspace, min_position)
    page = await to_thread.run_sync(_page, parts, principal.workspace, limit, cursor)
    return LinkPage(
        links=[_link(page, each) for each in page.links.items],
        next_cursor=cursors.ended("links", page.links.next_cursor),
        graph_position=page.position,
    )


def _page(parts: Parts, workspace: WorkspaceId, limit: int, cursor: str | None) -> ProposedPage:
    with parts.ledger.read() as conn:
        return list_links(conn, workspace, limit=limit, cursor=cursors.after("links", cursor))


def _link(page: ProposedPage, each: Proposed) -> LinkOut:
    link, decision = each.link, each.record.decision
    return LinkOut(
        decision=decision.position,
        head=_end(page, link.head),
        relation=link.relation,
        tail=_end(page, link.tail),
        consistency=link.consistency / MICRO,
        plausibility=link.plausibility / MICRO,
        proposer=link.proposer,
        reason=decision.reason,
        active=each.record.active,
        fact=each.fact.id.hex() if each.fact else None,
        because=each.because,
    )


def _end(page: ProposedPage, referent: ReferentId) -> LinkEnd:
    entity = page.entity_of.get(referent)
    headline = page.headlines.get(entity) if entity else None
    return LinkEnd(
        referent=referent.hex(),
        entity=entity.hex() if entity else None,
        name=headline.name if headline else None,
        type=headline.type if headline else None,
    )
