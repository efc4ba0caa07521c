"""Where a listing goes on: the text that a page ends with, read back. InvalidInput for any other text."""

from dataclasses import dataclass
from typing import Self

from graph.errors import InvalidInput
from graph.types import Position

DIGITS = 18  # of a number that both databases hold


@dataclass(frozen=True, slots=True)
class PageEnd:
    """Where a page of the graph at ``position`` ended: ``end`` is its place in the listing's own order."""

    position: Position
    end: str

    @classmethod
    def read(cls, cursor: str) -> Self:
        at, mark, end = cursor.partition("~")
        if not mark:
            raise _foreign()
        return cls(Position(number(at)), end)

    def __str__(self) -> str:
        return f"{self.position}~{self.end}"


def number(cursor: str) -> int:
    """A position, or a place in an order."""
    if not cursor.isdecimal() or len(cursor) > DIGITS:
        raise _foreign()
    return int(cursor)


def identity(cursor: str) -> bytes:
    """An id, in hex."""
    try:
        return bytes.fromhex(cursor)
    except ValueError as error:
        raise _foreign() from error


def number_and_identity(cursor: str) -> tuple[int, bytes]:
    """Both, parted by a dot."""
    at, dot, id_ = cursor.partition(".")
    if not dot:
        raise _foreign()
    return number(at), identity(id_)


def _foreign() -> InvalidInput:
    return InvalidInput("this cursor was not made by the listing; start again without one")
