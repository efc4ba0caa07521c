"""Parsing in a disposable, confined process: one for each document.

The caller may be a large process with many threads, torch and spaCy loaded: that one is never forked. A slim
server with all parsers loaded (``ingest.zygote``) is started once and forks a fresh child for each document;
``ingest.confinement`` says what a child gives up before it sees the bytes. What comes back is JSON, bounded
in size and held to the laws of ``ParsedDocument`` (``ingest.transfer``). A crash, a time-out or too much
memory is that document's error, and no one else's.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

from graph.errors import (
    ConfigurationError,
    LimitExceeded,
    ParserUnavailable,
    UnreadableDocument,
    UnsupportedFormat,
)
from ingest.transfer import decode
from ingest.types import ParsedDocument

_ROOT = Path(__file__).resolve().parents[1]
_BOOT = (
    "import sys; sys.path.insert(0, sys.argv[1]); from ingest.zygote import serve; serve(int(sys.argv[2]))"
)
# All that a parser may know of its environment. One allocator arena and thread: address space is limited.
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/nonexistent",
    "LANG": "C.UTF-8",
    "MALLOC_ARENA_MAX": "1",
    "RAYON_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
_START_SECONDS = 60.0
_STATUS_BYTES = 4096
_GRACE_SECONDS = 10.0  # after the wall time, for the server to end the child and say so
# The only errors a child may report; another class name in its reply is not believed.
_REPORTED = {error.__name__: error for error in (LimitExceeded, UnreadableDocument, UnsupportedFormat)}


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """What one document may cost. ``memory_bytes`` is on top of what the loaded parsers take."""

    input_bytes: int = 256 << 20
    output_bytes: int = 512 << 20
    memory_bytes: int = 2 << 30
    cpu_seconds: int = 120
    wall_seconds: int = 180


@dataclass(frozen=True, slots=True)
class _Server:
    process: subprocess.Popen[bytes]
    link: socket.socket
    owner: int  # the process that started it: a fork of the caller must start its own
    network_left: bool

    def end(self) -> None:
        self.link.close()  # it ends its children and itself
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class _ServerLost(Exception):
    """The parsing server ended in the middle; private to this module."""


class Sandbox:
    """Parses documents, each in a process of its own. Safe to call from any number of threads."""

    def __init__(self, limits: ParseLimits | None = None) -> None:
        self._limits = limits or ParseLimits()
        self._lock = threading.Lock()
        self._server: _Server | None = None

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the server and every child. The next ``parse`` starts another."""
        with self._lock:
            if self._server is not None and self._server.owner == os.getpid():
                self._server.end()
            self._server = None

    @property
    def network_left(self) -> bool:
        """Whether children are in a network namespace without a device (``doctor`` tells)."""
        with self._lock:
            return self._running().network_left

    def parse(self, source: bytes | Path, name: str, limits: ParseLimits | None = None) -> ParsedDocument:
        """The document in ``source``, bytes or a file. ``name`` is what its user calls it.

        Raises ``UnsupportedFormat``, ``UnreadableDocument`` or ``LimitExceeded`` for what is wrong with the
        document, ``ConfigurationError`` when the server cannot be started at all and ``ParserUnavailable``
        when it was lost twice: retry that.
        """
        limits = limits or self._limits
        with _open(source, name) as document:
            if (size := os.fstat(document.fileno()).st_size) > limits.input_bytes:
                raise LimitExceeded(f"{name} has {size} bytes; the limit is {limits.input_bytes}. Split it.")
            try:
                reply, status = self._run(document.fileno(), name, limits)
            except _ServerLost:  # most likely another document's doing
                try:
                    reply, status = self._run(document.fileno(), name, limits)
                except _ServerLost as lost:
                    raise ParserUnavailable(f"The parsing server was lost twice over {name}.") from lost
        return _result(reply, status, name, limits)

    def _run(self, document: int, name: str, limits: ParseLimits) -> tuple[bytes, dict[str, object]]:
        """The child's reply and the server's word on how the child ended."""
        request = {**asdict(limits), "name": name[-1000:]}
        deadline = time.monotonic() + limits.wall_seconds + _GRACE_SECONDS
        result, result_end = os.pipe()
        status, status_end = os.pipe()
        server = None
        try:
            try:
                with self._lock:
                    server = self._running()
                    _ask(server.link, request, [document, result_end, status_end])
            finally:
                os.close(result_end)
                os.close(status_end)
            reply = _read(result, limits.output_bytes, deadline)
            if len(reply) > limits.output_bytes:
                raise LimitExceeded(f"{name} gives more text than {limits.output_bytes >> 20} MiB; split it.")
            report = _read(status, _STATUS_BYTES, deadline)
            if not report:
                raise _ServerLost
            return reply, json.loads(report)
        except (OSError, _ServerLost) as error:
            if server is not None:
                self._forget(server)
            raise _ServerLost from error
        finally:
            os.close(result)
            os.close(status)

    def _running(self) -> _Server:
        """The server, started if there is none; the lock is held."""
        server = self._server
        if server is None or server.owner != os.getpid() or server.process.poll() is not None:
            self._server = server = _start()
        return server

    def _forget(self, lost: _Server) -> None:
        """Put a lost or hanging server away, unless another thread has."""
        with self._lock:
            if self._server is lost:
                self._server = None
                lost.process.send_signal(signal.SIGKILL)
                lost.end()


