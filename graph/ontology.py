"""What kinds of things there are, how they may relate, and which statements exclude each other.

An ontology is one TOML text. ``DEFAULT_ONTOLOGY`` ships with the package; a workspace may replace it by a
decision. Relation types become Neo4j relationship types and labels, so names pass a strict allow-list here.
"""

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from importlib.resources import files
from typing import Any, TypeVar

from graph.errors import OntologyError
from graph.relations import Relations, RelationType, Temporal
from graph.types import ValueKind

_Kind = TypeVar("_Kind", bound=StrEnum)

RELATED_TO = "RELATED_TO"
THING = "Thing"
_LEAST_TIMES, _MOST_TIMES = Decimal("1e-30"), Decimal("1e30")  # of a unit, so that its numbers stay short

_ENTITY_NAME = re.compile(r"[A-Z][A-Za-z0-9]{0,62}\Z")
_RELATION_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,62}\Z")
_WORD = re.compile(r"[^\W_]+")
_RESERVED_LABELS = frozenset({"Document", "Element", "Chunk", "Entity", "Fact", "Claim", "Projection"})
_RESERVED_TYPES = frozenset(
    {"HAS_ELEMENT", "NEXT", "PARENT", "HAS_CHUNK", "MENTIONS", "SUBJECT", "OBJECT", "STATES"}
)


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
            for spelt in _spellings(phrase)
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


def parse_ontology(text: str) -> Ontology:
    """Read and check an ontology's TOML; OntologyError names the first thing that is wrong."""
    try:
        return _read(_toml(text))
    except _Wrong as wrong:
        raise OntologyError(str(wrong)) from wrong


def stored_ontology(text: str) -> tuple[Ontology, tuple[str, ...]]:
    """An ontology that was accepted once, and what is wrong with it by today's rules, with the reasons. That
    is left out, a key or a table; OntologyError where the whole is no ontology."""
    data = _toml(text)
    faults: list[str] = []
    while True:
        try:
            return _read(data), tuple(faults)
        except _Wrong as wrong:
            faults.append(str(wrong))
            table = data[wrong.table]
            if wrong.key is None:
                del table[wrong.name]
            else:
                del table[wrong.name][wrong.key]


class _Wrong(OntologyError):
    """What is wrong with a table, and which of its keys, if it is one."""

    def __init__(self, error: OntologyError, table: str, name: str, key: str | None) -> None:
        super().__init__(str(error))
        self.table, self.name, self.key = table, name, key


@contextmanager
def _reading(table: str, name: str, key: str | None = None) -> Iterator[None]:
    try:
        yield
    except OntologyError as error:
        raise _Wrong(error, table, name, key) from error


def _toml(text: str) -> dict[str, Any]:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise OntologyError(f"the ontology is not valid TOML: {error}") from error
    if unknown := sorted(data.keys() - {"entity", "relation", "unit"}):
        raise OntologyError(f"unknown table {unknown[0]!r}: an ontology has entity, relation and unit")
    return data


def _read(data: dict[str, Any]) -> Ontology:
    entities = {THING: EntityType(THING)}
    for name, spec in _tables(data, "entity").items():
        with _reading("entity", name):
            check_entity_type_name(name)
            if unknown := sorted(spec.keys() - {"parent"}):
                raise OntologyError(f"entity type {name!r}: unknown key {unknown[0]!r}")
            if not isinstance(spec.get("parent", THING), str):
                raise OntologyError(f"entity type {name!r}: its parent must be the name of one entity type")
            if name == THING and spec.get("parent", THING) != THING:
                raise OntologyError(
                    f"entity type {THING!r}: is what all others are kinds of, and has no parent"
                )
            if name != THING:
                entities[name] = EntityType(name, spec.get("parent", THING))
    for entity in entities.values():
        with _reading("entity", entity.name, "parent"):
            _check_parents(entity, entities)
    relations: dict[str, RelationType] = {}
    for name, spec in _tables(data, "relation").items():
        with _reading("relation", name):
            relations[name] = _relation(name, spec, entities)
    ontology = Ontology(entities, relations, _units(_tables(data, "unit")))
    _check_relations(ontology)
    return ontology


