"""Supervision of a server that we start ourselves: start, adopt, watch, stop, and never touch another's.

A server outlives the command that started it (``kill -9`` of that command included), so ownership is kept on
disk: ``<name>.json`` records pid, start time and a fingerprint of what was started. The start time tells our
process from a later one that was given the same pid. Locks are ``flock``: the kernel frees them on death,
so none is ever stale.
"""

import fcntl
import json
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import blake2b
from itertools import islice
from pathlib import Path

import psutil

from graph.errors import ConfigurationError

LOG_BYTES = 10_000_000  # a log larger than this is set aside at the next start; one older log is kept
_SERVER_PORTS = range(10_000, 32_768)  # Linux gives outgoing connections those above
_START_TIME_TOLERANCE = 1.0  # seconds; the boot clock that start times are derived from may be adjusted

Progress = Callable[[str], None]


def silent(message: str) -> None:
    """The ``Progress`` of a caller that shows none."""


@dataclass(frozen=True, slots=True)
class _Record:
    pid: int
    started: float  # seconds since the epoch
    fingerprint: str


class OwnedProcess:
    """One named server of ours; its record and log live in ``state``. Calls block: use a thread.

    Two commands may supervise the same server: each call takes the same lock on disk. ``journal`` is what the
    server itself writes of its life, where that is not its output.
    """

    def __init__(self, name: str, state: Path, *, journal: Path | None = None) -> None:
        self.name = name
        slug = name.lower().replace(" ", "-")
        self.log = state / f"{slug}.log"
        self.journal = journal or self.log
        self._record = state / f"{slug}.json"
        self._lock = state / f"{slug}.lock"
        self._child: subprocess.Popen[bytes] | None = None

    def pid(self) -> int | None:
        """The pid of our running server, or None. What a record says is checked against the process."""
        if self._child is not None:
            self._child.poll()  # reaps it, so that a dead child is no zombie
        record = self._read()
        return record.pid if record is not None and _process(record) is not None else None

    def start(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        settings: str = "",
        progress: Progress = silent,
    ) -> bool:
        """Start ``command`` unless it runs already; True if it was started, False if it was adopted.

        ``env`` is added to this process's environment; ``settings`` is what else makes it another server,
        such as the text of its configuration file. One of ours that runs with another command, ``env`` or
        ``settings`` is stopped first. ConfigurationError when the program cannot be executed.
        """
        fingerprint = _fingerprint(command, env, settings)
        with exclusive(self._lock, f"{self.name} is being started or stopped by another command"):
            record = self._read()
            if record is not None and _process(record) is not None:
                if record.fingerprint == fingerprint:
                    return False
                progress(f"{self.name} runs with other settings: restarting it")
                self._stop(record, grace=30.0)
            self._rotate_log()
            with self.log.open("ab") as log:
                try:
                    child = subprocess.Popen(  # noqa: S603 - the command is ours
                        command,
                        cwd=cwd,
                        env={**os.environ, **env},
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=subprocess.STDOUT,
                        start_new_session=True,  # its own group: Ctrl-C reaches us, and we stop it
                    )
                except OSError as error:
                    raise ConfigurationError(f"{self.name} cannot be started: {error}") from error
            self._child = child
            try:
                started = psutil.Process(child.pid).create_time()
            except psutil.NoSuchProcess:
                started = time.time()  # it died at once; wait_healthy says why
            self._write(_Record(child.pid, started, fingerprint))
            return True

    def wait_healthy(
        self, probe: Callable[[], bool], *, timeout: float, progress: Progress = silent, hint: str = ""
    ) -> None:
        """Return once ``probe`` is true. ConfigurationError, with the end of the log and ``hint`` (a
        sentence on what to do), when the server ends or ``timeout`` seconds pass. What ``probe`` raises
        passes through."""
        begun = time.monotonic()
        reported = 0.0
        while True:
            if self.pid() is None:
                raise ConfigurationError(self._failure("stopped while starting", hint))
            if probe():
                return
            waited = time.monotonic() - begun
            if waited > timeout:
                raise ConfigurationError(self._failure(f"did not answer within {timeout:.0f} s", hint))
            if waited - reported >= 5.0:
                reported = waited
                progress(f"waiting for {self.name} ({waited:.0f} s)")
            time.sleep(0.1)

    def stop(self, *, grace: float = 30.0) -> bool:
        """Stop our server: ask, wait ``grace`` seconds, kill. False if none of ours was running."""
        with exclusive(self._lock, f"{self.name} is being started or stopped by another command"):
            record = self._read()
            running = record is not None and _process(record) is not None
            if record is not None and running:
                self._stop(record, grace)
            self._record.unlink(missing_ok=True)
            return running

    def was_stopped(self) -> bool:
        """Of a server that runs no more: whether a command stopped it, or else it ended by itself."""
        if not self._lock.exists():
            return True  # its home was emptied
        with exclusive(self._lock, f"{self.name} is being started or stopped by another command"):
            return not self._record.exists()

    def tail(self, lines: int = 20) -> str:
        """The last ``lines`` lines of its log."""
        try:
            with self.log.open("rb") as log:
                log.seek(max(0, self.log.stat().st_size - 64_000))
                text = log.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def _stop(self, record: _Record, grace: float) -> None:
        process = _process(record)
        if process is None:
            return
        family = _descendants(process)
        _signal_group(record.pid, signal.SIGTERM)
        if not self._gone(process, grace):
            _signal_group(record.pid, signal.SIGKILL)
            if not self._gone(process, 10.0):
                raise ConfigurationError(
                    f"{self.name} (process {record.pid}) cannot be stopped: end it by hand"
                )
        for left in family:
            _kill(left)

    def _gone(self, process: psutil.Process, timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self._child is not None:
                self._child.poll()
            if not _alive(process):
                return True
            time.sleep(0.05)
        return False

    def _failure(self, what: str, hint: str) -> str:
        end = self.tail() or "(the log is empty)"
        return f"{self.name} {what}. {hint} The end of {self.log}:\n{end}".replace("  ", " ", 1)

    def _rotate_log(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))

    def _read(self) -> _Record | None:
        try:
            return _Record(**json.loads(self._record.read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None  # none yet, or torn by a crash: then the server is not known as ours

    def _write(self, record: _Record) -> None:
        draft = self._record.with_suffix(".new")
        draft.write_text(json.dumps(asdict(record)))
        draft.replace(self._record)


@contextmanager
def exclusive(
    path: Path, busy: str, *, timeout: float = 120.0, progress: Progress = silent
) -> Iterator[None]:
    """Hold the lock file at ``path``; ConfigurationError saying ``busy`` when it cannot be had in time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        deadline = time.monotonic() + timeout
        told = False
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise ConfigurationError(f"{busy}; wait for it or end it, then try again") from None
                if not told:
                    progress(f"{busy}: waiting")
                    told = True
                time.sleep(0.05)
        yield


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def require_free_port(port: int, setting: str, host: str = "127.0.0.1") -> None:
    """ConfigurationError naming ``setting``, the variable that moves it, when the port is taken."""
    if not port_is_free(port, host):
        raise ConfigurationError(
            f"port {port} is in use by another program: stop it, or set {setting} to another port"
        )


def free_ports(count: int, host: str = "127.0.0.1") -> list[int]:
    """Ports that were free a moment ago, all different, and none that the kernel gives to outgoing
    connections: a server that is started again finds its port as it left it."""
    ports = secrets.SystemRandom().sample(_SERVER_PORTS, len(_SERVER_PORTS))
    return list(islice((port for port in ports if port_is_free(port, host)), count))


def _fingerprint(command: Sequence[str], env: Mapping[str, str], settings: str) -> str:
    text = json.dumps([list(command), sorted(env.items()), settings])
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _process(record: _Record) -> psutil.Process | None:
    try:
        process = psutil.Process(record.pid)
        same = abs(process.create_time() - record.started) <= _START_TIME_TOLERANCE
    except psutil.Error:
        return None
    return process if same and _alive(process) else None


def _alive(process: psutil.Process) -> bool:
    """A process whose first thread has ended is a zombie, yet its other threads hold its ports and files."""
    try:
        ended = process.status() == psutil.STATUS_ZOMBIE and process.num_threads() <= 1
        return bool(process.is_running() and not ended)
    except psutil.NoSuchProcess:
        return False


def _signal_group(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)  # the server leads its own session, so its pid is its group's id
    except (ProcessLookupError, PermissionError):
        return


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()  # psutil compares start times first: a recycled pid is left alone
    except psutil.Error:
        return
