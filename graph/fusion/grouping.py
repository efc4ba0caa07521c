"""In which groups facts meet that cannot all hold, and what each of them says there.

A fact says what it says of its own relation, and of all that its relation is a kind of (``relations``). So it
stands in its relation's groups and in those of each ancestor that excludes something: two capitals of one
land are two seats of its government, of which it has one at a time. Where a relation and an ancestor bear the
same trait, the ancestor's group holds all that the relation's would, and is the only one.

What is told to be over ("former") denies, as of its date, what it says was so, and meets that alone. But to
what that meets elsewhere it tells that it has ended.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from itertools import combinations
from typing import NamedTuple

from graph.fusion.facts import RawFact, Telling
from graph.fusion.normalize import NO_FORMS, Forms, agree, refines
from graph.fusion.statements import Family
from graph.fusion.view import Ends, Side
from graph.ontology import RELATED_TO, Ontology
from graph.relations import Sense, Temporal
from graph.types import OVER, EntityId, Qualifiers, Value

GroupKey = tuple[
    str, EntityId, EntityId | None, str, str, Qualifiers
]  # letter, ends, relation or group, phrase
Said = tuple[str, EntityId | None]


class _Rule(NamedTuple):
    """How a relation's facts are keyed in a group: by their ends as they are or turned, or sorted."""

    letter: str
    name: str
    turned: bool = False
    sorted: bool = False


class Places(NamedTuple):
    """Where the facts of some groups are: at these ends, away from these and into these."""

    ends: set[Ends]
    heads: set[Side]
    tails: set[Side]


def exclude(
    mine: Said, yours: Said, my_value: Value | None, your_value: Value | None, forms: Forms = NO_FORMS
) -> bool:
    """Whether two facts that say this, where one thing is told of an end, cannot both hold at one time."""
    if my_value is not None and your_value is not None:
        return not agree(my_value, your_value, forms)
    return mine != yours


def denies(denied: Value | None, asserted: Value | None, forms: Forms = NO_FORMS) -> bool:
    """Whether to deny the one thing of an end is to deny the other one too: it is that, or more precise."""
    if denied is None or asserted is None:
        return denied is asserted
    return denied == asserted or refines(asserted, denied, forms)