def _tables(data: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    found = data.get(kind, {})
    if not isinstance(found, dict) or not all(isinstance(spec, dict) for spec in found.values()):
        raise OntologyError(
            f"{kind}: write each as a table, [{kind}.NAME], or NAME = {{ ... }} under [{kind}]"
        )
    return found


def check_entity_type_name(name: str) -> str:
    """``name`` if it may become a label in the graph store; OntologyError otherwise."""
    if not _ENTITY_NAME.match(name) or name in _RESERVED_LABELS:
        raise OntologyError(
            f"entity type {name[:80]!r}: a capital, then letters and digits, no reserved name"
        )
    return name


def check_relation_name(name: str) -> str:
    """``name`` if it may become a relationship type in the graph store; OntologyError otherwise."""
    if not _RELATION_NAME.match(name) or name in _RESERVED_TYPES:
        raise OntologyError(
            f"relation type {name[:80]!r}: capitals, digits and underscores, no reserved name"
        )
    return name


def default_ontology_text() -> str:
    return files("graph").joinpath("ontology.toml").read_text(encoding="utf-8")


def default_ontology() -> Ontology:
    return parse_ontology(default_ontology_text())


def _check_parents(entity: EntityType, entities: dict[str, EntityType]) -> None:
    seen, current = {entity.name}, entity.parent
    while current is not None:
        if current not in entities:
            raise OntologyError(f"entity type {entity.name!r}: its parent {current!r} is not defined")
        if current in seen:
            raise OntologyError(f"entity type {entity.name!r}: its parents form a circle")
        seen.add(current)
        current = entities[current].parent


def _relation(name: str, spec: dict[str, Any], entities: dict[str, EntityType]) -> RelationType:
    check_relation_name(name)
    if name == RELATED_TO:
        raise OntologyError(
            f"relation type {name!r}: reserved for phrases that mean no type; give another name"
        )
    known = RelationType.__dataclass_fields__.keys() - {"name"}
    if unknown := sorted(spec.keys() - known):
        raise OntologyError(f"relation type {name!r}: unknown key {unknown[0]!r}")
    _check_kinds(name, spec)
    fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in spec.items()}
    fields["values"] = tuple(_one_of(name, "values", ValueKind, v) for v in spec.get("values", ()))
    fields["temporal"] = _one_of(name, "temporal", Temporal, spec.get("temporal", Temporal.STATIC))
    relation = RelationType(**{"name": name, "heads": (), **fields})
    for end in (*relation.heads, *relation.tails):
        if end not in entities:
            raise OntologyError(f"relation type {name!r}: entity type {end!r} is not defined")
    if not relation.heads or not (relation.tails or relation.values):
        raise OntologyError(f"relation type {name!r}: needs heads, and tails or values")
    if relation.minimum is not None and ValueKind.NUMBER not in relation.values:
        raise OntologyError(f"relation type {name!r}: has a minimum, so its values must hold number")
    if relation.symmetric and relation.asymmetric:
        raise OntologyError(f"relation type {name!r}: cannot be symmetric and asymmetric")
    single = relation.functional or relation.inverse_functional
    if relation.identifying and not (relation.locates or (single and relation.temporal is Temporal.STATIC)):
        raise OntologyError(
            f"relation type {name!r}: an identifying one must be static and functional or "
            "inverse_functional, or transitive and asymmetric"
        )
    return relation


def _one_of(name: str, key: str, kind: type[_Kind], value: str) -> _Kind:
    try:
        return kind(value)
    except ValueError as error:
        known = ", ".join(kind)
        raise OntologyError(f"relation type {name!r}: {key} may be {known}; not {value!r}") from error


def _check_kinds(name: str, spec: dict[str, Any]) -> None:
    """Each key's value is of its kind: a list of texts, true or false, or a text."""
    for key, value in spec.items():
        if key in {"heads", "tails", "values", "phrases"}:
            fits, wanted = (
                isinstance(value, list) and all(isinstance(v, str) and _WORD.search(v) for v in value),
                "a list of texts, none of them empty",
            )
        elif key in {"inverse_of", "parent", "within", "exclusive", "temporal"}:
            fits, wanted = isinstance(value, str), "a text"
        elif key == "minimum":
            fits, wanted = type(value) is int, "a whole number"
        else:
            fits, wanted = isinstance(value, bool), "true or false"
        if not fits:
            raise OntologyError(f"relation type {name!r}: {key} must be {wanted}")


def _units(specs: dict[str, Any]) -> dict[str, Unit]:
    """``[unit.km]``: ``of`` is a base unit, ``times`` how many of it make one, ``names`` other spellings."""
    found: dict[str, Unit] = {}
    table: dict[str, str] = {}  # of each spelling
    for name, spec in specs.items():
        with _reading("unit", name):
            unit = _unit(name, spec)
            for spelling in (name, *spec.get("names", [])):
                table.setdefault(spelling, name)
                if found.setdefault(spelling, unit) != unit:
                    raise OntologyError(f"unit {spelling!r} is defined twice")
    for name, unit in found.items():
        with _reading("unit", table[name]):
            if unit.base not in found:
                raise OntologyError(
                    f"unit {name!r}: its base {unit.base!r} is not defined; "
                    f"a base unit is made of one of itself: of = {unit.base!r}, times = 1"
                )
            if found[unit.base] != Unit(unit.base, Decimal(1)):
                raise OntologyError(f"unit {name!r}: its base {unit.base!r} is itself made of another unit")
    return found


def _unit(name: str, spec: dict[str, Any]) -> Unit:
    if unknown := sorted(spec.keys() - {"of", "times", "names"}):
        raise OntologyError(f"unit {name!r}: unknown key {unknown[0]!r}")
    others = spec.get("names", [])
    if not isinstance(others, list) or not all(isinstance(other, str) for other in others):
        raise OntologyError(f"unit {name!r}: names must be a list of texts")
    try:
        base, times = str(spec["of"]), Decimal(str(spec["times"]))
    except (KeyError, TypeError, ArithmeticError) as error:
        raise OntologyError(f"unit {name!r}: needs of = a base unit and times = a number") from error
    if not (times.is_finite() and _LEAST_TIMES <= times <= _MOST_TIMES):
        raise OntologyError(f"unit {name!r}: times must be a number from {_LEAST_TIMES} to {_MOST_TIMES}")
    return Unit(base, times)


def _spellings(phrase: str) -> tuple[str, ...]:
    """The phrase, and its words in lower case, as claims' phrases are compared: "co-found" and "co found"."""
    return phrase, " ".join(_WORD.findall(phrase.casefold()))


def _check_relations(ontology: Ontology) -> None:
    owner: dict[str, str] = {}
    naming: dict[str, str] = {}
    for relation in ontology.relation_types.values():
        name = relation.name
        if (inverse := relation.inverse_of) is not None:
            with _reading("relation", name, "inverse_of"):
                _check_inverse(relation, inverse, ontology)
                if (other := naming.setdefault(inverse, name)) != name:
                    raise OntologyError(
                        f"relation types {other!r} and {name!r} both name {inverse!r} as their inverse, "
                        "which would make of the two one relation: let one have it, and be the other's parent"
                    )
        if relation.parent is not None:
            with _reading("relation", name, "parent"):
                _check_parent(relation, relation.parent, ontology)
        for phrase in relation.phrases:
            for spelt in _spellings(phrase):
                with _reading("relation", name, "phrases"):
                    if owner.setdefault(spelt, name) != name:
                        raise OntologyError(f"phrase {phrase!r} means both {owner[spelt]} and {name}")
    for name, relation in ontology.relation_types.items():  # once all parents are known to lead to a root
        with _reading("relation", name):
            _check_inherited(name, ontology)
        if relation.within is not None:
            with _reading("relation", name, "within"):
                _check_within(relation, relation.within, ontology)


def _check_parent(relation: RelationType, parent: str, ontology: Ontology) -> None:
    """It is there, it leads back neither to the relation nor to its inverse, and all that the relation may
    stand between the parent may stand between too."""
    name, relations, over = relation.name, ontology.relations, ontology.relation_types.get(parent)
    if over is None:
        raise OntologyError(
            f"relation type {name!r}: its parent {parent!r} is not defined; add [relation.{parent}]"
        )
    if parent == name:
        raise OntologyError(f"relation type {name!r}: is its own parent; leave parent out")
    if relations.canonical(parent) == relations.canonical(name):
        raise OntologyError(
            f"relation type {name!r}: its parent is its inverse {parent!r}, which makes of them one relation "
            "that holds both ways; keep one of them and say symmetric = true"
        )
    if any(sense.relation == relations.canonical(name) for sense in relations.above(parent)):
        raise OntologyError(
            f"relation type {name!r}: its parents form a circle; leave one of them out, or make them one "
            "relation type with the phrases of all"
        )
    for end, ours, theirs in (("heads", relation.heads, over.heads), ("tails", relation.tails, over.tails)):
        for kind in ours:
            if not set(ontology.ancestors(kind)) & set(theirs):
                raise OntologyError(
                    f"relation type {name!r}: {kind!r} of its {end} is none of those of its parent "
                    f"{parent!r} ({_listed(theirs)}) nor a kind of one; add it there, or take it out here"
                )
    for value in relation.values:
        if value not in over.values:
            raise OntologyError(
                f"relation type {name!r}: its values are {value}, which its parent {parent!r} does not take "
                f"({_listed(over.values)}); add it there, or take it out here"
            )


