"""The real service in a process of its own, and a client for it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from app.local.processes import free_ports
from tests.fixtures.neo4j import Neo4jServer

START_SECONDS = 120.0
ENDED = {"done", "partial", "failed", "cancelled"}


class RunningService:
    """``veripath serve`` with a home of its own; ``kill`` is ``kill -9``, and ``start`` goes on after it."""

    def __init__(self, home: Path, neo4j: Neo4jServer, **settings: str) -> None:
        self.home = home
        self.port = free_ports(1)[0]
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = home.parent / f"{home.name}.log"
        self._environment = {
            **os.environ,
            "VERIPATH_HOME": str(home),
            "VERIPATH_PORT": str(self.port),
            "VERIPATH_FUSE_DELAY_SECONDS": "0.2",
            "NEO4J_URI": neo4j.uri,
            "NEO4J_USER": neo4j.user,
            "NEO4J_PASSWORD": neo4j.password,
            "OMP_NUM_THREADS": "1",
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "serve"],
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                if httpx.get(f"{self.url}/healthz", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            assert self._process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.1)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A command of the CLI, in the service's own environment."""
        call = [sys.executable, "-m", "app.cli", *command]
        return subprocess.run(call, env=self._environment, capture_output=True, text=True, check=False)

    def kill(self) -> None:
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """Ask, and hold it to an end in time."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.kill()

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")[-8000:]

    @contextmanager
    def client(self, token: str | None = None) -> Iterator["Api"]:
        secret = token or (self.home / "token").read_text(encoding="ascii").strip()
        with httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {secret}"}, timeout=60
        ) as http:
            yield Api(http)


class Api:
    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def upload(self, files: Mapping[str, bytes], **headers: str) -> dict[str, Any]:
        parts = [("files", (name, data)) for name, data in files.items()]
        response = self.http.post("/documents", files=parts, headers=headers)
        assert response.status_code == 202, response.text
        body: dict[str, Any] = response.json()
        return body

    def job(self, job: str) -> dict[str, Any]:
        body: dict[str, Any] = self.http.get(f"/jobs/{job}").raise_for_status().json()
        return body

    def ended(self, job: str, *, within: float = 240.0) -> dict[str, Any]:
        """The job once it has ended."""
        deadline = time.monotonic() + within
        while (state := self.job(job))["status"] not in ENDED:
            assert time.monotonic() < deadline, state
            time.sleep(0.1)
        return state

    def ask(self, question: str, **fields: Any) -> dict[str, Any]:
        response = self.http.post("/query", json={"query": question, **fields})
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body
