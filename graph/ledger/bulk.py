"""Statements over many rows that both databases understand."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, bindparam, delete
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")
Rows = Sequence[Mapping[str, Any]]

IN_LIST = 1000  # ids in one IN (...): far below both databases' limit of bound parameters


def slices(items: Sequence[T], size: int = IN_LIST) -> Iterator[Sequence[T]]:
    """``items`` in order, at most ``size`` at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def insert_new(conn: Connection, table: Table, rows: Rows) -> None:
    """Insert the rows whose key is new and leave the others as they are: the first write wins."""
    if rows:
        conn.execute(_insert(conn, table).on_conflict_do_nothing(), list(rows))


def upsert(conn: Connection, table: Table, rows: Rows) -> None:
    """Insert the rows; where the key exists, overwrite the columns given. All rows have equal columns."""
    if not rows:
        return
    key = [column.name for column in table.primary_key]
    statement = _insert(conn, table)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in key}
    if changed:
        statement = statement.on_conflict_do_update(index_elements=key, set_=changed)
    else:
        statement = statement.on_conflict_do_nothing()
    conn.execute(statement, list(rows))


def delete_keys(conn: Connection, table: Table, keys: Rows) -> None:
    """Delete the rows with these keys: each a mapping of the same key columns to values."""
    if not keys:
        return
    matches = [table.c[name] == bindparam(f"key_{name}") for name in keys[0]]
    conn.execute(delete(table).where(*matches), [{f"key_{k}": v for k, v in key.items()} for key in keys])


def _insert(conn: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if conn.dialect.name == "postgresql" else sqlite.insert(table)
