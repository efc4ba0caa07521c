"""Neo4j keeps the contract, and answers as the oracle does."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from neo4j import AsyncGraphDatabase

from graph.errors import ConfigurationError, StaleWrite
from graph.projection.memory import MemoryGraph
from graph.projection.neo4j import Neo4jGraph
from graph.projection.session import Store
from graph.projection.writer import steps
from graph.types import ChangeKind, EntityId, FactId, FactStatus, PartialDate, Position, WorkspaceId
from tests.contract.graph_store import GraphStoreContract
from tests.contract.graph_worlds import NAMES, RELATIONS, WORDS, World, changes, random_world, workspace
from tests.fixtures.neo4j import Neo4jServer


def open_graph(server: Neo4jServer, ledger: str | None = None) -> Neo4jGraph:
    return Neo4jGraph(Store.connect(server.uri, server.user, server.password), ledger)


class TestNeo4jGraph(GraphStoreContract):
    @pytest.fixture
    async def store(self, neo4j_server: Neo4jServer) -> AsyncIterator[Neo4jGraph]:
        graph = open_graph(neo4j_server)
        await graph.prepare()
        yield graph
        await graph.close()


async def test_no_write_reads_every_node_of_a_label(neo4j_server: Neo4jServer) -> None:
    graph, ws = open_graph(neo4j_server), workspace("plans")
    await graph.prepare(RELATIONS)
    await graph.close()
    worlds = [random_world(seed) for seed in range(4)]
    came = [change for world in worlds for change in changes({}, world, 1)]
    went = [change for world in worlds for change in changes(world, {}, 2)]
    queries = {q for some in (came, went) for step in steps(ws, some, RELATIONS) for q in step.queries}
    given = {"workspace": ws, "rows": [], "ids": [], "keep": []}
    login = (neo4j_server.user, neo4j_server.password)
    async with (
        AsyncGraphDatabase.driver(neo4j_server.uri, auth=login, notifications_min_severity="OFF") as driver,
        driver.session() as session,
    ):
        for query in sorted(queries):
            plan = (await (await session.run(f"EXPLAIN {query}", given)).consume()).plan
            assert plan is not None
            assert [step for step in _steps(plan) if "Scan" in step] == [], query


def _steps(plan: dict[str, Any]) -> list[str]:
    return [plan["operatorType"], *(step for child in plan.get("children", []) for step in _steps(child))]


async def test_of_two_writers_the_later_takes_over(
    neo4j_server: Neo4jServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that stood still while another with newer rows began writes none of its own over them."""
    ws, older, newer = workspace("two writers"), random_world(1), random_world(2)
    late, early, oracle = open_graph(neo4j_server), open_graph(neo4j_server), MemoryGraph()
    stopped, go_on = asyncio.Event(), asyncio.Event()
    write = late._write

    async def slow(*given: Any) -> None:
        stopped.set()
        await go_on.wait()
        await write(*given)

    monkeypatch.setattr(late, "_write", slow)
    try:
        await late.prepare(RELATIONS)
        writing = asyncio.create_task(
            late.apply(ws, changes({}, older, 1), expected=Position(0), reached=Position(1))
        )
        await stopped.wait()
        both = [*changes({}, older, 1), *changes(older, newer, 2)]

        async def then(*given: Any) -> None:
            await Neo4jGraph._write(early, *given)
            go_on.set()
            with pytest.raises(StaleWrite):
                await writing

        monkeypatch.setattr(early, "_write", then)
        await early.apply(ws, both, expected=Position(0), reached=Position(2))
        await oracle.apply(ws, both, expected=Position(0), reached=Position(2))
        ids = [EntityId(id_) for kind, id_ in (older | newer) if kind is ChangeKind.ENTITY]
        assert await early.position(ws) == 2
        found = [await graph.paths(ws, ids, max_hops=1, budget=500) for graph in (early, oracle)]
        assert found[0] == found[1]
    finally:
        await asyncio.gather(late.close(), early.close())


async def test_a_graph_is_one_ledger_s(neo4j_server: Neo4jServer) -> None:
    """Another one neither reads nor writes it before it has taken it over; who names none asks nothing."""
    ws, world = workspace("two ledgers"), random_world(1)
    mine, theirs, unnamed = (open_graph(neo4j_server, ledger) for ledger in ("aa", "bb", None))
    first: dict[str, Any] = {"expected": Position(0), "reached": Position(1)}
    try:
        await mine.prepare()
        await unnamed.apply(ws, changes({}, random_world(0), 1), **first)  # as a former version left it
        assert await mine.position(ws) == await theirs.position(ws) == 1
        await mine.apply(ws, [], expected=Position(1), reached=Position(2))
        assert await mine.position(ws) == await unnamed.position(ws) == 2
        with pytest.raises(ConfigurationError, match="rebuild-graph"):
            await theirs.position(ws)
        with pytest.raises(ConfigurationError, match="VERIPATH_WORKSPACE"):
            await theirs.apply(ws, [], expected=Position(2), reached=Position(3))
        await theirs.take_over(ws)
        await theirs.clear(ws)
        with pytest.raises(ConfigurationError, match="another ledger's"):
            await mine.is_current(ws)
        await theirs.apply(ws, changes({}, world, 1), **first)
        assert await theirs.position(ws) == 1
    finally:
        for graph in (mine, theirs, unnamed):
            await graph.close()


