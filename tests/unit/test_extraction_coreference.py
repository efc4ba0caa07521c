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
        (
            "Charles de Gaulle led France. De Gaulle's army marched. In 1960 de Gaulle spoke.",
            {"Charles de Gaulle", "De Gaulle", "de Gaulle"},
        ),
        (
            "Ludwig van Beethoven was born in Bonn. Beethoven lived in Vienna. Van Beethoven died in 1827.",
            {"Ludwig van Beethoven", "Beethoven", "Van Beethoven"},
        ),
        (
            "Vincent van Gogh was born in Zundert. In 1890 van Gogh died. VAN GOGH lived in Arles.",
            {"Vincent van Gogh", "van Gogh", "VAN GOGH"},
        ),
        (
            "Dr. Ursula von der Leyen leads Nord Ltd. Von der Leyen left. President von der Leyen spoke.",
            {"Ursula von der Leyen", "Von der Leyen", "von der Leyen"},
        ),
        (
            "Sir Anthony van Dyck was born in Antwerp. Sir Anthony was a painter. Van Dyck's son left.",
            {"Anthony van Dyck", "Anthony", "Van Dyck"},
        ),
        (
            "Oscar de la Renta founded Acme Ltd. Mr. de la Renta left. De la Renta lives in Kent.",
            {"Oscar de la Renta", "de la Renta", "De la Renta"},
        ),
        (
            "Bashar al-Assad leads Syria. Al-Assad left. Assad's father led Syria. Later al-Assad spoke.",
            {"Bashar al-Assad", "Al-Assad", "Assad", "al-Assad"},
        ),
        (  # which the tagger takes for an organisation
            "Charles de Gaulle met Guy de Maupassant. De Maupassant died in 1893.",
            {"Guy de Maupassant", "De Maupassant"},
        ),
        (
            "Vincent van Gogh lived in Arles. Van Gogh left. His brother Theo van Gogh lived in Paris.",
            {"Vincent van Gogh", "Van Gogh"},
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
        (
            "Vincent van Gogh and Theo van Gogh lived in Paris. Van Gogh left.",
            ("Vincent van Gogh", "Van Gogh"),
        ),
        ("Vincent van Gogh and Theo van Gogh lived in Paris. Van Gogh left.", ("Theo van Gogh", "Van Gogh")),
        ("Marine Le Pen was born in Le Havre. Le Havre is a town.", ("Marine Le Pen", "Le Havre")),
        ("Ruth Le Havre lives in Leeds. Tom Reed was born in Le Havre.", ("Ruth Le Havre", "Le Havre")),
        ("Cecil Rhodes founded De Beers. De Beers employs 500 people.", ("Cecil Rhodes", "De Beers")),
    ],
)
def test_keeps_apart_what_only_looks_alike(text: str, apart: tuple[str, str]) -> None:
    assert not any(set(apart) <= found for found in names(text))


def test_small_words_belong_to_a_surname_and_to_nothing_else() -> None:
    text = "Mr. de la Renta met Anna Vance. The van Anna drove was red. In 1890 von Moltke left Leeds."
    found = {name for each in names(text) for name in each}
    assert {"de la Renta", "Anna Vance", "Anna"} <= found
    read_ = read("Ursula von der Leyen spoke. Later, von der Leyen moved to Hanover.")
    [person] = [r for r in read_.referents if r.type == "Person"]
    spans = [m.span for m in read_.mentions if m.referent == person.id]
    assert [(s.start, s.end) for s in spans] == [(0, 20), (35, 48)]
    assert "Ursula von der Leyen | LIVES_IN | Hanover" in {
        line.partition(" | from")[0] for line in lines(read_)
    }


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
