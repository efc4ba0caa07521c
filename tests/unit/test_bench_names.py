"""``python -m bench``: what is asked for is all that has to be installed."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import _NAMES
from bench.harness import main

ROOT = Path(__file__).parents[2]


def bench(*arguments: str, without: str) -> subprocess.CompletedProcess[str]:
    """As on a machine where ``without`` is not installed."""
    code = (
        "import sys, runpy; sys.modules[sys.argv.pop(1)] = None; sys.argv[0] = 'bench';"
        "runpy.run_module('bench', run_name='__main__')"
    )
    command = [sys.executable, "-c", code, without, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_a_benchmark_does_without_the_packages_of_the_others() -> None:
    done = bench("truth", "--help", without="marisa_trie")
    assert done.returncode == 0 and "--json" in done.stdout, done.stderr


def test_a_package_that_is_missing_is_told_with_the_command_that_installs_it() -> None:
    done = bench("kgtrie", without="marisa_trie")
    assert done.returncode == 1
    assert "marisa_trie" in done.stderr and "make .venv/.installed-dev" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_name_is_a_benchmark_of_that_name(capsys: pytest.CaptureFixture[str]) -> None:
    for name in _NAMES:
        with pytest.raises(SystemExit) as ended:
            main(_NAMES, [name, "--help"])
        assert ended.value.code == 0
        assert f"python -m bench {name}" in capsys.readouterr().out


def test_an_unknown_name_is_told_beside_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(_NAMES, ["nothing"])
    assert ended.value.code == 2
    assert "retrieval" in capsys.readouterr().err
