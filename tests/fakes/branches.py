"""An engine that scores branches: a small transformer in torch behind what vLLM's worker shows of a model."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

from retrieval.decoding.branches import BranchScoring
from retrieval.decoding.plugin import BRANCHES

VOCABULARY, HEADS, KV_HEADS, SIZE = 11, 4, 2, 8
current: list[Any] = []  # vLLM's forward context


@contextmanager
def set_forward_context(attn_metadata: Any, vllm_config: Any, **_: Any) -> Any:
    current.append(attn_metadata)
    yield
    current.pop()


class Causal:
    """A layer's ``impl`` over one whole sequence, as a reference."""

    scale = 0.3

    def forward(self, layer: Any, q: Tensor, k: Tensor, v: Tensor, _: Any, __: Any, output: Any) -> None:
        k, v = (each.repeat_interleave(HEADS // KV_HEADS, 1).transpose(0, 1) for each in (k, v))
        found = nn.functional.scaled_dot_product_attention(
            q.transpose(0, 1), k, v, is_causal=True, scale=self.scale
        )
        output[:] = found.transpose(0, 1)


class Layer(nn.Module):
    attn_type, num_heads, num_kv_heads, head_size = "decoder", HEADS, KV_HEADS, SIZE

    def __init__(self) -> None:
        super().__init__()
        width = HEADS * SIZE
        self.project = nn.ModuleList(nn.Linear(width, heads * SIZE) for heads in (HEADS, KV_HEADS, KV_HEADS))
        self.impl: Any = Causal()

    def forward(self, hidden: Tensor) -> Tensor:
        q, k, v = (each(hidden).unflatten(1, (-1, SIZE)) for each in self.project)
        output = torch.empty_like(q)
        self.impl.forward(self, q, k, v, None, current[-1], output=output)
        return hidden + output.flatten(1)


class Model(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed, self.place = nn.Embedding(VOCABULARY, HEADS * SIZE), nn.Embedding(64, HEADS * SIZE)
        self.layers = nn.ModuleList(Layer() for _ in range(2))
        self.head = nn.Linear(HEADS * SIZE, VOCABULARY)

    def forward(self, input_ids: Tensor, positions: Tensor) -> Tensor:
        hidden = self.embed(input_ids) + self.place(positions)
        for layer in self.layers:
            hidden = layer(hidden)
        return hidden

    def compute_logits(self, hidden: Tensor) -> Tensor:
        return 3 * self.head(hidden)  # type: ignore[no-any-return]  # torch's modules return Any


class Worker(BranchScoring):
    def __init__(self) -> None:
        torch.manual_seed(5)
        self.model = Model()
        layers = {str(number): layer for number, layer in enumerate(self.model.layers)}
        config = SimpleNamespace(
            compilation_config=SimpleNamespace(static_forward_context=layers),
            parallel_config=SimpleNamespace(world_size=1, data_parallel_size=1),
        )
        self.model_runner = SimpleNamespace(
            vllm_config=config,
            model=self.model,
            model_config=SimpleNamespace(dtype=torch.float32),
            device=torch.device("cpu"),
        )

    def logprobs(self, tokens: Sequence[int]) -> list[float]:
        """Of all tokens after these, by the whole sequence."""
        with torch.inference_mode(), set_forward_context(None, None):
            hidden = self.model(torch.tensor(tokens), torch.arange(len(tokens)))
            row: list[float] = self.model.compute_logits(hidden[-1:]).log_softmax(-1)[0].tolist()
        return row


class Engine:
    """vLLM's client, as far as branches need it. ``calls`` are the worker's methods in order and what they
    were given."""

    def __init__(self) -> None:
        self.worker = Worker()
        self.calls: list[tuple[str, Any]] = []
        self.before: Callable[[], None] = lambda: None  # called before each forward pass
        self.vllm_config = SimpleNamespace(parallel_config=SimpleNamespace(worker_extension_cls=BRANCHES))

    async def collective_rpc(self, method: str, args: tuple[Any, ...] = ()) -> list[Any]:
        self.calls.append((method, args[0] if args else None))
        await asyncio.sleep(0.001)
        if method == "kgtrie_score":
            self.before()
        return [getattr(self.worker, method)(*args)]
