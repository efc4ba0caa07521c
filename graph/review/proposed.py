"""The links that models proposed, page by page: what each is about, its scores, and how it stands."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from graph.fusion.links import links_at
from graph.ledger import browse, decisions, positions
from graph.ledger.decisions import DecisionRecord
from graph.ledger.judgement import judgement_at
from graph.ledger.view import LedgerView
from graph.ports import Page
from graph.types import EntityId, Fact, Link, Position, ReferentId, WorkspaceId

REVERTED = "its decision was taken back"
PENDING = "the graph has not taken it up yet"
DORMANT = "no live document has both of its ends any more"


@dataclass(frozen=True, slots=True)
class Proposed:
    """``fact`` is the inferred fact that it yields, if it does; ``because`` says why, or why not."""

    record: DecisionRecord
    link: Link
    fact: Fact | None
    because: str


@dataclass(frozen=True, slots=True)
class ProposedPage:
    """``position``: of the graph in which they stand so. ``entity_of`` and ``headlines``: what the links'
    ends belong to; those that are gone left out."""

    position: Position
    links: Page[Proposed]
    entity_of: Mapping[ReferentId, EntityId]
    headlines: Mapping[EntityId, browse.Headline]


def list_links(
    conn: Connection, workspace: WorkspaceId, *, limit: int, cursor: str | None = None
) -> ProposedPage:
    """The newest first, those that were taken back included. Cost: all links in force, to tell how some
    stand, because one may stand in another's way."""
    page = decisions.list_records(conn, workspace, limit=limit, cursor=cursor, kind="link")
    view = LedgerView(conn, workspace)
    fused = positions.fused_position(conn, workspace)
    world = judgement_at(conn, workspace, fused)
    in_force = world.rulings.among(view.memberships(world.rulings.referents())).links
    states = links_at(view, world.ontology, in_force)
    told = []
    for record in page.items:
        link, at = record.decision.ruling, record.decision.position
        assert isinstance(link, Link)
        fact, state = states.get(at, (None, None))
        if not record.active:
            fact, because = None, REVERTED
        elif at > fused:
            because = PENDING
        else:
            because = DORMANT if state is None else state.value
        told.append(Proposed(record, link, fact, because))
    ends = {end for each in told for end in (each.link.head, each.link.tail)}
    entity_of = {r: m.entity for r, m in view.memberships(ends).items()}
    heads = browse.headlines(conn, workspace, list(entity_of.values()))
    return ProposedPage(fused, Page(tuple(told), page.next_cursor), entity_of, heads)
