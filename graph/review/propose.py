"""Links put forward by a model: which neighbourhoods it is shown, what it proposes, and the decision on each.

A neighbourhood is asked about in several wordings; every reply is recorded under the question's content, so
that one that was answered is never asked again, by whichever worker. What is proposed becomes a decision with
both of its scores (``Link``), which ``fuse`` takes without a model and a revert takes back.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from graph.errors import NotFound
from graph.fusion.links import LinkState, links_at
from graph.identity import make_id
from graph.ledger import browse, decisions, evidence, llm_outputs, positions
from graph.ledger.citations import cite
from graph.ledger.engine import Ledger
from graph.ledger.job_types import NewItem
from graph.ledger.judgement import judgement_at
from graph.ledger.view import LedgerView
from graph.ontology import Ontology
from graph.ports import Embedder
from graph.review import link_questions as questions
from graph.review.adjudicate import Judge
from graph.review.neighbourhoods import Neighbourhood, neighbourhood, neighbourhoods
from graph.review.plausibility import Told, plausibility
from graph.types import MICRO, Claim, Decision, Entity, EntityId, Link, Position, ReferentId, WorkspaceId

LINKS = "links"  # what an item of such a job asks
LOOKED_AT = 2_000  # entities looked at for one job
_CORRUPTED = 8  # links with another tail, and as many with another head
_QUOTES = 6  # of each end
_DRAWN = 200  # entities among which others are looked for
_MEMBERS = 20  # of an entity whose claims are read
_LABEL_CHARS = 80


@dataclass(frozen=True, slots=True)
class Least:
    """What a proposal must score to become a link, in micro-units."""

    consistency: int = MICRO // 2
    plausibility: int = MICRO // 2


@dataclass(frozen=True, slots=True)
class Search:
    """``cursor``: from where to go on; None where all entities were looked at."""

    items: tuple[NewItem, ...]
    cursor: str | None


class Proposer:
    """``plan`` and ``record`` read and write in a caller's transaction; ``links`` asks, outside of any."""

    def __init__(self, ledger: Ledger, judge: Judge, embedder: Embedder) -> None:
        self._ledger = ledger
        self._judge = judge
        self._embedder = embedder
        self.id = f"{judge.model_id} / link words {questions.WORDS}"

    def reach(self) -> None:
        """EngineUnavailable where nobody would answer: ask it before a job is made."""
        self._judge.reach()

    def plan(
        self,
        conn: Connection,
        workspace: WorkspaceId,
        limit: int,
        least: Least,
        author: str,
        after: str | None = None,
    ) -> Search:
        """The next neighbourhoods that this model has not been asked about, as items of a job.

        At most ``LOOKED_AT`` entities are looked at for it.
        """
        ontology = _ontology(conn, workspace)
        found: list[NewItem] = []
        looked = 0
        for entity, seen in neighbourhoods(conn, workspace, ontology, after):
            if len(found) == limit or looked == LOOKED_AT:
                return Search(tuple(found), after)
            after, looked = entity.hex(), looked + 1
            if seen and not self._recorded(conn, workspace, self._keys(seen, ontology)):
                found.append(self._item(seen, least, author))
        return Search(tuple(found), None)

    def links(self, workspace: WorkspaceId, question: Mapping[str, Any]) -> list[Link]:
        """What the model proposes of one neighbourhood, scored; still to be recorded.

        NotFound where there is no such neighbourhood any more; EngineUnavailable or DecodingError where there
        is no answer.
        """
        with self._ledger.read() as conn:
            ontology = _ontology(conn, workspace)
            seen = neighbourhood(conn, workspace, ontology, EntityId(bytes.fromhex(question["entity"])))
        if seen is None:
            raise NotFound("what was known of this entity is gone; there is nothing to ask any more")
        said = Counter(
            triple
            for reply in self._replies(workspace, seen, ontology)
            for triple in questions.read_links(reply, seen)
        )
        found = []
        with self._ledger.read() as conn:
            for triple, times in sorted(said.items()):
                consistency = times * MICRO // len(questions.WORDINGS)
                if consistency < question["consistency"]:
                    continue
                link = self._link(conn, workspace, ontology, seen, triple, consistency)
                if link is not None and link.plausibility >= question["plausibility"]:
                    found.append(link)
        return found

    def record(
        self, conn: Connection, workspace: WorkspaceId, links: Sequence[Link], author: str
    ) -> list[Decision]:
        """A decision for each that would hold beside all links decided by now, those before it included, and
        that nobody has taken back."""
        made = decisions.records(conn, workspace) if links else []
        taken_back = {
            (r.decision.ruling.head, r.decision.ruling.relation, r.decision.ruling.tail)
            for r in made
            if isinstance(r.decision.ruling, Link) and not r.active
        }
        reason = f"proposed by a job that {author} began"
        return [
            decisions.decide(conn, workspace, link, self.id, reason)
            for link in links
            if (link.head, link.relation, link.tail) not in taken_back and _holds(conn, workspace, link)
        ]

    # ---------------------------------------------------------------- asking

    def _item(self, seen: Neighbourhood, least: Least, author: str) -> NewItem:
        centre = seen.entities[0]
        question = {
            "ask": LINKS,
            "entity": centre.id.hex(),
            "consistency": least.consistency,
            "plausibility": least.plausibility,
            "author": author,
        }
        return NewItem(f"links around {centre.name[:_LABEL_CHARS]}", question=question)

    def _keys(self, seen: Neighbourhood, ontology: Ontology) -> list[bytes]:
        """Of the question in each wording: all that is asked, and the claims that links would stand on."""
        return [
            make_id(
                "link question",
                *(self.id, n, questions.evidence(seen, ontology, wording)),
                *([entity.id for entity in seen.entities], seen.grounds),
            )
            for n, wording in enumerate(questions.WORDINGS)
        ]

    def _recorded(self, conn: Connection, workspace: WorkspaceId, keys: Sequence[bytes]) -> bool:
        return len(llm_outputs.find(conn, workspace, keys)) == len(keys)

    def _replies(self, workspace: WorkspaceId, seen: Neighbourhood, ontology: Ontology) -> Iterator[str]:
        """One for each wording, as recorded, else as the model says now; a useless one is not recorded."""
        for key, wording in zip(self._keys(seen, ontology), questions.WORDINGS, strict=True):
            with self._ledger.read() as conn:
                reply = llm_outputs.find(conn, workspace, [key]).get(key)
            if reply is None:
                said = self._judge.ask(
                    questions.rules(wording),
                    questions.evidence(seen, ontology, wording),
                    schema=questions.schema(seen, wording),
                    max_tokens=questions.REPLY_TOKENS,
                )
                questions.read_links(said, seen)
                with self._ledger.write() as conn:
                    reply = llm_outputs.record(conn, workspace, key, said, self.id)
            yield reply

    # ---------------------------------------------------------------- scoring

    def _link(
        self,
        conn: Connection,
        workspace: WorkspaceId,
        ontology: Ontology,
        seen: Neighbourhood,
        triple: questions.Triple,
        consistency: int,
    ) -> Link | None:
        """The proposal with its plausibility; None where it would not hold beside what is known."""
        view = LedgerView(conn, workspace)
        head, relation, tail = seen.entities[triple[0]], triple[1], seen.entities[triple[2]]
        one, other = _of_type(view, head), _of_type(view, tail)
        if one is None or other is None:
            return None
        link = Link(one, relation, other, seen.grounds, consistency, 0, self.id)
        if not _holds(conn, workspace, link):
            return None
        others = _corrupted(conn, workspace, ontology, seen, triple)
        told = _told(conn, workspace, [head, tail, *(e for pair in others for e in pair)])
        score = plausibility(
            self._embedder,
            told[head.id],
            relation,
            told[tail.id],
            [(told[x.id], told[y.id]) for x, y in others],
        )
        return replace(link, plausibility=score)


