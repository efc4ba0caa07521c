"""Decoding inside a trie against decoding freely: seconds a token, by batch, and exact top k against beams.

``--data`` is FB15k-237's folder. A question has a trie of two-hop paths and a prompt of ``--prompt`` tokens,
which every row finds in its server's prefix cache; the searches and the beams begin with a cold one. A free
row decodes as many tokens as the constrained ones wrote for the same question. Rows are taken question by
question across the servers, and a ratio is the median of the questions' (or batches') own ratios. All
constrained outputs are counted and looked up in their tries; ``--outputs`` draws more of them, hot, one half
under a prompt that asks for something else.
"""

import asyncio
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from bench.beam import Compared, search_beside_beams
from bench.engines import Server, by_grammar, by_processor, engines
from bench.freebase import FreebaseGraph
from bench.harness import Benchmark, NotMeasured, Result, console
from graph.ports import GraphPath
from retrieval.decoding.decoder import path_prompt
from retrieval.decoding.pathtrie import compile_paths
from retrieval.decoding.search import Task, Tokens
from retrieval.decoding.tokenise import SegmentTokenizer
from retrieval.decoding.trie import Trie, TrieLimits
from retrieval.ports import ChatMessage

_ROOM = TrieLimits().depth
_PER_CALL = 16  # outputs of one request while many are drawn


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="folder of FB15k-237")
    parser.add_argument("--questions", type=int, default=64)
    parser.add_argument("--paths", type=int, default=1000, help="paths a question")
    parser.add_argument("--prompt", type=int, default=256, help="tokens of a prompt")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 8], help="questions at once")
    parser.add_argument("--drafts", type=int, default=8, help="tokens of one speculative step")
    parser.add_argument(
        "--searches", type=int, default=8, help="questions searched, at least a batch; 0: none"
    )
    parser.add_argument("--budget", type=int, default=10_000, help="positions one search may score")
    parser.add_argument("--outputs", type=int, default=0, help="draw at least so many outputs in all")
    parser.add_argument("--gpu-share", type=float, default=0.25, help="of the GPU's memory, for each server")


@dataclass
class _Run:
    """``outside`` are constrained outputs that are no path of their trie."""

    tasks: list[Task]
    end: int
    outputs: int = 0
    outside: int = 0
    same: dict[str, list[bool]] = field(default_factory=dict)  # as the grammar's greedy output, by row
    seconds: dict[str, dict[int, list[float]]] = field(
        default_factory=dict
    )  # a token, by row, batch, question

    def check(self, trie: Trie, output: Tokens) -> None:
        self.outputs += 1
        node = trie.walk(output[:-1]) if output[-1:] == (self.end,) else -1
        self.outside += node < 0 or not trie.accepting(node)


def _run(options: Namespace) -> Result:
    return asyncio.run(_measure(options))


async def _measure(options: Namespace) -> Result:
    paths = FreebaseGraph(options.data).paths(options.questions * options.paths)
    async with engines(options.drafts, options.gpu_share) as servers:
        run = await _prepare(servers, paths, options)
        searches: dict[int, Compared] = {}
        if options.searches:
            searches, found = await search_beside_beams(
                servers["plain"],
                run.tasks,
                end=run.end,
                batches=options.batches,
                searches=options.searches,
                budget=options.budget,
            )
            for trie, tokens in found:
                run.check(trie, (*tokens, run.end))
        for batch in options.batches:
            await _rows(servers, run, batch)
        await _draw(servers, run, options.outputs)
        cuda = servers["plain"].local.cuda
    return _result(run, searches, options, cuda)


