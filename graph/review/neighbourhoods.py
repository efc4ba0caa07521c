"""Fused neighbourhoods, bounded, as a model is shown them: an entity, facts at it, and what they reach."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

from sqlalchemy import Connection

from graph.fusion.statements import ClaimReader
from graph.fusion.transitive import is_ground
from graph.fusion.walks import Validity, in_common
from graph.ledger import browse, evidence
from graph.ledger.citations import cite
from graph.ledger.view import LedgerView
from graph.ontology import Ontology
from graph.types import ClaimId, Entity, EntityId, Fact, WorkspaceId

AROUND = 6  # facts at the entity itself, and as many between those they lead to
_READ = 400  # facts read at one entity: of a hub not all are looked at
_PAGE = 200  # entities looked at together


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """``facts`` are accepted and have a time in common; each with its quote. The first of ``entities`` is the
    centre. ``relations`` may hold between two of the entities and are not stated of them."""

    entities: tuple[Entity, ...]
    facts: tuple[Fact, ...]
    quotes: Mapping[ClaimId, str]  # of each fact's first claim
    relations: tuple[str, ...]

    @property
    def grounds(self) -> tuple[ClaimId, ...]:
        return tuple(sorted(fact.claims[0] for fact in self.facts))


def neighbourhoods(
    conn: Connection, workspace: WorkspaceId, ontology: Ontology, after: str | None = None
) -> Iterator[tuple[EntityId, Neighbourhood | None]]:
    """Of all entities by id, those after a listing's cursor; each is read as far as it is followed."""
    cursor = after
    while True:
        page = browse.list_entities(conn, workspace, limit=_PAGE, cursor=cursor)
        for entity in page.items:
            yield entity.id, neighbourhood(conn, workspace, ontology, entity.id)
        cursor = page.next_cursor
        if cursor is None:
            return


def neighbourhood(
    conn: Connection, workspace: WorkspaceId, ontology: Ontology, centre: EntityId
) -> Neighbourhood | None:
    """None where fewer than two facts lead to others, or nothing more may hold between them.

    At most ``2 * AROUND`` facts and ``AROUND + 1`` entities: the best supported first.
    """
    view = LedgerView(conn, workspace)
    facts = _best([f for f in view.facts_touching(centre, limit=_READ).values() if is_ground(f)])
    if len(facts) < 2:
        return None
    ends = list(dict.fromkeys([centre, *(end for f in facts for end in (f.head, f.tail_entity) if end)]))
    types = view.entities(ends)
    between = view.facts_at(
        {(x, r, y) for x, y in permutations(ends[1:], 2) for r in ontology.relation_types}
    )
    facts = _at_once([*facts, *_best([f for f in between.values() if is_ground(f)])])
    entities = [types[end] for end in ends if any(end in (f.head, f.tail) for f in facts)]
    open_ = _open(view, ontology, entities)
    if len(facts) < 2 or len(entities) < 3 or not open_:
        return None
    return Neighbourhood(tuple(entities), tuple(facts), _quotes(conn, workspace, facts), open_)


def _best(facts: Sequence[Fact]) -> list[Fact]:
    return sorted(facts, key=lambda f: (-f.support, -f.confidence, f.id))[:AROUND]


def _at_once(facts: Sequence[Fact]) -> list[Fact]:
    """Those that may hold at the same time as all before them."""
    validity: Validity = (None, None)
    kept = []
    for fact in facts:
        if (common := in_common(validity, fact)) is not None:
            validity = common
            kept.append(fact)
    return kept


def _open(view: LedgerView, ontology: Ontology, entities: Sequence[Entity]) -> tuple[str, ...]:
    reader = ClaimReader(ontology, {})
    possible = {
        (name, reader.canonical_ends(x.id, name, y.id))
        for x, y in permutations(entities, 2)
        for name in ontology.relation_types
        if ontology.allows(x.type, name, y.type) and reader.canonical(name) == name
    }
    ends = {(h, r, t) for _, (h, r, t) in possible if isinstance(t, bytes)}
    said = {(f.head, f.relation, f.tail) for f in view.facts_at(ends).values() if not f.proposer}
    return tuple(sorted({name for name, end in possible if end not in said}))


def _quotes(conn: Connection, workspace: WorkspaceId, facts: Sequence[Fact]) -> dict[ClaimId, str]:
    said = evidence.claims(conn, workspace, [fact.claims[0] for fact in facts])
    cited = cite(conn, workspace, [(claim.content, claim.span) for claim in said])
    return {c.id: cited[c.content, c.span].quote for c in said if (c.content, c.span) in cited}
