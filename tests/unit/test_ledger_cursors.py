"""What a page ends with is read back, and nothing else is."""

import pytest

from graph.errors import InvalidInput
from graph.ledger import cursors
from graph.ledger.cursors import PageEnd
from graph.types import Position


def test_what_a_page_ends_with_is_read_back() -> None:
    assert cursors.number("42") == 42
    assert cursors.identity("0a0b") == b"\x0a\x0b"
    assert cursors.number_and_identity("42.0a0b") == (42, b"\x0a\x0b")


def test_where_a_page_ended_is_read_back() -> None:
    end = PageEnd("facts", Position(42), "3.900000.0a0b")
    assert str(end) == "facts~42~3.900000.0a0b" and PageEnd.read(str(end)) == end
    assert end.of("facts") == end.end
    assert cursors.after("jobs", cursors.ended("jobs", "42.0a")) == "42.0a"
    assert cursors.after("jobs", None) is None and cursors.ended("jobs", None) is None


def test_no_listing_goes_on_where_another_one_ended() -> None:
    with pytest.raises(InvalidInput, match="not made by this listing"):
        PageEnd("facts", Position(42), "0a").of("conflicts")
    for cursor in (cursors.ended("jobs", "42.0a"), "42.0a", "documents", ""):
        with pytest.raises(InvalidInput, match="not made by this listing"):
            cursors.after("documents", cursor)


@pytest.mark.parametrize(
    "cursor", ["", "0a0b", "42~0a0b", "f~~0a0b", "f~x~0a0b", "f~-1~0a", f"f~{'9' * 19}~0a"]
)
def test_no_other_text_is_where_a_page_ended(cursor: str) -> None:
    with pytest.raises(InvalidInput, match="cursor"):
        PageEnd.read(cursor)


@pytest.mark.parametrize("cursor", ["", "-1", "x", "1.5", "9" * 19])
def test_no_other_text_is_a_number(cursor: str) -> None:
    with pytest.raises(InvalidInput, match="start again without one"):
        cursors.number(cursor)


@pytest.mark.parametrize("cursor", ["42", ".", "x.0a", "42.x", "42.0a.0b"])
def test_no_other_text_is_a_number_and_an_id(cursor: str) -> None:
    with pytest.raises(InvalidInput, match="start again without one"):
        cursors.number_and_identity(cursor)
