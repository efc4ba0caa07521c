"""What is told more or less precisely: who was born in Ulm was born in Germany, if Ulm lies there.

A relation says along which transitive one its tails are told so (``RelationType.within``). Of what is told of
one head, two tails of which one lies in the other agree, as two values do of which one is more precise.

Whether one lies in the other is read off accepted facts, ``LONGEST`` of them at most, and always upwards: few
lead out of a place, and hundreds of thousands into a land. None of those facts is itself told by its
precision (``Relations.within``), so that no outcome here rests on another one.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping

from graph.fusion.transitive import is_ground
from graph.fusion.view import FactsView, Side, TableDiff
from graph.fusion.walks import LONGEST
from graph.relations import Relations
from graph.types import EntityId, Fact, FactId, FactStatus

Edge = tuple[EntityId, EntityId]  # from what lies in the other one
Ends = frozenset[EntityId]
Steps = dict[tuple[EntityId, bool], set[EntityId]]  # where one fact leads from each, up or not


class Containment:
    """Which lie in which along one transitive relation: in ``view``, as the last pass left it, with what
    ``stated`` has changed."""

    def __init__(
        self,
        view: FactsView,
        relations: Relations,
        along: str,
        stated: TableDiff[FactId, Fact],
    ) -> None:
        self._view = view
        self._senses = {sense.relation: sense for sense in relations.below(along)}
        self._stated = stated
        self._steps: Steps = {}
        self._ever: Steps = {}  # with what ``stated`` took away, too
        self._joined: dict[tuple[EntityId, bool], set[EntityId]] = defaultdict(set)
        for fact in stated.new.values():
            for part, whole in self._leads(fact):
                self._joined[part, True].add(whole)
                self._joined[whole, False].add(part)

    def agreeing(self, told: Iterable[Collection[EntityId]]) -> list[set[Ends]]:
        """Of each of these sets the pairs of which one lies in the other, and that not in it."""
        told = list(told)
        above = self._reach({end for ends in told for end in ends}, LONGEST, self._steps)
        return [
            {
                frozenset((part, whole))
                for part in ends
                for whole in above[part] & set(ends)
                if part not in above[whole]
            }
            for ends in told
        ]

    def moved(self) -> set[Edge]:
        """Where facts that count came or went."""
        was, now = (
            {edge for fact in facts.values() for edge in self._leads(fact)}
            for facts in (self._stated.old, self._stated.new)
        )
        return was ^ now

    def around(
        self, edges: Collection[Edge], told: Callable[[Collection[EntityId]], Mapping[EntityId, int]]
    ) -> set[EntityId]:
        """Of each edge all that lies below it, or all above: one end of every pair that it may have changed.
        Whichever is less, by how many facts were ``told`` of it."""
        above = self._reach({whole for _, whole in edges}, LONGEST - 1, self._ever)
        count = told({each for wholes in above.values() for each in wholes})
        limit = {edge: sum(count.get(each, 0) for each in above[edge[1]]) for edge in edges}
        below = {edge: {edge[0]} for edge in edges if limit[edge]}
        spent: Counter[Edge] = Counter()
        frontier = {edge: {edge[0]} for edge in below}
        for _ in range(LONGEST):
            nodes = {each for some in frontier.values() for each in some}
            cost = told(nodes), self._degrees(nodes)
            for edge, some in frontier.items():
                spent[edge] += sum(counts.get(each, 0) for each in some for counts in cost)
            frontier = {edge: some for edge, some in frontier.items() if spent[edge] <= limit[edge]}
            self._load({each for some in frontier.values() for each in some}, up=False)
            for edge, some in frontier.items():
                frontier[edge] = {x for each in some for x in self._ever[each, False]} - below[edge]
                below[edge] |= frontier[edge]
        cheap = {edge for edge in below if spent[edge] <= limit[edge]}
        found = {each for edge in cheap for each in below[edge]}
        return found | {each for edge in edges if edge not in cheap for each in above[edge[1]]}

    def _reach(self, starts: Collection[EntityId], hops: int, steps: Steps) -> dict[EntityId, set[EntityId]]:
        """Each of these with all in which it lies by these steps, up to ``hops`` of them."""
        seen, frontier = set(starts), set(starts)
        for _ in range(hops):
            self._load(frontier, up=True)
            frontier = {whole for each in frontier for whole in steps[each, True]} - seen
            seen |= frontier
        found: dict[EntityId, set[EntityId]] = {}
        for start in starts:
            reached, last = {start}, {start}
            for _ in range(hops):
                last = {whole for each in last for whole in steps[each, True]} - reached
                reached |= last
            found[start] = reached
        return found

    def _leads(self, fact: Fact) -> list[Edge]:
        sense = self._senses.get(fact.relation)
        if sense is None or fact.tail_entity is None or not is_ground(fact):
            return []
        return sense.ends(fact.head, fact.tail_entity)

    def _sides(self, nodes: Collection[EntityId], up: bool) -> tuple[set[Side], set[Side]]:
        """Where the facts that lead up from these, or down, have them for a head, and for a tail."""
        senses = self._senses.values()
        heads = {s.relation for s in senses if (s.straight if up else s.turned)}
        tails = {s.relation for s in senses if (s.turned if up else s.straight)}
        return {(n, r) for n in nodes for r in heads}, {(n, r) for n in nodes for r in tails}

    def _load(self, nodes: Collection[EntityId], *, up: bool) -> None:
        fresh = {node for node in nodes if (node, up) not in self._steps}
        for steps in (self._steps, self._ever):
            steps |= {(node, up): set(self._joined.get((node, up), ())) for node in fresh}
        heads, tails = self._sides(fresh, up)
        rows = {
            **(self._view.facts_from(heads) if heads else {}),
            **(self._view.facts_into(tails) if tails else {}),
        }
        for i, fact in rows.items():
            if fact.status is FactStatus.INFERRED:
                continue
            for part, whole in self._leads(fact):
                here, there = (part, whole) if up else (whole, part)
                for steps in (self._ever,) if i in self._stated.old else (self._ever, self._steps):
                    if here in fresh:
                        steps[here, up].add(there)

    def _degrees(self, nodes: Collection[EntityId]) -> Mapping[EntityId, int]:
        """How many facts lead down from each, as the last pass left them."""
        return degrees(self._view, *self._sides(nodes, up=False))


def degrees(view: FactsView, heads: Collection[Side], tails: Collection[Side]) -> Mapping[EntityId, int]:
    """How many facts have each of these for a head, or for a tail."""
    found: Counter[EntityId] = Counter()
    for sides, away in ((heads, True), (tails, False)):
        for (entity, _), count in (view.degrees(sides, away=away) if sides else {}).items():
            found[entity] += count
    return found
