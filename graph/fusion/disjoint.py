"""Entities whose members are told to be of types that exclude each other.

Scores never join two such members, but a person's word may, and members of types in between. Which type is
right is nothing that claims decide: the conflict stands until the entity is split, or for good.
"""

from collections import Counter
from collections.abc import Mapping

from graph.fusion.view import FusionView, TableDiff
from graph.identity import make_id
from graph.ontology import THING, Ontology
from graph.types import Conflict, ConflictId, ConflictKind, Entity, EntityId, Referent, ReferentId


def disjoint_types(
    view: FusionView, entities: TableDiff[EntityId, Entity], ontology: Ontology
) -> TableDiff[ConflictId, Conflict]:
    """The conflicts of entities that changed. O(their members), in one read."""
    were, are = _of_several(entities.old), _of_several(entities.new)
    who = view.referents({member for entity in are for member in entity.members})
    old = view.conflicts({types_conflict(entity.id) for entity in (*were, *are)})
    new = (_conflict(entity, who, ontology) for entity in are)
    return TableDiff.between(old, {c.id: c for c in new if c is not None})


def _of_several(entities: Mapping[EntityId, Entity]) -> list[Entity]:
    return [entity for entity in entities.values() if len(entity.members) > 1]


def types_conflict(entity: EntityId) -> ConflictId:
    """Of the conflict that the entity is in by its members' types, if they exclude each other."""
    return ConflictId(make_id("conflict", "types", entity))


def _conflict(entity: Entity, who: Mapping[ReferentId, Referent], ontology: Ontology) -> Conflict | None:
    told = Counter(who[member].type for member in entity.members)
    if len(told) == 1:
        return None
    known = {kind: kind if kind in ontology.entity_types else THING for kind in told}
    apart = [a for a in told if not all(ontology.compatible(known[a], known[b]) for b in told)]
    if not apart:
        return None
    kinds = " and ".join(f"{kind} ({told[kind]})" for kind in sorted(apart, key=lambda k: (-told[k], k)))
    reason = (
        f'"{entity.name}" is told to be {kinds}, which exclude each other: '
        "two things were made one, or a type is wrong."
    )
    return Conflict(types_conflict(entity.id), ConflictKind.TYPE, (), None, reason)
