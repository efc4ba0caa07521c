"""Relations that are kinds of others: what their facts say of those, and what those exclude for them."""

from collections.abc import Mapping

import pytest

from graph.epochs.votes import votes_of
from graph.errors import OntologyError
from graph.ontology import default_ontology_text, parse_ontology
from graph.relations import Sense
from graph.types import Conflict, ConflictKind, Fact, FactStatus, PartialDate, Resolve
from tests.property.worlds import KINDS_ONTOLOGY
from tests.unit.fusion_stories import Line, Workspace, number

WORDS = """
[entity.Place]
[entity.Person]
[relation.LOCATED_IN]
heads = ["Place"]
tails = ["Place"]
asymmetric = true
transitive = true
phrases = ["lie in"]
[relation.CAPITAL_OF]
heads = ["Place"]
tails = ["Place"]
functional = true
parent = "LOCATED_IN"
phrases = ["capital of"]
[relation.HAS_CAPITAL]
heads = ["Place"]
tails = ["Place"]
inverse_of = "CAPITAL_OF"
phrases = ["have capital"]
[relation.LEADS]
heads = ["Person"]
tails = ["Place"]
inverse_functional = true
temporal = "state"
phrases = ["lead"]
[relation.GOVERNS]
heads = ["Person"]
tails = ["Place"]
temporal = "state"
parent = "LEADS"
phrases = ["govern"]
[relation.KIN_OF]
heads = ["Person"]
tails = ["Person"]
symmetric = true
phrases = ["kin of"]
[relation.CHILD_OF]
heads = ["Person"]
tails = ["Person"]
asymmetric = true
parent = "KIN_OF"
exclusive = "family"
phrases = ["child of"]
[relation.MARRIED_TO]
heads = ["Person"]
tails = ["Person"]
symmetric = true
exclusive = "family"
phrases = ["marry"]
[relation.SON_OF]
heads = ["Person"]
tails = ["Person"]
parent = "CHILD_OF"
phrases = ["son of"]
[relation.INCOME]
heads = ["Place"]
values = ["number"]
phrases = ["income"]
[relation.NET_INCOME]
heads = ["Place"]
values = ["number"]
functional = true
parent = "INCOME"
phrases = ["net income"]
[unit.kEUR]
of = "EUR"
times = 1000
[unit.EUR]
of = "EUR"
times = 1
"""


def told(*lines: Line, **documents: Line) -> Workspace:
    workspace = Workspace(ontology=parse_ontology(WORDS))
    for name, line in {**{str(n): line for n, line in enumerate(lines)}, **documents}.items():
        workspace.tell(name, line)
    return workspace


def inferred(workspace: Workspace) -> dict[str, Fact]:
    return {said: f for said, f in workspace.facts().items() if f.status is FactStatus.INFERRED}


def statuses(facts: Mapping[str, Fact]) -> dict[str, str]:
    return {said: f.status.value for said, f in facts.items() if not f.grounds}


def only(workspace: Workspace) -> Conflict:
    [conflict] = workspace.conflicts()
    return conflict


VIENNA = ("Vienna:Place", "capital of", "Austria:Place")


def test_what_stands_in_a_relation_stands_in_its_parent() -> None:
    workspace = told(("Vienna:Place", "capital of", "Austria:Place", {"valid_from": PartialDate("1918")}))
    [(said, fact)] = inferred(workspace).items()
    assert said == "Vienna LOCATED_IN Austria"
    ground = workspace.facts()["Vienna CAPITAL_OF Austria"]
    assert (fact.grounds, fact.claims, fact.support) == ((ground.id,), (), 1)
    assert (fact.valid_from, fact.valid_to, fact.confidence) == ("1918", None, ground.confidence)
    assert fact.reason == "Follows from a fact: CAPITAL_OF is a kind of LOCATED_IN."
    assert fact.phrase == "located in", "not by the words of what is more than that"
    workspace.forget("0")
    assert not workspace.facts()


def test_an_inverse_says_it_from_the_other_end() -> None:
    assert set(inferred(told(("Austria:Place", "have capital", "Vienna:Place")))) == {
        "Vienna LOCATED_IN Austria"
    }


def test_walks_of_a_transitive_parent_go_over_what_is_a_kind_of_it() -> None:
    workspace = told(VIENNA, ("Austria:Place", "lie in", "Europe:Place"))
    found = inferred(workspace)
    assert set(found) == {"Vienna LOCATED_IN Austria", "Vienna LOCATED_IN Europe"}
    far = found["Vienna LOCATED_IN Europe"]
    assert [*far.grounds] == [
        workspace.facts()[said].id for said in ("Vienna CAPITAL_OF Austria", "Austria LOCATED_IN Europe")
    ]
    assert far.phrase == "located in" and "CAPITAL_OF, a kind of it" in far.reason
    assert "Vienna CAPITAL_OF Europe" not in found
    workspace.forget("0")
    assert not inferred(workspace)


