"""What becomes one fact, which facts are rivals, and who wins."""

from dataclasses import replace

import pytest

from graph.fusion.rulings import in_force
from graph.ontology import default_ontology
from graph.types import OVER, ConflictKind, FactStatus, Resolve, Revert, Same, Span, Value, ValueKind
from tests.unit.fusion_stories import Workspace, date, number

VANCE, MARSH, DAHL = "Anna Vance:Person", "Jonas Marsh:Person", "Henrik Dahl:Person"
BOREALIS, TIDEWATER = "Borealis Energy:Organization", "Tidewater Turbines:Organization"


def statuses(w: Workspace) -> dict[str, str]:
    return {said: fact.status.value for said, fact in w.facts().items()}


def said_of(w: Workspace, relation: str) -> str:
    [said] = [said for said, fact in w.facts().items() if fact.relation == relation]
    return said


def test_unmapped_phrases_keep_their_words_and_stay_apart():
    w = Workspace()
    w.tell("a", (VANCE, "greets", BOREALIS), (VANCE, "Greets", BOREALIS), (VANCE, "visits", BOREALIS))
    phrases = sorted((f.relation, f.phrase, len(f.claims)) for f in w.fuse()._facts.rows.values())
    assert phrases == [("RELATED_TO", "Greets", 2), ("RELATED_TO", "visits", 1)]


def test_a_pattern_the_ontology_forbids_is_only_related():
    w = Workspace()
    w.tell("a", (BOREALIS, "bear in", VANCE))
    assert set(w.facts()) == {"Borealis Energy RELATED_TO Anna Vance"}


def test_inverses_and_symmetric_ends_are_one_fact():
    w = Workspace()
    w.tell("a", (VANCE, "father of", MARSH), (MARSH, "child of", VANCE))
    w.tell("b", (BOREALIS, "rival of", TIDEWATER))
    w.tell("c", (TIDEWATER, "rival of", BOREALIS))
    facts = w.facts()
    assert facts["Jonas Marsh CHILD_OF Anna Vance"].support == 1
    assert len(facts) == 2 and {f.support for f in facts.values()} == {1, 2}


def test_support_counts_documents_and_near_duplicates_once():
    w = Workspace()
    slots = list(range(64))
    w.tell("a", (VANCE, "lead", BOREALIS), (VANCE, "head", BOREALIS), signature=slots)
    w.tell("b", (VANCE, "lead", BOREALIS), signature=[*slots[:52], *range(100, 112)])  # 52 of 64: .81
    w.tell("c", (VANCE, "lead", BOREALIS), signature=[*slots[:51], *range(200, 213)])  # 51 of 64: .797
    assert w.facts()["Anna Vance LEADS Borealis Energy"].support == 2


def test_mere_precision_is_no_conflict():
    w = Workspace()
    w.tell("a", (BOREALIS, "found in", date("2019")))
    w.tell("b", (BOREALIS, "found in", date("2019-05")))
    w.tell("c", (BOREALIS, "employ", number("1.2 thousand")))
    w.tell("d", (BOREALIS, "employ", number("1,200", "people")))
    assert statuses(w) == {
        "Borealis Energy FOUNDED_ON 2019-05": "accepted",
        "Borealis Energy EMPLOYEE_COUNT 1200": "accepted",
    }
    w.tell("e", (BOREALIS, "found in", date("2019-07")))
    assert statuses(w) == {
        "Borealis Energy FOUNDED_ON 2019": "accepted",
        "Borealis Energy FOUNDED_ON 2019-05": "contested",
        "Borealis Energy FOUNDED_ON 2019-07": "contested",
        "Borealis Energy EMPLOYEE_COUNT 1200": "accepted",
    }


def test_disjoint_times_are_two_facts_and_no_conflict():
    w = Workspace()
    w.tell("a", (VANCE, "lead", BOREALIS, {"valid_from": "2010", "valid_to": "2012"}))
    w.tell("b", (VANCE, "lead", BOREALIS, {"valid_from": "2016"}))
    w.tell("c", (MARSH, "lead", BOREALIS, {"valid_from": "2013", "valid_to": "2015"}))
    w.tell("d", (VANCE, "lead", BOREALIS))
    facts = w.facts()
    assert {f.status for f in facts.values()} == {FactStatus.ACCEPTED}
    assert len(facts) == 3 and not w.conflicts()
    assert max(facts.values(), key=lambda f: f.valid_from or "").support == 2


def test_what_is_over_and_what_no_date_is_told_of_do_not_exclude_each_other():
    w = Workspace()
    w.tell("a", (VANCE, "lead", BOREALIS, {"valid_from": "2010", "valid_to": "2015"}))
    w.tell(
        "a2",
        (BOREALIS, "employ", number("500"), {"valid_from": "2019", "valid_to": "2019", "stated": "2019"}),
        (BOREALIS, "employ", number("700"), {"valid_from": "2021", "valid_to": "2021", "stated": "2023"}),
    )
    w.tell("b", (MARSH, "lead", BOREALIS), (BOREALIS, "employ", number("930")))
    w.tell("c", (VANCE, "lead", BOREALIS, {"polarity": False}))
    assert {f.status for f in w.facts().values()} == {FactStatus.ACCEPTED}
    assert not w.conflicts()
    assert times(w)["Anna Vance"] == (FactStatus.ACCEPTED, "2010", False, "2015", False)
    assert times(w)["Jonas Marsh"] == (FactStatus.ACCEPTED, None, False, None, False)
    w.tell("d", (DAHL, "lead", BOREALIS))
    assert {said for said, status in statuses(w).items() if status == "contested"} == {
        "Jonas Marsh LEADS Borealis Energy",
        "Henrik Dahl LEADS Borealis Energy",
    }


@pytest.mark.parametrize(
    ("over", "other"),
    [
        ({"valid_from": "2010"}, {}),  # it may go on
        ({"valid_from": "2010", "valid_to": "2015", "stated": "2012"}, {}),  # its end is announced
        ({"valid_from": "2010", "valid_to": "2015"}, {"stated": "2012"}),
        ({"valid_from": "2010", "valid_to": "2015"}, {"stated": "2009"}),
        ({"stated": "2010"}, {}),
    ],
)
def test_what_may_not_be_over_and_what_is_told_of_then_exclude_each_other(over, other):
    w = Workspace()
    w.tell("a", (VANCE, "lead", BOREALIS, over))
    w.tell("b", (MARSH, "lead", BOREALIS, other))
    assert w.conflicts() and {status for status, *_ in times(w).values()} != {FactStatus.ACCEPTED}


def test_reports_from_within_a_period_do_not_open_it():
    w = Workspace()
    w.tell("a", (VANCE, "lead", BOREALIS, {"valid_from": "2010", "valid_to": "2015"}))
    for n, year in enumerate(("2012-03-01", "2010", "2014")):
        w.tell(f"a{n}", (VANCE, "lead", BOREALIS, {"stated": year}))
    w.tell("b", (MARSH, "lead", BOREALIS))
    assert times(w)["Anna Vance"] == (FactStatus.ACCEPTED, "2010", False, "2015", False)
    assert set(statuses(w).values()) == {"accepted"} and not w.conflicts()
    w.tell("c", (VANCE, "lead", BOREALIS, {"valid_to": "2015", "stated": "2013"}))
    assert not w.conflicts(), "that it was announced, too, takes nothing back"
    w.tell("c", (VANCE, "lead", BOREALIS, {"valid_to": "2017", "stated": "2013"}))
    assert w.conflicts(), "another end was, that need not have come"


