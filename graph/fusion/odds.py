"""Log-odds in integers: what a vote of a given trust weighs. Unit: micro-nats (1_000_000 = ln e).

``Decimal`` rounds its logarithms correctly, so they are the same on every machine.
"""

from decimal import Context, Decimal
from functools import lru_cache

from graph.types import MICRO

_LOG = Context(prec=28)
_LOWEST, _HIGHEST = 20_000, 980_000  # nobody is always wrong or always right


@lru_cache(maxsize=1 << 16)
def log_odds(trust: int) -> int:
    """ln(p / (1 - p)) of a trust in micro-units."""
    p = min(max(trust, _LOWEST), _HIGHEST)
    return _micro(_LOG.ln(_LOG.divide(Decimal(p), Decimal(MICRO - p))))


@lru_cache(maxsize=1 << 14)
def probability(odds: int) -> int:
    """The probability, in micro-units, whose log-odds these micro-nats are; ``log_odds`` turned around."""
    against = _LOG.exp(_LOG.divide(Decimal(-odds), Decimal(MICRO)))
    return int(_LOG.to_integral_value(_LOG.divide(Decimal(MICRO), _LOG.add(Decimal(1), against))))


@lru_cache(maxsize=1 << 12)
def log_count(n: int) -> int:
    """ln(n) of a count of at least 1."""
    return _micro(_LOG.ln(Decimal(n)))


def _micro(nats: Decimal) -> int:
    return int(_LOG.to_integral_value(_LOG.multiply(nats, Decimal(MICRO))))
