"""News are fused once it is quiet, or once they have waited long enough."""

import pytest

from app import sweep
from app.sweep import Quiet, WorkerOptions

OPTIONS = WorkerOptions(concurrency=1, questions=1, fuse_delay=1.0, fuse_delay_limit=5.0, history=None)


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    fake = Clock()
    monkeypatch.setattr(sweep, "time", fake)
    return fake


def test_quiet_for_the_delay_is_due(clock: Clock) -> None:
    quiet = Quiet()
    assert not quiet.is_due(1, True, OPTIONS)
    clock.now += 0.9
    assert not quiet.is_due(1, True, OPTIONS)
    clock.now += 0.2
    assert quiet.is_due(1, True, OPTIONS)


def test_steady_news_are_due_at_the_limit(clock: Clock) -> None:
    quiet, position, begun = Quiet(), 0, clock.now
    while True:
        position += 1
        if quiet.is_due(position, True, OPTIONS):
            break
        clock.now += 0.5
        assert clock.now - begun <= 5.0
    assert clock.now - begun == pytest.approx(5.0)


def test_without_news_nothing_is_due(clock: Clock) -> None:
    quiet = Quiet()
    for _ in range(20):
        assert not quiet.is_due(7, False, OPTIONS)
        clock.now += 1.0
    assert not quiet.is_due(8, True, OPTIONS)  # news after a long rest wait for quiet, too
