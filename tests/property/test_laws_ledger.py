"""The laws of fuse on the real ledger, against the in-memory state that the same story leads to."""

import random
import uuid
from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from graph import commit
from graph.commit import calibrate, fuse_pending, graph_digest, rebuild, verify
from graph.errors import NotFound
from graph.fusion.epoch import Epoch
from graph.fusion.fuse import FUSE_FORM
from graph.fusion.memory import MemoryState
from graph.fusion.rulings import Rulings
from graph.fusion.support import Document
from graph.fusion.view import PairRow
from graph.ledger import decisions, derived, documents, epochs, positions, publish, verdicts
from graph.ledger import tables as t
from graph.ledger.engine import Ledger
from graph.ledger.graph_rows import LedgerGraphRows
from graph.ledger.judgement import judgement_at
from graph.ledger.outbox import LedgerOutbox
from graph.ledger.positions import create_workspace
from graph.types import (
    AdoptEpoch,
    Answer,
    ChangeKind,
    ChangeOntology,
    ClaimId,
    Evidence,
    GraphChange,
    Position,
    ReferentId,
    Revert,
    Ruling,
    Same,
    Separate,
    SourceId,
    StandIns,
    Verdict,
    VerdictId,
    WorkspaceId,
)
from tests.property.worlds import EPOCHS, NOBODY, URIS, WIDE, Cast, Step, World, stories, tell

SLOW = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class LedgerWorld:
    """A story told to a ledger, in a workspace of its own."""

    def __init__(self, ledger: Ledger, epoch: Epoch, words: str | None = None) -> None:
        self.ledger = ledger
        self.workspace = WorkspaceId(uuid.uuid4().hex)
        self.positions: list[Position] = []
        self.published: dict[bytes, Evidence] = {}
        with ledger.write() as conn:
            create_workspace(conn, self.workspace)
            adopted = epochs.record(conn, self.workspace, epoch.parameters())
            decisions.decide(conn, self.workspace, AdoptEpoch(adopted), "operator")
            if words is not None:
                decisions.decide(conn, self.workspace, ChangeOntology(words), "operator")

    def point(self, source: SourceId, evidence: Evidence | None) -> None:
        uri = URIS[source]
        if evidence is None:
            with self.ledger.write() as conn, suppress(NotFound):
                documents.delete_source(conn, self.workspace, uri)
            return
        upload = documents.Upload(uri, evidence.content, 1, "text/plain", "a.txt")
        with self.ledger.write() as conn:
            documents.accept(conn, self.workspace, [upload])
        publish.publish(self.ledger, self.workspace, evidence)
        self.published[publish.run_id(self.workspace, evidence.content, evidence.pipeline)] = evidence

    def decide(self, ruling: Ruling, stand_ins: StandIns = NOBODY) -> None:
        if isinstance(ruling, Revert):
            ruling = Revert(self.positions[ruling.position - 1])
        with self.ledger.write() as conn:
            made = decisions.decide(conn, self.workspace, ruling, "curator", stand_ins=stand_ins)
            self.positions.append(made.position)

    def answer(self, row: PairRow, answer: Answer) -> None:
        assert row.question is not None
        verdict = Verdict(row.question, row.a, row.b, answer, "", "judge")
        with self.ledger.write() as conn:
            verdicts.record(conn, self.workspace, [verdict])

    def judge(self, question: VerdictId, about: tuple[ClaimId, ClaimId], answer: Answer) -> None:
        with self.ledger.write() as conn:
            verdicts.record(conn, self.workspace, [Verdict(question, *about, answer, "", "judge")])

    def fuse(self) -> None:
        fuse_pending(self.ledger, self.workspace)

    def projected(self) -> dict[tuple[ChangeKind, bytes], object]:
        """What a projection holds that has followed the outbox from the start."""
        held: dict[tuple[ChangeKind, bytes], object] = {}
        for change in LedgerOutbox(self.ledger).changes_after(self.workspace, Position(0), 1_000_000):
            if change.row is None:
                assert held.pop((change.kind, change.id), None) is not None, "deleted what was never there"
            else:
                held[change.kind, change.id] = change.row
        return held


def play_both(world: World, other: LedgerWorld, story: Sequence[Step]) -> None:
    """Play a story to both; the ledger fuses at some of its steps."""
    for what, arg in story:
        match what, arg:
            case "put", (source, evidence):
                world.point(source, evidence)
                other.point(source, evidence)
            case "drop", source:
                world.point(source, None)
                other.point(source, None)
            case "decide", (Same(a, b) | Separate(a, b), _) if a == b:
                pass  # refused at the ledger's door
            case "decide", (made, others):
                world.decide(made, others)
                other.decide(made, others)
            case "revert", (n, _) if world.decisions:
                back = Revert(Position(n % len(world.decisions) + 1))
                world.decide(back)
                other.decide(back)
            case "link", seed:
                world.fuse()
                if link := world.thinkable(random.Random(seed)):
                    world.decide(link)
                    other.decide(link)
            case "answer", (n, answer):
                world.fuse()
                asked = sorted(world.state._pairs.rows.items())
                if pending := [row for _, row in asked if row.question and row.question not in world.answers]:
                    row = pending[n % len(pending)]
                    world.answers[row.question] = answer
                    other.answer(row, answer)
            case "judge", (n, answer):
                world.fuse()
                if ties := list(world.ties().items()):
                    question, about = ties[n % len(ties)]
                    world.answers[question], world.about[question] = answer, about
                    other.judge(question, about, answer)
            case "fuse", _:
                other.fuse()


@SLOW
@given(story=stories(), epoch=st.sampled_from(EPOCHS))
def test_the_ledger_equals_the_memory_state(ledger, story, epoch):
    world, other = World(epoch, story.ontology), LedgerWorld(ledger, epoch, story.words)
    play_both(world, other, story.steps)
    fuse_pending(ledger, other.workspace)
    assert graph_digest(ledger, other.workspace) == world.rebuilt().state.digest
    checked = verify(ledger, other.workspace)
    assert checked.ok, checked
    assert fuse_pending(ledger, other.workspace).passes == 0

    whole = whole_graph(ledger, other.workspace)
    assert other.projected() == {(c.kind, c.id): c.row for c in whole}
    _closed(whole)

    outbox = other.projected()
    assert rebuild(ledger, other.workspace).changes == 0
    assert graph_digest(ledger, other.workspace) == checked.digest
    assert other.projected() == outbox


@SLOW
@given(story=stories(), epoch=st.sampled_from(EPOCHS), room=st.sampled_from([0, 6, 20]))
def test_a_backlog_fused_in_passes_is_fused_at_once(ledger, story, epoch, room):
    """And after each pass the rows are those of the evidence, rulings and verdicts that it has taken in."""
    world, other = World(epoch, story.ontology), LedgerWorld(ledger, epoch, story.words)
    steps = [step for step in story.steps if step[0] != "fuse"]
    early = len(steps) // 4  # something stands already that the backlog changes and deletes
    play_both(world, other, [*steps[:early], ("fuse", None)])
    play_both(world, other, steps[early:])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commit, "PASS", room)
        patch.setattr(commit, "_COUNTED", 2)
        while fuse_pending(ledger, other.workspace, passes=1).passes:
            stored, made = as_taken_in(other)
            assert stored == made
    assert graph_digest(ledger, other.workspace) == world.rebuilt().state.digest
    assert verify(ledger, other.workspace).ok
    assert other.projected() == {(c.kind, c.id): c.row for c in whole_graph(ledger, other.workspace)}


def as_taken_in(other: LedgerWorld) -> tuple[dict[str, int], dict[str, int]]:
    """Digest sums of the rows, and of a fuse from nothing of the runs that they stand on."""
    with other.ledger.read() as conn:
        fused = positions.fused_position(conn, other.workspace)
        told = judgement_at(conn, other.workspace, fused)
        fresh, held = MemoryState(), MemoryState()
        for row in conn.execute(select(t.fused_run).where(t.fused_run.c.workspace == other.workspace)):
            of = other.published[row.run]
            fresh.put(Document(of.content, of.signature, row.trust), of.referents, of.claims)
        for verdict in verdicts.recorded_in(conn, other.workspace, Position(0), fused):
            fresh.answer(verdict.id, verdict.answer)
        held.apply(derived.stored(conn, other.workspace))
    fresh.rulings = Rulings(epoch=told.rulings.epoch, ontology=told.rulings.ontology)
    fresh.fuse(told.epoch, told.ontology, told.rulings)
    return held.recomputed_sums(), fresh.recomputed_sums()


