"""What a fact says of the relations that its own is a kind of: a capital of a land lies in it.

Rule prp-spo1 of OWL 2 RL: whatever stands in a relation stands in its parent, between the same ends (turned,
where one of the two is told by its inverse), with the same qualifiers and at the same times. The grounds of
what an ancestor says are one stated fact of one of its descendants. Literals follow as entities do.

Nothing is inferred where the ancestor is stated itself, whatever became of it; nor does a denial say anything
of ancestors. Whatever an ancestor excludes has met the stated fact before (``grouping``): it was accepted.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from graph.fusion.derivation import Conclusion, concluded
from graph.fusion.normalize import normalise_value
from graph.fusion.view import Ends, FusionView, TableDiff
from graph.fusion.walks import Walk
from graph.ontology import Ontology
from graph.types import Fact, FactId, FactStatus, Qualifiers, Value

Sayings = dict[tuple[Value | None, Qualifiers], list[Fact]]


def entailment_pass(
    view: FusionView, ontology: Ontology, stated: TableDiff[FactId, Fact]
) -> TableDiff[FactId, Fact]:
    """What ``stated``, the changes of facts with claims, changes among what follows from single ones.

    Cost: the facts at the ends of those that changed, of the relations that theirs is a kind of and of what
    is a kind of these; nothing is read where the ontology has no parents for them.
    """
    said = _Said(ontology)
    places = {
        place
        for fact in (*stated.old.values(), *stated.new.values())
        for place in (*said.own_place(fact), *said.places_above(fact))
    }
    if not places:
        return TableDiff()
    below = {end for place in places for end in said.ends_below(place)}
    rows = view.facts_at(places | below)
    old = {i: f for i, f in rows.items() if len(f.grounds) == 1 and not f.proposer}
    now = [f for i, f in rows.items() if i not in stated.old and f.status is not FactStatus.INFERRED]
    now += [f for f in stated.new.values() if _ends(f) in places | below]
    return TableDiff.between(
        {i: f for i, f in old.items() if _ends(f) in places}, said.following(places, now)
    )


class _Said:
    """What facts say, in the words of one ontology."""

    def __init__(self, ontology: Ontology) -> None:
        self._relations = ontology.relations
        self._units = ontology.units

    def own_place(self, fact: Fact) -> list[Ends]:
        """Where it stands, if other facts may say it too."""
        below = self._relations.below(fact.relation, literal=fact.tail_entity is None)
        return [_ends(fact)] if len(below) > 1 else []

    def places_above(self, fact: Fact) -> list[Ends]:
        """What it says of the ancestors of its relation."""
        found: list[Ends] = []
        for sense in self._relations.above(fact.relation, literal=fact.tail_entity is None)[1:]:
            if fact.tail_entity is None:
                found.append((fact.head, sense.relation, None))
                continue
            ends = sense.ends(fact.head, fact.tail_entity)
            symmetric = self._relations.traits(sense.relation).symmetric
            found += [(x, sense.relation, y) for x, y in ([min(ends)] if symmetric else ends)]
        return found

    def ends_below(self, place: Ends) -> list[Ends]:
        """Where facts that say this are, of the relation's descendants."""
        head, relation, tail = place
        if tail is None:
            senses = self._relations.below(relation, literal=True)
            return [(head, sense.relation, None) for sense in senses if sense.relation != relation]
        return [
            (x, sense.relation, y)
            for sense in self._relations.below(relation)
            if sense.relation != relation
            for x, y in sense.ends(head, tail)
        ]

    def following(self, places: Iterable[Ends], facts: Iterable[Fact]) -> dict[FactId, Fact]:
        """What follows at these places from ``facts``, all that are stated there or below."""
        taken: set[tuple[Ends, Value | None]] = set()
        sayings: Mapping[Ends, Sayings] = {place: defaultdict(list) for place in places}
        for fact in sorted(facts, key=lambda f: f.id):
            value = normalise_value(fact.tail, self._units) if isinstance(fact.tail, Value) else None
            taken.add((_ends(fact), value))
            if fact.status is FactStatus.ACCEPTED and fact.polarity:
                for place in self.places_above(fact):
                    if place in sayings:
                        sayings[place][value, fact.qualifiers].append(fact)
        return {
            fact.id: fact
            for place, said in sayings.items()
            for (value, qualifiers), grounds in said.items()
            if (place, value) not in taken
            for fact in concluded(
                Conclusion(*place, value, qualifiers), [(ground,) for ground in grounds], _why(place[1])
            )
        }


def _why(relation: str) -> Callable[[Walk], str]:
    return lambda walk: f"Follows from a fact: {walk[0].relation} is a kind of {relation}."


def _ends(fact: Fact) -> Ends:
    return fact.head, fact.relation, fact.tail_entity
