"""The usual way to k paths, to compare with: beam search of ``transformers`` under the same trie.

The model is the engine's own folder, in bfloat16, on the device that the engine uses. Each beam's place in
the trie is remembered, so that the constraint costs a look-up a step. Both sides count by the sum of raw
log-probabilities.
"""

import asyncio
import os
import time
from collections.abc import Sequence
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

from bench.engines import CACHE, Server
from bench.harness import NotMeasured, console
from retrieval.decoding.search import SearchLimits, Task, Tokens
from retrieval.decoding.trie import Trie

K = 10
Compared = dict[str, list[float]]  # seconds of both, and for each search: exact, positions, what beams found


async def search_beside_beams(
    server: Server, tasks: Sequence[Task], *, end: int, batches: Sequence[int], searches: int, budget: int
) -> tuple[dict[int, Compared], list[tuple[Trie, Tokens]]]:
    """By batch, and what the searches found. Each task is searched once, so that its prompt is cold."""
    (model,) = CACHE.glob("model-*")
    beam = BeamSearch(model, end=end, cuda=server.local.cuda)
    beam.top_k(tasks[:1], 1, 1)
    compared: dict[int, Compared] = {}
    found: list[tuple[Trie, Tokens]] = []
    left = iter(tasks)
    for batch in batches:
        row = compared[batch] = {
            "search_s": [],
            "beam_s": [],
            "exact": [],
            "beam_recall": [],
            "positions": [],
        }
        for _ in range(max(1, searches // batch)):
            some = list(islice(left, batch))
            if len(some) < batch:
                raise NotMeasured("more --questions are needed for so many --searches")
            begun = time.perf_counter()
            best = await server.engine.search(some, K, SearchLimits(budget=budget))
            row["search_s"].append(time.perf_counter() - begun)
            begun = time.perf_counter()
            beams = await asyncio.to_thread(beam.top_k, some, K, max(_depth(each.trie) for each in some))
            row["beam_s"].append(time.perf_counter() - begun)
            for one, outputs, task in zip(best, beams, some, strict=True):
                paths = {each.tokens for each in one.best}
                found += [(task.trie, tokens) for tokens in paths]
                row["exact"].append(float(one.exact))
                row["positions"].append(one.positions)
                row["beam_recall"].append(len(paths & set(outputs)) / len(paths))
            console.print(f"top {K} of {batch}: {row['search_s'][-1]:.1f} s, beams {row['beam_s'][-1]:.1f} s")
    return compared, found


def _depth(trie: Trie) -> int:
    depth, low, high = 0, 1, int(trie.first[1])
    while low < high:
        depth, low, high = depth + 1, high, int(trie.first[high])
    return depth


class BeamSearch:
    def __init__(self, model: Path, *, end: int, cuda: bool) -> None:
        self._torch: Any = import_module("torch")
        self._torch.set_num_threads(max(1, (os.cpu_count() or 1) - 1))  # as many as the engine has
        self._device = "cuda" if cuda else "cpu"
        self._end = end
        made: Any = import_module("transformers").AutoModelForCausalLM
        self._model = made.from_pretrained(model, dtype=self._torch.bfloat16).to(self._device).eval()

    def top_k(self, tasks: Sequence[Task], k: int, depth: int) -> list[list[Tokens]]:
        """For each task the ``k`` beams that ended, best first. All prompts have one length."""
        prompts = self._torch.tensor([task.prompt for task in tasks], device=self._device)
        start = prompts.shape[1]
        allowed = [_Allowed(task.trie, self._end) for task in tasks]
        with self._torch.inference_mode():
            found = self._model.generate(
                prompts,
                attention_mask=self._torch.ones_like(prompts),
                num_beams=k,
                num_return_sequences=k,
                do_sample=False,
                max_new_tokens=depth + 1,
                eos_token_id=self._end,
                pad_token_id=self._end,
                length_penalty=0.0,  # by the sum, not by the mean
                prefix_allowed_tokens_fn=lambda row, ids: allowed[row](tuple(ids[start:].tolist())),
            )
        rows = found[:, start:].tolist()
        outputs = [tuple(row[: row.index(self._end)] if self._end in row else row) for row in rows]
        return [outputs[at : at + k] for at in range(0, len(outputs), k)]


class _Allowed:
    def __init__(self, trie: Trie, end: int) -> None:
        self._trie = trie
        self._end = end
        self._nodes: dict[Tokens, int] = {(): 0}

    def __call__(self, prefix: Tokens) -> list[int]:
        node = self._nodes.get(prefix)
        if node is None:
            above = self._nodes.get(prefix[:-1], -1)
            node = self._nodes[prefix] = self._trie.child(above, prefix[-1]) if above >= 0 else -1
        if node < 0:
            return [self._end]
        children = self._trie.children(node).tolist()
        return [*children, self._end] if self._trie.accepting(node) else children