async def test_a_writer_that_is_taken_over_half_way_writes_no_more(neo4j_server: Neo4jServer) -> None:
    ws = workspace("taken over")
    theirs = open_graph(neo4j_server, "bb")

    class Overtaken(Neo4jGraph):
        async def _state(self, workspace: WorkspaceId) -> Any:
            state = await super()._state(workspace)
            await theirs.take_over(workspace)
            return state

    store = Store.connect(neo4j_server.uri, neo4j_server.user, neo4j_server.password)
    mine = Overtaken(store, "aa")
    try:
        await mine.prepare()
        await Neo4jGraph(store, "aa").apply(ws, [], expected=Position(0), reached=Position(1))
        with pytest.raises(ConfigurationError):
            await mine.apply(ws, [], expected=Position(1), reached=Position(2))
        assert await theirs.position(ws) == 1
    finally:
        await mine.close()
        await theirs.close()


@settings(max_examples=4, deadline=None)
@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=3))
@example([3, 4])
def test_neo4j_answers_as_the_oracle_does(neo4j_server: Neo4jServer, seeds: list[int]) -> None:
    asyncio.run(_same_answers(neo4j_server, seeds))


async def _same_answers(server: Neo4jServer, seeds: list[int]) -> None:
    real, oracle = open_graph(server), MemoryGraph()
    ws = workspace("agreement", seeds)
    try:
        await real.prepare()
        await real.clear(ws)
        before: World = {}
        for at, seed in enumerate(seeds, start=1):
            after = random_world(seed)
            for graph in (real, oracle):
                await graph.apply(
                    ws, changes(before, after, at), expected=Position(at - 1), reached=Position(at)
                )
            await _compare(real, oracle, ws, before | after)
            before = after
    finally:
        await real.close()


async def _compare(real: Neo4jGraph, oracle: MemoryGraph, ws: WorkspaceId, world: World) -> None:
    entities = [EntityId(id_) for kind, id_ in world if kind is ChangeKind.ENTITY]
    chunks = [id_ for kind, id_ in world if kind is ChangeKind.CHUNK]
    facts = [FactId(id_) for kind, id_ in world if kind is ChangeKind.FACT]
    assert await real.position(ws) == await oracle.position(ws)
    assert await real.entities(ws, entities) == await oracle.entities(ws, entities)
    assert await real.find_entities(ws, NAMES) == await oracle.find_entities(ws, NAMES)
    assert await real.facts(ws, facts) == await oracle.facts(ws, facts)
    for k in (1, 2, 50):
        assert await real.chunks_of(ws, entities, k) == await oracle.chunks_of(ws, entities, k)
    assert await real.entities_of(ws, chunks) == await oracle.entities_of(ws, chunks)
    for word in WORDS:
        found, expected = await real.search_chunks(ws, word, 99), await oracle.search_chunks(ws, word, 99)
        assert {hit.id for hit in found} == {hit.id for hit in expected}
        both = await real.search_entities(ws, word, 99), await oracle.search_entities(ws, word, 99)
        assert {hit.id for hit in both[0]} == {hit.id for hit in both[1]}
    for as_of in (None, PartialDate("2018"), PartialDate("2018-05-02"), PartialDate("2019-05-03")):
        for budget in (7, 10_000):
            ask = {"max_hops": 3, "budget": budget, "as_of": as_of}
            assert await real.paths(ws, entities[:3], **ask) == await oracle.paths(ws, entities[:3], **ask)
        ask = {"max_hops": 3, "as_of": as_of}
        patterns = await oracle.patterns(ws, entities[:2], **ask)
        assert await real.patterns(ws, entities[:2], **ask) == patterns
        for pattern in patterns.patterns[::7]:
            for budget in (2, 1000):
                follow = {"budget": budget, "as_of": as_of}
                found_walks = await real.follow(ws, entities[:2], pattern, **follow)
                assert found_walks == await oracle.follow(ws, entities[:2], pattern, **follow)
        for entity in entities:
            for statuses in ((FactStatus.ACCEPTED,), tuple(FactStatus)):
                cursor = None
                while True:
                    page = {"limit": 2, "cursor": cursor, "statuses": statuses, "as_of": as_of}
                    found_page = await real.neighbours(ws, entity, **page)
                    assert found_page == await oracle.neighbours(ws, entity, **page)
                    cursor = found_page.next_cursor
                    if cursor is None:
                        break
