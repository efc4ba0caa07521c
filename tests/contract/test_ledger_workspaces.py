"""One workspace's ids are nobody's in another: each call is made twice, with its own and with the other's."""

from collections.abc import Callable
from contextlib import suppress

import numpy as np
import pytest
from sqlalchemy import Connection, select

from graph.errors import NotFound
from graph.fusion.digest import TABLES
from graph.fusion.view import GraphDiff, Membership, PairRow, TableDiff
from graph.identity import make_id
from graph.ledger import (
    audit,
    browse,
    decisions,
    derived,
    documents,
    epochs,
    evidence,
    history,
    job_items,
    jobs,
    llm_outputs,
    outbox,
    pairs,
    tokens,
    vectors,
    verdicts,
)
from graph.ledger.citations import LedgerEvidence
from graph.ledger.engine import Ledger
from graph.ledger.job_types import ItemStatus, NewItem
from graph.ledger.positions import create_workspace, next_position, position
from graph.ledger.publish import chunk_id, is_published, publish
from graph.ledger.recorded import RecordedGraph
from graph.ledger.tables import metadata
from graph.ledger.times import now, to_datetime
from graph.types import (
    Answer,
    ChangeKind,
    Entity,
    EntityId,
    Fact,
    FactId,
    FactStatus,
    Position,
    ReferentId,
    Revert,
    Same,
    Span,
    Value,
    ValueKind,
    Verdict,
    VerdictId,
    WorkspaceId,
)
from tests.fakes.ledger_evidence import PIPELINE, accepted, made, upload

MINE, THEIRS = WorkspaceId("test"), WorkspaceId("theirs")
FILE = made(MINE)
FACT, ENTITY = FactId(make_id("fact", 1)), EntityId(FILE.referents[0].id)
VERDICT = Verdict(
    VerdictId(make_id("verdict", 1)), FILE.referents[0].id, FILE.referents[1].id, Answer.YES, "", "model"
)
KEY = make_id("llm", 1)
BODY = bytes(32)


_A, _B = sorted(r.id for r in FILE.referents[:2])
DERIVED = GraphDiff(
    blocks=TableDiff(),
    pairs=TableDiff(new={(_A, _B): PairRow(_A, _B, 1)}),
    memberships=TableDiff(new={r.id: Membership(r.id, ENTITY, ReferentId(ENTITY)) for r in FILE.referents}),
    entities=TableDiff(
        new={ENTITY: Entity(ENTITY, "Person", "A", ("A",), tuple(r.id for r in FILE.referents))}
    ),
    facts=TableDiff(
        new={
            FACT: Fact(
                FACT,
                ENTITY,
                "NICKNAMED",
                Value(ValueKind.TEXT, "Ace"),
                "nicknamed",
                (),
                polarity=True,
                valid_from=None,
                valid_to=None,
                stated=None,
                status=FactStatus.ACCEPTED,
                confidence=900_000,
                support=1,
                claims=(FILE.claims[0].id,),
            )
        }
    ),
    conflicts=TableDiff(),
)


