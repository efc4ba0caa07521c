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


_DOCUMENTS = "abcdefghij"  # their names tell nothing
_PAIRS = st.tuples(st.sampled_from(_DOCUMENTS), st.sampled_from(_DOCUMENTS)).filter(lambda p: p[0] != p[1])


@given(conflicts=st.lists(_PAIRS, min_size=1, max_size=20))
def test_a_document_nobody_contradicts_is_trusted_at_least_as_who_is_contradicted(conflicts):
    found, contradicted = discover(_told(conflicts)), {d for pair in conflicts for d in pair}
    silent = [found.sources[d] for d in _DOCUMENTS if d not in contradicted]
    assert all(s >= found.sources[d] for s in silent for d in contradicted)
    assert 700_000 > found.typical > 700_000 - 30_000 * len(conflicts)


@given(conflicts=st.lists(_PAIRS, max_size=8), agreed=st.lists(_PAIRS, max_size=8), pair=_PAIRS)
def test_agreement_helps_and_contradiction_harms(conflicts, agreed, pair):
    found = discover(_told(conflicts, agreed))
    helped, harmed = discover(_told(conflicts, [*agreed, pair])), discover(_told([*conflicts, pair], agreed))
    assert harmed.typical < found.typical <= helped.typical
    assert all(harmed.sources[d] <= found.sources[d] <= helped.sources[d] for d in pair)


def _told(conflicts, agreed=()):
    """Each document tells one thing of its own; of a conflict's thing two tell different values."""
    alone = [Vote(d, d, "x") for d in _DOCUMENTS]
    apart = [Vote(f"{n} apart", p[i], value) for n, p in enumerate(conflicts) for i, value in enumerate("xy")]
    return alone + apart + [Vote(f"{n} agreed", d, "x") for n, p in enumerate(agreed) for d in p]


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
