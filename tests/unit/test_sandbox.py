import io
import os
import platform
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from graph.errors import (
    ConfigurationError,
    LimitExceeded,
    UnreadableDocument,
    UnsupportedFormat,
    VeripathError,
)
from ingest import sandbox as sandbox_module
from ingest.sandbox import ParseLimits, Sandbox

LINUX = sys.platform == "linux"
QUICK = ParseLimits(wall_seconds=10, cpu_seconds=10, memory_bytes=512 << 20, output_bytes=4 << 20)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(QUICK) as real:
        yield real


@pytest.fixture(scope="module")
def hostile() -> Iterator[Sandbox]:
    """A sandbox whose only parser does what the document says."""
    boot = sandbox_module._BOOT.replace(
        "from ingest.zygote import serve",
        "import ingest.zygote as z; from tests.fakes.hostile_loader import HostileLoader; "
        "z.LOADERS = (HostileLoader(),); serve = z.serve",
    )
    with pytest.MonkeyPatch.context() as patch, Sandbox(QUICK) as real:
        patch.setattr(sandbox_module, "_BOOT", boot)
        assert say(real, "say ready") == "ready"
        yield real


def say(sandbox: Sandbox, command: str, limits: ParseLimits | None = None) -> str:
    return sandbox.parse(command.encode(), "order.txt", limits).text


def server(sandbox: Sandbox) -> subprocess.Popen[bytes]:
    assert sandbox._server is not None
    return sandbox._server.process


def pdf_bytes() -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.drawString(72, 700, "Text of a page.")
    canvas.save()
    return out.getvalue()


