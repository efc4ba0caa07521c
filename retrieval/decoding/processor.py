"""The mask as a logits processor, for engines in which the grammar is not to be had.

Started with ``--logits-processors retrieval.decoding.processor:TrieLogitsProcessor``; a request names its
trie in ``vllm_xargs: {"kgtrie": "<id>"}``. It is of vLLM's V1 interface, which ``plugin.register`` says, so
that this module needs nothing of vLLM until it runs. Beyond it the grammar has forced runs in one step, since
vLLM takes no processor beside speculative decoding; beyond the grammar this has log-probabilities that are
the model's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from graph.errors import DecodingError
from retrieval.decoding import plugin
from retrieval.decoding.matcher import DEAD, START, Matcher, State


@dataclass(slots=True)
class _Row:
    """``output`` is vLLM's own list of the request's tokens and grows behind our back; ``read`` of it led to
    ``state``. Without a matcher only end of sequence is allowed."""

    matcher: Matcher | None
    output: Sequence[int]
    end: int
    state: State = START
    read: int = 0

    def allowed(self) -> Any:
        """Token ids, after reading what is new. Under async scheduling a token is -1 until it is known: what
        may follow it is not known either, so nothing may."""
        if self.matcher is None:
            return [self.end]
        for token in self.output[self.read :]:
            if token < 0:
                return self.matcher.allowed(DEAD)
            self.state = self.matcher.advance(self.state, token)
            self.read += 1
        return self.matcher.allowed(self.state)


class TrieLogitsProcessor:
    """One for all requests of a worker; rows without a trie are left alone."""

    @classmethod
    def validate_params(cls, sampling_params: Any) -> None:
        """Nothing: ``plugin`` checks the request where the tokenizer is at hand."""

    def __init__(self, vllm_config: Any, device: Any, is_pin_memory: bool) -> None:
        tokenizers: Any = import_module("vllm.tokenizers")
        self._torch: Any = import_module("torch")
        self._device = device
        self._tokenizer = tokenizers.cached_tokenizer_from_config(vllm_config.model_config)
        self._rows: dict[int, _Row] = {}

    def is_argmax_invariant(self) -> bool:
        return False

    def update_state(self, batch_update: Any) -> None:
        """Who is in which row now. No token is read here: see ``_Row.allowed``."""
        if batch_update is None:
            return
        for index in batch_update.removed:
            self._rows.pop(index, None)
        for index, params, _, output in batch_update.added:
            name = plugin.processed_trie(params)
            if name is None:
                self._rows.pop(index, None)
            else:
                self._rows[index] = self._row(name, params, output)
        for source, target, direction in batch_update.moved:
            moved, replaced = self._rows.pop(source, None), self._rows.pop(target, None)
            if moved is not None:
                self._rows[target] = moved
            if replaced is not None and direction.name == "SWAP":
                self._rows[source] = replaced

    def _row(self, name: str, params: Any, output: Sequence[int]) -> _Row:
        end = params.eos_token_id
        if end is None:
            end = self._tokenizer.eos_token_id
        try:
            return _Row(Matcher(plugin.resolve(name, self._tokenizer), end), output, end)
        except DecodingError:  # it was there when the request was checked: end it, harm no other
            return _Row(None, output, end)

    def apply(self, logits: Any) -> Any:
        """``logits`` has shape (rows, vocabulary); all but what may follow becomes -inf, in place."""
        if not self._rows:
            return logits
        allowed = {index: row.allowed() for index, row in self._rows.items()}
        lengths = [len(tokens) for tokens in allowed.values()]
        masked = np.fromiter(allowed, np.int64, len(allowed))
        where = self._tensor(np.repeat(masked, lengths))
        tokens = self._tensor(np.concatenate(list(allowed.values())).astype(np.int64))
        kept = logits[where, tokens]
        logits[self._tensor(masked)] = float("-inf")
        logits[where, tokens] = kept
        return logits

    def _tensor(self, values: Any) -> Any:
        return self._torch.from_numpy(values).to(self._device, non_blocking=True)
