"""Many branches of one prompt in one pass of the model: tree attention, run by vLLM's worker for the search.

vLLM shares keys and values between requests by whole blocks, so a request for each prefix computes up to a
block of tokens again, and each costs its scheduling besides. Here a search keeps the keys and values of every
token that it has scored, and a pass adds tokens anywhere below them: a token attends to the prompt and to its
own ancestors alone. Each token of a search is computed once.

Started with ``--worker-extension-cls retrieval.decoding.branches.BranchScoring``, vLLM's own way to add to a
worker; the API server calls the methods between the engine's steps (``collective_rpc``). For the length of a
pass each attention layer's ``impl`` is ours; the engine's own cache is neither read nor written.

Runs inside vLLM: it and torch are imported by name.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np

MOST_BYTES = 1 << 30  # of keys and values, for all searches together
_ROWS = 128  # of logits at a time: 25 MB at a vocabulary of 49,152

Part = tuple[str, list[int], list[int], list[int], list[tuple[int, list[int]]]]
"""One search's share of a forward pass: its name; the prompt's tokens, which begin it, else nothing; of each
new token the parent, by its number among the search's tokens (-1: the prompt's end), and its id; and what is
asked: after which of these tokens, of which ids."""


class BranchScoring:
    """What ``collective_rpc`` may call. Mixed into vLLM's worker, hence the long names, no ``__init__``."""

    model_runner: Any

    def kgtrie_obstacle(self) -> str:
        """Why this model or engine cannot be scored by branches; empty when it can."""
        return _obstacle(self.model_runner)

    def kgtrie_score(self, parts: Sequence[Part]) -> list[list[list[float]] | None]:
        """Of each part the log-probabilities asked for, in order; None for a search whose tokens were
        dropped for want of room: it must be asked otherwise, or begun again."""
        return self._kgtrie_forest().score(parts)

    def kgtrie_forget(self, names: Sequence[str]) -> None:
        """Frees what was kept for these searches."""
        for name in names:
            self._kgtrie_forest().trees.pop(name, None)

    def _kgtrie_forest(self) -> "_Forest":
        found: _Forest | None = vars(self).get("_kgtrie")
        if found is None:
            found = vars(self)["_kgtrie"] = _Forest(self.model_runner)
        return found


def _layers(runner: Any) -> dict[str, Any]:
    found: dict[str, Any] = runner.vllm_config.compilation_config.static_forward_context
    return found


def _obstacle(runner: Any) -> str:
    parallel = runner.vllm_config.parallel_config
    if parallel.world_size > 1 or parallel.data_parallel_size > 1:
        return "the engine has more than one worker"
    if getattr(runner, "uses_mrope", False):
        return "the model's positions have more than one dimension"
    shapes = set()
    for name, layer in _layers(runner).items():
        impl = getattr(layer, "impl", None)
        if impl is None or getattr(layer, "attn_type", None) != "decoder":
            return f"{name} is no plain attention"
        special = (
            getattr(impl, "alibi_slopes", None) is not None,
            getattr(impl, "sinks", None) is not None,
            getattr(impl, "sliding_window", None) not in (None, -1, (-1, -1)),
            bool(getattr(impl, "logits_soft_cap", None)),
            getattr(layer, "kv_sharing_target_layer_name", None) is not None,
            getattr(layer, "query_quant", None) is not None,
        )
        if any(special):
            return f"{name} attends in a way of its own"
        shapes.add((layer.num_kv_heads, layer.head_size, getattr(layer, "head_size_v", layer.head_size)))
    return "" if len(shapes) == 1 and all(k == v for _, k, v in shapes) else "its layers differ in shape"


@dataclass(slots=True)
class _Tree:
    """``keys`` and ``values``: (layers, room, kv heads, head size), of the prompt's tokens and then of all
    others in the order they came. ``above`` of each other token: its ancestors' numbers and its own."""

    prompt: int
    keys: Any
    values: Any
    above: list[tuple[int, ...]] = field(default_factory=list)

    @property
    def nbytes(self) -> int:
        return int(self.keys.nbytes + self.values.nbytes)


