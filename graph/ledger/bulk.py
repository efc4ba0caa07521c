"""Statements over many rows that both databases understand.

A statement is compiled once, and what the driver gets is made a column at a time. SQLAlchemy's own way looks
at each value of each row by itself, which costs several times what the database then does.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, bindparam, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from graph.errors import InvalidInput
from graph.ledger.tables import CanonicalJson, PlainText, checked, json_text

T = TypeVar("T")
Rows = Sequence[Mapping[str, Any]]
_Insert = postgresql.Insert | sqlite.Insert

IN_LIST = 1000  # ids in one IN (...): far below both databases' limit of bound parameters

_compiled: dict[tuple[str, ...], SQLCompiler] = {}


def slices(items: Sequence[T], size: int = IN_LIST) -> Iterator[Sequence[T]]:
    """``items`` in order, at most ``size`` at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def insert_all(conn: Connection, table: Table, rows: Rows) -> None:
    """Insert the rows, whose keys are new. All rows have equal columns."""
    _insert_many(conn, "insert", table, rows)


def insert_new(conn: Connection, table: Table, rows: Rows) -> None:
    """Insert the rows whose key is new and leave the others as they are: the first write wins. All rows have
    equal columns."""
    _insert_many(conn, "insert new", table, rows)


def upsert(conn: Connection, table: Table, rows: Rows) -> None:
    """Insert the rows; where the key exists, overwrite the columns given. All rows have equal columns."""
    _insert_many(conn, "upsert", table, rows)


def delete_keys(conn: Connection, table: Table, keys: Rows) -> None:
    """Delete the rows with these keys: each a mapping of the same key columns to values."""
    if not keys:
        return
    matches = [table.c[name] == bindparam(f"key_{name}") for name in keys[0]]
    conn.execute(delete(table).where(*matches), [{f"key_{k}": v for k, v in key.items()} for key in keys])


def _insert_many(conn: Connection, how: str, table: Table, rows: Rows) -> None:
    if not rows:
        return
    columns = tuple(rows[0])
    known = (conn.dialect.name, how, table.name, *columns)
    compiled = _compiled.get(known)
    if compiled is None:
        statement = _insert(conn, how, table, columns)
        compiled = _compiled[known] = statement.compile(dialect=conn.dialect, column_keys=list(columns))
    names = compiled.positiontup or columns
    values = zip(*(_bound(table.c[name].type, [row[name] for row in rows]) for name in names), strict=True)
    if compiled.positiontup:
        conn.exec_driver_sql(compiled.string, list(values))
    else:
        conn.exec_driver_sql(compiled.string, [dict(zip(names, each, strict=True)) for each in values])


def _insert(conn: Connection, how: str, table: Table, columns: Sequence[str]) -> _Insert:
    statement = postgresql.insert(table) if conn.dialect.name == "postgresql" else sqlite.insert(table)
    if how == "insert":
        return statement
    key = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in columns if name not in key}
    if how == "upsert" and changed:
        return statement.on_conflict_do_update(index_elements=key, set_=changed)
    return statement.on_conflict_do_nothing()


def _bound(type_: TypeEngine[Any], values: list[Any]) -> list[Any]:
    """A column's values as both drivers take them. Bytes, integers and truth values are taken as they are."""
    try:
        if isinstance(type_, CanonicalJson):
            values = [None if value is None else json_text(value) for value in values]
        if isinstance(type_, CanonicalJson | PlainText):
            checked("".join(value for value in values if value is not None))
    except (TypeError, ValueError) as error:  # no text, a float, a lone surrogate
        raise InvalidInput(f"the ledger cannot hold this value: {error}") from error
    return values
