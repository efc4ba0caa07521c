"""Laws of truth discovery."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from graph.epochs.trust import discover, learnt
from graph.epochs.votes import Vote
from graph.fusion.epoch import Epoch
from graph.types import Source
from tests.property.worlds import URIS, WIDE, World, play, stories

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


@settings(max_examples=20)
@given(story=stories(), seed=st.integers(0, 99))
def test_what_is_learnt_is_a_function_of_the_evidence(story, seed):
    world = World(WIDE)
    play(world, story.steps)
    world.fuse()
    other = World(WIDE, decisions=list(world.decisions), answers=dict(world.answers))
    held = list(world.sources.items())
    Random(seed).shuffle(held)
    for source, content in held:
        other.point(source, world.published[content])
        other.fuse()
    assert _learnt(other) == _learnt(world)


@settings(max_examples=20)
@given(story=stories())
def test_an_operators_word_is_not_overwritten(story):
    world = World(WIDE)
    play(world, story.steps)
    world.fuse()
    ruled = world.rulings().trust
    epoch = _learnt(world)
    assert not {source.hex() for source in ruled} & epoch.trust.keys()
    assert Epoch.from_parameters(epoch.parameters()) == epoch


def _learnt(world: World) -> Epoch:
    sources = [Source(s, URIS[s], content) for s, content in world.sources.items()]
    return learnt(world.epoch, world.state, world.ontology, sources, world.rulings().trust)[0]
