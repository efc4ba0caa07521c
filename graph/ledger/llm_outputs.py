"""What a language model once said to one exact request: the first write wins, and that is read back."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from graph.ledger.bulk import insert_new, slices
from graph.ledger.tables import llm_output as o
from graph.ledger.times import now
from graph.types import WorkspaceId


def record(conn: Connection, workspace: WorkspaceId, key: bytes, output: str, model: str) -> str:
    """Store ``output`` unless the key has one; returns the one that counts. ``key`` is 16 bytes."""
    row = {"workspace": workspace, "key": key, "model": model, "output": output, "recorded_at": now()}
    insert_new(conn, o, [row])
    kept = select(o.c.output).where(o.c.workspace == workspace, o.c.key == key)
    return str(conn.execute(kept).scalar_one())


def find(conn: Connection, workspace: WorkspaceId, keys: Sequence[bytes]) -> dict[bytes, str]:
    found: dict[bytes, str] = {}
    for some in slices(keys):
        query = select(o.c.key, o.c.output).where(o.c.workspace == workspace, o.c.key.in_(some))
        found |= {row.key: row.output for row in conn.execute(query)}
    return found
