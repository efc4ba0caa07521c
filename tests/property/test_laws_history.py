"""The graph as of a record time is the one that a reader of that time was shown, on both databases."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select, update

from graph.commit import fuse_pending, graph_digest
from graph.errors import InvalidInput
from graph.fusion.epoch import Epoch
from graph.fusion.fuse import FUSE_FORM
from graph.ledger import browse, history, positions
from graph.ledger import tables as t
from graph.ledger.engine import Ledger
from graph.ledger.outbox import LedgerOutbox
from graph.ledger.recorded import RecordedGraph, hit
from graph.projection.memory import MemoryGraph
from graph.types import FactStatus, PartialDate, Position, WorkspaceId
from tests.property.test_laws_ledger import SLOW, LedgerWorld, play_both
from tests.property.worlds import EPOCHS, WIDE, Cast, World, stories, tell

Rows = dict[str, Counter[object]]


def rows(conn: Connection, workspace: WorkspaceId, at: Position | None) -> Rows:
    """Every row that people are shown, of the present tables or as of a record time."""
    found: Rows = {}
    for table, kept in t.HISTORY.items():
        then = history.standing(table, at)
        shown = [then.c[c.name] for c in kept.c if c.name not in {"since", "until"}]
        query = select(*shown).where(then.c.workspace == workspace)
        found[table.name] = Counter(repr(tuple(row)) for row in conn.execute(query))
    return found


class Watched(LedgerWorld):
    """A ledger of which a reader keeps what it was shown after each pass."""

    def __init__(self, ledger: Ledger, epoch: Epoch, words: str | None = None) -> None:
        super().__init__(ledger, epoch, words)
        self.shown: dict[Position, Rows] = {}
        self.look()

    def fuse(self) -> None:
        super().fuse()
        self.look()

    def look(self) -> None:
        with self.ledger.read() as conn:
            self.shown[positions.fused_position(conn, self.workspace)] = rows(conn, self.workspace, None)

    def hold(self, since: Position) -> None:
        """What stood at each position is what was shown then; and nothing is told of the time before."""
        last = max(self.shown)
        with self.ledger.read() as conn:
            for p in range(last + 1):
                if p < since:
                    with pytest.raises(InvalidInput, match="is kept from position"):
                        history.recorded_as_of(conn, self.workspace, Position(p))
                    continue
                stood = history.recorded_as_of(conn, self.workspace, Position(p)).position
                assert stood == max(each for each in self.shown if each <= p)
                assert rows(conn, self.workspace, stood) == self.shown[stood], f"as of {p}"
            with pytest.raises(InvalidInput, match="stands at position"):
                history.recorded_as_of(conn, self.workspace, Position(last + 1))


async def read_alike(other: Watched) -> None:
    """A recorded graph answers as a graph store does that has followed the outbox."""
    store, ws, last = MemoryGraph(), other.workspace, max(other.shown)
    changes = LedgerOutbox(other.ledger).changes_after(ws, Position(0), 1_000_000)
    await store.apply(ws, changes, expected=Position(0), reached=last)
    with other.ledger.read() as conn:
        graph = RecordedGraph(conn, ws, last)
        for entity in browse.list_entities(conn, ws, limit=1000, at=last).items:
            assert await store.entities(ws, [entity.id]) == [hit(entity)]
            assert {found.id for m in entity.members if (found := graph.entity(m))} == {entity.id}
            for as_of in (None, PartialDate("2019"), PartialDate("2019-05-03"), PartialDate("2023")):
                cursor = None
                while True:
                    ask: dict[str, Any] = {"limit": 2, "cursor": cursor, "as_of": as_of}
                    told = graph.neighbours(entity.id, statuses=tuple(FactStatus), **ask)
                    assert told == await store.neighbours(ws, entity.id, statuses=tuple(FactStatus), **ask)
                    if (cursor := told.next_cursor) is None:
                        break


@SLOW
@given(story=stories(), epoch=st.sampled_from(EPOCHS), kept=st.integers(0, 9))
def test_what_was_shown_stands_on_record(ledger, story, epoch, kept):
    world, other = World(epoch, story.ontology), Watched(ledger, epoch, story.words)
    play_both(world, other, story.steps)
    other.fuse()
    other.hold(Position(0))
    asyncio.run(read_alike(other))

    digest = graph_digest(ledger, other.workspace)
    since = sorted(other.shown)[kept % len(other.shown)]
    with ledger.write() as conn:
        while history.forget(conn, other.workspace, since, 3) >= 3:
            pass
    other.hold(since)
    with ledger.read() as conn:
        for h in t.HISTORY.values():
            past = select(h.c.until).where(h.c.workspace == other.workspace, h.c.until <= since)
            assert conn.execute(past).all() == []
    assert graph_digest(ledger, other.workspace) == digest


def test_other_rules_make_a_new_record_and_leave_the_old_one(ledger: Ledger) -> None:
    story = tell(7, 24, Cast.of_parts)
    world, other = World(WIDE, story.ontology), Watched(ledger, WIDE, story.words)
    play_both(world, other, story.steps)
    other.fuse()
    with ledger.write() as conn:  # as other rules may have made them, and then recorded them
        for table in (t.fact, t.HISTORY[t.fact]):
            mine = table.c.workspace == other.workspace
            conn.execute(update(table).where(mine).values(support=7))
        conn.execute(update(t.workspace).values(fuse_form=FUSE_FORM - 1))
    other.shown = {}
    other.look()
    [before] = other.shown
    other.fuse()
    assert max(other.shown) > before
    with ledger.read() as conn:
        assert rows(conn, other.workspace, before) == other.shown[before]
        assert rows(conn, other.workspace, max(other.shown)) == other.shown[max(other.shown)]
        assert other.shown[before]["fact"] != other.shown[max(other.shown)]["fact"]


def test_a_time_finds_the_pass_before_it(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    ws, start = WorkspaceId("test"), datetime(2026, 11, 3, 12, tzinfo=UTC)
    clock = [start, start + timedelta(hours=2), start + timedelta(hours=1)]  # the machine's clock went back

    def at(moment: datetime) -> None:
        monkeypatch.setattr(history, "now", lambda: int(moment.timestamp() * 1_000_000))

    for moment in clock:
        at(moment)
        with ledger.write() as conn:
            positions.next_position(conn, ws)
        fuse_pending(ledger, ws)
    with ledger.read() as conn:
        at(start + timedelta(hours=3))
        for hours, position, stood in ((-1, 0, None), (0, 1, 0), (1.5, 1, 0), (2, 3, 2), (3, 3, 2)):
            found = history.recorded_as_of(conn, ws, start + timedelta(hours=hours))
            assert found.position == position, hours
            assert found.at == (None if stood is None else start + timedelta(hours=stood))
        with pytest.raises(InvalidInput, match="still to come"):
            history.recorded_as_of(conn, ws, start + timedelta(hours=4))
        assert [each.position for each in history.passes(conn, ws, limit=2)] == [3, 2]
        assert [each.position for each in history.passes(conn, ws, limit=9, before=Position(2))] == [1]
        assert history.outlived(conn, ws, start - timedelta(hours=1)) is None
        assert history.outlived(conn, ws, start) is None, "it is the first: nothing was before it"
        assert history.outlived(conn, ws, start + timedelta(hours=2)) == 3
    with ledger.write() as conn:
        assert history.forget(conn, ws, Position(3), 100) == 2  # passes
    with ledger.read() as conn:
        assert history.outlived(conn, ws, start + timedelta(hours=3)) is None
        with pytest.raises(InvalidInput, match=r"from position 3 \(2026-11-03T14:00:00"):
            history.recorded_as_of(conn, ws, start)
