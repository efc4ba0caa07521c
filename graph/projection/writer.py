"""Outbox rows to batches of statements: deletes first, edges before nodes; then upserts, nodes before edges.

Each statement is static for its label or type and runs over rows sorted by key. All of them set absolute
state, so that running one twice, or half of them and then all, ends in the same graph. A statement's rows are
made when it is asked for, so that one batch can be made while the store writes the one before.

Nodes and facts are looked up and then created or changed, where MERGE would lock and seek for each
row. No writer can come between, since one transaction a workspace writes at a time.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from graph.projection import cypher, model
from graph.projection.cypher import CHUNK, CLAIM, DOCUMENT, ELEMENT, ENTITY, FACT
from graph.projection.model import Row
from graph.types import ChangeKind, GraphChange, WorkspaceId

BATCH = 2000  # rows of one statement, and of one transaction

T = TypeVar("T")
Keyed = tuple[str, Row]


@dataclass(frozen=True, slots=True)
class Statement:
    """A query with the ``$rows`` or ``$ids`` of one batch; of the ids those alone that ``find`` finds."""

    query: str
    rows: Sequence[Any]
    parameter: str = "rows"
    find: str | None = None

    @property
    def queries(self) -> tuple[str, ...]:
        return (self.query,) if self.find is None else (self.find, self.query)


@dataclass(frozen=True, slots=True)
class Upsert:
    """Rows with an ``id`` each: ``change`` takes those whose ids ``find`` finds, ``create`` all others.

    With ``keep``, the labels that entities have, ``change`` tells which nodes bear others.
    """

    find: str
    create: str
    change: str
    rows: Sequence[dict[str, Any]]
    keep: tuple[str, ...] | None = None

    @property
    def queries(self) -> tuple[str, ...]:
        return self.find, self.create, self.change


Step = Statement | Upsert


def relation_types(changes: Iterable[GraphChange]) -> list[str]:
    """The relationship types that the changes need."""
    return sorted(
        {
            change.row["relation"]
            for change in changes
            if change.kind is ChangeKind.FACT and change.row is not None and model.is_relationship(change.row)
        }
    )


def transactions(
    workspace: WorkspaceId, changes: Sequence[GraphChange], relations: Sequence[str]
) -> Iterator[list[Step]]:
    """``steps``, as many together as one transaction takes: a page may hold a few rows of many types."""
    together: list[Step] = []
    room = BATCH
    for step in steps(workspace, changes, relations):
        if together and len(step.rows) > room:
            yield together
            together, room = [], BATCH
        together.append(step)
        room -= len(step.rows)
    if together:
        yield together


def steps(workspace: WorkspaceId, changes: Sequence[GraphChange], relations: Sequence[str]) -> Iterator[Step]:
    """What brings the graph from any state to the one that ``changes`` end in.

    ``relations`` are all relationship types that facts of this workspace may already have.
    """
    last = {(change.kind, change.id): change for change in changes}
    gone: dict[ChangeKind, list[str]] = defaultdict(list)
    here: dict[ChangeKind, list[Keyed]] = defaultdict(list)
    for (kind, id_), change in sorted(last.items()):
        if change.row is None:
            gone[kind].append(id_.hex())
        else:
            here[kind].append((id_.hex(), change.row))
    yield from _deletes(gone, relations)
    yield from _upserts(workspace, here)


def _deletes(gone: dict[ChangeKind, list[str]], relations: Sequence[str]) -> Iterator[Step]:
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


def _upserts(workspace: WorkspaceId, here: dict[ChangeKind, list[Keyed]]) -> Iterator[Step]:
    documents, elements, chunks = here[ChangeKind.DOCUMENT], here[ChangeKind.ELEMENT], here[ChangeKind.CHUNK]
    yield from _nodes(workspace, DOCUMENT, documents, model.document_properties)
    yield from _nodes(workspace, ELEMENT, elements, model.element_properties)
    yield from _nodes(workspace, CHUNK, chunks, model.chunk_properties)
    yield from _entities(workspace, here[ChangeKind.ENTITY])
    yield from _links(DOCUMENT, "HAS_ELEMENT", ELEMENT, [(row["document"], id_) for id_, row in elements])
    parents = [(id_, row["parent"]) for id_, row in elements if row["parent"] is not None]
    yield from _links(ELEMENT, "PARENT", ELEMENT, parents)
    yield from _batches(
        cypher.CHAIN_ELEMENTS, sorted({row["document"] for _, row in elements}), "ids", size=50
    )
    yield from _links(DOCUMENT, "HAS_CHUNK", CHUNK, [(row["document"], id_) for id_, row in chunks])

    def mentioned(each: Keyed) -> dict[str, Any]:
        id_, row = each
        return {"a": row["chunk"], "b": row["entity"], "p": model.mentions_properties(workspace, id_, row)}

    mentions = sorted(here[ChangeKind.MENTIONS], key=lambda each: (each[1]["chunk"], each[1]["entity"]))
    yield from _batches(cypher.link(CHUNK, "MENTIONS", ENTITY, properties=True), mentions, make=mentioned)
    yield from _facts(workspace, here[ChangeKind.FACT])


def _nodes(
    workspace: WorkspaceId,
    label: str,
    rows: Sequence[Keyed],
    properties: Callable[[WorkspaceId, str, Row], model.Properties],
) -> Iterator[Step]:
    queries = cypher.find_nodes(label), cypher.create_nodes(label), cypher.change_nodes(label)
    yield from _upsert(queries, rows, _node(workspace, properties))


def _node(
    workspace: WorkspaceId, properties: Callable[[WorkspaceId, str, Row], model.Properties]
) -> Callable[[Keyed], dict[str, Any]]:
    return lambda each: {"id": each[0], "p": properties(workspace, *each)}


def _entities(workspace: WorkspaceId, entities: Iterable[Keyed]) -> Iterator[Step]:
    by_labels: dict[tuple[str, ...], list[Keyed]] = defaultdict(list)
    for id_, row in entities:
        by_labels[model.entity_labels(row)].append((id_, row))
    make = _node(workspace, model.entity_properties)
    for labels, rows in sorted(by_labels.items()):
        queries = (
            cypher.find_nodes(ENTITY),
            cypher.create_nodes(ENTITY, labels),
            cypher.change_entities(labels),
        )
        yield from _upsert(queries, rows, make, keep=(ENTITY, *labels))


def _facts(workspace: WorkspaceId, facts: Iterable[Keyed]) -> Iterator[Step]:
    by_type: dict[str, list[Keyed]] = defaultdict(list)
    were_relationships: dict[str, list[str]] = defaultdict(list)
    nodes: list[Keyed] = []
    claims: dict[str, Row] = {}
    for id_, row in facts:
        if model.is_relationship(row):
            by_type[row["relation"]].append((id_, row))
            continue
        if row["tail"] is not None:
            were_relationships[row["relation"]].append(id_)
        nodes.append((id_, row))
        claims |= {claim["id"]: claim for claim in row["claims"]}

    def related(each: Keyed) -> dict[str, Any]:
        id_, row = each
        properties = model.relationship_properties(workspace, id_, row)
        return {"a": row["head"], "b": row["tail"], "id": id_, "p": properties}

    were_nodes = sorted(id_ for rows in by_type.values() for id_, _ in rows)
    yield from _batches(cypher.DELETE_FACT_NODES, were_nodes, "ids", find=cypher.find_nodes(FACT))
    for relation, ids in sorted(were_relationships.items()):
        yield from _batches(cypher.delete_fact_relationships(relation), ids, "ids")
    for relation, rows in sorted(by_type.items()):
        rows.sort(key=lambda each: (each[1]["head"], each[1]["tail"], each[0]))
        queries = cypher.find_facts(relation), cypher.create_facts(relation), cypher.change_facts(relation)
        yield from _upsert(queries, rows, related)
    yield from _nodes(workspace, FACT, nodes, model.fact_properties)
    yield from _links(FACT, "SUBJECT", ENTITY, [(id_, row["head"]) for id_, row in nodes])
    objects = [(id_, row["tail"]) for id_, row in nodes if row["tail"] is not None]
    yield from _links(FACT, "OBJECT", ENTITY, objects)
    said = {id_: sorted({claim["id"] for claim in row["claims"]}) for id_, row in nodes}
    yield from _batches(cypher.DROP_STALE_CLAIMS, [{"id": id_, "claims": ids} for id_, ids in said.items()])
    yield from _nodes(workspace, CLAIM, sorted(claims.items()), model.claim_properties)
    yield from _links(CLAIM, "STATES", FACT, [(claim, id_) for id_, ids in said.items() for claim in ids])


def _links(start: str, relation: str, end: str, pairs: Iterable[tuple[str, str]]) -> Iterator[Step]:
    query = cypher.link(start, relation, end)
    yield from _batches(query, sorted(pairs), make=lambda pair: {"a": pair[0], "b": pair[1]})


def _batches(
    query: str,
    rows: Sequence[T],
    parameter: str = "rows",
    *,
    make: Callable[[T], Any] | None = None,
    size: int = BATCH,
    find: str | None = None,
) -> Iterator[Step]:
    """``make`` turns each row into what the query reads."""
    for start in range(0, len(rows), size):
        some: Sequence[Any] = rows[start : start + size]
        yield Statement(query, some if make is None else list(map(make, some)), parameter, find)


def _upsert(
    queries: tuple[str, str, str],
    rows: Sequence[Keyed],
    make: Callable[[Keyed], dict[str, Any]],
    *,
    keep: tuple[str, ...] | None = None,
) -> Iterator[Step]:
    for start in range(0, len(rows), BATCH):
        yield Upsert(*queries, list(map(make, rows[start : start + BATCH])), keep)
