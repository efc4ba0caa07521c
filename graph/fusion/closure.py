"""Step 6 of a pass: what follows from accepted facts by the ontology.

Inverses, and the ends of symmetric relations, are put in order where claims are read (``facts``), so that a
fact says both already. What is left to derive are the facts of a relation's ancestors (``entailment``), and
transitivity: of A in B and B in C, that A is in C, by walks over 2 or more facts (``walks``, which bounds
them) of a relation and what is a kind of it.

Nothing is inferred where something is stated, whatever became of it, or follows from a single fact; nor
against a stated or derivable reverse of an asymmetric relation, nor against a stated relation that excludes
this one or a denial of an ancestor, nor by walks of a relation that is functional in either direction: its
first fact already says which one it is.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from graph.fusion.derivation import Conclusion, concluded
from graph.fusion.entailment import entailment_pass
from graph.fusion.transitive import Rule
from graph.fusion.view import FusionView, TableDiff
from graph.fusion.walks import Walk, Walks
from graph.ontology import Ontology
from graph.types import EntityId, Fact, FactId


@dataclass(frozen=True, slots=True)
class ClosurePass:
    """``capped`` are entities from which or to which more would lead, but for walks that are too wide."""

    facts: TableDiff[FactId, Fact] = field(default_factory=TableDiff)
    capped: frozenset[EntityId] = frozenset()


def closure_pass(view: FusionView, ontology: Ontology, stated: TableDiff[FactId, Fact]) -> ClosurePass:
    """What ``stated``, the changes of facts with claims, changes among inferred ones.

    Cost: the walks from the entities from which, or to which, something else may follow, whichever are fewer;
    nothing where no fact of a transitive relation, or of one that bears on it, has changed.
    """
    facts = (*stated.old.values(), *stated.new.values())
    changed = {fact.relation for fact in facts if fact.tail_entity is not None}
    old: dict[FactId, Fact] = {}
    new: dict[FactId, Fact] = {}
    capped: set[EntityId] = set()
    for rule in rules(ontology):
        if not changed.isdisjoint(rule.watched):
            walks = Walks(view, rule, stated)
            heads, tails = walks.affected()
            old |= walks.old(heads, tails)
            new |= _derived(walks, rule, heads, tails)
            capped |= walks.capped
    walked, said = TableDiff.between(old, new), entailment_pass(view, ontology, stated)
    both = TableDiff({**walked.old, **said.old}, {**walked.new, **said.new})
    return ClosurePass(both, frozenset(capped))


def is_capped(view: FusionView, ontology: Ontology, entity: EntityId) -> bool:
    """Whether more would be inferred of this entity, but for the bound on walks: as the last pass left it."""
    return any(Walks(view, rule, TableDiff()).too_wide(entity) for rule in rules(ontology))


def rules(ontology: Ontology) -> list[Rule]:
    """By name. Where two transitive relations exclude each other, neither infers anything."""
    relations = ontology.relations

    def may_walk(name: str) -> bool:
        single = any(
            traits.functional or traits.inverse_functional
            for traits in (relations.traits(sense.relation) for sense in relations.above(name))
        )
        return relations.traits(name).transitive and not single

    names = {relations.canonical(name) for name in ontology.relation_types}
    transitive = {name for name in names if may_walk(name)}
    return [Rule(name, relations) for name in sorted(transitive) if not relations.rivals(name) & transitive]


def _derived(
    walks: Walks, rule: Rule, heads: Collection[EntityId], tails: Collection[EntityId]
) -> dict[FactId, Fact]:
    """What follows between them now."""
    found = walks.between(heads, tails)
    blocked = _blocked(walks, rule, found)
    return {
        fact.id: fact
        for (head, tail), of_pair in found.items()
        if (head, tail) not in blocked
        for fact in concluded(Conclusion(head, rule.relation, tail), of_pair, lambda walk: _why(rule, walk))
    }


def _why(rule: Rule, walk: Walk) -> str:
    kinds = sorted({fact.relation for fact in walk} - {rule.relation})
    of_it = f", and so is what is told by {' and '.join(kinds)}, a kind of it" if kinds else ""
    return f"Follows from {len(walk)} facts: {rule.relation} is transitive{of_it}."


def _blocked(
    walks: Walks, rule: Rule, pairs: Collection[tuple[EntityId, EntityId]]
) -> set[tuple[EntityId, EntityId]]:
    """Those between which something is stated that leaves no room for an inference."""
    ends = {(a, r, b) for x, y in pairs for a, b in ((x, y), (y, x)) for r in rule.watched}
    return {
        pair for fact in walks.stated_at(ends) if fact.tail_entity is not None for pair in rule.forbids(fact)
    }
