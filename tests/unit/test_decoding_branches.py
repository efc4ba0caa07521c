"""Scoring by branches: tree attention equals whole sequences, and searches share forward passes."""

import asyncio
import random
import sys
from collections.abc import Sequence
from types import SimpleNamespace

import pytest

from graph.errors import DecodingError
from retrieval.decoding import branches
from retrieval.decoding.branch_scorer import BranchScorer, ForwardPasses
from retrieval.decoding.endpoint import _together
from retrieval.decoding.search import Query, SearchLimits, Task, TopK, top_k
from retrieval.decoding.trie import Trie, build
from tests.fakes import branches as fake
from tests.fakes.decoding import asked_of

END = 0
ROOM_FOR_ONE = 30_000  # bytes


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> fake.Engine:
    monkeypatch.setitem(sys.modules, "vllm", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "vllm.forward_context", SimpleNamespace(
        set_forward_context=fake.set_forward_context
    ))  # fmt: skip
    return fake.Engine()


class Sequences:
    """A ``Scorer`` by whole sequences."""

    def __init__(self, worker: fake.Worker, prompt: tuple[int, ...]) -> None:
        self.worker, self.prompt, self.asked = worker, prompt, 0

    async def score(self, queries: Sequence[Query]) -> list[list[float]]:
        self.asked += len(queries)
        return [
            [self.worker.logprobs([*self.prompt, *prefix])[token] for prefix, token in asked_of(query)]
            for query in queries
        ]


def trie_of(seed: int, count: int = 40) -> Trie:
    dice = random.Random(seed)
    paths = [[dice.randint(1, 10) for _ in range(dice.randint(1, 9))] for _ in range(count)]
    return build(paths, tokenizer=bytes(32), verbaliser=1)[0]


async def search(
    engine: fake.Engine, passes: ForwardPasses, task: Task, context: int = 64, **limits: int
) -> tuple[TopK, Sequences]:
    otherwise = Sequences(engine.worker, task.prompt)
    async with BranchScorer(passes, task.prompt, otherwise, context=context) as scorer:
        return await top_k(task, END, scorer, 5, SearchLimits(**{"budget": 9999, **limits})), otherwise


TASKS = [Task((3, 1, 4), trie_of(1)), Task((2,), trie_of(2)), Task((7, 7, 7, 7, 9), trie_of(3, 2))]


async def expect(engine: fake.Engine, task: Task, found: TopK) -> None:
    same = await top_k(task, END, Sequences(engine.worker, task.prompt), 5, SearchLimits(budget=9999))
    assert found.exact and [each.tokens for each in found.best] == [each.tokens for each in same.best]
    assert [each.score for each in found.best] == pytest.approx([each.score for each in same.best], abs=1e-3)


@pytest.mark.parametrize(("width", "lookahead"), [(1, 0), (4, 2), (64, 16)])
async def test_searches_at_once_share_forward_passes_and_find_what_whole_sequences_do(
    engine: fake.Engine, width: int, lookahead: int
) -> None:
    passes = ForwardPasses(engine)
    assert await passes.obstacle() == ""
    found = await asyncio.gather(
        *(search(engine, passes, task, width=width, lookahead=lookahead) for task in TASKS)
    )
    for task, (best, otherwise) in zip(TASKS, found, strict=True):
        await expect(engine, task, best)
        assert not otherwise.asked
    parts = [part for method, some in engine.calls if method == "kgtrie_score" for part in some]
    calls = sum(method == "kgtrie_score" for method, _ in engine.calls)
    assert calls == max(best.rounds for best, _ in found) < len(parts)
    # each token is given once, the prompt's too: positions are what is new, and the prompt's end
    given = sum(len(prompt) + len(tokens) for _, prompt, _, tokens, _ in parts)
    assert given == sum(len(task.prompt) - 1 for task in TASKS) + sum(best.positions for best, _ in found)
    forest = engine.worker._kgtrie_forest()
    assert not forest.trees, "what a search kept was not freed"
    assert all(isinstance(layer.impl, fake.Causal) for layer in engine.worker.model.layers)


