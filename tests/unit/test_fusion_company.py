"""Whom documents tell of beside names that are merely alike, and what that makes of them."""

from dataclasses import replace
from typing import Any

import pytest

from graph.fusion.company import Companions
from graph.fusion.contributions import company_contribution
from graph.fusion.epoch import EPOCH_0, Epoch
from graph.fusion.statements import ClaimReader
from graph.ontology import default_ontology
from graph.types import MICRO, Separate
from tests.unit.fusion_stories import Line, Workspace, date, number

FULL, SHORT, FIRM = "Anna Vance:Person", "Vance:Person", "Borealis Energy:Organization"
WORKS, LIVES = ("works for", FIRM), ("lives in", "Haverfield:Place")


def vances(*documents: Any, epoch: Epoch = EPOCH_0) -> int:
    """Entities called Vance, where each document tells its first element's statements."""
    ws = Workspace(epoch)
    for n, (who, *said) in enumerate(documents):
        ws.tell(f"d{n}", *((who, *each) for each in said))
    return sum("Vance" in name for name in ws.names())


def test_two_neighbours_settle_what_names_leave_open_and_one_does_not() -> None:
    assert vances((FULL, WORKS), (SHORT, WORKS)) == 2
    assert vances((FULL, WORKS, LIVES), (SHORT, WORKS, LIVES)) == 1
    assert vances((FULL, WORKS, LIVES), (SHORT, WORKS), (SHORT, LIVES)) == 3


def test_a_neighbour_counts_in_one_relation_and_once() -> None:
    asks = ("asks for", FIRM)
    assert vances((FULL, WORKS, LIVES), (SHORT, asks, LIVES)) == 2
    assert vances((FULL, WORKS, asks), (SHORT, WORKS, asks)) == 2
    assert vances((FULL, asks, LIVES), (SHORT, asks, LIVES)) == 1, "an unlisted phrase is a relation too"


def test_equal_values_are_company_and_other_values_say_nothing() -> None:
    firm, lone = "Mercury Foundation:Organization", "Mercury:Organization"
    staff, income = ("has employees", number("1,200")), ("has revenue of", number("3.5 million"))

    def mercuries(*said: Line) -> list[str]:
        ws = Workspace()
        ws.tell("a", (firm, *staff), (firm, *income))
        ws.tell("b", *((lone, *each) for each in said))
        return ws.names()

    assert mercuries(("has employees", number("1200")), ("has revenue of", number("3500000"))) == [
        "Mercury Foundation"
    ]
    assert len(mercuries(staff, ("has revenue of", number("9 million")))) == 2


def test_within_one_document_shared_company_tells_nothing() -> None:
    ws = Workspace()
    ws.tell("a", *((who, *said) for who in (FULL, SHORT) for said in (WORKS, LIVES)))
    assert "Vance" in ws.names() and "Anna Vance" in ws.names()
    ws.tell("b", (FULL, *WORKS), (FULL, *LIVES))
    companions = Companions(ws.fuse(), ClaimReader(default_ontology(), {}), EPOCH_0)
    full, short, other = ws.referent("a", FULL), ws.referent("a", SHORT), ws.referent("b", FULL)
    companions.of((full, short, other))
    assert companions.tying(full, short) == 0
    assert companions.tying(full, other) == companions.tying(other, short) == 2 * EPOCH_0.shared


def test_company_does_not_make_up_for_what_contradicts_nor_for_a_rival() -> None:
    born, other = ("bear on", date("1961-05-03")), ("bear on", date("1985-11-20"))
    assert vances((FULL, WORKS, LIVES, born), (SHORT, WORKS, LIVES, other)) == 2
    albert = "Albert Vance:Person"
    assert vances((FULL, WORKS, LIVES), (albert, WORKS, LIVES), (SHORT, WORKS, LIVES)) == 3


def test_what_many_have_counts_for_less_and_what_was_learnt_counts() -> None:
    common = replace(EPOCH_0, common={"borealis energy": MICRO // 10})
    assert vances((FULL, WORKS, LIVES), (SHORT, WORKS, LIVES), epoch=common) == 2
    learnt = replace(EPOCH_0, shared=1_200_000)
    assert vances((FULL, WORKS), (SHORT, WORKS), epoch=learnt) == 1
    assert Epoch.from_parameters(common.parameters()) == common and common.id != EPOCH_0.id != learnt.id
    assert not {"common", "shared"} & EPOCH_0.parameters().keys()


def test_what_was_shared_comes_and_goes_with_its_document() -> None:
    ws = Workspace()
    for name, who in (("a", FULL), ("b", SHORT)):
        ws.tell(name, (who, *WORKS), (who, *LIVES))
    assert ws.names().count("Anna Vance") == 1 and "Vance" not in ws.names()
    ws.forget("a")
    ws.tell("a", (FULL, *WORKS))
    assert "Vance" in ws.names()


@pytest.mark.parametrize("extra", [0, 100])
def test_the_raise_is_told_in_words_and_is_the_same_from_both_sides(extra: int) -> None:
    ws = Workspace()
    known = [(FULL, "meets", f"Aaron Nr{n} Abel:Person") for n in range(extra)]
    ws.tell("a", (FULL, *WORKS), (FULL, *LIVES), *known)
    ws.tell("b", (SHORT, *WORKS), (SHORT, *LIVES))
    ws.rule(Separate(ws.referent("a", FULL), ws.referent("b", SHORT)))
    companions = Companions(ws.fuse(), ClaimReader(default_ontology(), {}), EPOCH_0)
    a, b = sorted((ws.referent("a", FULL), ws.referent("b", SHORT)))
    of = companions.of((a, b))
    assert companions.shared(of[a], of[b]) == companions.shared(of[b], of[a])
    assert all(len(company) <= 32 for company in of.values())
    grey = EPOCH_0.grey
    told = company_contribution(companions, (a, b), grey, grey)
    assert bool(told) is (extra == 0), "a hub's company is cut to its rarest"
    if told:
        assert grey + told[0].amount == ws.state._pairs.rows[a, b].score
        assert "borealis energy" in told[0].detail and "haverfield" in told[0].detail
