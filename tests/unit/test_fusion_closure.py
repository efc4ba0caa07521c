"""What follows from accepted facts, and what does not."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from graph.fusion import walks
from graph.fusion.closure import ClosurePass, closure_pass, is_capped, rules
from graph.fusion.facts import fact_id
from graph.fusion.memory import MemoryState
from graph.fusion.statements import Family
from graph.fusion.view import GraphDiff, Side, TableDiff
from graph.identity import make_id
from graph.ontology import default_ontology, parse_ontology
from graph.types import ClaimId, EntityId, Fact, FactId, FactStatus, PartialDate, Same, Separate
from tests.property.worlds import PARTS
from tests.unit.fusion_stories import Workspace

LIES = "lie in"


def chain(*names: str) -> list[tuple[str, str, str]]:
    return [(f"{a}:Place", LIES, f"{b}:Place") for a, b in pairwise(names)]


def inferred(workspace: Workspace) -> dict[str, Fact]:
    return {said: f for said, f in workspace.facts().items() if f.status is FactStatus.INFERRED}


def test_what_lies_in_what_lies_in_a_third_lies_in_it() -> None:
    told = Workspace()
    told.tell("1", *chain("Zell", "Pinzgau", "Salzburg", "Austria", "Europe", "Eurasia"))
    facts = told.facts()
    found = inferred(told)
    assert "Zell LOCATED_IN Europe" in found, "three steps"
    assert "Zell LOCATED_IN Eurasia" not in found, "four steps"
    assert len(found) == 4 + 3 + 2
    fact = found["Zell LOCATED_IN Salzburg"]
    grounds = [facts["Zell LOCATED_IN Pinzgau"], facts["Pinzgau LOCATED_IN Salzburg"]]
    assert fact.grounds == tuple(ground.id for ground in grounds)
    assert fact.confidence == grounds[0].confidence * grounds[1].confidence // 1_000_000
    assert (fact.claims, fact.support, fact.polarity) == ((), 1, True)
    assert fact.reason == "Follows from 2 facts: LOCATED_IN is transitive."


def test_grounds_gone_is_gone_and_the_next_best_is_found() -> None:
    told = Workspace()
    told.tell("1", *chain("Zell", "Pinzgau", "Salzburg"))
    told.tell("2", *chain("Zell", "Tauern"))
    told.tell("3", *chain("Tauern", "Salzburg"))
    assert "Zell LOCATED_IN Salzburg" in inferred(told)
    told.forget("1")
    facts = told.facts()
    grounds = [facts[said].id for said in ("Zell LOCATED_IN Tauern", "Tauern LOCATED_IN Salzburg")]
    assert list(inferred(told)["Zell LOCATED_IN Salzburg"].grounds) == grounds
    told.forget("2")
    assert not inferred(told)


def test_what_is_stated_is_not_inferred_whatever_became_of_it() -> None:
    told = Workspace()
    told.tell("1", *chain("Zell", "Pinzgau", "Salzburg"))
    inferred_id = inferred(told)["Zell LOCATED_IN Salzburg"].id
    told.tell("2", ("Zell:Place", LIES, "Salzburg:Place"))
    assert not inferred(told)
    assert told.facts()["Zell LOCATED_IN Salzburg"].id == inferred_id, "a link to it still works"
    told.forget("2")
    assert inferred(told)
    told.tell("3", ("Zell:Place", LIES, "Salzburg:Place", {"polarity": False}))
    assert not inferred(told), "denied"


def test_the_reverse_of_an_asymmetric_relation_is_not_inferred() -> None:
    told = Workspace()
    told.tell("1", *chain("Zell", "Pinzgau", "Salzburg"))
    told.tell("2", ("Salzburg:Place", LIES, "Zell:Place"))
    assert not inferred(told), "all round a circle"
    told = Workspace()
    told.tell("1", *chain("Zell", "Pinzgau", "Salzburg", "Tauern", "Zell"))
    assert not inferred(told), "both ways follow: neither does"


def test_validity_is_what_the_grounds_have_in_common() -> None:
    told = Workspace()
    a, b, c = "Zell:Place", "Pinzgau:Place", "Salzburg:Place"
    told.tell("1", (a, LIES, b, {"valid_from": PartialDate("2001"), "valid_to": PartialDate("2010")}))
    told.tell("2", (b, LIES, c, {"valid_from": PartialDate("2001-05")}))
    fact = inferred(told)["Zell LOCATED_IN Salzburg"]
    assert (fact.valid_from, fact.valid_to) == ("2001-05", "2010")
    told.tell("2", (b, LIES, c, {"valid_from": PartialDate("2011")}))
    assert not inferred(told), "they never held together"
    told.tell("3", (a, LIES, "Tauern:Place", {"valid_from": PartialDate("2015")}))
    told.tell("4", ("Tauern:Place", LIES, c))
    told.tell("2", (b, LIES, c))
    times = {(f.valid_from, f.valid_to) for f in inferred(told).values()}
    assert times == {("2001", "2010"), ("2015", None)}, "one for each time at which it follows"


def test_a_merger_joins_what_follows_and_a_split_takes_it_back() -> None:
    told = Workspace()
    told.tell("1", *chain("Zell", "Pinzgau"))
    told.tell("2", *chain("Oberpinzgau", "Salzburg"))
    assert not inferred(told)
    ends = told.referent("1", "Pinzgau:Place"), told.referent("2", "Oberpinzgau:Place")
    told.rule(Same(*ends))
    assert list(inferred(told)) == ["Zell LOCATED_IN Salzburg"]
    told.rule(Separate(*ends))
    assert not inferred(told)


def test_qualified_disputed_and_past_facts_are_no_grounds() -> None:
    for more in ({"qualifiers": (("season", "winter"),)}, {"polarity": False}):
        told = Workspace()
        told.tell("1", *chain("Zell", "Pinzgau"))
        told.tell("2", ("Pinzgau:Place", LIES, "Salzburg:Place", more))
        assert not inferred(told)


def test_which_relations_are_inferred() -> None:
    made = {rule.relation: rule for rule in rules(parse_ontology(PARTS))}
    assert set(made) == {"HAS_PART", "JOINED_TO", "BEFORE"}, "UNDER is functional"
    assert made["HAS_PART"].asymmetric, "as its inverse is said to be"
    assert made["JOINED_TO"].symmetric and made["JOINED_TO"].rivals == {"SEVERED_FROM"}
    both = PARTS.replace("[relation.SEVERED_FROM]", "[relation.SEVERED_FROM]\ntransitive = true")
    assert {rule.relation for rule in rules(parse_ontology(both))} == {"HAS_PART", "BEFORE"}
    assert [rule.relation for rule in rules(default_ontology())] == ["LOCATED_IN"]


# ---------------------------------------------------------------- what a hub costs


class Counting(MemoryState):
    """Counts the rows that a pass reads."""

    read: Counter[str]

    def _noted(self, name: str, found: Mapping[Any, Any]) -> Mapping[Any, Any]:
        self.read[name] += len(found)
        return found

    def facts_from(self, heads: Collection[Side]) -> Mapping[FactId, Fact]:
        return self._noted("facts", super().facts_from(heads))

    def facts_into(self, tails: Collection[Side]) -> Mapping[FactId, Fact]:
        return self._noted("facts", super().facts_into(tails))


def entity(name: object) -> EntityId:
    return EntityId(make_id("entity", name))


def lies_in(a: object, b: object) -> Fact:
    head, tail = entity(a), entity(b)
    return Fact(
        id=fact_id(Family(head, "LOCATED_IN", "", tail, (), True), None, None),
        head=head, relation="LOCATED_IN", tail=tail, phrase=LIES, qualifiers=(), polarity=True,
        valid_from=None, valid_to=None, stated=None, status=FactStatus.ACCEPTED, confidence=700_000,
        support=1, claims=(ClaimId(make_id("claim", str(a), str(b))),),
    )  # fmt: skip


def apply(state: MemoryState, *new: Fact, gone: Collection[Fact] = ()) -> ClosurePass:
    """A pass of inference over facts that came and went."""
    stated = TableDiff({f.id: f for f in gone}, {f.id: f for f in new})
    found = closure_pass(state, default_ontology(), stated)
    diff = TableDiff({**stated.old, **found.facts.old}, {**stated.new, **found.facts.new})
    nothing: Any = TableDiff()
    state.apply(GraphDiff(nothing, nothing, nothing, nothing, diff, nothing))
    return found


@pytest.mark.parametrize("upward", [True, False], ids=["many enter the hub", "many leave the hub"])
def test_one_more_fact_at_a_hub_reads_no_more_than_its_own_surroundings(upward: bool) -> None:
    def edge(a: object, b: object) -> Fact:
        return lies_in(a, b) if upward else lies_in(b, a)

    state = Counting()
    state.read = Counter()
    count = 4_000
    apply(state, *(edge(n, "hub") for n in range(count)), edge("hub", "above"), edge("above", "top"))
    reached = {f for f in state._facts.rows.values() if f.grounds}
    assert len(reached) == 2 * count + 1
    state.read.clear()
    found = apply(state, edge("new", "hub"))
    assert len(found.facts.new) == 2 and not found.facts.old
    assert state.read["facts"] < 20


def test_a_hub_that_is_too_wide_infers_nothing_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walks, "WIDEST", 64)
    state = MemoryState()
    found = apply(state, *(lies_in(n, "hub") for n in range(64)), lies_in("hub", "above"))
    assert len(found.facts.new) == 64 and not found.capped
    extra = lies_in("one more", "hub")
    found = apply(state, extra)
    assert len(found.facts.old) == 64 and not found.facts.new
    assert found.capped, "told"
    assert is_capped(state, default_ontology(), entity(0)) and is_capped(
        state, default_ontology(), entity("above")
    ), "and read"
    found = apply(state, gone=[extra])
    assert len(found.facts.new) == 64 and not found.capped
    assert not is_capped(state, default_ontology(), entity(0)) and not is_capped(
        state, default_ontology(), entity("above")
    )


def test_a_changed_ground_changes_what_follows() -> None:
    state = MemoryState()
    first, second = lies_in("a", "b"), lies_in("b", "c")
    apply(state, first, second)
    [row] = [f for f in state._facts.rows.values() if f.grounds]
    surer = replace(second, confidence=900_000)
    found = apply(state, surer, gone=[second])
    assert found.facts.old == {row.id: row}
    assert found.facts.new[row.id].confidence == 630_000
    disputed = replace(surer, status=FactStatus.CONTESTED)
    assert not apply(state, disputed, gone=[surer]).facts.new


def test_a_ring_that_closes_far_away_takes_back_what_it_contradicts() -> None:
    state = MemoryState()
    ring = [lies_in(n, (n + 1) % 8) for n in range(8)]
    apply(state, *ring[:5], *ring[6:])

    def inferred_between(a: object, b: object) -> bool:
        rows = state._facts.rows.values()
        return any(f.grounds and (f.head, f.tail) == (entity(a), entity(b)) for f in rows)

    assert inferred_between(0, 4)
    apply(state, ring[5])
    assert not inferred_between(0, 4) and not inferred_between(4, 0), "both ways follow: neither does"
    apply(state, gone=[ring[5]])
    assert inferred_between(0, 4)
