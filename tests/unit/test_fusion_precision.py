"""Who was born in Ulm was born in Germany, while Ulm lies there: ends told more or less precisely."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from graph.errors import OntologyError
from graph.fusion import walks
from graph.fusion.beliefs import ties_of
from graph.fusion.epoch import EPOCH_0
from graph.fusion.rulings import in_force
from graph.fusion.view import Inputs
from graph.ontology import default_ontology, default_ontology_text, parse_ontology
from graph.types import ConflictKind, FactStatus, Resolve
from tests.unit.fusion_stories import Line, Workspace
from tests.unit.test_fusion_closure import Counting

ANN, ACME = "Ann Ash:Person", "Acme Works:Organization"
ULM, BAVARIA, GERMANY, PARIS = "Ulm:Place", "Bavaria:Place", "Germany:Place", "Paris:Place"
BORN = ((ANN, "bear in", ULM), (ANN, "bear in", GERMANY))


def told(*lines: Line) -> Workspace:
    w = Workspace()
    for n, line in enumerate(lines):
        w.tell(str(n), line)
    return w


def contested(w: Workspace) -> list[str]:
    return sorted(said for said, fact in w.facts().items() if fact.status is FactStatus.CONTESTED)


BOTH = ["Ann Ash BORN_IN Germany", "Ann Ash BORN_IN Ulm"]


def test_where_the_one_lies_in_the_other_both_stand_and_while_it_does():
    w = told(*BORN)
    assert contested(w) == BOTH
    w.tell("map", (ULM, "lie in", GERMANY))
    assert contested(w) == [] and not w.conflicts()
    w.tell("no map", (ULM, "lie in", GERMANY, {"polarity": False}))
    assert {*BOTH, "Ulm LOCATED_IN Germany"} < {*contested(w)}, "whether it does is contested"
    w.forget("no map")
    assert contested(w) == [] and not w.conflicts()
    w.forget("map")
    assert contested(w) == BOTH and len(w.conflicts()) == 1


def test_what_lies_in_what_may_take_several_facts_up_to_the_bound():
    w = told(*BORN)
    ways = ["Ulm:Place", "Alb:Place", "Swabia:Place", "South:Place", "Germany:Place"]
    for a, b in pairwise(ways):
        assert contested(w) == BOTH
        w.tell(a, (a, "lie in", b))
    assert contested(w) == []
    w.forget("Swabia:Place")
    w.tell("more", ("Swabia:Place", "lie in", "Middle:Place"), ("Middle:Place", "lie in", "South:Place"))
    assert contested(w) == BOTH, "five are too many"


def test_facts_that_lead_round_in_a_circle_say_nothing_of_what_lies_in_what():
    ring = ((ULM, "lie in", BAVARIA), (BAVARIA, "lie in", GERMANY), (GERMANY, "lie in", ULM))
    assert {*BOTH} <= {*contested(told(*BORN, *ring))}


def test_a_third_place_is_a_rival_of_both_and_a_person_decides_for_one_against_it_alone():
    w = told(*BORN, (ANN, "bear in", PARIS), (ULM, "lie in", GERMANY))
    assert contested(w) == sorted([*BOTH, "Ann Ash BORN_IN Paris"])
    [conflict] = w.conflicts()
    assert conflict.kind is ConflictKind.VALUE and len(conflict.facts) == 3
    w.rule(Resolve(w.referent("0", ANN), "BORN_IN", w.referent("0", ULM)))
    assert contested(w) == ["Ann Ash BORN_IN Paris"]
    assert "A person decided" in w.facts()["Ann Ash BORN_IN Paris"].reason


def test_a_state_is_not_superseded_by_what_is_merely_less_precise():
    w = told(
        (ACME, "headquarter in", ULM, {"stated": "2015"}),
        (ACME, "headquarter in", GERMANY, {"stated": "2020"}),
        (ULM, "lie in", BAVARIA),
        (BAVARIA, "lie in", GERMANY),
    )
    facts = w.facts()
    for place in ("Ulm", "Germany"):
        fact = facts[f"Acme Works HEADQUARTERED_IN {place}"]
        assert (fact.status, fact.valid_from, fact.valid_to) == (FactStatus.ACCEPTED, None, None)


def test_what_is_told_along_no_relation_still_contradicts():
    w = told((ANN, "lead", ACME), ("Bob Birk:Person", "lead", ACME), (ACME, "lie in", ULM))
    assert len(contested(w)) == 2
    town = "Holm:Place"
    w = told(
        (ANN, "bear in", ULM), (ANN, "bear in", town), (ULM, "lie in", GERMANY), (town, "lie in", GERMANY)
    )
    assert contested(w) == ["Ann Ash BORN_IN Holm", "Ann Ash BORN_IN Ulm"], "two towns of one land"


def test_no_model_is_asked_which_of_two_that_agree_is_right():
    def asked(w: Workspace) -> int:
        w.fuse()
        rulings = in_force(w.decisions)
        inputs = Inputs(replace(EPOCH_0, adjudicator="m"), default_ontology(), rulings, rulings)
        return len(ties_of(w.state, list(w.facts().values()), inputs))

    w = told(*BORN)
    assert asked(w) == 1
    w.tell("map", (ULM, "lie in", GERMANY))
    assert asked(w) == 0


@pytest.mark.parametrize("of", ["a town", "the land"])
def test_a_land_with_many_facts_is_looked_at_from_the_side_of_few(of, monkeypatch):
    monkeypatch.setattr(walks, "WIDEST", 64)  # that no inference looks at them
    w = Workspace()
    w.state = Counting()
    w.state.read = Counter()
    born = ((f"P{n} Q{n}:Person", "bear in", GERMANY) for n in range(600))
    towns = ((f"Town{n}:Place", "lie in", GERMANY) for n in range(600))
    w.tell("0", *born, *towns)
    w.tell("1", BORN[0], (ANN, "bear in", "Europe:Place"))
    w.fuse()
    w.state.read.clear()
    name = next(str(n) for n in range(2, 99) if w.referent(str(n), GERMANY) > w.referent("0", GERMANY))
    w.tell(name, (ULM, "lie in", GERMANY) if of == "a town" else (GERMANY, "lie in", "Europe:Place"))
    w.fuse()
    assert w.state.read["facts"] < 60
    w.tell("1 more", (GERMANY, "lie in", "Europe:Place"), (ULM, "lie in", GERMANY))
    assert "Ann Ash BORN_IN Europe" not in contested(w)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('within = "NO_SUCH"', "is not defined; add"),
        ('within = "COMPETES_WITH"', "must be transitive and not symmetric"),
        ("within = 3", "within must be a text"),
        ('within = "LOCATED_IN"\nparent = "LOCATED_IN"', "is transitive; leave within out, or the parent"),
    ],
)
def test_an_ontology_says_within_what_only_where_that_means_something(line, why):
    head = '[relation.HEADQUARTERED_IN]\nheads = ["Organization"]\n'
    text = default_ontology_text()
    assert text.count(head) == 1
    text = text.replace('within = "LOCATED_IN"\nphrases = ["headquarter', 'phrases = ["headquarter')
    with pytest.raises(OntologyError, match=why):
        parse_ontology(text.replace(head, f"{head}{line}\n"))
    for name in ("LIVES_IN", "FOUNDED_ON", "MARRIED_TO"):
        with pytest.raises(OntologyError, match="within is for one that is functional, not symmetric"):
            parse_ontology(
                text.replace(f"[relation.{name}]\n", f'[relation.{name}]\nwithin = "LOCATED_IN"\n')
            )
    with pytest.raises(OntologyError, match=r"can be a head of .LOCATED_IN"):
        parse_ontology(
            text.replace("[relation.REPORTS_TO]\n", '[relation.REPORTS_TO]\nwithin = "LOCATED_IN"\n')
        )
    kind = '[relation.SEATED_IN]\nheads = ["Organization"]\ntails = ["Place"]\nfunctional = true\n'
    kind += 'parent = "HEADQUARTERED_IN"\nwithin = "LOCATED_IN"\n'
    with pytest.raises(OntologyError, match="HEADQUARTERED_IN', which is functional too; say"):
        parse_ontology(text.replace("[unit.km]", f"{kind}\n[unit.km]"))