def test_what_is_told_to_be_over_contests_nobody_of_no_date_until_that_goes():
    w = Workspace()
    former = {"qualifiers": (OVER,), "stated": "2021"}
    w.tell("a", (VANCE, "lead", BOREALIS, {"stated": "2018"}), (VANCE, "lead", TIDEWATER))
    w.tell("b", (MARSH, "lead", BOREALIS), (MARSH, "lead", TIDEWATER))
    contested = {said for said, status in statuses(w).items() if status == "contested"}
    assert len(contested) == 4
    w.tell("c", (VANCE, "lead", BOREALIS, former))
    assert statuses(w)["Jonas Marsh LEADS Borealis Energy"] == "accepted"
    assert statuses(w)["Jonas Marsh LEADS Tidewater Turbines"] == "contested", "that is another post"
    w.tell("c", (VANCE, "lead", BOREALIS, former), trust=0)
    assert statuses(w)["Jonas Marsh LEADS Borealis Energy"] == "contested", "nobody is trusted who says so"
    w.tell("c", (VANCE, "lead", BOREALIS, former))
    made = w.rule(Resolve(w.referent("a", VANCE), "LEADS", w.referent("a", BOREALIS)))
    assert statuses(w)["Jonas Marsh LEADS Borealis Energy"] == "contested", "a person says that she does"
    w.rule(Revert(made))
    assert statuses(w)["Jonas Marsh LEADS Borealis Energy"] == "accepted"
    w.forget("c")
    assert contested == {said for said, status in statuses(w).items() if status == "contested"}


def test_numbers_that_are_told_to_be_over_contest_none_of_no_date():
    w = Workspace()
    w.tell("a", (BOREALIS, "employ", number("500"), {"stated": "2018"}))
    w.tell("b", (BOREALIS, "employ", number("700")))
    assert statuses(w)["Borealis Energy EMPLOYEE_COUNT 700"] == "contested"
    w.tell("c", (BOREALIS, "employ", number("600"), {"qualifiers": (OVER,), "stated": "2021"}))
    assert statuses(w)["Borealis Energy EMPLOYEE_COUNT 700"] == "contested"
    w.tell("c", (BOREALIS, "employ", number("500"), {"qualifiers": (OVER,), "stated": "2021"}))
    assert statuses(w)["Borealis Energy EMPLOYEE_COUNT 700"] == "accepted"


def test_what_is_told_undated_too_is_not_over():
    w = Workspace()
    w.tell("a", (VANCE, "lead", BOREALIS, {"valid_to": "2015"}))
    w.tell("b", (MARSH, "lead", BOREALIS))
    assert not w.conflicts()
    w.tell("c", (VANCE, "lead", BOREALIS))
    w.tell("d", (VANCE, "lead", BOREALIS))
    w.tell("e", (VANCE, "lead", BOREALIS))
    assert statuses(w) == {
        "Anna Vance LEADS Borealis Energy": "accepted",
        "Jonas Marsh LEADS Borealis Energy": "contested",
    }


@pytest.mark.parametrize(
    ("document", "who", "as_of", "contested"),
    [
        ("b", MARSH, "2024", set()),
        ("b", MARSH, "2012", {"Anna Vance"}),
        ("a", VANCE, "2015", {"Jonas Marsh"}),
    ],
)
def test_a_decision_says_whether_what_is_over_and_what_is_undated_meet(document, who, as_of, contested):
    w = Workspace()
    w.tell("a", (VANCE, "lead", BOREALIS, {"valid_from": "2010", "valid_to": "2015"}))
    w.tell("b", (MARSH, "lead", BOREALIS))
    w.rule(resolve(document, who, as_of, w))
    assert {name for name, (status, *_) in times(w).items() if status == "contested"} == contested


def test_a_newer_state_supersedes_and_closes_the_older():
    w = Workspace()
    w.tell("a", (VANCE, "lead", BOREALIS, {"valid_from": "2016"}))
    w.tell("b", (MARSH, "lead", BOREALIS, {"valid_from": "2022-03"}))
    old = w.facts()["Anna Vance LEADS Borealis Energy"]
    assert (old.status, old.valid_to, old.valid_to_implied) == (FactStatus.SUPERSEDED, "2022-03", True)
    assert "Jonas Marsh LEADS Borealis Energy" in old.reason
    assert [(c.kind, c.winner) for c in w.conflicts()] == [
        (ConflictKind.RECENCY, w.facts()["Jonas Marsh LEADS Borealis Energy"].id)
    ]
    w.tell("c", (DAHL, "lead", BOREALIS, {"valid_from": "2019"}))
    closed = {said: f.valid_to for said, f in w.facts().items()}
    assert closed == {
        "Anna Vance LEADS Borealis Energy": "2019",
        "Henrik Dahl LEADS Borealis Energy": "2022-03",
        "Jonas Marsh LEADS Borealis Energy": None,
    }


def times(w: Workspace) -> dict[str, tuple[object, ...]]:
    """Who led, when, and which of the two dates are implied."""
    return {
        said.split(" LEADS")[0]: (
            f.status,
            f.valid_from,
            f.valid_from_implied,
            f.valid_to,
            f.valid_to_implied,
        )
        for said, f in w.facts().items()
    }


@pytest.mark.parametrize("day", ["2018", "2018-03", "2018-03-01"])
@pytest.mark.parametrize("start", ["2010", None])
def test_who_led_until_a_day_and_who_leads_since_then_are_no_rivals(day, start):
    w = Workspace()
    w.tell("a", (VANCE, "lead", BOREALIS, {"valid_from": start, "valid_to": day, "stated": "2012"}))
    w.tell("b", (MARSH, "lead", BOREALIS, {"valid_from": day}))
    w.tell("c", (DAHL, "lead", BOREALIS, {"valid_from": start, "valid_to": "2018", "polarity": False}))
    assert times(w) == {
        "Anna Vance": (FactStatus.ACCEPTED, start, False, day, False),
        "Jonas Marsh": (FactStatus.ACCEPTED, day, False, None, False),
        "Henrik Dahl not": (FactStatus.ACCEPTED, start, False, "2018", False),
    }
    assert not w.conflicts()
    w.tell("d", (DAHL, "lead", BOREALIS, {"valid_from": "2017-05", "valid_to": "2018-02"}))
    assert "contested" in statuses(w).values()


def test_a_day_makes_the_other_one_more_precise():
    w = Workspace()
    w.tell("a", (VANCE, "lead", BOREALIS, {"valid_from": "2016", "valid_to": "2023"}))
    w.tell("b", (MARSH, "lead", BOREALIS, {"valid_from": "2023-03-01"}))
    w.tell("c", (DAHL, "lead", BOREALIS, {"valid_from": "1998", "valid_to": "2016-06"}))
    assert times(w) == {
        "Henrik Dahl": (FactStatus.ACCEPTED, "1998", False, "2016-06", False),
        "Anna Vance": (FactStatus.ACCEPTED, "2016-06", True, "2023-03-01", True),
        "Jonas Marsh": (FactStatus.ACCEPTED, "2023-03-01", False, None, False),
    }


def test_what_follows_began_and_what_it_follows_ended_at_the_latest_when_it_was_said():
    w = Workspace()
    w.tell("a", (VANCE, "lead", BOREALIS, {"stated": "2015"}))
    w.tell("b", (MARSH, "lead", BOREALIS, {"stated": "2019-03-01"}))
    w.tell("c", (DAHL, "lead", BOREALIS, {"stated": "2023"}))
    assert times(w) == {
        "Anna Vance": (FactStatus.SUPERSEDED, None, False, "2019-03-01", True),
        "Jonas Marsh": (FactStatus.SUPERSEDED, "2019-03-01", True, "2023", True),
        "Henrik Dahl": (FactStatus.ACCEPTED, "2023", True, None, False),
    }
    w.forget("a")
    w.forget("b")
    assert times(w) == {"Henrik Dahl": (FactStatus.ACCEPTED, None, False, None, False)}


