"""Fields to statements: each cell said of its row's thing, dated by the row's dates."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from graph.fusion.testimony import HAS_ID
from graph.ontology import Ontology
from graph.types import Span, Value, ValueKind
from ingest.extraction.clusters import Cluster
from ingest.extraction.fields import Field, Row
from ingest.extraction.headings import AT, ID, ROLE, SINCE, UNTIL, Headings
from ingest.extraction.stance import When
from ingest.extraction.statements import START, STATE, Statement
from ingest.extraction.type_votes import vote
from ingest.extraction.values import number_in, whole_date

_SURE = 940
Places = Sequence[tuple[int, int, int]]  # sorted (start, end, cluster) of every name


def places(clusters: Sequence[Cluster]) -> Places:
    return sorted(
        (name.start, name.end, index) for index, cluster in enumerate(clusters) for name in cluster.names
    )


def field_statements(
    rows: Sequence[Row],
    text: str,
    clusters: Sequence[Cluster],
    topic: int | None,
    sections: Mapping[int, int],
    headings: Headings,
) -> list[Statement]:
    """A row without a subject speaks of its section's topic, else the document's, else of nothing."""
    at = places(clusters)
    found: list[Statement] = []
    for row, subject, about in _subjects(rows, at, topic, sections):
        when = _when(row, text)
        for cell in row.fields:
            if cell.meaning.special == ROLE:
                found += _posts(cell, row, text, at, subject, about, clusters, when)
            elif cell.meaning.special == ID and row.subject is not None:
                found.append(_id(cell, row, text, subject))
            elif not cell.meaning.special:
                found += _cell(cell, row, text, at, subject, when, headings)
    return found


def vote_by_fields(
    rows: Sequence[Row],
    text: str,
    clusters: Sequence[Cluster],
    topic: int | None,
    sections: Mapping[int, int],
    headings: Headings,
    ontology: Ontology,
) -> None:
    """Who has a date of birth is a person: fields tell what their thing is, where its name does not.

    Only ends of relations that are of one type count, and each relation once, however many rows have it.
    """
    at = places(clusters)
    told: dict[int, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for row, subject, _ in _subjects(rows, at, topic, sections):
        for cell in row.fields:
            for tail in cell_tails(cell, text, at, headings)[:1]:
                if (relation := headings.meant(cell.meaning, tail)) is not None:
                    is_head = cell.meaning.forward or isinstance(tail, Value)
                    told[subject][relation.name] = relation.heads if is_head else relation.tails
    for subject, ends in told.items():
        for kinds in ends.values():
            if len(kinds) == 1 and kinds != ("Agent",):
                vote(clusters[subject], kinds, ontology)


def cell_tails(cell: Field, text: str, at: Places, headings: Headings) -> list[int | Value]:
    """What a cell says: a date, the clusters of its names, or a number."""
    raw = cell.span.of(text).strip()
    date = whole_date(raw)
    if date is not None and headings.is_dated(cell.meaning):
        return [Value(ValueKind.DATE, date)]
    named = _clusters_in(cell.span, at)
    if _places_in_places(cell, text, at, headings):
        named = named[:1]
    if (date is not None or not named) and (number := number_in(raw, cell.heading)) is not None:
        return [number]
    return [*named] if date is None else [Value(ValueKind.DATE, date)]


def _places_in_places(cell: Field, text: str, at: Places, headings: Headings) -> list[tuple[int, int]]:
    """ "Ulm, Baden, Germany" where one place is told: each lies in the next. Elsewhere it is a list."""
    if headings.expected(cell.meaning) != "Place" or not headings.is_single(cell.meaning):
        return []
    names = names_in(cell.span, at)
    between = [text[end:start].strip() for (_, end, _), (start, _, _) in pairwise(names)]
    if any(sign != "," for sign in between):
        return []
    return [(inner, outer) for (*_, inner), (*_, outer) in pairwise(names) if inner != outer]


def names_in(span: Span, at: Places) -> Places:
    low, high = bisect_left(at, (span.start, 0, 0)), bisect_left(at, (span.end, 0, 0))
    return [name for name in at[low:high] if name[1] <= span.end]


def _clusters_in(span: Span, at: Places) -> list[int]:
    return list(dict.fromkeys(index for _, _, index in names_in(span, at)))


def _subjects(
    rows: Sequence[Row], at: Places, topic: int | None, sections: Mapping[int, int]
) -> Iterator[tuple[Row, int, int | None]]:
    """Rows that speak of one thing, with that and the topic of their section."""
    for row in rows:
        about = sections.get(row.section, topic)
        subjects = [about] if row.subject is None else _clusters_in(row.subject, at)
        if len(subjects) == 1 and subjects[0] is not None:
            yield row, subjects[0], about


def _when(row: Row, text: str) -> When:
    dates = {
        f.meaning.special: whole_date(f.span.of(text))
        for f in row.fields
        if f.meaning.special in (SINCE, UNTIL, AT)
    }
    return When(since=dates.get(SINCE), until=dates.get(UNTIL), at=dates.get(AT))


def _cell(
    cell: Field, row: Row, text: str, at: Places, subject: int, when: When, headings: Headings
) -> list[Statement]:
    if whole_date(cell.span.of(text)) is not None:
        when = When()
    found: list[Statement] = []
    for tail in cell_tails(cell, text, at, headings):
        head, end = (subject, tail) if isinstance(tail, Value) or cell.meaning.forward else (tail, subject)
        found.append(
            Statement(
                head=head,
                lookups=cell.meaning.phrases,
                tail=end,
                span=row.span,
                permille=_SURE,
                when=when,
                aspect=STATE,
                nominal=isinstance(tail, int),
                mapped_only=True,
            )
        )
    for inner, outer in _places_in_places(cell, text, at, headings):
        found.append(Statement(inner, ("locate in",), outer, row.span, _SURE, mapped_only=True))
    return found


def _id(cell: Field, row: Row, text: str, subject: int) -> Statement:
    """What the document tells its things of this kind apart by."""
    kind = (("kind", " ".join(cell.heading.split()).lower()),)
    value = Value(ValueKind.TEXT, cell.span.of(text).strip())
    return Statement(subject, (HAS_ID,), value, row.span, _SURE, qualifiers=kind)


def _posts(
    cell: Field, row: Row, text: str, at: Places, subject: int, topic: int | None,
    clusters: Sequence[Cluster], when: When,
) -> list[Statement]:  # fmt: skip
    """ "Director of X", or a bare post at the row's organisation, else at the topic's."""
    raw = cell.span.of(text).strip()
    bodies = _clusters_in(cell.span, at)
    post = re.split(r"\s*(?:,|\bof\b|\bat\b|\bfor\b)\s*", raw, maxsplit=1)[0].strip().lower()
    if not bodies:
        bodies = [
            body
            for other in row.fields
            if "work for" in other.meaning.phrases
            for body in _clusters_in(other.span, at)
        ]
    if not bodies and topic is not None and topic != subject and clusters[topic].type == "Organization":
        bodies = [topic]
    if not re.fullmatch(r"[a-z][a-z -]{1,40}", post):
        return []
    words = post.split()
    lookups = (*(f"{' '.join(words[k:])} of" for k in range(len(words))), "work at")
    return [
        Statement(
            subject,
            lookups,
            body,
            row.span,
            _SURE,
            when,
            aspect=START if when.since else STATE,
            nominal=True,
            mapped_only=True,
        )
        for body in bodies[:1]
    ]
