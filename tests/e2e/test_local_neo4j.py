"""A real server: started, adopted, killed, started again. One home for all steps: a start takes seconds."""

import os
import signal
import socket
import time
import urllib.request
from pathlib import Path

import psutil
import pytest
from neo4j import GraphDatabase

from app.local.neo4j import USER, LocalNeo4j, memory_settings
from app.local.processes import free_ports
from graph.errors import ConfigurationError
from tests.fixtures.neo4j import NEO4J_CACHE

PASSWORD = "its-own-password"


def local(home: Path, ports: list[int], password: str = PASSWORD) -> LocalNeo4j:
    return LocalNeo4j(home, NEO4J_CACHE, bolt_port=ports[0], http_port=ports[1], password=password)


def test_the_life_of_a_server(tmp_path: Path) -> None:
    ports = free_ports(2)
    server = local(tmp_path, ports)
    assert not server.healthy()
    assert server.start()
    try:
        pid = server.process.pid()
        assert pid is not None
        with urllib.request.urlopen(server.browser_url, timeout=20) as page:
            assert "Neo4j Browser" in page.read().decode()
        assert _listening(pid) == {("127.0.0.1", port) for port in ports}

        begun = time.monotonic()
        assert not local(tmp_path, ports).start()
        assert time.monotonic() - begun < 10, "adopting takes no time"

        with pytest.raises(ConfigurationError, match="set up with another password"):
            local(tmp_path, ports, "some-other-password").start()

        with GraphDatabase.driver(server.uri, auth=(USER, PASSWORD)) as driver:
            driver.execute_query("CREATE (:Kept {n: 1})", database_="neo4j")
            os.kill(pid, signal.SIGKILL)
        while server.process.pid() is not None:
            time.sleep(0.05)
        assert server.start(), "what a killed server left behind does not stand in the way"
        with GraphDatabase.driver(server.uri, auth=(USER, PASSWORD)) as driver:
            found = driver.execute_query("MATCH (k:Kept) RETURN k.n AS n", database_="neo4j").records
        assert [record["n"] for record in found] == [1]
    finally:
        server.stop()
    assert server.process.pid() is None
    assert not server.stop()


def _listening(pid: int) -> set[tuple[str, int]]:
    connections = psutil.Process(pid).net_connections("inet")
    found = {(c.laddr.ip, c.laddr.port) for c in connections if c.status == psutil.CONN_LISTEN}
    return {(ip.removeprefix("::ffff:"), port) for ip, port in found}


def test_a_port_in_use_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        [free] = free_ports(1)
        server = local(tmp_path, [taken.getsockname()[1], free])
        with pytest.raises(ConfigurationError, match="VERIPATH_NEO4J_BOLT_PORT"):
            server.start()
        assert server.process.pid() is None


def test_too_little_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.local.neo4j._DISK_NEEDED", 1 << 60)
    with pytest.raises(ConfigurationError, match="free disk"):
        local(tmp_path, free_ports(2)).start()


def test_a_short_password_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="8 characters"):
        local(tmp_path, [1, 2], "short")


@pytest.mark.parametrize(
    ("gib", "heap", "pages"), [(1, 512, 128), (8, 682, 341), (24, 2048, 1024), (512, 4096, 4096)]
)
def test_memory_follows_the_machine(gib: int, heap: int, pages: int) -> None:
    assert memory_settings(gib << 30) == (heap, pages)
