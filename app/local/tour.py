"""``veripath up``: start the stack, show what it does on the bundled documents, keep serving.

Retrieval answers before the inference engine is up: the engine is installed meanwhile and started once the
documents are read, so that the two do not fight for the processor.
"""

import json
import signal
import threading
import time
from importlib.resources import as_file, files
from types import FrameType
from typing import Any

from rich.console import Console
from rich.markup import escape

from app.client import Client, read_token
from app.console import follow_job, show_answer, show_job
from app.local.processes import OwnedProcess
from app.local.stack import Stack
from app.settings import Settings
from graph.errors import ServiceUnavailable, VeripathError

WATCH_SECONDS = 2.0


def run(settings: Settings, console: Console, *, samples: bool, engine: bool, once: bool) -> None:
    """Returns after Ctrl-C or SIGTERM (with ``once``: after the answers), all that it started stopped."""
    signal.signal(signal.SIGTERM, _interrupt)
    tour = Tour(settings, console, Stack(settings))
    try:
        tour.start()
        if engine:
            tour.install_engine()
        if samples:
            tour.upload_samples()
            tour.ask_samples()
        if engine and tour.start_engine() and samples:
            tour.ask_for_paths()
        if not once:
            tour.say_where_to_go()
            tour.watch()
    except KeyboardInterrupt:
        console.print("\nstopping ...")
    finally:
        # a second Ctrl-C must not leave half of the stack behind
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        tour.stop()


class Tour:
    """What ``veripath up`` does, a step at a time."""

    def __init__(self, settings: Settings, console: Console, stack: Stack) -> None:
        self._settings = settings
        self._console = console
        self._stack = stack
        self._begun = time.monotonic()
        self._install: threading.Thread | None = None
        self._install_error: VeripathError | None = None
        self._manifest: dict[str, Any] = json.loads(_samples().joinpath("manifest.json").read_text("utf-8"))

    def start(self) -> None:
        with self._console.status("starting Neo4j") as line:
            answers = self._stack.start_graph(progress=line.update)
        self._say(answers)
        with self._console.status("starting the service") as line:
            self._stack.start_service(progress=line.update)
        self._say("the service answers")

    def install_engine(self) -> None:
        """In the background; ``start_engine`` waits for it."""

        def install() -> None:
            try:
                if self._stack.engine is not None:
                    self._stack.engine.install()
            except VeripathError as error:
                self._install_error = error

        self._install = threading.Thread(target=install, daemon=True)
        self._install.start()

    def upload_samples(self) -> None:
        begun = time.monotonic()
        with as_file(_samples().joinpath("documents")) as folder, self._client() as client:
            documents = sorted(path for path in folder.iterdir() if path.is_file())
            accepted = client.upload([(path.name, path) for path in documents])
            state = follow_job(client, accepted["job_id"], self._console)
        show_job(state, self._console, time.monotonic() - begun)

    def ask_samples(self) -> None:
        for number, entry in enumerate(self._manifest["questions"]):
            self._ask(entry, "hybrid")  # the engine may not be up yet
            if number == 0:
                self._say("first answer")

    def start_engine(self) -> bool:
        """Whether decoded paths are to be had; why not is printed, and answers stand on retrieval."""
        try:
            with self._console.status("installing the inference engine") as line:
                if self._install is not None:
                    self._install.join()
                if self._install_error is not None:
                    raise self._install_error
                line.update("starting vLLM")
                answers = self._stack.start_engine(progress=line.update)
        except VeripathError as error:
            self._console.print(
                f"[yellow]no inference engine, answers stand on retrieval:[/yellow] {escape(str(error))}"
            )
            return False
        self._say(answers)
        return True

    def ask_for_paths(self) -> None:
        """The multi-hop questions once more, their paths generated inside the KG-Trie."""
        for entry in self._manifest["questions"]:
            if entry["shows"] == "multi-hop":
                self._ask(entry, "paths")

    def say_where_to_go(self) -> None:
        line = self._console.print
        line()
        line(f"[bold]Serving at {self._stack.url}[/bold]  (Ctrl-C stops it)")
        line(f"  API docs       {self._stack.url}/docs")
        if self._stack.neo4j is not None:
            line(f"  Neo4j Browser  {self._stack.neo4j.browser_url}")
            login = f"user neo4j, password {self._stack.neo4j.password}"
            line(f"                 connect to {self._stack.neo4j.uri}, {login}")
        line("  your files     .venv/bin/veripath ingest PATH...")
        line('  your question  .venv/bin/veripath ask "..."')
        line(f"  token          {self._settings.home / 'token'}")

    def watch(self) -> None:
        """Until a part ends that nothing works without; ServiceUnavailable says which, and by whom."""
        while True:
            time.sleep(WATCH_SECONDS)
            for process in self._stack.ended():
                if self._stack.engine is None or process is not self._stack.engine.process:
                    raise ServiceUnavailable(end_of(process))
                self._console.print(
                    f"[yellow]answers stand on retrieval from now on:[/yellow] {escape(end_of(process))}"
                )

    def stop(self) -> None:
        self._stack.stop()

    def _ask(self, entry: dict[str, Any], mode: str) -> None:
        body: dict[str, Any] = {"query": entry["question"], "mode": mode}
        if "as_of" in entry:
            body["as_of"] = entry["as_of"]
        with self._client() as client:
            answer = client.post("/query", body)
        told = entry["question"] + (f"  (as of {entry['as_of']})" if "as_of" in entry else "")
        show_answer(told, answer, self._console)

    def _client(self) -> Client:
        token = self._settings.token
        return Client(self._stack.url, token.get_secret_value() if token else read_token(self._settings.home))

    def _say(self, what: str) -> None:
        self._console.print(f"[dim]{time.monotonic() - self._begun:5.0f} s[/dim]  {what}")


def end_of(process: OwnedProcess) -> str:
    """Who ended a server that runs no more, and where to read why."""
    if process.was_stopped():
        return f"{process.name} was stopped, by the command that started it or by `veripath down`"
    return f"{process.name} has ended by itself; its log is {process.journal}"


def _samples() -> Any:
    return files("app").joinpath("samples")


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
