"""The search against scoring every path, and ten thousand random outputs over hostile graphs."""

import itertools
import random
import threading
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models

from graph.errors import OutsideTrie
from graph.identity import make_id
from graph.ports import FactRow, GraphPath, PathStep
from graph.types import EntityId
from retrieval.decoding import search as search_module
from retrieval.decoding.matcher import ENDED, START, Matcher
from retrieval.decoding.pathtrie import compile_paths
from retrieval.decoding.search import Query, SearchLimits, Task, top_k
from retrieval.decoding.tokenise import SegmentTokenizer
from retrieval.decoding.trie import TrieLimits, build
from retrieval.decoding.verbalize import verbalise
from tests.fakes.decoding import HOSTILE_NAMES, asked_of, byte_tokenizer, fact, hostile_paths, path

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
        rows = [asked_of(query) for query in queries]
        self.asked += [prefix for row in rows for prefix in dict.fromkeys(each for each, _ in row)]
        return [[self.row(prefix)[token] for prefix, token in row] for row in rows]

    def total(self, path: tuple[int, ...]) -> float:
        return sum(self.row(path[:at])[token] for at, token in enumerate((*path, END)))


@given(paths, st.integers(0, 999), st.integers(1, 6), st.integers(1, 5), st.integers(0, 4))
async def test_finds_the_true_top_k(
    some: list[tuple[int, ...]], seed: int, k: int, width: int, lookahead: int
) -> None:
    trie, _ = build(some, tokenizer=bytes(32), verbaliser=1)
    scorer = TableScorer(seed)
    limits = SearchLimits(width=width, lookahead=lookahead, budget=10_000)
    found = await top_k(Task((9,), trie), END, scorer, k, limits)
    expected = sorted((scorer.total(path) for path in set(some)), reverse=True)[:k]
    assert found.exact
    assert [one.score for one in found.best] == pytest.approx(expected)
    assert all(one.score == pytest.approx(scorer.total(one.tokens)) for one in found.best)
    assert {one.tokens for one in found.best} <= set(some)
    assert len(scorer.asked) == len(set(scorer.asked)) == found.positions, "a prefix was asked for twice"


async def test_what_a_budget_does_not_prove_it_finishes() -> None:
    """Each round of so wide a search asks for more than the budget: it is no reason to find nothing."""
    some = [(*start, *[1] * 14, last) for start in itertools.product((1, 2, 3), repeat=3) for last in (1, 2)]
    trie, _ = build(some, tokenizer=bytes(32), verbaliser=1)
    found = await top_k(Task((), trie), END, TableScorer(3), 3, SearchLimits(budget=80))
    assert not found.exact and found.positions == 80
    assert len(found.best) == 3 and {one.tokens for one in found.best} <= set(some)


async def test_a_wide_trie_leaves_the_loop_to_others() -> None:
    """Thousands of open prefixes are gone through in a thread."""

    class Wide:
        async def score(self, queries: list[Query]) -> list[list[float]]:
            return [[-float(token % 997) / 100 - 1 for _, token in asked_of(query)] for query in queries]

    trie, _ = build([(n, m) for n in range(1, 6001) for m in (1, 2)], tokenizer=bytes(32), verbaliser=1)
    threads: set[int] = set()
    choose = search_module._choose

    def watched(*arguments: object) -> object:
        threads.add(threading.get_ident())
        return choose(*arguments)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search_module, "_choose", watched)
        found = await top_k(Task((), trie), END, Wide(), 9, SearchLimits(budget=10_000))
    assert found.exact and len(threads) > 1
    assert [one.score for one in found.best[:4]] == pytest.approx([-3.01, -3.01, -3.01, -3.01])
    assert {one.tokens for one in found.best[:6]} == {(997 * n, 1) for n in range(1, 7)}


@given(paths, st.integers(0, 999), st.integers(0, 12))
async def test_a_budget_is_kept_and_admitted(some: list[tuple[int, ...]], seed: int, budget: int) -> None:
    trie, _ = build(some, tokenizer=bytes(32), verbaliser=1)
    limits = SearchLimits(width=2, lookahead=2, budget=budget)
    found = await top_k(Task((), trie), END, TableScorer(seed), 2, limits)
    assert found.positions == budget or (found.exact and found.positions < budget), "it is spent"
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


_names = st.one_of(st.text("AB ->", max_size=4), st.sampled_from(HOSTILE_NAMES))
_dates = st.sampled_from([None, "2019", "2020"])


