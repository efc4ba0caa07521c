"""The parsing server: a slim process that has every parser loaded, and forks a child for each document.

It is started by ``ingest.sandbox`` and speaks with it over one socket: a request is a line of JSON and three
descriptors (the document, the result's pipe, the status's pipe), the reply is one byte. It never reads a
document itself. It holds the children to their wall time, and ends with its parent.
"""

import gc
import json
import os
import select
import signal
import socket
import time
from dataclasses import dataclass

from graph.errors import LimitExceeded, UnreadableDocument, VeripathError
from ingest import confinement
from ingest.loaders import LOADERS
from ingest.sniffing import choose_loader
from ingest.transfer import encode

DOCUMENT, ERROR = b"D", b"E"  # the first byte of a child's reply
_ORPHAN_CHECK_SECONDS = 1.0


@dataclass(slots=True)
class _Child:
    status: int  # descriptor
    deadline: float
    timed_out: bool = False


def serve(control: int) -> None:
    """Answer requests on the descriptor ``control`` until its other end closes or the parent is gone."""
    parent = os.getppid()
    network_left = confinement.leave_network()
    link = socket.socket(fileno=control)
    ruleset = confinement.prepare()
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    gc.collect()
    gc.freeze()  # children share these pages: a collection must not touch them
    link.sendall(b"N" if network_left else b"n")
    children: dict[int, _Child] = {}
    try:
        while os.getppid() == parent:
            soonest = min((child.deadline for child in children.values()), default=float("inf"))
            patience = min(max(soonest - time.monotonic(), 0.0), _ORPHAN_CHECK_SECONDS)
            ready, _, _ = select.select([link.fileno(), wake], [], [], patience)
            if wake in ready:
                os.read(wake, 4096)
            if link.fileno() in ready and not _accept(link, children, ruleset):
                break
            _reap(children)
            _end_overdue(children)
    finally:
        for pid in children:
            _kill(pid)


def _accept(link: socket.socket, children: dict[int, _Child], ruleset: int | None) -> bool:
    """Take one request and fork for it; false when the other end has closed."""
    message, descriptors, _, _ = socket.recv_fds(link, 65_536, 3)
    if not message:
        return False
    request = json.loads(message)
    document, result, status = descriptors
    pid = os.fork()
    if pid == 0:
        _close_all_but(document, result, *(() if ruleset is None else (ruleset,)))
        _parse_and_exit(request, document, result, ruleset)
    os.close(document)
    os.close(result)
    children[pid] = _Child(status, time.monotonic() + request["wall_seconds"])
    link.sendall(b"+")
    return True


def _reap(children: dict[int, _Child]) -> None:
    """Report every child that has ended to its caller: exit code, signal, and whether its time was up."""
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        child = children.pop(pid)
        report = {
            "code": os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
            "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else None,
            "timed_out": child.timed_out,
        }
        with os.fdopen(child.status, "wb") as pipe:
            pipe.write(json.dumps(report).encode())


def _end_overdue(children: dict[int, _Child]) -> None:
    now = time.monotonic()
    for pid, child in children.items():
        if now >= child.deadline and not child.timed_out:
            child.timed_out = True
            _kill(pid)


def _kill(pid: int) -> None:
    """The child and, as it leads a session of its own, all that it may have started."""
    for end in (os.killpg, os.kill):
        try:
            end(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


# ------------------------------------------------------------ the child


def _parse_and_exit(request: dict[str, int | str], document: int, result: int, ruleset: int | None) -> None:
    """Read, confine, parse, reply. Never returns: the process ends whatever happens."""
    code = 1
    try:
        os.setsid()
        confinement.die_with_parent()
        signal.set_wakeup_fd(-1)
        with os.fdopen(document, "rb") as stream:
            stream.seek(0)  # the offset is shared with a child that may have read before
            data = stream.read()
        confinement.confine(ruleset, int(request["memory_bytes"]), int(request["cpu_seconds"]))
        reply = _reply(data, str(request["name"]), int(request["memory_bytes"]))
        with os.fdopen(result, "wb") as pipe:
            pipe.write(reply)
        code = 0
    finally:
        os._exit(code)


def _close_all_but(*kept: int) -> None:
    """Leave the standard streams and ``kept``: the server's and other documents' descriptors go."""
    low = 3
    for descriptor in (*sorted(kept), os.sysconf("SC_OPEN_MAX")):
        os.closerange(low, descriptor)
        low = descriptor + 1


def _reply(data: bytes, name: str, memory: int) -> bytes:
    error: VeripathError
    try:
        return DOCUMENT + encode(choose_loader(data, name, LOADERS).load(data, name))
    except VeripathError as known:
        error = known
    except MemoryError:
        error = LimitExceeded(f"{name} needs more than {memory >> 20} MiB to be read; split it.")
    except RecursionError:
        error = UnreadableDocument(f"{name} is nested too deeply to be read.")
    except Exception as broken:  # a parser may raise anything; here is where it becomes the document's error
        error = UnreadableDocument(f"{name} is damaged: its parser failed with {type(broken).__name__}.")
    return ERROR + json.dumps([type(error).__name__, str(error)]).encode()
