"""Reading evidence. But for ``read_evidence`` and ``claims_standing``, only what is live is ever returned.

Live means: of the content's published run, while a source points at the content. With ``taken``, what a fuse
pass takes in, it means: of the run given there for the content, if any; of a content not named there the run
that the last pass left, whatever came since. Lists are in the order of their documents' ids and, within one,
of publication.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, FromClause, Row, Table, and_, select

from graph.errors import IntegrityError, NotFound
from graph.ledger import rows
from graph.ledger.bulk import slices
from graph.ledger.publish import SLICE, run_id
from graph.ledger.tables import chunk, claim, content, element, fused_run, mention, referent, run, run_text
from graph.types import (
    Chunk,
    Claim,
    ClaimId,
    ContentId,
    Element,
    Evidence,
    PartialDate,
    PipelineId,
    Referent,
    ReferentId,
    Span,
    WorkspaceId,
)

Taken = Mapping[ContentId, bytes | None]  # by content: its run


@dataclass(frozen=True, slots=True)
class Layout:
    """A live document's run without its text and its claims."""

    content: ContentId
    pipeline: PipelineId
    title: str
    media_type: str
    pages: int | None
    stated: PartialDate | None
    signature: tuple[int, ...]
    elements: tuple[Element, ...]
    chunks: tuple[Chunk, ...]


def read_evidence(
    conn: Connection, workspace: WorkspaceId, of: ContentId, pipeline: PipelineId | None = None
) -> Evidence:
    """What was published, live or not: by ``pipeline``, or else by the one published last.

    NotFound where nothing was; IntegrityError where the stored text is not what was published.
    """
    wanted = select(run).where(run.c.workspace == workspace, run.c.status == "published")
    if pipeline is None:
        last = select(content.c.run).where(content.c.workspace == workspace, content.c.id == of)
        wanted = wanted.where(run.c.id == last.scalar_subquery())
    else:
        wanted = wanted.where(run.c.id == run_id(workspace, of, pipeline))
    head = conn.execute(wanted).one_or_none()
    if head is None:
        raise NotFound("nothing is published for this document")

    def part(table: Table) -> Iterator[Row[Any]]:
        query = select(table).where(table.c.workspace == workspace, table.c.run == head.id)
        yield from conn.execute(query.order_by(table.c.ord))

    text = "".join(_verified(row) for row in part(run_text))
    if len(text) != head.length:
        raise IntegrityError(f"document {of.hex()}: a slice of its stored text is missing")
    return Evidence(
        content=of,
        pipeline=PipelineId(head.pipeline),
        text=text,
        title=head.title,
        media_type=head.media_type,
        pages=head.pages,
        stated=head.stated,
        signature=tuple(head.signature),
        elements=tuple(map(rows.element, part(element))),
        chunks=tuple(map(rows.chunk, part(chunk))),
        referents=tuple(rows.referent(row, of) for row in part(referent)),
        mentions=tuple(map(rows.mention, part(mention))),
        claims=tuple(rows.claim(row, of) for row in part(claim)),
    )


def referents_of(conn: Connection, workspace: WorkspaceId, contents: Sequence[ContentId]) -> list[Referent]:
    return [rows.referent(row, of) for of, row in _of(conn, workspace, referent, contents)]


def referents(
    conn: Connection, workspace: WorkspaceId, ids: Sequence[ReferentId], taken: Taken | None = None
) -> list[Referent]:
    """Those of ``ids`` that are live."""
    return [rows.referent(row, of) for of, row in _by(conn, workspace, referent, referent.c.id, ids, taken)]


def claims_of(conn: Connection, workspace: WorkspaceId, contents: Sequence[ContentId]) -> list[Claim]:
    return [rows.claim(row, of) for of, row in _of(conn, workspace, claim, contents)]


def claims_at(
    conn: Connection, workspace: WorkspaceId, ends: Sequence[ReferentId], taken: Taken | None = None
) -> list[Claim]:
    """Live claims whose head or tail is among ``ends``, each once, by id."""
    found = {
        row.id: rows.claim(row, of)
        for end in (claim.c.head, claim.c.tail)
        for of, row in _by(conn, workspace, claim, end, ends, taken)
    }
    return [found[i] for i in sorted(found)]


def claims(
    conn: Connection, workspace: WorkspaceId, ids: Sequence[ClaimId], taken: Taken | None = None
) -> list[Claim]:
    """Those of ``ids`` that are live."""
    return [rows.claim(row, of) for of, row in _by(conn, workspace, claim, claim.c.id, ids, taken)]


