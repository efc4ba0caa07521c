"""The clock, on both databases, with writers that really run at once."""

import multiprocessing
import threading

import pytest

from graph.errors import InvalidInput, NotFound, StaleWrite
from graph.ledger.engine import Ledger
from graph.ledger.positions import (
    advance_fused,
    create_workspace,
    fused_by_other_rules,
    fused_position,
    list_workspaces,
    next_position,
    position,
)
from graph.types import Position, WorkspaceId

WS = WorkspaceId("test")


def test_positions_count_from_one_in_each_workspace(ledger: Ledger) -> None:
    other = WorkspaceId("other")
    with ledger.write() as conn:
        create_workspace(conn, other)
        assert [next_position(conn, WS), next_position(conn, WS), next_position(conn, other)] == [1, 2, 1]
        create_workspace(conn, WS)  # is there already: nothing happens
        assert not fused_by_other_rules(conn, WS)
    with ledger.read() as conn:
        assert position(conn, WS) == 2
        assert fused_position(conn, WS) == 0
        assert list_workspaces(conn) == [other, WS]


def test_an_unknown_workspace_has_no_clock(ledger: Ledger) -> None:
    nowhere = WorkspaceId("nowhere")
    for call in (next_position, position, fused_position):
        with pytest.raises(NotFound), ledger.write() as conn:
            call(conn, nowhere)
    for bad in ("", "x" * 201):
        with pytest.raises(InvalidInput), ledger.write() as conn:
            create_workspace(conn, WorkspaceId(bad))


def test_the_fused_position_moves_by_compare_and_set(ledger: Ledger) -> None:
    with ledger.write() as conn:
        for _ in range(3):
            next_position(conn, WS)
        advance_fused(conn, WS, Position(0), Position(2))
        assert fused_position(conn, WS) == 2
    for expected, reached in ((0, 3), (1, 3), (2, 4)):  # stale, never was, ahead of the clock
        with pytest.raises(StaleWrite), ledger.write() as conn:
            advance_fused(conn, WS, Position(expected), Position(reached))


def test_two_fusers_cannot_both_win(ledger: Ledger) -> None:
    with ledger.write() as conn:
        next_position(conn, WS)
    won: list[int] = []
    start = threading.Barrier(4)

    def fuse(n: int) -> None:
        start.wait()
        try:
            with ledger.write() as conn:
                advance_fused(conn, WS, Position(0), Position(1))
            won.append(n)
        except StaleWrite:
            pass

    threads = [threading.Thread(target=fuse, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def _take(url: str, count: int, out: "multiprocessing.Queue[list[tuple[int, int]]]") -> None:
    """Take positions and, while holding each, look at the last one committed."""
    ledger = Ledger.open(url)
    taken: list[tuple[int, int]] = []
    for n in range(count):
        with ledger.write() as conn:
            mine = next_position(conn, WS)
            with ledger.read() as reader:
                taken.append((mine, position(reader, WS)))
        if n % 5 == 0:
            try:
                with ledger.write() as conn:
                    next_position(conn, WS)
                    raise RuntimeError("rolled back: its position is given again")
            except RuntimeError:
                pass
    ledger.close()
    out.put(taken)


def test_processes_never_share_or_skip_a_position(ledger: Ledger, ledger_url: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    out: multiprocessing.Queue[list[tuple[int, int]]] = spawn.Queue()
    workers = [spawn.Process(target=_take, args=(ledger_url, 15, out)) for _ in range(3)]
    for worker in workers:
        worker.start()
    taken = [pair for _ in workers for pair in out.get(timeout=120)]
    for worker in workers:
        worker.join()
    assert sorted(mine for mine, _ in taken) == list(range(1, 46))
    # Whoever holds p sees p - 1 committed and nothing after: positions commit in order.
    assert all(seen == mine - 1 for mine, seen in taken)
