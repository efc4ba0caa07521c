"""Tries on disk: durable, refused when damaged, removed oldest first, kept while mapped."""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from graph.errors import InvalidTrie, UnknownTrie
from retrieval.decoding.store import TrieStore
from retrieval.decoding.trie import Trie, TrieLimits, build

NONE: frozenset[int] = frozenset()


def trie_of(*path: int) -> Trie:
    return build([path], tokenizer=bytes(32), verbaliser=1)[0]


def store(folder: Path, budget: int = 1 << 20) -> TrieStore:
    return TrieStore(folder, budget=budget, limits=TrieLimits())


def test_another_process_reads_what_was_put(tmp_path: Path) -> None:
    name = store(tmp_path).put(trie_of(1, 2).to_bytes(), vocabulary=9, forbidden=NONE).id
    read = store(tmp_path).get(name, vocabulary=9, forbidden=NONE)
    assert read == trie_of(1, 2)
    assert [each.suffix for each in tmp_path.iterdir()] == [".kgt"]


@pytest.mark.parametrize("name", ["", "0" * 32, "../../etc/passwd", "0" * 31 + "G", "0" * 33])
def test_an_unknown_id_is_unknown(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnknownTrie):
        store(tmp_path).get(name, vocabulary=9, forbidden=NONE)
    with pytest.raises(UnknownTrie):
        store(tmp_path).touch(name)


@pytest.mark.parametrize("damage", [trie_of(1, 3).to_bytes(), b"", trie_of(1, 2).to_bytes()[:-1]])
def test_what_was_damaged_on_disk_is_unknown_until_it_is_put_again(tmp_path: Path, damage: bytes) -> None:
    data = trie_of(1, 2).to_bytes()
    name = store(tmp_path).put(data, vocabulary=9, forbidden=NONE).id
    file = tmp_path / f"{name}.kgt"
    file.write_bytes(damage)
    with pytest.raises(UnknownTrie):
        store(tmp_path).get(name, vocabulary=9, forbidden=NONE)
    assert not file.exists()
    file.write_bytes(damage)
    store(tmp_path).put(data, vocabulary=9, forbidden=NONE)
    assert store(tmp_path).get(name, vocabulary=9, forbidden=NONE) == trie_of(1, 2)


def test_another_models_trie_is_refused_and_stays(tmp_path: Path) -> None:
    name = store(tmp_path).put(trie_of(1, 8).to_bytes(), vocabulary=9, forbidden=NONE).id
    with pytest.raises(InvalidTrie):
        store(tmp_path).get(name, vocabulary=5, forbidden=NONE)
    assert store(tmp_path).get(name, vocabulary=9, forbidden=NONE)


def test_a_folder_that_went_comes_back_and_drafts_of_the_killed_go(tmp_path: Path) -> None:
    kept = store(tmp_path / "tries")
    (tmp_path / "tries").rmdir()
    kept.put(trie_of(1, 2).to_bytes(), vocabulary=9, forbidden=NONE)
    draft = tmp_path / "tries" / f"{'0' * 32}.123.456"
    draft.write_bytes(b"half")
    kept.put(trie_of(1, 3).to_bytes(), vocabulary=9, forbidden=NONE)
    assert draft.exists(), "its process may still write it"
    os.utime(draft, (1, 1))
    kept.put(trie_of(1, 4).to_bytes(), vocabulary=9, forbidden=NONE)
    assert not draft.exists()


def test_many_put_and_evict_at_once(tmp_path: Path) -> None:
    """What one lists another may have removed, or renamed, before it is looked at."""
    shared = store(tmp_path, budget=200)
    with ThreadPoolExecutor(8) as pool:
        data = [trie_of(1 + n % 7, 1 + n % 5).to_bytes() for n in range(400)]
        put = partial(shared.put, vocabulary=9, forbidden=NONE)
        assert len(list(pool.map(put, data))) == 400


def test_special_tokens_and_foreign_vocabularies_are_refused(tmp_path: Path) -> None:
    for options in ({"vocabulary": 2, "forbidden": NONE}, {"vocabulary": 9, "forbidden": frozenset({2})}):
        with pytest.raises(InvalidTrie):
            store(tmp_path).put(trie_of(1, 2).to_bytes(), **options)
    assert not list(tmp_path.iterdir())


def test_the_oldest_goes_and_who_has_it_mapped_keeps_it(tmp_path: Path) -> None:
    small = store(tmp_path, budget=150)
    first = small.put(trie_of(1, 2).to_bytes(), vocabulary=9, forbidden=NONE).id
    os.utime(tmp_path / f"{first}.kgt", (1, 1))
    held = small.get(first, vocabulary=9, forbidden=NONE)
    os.utime(tmp_path / f"{first}.kgt", (1, 1))
    second = small.put(trie_of(3, 4).to_bytes(), vocabulary=9, forbidden=NONE).id
    with pytest.raises(UnknownTrie):
        small.touch(first)
    small.touch(second)
    assert held.walk([1, 2]) == 2
    assert small.get(first, vocabulary=9, forbidden=NONE) is held


def test_what_one_process_keeps_mapped_is_bounded_in_bytes(tmp_path: Path) -> None:
    wide = store(tmp_path)
    names = [wide.put(trie_of(each, 2).to_bytes(), vocabulary=9, forbidden=NONE).id for each in (1, 3, 4)]
    size = trie_of(1, 2).nbytes
    small = store(tmp_path, budget=2 * size)
    held = [small.get(name, vocabulary=9, forbidden=NONE) for name in names]
    assert small.get(names[2], vocabulary=9, forbidden=NONE) is held[2]
    assert small.get(names[1], vocabulary=9, forbidden=NONE) is held[1]
    assert small.get(names[0], vocabulary=9, forbidden=NONE) is not held[0], "the oldest was let go"
    assert held[0].walk([1, 2]) == 2, "who holds it keeps it"