def test_the_reason_names_the_statement_whose_beginning_is_the_end():
    w = Workspace()
    w.tell("a", (VANCE, "lead", BOREALIS, {"stated": "2010"}))
    w.tell("b", (MARSH, "lead", BOREALIS, {"stated": "2020-03-01"}))
    w.tell("c", (MARSH, "lead", BOREALIS, {"stated": "2020-03-01"}), trust=900_000)
    w.tell("d", (DAHL, "lead", BOREALIS, {"stated": "2012-03-01"}))
    old = w.facts()["Anna Vance LEADS Borealis Energy"]
    assert old.valid_to == "2012-03-01"
    assert (
        old.reason == 'Superseded by "Henrik Dahl LEADS Borealis Energy", the newer statement (2012-03-01).'
    )


def test_what_has_ended_speaks_from_its_end():
    w = Workspace()
    w.tell("a", (VANCE, "lead", BOREALIS, {"valid_to": "2018", "stated": "2023"}))
    w.tell("b", (MARSH, "lead", BOREALIS, {"stated": "2019"}))
    assert times(w) == {
        "Anna Vance": (FactStatus.ACCEPTED, None, False, "2018", False),
        "Jonas Marsh": (FactStatus.ACCEPTED, "2019", True, None, False),
    }


def test_who_is_said_to_go_on_is_not_followed_but_contradicted():
    w = Workspace()
    w.tell("a", (DAHL, "lead", BOREALIS, {"valid_from": "2010", "valid_to": "2020"}))
    for name in "bc":
        w.tell(f"{name}1", (VANCE, "lead", BOREALIS, {"valid_from": "2010", "valid_to": "2014"}))
        w.tell(f"{name}2", (MARSH, "lead", BOREALIS, {"valid_from": "2015", "valid_to": "2020"}))
    assert times(w) == {
        "Henrik Dahl": (FactStatus.CONTESTED, "2010", False, "2020", False),
        "Anna Vance": (FactStatus.ACCEPTED, "2010", False, "2014", False),
        "Jonas Marsh": (FactStatus.ACCEPTED, "2015", False, "2020", False),
    }
    [conflict] = w.conflicts()
    assert (conflict.kind, conflict.winner) == (ConflictKind.VALUE, None)
    for standing in ("Anna Vance", "Jonas Marsh"):
        assert f'"{standing} LEADS Borealis Energy"' in conflict.reason
    assert conflict.reason.endswith(
        "stand: they do not exclude each other, and each stands against its rivals."
    )


@pytest.mark.parametrize("told", ["2023-01-15", "2023-02-01", "2023-02-15", "2023-02", "2023-03-10", "2023"])
@pytest.mark.parametrize(("said", "start"), [("2023-02-01", "2023-03-01"), ("2023-03", "2023-03-05")])
def test_who_is_announced_follows_from_then_whoever_is_told_to_be_there_before(said, start, told):
    w = Workspace()
    w.tell("a", (VANCE, "lead", BOREALIS, {"valid_from": start, "stated": said}))
    w.tell("b", (MARSH, "lead", BOREALIS, {"stated": told}))
    superseded, accepted, contested = FactStatus.SUPERSEDED, FactStatus.ACCEPTED, FactStatus.CONTESTED
    if told == "2023" or (told, said) == ("2023-03-10", "2023-03"):  # which is newer nobody can tell
        vance, marsh = (contested, start, False, None, False), (contested, None, False, None, False)
    elif told == "2023-03-10":  # told after she had begun
        vance, marsh = (superseded, start, False, told, True), (accepted, told, True, None, False)
    else:
        vance, marsh = (accepted, start, False, None, False), (superseded, None, False, start, True)
    assert times(w) == {"Anna Vance": vance, "Jonas Marsh": marsh}


def test_who_is_announced_may_be_told_again_and_whoever_was_there_before_too():
    w = Workspace()
    w.tell("a", (VANCE, "lead", BOREALIS, {"valid_from": "2023-03-01", "stated": "2023-02-01"}))
    for told in ("2023-01-15", "2023-02-15"):
        w.tell(told, (MARSH, "lead", BOREALIS, {"stated": told}))
    w.tell("b", (VANCE, "lead", BOREALIS, {"stated": "2023-02-20"}), trust=900_000)  # not around the other
    assert times(w) == {
        "Anna Vance": (FactStatus.ACCEPTED, "2023-03-01", False, None, False),
        "Jonas Marsh": (FactStatus.SUPERSEDED, None, False, "2023-03-01", True),
    }


def test_an_end_that_is_announced_is_one_for_whoever_is_told_before_it():
    w = Workspace()
    w.tell("a", (MARSH, "lead", BOREALIS, {"valid_to": "2023-03-01", "stated": "2023-02-01"}))
    w.tell("b", (VANCE, "lead", BOREALIS, {"stated": "2023-03-05"}))
    after = {
        "Jonas Marsh": (FactStatus.SUPERSEDED, None, False, "2023-03-01", False),
        "Anna Vance": (FactStatus.ACCEPTED, "2023-03-05", True, None, False),
    }
    assert times(w) == after
    w.tell("c", (VANCE, "lead", BOREALIS, {"polarity": False, "stated": "2023-02-15"}))
    w.tell("d", (MARSH, "lead", BOREALIS, {"stated": "2023-02-15"}))
    denied = (FactStatus.SUPERSEDED, None, False, "2023-03-05", True)
    assert times(w) == {**after, "Anna Vance not": denied}


def test_what_is_announced_not_to_hold_holds_until_then():
    w = Workspace()
    w.tell("a", (VANCE, "lead", BOREALIS, {"polarity": False, "valid_from": "2023-03", "stated": "2023-01"}))
    w.tell("b", (VANCE, "lead", BOREALIS, {"stated": "2023-02-15"}))
    assert times(w) == {
        "Anna Vance": (FactStatus.SUPERSEDED, None, False, "2023-03", True),
        "Anna Vance not": (FactStatus.ACCEPTED, "2023-03", False, None, False),
    }


def test_an_event_that_is_announced_ends_a_state_when_it_happens():
    w = Workspace()
    w.tell("a", (BOREALIS, "acquire", TIDEWATER, {"valid_from": "2023-03-01", "stated": "2023-02-01"}))
    w.tell("b", (BOREALIS, "rival of", TIDEWATER, {"stated": "2023-02-15"}))
    state = next(f for f in w.facts().values() if f.relation == "COMPETES_WITH")
    assert (state.status, state.valid_to) == (FactStatus.SUPERSEDED, "2023-03-01")


def test_only_times_that_no_claim_states_are_implied():
    w = Workspace()
    w.tell("a", (VANCE, "lead", BOREALIS, {"valid_from": "2016", "stated": "2017"}))
    w.tell("b", (MARSH, "lead", BOREALIS, {"valid_to": "2023", "stated": "2022"}))
    assert times(w) == {
        "Anna Vance": (FactStatus.SUPERSEDED, "2016", False, "2022", True),
        "Jonas Marsh": (FactStatus.ACCEPTED, "2022", True, "2023", False),
    }


def test_a_reason_tells_amounts_with_their_units():
    w = Workspace()
    in_2021 = {"valid_from": "2021", "valid_to": "2021"}
    w.tell("a", (BOREALIS, "earn", number("3", "EUR"), in_2021))
    w.tell("b", (BOREALIS, "earn", number("3", "USD"), in_2021))
    reasons = {f.reason for f in w.facts().values()}
    assert any('"Borealis Energy REVENUE 3 USD"' in reason for reason in reasons), reasons


