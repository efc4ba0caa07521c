"""Short and long texts through a BERT together, without padding, each operation on one thread.

Texts of unlike length cost what their tokens cost: they stand in one row, one after the other, and each
attends to itself alone (sequence packing; Krell et al., 2021). A row is one core's work from beginning to
end. Threads that share an operation wait for each other some forty times a row; on a machine that has other
work to do, as it has while documents are read, each wait is for one that is not running.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from itertools import accumulate
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.ports import Vectors

_ROW = 512  # tokens: longer rows multiply no faster, and leave cores without work where there are few texts
_ATTENTION = "veripath_each_text_alone"


class PackedEncoder:
    """A sentence-transformers model of one BERT and mean pooling, on the CPU. Safe to share among threads.

    Where the processor multiplies bfloat16 it does: 1.8 times as fast, and a vector's cosine with the one of
    full precision stays above .9999.
    """

    def __init__(self, model: Any) -> None:
        """``model`` is a loaded ``SentenceTransformer``, which becomes this encoder's own."""
        import torch
        from transformers import AttentionInterface

        AttentionInterface.register(_ATTENTION, _each_text_alone)
        self._tokenizer, self._longest = model.tokenizer, model.max_seq_length
        self._bert = model[0].auto_model
        self._bert.set_attn_implementation(_ATTENTION)
        self._bfloat16 = _multiplies_bfloat16()
        if self._bfloat16:  # once, not with every row
            for part in self._bert.modules():
                if isinstance(part, torch.nn.Linear):
                    part.to(torch.bfloat16)
        self._tokenizing = Lock()  # the tokenizer cannot be used by two threads at once
        self._rows = ThreadPoolExecutor(_cores(), thread_name_prefix="embed")

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), dimension); ``texts`` are not empty."""
        with self._tokenizing:
            tokens = self._tokenizer(list(texts), truncation=True, max_length=self._longest)["input_ids"]
        rows = list(_packed(tokens))
        if len(rows) == 1:  # a question waits for no document's rows
            return self._encode(rows[0])
        return np.concatenate(list(self._rows.map(self._encode, rows)))

    def _encode(self, tokens: Sequence[Sequence[int]]) -> Vectors:
        import torch

        lengths = [len(each) for each in tokens]
        with torch.inference_mode(), self._precision():
            read = self._bert(
                input_ids=torch.tensor([[token for each in tokens for token in each]]),
                position_ids=torch.tensor([[place for length in lengths for place in range(length)]]),
                lengths=lengths,
            )
        states: NDArray[np.float32] = read.last_hidden_state[0].float().numpy()
        sums = np.add.reduceat(states, [0, *accumulate(lengths[:-1])], axis=0)
        unit: Vectors = sums / np.linalg.norm(sums, axis=1, keepdims=True)  # a mean's direction is its sum's
        return unit

    def _precision(self) -> AbstractContextManager[Any]:
        import torch

        return torch.autocast("cpu", dtype=torch.bfloat16) if self._bfloat16 else nullcontext()


def _packed(tokens: Sequence[Sequence[int]]) -> Iterator[list[Sequence[int]]]:
    """Texts in their order, as many to a row as fit it."""
    row: list[Sequence[int]] = []
    taken = 0
    for each in tokens:
        if row and taken + len(each) > _ROW:
            yield row
            row, taken = [], 0
        row.append(each)
        taken += len(each)
    yield row


def _each_text_alone(
    module: Any, query: Any, key: Any, value: Any, mask: Any, *, lengths: list[int], scaling: float, **_: Any
) -> tuple[Any, None]:
    """Attention within each of the texts that make up a row; tensors of shape (1, heads, tokens, size)."""
    import torch

    attend = torch.nn.functional.scaled_dot_product_attention
    texts = zip(query.split(lengths, 2), key.split(lengths, 2), value.split(lengths, 2), strict=True)
    read = [attend(q, k, v, scale=scaling) for q, k, v in texts]
    return torch.cat(read, dim=2).transpose(1, 2).contiguous(), None


@cache
def _cores() -> int:
    """As many as torch would take (``OMP_NUM_THREADS``, else all); from now on it takes one an operation."""
    import torch

    cores = torch.get_num_threads()
    torch.set_num_threads(1)
    return cores


def _multiplies_bfloat16() -> bool:
    import torch

    capable = torch.cpu.get_capabilities()
    return bool(capable.get("avx512_bf16") or capable.get("amx_bf16"))
