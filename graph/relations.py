"""What relation types are, and how they hang together: by inverses, and by parents.

A relation and its inverse say the same from either end: facts bear the smaller of the two names, and what is
said of one (functional, asymmetric) holds for both. A parent is what ``rdfs:subPropertyOf`` of W3C's RDF
Schema 1.1 points at: whatever stands in the child stands in the parent too (rule prp-spo1 of OWL 2 RL), with
its ends turned where one of the two names is that of an inverse. Literals have no other end to be told from,
so that facts of literals bear their own relation's name and follow its parents alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple, TypeVar

from graph.types import ValueKind

E = TypeVar("E")

# What a relation type may be said to be, and may be learnt to be.
TRAITS = frozenset({"functional", "inverse_functional", "symmetric", "asymmetric", "transitive"})


class Temporal(StrEnum):
    STATIC = "static"  # holds always: two values are a contradiction (born in)
    STATE = "state"  # holds for a while: a newer value supersedes an older one (chief executive of)
    EVENT = "event"  # happens: values of different dates stand side by side (acquired)


@dataclass(frozen=True)
class RelationType:
    """``heads`` and ``tails`` name entity types (their subtypes included); ``values`` the literal kinds.

    ``functional``: a head has one tail at a time. ``inverse_functional``: a tail has one head at a time.
    ``asymmetric``: A to B excludes B to A. ``exclusive``: at most one relation type of the same group
    holds between two entities. ``identifying``: namesakes are told apart by it, by its one value (born on)
    or, where it leads to wholes (transitive and asymmetric: located in), by regions of which none lies in
    another; two values of anything else are a conflict of one thing (costs). ``parent``: what this one is a
    kind of (capital of: located in). ``within``: the transitive relation along which its one tail is told
    more or less precisely (born in Ulm, which is located in Germany). ``minimum``: no number is less (of what
    is counted, 0). ``phrases`` are lemmatised surface phrases that mean this relation.
    """

    name: str
    heads: tuple[str, ...]
    tails: tuple[str, ...] = ()
    values: tuple[ValueKind, ...] = ()
    functional: bool = False
    inverse_functional: bool = False
    symmetric: bool = False
    asymmetric: bool = False
    transitive: bool = False
    inverse_of: str | None = None
    parent: str | None = None
    within: str | None = None
    exclusive: str | None = None
    temporal: Temporal = Temporal.STATIC
    identifying: bool = False
    minimum: int | None = None
    phrases: tuple[str, ...] = ()

    def identifies(self, head: bool) -> bool:
        """Whether it tells namesakes apart at its head, else at its tail."""
        return self.identifying and (self.functional if head else self.inverse_functional)

    @property
    def locates(self) -> bool:
        """Whether it tells namesakes apart by what they lie in."""
        return self.identifying and self.transitive and self.asymmetric


@dataclass(frozen=True, slots=True)
class Traits:
    """What a relation and its inverse are said to be, seen from one of the two. ``groups``: of relations that
    exclude each other."""

    functional: bool = False
    inverse_functional: bool = False
    symmetric: bool = False
    asymmetric: bool = False
    transitive: bool = False
    groups: frozenset[str] = frozenset()


class Sense(NamedTuple):
    """How facts of one relation read in another, ``relation``: with their ends as they are, turned round, or
    (one of the two is symmetric) both ways. The same holds the other way round."""

    relation: str
    straight: bool = True
    turned: bool = False

    def ends(self, head: E, tail: E) -> list[tuple[E, E]]:
        return [(head, tail)] * self.straight + [(tail, head)] * self.turned


class Relations:
    """The relation types of one ontology. Names that it lacks are relations without any traits."""

    def __init__(self, types: Mapping[str, RelationType]) -> None:
        self._types = types
        self._twins: dict[str, list[str]] = {name: [name] for name in types}
        for name, relation in types.items():
            other = relation.inverse_of
            if other is not None and other in types and other not in self._twins[name]:
                self._twins[name].append(other)
                self._twins[other].append(name)
        self._traits: dict[str, Traits] = {}
        self._above: dict[tuple[str, bool], tuple[Sense, ...]] = {}
        self._rivals: dict[str, frozenset[str]] = {}
        self._topmost: dict[tuple[str, str], list[Sense]] = {}

    def canonical(self, name: str) -> str:
        """Of a relation and its inverse the one whose name facts between entities bear."""
        return min(self._twins.get(name, (name,)))

    def twins(self, name: str) -> tuple[str, ...]:
        """The relation and its inverse, if it has one."""
        return tuple(self._twins.get(name, (name,)))

    def traits(self, name: str) -> Traits:
        if name not in self._traits:
            twins = [self._types[twin] for twin in self._twins.get(name, ())]
            same, turned = twins[:1], twins[1:]
            self._traits[name] = Traits(
                functional=any(r.functional for r in same) or any(r.inverse_functional for r in turned),
                inverse_functional=any(r.inverse_functional for r in same)
                or any(r.functional for r in turned),
                symmetric=any(r.symmetric for r in same),
                asymmetric=any(r.asymmetric for r in twins),
                transitive=any(r.transitive for r in twins),
                groups=frozenset(r.exclusive for r in twins if r.exclusive),
            )
        return self._traits[name]

    def above(self, name: str, *, literal: bool = False) -> tuple[Sense, ...]:
        """Itself first, then its parents and theirs, the nearest first, by the names that facts bear: what a
        fact of it says as well. ``literal``: a fact whose tail is one."""
        if (name, literal) not in self._above:
            found = self._chain(name) if literal else self._climb(name)
            self._above[name, literal] = tuple(found)
        return self._above[name, literal]

    def below(self, name: str, *, literal: bool = False) -> tuple[Sense, ...]:
        """Itself and its descendants, by the names that facts bear: whose facts say this as well."""
        return tuple(self._below.get((name, literal), (Sense(name),)))

    def rivals(self, name: str) -> frozenset[str]:
        """The relations, as facts bear them, of which none holds between two entities beside this one."""
        if name not in self._rivals:
            mine = {sense.relation for sense in self.above(name)}
            groups = {group for relation in mine for group in self.traits(relation).groups}
            others = {other for group in groups for other in self.members(group)} - mine
            below = {sense.relation for other in others for sense in self.below(other)}
            self._rivals[name] = frozenset(below)
        return self._rivals[name]

    def within(self, name: str, *, heads: bool = False) -> str | None:
        """Along which relation, as facts bear it, the tails (``heads``: the heads) of facts of this name are
        told more or less precisely, if along any.

        Not along one whose facts they could be too, nor if they could be of another transitive one: then what
        lies in what would rest on itself.
        """
        return self._within.get((name, heads))

    @cached_property
    def wholes(self) -> list[str]:
        """The relations along which others are told more or less precisely."""
        return sorted(set(self._within.values()))

    def told_within(self, along: str) -> list[tuple[str, bool]]:
        """The relations, as facts bear them, whose tails, or heads (True), are told so along this one."""
        return sorted(told for told, by in self._within.items() if by == along)

    @cached_property
    def _within(self) -> Mapping[tuple[str, bool], str]:
        found: dict[tuple[str, bool], str] = {}
        for name, relation in self._types.items():
            if relation.within is not None and not self.rests_on_order(name):
                canonical = self.canonical(name)
                found[canonical, canonical != name] = self.canonical(relation.within)
        return found

    def rests_on_order(self, name: str) -> str | None:
        """The transitive relation that this one or a kind of it is a kind of, if there is one."""
        over = (
            above.relation
            for below in self.below(self.canonical(name))
            for above in self.above(below.relation)
        )
        return next((relation for relation in over if self.traits(relation).transitive), None)

    def is_single(self, name: str, *, heads: bool) -> bool:
        """Whether facts of this name, or of what it is a kind of, tell of a tail one head at a time
        (``heads``), or of a head one tail."""
        return any(
            traits.inverse_functional if heads != turned else traits.functional
            for sense in self.above(name)
            for traits in (self.traits(sense.relation),)
            for turned in [False] * sense.straight + [True] * sense.turned
        )

    def members(self, group: str) -> tuple[str, ...]:
        """The relations of a group that exclude each other, as facts bear them."""
        return self._groups.get(group, ())

    def topmost(self, name: str, trait: str) -> list[Sense]:
        """Of what a fact of ``name`` says, whatever has the trait and no parent that has it too."""
        if (name, trait) in self._topmost:
            return self._topmost[name, trait]
        having = [sense for sense in self.above(name) if getattr(self.traits(sense.relation), trait)]
        self._topmost[name, trait] = [
            sense
            for sense in having
            if not any(higher.relation in self._over(sense.relation) for higher in having)
        ]
        return self._topmost[name, trait]

    def _over(self, name: str) -> set[str]:
        return {sense.relation for sense in self.above(name)} - {self.canonical(name)}

    def _chain(self, name: str) -> Iterable[Sense]:
        seen: dict[str, Sense] = {}
        while name not in seen:
            seen[name] = Sense(name)
            name = (self._types[name].parent if name in self._types else None) or name
        return seen.values()

    def _climb(self, name: str) -> Iterable[Sense]:
        """Breadth first over (relation, turned); a symmetric relation is both."""
        first = self.canonical(name)
        frontier = self._ways(first, name != first)
        seen = dict.fromkeys(frontier)
        while frontier:
            frontier = [
                way
                for relation, turned in frontier
                for parent, turns in self._parents.get(relation, ())
                for way in self._ways(parent, turned != turns)
                if way not in seen
            ]
            seen |= dict.fromkeys(frontier)
        return [Sense(r, (r, False) in seen, (r, True) in seen) for r in dict.fromkeys(r for r, _ in seen)]

    def _ways(self, relation: str, turned: bool) -> list[tuple[str, bool]]:
        return [(relation, way) for way in ((False, True) if self.traits(relation).symmetric else (turned,))]

    @cached_property
    def _parents(self) -> Mapping[str, list[tuple[str, bool]]]:
        """By the names that facts bear, whether the ends are turned on the way."""
        found: dict[str, list[tuple[str, bool]]] = defaultdict(list)
        for name in sorted(self._types):
            parent = self._types[name].parent
            if parent is not None:
                child, borne = self.canonical(name), self.canonical(parent)
                found[child].append((borne, (child != name) != (borne != parent)))
        return found

    @cached_property
    def _below(self) -> Mapping[tuple[str, bool], list[Sense]]:
        found: dict[tuple[str, bool], list[Sense]] = defaultdict(list)
        for name in sorted(self._types):
            for literal in (False, True):
                if literal or self.canonical(name) == name:
                    for over in self.above(name, literal=literal):
                        found[over.relation, literal].append(over._replace(relation=name))
        return found

    @cached_property
    def _groups(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, set[str]] = defaultdict(set)
        for name in self._types:
            for group in self.traits(name).groups:
                found[group].add(self.canonical(name))
        return {group: tuple(sorted(names)) for group, names in found.items()}
