"""The graph as the derived rows have it, in the outbox's form and by id: what a projection is held to.

Ids are hashes, so the order of ids scatters every document. The rows are therefore made document by document,
in one snapshot and with bounded memory, into a temporary file that sorts them; pages are read from there.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from types import TracebackType
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, Table, select

from graph.errors import ConfigurationError, StaleWrite
from graph.fusion.epoch import EPOCH_0
from graph.fusion.view import GraphDiff, TableDiff
from graph.identity import canonical
from graph.ledger import positions
from graph.ledger import tables as t
from graph.ledger.bulk import IN_LIST, slices
from graph.ledger.engine import Ledger
from graph.ledger.judgement import ontology_under, rulings_at
from graph.ledger.projected import Change, DocumentChanges, outbox_changes
from graph.ledger.view import LedgerView
from graph.ontology import Ontology
from graph.types import (
    ChangeKind,
    ContentId,
    Entity,
    EntityId,
    Fact,
    FactId,
    FactStatus,
    GraphChange,
    Position,
    WorkspaceId,
)

_DOCUMENTS = 20  # documents whose rows are in memory at a time


class LedgerGraphRows:
    """Implements ``graph.ports.GraphRowReader``. Holds a temporary file until it is closed.

    One reader serves one caller at a time. Making the rows costs O(graph) once a fused position; a page costs
    its own rows.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._sorted: _SortedRows | None = None

    def __enter__(self) -> "LedgerGraphRows":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._sorted is not None:
            self._sorted.close()
            self._sorted = None

    def fused_position(self, workspace: WorkspaceId) -> Position:
        with self._ledger.read() as conn:
            return positions.fused_position(conn, workspace)

    def graph_rows(
        self, workspace: WorkspaceId, kind: ChangeKind, after: bytes | None, limit: int
    ) -> list[GraphChange]:
        """As the port says; a first page (``after`` None) is of the newest fused position.

        StaleWrite while evidence waits to be fused: the derived rows rest on what it may have replaced.
        """
        held = self._sorted
        if held is None or held.workspace != workspace or (after is None and self._moved(held)):
            held = self._read(workspace)
        return held.page(kind, after or b"", limit)

    def _moved(self, held: "_SortedRows") -> bool:
        return self.fused_position(held.workspace) != held.position

    def _read(self, workspace: WorkspaceId) -> "_SortedRows":
        self.close()
        with self._ledger.read() as conn:
            position = positions.fused_position(conn, workspace)
            if positions.position(conn, workspace) != position:
                raise StaleWrite(f"evidence of {workspace!r} waits to be fused: fuse it, then read again")
            made = _SortedRows(workspace, position)
            try:
                _Making(conn, workspace, position, made).run()
            except BaseException:
                made.close()
                raise
        self._sorted = made
        return made


