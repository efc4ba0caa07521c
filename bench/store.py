"""How fast the real projection writes nodes and relationships to Neo4j, beside a statement a row and
beside the plainest statement there is.

The rows are seeded outbox rows: entities of ten labels, and accepted facts of thirty types between them, each
with one claim. They go in by pages, as the pump hands them over. The naive way writes ``--naive`` rows of
each kind, a statement and a transaction each, with the same keys and properties into the same database.

``nodes_per_s`` and ``edges_per_s`` are a new server's, whose virtual machine still compiles what it runs; the
``warm_`` ones are of the same rows once more, into another workspace.

The ``raw_`` ones come last: ``UNWIND`` and ``CREATE`` of the same rows with the same properties under the
same indexes, a transaction a page, which looks for nothing but a relationship's ends. That is what this
server takes on this machine; ``nodes_of_raw`` and ``edges_of_raw`` are the warm rates as parts of it.
"""

import asyncio
import random
import time
from argparse import ArgumentParser, Namespace
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from neo4j import AsyncGraphDatabase

from bench.graph_rows import entity_row, fact_row
from bench.harness import Benchmark, Result, console, peak_rss_mb
from bench.stack import GraphStack, graph_stack
from graph.identity import make_id
from graph.projection import cypher, model
from graph.projection.outbox import PAGE
from graph.types import ChangeKind, GraphChange, Position, WorkspaceId

SEED = 7
_WORKSPACE, _AGAIN = WorkspaceId("store"), WorkspaceId("again")
_NAIVE, _RAW = WorkspaceId("naive"), WorkspaceId("raw")
_ENDS = (
    "MATCH (a:Entity {{workspace: $workspace, id: row.a}}) "
    "MATCH (b:Entity {{workspace: $workspace, id: row.b}})"
)
_RAW_NODE = "UNWIND $rows AS row CREATE (n:Entity:`{}`) SET n = row.p"
_RAW_EDGE = f"UNWIND $rows AS row {_ENDS} CREATE (a)-[r:`{{}}`]->(b) SET r = row.p"
_LABELS = [f"Kind{n}" for n in range(10)]
_TYPES = [f"RELATES_{n:02}" for n in range(30)]
Parameters = dict[str, Any]
_WORDS = ("north", "harbour", "energy", "council", "meridian", "turbine", "works", "selwyn", "copper")


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("--nodes", type=int, default=100_000)
    parser.add_argument("--edges", type=int, default=300_000)
    parser.add_argument(
        "--naive", type=int, default=2_000, help="rows of each kind that are written one by one"
    )


def _run(options: Namespace) -> Result:
    figures = asyncio.run(_measure(options.nodes, options.edges, options.naive))
    rows = {
        "projection": {"nodes/s": figures["nodes_per_s"], "edges/s": figures["edges_per_s"]},
        "once more": {"nodes/s": figures["warm_nodes_per_s"], "edges/s": figures["warm_edges_per_s"]},
        "a statement a row": {
            "nodes/s": figures["naive_nodes_per_s"],
            "edges/s": figures["naive_edges_per_s"],
        },
        "times": {"nodes/s": figures["nodes_times"], "edges/s": figures["edges_times"]},
        "raw": {"nodes/s": figures["raw_nodes_per_s"], "edges/s": figures["raw_edges_per_s"]},
        "once more, of raw": {"nodes/s": figures["nodes_of_raw"], "edges/s": figures["edges_of_raw"]},
    }
    return Result(figures, rows=rows)


async def _measure(nodes: int, edges: int, naive: int) -> dict[str, Any]:
    async with graph_stack() as stack:
        await stack.graph.prepare(_TYPES)
        console.print(f"writing {naive} rows of each kind one by one")
        slow_nodes, slow_edges = await _one_by_one(stack, nodes, naive)
        fast_nodes, fast_edges = await _both(stack, _WORKSPACE, nodes, edges)
        warm_nodes, warm_edges = await _both(stack, _AGAIN, nodes, edges)
        console.print("creating the same rows by plain statements")
        raw_nodes = await _raw(stack, _RAW_NODE, _entities(nodes), _node)
        raw_edges = await _raw(stack, _RAW_EDGE, _facts(edges, nodes), _edge)
        await stack.store.define(cypher.AWAIT_INDEXES)
    found = {
        "nodes_per_s": nodes / fast_nodes,
        "edges_per_s": edges / fast_edges,
        "warm_nodes_per_s": nodes / warm_nodes,
        "warm_edges_per_s": edges / warm_edges,
        "naive_nodes_per_s": naive / slow_nodes,
        "naive_edges_per_s": naive / slow_edges,
        "raw_nodes_per_s": nodes / raw_nodes,
        "raw_edges_per_s": edges / raw_edges,
    }
    return {
        "nodes": nodes,
        "edges": edges,
        **{name: round(value) for name, value in found.items()},
        "nodes_times": round(found["nodes_per_s"] / found["naive_nodes_per_s"], 1),
        "edges_times": round(found["edges_per_s"] / found["naive_edges_per_s"], 1),
        "nodes_of_raw": round(found["warm_nodes_per_s"] / found["raw_nodes_per_s"], 2),
        "edges_of_raw": round(found["warm_edges_per_s"] / found["raw_edges_per_s"], 2),
        "naive_rows": naive,
        "lightrag": "not measured: its writer is not installed beside this project",
        "peak_rss_mb": peak_rss_mb(),
    }


