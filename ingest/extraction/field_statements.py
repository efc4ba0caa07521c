"""Fields to statements: each cell said of its row's thing, dated by the row's dates."""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence

from graph.types import Span, Value, ValueKind
from ingest.extraction.clusters import Cluster
from ingest.extraction.fields import AT, FROM_ROW, ROLE, SINCE, UNTIL, Field, Row
from ingest.extraction.stance import When
from ingest.extraction.statements import START, STATE, Statement
from ingest.extraction.values import number_in, whole_date

_SURE = 940
Places = Sequence[tuple[int, int, int]]  # sorted (start, end, cluster) of every name


def field_statements(
    rows: Sequence[Row],
    text: str,
    clusters: Sequence[Cluster],
    topic: int | None,
    headings: Mapping[int, int],
) -> list[Statement]:
    """A row without a subject speaks of its section's topic, else the document's, else of nothing."""
    at = sorted(
        (name.start, name.end, index) for index, cluster in enumerate(clusters) for name in cluster.names
    )
    found: list[Statement] = []
    for row in rows:
        about = headings.get(row.section, topic)
        subjects = (
            _clusters_in(row.subject, at) if row.subject is not None else [about] if about is not None else []
        )
        if len(subjects) != 1:
            continue
        when = _when(row, text)
        for cell in row.fields:
            if cell.special == ROLE:
                found += _posts(cell, row, text, at, subjects[0], about, clusters, when)
            elif not cell.special:
                found += _cell(cell, row, text, at, subjects[0], when)
    return found


def _clusters_in(span: Span, at: Places) -> list[int]:
    low, high = bisect_left(at, (span.start, 0, 0)), bisect_left(at, (span.end, 0, 0))
    return list(dict.fromkeys(index for _, end, index in at[low:high] if end <= span.end))


def _when(row: Row, text: str) -> When:
    dates = {f.special: whole_date(f.span.of(text)) for f in row.fields if f.special in (SINCE, UNTIL, AT)}
    return When(since=dates.get(SINCE), until=dates.get(UNTIL), at=dates.get(AT))


def _cell(
    cell: Field, row: Row, text: str, at: Places, subject: int, when: When
) -> list[Statement]:  # fmt: skip
    raw = cell.span.of(text).strip()
    date = whole_date(raw)
    tails: list[int | Value] = [*_clusters_in(cell.span, at)]
    if date is not None:
        tails = [Value(ValueKind.DATE, date)]
        when = When()
    if (date is None or not _dates_wanted(cell)) and not any(isinstance(t, int) for t in tails):
        number = number_in(raw, cell.heading)
        if number is not None and (date is None or not _dates_wanted(cell)):
            tails = [number]
    found: list[Statement] = []
    for tail in tails:
        forward = isinstance(tail, Value) or bool(set(cell.phrases) & FROM_ROW)
        found.append(
            Statement(
                head=subject if forward or isinstance(tail, Value) else tail,
                lookups=cell.phrases,
                tail=tail if forward or isinstance(tail, Value) else subject,
                span=row.span,
                permille=_SURE,
                when=when,
                aspect=STATE,
                nominal=not isinstance(tail, Value),
                mapped_only=True,
            )
        )
    return found


def _dates_wanted(cell: Field) -> bool:
    return any(phrase.rsplit(" ", 1)[-1] in ("in", "on") for phrase in cell.phrases)


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
            if "work for" in other.phrases
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
