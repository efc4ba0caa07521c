"""Times in texts, and whether one is the other."""

import pytest

from retrieval.periods import contradicts, fits, fits_column, periods_in, words_beside_periods


@pytest.mark.parametrize(
    ("asked", "stated"),
    [
        ("three months ended July 1, 2023", "Three Months Ended July 1, 2023"),
        ("quarter ended 30 June 2023", "Three months ended June 30, 2023"),
        ("thirteen weeks ended July 1, 2023", "13 Weeks Ended July 1, 2023"),
        ("Q3 2023", "third quarter of 2023"),
        ("Q3 FY2023", "third quarter of fiscal year 2023"),
        ("third fiscal quarter of 2023", "Q3 2023"),
        ("fiscal 2023", "fiscal years 2024 and 2023"),
        ("fiscal year 2023", "2023"),
        ("2023", "December 31, 2023"),
        ("June 2023", "June 30, 2023"),
        ("nine-month period ended June 25, 2022", "Nine Months Ended June 25, 2022"),
    ],
)
def test_the_same_time_in_other_words(asked: str, stated: str) -> None:
    assert fits(periods_in(asked), periods_in(stated))


@pytest.mark.parametrize(
    ("asked", "stated"),
    [
        ("three months ended July 1, 2023", "Nine Months Ended July 1, 2023"),
        ("July 1, 2023", "July 1, 2022"),
        ("July 1, 2023", "July 2023"),
        ("Q3 2023", "Q3 2022"),
        ("Q3 2023", "three months ended September 30, 2023"),  # whose quarter, by which calendar?
        ("Q3 2023", "third quarter of fiscal 2024, ended October 29, 2023"),
        ("fiscal 2023", "year ended January 29, 2023"),
        ("2023", "2,023 people"),
        ("2023", "the third quarter"),
    ],
)
def test_another_time(asked: str, stated: str) -> None:
    assert not fits(periods_in(asked), periods_in(stated))


def test_a_year_is_not_a_part_of_it() -> None:
    year = periods_in("2023")
    assert not fits_column(year, periods_in("Three Months Ended July 1, 2023"))
    assert fits_column(year, periods_in("December 31, 2023"))
    assert fits_column(year, periods_in("Year ended December 31, 2023"))


def test_a_sentence_that_names_no_time_has_that_of_its_heading() -> None:
    asked = periods_in("in the second quarter of 2023")
    assert not contradicts(asked, "Sales were 5.", "Second quarter of 2023")
    assert contradicts(asked, "Sales were 5 in the second quarter of 2022.", "Second quarter of 2023")
    assert contradicts(asked, "Sales were 5.", "Annual report")


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("third quarter of fiscal 2023", "Sales grew in the third quarter of fiscal 2024 over fiscal 2023."),
        ("April 1, 2023", "Sales to July 1, 2023 hold what was deferred on April 1, 2023."),
        ("three months ended July 1, 2023", "As of July 1, 2023 we may buy back shares."),
        ("2023", "On July 1, 2023 and June 25, 2022 there were 5 and 6."),
    ],
)
def test_a_sentence_that_compares_times_is_of_none(asked: str, sentence: str) -> None:
    assert contradicts(periods_in(asked), sentence, "")


def test_words_beside_times() -> None:
    assert words_beside_periods("sales in the third quarter of fiscal year 2023, July 1, 2023") == {"sal"}
    assert not periods_in("The march of 12 people may go on")


def test_times_side_by_side() -> None:
    assert len(list(periods_in("in 2022 and 2023").singles())) == 2
    assert len(list(periods_in("July 1, 2023 and June 25, 2022").singles())) == 2
