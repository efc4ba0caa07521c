"""Pending changes to a fused graph: read a snapshot, fuse it without a transaction, write one.

The pass from ``fused_position`` p0 to a position p of the snapshot reads everything it needs in one read
transaction, and writes rows, history, digest, outbox and ``fused_position`` in one write transaction that
begins with the compare-and-set. Of two fusers at once one gets StaleWrite and has written nothing; killed
at any moment, the next pass starts from p0 again.
"""

import logging
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection, Table, func, select, tuple_

from graph.epochs.induction import Induced, induce
from graph.epochs.proposal import proposal
from graph.epochs.workspace import next_epoch
from graph.errors import StaleWrite
from graph.fusion import digest
from graph.fusion.collector import growing
from graph.fusion.epoch import EPOCH_0
from graph.fusion.fuse import fuse_pass, needs_full
from graph.fusion.memory import MemoryState
from graph.fusion.rulings import Rulings
from graph.fusion.support import Document
from graph.fusion.view import Changes, GraphDiff, Inputs
from graph.ledger import derived, documents, epochs, evidence, outbox, positions, verdicts
from graph.ledger import tables as t
from graph.ledger.bulk import delete_keys, slices, upsert
from graph.ledger.engine import Ledger
from graph.ledger.judgement import Judgement, judgement_at, ontology_under, rulings_at
from graph.ledger.projected import Change, DocumentChanges, outbox_changes
from graph.ledger.view import Intake, LedgerView
from graph.ontology import default_ontology_text
from graph.ports import Embedder
from graph.types import (
    ClaimId,
    ContentId,
    EntityId,
    EpochId,
    Position,
    ReferentId,
    Source,
    SourceId,
    WorkspaceId,
)

log = logging.getLogger(__name__)

PASS = 200_000  # referents and claims that one pass takes in, or one document more
_LOST_PASSES = 5  # to others, before ``verify`` gives up
_COUNTED = 1_000  # contents whose evidence is counted at a time


@dataclass(frozen=True, slots=True)
class FuseReport:
    """What the passes of one call did. ``facts`` and ``entities`` count rows written or deleted;
    ``self_loops`` are claims whose two ends turned out to be one entity; ``capped`` are entities of which
    more would be inferred, but for the bound on that (``graph.fusion.closure``); ``candidates`` counts the
    pairs of referents that were compared."""

    position: Position
    passes: int = 0
    entities: int = 0
    facts: int = 0
    conflicts: int = 0
    changes: int = 0
    self_loops: tuple[ClaimId, ...] = ()
    capped: frozenset[EntityId] = frozenset()
    candidates: int = 0


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """Digest sums by table: as kept, of the stored rows, and of a fuse from nothing."""

    position: Position
    digest: str
    kept: Mapping[str, int]
    of_rows: Mapping[str, int]
    of_evidence: Mapping[str, int]

    @property
    def ok(self) -> bool:
        return self.kept == self.of_rows == self.of_evidence


def fuse_pending(ledger: Ledger, workspace: WorkspaceId, *, passes: int | None = None) -> FuseReport:
    """Pass after pass until what was pending at the call is fused, or ``passes`` of them; StaleWrite when
    another was faster.

    What arrives meanwhile may wait for the next call: under steady ingestion nothing would ever be projected
    otherwise. Rows that were made by other rules are made anew. NotFound for an unknown workspace.

    A pass takes in ``PASS`` of evidence at most, in the order of its positions, so that memory is bounded
    whatever has piled up. A document that changed again later is left as it was until then. After any such
    passes the rows are those of one. A pass that makes all rows anew, because the epoch, the ontology or the
    rules are others, is of all evidence. Cost of a pass: see ``graph.fusion.fuse``.
    """
    with ledger.read() as conn:
        outdated = positions.fused_by_other_rules(conn, workspace)
        report = FuseReport(positions.fused_position(conn, workspace))
        upto = positions.position(conn, workspace)
    if outdated:
        return rebuild(ledger, workspace)
    while report.position < upto and report.passes != passes:
        report = _pass(ledger, workspace, report)
        if report.position < upto:
            log.info("fused_in_part", extra={"position": report.position, "upto": upto})
    return report


@growing()
def _pass(ledger: Ledger, workspace: WorkspaceId, report: FuseReport) -> FuseReport:
    """One more, if there is something to fuse."""
    with ledger.read() as conn:
        fused = positions.fused_position(conn, workspace)
        position = positions.position(conn, workspace)
        if fused == position:  # by another, meanwhile
            return replace(report, position=fused)
        plan = _plan(conn, workspace, fused, position)
    _write(ledger, workspace, plan)
    return _added(report, plan)


