"""Whether a relation happens, holds for a while or holds always, by the times its documents give.

Times are those that documents state, not the ends that fusion concludes: these follow from what the ontology
already says.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

from graph.epochs.shares import Trait
from graph.types import EntityId, PartialDate, Value

_MOST = 2 / 3  # share of a head's statements that make it a case


class Statement(NamedTuple):
    """What one claim says of ``head``: when it held, and when that was said."""

    head: EntityId
    value: EntityId | Value
    begin: PartialDate | None
    end: PartialDate | None
    stated: PartialDate | None


def temporal_traits(statements: Iterable[Statement]) -> list[Trait]:
    """Counted by head, the first that is proposed being what the relation is.

    ``event``: of the heads with dated statements, those whose are points in time. ``state``: of the others
    with two values or more that bear a time, those whose values never hold at once. ``static``: of the heads
    told of at two times or more, those with one value for most. O(statements), and of the pairs of a head's.
    """
    by_head: dict[EntityId, set[Statement]] = defaultdict(set)
    for each in statements:
        by_head[each.head].add(each)
    events, states, statics = [], [], []
    for said in by_head.values():
        dated = [each for each in said if each.begin or each.end]
        points = sum(each.begin is not None and each.begin == each.end for each in dated)
        happens = bool(dated) and points >= _MOST * len(dated)
        if dated:
            events.append(happens)
        if not happens and len({each.value for each in dated}) > 1:
            states.append(_one_at_a_time(dated))
        if not happens and len({each.begin or each.stated for each in said} - {None}) > 1:
            values = Counter(each.value for each in said)
            statics.append(max(values.values()) >= _MOST * values.total())
    return [
        Trait.counted(name, sum(cases), len(cases))
        for name, cases in (("event", events), ("state", states), ("static", statics))
    ]


def _one_at_a_time(dated: Sequence[Statement]) -> bool:
    """Whether the times of different values are disjoint; an end and a beginning in one year touch."""
    return all(_before(a, b) or _before(b, a) for a, b in combinations(dated, 2) if a.value != b.value)


def _before(a: Statement, b: Statement) -> bool:
    if a.end is None or b.begin is None:
        return False
    known = min(len(a.end), len(b.begin))
    return a.end[:known] <= b.begin[:known]
