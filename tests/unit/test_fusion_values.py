"""What counts as the same value: times of day, codes, names in a row, numbers with signs."""

from itertools import combinations

import pytest

from graph.fusion.normalize import agree, agreeing, literal, normalise_value, refines, unlabelled
from graph.ontology import parse_ontology
from graph.types import Value, ValueKind
from tests.unit.fusion_stories import Workspace

ONTOLOGY = parse_ontology(
    """
[entity]
Thing = {}
[relation.LEAVES_AT]
heads = ["Thing"]
values = ["text"]
functional = true
phrases = ["leave at"]
[relation.GATE]
heads = ["Thing"]
values = ["text"]
functional = true
phrases = ["departure gate"]
[relation.WRITTEN_BY]
heads = ["Thing"]
values = ["text"]
functional = true
phrases = ["write by"]
[relation.WORTH]
heads = ["Thing"]
values = ["number"]
functional = true
phrases = ["worth"]
"""
)


def text(said: str) -> Value:
    return normalise_value(Value(ValueKind.TEXT, said))


def one(*said: str) -> None:
    assert len({text(each) for each in said}) == 1, [text(each).text for each in said]


@pytest.mark.parametrize(
    "said",
    [
        ("7:48 PM", "07:48 p.m.", "7:48p", "7.48 pm", "19:48 Uhr", "7:48 P.M", "T19:48"),
        ("7:48 AM", "07:48a", "7:48 a.m."),
        ("12:05 am", "0:05 AM", "T00:05"),
        ("12 PM", "noon", "12:00 p.m.", "Midday"),
        ("7 p.m.", "7PM", "19 Uhr"),
        ("7:48:30 pm", "07:48:30 P.M."),
        ("19h48", "19:48", "19:48 hrs"),
        ("Frank Abel; Anna Moreno", "Moreno, Anna; Abel, Frank", "Anna Moreno, Frank Abel"),
        ("Frank Abel and Anna Moreno", "Frank Abel & Anna Moreno", "Abel, Frank and Moreno, Anna"),
        ("Frank Abel | Anna Moreno", "Abel, Frank, Moreno, Anna", "Frank Abel; Anna Moreno; Frank Abel"),
        ("Ann Abel, Bob Holm and Cai Orr", "Orr, Cai; Holm, Bob; Abel, Ann", "Cai Orr, Bob Holm, & Ann Abel"),
        ("Fowler, Ines", "Ines Fowler", "INES FOWLER"),
        ("Le Guin, Ursula K.", "Ursula K. Le Guin"),
        ("van der Berg, Jan", "Jan van der Berg"),
        ("J.K. Rowling", "J. K. Rowling", "Rowling, J.K.", "J K Rowling"),
        ("King, Ed, Jr.; Holm, Ann", "Holm, Ann; King, Ed, Jr."),
        ("Ed King Jr.", "Ed King, Jr."),
        ("Abel, Moreno and Holm", "Holm; Moreno; Abel"),
        ("Frank Abel et al.", "Frank Abel and others", "Abel, Frank, et al."),
        (
            "2011-12-01 07:48 PM",
            "Dec 1, 2011 7:48pm",
            "2011-12-01T19:48",
            "7:48p (1 Dec 2011)",
            "01DEC2011 19:48",
        ),
        ("Thu 01-Dec-2011 7:48 PM", "1 December 2011, 19:48", "7:48 P.M., Thursday, December 1st, 2011"),
        ("7:48pDec 1", "Dec 01 - 7:48pm", "Thu, Dec 1 07:48 PM", "19:48 on 1 December", "Dec 1 at 7:48 PM"),
        ("12/1/2011 7:48 PM", "12/01/2011 19:48", "7:48p 12/1/2011"),
        ("2011-12-01", "Dec 1, 2011", "1 December 2011", "2011-12-01 00:00:00", "Thu, 2011/12/01"),
        ("25/12/2011", "12/25/2011", "25.12.2011", "Dec 25, 2011"),
        ("Dec 1, 7:48 PM EST", "7:48 pm (-05:00) Dec 1"),
        ("2011-12-01T19:48:30Z", "2011-12-01 19:48:30 +00:00"),
        ("Noon, Dec 1", "Dec 1 12 PM"),
        (
            "Frank Abel, Anna Moreno (Authors)",
            "by Frank Abel and Anna Moreno",
            "Abel, Frank (Author); Moreno, Anna",
        ),
        (
            "Moreno Anna, Holm Peter",
            "Moreno Anna Holm Peter",
            "Anna Moreno Peter Holm",
            "Anna Moreno / Peter Holm",
        ),
        ("Vance J", "J. Vance", "Vance, J"),
        ("Vance J A; Holm B.", "J.A. Vance, B. Holm"),
        ("Ada Vance, Ph.D.", "Vance, Ada", "Ada Vance (Ed.)"),
        ("Ada Vance [et al.]", "Ada Vance et al."),
        ("E10", "E-10", "E 10", "e10"),
        ("12A", "12-A", "12 a"),
    ],
)
def test_texts_are_one_however_they_are_written(said: tuple[str, ...]) -> None:
    one(*said)