def test_bytes_and_files_and_kinds_of_error(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "blob"
    path.write_bytes(b"# Head\n\nBody with **bold**.")
    assert sandbox.parse(path, "page.md").text == "Head\n\nBody with bold."
    assert sandbox.parse(b"Plain text.", "note.txt").media_type == "text/plain"
    assert "page" in sandbox.parse(pdf_bytes(), "paper").text
    with pytest.raises(UnreadableDocument, match=r"a\.txt is empty"):
        sandbox.parse(b"", "a.txt")
    with pytest.raises(UnsupportedFormat, match="PDF"):
        sandbox.parse(b"GIF89a" + bytes(100), "a.gif")
    with pytest.raises(UnreadableDocument, match="cannot be opened"):
        sandbox.parse(tmp_path / "missing", "a.txt")
    with pytest.raises(LimitExceeded, match="limit is 3"):
        sandbox.parse(b"Plain", "a.txt", ParseLimits(input_bytes=3))


def test_every_document_has_a_fresh_process(hostile: Sandbox) -> None:
    assert {say(hostile, "say x") for _ in range(3)} == {"x"}
    before = server(hostile).pid
    with pytest.raises(UnreadableDocument, match="crashed its parser"):
        say(hostile, "segfault")
    assert say(hostile, "say alive") == "alive"
    assert server(hostile).pid == before


@pytest.mark.parametrize(
    ("command", "error", "match"),
    [
        ("fail", UnreadableDocument, "ZeroDivisionError"),
        ("nest", UnreadableDocument, "nested too deeply"),
        ("memory", LimitExceeded, "more than 512 MiB"),
        ("flood 9000000", LimitExceeded, "more text than 4 MiB"),
        ("exit 0", LimitExceeded, "ended its parser"),
        ("exit 3", LimitExceeded, "ended its parser"),
    ],
)
def test_a_document_that_breaks_its_parser(
    hostile: Sandbox, command: str, error: type[VeripathError], match: str
) -> None:
    with pytest.raises(error, match=match):
        say(hostile, command)


def test_wall_time_and_processor_time(hostile: Sandbox) -> None:
    started = time.monotonic()
    with pytest.raises(LimitExceeded, match="longer than 1 s"):
        say(hostile, "sleep 60", ParseLimits(wall_seconds=1))
    assert time.monotonic() - started < 5
    with pytest.raises(LimitExceeded, match="processor time"):
        say(hostile, "spin", ParseLimits(cpu_seconds=1, wall_seconds=30))


def test_no_secret_and_no_descriptor_is_inherited(hostile: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    names = say(hostile, "environment").split()
    assert set(names) <= {*sandbox_module._ENVIRONMENT, "LC_CTYPE"}
    # the standard streams and the result's pipe: nothing of the server or of other documents
    assert len(say(hostile, "descriptors").split(",")) == 4


def test_no_network_from_python(hostile: Sandbox) -> None:
    assert say(hostile, "python_socket") == "refused: PermissionError"


def test_native_code_is_confined_too(hostile: Sandbox, tmp_path: Path) -> None:
    if not LINUX or platform.machine() not in ("x86_64", "aarch64"):
        return  # seccomp and Landlock are Linux's; ``ingest.confinement`` says what holds elsewhere
    for command in ("native_socket", "native_fork", "native_kill"):
        assert say(hostile, command) == "-1", command
    assert say(hostile, "native_system") == str(127 << 8)  # the shell could not be run
    assert say(hostile, "thread") == "a thread ran"
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    assert say(hostile, f"read_file {secret}") == "refused: PermissionError"
    assert say(hostile, f"read_file /proc/{os.getpid()}/environ") == "refused: PermissionError"


def test_nothing_is_written(hostile: Sandbox, tmp_path: Path) -> None:
    assert say(hostile, f"write_file {tmp_path / 'new'}").startswith("refused")
    assert not (tmp_path / "new").exists() or (tmp_path / "new").stat().st_size == 0


def test_many_threads_at_once(hostile: Sandbox) -> None:
    with ThreadPoolExecutor(16) as pool:
        started = time.monotonic()
        assert list(pool.map(lambda n: say(hostile, f"say {n}"), range(60))) == [str(n) for n in range(60)]
        sleeps = list(pool.map(lambda _: say(hostile, "sleep 1"), range(8)))
    assert sleeps == ["slept"] * 8
    assert time.monotonic() - started < 8  # side by side, not one after another


def test_a_lost_server_is_replaced_and_the_document_read(hostile: Sandbox) -> None:
    say(hostile, "say x")
    first = server(hostile)
    result: list[str] = []
    thread = threading.Thread(target=lambda: result.append(say(hostile, "sleep 1")))
    thread.start()
    time.sleep(0.3)
    first.kill()
    thread.join()
    assert result == ["slept"]
    assert server(hostile).pid != first.pid


def test_a_hanging_server_is_replaced(hostile: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox_module, "_GRACE_SECONDS", 0.5)
    say(hostile, "say x")
    first = server(hostile)
    monkeypatch.setattr(sandbox_module, "_START_SECONDS", 1.0)
    hostile._server.link.settimeout(1.0)  # type: ignore[union-attr]  # it runs
    first.send_signal(signal.SIGSTOP)
    monkeypatch.setattr(sandbox_module, "_START_SECONDS", 60.0)
    assert say(hostile, "say still", ParseLimits(wall_seconds=20)) == "still"  # a busy machine is slow
    assert first.poll() is not None


def test_the_server_and_its_children_end_with_the_parent(tmp_path: Path) -> None:
    script = (
        "import sys, threading, time\n"
        "from ingest.sandbox import Sandbox\n"
        "s = Sandbox(); s.parse(b'Text.', 'a.txt'); print(s._server.process.pid, flush=True); time.sleep(60)"
    )
    root = str(Path(sandbox_module.__file__).parents[1])
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=root, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 10
    while _alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _alive(pid)


def test_a_server_that_does_not_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox_module, "_BOOT", "raise ImportError('no such parser')")
    with pytest.raises(ConfigurationError, match="no such parser"):
        Sandbox().parse(b"Text.", "a.txt")


def _alive(pid: int) -> bool:
    """A zombie nobody has waited for yet does not count."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")