def claims_standing(conn: Connection, workspace: WorkspaceId, ids: Sequence[ClaimId]) -> list[Claim]:
    """Those of ``ids`` that a live document makes, or made when it was read otherwise: of a former reading
    only what the present one has the same words for at the same place."""
    made: list[tuple[ContentId, Row[Any]]] = []
    for some in slices(sorted(set(ids))):
        of_run = and_(run.c.workspace == claim.c.workspace, run.c.id == claim.c.run)
        columns: list[Column[Any]] = [*claim.c, run.c.content]
        query = select(*columns).join_from(claim, run, of_run)
        found = conn.execute(query.where(claim.c.workspace == workspace, claim.c.id.in_(some)))
        made += [(ContentId(row.content), row) for row in found]
    runs = live_runs(conn, workspace, sorted({of for of, _ in made}))
    then: dict[bytes, list[Span]] = defaultdict(list)
    now: dict[ContentId, list[Span]] = defaultdict(list)
    for of, row in made:
        if of in runs and row.run != runs[of].id:
            then[row.run].append(Span(row.start, row.end))
            now[of].append(Span(row.start, row.end))
    read, reads = _texts(conn, workspace, then), texts_at(conn, workspace, now)

    def stands(of: ContentId, row: Row[Any]) -> bool:
        span = Span(row.start, row.end)
        return of in runs and (row.run == runs[of].id or read[row.run, span] == reads.get((of, span)))

    made.sort(key=lambda each: (each[0], each[1].ord, each[1].id))
    return [rows.claim(row, of) for of, row in made if stands(of, row)]


def chunks(
    conn: Connection, workspace: WorkspaceId, ids: Sequence[bytes]
) -> dict[bytes, tuple[ContentId, Chunk]]:
    """Those of ``ids`` that are live, with their documents."""
    found = _by(conn, workspace, chunk, chunk.c.id, ids)
    return {row.id: (of, rows.chunk(row)) for of, row in found}


def numbered_chunks(
    conn: Connection, workspace: WorkspaceId, numbers: Mapping[ContentId, Collection[int]]
) -> dict[bytes, tuple[ContentId, Chunk]]:
    """Live chunks by document and ``ord``, in that order."""
    runs = {row.id: of for of, row in live_runs(conn, workspace, list(numbers)).items()}
    every = sorted({number for some in numbers.values() for number in some})
    found: dict[bytes, tuple[ContentId, Chunk]] = {}
    for some in slices(sorted(runs, key=lambda each: runs[each])):
        query = select(chunk).where(
            chunk.c.workspace == workspace, chunk.c.run.in_(some), chunk.c.ord.in_(every)
        )
        for of, row in _ordered(conn.execute(query), runs):
            if row.ord in numbers[of]:
                found[row.id] = of, rows.chunk(row)
    return found


def layouts(
    conn: Connection, workspace: WorkspaceId, contents: Sequence[ContentId], taken: Taken | None = None
) -> dict[ContentId, Layout]:
    elements: dict[ContentId, list[Element]] = {}
    for of, row in _of(conn, workspace, element, contents, taken):
        elements.setdefault(of, []).append(rows.element(row))
    chunked: dict[ContentId, list[Chunk]] = {}
    for of, row in _of(conn, workspace, chunk, contents, taken):
        chunked.setdefault(of, []).append(rows.chunk(row))
    return {
        of: Layout(
            content=of,
            pipeline=PipelineId(row.pipeline),
            title=row.title,
            media_type=row.media_type,
            pages=row.pages,
            stated=row.stated,
            signature=tuple(row.signature),
            elements=tuple(elements.get(of, ())),
            chunks=tuple(chunked.get(of, ())),
        )
        for of, row in live_runs(conn, workspace, contents, taken).items()
    }


def live_runs(
    conn: Connection, workspace: WorkspaceId, contents: Sequence[ContentId], taken: Taken | None = None
) -> dict[ContentId, Row[Any]]:
    """The published run's row of each content that is live."""
    found: dict[ContentId, Row[Any]] = {}
    for some in slices(contents):
        if taken is not None:
            of_these = _counting(conn, workspace, run.c.content.in_(some), taken, *run.c)
        else:
            published = and_(
                content.c.workspace == run.c.workspace, content.c.run == run.c.id, content.c.live
            )
            query = select(*run.c).join_from(content, run, published)
            mine = (content.c.workspace == workspace, content.c.id.in_(some))
            of_these = iter(conn.execute(query.where(*mine)))
        found |= {ContentId(row.content): row for row in of_these}
    return found


def texts_at(
    conn: Connection,
    workspace: WorkspaceId,
    spans: Mapping[ContentId, Sequence[Span]],
    taken: Taken | None = None,
) -> dict[tuple[ContentId, Span], str]:
    """The text at each span of each live document, checked against the hash it was published with.

    Only the slices that the spans touch are read. A span outside its text is left out.
    """
    runs = live_runs(conn, workspace, list(spans), taken)
    inside = {
        row.id: [span for span in spans[of] if 0 <= span.start < span.end <= row.length]
        for of, row in runs.items()
    }
    found = _texts(conn, workspace, inside)
    return {(of, span): found[row.id, span] for of, row in runs.items() for span in inside[row.id]}


