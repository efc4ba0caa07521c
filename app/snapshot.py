"""What the routes under ``/graph`` and ``/conflicts`` answer, read in one snapshot of the ledger.

The graph as it stands, or as of a record time, from its history: each answer is of one position, and says
of which. The pages of a listing are all of the first one's, which their cursor bears. Neo4j is not asked: it
follows the ledger, and who reads it may meet half of a pass (ADR 0023).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Annotated, Any

from fastapi import Query
from sqlalchemy import Connection

from app import presentation
from app.bootstrap import Parts
from app.graph_schemas import (
    ClaimOut,
    ClaimPage,
    ConflictPage,
    EntityDetail,
    EntityPage,
    FactDetail,
    FactPage,
    NeighbourPage,
    PassOut,
    PassPage,
)
from graph.errors import InvalidInput, NotFound
from graph.fusion.closure import is_capped
from graph.ledger import browse, cursors, evidence, history, positions
from graph.ledger.browse import ConflictsWanted, FactsWanted
from graph.ledger.citations import cite
from graph.ledger.cursors import PageEnd
from graph.ledger.history import RecordTime
from graph.ledger.judgement import judgement_at
from graph.ledger.recorded import RecordedGraph, hit
from graph.ledger.view import LedgerView
from graph.ontology import RELATED_TO, Ontology
from graph.ports import FactRow, Page
from graph.review.disputes import verdicts_on
from graph.types import (
    Claim,
    Entity,
    EntityId,
    FactId,
    FactStatus,
    PartialDate,
    Position,
    WorkspaceId,
)

_CLAIMS_SHOWN = 100
_WANTED = (
    "recorded_as_of: give a position such as 41, a day such as 2026-11-03, or an RFC 3339 time such as "
    "2026-11-03T12:00:00Z (write %2B for the + of an offset)"
)
_CAPPED = (
    "More would follow of this entity by transitive relations, but too many facts lead the same way: nothing "
    "is inferred through such a hub. Follow its stated facts instead."
)
_UNKNOWN_CAP = "Whether more would have followed of this entity is not on record."

RecordedAsOf = Annotated[
    str | None,
    Query(
        max_length=40,
        description="The graph as it was on record then: at a position, at the end of a day (UTC), or at a "
        "time. GET /graph/passes lists the record times there are.",
    ),
]


def moment(text: str, now: datetime) -> Position | datetime:
    """The record time asked for, a day as its last moment until now; InvalidInput for anything else."""
    if text.isascii() and text.isdigit() and len(text) <= 18:
        return Position(int(text))
    try:
        if len(text) == len("2026-11-03"):
            day = date.fromisoformat(text)
            begins = datetime.combine(day, time.min, UTC)
            return begins if begins > now else min(now, datetime.combine(day, time.max, UTC))
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(_WANTED) from error
    if found.tzinfo is None:
        raise InvalidInput(_WANTED)
    return found


class GraphSnapshot:
    """One workspace's graph: as it stands, or where ``then`` is given at that record time. Pages of it begin
    ``after`` where the page before ended."""

    def __init__(
        self, conn: Connection, workspace: WorkspaceId, then: RecordTime | None, after: PageEnd | None
    ) -> None:
        self._conn = conn
        self._workspace = workspace
        self._at = None if then is None else then.position
        self._after = after
        self._graph = RecordedGraph(conn, workspace, self._at)
        self._stamp: dict[str, Any] = (
            {"graph_position": positions.fused_position(conn, workspace)}
            if then is None
            else {"graph_position": then.position, "recorded_at": then.at}
        )

    def entities(self, limit: int) -> EntityPage:
        page = browse.list_entities(
            self._conn, self._workspace, limit=limit, cursor=self._start("entities"), at=self._at
        )
        found = [presentation.entity(hit(each)) for each in page.items]
        return EntityPage(entities=found, next_cursor=self._following("entities", page), **self._stamp)

    def entity(self, asked: str) -> EntityDetail:
        entity = self._resolved(asked)
        return EntityDetail(
            **presentation.entity(hit(entity)).model_dump(),
            requested=asked,
            members=[member.hex() for member in entity.members],
            **self._stamp,
        )

    def neighbours(
        self,
        asked: str,
        limit: int,
        statuses: Sequence[FactStatus],
        as_of: PartialDate | None,
        relation: str | None,
    ) -> NeighbourPage:
        entity = self._resolved(asked)
        inferred = FactStatus.INFERRED in statuses
        capped = inferred and self._at is None and self._is_capped(entity.id)
        unknown = _UNKNOWN_CAP if inferred and self._at is not None else ""
        listing = f"neighbors.{entity.id.hex()}"
        page = self._graph.neighbours(
            entity.id,
            limit=limit,
            cursor=self._start(listing),
            statuses=statuses,
            as_of=as_of,
            relations=self._bearing(relation),
        )
        return NeighbourPage(
            entity=entity.id.hex(),
            neighbors=[presentation.step(each) for each in page.items],
            inference_capped=capped,
            notice=_CAPPED if capped else unknown,
            next_cursor=self._following(listing, page),
            **self._stamp,
        )

    def fact(self, asked: FactId) -> FactDetail:
        found = self._fact(asked)
        if found.grounds:  # one of each: they list their own
            first = [self._claims(asked, [ground], 1) for ground in found.grounds]
            claims, following = [claim for page, _ in first for claim in page], None
        else:
            claims, following = self._claims(asked, [asked], _CLAIMS_SHOWN)
        return FactDetail(
            **presentation.fact(found).model_dump(),
            claims=_cited(self._conn, self._workspace, claims),
            claims_cursor=following,
            grounds=[presentation.fact(ground) for ground in self._graph.facts(found.grounds)],
            **self._stamp,
        )

    def fact_page(
        self,
        limit: int,
        wanted: FactsWanted,
        entity: str | None,
        relation: str | None,
    ) -> FactPage:
        here = replace(wanted, entity=self._end(entity), relations=self._bearing(relation))
        page = browse.list_facts(
            self._conn, self._workspace, here, limit=limit, cursor=self._start("facts"), at=self._at
        )
        found = [presentation.fact(each) for each in self._graph.facts(page.items)]
        return FactPage(facts=found, next_cursor=self._following("facts", page), **self._stamp)

    def claim_page(self, asked: FactId, limit: int) -> ClaimPage:
        claims, following = self._claims(asked, self._fact(asked).grounds or [asked], limit)
        told = _cited(self._conn, self._workspace, claims)
        return ClaimPage(fact=asked.hex(), claims=told, next_cursor=following, **self._stamp)

    def conflicts(
        self,
        limit: int,
        wanted: ConflictsWanted,
        entity: str | None,
        relation: str | None,
    ) -> ConflictPage:
        here = replace(wanted, entity=self._end(entity), relations=self._bearing(relation))
        page = browse.list_conflicts(
            self._conn, self._workspace, here, limit=limit, cursor=self._start("conflicts"), at=self._at
        )
        judged = verdicts_on(self._conn, self._workspace, page.items, self._at)
        facts = self._graph.facts(sorted({fact for each in page.items for fact in each.facts}))
        told = presentation.conflicts(page.items, facts, judged)
        return ConflictPage(conflicts=told, next_cursor=self._following("conflicts", page), **self._stamp)

    def _fact(self, asked: FactId) -> FactRow:
        found = self._graph.facts([asked])
        if not found:
            raise NotFound("there is no such fact" if self._at is None else "there was no such fact then")
        return found[0]

    def _claims(self, asked: FactId, facts: Sequence[FactId], limit: int) -> tuple[list[Claim], str | None]:
        """Those of a page that a live document still has the words of, by id as pages are."""
        listing = f"claims.{asked.hex()}"
        page = browse.claims_of(
            self._conn, self._workspace, facts, limit=limit, cursor=self._start(listing), at=self._at
        )
        found = evidence.claims_standing(self._conn, self._workspace, page.items)
        return sorted(found, key=lambda claim: claim.id), self._following(listing, page)

    def _start(self, listing: str) -> str | None:
        """Where the page before ended; InvalidInput for one of another listing."""
        return None if self._after is None else self._after.of(listing)

    def _following(self, listing: str, page: Page[Any]) -> str | None:
        """The next page's cursor."""
        if page.next_cursor is None:
            return None
        return str(PageEnd(listing, self._stamp["graph_position"], page.next_cursor))

    def _resolved(self, asked: str) -> Entity:
        entity = self._graph.entity(EntityId(bytes.fromhex(asked)))
        if entity is None:
            raise NotFound("there is no such entity" if self._at is None else "there was no such entity then")
        return entity

    def _end(self, asked: str | None) -> EntityId | None:
        return None if asked is None else self._resolved(asked).id

    def _bearing(self, asked: str | None) -> tuple[str, ...] | None:
        """The relations that facts of the snapshot bear where this one is asked for, None for any: what was a
        kind of it too, and of a relation and its inverse the one that is kept."""
        if asked is None:
            return None
        if asked == RELATED_TO:
            return (asked,)
        ontology = self._ontology()
        if asked not in ontology.relation_types:
            has, hint = ("has", "") if self._at is None else ("had then", " now")
            raise InvalidInput(
                f"relation: the ontology {has} no {asked!r}; GET /ontology lists those there are{hint}"
            )
        relations = ontology.relations
        below = (*relations.below(relations.canonical(asked)), *relations.below(asked, literal=True))
        return tuple(sorted({sense.relation for sense in below}))

    def _is_capped(self, entity: EntityId) -> bool:
        return is_capped(LedgerView(self._conn, self._workspace), self._ontology(), entity)

    def _ontology(self) -> Ontology:
        """That by which the graph of this position was fused."""
        return judgement_at(self._conn, self._workspace, self._stamp["graph_position"]).ontology


