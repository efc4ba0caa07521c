"""Bounded enumeration of paths, breadth first, over any store that can say what is around an entity."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

from graph.ports import GraphPath, PathSearch, PathStep
from graph.types import EntityId

FAN_OUT = 200  # facts through which one entity is left; the best supported
_AT_ONCE = 100  # entities expanded by one question to the store

# Steps from each entity, in order, with the entity they lead to (None: a literal)
Around = dict[EntityId, list[tuple[PathStep, EntityId | None]]]
Expand = Callable[[Sequence[EntityId]], Awaitable[Around]]


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
