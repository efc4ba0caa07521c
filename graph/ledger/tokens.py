"""Tokens: random secrets of which only the SHA-256 is kept. A token is what names the workspace."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from graph.errors import InvalidInput, NotAuthenticated, NotFound
from graph.ledger import audit
from graph.ledger.tables import token as t
from graph.ledger.times import from_datetime, now, to_datetime
from graph.types import WorkspaceId

_PREFIX = "vp_"  # so that secret scanners know one when they see it


class Role(StrEnum):
    """What a principal may do; each may do what the next may."""

    ADMIN = "admin"  # tokens, decisions, ontology
    WRITER = "writer"  # documents and jobs
    READER = "reader"  # questions


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking, and for which workspace."""

    workspace: WorkspaceId
    role: Role
    name: str
    token: bytes  # its id, never its secret


@dataclass(frozen=True, slots=True)
class Token:
    id: bytes
    name: str
    role: Role
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


def create_token(
    conn: Connection,
    workspace: WorkspaceId,
    name: str,
    role: Role,
    *,
    expires_at: datetime | None = None,
    secret: str | None = None,
) -> tuple[str, Token]:
    """A new token and its secret, which cannot be had again. ``secret`` may be given to keep a known one.

    InvalidInput for a given secret under 32 characters, or an expiry without a time zone.
    """
    if secret is not None and len(secret) < 32:
        raise InvalidInput("a token's secret needs at least 32 characters")
    if expires_at is not None and expires_at.tzinfo is None:
        raise InvalidInput("the expiry needs a time zone")
    if not name:
        raise InvalidInput("a token needs a name")
    secret = secret or _PREFIX + secrets.token_urlsafe(32)
    row = {
        "sha256": _digest(secret),
        "id": secrets.token_bytes(16),
        "workspace": workspace,
        "name": name,
        "role": role.value,
        "created_at": now(),
        "expires_at": None if expires_at is None else from_datetime(expires_at),
        "revoked_at": None,
    }
    conn.execute(insert(t).values(row))
    audit.note(conn, workspace, name, "token.create", {"token": row["id"], "role": role.value})
    return secret, _token(conn.execute(select(t).where(t.c.sha256 == row["sha256"])).one())


def authenticate(conn: Connection, secret: str) -> Principal:
    """Whose secret this is; NotAuthenticated for one that is unknown, revoked or expired."""
    row = conn.execute(select(t).where(t.c.sha256 == _digest(secret))).one_or_none()
    if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now()):
        raise NotAuthenticated(
            "this token is not valid (any more); ask your administrator for a new one, "
            "who makes it with: veripath token create"
        )
    return Principal(WorkspaceId(row.workspace), Role(row.role), row.name, row.id)


def is_known(conn: Connection, secret: str) -> bool:
    """Whether a token was ever made of ``secret``, be it revoked or expired since."""
    return conn.scalar(select(t.c.id).where(t.c.sha256 == _digest(secret))) is not None


def revoke_token(conn: Connection, workspace: WorkspaceId, id_: bytes, by: str) -> None:
    """From now on it is refused; revoking again changes nothing. NotFound for another workspace's."""
    mine = (t.c.workspace == workspace, t.c.id == id_)
    if conn.scalar(select(t.c.id).where(*mine)) is None:
        raise NotFound("there is no such token")
    changed = conn.execute(update(t).where(*mine, t.c.revoked_at.is_(None)).values(revoked_at=now()))
    if changed.rowcount:
        audit.note(conn, workspace, by, "token.revoke", {"token": id_})


def list_tokens(conn: Connection, workspace: WorkspaceId) -> list[Token]:
    """All of them, the revoked and expired too, in the order of making."""
    query = select(t).where(t.c.workspace == workspace).order_by(t.c.created_at, t.c.id)
    return [_token(row) for row in conn.execute(query)]


def _digest(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _token(row: Row[Any]) -> Token:
    return Token(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        created_at=to_datetime(row.created_at),
        expires_at=None if row.expires_at is None else to_datetime(row.expires_at),
        revoked_at=None if row.revoked_at is None else to_datetime(row.revoked_at),
    )
