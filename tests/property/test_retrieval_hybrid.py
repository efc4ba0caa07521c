"""Laws of score fusion: what may not change the order, and what must."""

from hypothesis import given
from hypothesis import strategies as st

from graph.identity import make_id
from retrieval.hybrid import fuse, ranked, scaled

IDS = [make_id("chunk", i) for i in range(8)]
scores = st.dictionaries(st.sampled_from(IDS), st.floats(0.01, 100), max_size=8)
weights = st.floats(0, 1)


@given(scores, scores, weights)
def test_every_id_once_between_nought_and_one(a: dict, b: dict, weight: float) -> None:
    fused = fuse(a, b, weight)
    assert fused.keys() == a.keys() | b.keys()
    assert all(-1e-9 <= score <= 1 + 1e-9 for score in fused.values())


@given(scores, scores, weights, st.floats(0.1, 50))
def test_the_unit_of_a_retrievers_scores_does_not_matter(
    a: dict, b: dict, weight: float, unit: float
) -> None:
    one, other = fuse(a, b, weight), fuse({k: v * unit for k, v in a.items()}, b, weight)
    assert all(abs(one[key] - other[key]) < 1e-6 for key in one)


@given(scores, scores, weights)
def test_the_order_of_hits_does_not_matter(a: dict, b: dict, weight: float) -> None:
    backwards = fuse(dict(reversed(a.items())), dict(reversed(b.items())), weight)
    assert ranked(fuse(a, b, weight)) == ranked(backwards)


@given(scores, scores, weights)
def test_better_in_both_is_never_ranked_lower(a: dict, b: dict, weight: float) -> None:
    fused = fuse(a, b, weight)
    for x in fused:
        for y in fused:
            if a.get(x, 0) >= a.get(y, 0) and b.get(x, 0) >= b.get(y, 0):
                assert fused[x] >= fused[y] - 1e-9


@given(scores)
def test_a_silent_retriever_leaves_the_other_as_it_is(a: dict) -> None:
    assert fuse(a, {}) == fuse({}, a) == scaled(a)
    assert [key for key, _ in ranked(scaled(a))] == [key for key, _ in ranked(a)] or len(
        set(a.values())
    ) < len(a)


@given(st.dictionaries(st.sampled_from(IDS), st.floats(-1, 1), max_size=8))
def test_what_is_unlike_counts_nothing(a: dict) -> None:
    assert all(score == 0 for key, score in scaled(a).items() if a[key] <= 0)
