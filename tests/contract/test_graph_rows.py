"""The ledger's own rows against its outbox, and a real Neo4j held to them: found, mended, written anew."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator

import pytest
from neo4j import GraphDatabase
from sqlalchemy import update

from graph.commit import fuse_pending
from graph.errors import ConfigurationError, NotFound, StaleWrite
from graph.fusion.epoch import EPOCH_0
from graph.identity import canonical, make_id
from graph.ledger.engine import Ledger
from graph.ledger.graph_rows import LedgerGraphRows
from graph.ledger.outbox import LedgerOutbox
from graph.ledger.tables import workspace
from graph.projection import verify
from graph.projection.neo4j import Neo4jGraph
from graph.projection.outbox import project_pending, rebuild
from graph.projection.session import Store
from graph.projection.verify import GraphVerifier
from graph.types import ROW_FORM, ChangeKind, GraphChange, Position, WorkspaceId
from graph.workflows import GraphWorkflow
from tests.contract.graph_worlds import changes, random_world
from tests.fakes.embedder import StemEmbedder
from tests.fakes.outbox import FakeOutbox
from tests.fixtures.neo4j import Neo4jServer
from tests.property.test_laws_ledger import LedgerWorld, play_both
from tests.property.worlds import SOURCES, World, tell

SEED, LENGTH = 11, 20


@pytest.fixture
def told(ledger: Ledger) -> LedgerWorld:
    """A story with replaced and deleted documents, decisions and answers, fused at its end."""
    world = LedgerWorld(ledger, EPOCH_0)
    play_both(World(EPOCH_0), world, tell(SEED, LENGTH).steps)
    fuse_pending(ledger, world.workspace)
    return world


@pytest.fixture
def rows(ledger: Ledger) -> Iterator[LedgerGraphRows]:
    with LedgerGraphRows(ledger) as opened:
        yield opened


@pytest.fixture
async def store(neo4j_server: Neo4jServer) -> AsyncIterator[Store]:
    store = Store.connect(neo4j_server.uri, neo4j_server.user, neo4j_server.password)
    await Neo4jGraph(store).prepare()
    yield store
    await store.close()


def pages(rows: LedgerGraphRows, ws: WorkspaceId, kind: ChangeKind, limit: int) -> list[GraphChange]:
    found: list[GraphChange] = []
    while True:
        page = rows.graph_rows(ws, kind, found[-1].id if found else None, limit)
        assert len(page) <= limit
        found += page
        if len(page) < limit:
            return found


class TestRows:
    @pytest.mark.parametrize("limit", [1, 7, 1000])
    def test_all_kinds_are_what_the_outbox_leads_to(
        self, told: LedgerWorld, rows: LedgerGraphRows, limit: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("graph.ledger.graph_rows._DOCUMENTS", 2)
        monkeypatch.setattr("graph.ledger.graph_rows.IN_LIST", 3)
        found = [change for kind in ChangeKind for change in pages(rows, told.workspace, kind, limit)]
        assert {(c.kind, c.id): c.row for c in found} == told.projected()
        assert len(found) == len(told.projected())
        assert {c.kind for c in found} == set(ChangeKind)
        for kind in ChangeKind:
            ids = [c.id for c in found if c.kind is kind]
            assert ids == sorted(ids)
        assert {c.position for c in found} == {rows.fused_position(told.workspace)}

    def test_a_first_page_is_of_the_newest_position(self, told: LedgerWorld, rows: LedgerGraphRows) -> None:
        before = pages(rows, told.workspace, ChangeKind.DOCUMENT, 2)
        told.point(SOURCES[0], tell(SEED, LENGTH).extra)
        with pytest.raises(StaleWrite, match="waits to be fused"):
            LedgerGraphRows(told.ledger).graph_rows(told.workspace, ChangeKind.DOCUMENT, None, 2)
        fuse_pending(told.ledger, told.workspace)
        after = pages(rows, told.workspace, ChangeKind.DOCUMENT, 2)
        assert {c.id for c in after} != {c.id for c in before}
        assert after[0].position > before[0].position
        assert {(c.kind, c.id): c.row for k in ChangeKind for c in pages(rows, told.workspace, k, 50)} == (
            told.projected()
        )

    def test_workspaces_are_kept_apart(self, told: LedgerWorld, rows: LedgerGraphRows) -> None:
        assert rows.graph_rows(WorkspaceId("test"), ChangeKind.ENTITY, None, 9) == []
        assert rows.graph_rows(told.workspace, ChangeKind.ENTITY, None, 9)
        assert rows.graph_rows(WorkspaceId("test"), ChangeKind.ENTITY, None, 9) == []
        with pytest.raises(NotFound):
            rows.graph_rows(WorkspaceId("nowhere"), ChangeKind.ENTITY, None, 9)

    def test_a_temporary_file_without_room_is_told(
        self, told: LedgerWorld, rows: LedgerGraphRows, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from graph.ledger import graph_rows

        class Small(graph_rows._SortedRows):
            def __init__(self, workspace: WorkspaceId, position: Position) -> None:
                super().__init__(workspace, position)
                self._file.execute("PRAGMA max_page_count = 4")

        monkeypatch.setattr(graph_rows, "_SortedRows", Small)
        with pytest.raises(ConfigurationError, match="free disk"):
            rows.graph_rows(told.workspace, ChangeKind.CHUNK, None, 9)


EDITS = (
    "MATCH (:Chunk {workspace: $ws})-[m:MENTIONS]->() WITH m ORDER BY m.id LIMIT 1 DELETE m",
    "MATCH (e:Entity {workspace: $ws}) WITH e ORDER BY e.id LIMIT 1 SET e.name = 'Edited'",
    "CREATE (:Entity {workspace: $ws, id: 'ffff', name: 'Intruder', type: 'Person', aliases: []})",
    "MATCH (d:Document {workspace: $ws})-[h:HAS_CHUNK]->() WITH h LIMIT 1 DELETE h",
)


def by_hand(server: Neo4jServer, ws: WorkspaceId, *queries: str) -> None:
    with GraphDatabase.driver(server.uri, auth=(server.user, server.password)) as driver:
        for query in queries:
            driver.execute_query(query, ws=ws, database_="neo4j")


@pytest.mark.parametrize("ledger_url", ["sqlite"], indirect=True)
class TestNeo4j:
    async def test_hand_edits_are_found_and_mended(
        self, told: LedgerWorld, rows: LedgerGraphRows, store: Store, neo4j_server: Neo4jServer
    ) -> None:
        graph, ws = Neo4jGraph(store), told.workspace
        verifier = GraphVerifier(store, graph, rows)
        await project_pending(LedgerOutbox(told.ledger), graph, ws)
        clean = await verifier.verify(ws)
        assert clean.sound, clean
        assert clean.checked == len(told.projected())
        by_hand(neo4j_server, ws, *EDITS)
        found = await verifier.verify(ws)
        assert (found.missing, found.changed, found.extra) == (1, 2, 1), found
        assert await verifier.verify(ws, repair=True) == found
        assert (await verifier.verify(ws)).sound

    async def test_cleared_and_rebuilt(self, told: LedgerWorld, rows: LedgerGraphRows, store: Store) -> None:
        graph, ws, outbox = Neo4jGraph(store), told.workspace, LedgerOutbox(told.ledger)
        await project_pending(outbox, graph, ws)
        await graph.clear(ws)
        assert await graph.position(ws) == 0
        reached = await rebuild(rows, outbox, graph, ws, page=20)
        assert reached == await graph.position(ws) == rows.fused_position(ws)
        again = await GraphVerifier(store, graph, rows).verify(ws)
        assert again.sound, again
        assert again.checked == len(told.projected())

    async def test_a_graph_that_cannot_be_followed_is_written_anew(
        self, told: LedgerWorld, rows: LedgerGraphRows, store: Store, neo4j_server: Neo4jServer
    ) -> None:
        graph, ws, outbox = Neo4jGraph(store), told.workspace, LedgerOutbox(told.ledger)
        workflow = GraphWorkflow(told.ledger, graph, StemEmbedder())
        fused = await workflow.project(ws)
        assert await workflow.follows(ws, fused)

        async def written_anew() -> None:
            assert await workflow.project(ws) == fused
            assert await workflow.follows(ws, fused)
            found = await GraphVerifier(store, graph, rows).verify(ws)
            assert found.sound, found
            assert found.checked == len(told.projected())

        stale = "MATCH (n {workspace: $ws}) WHERE n:Chunk OR n:Document SET n.title = 'as it was'"
        older = "MATCH (p:Projection {workspace: $ws}) REMOVE p.form"  # as the first version left it
        by_hand(neo4j_server, ws, stale, older)
        assert not await workflow.follows(ws, fused)
        with pytest.raises(StaleWrite, match="another version"):
            await project_pending(FakeOutbox([], fused + 1), graph, ws)
        await written_anew()

        by_hand(neo4j_server, ws, stale, "MATCH (p:Projection {workspace: $ws}) SET p.position = 1000000")
        assert not await workflow.follows(ws, fused)
        await written_anew()

        by_hand(neo4j_server, ws, stale, "MATCH (p:Projection {workspace: $ws}) SET p.position = 0")
        with told.ledger.write() as conn:
            conn.execute(update(workspace).where(workspace.c.id == ws).values(row_form=ROW_FORM - 1))
        assert outbox.begins_at(ws) == fused, "the rows of another form are not applied"
        await written_anew()

    async def test_another_ledger_s_graph_is_not_followed_but_taken_over(
        self, told: LedgerWorld, rows: LedgerGraphRows, store: Store
    ) -> None:
        ws, outbox = told.workspace, LedgerOutbox(told.ledger)
        fused = await GraphWorkflow(told.ledger, Neo4jGraph(store, "another"), StemEmbedder()).project(ws)
        mine = Neo4jGraph(store, told.ledger.id())
        workflow = GraphWorkflow(told.ledger, mine, StemEmbedder())
        assert not await workflow.follows(ws, fused)
        with pytest.raises(ConfigurationError, match="rebuild-graph"):
            await workflow.project(ws)
        await mine.take_over(ws)
        await rebuild(rows, outbox, mine, ws)
        assert await workflow.follows(ws, fused) and await workflow.project(ws) == fused


def test_the_form_of_rows_has_a_number(told: LedgerWorld) -> None:
    worlds = [random_world(seed) for seed in range(5)]
    keys: dict[ChangeKind, set[str]] = defaultdict(set)
    translated = []
    for world in worlds:
        for change in changes({}, world, 1):
            assert change.row is not None
            keys[change.kind].update(change.row)
            translated.append(verify._expected(WorkspaceId("w"), change))
    real: dict[ChangeKind, set[str]] = defaultdict(set)
    for (kind, _), row in told.projected().items():
        real[kind].update(row)
    assert keys == real, "the worlds of the tests hold other rows than the ledger's: make them alike"
    form = make_id("form", canonical(translated)).hex()
    assert (ROW_FORM, form) == (9, "dbaed221875747ddf5be8b48e48690bb"), (
        "a row changed: raise graph.types.ROW_FORM, then write both here"
    )
