"""What scores is compared: it shares a block, and the screen, which is only quicker, never stops it."""

from itertools import combinations_with_replacement

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from graph.fusion.blocking import block_keys
from graph.fusion.epoch import EPOCH_0, Epoch
from graph.fusion.profiles import Profile, profile
from graph.fusion.scoring import Scorer
from graph.fusion.screening import Screen
from graph.ontology import default_ontology
from graph.types import ContentId, Referent, ReferentId, Span

WORDS = st.sampled_from(
    [
        "anna",
        "A",
        "albert",
        "Vance",
        "Vanse",
        "Dr.",
        "Mrs",
        "King",
        "C++",
        "& Co.",
        "van",
        "der",
        "II",
        "TE",
        "Borealis",
        "Energy",
        "TEC",
        "Tidal",
        "Council",
        "Ω-3",
        "of",
        "李明",
        "李",
        "株式会社",
        "AB",
    ]
)
TYPES = st.sampled_from(["Person", "Organization", "Place", "Thing", "Agent", "Unheard"])


@st.composite
def names(draw: st.DrawFn) -> str:
    """A few words, often with one slip."""
    name = " ".join(draw(st.lists(WORDS, min_size=0, max_size=4)))
    if name and draw(st.booleans()):
        at = draw(st.integers(0, len(name) - 1))
        name = (
            name[:at]
            + draw(st.sampled_from(["", "x", "7", " ", "é", "𝔸"]))
            + name[at + draw(st.integers(0, 1)) :]
        )
    elif len(name) > 1 and draw(st.booleans()):
        at = draw(st.integers(0, len(name) - 2))
        name = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    return name


def face(kind: str, *surfaces: str) -> Profile:
    return profile(Referent(ReferentId(b"r"), ContentId(b"c"), kind, surfaces, Span(0, 1)))


FACES = st.lists(st.builds(face, TYPES, names()) | st.builds(face, TYPES, names(), names()), max_size=12)


def stopped(faces: list[Profile], scorer: Scorer) -> list[tuple[Profile, Profile]]:
    pairs = list(combinations_with_replacement(range(len(faces)), 2))
    x, y = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    passed = Screen(faces, scorer).passes(x, y)
    return [
        (faces[a], faces[b]) for (a, b), through in zip(pairs, passed.tolist(), strict=True) if not through
    ]


@settings(max_examples=300)
@given(FACES, st.sampled_from([EPOCH_0, Epoch(rarity_prior=900_000)]))
@example([face("Person", "Benedicta Almeida"), face("Person", "Benedicta Almieda")], EPOCH_0)
@example([face("Place", "𝔸 harbour town"), face("Place", "𝔹 harbour town"), face("Place", "")], EPOCH_0)
def test_what_is_stopped_scores_nothing(faces: list[Profile], epoch: Epoch) -> None:
    scorer = Scorer(epoch, default_ontology())
    assert [scorer.measure(a, b) for a, b in stopped(faces, scorer)] == [0] * len(stopped(faces, scorer))


@given(FACES)
@example([face("Place", "Norlandtrust"), face("Place", "Norladntrust")])  # turned round in the very middle
def test_what_scores_shares_a_block(faces: list[Profile]) -> None:
    scorer = Scorer(EPOCH_0, default_ontology())
    keys = [block_keys(each, scorer).keys() for each in faces]
    pairs = [(a, b) for b in range(len(faces)) for a in range(b)]
    assert not [
        (faces[a], faces[b])
        for a, b in pairs
        if scorer.measure(faces[a], faces[b]) and keys[a].isdisjoint(keys[b])
    ]


def test_what_shares_a_block_and_no_more_is_stopped() -> None:
    scorer = Scorer(EPOCH_0, default_ontology())
    people = [face("Person", f"{given} Lindholm") for given in ("Anna", "Bertil", "Carin", "David")]
    bodies = [
        face("Organization", f"Meridian {rest}") for rest in ("Water Trust", "Steel Works", "Copper Group")
    ]
    assert len(stopped(people, scorer)) == 6
    assert len(stopped(bodies, scorer)) == 3
