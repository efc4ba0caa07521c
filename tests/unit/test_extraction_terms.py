"""Times in brackets and behind commas: what they date, and what only looks like them."""

import pytest

from ingest.extraction.terms import find_terms
from tests.unit.told_texts import Texts


@pytest.mark.parametrize(
    ("bracket", "since", "until"),
    [
        ("2010–2015", "2010", "2015"),
        ("2010-2015", "2010", "2015"),
        ("2010 - 2015", "2010", "2015"),
        ("2010-15", "2010", "2015"),
        ("2003–07", "2003", "2007"),
        ("May 2010 – 3 March 2015", "2010-05", "2015-03-03"),
        ("2010 to 2015", "2010", "2015"),
        ("from 2010 until 2015", "2010", "2015"),
        ("2010 to present", "2010", None),
        ("2010–present", "2010", None),
        ("2010–", "2010", None),
        ("since May 2018", "2018-05", None),
        ("from 2018", "2018", None),
        ("until 2015", None, "2015"),
    ],
)
def test_reads_terms(bracket: str, since: str | None, until: str | None) -> None:
    (found,) = find_terms(f"Ann Lee led Acme ({bracket}).")
    assert (found.at, found.since, found.until) == (16, since, until)


@pytest.mark.parametrize(
    "told",
    [
        "(2010)",
        "(2003-07)",  # a month
        "(2015-10)",
        "(2015–2010)",
        "(born 1970)",
        "(est. 1905)",
        "(founded 1905)",
        "(pp. 1990-1995)",
        "(pp. 10-15)",
        "(Smith 2010)",
        "(c. 2010–2015)",
        "(31 February 2010–2015)",
        "2010-15",
        ", 2010",
        ", 2010-05-15",
    ],
)
def test_leaves_what_is_no_term(told: str) -> None:
    assert find_terms(f"Ann Lee led Acme {told}.") == ()


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("Ann Lee led Acme Corp (2010–2015).", "Ann Lee LEADS Acme Corp [2010..2015] accepted"),
        ("Ann Lee was CEO of Acme Corp, 2010-15.", "Ann Lee LEADS Acme Corp [2010..2015] accepted"),
        (
            "Ann Lee (CEO of Acme Corp, 2010-15) lives in Oslo.",
            "Ann Lee LEADS Acme Corp [2010..2015] accepted",
        ),
        (
            "Ann Lee, chief executive of Acme Corp (2010 to present), lives in Oslo.",
            "Ann Lee LEADS Acme Corp [2010..] accepted",
        ),
        (
            "Ann Lee, chief executive of Acme Corp (since 2018), lives in Oslo.",
            "Ann Lee LIVES_IN Oslo accepted",
        ),
        ("Ann Lee is Acme Corp's chief executive (since 2018).", "Ann Lee LEADS Acme Corp [2018..] accepted"),
        (
            "Acme Corp was led by Ann Lee (2010–2015) and Bob Ray (2015–2019).",
            "Bob Ray LEADS Acme Corp [2015..2019] accepted",
        ),
        (
            "Acme Corp was based in Oslo (1905–1990) and Bergen (since 1990).",
            "Acme Corp HEADQUARTERED_IN Oslo [1905..1990] accepted",
        ),
        (
            "Ann Lee led Acme Corp from May 2010 until his death in 2015.",
            "Ann Lee LEADS Acme Corp [2010-05..2015] accepted",
        ),
        (
            "Ann Lee led Acme Corp from May 2010 till she died in 2015.",
            "Ann Lee LEADS Acme Corp [2010-05..2015] accepted",
        ),
        ("Ann Lee led Acme Corp till she died in 2015.", "Ann Lee DIED_ON 2015 accepted"),
        # what dates something else, or may
        ("Ann Lee led Acme Corp (1905–2015).", "Ann Lee LEADS Acme Corp accepted"),
        ("Ann Lee founded Acme Corp (2010–2015).", "Ann Lee FOUNDED Acme Corp accepted"),
        ("Ann Lee was born in Oslo (1990–95).", "Ann Lee BORN_IN Oslo accepted"),
        ("Acme Corp (2010–2015) was led by Ann Lee.", "Ann Lee LEADS Acme Corp accepted"),
        ("Acme Corp was led by Ann Lee (1985–).", "Ann Lee LEADS Acme Corp accepted"),
        ("Ann Lee leads Acme Corp (est. 1905).", "Ann Lee LEADS Acme Corp accepted"),
        ("Ann Lee leads Acme Corp (pp. 1990-1995).", "Ann Lee LEADS Acme Corp accepted"),
        ("Ann Lee works for Acme Corp and sells the model 2010-15.", "Ann Lee WORKS_FOR Acme Corp accepted"),
        ("Ann Lee leads Acme Corp and wrote Blue Hill (2010–2015).", "Ann Lee LEADS Acme Corp accepted"),
    ],
)
def test_a_term_dates_what_stands_before_it(text: str, fact: str) -> None:
    assert fact in Texts(text).facts()


def test_who_markets_is_not_dated() -> None:
    assert Texts("Acme Corp (2010–2015) led the market.").facts() == set()
