"""Routes beside the grammar, in vLLM's API server: what the engine is, tries to register, exact search.

    GET  /v1/kgtrie             {"version", "vllm", "tokenizer", "vocabulary", "end", "draft_tokens",
                                 "searches"}
    GET  /v1/kgtrie/tokenizer   tokenizer.json, so that a client needs no copy of the model
    PUT  /v1/kgtrie/tries       a trie's bytes -> 201 {"id"}, durable before it is said
    POST /v1/kgtrie/topk        {"tasks": [{"trie": id, "prompt_token_ids": [...]}, ...], "k", "budget", ...}
                                -> {"results": [{"paths": [{"token_ids", "logprob", "mean_logprob"}, ...],
                                    "exact", "positions", "rounds", "prompt_tokens"}, ...]}, see ``search``

An unknown trie is 409: put it again, then retry once.

vLLM's API key guards them: they lie under /v1. Errors have OpenAI's body, with the error's name as ``type``.
At import only the standard library is read.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from importlib import import_module
from typing import Any

from retrieval.decoding import plugin

MAX_BYTES = 256 << 20  # of one trie
VERSION = 3
_TASKS, _K, _BUDGET, _WIDTH = 64, 1000, 100_000, 256  # of one search


class KgTrieEndpoint:
    """vLLM's ``EndpointPlugin`` protocol."""

    name = plugin.ENDPOINT_NAME
    required_tasks = ("generate",)

    def __init__(self) -> None:
        self._engine: Any = None
        self._passes: Any = None

    def attach_router(self, app: Any) -> None:
        from fastapi import Request
        from fastapi.responses import JSONResponse, Response

        from graph.errors import DecodingError, UnknownTrie
        from retrieval.decoding.request_checks import check_requests

        check_requests()

        async def describe() -> JSONResponse:
            identity, size, _ = self._vocabulary()
            return JSONResponse(
                {
                    "version": VERSION,
                    "vllm": plugin.vllm_version(),
                    "tokenizer": identity.hex(),
                    "vocabulary": size,
                    "end": self._tokenizer().eos_token_id,
                    "draft_tokens": self._drafts,
                    "searches": not await self._obstacle(),
                }
            )

        async def tokenizer() -> Any:
            backend = getattr(self._tokenizer(), "backend_tokenizer", None)
            if backend is None:
                return _problem("TokenizerMismatch", "this model has no tokenizer.json", 404)
            return Response(backend.to_str(), media_type="application/json")

        async def put(request: Request) -> Any:
            data = bytearray()
            async for piece in request.stream():
                data += piece
                if len(data) > MAX_BYTES:
                    return _problem("InvalidTrie", f"a trie may have {MAX_BYTES} bytes", 413)
            try:
                name = await asyncio.to_thread(self._put, bytes(data))
            except DecodingError as error:
                return _problem(type(error).__name__, str(error), 400)
            return JSONResponse({"id": name}, status_code=201)

        async def topk(body: dict[str, Any], raw_request: Request) -> Any:
            if obstacle := await self._obstacle():
                return _problem("DecodingError", obstacle, 400)
            try:
                tasks, k, limits = _asked(body)
            except (KeyError, TypeError, ValueError) as error:
                return _problem("InvalidRequest", f"not a search: {error}", 400)
            try:
                found = await self._search(tasks, k, limits)
            except UnknownTrie as error:
                return _problem(type(error).__name__, str(error), 409)
            except DecodingError as error:
                return _problem(type(error).__name__, str(error), 400)
            return JSONResponse({"results": [_told(each) for each in found]})

        cancelled: Any = import_module("vllm.entrypoints.serve.utils.api_utils").with_cancellation
        app.add_api_route("/v1/kgtrie/topk", cancelled(topk), methods=["POST"])
        app.add_api_route("/v1/kgtrie", describe, methods=["GET"])
        app.add_api_route("/v1/kgtrie/tokenizer", tokenizer, methods=["GET"])
        app.add_api_route("/v1/kgtrie/tries", put, methods=["PUT"])

    async def init_state(self, engine_client: Any, state: Any, args: Any) -> None:
        if engine_client is None:
            raise RuntimeError("the KG-Trie endpoints need an engine: serve without the render task")
        from retrieval.decoding.branch_scorer import ForwardPasses

        self._engine, self._passes = engine_client, ForwardPasses(engine_client)

    @property
    def _drafts(self) -> int:
        drafts: int = self._engine.vllm_config.num_speculative_tokens
        return drafts

    async def _obstacle(self) -> str:
        """Why this engine searches for no paths; empty when it does. 0.32 loses the scores that requests ask
        for in batches with drafts, and gave wrong ones after cached prompts; branches are no requests."""
        without = await self._passes.obstacle() if self._drafts else ""
        return without and f"no exact search while this engine speculates: {without}"

    def _tokenizer(self) -> Any:
        return self._engine.renderer.get_tokenizer()

    def _vocabulary(self) -> tuple[bytes, int, frozenset[int]]:
        return plugin.vocabulary_of(self._tokenizer())

    async def _search(self, asked: list[tuple[str, tuple[int, ...]]], k: int, limits: Any) -> list[Any]:
        """All at once; when one fails the others are stopped. No search begins before all tries are there."""
        from graph.errors import DecodingError
        from retrieval.decoding.search import Task

        tokenizer, (_, vocabulary, _) = self._tokenizer(), self._vocabulary()
        for name, prompt in asked:
            if max(prompt) >= vocabulary:
                raise DecodingError(f"token {max(prompt)} is not in the vocabulary of {vocabulary}")
            plugin.trie_store().touch(name)
        tries = [await asyncio.to_thread(plugin.resolve, name, tokenizer) for name, _ in asked]
        tasks = [Task(prompt, trie) for (_, prompt), trie in zip(asked, tries, strict=True)]
        branching = not await self._passes.obstacle()
        return await _together([self._one(task, k, limits, branching) for task in tasks])

    async def _one(self, task: Any, k: int, limits: Any, branching: bool) -> Any:
        from retrieval.decoding.branch_scorer import BranchScorer
        from retrieval.decoding.scoring import EngineScorer
        from retrieval.decoding.search import top_k

        end, requests = self._tokenizer().eos_token_id, EngineScorer(self._engine, task.prompt)
        if not branching:
            return await top_k(task, end, requests, k, limits)
        context = self._engine.vllm_config.model_config.max_model_len
        otherwise = None if self._drafts else requests
        async with BranchScorer(self._passes, task.prompt, otherwise, context=context) as scorer:
            return await top_k(task, end, scorer, k, limits)

    def _put(self, data: bytes) -> str:
        from graph.errors import TokenizerMismatch
        from retrieval.decoding.trie import from_bytes

        identity, size, special = self._vocabulary()
        if from_bytes(data).tokenizer != identity:
            raise TokenizerMismatch("this trie was built for another tokenizer than the engine's")
        name: str = plugin.trie_store().put(data, vocabulary=size, forbidden=special).id
        return name


