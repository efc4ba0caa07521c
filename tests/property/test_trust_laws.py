"""Laws of truth discovery."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from graph.epochs.trust import discover
from graph.epochs.votes import Vote

_VOTES = st.lists(
    st.builds(
        Vote, st.integers(0, 8), st.sampled_from(["a 1", "a 2", "b", "c", "d", "e"]), st.sampled_from("xyz")
    ),
    max_size=40,
)


@given(votes=_VOTES, seed=st.integers(0, 99))
def test_order_and_repetition_do_not_matter(votes, seed):
    shuffled = votes + votes[:5]
    Random(seed).shuffle(shuffled)
    assert discover(shuffled) == discover(votes)


@given(votes=_VOTES)
def test_trust_is_in_micro_units_for_every_voter(votes):
    found = discover(votes)
    assert found.sources.keys() == {v.source for v in votes}
    assert all(0 < t < 1_000_000 for t in [*found.sources.values(), found.typical])