async def test_a_search_that_was_dropped_is_begun_again(
    engine: fake.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Room for one: each new search drops the others, none answers wrongly."""
    monkeypatch.setattr(branches, "MOST_BYTES", ROOM_FOR_ONE)
    passes = ForwardPasses(engine)
    found = await asyncio.gather(*(search(engine, passes, task, width=4) for task in TASKS))
    for task, (best, otherwise) in zip(TASKS, found, strict=True):
        await expect(engine, task, best)
        assert not otherwise.asked
    begun = [name for _, some in engine.calls for name, prompt, *_ in some if prompt]
    assert len(begun) > len(TASKS), "none was dropped"


async def test_a_search_larger_than_the_room_is_scored_otherwise_or_refused(
    engine: fake.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(branches, "MOST_BYTES", ROOM_FOR_ONE // 20)
    passes = ForwardPasses(engine)
    best, otherwise = await search(engine, passes, TASKS[0])
    await expect(engine, TASKS[0], best)
    assert otherwise.asked
    async with BranchScorer(passes, TASKS[0].prompt, None, context=64) as scorer:
        with pytest.raises(DecodingError, match="fewer questions at once"):
            await top_k(TASKS[0], END, scorer, 5, SearchLimits(budget=9999))


async def test_what_passes_the_models_context_is_refused(engine: fake.Engine) -> None:
    with pytest.raises(DecodingError, match="the model's context 6"):
        await search(engine, ForwardPasses(engine), TASKS[0], context=6, width=3, lookahead=1)


async def test_a_failed_pass_fails_its_searches_alone(engine: fake.Engine) -> None:
    passes = ForwardPasses(engine)

    def fail() -> None:
        engine.before = lambda: None
        raise RuntimeError("out of memory")

    engine.before = fail
    with pytest.raises(RuntimeError, match="out of memory"):
        await search(engine, passes, TASKS[0])
    best, _ = await search(engine, passes, TASKS[0])
    await expect(engine, TASKS[0], best)


async def test_of_searches_that_share_a_pass_only_the_one_to_blame_fails(engine: fake.Engine) -> None:
    passes = ForwardPasses(engine)
    guilty = Task((99, 1), trie_of(4))  # no token of the fake's vocabulary
    asked = (search(engine, passes, task) for task in (*TASKS, guilty))
    *found, error = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(error, IndexError)
    for task, each in zip(TASKS, found, strict=True):
        assert isinstance(each, tuple)
        await expect(engine, task, each[0])


async def test_a_search_that_is_given_up_is_forgotten(engine: fake.Engine) -> None:
    passes, begun = ForwardPasses(engine), asyncio.Event()
    engine.before = begun.set
    searching = asyncio.create_task(search(engine, passes, TASKS[0], width=1))
    await begun.wait()
    searching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await searching
    assert engine.calls[-1][0] == "kgtrie_forget" and not engine.worker._kgtrie_forest().trees


async def test_only_what_was_just_given_can_be_asked_for(engine: fake.Engine) -> None:
    passes = ForwardPasses(engine)
    assert await passes.score(("a", [1, 2], [-1], [3], [(-1, [3]), (0, [4])]))
    with pytest.raises(ValueError, match="tokens of this pass"):
        await passes.score(("a", [], [0], [4], [(0, [5])]))
    assert await passes.score(("b", [], [0], [4], [(0, [5])])) is None


async def test_models_that_attend_otherwise_are_left_to_requests(engine: fake.Engine) -> None:
    engine.worker.model.layers[1].impl.sliding_window = 128
    assert "in a way of its own" in await ForwardPasses(engine).obstacle()
    engine.vllm_config.parallel_config.worker_extension_cls = ""
    assert "--worker-extension-cls" in await ForwardPasses(engine).obstacle()


async def test_when_one_search_fails_the_others_end_before_it_is_told() -> None:
    ended: list[str] = []

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append("other")

    async def failing() -> None:
        await asyncio.sleep(0)
        raise LookupError("no such trie")

    with pytest.raises(LookupError):
        await _together([endless(), failing(), endless()])
    assert ended == ["other", "other"]
