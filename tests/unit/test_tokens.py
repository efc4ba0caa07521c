"""Tokens from the command line: the secret is shown once, and a workspace made by the way."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.auth import authenticate, ensure_admin_token
from app.tokens import expiry
from graph.errors import InvalidInput, NotAuthenticated
from graph.ledger.engine import Ledger
from graph.ledger.positions import list_workspaces
from graph.ledger.tokens import Role, revoke_token
from graph.types import WorkspaceId

WS = WorkspaceId("team a")
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def token(home: Path, *arguments: str, url: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.cli", "token", *arguments],
        capture_output=True,
        text=True,
        check=False,
        umask=0o022,
        env={"PATH": os.environ["PATH"], "VERIPATH_HOME": str(home), "DATABASE_URL": url, "COLUMNS": "300"},
    )


def as_json(home: Path, *arguments: str, url: str = "") -> Any:
    done = token(home, *arguments, "--json", url=url)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_a_token_is_made_listed_and_revoked_on_either_ledger(empty_url: str, tmp_path: Path) -> None:
    made = as_json(
        tmp_path, "create", "--workspace", WS, "--role", "writer", "--expires", "30d", url=empty_url
    )
    assert made["new_workspace"] is True
    ledger = Ledger.open(empty_url)
    principal = authenticate(ledger, f"Bearer {made['secret']}")
    assert (principal.workspace, principal.role) == (WS, Role.WRITER)
    (listed,) = as_json(tmp_path, "list", url=empty_url)["tokens"]
    assert listed["id"] == made["id"] and "secret" not in listed
    assert as_json(tmp_path, "revoke", made["id"], url=empty_url)["workspace"] == WS
    with pytest.raises(NotAuthenticated, match="veripath token create"):
        authenticate(ledger, f"Bearer {made['secret']}")
    ledger.close()


def test_standard_output_is_the_secret_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    done = token(home, "create", "--role", "reader")
    ledger = Ledger.open(f"sqlite:///{home / 'ledger.db'}")
    assert authenticate(ledger, f"Bearer {done.stdout.strip()}").role is Role.READER
    assert "workspace 'default'" in done.stderr
    with ledger.read() as conn:
        assert list_workspaces(conn) == [WorkspaceId("default")]
    ledger.close()
    assert done.stdout.strip() not in token(home, "list").stdout


def test_an_unknown_id_is_refused_with_what_shows_the_known_ones(tmp_path: Path) -> None:
    for id_ in ("0" * 32, "mine"):
        done = token(tmp_path, "revoke", id_)
        assert done.returncode in (1, 2) and "veripath token list" in done.stderr


@pytest.mark.parametrize(
    ("given", "ends"),
    [
        ("12h", datetime(2026, 5, 2, 0, tzinfo=UTC)),
        ("30d", datetime(2026, 5, 31, 12, tzinfo=UTC)),
        ("2w", datetime(2026, 5, 15, 12, tzinfo=UTC)),
        ("2027-01-31", datetime(2027, 1, 31, tzinfo=UTC)),
    ],
)
def test_an_expiry_is_a_span_or_a_date(given: str, ends: datetime) -> None:
    assert expiry(given, NOW) == ends


@pytest.mark.parametrize("given", ["soon", "-3d", "30", "0d", "2026-04-30", ""])
def test_an_expiry_that_is_none_or_past_is_refused(given: str) -> None:
    with pytest.raises(InvalidInput):
        expiry(given, NOW)


def test_a_first_token_that_was_revoked_gives_way_to_a_new_one(tmp_path: Path, ledger: Ledger) -> None:
    path = ensure_admin_token(ledger, tmp_path, WS)
    first = path.read_text()
    assert ensure_admin_token(ledger, tmp_path, WS) == path and path.read_text() == first
    known = authenticate(ledger, f"Bearer {first}")
    with ledger.write() as conn:
        revoke_token(conn, WS, known.token, "Ann")
    ensure_admin_token(ledger, tmp_path, WS)
    assert path.read_text() != first
    assert authenticate(ledger, f"Bearer {path.read_text()}").role is Role.ADMIN


def test_what_is_made_in_a_home_that_all_may_read_is_private(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    token(tmp_path, "create", "--role", "reader")
    made = list(tmp_path.rglob("*"))
    assert made and all(path.stat().st_mode & 0o077 == 0 for path in made)
