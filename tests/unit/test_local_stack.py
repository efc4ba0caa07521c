"""Who stops what: a command ends the parts that it began to start, and none that it found running."""

import socket
import sys
from pathlib import Path

import pytest

from app.local.processes import OwnedProcess, Progress, free_ports, silent
from app.local.stack import Stack
from app.settings import Settings
from graph.errors import ConfigurationError

SLEEP = (sys.executable, "-c", "import time; time.sleep(600)")


class SlowPart:
    """A real process as Neo4j's place in the stack; the wait for its answer is interrupted."""

    def __init__(self, home: Path, *, interrupted: bool) -> None:
        home.mkdir(exist_ok=True)
        self.process = OwnedProcess("Neo4j", home)
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
