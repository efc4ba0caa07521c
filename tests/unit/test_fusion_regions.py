"""Places of one name that lie in regions of which none lies in the other."""

from itertools import permutations

import pytest

from graph.fusion.contributions import told_apart
from graph.fusion.epoch import EPOCH_0
from graph.fusion.names import NameOf, readings
from graph.fusion.regions import is_spanning, region, same
from graph.fusion.scoring import Scorer
from graph.fusion.statements import ClaimReader
from graph.fusion.testimony import Scales, Witnesses
from graph.ontology import parse_ontology
from graph.types import Same
from tests.unit.fusion_stories import Line, Workspace

TOWN = "Springfield:Place"
FORMER = (("rank", "former"),)  # of another topic


def lies(whole: str, name: str = TOWN, **more: object) -> Line:
    return (name, "locate in", f"{whole}:Place", more)


def towns(w: Workspace, name: str = "Springfield") -> list[int]:
    """How many documents speak of each."""
    return sorted(len(e.members) for e in w.entities() if name in e.names)


def told(*documents: list[Line]) -> Workspace:
    w = Workspace()
    for n, lines in enumerate(documents):
        w.tell(f"{n}", *lines)
    return w


@pytest.mark.parametrize(
    ("some", "others", "alike"),
    [
        (["Illinois"], ["Massachusetts"], False),
        (["Illinois", "USA"], ["Massachusetts", "United States"], False),  # what both lie in tells nothing
        (["IL"], ["Illinois", "America"], True),
        (["Texas"], ["France"], False),
        (["Ontario"], ["England"], False),
        (["England"], ["UK"], None),
        (["Baden-Württemberg"], ["Germany"], None),
        (["Swabia"], ["Germany"], None),  # not listed
        (["Swabia"], ["Swabia"], None),
        ([], ["Germany"], None),
        (["Georgia"], ["Texas"], False),  # whichever is meant
        (["Georgia"], ["Asia"], None),
        (["Georgia", "U.S."], ["Georgia", "Europe"], False),
        (["Eastern Europe"], ["Germany"], None),
        (["Eastern Europe"], ["the United States"], False),
        (["South Korea"], ["North Korea"], False),
        (["Northern Ireland"], ["Ireland"], None),
        (["Ireland"], ["United Kingdom"], None),  # a matter of date
        (["Austria", "Italy"], ["Italy"], True),
    ],
)
def test_what_regions_hold_nothing_in_common(some: list[str], others: list[str], alike: bool | None) -> None:
    mine, yours = ([region(readings(name, NameOf.THING)) for name in names] for names in (some, others))
    assert same(mine, yours) is same(yours, mine) is alike


def test_towns_in_different_states_are_two_and_the_bare_name_is_neither() -> None:
    documents = [lies("Illinois")], [lies("Massachusetts")], [(TOWN,)], [lies("Illinois")]
    for order in permutations(documents):
        assert towns(told(*order)) == [1, 1, 2]
    (apart,) = {row.score for row in told(*documents[:2]).fuse()._pairs.rows.values()}
    assert 0 < apart < EPOCH_0.ask


def test_a_person_is_told_what_keeps_two_places_apart() -> None:
    w = told(
        [lies("Illinois")],
        [lies("Massachusetts", qualifiers=FORMER), lies("MA")],
        [lies("Massachusetts", qualifiers=FORMER)],
    )
    reader, scorer = ClaimReader(w.ontology, {}), Scorer(w.epoch, w.ontology)
    said = Witnesses(w.fuse(), reader).of([w.referent(name, TOWN) for name in "012"])
    a, b, c = (said[w.referent(name, TOWN)] for name in "012")
    assert told_apart(Scales(scorer), a, b) == "one is told to lie in “illinois”, the other “ma”"
    agreed = "both are told to lie in (rank former) “massachusetts”"
    assert told_apart(Scales(scorer), b, c) == agreed and not told_apart(Scales(scorer), a, c)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([lies("Germany", "Ulm:Place")], [lies("Baden-Württemberg", "Ulm:Place")]),
        ([lies("Germany", "Ulm:Place")], [lies("Swabia", "Ulm:Place")]),
        (
            [lies("Bavaria", "Ulm:Place")],
            [(*lies("Baden-Württemberg", "Ulm:Place")[:3], {"polarity": False})],
        ),
        ([lies("Illinois", valid_from="1900", valid_to="1910")], [lies("Texas")]),  # borders move
        ([lies("Germany", "Rhine:Place")], [lies("Switzerland", "Rhine:Place")]),  # rivers cross them
        ([lies("Germany", "Lake Ulm:Place")], [lies("Austria", "Lake Ulm:Place")]),
        ([lies("Germany", "Nord Ltd:Organization")], [lies("France", "Nord Ltd:Organization")]),
        (
            [lies("Germany", "Ulm Old Town Wind Park:Facility")],
            [lies("France", "Ulm Old Town Wind Park:Facility")],
        ),
    ],
)
def test_places_are_one_where_nothing_is_known_to_keep_them_apart(one: list[Line], other: list[Line]) -> None:
    w = told(one, other)
    name = one[0][0].partition(":")[0]
    assert towns(w, name) == [2]


def test_a_document_s_own_wholes_are_followed_up_to_a_listed_region() -> None:
    county = lies("Massachusetts", "Hampden County:Place")
    far = [lies("Old Hampden"), ("Old Hampden:Place", "lie in", "Hampden County:Place"), county]
    for lines in ([lies("Hampden County"), county], far):
        assert towns(told(lines, [lies("Illinois")])) == [1, 1]
    assert towns(told([lies("Hampden County")], [county], [lies("Illinois")])) == [2]  # another document's
    circle = [lies("Old Hampden"), ("Old Hampden:Place", "lie in", TOWN)]
    assert towns(told(circle, [lies("Illinois")])) == [2]


def test_two_words_leave_places_in_doubt_and_a_person_joins_any() -> None:
    london = "New London:Place"
    w = told([lies("Wisconsin", london)], [lies("Connecticut", london)])
    assert towns(w, "New London") == [1, 1]
    (row,) = w.state._pairs.rows.values()
    assert EPOCH_0.ask <= row.score < EPOCH_0.same and row.question
    w.rule(Same(w.referent("0", london), w.referent("1", london)))
    assert towns(w, "New London") == [2]


def test_relations_that_locate_are_told_by_the_ontology_from_either_end() -> None:
    """A kind of one locates too, and of its inverse the parts are the tails."""
    text = """
[entity.Spot]
[relation.PART_OF]
heads = ["Spot"]
tails = ["Spot"]
transitive = true
asymmetric = true
phrases = ["part of"]
{identifying}
[relation.HOLDS]
heads = ["Spot"]
tails = ["Spot"]
inverse_of = "PART_OF"
phrases = ["hold"]
[relation.SUBURB_OF]
heads = ["Spot"]
tails = ["Spot"]
parent = "PART_OF"
phrases = ["suburb of"]
"""
    town = "Springfield:Spot"
    for identifying, sizes in (("", [3]), ("identifying = true", [1, 1, 1])):
        w = Workspace(ontology=parse_ontology(text.format(identifying=identifying)))
        w.tell("a", (town, "suburb of", "Illinois:Spot"))
        w.tell("b", ("Texas:Spot", "hold", town))
        w.tell("c", (town, "part of", "France:Spot"))
        assert towns(w) == sizes


def test_names_of_what_crosses_borders() -> None:
    assert all(map(is_spanning, ("lake ulm", "rhine", "brenner base tunnel", "river ulm")))
    assert not any(map(is_spanning, ("salt lake city", "springfield", "")))