async def _both(stack: GraphStack, workspace: WorkspaceId, nodes: int, edges: int) -> tuple[float, float]:
    console.print(f"projecting {nodes} nodes")
    first = await _project(stack, workspace, _entities(nodes), Position(0))
    console.print(f"projecting {edges} relationships ({nodes / first:.0f} nodes/s)")
    second = await _project(stack, workspace, _facts(edges, nodes), Position(1))
    console.print(f"{edges / second:.0f} relationships/s")
    return first, second


def _entities(count: int) -> Iterator[GraphChange]:
    rng = random.Random(SEED)
    for n in range(count):
        name = f"{' '.join(rng.choices(_WORDS, k=3))} {n}"
        label = _LABELS[n % len(_LABELS)]
        row = entity_row(name, label, [label])
        yield GraphChange(Position(1), n, ChangeKind.ENTITY, make_id("entity", n), row)


def _facts(count: int, nodes: int) -> Iterator[GraphChange]:
    rng = random.Random(SEED)
    for n in range(count):
        head, tail = (make_id("entity", rng.randrange(nodes)) for _ in range(2))
        quote = " ".join(rng.choices(_WORDS, k=12))
        claim = {"id": make_id("claim", n).hex(), "document": "ab" * 32, "start": 0, "end": 90, "page": 1}
        row = fact_row(
            head,
            _TYPES[n % len(_TYPES)],
            tail,
            phrase="relates to",
            confidence=900_000,
            claims=[{**claim, "quote": quote}],
        )
        yield GraphChange(Position(2), n, ChangeKind.FACT, make_id("fact", n), row)


async def _project(
    stack: GraphStack, workspace: WorkspaceId, changes: Iterator[GraphChange], at: Position
) -> float:
    """Seconds of the store alone: the rows of a page are made before its clock starts."""
    seconds = 0.0
    page = list(islice(changes, PAGE))
    while page:
        following = list(islice(changes, PAGE))
        reached = at if following else Position(at + 1)
        begun = time.perf_counter()
        await stack.graph.apply(workspace, page, expected=at, reached=reached)
        seconds += time.perf_counter() - begun
        page = following
    return seconds


async def _one_by_one(stack: GraphStack, nodes: int, count: int) -> tuple[float, float]:
    """Seconds for ``count`` nodes, and for ``count`` relationships between them."""
    node = "MERGE (n:Entity:`{}` {{workspace: $workspace, id: $id}}) SET n = $p"
    edge = (
        "MATCH (a:Entity {{workspace: $workspace, id: $a}}), (b:Entity {{workspace: $workspace, id: $b}}) "
        "MERGE (a)-[r:`{}` {{workspace: $workspace, fact_id: $id}}]->(b) SET r = $p"
    )
    made = [_node(_NAIVE, change) for change in islice(_entities(nodes), count)]
    nodes_in = [(node.format(label), row) for label, row in made]
    made = [_edge(_NAIVE, change) for change in _facts(count, min(nodes, count))]
    edges_in = [(edge.format(relation), row) for relation, row in made]
    async with (
        AsyncGraphDatabase.driver(stack.uri, auth=stack.login) as driver,
        driver.session(database="neo4j") as session,
    ):

        async def write(rows: Sequence[tuple[str, Parameters]]) -> float:
            begun = time.perf_counter()
            for query, parameters in rows:
                result = await session.run(query, {**parameters, "workspace": _NAIVE})
                await result.consume()
            return time.perf_counter() - begun

        return await write(nodes_in), await write(edges_in)


async def _raw(
    stack: GraphStack,
    query: str,
    changes: Iterator[GraphChange],
    make: Callable[[WorkspaceId, GraphChange], tuple[str, Parameters]],
) -> float:
    """Seconds of the driver and the store: the rows of a page are made before its clock starts."""
    seconds = 0.0
    async with (
        AsyncGraphDatabase.driver(stack.uri, auth=stack.login) as driver,
        driver.session(database="neo4j") as session,
    ):
        while page := list(islice(changes, PAGE)):
            of_each: dict[str, list[Parameters]] = defaultdict(list)
            for change in page:
                kind, row = make(_RAW, change)
                of_each[kind].append(row)
            begun = time.perf_counter()
            async with await session.begin_transaction() as transaction:
                for kind, rows in sorted(of_each.items()):
                    result = await transaction.run(query.format(kind), rows=rows, workspace=_RAW)
                    await result.consume()
                await transaction.commit()
            seconds += time.perf_counter() - begun
    return seconds


def _node(workspace: WorkspaceId, change: GraphChange) -> tuple[str, Parameters]:
    """Its label, and what a statement needs to put it."""
    id_, row = change.id.hex(), change.row or {}
    return row["type"], {"id": id_, "p": model.entity_properties(workspace, id_, row)}


def _edge(workspace: WorkspaceId, change: GraphChange) -> tuple[str, Parameters]:
    """Its type, and what a statement needs to put it."""
    id_, row = change.id.hex(), change.row or {}
    properties = model.relationship_properties(workspace, id_, row)
    return row["relation"], {"id": id_, "a": row["head"], "b": row["tail"], "p": properties}


BENCHMARK = Benchmark("store", "Nodes and relationships a second into Neo4j.", _options, _run)
