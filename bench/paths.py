"""Questions that are walks through a graph: exact answers when the relations are given, and without them.

``--data`` holds ``kb.tsv`` and ``questions.jsonl``, see ``walks``. Both go into a real Neo4j: claims say
nothing here that a row does not. Answers are read after the last prediction is made; the number of hops is
never told.

Without relations, side by side on one seeded sample of questions:

- ``embedding``: paths enumerated up to the service's budget, those most like the question by words and then
  by vectors; the answers are the ends of the best path's relations.
- ``patterns``: sequences of relations ranked by vectors, the best one followed.
- ``decoded``: paths along the likeliest sequences, the best of them chosen by the packaged model in vLLM,
  held to their trie; the answers are the ends of the chosen path's relations.
"""

import asyncio
import time
from argparse import ArgumentParser, Namespace
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_urlsafe
from tempfile import TemporaryDirectory
from typing import Any

from app.adapters.embeddings import LocalEmbedder
from app.adapters.llm import OpenAIEngine
from app.local.neo4j import USER, LocalNeo4j
from app.local.processes import free_ports
from app.local.vllm import LocalVllm
from bench.harness import Benchmark, Result, console, percentile
from bench.stack import JARS, WORKSPACE
from bench.walks import Kb, Question, load, read_answers, read_kb, read_questions, sample
from graph.errors import VeripathError
from graph.ontology import RELATED_TO
from graph.ports import Embedder, GraphPath, GraphReader, Hop, Pattern
from graph.projection.neo4j import Neo4jGraph
from graph.projection.session import Store
from graph.types import EntityId
from retrieval.decoding.decoder import KgTrieDecoder
from retrieval.decoding.pathtrie import compile_paths
from retrieval.decoding.tokenise import SegmentTokenizer
from retrieval.decoding.trie import TrieLimits
from retrieval.facts import PATH_BUDGET
from retrieval.patterns import PatternRanker
from retrieval.phrasing import path_text
from retrieval.reasoning import end_name
from retrieval.wording import content_stems

_CACHE = Path("~/.cache/veripath").expanduser()
_HOPS = 3
_ANSWERS = 20_000  # paths of one sequence of relations
_PATTERNS = 12  # sequences whose paths the model chooses from
_EACH = 4  # paths of each of them
_COMPARED = 256  # paths that the embedding baseline compares
_BUDGETS = (1_000, PATH_BUDGET, 20_000)


@dataclass
class _Clock:
    ms: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        self.ms[name] += (time.perf_counter() - begun) * 1e3


@dataclass(frozen=True, slots=True)
class _Found:
    """``first`` is the answer that stands first; ``shown`` the paths behind the answers."""

    first: str | None
    paths: Sequence[GraphPath]


@dataclass(frozen=True, slots=True)
class _World:
    graph: GraphReader
    kb: Kb
    ranker: PatternRanker
    embedder: Embedder
    decoder: KgTrieDecoder | None


Ask = Callable[[_World, Question, Sequence[EntityId], _Clock], Awaitable[_Found]]


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="folder with kb.tsv and questions.jsonl")
    parser.add_argument(
        "--limit", type=int, default=40, help="questions a hop without relations; seed 7; 0 for all"
    )
    parser.add_argument("--no-engine", action="store_true", help="leave the model out: no row `decoded`")


def _run(options: Namespace) -> Result:
    kb, skipped = read_kb(options.data / "kb.tsv")
    questions = read_questions(options.data / "questions.jsonl")
    rows, figures = asyncio.run(_predict(kb, questions, options))
    gold = read_answers(options.data / "questions.jsonl")
    scored = [row for row in rows if row["question"] in gold]
    for row in scored:
        row |= _score(row, gold[row["question"]])
    table = {mode: _means([r for r in scored if r["mode"] == mode]) for mode in _modes(rows)}
    main = table.get("decoded", table["patterns"])
    given = table.get("given", {})
    by_hop = {
        str(hops): {
            mode: _means([r for r in scored if r["mode"] == mode and r["hops"] == hops]) for mode in table
        }
        for hops in sorted({row["hops"] for row in scored})
    }
    emitted = sum(row["emitted"] for row in rows)
    keys = {
        "given_relations_exact": given.get("exact"),
        "hits@1": main["hits@1"],
        "f1": main["f1"],
        "valid_paths": round(sum(row["valid"] for row in rows) / max(emitted, 1), 4),
        "emitted_paths": emitted,
        "modes": table,
        "by_hop": by_hop,
        "malformed_rows": skipped,
        "facts_by": "graph rows through the projection",
    }
    return Result({**keys, **figures}, rows, table)


