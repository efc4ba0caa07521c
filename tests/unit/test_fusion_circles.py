"""Facts that lead round in a circle of what orders: which of them are contested, and what that costs."""

from collections import Counter
from collections.abc import Collection
from itertools import pairwise
from typing import Any

import pytest

from graph.fusion import walks
from graph.fusion.beliefs import BeliefPass
from graph.fusion.circles import CirclePass, circle_pass, orders
from graph.fusion.epoch import EPOCH_0
from graph.fusion.memory import MemoryState
from graph.fusion.rulings import Rulings
from graph.fusion.view import GraphDiff, Inputs, TableDiff
from graph.ontology import default_ontology, parse_ontology
from graph.types import ConflictKind, Fact, FactStatus, PartialDate, Resolve, Revert
from tests.property.worlds import KINDS_ONTOLOGY
from tests.unit.fusion_stories import Line, Workspace
from tests.unit.test_fusion_closure import Counting, lies_in
from tests.unit.test_relation_kinds import WORDS

A, B, C = "Zell:Place", "Pinzgau:Place", "Salzburg:Place"
ROUND = ((A, "lie in", B), (B, "lie in", C), (C, "lie in", A))
NONE: Any = TableDiff()


def ring(*more: Line, times: tuple[int, int, int] = (1, 1, 1)) -> Workspace:
    """A in B in C in A, each told by as many documents."""
    told = Workspace()
    for n, line in enumerate([*ROUND, *more]):
        for each in range(times[n] if n < 3 else 1):
            told.tell(f"{n} {each}", line)
    return told


def statuses(told: Workspace) -> dict[str, FactStatus]:
    return {said: f.status for said, f in told.facts().items() if not f.grounds}


def contested(told: Workspace) -> list[str]:
    return sorted(said for said, status in statuses(told).items() if status is FactStatus.CONTESTED)


LINKS = ["Pinzgau LOCATED_IN Salzburg", "Salzburg LOCATED_IN Zell", "Zell LOCATED_IN Pinzgau"]


def test_of_a_circle_the_weakest_is_contested_and_the_rest_stands() -> None:
    told = ring(times=(2, 3, 1))
    assert contested(told) == ["Salzburg LOCATED_IN Zell"]
    facts = told.facts()
    [conflict] = told.conflicts()
    assert conflict.kind is ConflictKind.DIRECTION
    assert set(conflict.facts) == {facts[said].id for said in LINKS}
    assert conflict.winner == facts["Pinzgau LOCATED_IN Salzburg"].id
    assert conflict.reason == facts["Salzburg LOCATED_IN Zell"].reason
    assert conflict.reason == (
        "Leads round in a circle with 2 other facts of LOCATED_IN, and has the weakest evidence."
    )
    assert not [f for f in facts.values() if f.grounds], "its reverse is stated, if contested"


def test_of_equals_all_are_contested_until_one_goes() -> None:
    told = ring()
    assert contested(told) == LINKS
    assert len(told.conflicts()) == 3 and {c.winner for c in told.conflicts()} == {None}
    assert not [f for f in told.facts().values() if f.grounds]
    told.forget("1 0")
    assert not contested(told) and not told.conflicts()
    assert all(not f.reason for f in told.facts().values() if not f.grounds), "as if it had never been"


def test_a_person_decides_which_facts_of_a_circle_are_right() -> None:
    told = ring(times=(1, 1, 3))
    assert contested(told) == [LINKS[0], LINKS[2]]
    first = told.rule(Resolve(told.referent("0 0", A), "LOCATED_IN", told.referent("0 0", B)))
    assert contested(told) == ["Pinzgau LOCATED_IN Salzburg"]
    second = told.rule(Resolve(told.referent("1 0", B), "LOCATED_IN", told.referent("1 0", C)))
    assert contested(told) == ["Salzburg LOCATED_IN Zell"], "the others are decided for"
    assert "a person decided for the others" in told.facts()["Salzburg LOCATED_IN Zell"].reason
    told.rule(Revert(second))
    told.rule(Revert(first))
    assert len(contested(told)) == 2


def test_what_is_no_circle() -> None:
    assert not contested(ring((A, "lie in", "Tauern:Place"), times=(0, 1, 1))), "a chain"
    apart = Workspace()
    years = (("2001", "2003"), ("2002", None), ("2004", None))
    for n, (line, (start, end)) in enumerate(zip(ROUND, years, strict=True)):
        dates = {"valid_from": PartialDate(start), "valid_to": PartialDate(end) if end else None}
        apart.tell(str(n), (*line, dates))
    assert not contested(apart), "never all at one time"
    for more in ({"qualifiers": (("season", "winter"),)}, {"polarity": False}):
        told = ring(times=(1, 1, 0))
        told.tell("odd", (*ROUND[2], more))
        assert not contested(told)
    lost = ring(times=(1, 1, 1))
    for each in range(3):
        lost.tell(f"back {each}", (A, "lie in", C))
    assert contested(lost) == ["Salzburg LOCATED_IN Zell"], "lost to its reverse, and closes no circle"
    assert len(lost.conflicts()) == 1


def test_longer_circles_up_to_the_bound() -> None:
    def circle(length: int) -> list[str]:
        names = [f"{name}:Place" for name in ("Zell", "Pinzgau", "Salzburg", "Tauern", "Lungau", "Enns")]
        told = Workspace()
        for n, (a, b) in enumerate(pairwise([*names[:length], names[0]])):
            told.tell(str(n), (a, "lie in", b))
        return contested(told)

    assert [len(circle(n)) for n in (3, 4, 5, 6)] == [3, 4, 5, 0]


