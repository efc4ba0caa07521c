"""An ontology's one TOML text, read and checked."""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from enum import StrEnum
from importlib.resources import files
from typing import Any, TypeVar

from graph.errors import OntologyError
from graph.ontology.laws import check_inherited, check_inverse, check_meets, check_parent, check_within
from graph.ontology.model import RELATED_TO, THING, WORD, EntityType, Ontology, Unit, spellings
from graph.ontology.naming import check_entity_type_name, check_relation_name
from graph.relations import RelationType, Temporal
from graph.types import ValueKind

_Kind = TypeVar("_Kind", bound=StrEnum)

_DEEPEST = 64  # types, each a kind of the one above it
_LEAST_TIMES, _MOST_TIMES = Decimal("1e-30"), Decimal("1e30")  # of a unit, so that its numbers stay short


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


def default_ontology_text() -> str:
    return files("graph.ontology").joinpath("default.toml").read_text(encoding="utf-8")


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
        if len(seen) > _DEEPEST:
            raise OntologyError(f"entity type {entity.name!r}: has more than {_DEEPEST - 1} types above it")
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
                isinstance(value, list) and all(isinstance(v, str) and WORD.search(v) for v in value),
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


def _check_relations(ontology: Ontology) -> None:
    owner: dict[str, str] = {}
    naming: dict[str, str] = {}
    for relation in ontology.relation_types.values():
        name = relation.name
        if (inverse := relation.inverse_of) is not None:
            with _reading("relation", name, "inverse_of"):
                check_inverse(relation, inverse, ontology)
                if (other := naming.setdefault(inverse, name)) != name:
                    raise OntologyError(
                        f"relation types {other!r} and {name!r} both name {inverse!r} as their inverse, "
                        "which would make of the two one relation: let one have it, and be the other's parent"
                    )
        if relation.parent is not None:
            with _reading("relation", name, "parent"):
                check_parent(relation, relation.parent, ontology)
        for trait in ("symmetric", "transitive"):
            if getattr(relation, trait):
                with _reading("relation", name, trait):
                    check_meets(relation, trait, ontology)
        for phrase in relation.phrases:
            for spelt in spellings(phrase):
                with _reading("relation", name, "phrases"):
                    if owner.setdefault(spelt, name) != name:
                        raise OntologyError(f"phrase {phrase!r} means both {owner[spelt]} and {name}")
    for name, relation in ontology.relation_types.items():  # once all parents are known to lead to a root
        with _reading("relation", name):
            check_inherited(name, ontology)
        if relation.within is not None:
            with _reading("relation", name, "within"):
                check_within(relation, relation.within, ontology)


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
