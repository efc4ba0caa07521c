"""The clock and the transactions, on both databases."""

from graph.ledger.engine import Ledger
from graph.ledger.positions import next_position, position
from graph.types import WorkspaceId


def test_positions_count_from_one(ledger: Ledger) -> None:
    with ledger.write() as conn:
        assert next_position(conn, WorkspaceId("test")) == 1
    with ledger.read() as conn:
        assert position(conn, WorkspaceId("test")) == 1
