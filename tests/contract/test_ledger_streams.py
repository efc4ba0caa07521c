"""What projections and indexes are replayed from: outbox rows and vectors, by position."""

import numpy as np
import pytest
from sqlalchemy import update

from graph.errors import InvalidInput, NotFound
from graph.identity import make_id
from graph.ledger import outbox, vectors
from graph.ledger.documents import accept, delete_content
from graph.ledger.engine import Ledger
from graph.ledger.positions import advance_fused, next_position, position
from graph.ledger.publish import chunk_id, publish
from graph.ledger.tables import workspace
from graph.ports import VectorChange, Vectors
from graph.types import ROW_FORM, ChangeKind, EntityId, GraphChange, Position, WorkspaceId
from tests.fakes.ledger_evidence import NEWER, PIPELINE, accepted, made, upload

WS = WorkspaceId("test")


def _entity(n: int) -> EntityId:
    return EntityId(make_id("referent", n))


def test_changes_come_by_whole_positions(ledger: Ledger) -> None:
    written: list[GraphChange] = []
    for count in (2, 5, 1, 1):
        with ledger.write() as conn:
            at = next_position(conn, WS)
            rows = [(ChangeKind.FACT, _entity(n), {"n": n} if n % 2 else None) for n in range(count)]
            assert outbox.append(conn, WS, Position(at - 1), at, rows) == count
            written += [GraphChange(at, n, *row) for n, row in enumerate(rows)]
    with ledger.write() as conn:
        assert outbox.append(conn, WS, Position(4), next_position(conn, WS), []) == 0
        advance_fused(conn, WS, Position(0), Position(5))
    reader = outbox.LedgerOutbox(ledger)
    assert reader.fused_position(WS) == 5
    assert reader.changes_after(WS, Position(0), 100) == written
    assert reader.changes_after(WS, Position(0), 1) == written[:2]
    assert reader.changes_after(WS, Position(1), 3) == written[2:7]
    assert reader.changes_after(WS, Position(2), 2) == written[7:]
    assert reader.changes_after(WS, Position(5), 1) == []
    assert reader.begins_at(WS) == 0
    with ledger.write() as conn:
        assert outbox.compact(conn, WS, Position(2), limit=1) == 2, "whole positions, the first"
    assert reader.begins_at(WS) == 1
    with ledger.write() as conn:
        assert outbox.compact(conn, WS, Position(2), limit=100) == 5
    assert reader.changes_after(WS, Position(0), 100) == written[7:]
    assert reader.begins_at(WS) == 2
    with ledger.write() as conn:
        assert outbox.compact(conn, WS, Position(99)) == 2
    assert reader.begins_at(WS) == 5, "never beyond what was fused"


def test_rows_of_another_form_are_not_followed(ledger: Ledger) -> None:
    reader, one = outbox.LedgerOutbox(ledger), [(ChangeKind.FACT, _entity(1), None)]
    with ledger.write() as conn:
        outbox.append(conn, WS, Position(0), next_position(conn, WS), one)
        advance_fused(conn, WS, Position(0), Position(1))
    assert reader.begins_at(WS) == 0
    with ledger.write() as conn:
        conn.execute(update(workspace).values(row_form=ROW_FORM - 1))
    assert reader.begins_at(WS) == 1
    with ledger.write() as conn:
        outbox.append(conn, WS, Position(1), next_position(conn, WS), one)
        advance_fused(conn, WS, Position(1), Position(2))
    assert reader.begins_at(WS) == 1, "what this version wrote is followed"
    with pytest.raises(NotFound):
        reader.begins_at(WorkspaceId("nowhere"))


def _rows(ledger: Ledger, kind: str, after: int, limit: int = 1000) -> dict[bytes, list[float] | None]:
    found = vectors.LedgerVectors(ledger).vectors_after(WS, "m", kind, Position(after), limit)  # type: ignore[arg-type]
    assert found == sorted(found, key=lambda each: (each.position, each.id))
    return {each.id: None if each.vector is None else each.vector.tolist() for each in found}


def _random(count: int, seed: int = 0) -> Vectors:
    return np.random.default_rng(seed).random((count, 4), dtype=np.float32)


def test_entity_vectors_are_replaced_and_removed(ledger: Ledger) -> None:
    ids, first, second = [_entity(n) for n in range(3)], _random(3), _random(1, seed=1)
    with ledger.write() as conn:
        at = vectors.put_entities(conn, WS, "m", ids, first)
        vectors.put_entities(conn, WS, "other model", ids, _random(3, seed=2))
        assert vectors.recorded(conn, WS, "m", "entity", [*ids, _entity(9)]) == set(ids)
    assert _rows(ledger, "entity", 0) == dict(zip(ids, first.tolist(), strict=True))
    with ledger.write() as conn:
        vectors.put_entities(conn, WS, "m", ids[:1], second)
        vectors.remove_entities(conn, WS, "m", ids[1:2])
        assert vectors.recorded(conn, WS, "m", "entity", ids) == {ids[0], ids[2]}
    assert _rows(ledger, "entity", at + 1) == {ids[0]: second[0].tolist(), ids[1]: None}


def test_chunk_vectors_live_with_their_run(ledger: Ledger) -> None:
    file, newer = made(WS, count=4), made(WS, count=4, pipeline=NEWER)
    ords = [c.ord for c in file.chunks]
    old_ids = [chunk_id(WS, file.content, PIPELINE, o) for o in ords]
    new_ids = [chunk_id(WS, file.content, NEWER, o) for o in ords]
    with ledger.write() as conn:
        accepted(conn, WS, file)
        vectors.put_chunks(conn, WS, "m", file.content, PIPELINE, ords, _random(len(ords)))
    assert _rows(ledger, "chunk", 0) == dict.fromkeys(old_ids)  # not published yet
    at = publish(ledger, WS, file)
    assert all(_rows(ledger, "chunk", at - 1).values())

    with ledger.write() as conn:
        before = position(conn, WS)
        accept(conn, WS, [upload(file, "another")])  # still live: nobody need look again
    assert _rows(ledger, "chunk", before) == {}
    with ledger.write() as conn:
        delete_content(conn, WS, file.content)
    assert _rows(ledger, "chunk", before) == dict.fromkeys(old_ids)
    with ledger.write() as conn:
        before = position(conn, WS)
        accepted(conn, WS, file)
    assert all(_rows(ledger, "chunk", before).values())

    with ledger.write() as conn:
        vectors.put_chunks(conn, WS, "m", file.content, NEWER, ords, _random(len(ords), seed=1))
        before = position(conn, WS)
    publish(ledger, WS, newer)
    found = _rows(ledger, "chunk", before)
    assert {i for i, v in found.items() if v is None} == set(old_ids)
    assert {i for i, v in found.items() if v is not None} == set(new_ids)


def test_vectors_come_by_whole_positions(ledger: Ledger) -> None:
    for start in (0, 5, 10):
        with ledger.write() as conn:
            vectors.put_entities(conn, WS, "m", [_entity(start + n) for n in range(5)], _random(5))
    reader = vectors.LedgerVectors(ledger)
    seen: list[VectorChange] = []
    while page := reader.vectors_after(WS, "m", "entity", seen[-1].position if seen else Position(0), 3):
        assert len({each.position for each in page}) == 1
        seen += page
    assert len(seen) == 15


def test_unfit_vectors_are_refused(ledger: Ledger) -> None:
    for bad in (_random(2), np.full((1, 4), np.nan, np.float32), np.zeros(4, np.float32)):
        with pytest.raises(InvalidInput), ledger.write() as conn:
            vectors.put_entities(conn, WS, "m", [_entity(0)], bad)
