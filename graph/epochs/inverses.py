"""Which two relations say the same of a pair from its two ends: employs, and works for.

Documents tell a pair one way or the other, seldom both, so what is not told is no evidence. A case is a pair
of the one relation whose tail is a head of the other (the partial completeness of Galárraga, Teflioudi, Hose
and Suchanek, "AMIE", 2013); both relations must bear it out, or one may be part of the other's inverse.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping

from graph.epochs.shares import Trait
from graph.types import EntityId

Pairs = Collection[tuple[EntityId, EntityId]]  # of head and tail


def find_inverses(relations: Mapping[str, Pairs]) -> dict[str, tuple[str, Trait]]:
    """Of each relation its likeliest inverse, with the weaker of the two directions' counts.

    ``relations`` without those that are symmetric. No two share an inverse: the surest are taken first. What
    is not proposed is there too. O(facts), and of a pair the relations that hold between its ends.
    """
    between: dict[tuple[EntityId, EntityId], list[str]] = defaultdict(list)
    for name in sorted(relations):
        for pair in set(relations[name]):
            between[pair].append(name)
    heads = {name: {head for head, _ in pairs} for name, pairs in relations.items()}
    mirrored: Counter[tuple[str, str]] = Counter()
    for (head, tail), names in between.items():
        for other in between.get((tail, head), ()):
            mirrored.update((name, other) for name in names if name != other)

    def count(name: str, other: str) -> Trait:
        cases = sum(tail in heads[other] for _, tail in set(relations[name]))
        return Trait.counted("inverse_of", mirrored[name, other], cases)

    found = [
        (min(count(a, b), count(b, a), key=lambda t: (t.confidence, t.holds, -t.of)), a, b)
        for a, b in mirrored
        if a < b
    ]
    found.sort(key=lambda each: (-each[0].confidence, -each[0].holds, each[1:]))
    chosen: dict[str, tuple[str, Trait]] = {}
    for trait, a, b in found:
        if a not in chosen and b not in chosen:
            chosen[a], chosen[b] = (b, trait), (a, trait)
    return chosen