class _Filled:
    """A ledger in which every repository holds something of MINE, and the ids that have no fixed value."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        with ledger.write() as conn:
            create_workspace(conn, THEIRS)
            accepted(conn, MINE, FILE)
        publish(ledger, MINE, FILE)
        with ledger.write() as conn:
            self.fused = next_position(conn, MINE)
            derived.write(conn, MINE, DERIVED, dict.fromkeys(TABLES, 0), self.fused)
            decided = decisions.decide(conn, MINE, Same(FILE.referents[0].id, FILE.referents[1].id), "Ann")
            self.decided = decided.position
            verdicts.record(conn, MINE, [VERDICT])
            llm_outputs.record(conn, MINE, KEY, "said", "model")
            self.epoch = epochs.record(conn, MINE, {"same": 1})
            outbox.append(conn, MINE, Position(0), next_position(conn, MINE), [(ChangeKind.FACT, FACT, {})])
            vectors.put_entities(conn, MINE, "m", [ENTITY], np.ones((1, 4), np.float32))
            ords = [chunk.ord for chunk in FILE.chunks]
            vectors.put_chunks(
                conn, MINE, "m", FILE.content, PIPELINE, ords, np.ones((len(ords), 4), np.float32)
            )
            new = [NewItem("a.txt", "u", FILE.content)]
            self.job = jobs.create_job(conn, MINE, new, key="k", body_hash=BODY)[0].id
            self.item = jobs.list_items(conn, MINE, self.job, limit=1).items[0].id
            self.token = tokens.create_token(conn, MINE, "Ann", tokens.Role.ADMIN)[1].id


_Read = Callable[[_Filled, Connection, WorkspaceId], object]
_CONTENTS, _ENDS = [FILE.content], [r.id for r in FILE.referents]
_ALL = Position(1000)

FOUND: dict[str, _Read] = {
    "documents": lambda f, c, w: documents.documents(c, w, _CONTENTS),
    "get_document": lambda f, c, w: documents.get_document(c, w, FILE.content),
    "list_documents": lambda f, c, w: documents.list_documents(c, w, limit=9).items,
    "changed_contents": lambda f, c, w: documents.changed_contents(c, w, Position(0), _ALL),
    "live_contents": lambda f, c, w: documents.live_contents(c, w),
    "is_published": lambda f, c, w: is_published(c, w, FILE.content, PIPELINE),
    "read_evidence": lambda f, c, w: evidence.read_evidence(c, w, FILE.content),
    "read_evidence by pipeline": lambda f, c, w: evidence.read_evidence(c, w, FILE.content, PIPELINE),
    "referents_of": lambda f, c, w: evidence.referents_of(c, w, _CONTENTS),
    "referents": lambda f, c, w: evidence.referents(c, w, _ENDS),
    "claims_of": lambda f, c, w: evidence.claims_of(c, w, _CONTENTS),
    "claims_at": lambda f, c, w: evidence.claims_at(c, w, _ENDS),
    "claims": lambda f, c, w: evidence.claims(c, w, [FILE.claims[0].id]),
    "chunks": lambda f, c, w: evidence.chunks(c, w, [chunk_id(MINE, FILE.content, PIPELINE, 0)]),
    "layouts": lambda f, c, w: evidence.layouts(c, w, _CONTENTS),
    "live_runs": lambda f, c, w: evidence.live_runs(c, w, _CONTENTS),
    "texts_at": lambda f, c, w: evidence.texts_at(c, w, {FILE.content: [Span(0, 3)]}),
    "cited chunks": lambda f, c, w: LedgerEvidence(f.ledger).chunks(
        w, [chunk_id(MINE, FILE.content, PIPELINE, 0)]
    ),
    "cite_claims": lambda f, c, w: LedgerEvidence(f.ledger).cite_claims(w, [FILE.claims[0].id]),
    "cite_span": lambda f, c, w: LedgerEvidence(f.ledger).cite_span(w, FILE.content, Span(0, 3)),
    "claims_of_facts": lambda f, c, w: LedgerEvidence(f.ledger).claims_of_facts(w, [FACT], 9),
    "active": lambda f, c, w: decisions.active(c, w),
    "decision records": lambda f, c, w: decisions.records(c, w),
    "decision page": lambda f, c, w: decisions.list_records(c, w, limit=9).items,
    "decided_in": lambda f, c, w: decisions.decided_in(c, w, Position(0), _ALL),
    "pairs_after": lambda f, c, w: pairs.pairs_after(c, w, pairs.FIRST, limit=9),
    "pairs of an entity": lambda f, c, w: pairs.pairs_after(
        c, w, pairs.FIRST, limit=9, scope=pairs.Scope(entity=ENTITY)
    ),
    "pairs of a document": lambda f, c, w: pairs.pairs_after(
        c, w, pairs.FIRST, limit=9, scope=pairs.Scope(document=FILE.content)
    ),
    "ends of an entity": lambda f, c, w: pairs.ends_of(c, w, pairs.Scope(entity=ENTITY)),
    "ends of a document": lambda f, c, w: pairs.ends_of(c, w, pairs.Scope(document=FILE.content)),
    "component_size": lambda f, c, w: pairs.component_size(c, w, ReferentId(ENTITY), 9),
    "headlines": lambda f, c, w: browse.headlines(c, w, [ENTITY]),
    "an entity then": lambda f, c, w: RecordedGraph(c, w, f.fused).entity(_ENDS[0]),
    "neighbours then": lambda f, c, w: (
        RecordedGraph(c, w, f.fused)
        .neighbours(ENTITY, limit=9, cursor=None, statuses=tuple(FactStatus), as_of=None)
        .items
    ),
    "facts then": lambda f, c, w: RecordedGraph(c, w, f.fused).facts([FACT]),
    "claims then": lambda f, c, w: browse.claims_of(c, w, [FACT], limit=9, cursor="00", at=f.fused).items,
    "claims of a fact": lambda f, c, w: browse.claims_of(c, w, [FACT], limit=9).items,
    "facts listed": lambda f, c, w: browse.list_facts(c, w, browse.FactsWanted(), limit=9).items,
    "facts of a relation": lambda f, c, w: (
        browse.list_facts(c, w, browse.FactsWanted(relations=("NICKNAMED",)), limit=9).items
    ),
    "facts of an entity": lambda f, c, w: (
        browse.list_facts(c, w, browse.FactsWanted(entity=ENTITY), limit=9).items
    ),
    "facts listed then": lambda f, c, w: (
        browse.list_facts(
            c, w, browse.FactsWanted(relations=("NICKNAMED",)), limit=9, cursor="00", at=f.fused
        ).items
    ),
    "entities then": lambda f, c, w: browse.list_entities(c, w, limit=9, cursor="00", at=f.fused).items,
    "passes": lambda f, c, w: history.passes(c, w, limit=9),
    "recorded_as_of": lambda f, c, w: history.recorded_as_of(c, w, to_datetime(now())).position,
    "find verdicts": lambda f, c, w: verdicts.find(c, w, [VERDICT.id]),
    "touching": lambda f, c, w: verdicts.touching(c, w, [VERDICT.a]),
    "recorded_in": lambda f, c, w: verdicts.recorded_in(c, w, Position(0), _ALL),
    "find outputs": lambda f, c, w: llm_outputs.find(c, w, [KEY]),
    "epoch": lambda f, c, w: epochs.read(c, w, f.epoch),
    "list_epochs": lambda f, c, w: epochs.list_epochs(c, w, limit=9).items,
    "uris_of": lambda f, c, w: documents.uris_of(c, w, [documents.source_id(upload(FILE).uri)]),
    "outbox": lambda f, c, w: outbox.LedgerOutbox(f.ledger).changes_after(w, Position(0), 9),
    "vectors": lambda f, c, w: vectors.LedgerVectors(f.ledger).vectors_after(
        w, "m", "entity", Position(0), 9
    ),
    "all_embedded": lambda f, c, w: vectors.all_embedded(c, w, "m", FILE.content),
    "recorded vectors": lambda f, c, w: vectors.recorded(c, w, "m", "entity", [ENTITY]),
    "get_job": lambda f, c, w: jobs.get_job(c, w, f.job),
    "list_jobs": lambda f, c, w: jobs.list_jobs(c, w, limit=9).items,
    "list_items": lambda f, c, w: jobs.list_items(c, w, f.job, limit=9).items,
    "events_after": lambda f, c, w: jobs.events_after(c, w, f.job, 0, 9),
    "find_by_key": lambda f, c, w: jobs.find_by_key(c, w, "k", BODY),
    "get_item": lambda f, c, w: job_items.get_item(c, w, f.item),
    "items_in": lambda f, c, w: job_items.items_in(
        c, w, [ItemStatus.ACCEPTED], before=to_datetime(now() + 10**7), limit=9
    ),
    "latest_items": lambda f, c, w: job_items.latest_items(c, w, _CONTENTS),
    "list_tokens": lambda f, c, w: tokens.list_tokens(c, w),
    "audit": lambda f, c, w: audit.entries(c, w, 9),
    "position": lambda f, c, w: position(c, w),
}

CHANGES: dict[str, _Read] = {
    "delete_source": lambda f, c, w: documents.delete_source(c, w, upload(FILE).uri),
    "delete_content": lambda f, c, w: documents.delete_content(c, w, FILE.content),
    "revert": lambda f, c, w: decisions.decide(c, w, Revert(f.decided), "Ann"),
    "start_item": lambda f, c, w: job_items.start_item(c, w, f.item),
    "fail_item": lambda f, c, w: job_items.fail_item(c, w, f.item, "no"),
    "publish_item": lambda f, c, w: job_items.publish_item(c, w, f.item, Position(1)),
    "cancel_job": lambda f, c, w: jobs.cancel_job(c, w, f.job),
    "retry_job": lambda f, c, w: jobs.retry_job(c, w, f.job),
    "revoke_token": lambda f, c, w: tokens.revoke_token(c, w, f.token, "Ann"),
}

UNSEEN: dict[str, _Read] = {
    "finish_items": lambda f, c, w: job_items.finish_items(c, w, _ALL),
    "forget": lambda f, c, w: history.forget(c, w, f.fused, 9),
    "compact": lambda f, c, w: outbox.compact(c, w, _ALL),
    "remove_entities": lambda f, c, w: vectors.remove_entities(c, w, "m", [ENTITY]),
}


@pytest.fixture
def filled(ledger: Ledger) -> _Filled:
    return _Filled(ledger)


def test_nothing_is_read_across_workspaces(filled: _Filled) -> None:
    for name, read in FOUND.items():
        with filled.ledger.read() as conn:
            assert read(filled, conn, MINE), name
            with suppress(NotFound):
                assert not read(filled, conn, THEIRS), name


def test_nothing_is_changed_across_workspaces(filled: _Filled) -> None:
    before = _rows(filled.ledger)
    for change in CHANGES.values():
        with pytest.raises(NotFound), filled.ledger.write() as conn:
            change(filled, conn, THEIRS)
    for change in UNSEEN.values():
        with filled.ledger.write() as conn:
            change(filled, conn, THEIRS)
    assert _rows(filled.ledger) == before
    for change in CHANGES.values():  # the same calls do find their own
        with filled.ledger.write() as conn, conn.begin_nested() as undo:
            change(filled, conn, MINE)
            undo.rollback()


def _rows(ledger: Ledger) -> dict[str, list[str]]:
    """Every row but those of THEIRS."""
    with ledger.read() as conn:
        return {
            name: sorted(str(row) for row in conn.execute(select(table)) if row[0] != THEIRS)
            for name, table in metadata.tables.items()
        }
