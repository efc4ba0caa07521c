"""The k most probable paths of a trie under a model: exact best-first search.

A path's score is the sum of the model's own log-probabilities of its tokens and of the end of sequence that
follows, as if nothing were masked. Log-probabilities are never positive, so the score of a prefix bounds all
that continue it: once k finished paths score at least as much as every open prefix, they are the k best.

The engine is a port: prefixes go out in batches, log-probabilities of named tokens come back.
"""

import asyncio
import heapq
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar

from retrieval.decoding.trie import Trie

T = TypeVar("T")
Tokens = tuple[int, ...]
_AT_ONCE = 2000  # open prefixes, or answers, gone through in the event loop


@dataclass(frozen=True, slots=True)
class Query:
    """Asks what follows the prompt and ``prefix``: the log-probability of each token of ``forced``, one after
    the other, then that of each of ``wanted`` right after them."""

    prefix: Tokens
    wanted: Tokens
    forced: Tokens = ()

    @property
    def positions(self) -> int:
        """Next-token distributions that the answer is read from."""
        return len(self.forced) + 1


class Scorer(Protocol):
    async def score(self, queries: Sequence[Query]) -> Sequence[Sequence[float]]:
        """One row per query: raw log-probabilities of its forced tokens, then of its wanted ones."""
        ...


@dataclass(frozen=True, slots=True)
class Task:
    """One search: of the paths of ``trie``, which would the model write after ``prompt``?"""

    prompt: Tokens
    trie: Trie


@dataclass(frozen=True, slots=True)
class Scored:
    """A path's tokens, end of sequence left out, and its log-probability, end of sequence included."""

    tokens: Tokens
    score: float

    @property
    def mean(self) -> float:
        """Per token: the length-normalised score, to rank again by."""
        return self.score / (len(self.tokens) + 1)


@dataclass(frozen=True, slots=True)
class TopK:
    """``best`` is sorted by score, then tokens. Not ``exact`` means that ``budget`` ran out before the bound
    was reached: a better path may have been missed. ``positions`` is what was spent of it, ``sent`` the
    tokens of prompts and prefixes, as if each query were sent whole."""

    best: tuple[Scored, ...]
    exact: bool
    positions: int
    rounds: int
    sent: int


@dataclass(frozen=True, slots=True)
class SearchLimits:
    """``width`` prefixes are expanded at a time, forced runs ``lookahead`` tokens at once, and at most
    ``budget`` positions are scored in all."""

    width: int = 64
    lookahead: int = 16
    budget: int = 400


@dataclass(frozen=True, slots=True)
class _Open:
    prefix: Tokens
    node: int
    score: float

    @property
    def mean(self) -> float:
        return self.score / max(len(self.prefix), 1)


async def top_k(task: Task, end: int, scorer: Scorer, k: int, limits: SearchLimits) -> TopK:
    """Expands each prefix at most once, and none that cannot lead to one of the ``k`` best.

    Half of a batch are the prefixes of the highest bound, which the proof needs; half those of the highest
    mean a token, which soon finish and so raise the bar for all others.
    """
    trie = task.trie
    frontier = [_Open((), 0, 0.0)]
    best: list[tuple[float, Tokens]] = []  # a heap, the worst of the k best on top
    asked = rounds = sent = 0
    while True:
        bar = best[0][0] if len(best) == k else None
        batch, frontier = await _aside(len(frontier), partial(_choose, frontier, bar, limits.width))
        if not batch:
            return TopK(_sorted(best), True, asked, rounds, sent)
        queries = [_query(trie, end, each, _ahead(each, bar, limits.lookahead)) for each in batch]
        left = limits.budget - asked
        if sum(query.positions for query in queries) > left:
            batch, queries, unpaid = _afford(trie, end, batch, k, left, limits.lookahead)
            frontier += unpaid
        if not batch:
            return TopK(_sorted(best), False, asked, rounds, sent)
        cost = sum(query.positions for query in queries)
        rows = await scorer.score(queries)
        asked, rounds = asked + cost, rounds + 1
        sent += sum(len(task.prompt) + len(query.prefix) + len(query.forced) for query in queries)
        answered = zip(batch, queries, rows, strict=True)
        finished, opened = await _aside(sum(map(len, rows)), partial(_follow, trie, end, answered))
        frontier += opened
        for item in finished:
            _keep(best, item, k)