def create() -> KgTrieEndpoint:
    """Entry point of ``vllm.endpoint_plugins``."""
    return KgTrieEndpoint()


async def _together(searches: Sequence[Coroutine[Any, Any, Any]]) -> list[Any]:
    """Their results in order, or the first error, after all of them have ended."""
    tasks = [asyncio.create_task(search) for search in searches]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _asked(body: Any) -> tuple[list[tuple[str, tuple[int, ...]]], int, Any]:
    """A search's tasks, k and limits. KeyError, TypeError, ValueError for anything else."""
    from retrieval.decoding.search import SearchLimits

    usual = SearchLimits()
    if not isinstance(body["tasks"], list) or not all(isinstance(each, dict) for each in body["tasks"]):
        raise ValueError("tasks is a list of objects")
    tasks = [
        (str(each["trie"]), tuple(_whole(token, "a token") for token in each["prompt_token_ids"]))
        for each in body["tasks"]
    ]
    if not 1 <= len(tasks) <= _TASKS or not all(prompt for _, prompt in tasks):
        raise ValueError(f"it has 1 to {_TASKS} tasks, each with a prompt")
    limits = SearchLimits(
        width=_whole(body.get("width", usual.width), "width", 1, _WIDTH),
        lookahead=_whole(body.get("lookahead", usual.lookahead), "lookahead"),
        budget=_whole(body.get("budget", usual.budget), "budget", 0, _BUDGET),
    )
    return tasks, _whole(body["k"], "k", 1, _K), limits


def _whole(value: Any, name: str, least: int = 0, most: int = (1 << 31) - 1) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"{name} is a whole number from {least} to {most}")
    return value


def _told(found: Any) -> dict[str, Any]:
    paths = [
        {"token_ids": list(each.tokens), "logprob": each.score, "mean_logprob": each.mean}
        for each in found.best
    ]
    counts = {"positions": found.positions, "rounds": found.rounds, "prompt_tokens": found.sent}
    return {"paths": paths, "exact": found.exact, **counts}


def _problem(kind: str, message: str, status: int) -> Any:
    from fastapi.responses import JSONResponse

    return JSONResponse({"error": {"type": kind, "message": message, "code": status}}, status_code=status)
