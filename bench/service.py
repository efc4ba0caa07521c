"""The real service as ``veripath up`` starts it, in a home of its own with a Neo4j of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psutil

from app.client import read_token
from app.local.processes import free_ports
from app.local.stack import Stack
from app.settings import load_settings
from bench.harness import console

_MIB = 1 << 20
_SAMPLE_SECONDS = 0.25


class Memory:
    """The most memory that the service and its parsers, and that Neo4j, have held, in MiB.

    Sampled, as the sum of resident sets: pages that a parser shares with its server count twice.
    """

    def __init__(self, service: int, neo4j: int) -> None:
        self.service_mb = self.neo4j_mb = 0
        self._pids = (service, neo4j)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory", daemon=True)

    def __enter__(self) -> "Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopping.wait(_SAMPLE_SECONDS):
            service, neo4j = map(_resident_mb, self._pids)
            self.service_mb = max(self.service_mb, service)
            self.neo4j_mb = max(self.neo4j_mb, neo4j)


@dataclass(frozen=True, slots=True)
class RunningService:
    """``http`` speaks as the owner of the service's workspace."""

    http: httpx.Client
    memory: Memory
    pid: int

    def stage_seconds(self) -> dict[str, float]:
        """Seconds in each stage since the start, added up over the worker's threads."""
        seconds = {}
        for line in self.http.get("/metrics").raise_for_status().text.splitlines():
            if line.startswith("veripath_stage_seconds_sum{"):
                label, value = line.split("} ")
                seconds[label.split('"')[1]] = float(value)
        return seconds

    def cpu_seconds(self) -> float:
        """Processor time of the service and its parsers so far: what another load does not change."""
        service = psutil.Process(self.pid)
        times = [each.cpu_times() for each in (service, *service.children(recursive=True))]
        return sum(t.user + t.system + t.children_user + t.children_system for t in times)


@contextmanager
def running_service() -> Iterator[RunningService]:
    """Starts in about half a minute, and leaves nothing. Settings hold, but for the home and the ports."""
    with TemporaryDirectory(prefix="veripath-bench-") as folder:
        port, bolt, browser, engine = free_ports(4)
        settings = load_settings(
            home=Path(folder) / "home",
            port=port,
            neo4j_bolt_port=bolt,
            neo4j_http_port=browser,
            llm_port=engine,
        )
        stack = Stack(settings)
        try:
            console.print("starting Neo4j and the service")
            stack.start_graph()
            stack.start_service()
            assert stack.neo4j is not None
            pids = stack.service.pid(), stack.neo4j.process.pid()
            assert pids[0] is not None and pids[1] is not None
            headers = {"Authorization": f"Bearer {read_token(settings.home)}"}
            with (
                httpx.Client(base_url=stack.url, headers=headers, timeout=600) as http,
                Memory(pids[0], pids[1]) as memory,
            ):
                yield RunningService(http, memory, pids[0])
        finally:
            stack.stop()


def _resident_mb(pid: int) -> int:
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    total = 0
    for member in family:
        try:
            total += member.memory_info().rss
        except psutil.NoSuchProcess:  # a parser that has done its work
            continue
    return total // _MIB
