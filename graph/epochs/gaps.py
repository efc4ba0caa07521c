"""What pairs are worth that lack an attribute beside which all else was learnt: a model number, a telephone.

Where a key tells matches, a match is what shares it, and the rest is weighed beside it. Of pairs that lack it
none then looks like a match. So their line is drawn by the pairs that have the key, with it hidden, as it is
missing in those that lack it: of those it is known which are matches, and nothing else about them differs if
a key is left out at random (Rubin, 1976). What is a key is seen by hiding it too: matches are lost.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from graph.epochs import restarts
from graph.epochs.candidates import Pairs
from graph.epochs.line import Line
from graph.epochs.mixture import Vector
from graph.epochs.one_to_one import Rivals, posterior, prior_odds
from graph.epochs.tables import Record
from graph.epochs.tells import Tells
from graph.fusion.comparison import Kind, Rarity, compare, look
from graph.fusion.matcher import Sighting, telling

_LOST = 0.1  # of the matches, lost without an attribute, from which it is a key
_KEYS = 3  # at most: one line for each set of them that pairs lack
_FEWEST = 10  # matches that have an attribute, for anything to be learnt of it
_ROUNDS = 3  # the first by hidden keys alone, the others also by the pairs that lack them

Names = tuple[str, ...]
Rows = NDArray[np.int64]  # numbers of pairs


@dataclass(frozen=True)
class Compared:
    """Pairs of records as they are compared, and as they would be with some attributes hidden.

    ``used``: places of the comparison that are weighed. ``vectors``: (pairs, features), the measures used and
    what words tell by ``told``.
    """

    records: Sequence[Record]
    seen: Sequence[Sighting]  # the records as they are
    pairs: Pairs
    attributes: Mapping[str, Kind]
    rarity: Rarity
    told: Tells
    used: NDArray[np.bool_]
    vectors: Vector
    _partly: dict[tuple[int, Names], Sighting] = field(default_factory=dict)

    @cached_property
    def lacking(self) -> dict[str, NDArray[np.bool_]]:
        """By attribute: (pairs, 2), whether each record lacks it."""
        return {
            name: ~np.array([one.look.has(name) for one in self.seen])[self.pairs] for name in self.attributes
        }

    def lacks(self, name: str) -> NDArray[np.bool_]:
        """By pair: whether either record lacks it."""
        left, right = self.lacking[name].T
        result: NDArray[np.bool_] = left | right
        return result

    def hidden(self, rows: Rows, names: Names, like: Rows) -> Vector:
        """The vectors of ``rows`` without those of the attributes ``names`` that pairs of ``like`` lack, one
        after the other in turn. O(rows) comparisons."""
        gaps = np.stack([self.lacking[name] for name in names], axis=-1)
        found = []
        for row, model in zip(rows.tolist(), np.resize(like, len(rows)).tolist(), strict=True):
            a, b = (
                self._sighting(record, tuple(name for name, gap in zip(names, side, strict=True) if gap))
                for record, side in zip(self.pairs[row].tolist(), gaps[model].tolist(), strict=True)
            )
            measured = np.array(compare(a.look, b.look, self.attributes), dtype=float)[self.used]
            found.append(np.append(measured, telling(self.told, self.rarity, a, b)))
        return np.array(found)

    def _sighting(self, number: int, without: Names) -> Sighting:
        if not without:
            return self.seen[number]
        if (number, without) not in self._partly:
            record = self.records[number]
            shown = {name: value for name, value in record.fields.items() if name not in without}
            self._partly[number, without] = Sighting(record.source, look(shown, self.attributes, self.rarity))
        return self._partly[number, without]


def learn(compared: Compared, line: Line, neutral: Vector, rivals: Rivals) -> tuple[dict[Names, Line], int]:
    """Lines for pairs that lack just these keys, and how many true less false pairs rivals then count; none
    where they count no more than by ``line`` alone. O(pairs) comparisons for each set of keys."""
    odds = line.odds(compared.vectors)
    before = restarts.gain(rivals, odds)
    p = posterior(rivals, odds)
    sets = list(_sets(compared, _keys(compared, line, p), p))
    lines: dict[Names, Line] = {}
    for turn in range(_ROUNDS):
        for one in sets:
            vectors, rows = one.hidden, one.more
            if turn:
                vectors, rows = np.vstack([vectors, compared.vectors[one.rows]]), np.append(rows, one.rows)
            drawn = Line.drawn(vectors, p[rows], neutral, prior_odds(rivals, p), sharp=True)
            odds[one.rows] = drawn.odds(compared.vectors[one.rows])
            lines[one.names] = drawn
            p = posterior(rivals, odds)
    after = restarts.gain(rivals, odds)
    return (lines, after) if after > before else ({}, before)


def _keys(compared: Compared, line: Line, p: Vector) -> Names:
    """The attributes without which most matches are lost, sorted."""
    sure = (p > 0.5) & (line.odds(compared.vectors) > 0)
    lost: dict[str, float] = {}
    for name in compared.attributes:
        lacks = compared.lacks(name)
        having = np.flatnonzero(sure & ~lacks)
        if lacks.any() and len(having) >= _FEWEST:
            without = compared.hidden(having, (name,), np.flatnonzero(lacks))
            lost[name] = float((line.odds(without) <= 0).mean())
    found = sorted((name for name in lost if lost[name] > _LOST), key=lambda name: (-lost[name], name))
    return tuple(sorted(found[:_KEYS]))


@dataclass(frozen=True, slots=True)
class _Set:
    names: Names  # the keys that ``rows`` lack
    rows: Rows
    more: Rows  # pairs that lack only some of them, or none
    hidden: Vector  # what those would be without


def _sets(compared: Compared, keys: Collection[str], p: Vector) -> Iterator[_Set]:
    """Of fewer keys first, so that of what the others learn from it is known which are matches."""
    rows: dict[Names, list[int]] = {}
    lacks = {name: compared.lacks(name) for name in keys}
    for row in range(len(p)):
        rows.setdefault(tuple(name for name in keys if lacks[name][row]), []).append(row)
    for names in sorted(filter(None, rows), key=lambda names: (len(names), names)):
        more = np.array(
            sorted(r for some, of in rows.items() if {*some} < {*names} for r in of), dtype=np.int64
        )
        if p[more].sum() >= _FEWEST:
            own = np.array(rows[names], dtype=np.int64)
            yield _Set(names, own, more, compared.hidden(more, names, own))