def _check_inherited(name: str, ontology: Ontology) -> None:
    """What the relation inherits leaves room for a fact of it."""
    relations = ontology.relations
    groups: dict[str, str] = {}
    for sense in relations.above(name):
        traits = relations.traits(sense.relation)
        if traits.asymmetric and sense.straight and sense.turned:
            raise OntologyError(
                f"relation type {name!r}: says {sense.relation} both ways, which is asymmetric, so that no "
                "fact of it could hold; take asymmetric from the one, or symmetric or parent from the other"
            )
        for group in sorted(traits.groups):
            if groups.setdefault(group, sense.relation) != sense.relation:
                raise OntologyError(
                    f"relation type {name!r}: is both {groups[group]} and {sense.relation}, which exclude "
                    f"each other (exclusive = {group!r}); put only the upper of them into the group"
                )


def _check_inverse(relation: RelationType, inverse: str, ontology: Ontology) -> None:
    """It is there, it is another, it names no third, and its ends can be this one's ends turned round."""
    name, other = relation.name, ontology.relation_types.get(inverse)
    if other is None:
        raise OntologyError(f"relation type {name!r}: inverse {inverse!r} is not defined")
    if inverse == name:
        raise OntologyError(f"relation type {name!r}: is its own inverse; say symmetric = true")
    if other.inverse_of not in {None, name}:
        raise OntologyError(f"relation type {name!r}: its inverse {inverse!r} names another")
    for end, ours, its_end, theirs in (
        ("head", relation.heads, "tail", other.tails),
        ("tail", relation.tails, "head", other.heads),
    ):
        if not any(ontology.compatible(a, b) for a in ours for b in theirs):
            raise OntologyError(
                f"relation type {name!r}: no {end} of it ({_listed(ours)}) can be a {its_end} of its inverse "
                f"{inverse!r} ({_listed(theirs)}), which tells the same pair from the other end"
            )


def _check_within(relation: RelationType, along: str, ontology: Ontology) -> None:
    """It is there and transitive, may lead from a tail of the relation to another, of which one is told; and
    what lies in what is told by other relations."""
    name, relations, over = relation.name, ontology.relations, ontology.relation_types.get(along)
    if over is None:
        raise OntologyError(
            f"relation type {name!r}: within {along!r} is not defined; add [relation.{along}]"
        )
    if not relations.traits(along).transitive or relations.traits(along).symmetric:
        raise OntologyError(
            f"relation type {name!r}: within {along!r} must be transitive and not symmetric: its tails are "
            "told more or less precisely along it"
        )
    if not (relation.functional and relation.tails) or relation.symmetric:
        raise OntologyError(
            f"relation type {name!r}: within is for one that is functional, not symmetric, and has tails; "
            "leave it out where several things may be told anyway"
        )
    for end, theirs in (("head", over.heads), ("tail", over.tails)):
        if not any(ontology.compatible(a, b) for a in relation.tails for b in theirs):
            raise OntologyError(
                f"relation type {name!r}: no tail of it ({_listed(relation.tails)}) can be a {end} of "
                f"{along!r} ({_listed(theirs)}), within which it is told"
            )
    if order := relations.rests_on_order(name):
        raise OntologyError(
            f"relation type {name!r}: is, or has a kind that is, a kind of {order!r}, which is transitive; "
            "leave within out, or the parent"
        )
    over_it = [each for each in relations.topmost(relations.canonical(name), "functional") if each.straight]
    if relations.canonical(name) == name and not any(each.relation == name for each in over_it):
        raise OntologyError(
            f"relation type {name!r}: is a kind of {over_it[0].relation!r}, which is functional too; say "
            "within what it is told there"
        )


def _listed(types: Collection[str]) -> str:
    return ", ".join(types) or "none"
