"""The search against scoring every path, and ten thousand random outputs over hostile graphs."""

import itertools
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import OutsideTrie
from retrieval.decoding.matcher import ENDED, START, Matcher
from retrieval.decoding.pathtrie import compile_paths
from retrieval.decoding.search import Query, SearchLimits, top_k
from retrieval.decoding.trie import TrieLimits, build
from retrieval.decoding.verbalize import verbalise
from tests.fakes.decoding import byte_tokenizer, hostile_paths

END = 0
paths = st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=5).map(tuple), min_size=1, max_size=15)


class TableScorer:
    """A proper language model of three words: next-token distributions drawn by prefix."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.asked: list[tuple[int, ...]] = []

    def row(self, prefix: tuple[int, ...]) -> dict[int, float]:
        weights = np.random.default_rng([self.seed, *prefix]).dirichlet([0.3] * 4)
        return dict(enumerate(np.log(weights + 1e-12).tolist()))

    async def score(self, queries: list[Query]) -> list[list[float]]:
        self.asked += [query.prefix for query in queries]
        return [[self.row(query.prefix)[token] for token in query.wanted] for query in queries]

    def total(self, path: tuple[int, ...]) -> float:
        return sum(self.row(path[:at])[token] for at, token in enumerate((*path, END)))


@given(paths, st.integers(0, 999), st.integers(1, 6), st.integers(1, 5), st.integers(0, 4))
async def test_finds_the_true_top_k(
    some: list[tuple[int, ...]], seed: int, k: int, width: int, lookahead: int
) -> None:
    trie, _ = build(some, tokenizer=bytes(32), verbaliser=1)
    scorer = TableScorer(seed)
    found = await top_k(trie, END, scorer, k, SearchLimits(width=width, lookahead=lookahead, budget=10_000))
    expected = sorted((scorer.total(path) for path in set(some)), reverse=True)[:k]
    assert found.exact
    assert [one.score for one in found.best] == pytest.approx(expected)
    assert all(one.score == pytest.approx(scorer.total(one.tokens)) for one in found.best)
    assert {one.tokens for one in found.best} <= set(some)
    assert len(scorer.asked) == len(set(scorer.asked)) == found.queries, "a prefix was asked for twice"


@given(paths, st.integers(0, 999), st.integers(0, 12))
async def test_a_budget_is_kept_and_admitted(some: list[tuple[int, ...]], seed: int, budget: int) -> None:
    trie, _ = build(some, tokenizer=bytes(32), verbaliser=1)
    found = await top_k(trie, END, TableScorer(seed), 2, SearchLimits(width=2, lookahead=2, budget=budget))
    assert found.queries <= budget
    assert {one.tokens for one in found.best} <= set(some)
    if found.exact:
        best = max(TableScorer(seed).total(path) for path in some)
        assert found.best[0].score == pytest.approx(best)


def test_ten_thousand_outputs_of_random_logits_stay_inside() -> None:
    """Decoded as the engine does, through the bitmask: argmax over random logits, everything else -inf."""
    tokenizer, dice, outputs = byte_tokenizer(), np.random.default_rng(7), 0
    for seed in range(50):
        candidates = hostile_paths(seed, 40)
        compiled = compile_paths(candidates, tokenizer, TrieLimits(depth=2000))
        assert compiled is not None and not compiled.left_out
        matcher, row = Matcher(compiled.trie, 1), np.empty((tokenizer.vocabulary + 31) // 32, np.int32)
        for _ in range(200):
            state, output = START, []
            while state != ENDED:
                run = matcher.forced(state, 1 << 20)  # as drafts are, so that long names cost little
                if not run:
                    matcher.fill(state, row)
                    open_ = np.unpackbits(row.view(np.uint8), bitorder="little")[
                        : tokenizer.vocabulary
                    ].astype(bool)
                    run = [int(np.argmax(np.where(open_, dice.normal(size=len(open_)), -np.inf)))]
                for token in run:
                    state = matcher.advance(state, token)
                output += run
            assert set(compiled.paths(output[:-1])) <= set(candidates)
            outputs += 1
    assert outputs == 10_000


def test_what_is_not_a_whole_path_is_outside() -> None:
    tokenizer = byte_tokenizer()
    compiled = compile_paths(hostile_paths(1, 20), tokenizer, TrieLimits(depth=2000))
    assert compiled is not None
    dice = random.Random(3)
    (whole,) = tokenizer.encode([("A -> ",)])
    for tokens in ([], [1], whole, [dice.randrange(258) for _ in range(9)], [258], [-1]):
        with pytest.raises(OutsideTrie):
            compiled.paths(tokens)


def test_every_candidate_is_reachable() -> None:
    tokenizer = byte_tokenizer()
    candidates = hostile_paths(5, 300)
    compiled = compile_paths(candidates, tokenizer, TrieLimits(depth=2000))
    assert compiled is not None
    outputs = set(tokenizer.encode([(text,) for text in verbalise(candidates).texts()]))
    reached = itertools.chain.from_iterable(map(compiled.paths, outputs))
    assert sorted(id(each) for each in reached) == sorted(id(each) for each in candidates)
