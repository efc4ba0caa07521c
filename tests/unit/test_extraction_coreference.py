"""Names of one thing in one document: joined where the text is sure, apart where it is not."""

import pytest

from graph.types import MentionKind
from tests.unit.test_extraction_gold import lines, read


def names(text: str) -> list[set[str]]:
    return [set(referent.names) for referent in read(text).referents]


@pytest.mark.parametrize(
    ("text", "together"),
    [
        ("Anna Vance spoke. Vance left. Ms Vance smiled.", {"Anna Vance", "Vance"}),
        ("Borealis Energy AG grew. Borealis hired staff.", {"Borealis Energy AG", "Borealis"}),
        ("The International Harbour Board (IHB) met. The IHB voted.", {"International Harbour Board", "IHB"}),
        ("Noordwind BV, formerly Halden Wind BV, makes turbines.", {"Noordwind BV", "Halden Wind BV"}),
        ("Atlas Group, also known as Meridian Works, grew.", {"Atlas Group", "Meridian Works"}),
        ('Solara Foods AG ("Solara") makes pasta.', {"Solara Foods AG", "Solara"}),
        ("T. Reyes and Tomas Reyes are one man.", {"Tomas Reyes", "T. Reyes"}),
        (
            "Ruth Okafor leads Project Meridian. Meridian is funded by Atlas Group.",
            {"Project Meridian", "Meridian"},
        ),
    ],
)
def test_joins_what_the_text_makes_one(text: str, together: set[str]) -> None:
    assert together in names(text)


@pytest.mark.parametrize(
    ("text", "apart"),
    [
        ("Julia Marsh met Jonas Marsh. Ms Marsh left.", ("Julia Marsh", "Jonas Marsh")),
        (
            "Mercury Shipping owns a yard. The Mercury is owned by Atlas Group.",
            ("Mercury Shipping", "Mercury"),
        ),
        ("Borealis Energy met Borealis Shipping.", ("Borealis Energy", "Borealis Shipping")),
        ("Carrow Shipping grew. Its office is in Carrow.", ("Carrow Shipping", "Carrow")),
        ("Anna Vance called Tom Reed.", ("Anna Vance", "Tom Reed")),
    ],
)
def test_keeps_apart_what_only_looks_alike(text: str, apart: tuple[str, str]) -> None:
    assert not any(set(apart) <= found for found in names(text))


def test_a_pronoun_takes_the_subject_of_its_gender() -> None:
    text = "Anna Vance met Tom Reed. She works for Borealis Energy. He works for Halcyon Power."
    assert lines(read(text)) == {
        "Anna Vance | WORKS_FOR | Borealis Energy",
        "Tom Reed | WORKS_FOR | Halcyon Power",
    }


def test_an_ambiguous_pronoun_is_left_alone() -> None:
    text = "Anna Vance and Ruth Okafor met. She works for Borealis Energy."
    assert lines(read(text)) == set()


def test_pronouns_are_mentions_of_what_they_stand_for() -> None:
    text = "Anna Vance left. She works for Borealis Energy."
    found = read(text)
    [pronoun] = [m for m in found.mentions if m.kind is MentionKind.PRONOUN]
    assert pronoun.span.of(text) == "She"
    assert {r.id: r.names[0] for r in found.referents}[pronoun.referent] == "Anna Vance"


def test_the_company_is_the_only_one_it_can_be() -> None:
    text = "Borealis Energy grew. Anna Vance met Ruth Okafor. The company employs 90 people."
    assert lines(read(text)) == {"Borealis Energy | EMPLOYEE_COUNT | 90"}


def test_the_company_is_nobody_where_two_would_do() -> None:
    text = "Anna Vance met Borealis Energy and Halcyon Power. The company employs 90 people."
    assert lines(read(text)) == set()


def test_a_defined_term_is_a_name_in_its_own_document_only() -> None:
    """Where every contract has its Company, that word would make all their parties one."""
    read_ = read('Acme Ltd (the "Company") makes anvils. The Company is headquartered in Leeds.')
    assert [set(r.names) for r in read_.referents if r.type == "Organization"] == [{"Acme Ltd"}]
    assert "Acme Ltd | HEADQUARTERED_IN | Leeds" in lines(read_)


@pytest.mark.parametrize("text", ["The Company", "The State", "July 30", "Total Net Sales", "Three Months"])
def test_what_describes_without_naming_is_no_thing(text: str) -> None:
    found = read(f"{text} is based in Leeds. Ruth Okafor leads {text}.")
    assert {name for r in found.referents for name in r.names} <= {"Leeds", "Ruth Okafor"}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Hovden is located in Bremland.", "Place"),
        ("Hovden is located in Bremland. Hovden employs 500 people.", "Organization"),
        ("Borealis Energy is located in Bremland.", "Organization"),
    ],
)
def test_what_lies_somewhere_is_a_place_unless_more_is_said_of_it(text: str, kind: str) -> None:
    assert next(r.type for r in read(text).referents if r.names[0] != "Bremland") == kind
