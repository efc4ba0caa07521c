"""Verbatim, checked quotes of live evidence, for whoever answers from it."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, and_, func, select

from graph.ledger import evidence
from graph.ledger.bulk import slices
from graph.ledger.documents import Document, documents
from graph.ledger.engine import Ledger
from graph.ledger.evidence import Layout, Taken
from graph.ledger.tables import claim, fact, fact_claim
from graph.ports import ChunkText, Citation
from graph.types import (
    Chunk,
    ClaimId,
    ContentId,
    FactId,
    FactStatus,
    Span,
    WorkspaceId,
)


class LedgerEvidence:
    """Implements ``graph.ports.EvidenceReader``: a fixed number of queries for any number of ids.

    Each call reads one snapshot. IntegrityError where stored text is not what was published.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def chunks(self, workspace: WorkspaceId, ids: Sequence[bytes]) -> list[ChunkText]:
        """The live ones, in the order of ``ids``."""
        with self._ledger.read() as conn:
            found = evidence.chunks(conn, workspace, ids)
            texts = _texts(conn, workspace, found)
        return [texts[id_] for id_ in ids if id_ in texts]

    def chunks_of_documents(
        self, workspace: WorkspaceId, numbers: Mapping[ContentId, Collection[int]]
    ) -> list[ChunkText]:
        """The live ones, by document and place."""
        if not any(numbers.values()):
            return []
        with self._ledger.read() as conn:
            found = evidence.numbered_chunks(conn, workspace, numbers)
            return list(_texts(conn, workspace, found).values())

    def cite_claims(self, workspace: WorkspaceId, ids: Sequence[ClaimId]) -> dict[ClaimId, Citation]:
        with self._ledger.read() as conn:
            found = evidence.claims(conn, workspace, ids)
            cited = cite(conn, workspace, [(q.content, q.span) for q in found])
        return {q.id: cited[q.content, q.span] for q in found}

    def cite_span(self, workspace: WorkspaceId, content: ContentId, span: Span) -> Citation | None:
        """``None`` for a span that is empty or outside the text, too."""
        with self._ledger.read() as conn:
            return cite(conn, workspace, [(content, span)]).get((content, span))

    def claims_of_facts(
        self, workspace: WorkspaceId, ids: Sequence[FactId], limit_each: int
    ) -> dict[FactId, tuple[ClaimId, ...]]:
        """The first live claims of each fact, by id; of an inferred one the first of each of its grounds."""
        with self._ledger.read() as conn:
            found = _first_claims(conn, workspace, ids, limit_each)
            grounds = _grounds(conn, workspace, [id_ for id_ in ids if id_ not in found])
            first = _first_claims(conn, workspace, sorted({g for some in grounds.values() for g in some}), 1)
        for id_, its in grounds.items():
            if all(ground in first for ground in its):  # else one of them is no longer borne out
                found[id_] = tuple(dict.fromkeys(claim for ground in its for claim in first[ground]))
        return found


class Passage(NamedTuple):
    quote: str
    page: int | None
    heading: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Name:
    document: str
    uri: str


def _first_claims(
    conn: Connection, workspace: WorkspaceId, ids: Sequence[FactId], limit_each: int
) -> dict[FactId, tuple[ClaimId, ...]]:
    found: dict[FactId, tuple[ClaimId, ...]] = {}
    place = func.row_number().over(partition_by=fact_claim.c.fact, order_by=fact_claim.c.claim)
    of_claim = and_(claim.c.workspace == fact_claim.c.workspace, claim.c.id == fact_claim.c.claim)
    joined = evidence.live(claim).join(fact_claim, of_claim)
    for some in slices(ids):
        ranked = (
            select(fact_claim.c.fact, fact_claim.c.claim, place.label("place"))
            .select_from(joined)
            .where(fact_claim.c.workspace == workspace, fact_claim.c.fact.in_(some))
            .subquery()
        )
        query = select(ranked).where(ranked.c.place <= limit_each)
        for row in conn.execute(query.order_by(ranked.c.fact, ranked.c.claim)):
            found[FactId(row.fact)] = (*found.get(FactId(row.fact), ()), ClaimId(row.claim))
    return found


