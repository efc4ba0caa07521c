"""The embedded stack: Neo4j, the service and the inference engine as processes of one user.

What the settings give a URL for is left alone. Every part outlives the command that started it and is adopted
by the next one; ``stop`` ends exactly what this command started.
"""

import os
import secrets
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import httpx

from app.home import open_home
from app.local.jars import fetch_jars
from app.local.neo4j import LocalNeo4j
from app.local.processes import OwnedProcess, Progress, require_free_port, silent
from app.local.servers import ask_model_server, ask_neo4j
from app.local.vllm import LocalVllm
from app.settings import Settings
from graph.errors import ConfigurationError, StoreUnavailable

_DISK_NEEDED = 2 << 30


class Stack:
    """The parts that one machine runs for its user. Calls block."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.home = open_home(settings.home)
        self.neo4j = None if settings.neo4j_uri else self._local_neo4j()
        self.engine = None if settings.llm_base_url else self._local_engine()
        self.service = OwnedProcess("Veripath service", self._folder("service"))
        self._started: list[Callable[[], bool]] = []
        self._watched: list[OwnedProcess] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    def install(self, progress: Progress = silent) -> None:
        """Fetch what the local parts need, so that a start is quick: jars, engine environment, model."""
        self._require_disk()
        if self.neo4j is not None:
            fetch_jars(self.settings.cache / "neo4j", progress=progress)
        if self.engine is not None:
            self.engine.install(progress=progress)

    def start_graph(self, progress: Progress = silent) -> str:
        """What answers now, as a sentence. One that runs elsewhere is asked, never started."""
        self._require_disk()
        self._require_port()  # told now, and not after Neo4j has started
        if self.neo4j is not None:
            self._start(self.neo4j, progress)
            return "Neo4j answers"
        uri, secret = self.settings.neo4j_uri or "", self.settings.neo4j_password
        try:
            told = ask_neo4j(uri, self.settings.neo4j_user, secret.get_secret_value() if secret else "")
        except StoreUnavailable as error:
            raise StoreUnavailable(
                f"{error}: start it, or unset NEO4J_URI, and a local one is started"
            ) from error
        return f"{told} answers at {uri}"

    def start_service(self, progress: Progress = silent, *, timeout: float = 240.0) -> None:
        """The service answers /healthz when this returns."""
        self._require_port()
        command = [sys.executable, "-m", "app.cli", "serve"]
        if self.service.start(command, cwd=self.home, env=self.service_environment(), progress=progress):
            self._started.append(self.service.stop)
        hint = "Mend what the log's last lines say, then run the same command again."
        self.service.wait_healthy(self._service_answers, timeout=timeout, progress=progress, hint=hint)
        self._watched.append(self.service)

    def start_engine(self, progress: Progress = silent) -> str:
        """What answers now, as a sentence. One that runs elsewhere is asked, never started."""
        if self.engine is not None:
            self._start(self.engine, progress)
            return "vLLM answers, the KG-Trie plugin is loaded"
        base, secret = self.settings.llm_base_url or "", self.settings.llm_api_key
        server = ask_model_server(base, secret.get_secret_value() if secret else "")
        how = "with the KG-Trie plugin" if server.plugin else "without the KG-Trie plugin"
        return f"the model server at {base} answers, {how}"

    def ended(self) -> list[OwnedProcess]:
        """Local parts that answered once and run no more; each is told of once."""
        gone = [process for process in self._watched if process.pid() is None]
        self._watched = [process for process in self._watched if process not in gone]
        return gone

    def _start(self, part: LocalNeo4j | LocalVllm, progress: Progress) -> None:
        """Start or adopt a part. It is ours to stop from before it answers: its start may be interrupted."""
        if part.process.pid() is None:
            self._started.append(part.stop)
        started = part.start(progress=progress)
        if started and part.stop not in self._started:
            self._started.append(part.stop)  # it ran with other settings, and was started anew
        elif not started and part.stop in self._started:
            self._started.remove(part.stop)  # another command was faster
        self._watched.append(part.process)

    def stop(self) -> None:
        """End what this command started, the last first; what it adopted goes on."""
        while self._started:
            self._started.pop()()

    def stop_all(self) -> list[str]:
        """End every part of this home, whichever command started it; the names of those that ran."""
        parts: list[tuple[str, Callable[[], bool]]] = [("service", self.service.stop)]
        if self.engine is not None:
            parts.append(("engine", self.engine.stop))
        if self.neo4j is not None:
            parts.append(("Neo4j", self.neo4j.stop))
        return [name for name, stop in parts if stop()]

    def service_environment(self) -> dict[str, str]:
        """What tells the service's process where the local parts are."""
        environment = {"VERIPATH_HOME": str(self.home), "VERIPATH_CACHE": str(self.settings.cache)}
        environment["VERIPATH_PORT"] = str(self.settings.port)
        if self.neo4j is not None:
            environment |= {"NEO4J_URI": self.neo4j.uri, "NEO4J_PASSWORD": self.neo4j.password}
        if self.engine is not None:
            environment |= {
                "VERIPATH_LLM_BASE_URL": self.engine.base_url,
                "VERIPATH_LLM_API_KEY": self.engine.api_key,
                "VERIPATH_LLM_MODEL": self.engine.model_name,
            }
        return environment

    def _local_neo4j(self) -> LocalNeo4j:
        given = self.settings.neo4j_password
        return LocalNeo4j(
            self._folder("neo4j"),
            self.settings.cache / "neo4j",
            bolt_port=self.settings.neo4j_bolt_port,
            http_port=self.settings.neo4j_http_port,
            password=given.get_secret_value() if given else _secret(self.home / "neo4j-password"),
        )

    def _local_engine(self) -> LocalVllm:
        return LocalVllm(
            self._folder("engine"),
            self.settings.cache,
            port=self.settings.llm_port,
            api_key=_secret(self.home / "engine-key"),
            model_name=self.settings.llm_model,
        )

    def _folder(self, name: str) -> Path:
        """A part's own; nobody else looks into it, whoever may look into a home that was there before."""
        folder = self.home / name
        folder.mkdir(exist_ok=True)
        folder.chmod(0o700)
        return folder

    def _service_answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=5.0).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def _require_port(self) -> None:
        if self.service.pid() is None:
            require_free_port(self.settings.port, "VERIPATH_PORT")

    def _require_disk(self) -> None:
        free = shutil.disk_usage(self.home).free
        if free < _DISK_NEEDED:
            raise ConfigurationError(
                f"Veripath needs 2 GB of free disk for {self.home}, {free >> 20} MB are left: free some, or "
                "set VERIPATH_HOME to a folder on a larger disk"
            )


def reset(settings: Settings) -> None:
    """Stop the local parts and remove the home folder's content; what the settings give a URL for is not
    touched, and is refused, since its data would outlive the ledger's."""
    for given, name in ((settings.neo4j_uri, "NEO4J_URI"), (settings.database_url, "DATABASE_URL")):
        if given:
            raise ConfigurationError(
                f"{name} is set: reset deletes local data only; empty that server with its own tools"
            )
    Stack(settings).stop_all()
    for entry in settings.home.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _secret(path: Path) -> str:
    """The secret kept in ``path``, made once, readable by its owner alone."""
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        secret = secrets.token_urlsafe(24)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secret + "\n")
        return secret
