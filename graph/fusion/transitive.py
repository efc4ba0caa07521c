"""A transitive relation: which facts others may be inferred from along it, and which forbid that."""

from graph.relations import Relations
from graph.types import EntityId, Fact, FactStatus


class Rule:
    """A transitive relation, by the name that facts bear: what its walks go over, and what forbids them."""

    def __init__(self, relation: str, relations: Relations) -> None:
        above = relations.above(relation)
        self.relation = relation
        self.symmetric = relations.traits(relation).symmetric
        self.asymmetric = any(relations.traits(sense.relation).asymmetric for sense in above)
        self.edges = {sense.relation: sense for sense in relations.below(relation)}
        self.rivals = relations.rivals(relation)
        self._above = {sense.relation: sense for sense in above}
        self._against = {  # whose facts say the reverse: with their ends as they are, or turned
            below.relation: below._replace(
                straight=below.turned != sense.turned, turned=below.turned == sense.turned
            )
            for sense in above
            if relations.traits(sense.relation).asymmetric
            for below in relations.below(sense.relation)
        }
        self.watched = frozenset({*self.edges, *self.rivals, *self._above, *self._against})

    def leads(self, fact: Fact) -> list[tuple[EntityId, EntityId]]:
        """From where to where a fact of one of its ``edges`` leads; of a symmetric relation said once."""
        assert fact.tail_entity is not None
        ends = self.edges[fact.relation].ends(fact.head, fact.tail_entity)
        return ends[:1] if self.symmetric else ends

    def forbids(self, fact: Fact) -> list[tuple[EntityId, EntityId]]:
        """From where to where nothing is inferred beside a stated fact: where it, or a ground of a kind of
        it, says so itself; where what it is a kind of is denied; and where what stands says the reverse, or
        a relation that excludes this one."""
        head, tail = fact.head, fact.tail_entity
        assert tail is not None
        found: list[tuple[EntityId, EntityId]] = []
        if fact.relation == self.relation or (fact.relation in self.edges and is_ground(fact)):
            found += self.edges[fact.relation].ends(head, tail)
        if fact.status is FactStatus.SUPERSEDED:
            return found
        if fact.polarity and fact.relation in self.rivals:
            found += [(head, tail), (tail, head)]
        against = (self._against if fact.polarity else self._above).get(fact.relation)
        return found + (against.ends(head, tail) if against else [])


def is_ground(fact: Fact) -> bool:
    """Whether others may be inferred from it."""
    accepted = fact.status is FactStatus.ACCEPTED and fact.polarity
    return accepted and not fact.qualifiers and fact.tail_entity is not None


def stands(fact: Fact) -> bool:
    """Whether it counts for how wide walks past its ends are: as a ground, or as one but for its rivals."""
    upright = fact.status in (FactStatus.ACCEPTED, FactStatus.CONTESTED) and fact.polarity
    return upright and not fact.qualifiers and fact.tail_entity is not None
