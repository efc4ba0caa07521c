"""Driver errors in the words of ``graph.errors``: no SQLAlchemy exception leaves the ledger."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import ExceptionContext, exc

from graph.errors import (
    ConfigurationError,
    IntegrityError,
    InvalidInput,
    StoreUnavailable,
    VeripathError,
)

_SQLITE_RETRY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_INTERRUPT,
}
_SQLITE_SETUP = {
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_AUTH,
}
# Classes and codes of PostgreSQL, appendix A of its manual.
_POSTGRES_RETRY = ("08", "53", "57", "58", "40", "55P03", "25P03")
_POSTGRES_SETUP = ("25006", "28", "3D", "3F", "42P01", "42703", "42501")


@contextmanager
def translated() -> Iterator[None]:
    """Raise what the driver raises inside as an error of ours."""
    try:
        yield
    except exc.SQLAlchemyError as error:
        raise translate(error) from error


def refuse_overflow(context: ExceptionContext) -> InvalidInput | None:
    """For ``handle_error``: SQLite's driver raises a bare OverflowError for an integer beyond 64 bits."""
    if isinstance(context.original_exception, OverflowError):
        return InvalidInput("the ledger keeps integers of 64 bits; this one is larger")
    return None


def translate(error: exc.SQLAlchemyError) -> VeripathError:
    if isinstance(error, exc.StatementError) and isinstance(error.orig, VeripathError):
        return error.orig
    if isinstance(error, exc.TimeoutError):
        return StoreUnavailable("all connections to the ledger are in use; try again later")
    if isinstance(error, exc.DBAPIError):
        return _from_driver(error)
    if isinstance(error, exc.StatementError):
        return InvalidInput(f"the ledger cannot hold this value: {error.orig}")
    return IntegrityError(f"the ledger's answer was not what its schema promises: {error}")


def _from_driver(error: exc.DBAPIError) -> VeripathError:
    cause = error.orig
    if error.connection_invalidated:
        return StoreUnavailable(f"the connection to the ledger was lost: {cause}")
    if isinstance(cause, sqlite3.Error):
        code = (
            getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_MISUSE) & 0xFF
        )  # extended codes: the low byte
        if code in _SQLITE_RETRY:
            return StoreUnavailable(f"the ledger is busy or out of reach: {cause}")
        if code in _SQLITE_SETUP:
            return ConfigurationError(f"the ledger cannot be used as it is (was it migrated?): {cause}")
        return IntegrityError(f"the ledger refused a write or is damaged: {cause}")
    state = getattr(cause, "sqlstate", None)
    if state is None or state.startswith(_POSTGRES_RETRY):
        return StoreUnavailable(f"the ledger is busy or out of reach: {cause}")
    if state.startswith(_POSTGRES_SETUP):
        return ConfigurationError(f"the ledger cannot be used as it is (was it migrated?): {cause}")
    if state.startswith("22"):
        return InvalidInput(f"the ledger cannot hold this value: {cause}")
    return IntegrityError(f"the ledger refused a write: {cause}")