@st.composite
def _graphs(draw: st.DrawFn) -> list[GraphPath]:
    """One- and two-hop paths over few entities: names shared by entities, parallel facts, both directions."""
    names = draw(st.lists(_names, min_size=2, max_size=5))
    entity = st.integers(0, len(names) - 1)
    facts = []
    for number in range(draw(st.integers(1, 8))):
        head, tail = draw(entity), draw(entity)
        row = fact(
            names[head],
            draw(st.sampled_from(["OWNS", "OWNS_A", "->"])),
            names[tail],
            number=number,
            polarity=draw(st.booleans()),
            valid_from=draw(_dates),
            valid_to=draw(_dates),
            qualifiers=draw(st.sampled_from([(), (("role", "CEO"),), (("->", "A"), ("", "->"))])),
        )
        ends = {"head": EntityId(make_id("entity", head)), "tail": EntityId(make_id("entity", tail))}
        row = replace(row, **ends)
        facts.append(row)
    steps = [PathStep(row, forward) for row in facts for forward in (True, False)]
    paths = []
    for first in steps:
        start, middle = (
            (first.fact.head, first.fact.tail) if first.forward else (first.fact.tail, first.fact.head)
        )
        name = first.fact.head_name if first.forward else first.fact.tail_name
        paths.append(GraphPath(EntityId(start), name, (first,)))
        paths += [
            GraphPath(EntityId(start), name, (first, second))
            for second in steps
            if (second.fact.head if second.forward else second.fact.tail) == middle
        ]
    return paths[: draw(st.integers(1, 60))]


@given(_graphs())
@settings(deadline=None)
def test_a_text_gives_back_exactly_the_paths_that_read_so(candidates: list[GraphPath]) -> None:
    """Sound and complete, from names to facts; the texts are joined and tokenised without the trie."""
    tokenizer = byte_tokenizer()
    compiled = compile_paths(candidates, tokenizer, TrieLimits(depth=4000))
    assert compiled is not None and not compiled.left_out
    texts = verbalise(candidates).texts()
    reading = defaultdict(list)
    for text, candidate in zip(texts, candidates, strict=True):
        reading[text].append(candidate)
    for text, tokens in zip(reading, tokenizer.encode([(text,) for text in reading]), strict=True):
        found = compiled.paths(tokens)
        assert list(map(id, found)) == list(map(id, reading[text])), "other paths, or in another order"
    assert len(reading) == int(np.unpackbits(compiled.trie.accepts).sum()), "an accepting node is no text"
    for alike in reading.values():
        told = defaultdict(set)
        for each in alike:
            told[_gist(each)].add(tuple(_details(step.fact) for step in each.steps))
        assert all(len(some) == 1 for some in told.values()), "what would tell them apart was left out"


def _gist(path: GraphPath) -> tuple[object, ...]:
    facts = [
        (s.fact.head_name, s.fact.relation, s.fact.tail_name, s.fact.polarity, s.forward) for s in path.steps
    ]
    return path.start_name, *facts


def _details(fact: FactRow) -> tuple[object, ...]:
    return fact.qualifiers, fact.valid_from, fact.valid_to


def test_a_memory_begun_anew_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    tokenizer, candidates = byte_tokenizer(), hostile_paths(6, 40)
    before = compile_paths(candidates, tokenizer, TrieLimits(depth=2000))
    monkeypatch.setattr("retrieval.decoding.tokenise._REMEMBERED", 3)
    again = [compile_paths(candidates[:n], tokenizer, TrieLimits(depth=2000)) for n in (5, 20, 40)]
    assert before is not None and again[-1] is not None and again[-1].trie == before.trie


def test_where_joints_do_not_hold_whole_texts_are_tokenised() -> None:
    """The pieces of this tokenizer take the space that ends a word, and so span every joint."""
    model = models.Unigram(
        [("<unk>", 0.0), *((chr(n), -9.0) for n in range(32, 127)), ("a ", -1.0)], unk_id=0
    )
    tokenizer = SegmentTokenizer(Tokenizer(model).to_str())
    assert not tokenizer.joints_hold
    candidates = [path("a", "OWNS", "a", "OWNS", "b"), path("a", "OWNS", "a")]
    compiled = compile_paths(candidates, tokenizer, TrieLimits())
    assert compiled is not None
    for candidate, tokens in zip(
        candidates, tokenizer.encode([(text,) for text in verbalise(candidates).texts()]), strict=True
    ):
        assert compiled.paths(tokens) == (candidate,)
        assert tokens[0] == tokenizer.encode([("a ",)])[0][0]


def test_every_candidate_is_reachable() -> None:
    tokenizer = byte_tokenizer()
    candidates = hostile_paths(5, 300)
    compiled = compile_paths(candidates, tokenizer, TrieLimits(depth=2000))
    assert compiled is not None
    outputs = set(tokenizer.encode([(text,) for text in verbalise(candidates).texts()]))
    reached = itertools.chain.from_iterable(map(compiled.paths, outputs))
    assert sorted(id(each) for each in reached) == sorted(id(each) for each in candidates)
