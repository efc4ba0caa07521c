"""The ledger's door: connections, transactions, and its drivers' errors in our words.

Writers. SQLite has one at a time: ``BEGIN IMMEDIATE`` takes the lock at the start, because a transaction
that reads first and writes later cannot wait for it and fails at once. PostgreSQL writers run READ
COMMITTED: each takes its workspace's position first, whose row lock orders them, and every later statement
sees what was committed before that lock was had; a snapshot older than the lock (REPEATABLE READ) would
fail instead of wait.

Readers see one snapshot for the whole transaction (SQLite in WAL mode; PostgreSQL REPEATABLE READ), so rows
and the position they belong to are read together, and they cannot write.

Durability. SQLite runs WAL with ``synchronous=FULL``: NORMAL may lose the last commits at a power cut, and
what was acknowledged with a 202 must not be lost.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, select
from sqlalchemy.exc import ArgumentError

from graph.errors import ConfigurationError
from graph.ledger.failures import refuse_overflow, translated
from graph.ledger.migrations import upgrade
from graph.ledger.statistics import fix_statistics
from graph.ledger.tables import ledger

LOCK_WAIT_SECONDS = 30
_RETRY_SECONDS = 0.01
# KiB of pages that a connection to SQLite may keep. A writer's are to hold what a pass changes: what does not
# fit is written and read again and again, for keys are hashes and each row is on another page.
_READS, _WRITES = 16_384, 131_072
_READING = "ledger_reading"


class Ledger:
    """One database, safe to share among threads; a forked or spawned process opens its own."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, url: str, *, pool_size: int = 10) -> "Ledger":
        """``sqlite:///path`` or ``postgresql+psycopg://...``; connects when first used.

        ConfigurationError for any other URL.
        """
        try:
            parsed = make_url(url)
        except ArgumentError as error:
            raise ConfigurationError("the database URL cannot be read; use sqlite:///path") from error
        if parsed.drivername in {"postgresql", "postgres"}:
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.drivername == "postgresql+psycopg":
            return cls(_postgresql(parsed, pool_size))
        if parsed.drivername in {"sqlite", "sqlite+pysqlite"}:
            return cls(_sqlite(parsed, pool_size))
        raise ConfigurationError(
            f"no ledger runs on {parsed.drivername!r}; use sqlite:///path or postgresql+psycopg://host/name"
        )

    def migrate(self) -> None:
        """Bring the schema to this version's; safe to call from several processes at once."""
        with self.write() as conn:
            upgrade(conn)
            fix_statistics(conn)
        self.engine.dispose()  # connections opened before do not know the statistics

    def id(self) -> str:
        """Which ledger this is, as hex: a restored copy is the same one, a new one is another."""
        with self.read() as conn:
            return bytes(conn.execute(select(ledger.c.id)).scalar_one()).hex()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read-only transaction over one snapshot."""
        options: dict[str, Any] = {_READING: True}
        if self.engine.dialect.name == "postgresql":
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with translated(), self.engine.connect().execution_options(**options) as conn, conn.begin():
            yield conn

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction: committed at the end of the block, rolled back on any exception."""
        with translated(), self.engine.begin() as conn:
            yield conn

    def close(self) -> None:
        self.engine.dispose()


def _postgresql(url: URL, pool_size: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=LOCK_WAIT_SECONDS,
        pool_pre_ping=True,
        isolation_level="READ COMMITTED",
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{LOCK_WAIT_SECONDS}s'")
        connection.commit()

    return engine


def write_ahead(connection: sqlite3.Connection) -> None:
    """Turn on the write-ahead log. Of several that open a new file at once each may hold what another waits
    for, so that SQLite refuses without a wait: tried again, it is on already."""
    until = time.monotonic() + LOCK_WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                raise
            time.sleep(_RETRY_SECONDS)


def _sqlite(url: URL, pool_size: int) -> Engine:
    if not url.database or url.database == ":memory:":
        raise ConfigurationError("the ledger needs a file: sqlite:///path")
    if sqlite3.sqlite_version_info < (3, 35):
        raise ConfigurationError(f"SQLite 3.35 or newer is needed, this is {sqlite3.sqlite_version}")
    try:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"the ledger's folder cannot be made: {error}") from error
    engine = create_engine(url, pool_size=pool_size, max_overflow=pool_size, pool_timeout=LOCK_WAIT_SECONDS)

    event.listen(engine, "handle_error", refuse_overflow)

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver opens no transactions; "begin" below does
        connection.execute(f"PRAGMA busy_timeout = {LOCK_WAIT_SECONDS * 1000}")
        write_ahead(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begin(conn: Connection) -> None:
        reading = conn.get_execution_options().get(_READING, False)
        conn.exec_driver_sql(f"PRAGMA query_only = {'ON' if reading else 'OFF'}")
        conn.exec_driver_sql(f"PRAGMA cache_size = -{_READS if reading else _WRITES}")
        conn.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine
