"""Sources that write in one way what others write in another: "Vance, Ann" and "Ann Vance", two code books.

To agree in what nobody else says is how copiers are known, and it is how a house style looks that no reader
knows: its values are all false in the eyes of the others. But there it is a language, in which its speakers
are right and wrong, each on its own. So that is one more assumption under which all votes have a likelihood
(``graph.epochs.account``): each language has its own true value of an item, and its own false ones. Who never
agrees with others is no copier then, and no liar; where facts are weighed, each speaker has a vote.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from graph.epochs.ballot import Ballot
from graph.epochs.copying import COST, EXCESS, Agreement, agreeing

Ints = NDArray[np.int64]

_COINCIDENCE = math.log(100)  # nats: one value in a hundred is spelled alike in two languages
_MOVES = 5
_MOST = 8  # languages

_Met = Sequence[tuple[int, int, int]]  # other sources, with items shared, and agreed on


def candidate_languages(ballot: Ballot) -> Iterator[Ints]:
    """Of each source, the number of its language; 0 of those that agree with no group.

    Groups that agree much, then ever fewer: those that agree most are one language.
    """
    agreement = Agreement.of(ballot)
    excess = agreement.excess()
    met: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for (a, b), shared in sorted(agreement.shared.items()):
        met[a].append((b, shared, agreement.agreed[a, b]))
        met[b].append((a, shared, agreement.agreed[a, b]))
    seen: list[Mapping[int, int]] = []
    for least in EXCESS:
        groups = agreeing(excess, least)
        for _ in range(_MOVES):
            groups = {s: group for s in met if (group := _nearest(met[s], groups)) is not None}
        while len(set(groups.values())) > 1 and groups not in seen:
            seen.append(groups)
            if len(set(groups.values())) <= _MOST:
                number = {group: n for n, group in enumerate(sorted(set(groups.values())), 1)}
                yield np.array([number[groups[s]] if s in groups else 0 for s in range(len(ballot.sources))])
            groups = _fewer(met, groups)


def price(ballot: Ballot, apart: Ballot, language: Ints) -> float:
    """What the likelihood must gain for these languages, in nats. ``apart``: the ballot parted by them. Who
    does not speak the commonest one costs what one who copies does."""
    foreign = len(language) - int(np.bincount(language).max()) + 1
    coincidences = len(apart.item_of) - len(ballot.item_of)
    return COST * foreign + _COINCIDENCE * coincidences


def _nearest(met: _Met, groups: Mapping[int, int]) -> int | None:
    """The group that a source agrees with most often, of all that it met."""
    shared: Counter[int] = Counter()
    agreed: Counter[int] = Counter()
    for other, both, alike in met:
        if other in groups:
            shared[groups[other]] += both
            agreed[groups[other]] += alike
    if not any(agreed.values()):
        return None
    return max(agreed, key=lambda group: (agreed[group] / (shared[group] + 2), -group))


def _fewer(met: Mapping[int, _Met], groups: Mapping[int, int]) -> dict[int, int]:
    """Where the two groups that agree most often are one."""
    shared: Counter[tuple[int, int]] = Counter()
    agreed: Counter[tuple[int, int]] = Counter()
    for source, group in groups.items():
        for other, both, alike in met[source]:
            if (pair := (group, groups.get(other, group)))[0] < pair[1]:
                shared[pair] += both
                agreed[pair] += alike
    if not shared:
        return dict.fromkeys(groups, 0)
    kept, gone = max(shared, key=lambda pair: (agreed[pair] / (shared[pair] + 2), (-pair[0], -pair[1])))
    return {source: kept if group == gone else group for source, group in groups.items()}
