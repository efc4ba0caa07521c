"""Neo4j after accidents: a projector that is killed, a person who edits by hand, a graph that is dropped."""

import asyncio
import random
import re
import sys
import time
from collections.abc import AsyncIterator

import anyio
import pytest
from neo4j import GraphDatabase

from graph.errors import StaleWrite, StoreUnavailable
from graph.projection.memory import MemoryGraph
from graph.projection.neo4j import Neo4jGraph
from graph.projection.outbox import project_pending, rebuild
from graph.projection.session import Store
from graph.projection.verify import GraphVerifier, Verification
from graph.types import ChangeKind, EntityId, WorkspaceId
from tests.contract.graph_worlds import World, random_world, workspace
from tests.fakes.outbox import FakeOutbox
from tests.fixtures.neo4j import Neo4jServer

WORLDS: list[World] = [random_world(seed) for seed in range(20, 25)]
ENDLESS = WORLDS * 1_000  # more than a projector gets through before it is killed
IDS = [EntityId(id_) for world in WORLDS for kind, id_ in world if kind is ChangeKind.ENTITY]


@pytest.fixture
async def store(neo4j_server: Neo4jServer) -> AsyncIterator[Store]:
    store = Store.connect(neo4j_server.uri, neo4j_server.user, neo4j_server.password)
    await Neo4jGraph(store).prepare()
    yield store
    await store.close()


def by_hand(server: Neo4jServer, ws: WorkspaceId, *queries: str) -> None:
    """As a person in the Browser would."""
    with GraphDatabase.driver(server.uri, auth=(server.user, server.password)) as driver:
        for query in queries:
            driver.execute_query(query, ws=ws, database_="neo4j")


async def verify(store: Store, ws: WorkspaceId, outbox: FakeOutbox, *, repair: bool = False) -> Verification:
    return await GraphVerifier(store, Neo4jGraph(store), outbox).verify(ws, repair=repair)


async def same_as_oracle(store: Store, ws: WorkspaceId, outbox: FakeOutbox) -> None:
    oracle, real = MemoryGraph(), Neo4jGraph(store)
    await project_pending(outbox, oracle, ws)
    assert await real.position(ws) == await oracle.position(ws)
    assert await real.entities(ws, IDS) == await oracle.entities(ws, IDS)
    ask = {"max_hops": 3, "budget": 10_000}
    assert await real.paths(ws, IDS, **ask) == await oracle.paths(ws, IDS, **ask)
    assert await real.chunks_of(ws, IDS, 99) == await oracle.chunks_of(ws, IDS, 99)
    assert (await verify(store, ws, outbox)).sound


_PROJECTOR = """
import asyncio, sys
from graph.projection.neo4j import Neo4jGraph
from graph.projection.outbox import project_pending
from graph.projection.session import Store
from tests.contract.test_graph_store_repair import ENDLESS
from tests.fakes.outbox import FakeOutbox

async def main():
    uri, user, password, ws = sys.argv[1:]
    graph = Neo4jGraph(Store.connect(uri, user, password))
    print("projecting", flush=True)
    print(await project_pending(FakeOutbox(ENDLESS), graph, ws, page=1), flush=True)
    await graph.close()

asyncio.run(main())
"""


async def test_a_projector_killed_anywhere_is_replayed(neo4j_server: Neo4jServer, store: Store) -> None:
    ws, rng = workspace("killed"), random.Random(7)
    command = (
        sys.executable,
        "-c",
        _PROJECTOR,
        neo4j_server.uri,
        neo4j_server.user,
        neo4j_server.password,
        ws,
    )
    for _ in range(4):
        projector = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        assert projector.stdout is not None
        assert await projector.stdout.readline() == b"projecting\n"
        await asyncio.sleep(rng.uniform(0.1, 0.5))
        assert projector.returncode is None
        projector.kill()
        await projector.wait()
    reached = await Neo4jGraph(store).position(ws)
    outbox = FakeOutbox(ENDLESS[: reached + len(WORLDS)])
    deadline = time.monotonic() + 60
    while True:
        try:
            await project_pending(outbox, Neo4jGraph(store), ws)
            break
        except (StaleWrite, StoreUnavailable):  # the killed one's last transaction may still be ending
            assert time.monotonic() < deadline
    await same_as_oracle(store, ws, outbox)


