"""The k most probable paths of a trie under a model: exact best-first search.

A path's score is the sum of the model's own log-probabilities of its tokens and of the end of sequence that
follows, as if nothing were masked. Log-probabilities are never positive, so the score of a prefix bounds all
that continue it: once k finished paths score at least as much as every open prefix, they are the k best.

The engine is a port: prefixes go out in batches, log-probabilities of named tokens come back.
"""

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from retrieval.decoding.trie import Trie

Tokens = tuple[int, ...]


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
        if len(best) == k:
            frontier = [each for each in frontier if each.score > best[0][0]]
        if not frontier:
            return TopK(_sorted(best), True, asked, rounds, sent)
        batch, frontier = _choose(frontier, limits.width)
        bar = best[0][0] if len(best) == k else None
        queries = [_query(trie, end, each, _ahead(each, bar, limits.lookahead)) for each in batch]
        cost = sum(query.positions for query in queries)
        if asked + cost > limits.budget:
            return TopK(_sorted(best), False, asked, rounds, sent)
        rows = await scorer.score(queries)
        asked, rounds = asked + cost, rounds + 1
        for opened, query, row in zip(batch, queries, rows, strict=True):
            sent += len(task.prompt) + len(query.prefix) + len(query.forced)
            score = opened.score + sum(row[: len(query.forced)])
            prefix, node = (*query.prefix, *query.forced), trie.walk(query.forced, opened.node)
            for token, logprob in zip(query.wanted, row[len(query.forced) :], strict=True):
                if token == end:
                    _keep(best, (score + logprob, prefix), k)
                else:
                    frontier.append(_Open((*prefix, token), trie.child(node, token), score + logprob))


def _choose(frontier: list[_Open], width: int) -> tuple[list[_Open], list[_Open]]:
    """Up to ``width`` prefixes, and the rest. O(n log n) in the open prefixes."""
    frontier.sort(key=lambda each: -each.score)
    by_bound, rest = frontier[: width - width // 2], frontier[width - width // 2 :]
    rest.sort(key=lambda each: -each.score / len(each.prefix))
    return by_bound + rest[: width // 2], rest[width // 2 :]


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