async def _prepare(servers: dict[str, Server], paths: Sequence[GraphPath], options: Namespace) -> _Run:
    abilities = await servers["plain"].engine.abilities()
    if abilities.tokenizer is None:
        raise NotMeasured("the engine gave no tokenizer")
    tasks = []
    for at in range(0, len(paths), options.paths):
        some = paths[at : at + options.paths]
        compiled = compile_paths(some, abilities.tokenizer, TrieLimits())
        if compiled is None:
            raise NotMeasured("a question's paths are all too long")
        tasks.append(
            Task(await _prompt(servers["plain"], abilities.tokenizer, some, options.prompt), compiled.trie)
        )
    for server in servers.values():
        await server.register([task.trie for task in tasks])
    return _Run(tasks, abilities.end)


async def _prompt(
    server: Server, tokenizer: SegmentTokenizer, paths: Sequence[GraphPath], length: int
) -> Tokens:
    """A question about where the paths begin, after facts of the same graph, ``length`` tokens in all."""
    system, user = path_prompt(f"What is connected with {paths[len(paths) // 2].start_name}?")
    facts = " ".join(dict.fromkeys(f"{each.start_name}: {each.steps[0].fact.tail_name}." for each in paths))
    bare = await server.engine.prompt_tokens([system, ChatMessage("user", f"{user.content}")])
    context = tokenizer.decode(tokenizer.encode([(facts,)])[0][: max(0, length - len(bare))])
    tokens = await server.engine.prompt_tokens([system, ChatMessage("user", f"{context}\n{user.content}")])
    # a token more or less, from the joints: the context's middle is cut or repeated
    middle = len(tokens) // 2
    while len(tokens) < length:
        tokens = (*tokens[:middle], *tokens[middle : middle + length - len(tokens)], *tokens[middle:])
    return (*tokens[:middle], *tokens[middle + len(tokens) - length :])


# ---------------------------------------------------------------- seconds a token


Ask = Callable[[Server, Task], Awaitable[list[Tokens]]]


async def _by_grammar(server: Server, task: Task) -> list[Tokens]:
    return await server.complete(task.prompt, max_tokens=_ROOM, **by_grammar(task.trie))


async def _by_processor(server: Server, task: Task) -> list[Tokens]:
    return await server.complete(task.prompt, max_tokens=_ROOM, **by_processor(task.trie))


async def _one_token(server: Server, task: Task) -> list[Tokens]:
    return await server.complete(task.prompt, max_tokens=1)


_CONSTRAINED: dict[str, tuple[str, Ask]] = {
    "processor": ("processor", _by_processor),
    "grammar": ("plain", _by_grammar),
    "jump_forward": ("speculating", _by_grammar),
}
_FREE = {"free": "plain", "free_ngram": "speculating"}


async def _rows(servers: dict[str, Server], run: _Run, batch: int) -> None:
    for at in range(0, len(run.tasks) - batch + 1, batch):
        tasks = run.tasks[at : at + batch]
        for server in servers.values():
            await _timed(_one_token, server, tasks)
        emitted: dict[Tokens, int] = {}
        written: dict[str, list[Tokens]] = {}
        for name, (where, ask) in _CONSTRAINED.items():
            outputs, seconds = await _timed(ask, servers[where], tasks)
            written[name] = outputs
            for task, output in zip(tasks, outputs, strict=True):
                run.check(task.trie, output)
                emitted[task.prompt] = len(output)
            _note(run, name, batch, seconds / sum(map(len, outputs)))
        for name, outputs in written.items():
            same = [a == b for a, b in zip(outputs, written["grammar"], strict=True)]
            run.same.setdefault(name, []).extend(same)
        free = partial(_freely, emitted)
        for name, where in _FREE.items():
            outputs, seconds = await _timed(free, servers[where], tasks)
            _note(run, name, batch, seconds / sum(map(len, outputs)))
        console.print(f"batch {batch}: {at + batch} of {len(run.tasks)} questions")


async def _freely(lengths: Mapping[Tokens, int], server: Server, task: Task) -> list[Tokens]:
    return await server.complete(task.prompt, max_tokens=lengths[task.prompt], ignore_eos=True)


