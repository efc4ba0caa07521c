"""What SQLite's planner must know: a workspace narrows nothing down.

Every key begins with the workspace. Without statistics SQLite takes equality on an index's first column to
leave about ten rows, and then reads a whole workspace rather than look up twenty ids. Measured statistics
would come too late (a ledger begins empty) and change plans while it grows. So these are written by hand,
once for all: plans are those of a large ledger with few workspaces from the first row on.
"""

from sqlalchemy import Connection, text

from graph.ledger.tables import metadata

_ROWS = 1_000_000
_SAME_WORKSPACE = 100_000
_SAME_SECOND = 10  # rows that agree in workspace and one column more
_SAME_THIRD = 3
_SAME_COMMON = 10_000  # rows that agree in workspace and a column of few values
_FEW_VALUED = {("fact", "relation"), ("fact", "status")}


def fix_statistics(conn: Connection) -> None:
    """Write ``sqlite_stat1``; nothing on PostgreSQL, which measures by itself."""
    if conn.dialect.name != "sqlite":
        return
    conn.execute(text("ANALYZE workspace"))  # makes the table; SQLite allows no other way
    conn.execute(text("DELETE FROM sqlite_stat1"))
    rows = []
    for name, table in metadata.tables.items():
        without_rowid = table.dialect_options["sqlite"]["with_rowid"] is False
        for index in conn.execute(text(f'PRAGMA index_list("{name}")')).all():
            columns = [row.name for row in conn.execute(text(f'PRAGMA index_info("{index.name}")'))]
            # A table without rowid is its primary key's index, which goes by the table's name.
            known_as = name if without_rowid and index.origin == "pk" else index.name
            stat = _stat(name, columns, unique=bool(index.unique))
            rows.append({"tbl": name, "idx": known_as, "stat": stat})
    conn.execute(text("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (:tbl, :idx, :stat)"), rows)
    conn.execute(text("ANALYZE sqlite_schema"))  # only reads them in


def _stat(table: str, columns: list[str], *, unique: bool) -> str:
    """Rows in all, then how many agree in the first column, the first two, and so on."""
    same = [_SAME_WORKSPACE if columns[0] == "workspace" else _SAME_SECOND, _SAME_SECOND]
    if (table, columns[min(1, len(columns) - 1)]) in _FEW_VALUED:
        same = [_SAME_WORKSPACE, *[_SAME_COMMON] * (len(columns) - 2)]  # all but the last, which is the id
    same = (same + [_SAME_THIRD] * len(columns))[: len(columns)]
    if unique:
        same[-1] = 1
    return " ".join(map(str, [_ROWS, *same]))
