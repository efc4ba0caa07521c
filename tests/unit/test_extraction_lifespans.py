"""Life dates in brackets, and what only looks like them."""

import pytest

from ingest.extraction.lifespans import find_lifespans, without


@pytest.mark.parametrize(
    ("bracket", "born", "died", "told"),
    [
        ("1901–1980", "1901", "1980", False),
        ("3 May 1901 - 4 June 1980", "1901-05-03", "1980-06-04", False),
        ("1901-05-03 – 1980", "1901-05-03", "1980", False),
        ("born 1985", "1985", None, True),
        ("b. 3 May 1985", "1985-05-03", None, True),
        ("* 1901; † 1980", "1901", "1980", True),
        ("born 1990, died 1995", "1990", "1995", True),
        ("died May 1980", None, "1980-05", True),
    ],
)
def test_reads_life_dates(bracket: str, born: str | None, died: str | None, told: bool) -> None:
    (found,) = find_lifespans(f"Ada Lund ({bracket}) led it.")
    assert (found.at, found.born, found.died, found.told) == (8, born, died, told)


@pytest.mark.parametrize(
    "bracket",
    [
        "1990–1995",  # a term of office
        "1980–1901",
        "1700-1985",
        "c. 1901 – 1980",
        "1985",
        "born in Haarlem",
        "born 31 February 1985",
        "Haarlem, 3 May 1901 – Rotterdam, 4 June 1980",
        "IBM",
    ],
)
def test_leaves_what_needs_a_guess(bracket: str) -> None:
    assert find_lifespans(f"Ada Lund ({bracket}) led it.") == ()


def test_spaces_stand_for_the_brackets_so_that_offsets_stay() -> None:
    text = "Ada Lund (born 1985) and Tom Reed (1950–2010) founded it."
    read = without(text, find_lifespans(text))
    assert "(" not in read
    assert len(read) == len(text)
    assert read.index("founded") == text.index("founded")
