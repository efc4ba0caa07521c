"""The wording of a path: ``Ada Lovelace -> works for -> Analytical Society <- founded by <- Babbage``.

A wording is a handle, not the path: two paths may share one, and then they share a leaf. So it may be lossy
(white space is collapsed, long names are shortened), and a name that looks like an arrow misleads nobody:
what is returned carries entity and fact ids. Each segment but the first begins with a space, see
``tokenise``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from graph.ports import FactRow, GraphPath
from retrieval.decoding.prefixes import Ragged, prefix_tree

VERSION = 3  # part of every trie's id: raise it with any change of wording
_LONGEST = 120  # code points of one name, phrase or qualifier; what is cut ends with an ellipsis


@dataclass(frozen=True, slots=True)
class Wording:
    """Row i of ``rows`` holds the numbers of path i's segments; joined, they are its text."""

    segments: list[str]  # distinct
    rows: Ragged

    def texts(self) -> list[str]:
        return ["".join(self.segments[each] for each in row) for row in self.rows]


def verbalise(paths: Sequence[GraphPath]) -> Wording:
    """The wording of all paths; qualifiers and validity are told where paths would read the same without."""
    numbers: dict[str, int] = {}
    rows = _rows(paths, numbers, _relation)
    ends = prefix_tree(rows).ends
    alike = np.bincount(ends, minlength=1)[ends] > 1
    if alike.any():
        same = [paths[each] for each in np.flatnonzero(alike).tolist()]
        longer = _rows(same, numbers, lambda fact: _relation(fact) + _details(fact))
        rows.values[np.repeat(alike, rows.lengths)] = longer.values
    return Wording(list(numbers), rows)


def _rows(paths: Sequence[GraphPath], numbers: dict[str, int], relation: Callable[[FactRow], str]) -> Ragged:
    """The segments of each path by number; new ones are added to ``numbers``. Paths share names and steps:
    each is worded once."""

    begun: dict[str, int] = {}  # by name
    reached: dict[str, int] = {}
    arrows: dict[tuple[str, bool], int] = {}  # by wording and direction
    steps: dict[int, tuple[int, int]] = {}  # by id(step); the paths keep the steps alive
    flat: list[int] = []
    for path in paths:
        name = path.start_name
        first = begun.get(name)
        if first is None:
            first = begun[name] = numbers.setdefault(_plain(name), len(numbers))
        flat.append(first)
        for step in path.steps:
            pair = steps.get(id(step))
            if pair is None:
                fact, forward = step.fact, step.forward
                worded = relation(fact), forward
                arrow = arrows.get(worded)
                if arrow is None:
                    sign = "->" if forward else "<-"
                    arrow = arrows[worded] = numbers.setdefault(f" {sign} {worded[0]} {sign}", len(numbers))
                name = fact.tail_name if forward else fact.head_name
                last = reached.get(name)
                if last is None:
                    last = reached[name] = numbers.setdefault(" " + _plain(name), len(numbers))
                pair = steps[id(step)] = arrow, last
            flat += pair
    lengths = np.fromiter((1 + 2 * len(path.steps) for path in paths), np.int64, len(paths))
    return Ragged.cut(np.fromiter(flat, np.int32, len(flat)), lengths)


def _relation(fact: FactRow) -> str:
    known = fact.relation if fact.relation != "RELATED_TO" else fact.phrase
    words = _lower(known)
    return words if fact.polarity else f"not {words}"


@lru_cache(maxsize=4096)
def _lower(relation: str) -> str:
    return _plain(relation.replace("_", " ").lower())


def _details(fact: FactRow) -> str:
    told = [f"{_plain(name)}: {_plain(value)}" for name, value in fact.qualifiers]
    if fact.valid_from:
        told.append(f"from {fact.valid_from}{' at the latest' if fact.valid_from_implied else ''}")
    if fact.valid_to:
        told.append(f"until {fact.valid_to}{' at the latest' if fact.valid_to_implied else ''}")
    return f" ({', '.join(told)})" if told else ""


def _plain(text: str) -> str:
    """One line without surrogates or control characters, never empty, at most ``_LONGEST`` long."""
    if not text.isprintable():
        text = "".join(each if each.isprintable() or each in "\u200d\u200c" else " " for each in text)
    line = " ".join(text.split())
    return "(unnamed)" if not line else line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"
