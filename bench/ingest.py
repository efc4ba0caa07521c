"""How fast files become answerable: uploaded to the real service over HTTP, until the graph has them all.

``--data`` names folders. One with a ``corpus.jsonl`` {id, title, text} gives each passage as a text file; any
other gives all its files, at any depth. All go up in one bulk request. A format that no loader reads is an
item that fails with its reason, and is counted. In the end each of a few passages is asked for.
"""

import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app.client import expand
from bench.harness import Benchmark, NotMeasured, Result, console
from bench.passages import passage_files
from bench.service import RunningService, running_service

_DATA = (Path("../shared/data/docs_docling"), Path("../shared/eval/retrieval/musique100"))
_POLL_SECONDS = 0.5
_SAY_SECONDS = 15.0
_PROBES = 5  # documents that are asked for at the end
_PROBE_CHARACTERS = 300


def _options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        type=Path,
        nargs="+",
        default=_DATA,
        help="folders of files, or with a corpus.jsonl of passages",
    )
    parser.add_argument("--limit", type=int, help="the first N files of each folder only, for a quick look")


def _run(options: Namespace) -> Result:
    files: dict[str, bytes] = {}
    for folder in options.data:
        files |= dict(list(_files(folder).items())[: options.limit])
    with running_service() as service:
        begun = time.perf_counter()
        job = _upload(service, files)
        upload_s = time.perf_counter() - begun
        console.print(f"{len(files)} files accepted in {upload_s:.1f} s")
        items = _wait(service, job)
        total_s = time.perf_counter() - begun
        figures = _figures(files, items, upload_s, total_s)
        _require_answers(service, files, [item for item in items if item["status"] == "done"])
        figures["stages_s"] = {name: round(s, 1) for name, s in service.stage_seconds().items()}
        figures["service_cpu_s"] = round(service.cpu_seconds(), 1)
        figures["peak_rss_mb"] = service.memory.service_mb
        figures["neo4j_peak_rss_mb"] = service.memory.neo4j_mb
    predictions = [{key: item[key] for key in ("filename", "status", "error")} for item in items]
    shown = {name: value for name, value in figures.items() if isinstance(value, int | float)}
    rows = {"ingest": shown, "stages (s)": figures["stages_s"]}
    return Result(figures, predictions, rows)


def _files(folder: Path) -> dict[str, bytes]:
    if (folder / "corpus.jsonl").is_file():
        return {f"{folder.name}/{name}": data for name, data in passage_files(folder).items()}
    if not folder.is_dir():
        raise NotMeasured(f"{folder} is no folder")
    return {name: path.read_bytes() for name, path in expand([str(folder)])}


def _upload(service: RunningService, files: dict[str, bytes]) -> str:
    parts = [("files", (name, data)) for name, data in files.items()]
    response = service.http.post("/documents", files=parts)
    if response.status_code != 202:
        raise NotMeasured(f"the upload was refused: {response.text}")
    return str(response.json()["job_id"])


def _wait(service: RunningService, job: str) -> list[dict[str, Any]]:
    """The job's items once it has ended."""
    begun = said = time.perf_counter()
    while True:
        state = service.http.get(f"/jobs/{job}").raise_for_status().json()
        if state["status"] != "running":
            items: list[dict[str, Any]] = state["items"]
            return items
        if time.perf_counter() - said > _SAY_SECONDS:
            said = time.perf_counter()
            counts = ", ".join(f"{n} {status}" for status, n in state["counts"].items() if n)
            console.print(f"{said - begun:5.0f} s  {counts}")
        time.sleep(_POLL_SECONDS)


def _require_answers(
    service: RunningService, files: Mapping[str, bytes], done: Sequence[Mapping[str, Any]]
) -> None:
    """Answerable is more than said to be done: texts, evenly spread, are asked for by their first words."""
    texts = [item for item in done if item["filename"].endswith((".txt", ".md"))]
    for item in texts[:: max(1, len(texts) // _PROBES)][:_PROBES]:
        words = files[item["filename"]].decode("utf-8", "replace")[:_PROBE_CHARACTERS]
        asked = {"query": words, "mode": "vector", "only_need_context": True, "top_k": 20}
        told = service.http.post("/query", json=asked).raise_for_status().json()
        if item["document"] not in [cited["document_id"] for cited in told["citations"]]:
            raise NotMeasured(f"{item['filename']} is said to be done and is not found by its own words")


def _figures(
    files: Mapping[str, bytes], items: Sequence[Mapping[str, Any]], upload_s: float, total_s: float
) -> dict[str, Any]:
    done = [item for item in items if item["status"] == "done"]
    if not done:
        raise NotMeasured("no file could be read")
    failed = [item for item in items if item["status"] == "failed"]
    if len(done) + len(failed) < len(items):
        raise NotMeasured("the job ended with items that are neither done nor failed")
    return {
        "files": len(files),
        "documents": len(done),
        "bytes": sum(len(files.get(item["filename"], b"")) for item in done),  # not of archives' members
        "failed": len(failed),
        "failed_by_extension": dict(Counter(Path(item["filename"]).suffix.lower() for item in failed)),
        "documents_per_s": round(len(done) / total_s, 2),
        "upload_s": round(upload_s, 1),
        "total_s": round(total_s, 1),
    }


BENCHMARK = Benchmark(
    "ingest", "Files uploaded to the real service until they are answerable.", _options, _run
)
