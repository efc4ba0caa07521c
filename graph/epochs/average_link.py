"""Clusters by average link: two groups become one while the mean log-odds over all their pairs is above zero.

The mean is what keeps a chain of near-matches from collapsing. A pair that was not compared counts as
unlikely.
"""

import heapq

from graph.epochs.candidates import Pairs
from graph.epochs.mixture import Vector

_UNSEEN = -3.0  # nats of a pair that was not compared


def clusters(size: int, pairs: Pairs, odds: Vector) -> list[list[int]]:
    """Groups of the numbers below ``size``, each sorted; ties go by the numbers. O(pairs log pairs)."""
    near: list[dict[int, tuple[float, int]]] = [
        {} for _ in range(size)
    ]  # other: (sum of odds, pairs compared)
    members = [[i] for i in range(size)]
    for (i, j), value in zip(pairs.tolist(), odds.round(9).tolist(), strict=True):
        near[i][j] = near[j][i] = (value, 1)

    def mean(i: int, j: int) -> float:
        total, compared = near[i][j]
        every = len(members[i]) * len(members[j])
        return (total + _UNSEEN * (every - compared)) / every

    heap = [(-v[0], i, j) for i in range(size) for j, v in near[i].items() if i < j and v[0] > 0]
    heapq.heapify(heap)
    while heap:
        value, i, j = heapq.heappop(heap)
        if j not in near[i] or -value != mean(i, j):
            continue
        if len(near[i]) < len(near[j]):
            i, j = j, i
        members[i] += members[j]
        members[j] = []
        del near[i][j], near[j][i]
        for k, (total, compared) in near[j].items():
            del near[k][j]
            had = near[i].get(k, (0.0, 0))
            near[i][k] = near[k][i] = (had[0] + total, had[1] + compared)
        near[j] = {}
        for k in near[i]:
            if (now := mean(i, k)) > 0:
                heapq.heappush(heap, (-now, min(i, k), max(i, k)))
    return [sorted(group) for group in members if group]
