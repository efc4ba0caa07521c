"""What a score stands on, in words; each rule of the matcher has its own."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.fusion.contributions import contributions
from graph.fusion.epoch import EPOCH_0
from graph.fusion.profiles import profile
from graph.fusion.scoring import Scorer
from graph.identity import make_id
from graph.ontology import default_ontology
from graph.types import ContentId, Referent, ReferentId, Span
from tests.property.worlds import EPOCHS, PEOPLE, THINGS, TYPES

NAMES = (
    *PEOPLE,
    *THINGS,
    *(
        "de Vance",
        "Anna de Vance",
        "Mrs. Anna Vance",
        "Mr. Vance",
        "King Vance",
        "Anna Vance Jr.",
        "Mary Anna Vance",
    ),
    *(
        "TE",
        "Tidal Energy",
        "Tidal Energy Corporation",
        "Tidal+",
        "TEC|Tidal Energy Council",
        "Borealis AG",
        "TEC AG",
        "Tidal Energy Council SE",
        "WWII",
        "World War II",
        "The Tec",
        "The Tidal",
    ),
)
RARE = replace(EPOCH_0, rarity={"borealis": 900_000})


def seen(said: str):
    names, _, kind = said.partition(":")
    made = ReferentId(make_id("referent", said))
    return profile(Referent(made, ContentId(bytes(32)), kind, tuple(names.split("|")), Span(0, 1)))


@pytest.mark.parametrize(
    ("a", "b", "detail"),
    [
        ("Anna Vance:Person", "Dr. Anna Vance:Person", "both are called “anna vance”"),
        ("Anna Vance:Person", "A. Vance:Person", "share the surname, and given names or initials"),
        ("Maria Hernandez:Person", "Marta Hernandez:Person", "differ by one letter, which may be another"),
        ("Anna Vance:Person", "Vance:Person", "they share the surname “vance” only"),
        (
            "García Márquez:Person",
            "Gabriel García Márquez:Person",
            "“garcia marquez” may be the surname",
        ),
        ("de Gaulle:Person", "Charles de Gaulle:Person", "share the surname “gaulle” only"),
        ("de Gaulle:Person", "De Gaulle:Person", "both are called “de gaulle”, a surname alone"),
        ("Mr. Vance:Person", "Mrs. Vance:Person", "“vance” bears the title of a"),
        ("Dr. Anna Vance:Thing", "Anna Vance:Thing", "less a title both are called “anna vance”"),
        ("TE:Organization", "Tidal Energy:Organization", "“te” is the acronym of “tidal energy”"),
        ("Anna Vance:Person", "Paul Berg:Person", "nothing in common; two full names that differ so"),
        ("Borealis Energy AG:Organization", "BOREALIS ENERGY:Organization", "both are called"),
        (
            "Borealis:Organization",
            "Borealis Energy:Organization",
            "“borealis” shortens “borealis energy”,",
        ),
        ("Borealis AG:Organization", "Borealis Energy:Organization", "which bears a legal form"),
        (
            "TEC AG:Organization",
            "Tidal Energy Council:Organization",
            "“tec” is the acronym of “tidal energy co",
        ),
        ("Bolt Ltd:Organization", "Nut Works Inc|Bolt:Organization", "both are also called “bolt”"),
        ("TEC:Organization", "Tidal Energy Council:Organization", "“tec” is the acronym of “tidal energy co"),
        ("Tidal Energy Council:Organization", "Tidal Energy Councils:Organization", "differ by one letter"),
        ("TEC:Organization", "The Tec:Organization", "“tec” is an acronym as one is written, and a word as"),
        ("Tidal Energy|TEC:Organization", "The Tec:Organization", "“tec” is an acronym as one is written"),
        ("Marina Hotels:Organization", "Martina Hotels:Organization", "which may be another name"),
        ("Tidal Energy|TE1:Organization", "Wave Power|TE1:Organization", "both are also called “te1”"),
        ("Mercury:Thing", "Haverfield:Thing", "have nothing in common"),
        ("Anna Vance:Person", "Anna Vance:Organization", "not compared, because of the types"),
    ],
)
def test_each_rule_is_told(a, b, detail):
    scorer = Scorer(RARE, default_ontology())
    for x, y in ((a, b), (b, a)):
        name, kind = contributions(scorer, seen(x), seen(y))
        assert detail in name.detail
        assert name.amount + kind.amount == scorer.measure(seen(x), seen(y))


@given(
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=3),
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=3),
    st.sampled_from(sorted({t for kinds in TYPES.values() for t in kinds})),
    st.sampled_from(sorted({t for kinds in TYPES.values() for t in kinds})),
    st.sampled_from(EPOCHS),
)
def test_contributions_add_up_to_the_score_and_always_name_a_rule(xs, ys, one, other, epoch):
    scorer = Scorer(epoch, default_ontology())
    a, b = seen(f"{'|'.join(xs)}:{one}"), seen(f"{'|'.join(ys)}:{other}")
    told = contributions(scorer, a, b)
    score = scorer.measure(a, b)
    assert sum(each.amount for each in told) == score
    assert ("no name" in told[0].detail or "nothing in common" in told[0].detail) <= (score == 0)
