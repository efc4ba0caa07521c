"""What a KG-Trie costs: to make ready, to step through, as a mask and in memory, beside GCR's marisa way.

``ready_ms`` is from paths to a validated trie: wording, tokenising and building. Each sample has a tokenizer
of its own that has seen nothing; ``ready_warm_ms`` is the same again with what it has then seen.
``marisa_ms`` is GCR's way to the same trie: whole texts, whose wording is left out, through the tokenizer of
transformers; then each token is a character, each path a string of a ``marisa_trie.Trie``. ``*_cpu_ms``
add all threads up; other programs on the machine disturb them less.

A step moves the state by a token and lists what may follow, along random walks. A mask is a row of the
tensor that the engine applies, filled at the states of such walks.
"""

import gc
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from threading import Event, Thread
from typing import Any, TypeVar

import marisa_trie
import psutil
import torch
from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast

from bench.freebase import SEED, FreebaseGraph
from bench.harness import Benchmark, NotMeasured, Result, console
from bench.outputs import count_outside
from graph.ports import GraphPath
from retrieval.decoding.grammar import TrieGrammar
from retrieval.decoding.matcher import ENDED, START, Matcher
from retrieval.decoding.pathtrie import compile_paths
from retrieval.decoding.tokenise import SegmentTokenizer
from retrieval.decoding.trie import Trie, TrieLimits
from retrieval.decoding.verbalize import verbalise