def _ontology(conn: Connection, workspace: WorkspaceId) -> Ontology:
    return judgement_at(conn, workspace, positions.fused_position(conn, workspace)).ontology


def _holds(conn: Connection, workspace: WorkspaceId, link: Link) -> bool:
    """Whether it would be an inferred fact beside the fused facts and all links decided by now."""
    view, now = LedgerView(conn, workspace), positions.position(conn, workspace)
    world = judgement_at(conn, workspace, now)
    in_force = world.rulings.among(view.memberships(world.rulings.referents())).links
    at = Position(now + 1)
    return links_at(view, world.ontology, [*in_force, (at, link)])[at][1] is LinkState.STANDS


def _of_type(view: LedgerView, entity: Entity) -> ReferentId | None:
    """The first member that is of the entity's own type: what the ontology allows is held against it."""
    members = view.referents(entity.members)
    return min((r.id for r in members.values() if r.type == entity.type), default=None)


def _corrupted(
    conn: Connection,
    workspace: WorkspaceId,
    ontology: Ontology,
    seen: Neighbourhood,
    triple: questions.Triple,
) -> list[tuple[Entity, Entity]]:
    """The ends of links with another tail or head that the ontology allows as well, from outside of the
    neighbourhood: the first by id after a place that the link itself says."""
    head, relation, tail = seen.entities[triple[0]], triple[1], seen.entities[triple[2]]
    after = make_id("corrupted", head.id, relation, tail.id).hex()
    page = browse.list_entities(conn, workspace, limit=_DRAWN, cursor=after).items
    if len(page) < _DRAWN:
        page += browse.list_entities(conn, workspace, limit=_DRAWN - len(page)).items
    inside = {entity.id for entity in seen.entities}
    others = list({entity.id: entity for entity in page if entity.id not in inside}.values())
    tails = [x for x in others if ontology.allows(head.type, relation, x.type)][:_CORRUPTED]
    heads = [x for x in others if ontology.allows(x.type, relation, tail.type)][:_CORRUPTED]
    return [*((head, x) for x in tails), *((x, tail) for x in heads)]


def _told(conn: Connection, workspace: WorkspaceId, entities: Sequence[Entity]) -> dict[EntityId, Told]:
    """The quotes of the first claims at some members of each."""
    of = {r: e.id for e in entities for r in e.members[:_MEMBERS]}
    said: dict[EntityId, list[Claim]] = {e.id: [] for e in entities}
    for claim in sorted(evidence.claims_at(conn, workspace, sorted(of)), key=lambda c: c.id):
        for entity in {of[end] for end in (claim.head, claim.tail_referent) if end in of}:
            if len(said[entity]) < _QUOTES:
                said[entity].append(claim)
    places = sorted({(c.content, c.span) for some in said.values() for c in some})
    cited = cite(conn, workspace, places)
    quotes = {
        entity: tuple(cited[c.content, c.span].quote for c in some if (c.content, c.span) in cited)
        for entity, some in said.items()
    }
    return {e.id: Told(e.name, quotes[e.id]) for e in entities}
