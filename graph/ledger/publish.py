"""Publishing what a pipeline read from a document: whole or not at all, and as often as you like.

Rows are staged under a run that nobody reads, a bounded batch to a transaction, and become visible at one
position in the last one. A small document is one transaction. The run bears the fingerprint of the evidence
it is staged from: workers that stage the same evidence, at once or after a kill, complete each other's rows;
one that brings other evidence takes over and starts from nothing, and the first is told so by StaleWrite.
"""

from collections.abc import Iterator
from hashlib import blake2b, sha256
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Table, delete, func, select, update

from graph.errors import IntegrityError, InvalidInput, NotFound, QuoteMismatch, StaleWrite
from graph.fusion.contexts import TAG
from graph.fusion.periods import first_day, last_day
from graph.identity import make_id
from graph.ledger import rows
from graph.ledger.bulk import insert_new
from graph.ledger.documents import set_run
from graph.ledger.engine import Ledger
from graph.ledger.positions import next_position
from graph.ledger.tables import chunk, claim, content, element, mention, referent, run, run_text
from graph.types import MICRO, ContentId, Evidence, PipelineId, Position, Span, Value, WorkspaceId

BATCH = 10_000  # rows a transaction: about a tenth of a second of SQLite's one write lock
SLICE = 16_384  # code points of a stored slice of text

_Rows = list[dict[str, Any]]


def run_id(workspace: WorkspaceId, content: ContentId, pipeline: PipelineId) -> bytes:
    return make_id("run", workspace, content, pipeline)


def chunk_id(workspace: WorkspaceId, content: ContentId, pipeline: PipelineId, ord_: int) -> bytes:
    return make_id("chunk", workspace, content, pipeline, ord_)


def publish(ledger: Ledger, workspace: WorkspaceId, evidence: Evidence) -> Position:
    """Make ``evidence`` the published reading of its content; returns the position it did so at.

    The first write of a (content, pipeline) wins: publishing it again changes no row, and nothing at all
    while it is the content's published run. The run published last replaces that of any other pipeline.
    NotFound for a content that was never accepted; QuoteMismatch for a claim without its quote; InvalidInput
    for evidence that contradicts itself; StaleWrite when another took the publication over (retry).
    """
    check(evidence)
    staging = _Staging(workspace, evidence)
    last = len(staging.batches) - 1
    for number, batch in enumerate(staging.batches):
        with ledger.write() as conn:
            published = staging.begin(conn) if number == 0 else staging.resume(conn)
            if not published:
                for table, new in batch:
                    insert_new(conn, table, new)
                if number == last:
                    staging.complete(conn)
            if published or number == last:
                return staging.flip(conn)
    raise AssertionError("a run has at least one batch")


def is_published(conn: Connection, workspace: WorkspaceId, content: ContentId, pipeline: PipelineId) -> bool:
    """Whether this pipeline's reading is stored whole, so that it need not be made again."""
    wanted = run.c.id == run_id(workspace, content, pipeline)
    return conn.scalar(select(run.c.status).where(run.c.workspace == workspace, wanted)) == "published"


def check(evidence: Evidence) -> None:
    """Refuse evidence that contradicts itself: before anything is stored, by one rule a sentence."""
    text, length = evidence.text, len(evidence.text)

    def inside(span: Span) -> bool:
        return 0 <= span.start < span.end <= length

    _require(
        _ascending([e.ord for e in evidence.elements]) and _ascending([c.ord for c in evidence.chunks]),
        "elements and chunks must be in the order of their ord, each ord once",
    )
    ords = {e.ord for e in evidence.elements}
    for e in evidence.elements:
        _require(0 <= e.span.start <= e.span.end <= length, f"element {e.ord} lies outside the text")
        _require(e.parent is None or e.parent in ords, f"element {e.ord} has no parent {e.parent}")
    for c in evidence.chunks:
        _require(inside(c.span), f"chunk {c.ord} is empty or lies outside the text")

    mentioned = {m.referent for m in evidence.mentions}
    known = {r.id for r in evidence.referents}
    _require(len(known) == len(evidence.referents), "a referent occurs twice")
    for r in evidence.referents:
        _require(r.content == evidence.content, f"referent {r.id.hex()} is of another content")
        _require(bool(r.names) and inside(r.first), f"referent {r.id.hex()} needs a name and a first span")
        _require(not r.context or len(r.context) > TAG, f"referent {r.id.hex()}: its context is cut short")
        _require(r.id in mentioned, f"referent {r.id.hex()} has no mention")
    places = {(m.referent, m.span) for m in evidence.mentions}
    _require(len(places) == len(evidence.mentions), "a mention occurs twice")
    for m in evidence.mentions:
        _require(m.referent in known, f"a mention names the unknown referent {m.referent.hex()}")
        _require(inside(m.span), f"a mention of {m.referent.hex()} is empty or lies outside the text")

    _require(len({q.id for q in evidence.claims}) == len(evidence.claims), "a claim occurs twice")
    for q in evidence.claims:
        if not inside(q.span) or not q.span.of(text).strip():
            raise QuoteMismatch(
                f"claim {q.id.hex()}: its quote is not in the text; send the span it stands at"
            )
        _require(q.content == evidence.content, f"claim {q.id.hex()} is of another content")
        ends = {q.head} if q.tail_referent is None else {q.head, q.tail_referent}
        _require(ends <= known, f"claim {q.id.hex()} names a referent that the evidence does not hold")
        _require(bool(q.phrase.strip()), f"claim {q.id.hex()} needs a phrase that says its relation")
        _require(
            not isinstance(q.tail, Value) or bool(q.tail.text.strip()),
            f"claim {q.id.hex()}: its value is empty",
        )
        _require(
            first_day(q.valid_from) <= last_day(q.valid_to),
            f"claim {q.id.hex()}: its validity ends before it begins",
        )
        _require(0 <= q.confidence <= MICRO, f"claim {q.id.hex()}: confidence is 0 to {MICRO} micro-units")
        _require(
            list(q.qualifiers) == sorted(set(q.qualifiers)), f"claim {q.id.hex()}: qualifiers must be sorted"
        )


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise InvalidInput(message)