def _start() -> _Server:
    ours, theirs = socket.socketpair()
    with tempfile.TemporaryFile() as errors, theirs:
        process = subprocess.Popen(  # noqa: S603  (our own interpreter and code)
            [sys.executable, "-I", "-c", _BOOT, str(_ROOT), str(theirs.fileno())],
            pass_fds=(theirs.fileno(),),
            env=_ENVIRONMENT,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        )
        theirs.close()
        ours.settimeout(_START_SECONDS)
        try:
            greeting = ours.recv(1)
        except TimeoutError:
            greeting = b""
        if not greeting:
            ours.close()
            process.kill()
            process.wait()
            errors.seek(0)
            why = errors.read().decode(errors="replace").strip().rpartition("\n")[2]
            raise ConfigurationError(f"The parsing server does not start: {why or 'no answer'}.")
    return _Server(process, ours, os.getpid(), greeting == b"N")


def _ask(link: socket.socket, request: dict[str, object], descriptors: list[int]) -> None:
    socket.send_fds(link, [json.dumps(request).encode()], descriptors)
    if link.recv(1) != b"+":
        raise _ServerLost


def _open(source: bytes | Path, name: str) -> IO[bytes]:
    """A file to hand over; bytes go into memory (Linux) or an unlinked temporary file."""
    if isinstance(source, Path):
        try:
            return source.open("rb")
        except OSError as error:
            raise UnreadableDocument(f"{name} cannot be opened: {error.strerror}.") from error
    file: IO[bytes]
    if sys.platform == "linux":
        file = os.fdopen(os.memfd_create("document"), "w+b")
    else:
        file = tempfile.TemporaryFile()  # noqa: SIM115  (the caller closes it)
    file.write(source)
    file.flush()
    file.seek(0)
    return file


def _read(descriptor: int, limit: int, deadline: float) -> bytes:
    """All until the pipe ends, or one byte more than ``limit``. Raises ``_ServerLost`` past ``deadline``."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN | select.POLLHUP)
    pieces, size = [], 0
    while size <= limit:
        if not poll.poll(max(deadline - time.monotonic(), 0) * 1000):
            raise _ServerLost
        piece = os.read(descriptor, min(1 << 20, limit + 1 - size))
        if not piece:
            break
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


def _result(reply: bytes, status: dict[str, object], name: str, limits: ParseLimits) -> ParsedDocument:
    if status["timed_out"]:
        raise LimitExceeded(f"{name} took longer than {limits.wall_seconds} s to read; split it.")
    if status["signal"] is not None or status["code"] != 0 or not reply:
        raise _ending(status["signal"], name, limits)
    try:
        if reply[:1] == b"D":
            return decode(reply[1:])
        kind, message = json.loads(reply[1:])
        raise _REPORTED[kind](str(message))
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableDocument(f"{name} is damaged: its parser gave a broken result ({error}).") from error


def _ending(number: object, name: str, limits: ParseLimits) -> Exception:
    if number == signal.SIGXCPU:
        return LimitExceeded(f"{name} took more than {limits.cpu_seconds} s of processor time; split it.")
    if number in (signal.SIGABRT, signal.SIGKILL, signal.SIGTRAP) or number is None:
        return LimitExceeded(
            f"{name} ended its parser, most likely by needing more than {limits.memory_bytes >> 20} MiB."
        )
    return UnreadableDocument(f"{name} is damaged: it crashed its parser (signal {number}).")
