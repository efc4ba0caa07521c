"""Several things of one name in one document, told apart by the dates, places and ids that identify each.

Coreference takes equal names of a document for one thing. Where the document says things that can hardly be
true of one, it may be two: rows of a table, names with life dates in brackets and "Springfield, Illinois"
beside "Springfield, Ohio" by themselves, sentences where two paragraphs or sections each introduce a full
name and say of it what contradicts the other in two ways, or by two quite different dates. Then each is a
cluster of its own, and so is what nothing tells whose it is. Which of them are one after all (a day's slip, a
name so telling that the document contradicts itself) is judged where documents are fused, by what is said of
each; and a person can part or join what is not one cluster.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from graph.fusion.names import NameOf, readings
from graph.fusion.normalize import excludes, partial_date
from graph.fusion.regions import is_spanning, region, same
from graph.fusion.testimony import HAS_ID, LIES_IN
from graph.ontology import Ontology
from graph.types import Qualifiers, Span, Value, ValueKind
from ingest.extraction.clusters import Cluster
from ingest.extraction.layout import Layout
from ingest.extraction.names import Name

# Relations, each with a date, an id, a region or the cluster of a place
Said = frozenset[tuple[str, str | int]]
NOTHING: Said = frozenset()
_END = "\n"  # ends an id: no other is less precise
_MOST = 200  # things of one name in a document: what has more is a kind ("Incident"), each row an event
_DAY = len("1970-05-03")
_SETTLED = frozenset(("city", "town", "village", "port", "suburb"))  # lie in one region, as "a city in Ohio"
_ACCOUNT = re.compile(
    r"\b(?:according to|accounts?|sources?|reports?|reported|claims?|says?|said|writes?|wrote|gives?)\b",
    re.IGNORECASE,
)


class Told(NamedTuple):
    """What is said of a cluster at code point ``at``: a relation, and a date, an id, a region or a cluster.

    ``close``: said at the very name, or of its whole row, which tells namesakes apart by itself.
    """

    at: int
    cluster: int
    relation: str
    value: str | int
    close: bool


def told(
    at: int,
    head: int,
    phrase: str,
    relation: str | None,
    tail: int | Value,
    clusters: Sequence[Cluster],
    ontology: Ontology,
    *,
    close: bool,
    qualifiers: Qualifiers = (),
) -> Iterator[Told]:
    """What a statement says of its head that tells namesakes apart, if anything."""
    if phrase == HAS_ID and isinstance(tail, Value):
        yield Told(at, head, f"{HAS_ID} {dict(qualifiers).get('kind', '')}", tail.text + _END, True)
    known = ontology.relation_types.get(relation or "")
    if known is None:
        return
    if known.identifies(head=True):
        yield Told(at, head, known.name, tail.text if isinstance(tail, Value) else tail, close)
    is_place = not set(ontology.ancestors(clusters[head].type)).isdisjoint(known.tails)
    settled = close or phrase.partition(" ")[0] in _SETTLED
    if known.locates and is_place and settled and isinstance(tail, int):
        names = [name for n in clusters[head].names for name in readings(n.text, NameOf.THING)]
        whole = clusters[tail].display()
        if region(readings(whole, NameOf.THING)) and not any(map(is_spanning, names)):
            yield Told(at, head, LIES_IN, whole, True)


class Parting:
    """Which clusters of a document are several things, and whose each name is."""

    def __init__(self, clusters: Sequence[Cluster], layout: Layout) -> None:
        self._clusters = clusters
        self._layout = layout

    def part(self, all_told: Iterable[Told]) -> dict[int, list[Cluster]]:
        """By its index what each cluster consists of that is several."""
        of: dict[int, list[Told]] = defaultdict(list)
        for each in all_told:
            of[each.cluster].append(each)
        found = {}
        for index, some in sorted(of.items()):
            parts = _Namesakes(self._clusters[index], some, self._layout).parts()
            if len(parts) > 1:
                found[index] = parts
        return found


def parted(clusters: Sequence[Cluster], parts: Mapping[int, Sequence[Cluster]]) -> list[Cluster]:
    """The clusters with their parts in their places, in the order of their first name."""
    every = [part for index, cluster in enumerate(clusters) for part in parts.get(index, (cluster,))]
    return sorted(every, key=lambda cluster: cluster.first.start)


def whose(span: Span, parts: Sequence[Cluster], layout: Layout) -> Cluster:
    """Of clusters of one name the one that a stretch of text speaks of: whom it names, else who is named in
    its element, in a heading above that, before it or after it, the nearest of them."""
    element = layout.element(span.start)
    above = set(layout.above(element))

    def far(name: Name) -> tuple[int, int]:
        within = layout.element(name.start)
        ranks = (
            span.start <= name.start < span.end,
            within == element,
            within in above,
            name.start < span.start,
            True,
        )
        return ranks.index(True), abs(name.start - span.start)

    return min(parts, key=lambda part: min(map(far, part.names)))


class _Namesakes:
    """One cluster: what is told at each of its names, and in each piece of the document that has such."""

    def __init__(self, cluster: Cluster, some: Sequence[Told], layout: Layout) -> None:
        self._cluster = cluster
        self._layout = layout
        self._within: dict[int, list[Name]] = defaultdict(list)  # names by the element that they stand in
        for name in cluster.names:
            self._within[layout.element(name.start)].append(name)
        self._close: dict[int, Said] = {}  # by the start of a name
        self._loose: dict[int, Said] = {}  # by element, what sentences say
        for each in some:
            self._take(each)
        # By element, and by heading what its section says; and all that together, if it can be of one thing.
        self._saids: dict[int, list[Said]] = defaultdict(list)
        self._agreed: dict[int, Said] = {}
        for element, names in self._within.items():
            here = [self._loose.get(element, NOTHING), *(self._close.get(n.start, NOTHING) for n in names)]
            for unit in (element, *layout.above(element)):
                self._saids[unit] += filter(None, here)

    def _take(self, each: Told) -> None:
        said = frozenset([(each.relation, each.value)])
        element = self._layout.element(each.at)
        name = next((n for n in self._within.get(element, ()) if n.start <= each.at < n.end), None)
        home = self._home(element)
        if home is None:
            return
        if each.close:
            at = (name or self._within[home][0]).start
            self._close[at] = said | self._close.get(at, NOTHING)
        elif not _ACCOUNT.search(self._layout.sentence(each.at)):
            self._loose[home] = said | self._loose.get(home, NOTHING)

    def _home(self, element: int) -> int | None:
        """Where the cluster is named of which the element speaks: there, in a heading above, or before it in
        its section."""
        for one in (element, *self._layout.above(element)):
            if one in self._within:
                return one
        above = self._layout.above(element)[:1]
        before = [e for e in self._within if e < element and self._layout.above(e)[:1] == above]
        return max(before, default=None)

    def parts(self) -> list[Cluster]:
        if not (_differ({*self._close.values()}) or self._introduced_apart()):
            return [self._cluster]
        groups: dict[Said, Cluster] = {}
        for name in self._cluster.names:
            group = groups.setdefault(self._whose(name), Cluster())
            group.names.append(name)
            for kind, votes in name.votes.items():
                group.votes[kind] += votes
        return [*groups.values()]

    def _introduced_apart(self) -> bool:
        """Whether two elements that each bear a full name say what can hardly be true of one thing; not under
        one heading with the name, where all is of one."""
        if not self._loose:
            return False
        full = any(" " in name.text for name in self._cluster.names)
        around = {e: {e, *self._layout.above(e)} for e in self._within}
        heads = self._within.keys() & {h for e, units in around.items() for h in units - {e}}
        units = {
            (NOTHING.union(*self._saids[e]), frozenset(around[e] & heads))
            for e, names in self._within.items()
            if e in self._saids and (not full or any(" " in name.text for name in names))
        }
        return len(units) <= _MOST and any(
            x_heads.isdisjoint(y_heads) and _surely_contradict(x, y)
            for (x, x_heads), (y, y_heads) in combinations(units, 2)
        )

    def _whose(self, name: Name) -> Said:
        """What tells whose the name is: all that the widest piece around it says, if that is of one thing."""
        element = self._layout.element(name.start)
        for unit in (*reversed(self._layout.above(element)), element):
            if unit not in self._agreed:
                saids = {*self._saids.get(unit, ())}
                torn = any(_contradict(x, y) for x, y in combinations(saids, 2))
                self._agreed[unit] = NOTHING if torn else NOTHING.union(*saids)
            if self._agreed[unit]:
                return self._agreed[unit]
        return self._close.get(name.start, NOTHING)


def _differ(saids: set[Said]) -> bool:
    return len(saids) <= _MOST and any(_contradict(x, y) for x, y in combinations(saids, 2))


def _contradict(x: Said, y: Said) -> bool:
    return next(_contradictions(x, y), None) is not None


def _contradictions(x: Said, y: Said) -> Iterator[tuple[list[str | int], list[str | int]]]:
    """What is said in each relation in which none of what one says agrees with the other."""
    for relation in sorted({name for name, _ in x} & {name for name, _ in y}):
        mine, yours = ([value for name, value in side if name == relation] for side in (x, y))
        if relation == LIES_IN:
            if same(*(_regions(side) for side in (mine, yours))) is False:
                yield mine, yours
        elif not any(_agree(p, q) for p in mine for q in yours):
            yield mine, yours


def _regions(said: Iterable[str | int]) -> list[frozenset[str]]:
    return [region(readings(str(name), NameOf.THING)) for name in said]


def _agree(p: str | int, q: str | int) -> bool:
    """Equal, or one date the other less precise."""
    if isinstance(p, str) and isinstance(q, str):
        return p.startswith(q) or q.startswith(p)
    return p == q


def _surely_contradict(x: Said, y: Said) -> bool:
    """In two relations, or by days of different years, months and numbers. What may be a slip counts for
    nothing."""
    found = [
        pair for pair in _contradictions(x, y) if not any(_is_slip(p, q) for p in pair[0] for q in pair[1])
    ]
    return len(found) > 1 or any(
        all(_differ_wholly(p, q) for p in mine for q in yours) for mine, yours in found
    )


def _is_slip(p: str | int, q: str | int) -> bool:
    if not (isinstance(p, str) and isinstance(q, str) and partial_date(p) and partial_date(q)):
        return False
    return not excludes(Value(ValueKind.DATE, p), Value(ValueKind.DATE, q))


def _differ_wholly(p: str | int, q: str | int) -> bool:
    if not (isinstance(p, str) and isinstance(q, str) and len(p) == len(q) == _DAY):
        return False
    return all(a != b for a, b in zip(p.split("-"), q.split("-"), strict=True))
