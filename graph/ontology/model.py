"""What kinds of things there are, how they may relate, and which statements exclude each other."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from graph.relations import Relations, RelationType
from graph.types import ValueKind

RELATED_TO = "RELATED_TO"
THING = "Thing"
WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class EntityType:
    name: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """``times`` of ``base`` make one: a kilometre is 1000 m."""

    base: str
    times: Decimal


@dataclass(frozen=True)
class Ontology:
    entity_types: dict[str, EntityType]
    relation_types: dict[str, RelationType]
    units: dict[str, Unit] = field(default_factory=dict)  # by every spelling

    @cached_property
    def phrase_index(self) -> dict[str, str]:
        """Lemmatised phrase to relation type name: as it is written, and by its words in lower case."""
        return {
            spelt: r.name
            for r in self.relation_types.values()
            for phrase in r.phrases
            for spelt in spellings(phrase)
        }

    @cached_property
    def relations(self) -> Relations:
        """How the relation types hang together: inverses, parents, and what they inherit."""
        return Relations(self.relation_types)

    @cached_property
    def read_by(self) -> dict[str, Any]:
        """What claims are read by, JSON-ready: all but what fuse alone goes by, of numbers and places."""
        words = asdict(self)
        del words["units"]
        for relation in words["relation_types"].values():
            del relation["minimum"], relation["within"]
        return words

    def ancestors(self, entity_type: str) -> tuple[str, ...]:
        """The type itself first, then its parents up to the root. An unknown type is a plain Thing."""
        return self._lineages.get(entity_type) or self._lineages[THING]

    @cached_property
    def _lineages(self) -> dict[str, tuple[str, ...]]:
        return {name: tuple(self._upwards(name)) for name in self.entity_types}

    def _upwards(self, entity_type: str | None) -> Iterator[str]:
        while entity_type is not None:
            yield entity_type
            entity_type = self.entity_types[entity_type].parent

    def compatible(self, a: str, b: str) -> bool:
        """Whether one thing can be of both types: one is the other or an ancestor of it."""
        return a in self.ancestors(b) or b in self.ancestors(a)

    def allows(self, head: str, relation: str, tail: str | ValueKind) -> bool:
        """Whether (head type, relation, tail type or literal kind) is a pattern of this ontology."""
        found = self.relation_types.get(relation)
        if found is None:
            return False
        if not set(self.ancestors(head)) & set(found.heads):
            return False
        if isinstance(tail, ValueKind):
            return tail in found.values
        return bool(set(self.ancestors(tail)) & set(found.tails))


def with_traits(ontology: Ontology, traits: Mapping[str, Collection[str]]) -> Ontology:
    """``ontology`` with what some of its relation types are found to be.

    None loses a trait; one that is symmetric is not made asymmetric, nor the other way round.
    """
    if not traits:
        return ontology  # with what it has worked out
    changed = dict(ontology.relation_types)
    for name, found in traits.items():
        relation = changed.get(name)
        if relation is not None:
            changed[name] = replace(
                relation,
                functional=relation.functional or "functional" in found,
                inverse_functional=relation.inverse_functional or "inverse_functional" in found,
                symmetric=relation.symmetric or ("symmetric" in found and not relation.asymmetric),
                asymmetric=relation.asymmetric or ("asymmetric" in found and not relation.symmetric),
                transitive=relation.transitive or "transitive" in found,
            )
    return replace(ontology, relation_types=changed)


def spellings(phrase: str) -> tuple[str, ...]:
    """The phrase, and its words in lower case, as claims' phrases are compared: "co-found" and "co found"."""
    return phrase, " ".join(WORD.findall(phrase.casefold()))
