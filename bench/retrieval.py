"""Which passages are found for a question: recall by mode, over the real path from file to index.

``--data`` holds ``corpus.jsonl`` {id, title, text} and ``questions.jsonl`` {id, question, supporting[]}. Each
passage becomes a text file under its title and goes through the same loader, chunker, extractor, fusion,
Neo4j and FAISS as any upload. What is supporting is read after the last prediction is made.
"""

import asyncio
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.harness import Benchmark, NotMeasured, Result, console, peak_rss_mb, percentile, read_rows
from bench.passages import passage_files, read_fields
from bench.stack import WORKSPACE, Stack, real_stack
from graph.types import ContentId
from retrieval.linking import Linker
from retrieval.retrievers import Found, PassageRetriever

_DEPTH = 10
_CUTS = (2, 5, 10)
Mode = Callable[[str], Awaitable[Found]]


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="folder with corpus.jsonl, questions.jsonl")


def _run(options: Namespace) -> Result:
    files = passage_files(options.data)
    questions = read_fields(options.data / "questions.jsonl", ("id", "question"))
    predictions, figures = asyncio.run(_predict(files, questions))
    supporting = {
        row["id"]: set(map(str, row["supporting"]))
        for row in read_rows(options.data / "questions.jsonl")
        if isinstance(row.get("supporting"), list) and row["supporting"]
    }
    if not supporting:
        raise NotMeasured("no question names its supporting passages")
    modes: dict[str, dict[str, float]] = {}
    for row in predictions:
        modes.setdefault(row["mode"], {})
    for mode in modes:
        rows = [row for row in predictions if row["mode"] == mode]
        modes[mode] = _scores(rows, supporting) | _latency([row["ms"] for row in rows])
    return Result(figures | modes, predictions, modes)


async def _predict(
    files: Mapping[str, bytes], questions: Sequence[Mapping[str, str]]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    async with real_stack() as stack:
        console.print(f"ingesting {len(files)} passages")
        begun = time.perf_counter()
        contents = await stack.ingest(files)
        ingest_s = time.perf_counter() - begun
        console.print(f"ingested in {ingest_s:.0f} s")
        passages_of: dict[ContentId, list[str]] = {}  # equal passages are one content
        for name, content in contents.items():
            passages_of.setdefault(content, []).append(name.removesuffix(".txt"))
        rows = []
        for mode, retrieve in _modes(stack).items():
            console.print(f"asking {len(questions)} questions: {mode}")
            await retrieve(questions[0]["question"])  # the first query of each kind loads its index
            for question in questions:
                rows.append(await _ask(stack, mode, retrieve, question, passages_of))
        figures = {
            "passages": len(files),
            "questions": len(questions),
            "ingest_s": round(ingest_s, 1),
            "ingest_stages_s": {stage: round(seconds, 1) for stage, seconds in stack.seconds.items()},
            "peak_rss_mb": peak_rss_mb(),
        }
    return rows, figures


def _modes(stack: Stack) -> dict[str, Mode]:
    retriever = PassageRetriever(stack.graph, stack.vectors, stack.evidence, stack.embedder)
    linker = Linker(stack.graph, stack.vectors, stack.embedder)

    async def graph(question: str) -> Found:
        return await retriever.bridged(WORKSPACE, question, await linker.link(WORKSPACE, question))

    return {
        "bm25": lambda question: retriever.keyword(WORKSPACE, question),
        "vector": lambda question: retriever.vector(WORKSPACE, question),
        "hybrid": lambda question: retriever.hybrid(WORKSPACE, question),
        "graph": graph,
    }


async def _ask(
    stack: Stack,
    mode: str,
    retrieve: Mode,
    question: Mapping[str, str],
    passages_of: Mapping[ContentId, Sequence[str]],
) -> dict[str, Any]:
    begun = time.perf_counter()
    found = await retrieve(question["question"])
    ms = (time.perf_counter() - begun) * 1e3
    chunks = stack.evidence.chunks(WORKSPACE, [id_ for id_, _ in found.scores[: 4 * _DEPTH]])
    ranked = dict.fromkeys(passage for chunk in chunks for passage in passages_of[chunk.content])
    passages = list(ranked)[:_DEPTH]
    return {"mode": mode, "id": question["id"], "passages": passages, "ms": round(ms, 2)}


def _scores(rows: Sequence[Mapping[str, Any]], supporting: Mapping[str, set[str]]) -> dict[str, float]:
    scored = [row for row in rows if row["id"] in supporting]
    figures = {
        f"recall@{cut}": sum(
            len(supporting[row["id"]].intersection(row["passages"][:cut])) / len(supporting[row["id"]])
            for row in scored
        )
        / len(scored)
        for cut in _CUTS
    }
    every = sum(supporting[row["id"]] <= set(row["passages"]) for row in scored) / len(scored)
    return {name: round(value, 3) for name, value in (figures | {f"all@{_DEPTH}": every}).items()}


def _latency(ms: Sequence[float]) -> dict[str, float]:
    return {"ms_p50": round(percentile(ms, 0.5), 1), "ms_p99": round(percentile(ms, 0.99), 1)}


BENCHMARK = Benchmark(
    "retrieval", "Recall of supporting passages: bm25, vector, hybrid, graph.", _options, _run
)