def test_a_kind_of_it_may_close_the_circle() -> None:
    told = Workspace(ontology=parse_ontology(WORDS))
    for n, line in enumerate(((A, "capital of", B), (B, "lie in", C), (C, "lie in", A))):
        told.tell(str(n), line)
    assert contested(told) == [
        "Pinzgau LOCATED_IN Salzburg",
        "Salzburg LOCATED_IN Zell",
        "Zell CAPITAL_OF Pinzgau",
    ]
    assert not [f for f in told.facts().values() if f.grounds], "what is contested entails nothing"


NOT_IN = "Zell not LOCATED_IN Salzburg"


@pytest.mark.parametrize(
    ("times", "status", "winner", "why"),
    [
        ((1, 1, 1), FactStatus.CONTESTED, None, "Denies what follows from 2 facts of LOCATED_IN, and is not"),
        (
            (2, 2, 1),
            FactStatus.CONTESTED,
            LINKS[0],
            "Denies what follows from 2 facts of LOCATED_IN, and has",
        ),
        ((3, 1, 3), FactStatus.ACCEPTED, NOT_IN, "The denial of what follows from 2 facts of LOCATED_IN st"),
    ],
)
def test_a_denial_of_what_follows_is_told_and_weighed_against_the_weakest(
    times: tuple[int, int, int], status: FactStatus, winner: str | None, why: str
) -> None:
    lines = (*ROUND[:2], (A, "lie in", C, {"polarity": False}))
    told = Workspace()
    for n, line in enumerate(lines):
        for each in range(times[n]):
            told.tell(f"{n} {each}", line)
    facts = told.facts()
    [conflict] = told.conflicts()
    assert conflict.kind is ConflictKind.POLARITY
    assert set(conflict.facts) == {facts[said].id for said in (LINKS[0], LINKS[2], NOT_IN)}
    assert conflict.reason.startswith(why)
    assert facts[NOT_IN].status is status
    assert {facts[said].status for said in (LINKS[0], LINKS[2])} == {FactStatus.ACCEPTED}
    best = {facts[said].id for said in (LINKS[0], LINKS[2])} if winner == LINKS[0] else set()
    assert conflict.winner in (best or {facts[winner].id if winner else None})
    decided = Resolve(told.referent("2 0", A), "LOCATED_IN", told.referent("2 0", C), polarity=False)
    told.rule(decided)
    assert told.facts()[NOT_IN].status is FactStatus.ACCEPTED
    assert next(c.reason for c in told.conflicts()).endswith("a person decided for it.")
    for each in range(times[1]):
        told.forget(f"1 {each}")
    assert not told.conflicts() and told.facts()[NOT_IN].status is FactStatus.ACCEPTED


def test_a_denial_of_another_time_contradicts_nothing_that_follows() -> None:
    told = Workspace()
    told.tell("0", (A, "lie in", B, {"valid_to": "1918"}), (B, "lie in", C))
    told.tell("1", (A, "lie in", C, {"polarity": False, "valid_from": "1920"}))
    assert not told.conflicts()


def test_which_relations_order() -> None:
    assert [rule.relation for rule in orders(default_ontology())] == ["LOCATED_IN"]
    assert [rule.relation for rule in orders(KINDS_ONTOLOGY)] == ["HOLDS"], "TIED_TO above it does not"


def apply(state: MemoryState, *new: Fact, gone: Collection[Fact] = ()) -> CirclePass:
    inputs = Inputs(EPOCH_0, default_ontology(), Rulings(), Rulings())
    facts = TableDiff({f.id: f for f in gone}, {f.id: f for f in new})
    found = circle_pass(state, inputs, BeliefPass(facts, NONE, {}, frozenset(), ()))
    state.apply(GraphDiff(NONE, NONE, NONE, NONE, found.facts, found.conflicts))
    return found


@pytest.mark.parametrize("upward", [True, False], ids=["many enter the hub", "many leave the hub"])
def test_one_more_fact_at_a_hub_reads_no_more_than_its_own_surroundings(upward: bool) -> None:
    def edge(a: object, b: object) -> Fact:
        return lies_in(a, b) if upward else lies_in(b, a)

    state = Counting()
    state.read = Counter()
    apply(state, *(edge(n, "hub") for n in range(4_000)), edge("hub", "above"), edge("above", "top"))
    state.read.clear()
    found = apply(state, edge("new", "hub"))
    assert len(found.facts.new) == 1 and not found.conflicts
    assert state.read["facts"] < 20


def test_a_circle_through_a_hub_that_is_too_wide_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walks, "WIDEST", 32)
    state = MemoryState()
    spokes = [lies_in(n, "hub") for n in range(33)]
    found = apply(state, *spokes[:32], lies_in("hub", "above"), lies_in("above", 0))
    assert len(found.conflicts.new) == 3
    assert not apply(state, spokes[32]).conflicts.new, "64 wide, to the next power of two"
    assert not state._conflicts.rows and {f.status for f in state._facts.rows.values()} == {
        FactStatus.ACCEPTED
    }
    assert len(apply(state, gone=[spokes[32]]).conflicts.new) == 3
