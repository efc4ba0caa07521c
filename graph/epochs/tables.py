"""Tables whose rows are entities: how they are held, which rows are compared, and what their sources are
like.

A source is a table, or a document, whose rows one hand has written. Rows of different sources are compared
first; rows of one source only where that source repeats itself, which is seen in its exact twins, beyond what
chance makes equal.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, prod

import numpy as np
from numpy.typing import NDArray

from graph.epochs.candidates import Pairs, nearest
from graph.fusion.comparison import Kind, Rarity, Text, is_code, look, thousandths
from graph.fusion.matcher import Sighting
from graph.fusion.normalize import normalise_phrase

REACH = 10  # nearest rows with which each is compared
_TWINS = (
    0.05  # share of rows with an exact twin from which a source repeats itself (clean tables: below 0.03)
)
_FILLED = 0.02  # share of rows that must have an attribute for it to be compared
_NUMERIC = 0.8  # share of an attribute's values that are numbers, or codes of one length, for it to be one
_CLASSES = 100  # different numbers below which they are classes, as years are


@dataclass(frozen=True, slots=True)
class Record:
    """A row: its id within its source, and its attributes."""

    id: str
    source: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """Records in canonical order, so that nothing learnt from them depends on a file's."""

    records: tuple[Record, ...]
    group: NDArray[np.int64]  # each record's source, numbered in sorted order
    clean: NDArray[np.bool_]  # by source: holds each thing once

    @property
    def deduplicating(self) -> bool:
        """Whether rows of one source may be one thing: it repeats itself, or there is no other."""
        return len(self.clean) == 1 or not bool(self.clean.all())


def table(records: Sequence[Record]) -> Table:
    ordered = tuple(sorted(records, key=lambda r: (r.source, sorted(r.fields.items()), r.id)))
    sources = sorted({r.source for r in ordered})
    number = {source: i for i, source in enumerate(sources)}
    group = np.array([number[r.source] for r in ordered], dtype=np.int64)
    texts: list[list[str]] = [[] for _ in sources]
    for record, source in zip(ordered, group.tolist(), strict=True):
        texts[source].append(normalise_phrase(" ".join(record.fields.values())))
    return Table(ordered, group, np.array([_twins(rows) < _TWINS * len(rows) for rows in texts], dtype=bool))


def _twins(texts: Sequence[str]) -> float:
    """How many rows have an exact twin, less those that may by chance: of titles of one word or two, drawn
    from the words of the others, some are equal though each is there once."""
    rows, lengths = Counter(texts), Counter(len(text.split()) for text in texts)
    held = Counter(word for text in rows for word in text.split())
    total = held.total()
    found = 0.0
    for text, count in rows.items():
        own = Counter(text.split())
        others = total - own.total()
        drawn = (
            prod((held[w] - n) / others for w, n in own.items() for _ in range(n)) if own and others else 0.0
        )
        found += count * ((count > 1) - (1 - exp(-lengths[own.total()] * drawn)))
    return found


def kinds(records: Sequence[Record]) -> dict[str, Kind]:
    """How each attribute that enough records have is compared."""
    values: dict[str, list[str]] = {}
    for record in records:
        for name, value in record.fields.items():
            if value.strip():
                values.setdefault(name, []).append(value)
    found: dict[str, Kind] = {}
    for name, texts in sorted(values.items()):
        if len(texts) < _FILLED * len(records):
            continue
        found[name] = _kind(texts)
    return found


def _kind(texts: Sequence[str]) -> Kind:
    most = _NUMERIC * len(texts)
    numbers = [n for n in map(thousandths, texts) if n is not None]
    if len(numbers) <= most:
        return Kind.TEXT
    if len(set(numbers)) < _CLASSES:
        return Kind.CLASS
    lengths = Counter(len(text.strip()) for text in texts if is_code(text.strip()))
    return Kind.CODE if max(lengths.values(), default=0) > most else Kind.NUMBER


def sightings(records: Sequence[Record], attributes: Mapping[str, Kind], rarity: Rarity) -> list[Sighting]:
    return [Sighting(r.source, look(r.fields, attributes, rarity)) for r in records]


def candidates(
    known: Table,
    seen: Sequence[Sighting],
    reach: NDArray[np.int64] | None = None,
    *,
    by_number: bool = False,
) -> Pairs:
    """Pairs of record numbers: nearest across sources, and within where rows of one source may be one.

    ``by_number``: there, also the nearest of those that tell the same numbers. In a long series all others
    are as near as the partner.
    """
    wide = np.full(len(seen), REACH, dtype=np.int64) if reach is None else reach
    texts = [s.look.whole for s in seen]
    found = [nearest(texts, known.group, wide, across=True)]
    if known.deduplicating:
        near = [nearest(texts, known.group, wide, across=False)]
        if by_number:
            near += [
                rows[nearest([texts[i] for i in rows], 0 * rows, wide[rows], across=False)]
                for rows in _by_number(texts)
            ]
        inside = np.vstack(near)
        same = known.group[inside[:, 0]] == known.group[inside[:, 1]]
        dirty = ~known.clean[known.group[inside[:, 0]]] | (len(known.clean) == 1)
        found.append(inside[same & dirty])
    return np.unique(np.vstack(found), axis=0)


def _by_number(texts: Sequence[Text]) -> list[NDArray[np.int64]]:
    """The places of the texts that tell the same numbers, for each such numbers."""
    places: dict[tuple[tuple[str, int], ...], list[int]] = {}
    for place, text in enumerate(texts):
        if text.counted:
            places.setdefault(tuple(sorted(text.counted.items())), []).append(place)
    return [np.array(rows, dtype=np.int64) for rows in places.values() if len(rows) > 1]
