"""Who stops what: a command ends the parts that it began to start, and none that it found running."""

import socket
import sys
import time
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from app.local.doctor import Finding, examine
from app.local.processes import OwnedProcess, Progress, free_ports, silent
from app.local.stack import Stack
from app.local.tour import Tour, end_of
from app.settings import Settings
from graph.errors import ConfigurationError, ServiceUnavailable

SLEEP = (sys.executable, "-c", "import time; time.sleep(600)")


class SlowPart:
    """A real process as Neo4j's place in the stack; the wait for its answer is interrupted."""

    def __init__(self, home: Path, *, interrupted: bool) -> None:
        home.mkdir(exist_ok=True)
        self.process = OwnedProcess("Neo4j", home, journal=home / "logs.txt")
        self._interrupted = interrupted

    def start(self, *, progress: Progress = silent) -> bool:
        started = self.process.start(SLEEP, cwd=self.process.log.parent, env={}, progress=progress)
        if self._interrupted:
            raise KeyboardInterrupt
        return started

    def stop(self) -> bool:
        return self.process.stop()


def stack_with(tmp_path: Path, part: SlowPart, port: int | None = None) -> Stack:
    (free,) = free_ports(1)
    stack = Stack(Settings(home=tmp_path / "home", cache=tmp_path / "cache", port=port or free))
    stack.neo4j = part  # type: ignore[assignment]  # a stand-in
    return stack


def test_a_start_that_is_interrupted_leaves_nothing_running(tmp_path: Path) -> None:
    part = SlowPart(tmp_path / "neo4j", interrupted=True)
    stack = stack_with(tmp_path, part)
    with pytest.raises(KeyboardInterrupt):
        stack.start_graph()
    assert part.process.pid() is not None
    stack.stop()
    assert part.process.pid() is None


def test_what_was_found_running_goes_on(tmp_path: Path) -> None:
    part = SlowPart(tmp_path / "neo4j", interrupted=False)
    first, second = stack_with(tmp_path, part), stack_with(tmp_path, part)
    first.start_graph()
    second.start_graph()
    second.stop()
    assert part.process.pid() is not None
    first.stop()
    assert part.process.pid() is None


def test_a_part_that_ended_is_told_once_and_by_whom(tmp_path: Path) -> None:
    part = SlowPart(tmp_path / "neo4j", interrupted=False)
    owner, other = stack_with(tmp_path, part), stack_with(tmp_path, part)
    owner.start_graph()
    other.start_graph()
    assert owner.ended() == other.ended() == []
    owner.stop()
    assert other.ended() == [part.process]
    assert "was stopped, by the command that started it" in end_of(part.process)
    assert other.ended() == []


def test_a_part_that_died_is_told_with_its_log(tmp_path: Path) -> None:
    part = SlowPart(tmp_path / "neo4j", interrupted=False)
    stack = stack_with(tmp_path, part)
    stack.start_graph()
    pid = part.process.pid()
    assert pid is not None
    psutil.Process(pid).kill()
    while part.process.pid() is not None:
        time.sleep(0.05)
    assert stack.ended() == [part.process]
    assert f"Neo4j has ended by itself; its log is {part.process.journal}" in end_of(part.process)
    stack.stop()


def test_a_watch_ends_with_the_part_that_nothing_works_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.local.tour.WATCH_SECONDS", 0.01)
    part = SlowPart(tmp_path / "neo4j", interrupted=False)
    owner, other = stack_with(tmp_path, part), stack_with(tmp_path, part)
    owner.start_graph()
    other.start_graph()
    owner.stop()
    tour = Tour(other.settings, Console(), other)
    with pytest.raises(ServiceUnavailable, match="Neo4j was stopped"):
        tour.watch()


def test_doctor_tells_of_a_service_without_its_neo4j(tmp_path: Path) -> None:
    stack = stack_with(tmp_path, SlowPart(tmp_path / "neo4j", interrupted=False))
    settings = stack.settings.model_copy(update={"neo4j_bolt_port": free_ports(1)[0]})

    def neo4j() -> Finding:
        return next(finding for finding in examine(settings) if finding.name == "Neo4j")

    assert neo4j().ok
    stack.service.start(SLEEP, cwd=tmp_path, env={})
    try:
        assert not neo4j().ok and "the service runs without it" in neo4j().detail
    finally:
        stack.service.stop()


def test_a_port_of_another_program_is_told_before_anything_starts(tmp_path: Path) -> None:
    part = SlowPart(tmp_path / "neo4j", interrupted=False)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"port {port} is in use.*VERIPATH_PORT"):
            stack_with(tmp_path, part, port).start_graph()
    assert part.process.pid() is None


def test_the_parts_folders_are_private_in_a_home_that_all_may_read(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "neo4j").mkdir(parents=True)
    home.chmod(0o755)
    Stack(Settings(home=home, cache=tmp_path / "cache"))
    assert {path.name for path in home.iterdir() if path.is_dir()} == {"neo4j", "engine", "service"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in home.iterdir())
