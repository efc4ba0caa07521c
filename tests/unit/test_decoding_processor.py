"""The logits processor outside vLLM: who is in which row, and what it may write next."""

import random
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import torch

from retrieval.decoding import plugin
from retrieval.decoding.processor import TrieLogitsProcessor
from retrieval.decoding.trie import Trie, build, vocabulary_hash

END, SIZE = 0, 40
WORDS = {f"w{number}": number for number in range(SIZE)}


class Tokenizer:
    all_special_ids = (END,)
    eos_token_id = END

    def get_vocab(self) -> dict[str, int]:
        return WORDS


@pytest.fixture
def processor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TrieLogitsProcessor]:
    module = ModuleType("vllm.tokenizers")
    tokenizer = Tokenizer()
    module.cached_tokenizer_from_config = lambda config: tokenizer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "vllm", ModuleType("vllm"))
    monkeypatch.setitem(sys.modules, "vllm.tokenizers", module)
    monkeypatch.setenv("KGTRIE_DIR", str(tmp_path))
    plugin.trie_store.cache_clear()
    yield TrieLogitsProcessor(SimpleNamespace(model_config=None), torch.device("cpu"), False)
    plugin.trie_store.cache_clear()


def kept(*paths: tuple[int, ...], tokenizer: bytes | None = None) -> Trie:
    hash_ = vocabulary_hash(WORDS.items()) if tokenizer is None else tokenizer
    trie, _ = build(paths, tokenizer=hash_, verbaliser=1)
    plugin.trie_store().put(trie.to_bytes(), vocabulary=SIZE, forbidden=frozenset({END}))
    return trie


def asks(name: str | None) -> SimpleNamespace:
    return SimpleNamespace(extra_args={"kgtrie": name} if name else None, eos_token_id=END)


def update(
    added: tuple[object, ...] = (), removed: tuple[int, ...] = (), moved: tuple[object, ...] = ()
) -> SimpleNamespace:
    return SimpleNamespace(added=added, removed=removed, moved=moved)


def swap(a: int, b: int) -> tuple[int, int, SimpleNamespace]:
    return a, b, SimpleNamespace(name="SWAP")


def move(a: int, b: int) -> tuple[int, int, SimpleNamespace]:
    return a, b, SimpleNamespace(name="UNIDIRECTIONAL")


def allowed(processor: TrieLogitsProcessor, rows: int) -> list[set[int]]:
    logits = processor.apply(torch.zeros(rows, SIZE))
    return [set(torch.nonzero(row > float("-inf")).flatten().tolist()) for row in logits]


EVERYTHING = set(range(SIZE))


def test_only_rows_with_a_trie_are_masked_and_values_stay(processor: TrieLogitsProcessor) -> None:
    trie = kept((1, 2), (1, 3), (33,))
    processor.update_state(update(added=((0, asks(None), [], []), (1, asks(trie.id), [], []))))
    logits = torch.randn(2, SIZE)
    before = logits.clone()
    after = processor.apply(logits)
    assert torch.equal(after[0], before[0])
    assert torch.equal(after[1, [1, 33]], before[1, [1, 33]])
    assert allowed(processor, 2) == [EVERYTHING, {1, 33}]


def test_tokens_are_read_when_masks_are_made_not_when_rows_change(processor: TrieLogitsProcessor) -> None:
    """vLLM appends to the list, and under async scheduling only fills in what it appended, in between."""
    trie, output = kept((1, 2, 4), (1, 3)), [1]
    processor.update_state(update(added=((0, asks(trie.id), [], output),)))
    assert allowed(processor, 1) == [{2, 3}]
    output.append(-1)
    processor.update_state(None)
    assert allowed(processor, 1) == [{END}], "what follows an unknown token is unknown"
    output[-1] = 2
    assert allowed(processor, 1) == [{4}]
    output.append(4)
    assert allowed(processor, 1) == [{END}]
    output.append(END)
    assert allowed(processor, 1) == [{END}]


def test_whatever_is_wrong_ends_the_request_and_no_other(processor: TrieLogitsProcessor) -> None:
    trie, foreign = kept((1, 2)), kept((5, 6), tokenizer=bytes(32))
    rows = (asks("0" * 32), asks(foreign.id), asks(trie.id), asks(trie.id))
    outputs: tuple[list[int], ...] = ([], [], [9], [1])
    added = tuple(
        (at, params, [], output) for at, (params, output) in enumerate(zip(rows, outputs, strict=True))
    )
    processor.update_state(update(added=added))
    assert allowed(processor, 4) == [{END}, {END}, {END}, {2}]


def test_rows_move_swap_and_are_taken_over(processor: TrieLogitsProcessor) -> None:
    one, two = kept((1, 2)), kept((3, 4))
    added = ((0, asks(one.id), [], []), (1, asks(two.id), [], []), (2, asks(None), [], []))
    processor.update_state(update(added=added))
    processor.update_state(update(moved=(swap(0, 1),)))
    assert allowed(processor, 3) == [{3}, {1}, EVERYTHING]
    processor.update_state(update(moved=(swap(1, 2),)))
    assert allowed(processor, 3) == [{3}, EVERYTHING, {1}]
    processor.update_state(update(removed=(0,), moved=(move(2, 0),)))
    assert allowed(processor, 2) == [{1}, EVERYTHING]
    processor.update_state(update(added=((0, asks(None), [], []),)))
    assert allowed(processor, 2) == [EVERYTHING, EVERYTHING]


def test_random_batches_with_preemption_write_paths_only(processor: TrieLogitsProcessor) -> None:
    dice = random.Random(7)
    torch.manual_seed(7)
    tries = [
        kept(*{tuple(dice.randrange(1, SIZE) for _ in range(dice.randint(1, 4))) for _ in range(12)})
        for _ in range(5)
    ]
    rows: dict[int, tuple[Trie, list[int]]] = {}
    finished = 0
    while finished < 300:
        free = [at for at in range(4) if at not in rows]
        added = []
        for at in free:
            rows[at] = (dice.choice(tries), [])
            added.append((at, asks(rows[at][0].id), [], rows[at][1]))
        if dice.random() < 0.3:  # preempted and back, with what it had written, in another list
            at = dice.choice(list(rows))
            rows[at] = (rows[at][0], list(rows[at][1]))
            added.append((at, asks(rows[at][0].id), [], rows[at][1]))
        processor.update_state(update(added=tuple(added)))
        chosen = processor.apply(torch.randn(4, SIZE)).argmax(dim=1).tolist()
        for at, token in enumerate(chosen):
            trie, output = rows[at]
            output.append(token)
            if token == END:
                node = trie.walk(output[:-1])
                assert node > 0 and trie.accepting(node)
                finished += 1
                del rows[at]
                processor.update_state(update(removed=(at,)))
