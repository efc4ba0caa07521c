"""Homonyms by what is said of them, and things that sources merely disagree about."""

from dataclasses import replace
from itertools import permutations

import pytest

from graph.errors import OntologyError
from graph.fusion.epoch import EPOCH_0, Epoch
from graph.fusion.normalize import excludes, normalise_value
from graph.fusion.odds import log_odds, probability
from graph.ontology import default_ontology, parse_ontology
from graph.types import MICRO, Answer, FactStatus, Same, Split, Value
from tests.unit.fusion_stories import Line, Workspace, date, number

PARK = "John Park:Person"
APEX = "Apex Tidal:Organization"
SEOUL, BUSAN = "Seoul:Place", "Busan:Place"


def born(when: str, name: str = PARK) -> Line:
    return (name, "bear on", date(when))


def founded(when: str, name: str) -> Line:
    return (name, "found in", date(when))


def people(w: Workspace) -> list[int]:
    """How many documents speak of each."""
    return sorted(len(e.members) for e in w.entities() if e.type in {"Person", "Organization"})


@pytest.mark.parametrize(
    ("one", "other", "entities"),
    [
        ([born("1970-03-12")], [born("1985-11-02")], 2),
        ([born("1970-03-12")], [born("1970")], 1),  # the same, less precise
        ([born("1970")], [born("1985-11")], 2),
        ([born("1970-03-12")], [born("1970-03-13")], 1),  # a slip
        ([born("1970-03-12")], [born("1970-12-03")], 1),  # month first
        ([born("1970-05-01")], [born("1970-05-10")], 1),  # digits turned round
        ([born("1970-03-12")], [born("1940-03-12")], 1),  # one other digit
        ([born("1970-03-12")], [born("1940-03-13")], 2),
        ([born("1970")], [born("1971-05")], 1),
        ([born("1970-03-12")], [(PARK, "bear on", date("1985-11-02"), {"polarity": False})], 1),
        ([born("1970")], [(PARK, "bear on", date("1985"), {"qualifiers": (("calendar", "lunar"),)})], 1),
        ([born("1970")], [(PARK, "die on", date("1985"))], 1),
        ([(PARK, "bear in", SEOUL)], [(PARK, "bear in", BUSAN)], 1),  # sources disagree
        ([born("1970"), (PARK, "bear in", SEOUL)], [born("1985"), (PARK, "bear in", BUSAN)], 2),
        ([born("1970"), (PARK, "bear in", SEOUL)], [born("1985"), (PARK, "bear in", SEOUL)], 2),
        ([(PARK, "work for", "A Ltd:Organization")], [(PARK, "work for", "B Ltd:Organization")], 1),
        (
            [founded("1998", "Apex:Organization")],
            [founded("2011", "Apex:Organization")],
            2,
        ),  # of one common word
        ([founded("1998", "Apex Tidal Power Co")], [founded("2011", "Apex Tidal Power")], 1),
        ([founded("1998", APEX)], [founded("2011", APEX)], 1),
        ([born("1970", "John Quincy Park:Person")], [born("1985", "John Quincy Park:Person")], 1),
        ([born("1970", "J. Park:Person")], [born("1985")], 2),
    ],
)
def test_one_or_two(one: list[Line], other: list[Line], entities: int) -> None:
    w = Workspace()
    w.tell("a", *one)
    w.tell("b", *other)
    mine = {e.id for e in w.entities() if w.referent("a", one[0][0]) in e.members}
    yours = {e.id for e in w.entities() if w.referent("b", other[0][0]) in e.members}
    assert len(mine | yours) == entities


def test_homonyms_have_no_conflict_and_one_thing_has() -> None:
    w = Workspace()
    w.tell("a", born("1970"))
    w.tell("b", born("1985"))
    assert [f.status for f in w.facts().values()] == [FactStatus.ACCEPTED] * 2 and not w.conflicts()
    w = Workspace()
    w.tell("a", founded("1998", APEX))
    w.tell("b", founded("2011", APEX))
    assert len(w.conflicts()) == 1