async def _predict(
    kb: Kb, questions: Sequence[Question], options: Namespace
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    with TemporaryDirectory(prefix="veripath-bench-") as folder:
        bolt, http, port = free_ports(3)
        server = LocalNeo4j(
            Path(folder) / "neo4j", JARS, bolt_port=bolt, http_port=http, password=token_urlsafe(12)
        )
        vllm = LocalVllm(
            Path(folder) / "vllm", _CACHE, port=port, api_key=token_urlsafe(12), model_name="packaged"
        )
        await asyncio.to_thread(server.start)
        graph = Neo4jGraph(Store.connect(server.uri, USER, server.password))
        engine = None
        try:
            figures = await load(graph, kb)
            if not options.no_engine:
                console.print("starting vLLM")
                await asyncio.to_thread(vllm.start)
                engine = OpenAIEngine(vllm.base_url, vllm.model_name, api_key=vllm.api_key)
            embedder = LocalEmbedder()
            decoder = KgTrieDecoder(engine) if engine else None
            world = _World(graph, kb, PatternRanker(embedder), embedder, decoder)
            rows = await _ask_all(world, "given", [q for q in questions if q.relations], _given)
            drawn = sample(questions, options.limit)
            figures["sampled"] = len(drawn)
            for mode, ask in (("embedding", _embedding), ("patterns", _patterns), ("decoded", _decoded)):
                if mode != "decoded" or decoder:
                    await ask(world, drawn[0], await _ids(graph, drawn[0]), _Clock())  # the first loads
                    rows += await _ask_all(world, mode, drawn, ask)
            tokenizer = (await engine.abilities()).tokenizer if engine else None
            figures["enumeration"] = await _enumeration(graph, drawn, tokenizer)
            return rows, figures
        finally:
            if engine is not None:
                await engine.aclose()
                await asyncio.to_thread(vllm.stop)
            await graph.close()
            await asyncio.to_thread(server.stop)


# ---------------------------------------------------------------- the ways to answer


async def _given(world: _World, question: Question, starts: Sequence[EntityId], clock: _Clock) -> _Found:
    pattern = tuple(world.kb.hop(written) for written in question.relations or ())
    with clock.stage("follow"):
        paths = await _followed(world, starts, pattern)
    return _Found(end_name(paths[0]) if paths else None, paths)


async def _patterns(world: _World, question: Question, starts: Sequence[EntityId], clock: _Clock) -> _Found:
    for pattern in await _ranked(world, question, starts, clock):
        with clock.stage("follow"):
            paths = await _followed(world, starts, pattern)
        if paths:
            return _Found(end_name(paths[0]), paths)
    return _Found(None, ())


async def _decoded(world: _World, question: Question, starts: Sequence[EntityId], clock: _Clock) -> _Found:
    assert world.decoder is not None
    followed: dict[Pattern, Sequence[GraphPath]] = {}
    for pattern in (await _ranked(world, question, starts, clock))[:_PATTERNS]:
        with clock.stage("follow"):
            if paths := await _followed(world, starts, pattern):
                followed[pattern] = paths
    pool = [path for paths in followed.values() for path in paths[:_EACH]]
    with clock.stage("decode"):
        decoded = await world.decoder.decode(question.text, pool, 5)
    if not decoded.paths:
        return _Found(None, ())
    best = decoded.paths[0].path
    paths = next(paths for paths in followed.values() if best in paths)
    return _Found(end_name(best), paths)


async def _embedding(world: _World, question: Question, starts: Sequence[EntityId], clock: _Clock) -> _Found:
    with clock.stage("enumerate"):
        search = await world.graph.paths(WORKSPACE, starts, max_hops=_HOPS, budget=PATH_BUDGET)
    if not search.paths:
        return _Found(None, ())
    with clock.stage("rank"):
        texts = [path_text(path) for path in search.paths]
        asked = content_stems(question.text)
        shared = [len(asked & content_stems(text)) for text in texts]
        near = sorted(range(len(texts)), key=lambda i: (-shared[i], i))[:_COMPARED]
        vectors = await asyncio.to_thread(world.embedder.embed, [question.text, *(texts[i] for i in near)])
        scores = vectors[1:] @ vectors[0]
        best = search.paths[near[int(scores.argmax())]]
    same = [path for path in search.paths if _pattern(path) == _pattern(best)]
    return _Found(end_name(best), same)


async def _ranked(
    world: _World, question: Question, starts: Sequence[EntityId], clock: _Clock
) -> list[Pattern]:
    with clock.stage("patterns"):
        found = await world.graph.patterns(WORKSPACE, starts, max_hops=_HOPS)
    with clock.stage("rank"):
        ranked = await asyncio.to_thread(world.ranker.rank, question.unnamed, found.patterns)
    return [pattern for pattern, _ in ranked]


async def _followed(world: _World, starts: Sequence[EntityId], pattern: Pattern) -> Sequence[GraphPath]:
    return (await world.graph.follow(WORKSPACE, starts, pattern, budget=_ANSWERS)).paths


def _pattern(path: GraphPath) -> Pattern:
    return tuple(
        Hop(s.fact.relation, s.forward, s.fact.phrase if s.fact.relation == RELATED_TO else None)
        for s in path.steps
    )


# ---------------------------------------------------------------- asking and scoring


async def _ask_all(world: _World, mode: str, questions: Sequence[Question], ask: Ask) -> list[dict[str, Any]]:
    console.print(f"asking {len(questions)} questions: {mode}")
    rows = []
    for done, question in enumerate(questions):
        if done and not done % 500:
            console.print(f"{done} asked")
        clock = _Clock()
        begun = time.perf_counter()
        with clock.stage("link"):
            starts = await _ids(world.graph, question)
        failed = None
        try:
            found = await ask(world, question, starts, clock)
        except VeripathError as error:
            found, failed = _Found(None, ()), str(error)
        ms = (time.perf_counter() - begun) * 1e3
        rows.append(
            {
                "mode": mode,
                "question": question.number,
                "hops": question.hops,
                "answers": sorted({end_name(path) for path in found.paths}),
                "first": found.first,
                "emitted": len(found.paths),
                "valid": sum(map(world.kb.holds, found.paths)),
                "failed": failed,
                "ms": round(ms, 1),
                "stages_ms": {name: round(value, 1) for name, value in clock.ms.items()},
            }
        )
    return rows


async def _ids(graph: GraphReader, question: Question) -> list[EntityId]:
    """All entities of a topic's very name; where there is none, of a name that is equal once normalised."""
    ids: list[EntityId] = []
    for topic in question.topics:
        hits = await graph.find_entities(WORKSPACE, [topic])
        ids += [hit.id for hit in hits if hit.name == topic] or [hit.id for hit in hits]
    return list(dict.fromkeys(ids))


def _score(row: Mapping[str, Any], gold: set[str]) -> dict[str, float]:
    answers = set(row["answers"])
    right = len(answers & gold)
    f1 = 2 * right / (len(answers) + len(gold)) if right else float(not answers and not gold)
    return {"exact": float(answers == gold), "hits@1": float(row["first"] in gold), "f1": f1}


def _means(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    if not rows:
        return {}
    means = {key: round(sum(r[key] for r in rows) / len(rows), 3) for key in ("exact", "hits@1", "f1")}
    ms = {"questions": len(rows), "ms_p50": round(percentile([row["ms"] for row in rows], 0.5), 1)}
    stages = {name: None for row in rows for name in row["stages_ms"]}
    each = {
        f"{name}_ms": round(percentile([row["stages_ms"].get(name, 0.0) for row in rows], 0.5), 1)
        for name in stages
    }
    return {**means, **ms, **each, "failed": sum(row["failed"] is not None for row in rows)}


def _modes(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(row["mode"] for row in rows))


async def _enumeration(
    graph: GraphReader, questions: Sequence[Question], tokenizer: SegmentTokenizer | None
) -> dict[str, dict[str, float]]:
    """What a plain enumeration of three hops costs at some budgets, and the trie over what it gives."""
    told: dict[str, dict[str, float]] = {}
    some = [question for question in questions if question.hops == _HOPS][:10] or list(questions)[:10]
    starts = [await _ids(graph, question) for question in some]
    for budget in _BUDGETS:
        ms, trie_ms, cut, count = [], [], 0, []
        for ids in starts:
            begun = time.perf_counter()
            search = await graph.paths(WORKSPACE, ids, max_hops=_HOPS, budget=budget)
            ms.append((time.perf_counter() - begun) * 1e3)
            count.append(float(len(search.paths)))
            cut += not search.exhausted
            if tokenizer is not None and search.paths:
                begun = time.perf_counter()
                compile_paths(search.paths, tokenizer, TrieLimits())
                trie_ms.append((time.perf_counter() - begun) * 1e3)
        told[str(budget)] = {
            "paths_p50": percentile(count, 0.5),
            "ms_p50": round(percentile(ms, 0.5), 1),
            "ms_max": round(max(ms), 1),
            "cut": round(cut / len(starts), 2),
            **({"trie_ms_p50": round(percentile(trie_ms, 0.5), 1)} if trie_ms else {}),
        }
    return told


BENCHMARK = Benchmark("paths", "Answers that are walks: given relations, and decoded paths.", _options, _run)
