import pytest

from ingest.loaders.dates import find_dateline, parse_date


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2021-05-03", "2021-05-03"),
        ("2021-05-03T10:00:00Z", "2021-05-03"),
        ("2021-05", "2021-05"),
        ("3 May 2021", "2021-05-03"),
        ("3rd of May, 2021", "2021-05-03"),
        ("May 3, 2021", "2021-05-03"),
        ("Sept. 3, 2021", "2021-09-03"),
        ("december 2021", "2021-12"),
        ("03.05.2021", "2021-05-03"),
        ("2021", "2021"),
        ("03/05/2021", None),
        ("2021-13-01", None),
        ("2021-02-31", None),
        ("31 February 2021", None),
        ("February 29, 2021", None),
        ("31.04.2021", None),
        ("29 February 2020", "2020-02-29"),
        ("45 May 2021", None),
        ("Mayor 2021", None),
        ("12021", None),
        ("", None),
    ],
)
def test_only_a_date_that_cannot_be_misread_counts(text: str, date: str | None) -> None:
    assert parse_date(text) == date


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("Date: 3 May 2021", "2021-05-03"),
        ("DATE: Monday, 3 May 2021", "2021-05-03"),
        ("Published on May 3, 2021", "2021-05-03"),
        ("Rotterdam, 3 May 2021", "2021-05-03"),
        ("Port Selwyn, 3 May 2021", "2021-05-03"),
        ("NEW YORK (Reuters), May 3, 2021 - Shares fell", "2021-05-03"),
        ("Tuesday, 3 May 2021", "2021-05-03"),
        ("3 May 2021.", "2021-05-03"),
        ("COAST WIRE - 1 March 2023", "2023-03-01"),
        ("The company was founded in Rotterdam, 3 May 2021 was its first day.", None),
        ("Founded 3 May 2021", None),
        ("2021", None),
        (
            "As of 2021 we have grown in ways that no one would have thought possible then",
            None,
        ),
        ("Acme, 2021", None),
        ("Date of birth: 3 May 1921", None),
        ("3 May 2021. The board of Borealis Energy met.", "2021-05-03"),
        ("(3 May 2021) The board met.", "2021-05-03"),
        ("Monday, May 3, 2021 - The board met.", "2021-05-03"),
        ("2021-05-03: The board met.", "2021-05-03"),
        ("3 May 2021 was its first day.", None),
        ("May 2021: The board met.", None),
        ("2015 - 2018. Engineer at Acme.", None),
    ],
)
def test_dateline(line: str, date: str | None) -> None:
    assert find_dateline(["A title", line, "Body text."]) == date


def test_a_chronicle_has_no_dateline() -> None:
    assert find_dateline(["3 May 2021: The board met.", "7 June 2021: It met again."]) is None
