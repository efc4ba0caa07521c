"""vLLM servers for the decoding benchmark, each with the flags that a row needs, all of them up at once.

Rows are compared question by question across servers, so that what else the machine does meets all alike.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from anyio import to_thread

from app.adapters.llm import OpenAIEngine
from app.local.processes import free_ports
from app.local.vllm import LocalVllm
from bench.harness import NotMeasured, console
from graph.errors import ConfigurationError
from retrieval.decoding.plugin import PREFIX, PROCESSOR
from retrieval.decoding.search import Tokens
from retrieval.decoding.trie import Trie

CACHE = Path("~/.cache/veripath").expanduser()
_SPECULATION = (
    '{"method": "ngram", "prompt_lookup_min": 2, "prompt_lookup_max": 5, "num_speculative_tokens": %d}'
)


@dataclass(frozen=True)
class Server:
    """One running vLLM: ours to ask for anything, and as decoding sees it."""

    local: LocalVllm
    http: httpx.AsyncClient
    engine: OpenAIEngine

    async def register(self, tries: Sequence[Trie]) -> None:
        for trie in tries:
            (await self.http.put("kgtrie/tries", content=trie.to_bytes())).raise_for_status()

    async def complete(self, prompt: Tokens, **options: Any) -> list[Tokens]:
        """The tokens of each choice, end of sequence included. NotMeasured when it was cut short."""
        body = {
            "model": self.local.model_name,
            "prompt": list(prompt),
            "temperature": 0.0,
            "return_token_ids": True,
            "add_special_tokens": False,
            **options,
        }
        answer = await self.http.post("completions", json=body)
        if not answer.is_success:
            raise NotMeasured(f"the engine refused a request: {answer.text[:300]}")
        return [tuple(choice["token_ids"]) for choice in answer.json()["choices"]]


def by_grammar(trie: Trie) -> dict[str, Any]:
    return {"structured_outputs": {"grammar": PREFIX + trie.id}}


def by_processor(trie: Trie) -> dict[str, Any]:
    return {"vllm_xargs": {"kgtrie": trie.id}}


@asynccontextmanager
async def engines(drafts: int, gpu_share: float) -> AsyncIterator[dict[str, Server]]:
    """``plain``, ``processor`` and ``speculating``. NotMeasured when one of them cannot be had."""
    flags: Mapping[str, tuple[str, ...]] = {
        "plain": (),
        "processor": ("--logits-processors", PROCESSOR),
        "speculating": ("--speculative-config", _SPECULATION % drafts),
    }
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="veripath-bench-")))
        servers = {}
        for (name, options), port in zip(flags.items(), free_ports(len(flags)), strict=True):
            local = LocalVllm(
                folder / name,
                CACHE,
                port=port,
                api_key="bench",
                model_name="bench",
                drafts=0,
                options=options,
            )
            if local.cuda:
                local.options = (*options, "--gpu-memory-utilization", str(gpu_share))
            console.print(f"starting vLLM: {name}")
            stack.callback(local.stop)
            try:
                await to_thread.run_sync(local.start)
            except ConfigurationError as error:
                raise NotMeasured(f"vLLM ({name}) does not start: {error}") from error
            servers[name] = await _connect(stack, local)
        yield servers


async def _connect(stack: AsyncExitStack, local: LocalVllm) -> Server:
    headers = {"Authorization": f"Bearer {local.api_key}"}
    http = httpx.AsyncClient(base_url=local.base_url + "/", headers=headers, timeout=1800)
    engine = OpenAIEngine(local.base_url, local.model_name, api_key=local.api_key, timeout_s=1800)
    stack.push_async_callback(http.aclose)
    stack.push_async_callback(engine.aclose)
    return Server(local, http, engine)
