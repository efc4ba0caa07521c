"""Outbox rows to batches of statements: deletes first, edges before nodes; then upserts, nodes before edges.

Each statement is static for its label or type and runs over rows sorted by key. All of them set absolute
state, so that running one twice, or half of them and then all, ends in the same graph.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from graph.projection import cypher, model
from graph.projection.cypher import CHUNK, CLAIM, DOCUMENT, ELEMENT, ENTITY, FACT
from graph.projection.model import Row
from graph.types import ChangeKind, GraphChange, WorkspaceId

BATCH = 2000  # rows of one statement, which is one transaction

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Statement:
    """A query with the ``$rows`` or ``$ids`` of one batch. ``keep`` is for entities: the labels they have."""

    query: str
    rows: Sequence[Any]
    parameter: str = "rows"
    keep: tuple[str, ...] | None = None


def relation_types(changes: Iterable[GraphChange]) -> list[str]:
    """The relationship types that the changes need."""
    return sorted(
        {
            change.row["relation"]
            for change in changes
            if change.kind is ChangeKind.FACT and change.row is not None and model.is_relationship(change.row)
        }
    )


def statements(
    workspace: WorkspaceId, changes: Sequence[GraphChange], relations: Sequence[str]
) -> Iterator[Statement]:
    """What brings the graph from any state to the one that ``changes`` end in.

    ``relations`` are all relationship types that facts of this workspace may already have.
    """
    last = {(change.kind, change.id): change for change in changes}
    gone: dict[ChangeKind, list[str]] = defaultdict(list)
    here: dict[ChangeKind, list[tuple[str, Row]]] = defaultdict(list)
    for (kind, id_), change in sorted(last.items()):
        if change.row is None:
            gone[kind].append(id_.hex())
        else:
            here[kind].append((id_.hex(), change.row))
    yield from _deletes(gone, relations)
    yield from _upserts(workspace, here)


def _deletes(gone: dict[ChangeKind, list[str]], relations: Sequence[str]) -> Iterator[Statement]:
    facts = gone[ChangeKind.FACT]
    for relation in relations:
        yield from _batches(cypher.delete_fact_relationships(relation), facts, "ids")
    yield from _batches(cypher.DELETE_FACT_NODES, facts, "ids")
    yield from _batches(cypher.DELETE_MENTIONS, gone[ChangeKind.MENTIONS], "ids")
    for kind, label in (
        (ChangeKind.ENTITY, ENTITY),
        (ChangeKind.CHUNK, CHUNK),
        (ChangeKind.ELEMENT, ELEMENT),
        (ChangeKind.DOCUMENT, DOCUMENT),
    ):
        yield from _batches(cypher.delete_nodes(label), gone[kind], "ids")


def _upserts(workspace: WorkspaceId, here: dict[ChangeKind, list[tuple[str, Row]]]) -> Iterator[Statement]:
    documents, elements, chunks = here[ChangeKind.DOCUMENT], here[ChangeKind.ELEMENT], here[ChangeKind.CHUNK]
    for label, rows, properties in (
        (DOCUMENT, documents, model.document_properties),
        (ELEMENT, elements, model.element_properties),
        (CHUNK, chunks, model.chunk_properties),
    ):
        nodes = [{"id": id_, "p": properties(workspace, id_, row)} for id_, row in rows]
        yield from _batches(cypher.upsert_nodes(label), nodes)
    yield from _entities(workspace, here[ChangeKind.ENTITY])
    yield from _links(DOCUMENT, "HAS_ELEMENT", ELEMENT, [(row["document"], id_) for id_, row in elements])
    parents = [(id_, row["parent"]) for id_, row in elements if row["parent"] is not None]
    yield from _links(ELEMENT, "PARENT", ELEMENT, parents)
    yield from _batches(
        cypher.CHAIN_ELEMENTS, sorted({row["document"] for _, row in elements}), "ids", size=50
    )
    yield from _links(DOCUMENT, "HAS_CHUNK", CHUNK, [(row["document"], id_) for id_, row in chunks])
    mentions = [
        {"a": row["chunk"], "b": row["entity"], "p": model.mentions_properties(workspace, id_, row)}
        for id_, row in here[ChangeKind.MENTIONS]
    ]
    mentions.sort(key=lambda row: (row["a"], row["b"]))
    yield from _batches(cypher.link(CHUNK, "MENTIONS", ENTITY, properties=True), mentions)
    yield from _facts(workspace, here[ChangeKind.FACT])


def _entities(workspace: WorkspaceId, entities: list[tuple[str, Row]]) -> Iterator[Statement]:
    by_labels: dict[tuple[str, ...], Rows] = defaultdict(list)
    for id_, row in entities:
        by_labels[model.entity_labels(row)].append(
            {"id": id_, "p": model.entity_properties(workspace, id_, row)}
        )
    for labels, rows in sorted(by_labels.items()):
        yield from _batches(cypher.upsert_entities(labels), rows, keep=(ENTITY, *labels))


def _facts(workspace: WorkspaceId, facts: list[tuple[str, Row]]) -> Iterator[Statement]:
    by_type: dict[str, Rows] = defaultdict(list)
    were_relationships: dict[str, list[str]] = defaultdict(list)
    nodes: Rows = []
    claims: dict[str, model.Properties] = {}
    objects, states = [], []
    for id_, row in facts:
        if model.is_relationship(row):
            properties = model.relationship_properties(workspace, id_, row)
            by_type[row["relation"]].append({"a": row["head"], "b": row["tail"], "id": id_, "p": properties})
            continue
        if row["tail"] is not None:
            were_relationships[row["relation"]].append(id_)
            objects.append((id_, row["tail"]))
        said = {claim["id"]: model.claim_properties(workspace, claim) for claim in row["claims"]}
        claims |= said
        states += [(claim, id_) for claim in said]
        nodes.append(
            {
                "id": id_,
                "p": model.fact_properties(workspace, id_, row),
                "claims": sorted(said),
                "head": row["head"],
            }
        )
    were_nodes = sorted(row["id"] for rows in by_type.values() for row in rows)
    yield from _batches(cypher.DELETE_FACT_NODES, were_nodes, "ids")
    for relation, ids in sorted(were_relationships.items()):
        yield from _batches(cypher.delete_fact_relationships(relation), ids, "ids")
    for relation, rows in sorted(by_type.items()):
        rows.sort(key=lambda row: (row["a"], row["b"], row["id"]))
        yield from _batches(cypher.link_facts(relation), rows)
    yield from _batches(cypher.upsert_nodes(FACT), nodes)
    yield from _links(FACT, "SUBJECT", ENTITY, [(row["id"], row["head"]) for row in nodes])
    yield from _links(FACT, "OBJECT", ENTITY, objects)
    yield from _batches(cypher.DROP_STALE_CLAIMS, [{"id": r["id"], "claims": r["claims"]} for r in nodes])
    yield from _batches(
        cypher.upsert_nodes(CLAIM), [{"id": claim, "p": claims[claim]} for claim in sorted(claims)]
    )
    yield from _links(CLAIM, "STATES", FACT, states)


def _links(start: str, relation: str, end: str, pairs: Iterable[tuple[str, str]]) -> Iterator[Statement]:
    yield from _batches(cypher.link(start, relation, end), [{"a": a, "b": b} for a, b in sorted(pairs)])


def _batches(
    query: str,
    rows: Sequence[Any],
    parameter: str = "rows",
    *,
    size: int = BATCH,
    keep: tuple[str, ...] | None = None,
) -> Iterator[Statement]:
    for start in range(0, len(rows), size):
        yield Statement(query, rows[start : start + size], parameter, keep)