@dataclass(frozen=True, slots=True)
class _Rows:
    """A part's rows of a pass, ``first`` to ``last``; they become the tree's tokens from ``at`` on, and
    attend to its tokens ``seen`` where ``mask`` (rows, seen) is 0; elsewhere it is minus infinity."""

    tree: _Tree
    first: int
    last: int
    at: int
    seen: Any
    mask: Any


class _Forest:
    """All searches of a worker."""

    def __init__(self, runner: Any) -> None:
        self.trees: OrderedDict[str, _Tree] = OrderedDict()
        self._runner = runner
        self._torch: Any = import_module("torch")
        self._context: Any = import_module("vllm.forward_context").set_forward_context
        self._layers = list(_layers(runner).values())

    def score(self, parts: Sequence[Part]) -> list[list[list[float]] | None]:
        try:
            return self._scored(parts)
        except BaseException:
            for name, *_ in parts:  # they may name tokens whose keys were never written
                self.trees.pop(name, None)
            raise

    def _scored(self, parts: Sequence[Part]) -> list[list[list[float]] | None]:
        rows: list[_Rows] = []
        tokens: list[int] = []
        positions: list[int] = []
        asked: list[tuple[int, list[int]]] = []  # row and ids
        shares: list[int | None] = []  # how many of ``asked`` are a part's
        for name, prompt, parents, new, wanted in parts:
            tree = self._tree(name, prompt, len(new))
            if tree is None:
                shares.append(None)
                continue
            first, known = len(tokens), len(tree.above)
            if any(node < known - bool(prompt) for node, _ in wanted):
                raise ValueError("only what follows the tokens of this pass can be asked for")
            positions += range(len(prompt))
            for parent in parents:
                above = tree.above[parent] if parent >= 0 else ()
                positions.append(tree.prompt + len(above))
                tree.above.append((*above, len(tree.above)))
            tokens += [*prompt, *new]
            rows.append(self._rows(tree, bool(prompt), known, first, len(tokens)))
            start = first + len(prompt) - known  # what a token's number is to be added to, for its row
            asked += [(start + node, ids) for node, ids in wanted]
            shares.append(len(wanted))
        answers = iter(self._pass(rows, tokens, positions, asked) if tokens else ())
        return [None if share is None else [next(answers) for _ in range(share)] for share in shares]

    def _tree(self, name: str, prompt: list[int], more: int) -> _Tree | None:
        """With room for ``more`` tokens, as the last used one; None when it is gone or grew too large."""
        tree = self.trees.pop(name, None)
        if tree is None and not prompt:
            return None
        held = tree.prompt + len(tree.above) if tree else len(prompt)
        most = MOST_BYTES // self._token_bytes
        if held + more > most:
            return None
        if tree is None:
            tree = _Tree(len(prompt), *self._room(min(most, held + 2 * more)))
        elif held + more > tree.keys.shape[1]:
            keys, values = self._room(min(most, 2 * (held + more)))
            keys[:, :held], values[:, :held] = tree.keys[:, :held], tree.values[:, :held]
            tree.keys, tree.values = keys, values
        while sum(each.nbytes for each in self.trees.values()) + tree.nbytes > MOST_BYTES:
            self.trees.popitem(last=False)
        self.trees[name] = tree
        return tree

    @property
    def _token_bytes(self) -> int:
        layer = self._layers[0]
        numbers = 2 * len(self._layers) * layer.num_kv_heads * layer.head_size
        return int(numbers * self._runner.model_config.dtype.itemsize)

    def _room(self, tokens: int) -> tuple[Any, Any]:
        layer = self._layers[0]
        shape = (len(self._layers), tokens, layer.num_kv_heads, layer.head_size)
        dtype, device = self._runner.model_config.dtype, self._runner.device
        return self._torch.empty(shape, dtype=dtype, device=device), self._torch.empty(
            shape, dtype=dtype, device=device
        )

    def _rows(self, tree: _Tree, begins: bool, known: int, first: int, last: int) -> _Rows:
        """Only those tokens are looked at that are above one of the new ones."""
        prompt, new = tree.prompt, tree.above[known:]
        seen = np.unique(np.fromiter((node for above in new for node in above), np.int64))
        mask = np.zeros((len(new), prompt + len(seen)), bool)
        mask[:, :prompt] = True
        for row, above in zip(mask, new, strict=True):
            row[prompt + np.searchsorted(seen, above)] = True
        if begins:
            mask = np.vstack([np.tri(prompt, prompt + len(seen), dtype=bool), mask])
        torch, device = self._torch, self._runner.device
        bias = torch.zeros(mask.shape, dtype=self._runner.model_config.dtype)
        bias.masked_fill_(torch.from_numpy(~mask), float("-inf"))
        layer = self._layers[0]
        bias = bias.to(device).repeat(layer.num_heads // layer.num_kv_heads, 1)  # query heads share a kv head
        numbers = np.concatenate([np.arange(prompt), prompt + seen])
        at = 0 if begins else prompt + known
        return _Rows(tree, first, last, at, torch.from_numpy(numbers).to(device), bias)

    def _pass(
        self,
        rows: list[_Rows],
        tokens: list[int],
        positions: list[int],
        asked: Sequence[tuple[int, list[int]]],
    ) -> Iterator[list[float]]:
        torch, runner = self._torch, self._runner
        with torch.inference_mode(), _attending(self._layers, torch):
            ids = torch.tensor(tokens, dtype=torch.int32, device=runner.device)
            places = torch.tensor(positions, dtype=torch.int64, device=runner.device)
            with self._context(tuple(rows), runner.vllm_config, num_tokens=len(tokens), slot_mapping={}):
                hidden = runner.model(input_ids=ids, positions=places)
            answers: list[list[float]] = []
            for at in range(0, len(asked), _ROWS):
                some = asked[at : at + _ROWS]
                logits = runner.model.compute_logits(hidden[[row for row, _ in some]]).float()
                total = logits.logsumexp(-1)
                lengths = [len(ids) for _, ids in some]
                row = torch.repeat_interleave(torch.arange(len(some)), torch.tensor(lengths))
                column = torch.tensor([token for _, ids in some for token in ids])
                found = iter((logits[row, column] - total[row]).tolist())
                answers += [[next(found) for _ in range(length)] for length in lengths]
        return iter(answers)


@contextmanager
def _attending(layers: Sequence[Any], torch: Any) -> Iterator[None]:
    before = [layer.impl for layer in layers]
    try:
        for number, layer in enumerate(layers):
            layer.impl = _TreeAttention(number, layer.impl.scale, torch)
        yield
    finally:
        for layer, impl in zip(layers, before, strict=True):
            layer.impl = impl


class _TreeAttention:
    """Stands for a layer's ``impl``; what vLLM hands on as attention metadata are a pass's ``_Rows``."""

    def __init__(self, layer: int, scale: float, torch: Any) -> None:
        self._layer = layer
        self._scale = scale
        self._attend: Any = torch.nn.functional.scaled_dot_product_attention

    def forward(
        self,
        layer: Any,
        query: Any,
        key: Any,
        value: Any,
        kv_cache: Any,
        attn_metadata: Sequence[_Rows],
        output: Any,
        output_scale: Any = None,
        output_block_scale: Any = None,
    ) -> Any:
        """query, output: (tokens, heads, head size); key, value: (tokens, kv heads, head size)."""
        for rows in attn_metadata:
            count = rows.last - rows.first
            keys, values = rows.tree.keys[self._layer], rows.tree.values[self._layer]
            keys[rows.at : rows.at + count] = key[rows.first : rows.last]
            values[rows.at : rows.at + count] = value[rows.first : rows.last]
            heads, size = key.shape[1:]
            # the query heads of one kv head stand below each other: (kv heads, group x rows, head size)
            asked = query[rows.first : rows.last].unflatten(1, (heads, -1)).permute(1, 2, 0, 3)
            found = self._attend(
                asked.reshape(1, heads, -1, size),
                keys[rows.seen].transpose(0, 1)[None],
                values[rows.seen].transpose(0, 1)[None],
                attn_mask=rows.mask,
                scale=self._scale,
            )
            found = found[0].unflatten(1, (-1, count)).permute(2, 0, 1, 3)
            output[rows.first : rows.last] = found.flatten(1, 2)
        return output