def test_contradictions_are_weighed_and_ties_stay_open():
    w = Workspace()
    w.tell("a", (VANCE, "bear in", "Haverfield:Place"))
    w.tell("b", (VANCE, "bear in", "Carrick Bay:Place"))
    assert set(statuses(w).values()) == {"contested"}
    assert [c.winner for c in w.conflicts()] == [None]
    w.tell("c", (VANCE, "bear in", "Haverfield:Place"))
    assert statuses(w) == {
        "Anna Vance BORN_IN Haverfield": "accepted",
        "Anna Vance BORN_IN Carrick Bay": "contested",
    }
    assert "2 to 1" in w.facts()["Anna Vance BORN_IN Carrick Bay"].reason


def test_qualifiers_tell_values_apart():
    w = Workspace()
    w.tell("a", (BOREALIS, "employ", number("10"), {"qualifiers": (("site", "north"),)}))
    w.tell("b", (BOREALIS, "employ", number("20")))
    assert set(statuses(w).values()) == {"accepted"}


def test_both_directions_and_exclusive_relations_and_denials():
    w = Workspace()
    w.tell("a", (BOREALIS, "acquire", TIDEWATER))
    w.tell("b", (TIDEWATER, "acquire", BOREALIS))
    assert [c.kind for c in w.conflicts()] == [ConflictKind.DIRECTION]
    w.forget("b")
    w.tell("c", (TIDEWATER, "rival of", BOREALIS))
    assert [c.kind for c in w.conflicts()] == [ConflictKind.RELATION]
    w.forget("c")
    w.tell("d", (BOREALIS, "acquire", TIDEWATER, {"polarity": False}))
    assert [c.kind for c in w.conflicts()] == [ConflictKind.POLARITY]
    w.forget("a")
    assert statuses(w) == {"Borealis Energy not ACQUIRED Tidewater Turbines": "accepted"}


def test_what_relates_two_things_and_which_way_is_decided_at_once():
    w = Workspace()
    w.tell("a", (BOREALIS, "acquire", TIDEWATER))
    w.tell("b", (TIDEWATER, "acquire", BOREALIS))
    w.tell("c", (BOREALIS, "rival of", TIDEWATER))
    assert set(statuses(w).values()) == {"contested"}
    [conflict] = w.conflicts()
    assert (conflict.kind, conflict.winner, len(conflict.facts)) == (ConflictKind.RELATION, None, 3)
    w.tell("d", (TIDEWATER, "rival of", BOREALIS))
    assert statuses(w) == {
        "Borealis Energy ACQUIRED Tidewater Turbines": "contested",
        "Tidewater Turbines ACQUIRED Borealis Energy": "contested",
        said_of(w, "COMPETES_WITH"): "accepted",
    }
    [conflict] = w.conflicts()
    assert conflict.winner is not None


def test_a_symmetric_functional_relation_binds_both_ends():
    for first, second in (((VANCE, MARSH), (DAHL, MARSH)), ((MARSH, VANCE), (MARSH, DAHL))):
        w = Workspace()
        w.tell("a", (first[0], "marry", first[1]))
        w.fuse()
        w.tell("b", (second[0], "marry", second[1]))
        assert set(statuses(w).values()) == {"contested"}
        w.forget("b")
        assert set(statuses(w).values()) == {"accepted"}


def test_events_of_different_dates_stand_side_by_side():
    w = Workspace()
    w.tell("a", (BOREALIS, "acquire", TIDEWATER, {"valid_from": "2016"}))
    w.tell("b", (TIDEWATER, "acquire", BOREALIS, {"valid_from": "2020"}))
    assert set(statuses(w).values()) == {"accepted"}


def test_what_the_type_of_an_end_rules_out_is_a_conflict_of_types():
    w = Workspace()
    w.tell("a", ("Hovden:Place", "lead", BOREALIS), (BOREALIS, "base in", VANCE))
    w.tell("b", ("Hovden:Place", "lie in", "Norway:Place"))
    facts = w.facts()
    assert {c.facts: (c.kind, c.winner, c.reason) for c in w.conflicts()} == {
        (facts["Hovden RELATED_TO Borealis Energy"].id,): (
            ConflictKind.TYPE,
            None,
            '"Hovden lead Borealis Energy" is told as related only: '
            'the head of LEADS is Person, and "Hovden" is told to be Place.',
        ),
        (facts["Borealis Energy RELATED_TO Anna Vance"].id,): (
            ConflictKind.TYPE,
            None,
            '"Borealis Energy base in Anna Vance" is told as related only: '
            'the tail of HEADQUARTERED_IN is Place, and "Anna Vance" is told to be Person.',
        ),
    }
    told = facts["Hovden RELATED_TO Borealis Energy"]
    assert told.status is FactStatus.ACCEPTED and told.reason.startswith("Told as related only: the head")
    w.forget("a")
    assert not w.conflicts()


def test_a_literal_that_is_not_what_the_relation_leads_to_is_a_conflict_of_types():
    w = Workspace()
    w.tell("a", (BOREALIS, "employ", Value(ValueKind.TEXT, "many")), (BOREALIS, "found in", TIDEWATER))
    w.tell("b", (BOREALIS, "base in", number("3")), (BOREALIS, "employ", Value(ValueKind.TEXT, "300")))
    assert sorted(c.reason for c in w.conflicts()) == [
        '"Borealis Energy base in 3" is told as related only: '
        'the tail of HEADQUARTERED_IN is Place, and "3" reads as none.',
        '"Borealis Energy employ many" is told as related only: '
        'the tail of EMPLOYEE_COUNT is a number, and "many" reads as none.',
        '"Borealis Energy found in Tidewater Turbines" is told as related only: '
        'the tail of FOUNDED_ON is a date, and "Tidewater Turbines" is told to be Organization.',
    ]


def test_a_number_below_any_and_a_year_that_never_was_are_conflicts_of_types():
    w = Workspace()
    w.tell(
        "a", (BOREALIS, "employ", Value(ValueKind.TEXT, "-5")), (BOREALIS, "revenue of", number("-5", "EUR"))
    )
    w.tell("b", (BOREALIS, "found in", Value(ValueKind.TEXT, "0000")), (BOREALIS, "employ", number("0")))
    assert sorted(c.reason for c in w.conflicts()) == [
        '"Borealis Energy employ -5" is told as related only: "-5" is less than any EMPLOYEE_COUNT.',
        '"Borealis Energy found in 0000" is told as related only: '
        'the tail of FOUNDED_ON is a date, and "0000" reads as none.',
    ]


def test_one_thing_of_types_that_exclude_each_other_is_a_conflict_until_it_is_split():
    w = Workspace()
    w.tell("a", ("Hovden:Place",))
    w.tell("b", ("Hovden:Organization",))
    assert not w.conflicts()
    made = w.rule(Same(w.referent("a", "Hovden:Place"), w.referent("b", "Hovden:Organization")))
    [conflict] = w.conflicts()
    assert (conflict.kind, conflict.facts, conflict.winner) == (ConflictKind.TYPE, (), None)
    assert conflict.reason.startswith(
        '"Hovden" is told to be Organization (1) and Place (1), which exclude each other'
    )
    w.tell("c", ("Hovden:Place",))
    [conflict] = w.conflicts()
    assert "Place (2) and Organization (1)" in conflict.reason
    w.rule(Revert(made))
    assert not w.conflicts()


def test_a_person_resolves_and_takes_it_back():
    w = Workspace()
    w.tell("a", (VANCE, "bear in", "Haverfield:Place"))
    w.tell("b", (VANCE, "bear in", "Carrick Bay:Place"))
    w.fuse()
    place = w.referent("b", "Carrick Bay:Place")
    made = w.rule(Resolve(w.referent("a", VANCE), "BORN_IN", place))
    assert statuses(w) == {
        "Anna Vance BORN_IN Haverfield": "contested",
        "Anna Vance BORN_IN Carrick Bay": "accepted",
    }
    assert w.facts()["Anna Vance BORN_IN Haverfield"].reason.startswith("A person decided")
    w.rule(Revert(made))
    assert set(statuses(w).values()) == {"contested"}
    w.rule(Resolve(w.referent("a", VANCE), "BORN_IN", place))
    w.fuse()
    w.forget("a")
    w.tell("c", (VANCE, "bear in", "Haverfield:Place"))
    assert set(statuses(w).values()) == {"contested"}, "its subject is gone, so it sleeps"