def _texts(
    conn: Connection, workspace: WorkspaceId, spans: Mapping[bytes, Sequence[Span]]
) -> dict[tuple[bytes, Span], str]:
    """The text at spans of these runs, which lie inside it."""
    needed = {
        of: {o for span in some for o in range(span.start // SLICE, (span.end - 1) // SLICE + 1)}
        for of, some in spans.items()
    }
    stored: dict[tuple[bytes, int], str] = {}
    for some in slices(sorted(needed), 100):
        for part in slices(sorted({o for of in some for o in needed[of]})):
            query = select(run_text).where(
                run_text.c.workspace == workspace, run_text.c.run.in_(some), run_text.c.ord.in_(part)
            )
            for row in conn.execute(query):
                if row.ord in needed[row.run]:
                    stored[row.run, row.ord] = _verified(row)
    return {(of, span): _cut(stored, of, span) for of, some in spans.items() for span in some}


def _cut(stored: Mapping[tuple[bytes, int], str], of: bytes, span: Span) -> str:
    first = span.start // SLICE
    try:
        whole = "".join(stored[of, ord_] for ord_ in range(first, (span.end - 1) // SLICE + 1))
    except KeyError as error:
        raise IntegrityError(f"run {of.hex()}: a slice of its stored text is missing") from error
    return whole[span.start - first * SLICE : span.end - first * SLICE]


def _verified(row: Row[Any]) -> str:
    text: str = row.text
    if sha256(text.encode()).digest() != row.sha256:
        raise IntegrityError(f"run {row.run.hex()}: its stored text was changed after it was published")
    return text


def live(table: Table) -> FromClause:
    """``table`` joined with the live content whose published run its rows belong to."""
    of_run = and_(run.c.workspace == table.c.workspace, run.c.id == table.c.run)
    return table.join(run, of_run).join(content, _PUBLISHED)


_PUBLISHED = and_(
    content.c.workspace == run.c.workspace,
    content.c.id == run.c.content,
    content.c.run == run.c.id,
    content.c.live,
)
_Found = Iterator[tuple[ContentId, Row[Any]]]


# Liveness is looked up apart from the rows: in one join, SQLite's planner reads the workspace's whole table.


def _of(
    conn: Connection,
    workspace: WorkspaceId,
    table: Table,
    contents: Sequence[ContentId],
    taken: Taken | None = None,
) -> _Found:
    """Rows of ``table`` of these contents' published runs, where they are live."""
    runs = {row.id: of for of, row in live_runs(conn, workspace, contents, taken).items()}
    for some in slices(sorted(runs, key=lambda each: runs[each])):
        query = select(table).where(table.c.workspace == workspace, table.c.run.in_(some))
        yield from _ordered(conn.execute(query), runs)


def _by(
    conn: Connection,
    workspace: WorkspaceId,
    table: Table,
    column: Column[Any],
    ids: Sequence[bytes],
    taken: Taken | None = None,
) -> _Found:
    """Live rows of ``table`` whose ``column`` is among ``ids``."""
    for some in slices(sorted(set(ids))):
        query = select(table).where(table.c.workspace == workspace, column.in_(some))
        found = conn.execute(query).all()
        yield from _ordered(found, _live_among(conn, workspace, {row.run for row in found}, taken))


def _live_among(
    conn: Connection, workspace: WorkspaceId, runs: set[bytes], taken: Taken | None
) -> dict[bytes, ContentId]:
    """The contents of those runs that are live."""
    found: dict[bytes, ContentId] = {}
    for some in slices(sorted(runs)):
        if taken is not None:
            of_these = _counting(conn, workspace, run.c.id.in_(some), taken, run.c.id, run.c.content)
        else:
            query = select(run.c.id, run.c.content).join_from(run, content, _PUBLISHED)
            of_these = iter(conn.execute(query.where(run.c.workspace == workspace, run.c.id.in_(some))))
        found |= {row.id: ContentId(row.content) for row in of_these}
    return found


def _counting(
    conn: Connection, workspace: WorkspaceId, which: ColumnElement[bool], taken: Taken, *columns: Column[Any]
) -> Iterator[Row[Any]]:
    """Those of these runs that count for a pass; ``columns`` of run, ``id`` and ``content`` among them."""
    left = and_(fused_run.c.workspace == run.c.workspace, fused_run.c.content == run.c.content)
    wanted: list[ColumnElement[Any]] = [*columns, fused_run.c.run.label("left")]
    query = select(*wanted).join_from(run, fused_run, left, isouter=True)
    for row in conn.execute(query.where(run.c.workspace == workspace, which)):
        if taken.get(ContentId(row.content), row.left) == row.id:
            yield row


def _ordered(found: Iterable[Row[Any]], contents: Mapping[bytes, ContentId]) -> _Found:
    """Rows of live runs with their contents, by content and place."""
    live_rows = ((contents[row.run], row) for row in found if row.run in contents)
    yield from sorted(live_rows, key=lambda pair: (pair[0], pair[1].ord))
