"""What one transaction takes: few statements of many rows, or many statements of few."""

import pytest

from bench.graph_rows import fact_row
from graph.identity import make_id
from graph.projection.writer import BATCH, steps, transactions
from graph.types import ChangeKind, GraphChange, Position, WorkspaceId

WS = WorkspaceId("w")
HEAD, TAIL = make_id("entity", 1), make_id("entity", 2)


def facts(of_each: dict[str, int]) -> list[GraphChange]:
    return [
        GraphChange(Position(1), n, ChangeKind.FACT, make_id("fact", relation, n), row)
        for relation, count in of_each.items()
        for n in range(count)
        for row in [fact_row(HEAD, relation, TAIL, phrase="relates to")]
    ]


@pytest.mark.parametrize(
    "of_each",
    [{}, {"A": 1}, {f"R{n}": 90 for n in range(50)}, {"A": 3 * BATCH + 1, "B": 1}, {"A": BATCH, "B": BATCH}],
)
def test_statements_go_together_in_order_up_to_a_batch(of_each: dict[str, int]) -> None:
    changes, relations = facts(of_each), sorted(of_each)
    each = list(steps(WS, changes, relations))
    together = list(transactions(WS, changes, relations))
    assert [step for batch in together for step in batch] == each
    sizes = [sum(len(step.rows) for step in batch) for batch in together]
    assert all(size <= BATCH for size in sizes)
    assert all(a + len(b[0].rows) > BATCH for a, b in zip(sizes, together[1:], strict=False))