def test_a_person_decides_for_a_denial():
    w = Workspace()
    w.tell("a", (VANCE, "lead", BOREALIS))
    w.tell("b", (VANCE, "lead", BOREALIS, {"polarity": False}))
    told, denied = "Anna Vance LEADS Borealis Energy", "Anna Vance not LEADS Borealis Energy"
    assert set(statuses(w).values()) == {"contested"}
    ends = w.referent("a", VANCE), "LEADS", w.referent("a", BOREALIS)
    made = w.rule(Resolve(*ends, polarity=False))
    assert statuses(w) == {told: "contested", denied: "accepted"}
    assert w.facts()[told].reason == f'A person decided for the denial of "{told}".'
    w.rule(Resolve(*ends))
    assert statuses(w) == {told: "accepted", denied: "contested"}, "the later of two"
    w.rule(Revert(made))
    assert statuses(w)[told] == "accepted"


def test_a_trusted_source_outweighs():
    w = Workspace()
    w.tell("a", (VANCE, "bear in", "Haverfield:Place"), trust=300_000)
    w.tell("b", (VANCE, "bear in", "Carrick Bay:Place"), trust=900_000)
    assert statuses(w)["Anna Vance BORN_IN Carrick Bay"] == "accepted"


def test_a_reason_says_that_trust_decided_and_not_numbers():
    w = Workspace()
    for n in range(4):
        w.tell(f"poor {n}", (VANCE, "bear in", "Haverfield:Place"), trust=300_000)
    w.tell("good", (VANCE, "bear in", "Carrick Bay:Place"), trust=900_000)
    reason = w.facts()["Anna Vance BORN_IN Haverfield"].reason
    assert reason.endswith("(1 to 4 independent documents, from sources that are trusted more).")
    w = Workspace()
    w.tell("a", (VANCE, "bear in", "Haverfield:Place"), trust=900_000)
    w.tell("b", (VANCE, "bear in", "Carrick Bay:Place", {"confidence": 100_000}), trust=900_000)
    reason = w.facts()["Anna Vance BORN_IN Carrick Bay"].reason
    assert reason.endswith("(1 to 1 independent documents, which say so more surely).")


def test_what_no_trusted_source_says_counts_for_nothing_unless_a_person_decides_for_it():
    w = Workspace()
    w.tell("worthless", (VANCE, "lead", BOREALIS, {"stated": "2023"}), trust=0)
    fact = w.facts()["Anna Vance LEADS Borealis Energy"]
    assert (fact.status, fact.reason) == (FactStatus.CONTESTED, "No source that says so is trusted.")
    assert not w.conflicts()
    w.tell("good", (MARSH, "lead", BOREALIS, {"stated": "2015"}), trust=100_000)
    assert statuses(w) == {
        "Jonas Marsh LEADS Borealis Energy": "accepted",
        "Anna Vance LEADS Borealis Energy": "contested",
    }
    assert w.facts()["Jonas Marsh LEADS Borealis Energy"].valid_to is None, "it ends nobody's term"
    [conflict] = w.conflicts()
    assert conflict.winner == w.facts()["Jonas Marsh LEADS Borealis Energy"].id
    w.rule(Resolve(w.referent("worthless", VANCE), "LEADS", w.referent("worthless", BOREALIS)))
    assert statuses(w)["Anna Vance LEADS Borealis Energy"] == "accepted"


def test_a_self_loop_is_dropped_and_reported():
    w = Workspace()
    w.tell("a", ("Anna Vance:Person", "greets", "Dr. Anna Vance:Person"))
    diff = w.state.fuse(w.epoch, default_ontology(), in_force([]))
    assert len(diff.self_loops) == 1 and not w.facts()


PARK = "Skerry Wind Park:Facility"


def test_what_is_denied_of_a_year_is_denied_of_its_months_and_not_the_other_way_round():
    w = Workspace()
    w.tell("a", (BOREALIS, "found in", date("2019"), {"polarity": False}))
    w.tell("b", (BOREALIS, "found in", date("2019-05")))
    assert set(statuses(w).values()) == {"contested"}
    [conflict] = w.conflicts()
    assert (conflict.kind, len(conflict.facts)) == (ConflictKind.POLARITY, 2)
    w.tell("a", (BOREALIS, "found in", date("2019-07"), {"polarity": False}))
    assert set(statuses(w).values()) == {"accepted"}, "another month"
    w.tell("b", (BOREALIS, "found in", date("2019")))
    assert set(statuses(w).values()) == {"accepted"}, "it may have been another month"
    w.tell("c", (BOREALIS, "found in", date("2019"), {"polarity": False}))
    assert len(w.facts()) == 3, "denials of a year and of a month do not say the same"
    [conflict] = w.conflicts()
    assert len(conflict.facts) == 2


def test_a_number_is_the_same_with_and_without_what_it_counts():
    w = Workspace()
    w.tell("a", (PARK, "employ", Value(ValueKind.TEXT, "1.2M people")))
    w.tell("b", (PARK, "employ", number("1,200,000")))
    assert [(said, f.support) for said, f in w.facts().items()] == [
        ("Skerry Wind Park EMPLOYEE_COUNT 1200000", 2)
    ]


@pytest.mark.parametrize("written", ["3 May 1970", "the 3rd of May 1970", "May 3, 1970", "1970/5/3"])
def test_a_date_is_the_same_however_it_is_written(written: str):
    w = Workspace()
    w.tell("a", ("Ada Long:Person", "bear on", date("1970-05-03")))
    w.tell("b", ("Ada Long:Person", "bear on", date(written)))
    w.tell("c", ("Ada Long:Person", "bear on", Value(ValueKind.TEXT, written)))
    assert {said: f.support for said, f in w.facts().items()} == {"Ada Long BORN_ON 1970-05-03": 3}
    w.tell("d", ("Ada Long:Person", "bear on", Value(ValueKind.TEXT, "03/05/1970")))
    assert len(w.facts()) == 2, "that may be a day in March"


def test_a_number_in_another_unit_is_the_same_number():
    w = Workspace()
    w.tell("a", (PARK, "length of", number("5", "km")))
    w.tell("b", (PARK, "length of", number("5,000", "metres")))
    w.tell("c", (PARK, "length of", number("5", "km")))
    (said, fact), *more = w.facts().items()
    assert not more and said == "Skerry Wind Park LENGTH 5" and fact.support == 3
    assert fact.tail == number("5", "km"), "shown as it is written most often"
    w.tell("d", (PARK, "length of", number("6", "km")))
    assert sorted(statuses(w).values()) == ["accepted", "contested"]


