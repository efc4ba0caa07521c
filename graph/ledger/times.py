"""Wall-clock times for people, leases and expiry: never an input of ``fuse``."""

import time
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now() -> int:
    """Microseconds since 1970 UTC."""
    return time.time_ns() // 1000


def to_datetime(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def from_datetime(at: datetime) -> int:
    """``at`` must know its time zone."""
    return (at - _EPOCH) // timedelta(microseconds=1)
