"""Bounded enumeration of paths, breadth first, over any store that can say what is around an entity.

Paths grow with the degrees' product, and hubs make that thousands within three hops. What relations lead
where grows with the schema alone: so patterns of relations come first, and paths of the patterns that fit.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from graph.ports import GraphPath, Hop, PathSearch, PathStep, Pattern, PatternSearch
from graph.types import EntityId

FAN_OUT = 200  # facts through which one entity is left; the best supported
SAMPLE = 64  # entities of one pattern's end whose relations are looked at
MOST_PATTERNS = 400  # of one length
_AT_ONCE = 100  # entities expanded by one question to the store
_FOLLOWED_AT_ONCE = 500

# Steps from each entity, in order, with the entity they lead to (None: a literal)
Around = dict[EntityId, list[tuple[PathStep, EntityId | None]]]
Expand = Callable[[Sequence[EntityId]], Awaitable[Around]]
# At most so many steps an entity, the first in order
Along = Callable[[Sequence[EntityId], Hop, int], Awaitable[Around]]
Walk = tuple[GraphPath, EntityId | None]  # and where it stands


@dataclass(frozen=True, slots=True)
class Reached:
    """One hop out of the entities of group ``number``: how many facts, and some of the entities beyond."""

    number: int
    hop: Hop
    facts: int
    ends: tuple[EntityId, ...]


# Groups of entities, and whether this is the last step: then ``ends`` may be empty
Reach = Callable[[Sequence[Sequence[EntityId]], bool], Awaitable[Sequence[Reached]]]


async def search_paths(
    starts: Mapping[EntityId, str], expand: Expand, *, max_hops: int, budget: int
) -> PathSearch:
    """Paths of 1 to ``max_hops`` steps from ``starts`` (id to name), shorter ones first, at most ``budget``.

    ``expand`` gives up to ``FAN_OUT`` + 1 steps an entity. O(budget x FAN_OUT) at most; an entity is expanded
    once. ``exhausted`` is False when the budget or a hub cut the enumeration.
    """
    known: Around = {}
    paths: list[GraphPath] = []
    capped = False
    # A frontier item is a path and the entities on it, the last one being where it stands
    frontier: list[tuple[GraphPath, tuple[EntityId, ...]]] = [
        (GraphPath(start, name, ()), (start,)) for start, name in starts.items()
    ]
    for _ in range(max_hops):
        longer: list[tuple[GraphPath, tuple[EntityId, ...]]] = []
        for at in range(0, len(frontier), _AT_ONCE):
            group = frontier[at : at + _AT_ONCE]
            unknown = list(dict.fromkeys(visited[-1] for _, visited in group if visited[-1] not in known))
            if unknown:
                found = await expand(unknown)
                known |= {entity: found.get(entity, []) for entity in unknown}
            capped = capped or any(len(known[visited[-1]]) > FAN_OUT for _, visited in group)
            for path, other, visited in _extended(group, known):
                if len(paths) == budget:
                    return PathSearch(tuple(paths), exhausted=False)
                paths.append(path)
                if other is not None:
                    longer.append((path, (*visited, other)))
        frontier = longer
    return PathSearch(tuple(paths), exhausted=not capped)


def _extended(
    group: Sequence[tuple[GraphPath, tuple[EntityId, ...]]], known: Around
) -> Iterator[tuple[GraphPath, EntityId | None, tuple[EntityId, ...]]]:
    for path, visited in group:
        for step, other in known[visited[-1]][:FAN_OUT]:
            if other is None or other not in visited:
                yield GraphPath(path.start, path.start_name, (*path.steps, step)), other, visited


async def search_patterns(starts: Sequence[EntityId], reach: Reach, *, max_hops: int) -> PatternSearch:
    """Sequences of 1 to ``max_hops`` relations that lead away from ``starts``; one question a hop.

    ``reach`` gives up to ``SAMPLE`` + 1 ends a group, never a start. ``exhausted`` is False when a group had
    more, or when patterns of one length were more than ``MOST_PATTERNS``: the rarest are left out.
    """
    found: list[Pattern] = []
    groups: list[tuple[Pattern, Sequence[EntityId]]] = [((), starts)]
    exhausted = True
    for left in range(max_hops - 1, -1, -1):
        if not any(ends for _, ends in groups):
            break
        reached = await reach([ends for _, ends in groups], left == 0)
        longer = [((*groups[each.number][0], each.hop), each) for each in reached]
        longer.sort(key=lambda item: (-item[1].facts, [_hop_key(hop) for hop in item[0]]))
        exhausted = exhausted and len(longer) <= MOST_PATTERNS
        longer = longer[:MOST_PATTERNS]
        exhausted = exhausted and all(len(each.ends) <= SAMPLE for _, each in longer)
        found += [pattern for pattern, _ in longer]
        groups = [(pattern, each.ends[:SAMPLE]) for pattern, each in longer]
    return PatternSearch(tuple(found), exhausted)


async def follow_pattern(
    starts: Mapping[EntityId, str], along: Along, pattern: Pattern, *, budget: int
) -> PathSearch:
    """Walks from ``starts`` (id to name) that keep ``pattern``; at each hop at most ``budget`` go on.

    No fact is used twice, no walk returns to its start. The store is asked for ``budget`` + 1 steps of each
    entity, and for more where it may have more and too few of these go on.
    """
    frontier: list[Walk] = [(GraphPath(start, name, ()), start) for start, name in starts.items()]
    exhausted = True
    for hop in pattern:
        known: Around = {}
        limit = budget + 1
        asked = list(dict.fromkeys(entity for _, entity in frontier if entity is not None))
        longer: list[Walk] = []
        while asked:
            for at in range(0, len(asked), _FOLLOWED_AT_ONCE):
                known |= await along(asked[at : at + _FOLLOWED_AT_ONCE], hop, limit)
            longer, asked = _followed(frontier, known, limit=limit, budget=budget)
            limit *= 4
        exhausted = exhausted and len(longer) <= budget
        frontier = longer[:budget]
    return PathSearch(tuple(path for path, _ in frontier if path.steps), exhausted)


def _followed(
    frontier: Sequence[Walk], known: Around, *, limit: int, budget: int
) -> tuple[list[Walk], list[EntityId]]:
    """Walks one step longer, until they are more than ``budget``; and the entities of which more than
    ``limit`` steps must be known to tell."""
    longer: list[Walk] = []
    short: dict[EntityId, None] = {}
    for path, entity in frontier:
        steps = known.get(entity, []) if entity is not None else []
        used = {step.fact.id for step in path.steps}
        on: list[Walk] = [
            (GraphPath(path.start, path.start_name, (*path.steps, step)), other)
            for step, other in steps
            if other != path.start and step.fact.id not in used
        ]
        if entity is not None and len(steps) >= limit and len(on) <= budget:
            short[entity] = None
        longer += on
        if len(longer) > budget:
            break
    return longer, list(short)


def _hop_key(hop: Hop) -> tuple[str, str, bool]:
    return hop.relation, hop.phrase or "", not hop.forward
