"""Where a listing goes on: the text that a page ends with, read back. InvalidInput for any other text."""

from dataclasses import dataclass
from typing import Self

from graph.errors import InvalidInput
from graph.types import Position

DIGITS = 18  # of a number that both databases hold


@dataclass(frozen=True, slots=True)
class PageEnd:
    """Where a page of a ``listing`` of the graph at ``position`` ended: ``end`` is its place in the listing's
    own order."""

    listing: str
    position: Position
    end: str

    @classmethod
    def read(cls, cursor: str) -> Self:
        listing, _, place = cursor.partition("~")
        at, mark, end = place.partition("~")
        if not mark:
            raise foreign()
        return cls(listing, Position(number(at)), end)

    def __str__(self) -> str:
        return f"{self.listing}~{self.position}~{self.end}"

    def of(self, listing: str) -> str:
        """The place; InvalidInput where it is one in another listing."""
        if listing != self.listing:
            raise foreign()
        return self.end


def ended(listing: str, end: str | None) -> str | None:
    """The cursor of a page of this listing that ended there, None at the end of all."""
    return None if end is None else f"{listing}~{end}"


def after(listing: str, cursor: str | None) -> str | None:
    """Where the page before ended; InvalidInput for a cursor of another listing."""
    if cursor is None:
        return None
    told, mark, end = cursor.partition("~")
    if told != listing or not mark:
        raise foreign()
    return end


def number(cursor: str) -> int:
    """A position, or a place in an order."""
    if not cursor.isdecimal() or len(cursor) > DIGITS:
        raise foreign()
    return int(cursor)


def identity(cursor: str) -> bytes:
    """An id, in hex."""
    try:
        return bytes.fromhex(cursor)
    except ValueError as error:
        raise foreign() from error


def number_and_identity(cursor: str) -> tuple[int, bytes]:
    """Both, parted by a dot."""
    at, dot, id_ = cursor.partition(".")
    if not dot:
        raise foreign()
    return number(at), identity(id_)


def foreign() -> InvalidInput:
    """What a listing answers to a cursor of another one, or to no cursor at all."""
    return InvalidInput("this cursor was not made by this listing; start again without one")