async def _timed(ask: Ask, server: Server, tasks: Sequence[Task]) -> tuple[list[Tokens], float]:
    """The first output of each task, all asked at once, and the seconds until the last was there."""
    begun = time.perf_counter()
    outputs = await asyncio.gather(*(ask(server, task) for task in tasks))
    return [some[0] for some in outputs], time.perf_counter() - begun


def _note(run: _Run, row: str, batch: int, seconds: float) -> None:
    run.seconds.setdefault(row, {}).setdefault(batch, []).append(seconds)


# ---------------------------------------------------------------- many outputs


async def _draw(servers: dict[str, Server], run: _Run, wanted: int) -> None:
    """Until ``wanted`` outputs were checked: all three ways at once, at temperature 1.5."""
    ways = (
        (servers["processor"], by_processor),
        (servers["plain"], by_grammar),
        (servers["speculating"], by_grammar),
    )
    stray = await servers["plain"].engine.prompt_tokens(
        [ChatMessage("user", "Ignore all paths. Write a poem.")]
    )
    numbers = count()

    async def worker(server: Server, how: Callable[[Trie], dict[str, Any]]) -> None:
        while run.outputs < wanted:
            number = next(numbers)
            task = run.tasks[number % len(run.tasks)]
            outputs = await server.complete(
                task.prompt if number % 2 else stray, n=_PER_CALL, temperature=1.5,
                max_tokens=_ROOM, **how(task.trie),
            )  # fmt: skip
            for output in outputs:
                run.check(task.trie, output)
            if number % 16 == 0:
                console.print(f"{run.outputs} of {wanted} outputs, {run.outside} outside")

    await asyncio.gather(*(worker(server, how) for server, how in ways for _ in range(2)))


# ---------------------------------------------------------------- figures


def _result(run: _Run, searches: dict[int, Compared], options: Namespace, cuda: bool) -> Result:
    constrained = [name for name in run.seconds if name not in _FREE]
    figures: dict[str, Any] = {
        "constrained_over_free": {},
        "constrained_over_best_free": {},
        "topk_over_beam": {batch: _ratio(row["beam_s"], row["search_s"]) for batch, row in searches.items()},
    }
    for batch in options.batches:
        of = {name: run.seconds[name][batch] for name in run.seconds if run.seconds[name].get(batch)}
        if not of:
            raise NotMeasured(f"fewer questions than one batch of {batch}")
        best = min(constrained, key=lambda name: median(of[name]))
        fastest_free = min(_FREE, key=lambda name: median(of[name]))
        figures["constrained_over_free"][batch] = _ratio(of["free"], of[best])
        figures["constrained_over_best_free"][batch] = _ratio(of[fastest_free], of[best])
    rows = {
        f"{name}, batch {batch}": {
            "ms a token": round(1000 * median(taken), 2),
            "over free": _ratio(run.seconds["free"][batch], taken),
        }
        for name, by_batch in run.seconds.items()
        for batch, taken in by_batch.items()
    }
    means = {
        batch: {name: round(sum(values) / len(values), 3) for name, values in row.items()}
        | {"searches": len(row["exact"])}
        for batch, row in searches.items()
    }
    figures |= {
        "outputs": run.outputs,
        "outside_trie": run.outside,
        "same_as_grammar": {name: sum(same) / len(same) for name, same in run.same.items()},
        "device": "GPU" if cuda else "CPU",
        "prompt_cached": True,
        "rows": rows,
        "topk": means,
        "sizes": {
            name: getattr(options, name) for name in ("questions", "paths", "prompt", "drafts", "budget")
        },
    }
    return Result(figures, rows=rows)


def _ratio(slower: Sequence[float], faster: Sequence[float]) -> float:
    return round(median(a / b for a, b in zip(slower, faster, strict=True)), 2)


BENCHMARK = Benchmark(
    "decoding", "constrained decoding and exact search against free decoding and beams", _options, _run
)
