"""Which workers are alive, told by locks that die with their holder, not by clocks.

A worker holds one lock under its own name for as long as it lives. Whoever can take the lock of another knows
that it is dead, and may hand its unfinished work on. ``kill -9`` frees the lock at once.
"""

import fcntl
from hashlib import blake2b
from pathlib import Path
from typing import IO, Protocol

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from graph.errors import StoreUnavailable


class Leases(Protocol):
    """Locks by worker name. Calls block."""

    def hold(self, worker: str) -> None:
        """Take the lock of ``worker`` and keep it; again and again is fine."""
        ...

    def is_dead(self, worker: str) -> bool: ...

    def close(self) -> None: ...


def open_leases(jobs_url: str, home: Path) -> Leases:
    """Leases that every worker on this job store can see."""
    return PostgresLeases(jobs_url) if jobs_url.startswith("postgres") else FileLeases(home / "workers")


class FileLeases:
    """For workers of one machine: ``flock`` on a file for each."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._held: dict[str, IO[str]] = {}

    def hold(self, worker: str) -> None:
        if worker not in self._held:
            handle = self._path(worker).open("a")
            fcntl.flock(handle, fcntl.LOCK_EX)
            self._held[worker] = handle

    def is_dead(self, worker: str) -> bool:
        if worker in self._held:
            return False
        with self._path(worker).open("a") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            self._path(worker).unlink(missing_ok=True)
            return True

    def close(self) -> None:
        for worker, handle in self._held.items():
            self._path(worker).unlink(missing_ok=True)
            handle.close()
        self._held.clear()

    def _path(self, worker: str) -> Path:
        return self._folder / f"{worker}.lock"


class PostgresLeases:
    """For workers on any number of machines: session-level advisory locks on a connection of its own."""

    def __init__(self, url: str) -> None:
        drivername = "postgresql+psycopg://"
        for prefix in ("postgresql://", "postgres://"):
            if url.startswith(prefix):
                url = drivername + url.removeprefix(prefix)
        self._engine: Engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        self._connection: Connection | None = None
        self._ours: set[str] = set()
        self._locked: set[str] = set()  # on the present connection; a lock taken twice must be freed twice

    def hold(self, worker: str) -> None:
        self._ours.add(worker)
        if worker in self._locked:
            self._scalar("SELECT true")  # a lost connection shows here, and is taken anew by the next call
        elif self._call("pg_try_advisory_lock", worker):
            self._locked.add(worker)
        else:
            raise StoreUnavailable(f"the lease of {worker} is still held by a lost connection; try again")

    def is_dead(self, worker: str) -> bool:
        if worker in self._ours or not self._call("pg_try_advisory_lock", worker):
            return False
        self._call("pg_advisory_unlock", worker)
        return True

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._engine.dispose()

    def _call(self, function: str, worker: str) -> bool:
        key = int.from_bytes(blake2b(worker.encode(), digest_size=8).digest(), "big", signed=True)
        return self._scalar(f"SELECT {function}(:key)", key=key)

    def _scalar(self, query: str, **values: int) -> bool:
        try:
            if self._connection is None:
                self._connection = self._engine.connect()
            return bool(self._connection.scalar(text(query), values))
        except SQLAlchemyError as error:
            if self._connection is not None:
                self._connection.invalidate()
                self._connection.close()
            self._connection = None
            self._locked.clear()
            raise StoreUnavailable(f"the workers' leases are out of reach: {error}") from error