def test_nothing_follows_where_the_parent_is_stated_or_denied() -> None:
    stated = told(VIENNA, ("Vienna:Place", "lie in", "Austria:Place"))
    assert not inferred(stated) and not stated.conflicts()
    stated.forget("1")
    assert inferred(stated)
    denial = told(("Vienna:Place", "capital of", "Austria:Place", {"polarity": False}))
    assert not inferred(denial), "a denial says nothing of the parent"
    walk = told(
        ("Graz:Place", "lie in", "Styria:Place"),
        ("Styria:Place", "lie in", "Austria:Place"),
        ("Graz:Place", "capital of", "Austria:Place", {"polarity": False}),
    )
    assert set(inferred(walk)) == {"Graz LOCATED_IN Austria"}, "nor does it stand in the way of a walk"


def test_qualified_facts_and_literals_say_it_as_they_are_told() -> None:
    winter = (("season", "winter"),)
    [fact] = inferred(told(("Vienna:Place", "capital of", "Austria:Place", {"qualifiers": winter}))).values()
    assert fact.qualifiers == winter
    workspace = told(("Vienna:Place", "net income", number("5", "kEUR")))
    [fact] = inferred(workspace).values()
    assert (fact.relation, fact.tail) == ("INCOME", number("5", "kEUR")), "told in the child's unit"
    workspace.tell("again", ("Vienna:Place", "income", number("5000", "EUR")))
    assert not inferred(workspace), "the same, stated"
    workspace.tell("again", ("Vienna:Place", "income", number("7000", "EUR")))
    assert set(inferred(workspace)) == {"Vienna INCOME 5"} and not workspace.conflicts()


def test_a_denied_parent_contradicts_its_child() -> None:
    workspace = told(VIENNA, b=VIENNA, no=("Vienna:Place", "lie in", "Austria:Place", {"polarity": False}))
    conflict, facts = only(workspace), workspace.facts()
    assert conflict.kind is ConflictKind.POLARITY
    assert conflict.winner == facts["Vienna CAPITAL_OF Austria"].id
    assert statuses(facts) == {
        "Vienna CAPITAL_OF Austria": "accepted",
        "Vienna not LOCATED_IN Austria": "contested",
    }
    assert not inferred(workspace), "what is stated or denied is not inferred, whatever became of it"


def test_one_at_a_time_of_the_parent_holds_for_its_children() -> None:
    a, b = ("Ada Lund:Person", "govern", "Rome:Place"), ("Bea Holm:Person", "lead", "Rome:Place")
    workspace = told(a, b)
    assert only(workspace).kind is ConflictKind.VALUE
    assert statuses(workspace.facts()) == {
        "Ada Lund GOVERNS Rome": "contested",
        "Bea Holm LEADS Rome": "contested",
    }
    assert not inferred(workspace), "what is contested says nothing of its parent"
    workspace.tell("more", a)
    workspace.tell("yet more", a)
    assert statuses(workspace.facts()) == {
        "Ada Lund GOVERNS Rome": "accepted",
        "Bea Holm LEADS Rome": "contested",
    }
    two = told(a, ("Bea Holm:Person", "govern", "Rome:Place"))
    assert only(two).kind is ConflictKind.VALUE, "by what the parent is, not GOVERNS itself"
    same = told(a, ("Ada Lund:Person", "lead", "Rome:Place"))
    assert not same.conflicts()
    newer = told(
        ("Ada Lund:Person", "govern", "Rome:Place", {"valid_from": PartialDate("2001")}),
        ("Bea Holm:Person", "lead", "Rome:Place", {"valid_from": PartialDate("2005")}),
    )
    assert only(newer).kind is ConflictKind.RECENCY
    former = newer.facts()["Ada Lund GOVERNS Rome"]
    assert (former.status, former.valid_to) == (FactStatus.SUPERSEDED, "2005")


def test_children_of_what_is_one_at_a_time_are_votes_on_it() -> None:
    workspace = told(
        ("Ada Lund:Person", "govern", "Rome:Place"), ("Bea Holm:Person", "lead", "Rome:Place"), VIENNA
    )
    state = workspace.fuse()
    contents = {claim.content for claim in state._claims.rows.values()}
    votes = votes_of(
        state._facts.rows,
        state._conflicts.rows.values(),
        state._claims.rows,
        state.documents(contents),
        {content: [content.hex()] for content in contents},
        workspace.ontology,
        800_000,
    )
    assert sorted((vote.relation, vote.item == only(workspace).id) for vote in votes) == [
        ("CAPITAL_OF", False),
        ("LEADS", True),
        ("LEADS", True),
    ]