def test_only_what_identifies_tells_namesakes_apart() -> None:
    """Prices and lengths of a thing with one common word for a name are its conflicts."""
    apex, w = "Apex:Facility", Workspace()
    for name, said in (("a", "5"), ("b", "9"), ("c", "14")):
        w.tell(name, (apex, "cost", number(said)), (apex, "length of", number(said)))
    assert len({e.id for e in w.entities()}) == 1 and len(w.conflicts()) == 2
    for wrong in ("functional = false", 'functional = true\ntemporal = "state"'):
        with pytest.raises(OntologyError, match="an identifying one must be static and functional"):
            parse_ontology(
                f'[entity]\nOrgan = {{}}\n[relation.HAS]\nheads = ["Organ"]\nvalues = ["text"]\n'
                f"identifying = true\n{wrong}"
            )


def test_a_rare_name_is_one_person() -> None:
    for rarity, entities in (({}, 2), ({"brzezinski": 900_000}, 1)):
        w = Workspace(Epoch(rarity=rarity))
        for document, year in (("a", "1928"), ("b", "1938")):
            w.tell(document, born(year, "Zbigniew Brzezinski:Person"))
        assert len(w.entities()) == entities


def test_agreement_joins_what_a_surname_alone_does_not() -> None:
    w = Workspace()
    w.tell("a", born("1970-03-12"))
    w.tell("b", born("1970-03-12", "Park:Person"))
    assert people(w) == [2]


def test_who_could_be_either_is_neither_until_nearly_all_speak_for_one() -> None:
    w = Workspace()
    w.tell("a1", born("1970"))
    w.tell("b1", born("1985"))
    w.tell("plain", (PARK,))
    w.tell("second", (PARK,))
    assert people(w) == [1, 1, 2]  # those of whom nothing is said stay together, apart from both
    for n in (2, 3, 4):
        w.tell(f"a{n}", born("1970-05"))
    assert people(w) == [1, 6]  # one source against four errs
    w.forget("a4")
    assert people(w) == [1, 2, 3]
    w.forget("b1")
    assert people(w) == [5]


@pytest.mark.parametrize("told", list(permutations(("1970-05-03", "1970-08-09", "1970"))))
def test_a_vague_date_does_not_bridge_days_that_contradict(told: tuple[str, ...]) -> None:
    w = Workspace()
    for n, when in enumerate(told):
        w.tell(f"{n}", born(when))
    assert people(w) == [1, 1, 1] and not w.conflicts()
    w.tell("another", born("1970"))
    assert people(w) == [1, 1, 2]
    for n in range(3):
        w.tell(f"more {n}", born("1970-05-03"))
    assert people(w) == [1, 6]  # four of five say so
    w.forget(f"{told.index('1970-08-09')}")
    assert people(w) == [6]


def test_a_person_s_word_and_a_model_s_go_before() -> None:
    w = Workspace()
    w.tell("a", born("1970"))
    w.tell("b", born("1985"))
    w.tell("c", (PARK,))
    assert people(w) == [1, 1, 1]
    (row,) = (row for row in w.state._pairs.rows.values() if row.question)
    assert EPOCH_0.ask <= row.score < EPOCH_0.same
    w.state.answer(row.question, Answer.YES)
    assert people(w) == [3]
    w = Workspace()
    w.tell("a", born("1970"), (PARK, "bear in", SEOUL))
    w.tell("b", born("1985"), (PARK, "bear in", BUSAN))
    assert people(w) == [1, 1]
    (row,) = w.state._pairs.rows.values()  # kept, though nobody is asked: it can say why the two are apart
    assert row.score < EPOCH_0.ask and row.question is None
    w.rule(Same(w.referent("a", PARK), w.referent("b", PARK)))
    assert people(w) == [2]


MILLS, OPERA, GRAZ = "Borgo Mills:Organization", "Riga Opera:Organization", "Graz:Place"
LEADS, WORKS, LIVES = ((PARK, "lead", MILLS), (PARK, "work for", OPERA), (PARK, "live in", GRAZ))


def together(w: Workspace) -> list[list[str]]:
    """Which of the documents a, b, ... tell of one person."""
    of = {r: name for name in "abcdefgh" for r in (w.referent(name, PARK),)}
    return sorted(sorted(of[m] for m in e.members) for e in w.entities() if e.name == "John Park")