_MADE_UP_VOCABULARY = 128_256
_ROUNDS, _WALKS, _LOOK_UPS = 9, 1_000, 200
_BATCH = 10_000  # texts tokenised at once for marisa: a million would need 5 GB
T = TypeVar("T")


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="folder with FB15k-237's train.txt")
    parser.add_argument("--tokenizer", type=Path, help="a tokenizer.json; by default the packaged model's")
    parser.add_argument("--end", default="<|im_end|>", help="the tokenizer's end of sequence")
    parser.add_argument("--paths", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--outputs", type=int, default=0, help="also decode as many by random logits")


def _run(options: Namespace) -> Result:
    text = (options.tokenizer or _packaged_tokenizer()).read_text(encoding="utf-8")
    end = Tokenizer.from_str(text).token_to_id(options.end)
    if end is None:
        raise NotMeasured(f"the tokenizer has no {options.end}: name its end of sequence with --end")
    console.print(f"reading {options.data}")
    sizes = sorted(set(options.paths))
    paths = FreebaseGraph(options.data).paths(sizes[-1])
    gc.freeze()  # the graph stays: no sample should pay for going through it again
    tries, table = {}, {}
    for size in sizes:
        console.print(f"{size} paths")
        tries[size], table[size] = _ready(text, paths[:size], end)
    largest = tries[sizes[-1]]
    figures: dict[str, Any] = {
        column: {str(size): row[column] for size, row in table.items()} for column in table[sizes[0]]
    }
    figures["compile_peak_mb"] = _peak_mb(lambda: compile_paths(paths, SegmentTokenizer(text), TrieLimits()))
    steps = _steps([Matcher(trie, end) for trie in tries.values()])
    for size, us in zip(sizes, steps, strict=True):
        table[size]["step_us"] = round(us, 3)
    figures |= {
        "step_us": {str(size): row["step_us"] for size, row in table.items()},
        "growth": round(steps[-1] / steps[0], 3),
        "mask_us": {
            str(vocabulary): round(_mask_us(Matcher(largest, end), vocabulary), 3)
            for vocabulary in (SegmentTokenizer(text).vocabulary, _MADE_UP_VOCABULARY)
        },
        "bytes_per_node": round(len(largest.to_bytes()) / len(largest), 3),
    }
    if options.outputs:
        console.print(f"decoding {options.outputs} outputs by random logits")
        figures |= count_outside(SegmentTokenizer(text), end, options.outputs)
    return Result(figures, rows={str(size): row for size, row in table.items()})


def _packaged_tokenizer() -> Path:
    from app.local.engine import prepare_engine  # late: only where no other tokenizer is named
    from app.settings import Settings

    return prepare_engine(Settings().cache, cuda=False, progress=console.print).model / "tokenizer.json"


# ---------------------------------------------------------------- to make ready


@dataclass
class _Samples:
    """Wall and CPU milliseconds of one way to do a thing."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def take(self, what: Callable[[], T], read: Callable[[], str]) -> T:
        """``read`` goes through what is begun with, so that it is in the processor's cache, as paths are
        that were just enumerated: what came between two samples has driven it out."""
        gc.collect()
        read()
        cpu, wall = time.process_time(), time.perf_counter()
        result = what()
        self.wall.append((time.perf_counter() - wall) * 1e3)
        self.cpu.append((time.process_time() - cpu) * 1e3)
        return result


class _MarisaTrie:
    """GCR's trie: a character for each token; what may follow a prefix is read off all keys under it."""

    def __init__(self, sequences: Sequence[Sequence[int]]) -> None:
        self._trie = marisa_trie.Trie("".join(map(_character, tokens)) for tokens in sequences)

    def allowed(self, prefix: Sequence[int]) -> list[int]:
        key = "".join(map(_character, prefix))
        return [
            _token(each) for each in {each[len(key)] for each in self._trie.keys(key) if len(each) > len(key)}
        ]


def _character(token: int) -> str:
    return chr(token if token < 55_000 else token + 10_000)  # not a surrogate


def _token(character: str) -> int:
    return ord(character) if ord(character) < 55_000 else ord(character) - 10_000


def _ready(tokenizer_json: str, paths: Sequence[GraphPath], end: int) -> tuple[Trie, dict[str, float]]:
    """The trie of ``paths``, and what it cost each way, samples taken in turn."""
    texts = verbalise(paths).texts()
    whole = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=Tokenizer.from_str(tokenizer_json)
    )

    def by_marisa() -> _MarisaTrie:
        batches = (texts[at : at + _BATCH] for at in range(0, len(texts), _BATCH))
        encoded = (whole(some, padding=False, add_special_tokens=False).input_ids for some in batches)
        return _MarisaTrie([[*tokens, end] for some in encoded for tokens in some])

    cold, warm, marisa = _Samples(), _Samples(), _Samples()
    for _ in range(max(1, min(15, 300_000 // len(paths)))):
        tokenizer = SegmentTokenizer(tokenizer_json)

        def ready(tokenizer: SegmentTokenizer = tokenizer) -> Trie:
            compiled = compile_paths(paths, tokenizer, TrieLimits())
            if compiled is None:
                raise NotMeasured("no path fits the limits")
            return compiled.trie

        cold.take(ready, lambda: _text_of(paths))
        trie = warm.take(ready, lambda: _text_of(paths))
        other = marisa.take(by_marisa, lambda: "".join(texts))
    return trie, {
        "ready_ms": round(median(cold.wall), 2),
        "marisa_ms": round(median(marisa.wall), 2),
        "marisa_over_ready": round(
            median(theirs / ours for theirs, ours in zip(marisa.wall, cold.wall, strict=True)), 2
        ),
        "ready_warm_ms": round(median(warm.wall), 2),
        "ready_cpu_ms": round(median(cold.cpu), 2),
        "marisa_cpu_ms": round(median(marisa.cpu), 2),
        "marisa_step_us": round(_look_up_us(Matcher(trie, end), other), 1),
        "nodes": len(trie),
    }


def _text_of(paths: Sequence[GraphPath]) -> str:
    facts = (step.fact for path in paths for step in path.steps)
    return "".join(fact.head_name + fact.relation + fact.tail_name for fact in facts)


def _look_up_us(matcher: Matcher, other: _MarisaTrie) -> float:
    """The median look-up in marisa's trie along random walks. NotMeasured where the two tries differ."""
    taken = []
    for walk in _walks(matcher, 10):
        state = START
        for depth, token in enumerate(walk):
            begun = time.perf_counter()
            allowed = other.allowed(walk[:depth])
            taken.append((time.perf_counter() - begun) * 1e6)
            if sorted(allowed) != matcher.allowed(state).tolist():
                raise NotMeasured("marisa's trie allows something else than ours")
            if len(taken) == _LOOK_UPS:
                return median(taken)
            state = matcher.advance(state, token)
    return median(taken)


def _peak_mb(what: Callable[[], object]) -> int:
    """By how much the process's resident memory rises at most while ``what`` runs."""
    process, done = psutil.Process(), Event()
    gc.collect()
    before = peak = process.memory_info().rss

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.005):
            peak = max(peak, process.memory_info().rss)

    thread = Thread(target=watch)
    thread.start()
    try:
        what()
    finally:
        done.set()
        thread.join()
    return (peak - before) >> 20


# ---------------------------------------------------------------- to step through, and as a mask


def _walks(matcher: Matcher, count: int) -> list[list[int]]:
    """Outputs drawn token by token from what is allowed, each choice equally likely; the end included."""
    dice = Random(SEED)
    walks = []
    for _ in range(count):
        state, walk = START, []
        while state != ENDED:
            walk.append(int(dice.choice(matcher.allowed(state))))
            state = matcher.advance(state, walk[-1])
        walks.append(walk)
    return walks


def _steps(matchers: Sequence[Matcher]) -> list[float]:
    """Median microseconds of a step in each trie, the tries taken in turn."""
    walks = [_walks(matcher, _WALKS) for matcher in matchers]
    taken: list[list[float]] = [[] for _ in matchers]
    for _ in range(_ROUNDS):
        for number, matcher in enumerate(matchers):
            begun = time.perf_counter()
            for walk in walks[number]:
                state = START
                for token in walk:
                    state = matcher.advance(state, token)
                    matcher.allowed(state)
            taken[number].append((time.perf_counter() - begun) / sum(map(len, walks[number])) * 1e6)
    return [median(each) for each in taken]


def _mask_us(matcher: Matcher, vocabulary: int) -> float:
    """Median microseconds of a row, as the engine asks for it: through the grammar, into a tensor."""
    mask = torch.zeros((8, (vocabulary + 31) // 32), dtype=torch.int32)
    grammars: list[TrieGrammar] = []
    for walk in _walks(matcher, _WALKS):
        grammar = TrieGrammar(matcher)
        grammar.accept_tokens("", walk[: Random(SEED + len(grammars)).randrange(len(walk))])
        grammars.append(grammar)
    taken = []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        for number, grammar in enumerate(grammars):
            grammar.fill_bitmask(mask, number & 7)
        taken.append((time.perf_counter() - begun) / len(grammars) * 1e6)
    return median(taken)


BENCHMARK = Benchmark("kgtrie", "Cost of a KG-Trie beside marisa; outputs by random logits.", _options, _run)