def test_a_person_decides_between_a_child_and_its_parent() -> None:
    workspace = told(("Ada Lund:Person", "govern", "Rome:Place"), ("Bea Holm:Person", "lead", "Rome:Place"))
    workspace.rule(
        Resolve(workspace.referent("1", "Bea Holm:Person"), "LEADS", workspace.referent("1", "Rome:Place"))
    )
    assert statuses(workspace.facts()) == {
        "Ada Lund GOVERNS Rome": "contested",
        "Bea Holm LEADS Rome": "accepted",
    }


def test_directions_and_exclusive_relations_hold_for_children() -> None:
    turned = told(VIENNA, ("Austria:Place", "lie in", "Vienna:Place"))
    assert only(turned).kind is ConflictKind.DIRECTION
    sons = told(
        ("Al Berg:Person", "son of", "Bo Dahl:Person"), ("Bo Dahl:Person", "son of", "Al Berg:Person")
    )
    assert only(sons).kind is ConflictKind.DIRECTION, "two children of each other"
    married = told(
        ("Al Berg:Person", "son of", "Bo Dahl:Person"), ("Al Berg:Person", "marry", "Bo Dahl:Person")
    )
    assert only(married).kind is ConflictKind.RELATION, "children of who they marry"
    both = told(
        ("Al Berg:Person", "son of", "Bo Dahl:Person"), ("Al Berg:Person", "child of", "Bo Dahl:Person")
    )
    assert not both.conflicts(), "a son is a child"


def test_kin_is_said_both_ways_once() -> None:
    found = inferred(told(("Al Berg:Person", "son of", "Bo Dahl:Person")))
    kin = [said for said, fact in found.items() if fact.relation == "KIN_OF"]
    assert len(kin) == 1 and set(found) == {*kin, "Al Berg CHILD_OF Bo Dahl"}


def test_what_relations_say_of_each_other_is_told_by_the_names_that_facts_bear() -> None:
    relations = KINDS_ONTOLOGY.relations
    assert relations.canonical("LIES_IN") == "HOLDS"
    assert relations.above("SEAT_OF") == (
        Sense("SEAT_OF"),
        Sense("CAPITAL_OF"),
        Sense("HOLDS", straight=False, turned=True),
        Sense("TIED_TO", straight=True, turned=True),
    )
    assert {sense.relation for sense in relations.below("HOLDS")} == {"HOLDS", "CAPITAL_OF", "SEAT_OF"}
    assert relations.rivals("PROTECTS") == {"ENEMY_OF"}
    assert relations.rivals("ENEMY_OF") == {"FRIEND_OF", "PROTECTS"}


def relation(name: str, more: str = "", heads: str = "Thing", tails: str = "Thing") -> str:
    return f"[relation.{name}]\nheads = ['{heads}']\ntails = ['{tails}']\n{more}\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (relation("A", "parent = 'B'"), r"parent 'B' is not defined; add \[relation.B\]"),
        (relation("A", "parent = ['B']"), "parent must be a text"),
        (relation("A", "parent = 'A'"), "its own parent; leave parent out"),
        (relation("A", "parent = 'B'") + relation("B", "parent = 'A'"), "form a circle; leave one"),
        (relation("A", "parent = 'B'") + relation("B", "inverse_of = 'A'"), "say symmetric = true"),
        (
            relation("A", "parent = 'B'") + relation("B", "parent = 'C'") + relation("C", "inverse_of = 'A'"),
            "form a circle",
        ),
        (
            "[entity.P]\n" + relation("A", "parent = 'B'") + relation("B", heads="P"),
            r"'Thing' of its heads is none of those of its parent 'B' \(P\)",
        ),
        (
            "[entity.P]\n" + relation("A", "parent = 'B'", heads="P") + relation("B", tails="P"),
            "'Thing' of its tails",
        ),
        (relation("A", "values = ['date']\nparent = 'B'") + relation("B"), "its values are date, which its"),
        (relation("A", "symmetric = true\nparent = 'B'") + relation("B", "asymmetric = true"), "both ways"),
        (
            relation("A", "exclusive = 'g'\nparent = 'B'") + relation("B", "exclusive = 'g'"),
            "put only the upper of them into the group",
        ),
    ],
)  # fmt: skip
def test_a_parent_that_cannot_be_is_refused_with_what_to_do(text: str, why: str) -> None:
    with pytest.raises(OntologyError, match=why):
        parse_ontology(text)


def test_a_subtype_of_the_parents_ends_will_do() -> None:
    text = "[entity.P]\n[entity.Q]\nparent = 'P'\n" + relation("B", heads="P") + relation(
        "A", "parent = 'B'", heads="Q", tails="Q"
    )  # fmt: skip
    assert parse_ontology(text).relation_types["A"].parent == "B"
    assert all(r.parent is None for r in parse_ontology(default_ontology_text()).relation_types.values())