@contextmanager
def snapshot(
    parts: Parts, workspace: WorkspaceId, recorded_as_of: str | None, after: PageEnd | None
) -> Iterator[GraphSnapshot]:
    """The graph as it stands or was on record, or goes on ``after`` a page; InvalidInput for a time that
    nothing is on record of."""
    asked = None if recorded_as_of is None else moment(recorded_as_of, datetime.now(UTC))
    with parts.ledger.read() as conn:
        then = None if asked is None else history.recorded_as_of(conn, workspace, asked)
        if after is not None:
            then = _of_page_before(conn, workspace, after.position, then)
        yield GraphSnapshot(conn, workspace, then, after)


def _of_page_before(
    conn: Connection, workspace: WorkspaceId, position: Position, asked: RecordTime | None
) -> RecordTime | None:
    """The record time of the page before, None while the graph still stands at its ``position``.

    InvalidInput where another is ``asked`` for, and where it is no longer kept. A page of another time would
    leave out rows that nobody changed, or repeat them: their ids move with those of entities.
    """
    if asked is not None:
        if asked.position != position:
            raise InvalidInput(
                f"this cursor goes on with the graph of position {position}, recorded_as_of means that of "
                f"{asked.position}: leave recorded_as_of out to go on, or the cursor to begin anew"
            )
        return asked
    if position == positions.fused_position(conn, workspace):
        return None
    try:
        return history.recorded_as_of(conn, workspace, position)
    except InvalidInput as error:
        raise InvalidInput(
            f"the graph of position {position}, with which this cursor goes on, is not on record: begin anew "
            "without a cursor"
        ) from error


def passes(parts: Parts, workspace: WorkspaceId, limit: int, cursor: str | None) -> PassPage:
    """The newest first."""
    end = cursors.after("passes", cursor)
    before = None if end is None else Position(cursors.number(end))
    with parts.ledger.read() as conn:
        found = history.passes(conn, workspace, limit=limit + 1, before=before)
    told = [PassOut(position=each.position, recorded_at=each.at) for each in found[:limit]]
    following = str(told[-1].position) if len(found) > limit else None
    return PassPage(passes=told, next_cursor=cursors.ended("passes", following))


def _cited(conn: Connection, workspace: WorkspaceId, said: Sequence[Claim]) -> list[ClaimOut]:
    """Claims of live documents, each with its quote."""
    quotes = cite(conn, workspace, [(claim.content, claim.span) for claim in said])
    return [
        presentation.claim(n, claim, quotes[claim.content, claim.span])
        for n, claim in enumerate(said, start=1)
    ]