@pytest.mark.parametrize(
    "said",
    [
        ("2:1", "14:1", "1:2"),  # ratios
        ("3:48", "15:48", "3:49", "John 3:48"),  # scores, a verse
        ("1:05:33", "13:05:33", "1:05"),  # durations
        ("7.48", "7.48p", "19.48"),
        ("07:48", "19:48"),
        ("07:48", "7:48 PM"),
        ("7:48 AM", "7:48 PM", "7:49 PM"),
        ("25:10 pm", "7:60 pm", "13:10 am"),
        ("A+", "A-", "A", "A+-"),
        ("E10", "E1", "E-1 0"),
        ("3-1", "31"),
        ("O-1", "O+1", "O 1.5"),
        ("Frank Abel", "Frank Abel; Anna Moreno", "Frank Abel; Anna Moreno; Ben Holm"),
        ("Frank Moreno; Anna Abel", "Frank Abel; Anna Moreno"),
        ("Frank Abel", "Anna Abel", "F. Moreno", "Frank"),
        ("E minor", "E flat minor", "C minor", "Cis minor"),
        ("North Park School", "North School", "N Park School"),
        ("Duran and Duran", "Duran"),
        ("Frank Abel Jr.", "Frank Abel Sr."),
        ("Ann Abel et al.", "Bob Holm; Cai Orr"),
        ("Dec 1, 7:48 PM", "Dec 2, 7:48 PM", "Dec 1, 7:49 PM", "Dec 1 7:48 AM", "2011-11-01 7:48 PM"),
        ("12/1/2011", "1/12/2011", "12.1.2011", "2011-12-02"),
        ("12/1/11 7:48 PM", "1/12/2011 7:48 PM", "12/1/2012 7:48 PM"),
        ("2011-12-01 19:48 EST", "2011-12-01 19:48 CST"),
        ("Fri 2011-12-01", "2011-12-01"),  # a Thursday
        ("1.2.3", "1.2.3.4", "2.1.3", "1/2/3"),  # versions
        ("3:2", "Dec 1", "16:9", "3-2"),
        ("3:16", "Dec 1", "John 3:16", "Mar 3:16"),
        ("978-0-12-374856-0", "978-0-12-374856-1"),
        ("9:00-17:00", "9:00", "17:00"),
        ("1984", "Dec 1", "1985-11-02", "7:48 PM 1985-11-03"),
        ("7:48", "Dec 1"),
        ("by the sea", "the sea", "by land and by sea", "land and sea"),
        ("Anna Moreno; Peter Holm", "Anna Holm; Peter Moreno", "Anna Peter; Moreno Holm"),
        ("Frank J", "J Frank", "J. Frank"),
    ],
)
def test_texts_that_look_alike_are_not_one(said: tuple[str, ...]) -> None:
    pairs = [(x, y) for x, y in combinations(said, 2) if agree(text(x), text(y))]
    assert pairs == []


