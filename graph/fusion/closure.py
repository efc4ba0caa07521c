"""Step 6 of a pass: what follows from accepted facts by the ontology.

Inverses, and the ends of symmetric relations, are put in order where claims are read (``facts``), so that a
fact says both already. What is left to derive is transitivity: of A in B and B in C, that A is in C.

A derivation is a walk over 2 or more facts of one relation (``walks``, which bounds them). An inferred fact
stands on one derivation: the shortest, of those the surest, of those the first by its facts' ids; further
ones only add facts where they hold at other times. One derivation, because all would make a row as long as
its graph is dense, and because the least is the same in whatever order the facts came.

Nothing is inferred where something is stated, whatever became of it; nor against a stated or derivable
reverse of an asymmetric relation, nor against a stated relation that excludes this one, nor by a relation
that is functional in either direction: its first fact already says which one it is.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from graph.fusion.facts import ClaimReader, Family, fact_id
from graph.fusion.view import FusionView, TableDiff
from graph.fusion.walks import Rule, Validity, Walk, Walks, implied, in_common, validity_of
from graph.ontology import Ontology
from graph.types import MICRO, EntityId, Fact, FactId, FactStatus


@dataclass(frozen=True, slots=True)
class ClosurePass:
    """``capped`` are entities from which or to which more would lead, but for walks that are too wide."""

    facts: TableDiff[FactId, Fact] = field(default_factory=TableDiff)
    capped: frozenset[EntityId] = frozenset()


def closure_pass(view: FusionView, ontology: Ontology, stated: TableDiff[FactId, Fact]) -> ClosurePass:
    """What ``stated``, the changes of facts with claims, changes among inferred ones.

    Cost: the walks from the entities from which, or to which, something else may follow, whichever are fewer;
    nothing where no fact of a transitive relation, or of one that excludes it, has changed.
    """
    facts = (*stated.old.values(), *stated.new.values())
    changed = {fact.relation for fact in facts if fact.tail_entity is not None}
    old: dict[FactId, Fact] = {}
    new: dict[FactId, Fact] = {}
    capped: set[EntityId] = set()
    for rule in rules(ontology):
        if changed & {rule.relation, *rule.rivals}:
            walks = Walks(view, rule, stated)
            heads, tails = walks.affected()
            old |= walks.old(heads, tails)
            new |= _derived(walks, rule, heads, tails)
            capped |= walks.capped
    return ClosurePass(TableDiff.between(old, new), frozenset(capped))


def is_capped(view: FusionView, ontology: Ontology, entity: EntityId) -> bool:
    """Whether more would be inferred of this entity, but for the bound on walks: as the last pass left it."""
    return any(Walks(view, rule, TableDiff()).too_wide(entity) for rule in rules(ontology))


def rules(ontology: Ontology) -> list[Rule]:
    """By name. Where two transitive relations exclude each other, neither infers anything."""
    reader, types = ClaimReader(ontology, {}), ontology.relation_types
    twins = defaultdict(list)  # a relation and its inverse say the same: what is said of one holds for both
    for found in types.values():
        twins[reader.canonical(found.name)].append(found)
    transitive = {
        name
        for name, both in twins.items()
        if any(r.transitive for r in both)
        and not any(r.functional or r.inverse_functional for r in both)
        and any(r.tails for r in both)
    }
    made = []
    for name in sorted(transitive):
        rivals = reader.rivals(twins[name])
        if not rivals & transitive:
            asymmetric = any(r.asymmetric for r in twins[name])
            made.append(Rule(name, reader.symmetric(name), asymmetric, rivals))
    return made


def _derived(
    walks: Walks, rule: Rule, heads: Collection[EntityId], tails: Collection[EntityId]
) -> dict[FactId, Fact]:
    """What follows between them now."""
    found = walks.between(heads, tails)
    blocked = _blocked(walks, rule, found)
    facts = (f for pair in found if pair not in blocked for f in _facts(rule.relation, *pair, found[pair]))
    return {fact.id: fact for fact in facts}


def _blocked(
    walks: Walks, rule: Rule, pairs: Collection[tuple[EntityId, EntityId]]
) -> set[tuple[EntityId, EntityId]]:
    """Those between which something is stated that leaves no room for an inference."""
    relations = (rule.relation, *rule.rivals)
    ends = {(a, r, b) for x, y in pairs for a, b in ((x, y), (y, x)) for r in relations}
    found: set[tuple[EntityId, EntityId]] = set()
    for fact in walks.stated_at(ends):
        head, tail = fact.head, fact.tail_entity
        if tail is None:
            continue
        stands = fact.polarity and fact.status in (FactStatus.ACCEPTED, FactStatus.CONTESTED)
        if fact.relation == rule.relation:
            found.add((head, tail))
            if stands and rule.asymmetric:
                found.add((tail, head))
        elif stands:
            found |= {(head, tail), (tail, head)}
    return found


def _facts(relation: str, head: EntityId, tail: EntityId, walks: Collection[Walk]) -> list[Fact]:
    """The least derivation as a fact, and those that follow at other times than the ones before them."""
    made: list[Fact] = []
    for walk in sorted(walks, key=_rank):
        validity = validity_of(walk)
        if all(in_common(validity, fact) is None for fact in made):
            made.append(_fact(relation, head, tail, walk, validity))
    return made


def _fact(relation: str, head: EntityId, tail: EntityId, walk: Walk, validity: Validity) -> Fact:
    (start, end), bound = validity, implied(validity, walk)
    return Fact(
        id=fact_id(Family(head, relation, "", tail, (), True), None, start),
        head=head,
        relation=relation,
        tail=tail,
        phrase=walk[0].phrase,
        qualifiers=(),
        polarity=True,
        valid_from=start,
        valid_to=end,
        stated=None,
        status=FactStatus.INFERRED,
        confidence=_confidence(walk),
        support=min(fact.support for fact in walk),
        claims=(),
        reason=f"Follows from {len(walk)} facts: {relation} is transitive.",
        grounds=tuple(fact.id for fact in walk),
        valid_from_implied=bound[0],
        valid_to_implied=bound[1],
    )


def _rank(walk: Walk) -> tuple[int, int, list[FactId]]:
    return len(walk), -_confidence(walk), [fact.id for fact in walk]


def _confidence(walk: Walk) -> int:
    """That all of them hold, each on its own, in micro-units."""
    product = MICRO
    for fact in walk:
        product = product * fact.confidence // MICRO
    return product
