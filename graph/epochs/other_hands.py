"""Kinds of pairs that are matches which two hands wrote, told by how their rows are written.

Where several sources are poured into one table that repeats itself, what one hand writes of a thing agrees
with what another does in less than two rows of one hand do: numbers, years and names are set otherwise. By
how attributes agree such a kind is like that of two people of one household, or of two editions. But who
writes how is a habit of a row, whatever it is about: the rows of the table fall into two sides with a gap
between them that differ in most attributes, matches lie within the sides, and the kind lies across. People of
a household fall to no sides, or to such as differ in what tells them apart alone (man and wife).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from graph.epochs import formats
from graph.epochs.candidates import Pairs
from graph.epochs.mixture import Vector
from graph.epochs.tables import Record

_DIRECTIONS = 6
_RIDGE = 0.3
_WITHIN = 0.9  # share of the matches that must lie within the sides
_BEYOND = 1 / 3  # of what chance leaves within: what of the kind must lie across
_SMALLER = 0.05  # share of rows on the smaller side
_FEWEST = 10  # rows of a side that tell an attribute, for how it is written to be known
_TWO = 2  # attributes at least that the sides must write otherwise

Chosen = NDArray[np.bool_]


@dataclass(frozen=True)
class Hands:
    """``records``: the rows of a table; ``pairs``: numbers of two rows each."""

    records: Sequence[Record]
    pairs: Pairs

    @cached_property
    def _habits(self) -> tuple[NDArray[np.str_], Vector]:
        return formats.habits(self.records)

    def part(self, kind: Chosen, matches: Chosen) -> bool:
        """Whether the pairs of ``kind`` lie across two hands within which ``matches`` lie; both say by pair
        what is of them. Looks along the directions in which rows of ``kind`` differ most beside those of
        ``matches``. O(rows x habits + pairs x habits squared)."""
        if len(self.records) < formats.LEAST or not kind.any() or not matches.any():
            return False
        attributes, z = self._habits
        across, within = self.pairs[kind], self.pairs[matches]
        scale = np.linalg.inv(np.linalg.cholesky(_spread(z, within) + _RIDGE * np.eye(z.shape[1])))
        _, directions = np.linalg.eigh(scale @ _spread(z, across) @ scale.T)
        for k in range(1, min(_DIRECTIONS, z.shape[1]) + 1):
            side, gap = formats.halves(np.round(z @ (scale.T @ directions[:, -k]), 9))
            share = float(side.mean())
            if gap < formats.GAP or min(share, 1 - share) < _SMALLER:
                continue
            chance = 2 * share * (1 - share)
            beyond = (_parted(side, across) - chance) / (1 - chance)
            clear = beyond > _BEYOND and 1 - _parted(side, within) >= _WITHIN
            if clear and self._differ(attributes, z, side):
                return True
        return False

    def _differ(self, attributes: NDArray[np.str_], z: Vector, side: Chosen) -> bool:
        """Whether the sides write most of what both tell in another way. What one of them leaves empty may be
        another thing's (the volume of a journal)."""
        differs: list[bool] = []
        for name in np.unique(attributes):
            there = np.array([bool(r.fields.get(name, "").strip()) for r in self.records])
            if min((there & side).sum(), (there & ~side).sum()) < _FEWEST:
                continue
            habits = z[:, attributes == name]
            apart = np.abs(habits[there & side].mean(axis=0) - habits[there & ~side].mean(axis=0))
            differs.append(float(apart.max()) >= formats.DIFFERS)
        return sum(differs) >= max(_TWO, len(differs) / 2)


def _spread(z: Vector, pairs: Pairs) -> Vector:
    """(habits, habits): how the rows of pairs differ."""
    apart = z[pairs[:, 0]] - z[pairs[:, 1]]
    result: Vector = apart.T @ apart / len(apart)
    return result


def _parted(side: Chosen, pairs: Pairs) -> float:
    return float((side[pairs[:, 0]] != side[pairs[:, 1]]).mean())