async def test_two_pumps_at_once_end_in_the_same_graph(store: Store) -> None:
    ws, outbox = workspace("two pumps"), FakeOutbox(WORLDS[:3])

    async def pump() -> None:
        while True:
            try:
                await project_pending(outbox, Neo4jGraph(store), ws, page=1)
                return
            except StaleWrite:
                continue

    await asyncio.gather(pump(), pump(), pump())
    await same_as_oracle(store, ws, outbox)


async def test_hand_edits_are_found_and_undone(neo4j_server: Neo4jServer, store: Store) -> None:
    ws, outbox = workspace("hand edits"), FakeOutbox(WORLDS[:2])
    await Neo4jGraph(store).clear(ws)
    await project_pending(outbox, Neo4jGraph(store), ws)
    clean = await verify(store, ws, outbox)
    assert clean.sound
    assert clean.checked == len(WORLDS[1])
    edits = (
        "MATCH (e:Entity {workspace: $ws}) WITH e ORDER BY e.id LIMIT 1 "
        "SET e.name = 'Edited', e.mine = 1, e:Mine",
        "MATCH (e:Entity {workspace: $ws}) WITH e ORDER BY e.id DESC LIMIT 1 DETACH DELETE e",
        "CREATE (:Entity:Person {workspace: $ws, id: 'ffff', name: 'Intruder', type: 'Person', aliases: []})",
        "MATCH (a:Entity {workspace: $ws}), (b:Entity {workspace: $ws}) "
        "WHERE a.id < b.id AND b.id <> 'ffff' WITH a, b LIMIT 1 "
        "CREATE (a)-[:WORKS_FOR]->(b)",
        "MATCH (f:Fact {workspace: $ws}) WITH f ORDER BY f.id LIMIT 1 "
        "SET f.status = 'accepted', f.support = 99",
        "MATCH (c:Claim {workspace: $ws}) WITH c ORDER BY c.id LIMIT 1 SET c.quote = 'never said'",
        "MATCH (:Chunk {workspace: $ws})-[m:MENTIONS]->() WITH m ORDER BY m.id LIMIT 1 DELETE m",
        "MATCH (c:Chunk {workspace: $ws}) WITH c ORDER BY c.id LIMIT 1 MATCH (c)<-[h:HAS_CHUNK]-() "
        "SET c.text = 'x' DELETE h",
        "MATCH (d:Document {workspace: $ws}) WITH d LIMIT 1 SET d.title = 'x'",
    )
    by_hand(neo4j_server, ws, *edits)
    found = await verify(store, ws, outbox)
    assert not found.sound
    assert found.strays == 1
    assert found.extra == 1
    assert found.missing >= 2
    assert found.changed >= 4
    assert len(found.examples) == 10
    mended = await verify(store, ws, outbox, repair=True)
    assert (mended.extra, mended.strays) == (1, 1)
    await same_as_oracle(store, ws, outbox)


async def test_a_graph_that_lags_is_not_verified(store: Store) -> None:
    ws = workspace("lagging")
    await Neo4jGraph(store).clear(ws)
    await project_pending(FakeOutbox(WORLDS[:1]), Neo4jGraph(store), ws)
    with pytest.raises(StaleWrite, match="project first"):
        await verify(store, ws, FakeOutbox(WORLDS[:2]))


