"""Transactions, errors and the schema, on both databases."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect, text

from graph.errors import (
    ConfigurationError,
    IntegrityError,
    InvalidInput,
    StoreUnavailable,
)
from graph.ledger import engine
from graph.ledger.bulk import delete_keys, insert_all, insert_new, upsert
from graph.ledger.engine import Ledger
from graph.ledger.positions import create_workspace, list_workspaces, next_position, position
from graph.ledger.tables import digest, metadata, outbox
from graph.types import WorkspaceId

WS = WorkspaceId("test")


def test_a_failed_block_leaves_nothing(ledger: Ledger) -> None:
    with pytest.raises(RuntimeError), ledger.write() as conn:
        next_position(conn, WS)
        raise RuntimeError("in the middle")
    with ledger.read() as conn:
        assert position(conn, WS) == 0


def test_a_reader_sees_one_snapshot_and_cannot_write(ledger: Ledger) -> None:
    with ledger.read() as reader:
        assert position(reader, WS) == 0
        with ledger.write() as writer:
            next_position(writer, WS)
        assert position(reader, WS) == 0
    with ledger.read() as reader:
        assert position(reader, WS) == 1
    with pytest.raises(ConfigurationError), ledger.read() as reader:
        next_position(reader, WS)
    with ledger.write() as writer:  # the same connection writes again
        assert next_position(writer, WS) == 2


def test_text_that_no_database_keeps_is_refused(ledger: Ledger) -> None:
    for bad in ("a\x00b", "a\ud800b"):
        with pytest.raises(InvalidInput), ledger.write() as conn:
            create_workspace(conn, WorkspaceId(bad))
    sound = {"workspace": WS, "name": "sound", "sum": b""}
    for name in ("a\x00b", "a\ud800b", 5):
        with pytest.raises(InvalidInput), ledger.write() as conn:
            upsert(conn, digest, [sound, {**sound, "name": name}])
    spoilt = {"workspace": WS, "position": 1, "seq": 1, "kind": "fact", "id": b""}
    for row in ({"score": 0.5}, {"text": "a\ud800b"}):
        with pytest.raises(InvalidInput), ledger.write() as conn:
            insert_all(conn, outbox, [{**spoilt, "row": row}])


def test_constraints_and_missing_tables_are_named(ledger: Ledger) -> None:
    row = {"workspace": WS, "name": "fact", "sum": b"1"}
    with pytest.raises(IntegrityError), ledger.write() as conn:
        conn.execute(digest.insert(), [row, row])
    with pytest.raises(ConfigurationError), ledger.write() as conn:
        conn.execute(text("SELECT * FROM nowhere"))


def test_bulk_statements(ledger: Ledger) -> None:
    def rows(conn: Connection) -> dict[str, bytes]:
        return {row.name: row.sum for row in conn.execute(digest.select())}

    with ledger.write() as conn:
        insert_new(conn, digest, [{"workspace": WS, "name": n, "sum": b"1"} for n in "abc"])
        insert_new(conn, digest, [{"workspace": WS, "name": n, "sum": b"2"} for n in "cd"])
        assert rows(conn) == {"a": b"1", "b": b"1", "c": b"1", "d": b"2"}
        upsert(conn, digest, [{"workspace": WS, "name": n, "sum": b"3"} for n in "de"])
        assert rows(conn) == {"a": b"1", "b": b"1", "c": b"1", "d": b"3", "e": b"3"}
        delete_keys(conn, digest, [{"workspace": WS, "name": n} for n in "abz"])
        assert rows(conn) == {"c": b"1", "d": b"3", "e": b"3"}
        for nothing in (insert_all, insert_new, upsert, delete_keys):
            nothing(conn, digest, [])
    with pytest.raises(IntegrityError), ledger.write() as conn:
        insert_all(conn, digest, [{"workspace": WS, "name": n, "sum": b"4"} for n in "fe"])
    with ledger.read() as conn:
        assert rows(conn) == {"c": b"1", "d": b"3", "e": b"3"}


def test_a_writer_that_cannot_have_the_lock_is_told_to_retry(
    ledger_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "LOCK_WAIT_SECONDS", 1)
    ledger = Ledger.open(ledger_url)
    ledger.migrate()
    with ledger.write() as conn:
        create_workspace(conn, WS)
    with ledger.write() as first:
        next_position(first, WS)
        with pytest.raises(StoreUnavailable), ledger.write() as second:
            next_position(second, WS)
    ledger.close()


def test_a_deadlock_is_told_to_retry(postgres_url: str) -> None:
    ledger = Ledger.open(postgres_url)
    ledger.migrate()
    other = WorkspaceId("other")
    with ledger.write() as conn:
        create_workspace(conn, WS)
        create_workspace(conn, other)
    both = threading.Barrier(2)
    failures: list[Exception] = []

    def cross(first: WorkspaceId, second: WorkspaceId) -> None:
        try:
            with ledger.write() as conn:
                next_position(conn, first)
                both.wait()
                next_position(conn, second)
        except StoreUnavailable as error:
            failures.append(error)

    _together(lambda: cross(WS, other), lambda: cross(other, WS))
    assert len(failures) == 1
    ledger.close()


def test_a_lost_connection_is_told_to_retry(postgres_url: str) -> None:
    ledger = Ledger.open(postgres_url)
    with pytest.raises(StoreUnavailable), ledger.write() as conn:
        conn.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    with ledger.write() as conn:
        assert conn.scalar(text("SELECT 1")) == 1
    ledger.close()


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "mysql://host/db", "nonsense", "postgresql+asyncpg://host/db"]
)
def test_an_unfit_url_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        Ledger.open(url)


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    ledger = Ledger.open(f"postgresql://nobody@/nothing?host={tmp_path}")
    with pytest.raises(StoreUnavailable), ledger.read():
        pass


def test_an_unmigrated_or_damaged_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError), Ledger.open(f"sqlite:///{tmp_path / 'new.db'}").read() as conn:
        list_workspaces(conn)
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"this is no database" * 100)
    with pytest.raises(IntegrityError), Ledger.open(f"sqlite:///{damaged}").read() as conn:
        list_workspaces(conn)


# ---------------------------------------------------------------- the schema


def test_the_migrated_schema_is_the_metadata(empty_url: str) -> None:
    migrated = Ledger.open(empty_url)
    migrated.migrate()
    with migrated.write() as conn:
        by_migration = _schema(conn)
        conn.execute(text("DROP TABLE alembic_version"))
        metadata.drop_all(conn)
        metadata.create_all(conn)
        by_metadata = _schema(conn)
    assert len(by_metadata) > len(metadata.tables)
    assert by_migration == by_metadata
    migrated.close()


def test_text_is_ordered_by_bytes(ledger: Ledger) -> None:
    names = ["B", "a", "Z", "é", "z", "\U0001f600", "\uffee"]
    with ledger.write() as conn:
        for name in names:
            create_workspace(conn, WorkspaceId(name))
        found = [name for name in list_workspaces(conn) if name != WS]
    assert found == sorted(names, key=str.encode)


def test_migrating_again_and_at_once_changes_nothing(empty_url: str) -> None:
    ledgers = [Ledger.open(empty_url) for _ in range(4)]
    _together(*(each.migrate for each in ledgers))
    with ledgers[0].write() as conn:
        create_workspace(conn, WS)
        before = _schema(conn)
    ledgers[0].migrate()
    with ledgers[0].read() as conn:
        assert _schema(conn) == before
        assert list_workspaces(conn) == [WS]
    for each in ledgers:
        each.close()


def test_many_open_a_new_file_at_once(tmp_path: Path) -> None:
    """SQLite refuses one in ten such rounds or so, where nobody tries again."""
    for n in range(60):
        ledgers = [Ledger.open(f"sqlite:///{tmp_path}/{n}.db") for _ in range(8)]
        ready = threading.Barrier(len(ledgers))

        def opened(ledger: Ledger, ready: threading.Barrier = ready) -> None:
            ready.wait()
            with ledger.write():
                pass

        _together(*(partial(opened, ledger) for ledger in ledgers))
        for each in ledgers:
            each.close()


def test_a_newer_schema_is_refused(ledger: Ledger) -> None:
    with ledger.write() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match="another version"):
        ledger.migrate()


def test_migrations_need_no_working_directory(tmp_path: Path) -> None:
    code = "from graph.ledger.engine import Ledger; Ledger.open('sqlite:///here.db').migrate()"
    root = str(Path(__file__).parents[2])
    subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={**os.environ, "PYTHONPATH": root}, check=True
    )
    assert (tmp_path / "here.db").stat().st_size > 0


def _schema(conn: Connection) -> set[tuple[str, ...]]:
    """All that the database itself says of its tables, but for Alembic's own."""
    if conn.dialect.name == "sqlite":
        rows = conn.execute(text("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
        found: set[tuple[str, ...]] = {
            (r.type, r.name, " ".join(_parts(r.sql))) for r in rows if r.tbl_name != "alembic_version"
        }
    else:
        columns = text(
            "SELECT table_name, column_name, data_type, is_nullable, collation_name, column_default "
            "FROM information_schema.columns WHERE table_schema = 'public'"
        )
        indexes = text("SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'")
        constraints = text(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE connamespace = 'public'::regnamespace"
        )
        found = {
            tuple(map(str, row))
            for query in (columns, indexes, constraints)
            for row in conn.execute(query)
            if row[0] != "alembic_version"
        }
        texts = [row for row in conn.execute(columns) if row.data_type == "text"]
        assert {row.collation_name for row in texts} == {"C"}
    assert set(inspect(conn).get_table_names()) - {"alembic_version"} == set(metadata.tables)
    return found


def _parts(sql: str) -> list[str]:
    """A statement's clauses without their order: the two ways to make a table list them differently."""
    head, _, rest = sql.partition("(")
    body, _, options = rest.rpartition(")")
    clauses = re.split(r",(?![^()]*\))", body)  # at the commas that stand in no parentheses
    return [head.strip(), *sorted(" ".join(clause.split()) for clause in clauses), options.strip()]


def _together(*calls: Callable[[], None]) -> None:
    failures: list[BaseException] = []

    def guarded(call: Callable[[], None]) -> None:
        try:
            call()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures
