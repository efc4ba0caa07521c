"""Several things of one name in one document, told apart by the dates, places and ids that identify each.

Coreference takes equal names of a document for one thing. Two rows of a table, two sections under a name or
two names with life dates in brackets, of which different things are said in an identifying relation or which
have different ids, may be two. Then each is a cluster of its own, and so is what the document says of the
bare name. Which of them are one after all (a day's slip, a name so telling that the document contradicts
itself) is judged where documents are fused, by what is said of each; and a person can part or join what is
not one cluster.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from graph.fusion.testimony import HAS_ID
from graph.types import ElementKind, Value
from ingest.extraction.clusters import Cluster
from ingest.extraction.field_statements import Places, cell_tails, names_in, places
from ingest.extraction.fields import Row
from ingest.extraction.headings import ID, Headings
from ingest.extraction.names import Name
from ingest.extraction.passages import Reading
from ingest.types import ParsedDocument

Said = frozenset[tuple[str, str | int]]  # relations, each with a date or the cluster of a place
NOTHING: Said = frozenset()
_END = "\n"  # ends an id: no other is less precise
_MOST = 200  # things of one name in a document: what has more is a kind ("Incident"), each row an event


def part_namesakes(
    clusters: Sequence[Cluster],
    rows: Sequence[Row],
    readings: Sequence[Reading],
    document: ParsedDocument,
    headings: Headings,
) -> list[Cluster]:
    """The clusters, in the order of their first name, those parted of whose names different things are said.

    Names of which the same is said stay together, and so do those of which nothing is. In a section under
    the name of one, the name is that one's.
    """
    at = places(clusters)
    heads = {
        e.ord: named[0][0]
        for e in document.elements
        if e.kind in (ElementKind.TITLE, ElementKind.HEADING) and len(named := names_in(e.span, at)) == 1
    }
    told: dict[int, Said] = {}  # by the start of a name
    for start, said in (*_rows(rows, at, heads, document.text, headings), *_brackets(readings, at, headings)):
        told[start] = said | told.get(start, NOTHING)
    parts: list[Cluster] = []
    for cluster in clusters:
        if _differ({told[n.start] for n in cluster.names if n.start in told}):
            above = {n.start: heads.get(_section(n, readings), n.start) for n in cluster.names}
            parts += _parts(cluster, {n: told.get(n) or told.get(h, NOTHING) for n, h in above.items()})
        else:
            parts.append(cluster)
    return sorted(parts, key=lambda cluster: cluster.first.start)


def _section(name: Name, readings: Sequence[Reading]) -> int:
    return -1 if name.passage < 0 else readings[name.passage].passage.section


def _rows(
    rows: Sequence[Row], at: Places, heads: Mapping[int, int], text: str, headings: Headings
) -> Iterator[tuple[int, Said]]:
    """The start of the one name that a row or its section is about, with what identifies it."""
    for row in rows:
        names = [] if row.subject is None else [start for start, _, _ in names_in(row.subject, at)]
        if row.subject is None and row.section in heads:
            names = [heads[row.section]]
        said: set[tuple[str, str | int]] = set()
        for cell in row.fields:
            if cell.meaning.special == ID and row.subject is not None:
                said.add((f"{HAS_ID} {cell.heading}", cell.span.of(text).strip() + _END))
            for tail in cell_tails(cell, text, at, headings):
                relation = headings.meant(cell.meaning, tail)
                is_head = cell.meaning.forward or isinstance(tail, Value)
                if relation is not None and relation.identifies(is_head):
                    said.add((relation.name, tail.text if isinstance(tail, Value) else tail))
        if len(names) == 1 and said:
            yield names[0], frozenset(said)


def _brackets(readings: Sequence[Reading], at: Places, headings: Headings) -> Iterator[tuple[int, Said]]:
    """The starts of names with life dates in brackets, with those dates."""
    starts = {end: start for start, end, _ in at}
    born, died = (headings.identifying(phrase) for phrase in ("bear on", "die on"))
    for reading in readings:
        for life in reading.passage.lifespans:
            start = starts.get(reading.passage.start + life.at)
            dates = ((born, life.born), (died, life.died))
            said = frozenset((name, date) for name, date in dates if name is not None and date is not None)
            if start is not None and said:
                yield start, said


def _differ(told: set[Said]) -> bool:
    return len(told) <= _MOST and any(_contradict(x, y) for x, y in combinations(told, 2))


def _contradict(x: Said, y: Said) -> bool:
    """Whether there is a relation in which none of what is said in one agrees with the other."""
    for relation in {name for name, _ in x} & {name for name, _ in y}:
        mine, yours = ([value for name, value in side if name == relation] for side in (x, y))
        if not any(_agree(p, q) for p in mine for q in yours):
            return True
    return False


def _agree(p: str | int, q: str | int) -> bool:
    """Equal, or one date the other less precise."""
    if isinstance(p, str) and isinstance(q, str):
        return p.startswith(q) or q.startswith(p)
    return p == q


def _parts(cluster: Cluster, told: Mapping[int, Said]) -> list[Cluster]:
    groups: dict[Said, Cluster] = {}
    for name in cluster.names:
        group = groups.setdefault(told[name.start], Cluster())
        group.names.append(name)
        for kind, votes in name.votes.items():
            group.votes[kind] += votes
    return [*groups.values()]
