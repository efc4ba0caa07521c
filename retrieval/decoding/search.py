"""The k most probable paths of a trie under a model: exact best-first search.

A path's score is the sum of the model's own log-probabilities of its tokens and of the end of sequence that
follows, as if nothing were masked. Log-probabilities are never positive, so the score of a prefix bounds all
that continue it: once k finished paths score at least as much as every open prefix, they are the k best.

The engine is a port: prefixes go out in batches, log-probabilities of named tokens come back.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from retrieval.decoding.trie import Trie

Tokens = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """Asks for the log-probability of each of ``wanted`` right after the prompt and ``prefix``."""

    prefix: Tokens
    wanted: Tokens


class Scorer(Protocol):
    async def score(self, queries: Sequence[Query]) -> Sequence[Sequence[float]]:
        """One row per query, one raw log-probability per wanted token, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Scored:
    """A path's tokens, end of sequence left out, and its log-probability, end of sequence included."""

    tokens: Tokens
    score: float


@dataclass(frozen=True, slots=True)
class TopK:
    """``best`` is sorted by score, then tokens. Not ``exact`` means that ``budget`` ran out before the bound
    was reached: a better path may have been missed."""

    best: tuple[Scored, ...]
    exact: bool
    queries: int
    rounds: int


@dataclass(frozen=True, slots=True)
class SearchLimits:
    """``width`` prefixes are expanded at a time, forced runs ``lookahead`` tokens at once, and at most
    ``budget`` queries are asked in all."""

    width: int = 8
    lookahead: int = 8
    budget: int = 400


@dataclass(frozen=True, slots=True)
class _Open:
    prefix: Tokens
    node: int
    score: float


async def top_k(trie: Trie, end: int, scorer: Scorer, k: int, limits: SearchLimits) -> TopK:
    """Expands each prefix at most once, and none that cannot lead to one of the ``k`` best.

    Half of a batch are the prefixes of the highest bound, which the proof needs; half those of the highest
    mean a token, which soon finish and so raise the bar for all others.
    """
    frontier = [_Open((), 0, 0.0)]
    best: list[tuple[float, Tokens]] = []  # a heap, the worst of the k best on top
    asked = rounds = 0
    while True:
        if len(best) == k:
            frontier = [each for each in frontier if each.score > best[0][0]]
        if not frontier:
            return TopK(_sorted(best), True, asked, rounds)
        batch, frontier = _choose(frontier, limits.width)
        questions = [_questions(trie, end, each, limits.lookahead) for each in batch]
        queries = [query for some in questions for query in some]
        if asked + len(queries) > limits.budget:
            return TopK(_sorted(best), False, asked, rounds)
        rows = iter(await scorer.score(queries))
        asked, rounds = asked + len(queries), rounds + 1
        for opened, some in zip(batch, questions, strict=True):
            # one row each for the forced tokens, then the row of the choice
            score = opened.score + sum(next(rows)[0] for _ in some[:-1])
            last = some[-1]
            node = trie.walk(last.prefix[len(opened.prefix) :], opened.node)
            for token, logprob in zip(last.wanted, next(rows), strict=True):
                if token == end:
                    _keep(best, (score + logprob, last.prefix), k)
                else:
                    frontier.append(_Open((*last.prefix, token), trie.child(node, token), score + logprob))


def _choose(frontier: list[_Open], width: int) -> tuple[list[_Open], list[_Open]]:
    """Up to ``width`` prefixes, and the rest. O(n log n) in the open prefixes."""
    frontier.sort(key=lambda each: -each.score)
    by_bound, rest = frontier[: width - width // 2], frontier[width - width // 2 :]
    rest.sort(key=lambda each: -each.score / len(each.prefix))
    return by_bound + rest[: width // 2], rest[width // 2 :]


def _questions(trie: Trie, end: int, opened: _Open, lookahead: int) -> list[Query]:
    """The run of forced tokens after the prefix, and the choice at its end, as queries."""
    questions: list[Query] = []
    prefix, node = opened.prefix, opened.node
    while True:
        children = tuple(trie.children(node).tolist())
        wanted = (*children, end) if trie.accepting(node) else children
        questions.append(Query(prefix, wanted))
        if wanted != children or len(children) != 1 or len(questions) > lookahead:
            return questions
        prefix, node = (*prefix, children[0]), int(trie.first[node])


def _keep(best: list[tuple[float, Tokens]], item: tuple[float, Tokens], k: int) -> None:
    if len(best) < k:
        heapq.heappush(best, item)
    elif item[0] > best[0][0]:
        heapq.heapreplace(best, item)


def _sorted(best: list[tuple[float, Tokens]]) -> tuple[Scored, ...]:
    return tuple(Scored(tokens, score) for score, tokens in sorted(best, key=lambda x: (-x[0], x[1])))
