"""Constraints and indexes of the graph store: made where missing, waited for until they answer."""

from collections.abc import Iterable

from graph.projection import cypher
from graph.projection.cypher import FULL_TEXT, FullText
from graph.projection.session import Record, Store


async def ensure_schema(store: Store, relations: Iterable[str] = ()) -> None:
    """Idempotent. ``relations`` are the ontology's relation types, each of which gets its key.

    A full-text index that another version defined otherwise is dropped and made again, from the nodes there.
    """
    for record in await store.define(cypher.FULL_TEXT_INDEXES):
        name = record["name"]
        if name in FULL_TEXT and _defined(record) != FULL_TEXT[name]:
            await store.define(cypher.drop_index(name))
    for statement in cypher.SCHEMA:
        await store.define(statement)
    await ensure_relations(store, relations)


async def ensure_relations(store: Store, relations: Iterable[str]) -> None:
    """Keys for relationship types; a write without one would scan every relationship of its type."""
    for relation in sorted(set(relations)):
        await store.define(cypher.fact_key(relation))
    await store.define(cypher.AWAIT_INDEXES)


def _defined(record: Record) -> FullText:
    analyser = record["options"]["indexConfig"]["fulltext.analyzer"]
    return FullText(":".join(record["labelsOrTypes"]), tuple(record["properties"]), analyser)
