"""``veripath verify-graph`` and ``rebuild-graph`` on a real Neo4j, as an operator runs them."""

import json
from pathlib import Path

import pytest
from neo4j import GraphDatabase
from typer.testing import CliRunner

from app.cli import app
from graph.commit import fuse_pending
from graph.errors import NotFound, StoreUnavailable
from graph.fusion.epoch import EPOCH_0
from graph.ledger.engine import Ledger
from tests.fixtures.neo4j import Neo4jServer
from tests.property.test_laws_ledger import LedgerWorld, play_both, whole_graph
from tests.property.worlds import World, tell


@pytest.fixture
def world(tmp_path: Path, neo4j_server: Neo4jServer, monkeypatch: pytest.MonkeyPatch) -> LedgerWorld:
    """A ledger with documents that no service has fused yet, and the environment that points at it."""
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger.migrate()
    told = LedgerWorld(ledger, EPOCH_0)
    play_both(World(EPOCH_0), told, tell(11, 0).steps)
    environment = {
        "VERIPATH_HOME": str(tmp_path),
        "VERIPATH_WORKSPACE": told.workspace,
        "NEO4J_URI": neo4j_server.uri,
        "NEO4J_USER": neo4j_server.user,
        "NEO4J_PASSWORD": neo4j_server.password,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return told


def run(*command: str) -> tuple[int, dict]:
    result = CliRunner().invoke(app, [*command, "--json"], catch_exceptions=False)
    return result.exit_code, json.loads(result.stdout)


def test_verify_repair_rebuild(world: LedgerWorld, neo4j_server: Neo4jServer) -> None:
    code, pending = run("verify-graph")
    assert (code, pending["sound"]) == (0, True), "what was pending is fused and projected first"
    assert pending["position"] == fuse_pending(world.ledger, world.workspace).position
    assert pending["found"]["checked"] == len(whole_graph(world.ledger, world.workspace)) > 0

    def edit(query: str) -> None:
        with GraphDatabase.driver(
            neo4j_server.uri, auth=(neo4j_server.user, neo4j_server.password)
        ) as driver:
            driver.execute_query(query, ws=world.workspace, database_="neo4j")

    edit("MATCH (d:Document {workspace: $ws}) WITH d LIMIT 1 SET d.title = 'Edited'")
    code, differs = run("verify-graph")
    assert (code, differs["sound"], differs["left"]["changed"]) == (1, False, 1)
    shown = CliRunner().invoke(app, ["verify-graph"], catch_exceptions=False)
    assert shown.exit_code == 1
    assert "1 changed" in shown.stdout and "verify-graph --repair" in shown.stdout
    code, mended = run("verify-graph", "--repair")
    assert (code, mended["found"]["changed"], mended["left"]["changed"]) == (0, 1, 0)

    edit("MATCH (n {workspace: $ws}) WHERE NOT n:Projection DETACH DELETE n")
    code, anew = run("rebuild-graph")
    assert (code, anew["sound"]) == (0, True)
    assert anew["found"] == {**pending["found"], "checked": len(whole_graph(world.ledger, world.workspace))}
    assert anew["position"] == pending["position"]

    told = CliRunner().invoke(app, ["verify-graph"], catch_exceptions=False)
    assert "the graph is what the ledger says" in told.stdout


def test_what_is_not_there_is_told(world: LedgerWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERIPATH_WORKSPACE", "nowhere")
    with pytest.raises(NotFound, match="nowhere"):
        run("verify-graph")
    monkeypatch.delenv("NEO4J_URI")
    monkeypatch.setenv("NEO4J_PASSWORD", "long-enough")
    with pytest.raises(StoreUnavailable, match="veripath up"):
        run("rebuild-graph")
