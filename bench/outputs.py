"""Outputs decoded by random logits over random graphs with hostile names, counted where none should be.

The graphs hold names that are prefixes of others, that hold the separator, special tokens, nothing at all,
emoji, right-to-left text and 10,000 characters; different entities of one name; parallel relations, both
directions and qualifiers. Each output is decoded through the bitmask, as an engine does. It is outside when
its tokens are not those of a whole candidate's text, tokenised without the trie, or when a path returned for
it does not walk over the graph's facts.
"""

import asyncio
from collections.abc import Iterator, Sequence
from random import Random

import numpy as np
from numpy.typing import NDArray

from bench.freebase import SEED
from graph.identity import make_id
from graph.ports import FactRow, GraphPath, PathStep
from graph.projection.paths import Around, search_paths
from graph.types import EntityId, FactId, FactStatus, PartialDate
from retrieval.decoding.matcher import ENDED, START, Matcher
from retrieval.decoding.pathtrie import PathTrie, compile_paths
from retrieval.decoding.tokenise import SegmentTokenizer
from retrieval.decoding.trie import TrieLimits
from retrieval.decoding.verbalize import verbalise

_NAMES = (
    "", " ", "A", "AB", "ABC", "A B", "A  B", "A\u00a0B", "New", "New York", "New York City", "10", "100",
    "1000", "A -> B", "->", "-> owns ->", "<- owns <-", "Acme <- owns", "<|im_end|>", "<|endoftext|>", "'s",
    "(unnamed)", "…", "👩\u200d👩\u200d👧", "👩", "مرحبا بالعالم", "שלום", "\u202egnp.exe", "猫 は 猫",
    "e\u0301", "é", "a\x00b", "\ud800", "\t\n", "O'Brien's", '"quoted"', "\\n", "x" * 10_000, "猫" * 10_000,
    "y" * 119 + "z", "y" * 120, "y" * 119,
)  # fmt: skip
_RELATIONS = ("OWNS", "OWNS_PART_OF", "WORKS_FOR", "RELATED_TO", "->", "")
_ENTITIES, _FACTS, _PATHS = 30, 60, 300  # of one graph
_OUTPUTS = 500  # of one graph
_TOKEN_BY_TOKEN = 10  # every tenth output takes no forced run at once


def count_outside(tokenizer: SegmentTokenizer, end: int, outputs: int) -> dict[str, int]:
    """``outputs`` decoded, over as many graphs as that takes; ``outside_trie`` should be 0."""
    noise = np.random.default_rng(SEED).standard_normal(tokenizer.vocabulary + (1 << 17), np.float32)
    limits = TrieLimits(depth=4096)
    decoded = outside = distinct = graphs = 0
    while decoded < outputs:
        dice = Random(SEED + graphs)
        graphs += 1
        facts = _facts(dice)
        paths = _paths(facts)
        compiled = compile_paths(paths, tokenizer, limits)
        assert compiled is not None and not compiled.left_out
        texts = set(tokenizer.encode([(text,) for text in verbalise(paths).texts()]))
        logits = _rows(noise, tokenizer.vocabulary, dice)
        seen = set()
        for number in range(min(_OUTPUTS, outputs - decoded)):
            output = _decode(Matcher(compiled.trie, end), logits, drafts=number % _TOKEN_BY_TOKEN != 0)
            outside += output not in texts or not _in_graph(compiled, output, facts)
            decoded += 1
            seen.add(output)
        distinct += len(seen)
    return {"outputs": decoded, "outside_trie": outside, "distinct_outputs": distinct, "graphs": graphs}


def _decode(matcher: Matcher, logits: Iterator[NDArray[np.float32]], *, drafts: bool) -> tuple[int, ...]:
    """Greedy under the mask. A draft is a forced run, taken at once as speculative decoding does."""
    state = START
    output: list[int] = []
    row: NDArray[np.int32] | None = None
    while state != ENDED:
        run = matcher.forced(state, 1 << 12) if drafts else []
        if not run:
            scores = next(logits)
            if row is None:
                row = np.empty((len(scores) + 31) // 32, np.int32)
            matcher.fill(state, row)
            allowed = np.unpackbits(row.view(np.uint8), bitorder="little")[: len(scores)].view(np.bool_)
            run = [int(np.argmax(np.where(allowed, scores, np.float32("-inf"))))]
        for token in run:
            state = matcher.advance(state, token)
            if state == -1:
                return tuple(output)  # the trie was left: no candidate
        output += run
    return tuple(output[:-1])


def _rows(noise: NDArray[np.float32], vocabulary: int, dice: Random) -> Iterator[NDArray[np.float32]]:
    """Endless logits: windows of ``noise`` at random places."""
    while True:
        at = dice.randrange(len(noise) - vocabulary)
        yield noise[at : at + vocabulary]


# ---------------------------------------------------------------- graphs


def _facts(dice: Random) -> dict[FactId, FactRow]:
    names = [dice.choice(_NAMES) for _ in range(_ENTITIES)]  # some twice: two entities of one name
    facts = {}
    for number in range(_FACTS):
        head, tail = dice.sample(range(_ENTITIES), 2)
        relation = dice.choice(_RELATIONS)
        id_ = FactId(make_id("fact", number))
        facts[id_] = FactRow(
            id=id_,
            head=EntityId(make_id("entity", head)),
            head_name=names[head],
            relation=relation,
            phrase=dice.choice(("is near", "->", "")),
            tail=EntityId(make_id("entity", tail)),
            tail_name=names[tail],
            status=FactStatus.ACCEPTED,
            polarity=dice.random() < 0.9,
            confidence=1_000_000,
            support=1,
            qualifiers=(("role", dice.choice(_NAMES)), ("->", "x"))[: dice.choice((0, 0, 1, 2))],
            valid_from=dice.choice((None, PartialDate("2019"))),
            valid_to=dice.choice((None, PartialDate("2021-05"))),
            claim_count=1,
        )
    return facts


def _paths(facts: dict[FactId, FactRow]) -> Sequence[GraphPath]:
    """As a question's candidates are enumerated, from every entity."""
    around: Around = {}
    for fact in facts.values():
        assert isinstance(fact.tail, bytes)
        tail = EntityId(fact.tail)
        around.setdefault(fact.head, []).append((PathStep(fact, True), tail))
        around.setdefault(tail, []).append((PathStep(fact, False), fact.head))
    starts = {fact.head: fact.head_name for fact in facts.values()}

    async def expand(entities: Sequence[EntityId]) -> Around:
        return {entity: around[entity] for entity in entities}

    return asyncio.run(search_paths(starts, expand, max_hops=3, budget=_PATHS)).paths


def _in_graph(compiled: PathTrie, output: tuple[int, ...], facts: dict[FactId, FactRow]) -> bool:
    """Whether each path returned for the output chains facts of the graph, entity to entity."""
    for path in compiled.paths(output):
        at, visited = path.start, {path.start}
        for step in path.steps:
            fact = facts.get(step.fact.id)
            if fact is None or (fact.head if step.forward else fact.tail) != at:
                return False
            end = fact.tail if step.forward else fact.head
            if not isinstance(end, bytes) or end in visited:
                return False
            at = EntityId(end)
            visited.add(at)
    return True
