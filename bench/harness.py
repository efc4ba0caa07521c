"""What all benchmarks share: their result, the machine's description, and where output goes.

Progress and tables go to stderr; with ``--json`` one object is all that stdout gets.
"""

import json
import os
import platform
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

_VERSIONS = ("veripath", "faiss-cpu", "faiss-gpu", "torch", "spacy", "neo4j", "vllm", "numpy", "numba")
_MIB = 1 << 20

console = Console(stderr=True)


class NotMeasured(Exception):
    """The benchmark could not measure what it promises; the message says why."""


@dataclass(frozen=True, slots=True)
class Result:
    """``figures`` are the keys that the benchmark promises; ``predictions`` one row a case."""

    figures: Mapping[str, Any]
    predictions: Sequence[Mapping[str, Any]] = ()
    rows: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # the table shown: name to columns


@dataclass(frozen=True, slots=True)
class Benchmark:
    name: str
    about: str
    options: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], Result]


def main(names: Sequence[str], arguments: Sequence[str] | None = None) -> int:
    """Run one of ``names``, each a module of this package.

    Exit status: 0 measured, 1 could not measure, 2 wrong usage.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = ArgumentParser(
        prog="python -m bench", epilog="python -m bench NAME --help tells what NAME takes."
    )
    parser.add_argument("name", choices=names, metavar="NAME", help=", ".join(names))
    name = parser.parse_args(given[:1]).name
    try:
        benchmark = _load(name)
        options = _options(benchmark).parse_args(given[1:])
        result = benchmark.run(options)
    except NotMeasured as error:
        console.print(f"not measured: {error}", style="red", markup=False)
        return 1
    if options.predictions:
        write_rows(options.predictions, result.predictions)
    _show(name, result)
    if options.json:
        json.dump({"name": name, **result.figures, "env": environment()}, sys.stdout, indent=1)
        sys.stdout.write("\n")
    return 0


def _load(name: str) -> Benchmark:
    """Only the benchmark that is asked for: each needs packages that the others do without."""
    try:
        module = import_module(f"bench.{name}")
    except ModuleNotFoundError as error:
        raise NotMeasured(
            f"{name} needs the package {error.name}, which `make run` does not install; run: "
            "make .venv/.installed-dev"
        ) from error
    benchmark: Benchmark = module.BENCHMARK
    return benchmark


def _options(benchmark: Benchmark) -> ArgumentParser:
    parser = ArgumentParser(prog=f"python -m bench {benchmark.name}", description=benchmark.about)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--predictions", type=Path, help="write what was predicted, one JSON row a case")
    benchmark.options(parser)
    return parser


def environment() -> dict[str, Any]:
    """Machine and versions, as far as they move a figure."""
    versions = {"python": platform.python_version()}
    for package in _VERSIONS:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return {
        "machine": platform.machine(),
        "system": platform.system(),
        "cpu": _cpu(),
        "cpus": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load_1m": round(os.getloadavg()[0], 1),
        "memory_mb": psutil.virtual_memory().total // _MIB,
        "gpu": _gpu(),
        "omp_num_threads": os.environ.get("OMP_NUM_THREADS"),
        "versions": versions,
    }


def read_rows(path: Path) -> list[dict[str, Any]]:
    """JSON objects, one a line. NotMeasured when the file is missing or holds anything else."""
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except OSError as error:
        raise NotMeasured(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise NotMeasured(f"{path} is not JSON by line: {error}") from error
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise NotMeasured(f"{path} holds no rows")
    return rows


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def percentile(values: Sequence[float], share: float) -> float:
    """The value under which ``share`` (0 to 1) of the values lie, by the nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def peak_rss_mb() -> int:
    """The most memory this process has held so far."""
    import resource  # POSIX only, like the services that the benchmarks start

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (_MIB if sys.platform == "darwin" else 1024)


def _show(name: str, result: Result) -> None:
    if not result.rows:
        return
    columns = list(dict.fromkeys(column for row in result.rows.values() for column in row))
    table = Table(title=name)
    table.add_column("")
    for column in columns:
        table.add_column(column, justify="right")
    for row, cells in result.rows.items():
        table.add_row(row, *(f"{cells[column]:g}" if column in cells else "" for column in columns))
    console.print(table)


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "")


def _gpu() -> str | None:
    import torch  # late: it takes a second, and most of the harness does not need it

    return torch.cuda.get_device_name() if torch.cuda.is_available() else None
