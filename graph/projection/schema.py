"""Constraints and indexes of the graph store: made where missing, waited for until they answer."""

from collections.abc import Iterable

from graph.projection import cypher
from graph.projection.session import Store


async def ensure_schema(store: Store, relations: Iterable[str] = ()) -> None:
    """Idempotent. ``relations`` are the ontology's relation types, each of which gets its key."""
    for statement in cypher.SCHEMA:
        await store.define(statement)
    await ensure_relations(store, relations)


async def ensure_relations(store: Store, relations: Iterable[str]) -> None:
    """Keys for relationship types; a write without one would scan every relationship of its type."""
    for relation in sorted(set(relations)):
        await store.define(cypher.fact_key(relation))
    await store.define(cypher.AWAIT_INDEXES)
