"""Fields to statements: each cell said of its row's thing, dated by the row's dates."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from graph.fusion.dates import whole_date
from graph.fusion.testimony import HAS_ID
from graph.ontology import Ontology
from graph.types import PartialDate, Span, Value, ValueKind
from ingest.extraction import lexicon
from ingest.extraction.amounts import number_in
from ingest.extraction.clusters import Cluster
from ingest.extraction.fields import Field, Row
from ingest.extraction.headings import AT, ID, ROLE, SINCE, UNTIL, Headings
from ingest.extraction.offices import OFFICES, Modifier, is_employed, wordings
from ingest.extraction.stance import When
from ingest.extraction.statements import START, STATE, Statement
from ingest.extraction.type_votes import vote

_SURE = 940
Places = Sequence[tuple[int, int, int]]  # sorted (start, end, cluster) of every name


class _Cell(NamedTuple):
    """What a cell says: dates, numbers and the clusters of its names; and which of its names lie in which, as
    (start of the inner, its cluster, cluster of the outer)."""

    tails: list[int | Value]
    nested: list[tuple[int, int, int]]


class FieldReader:
    """What the rows of a document say. A row without a subject speaks of its section's topic (``sections``),
    else the document's, else of nothing."""

    def __init__(
        self,
        rows: Sequence[Row],
        text: str,
        clusters: Sequence[Cluster],
        topic: int | None,
        sections: Mapping[int, int],
        headings: Headings,
    ) -> None:
        self._rows = rows
        self._text = text
        self._clusters = clusters
        self._topic = topic
        self._sections = sections
        self._headings = headings
        self._at: Places = sorted(
            (name.start, name.end, index) for index, cluster in enumerate(clusters) for name in cluster.names
        )

    def statements(self) -> list[Statement]:
        found: list[Statement] = []
        for row, subject, about in self._subjects():
            when = _when(row, self._text)
            start = self._start(row)
            for cell in row.fields:
                if cell.meaning.special == ROLE:
                    found += self._posts(cell, row, start, subject, about, when)
                elif cell.meaning.special == ID and row.subject is not None:
                    found.append(_id(cell, row, start, self._text, subject))
                elif not cell.meaning.special:
                    found += self._cell(cell, row, start, subject, when)
        return found

    def vote(self, ontology: Ontology) -> None:
        """Who has a date of birth is a person: fields tell what their thing is, where its name does not.

        Only ends of relations that are of one type count, and each relation once, however many rows have it.
        """
        told: dict[int, dict[str, tuple[str, ...]]] = defaultdict(dict)
        for row, subject, _ in self._subjects():
            for cell in row.fields:
                for tail in self._read(cell).tails[:1]:
                    if (relation := self._headings.meant(cell.meaning, tail)) is not None:
                        is_head = cell.meaning.forward or isinstance(tail, Value)
                        told[subject][relation.name] = relation.heads if is_head else relation.tails
        for subject, ends in told.items():
            for kinds in ends.values():
                if len(kinds) == 1 and kinds != ("Agent",):
                    vote(self._clusters[subject], kinds, ontology)

    def _read(self, cell: Field) -> _Cell:
        raw = cell.span.of(self._text).strip()
        date = whole_date(raw)
        if date is not None and self._headings.is_dated(cell.meaning):
            return _Cell([Value(ValueKind.DATE, date)], [])
        nested = self._places_in_places(cell)
        named = [nested[0][1]] if nested else self._clusters_in(cell.span)
        if (date is not None or not named) and (number := number_in(raw, cell.heading)) is not None:
            return _Cell([number], nested)
        return _Cell([*named] if date is None else [Value(ValueKind.DATE, date)], nested)

    def _places_in_places(self, cell: Field) -> list[tuple[int, int, int]]:
        """ "Ulm, Baden, Germany" where one place is told: each lies in the next. Elsewhere it is a list."""
        if self._headings.expected(cell.meaning) != "Place" or not self._headings.is_single(cell.meaning):
            return []
        pairs = list(pairwise(names_in(cell.span, self._at)))
        if any(self._text[end:start].strip() != "," for (_, end, _), (start, _, _) in pairs):
            return []
        return [(start, inner, outer) for (start, _, inner), (*_, outer) in pairs if inner != outer]

    def _clusters_in(self, span: Span) -> list[int]:
        return list(dict.fromkeys(index for _, _, index in names_in(span, self._at)))

    def _subjects(self) -> Iterator[tuple[Row, int, int | None]]:
        """Rows that speak of one thing, with that and the topic of their section."""
        for row in self._rows:
            about = self._sections.get(row.section, self._topic)
            subjects = [about] if row.subject is None else self._clusters_in(row.subject)
            if len(subjects) == 1 and subjects[0] is not None:
                yield row, subjects[0], about

    def _start(self, row: Row) -> int:
        """Where a row names what it speaks of, or begins."""
        return row.span.start if row.subject is None else names_in(row.subject, self._at)[0][0]

    def _cell(self, cell: Field, row: Row, at: int, subject: int, when: When) -> list[Statement]:
        if whole_date(cell.span.of(self._text)) is not None:
            when = When()
        elif cell.year is not None and not when:
            when = When(at=PartialDate(cell.year))
        said = self._read(cell)
        found: list[Statement] = []
        for tail in said.tails:
            forward = isinstance(tail, Value) or cell.meaning.forward
            head, end = (subject, tail) if isinstance(tail, Value) or forward else (tail, subject)
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
                    at=at if forward else cell.span.start,
                    close=True,
                )
            )
        for start, inner, outer in said.nested:
            found.append(
                Statement(
                    inner, ("locate in",), outer, row.span, _SURE, mapped_only=True, at=start, close=True
                )
            )
        return found

    def _posts(
        self, cell: Field, row: Row, at: int, subject: int, topic: int | None, when: When
    ) -> list[Statement]:
        """ "Director of X", or a bare post at the row's organisation, else at the topic's."""
        raw = cell.span.of(self._text)
        bodies = self._clusters_in(cell.span)
        behind = re.search(r"\s*(?:,|\bof\b|\bat\b|\bfor\b)\s*(?:the\s+)?|$", raw)
        assert behind is not None
        post = raw[: behind.start()].strip().lower()
        of_part = self._is_domain(Span(cell.span.start + behind.end(), cell.span.end))
        if not bodies:
            bodies = [
                body
                for other in row.fields
                if "work for" in other.meaning.phrases
                for body in self._clusters_in(other.span)
            ]
        if not bodies and topic is not None and topic != subject:
            bodies = [topic] if self._clusters[topic].type == "Organization" else []
        if not re.fullmatch(r"[a-z][a-z -]{1,40}", post):
            return []
        return [
            Statement(
                subject,
                _lookups(each, of_part=of_part),
                body,
                row.span,
                _SURE,
                when,
                aspect=START if when.since else STATE,
                nominal=True,
                mapped_only=True,
                at=at,
                close=True,
            )
            for each in post.split(" and ")
            for body in bodies[:1]
        ]

    def _is_domain(self, behind: Span) -> bool:
        """Whether what stands behind a post is what it is over, "Sales", and no body or post."""
        words = lexicon.words_of(behind.of(self._text))
        named = any(start == behind.start for start, _, _ in names_in(behind, self._at))
        return bool(words) and not named and words[0] not in lexicon.POSTS


