"""Who is asking: a bearer token names a principal, and the principal alone names the workspace.

Open without a token: ``/healthz`` (an orchestrator's liveness probe; it says nothing), and ``/docs`` with
``/openapi.json`` (the published interface; no data). Everything else needs one, ``/readyz`` and ``/metrics``
too: they name parts and workspaces. Loopback is no exception: a web page in the user's browser can reach it.
For the same reason Host and Origin are checked on every request, against DNS rebinding and cross-site calls.
"""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import Request
from sqlalchemy import Connection
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import problem_of
from graph.errors import ConfigurationError, NotAuthenticated, NotPermitted
from graph.ledger import tokens
from graph.ledger.engine import Ledger
from graph.ledger.positions import create_workspace
from graph.ledger.tokens import Principal, Role
from graph.types import WorkspaceId

TOKEN_FILE = "token"  # noqa: S105 - a file name
_RANK = {Role.READER: 0, Role.WRITER: 1, Role.ADMIN: 2}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})  # names that no foreign DNS can claim


def authenticate(ledger: Ledger, authorization: str) -> Principal:
    """The principal of an ``Authorization`` header's value; NotAuthenticated without a valid token.

    Tokens are found by the SHA-256 of their secret, so the time of the search tells nothing of a secret.
    """
    scheme, _, secret = authorization.partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise NotAuthenticated("send a token: Authorization: Bearer ...")
    with ledger.read() as conn:
        return tokens.authenticate(conn, secret.strip())


def require(principal: Principal, role: Role) -> None:
    """NotPermitted unless the principal's role is ``role`` or above it."""
    if _RANK[principal.role] < _RANK[role]:
        raise NotPermitted(f"this needs the role {role.value}; your token has {principal.role.value}")


def ensure_admin_token(ledger: Ledger, home: Path, workspace: WorkspaceId) -> Path:
    """The file with an admin's secret of ``workspace``, both made where there is none.

    Only its owner can read it. A secret that the ledger does not know, because it was reset, is made known;
    one that was revoked or has expired gives way to a new one.
    """
    path = home / TOKEN_FILE
    try:
        secret = path.read_text(encoding="ascii").strip() if path.exists() else None
        with ledger.write() as conn:
            create_workspace(conn, workspace)
            if secret is not None and _is_valid(conn, secret):
                return path
            if secret is None or tokens.is_known(conn, secret):
                secret = secrets.token_urlsafe(32)
                _write_private(path, secret)
            tokens.create_token(conn, workspace, "local", Role.ADMIN, secret=secret)
    except OSError as error:
        raise ConfigurationError(f"the token file {path} cannot be kept: {error}") from error
    return path


def _is_valid(conn: Connection, secret: str) -> bool:
    try:
        tokens.authenticate(conn, secret)
    except NotAuthenticated:
        return False
    return True


def _write_private(path: Path, secret: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secret + "\n")
    draft.replace(path)


class HostAndOrigin:
    """ASGI middleware: refuses a Host that is not ours and an Origin that is not allowed."""

    def __init__(self, app: ASGIApp, hosts: Sequence[str], origins: Sequence[str]) -> None:
        self._app = app
        self._hosts = _LOOPBACK | {host.lower() for host in hosts}
        self._origins = {origin.lower().rstrip("/") for origin in origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (refusal := self._refusal(Headers(scope=scope))):
            response = problem_of(Request(scope), NotPermitted(refusal))
            await response(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refusal(self, headers: Headers) -> str | None:
        host = headers.get("host", "").lower()
        if _name(host) not in self._hosts:
            return f"this service is not known as {host!r}; name it in VERIPATH_ALLOWED_HOSTS"
        origin = headers.get("origin")
        if origin is None or origin.lower() in self._origins or urlsplit(origin.lower()).netloc == host:
            return None
        return "pages of this origin may not call the service; name it in VERIPATH_ALLOWED_ORIGINS"


def _name(host: str) -> str:
    """A Host header's value without its port."""
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]
