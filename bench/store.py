"""How fast the real projection writes nodes and relationships to Neo4j, beside a statement a row.

The rows are seeded outbox rows: entities of ten labels, and accepted facts of thirty types between them, each
with one claim. They go in by pages, as the pump hands them over. The naive way writes ``--naive`` rows of
each kind, a statement and a transaction each, with the same keys and properties into the same database.

``nodes_per_s`` and ``edges_per_s`` are a new server's, whose virtual machine still compiles what it runs; the
``warm_`` ones are of the same rows once more, into another workspace.
"""

import asyncio
import random
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
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
_WORKSPACE, _AGAIN, _NAIVE = WorkspaceId("store"), WorkspaceId("again"), WorkspaceId("naive")
_LABELS = [f"Kind{n}" for n in range(10)]
_TYPES = [f"RELATES_{n:02}" for n in range(30)]
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
    }
    return Result(figures, rows=rows)


async def _measure(nodes: int, edges: int, naive: int) -> dict[str, Any]:
    async with graph_stack() as stack:
        await stack.graph.prepare(_TYPES)
        console.print(f"writing {naive} rows of each kind one by one")
        slow_nodes, slow_edges = await _one_by_one(stack, nodes, naive)
        fast_nodes, fast_edges = await _both(stack, _WORKSPACE, nodes, edges)
        warm_nodes, warm_edges = await _both(stack, _AGAIN, nodes, edges)
        await stack.store.define(cypher.AWAIT_INDEXES)
    found = {
        "nodes_per_s": nodes / fast_nodes,
        "edges_per_s": edges / fast_edges,
        "warm_nodes_per_s": nodes / warm_nodes,
        "warm_edges_per_s": edges / warm_edges,
        "naive_nodes_per_s": naive / slow_nodes,
        "naive_edges_per_s": naive / slow_edges,
    }
    return {
        "nodes": nodes,
        "edges": edges,
        **{name: round(value) for name, value in found.items()},
        "nodes_times": round(found["nodes_per_s"] / found["naive_nodes_per_s"], 1),
        "edges_times": round(found["edges_per_s"] / found["naive_edges_per_s"], 1),
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
    nodes_in, edges_in = [], []
    for change in islice(_entities(nodes), count):
        id_, row = change.id.hex(), change.row or {}
        properties = model.entity_properties(_NAIVE, id_, row)
        nodes_in.append((node.format(row["type"]), {"id": id_, "p": properties}))
    for change in islice(_facts(count, min(nodes, count)), count):
        id_, row = change.id.hex(), change.row or {}
        properties = model.relationship_properties(_NAIVE, id_, row)
        ends = {"a": row["head"], "b": row["tail"]}
        edges_in.append((edge.format(row["relation"]), {"id": id_, **ends, "p": properties}))
    async with (
        AsyncGraphDatabase.driver(stack.uri, auth=stack.login) as driver,
        driver.session(database="neo4j") as session,
    ):

        async def write(rows: Sequence[tuple[str, dict[str, Any]]]) -> float:
            begun = time.perf_counter()
            for query, parameters in rows:
                result = await session.run(query, {**parameters, "workspace": _NAIVE})
                await result.consume()
            return time.perf_counter() - begun

        return await write(nodes_in), await write(edges_in)


BENCHMARK = Benchmark("store", "Nodes and relationships a second into Neo4j.", _options, _run)
