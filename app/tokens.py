"""Tokens and workspaces, made and ended on the ledger itself, as by whoever keeps the service.

A running service knows a new token, and refuses a revoked one, at once.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.home import open_home
from app.settings import Settings
from graph.errors import InvalidInput, NotFound
from graph.ledger import tokens
from graph.ledger.engine import Ledger
from graph.ledger.positions import create_workspace, list_workspaces
from graph.ledger.tokens import Role, Token
from graph.types import WorkspaceId

_ACTOR = "command line"  # in the audit trail
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@dataclass(frozen=True, slots=True)
class Issued:
    """A token of a workspace; ``secret`` only where it was made just now."""

    workspace: WorkspaceId
    token: Token
    secret: str = ""

    @property
    def state(self) -> str:
        ends = self.token.expires_at
        if self.token.revoked_at is not None:
            return f"revoked {self.token.revoked_at:%Y-%m-%d}"
        if ends is None:
            return "valid"
        return f"{'expired' if ends <= datetime.now(UTC) else 'valid until'} {ends:%Y-%m-%d}"

    def as_json(self) -> dict[str, Any]:
        times = ((name, getattr(self.token, name)) for name in ("created_at", "expires_at", "revoked_at"))
        return {
            "id": self.token.id.hex(),
            "workspace": self.workspace,
            "name": self.token.name,
            "role": self.token.role.value,
            **{name: at.isoformat() if at else None for name, at in times},
            **({"secret": self.secret} if self.secret else {}),
        }


def issue(
    settings: Settings, workspace: str, role: Role, *, name: str, expires_at: datetime | None
) -> tuple[Issued, bool]:
    """A new token, and whether its workspace was made with it."""
    own = WorkspaceId(workspace)
    with _ledger(settings) as ledger, ledger.write() as conn:
        new = own not in list_workspaces(conn)
        create_workspace(conn, own)
        secret, made = tokens.create_token(conn, own, name, role, expires_at=expires_at)
    return Issued(own, made, secret), new


def issued(settings: Settings, workspace: str | None = None) -> list[Issued]:
    """All tokens ever made, by workspace; NotFound for a workspace that is not there."""
    with _ledger(settings) as ledger, ledger.read() as conn:
        there = list_workspaces(conn)
        if workspace is not None and workspace not in there:
            raise NotFound(f"there is no workspace {workspace!r}; make it with: veripath token create")
        wanted = there if workspace is None else [WorkspaceId(workspace)]
        return [Issued(each, token) for each in wanted for token in tokens.list_tokens(conn, each)]


def revoke(settings: Settings, id_: str) -> Issued:
    """Refuse the token from now on. InvalidInput for what is no id, NotFound for nobody's."""
    try:
        wanted = bytes.fromhex(id_)
    except ValueError as error:
        raise InvalidInput(f"{id_!r} is no token's id; `veripath token list` shows them") from error
    found = next((each for each in issued(settings) if each.token.id == wanted), None)
    if found is None:
        raise NotFound("there is no such token; `veripath token list` shows those there are")
    with _ledger(settings) as ledger, ledger.write() as conn:
        tokens.revoke_token(conn, found.workspace, wanted, _ACTOR)
    return found


def expiry(given: str, now: datetime) -> datetime:
    """``30d`` from ``now``, or an ISO date or time, UTC without a zone; InvalidInput for a past one."""
    if match := re.fullmatch(r"(\d{1,5})([hdw])", given.strip()):
        ends = now + int(match[1]) * _UNITS[match[2]]
    else:
        try:
            ends = datetime.fromisoformat(given)
        except ValueError as error:
            raise InvalidInput(f"{given!r} is no time: say 12h, 30d, 8w, or a date as 2027-01-31") from error
        ends = ends if ends.tzinfo else ends.replace(tzinfo=UTC)
    if ends <= now:
        raise InvalidInput(f"a token that ends at {ends:%Y-%m-%d %H:%M} could never be used")
    return ends


@contextmanager
def _ledger(settings: Settings) -> Iterator[Ledger]:
    open_home(settings.home)
    ledger = Ledger.open(settings.ledger_url)
    try:
        ledger.migrate()
        yield ledger
    finally:
        ledger.close()