async def _aside(size: int, work: Callable[[], T]) -> T:
    """In a thread where ``size`` is large: the loop serves others, and a node may have a million children."""
    return work() if size < _AT_ONCE else await asyncio.to_thread(work)


def _choose(frontier: list[_Open], bar: float | None, width: int) -> tuple[list[_Open], list[_Open]]:
    """Up to ``width`` prefixes that may lead above ``bar``, and the rest of those. O(n log width) in the open
    prefixes."""
    if bar is not None:
        frontier = [each for each in frontier if each.score > bar]
    if len(frontier) <= width:
        return frontier, []
    by_bound = heapq.nlargest(width - width // 2, range(len(frontier)), key=lambda at: frontier[at].score)
    taken = set(by_bound)
    others = (at for at in range(len(frontier)) if at not in taken)
    by_mean = heapq.nlargest(width // 2, others, key=lambda at: frontier[at].mean)
    taken.update(by_mean)
    rest = [each for at, each in enumerate(frontier) if at not in taken]
    return [frontier[at] for at in (*by_bound, *by_mean)], rest


def _afford(
    trie: Trie, end: int, batch: list[_Open], k: int, left: int, lookahead: int
) -> tuple[list[_Open], list[Query], list[_Open]]:
    """What the last ``left`` positions of a budget pay for, and the rest of ``batch``. A proof is out of
    reach, so paths are finished: the longest prefixes come first, ``k`` at a time."""
    order = sorted(batch, key=lambda each: (len(each.prefix), each.mean), reverse=True)
    queries: list[Query] = []
    for each in order[:k]:
        if not left:
            break
        queries.append(_query(trie, end, each, min(lookahead, left - 1)))
        left -= queries[-1].positions
    return order[: len(queries)], queries, order[len(queries) :]


def _follow(
    trie: Trie, end: int, answered: Iterable[tuple[_Open, Query, Sequence[float]]]
) -> tuple[list[tuple[float, Tokens]], list[_Open]]:
    """The paths that end where a query leads, with their scores, and the prefixes that go on from there."""
    finished, opened = [], []
    for begun, query, row in answered:
        score = begun.score + sum(row[: len(query.forced)])
        prefix, node = (*query.prefix, *query.forced), trie.walk(query.forced, begun.node)
        child = int(trie.first[node])  # the wanted tokens are those of the children, in order, then the end
        for token, logprob in zip(query.wanted, row[len(query.forced) :], strict=True):
            if token == end:
                finished.append((score + logprob, prefix))
            else:
                opened.append(_Open((*prefix, token), child, score + logprob))
                child += 1
    return finished, opened


def _ahead(opened: _Open, bar: float | None, most: int) -> int:
    """How many forced tokens to score at once: not many more than bring the prefix below the ``k``-th best,
    reckoning that each costs thrice what its tokens did on average, since names cost more than relations."""
    if bar is None or opened.score >= 0.0:
        return most
    return min(most, math.ceil((bar - opened.score) * len(opened.prefix) / (3 * opened.score)))


def _query(trie: Trie, end: int, opened: _Open, lookahead: int) -> Query:
    """The run of forced tokens after the prefix, and the choice at its end."""
    forced: list[int] = []
    node = opened.node
    while True:
        children = trie.children(node)
        accepting = trie.accepting(node)
        if accepting or len(children) != 1 or len(forced) == lookahead:
            wanted = children.tolist()
            return Query(opened.prefix, tuple([*wanted, end] if accepting else wanted), tuple(forced))
        forced.append(int(children[0]))
        node = int(trie.first[node])


def _keep(best: list[tuple[float, Tokens]], item: tuple[float, Tokens], k: int) -> None:
    if len(best) < k:
        heapq.heappush(best, item)
    elif item[0] > best[0][0]:
        heapq.heapreplace(best, item)


def _sorted(best: list[tuple[float, Tokens]]) -> tuple[Scored, ...]:
    return tuple(Scored(tokens, score) for score, tokens in sorted(best, key=lambda x: (-x[0], x[1])))
