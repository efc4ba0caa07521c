"""Who did what, when: written in the transaction that does it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from graph.ledger.tables import audit as a
from graph.ledger.times import now, to_datetime
from graph.types import WorkspaceId


@dataclass(frozen=True, slots=True)
class AuditEntry:
    at: datetime
    actor: str
    action: str
    detail: Mapping[str, Any]


def note(
    conn: Connection, workspace: WorkspaceId, actor: str, action: str, detail: Mapping[str, Any]
) -> None:
    """``detail`` is JSON-ready, without floats."""
    conn.execute(
        insert(a).values(
            workspace=workspace,
            id=secrets.token_bytes(16),
            at=now(),
            actor=actor,
            action=action,
            detail=dict(detail),
        )
    )


def entries(conn: Connection, workspace: WorkspaceId, limit: int) -> list[AuditEntry]:
    """The newest first."""
    query = select(a).where(a.c.workspace == workspace).order_by(a.c.at.desc(), a.c.id).limit(limit)
    return [AuditEntry(to_datetime(row.at), row.actor, row.action, row.detail) for row in conn.execute(query)]
