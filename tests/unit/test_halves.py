"""What ``make test`` runs: two commands at once, both outputs whole, both statuses heeded, both ended."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SAYS = "import sys, time; time.sleep({wait}); print('{word}', flush=True); sys.exit({status})"
WAITS = "import pathlib, time; print('waits', flush=True); pathlib.Path({file!r}).touch(); time.sleep(60)"
AT_ONCE = "import sys; from tests.halves import at_once; sys.exit(at_once(*map(eval, sys.argv[1:])))"


def started(*programs: str) -> subprocess.Popen[str]:
    commands = [repr([sys.executable, "-c", program]) for program in programs]
    return subprocess.Popen(
        [sys.executable, "-c", AT_ONCE, *commands],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),  # as a shell's background job
    )


@pytest.mark.parametrize("statuses", [(0, 0), (1, 0), (0, 1)])
def test_either_failure_fails_and_both_are_printed_whole(statuses: tuple[int, int]) -> None:
    waits = (0.5, 0)  # the second ends first
    programs = [
        SAYS.format(wait=wait, word=word, status=status)
        for wait, word, status in zip(waits, ("one", "two"), statuses, strict=True)
    ]
    begun = started(*programs)
    assert begun.communicate(timeout=60)[0].split() == ["one", "two"]
    assert begun.returncode == max(statuses)


def test_what_ends_it_ends_both(tmp_path: Path) -> None:
    waiting = [tmp_path / name for name in ("one", "other")]
    begun = started(*(WAITS.format(file=str(file)) for file in waiting))
    until = time.monotonic() + 60
    while not all(file.exists() for file in waiting):
        assert begun.poll() is None and time.monotonic() < until
        time.sleep(0.05)
    begun.send_signal(signal.SIGTERM)
    told, _ = begun.communicate(timeout=20)
    assert told.count("waits") == told.count("KeyboardInterrupt") == 2 and begun.returncode != 0