def test_a_number_without_a_unit_may_be_any_that_is_written_so():
    w = Workspace()
    w.tell("a", (PARK, "length of", number("5", "km")))
    w.tell("b", (PARK, "length of", number("5")))
    assert [(said, f.support) for said, f in w.facts().items()] == [("Skerry Wind Park LENGTH 5", 2)]
    w.tell("c", (PARK, "length of", number("4,980", "m")))
    [fact] = w.facts().values()
    assert (fact.tail, fact.support) == (number("4980", "m"), 3), "and so what says that more precisely"
    w.forget("c")
    w.tell("c", (PARK, "length of", number("5", "m")))
    assert {f.tail: f.status.value for f in w.fuse()._facts.rows.values()} == {
        number("5", "km"): "contested",
        number("5", "m"): "contested",
        number("5"): "accepted",
    }, "it may be either and joins neither"
    w.forget("a")
    assert [f.tail for f in w.facts().values()] == [number("5", "m")]
    w.tell("a", (PARK, "length of", number("5,000", "m")))
    assert {f.tail: f.support for f in w.facts().values()} == {
        number("5000", "m"): 1,  # nobody wrote 5 of it
        number("5", "m"): 2,
    }
    other = Workspace()
    other.tell("a", (PARK, "length of", number("5,000", "m")), (PARK, "length of", number("5")))
    bridge = "Kelda Bridge:Facility", "length of"
    other.tell("b", (*bridge, number("5", "km")), (*bridge, number("5", "m")), (*bridge, number("5")))
    assert sorted(len(c.facts) for c in other.conflicts()) == [2, 2], (
        "nor of this, however another is written"
    )


def test_who_denies_a_number_without_a_unit_denies_it_as_it_is_written():
    w = Workspace()
    w.tell("a", (PARK, "length of", number("5", "km")))
    w.tell("b", (PARK, "length of", number("5"), {"polarity": False}))
    [conflict] = w.conflicts()
    assert conflict.kind is ConflictKind.POLARITY
    w.tell("a", (PARK, "length of", number("5,000", "m")))
    assert not w.conflicts()


def test_numbers_conflict_only_past_their_precision():
    w = Workspace()
    w.tell("a", (BOREALIS, "revenue of", number("1.2 million", "EUR")))
    w.tell("b", (BOREALIS, "revenue of", number("1,234,567", "EUR")))
    assert statuses(w) == {"Borealis Energy REVENUE 1234567": "accepted"}
    w.tell("c", (BOREALIS, "revenue of", number("1.3 million", "EUR")))
    w.tell("d", (BOREALIS, "revenue of", number("1,250,000", "EUR")))
    assert len(w.conflicts()) == 1 and statuses(w)["Borealis Energy REVENUE 1250000"] == "contested"


def test_what_two_numbers_may_both_mean_is_no_conflict():
    w = Workspace()
    w.tell("a", (BOREALIS, "revenue of", number("1.2 million", "EUR")))
    w.tell("b", (BOREALIS, "revenue of", number("1.25 million", "EUR")))
    assert set(statuses(w).values()) == {"accepted"}
    w.tell("c", (BOREALIS, "revenue of", number("1.4 million", "EUR")))
    assert statuses(w)["Borealis Energy REVENUE 1400000"] == "contested"


def test_things_of_disjoint_types_are_two_things_and_no_conflict():
    w = Workspace()
    w.tell("a", ("Mercury:Place", "population of", number("900")))
    w.tell("b", ("Mercury:Organization", "base in", "Haverfield:Place"))
    assert w.names().count("Mercury") == 2 and not w.conflicts()


def test_a_denial_of_another_value_or_time_is_no_conflict():
    w = Workspace()
    w.tell("a", (VANCE, "lead", BOREALIS, {"valid_from": "2016", "valid_to": "2018"}))
    w.tell("b", (VANCE, "lead", BOREALIS, {"valid_from": "2020", "polarity": False}))
    w.tell("c", (VANCE, "lead", TIDEWATER, {"valid_from": "2016", "polarity": False}))
    assert set(statuses(w).values()) == {"accepted"} and not w.conflicts()


def led(w: Workspace) -> list[tuple[object, ...]]:
    """Who led, when, how it stands and on how many documents, in order of time."""
    found = [(said, f) for said, f in w.facts().items() if f.relation == "LEADS"]
    return sorted(
        (
            (f.valid_from or "", f.valid_to or "now", said.split()[0], f.status.value, f.support)
            for said, f in found
        )
    )


def test_a_state_that_returns_is_two_facts_with_its_rival_between():
    w = Workspace()
    w.tell("a", (VANCE, "lead", BOREALIS, {"stated": "2010"}))
    w.tell("b", (MARSH, "lead", BOREALIS, {"stated": "2012-05-01"}))
    w.tell("b2", (MARSH, "lead", BOREALIS, {"stated": "2013"}))
    first = w.facts()["Anna Vance LEADS Borealis Energy"].id
    w.tell("c", (VANCE, "lead", BOREALIS, {"stated": "2015"}))
    w.tell("d", (VANCE, "lead", BOREALIS))
    assert led(w) == [
        ("", "2012-05-01", "Anna", "superseded", 1),
        ("2012-05-01", "2015", "Jonas", "superseded", 2),
        ("2015", "now", "Anna", "accepted", 2),
    ]
    facts = w.facts().values()
    assert len({f.id for f in facts}) == 3, "no two of them are told as one"
    assert [f.valid_to for f in facts if f.id == first] == ["2012-05-01"], "what was known keeps its id"
    [conflict] = w.conflicts()
    assert (conflict.kind, len(conflict.facts)) == (ConflictKind.RECENCY, 3)
    w.forget("b")
    w.forget("b2")
    assert led(w) == [("", "now", "Anna", "accepted", 3)]


def test_a_number_returns_and_what_says_the_same_parts_nothing():
    w = Workspace()
    for name, count, year in (("a", "1,200", "2019"), ("b", "5,000", "2021"), ("c", "1,200", "2023")):
        w.tell(name, (BOREALIS, "employ", number(count), {"stated": year}))
    w.tell("d", (BOREALIS, "employ", number("1,234"), {"stated": "2024"}))
    w.tell("e", (BOREALIS, "employ", number("5,010"), {"stated": "2020"}))
    rows = sorted((f.stated, f.tail.text, f.valid_from, f.valid_to) for f in w.facts().values())
    assert rows == [
        ("2019", "1200", None, "2020"),
        ("2021", "5010", "2020", "2023"),
        ("2024", "1234", "2023", None),
    ]


def test_what_vouches_for_the_time_of_its_rival_does_not_return():
    w = Workspace()
    w.tell("a", (VANCE, "lead", BOREALIS, {"stated": "2010"}))
    w.tell("b", (MARSH, "lead", BOREALIS, {"stated": "2012"}))
    w.tell("c", (VANCE, "lead", BOREALIS, {"valid_from": "2008", "stated": "2015"}))
    assert [row[2] for row in led(w)].count("Anna") == 1
    w.forget("c")
    w.tell("c", (VANCE, "lead", BOREALIS, {"valid_from": "2014", "stated": "2015"}))
    assert led(w) == [
        ("", "2012", "Anna", "superseded", 1),
        ("2012", "2014", "Jonas", "superseded", 1),
        ("2014", "now", "Anna", "accepted", 1),
    ]


def test_a_denial_and_a_statement_of_the_same_year_part_nothing():
    w = Workspace()
    w.tell("a", (VANCE, "lead", BOREALIS, {"stated": "2010"}))
    w.tell("b", (MARSH, "lead", BOREALIS, {"stated": "2012", "polarity": False}))
    w.tell("c", (VANCE, "lead", BOREALIS, {"stated": "2015-05"}))
    w.tell("d", (MARSH, "lead", BOREALIS, {"stated": "2015"}))
    assert [row[2] for row in led(w)].count("Anna") == 1


