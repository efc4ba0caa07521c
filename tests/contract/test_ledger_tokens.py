"""Tokens: only their hash is kept, and a revoked or expired one is nobody."""

from datetime import UTC, datetime, timedelta

import pytest

from graph.errors import IntegrityError, InvalidInput, NotAuthenticated, NotFound
from graph.ledger.engine import Ledger
from graph.ledger.tables import metadata
from graph.ledger.tokens import Principal, Role, authenticate, create_token, list_tokens, revoke_token
from graph.types import WorkspaceId

WS = WorkspaceId("test")


def test_a_token_names_its_principal(ledger: Ledger) -> None:
    with ledger.write() as conn:
        secret, token = create_token(conn, WS, "Ann", Role.WRITER)
        other, _ = create_token(conn, WS, "Bob", Role.READER)
        assert secret != other and len(secret) > 40
        assert authenticate(conn, secret) == Principal(WS, Role.WRITER, "Ann", token.id)
        assert [t.name for t in list_tokens(conn, WS)] == ["Ann", "Bob"]
        for wrong in ("", secret[:-1], secret.upper(), "\ud800"):
            with pytest.raises(NotAuthenticated):
                authenticate(conn, wrong)


def test_the_secret_is_nowhere_in_the_ledger(ledger: Ledger) -> None:
    with ledger.write() as conn:
        secret, _ = create_token(conn, WS, "Ann", Role.ADMIN)
        rows = [str(row) for table in metadata.tables.values() for row in conn.execute(table.select())]
    assert rows and not any(secret in row for row in rows)


def test_revoked_and_expired_tokens(ledger: Ledger) -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    with ledger.write() as conn:
        secret, token = create_token(conn, WS, "Ann", Role.ADMIN, expires_at=soon)
        assert token.expires_at == soon
        old, _ = create_token(conn, WS, "Old", Role.ADMIN, expires_at=datetime.now(UTC))
        with pytest.raises(NotAuthenticated):
            authenticate(conn, old)
        authenticate(conn, secret)
        revoke_token(conn, WS, token.id, "Bob")
        revoked = list_tokens(conn, WS)[0].revoked_at
        revoke_token(conn, WS, token.id, "Bob")
        assert list_tokens(conn, WS)[0].revoked_at == revoked is not None
        with pytest.raises(NotAuthenticated):
            authenticate(conn, secret)
        with pytest.raises(NotFound):
            revoke_token(conn, WS, bytes(16), "Bob")


def test_a_known_secret_may_be_kept(ledger: Ledger) -> None:
    secret = "s" * 40
    with ledger.write() as conn:
        assert create_token(conn, WS, "local", Role.ADMIN, secret=secret)[0] == secret
        assert authenticate(conn, secret).name == "local"
    with pytest.raises(IntegrityError), ledger.write() as conn:
        create_token(conn, WS, "again", Role.ADMIN, secret=secret)
    for bad in ({"secret": "short"}, {"expires_at": datetime(2030, 1, 1)}):
        with pytest.raises(InvalidInput), ledger.write() as conn:
            create_token(conn, WS, "bad", Role.ADMIN, **bad)
    with pytest.raises(InvalidInput), ledger.write() as conn:
        create_token(conn, WS, "", Role.ADMIN)
    with pytest.raises(IntegrityError), ledger.write() as conn:
        create_token(conn, WorkspaceId("nowhere"), "x", Role.ADMIN)
