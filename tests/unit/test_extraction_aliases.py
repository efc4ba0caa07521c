"""Other names that a text gives to one thing: which of them it gave up, and what is no alias."""

import pytest

from tests.unit.test_extraction_coreference import names
from tests.unit.test_extraction_gold import lines, read


@pytest.mark.parametrize(
    "text",
    [
        "Acme Corp (formerly Bolt Ltd) employs 500 people.",
        "Acme Corp, previously Bolt Ltd, employs 500 people.",
        "Acme Corp, formerly known as Bolt Ltd, employs 500 people.",
        "Acme Corp (formerly named Bolt Ltd) employs 500 people.",
        "Acme Corp, then called Bolt Ltd, employs 500 people.",
        "Acme Corp (until 2019: Bolt Ltd) employs 500 people.",
        "Acme Corp (f/k/a Bolt Ltd) employs 500 people.",
        "Acme Corp (f.k.a. Bolt Ltd) employs 500 people.",
        "Acme Corp, the former Bolt Ltd, employs 500 people.",
        "Acme Corp, which until 2019 was called Bolt Ltd, employs 500 people.",
        "Acme Corp was known as Bolt Ltd until 2019. Acme Corp employs 500 people.",
        "Acme Corp used to be called Bolt Ltd. Acme Corp employs 500 people.",
        "Formerly known as Bolt Ltd, Acme Corp employs 500 people.",
        "Until 2019 called Bolt Ltd, Acme Corp employs 500 people.",
        "Bolt Ltd, renamed Acme Corp in 2019, employs 500 people.",
        "Bolt Ltd was renamed to Acme Corp in 2019. Acme Corp employs 500 people.",
        "Bolt Ltd renamed itself Acme Corp in 2019. Acme Corp employs 500 people.",
        "Bolt Ltd was rebranded as Acme Corp in 2019. Acme Corp employs 500 people.",
        "Bolt Ltd became known as Acme Corp in 2019. Acme Corp employs 500 people.",
        "Bolt Ltd adopted the name Acme Corp in 2019. Acme Corp employs 500 people.",
        "Bolt Ltd has changed its name to Acme Corp. Acme Corp employs 500 people.",
        "Bolt Ltd changed its corporate name to Acme Corp. Acme Corp employs 500 people.",
        "Acme Corp changed its name from Bolt Ltd in 2019. Acme Corp employs 500 people.",
        "The company changed its name from Bolt Ltd to Acme Corp in 2019. Acme Corp employs 500 people.",
        "Its owners changed the name of Bolt Ltd to Acme Corp. Acme Corp employs 500 people.",
        "Bolt Ltd (now Acme Corp) employs 500 people.",
        "Bolt Ltd, now known as Acme Corp, employs 500 people.",
        "Bolt Ltd, later known as Acme Corp, employs 500 people.",
        "Bolt Ltd, today called Acme Corp, employs 500 people.",
        "Bolt Ltd was since 2019 known as Acme Corp. Acme Corp employs 500 people.",
    ],
)
def test_a_name_that_was_given_up_is_an_alias_of_the_present_one(text: str) -> None:
    found = read(text)
    [firm] = [r for r in found.referents if r.type == "Organization"]
    assert firm.names == ("Acme Corp", "Bolt Ltd")
    spoken = [m.span.of(text) for m in found.mentions if m.referent == firm.id and m.kind.value == "name"]
    assert {*spoken} == {"Acme Corp", "Bolt Ltd"}
    assert "Acme Corp | EMPLOYEE_COUNT | 500" in lines(found)  # the year is the name's


@pytest.mark.parametrize(
    ("text", "aliases"),
    [
        ("Anna Vance (née Lund) lives in Oslo.", ["Lund", "Anna Lund"]),
        ("Anna Vance née Lund lives in Oslo.", ["Lund", "Anna Lund"]),
        ("Anna Vance, nee Lund, lives in Oslo.", ["Lund", "Anna Lund"]),
        ("Anna Vance, née Anna Lund, lives in Oslo.", ["Anna Lund"]),
        ("Anna Vance (born Anna Lund, 3 May 1961) lives in Oslo.", ["Anna Lund"]),
        ("Anna Vance, born Anna Lund, lives in Oslo.", ["Anna Lund"]),
        ("Anna Vance was born Anna Lund in Leeds. She lives in Oslo.", ["Anna Lund"]),
        ("Born Anna Lund, Anna Vance lives in Oslo.", ["Anna Lund"]),
    ],
)
def test_the_name_of_birth_is_an_alias_in_full(text: str, aliases: list[str]) -> None:
    found = read(text)
    [person] = [r for r in found.referents if r.type == "Person"]
    assert person.names == ("Anna Vance", *aliases)
    assert "Anna Vance | LIVES_IN | Oslo" in lines(found)


def test_names_given_up_one_after_the_other_are_of_one_thing() -> None:
    assert names("Acme Corp (formerly Bolt Ltd, then Nut Inc) employs 500 people.") == [
        {"Acme Corp", "Bolt Ltd", "Nut Inc"}
    ]


@pytest.mark.parametrize(
    ("text", "apart"),
    [
        ("Anna Vance then called Tom Reed.", ("Anna Vance", "Tom Reed")),
        ("Anna Vance had called Tom Reed.", ("Anna Vance", "Tom Reed")),
        ("Nut Inc renamed Bolt Ltd.", ("Nut Inc", "Bolt Ltd")),
        ("Bolt Ltd plans to change its name to Acme Corp.", ("Bolt Ltd", "Acme Corp")),
        ("Bolt Ltd did not change its name to Acme Corp.", ("Bolt Ltd", "Acme Corp")),
        ("Bolt Ltd will be renamed Acme Corp.", ("Bolt Ltd", "Acme Corp")),
        ("Acme Corp (formerly Bolt Ltd and Nut Inc) grew.", ("Acme Corp", "Bolt Ltd")),
        ("Acme Corp, formerly Bolt Ltd's rival, grew.", ("Acme Corp", "Bolt Ltd")),
        ("Anna Vance, the former Nord Ltd chief executive, left.", ("Anna Vance", "Nord Ltd")),
        ("Anna Vance (formerly Nord Ltd) joined Acme Corp.", ("Anna Vance", "Nord Ltd")),
        ("Anna Vance (born Oslo) lives in Leeds.", ("Anna Vance", "Oslo")),
        ("Tom Reed (born Leeds, 1960) leads Nord Ltd.", ("Tom Reed", "Leeds")),
        ("Born in Oslo, Anna Vance lives in Leeds.", ("Anna Vance", "Oslo")),
        ("Tom Reed was born in Lemberg, now Ukraine, in 1901.", ("Lemberg", "Ukraine")),
    ],
)
def test_what_only_sounds_so_is_no_alias(text: str, apart: tuple[str, str]) -> None:
    assert not any(set(apart) <= found for found in names(text))
