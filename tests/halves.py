"""All tests in two halves at once, each a pytest of its own: a test takes one core, or waits for its servers.

One half is the end-to-end tests, the other all else: they take about as long. The first one's output is shown
as it comes, the other's when both have ended. Exit status 0 when both passed.
"""

import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence

_WHOLE = "tests/e2e"


def at_once(shown: Sequence[str], kept: Sequence[str]) -> int:
    """Run two commands at once to their ends; the first status that is not 0, else 0.

    Ctrl-C reaches both from the terminal; a SIGTERM to this process is handed on to both as SIGINT, by which
    pytest stops what its tests have started.
    """
    # a shell's background jobs ignore it, and so would what they start
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with tempfile.TemporaryFile() as output:
        running = [subprocess.Popen(shown), subprocess.Popen(kept, stdout=output, stderr=subprocess.STDOUT)]

        def end(*_: object) -> None:
            for each in running:
                each.send_signal(signal.SIGINT)

        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, lambda *_: None)
        statuses = [each.wait() for each in running]
        output.seek(0)
        shutil.copyfileobj(output, sys.stdout.buffer)
        sys.stdout.flush()
    return next((status for status in statuses if status), 0)


if __name__ == "__main__":
    pytest = (sys.executable, "-m", "pytest", "-o")
    sys.exit(
        at_once(
            [*pytest, "cache_dir=.pytest_cache/whole", _WHOLE],
            [*pytest, "cache_dir=.pytest_cache/parts", f"--ignore={_WHOLE}"],
        )
    )