def test_a_poor_source_between_good_ones_is_no_change_and_one_among_poor_ones_is():
    w = Workspace()
    for n, year in enumerate(("2010", "2010", "2012", "2012")):
        w.tell(f"a{n}", (VANCE, "lead", BOREALIS, {"stated": year}))
    w.tell("b", (MARSH, "lead", BOREALIS, {"stated": "2011"}), trust=300_000)
    assert led(w) == [("", "now", "Anna", "accepted", 4), ("", "now", "Jonas", "contested", 1)]
    assert "told before and after it" in w.facts()["Jonas Marsh LEADS Borealis Energy"].reason
    w.tell("c", (DAHL, "lead", BOREALIS, {"stated": "2016"}))
    assert statuses(w)["Jonas Marsh LEADS Borealis Energy"] == "contested", "it did not hold in its time"
    assert ("", "2016", "Anna", "superseded", 4) in led(w)
    w.tell("b", (MARSH, "lead", BOREALIS, {"stated": "2011"}))  # a good one
    assert [row[2] for row in led(w)] == ["Anna", "Jonas", "Anna", "Henrik"]
    poor = Workspace()
    for name, who, year in (("a", VANCE, "2010"), ("b", MARSH, "2011"), ("c", VANCE, "2012")):
        poor.tell(name, (who, "lead", BOREALIS, {"stated": year}), trust=300_000)
    assert [row[2] for row in led(poor)] == ["Anna", "Jonas", "Anna"]


def test_what_a_person_decided_between_two_no_time_parts():
    w = Workspace()
    for name, who, year in (("a", VANCE, "2010"), ("b", MARSH, "2012"), ("c", VANCE, "2015")):
        w.tell(name, (who, "lead", BOREALIS, {"stated": year}))
    assert len(led(w)) == 3
    made = w.rule(Resolve(w.referent("a", VANCE), "LEADS", w.referent("a", BOREALIS)))
    assert led(w) == [("", "now", "Anna", "accepted", 2), ("", "now", "Jonas", "contested", 1)]
    w.rule(Revert(made))
    assert len(led(w)) == 3


def test_what_a_person_decided_against_dates_and_supersedes_nothing():
    w = Workspace()
    for name, who, year in (("a", VANCE, "2010"), ("b", MARSH, "2012"), ("c", DAHL, "2020")):
        w.tell(name, (who, "lead", BOREALIS, {"stated": year}))
    before = led(w)
    assert [row[:4] for row in before] == [
        ("", "2012", "Anna", "superseded"),
        ("2012", "2020", "Jonas", "superseded"),
        ("2020", "now", "Henrik", "accepted"),
    ]
    second = w.rule(Resolve(w.referent("b", MARSH), "LEADS", w.referent("b", BOREALIS)))
    assert sorted(row[:4] for row in led(w)) == [
        ("", "2012", "Anna", "superseded"),
        ("", "now", "Henrik", "contested"),
        ("2012", "now", "Jonas", "accepted"),
    ]
    assert w.facts()["Henrik Dahl LEADS Borealis Energy"].reason.startswith("A person decided for")
    assert {c.reason for c in w.conflicts()} == {
        '"Jonas Marsh LEADS Borealis Energy" stands: a person decided for it.'
    }
    w.tell("d", ("Ida Holm:Person", "lead", BOREALIS, {"stated": "2024"}))
    assert w.facts()["Henrik Dahl LEADS Borealis Energy"].valid_to is None, "nor does anything follow it"
    assert w.facts()["Anna Vance LEADS Borealis Energy"].valid_to == "2012"
    w.forget("d")
    w.rule(Resolve(w.referent("c", DAHL), "LEADS", w.referent("c", BOREALIS)))
    assert led(w) == before, "who is newest was right before, and so were they whom it follows"
    w.rule(Revert(second))
    assert led(w) == before


def resolve(document: str, who: str, as_of: str | None, w: Workspace) -> Resolve:
    return Resolve(w.referent(document, who), "LEADS", w.referent(document, BOREALIS), as_of=as_of)


def test_news_supersede_who_a_person_decided_for():
    w = Workspace()
    for name, who, year in (("a", VANCE, "2010"), ("b", MARSH, "2012"), ("c", DAHL, "2020")):
        w.tell(name, (who, "lead", BOREALIS, {"stated": year}))
    w.rule(resolve("b", MARSH, "2020", w))
    decided = [
        ("", "2012", "Anna", "superseded", 1),
        ("", "now", "Henrik", "contested", 1),
        ("2012", "now", "Jonas", "accepted", 1),
    ]
    assert led(w) == decided
    w.tell("d", (DAHL, "lead", BOREALIS, {"stated": "2024-03"}))
    assert led(w) == [
        ("", "2012", "Anna", "superseded", 1),
        ("", "now", "Henrik", "contested", 1),
        ("2012", "2024-03", "Jonas", "superseded", 1),
        ("2024-03", "now", "Henrik", "accepted", 1),
    ]
    assert {c.reason for c in w.conflicts()} == {
        '"Henrik Dahl LEADS Borealis Energy" stands: it is the newest statement.'
    }
    w.tell("e", ("Ida Holm:Person", "lead", BOREALIS, {"stated": "2016"}))
    assert ("", "now", "Ida", "contested", 1) in led(w), "no news, though it came since"
    w.forget("e")
    w.tell("e", ("Ida Holm:Person", "lead", BOREALIS, {"valid_from": "2018", "stated": "2025"}))
    assert ("2018", "now", "Ida", "contested", 1) in led(w), "nor is who says that it was so then"
    w.forget("e")
    w.forget("d")
    assert led(w) == decided


def test_who_a_person_decided_for_returns_after_news():
    w = Workspace()
    for name, who, year in (("a", DAHL, "2010"), ("b", MARSH, "2012"), ("c", DAHL, "2020")):
        w.tell(name, (who, "lead", BOREALIS, {"stated": year}))
    w.rule(resolve("b", MARSH, "2020", w))
    w.tell("d", (VANCE, "lead", BOREALIS, {"stated": "2024"}))
    w.tell("e", (MARSH, "lead", BOREALIS, {"stated": "2026"}))
    assert led(w) == [
        ("", "2012", "Henrik", "superseded", 1),
        ("", "now", "Henrik", "contested", 1),
        ("2012", "2024", "Jonas", "superseded", 1),
        ("2024", "2026", "Anna", "superseded", 1),
        ("2026", "now", "Jonas", "accepted", 1),
    ]


def test_an_undated_statement_held_when_a_person_decided_for_it():
    w = Workspace()
    w.tell("a", (VANCE, "lead", BOREALIS))
    w.tell("b", (MARSH, "lead", BOREALIS))
    w.rule(resolve("b", MARSH, "2020-06-01", w))
    assert statuses(w)["Anna Vance LEADS Borealis Energy"] == "contested"
    w.tell("c", (DAHL, "lead", BOREALIS, {"stated": "2019"}))
    assert statuses(w)["Henrik Dahl LEADS Borealis Energy"] == "contested"
    w.tell("c", (DAHL, "lead", BOREALIS, {"stated": "2023"}))
    assert led(w) == [
        ("", "2023", "Jonas", "superseded", 1),
        ("", "now", "Anna", "contested", 1),
        ("2023", "now", "Henrik", "accepted", 1),
    ]


def test_a_person_can_say_who_it_was_then():
    w = Workspace()
    w.tell("a", (VANCE, "lead", BOREALIS, {"stated": "2012"}))
    w.tell("b", (MARSH, "lead", BOREALIS, {"stated": "2012"}))
    w.tell("c", (DAHL, "lead", BOREALIS, {"stated": "2020"}))
    w.rule(resolve("b", MARSH, "2012", w))
    assert led(w) == [
        ("", "2020", "Jonas", "superseded", 1),
        ("", "now", "Anna", "contested", 1),
        ("2020", "now", "Henrik", "accepted", 1),
    ]