@growing()
def rebuild(ledger: Ledger, workspace: WorkspaceId) -> FuseReport:
    """Fuse all live evidence from nothing and write what differs, at a new position. O(all evidence)."""
    with ledger.write() as conn:
        positions.next_position(conn, workspace)
    with ledger.read() as conn:
        fused = positions.fused_position(conn, workspace)
        plan = _plan(conn, workspace, fused, positions.position(conn, workspace), anew=True)
    _write(ledger, workspace, plan)
    return _added(FuseReport(fused), plan)


def verify(ledger: Ledger, workspace: WorkspaceId) -> VerifyReport:
    """Compare the stored graph with a fuse of all live evidence in memory, after fusing what is pending.

    StaleWrite while others keep writing; one that is faster with a pass is no reason yet. O(all evidence) in
    time and memory.
    """
    _catch_up(ledger, workspace)
    with ledger.read() as conn:
        position = _settled(conn, workspace)
        world = judgement_at(conn, workspace, position)
        kept = derived.read_sums(conn, workspace)
        held = MemoryState()
        held.apply(derived.stored(conn, workspace))
        fresh = _fused_anew(conn, workspace, world, _all_trust(conn, workspace, world))
    kept = {table: kept.get(table, 0) for table in digest.TABLES}
    return VerifyReport(
        position, digest.combined(kept), kept, held.recomputed_sums(), fresh.recomputed_sums()
    )


def calibrate(ledger: Ledger, workspace: WorkspaceId, embedder: Embedder | None = None) -> EpochId:
    """Record the epoch that follows from all live evidence and the decisions; a decision may adopt it.

    It starts from the priors, not from the present epoch, so that it is the same whatever was learnt before.
    O(all evidence) in time and memory; nothing is locked meanwhile. Without an embedder a phrase is known by
    its bare form only.
    """
    with ledger.read() as conn:
        world = judgement_at(conn, workspace, positions.position(conn, workspace))
        prior = replace(EPOCH_0, adjudicator=world.epoch.adjudicator)
        world = replace(world, epoch=prior, ontology=ontology_under(world.rulings.ontology, prior))
        graph = _fused_anew(conn, workspace, world, _all_trust(conn, workspace, world))
        sources = _sources(conn, workspace)
    learnt = next_epoch(world.epoch, graph, world.ontology, sources, world.rulings.trust, embedder)
    with ledger.write() as conn:
        return epochs.record(conn, workspace, learnt.parameters())


def propose_ontology(ledger: Ledger, workspace: WorkspaceId) -> tuple[str, list[Induced]]:
    """The ontology in force with what the facts say of it: as TOML, and relation by relation.

    Nothing takes effect: a person reads it and sets it by a decision. O(all evidence) in time and memory.
    """
    with ledger.read() as conn:
        world = judgement_at(conn, workspace, positions.position(conn, workspace))
        graph = _fused_anew(conn, workspace, world, _all_trust(conn, workspace, world))
    relations = induce(graph, world.ontology)
    return proposal(world.rulings.ontology or default_ontology_text(), relations), relations


def graph_digest(ledger: Ledger, workspace: WorkspaceId) -> str:
    """The digest as the last pass left it."""
    with ledger.read() as conn:
        return digest.combined(derived.read_sums(conn, workspace))


def _catch_up(ledger: Ledger, workspace: WorkspaceId) -> None:
    """Fuse what is pending, with whoever else does: who loses a pass has seen another one go through."""
    for _ in range(_LOST_PASSES):
        try:
            fuse_pending(ledger, workspace)
        except StaleWrite:
            continue
        return
    fuse_pending(ledger, workspace)


def _settled(conn: Connection, workspace: WorkspaceId) -> Position:
    position = positions.position(conn, workspace)
    if positions.fused_position(conn, workspace) != position:
        raise StaleWrite(f"new evidence keeps arriving in {workspace!r}; try again when it is quiet")
    return position


# ---------------------------------------------------------------- one pass


@dataclass(frozen=True, slots=True)
class _Plan:
    fused: Position
    position: Position
    diff: GraphDiff
    sums: Mapping[str, int]
    changes: Sequence[Change]
    runs: Mapping[ContentId, tuple[bytes, int] | None] = field(default_factory=dict)  # None: no more


