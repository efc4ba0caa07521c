"""How often sources are right, each drawn to those of like names, and all to one prior.

Hierarchical credibility (Bühlmann and Straub 1970; Jewell 1975): sources vary about their family, families
about their kin, kin about all. What n votes tell of one, they tell the one above as n s / (n + s) would,
s being the strength of the level: many votes still tell only one member's rate. On the way back each is drawn
to the one above as by s votes. So no vote counts twice, and a source's own count most for itself: whom nobody
contradicts does not fall below one of its kin who is contradicted.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PRIOR = 0.7  # the rate of a source of which nothing is known
_PRIOR_STRENGTH = 30.0  # votes that it weighs: that sources are .6 or .8 right on average is no surprise
_SOURCE_STRENGTH = 24.0  # votes that a family's rate weighs for its sources: like names are much alike
_GROUP_STRENGTH = 12.0  # votes that the rate of the wider group weighs for a group


def name_groups(source: str) -> tuple[str, ...]:
    """What sources of like names have in common, the narrowest first: a web host, or the name but for its
    digits ("10.0.0.7", "mirror 12"), then the name's shape."""
    web = re.match(r"[a-z]+://([^/?#]+)", source.casefold())
    digitless = web[1] if web else re.sub(r"\d+", "0", source.casefold())
    shape = re.sub(r"a(?:[ ._-]?a)+", "a", re.sub(r"[^\W\d_]+", "a", digitless))
    return digitless, shape


class Families:
    """Sources by number, in groups of like names, those in wider groups, and all in one."""

    def __init__(self, names: Sequence[str]) -> None:
        keys: list[tuple[str, ...]] = [name_groups(name) for name in names]
        below = np.arange(len(names), dtype=np.int64)
        self._above: list[Ints] = []  # of each node of a level, the node above it; the sources first
        for level in range(3):
            groups = [key[level:] for key in keys]
            number = {group: n for n, group in enumerate(sorted(set(groups)))}
            above = np.array([number[group] for group in groups], dtype=np.int64)
            parent = np.zeros(int(below.max()) + 1, dtype=np.int64)
            parent[below] = above
            self._above.append(parent)
            below = above

    def rates(self, right: NDArray[Any], votes: NDArray[Any]) -> tuple[Floats, float]:
        """Of each source, from the votes that it has and how many of them are right; and of one that is not
        known. O(sources)."""
        levels = []
        for depth, above in enumerate(self._above):
            # A group that is all there is of the wider one is the wider one.
            alone = (np.bincount(above)[above] == 1) & (depth > 0)
            strength = _GROUP_STRENGTH if depth else _SOURCE_STRENGTH
            levels.append((right, votes, alone, strength, above))
            told = np.where(alone, 1.0, strength / (votes + strength))
            right, votes = np.bincount(above, right * told), np.bincount(above, votes * told)
        rates: Floats = (right + _PRIOR_STRENGTH * PRIOR) / (votes + _PRIOR_STRENGTH)
        typical = float(rates[0])
        for right, votes, alone, strength, above in reversed(levels):
            drawn = (right + strength * rates[above]) / (votes + strength)
            rates = np.where(alone, rates[above], drawn)
        return rates, typical