def _lookups(post: str, *, of_part: bool) -> tuple[str, ...]:
    """What a post in lower case is looked up as; an office of some part only as work."""
    *before, noun = re.split("[ -]+", post.strip())
    modifiers = [Modifier(word, is_noun=True) for word in before]
    bases = [] if of_part and noun in OFFICES else wordings(modifiers, noun)
    return (*(f"{base} of" for base in bases), *["work at"] * is_employed(modifiers))


def names_in(span: Span, at: Places) -> Places:
    low, high = bisect_left(at, (span.start, 0, 0)), bisect_left(at, (span.end, 0, 0))
    return [name for name in at[low:high] if name[1] <= span.end]


def _when(row: Row, text: str) -> When:
    dates = {
        f.meaning.special: whole_date(f.span.of(text))
        for f in row.fields
        if f.meaning.special in (SINCE, UNTIL, AT)
    }
    return When(since=dates.get(SINCE), until=dates.get(UNTIL), at=dates.get(AT))


def _id(cell: Field, row: Row, at: int, text: str, subject: int) -> Statement:
    """What the document tells its things of this kind apart by."""
    kind = (("kind", " ".join(cell.heading.split()).lower()),)
    value = Value(ValueKind.TEXT, cell.span.of(text).strip())
    return Statement(subject, (HAS_ID,), value, row.span, _SURE, qualifiers=kind, at=at, close=True)