def _plan(
    conn: Connection, workspace: WorkspaceId, fused: Position, position: Position, *, anew: bool = False
) -> _Plan:
    before = rulings_at(conn, workspace, fused)
    world = judgement_at(conn, workspace, position)
    full = anew or needs_full(before, world.rulings)
    if not full and (nearer := _in_reach(conn, workspace, fused, position)) < position:
        then = judgement_at(conn, workspace, nearer)
        if not needs_full(before, then.rulings):  # else what was ruled meanwhile was taken back: all at once
            position, world = nearer, then
    revalued = before.trust != world.rulings.trust or before.epoch != world.rulings.epoch
    pending = documents.changed_contents(conn, workspace, Position(0) if revalued else fused, position)
    trust = _trust(conn, workspace, world, [c for c, run in pending.items() if run is not None])
    old = _fused_runs(conn, workspace, sorted(pending))
    new = {content: (run, trust[content]) for content, run in pending.items() if run is not None}
    ended = {c: run for c, (run, _) in old.items() if new.get(c, (None,))[0] != run}
    began = {c: run for c, (run, _) in new.items() if old.get(c, (None,))[0] != run}
    changed = DocumentChanges(ended, began, [c for c in new if c not in began])
    sums = derived.read_sums(conn, workspace)
    view: LedgerView | None = None
    if full:
        fresh = _fused_anew(conn, workspace, world, _all_trust(conn, workspace, world))
        held = MemoryState()
        held.apply(derived.stored(conn, workspace))
        diff, sums = fresh.difference(held), fresh.recomputed_sums()
    else:
        moved = [c for c in old.keys() | new.keys() if old.get(c) != new.get(c)]
        view = LedgerView(conn, workspace, intake=Intake(position, pending, trust))
        came_in = verdicts.recorded_in(conn, workspace, fused, position)
        came = [new[c][0] for c in moved if c in new]
        gone = [old[c][0] for c in moved if c in old]
        diff = fuse_pass(
            view,
            Changes(
                removed_referents=frozenset(map(ReferentId, _ids(conn, workspace, t.referent, gone))),
                added_referents=frozenset(map(ReferentId, _ids(conn, workspace, t.referent, came))),
                removed_claims=frozenset(map(ClaimId, _ids(conn, workspace, t.claim, gone))),
                added_claims=frozenset(map(ClaimId, _ids(conn, workspace, t.claim, came))),
                answered=frozenset(v.id for v in came_in),
                judged=frozenset(ClaimId(end) for v in came_in for end in (v.a, v.b)),
            ),
            Inputs(world.epoch, world.ontology, before, world.rulings),
        )
        sums = digest.moved(sums, diff)
    rows = outbox_changes(conn, workspace, world.ontology, changed, diff, view)
    runs = {c: new.get(c) for c in old.keys() | new.keys() if old.get(c) != new.get(c)}
    return _Plan(fused, position, diff, sums, rows, runs)


def _write(ledger: Ledger, workspace: WorkspaceId, plan: _Plan) -> None:
    with ledger.write() as conn:
        positions.advance_fused(conn, workspace, plan.fused, plan.position)
        derived.write(conn, workspace, plan.diff, plan.sums, plan.position)
        ended = [{"workspace": workspace, "content": c} for c, run in plan.runs.items() if run is None]
        delete_keys(conn, t.fused_run, ended)
        stands = [
            {"workspace": workspace, "content": c, "run": run[0], "trust": run[1]}
            for c, run in plan.runs.items()
            if run is not None
        ]
        upsert(conn, t.fused_run, stands)
        outbox.append(conn, workspace, plan.fused, plan.position, plan.changes)


def _added(report: FuseReport, plan: _Plan) -> FuseReport:
    diff = plan.diff
    return FuseReport(
        position=plan.position,
        passes=report.passes + 1,
        entities=report.entities + len(diff.entities.old.keys() | diff.entities.new.keys()),
        facts=report.facts + len(diff.facts.old.keys() | diff.facts.new.keys()),
        conflicts=report.conflicts + len(diff.conflicts.old.keys() | diff.conflicts.new.keys()),
        changes=report.changes + len(plan.changes),
        self_loops=(*report.self_loops, *diff.self_loops),
        capped=report.capped | diff.capped,
        candidates=report.candidates + diff.candidates,
    )


# ---------------------------------------------------------------- reading


