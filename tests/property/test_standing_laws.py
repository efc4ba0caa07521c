"""Laws of which values stand: the order of passages decides nothing, and copies add nothing."""

from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graph.types import Value, ValueKind
from retrieval.introductions import Introduction
from retrieval.namesakes import things
from retrieval.standing import standing_values
from retrieval.values import Told

_TOLD = st.builds(
    lambda text, belief: Told(text, Value(ValueKind.TEXT, text), belief),
    st.sampled_from(["football", "american football", "gaelic football", "golf", "chess"]),
    st.sampled_from([0.2, 0.5, 1.0]),
)
_PASSAGE = st.tuples(
    st.lists(_TOLD, max_size=3, unique_by=lambda each: each.value), st.integers(0, 2), st.integers(0, 4)
)
_QUALIFIED = st.sets(st.sampled_from(["film", "1959 film", "2007 film", "novel", "play 1980"]), max_size=2)
_INTRODUCED = st.builds(
    Introduction,
    years=st.frozensets(st.sampled_from([1931, 1955, 1956, 2007]), max_size=2),
    nations=st.frozensets(st.sampled_from(["american", "french"]), max_size=1),
    places=st.frozensets(st.sampled_from(["kent", "ohio"]), max_size=2),
    kinds=st.frozensets(st.sampled_from(["town", "film", "poet", "drama"]), max_size=2),
    works=st.frozensets(st.sampled_from(["film", "book"]), max_size=1),
)
_ABOUT = st.tuples(_QUALIFIED, st.just(Introduction()) | _INTRODUCED)


def kept(passages):
    found = standing_values(*([p[part] for p in passages] for part in range(3)))
    return {(s.thing, s.value, s.text, s.weight, s.stands) for s in found}


@given(passages=st.lists(_PASSAGE, max_size=6), seed=st.integers(0, 99))
def test_the_order_of_passages_decides_nothing(passages, seed):
    shuffled = list(passages)
    Random(seed).shuffle(shuffled)
    assert kept(shuffled) == kept(passages)


@given(passages=st.lists(_PASSAGE, min_size=1, max_size=6))
def test_a_copy_adds_nothing(passages):
    assert kept([*passages, passages[0]]) == kept(passages)


@given(passages=st.lists(_PASSAGE, min_size=1, max_size=6))
def test_of_each_thing_that_is_told_of_a_value_stands(passages):
    found = kept(passages)
    assert {thing for thing, *_, stands in found if stands} == {thing for told, thing, _ in passages if told}


@given(told=st.lists(_ABOUT, min_size=1, max_size=6), seed=st.integers(0, 99))
def test_which_passages_are_about_one_thing_does_not_hang_on_their_order(told, seed):
    texts = [f"text {n} of {'abcdef'[n] * 9}" for n in range(len(told))]
    vectors = {text: _vector(text) for text in texts}
    order = list(range(len(told)))
    Random(seed).shuffle(order)

    def groups(of):
        qualified, introduced = zip(*(told[n] for n in of), strict=True)
        numbers = things(qualified, introduced, [texts[n] for n in of], vectors)
        return {frozenset(n for n, each in zip(of, numbers, strict=True) if each == g) for g in numbers}

    assert groups(order) == groups(range(len(told)))


def _vector(text: str):
    return np.random.default_rng(sum(map(ord, text))).normal(size=4).astype(np.float32)
