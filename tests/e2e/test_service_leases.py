"""Leases on both stores: held while their holder lives, free the moment it does not."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.leases import Leases, open_leases


@pytest.fixture(params=["files", "postgres"])
def two(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Leases, Leases]]:
    """Two workers' views of one lease store."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else "sqlite:///jobs.db"
    ours, theirs = open_leases(url, tmp_path), open_leases(url, tmp_path)
    yield ours, theirs
    ours.close()
    theirs.close()


def test_a_held_lease_is_alive_for_others_and_dead_once_it_is_let_go(two: tuple[Leases, Leases]) -> None:
    ours, theirs = two
    theirs.hold("b")
    theirs.hold("b")  # again is fine
    assert not ours.is_dead("b") and not theirs.is_dead("b")
    assert ours.is_dead("never seen")
    theirs.close()
    deadline = time.monotonic() + 10  # a database server notices a closed connection a moment later
    while not ours.is_dead("b"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert ours.is_dead("b")  # asking takes nothing away
    ours.hold("a")
    assert not ours.is_dead("a")
