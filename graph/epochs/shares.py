"""How sure a counted share is, and from where on it is proposed as what a relation is like."""

from dataclasses import dataclass
from math import sqrt

_LEAST_CASES = 8  # below, what was counted is an anecdote
_Z = 1.645  # one-sided 95 %
# Lower bounds from which a trait is proposed. A relation with two tails a head looks functional in half of
# the heads that two documents speak of, a symmetric one looks one-sided in up to .63 of its pairs.
_BOUNDS = {
    "functional": 0.8,
    "inverse_functional": 0.8,
    "asymmetric": 0.67,
    "symmetric": 0.35,
    "transitive": 0.8,
    "event": 0.8,
    "state": 0.67,
    "static": 0.8,
    "unit": 0.8,
    "inverse_of": 0.67,
}


@dataclass(frozen=True, slots=True)
class Trait:
    """It held in ``holds`` of ``of`` cases. ``confidence`` is Wilson's lower bound, to a thousandth."""

    name: str
    holds: int
    of: int
    confidence: float

    @classmethod
    def counted(cls, name: str, holds: int, of: int) -> "Trait":
        return cls(name, holds, of, wilson(holds, of))

    @property
    def proposed(self) -> bool:
        return self.of >= _LEAST_CASES and self.confidence >= _BOUNDS[self.name]


def wilson(holds: int, of: int) -> float:
    """The lower end of the one-sided 95 % interval of a share, 0 of no cases; rounded to thousandths."""
    if of == 0:
        return 0.0
    share, square = holds / of, _Z * _Z
    spread = _Z * sqrt(share * (1 - share) / of + square / (4 * of * of))
    return round(max(0.0, (share + square / (2 * of) - spread) / (1 + square / of)), 3)