def _grounds(
    conn: Connection, workspace: WorkspaceId, ids: Sequence[FactId]
) -> dict[FactId, tuple[FactId, ...]]:
    """What each inferred one of these facts follows from."""
    found: dict[FactId, tuple[FactId, ...]] = {}
    for some in slices(ids):
        mine = (fact.c.workspace == workspace, fact.c.id.in_(some))
        inferred = select(fact.c.id, fact.c.grounds).where(*mine, fact.c.status == FactStatus.INFERRED.value)
        for row in conn.execute(inferred):
            found[FactId(row.id)] = tuple(FactId(bytes.fromhex(ground)) for ground in row.grounds)
    return found


def cite(
    conn: Connection, workspace: WorkspaceId, places: Sequence[tuple[ContentId, Span]]
) -> dict[tuple[ContentId, Span], Citation]:
    """Checked quotes of live evidence at these spans; one that is empty or outside its text is left out."""
    found = passages(conn, workspace, places)
    named = _names(conn, workspace, {of for of, _ in found})
    return {
        (of, span): Citation(
            content=of,
            document=named[of].document,
            uri=named[of].uri,
            page=each.page,
            span=span,
            quote=each.quote,
            heading=each.heading,
        )
        for (of, span), each in found.items()
    }


def passages(
    conn: Connection,
    workspace: WorkspaceId,
    places: Sequence[tuple[ContentId, Span]],
    taken: Taken | None = None,
) -> dict[tuple[ContentId, Span], Passage]:
    """As ``cite``, without the documents' names."""
    texts = evidence.texts_at(conn, workspace, _by_content(places), taken)
    layouts = evidence.layouts(conn, workspace, sorted({of for of, _ in texts}), taken)
    located = {of: _Locator(layout) for of, layout in layouts.items()}
    return {
        (of, span): Passage(quote, *located[of].locate(span.start)) for (of, span), quote in texts.items()
    }


class _Locator:
    """Page and heading of an offset: of the last element that begins at or before it, else of its chunk."""

    def __init__(self, layout: Layout) -> None:
        paged = sorted((e.span.start, e.page) for e in layout.elements if e.page is not None)
        self._starts = [start for start, _ in paged]
        self._pages = [page for _, page in paged]
        self._chunks = sorted(layout.chunks, key=lambda each: each.span)
        self._chunk_starts = [each.span.start for each in self._chunks]

    def locate(self, offset: int) -> tuple[int | None, tuple[str, ...]]:
        at = bisect_right(self._starts, offset)
        around = self._chunk(offset)
        page = self._pages[at - 1] if at else around.page if around else None
        return page, around.heading if around else ()

    def _chunk(self, offset: int) -> Chunk | None:
        at = bisect_right(self._chunk_starts, offset)
        return self._chunks[at - 1] if at and offset < self._chunks[at - 1].span.end else None


def _texts(
    conn: Connection, workspace: WorkspaceId, found: Mapping[bytes, tuple[ContentId, Chunk]]
) -> dict[bytes, ChunkText]:
    texts = evidence.texts_at(conn, workspace, _by_content((of, c.span) for of, c in found.values()))
    named = _names(conn, workspace, {of for of, _ in found.values()})
    return {
        id_: ChunkText(
            id=id_,
            content=of,
            ord=each.ord,
            span=each.span,
            text=texts[of, each.span],
            page=each.page,
            heading=each.heading,
            document=named[of].document,
            uri=named[of].uri,
        )
        for id_, (of, each) in found.items()
    }


def _names(conn: Connection, workspace: WorkspaceId, contents: Iterable[ContentId]) -> dict[ContentId, _Name]:
    return {of: _name(each) for of, each in documents(conn, workspace, sorted(contents)).items()}


def _name(document: Document) -> _Name:
    return _Name(document.title or document.filename, document.sources[0].uri)


def _by_content(places: Iterable[tuple[ContentId, Span]]) -> dict[ContentId, list[Span]]:
    grouped: dict[ContentId, list[Span]] = {}
    for of, span in places:
        grouped.setdefault(of, []).append(span)
    return grouped
