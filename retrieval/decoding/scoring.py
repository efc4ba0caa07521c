"""Scores for the search, asked of the engine from inside its own API server.

One request answers a query: the prompt, the prefix and the forced run go in as one prompt, whose tail's
log-probabilities come back with those of the wanted tokens after it. Prefix caching leaves a block's worth of
tokens to compute. What lies in cached blocks has no log-probabilities, though: where a forced token falls
there, because the same question was asked before, it is asked for by itself.

Runs inside vLLM, which is imported by name.
"""

import asyncio
from collections.abc import Sequence
from importlib import import_module
from typing import Any
from uuid import uuid4

from graph.errors import DecodingError
from retrieval.decoding.search import Query, Tokens

WANTED_AT_ONCE = 128  # vLLM's limit on logprob_token_ids
_LEAST = -9999.0  # stands for no probability at all, as in vLLM's own answers


class EngineScorer:
    """A ``Scorer`` over vLLM's ``EngineClient``, after one prompt. Cancelling a call aborts its requests."""

    def __init__(self, engine: Any, prompt: Tokens) -> None:
        self._engine = engine
        self._prompt = prompt
        self._params: Any = import_module("vllm.sampling_params").SamplingParams
        self._final: Any = import_module("vllm.sampling_params").RequestOutputKind.FINAL_ONLY
        self._input: Any = import_module("vllm.inputs").tokens_input

    async def score(self, queries: Sequence[Query]) -> list[list[float]]:
        return await asyncio.gather(*(self._row(query) for query in queries))

    async def _row(self, query: Query) -> list[float]:
        tail, wanted = (*query.prefix, *query.forced), query.wanted
        output = await self._ask(tail, wanted[:WANTED_AT_ONCE], tail_scores=bool(query.forced))
        row = await self._forced(query, output) + _read(output, wanted[:WANTED_AT_ONCE])
        for at in range(WANTED_AT_ONCE, len(wanted), WANTED_AT_ONCE):
            some = wanted[at : at + WANTED_AT_ONCE]
            row += _read(await self._ask(tail, some), some)
        return row

    async def _forced(self, query: Query, output: Any) -> list[float]:
        scores = []
        for at, token in enumerate(query.forced):
            position = len(self._prompt) + len(query.prefix) + at
            # the row before the token's own predicts it, and rows of cached blocks were never written
            computed = position > output.num_cached_tokens
            found = output.prompt_logprobs[position].get(token) if computed else None
            if found is None:
                before = (*query.prefix, *query.forced[:at])
                scores += _read(await self._ask(before, (token,)), (token,))
            else:
                scores.append(bounded(found.logprob))
        return scores

    async def _ask(self, tail: Tokens, wanted: Tokens, *, tail_scores: bool = False) -> Any:
        params = self._params(
            temperature=0.0,
            max_tokens=1,
            logprob_token_ids=list(wanted),
            prompt_logprobs=0 if tail_scores else None,
            skip_reading_prefix_cache=False,
            detokenize=False,
            flat_logprobs=True,
            output_kind=self._final,
            skip_clone=True,
        )
        prompt = self._input([*self._prompt, *tail])
        async for output in self._engine.generate(prompt, params, f"kgtrie-{uuid4().hex}"):
            if output.finished:
                return output
        raise DecodingError("the engine gave no scores; is it shutting down?")


def _read(output: Any, wanted: Tokens) -> list[float]:
    rows = output.outputs[0].logprobs
    row = rows[0] if rows else {}
    missing = [token for token in wanted if token not in row]
    if missing:
        raise DecodingError("the engine did not return the log-probability of a token it was asked for")
    return [bounded(row[token].logprob) for token in wanted]


def bounded(logprob: float) -> float:
    """A log-probability of the engine's, never positive. DecodingError when it is no number."""
    if logprob != logprob:
        raise DecodingError("the engine's log-probabilities are not numbers")
    return max(_LEAST, min(logprob, 0.0))
