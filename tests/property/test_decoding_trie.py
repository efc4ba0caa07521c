"""The trie against a set of tuples, over a few tokens: every walk is a path, and every path a walk."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidTrie
from retrieval.decoding.grammar import TrieGrammar
from retrieval.decoding.matcher import DEAD, ENDED, START, Matcher
from retrieval.decoding.prefixes import Ragged, prefix_tree
from retrieval.decoding.trie import Trie, TrieLimits, build, build_joined, from_bytes

END = 0
HASH = bytes(32)
LIMITS = TrieLimits(nodes=10_000, depth=6)
tokens = st.integers(1, 3)
sequences = st.lists(st.lists(tokens, min_size=1, max_size=5).map(tuple), min_size=1, max_size=12)


def trie_of(paths: list[tuple[int, ...]]) -> Trie:
    return build(paths, tokenizer=HASH, verbaliser=1)[0]


class RowTensor:
    """What vLLM's bitmask looks like to a grammar: rows that give up their numpy array."""

    def __init__(self, rows: int, vocabulary: int) -> None:
        self.rows = np.full((rows, (vocabulary + 31) // 32), -1, np.int32)

    def __getitem__(self, index: int) -> "RowTensor":
        row = RowTensor.__new__(RowTensor)
        row.rows = self.rows[index]
        return row

    def numpy(self) -> "np.ndarray[tuple[int], np.dtype[np.int32]]":
        return self.rows


def bits(row: "np.ndarray[tuple[int], np.dtype[np.int32]]") -> set[int]:
    return set(np.flatnonzero(np.unpackbits(row.view(np.uint8), bitorder="little")).tolist())


@given(sequences)
def test_accepts_exactly_its_paths(paths: list[tuple[int, ...]]) -> None:
    matcher = Matcher(trie_of(paths), END)
    for length in range(1, 6):
        for candidate in itertools.product((1, 2, 3), repeat=length):
            state = START
            for token in candidate:
                state = matcher.advance(state, token)
            assert (matcher.advance(state, END) == ENDED) == (candidate in paths)
            assert (state != DEAD) == any(path[:length] == candidate for path in paths)


@given(sequences, st.lists(st.integers(0, 4), max_size=7))
def test_allows_exactly_what_continues_a_path(paths: list[tuple[int, ...]], walk: list[int]) -> None:
    matcher = Matcher(trie_of(paths), END)
    state, prefix = START, ()
    for token in walk:
        before, state = state, matcher.advance(state, token)
        assert (state != DEAD) == (before >= 0 and token in matcher.allowed(before).tolist())
        prefix = (*prefix, token)
    if state >= 0:
        following = {
            path[len(prefix)] for path in paths if path[: len(prefix)] == prefix and len(path) > len(prefix)
        }
        assert set(matcher.allowed(state).tolist()) == following | ({END} if prefix in paths else set())
    else:
        assert matcher.allowed(state).tolist() == [END]


@given(st.lists(st.lists(st.integers(0, 3), max_size=4).map(tuple), max_size=12))
def test_a_prefix_tree_numbers_the_distinct_prefixes_breadth_first(rows: list[tuple[int, ...]]) -> None:
    tree = prefix_tree(Ragged.of(rows))
    expected = sorted(
        {row[:n] for row in rows for n in range(len(row) + 1)} | {()}, key=lambda p: (len(p), p)
    )
    assert tree.values[1:].tolist() == [prefix[-1] for prefix in expected[1:]]
    assert tree.ends.tolist() == [expected.index(row) for row in rows]
    for number, prefix in enumerate(expected):
        children = range(int(tree.first[number]), int(tree.first[number + 1]))
        assert [expected[child][:-1] for child in children] == [prefix] * len(children)
        assert len(children) == sum(each[:-1] == prefix for each in expected[1:])


@given(st.lists(st.lists(tokens, max_size=3), max_size=5).map(lambda some: [[1], *some]), st.data())
def test_joined_segments_give_the_trie_of_the_whole(segments: list[list[int]], data: st.DataObject) -> None:
    """Segments that are prefixes of others or empty, and equal wholes cut in different places among them."""
    number = st.integers(0, len(segments) - 1)
    rows = data.draw(st.lists(st.lists(number, min_size=1, max_size=4), min_size=1, max_size=12))
    rows = [[0, *row] for row in rows]
    whole = [tuple(token for each in row for token in segments[each]) for row in rows]
    joined, ends = build_joined(Ragged.of(rows), Ragged.of(segments), tokenizer=HASH, verbaliser=1)
    assert joined.to_bytes() == trie_of(whole).to_bytes()
    assert ends.tolist() == [joined.walk(sequence) for sequence in whole]
    joined.validate(vocabulary=4, forbidden={END}, limits=TrieLimits(nodes=10_000, depth=13))


@pytest.mark.parametrize(
    ("rows", "segments"),
    [([], [[1]]), ([[]], [[1]]), ([[0], []], [[1]]), ([[0]], [[]]), ([[1], [0]], [[1], []])],
)
def test_an_empty_path_is_refused(rows: list[list[int]], segments: list[list[int]]) -> None:
    with pytest.raises(InvalidTrie):
        build_joined(Ragged.of(rows), Ragged.of(segments), tokenizer=HASH, verbaliser=1)


@given(sequences, st.data())
def test_a_state_is_a_value(paths: list[tuple[int, ...]], data: st.DataObject) -> None:
    """Whatever happens to other outputs, or to this one later, an old state stands where it stood."""
    matcher = Matcher(trie_of(paths), END)
    trail = [START]
    for token in [*data.draw(st.sampled_from(paths)), END]:
        trail.append(matcher.advance(trail[-1], token))
    seen = [matcher.allowed(state).tolist() for state in trail]
    for other in data.draw(st.lists(st.lists(st.integers(0, 4), max_size=6), max_size=4)):
        state = data.draw(st.sampled_from(trail))
        for token in other:
            state = matcher.advance(state, token)
    assert [matcher.allowed(state).tolist() for state in trail] == seen


def test_a_token_that_the_model_has_no_row_for_stays_forbidden() -> None:
    """A tokenizer may know more tokens than its model: nothing is written past the mask."""
    matcher, row = Matcher(trie_of([(3,), (70,)]), 64), np.full(4, -1, np.int32)
    matcher.fill(START, row[:2])
    assert bits(row[:2]) == {3} and (row[2:] == -1).all()
    matcher.fill(matcher.advance(START, 3), row[:2])
    assert bits(row[:2]) == set() and (row[2:] == -1).all()


@given(st.sampled_from([31, 32, 33, 63, 64, 65, 127, 128, 129, 256]), st.data())
def test_masks_equal_brute_force_around_multiples_of_32(vocabulary: int, data: st.DataObject) -> None:
    end = data.draw(st.sampled_from([0, vocabulary - 1, 31 if vocabulary > 31 else 1]))
    word = st.integers(0, vocabulary - 1).filter(lambda token: token != end)
    paths = data.draw(st.lists(st.lists(word, min_size=1, max_size=3).map(tuple), min_size=1, max_size=20))
    trie = trie_of(paths)
    trie.validate(vocabulary=vocabulary, forbidden={end}, limits=LIMITS)
    grammar, matcher, tensor = TrieGrammar(Matcher(trie, end)), Matcher(trie, end), RowTensor(2, vocabulary)
    state = START
    for token in [*data.draw(st.sampled_from(paths)), end]:
        grammar.fill_bitmask(tensor, 1)
        assert bits(tensor.rows[1]) == set(matcher.allowed(state).tolist())
        assert grammar.accept_tokens("r", [token])
        state = matcher.advance(state, token)
    grammar.fill_bitmask(tensor, 1)
    assert bits(tensor.rows[1]) == {end}, "an ended grammar must not unlock the vocabulary"
    assert (tensor.rows[0] == -1).all(), "another request's row was touched"
    assert not grammar.is_terminated()
    assert not any(grammar.accept_tokens("r", [token]) for token in range(vocabulary))


@given(sequences, st.data())
def test_rollback_returns_to_the_very_state(paths: list[tuple[int, ...]], data: st.DataObject) -> None:
    matcher = Matcher(trie_of(paths), END)
    kept, trail = TrieGrammar(matcher), []
    for token in [*data.draw(st.sampled_from(paths)), END]:
        trail.append(token)
        assert kept.accept_tokens("r", [token])
    back = data.draw(st.integers(0, len(trail)))
    kept.rollback(back)
    fresh = TrieGrammar(matcher)
    assert fresh.accept_tokens("r", trail[: len(trail) - back])
    for draft in ([1], [2, 3], [END], trail[len(trail) - back :], [*trail[len(trail) - back :], 1]):
        assert kept.validate_tokens(draft) == fresh.validate_tokens(draft)
    assert kept.forced(8) == fresh.forced(8)


@given(sequences)
def test_forced_runs_are_what_every_path_shares(paths: list[tuple[int, ...]]) -> None:
    matcher = Matcher(trie_of(paths), END)
    finished = [(*path, END) for path in paths]
    shared = []
    for column in zip(*finished, strict=False):
        if len(set(column)) > 1:
            break
        shared.append(column[0])
    assert matcher.forced(START, 99) == shared
    assert matcher.forced(START, 2) == shared[:2]


@given(sequences)
def test_bytes_and_id_are_a_function_of_the_set(paths: list[tuple[int, ...]]) -> None:
    trie = trie_of(paths)
    again = trie_of(list(dict.fromkeys(reversed(paths))))
    assert again.to_bytes() == trie.to_bytes() and again.id == trie.id
    assert from_bytes(trie.to_bytes()) == trie
    assert replace(trie, verbaliser=2).id != trie.id
    assert replace(trie, tokenizer=b"\1" * 32).id != trie.id


@given(sequences, st.data())
def test_damage_is_refused_or_leaves_another_valid_trie(
    paths: list[tuple[int, ...]], data: st.DataObject
) -> None:
    """Whatever one byte is changed to: validation refuses, or every walk still ends in acceptance."""
    raw = bytearray(trie_of(paths).to_bytes())
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        trie = from_bytes(bytes(raw))
        trie.validate(vocabulary=4, forbidden={END}, limits=LIMITS)
    except InvalidTrie:
        return
    matcher = Matcher(trie, END)
    states = [START]
    for _ in range(LIMITS.depth + 1):
        states = [
            matcher.advance(state, int(token))
            for state in states
            for token in matcher.allowed(state)
            if state >= 0
        ]
        assert DEAD not in states
    assert not [state for state in states if state >= 0], "a walk is longer than the limit"


@pytest.mark.parametrize("cut", [0, 1, 47, 48, -1, -5])
def test_a_cut_file_is_refused(cut: int) -> None:
    raw = trie_of([(1, 2), (3,)]).to_bytes()
    with pytest.raises(InvalidTrie):
        from_bytes(raw[:cut])
