"""Where a listing goes on: the text that a page ends with, read back. InvalidInput for any other text."""

from graph.errors import InvalidInput

DIGITS = 18  # of a number that both databases hold


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
