"""Walks over the accepted facts of one relation: those that changed in a pass, and where they begin and end.

A walk goes over 1 to ``LONGEST`` accepted, asserted, unqualified facts of one relation or of such that are a
kind of it, visits no entity twice, and its facts' validities have a time in common.

A walk is too wide where many others lead the same way: its width is the product, over its facts, of how
many facts leave the fact's head and how many enter its tail, contested ones too, each rounded up to a power
of two. Of the walks of one length with one fact at one place, those up to ``WIDEST`` wide are at most
``WIDEST``, and as many at most begin or end at one entity: the reciprocals of their exact widths add up to no
more than 1. So news about a hub cost no more than that, and what a hub lacks is told (``capped``). Rounding
keeps one more fact at a hub from moving the width of all its walks.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from graph.fusion.periods import first_day, last_day
from graph.fusion.transitive import Rule, is_ground, stands
from graph.fusion.view import Ends, FactsView, Side, TableDiff
from graph.types import EntityId, Fact, FactId, FactStatus, PartialDate

LONGEST = 4  # facts of a walk: three steps, each of which takes in one more
WIDEST = 1 << 14

Walk = tuple[Fact, ...]
Validity = tuple[PartialDate | None, PartialDate | None]


class Walks:
    """The grounds of one relation as this pass leaves them. A symmetric one has only one direction: every
    fact leads away from both of its ends. ``also`` are facts of which something changed beside their rows."""

    def __init__(
        self,
        view: FactsView,
        rule: Rule,
        stated: TableDiff[FactId, Fact],
        also: Collection[Fact] = (),
    ) -> None:
        self._view = view
        self._rule = rule
        self._also = {fact.id: fact for fact in also}
        self._gone, self._came = (
            {i: f for i, f in facts.items() if f.relation in rule.watched and f.tail_entity is not None}
            for facts in (stated.old, stated.new)
        )
        self._lost, self._won = (
            Counter(end for f in facts.values() if self._counts(f) for end in self._sides(f))
            for facts in (self._gone, self._came)
        )
        self._edges: dict[tuple[EntityId, bool], list[tuple[Fact, EntityId]]] = {}
        self._joined: dict[tuple[EntityId, bool], list[tuple[Fact, EntityId]]] = defaultdict(list)
        for fact in self._came.values():
            for side, step in self._steps(fact):
                self._joined[side].append(step)
        self._degrees: dict[tuple[EntityId, bool], tuple[int, int]] = {}  # before and after this pass
        self._known: dict[tuple[EntityId, bool], dict[EntityId, list[Walk]]] = {}
        self.capped: set[EntityId] = set()

    # -------------------------------------------------------- what may have changed

    def affected(self) -> tuple[set[EntityId], set[EntityId]]:
        """Entities from which, and to which, something else may follow than before."""
        pairs = {(f.head, t) for f in self._changes() if (t := f.tail_entity)}
        edges = {
            lead
            for i in self._gone.keys() | self._came.keys()
            if self._ground(self._gone.get(i)) != self._ground(self._came.get(i))
            for f in (self._gone.get(i), self._came.get(i))
            if f is not None and self._counts(f)
            for lead in self._rule.leads(f)
        }
        edges |= {lead for f in self._also.values() if self._counts(f) for lead in self._rule.leads(f)}
        pairs |= {(y, x) for x, y in pairs}
        if self._rule.symmetric:
            edges |= {(y, x) for x, y in edges}
        ends = {end for pair in pairs for end in pair}
        self._count(ends, True)
        self._count(ends, False)
        leading = {(x, y) for x, y in pairs if self._may_lead(x, y, (x, y) in edges)}
        heads = {x for x, _ in leading} | self._beginning(edges, True)
        tails = {y for _, y in leading} | self._beginning({(y, x) for x, y in edges}, False)
        return heads, tails

    def _beginning(self, edges: Collection[tuple[EntityId, EntityId]], away: bool) -> set[EntityId]:
        """Where walks begin that changed with these edges. (Where they end, seen from the other side.)

        A walk that came or went has a first fact that changed, or a first entity whose part in its width did.
        What lies before that is as it was, so that going back from there finds where the walk begins.
        """
        wider = {x for x, _ in edges if self._width_moved(x, away)}
        entered = {y for _, y in edges if self._width_moved(y, not away)}
        found = wider | {x for x, y in edges if self._most(y, away)}
        found |= self._reach({x for x, _ in edges} | entered, not away).keys()
        if self._rule.asymmetric:  # what leads back forbids what leads there: only circles are concerned
            turned = {y for x, y in edges if self._most(x, not away) and self._most(y, away)}
            turned |= {n for n in wider | entered if self._most(n, True) and self._most(n, False)}
            found |= turned | self._reach(turned, away).keys()
        return found

    def _changes(self) -> Iterator[Fact]:
        yield from self._gone.values()
        yield from self._came.values()
        yield from self._also.values()

    def _ground(self, fact: Fact | None) -> tuple[object, ...] | None:
        """What of a fact its inferences read."""
        if fact is None or not self._counts(fact):
            return None
        times = fact.valid_from, fact.valid_to, fact.valid_from_implied, fact.valid_to_implied
        return is_ground(fact), *times, fact.confidence, fact.support, fact.phrase

    def _may_lead(self, x: EntityId, y: EntityId, directly: bool) -> bool:
        """Whether a walk of several facts may lead from ``x`` to ``y``."""
        return min(self._most(x, True), self._most(y, False)) > directly

    def _most(self, entity: EntityId, away: bool) -> int:
        return max(self._degrees[self._side(entity, away)])

    def _width_moved(self, entity: EntityId, away: bool) -> bool:
        before, after = self._degrees[self._side(entity, away)]
        return _rounded(before) != _rounded(after)

    # -------------------------------------------------------- reading

    def _is_edge(self, fact: Fact) -> bool:
        return fact.relation in self._rule.edges and is_ground(fact)

    def _counts(self, fact: Fact) -> bool:
        return fact.relation in self._rule.edges and stands(fact)

    def _side(self, entity: EntityId, away: bool) -> tuple[EntityId, bool]:
        return entity, away or self._rule.symmetric

    def _sides(self, fact: Fact) -> list[tuple[EntityId, bool]]:
        leads = self._rule.leads(fact)
        return [side for x, y in leads for side in (self._side(x, True), self._side(y, False))]

    def _now(self, rows: Mapping[FactId, Fact], came: Iterable[Fact]) -> Iterator[Fact]:
        """Facts with claims as they are after this pass, of ``rows`` as they were before."""
        for i, fact in rows.items():
            if i not in self._gone and fact.status is not FactStatus.INFERRED:
                yield fact
        yield from came

    def _keys(self, entities: Collection[EntityId], away: bool) -> tuple[set[Side], set[Side]]:
        """The sides of those at which facts that lead away from these entities, or to them, have them for a
        head, and for a tail."""
        senses, both = self._rule.edges.values(), self._rule.symmetric
        heads = {s.relation for s in senses if both or (s.straight if away else s.turned)}
        tails = {s.relation for s in senses if both or (s.turned if away else s.straight)}
        return {(e, r) for e in entities for r in heads}, {(e, r) for e in entities for r in tails}

    def _at(self, entities: Collection[EntityId], away: bool) -> Mapping[FactId, Fact]:
        """The old rows that lead away from these entities, or to them."""
        heads, tails = self._keys(entities, away)
        return {**self._view.facts_from(heads), **self._view.facts_into(tails)}

    def _load(self, entities: Collection[EntityId], away: bool) -> None:
        new = {e for e in entities if self._side(e, away) not in self._edges}
        sides = {self._side(e, away) for e in new}
        found = {side: list(self._joined.get(side, ())) for side in sides}
        for fact in self._now(self._at(new, away), ()):
            for side, step in self._steps(fact):
                if side in sides:
                    found[side].append(step)
        for steps in found.values():
            steps.sort(key=lambda step: step[0].id)
        self._edges |= found

    def _steps(self, fact: Fact) -> Iterator[tuple[tuple[EntityId, bool], tuple[Fact, EntityId]]]:
        """By the sides of a fact's ends, where walks that come there go on to over it."""
        for x, y in self._rule.leads(fact) if self._is_edge(fact) else ():
            yield self._side(x, True), (fact, y)
            yield self._side(y, False), (fact, x)

    def _count(self, entities: Collection[EntityId], away: bool) -> None:
        new = {e for e in entities if self._side(e, away) not in self._degrees}
        before_of: Counter[EntityId] = Counter()
        for keys, as_head in zip(self._keys(new, away), (True, False), strict=True):
            for (entity, _), count in (self._view.degrees(keys, away=as_head) if keys else {}).items():
                before_of[entity] += count
        for entity in new:
            side, before = self._side(entity, away), before_of[entity]
            self._degrees[side] = before, before - self._lost[side] + self._won[side]

    def _width(self, entity: EntityId, away: bool, *, least: bool = False) -> int:
        before, after = self._degrees[self._side(entity, away)]
        return _rounded(min(before, after) if least else after)

    def _reach(self, starts: Collection[EntityId], away: bool) -> dict[EntityId, int]:
        """Where walks from ``starts`` come that are not too wide, the starts left out unless some do come
        there, each with the least width. Loads the facts that such walks go over."""
        found: dict[EntityId, int] = {}
        frontier = dict.fromkeys(starts, 1)
        for _ in range(LONGEST):
            self._count(frontier, away)
            open_ = {
                e: wide
                for e, so_far in frontier.items()
                if (wide := so_far * self._width(e, away, least=True)) <= WIDEST
            }
            self._load(open_, away)
            steps = [(w, other) for e, w in open_.items() for _, other in self._edges[self._side(e, away)]]
            self._count({other for _, other in steps}, not away)
            frontier = {}
            for wide, other in steps:
                width = wide * self._width(other, not away, least=True)
                if width < min(found.get(other, WIDEST + 1), frontier.get(other, WIDEST + 1)):
                    frontier[other] = width
            found |= frontier
        return found

    # -------------------------------------------------------- walking

    def old(self, heads: Collection[EntityId], tails: Collection[EntityId]) -> dict[FactId, Fact]:
        """What followed by walks between them before; of a single fact it did not (``entailment``)."""
        away = len(heads) <= len(tails)
        rows = self._at(heads if away else tails, away)
        return {
            i: fact
            for i, fact in rows.items()
            if fact.relation == self._rule.relation
            and len(fact.grounds) > 1
            and not fact.proposer
            and fact.head in heads
            and fact.tail in tails
        }

    def between(
        self, heads: Collection[EntityId], tails: Collection[EntityId]
    ) -> dict[tuple[EntityId, EntityId], list[Walk]]:
        """The walks of several facts between them now, looked for from the side of the fewer; none where an
        asymmetric relation leads back as well."""
        away = len(heads) <= len(tails)
        starts, ends = (heads, tails) if away else (tails, heads)
        self._reach(starts, away)
        found: dict[tuple[EntityId, EntityId], list[Walk]] = {}
        for start in starts:
            walks = self._walks(start, away)
            for end in walks.keys() & ends:
                several = [walk for walk in walks[end] if len(walk) > 1]
                if several and self._rule.symmetric and end < start:
                    found[end, start] = [walk[::-1] for walk in several]
                elif several:
                    found[(start, end) if away else (end, start)] = several
        if self._rule.asymmetric:
            self._reach({tail for _, tail in found}, True)
            found = {(x, y): walks for (x, y), walks in found.items() if x not in self._walks(y, True)}
        return found

    def denied(
        self, heads: Collection[EntityId], tails: Collection[EntityId]
    ) -> Iterator[tuple[Fact, list[Walk]]]:
        """Each accepted, unqualified denial of the relation between them, and the walks that say otherwise of
        a time for which it is denied."""
        away = len(heads) <= len(tails)
        rows = self._at(heads if away else tails, away)
        denials = {
            fact.id: (fact, fact.head, tail)
            for fact in self._now(rows, self._came.values())
            if self._is_denial(fact)
            and (tail := fact.tail_entity) is not None
            and (
                (fact.head in heads and tail in tails)
                or (self._rule.symmetric and tail in heads and fact.head in tails)
            )
        }
        found = self.between({x for _, x, _ in denials.values()}, {y for _, _, y in denials.values()})
        for fact, x, y in denials.values():
            walks = found.get((x, y), ())
            yield fact, [walk for walk in walks if in_common(validity_of(walk), fact) is not None]

    def _is_denial(self, fact: Fact) -> bool:
        denies = fact.relation == self._rule.relation and not fact.polarity and not fact.qualifiers
        return denies and fact.status is FactStatus.ACCEPTED

    def circles(
        self, heads: Collection[EntityId], tails: Collection[EntityId]
    ) -> Iterator[tuple[Fact, list[Walk]]]:
        """Each ground that leads from one of ``tails`` to one of ``heads``, with the walks of several
        facts that lead back from its end to its beginning, if all hold at one time and the circle is
        not too wide: by the widths of all its facts, so that each of them sees it."""
        away = len(tails) <= len(heads)
        near, far = (tails, heads) if away else (heads, tails)
        self._load(near, away)
        edges = {
            fact.id: (fact, *((here, there) if away else (there, here)))
            for here in near
            for fact, there in self._edges[self._side(here, away)]
            if there in far
        }
        starts, ends = {y for _, _, y in edges.values()}, {x for _, x, _ in edges.values()}
        away = len(starts) <= len(ends)
        self._reach(starts if away else ends, away)
        self._count(ends, True)
        self._count(starts, False)
        for fact, x, y in edges.values():
            back = self._walks(y, True).get(x, []) if away else self._walks(x, False).get(y, [])
            yield fact, [walk for walk in back if len(walk) > 1 and self._is_circle((fact, *walk))]

    def _is_circle(self, facts: Walk) -> bool:
        width = 1
        validity: Validity = (None, None)
        for fact in facts:
            (x, y), *_ = self._rule.leads(fact)
            width *= self._width(x, True) * self._width(y, False)
            common = in_common(validity, fact)
            if common is None or width > WIDEST:
                return False
            validity = common
        return True

    def too_wide(self, entity: EntityId) -> bool:
        """Whether walks from here, or to here, are too wide to follow. Cost: those that are not."""
        for away in (True, False):
            self._reach({entity}, away)
            self._walks(entity, away)
        return entity in self.capped

    def stated_at(self, ends: Collection[Ends]) -> Iterator[Fact]:
        """Facts with claims at these ends, and all that came of the relations that the rule watches."""
        return self._now(self._view.facts_at(ends), self._came.values())

    def _walks(self, start: EntityId, away: bool) -> dict[EntityId, list[Walk]]:
        """All walks of 1 to ``LONGEST`` facts from here, or to here, that are not too wide, by their other
        end; each from its head to its tail."""
        if (start, away) in self._known:
            return self._known[start, away]
        found: dict[EntityId, list[Walk]] = defaultdict(list)
        stack: list[tuple[Walk, tuple[EntityId, ...], int, Validity]] = [((), (start,), 1, (None, None))]
        while stack:
            walk, visited, so_far, validity = stack.pop()
            here = visited[-1]
            wide = so_far * self._width(here, away)
            if wide > WIDEST:
                self.capped.add(start)
                continue
            for fact, other in self._edges[self._side(here, away)]:
                common = in_common(validity, fact)
                if other in visited or common is None:
                    continue
                width = wide * self._width(other, not away)
                if width > WIDEST:
                    self.capped.add(start)
                    continue
                longer = (*walk, fact) if away else (fact, *walk)
                found[other].append(longer)
                if len(longer) < LONGEST:
                    stack.append((longer, (*visited, other), width, common))
        self._known[start, away] = dict(found)
        return self._known[start, away]


