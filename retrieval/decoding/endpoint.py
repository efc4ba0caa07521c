"""Routes beside the grammar, in vLLM's API server: what the engine is, and tries to register.

    GET /v1/kgtrie             {"version", "vllm", "tokenizer", "vocabulary", "end", "draft_tokens"}
    GET /v1/kgtrie/tokenizer   tokenizer.json, so that a client needs no copy of the model
    PUT /v1/kgtrie/tries       a trie's bytes -> 201 {"id"}, durable before it is said

vLLM's API key guards them: they lie under /v1. Errors have OpenAI's body, with the error's name as ``type``.
At import only the standard library is read.
"""

import asyncio
from importlib import import_module
from typing import Any

from retrieval.decoding import plugin

MAX_BYTES = 256 << 20  # of one trie
VERSION = 1


class KgTrieEndpoint:
    """vLLM's ``EndpointPlugin`` protocol."""

    name = plugin.ENDPOINT_NAME
    required_tasks = ("generate",)

    def __init__(self) -> None:
        self._engine: Any = None

    def attach_router(self, app: Any) -> None:
        from fastapi import Request
        from fastapi.responses import JSONResponse, Response

        from graph.errors import DecodingError

        protocols = "vllm.entrypoints.openai"
        _refuse_beam_search(import_module(f"{protocols}.chat_completion.protocol").ChatCompletionRequest)
        _refuse_beam_search(import_module(f"{protocols}.completion.protocol").CompletionRequest)

        async def describe() -> JSONResponse:
            identity, size, _ = self._vocabulary()
            return JSONResponse(
                {
                    "version": VERSION,
                    "vllm": plugin.vllm_version(),
                    "tokenizer": identity.hex(),
                    "vocabulary": size,
                    "end": self._tokenizer().eos_token_id,
                    "draft_tokens": self._engine.vllm_config.num_speculative_tokens,
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

        app.add_api_route("/v1/kgtrie", describe, methods=["GET"])
        app.add_api_route("/v1/kgtrie/tokenizer", tokenizer, methods=["GET"])
        app.add_api_route("/v1/kgtrie/tries", put, methods=["PUT"])

    async def init_state(self, engine_client: Any, state: Any, args: Any) -> None:
        if engine_client is None:
            raise RuntimeError("the KG-Trie endpoints need an engine: serve without the render task")
        self._engine = engine_client

    def _tokenizer(self) -> Any:
        return self._engine.renderer.get_tokenizer()

    def _vocabulary(self) -> tuple[bytes, int, frozenset[int]]:
        return plugin.vocabulary_of(self._tokenizer())

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


def _refuse_beam_search(request_type: Any) -> None:
    """vLLM's beam search drops every constraint without a word."""
    errors: Any = import_module("vllm.exceptions")
    to_beam_search_params = request_type.to_beam_search_params

    def refuse(self: Any, *args: Any, **options: Any) -> Any:
        if self.structured_outputs is not None and plugin.is_kgtrie(self.structured_outputs):
            raise errors.VLLMValidationError("not allowed beside a kgtrie grammar: use_beam_search")
        return to_beam_search_params(self, *args, **options)

    request_type.to_beam_search_params = refuse


def _problem(kind: str, message: str, status: int) -> Any:
    from fastapi.responses import JSONResponse

    return JSONResponse({"error": {"type": kind, "message": message, "code": status}}, status_code=status)