@pytest.mark.parametrize(
    ("precise", "vague"),
    [
        ("7:48 PM", "7:48"),
        ("7:48 AM", "7:48"),
        ("7:48 AM", "07:48"),
        ("07:48", "7:48"),
        ("7:48 PM", "19:48"),
        ("12:30 AM", "12:30"),
        ("7:48:30 PM", "7:48 PM"),
        ("Frank Abel", "F. Abel"),
        ("Frank J. Abel", "Frank Abel"),
        ("Frank James Abel", "F. J. Abel"),
        ("Abel, Frank; Moreno, Anna", "A. Moreno; Frank Abel"),
        ("Dr. Frank Abel", "Frank Abel"),
        ("Frank Abel and Anna Moreno", "F. Abel et al."),
        ("Escherichia coli", "E. coli"),
        ("2011-12-01 7:48 PM", "12/1/2011 7:48 PM"),
        ("2011-12-01 7:48 PM", "12/1 19:48"),
        ("2011-12-01 7:48 PM", "7:48pDec 1"),
        ("2011-12-01 7:48 PM", "7:48 PM"),
        ("2011-12-01 7:48 PM", "7:48"),
        ("2011-12-01 7:48 PM", "19:48"),
        ("2011-12-01 7:48 PM", "1 Dec 2011"),
        ("2011-12-01 7:48 PM", "2011"),
        ("Dec 1, 7:48 PM", "7:48, Dec 1"),
        ("Dec 1, 7:48 PM EST", "Dec 1, 7:48 PM"),
        ("2011-12-01T19:48:30", "2011-12-01 19:48"),
        ("2011-12-01", "12/1/11"),
        ("2011-12-01", "12.1.2011"),
        ("Thu 12/1/11", "12/1/11"),
    ],
)
def test_a_text_may_say_the_same_and_more(precise: str, vague: str) -> None:
    x, y = text(precise), text(vague)
    assert refines(x, y) and agree(x, y) and not refines(y, x)
    assert {frozenset(pair) for pair in agreeing([x, y])} == {frozenset((x, y))}


@pytest.mark.parametrize(
    ("written", "number", "unit"),
    [
        ("3.07%", "3.07", "%"),
        ("+3.07 %", "3.07", "%"),
        ("3.07 per cent", "3.07", "%"),
        ("about 5%", "5±0.5", "%"),
        ("5-6%", "5..6", "%"),
        ("(5.36%)", "-5.36", "%"),
        ("(5.36)%", "-5.36", "%"),
        ("(1,234.50)", "-1234.5", None),
        ("($2.5m)", "-2500000", "USD"),
        ("(3)", None, None),
        ("(2019)", None, None),
        ("(-5%)", None, None),
        ("2.9Bil", "2900000000", None),
        ("$2.89 billion", "2890000000", "USD"),
        ("$5 mil", "5000000", "USD"),
        ("1.2 Tril.", "1200000000000", None),
        ("12.34 USD", "12.34", "USD"),
        ("USD 12.34", "12.34", "USD"),
        ("-$12.34", "-12.34", "USD"),
        ("$-12.34", "-12.34", "USD"),
        ("5m euros", "5000000", "EUR"),
        ("€5m", "5000000", "EUR"),
        ("over $5m", "5000000..", "USD"),
        ("5 years", "5", "years"),
        ("500 people", "500", None),
        ("%", None, None),
        ("$5 %", None, None),
        ("5 % of them", None, None),
        ("100% cotton", None, None),
    ],
)
def test_a_number_keeps_what_stands_beside_it(written: str, number: str | None, unit: str | None) -> None:
    read = literal(written, (ValueKind.NUMBER,), {})
    if number is None:
        assert read is None
    else:
        assert read is not None
        assert normalise_value(read) == Value(ValueKind.NUMBER, number, unit)


@pytest.mark.parametrize(
    ("said", "phrase", "code"),
    [
        ("Gate E10", "gate", "E10"),
        ("gate E10", "departure gate", "E10"),
        ("Gate of Heaven", "gate", "Gate of Heaven"),
        ("Terminal 3", "gate", "Terminal 3"),
        ("E10", "gate", "E10"),
        ("gate", "gate", "gate"),
    ],
)
def test_a_code_needs_no_label(said: str, phrase: str, code: str) -> None:
    assert unlabelled(said, phrase) == code


def told(phrase: str, *said: str) -> dict[str, tuple[int, str]]:
    w = Workspace(ontology=ONTOLOGY)
    for n, each in enumerate(said):
        w.tell(f"d{n}", ("It", phrase, Value(ValueKind.TEXT, each)))
    return {name: (fact.support, fact.status.value) for name, fact in w.facts().items()}


