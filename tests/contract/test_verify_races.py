"""Verify, while somebody else fuses."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection

from graph import commit
from graph.errors import StaleWrite
from graph.ledger.engine import Ledger
from graph.ledger.positions import next_position
from graph.ledger.publish import publish
from graph.types import WorkspaceId
from tests.fakes.ledger_evidence import accepted, made

WS = WorkspaceId("test")


class Raced(Ledger):
    """Between what a pass reads and what it writes another one is through, ``losses`` times."""

    def __init__(self, ledger: Ledger, losses: int) -> None:
        super().__init__(ledger.engine)
        self.other, self.losses = ledger, losses

    @contextmanager
    def write(self) -> Iterator[Connection]:
        if self.losses:
            self.losses -= 1
            commit.fuse_pending(self.other, WS)
            with self.other.write() as conn:
                next_position(conn, WS)  # more to fuse for who comes next
        with super().write() as conn:
            yield conn


@pytest.fixture
def told(ledger: Ledger) -> Ledger:
    file = made(WS, 3, 1)
    with ledger.write() as conn:
        accepted(conn, WS, file)
    publish(ledger, WS, file)
    return ledger


def test_a_pass_lost_to_another_is_no_reason_to_give_up(told: Ledger) -> None:
    with pytest.raises(StaleWrite):
        commit.fuse_pending(Raced(told, 1), WS)
    assert commit.verify(Raced(told, 2), WS).ok


def test_who_never_gets_through_is_told_so(told: Ledger) -> None:
    with pytest.raises(StaleWrite):
        commit.verify(Raced(told, 1_000), WS)
