"""One running service for the tests that do not harm it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.running import RunningService
from tests.fakes.chat_server import ChatServer
from tests.fixtures.neo4j import Neo4jServer


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory, neo4j_server: Neo4jServer) -> Iterator[RunningService]:
    running = RunningService(tmp_path_factory.mktemp("service") / "home", neo4j_server)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def judged(tmp_path: Path, neo4j_server: Neo4jServer, model: ChatServer) -> Iterator[RunningService]:
    """A service of the test's own, over ``model``, the scripted server of its file."""
    running = RunningService(
        tmp_path / "home",
        neo4j_server,
        VERIPATH_WORKSPACE=tmp_path.name,  # a graph is one ledger's
        VERIPATH_LLM_BASE_URL=model.url,
        VERIPATH_LLM_MODEL="judge",
    )
    running.start()
    yield running
    running.stop()