class _Making:
    """Puts every row of a settled workspace into a file, each as ``outbox_changes`` makes it from nothing."""

    def __init__(
        self, conn: Connection, workspace: WorkspaceId, position: Position, into: "_SortedRows"
    ) -> None:
        self._conn = conn
        self._workspace = workspace
        self._into = into
        self._view = LedgerView(conn, workspace)
        self._ontology = _ontology(conn, workspace, position)

    def run(self) -> None:
        for documents in self._pages(t.fused_run, t.fused_run.c.content, _DOCUMENTS):
            runs = {ContentId(row.content): row.run for row in documents}
            self._put(began=runs)
            for facts in slices(self._new_facts(sorted(runs.values()))):
                self._put(facts=self._view.facts(facts))
        inferred = t.fact.c.status == FactStatus.INFERRED.value  # no document states them
        for found in self._pages(t.fact, t.fact.c.id, IN_LIST, inferred):
            self._put(facts=self._view.facts([FactId(row.id) for row in found]))
        for entities in self._pages(t.entity, t.entity.c.id, IN_LIST):
            self._put(entities=self._view.entities([EntityId(row.id) for row in entities]))

    def _put(
        self,
        *,
        began: Mapping[ContentId, bytes] | None = None,
        facts: Mapping[FactId, Fact] | None = None,
        entities: Mapping[EntityId, Entity] | None = None,
    ) -> None:
        diff = GraphDiff(
            blocks=TableDiff(),
            pairs=TableDiff(),
            memberships=TableDiff(),
            entities=TableDiff(new=entities or {}),
            facts=TableDiff(new=facts or {}),
            conflicts=TableDiff(),
        )
        documents = DocumentChanges(began=began or {})
        self._into.put(outbox_changes(self._conn, self._workspace, self._ontology, documents, diff))

    def _pages(
        self, table: Table, key: Column[bytes], size: int, *where: ColumnElement[bool]
    ) -> Iterator[Sequence[Row[Any]]]:
        """The workspace's rows of a table in the order of its key."""
        after = b""
        while True:
            beyond = select(table).where(table.c.workspace == self._workspace, key > after, *where)
            found = self._conn.execute(beyond.order_by(key).limit(size)).all()
            if not found:
                return
            yield found
            after = found[-1]._mapping[key]

    def _new_facts(self, runs: Sequence[bytes]) -> list[FactId]:
        """Facts with a claim in these runs that have no row yet: near each other, they cite the same text."""
        claims = list(self._where(t.claim.c.id, t.claim.c.run, runs))
        facts = set(self._where(t.fact_claim.c.fact, t.fact_claim.c.claim, claims))
        return [FactId(id_) for id_ in sorted(facts) if not self._into.holds(ChangeKind.FACT, id_)]

    def _where(self, wanted: Column[bytes], column: Column[bytes], ids: Sequence[bytes]) -> Iterator[bytes]:
        for some in slices(ids):
            mine = column.table.c.workspace == self._workspace
            yield from self._conn.scalars(select(wanted).where(mine, column.in_(some)))


def _ontology(conn: Connection, workspace: WorkspaceId, position: Position) -> Ontology:
    return ontology_under(rulings_at(conn, workspace, position).ontology, EPOCH_0)


class _SortedRows:
    """Rows of one workspace at one position, in an unnamed file that goes with its connection."""

    def __init__(self, workspace: WorkspaceId, position: Position) -> None:
        self.workspace = workspace
        self.position = position
        # Pages are read from whichever worker thread the caller uses, one after the other
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._file.execute("PRAGMA journal_mode = OFF")
        self._file.execute("CREATE TABLE state (kind TEXT, id BLOB, row BLOB, PRIMARY KEY (kind, id))")

    def close(self) -> None:
        self._file.close()

    def put(self, changes: Iterable[Change]) -> None:
        """A row that is there already is the same one."""
        rows = ((kind.value, id_, canonical(row)) for kind, id_, row in changes)
        with _room():
            self._file.execute("BEGIN")
            self._file.executemany("INSERT OR IGNORE INTO state VALUES (?, ?, ?)", rows)
            self._file.execute("COMMIT")

    def holds(self, kind: ChangeKind, id_: bytes) -> bool:
        query = "SELECT 1 FROM state WHERE kind = ? AND id = ?"
        return self._file.execute(query, (kind.value, id_)).fetchone() is not None

    def page(self, kind: ChangeKind, after: bytes, limit: int) -> list[GraphChange]:
        query = "SELECT id, row FROM state WHERE kind = ? AND id > ? ORDER BY id LIMIT ?"
        with _room(), closing(self._file.execute(query, (kind.value, after, limit))) as found:
            return [
                GraphChange(self.position, n, kind, id_, json.loads(row))
                for n, (id_, row) in enumerate(found)
            ]


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise ConfigurationError(
            f"the graph's rows could not be sorted in a temporary file ({error}): free disk, or set "
            "SQLITE_TMPDIR to a folder with room for the graph"
        ) from error
