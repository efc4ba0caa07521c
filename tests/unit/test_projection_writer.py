"""What one transaction takes, few statements of many rows or many of few, and what each is given."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bench.graph_rows import entity_row, fact_row
from graph.identity import make_id
from graph.projection import cypher
from graph.projection.neo4j import Neo4jGraph
from graph.projection.writer import BATCH, steps, transactions
from graph.types import ChangeKind, GraphChange, Position, WorkspaceId

WS = WorkspaceId("w")
HEAD, TAIL = make_id("entity", 1), make_id("entity", 2)


def facts(of_each: dict[str, int]) -> list[GraphChange]:
    return [
        GraphChange(Position(1), n, ChangeKind.FACT, make_id("fact", relation, n), row)
        for relation, count in of_each.items()
        for n in range(count)
        for row in [fact_row(HEAD, relation, TAIL, phrase="relates to")]
    ]


@pytest.mark.parametrize(
    "of_each",
    [{}, {"A": 1}, {f"R{n}": 90 for n in range(50)}, {"A": 3 * BATCH + 1, "B": 1}, {"A": BATCH, "B": BATCH}],
)
def test_statements_go_together_in_order_up_to_a_batch(of_each: dict[str, int]) -> None:
    changes, relations = facts(of_each), sorted(of_each)
    each = list(steps(WS, changes, relations))
    together = list(transactions(WS, changes, relations))
    assert [step for batch in together for step in batch] == each
    sizes = [sum(len(step.rows) for step in batch) for batch in together]
    assert all(size <= BATCH for size in sizes)
    assert all(a + len(b[0].rows) > BATCH for a, b in zip(sizes, together[1:], strict=False))


class Holding:
    """A store that holds the things of these ids, and notes what it is told to write."""

    def __init__(self, *ids: bytes) -> None:
        self.ids = {id_.hex() for id_ in ids}
        self.written: dict[str, list[str]] = {}

    async def read(self, workspace: WorkspaceId, query: str, /, **parameters: Any) -> list[dict[str, Any]]:
        return []

    async def writing(self, workspace: WorkspaceId, work: Callable[[Any], Awaitable[Any]]) -> Any:
        return await work(self)

    async def define(self, statement: str) -> list[dict[str, Any]]:
        return []

    async def run(self, query: str, /, **parameters: Any) -> list[dict[str, Any]]:
        if query == cypher.GUARD:
            return [{"position": 0, "ledger": None, "writer": parameters["writer"]}]
        if query.endswith("RETURN id"):
            return [{"id": id_} for id_ in parameters["ids"] if id_ in self.ids]
        if rows := parameters.get("rows"):
            self.written[query] = [row["id"] for row in rows]
        elif ids := parameters.get("ids"):
            self.written[query] = ids
        return []


async def write(store: Holding, changes: list[GraphChange]) -> None:
    graph = Neo4jGraph(store)  # type: ignore[arg-type]
    await graph.apply(WS, changes, expected=Position(0), reached=Position(1))


async def test_what_is_there_is_changed_and_what_is_not_is_created() -> None:
    changes = facts({"LEADS": 4})
    changes += [
        GraphChange(Position(1), 9, ChangeKind.ENTITY, id_, entity_row("A", "Person", ["Person"]))
        for id_ in (HEAD, TAIL)
    ]
    known, new = changes[0].id, {change.id for change in changes[1:4]}
    store = Holding(known, TAIL)
    await write(store, changes)
    assert store.written.pop(cypher.change_entities(["Person"])) == [TAIL.hex()]
    assert store.written.pop(cypher.create_nodes("Entity", ["Person"])) == [HEAD.hex()]
    assert store.written.pop(cypher.change_facts("LEADS")) == [known.hex()]
    assert sorted(store.written.pop(cypher.create_facts("LEADS"))) == sorted(id_.hex() for id_ in new)
    assert store.written == {cypher.DELETE_FACT_NODES: [known.hex()]}


async def test_nothing_is_changed_or_deleted_in_an_empty_graph() -> None:
    store = Holding()
    await write(store, facts({"LEADS": 4}))
    assert list(store.written) == [cypher.create_facts("LEADS")]