def test_a_time_without_a_half_of_the_day_goes_with_the_one_that_has_it() -> None:
    assert told("leave at", "7:48 PM", "19:48", "7:48", "7:48p", "7:48 PM") == {
        "It LEAVES_AT 7:48 PM": (5, "accepted")
    }
    assert told("leave at", "7:48 PM", "7:48 AM", "7:48") == {
        "It LEAVES_AT 7:48 PM": (1, "contested"),
        "It LEAVES_AT 7:48 AM": (1, "contested"),
        "It LEAVES_AT 7:48": (1, "accepted"),
    }


def test_who_wrote_it_is_told_in_any_order_and_not_by_halves() -> None:
    assert told(
        "write by", "Frank Abel and Anna Moreno", "Moreno, A.; Abel, Frank", "Frank Abel", "Frank Abel et al."
    ) == {
        "It WRITTEN_BY Frank Abel and Anna Moreno": (3, "accepted"),
        "It WRITTEN_BY Frank Abel": (1, "contested"),
    }


def test_what_may_be_one_of_two_days_is_the_one_that_others_tell() -> None:
    assert told("leave at", "12/1/2011 7:48 PM", "Dec 1, 7:48p", "1 Dec 2011") == {
        "It LEAVES_AT 2011-12-01t19:48": (3, "accepted")
    }
    assert told("leave at", "12/1/2011 7:48 PM", "2011-12-01", "2011-01-12") == {
        "It LEAVES_AT 12/1/2011 7:48 PM": (1, "accepted"),
        "It LEAVES_AT 2011-12-01": (1, "contested"),
        "It LEAVES_AT 2011-01-12": (1, "contested"),
    }
    assert told("leave at", "12/1/11 7:48 PM", "Dec 1", "2011-12-01T19:48") == {
        "It LEAVES_AT 2011-12-01T19:48": (3, "accepted")
    }


def test_who_says_less_speaks_for_each_that_says_more() -> None:
    days = "Dec 1, 7:48 PM", "Dec 1, 7:48 PM", "Dec 2, 7:48 PM"
    assert told("leave at", *days, "7:48p", "7:48 P.M.", *["Dec 1, 8:15 PM"] * 3) == {
        "It LEAVES_AT Dec 1, 7:48 PM": (2, "accepted"),
        "It LEAVES_AT Dec 2, 7:48 PM": (1, "contested"),
        "It LEAVES_AT 7:48 P.M.": (2, "accepted"),
        "It LEAVES_AT Dec 1, 8:15 PM": (3, "contested"),
    }


def test_names_in_a_row_are_those_of_the_list_that_others_tell() -> None:
    rows = "Vale Brynn Orr Kestrel", "Vale, Brynn, Orr, Kestrel", "Orr Kestrel; Vale Brynn"
    assert told("write by", "Vale, Brynn; Orr, K.", "Brynn Vale and Kestrel Orr", *rows) == {
        "It WRITTEN_BY Brynn Vale and Kestrel Orr": (5, "accepted")
    }
    assert told("write by", "Anna Vale; Peter Orr", "Vale & Orr") == {
        "It WRITTEN_BY Anna Vale; Peter Orr": (2, "accepted")
    }
    two = "Brynn Vale; Kestrel Orr", "Brynn Orr; Kestrel Vale"
    assert len(told("write by", *two, rows[0])) == 3
    assert len(told("write by", "Anna Vale; Peter Orr", "Adam Vale; Paul Orr", "Vale & Orr")) == 3
    assert len(told("write by", "Brynn Vale", "Vale Brynn")) == 2


def test_what_is_told_without_a_label_is_one_with_what_has_it() -> None:
    assert told("departure gate", "E-10", "Gate E10", "E10") == {"It GATE E10": (3, "accepted")}


def test_a_bare_number_is_in_the_unit_of_all_others() -> None:
    assert told("worth", "$2.89 billion", "2887623123", "2.9bn") == {"It WORTH 2887623123": (3, "accepted")}
    assert set(told("worth", "$5", "€5", "5")) == {"It WORTH 5", "It WORTH 5 from None"}
