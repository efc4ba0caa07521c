"""What likeness of contexts is worth in one workspace, learnt without labels.

How alike two contexts are says nothing by itself: where all documents are about turbines, all are alike. So
likeness counts by how seldom two things of this workspace come so near. Names are the teacher. Referents of
different documents that share a name of several words, with nothing against it, say how often one thing does.
Of two there are those drawn by lot, and those that are taken for each other: namesakes whom testimony speaks
against, and bearers of different full names beside whom one document has the surname alone. A family that has
one trade teaches so that a trade tells nothing of a surname. The weight is the log of the ratio (Fellegi and
Sunter, 1969).
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, islice
from math import log, sqrt

from graph.fusion.contexts import TAG, distance
from graph.fusion.epoch import Epoch
from graph.fusion.profiles import profile
from graph.fusion.scoring import Scorer
from graph.fusion.view import FusionView, PairRow
from graph.ontology import Ontology
from graph.types import MICRO, EntityId, Referent, ReferentId

_STEPS = (256, 64, 16, 4)  # one in so many pairs of two things is as near as the level, or nearer
_DRAWN = 32_768  # pairs that are looked at
_LEAST = 512  # of them of two things, below which a workspace is too small to say what is seldom
_REASONED = 30.0  # rivals drawn by lot beside those found, so that few are not believed
_ERRORS = 2.0  # standard errors
_BESIDE = 16  # of those that one may be taken for
_ROUNDED = 1_000  # micro-nats to which a weight is rounded

Levels = tuple[tuple[int, int], ...]
Distances = dict[bytes, list[int]]


def learn_surroundings(
    base: Epoch,
    view: FusionView,
    ontology: Ontology,
    pairs: Iterable[PairRow],
    entity_of: Mapping[ReferentId, EntityId],
) -> Epoch:
    """``base`` with the levels of each maker of contexts. O(referents log referents + pairs).

    ``pairs``: those that are compared under ``base``; ``entity_of``: all live referents.
    """
    scorer, who = Scorer(base, ontology), view.referents(entity_of.keys())
    made: dict[bytes, list[Referent]] = defaultdict(list)
    for r in sorted(who):
        if who[r].context:
            made[who[r].context[:TAG]].append(who[r])
    rows = list(pairs)
    one, other = _taught(rows, who, scorer)
    found: dict[str, Levels] = {}
    for tag, referents in sorted(made.items()):
        two = _of_two(referents, entity_of, scorer)
        levels = _levels(two, other[tag], one[tag]) if len(two) >= _LEAST else ()
        if levels:
            found[tag.hex()] = levels
    return replace(base, contexts=found)


def _taught(
    rows: Sequence[PairRow], who: Mapping[ReferentId, Referent], scorer: Scorer
) -> tuple[Distances, Distances]:
    """Distances by tag: of what names say is one thing, and of two things that are taken for each other."""
    epoch, faces = scorer.epoch, {r: profile(each) for r, each in who.items()}
    one: Distances = defaultdict(list)
    other: Distances = defaultdict(list)
    beside: dict[ReferentId, list[ReferentId]] = defaultdict(list)

    def note(distances: Distances, a: ReferentId, b: ReferentId) -> None:
        apart = distance(who[a].context, who[b].context)
        if apart is not None and who[a].content != who[b].content:
            distances[who[a].context[:TAG]].append(apart)

    for row in rows:
        if set(faces[row.a].full) & set(faces[row.b].full):
            if row.score >= epoch.sure:
                note(one, *row.pair)
            elif row.score < epoch.same:
                note(other, *row.pair)
        elif epoch.ask <= row.score < epoch.same:
            beside[row.a].append(row.b)
            beside[row.b].append(row.a)
    rivals = {
        pair
        for several in beside.values()
        for pair in combinations(sorted(several)[:_BESIDE], 2)
        if scorer.opposed(faces[pair[0]], faces[pair[1]])
    }
    for pair in rivals:
        note(other, *pair)
    return one, other


def _of_two(
    referents: Sequence[Referent], entity_of: Mapping[ReferentId, EntityId], scorer: Scorer
) -> list[int]:
    """Distances of pairs that might be one by their types and are not, of different documents, sorted.

    Ids are hashes: who follows whom in their order is drawn by lot, and the same in every order of arrival.
    """
    steps = range(1, len(referents) // 2 + 1)
    drawn = ((a, b) for n in steps for a, b in zip(referents, referents[n:], strict=False))
    found = (
        distance(a.context, b.context)
        for a, b in islice(drawn, _DRAWN)
        if a.content != b.content and entity_of[a.id] != entity_of[b.id] and scorer.compatible(a.type, b.type)
    )
    return sorted(apart for apart in found if apart is not None)


def _levels(two: Sequence[int], other: Sequence[int], one: Sequence[int]) -> Levels:
    """By level the bits up to which it goes and its micro-nats; those that weigh nothing are left out.

    ``two`` are sorted. Few cases may be chance: of those of one thing counts what is left less two standard
    errors. What is nearer weighs no less: levels that say otherwise are taken together.
    """
    pools: list[tuple[int, float, float]] = []  # up to which bits; shares of one thing, of two
    least, taken, joined = -1, sorted(other), sorted(one)
    for step in _STEPS:
        widest = two[len(two) // step] - 1
        chance = _inside(two, least, widest) / len(two)
        if chance <= 0:  # all as near as that are as near as the level before
            continue
        rivals = (_inside(taken, least, widest) + _REASONED * chance) / (len(taken) + _REASONED)
        found = _inside(joined, least, widest)
        sure = max(0.0, found - _ERRORS * sqrt(found)) / max(1, len(joined))
        pools.append((widest, sure, max(chance, rivals)))
        least = widest
        while len(pools) > 1 and pools[-2][1] * pools[-1][2] < pools[-1][1] * pools[-2][2]:
            _, mine, yours = pools.pop(-2)
            pools[-1] = (widest, pools[-1][1] + mine, pools[-1][2] + yours)
    return tuple((w, round(MICRO * log(yes / no) / _ROUNDED) * _ROUNDED) for w, yes, no in pools if yes > no)


def _inside(distances: Sequence[int], least: int, widest: int) -> int:
    """How many of sorted distances are in (least, widest]."""
    return bisect_right(distances, widest) - bisect_right(distances, least)
