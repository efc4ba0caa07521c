"""Two sources poured into one table, told apart by how their rows are written.

A source has a hand of its own: what it leaves empty, how it sets numbers, capitals and signs, which words it
never tires of. What two rows are *about* hides that, so it is read off the differences of near pairs, in
which much of the content cancels: first their main directions, then, from each, in turn the pairs nearest
across the two sides and the line that tells the sides of those pairs apart (Fisher's discriminant).

Two sides may be two sources only where the gap between them is wide and two attributes at least differ; they
are where a matcher then finds partners across for many rows (``matching``). Everything else stays one table.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from graph.epochs import rarity
from graph.epochs.candidates import Pairs, nearest
from graph.epochs.mixture import Vector
from graph.epochs.tables import REACH, Record, kinds, sightings, table
from graph.fusion.folding import words

LEAST = 200  # rows below which habits do not show
_DIRECTIONS = 6
_ROUNDS = 8
_RIDGE = 0.3
_SIGNS = "/-,.:;()[]'\"&$#!%+*"
_COMMON = (0.03, 0.97)  # share of rows that must hold a word for it to be a habit
GAP = 6.0  # deviations between the two sides
_SMALLER = 0.2  # share of rows on the smaller side
DIFFERS = 0.7  # deviations by which a second attribute must differ too
_ACROSS = 0.35  # share of the pairs that are each other's nearest that must lie across
_STRONGER = 0.05  # share of rows below which a side is no start

Side = NDArray[np.bool_]


def told_apart(records: Sequence[Record]) -> tuple[Sequence[Record], Sequence[Record]]:
    """(records, where they come from): rows of one table that two hands wrote get a source each, and their
    place in the second as id; else both are ``records``. O(rows x rows that share a triple)."""
    known = table(records)
    if len(known.clean) != 1 or not known.clean[0] or len(known.records) < LEAST:
        return records, records
    side = _sides(known.records)
    if side is None:
        return records, records
    rows = [
        Record(f"{n:09}", hand(r.source, second), r.fields)
        for n, (r, second) in enumerate(zip(known.records, side.tolist(), strict=True))
    ]
    return rows, known.records


def hand(source: str, second: int) -> str:
    """The source that the first (0) or second (1) hand in ``source`` becomes."""
    return f"{source}/{second + 1}"


def _sides(records: Sequence[Record]) -> Side | None:
    attributes, z = habits(records)
    pairs, likeness = _near(records)
    mutual = _mutual(pairs, likeness, np.ones(len(pairs), dtype=bool), len(records))
    apart = z[pairs[mutual, 0]] - z[pairs[mutual, 1]]
    _, directions = np.linalg.eigh(apart.T @ apart / max(len(apart), 1))
    best: tuple[float, Side] | None = None
    for k in range(1, min(_DIRECTIONS, z.shape[1]) + 1):
        side, gap = halves(np.round(z @ directions[:, -k], 9))
        for _ in range(_ROUNDS):
            across = side[pairs[:, 0]] != side[pairs[:, 1]]
            if min(side.mean(), 1 - side.mean()) < _STRONGER or not across.any():
                break
            chosen = pairs[_mutual(pairs, likeness, across, len(records))]
            step = (z[chosen[:, 0]] - z[chosen[:, 1]]) * np.where(side[chosen[:, 0]], 1, -1)[:, None]
            mean = step.mean(axis=0)
            spread = (step - mean).T @ (step - mean) / len(step) + _RIDGE * np.eye(len(mean))
            before = side
            side, gap = halves(np.round(z @ np.linalg.solve(spread, mean), 9))
            if np.array_equal(before, side):
                break
        second = _second(attributes, z, side)
        across = side[pairs[mutual, 0]] != side[pairs[mutual, 1]]
        clear = gap >= GAP and min(side.mean(), 1 - side.mean()) >= _SMALLER and second >= DIFFERS
        if clear and across.mean() >= _ACROSS and (best is None or second > best[0]):
            best = second, side
    return None if best is None else best[1] ^ best[1][0]


def habits(records: Sequence[Record]) -> tuple[NDArray[np.str_], Vector]:
    """(the attribute of each habit, (records, habits) at mean 0 and deviation 1)."""
    columns: list[Vector] = []
    of: list[str] = []
    for name in sorted({name for r in records for name in r.fields}):
        texts = [r.fields.get(name, "") for r in records]
        said = [set(words(text)) for text in texts]
        held = Counter(w for s in said for w in s)
        low, high = (share * len(records) for share in _COMMON)
        usual = sorted(w for w, count in held.items() if low <= count <= high)
        found: list[list[float]] = [
            [float(bool(t.strip())) for t in texts],
            [float(np.log1p(len(t))) for t in texts],
            [float(np.log1p(len(t.split()))) for t in texts],
            [sum(map(str.isupper, t)) / max(len(t), 1) for t in texts],
            [sum(map(str.isdigit, t)) / max(len(t), 1) for t in texts],
            *([float(sign in t) for t in texts] for sign in _SIGNS),
            *([float(w in s) for s in said] for w in usual),
        ]
        columns += [np.array(column) for column in found]
        of += [name] * len(found)
    values = np.column_stack(columns)
    deviation = values.std(axis=0)
    used = deviation > 1e-9
    return np.array(of)[used], (values[:, used] - values[:, used].mean(axis=0)) / deviation[used]


def _near(records: Sequence[Record]) -> tuple[Pairs, Vector]:
    """Near pairs, and how alike they are."""
    seldom = rarity.learn(" ".join(r.fields.values()) for r in records)
    texts = [s.look.whole for s in sightings(records, kinds(records), seldom)]
    reach = np.full(len(texts), REACH, dtype=np.int64)
    pairs = nearest(texts, np.zeros(len(texts), dtype=np.int64), reach, across=False)
    likeness = [
        sum(w for g, w in texts[i].grams.items() if g in texts[j].grams)
        / max(texts[i].gram_square * texts[j].gram_square, 1) ** 0.5
        for i, j in pairs.tolist()
    ]
    return pairs, np.array(likeness)


def _mutual(pairs: Pairs, likeness: Vector, allowed: Side, rows: int) -> Side:
    best = np.zeros(rows)
    for end in (0, 1):
        np.maximum.at(best, pairs[allowed, end], likeness[allowed])
    return allowed & (likeness >= best[pairs[:, 0]]) & (likeness >= best[pairs[:, 1]])


def halves(x: Vector) -> tuple[Side, float]:
    """(which rows lie above, deviations between the two means): two means on a line."""
    low, high = (float(v) for v in np.quantile(x, (0.1, 0.9)))
    for _ in range(50):
        above = x > (low + high) / 2
        if above.all() or not above.any():
            return above, 0.0
        low, high = float(x[~above].mean()), float(x[above].mean())
    inside = above.mean() * x[above].var() + (1 - above.mean()) * x[~above].var()
    return above, (high - low) / max(float(np.sqrt(inside)), 1e-9)


def _second(attributes: NDArray[np.str_], z: Vector, side: Side) -> float:
    """By how many deviations the sides differ in the attribute that differs most after the first."""
    if side.all() or not side.any():
        return 0.0
    differs = np.abs(z[side].mean(axis=0) - z[~side].mean(axis=0))
    by_attribute = sorted(float(differs[attributes == a].max()) for a in np.unique(attributes))
    return by_attribute[-2] if len(by_attribute) > 1 else 0.0