class Grouping:
    """The groups of one ontology, by the letters of ``conflicts``; remembers those of each family for as long
    as it lives."""

    def __init__(self, ontology: Ontology) -> None:
        self._relations = ontology.relations
        self._types = ontology.relation_types
        self._rules: dict[tuple[str, bool], list[_Rule]] = {}
        self._keys: dict[Family, list[GroupKey]] = {}

    def is_over(self, family: Family) -> bool:
        """Whether it tells of a state that it is over."""
        if not family.polarity or OVER not in family.qualifiers:
            return False
        relation = self._types.get(family.relation)
        return relation is not None and relation.temporal is Temporal.STATE

    def ended(self, family: Family) -> Family:
        """What a family that tells that a state is over says was so."""
        return family._replace(qualifiers=tuple(each for each in family.qualifiers if each != OVER))

    def asserts(self, family: Family) -> bool:
        """Whether it says that something is so, at its time."""
        return family.polarity and not self.is_over(family)

    def keys(self, family: Family) -> list[GroupKey]:
        """The groups in which a family's facts may meet rivals. A denial meets only what it denies."""
        found = self._keys.get(family)
        if found is None:
            found = self._keys[family] = self._keys_of(family)
        return found

    def _keys_of(self, family: Family) -> list[GroupKey]:
        head, relation, phrase, tail, qualifiers, _ = family
        if relation == RELATED_TO:
            return [(letter, head, tail, relation, phrase, qualifiers) for letter in "PT"]
        if self.is_over(family):
            qualifiers = self.ended(family).qualifiers
        if not self.asserts(family):
            return [("P", head, tail, relation, phrase, qualifiers)]
        found: list[GroupKey] = []
        for letter, name, turned, in_order in self._of(relation, tail is None):
            one, other = head, tail
            if tail is not None and (turned or (in_order and tail < head)):
                one, other = tail, head
            if letter in "FI":
                other = None
            found.append((letter, one, other, name, phrase, qualifiers))
        return found

    def reach(self, family: Family) -> list[GroupKey]:
        """The groups whose outcome a family has a part in: its own, and those of what it tells to be over."""
        return self.keys(self.ended(family) if self.is_over(family) else family)

    def said(self, key: GroupKey, family: Family) -> Said:
        """What a family of an entity's statements says in one of its groups: facts that say the same there do
        not exclude each other. Of which relation, and the end that it is told of; of literals nothing."""
        letter, end, _, name, _, _ = key
        head, relation, _, tail, _, _ = family
        if tail is None or letter in "PT":
            return "", None
        if letter in "FI":
            return "", tail if head == end else head
        (sense,) = self._senses(relation, letter, name)
        directed = letter == "D" or sense.relation in self._ways(relation)
        return sense.relation, (head if sense.straight else tail) if directed else None

    def joined(self, key: GroupKey, facts: Iterable[RawFact]) -> set[frozenset[EntityId]]:
        """Ends told in a group that some sentence names together, so that they do not exclude each other: "is
        based in Bonn and Kiel". A pair for each two of one sentence."""
        told: dict[Telling, set[EntityId]] = defaultdict(set)
        for fact in facts if key[0] in "FI" else ():
            _, end = self.said(key, fact.family)
            if end is not None:
                for telling in fact.tellings:
                    told[telling].add(end)
        return {frozenset(pair) for ends in told.values() for pair in combinations(ends, 2)}

    def places(self, groups: Iterable[GroupKey]) -> Places:
        """Where to look for the facts of these groups; others are there too."""
        found = Places(set(), set(), set())
        for letter, one, other, name, _, _ in groups:
            senses = self._below(letter, name)
            if other is not None:
                both = (one, other), (other, one)
                found.ends.update((x, sense.relation, y) for sense in senses for x, y in both)
            elif letter in "PT":
                found.ends.update((one, sense.relation, None) for sense in senses)
            else:
                away = {(one, s.relation) for s in senses if (s.straight if letter == "F" else s.turned)}
                into = {(one, s.relation) for s in senses if (s.turned if letter == "F" else s.straight)}
                found.heads.update(away)
                found.tails.update(into)
        return found

    def along(self, key: GroupKey) -> str | None:
        """By which relation what is told in a group is more or less precise, if by any (``precision``)."""
        letter, _, _, name, _, _ = key
        return self._relations.within(name, heads=letter == "I") if letter in "FI" else None

    def telling(self, along: str, ends: Collection[EntityId]) -> Places:
        """Where to look for the facts that tell one of these, more or less precisely along this relation."""
        turned = (("F" if heads else "I", name) for name, heads in self._relations.told_within(along))
        return self.places({(letter, end, None, name, "", ()) for letter, name in turned for end in ends})

    def _below(self, letter: str, name: str) -> Collection[Sense]:
        if letter == "T" or name == RELATED_TO:
            return [Sense(name)]
        names = self._relations.members(name) if letter == "R" else (name,)
        return {
            sense
            for each in names
            for literal in (False, True)
            for sense in self._relations.below(each, literal=literal)
        }

    def _senses(self, relation: str, letter: str, name: str) -> list[Sense]:
        above = self._relations.above(relation)
        if letter == "D":
            return [sense for sense in above if sense.relation == name]
        return [sense for sense in above if name in self._relations.traits(sense.relation).groups]

    def _ways(self, relation: str) -> set[str]:
        """Of what a fact of this relation says, whatever holds one way only."""
        return {sense.relation for sense in self._relations.topmost(relation, "asymmetric")}

    def _of(self, relation: str, literal: bool) -> list[_Rule]:
        if (relation, literal) not in self._rules:
            made = self._of_literals(relation) if literal else self._of_entities(relation)
            self._rules[relation, literal] = made
        return self._rules[relation, literal]

    def _of_literals(self, relation: str) -> list[_Rule]:
        chain = [sense.relation for sense in self._relations.above(relation, literal=True)]
        single = [name for name in chain if self._relations.traits(name).functional]
        return [*(_Rule("P", name) for name in chain), *(_Rule("F", name) for name in single[-1:])]

    def _of_entities(self, relation: str) -> list[_Rule]:
        rules: list[_Rule] = []
        for sense in self._relations.above(relation):
            traits = self._relations.traits(sense.relation)
            ways = [False] * sense.straight + [True] * sense.turned
            if traits.symmetric:
                rules.append(_Rule("P", sense.relation, sorted=True))
            else:
                rules += [_Rule("P", sense.relation, way) for way in ways]
            rules += [_Rule("R", group, sorted=True) for group in sorted(traits.groups)]
        rules += self._singles(relation)
        for sense in self._relations.topmost(relation, "asymmetric"):
            if not self._relations.traits(sense.relation).groups:  # else which way is part of that question
                rules.append(_Rule("D", sense.relation, sorted=True))
        return rules

    def _singles(self, relation: str) -> list[_Rule]:
        """Where one thing at a time is told of an end: of the head, or (turned) of the tail."""
        found: list[_Rule] = []
        for sense in self._relations.above(relation):
            traits = self._relations.traits(sense.relation)
            one_tail, one_head = traits.functional, traits.inverse_functional
            if traits.symmetric:
                one_tail, one_head = one_tail or one_head, False
            for way in [False] * sense.straight + [True] * sense.turned:
                found += [_Rule("F", sense.relation, way)] * one_tail
                found += [_Rule("I", sense.relation, not way)] * one_head
        over = {r.name: {s.relation for s in self._relations.above(r.name)} - {r.name} for r in found}
        return [
            rule
            for rule in found
            if not any(other.turned == rule.turned and other.name in over[rule.name] for other in found)
        ]