async def test_rebuilt_after_being_dropped(neo4j_server: Neo4jServer, store: Store) -> None:
    ws, outbox = workspace("dropped"), FakeOutbox(WORLDS)
    await project_pending(outbox, Neo4jGraph(store), ws)
    by_hand(neo4j_server, ws, "MATCH (n:Entity {workspace: $ws}) DETACH DELETE n")
    assert await rebuild(outbox, outbox, Neo4jGraph(store), ws) == len(WORLDS)
    await same_as_oracle(store, ws, outbox)


async def test_a_clear_that_was_killed_is_finished_first(neo4j_server: Neo4jServer, store: Store) -> None:
    ws, outbox = workspace("half cleared"), FakeOutbox(WORLDS[:3])
    await project_pending(outbox, Neo4jGraph(store), ws)
    by_hand(
        neo4j_server,
        ws,
        "MATCH (p:Projection {workspace: $ws}) SET p.position = 0, p.relations = [], p.clearing = true",
        "MATCH (n:Chunk {workspace: $ws}) DETACH DELETE n",
    )
    other = FakeOutbox(WORLDS[3:5])
    await project_pending(other, Neo4jGraph(store), ws)
    await same_as_oracle(store, ws, other)


async def test_a_store_that_is_away_is_a_passing_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.projection.session._RETRY_TIME", 0.1)
    away = Neo4jGraph(Store.connect("bolt://127.0.0.1:9", "neo4j", "x" * 8))
    with pytest.raises(StoreUnavailable, match="does not answer"):
        await away.position(workspace("away"))
    await away.close()


async def test_elements_are_chained_in_order(neo4j_server: Neo4jServer, store: Store) -> None:
    ws = workspace("chain")
    await project_pending(FakeOutbox(WORLDS), Neo4jGraph(store), ws)
    with GraphDatabase.driver(neo4j_server.uri, auth=(neo4j_server.user, neo4j_server.password)) as driver:
        found = driver.execute_query(
            "MATCH (a:Element {workspace: $ws})-[:NEXT]->(b) RETURN a.document, b.document, a.ord, b.ord",
            ws=ws,
        ).records
    expected = [row for (kind, _), row in WORLDS[-1].items() if kind is ChangeKind.ELEMENT]
    pairs = {(row["document"], row["document"], row["ord"] - 1, row["ord"]) for row in expected if row["ord"]}
    assert {tuple(record.values()) for record in found} == pairs
    assert len(found) == len(pairs)


async def test_an_index_of_another_definition_is_made_again(neo4j_server: Neo4jServer, store: Store) -> None:
    ws, graph = workspace("older index"), Neo4jGraph(store)
    await project_pending(FakeOutbox(ENDLESS), graph, ws)
    title = next(row["title"] for (kind, _), row in WORLDS[-1].items() if kind is ChangeKind.CHUNK)
    assert await graph.search_chunks(ws, title, 5)
    by_hand(
        neo4j_server,
        ws,
        "DROP INDEX veripath_chunk_text",
        "CREATE FULLTEXT INDEX veripath_chunk_text FOR (n:Chunk) ON EACH [n.scope, n.text] "
        "OPTIONS {indexConfig: {`fulltext.analyzer`: 'english'}}",
        "CALL db.awaitIndexes(300)",
    )
    assert not await graph.search_chunks(ws, title, 5)
    await graph.prepare()
    assert await graph.search_chunks(ws, title, 5)


async def test_the_saved_queries_run(neo4j_server: Neo4jServer, store: Store) -> None:
    ws = workspace("browser")
    await project_pending(FakeOutbox(WORLDS), Neo4jGraph(store), ws)
    text = await anyio.Path("docs/browser/queries.cypher").read_text(encoding="utf-8")
    queries = re.split(r"\n{2,}", re.sub(r"(?m)^(//|:param).*$", "", text).strip())
    assert len(queries) == 7
    with GraphDatabase.driver(neo4j_server.uri, auth=(neo4j_server.user, neo4j_server.password)) as driver:
        for query in queries:
            driver.execute_query(query, workspace=ws, head="Anna Vance", tail="Port Selwyn")