def test_rows_of_other_rules_are_fused_anew(ledger):
    story = tell(7, 24, Cast.of_parts)
    world, other = World(WIDE, story.ontology), LedgerWorld(ledger, WIDE, story.words)
    play_both(world, other, story.steps)
    fuse_pending(ledger, other.workspace)
    before, digest = other.projected(), graph_digest(ledger, other.workspace)
    with ledger.write() as conn:  # as other rules may have left it
        mine, every = t.fact.c.workspace == other.workspace, select(func.count()).select_from(t.fact)
        assert conn.scalar(every.where(mine, t.fact.c.support != 7))
        conn.execute(update(t.fact).where(mine).values(support=7))
        conn.execute(update(t.workspace).values(fuse_form=FUSE_FORM - 1))
        assert positions.fused_by_other_rules(conn, other.workspace)
        fused = positions.fused_position(conn, other.workspace)
    assert fuse_pending(ledger, other.workspace).position > fused, "a projection must see the change"
    assert graph_digest(ledger, other.workspace) == digest
    assert verify(ledger, other.workspace).ok
    assert other.projected() == before
    with ledger.read() as conn:
        assert not positions.fused_by_other_rules(conn, other.workspace)
        h = t.HISTORY[t.fact].c
        still = select(h.id, h.support).where(h.until.is_(None), h.workspace == other.workspace)
        kept = {row.id: row.support for row in conn.execute(still)}
    assert kept == {id_: row["support"] for (kind, id_), row in before.items() if kind is ChangeKind.FACT}
    assert fuse_pending(ledger, other.workspace).passes == 0


@SLOW
@given(story=stories(), seed=st.integers(0, 999))
def test_calibration_is_a_function_of_evidence_and_decisions(ledger, story, seed):
    world = World(WIDE, story.ontology)
    other, shuffled = (LedgerWorld(ledger, WIDE, story.words) for _ in range(2))
    play_both(world, other, story.steps)
    held = list(world.sources.items())
    random.Random(seed).shuffle(held)
    for source, content in held:
        shuffled.point(source, world.published[content])
    for decision in world.decisions:
        shuffled.decide(decision.ruling, decision.stand_ins)
    for question, answer in world.answers.items():
        shuffled.answer(PairRow(ReferentId(bytes(16)), ReferentId(b"1" * 16), 0, question), answer)
    fuse_pending(ledger, other.workspace)
    before = graph_digest(ledger, other.workspace)
    epoch = calibrate(ledger, other.workspace)
    assert epoch == calibrate(ledger, shuffled.workspace)

    for each in (other, shuffled):
        each.decide(AdoptEpoch(epoch))
        fuse_pending(ledger, each.workspace)
        assert verify(ledger, each.workspace).ok
    assert graph_digest(ledger, other.workspace) == graph_digest(ledger, shuffled.workspace)
    assert epoch == calibrate(ledger, other.workspace)
    other.decide(Revert(Position(len(other.positions))))
    fuse_pending(ledger, other.workspace)
    assert graph_digest(ledger, other.workspace) == before


def whole_graph(ledger: Ledger, workspace: WorkspaceId) -> list[GraphChange]:
    """Every row that a projection is written anew from."""
    with LedgerGraphRows(ledger) as rows:
        return [row for kind in ChangeKind for row in rows.graph_rows(workspace, kind, None, 1_000_000)]


def _closed(rows: Sequence[GraphChange]) -> None:
    """Nothing points at what is not there, and every quote is what the fact's document says."""
    ids = {kind: {c.id.hex() for c in rows if c.kind is kind} for kind in ChangeKind}
    for change in rows:
        row = change.row
        assert row is not None
        match change.kind:
            case ChangeKind.FACT:
                assert {row["head"], row["tail"] or row["head"]} <= ids[ChangeKind.ENTITY]
                grounds = set(row["grounds"])
                assert grounds <= ids[ChangeKind.FACT]
                assert row["claim_count"] >= len(row["claims"]) and bool(row["claims"]) != bool(grounds)
                assert all(claim["quote"] for claim in row["claims"])
                assert {claim["document"] for claim in row["claims"]} <= ids[ChangeKind.DOCUMENT]
            case ChangeKind.MENTIONS:
                assert row["chunk"] in ids[ChangeKind.CHUNK] and row["entity"] in ids[ChangeKind.ENTITY]
            case ChangeKind.ELEMENT | ChangeKind.CHUNK:
                assert row["document"] in ids[ChangeKind.DOCUMENT]