def test_news_to_a_denial_and_in_a_group_of_relations():
    w = Workspace()
    w.tell("a", (VANCE, "lead", BOREALIS, {"stated": "2018"}))
    w.tell("b", (VANCE, "lead", BOREALIS, {"stated": "2018", "polarity": False}))
    w.rule(replace(resolve("a", VANCE, "2018", w), polarity=False))
    w.tell("c", (VANCE, "lead", BOREALIS, {"stated": "2021"}))
    assert sorted((f.polarity, f.valid_to, f.status.value, f.support) for f in w.facts().values()) == [
        (False, "2021", "superseded", 1),
        (True, None, "accepted", 1),
        (True, None, "contested", 1),
    ]


def test_a_decision_for_a_year_is_one_for_its_months_and_against_other_years_alone():
    w = Workspace()
    w.tell("a", (BOREALIS, "found in", date("2019")))
    w.tell("b", (BOREALIS, "found in", date("2018")))
    w.rule(Resolve(w.referent("a", BOREALIS), "FOUNDED_ON", date("2019")))
    w.tell("c", (BOREALIS, "found in", date("2019-05")))
    assert statuses(w) == {
        "Borealis Energy FOUNDED_ON 2018": "contested",
        "Borealis Energy FOUNDED_ON 2019-05": "accepted",
    }
    w.tell("d", (BOREALIS, "found in", date("2019-05"), {"polarity": False}))
    denied = w.facts()["Borealis Energy not FOUNDED_ON 2019-05"]
    assert "weightier evidence" in denied.reason, "that it was May nobody decided"
    w.tell("d", (BOREALIS, "found in", date("2019"), {"polarity": False}))
    assert "A person decided" in w.facts()["Borealis Energy not FOUNDED_ON 2019"].reason
    w.forget("d")
    w.tell("e", (BOREALIS, "found in", date("2019-07")))
    assert statuses(w) == {
        "Borealis Energy FOUNDED_ON 2018": "contested",
        "Borealis Energy FOUNDED_ON 2019": "accepted",
        "Borealis Energy FOUNDED_ON 2019-05": "contested",
        "Borealis Energy FOUNDED_ON 2019-07": "contested",
    }


def test_a_chain_of_marriages_is_parted_at_both_ends():
    w = Workspace()
    for name, one, other, year in (
        ("a", VANCE, MARSH, "2001"),
        ("b", MARSH, "Ida Holm:Person", "2005"),
        ("c", VANCE, MARSH, "2011"),
        ("d", DAHL, "Ida Holm:Person", "2003"),
        ("e", DAHL, "Ida Holm:Person", "2007"),
    ):
        w.tell(name, (one, "marry", other, {"stated": year}))
        w.fuse()
    assert sorted((f.stated, f.valid_from, f.valid_to, f.status.value) for f in w.facts().values()) == [
        ("2001", None, "2005", "superseded"),
        ("2003", None, "2005", "superseded"),
        ("2005", "2005", "2007", "superseded"),
        ("2007", "2007", None, "accepted"),
        ("2011", "2011", None, "accepted"),
    ]


def test_a_denial_told_between_two_statements_parts_them():
    w = Workspace()
    w.tell("a", (VANCE, "lead", BOREALIS, {"stated": "2010"}))
    w.tell("b", (VANCE, "lead", BOREALIS, {"stated": "2012", "polarity": False}))
    w.tell("c", (VANCE, "lead", BOREALIS, {"stated": "2015"}))
    assert terms(w) == [
        (True, None, "2012", "superseded"),
        (False, "2012", "2015", "superseded"),
        (True, "2015", None, "accepted"),
    ]
    [conflict] = w.conflicts()
    assert (conflict.kind, len(conflict.facts)) == (ConflictKind.RECENCY, 3)
    w.tell("d", (VANCE, "lead", BOREALIS, {"stated": "2018", "polarity": False}))
    assert terms(w)[3:] == [(False, "2018", None, "accepted")], "and a statement parts two denials"
    w.forget("b")
    assert terms(w) == [(True, None, "2018", "superseded"), (False, "2018", None, "accepted")]


def test_a_poor_source_that_denies_what_good_ones_tell_before_and_after_is_no_change():
    w = Workspace()
    for n, year in enumerate(("2010", "2010", "2015", "2015")):
        w.tell(f"a{n}", (VANCE, "lead", BOREALIS, {"stated": year}))
    w.tell("b", (VANCE, "lead", BOREALIS, {"stated": "2012", "polarity": False}), trust=300_000)
    before = [(False, None, None, "contested"), (True, None, None, "accepted")]
    assert terms(w) == before
    w.tell("c", (MARSH, "lead", BOREALIS, {"stated": "2013"}))
    assert (False, "2012", "2015", "superseded") in terms(w), "it follows what is told of 2010 alone"
    w.forget("c")
    assert terms(w) == before


def test_a_denial_of_a_number_parts_what_says_it_as_precisely_or_more():
    w = Workspace()
    for name, count, year in (("a", "1,234", "2019"), ("c", "1,234", "2023")):
        w.tell(name, (BOREALIS, "employ", number(count), {"stated": year}))
    w.tell("b", (BOREALIS, "employ", number("5,000"), {"stated": "2021", "polarity": False}))
    assert len(terms(w)) == 2, "another number"
    w.tell("b", (BOREALIS, "employ", number("1,200"), {"stated": "2021", "polarity": False}))
    assert [row[:3] for row in terms(w)] == [
        (True, None, "2021"),
        (False, "2021", "2023"),
        (True, "2023", None),
    ]


def terms(w: Workspace) -> list[tuple[object, ...]]:
    """What is asserted and denied, when, and how it stands, in order of when it was said last."""
    facts = sorted(w.facts().values(), key=lambda f: f.stated or "")
    return [(f.polarity, f.valid_from, f.valid_to, f.status.value) for f in facts]


BONN, KIEL, ULM = "Bonn:Place", "Kiel:Place", "Ulm:Place"


def one_sentence(w: Workspace, name: str, *ends: str, **more: object) -> None:
    span = {"span": Span(0, 30), **more}
    w.tell(name, *((BOREALIS, "base in", end, span) for end in ends))


def test_what_one_sentence_names_together_does_not_exclude_each_other():
    w = Workspace()
    one_sentence(w, "a", BONN, KIEL)
    assert statuses(w) == {
        "Borealis Energy HEADQUARTERED_IN Bonn": "accepted",
        "Borealis Energy HEADQUARTERED_IN Kiel": "accepted",
    }
    assert not w.conflicts()
    one_sentence(w, "b", BONN)  # agrees with both
    assert set(statuses(w).values()) == {"accepted"}
    one_sentence(w, "c", ULM)  # is a rival of each
    assert statuses(w) == {
        "Borealis Energy HEADQUARTERED_IN Bonn": "contested",
        "Borealis Energy HEADQUARTERED_IN Kiel": "contested",
        "Borealis Energy HEADQUARTERED_IN Ulm": "contested",
    } | ({"Borealis Energy HEADQUARTERED_IN Bonn": "accepted"})
    w.forget("a")
    w.forget("c")
    one_sentence(w, "d", KIEL)
    assert set(statuses(w).values()) == {"contested"}


def test_what_two_sentences_or_phrases_or_times_say_is_not_said_together():
    for more in ({"span": Span(40, 60)}, {"stated": "2010"}):
        w = Workspace()
        w.tell("a", (BOREALIS, "base in", BONN), (BOREALIS, "base in", KIEL, more))
        assert set(statuses(w).values()) != {"accepted"}
    w = Workspace()
    span = {"span": Span(0, 30)}
    w.tell("a", (BOREALIS, "base in", BONN, span), (BOREALIS, "headquarter in", KIEL, span))
    assert set(statuses(w).values()) == {"contested"}


def test_who_lead_together_are_no_rivals():
    w = Workspace()
    span = {"span": Span(0, 30)}
    w.tell("a", (VANCE, "lead", BOREALIS, span), (MARSH, "lead", BOREALIS, span))
    assert set(statuses(w).values()) == {"accepted"}
