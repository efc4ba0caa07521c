"""Models' answers about two referents, or two facts. The first write of a question wins."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from graph.ledger.bulk import insert_new, slices
from graph.ledger.positions import next_position
from graph.ledger.tables import verdict as v
from graph.types import Answer, Position, ReferentId, Verdict, VerdictId, WorkspaceId


def record(conn: Connection, workspace: WorkspaceId, verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Store what is new at one position; returns each question's verdict as it now stands, in their order."""
    known = find(conn, workspace, [each.id for each in verdicts])
    new = {each.id: each for each in reversed(verdicts) if each.id not in known}
    if new:
        position = next_position(conn, workspace)
        insert_new(conn, v, [_row(workspace, each, position) for each in new.values()])
        known |= find(conn, workspace, list(new))
    return [known[each.id] for each in verdicts]


def find(
    conn: Connection, workspace: WorkspaceId, ids: Sequence[VerdictId], upto: Position | None = None
) -> dict[VerdictId, Verdict]:
    """Those of ``ids`` that were recorded, of all or up to a position."""
    found: dict[VerdictId, Verdict] = {}
    for some in slices(ids):
        query = select(v).where(v.c.workspace == workspace, v.c.id.in_(some))
        if upto is not None:
            query = query.where(v.c.position <= upto)
        found |= {VerdictId(row.id): _verdict(row) for row in conn.execute(query)}
    return found


def touching(
    conn: Connection, workspace: WorkspaceId, ends: Sequence[bytes], upto: Position | None = None
) -> list[Verdict]:
    """Verdicts about any of these referents or claims, of all or up to a position, each once, by id."""
    found: dict[bytes, Verdict] = {}
    for some in slices(ends):
        for end in (v.c.a, v.c.b):
            query = select(v).where(v.c.workspace == workspace, end.in_(some))
            if upto is not None:
                query = query.where(v.c.position <= upto)
            found |= {row.id: _verdict(row) for row in conn.execute(query)}
    return [found[i] for i in sorted(found)]


def recorded_in(conn: Connection, workspace: WorkspaceId, after: Position, upto: Position) -> list[Verdict]:
    """Verdicts recorded in (after, upto], by id; (0, position] is all of them."""
    query = select(v).where(v.c.workspace == workspace, v.c.position > after, v.c.position <= upto)
    return [_verdict(row) for row in conn.execute(query.order_by(v.c.id))]


def _row(workspace: WorkspaceId, verdict: Verdict, position: Position) -> dict[str, object]:
    return {
        "workspace": workspace,
        "id": verdict.id,
        "a": verdict.a,
        "b": verdict.b,
        "answer": verdict.answer.value,
        "reason": verdict.reason,
        "model": verdict.model,
        "position": position,
    }


def _verdict(row: Row[Any]) -> Verdict:
    return Verdict(
        VerdictId(row.id),
        ReferentId(row.a),
        ReferentId(row.b),
        Answer(row.answer),
        row.reason,
        row.model,
    )