def validity_of(walk: Walk) -> Validity:
    """The time that all of a walk's facts have in common."""
    validity: Validity = (None, None)
    for fact in walk:
        common = in_common(validity, fact)
        assert common is not None  # a walk without a time in common is not walked
        validity = common
    return validity


def in_common(validity: Validity, fact: Fact) -> Validity | None:
    """The time in both, in the dates' own precision; None where there is none."""
    starts = [date for date in (validity[0], fact.valid_from) if date]
    ends = [date for date in (validity[1], fact.valid_to) if date]
    start = max(starts, key=lambda date: (first_day(date), len(date)), default=None)
    end = min(ends, key=lambda date: (last_day(date), -len(date)), default=None)
    return None if first_day(start) > last_day(end) else (start, end)


def implied(validity: Validity, grounds: Collection[Fact]) -> tuple[bool, bool]:
    """Whether none of the facts that begin, and that end, at these dates states so."""
    start, end = validity
    return (
        start is not None and all(f.valid_from_implied for f in grounds if f.valid_from == start),
        end is not None and all(f.valid_to_implied for f in grounds if f.valid_to == end),
    )


def _rounded(degree: int) -> int:
    """Up to a power of two; 1 where nothing is."""
    return 1 << max(degree - 1, 0).bit_length()
