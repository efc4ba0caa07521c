"""Where the facts of groups sit, and which pairs of them are looked at.

Of a large group few are: facts that differ only in what they say do the same to whatever is apart from them,
so that of such a few stand for all (``stand_ins``). Memory is that of ``_AT_ONCE`` pairs.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np

from graph.fusion.decided import NO_WORD, Word
from graph.fusion.duels import NEVER, Alike, Bools, Facts, Ints, Seats, Side, apart
from graph.fusion.epoch import Epoch
from graph.fusion.facts import RawFact
from graph.fusion.grouping import Grouping, GroupKey
from graph.fusion.normalize import Forms, agreeing, refines
from graph.types import EntityId, FactId, Value

Members = Mapping[GroupKey, Sequence[RawFact]]
Agreeing = Mapping[GroupKey, Collection[frozenset[EntityId]]]  # pairs of ends told there that agree
Told = tuple[Value, bool]  # and whether it is asserted
ASKED_AMONG = 8  # facts of a group up to which a model may judge its ties
_AT_ONCE = 1 << 14  # pairs
_LARGE = 64  # facts of a group from which on some stand for all


def seats_of(
    groups: Members,
    number: Mapping[FactId, int],
    words: Mapping[FactId, Word],
    epoch: Epoch,
    grouping: Grouping,
    agreeing: Agreeing,
) -> tuple[Seats, Alike]:
    """The seats of all groups, those of one beside each other; and which of what they say agree.

    ``number``: of each fact, and ``words``: the decision for it.
    """
    token: dict[object, int] = {}
    rows: list[Sequence[int]] = []
    alike: set[tuple[int, int]] = set()
    for key, facts in groups.items():
        letter, begin = key[0], len(rows)
        single, polar = letter in "FI", letter == "P"
        learnt = epoch.false_values.get(key[3], 0) if single else 0
        values, forms = max(len(facts), learnt), forms_of(facts)
        pairs = {*agreeing.get(key, ()), *grouping.joined(key, facts)}
        here = (key,) if forms else ()  # how numbers are written tells of this group only
        for f in facts:
            said: object = grouping.said(key, f.family)
            said = (*here, f.value) if polar or (single and f.value) else said
            said = (key, said) if pairs and f.value is None else said  # ends agree in this group only
            sign = grouping.asserts(f.family)
            says = 2 * token.setdefault(said, len(token)) + sign
            word = words[f.id].value
            named = says
            if word is not None:
                named = 2 * token.setdefault((*here, word), len(token)) + sign
            rows.append((number[f.id], says, named, f.weight(values), begin, len(facts), single, polar))
        told = {
            (value, grouping.asserts(f.family))
            for f in facts
            for value in (f.value, words[f.id].value)
            if value is not None
        }
        for (v, sign), (w, other) in _one_thing(told, forms, polar=polar) if letter in "FP" else ():
            a, b = 2 * token[*here, v] + sign, 2 * token[*here, w] + other
            alike |= {(a, b), (b, a)}
        for ends in pairs:
            a, b = (2 * token[key, ("", end)] + 1 for end in ends)
            alike |= {(a, b), (b, a)}
    fact, what, named_, weight, begins, size, are_single, are_polar = transposed(rows, 8)
    seats = Seats(fact, what, named_, weight, begins, size, are_single.astype(bool), are_polar.astype(bool))
    things = 2 * len(token)
    return seats, Alike(things, np.array(sorted(x * things + y for x, y in alike), np.int64))


def forms_of(facts: Iterable[RawFact]) -> Forms:
    """How the numbers of a group are written by any of its facts."""
    found: dict[Value, set[Value]] = {}
    for fact in facts:
        if fact.value is not None and fact.written:
            found.setdefault(fact.value, set()).update(fact.written)
    return found


def _one_thing(told: Collection[Told], forms: Forms, *, polar: bool) -> Iterator[tuple[Told, Told]]:
    """Of what is told in a group, different values that agree; or what is asserted and, less precisely,
    denied."""
    for pair in agreeing({value for value, _ in told}, forms):
        for x, y in (pair, pair[::-1]):
            if not polar:
                yield (x, True), (y, True)
            elif (x, True) in told and (y, False) in told and refines(x, y, forms):
                yield (x, True), (y, False)


def transposed(rows: Sequence[Sequence[int]], width: int) -> Ints:
    """Its columns."""
    return np.array(rows, np.int64).reshape(-1, width).T.copy()


def stand_ins(seats: Seats, alike: Alike, facts: Facts, overruled: Bools) -> Bools:
    """The seats that stand for all of their groups: in a small one, or one of what is denied, each.

    What comes of a pair depends on the two facts' columns, weights and decisions, and on whether what they
    say is apart. So facts of one kind, that differ in what they say alone, do the same to whatever is apart
    from them, and the first in the order of facts is named. With what a fact says go no more than ``near``
    things told by others, which are not apart from it: of ``2 * near + 3`` things of each kind, the first of
    each, enough are apart from any two facts to connect them just as all would.
    """
    chosen = (seats.size <= max(_LARGE, ASKED_AMONG)) | seats.polar
    large = np.flatnonzero(~chosen)
    if not len(large):
        return chosen
    mine = facts.at(seats.fact[large])
    own = np.where(mine.ruling != NO_WORD.position, large, NEVER)  # what a decision names may be apart too
    traits = (seats.begin[large], seats.weight[large], overruled[large], own, *mine)
    _, kind = np.unique(np.stack(traits, axis=1), axis=0, return_inverse=True)
    kind, says, fact = kind.reshape(-1), seats.says[large], seats.fact[large]
    order = np.lexsort((fact, says, kind))
    first = order[_changes(kind[order], says[order])]  # of each kind and thing
    first = first[np.lexsort((fact[first], kind[first]))]
    starts = _changes(kind[first])
    rank = np.arange(len(first)) - np.flatnonzero(starts)[np.cumsum(starts) - 1]
    near = np.zeros(len(seats.fact), np.int64)  # of each group, by its first seat
    going_with = np.bincount(alike.pairs // max(alike.things, 1), minlength=alike.things + 1)
    np.maximum.at(near, seats.begin[large], going_with[says])
    chosen[large[first[rank < 2 * near[seats.begin[large[first]]] + 3]]] = True
    return chosen


def _changes(*columns: Ints) -> Bools:
    """Where a row is another one than that before it, the first included."""
    changed = np.ones(len(columns[0]), bool)
    changed[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    return changed


def meeting(
    seats: Seats, alike: Alike, facts: Facts, wanted: Bools, others: Bools
) -> Iterator[tuple[Side, Side]]:
    """The pairs of wanted seats with ``others`` of their groups whose statements cannot both be."""
    for left, right in _chunks(seats, wanted, others):
        cannot = apart(seats.says[left], seats.says[right], seats.polar[left], alike)
        f, g = (Side(x, seats.fact[x], facts.at(seats.fact[x])) for x in (left[cannot], right[cannot]))
        yield f, g


def _chunks(seats: Seats, wanted: Bools, others: Bools) -> Iterator[tuple[Ints, Ints]]:
    """The pairs of each wanted seat with the ``others`` of its group, each once, some ``_AT_ONCE`` at a
    time."""
    left, right = np.flatnonzero(wanted), np.flatnonzero(others)
    starts = np.searchsorted(right, seats.begin[left])
    sizes = np.searchsorted(right, seats.begin[left] + seats.size[left]) - starts
    ends = np.cumsum(sizes)
    begin = 0
    while begin < len(left):
        before = int(ends[begin - 1]) if begin else 0
        stop = max(begin + 1, int(np.searchsorted(ends, before + _AT_ONCE, "right")))
        some, size = left[begin:stop], sizes[begin:stop]
        first = np.cumsum(size) - size
        mine = np.repeat(some, size)
        yours = right[np.arange(len(mine)) + np.repeat(starts[begin:stop] - first, size)]
        once = (mine < yours) | ~wanted[yours] | ~others[mine]
        yield mine[once], yours[once]
        begin = stop


def connect(root: Ints, left: Ints, right: Ints, seats: Seats) -> None:
    """Connect these pairs of seats: each set is known by its smallest."""
    while True:
        x, y = root[left], root[right]
        apart = x != y
        if not apart.any():
            return
        low, high = np.minimum(x, y)[apart], np.maximum(x, y)[apart]
        np.minimum.at(root, high, low)
        begin = seats.begin[left]
        part = slice(int(begin.min()), int((begin + seats.size[left]).max()))  # all of their groups
        while np.any(root[part] != root[root[part]]):
            root[part] = root[root[part]]