@pytest.mark.parametrize(
    ("shared", "other", "apart"),
    [
        ([LEADS], [], False),  # a firm has one leader at a time
        ([(PARK, "marry", "Kim Lee:Person")], [], False),
        ([("Kim Lee:Person", "report to", PARK)], [], False),
        ([LIVES], [], True),  # many live there
        ([LIVES, WORKS], [], False),
        ([LEADS], [LIVES], True),
        ([LEADS, LIVES], [WORKS], False),
        ([LEADS], [(PARK, "lead", OPERA)], True),
        ([], [], True),
    ],
)
def test_company_tells_which_of_two_namesakes_is_meant(
    shared: list[Line], other: list[Line], apart: bool
) -> None:
    w = Workspace()
    w.tell("a", born("1961"), *shared)
    w.tell("b", *shared, *other, (PARK,))
    assert together(w) == [["a", "b"]]
    w.tell("c", born("1984"), *other)
    assert together(w) == ([["a"], ["b"], ["c"]] if apart else [["a", "b"], ["c"]])
    assert apart or not w.conflicts()


def test_those_of_whom_nothing_identifying_is_said_go_with_their_company_before_each_other() -> None:
    told = {
        "a": [born("1961"), LEADS],
        "b": [LEADS],
        "c": [born("1984"), (PARK, "lead", OPERA)],
        "d": [(PARK, "lead", OPERA)],
        "e": [(PARK, "live in", GRAZ)],
        "f": [(PARK,)],
    }
    for order in ("abcdef", "fedcba", "ebdfac"):
        w = Workspace()
        for name in order:
            w.tell(name, *told[name])
            w.fuse()
        assert together(w) == [["a", "b"], ["c", "d"], ["e", "f"]]
    w.forget("c")
    assert together(w) == [["a", "b", "d", "e", "f"]]


def test_company_decides_for_a_vague_date_and_not_against_testimony() -> None:
    w = Workspace()
    w.tell("a", born("1970-05-03"), LEADS)
    w.tell("b", born("1970"), LEADS)
    w.tell("c", born("1970-08-09"))
    assert together(w) == [["a", "b"], ["c"]]
    w.tell("b", born("1970-08"), LEADS)
    assert together(w) == [["a"], ["b", "c"]]


def test_company_decides_nothing_between_those_whom_a_person_split() -> None:
    w = Workspace()
    for name in "ab":
        w.tell(name, born("1961"), LEADS)
    w.tell("c", born("1984"))
    w.rule(Split((w.referent("a", PARK),), (w.referent("b", PARK),)))
    w.tell("d", LEADS)
    assert together(w) == [["a"], ["b"], ["c"], ["d"]]


@pytest.mark.parametrize("cap", [2, 3, 24])
def test_namesakes_are_found_in_blocks_of_any_width(cap: int) -> None:
    w = Workspace(replace(EPOCH_0, block_cap=cap, window=2))
    for n in range(24):
        years = ("1970-03-12", "1985", None)
        w.tell(f"d{n}", *([born(year)] if (year := years[n % 3]) else [(PARK,)]))
    assert people(w) == [8, 8, 8]


@pytest.mark.parametrize(
    ("x", "y", "apart"),
    [
        (date("1970"), date("1985"), True),
        (date("1970"), date("in the war"), False),
        (date("1970-03"), date("1970-04"), True),
        (date("1970-03"), date("1980-03"), True),
        (date("1970"), date("1907"), True),
        (date("1970-03-02"), date("1970-04-02"), False),
        (date("1970-03-02"), date("1907-03-02"), False),
        (date("1970-03-02"), date("1907-03-20"), True),
        (date("1970"), number("1985"), False),
        (number("120", "m"), number("480", "m"), True),
        (number("120", "m"), number("0.12", "km"), False),
        (number("1000"), number("1050"), False),
        (number("100"), number("480", "m"), True),
        (number("100", "kg"), number("480", "m"), False),
    ],
)
def test_what_values_exclude_each_other(x: Value, y: Value, apart: bool) -> None:
    units = default_ontology().units
    values = normalise_value(x, units), normalise_value(y, units)
    assert excludes(*values) is excludes(*values[::-1]) is apart


def test_probability_turns_log_odds_around() -> None:
    for micro in (20_000, 500_000, 700_000, 960_000):
        assert abs(probability(log_odds(micro)) - micro) <= 1
    assert probability(0) == MICRO // 2


def test_an_epoch_with_the_shipped_weights_keeps_its_id_and_another_is_another() -> None:
    assert "same_value" not in EPOCH_0.parameters()
    other = replace(EPOCH_0, other_value=1)
    assert other.id != EPOCH_0.id and Epoch.from_parameters(other.parameters()) == other