def _in_reach(conn: Connection, workspace: WorkspaceId, fused: Position, position: Position) -> Position:
    """Up to which position one pass goes: as far as what changed until then has ``PASS`` of evidence.

    Cost: the contents of that pass, whose referents and claims are counted by index.
    """
    c, room, reached, last = t.content.c, PASS, fused, (fused + 1, b"")
    while True:
        beyond = (c.workspace == workspace, tuple_(c.changed, c.id) > tuple_(*last))
        query = select(c.id, c.run, c.changed).where(*beyond)
        some = conn.execute(query.order_by(c.changed, c.id).limit(_COUNTED)).all()
        former = _fused_runs(conn, workspace, [ContentId(row.id) for row in some])
        runs = {ContentId(row.id): {row.run} - {None} for row in some}
        for content, (run, _) in former.items():
            runs[content].add(run)
        sizes = _sizes(conn, workspace, {run for each in runs.values() for run in each})
        for row in some:
            room -= sum(sizes[run] for run in runs[ContentId(row.id)])
            if room < 0 and fused < reached < row.changed:
                return reached
            reached, last = Position(row.changed), (row.changed, row.id)
        if len(some) < _COUNTED:
            return position


def _sizes(conn: Connection, workspace: WorkspaceId, runs: Collection[bytes]) -> Counter[bytes]:
    """How many referents and claims each run has."""
    sizes: Counter[bytes] = Counter()
    for table in (t.referent, t.claim):
        for some in slices(sorted(runs)):
            mine = (table.c.workspace == workspace, table.c.run.in_(some))
            counted = select(table.c.run, func.count()).where(*mine).group_by(table.c.run)
            sizes.update({row[0]: row[1] for row in conn.execute(counted)})
    return sizes


def _all_trust(conn: Connection, workspace: WorkspaceId, world: Judgement) -> dict[ContentId, int]:
    return _trust(conn, workspace, world, documents.live_contents(conn, workspace))


def _trust(
    conn: Connection, workspace: WorkspaceId, world: Judgement, contents: Sequence[ContentId]
) -> dict[ContentId, int]:
    """Each content's trust: that of its most trusted source; an operator's word goes before the epoch's."""
    found: dict[ContentId, int] = {}
    for some in slices(contents):
        query = select(t.source.c.id, t.source.c.content).where(
            t.source.c.workspace == workspace, t.source.c.content.in_(some), t.source.c.until.is_(None)
        )
        for row in conn.execute(query):
            source = SourceId(row.id)
            trust = world.rulings.trust.get(source, world.epoch.trust_of(source))
            found[ContentId(row.content)] = max(trust, found.get(ContentId(row.content), 0))
    return found


def _sources(conn: Connection, workspace: WorkspaceId) -> list[Source]:
    """The live ones, without their metadata."""
    query = select(t.source).where(t.source.c.workspace == workspace, t.source.c.until.is_(None))
    return [Source(SourceId(row.id), row.uri, ContentId(row.content)) for row in conn.execute(query)]


def _fused_runs(
    conn: Connection, workspace: WorkspaceId, contents: Sequence[ContentId] | None = None
) -> dict[ContentId, tuple[bytes, int]]:
    """Run and trust of each content (or of these) as the last pass left them."""
    query = select(t.fused_run).where(t.fused_run.c.workspace == workspace)
    parts = (
        [query] if contents is None else [query.where(t.fused_run.c.content.in_(s)) for s in slices(contents)]
    )
    return {ContentId(row.content): (row.run, row.trust) for part in parts for row in conn.execute(part)}


def _ids(conn: Connection, workspace: WorkspaceId, table: Table, runs: Sequence[bytes]) -> Iterable[bytes]:
    for some in slices(sorted(runs)):
        yield from conn.scalars(
            select(table.c.id).where(table.c.workspace == workspace, table.c.run.in_(some))
        )


def _fused_anew(
    conn: Connection, workspace: WorkspaceId, world: Judgement, trust: Mapping[ContentId, int]
) -> MemoryState:
    """All live evidence, fused in memory from nothing."""
    state = MemoryState()
    contents = sorted(trust)
    for some in slices(contents):
        runs = evidence.live_runs(conn, workspace, some)
        state.put_all(
            (Document(c, tuple(run.signature), trust[c]) for c, run in runs.items()),
            evidence.referents_of(conn, workspace, some),
            evidence.claims_of(conn, workspace, some),
        )
    for verdict in verdicts.recorded_in(conn, workspace, Position(0), positions.position(conn, workspace)):
        state.answer(verdict.id, verdict.answer)
    state.rulings = Rulings(epoch=world.rulings.epoch, ontology=world.rulings.ontology)
    state.fuse(world.epoch, world.ontology, world.rulings)
    return state