def _ascending(ords: list[int]) -> bool:
    return all(a < b for a, b in pairwise(ords))


class _Staging:
    """One attempt to publish: what it inserts, and the steps that run inside its transactions."""

    def __init__(self, workspace: WorkspaceId, evidence: Evidence) -> None:
        self._workspace = workspace
        self._evidence = evidence
        self._run = run_id(workspace, evidence.content, evidence.pipeline)
        self._fingerprint = blake2b(repr(evidence).encode("utf-8", "surrogatepass"), digest_size=16).digest()
        self._tables = list(_tables(workspace, evidence))
        self._mine = (run.c.workspace == workspace, run.c.id == self._run)
        self.batches = list(self._split())

    def begin(self, conn: Connection) -> bool:
        """Have the run staged from this evidence; True where it is published. Holds the run's row lock."""
        at = (content.c.workspace == self._workspace, content.c.id == self._evidence.content)
        if conn.scalar(select(content.c.id).where(*at)) is None:
            raise NotFound("this document was never accepted; upload it first")
        row = self._row()
        insert_new(conn, run, [row])
        status, fingerprint = self._locked(conn)
        if status == "staged" and fingerprint != self._fingerprint:
            for table, _ in self._tables:
                conn.execute(
                    delete(table).where(table.c.workspace == self._workspace, table.c.run == self._run)
                )
            conn.execute(update(run).where(*self._mine).values(row))
        return status == "published"

    def resume(self, conn: Connection) -> bool:
        """Take the lock again; True where it was published meanwhile, StaleWrite where it was taken over."""
        status, fingerprint = self._locked(conn)
        if status == "staged" and fingerprint != self._fingerprint:
            raise StaleWrite("another worker publishes another reading of this document; try again")
        return status == "published"

    def complete(self, conn: Connection) -> None:
        """Every row is there; IntegrityError where one was not inserted because another run has its id."""
        for table, new in self._tables:
            of_run = (table.c.workspace == self._workspace, table.c.run == self._run)
            if conn.scalar(select(func.count()).select_from(table).where(*of_run)) != len(new):
                raise IntegrityError(f"a {table.name} of this document has the id of another document's")

    def flip(self, conn: Connection) -> Position:
        """Make the run its content's published one, at a new position unless it is that already."""
        of = self._evidence.content
        current = select(content.c.run).where(content.c.workspace == self._workspace, content.c.id == of)
        if conn.scalar(current) == self._run:
            return Position(conn.execute(select(run.c.position).where(*self._mine)).scalar_one())
        position = next_position(conn, self._workspace)
        conn.execute(update(run).where(*self._mine).values(status="published", position=position))
        set_run(conn, self._workspace, of, self._run, position)
        return position

    def _locked(self, conn: Connection) -> tuple[str, bytes]:
        query = select(run.c.status, run.c.fingerprint).where(*self._mine)
        found = conn.execute(query.with_for_update()).one()
        return found.status, found.fingerprint

    def _row(self) -> dict[str, Any]:
        return {
            "workspace": self._workspace,
            "id": self._run,
            "content": self._evidence.content,
            "pipeline": self._evidence.pipeline,
            "status": "staged",
            "fingerprint": self._fingerprint,
            "position": None,
            "title": self._evidence.title,
            "media_type": self._evidence.media_type,
            "pages": self._evidence.pages,
            "stated": self._evidence.stated,
            "signature": self._evidence.signature,
            "length": len(self._evidence.text),
        }

    def _split(self) -> Iterator[list[tuple[Table, _Rows]]]:
        """All rows of the run, at most BATCH to a batch; at least one batch."""
        batch: list[tuple[Table, _Rows]] = []
        room = BATCH
        for table, new in self._tables:
            start = 0
            while start < len(new):
                part = new[start : start + room]
                keys = {"workspace": self._workspace, "run": self._run}
                batch.append((table, [{**keys, **row} for row in part]))
                start += len(part)
                room -= len(part)
                if room == 0:
                    yield batch
                    batch, room = [], BATCH
        yield batch


def _tables(workspace: WorkspaceId, evidence: Evidence) -> Iterator[tuple[Table, _Rows]]:
    ids = (workspace, evidence.content, evidence.pipeline)
    yield run_text, list(_text_rows(evidence.text))
    yield element, [rows.element_row(e) for e in evidence.elements]
    yield chunk, [rows.chunk_row(c, chunk_id(*ids, c.ord)) for c in evidence.chunks]
    yield referent, [rows.referent_row(r, n) for n, r in enumerate(evidence.referents)]
    yield mention, [rows.mention_row(m, n) for n, m in enumerate(evidence.mentions)]
    yield claim, [rows.claim_row(c, n) for n, c in enumerate(evidence.claims)]


def _text_rows(text: str) -> Iterator[dict[str, Any]]:
    for ord_, start in enumerate(range(0, len(text), SLICE)):
        part = text[start : start + SLICE]
        yield {"ord": ord_, "text": part, "sha256": sha256(part.encode("utf-8", "surrogatepass")).digest()}
