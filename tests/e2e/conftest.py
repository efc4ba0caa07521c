"""One running service for the tests that do not harm it."""

from collections.abc import Iterator

import pytest

from tests.e2e.running import RunningService
from tests.fixtures.neo4j import Neo4jServer


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory, neo4j_server: Neo4jServer) -> Iterator[RunningService]:
    running = RunningService(tmp_path_factory.mktemp("service") / "home", neo4j_server)
    running.start()
    yield running
    running.stop()
