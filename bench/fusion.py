"""How entity merging grows with the number of names, and what one more document costs a graph of that size.

Names and documents are seeded (``bench.fusion_names``). Merging is timed in a process of its own, for ``--n``
names and for a tenth of them. Then ``--graph`` names with three claims each are published, fused and
projected to a Neo4j of the benchmark's own, some documents at a time as a service takes them in, and twenty
small documents are added to that, one by one. ``--rivals`` documents name each another leader of one firm,
and some more are added to those (``bench.fusion_rivals``).
"""

import asyncio
import multiprocessing
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from statistics import median
from typing import Any

from bench.fusion_names import Named, document, documents, names, referents
from bench.fusion_rivals import rivals
from bench.harness import Benchmark, NotMeasured, Result, console, peak_rss_mb
from bench.stack import WORKSPACE, GraphStack, graph_stack
from graph.commit import fuse_pending, verify
from graph.fusion.epoch import EPOCH_0
from graph.fusion.fuse import fuse_pass
from graph.fusion.memory import MemoryState
from graph.fusion.rulings import Rulings
from graph.fusion.view import Changes, Inputs
from graph.ledger.documents import Upload, accept
from graph.ledger.outbox import LedgerOutbox
from graph.ledger.publish import publish
from graph.ontology import default_ontology
from graph.projection.outbox import project_pending
from graph.types import Evidence

_DOCUMENT_NAMES = 1_000  # of the documents that the graph begins with
_TOGETHER = 20  # of those documents fused and projected in one pass
_SMALL = 16  # names of one added document: 48 claims
_ADDED = 20


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("--n", type=int, default=1_000_000, help="names to merge (default: a million)")
    parser.add_argument(
        "--graph", type=int, help="names of the graph that documents are added to (default: --n)"
    )
    parser.add_argument("--rivals", type=int, default=1_000, help="leaders of one firm (default: a thousand)")


def _run(options: Namespace) -> Result:
    if options.n < 1_000:
        raise NotMeasured("--n must be 1000 or more")
    merged = {n: _apart(n) for n in (options.n // 10, options.n)}
    small, whole = merged[options.n // 10], merged[options.n]
    added = asyncio.run(_add_documents(options.graph or options.n))
    figures = {
        "names": options.n,
        "er_s": whole["s"],
        "er_s_is": "all names from nothing to entities: normalise, block, score, cluster; one process",
        "er_cpu_s": whole["cpu_s"],
        "er_growth": round(whole["s"] / small["s"], 2),
        "er_cpu_growth": round(whole["cpu_s"] / small["cpu_s"], 2),
        "er_pairs": whole["pairs"],
        "er_entities": whole["entities"],
        "er_peak_rss_mb": whole["peak_rss_mb"],
        **added,
        **rivals(options.rivals),
        "peak_rss_mb": peak_rss_mb(),
    }
    rows = {f"{n} names": {k: float(v) for k, v in row.items()} for n, row in merged.items()}
    return Result(figures, rows=rows)


def _apart(count: int) -> dict[str, Any]:
    """In a process of its own, so that its memory is its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        console.print(f"merging {count} names")
        return pool.submit(_merge, count).result()


def _merge(count: int) -> dict[str, Any]:
    state = MemoryState()
    made = list(referents(WORKSPACE, names(count), _DOCUMENT_NAMES))
    state.put_all([], made, [])
    changes = Changes(added_referents=frozenset(r.id for r in made))
    inputs = Inputs(EPOCH_0, default_ontology(), Rulings(), Rulings())
    begun, cpu = time.perf_counter(), time.process_time()
    found = fuse_pass(state, changes, inputs)
    return {
        "s": round(time.perf_counter() - begun, 2),
        "cpu_s": round(time.process_time() - cpu, 2),
        "pairs": len(found.pairs.new),
        "entities": len(found.entities.new),
        "peak_rss_mb": peak_rss_mb(),
    }


async def _add_documents(count: int) -> dict[str, Any]:
    named = names(count + _ADDED * _SMALL)
    before, later = named[:count], named[count:]
    async with graph_stack() as stack:
        coming = documents(WORKSPACE, before, _DOCUMENT_NAMES)
        passes: list[tuple[float, float]] = []
        while some := list(islice(coming, _TOGETHER)):
            for evidence in some:
                _publish(stack, evidence)
            passes.append(await _follow(stack))
            there = min(count, len(passes) * _TOGETHER * _DOCUMENT_NAMES)
            console.print(f"{there} names fused and projected, the last in {sum(passes[-1]):.0f} s")
        console.print(f"adding {_ADDED} documents")
        taken = [await _add(stack, later, n) for n in range(_ADDED)]
        console.print("verifying")
        checked = await asyncio.to_thread(verify, stack.ledger, WORKSPACE)
    return {
        "graph_names": count,
        "graph_fuse_s": round(sum(fuse for fuse, _ in passes), 1),
        "graph_project_s": round(sum(project for _, project in passes), 1),
        "graph_passes_s": [[round(each, 1) for each in both] for both in passes],
        "fuse_one_document_ms": round(1000 * median(sum(each) for each in taken)),
        "fuse_one_document_parts_ms": {
            "fuse": round(1000 * median(fuse for fuse, _ in taken)),
            "project": round(1000 * median(project for _, project in taken)),
            "worst": round(1000 * max(sum(each) for each in taken)),
        },
        "fuse_one_document_each_ms": [[round(1000 * each) for each in both] for both in taken],
        "fuse_one_document_is": "fuse pass with its ledger transaction, and Neo4j; no reading, no embedding",
        "digest_equal": checked.ok,
    }


async def _add(stack: GraphStack, named: Sequence[Named], n: int) -> tuple[float, float]:
    """Seconds of fusing and of projecting the n-th small document."""
    start = n * _SMALL
    _publish(stack, document(WORKSPACE, named[start : start + _SMALL], -1 - n))
    return await _follow(stack)


async def _follow(stack: GraphStack) -> tuple[float, float]:
    """Seconds of fusing what was published and of projecting it."""
    begun = time.perf_counter()
    fuse_pending(stack.ledger, WORKSPACE)
    fused = time.perf_counter()
    await project_pending(LedgerOutbox(stack.ledger), stack.graph, WORKSPACE)
    return fused - begun, time.perf_counter() - fused


def _publish(stack: GraphStack, evidence: Evidence) -> None:
    upload = Upload(
        f"bench:{evidence.title}", evidence.content, len(evidence.text), "text/plain", "names.txt"
    )
    with stack.ledger.write() as conn:
        accept(conn, WORKSPACE, [upload])
    publish(stack.ledger, WORKSPACE, evidence)


BENCHMARK = Benchmark("fusion", "entity merging at scale, and one more document", _options, _run)
