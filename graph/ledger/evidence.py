"""Reading evidence. But for ``read_evidence``, only what is live is ever returned.

Live means: of the content's published run, while a source points at the content. Lists are in the order of
their documents' ids and, within one, of publication.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Row, Select, Table, and_, select

from graph.errors import IntegrityError, NotFound
from graph.ledger import rows
from graph.ledger.bulk import slices
from graph.ledger.publish import SLICE, run_id
from graph.ledger.tables import chunk, claim, content, element, mention, referent, run, run_text
from graph.types import (
    Chunk,
    Claim,
    ClaimId,
    ContentId,
    Element,
    Evidence,
    Mention,
    PartialDate,
    PipelineId,
    Referent,
    ReferentId,
    Span,
    WorkspaceId,
)


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

    def part(table: Table, order: ColumnElement[Any]) -> Iterator[Row[Any]]:
        columns = (*table.c, run.c.content)
        query = select(*columns).join_from(table, run, _same_run(table))
        yield from conn.execute(
            query.where(table.c.workspace == workspace, table.c.run == head.id).order_by(order)
        )

    text = "".join(_verified(row) for row in part(run_text, run_text.c.ord))
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
        elements=tuple(map(rows.element, part(element, element.c.ord))),
        chunks=tuple(map(rows.chunk, part(chunk, chunk.c.ord))),
        referents=tuple(map(rows.referent, part(referent, referent.c.ord))),
        mentions=tuple(map(rows.mention, part(mention, mention.c.ord))),
        claims=tuple(map(rows.claim, part(claim, claim.c.ord))),
    )


def referents_of(conn: Connection, workspace: WorkspaceId, contents: Sequence[ContentId]) -> list[Referent]:
    found = _by(conn, workspace, referent, content.c.id, contents, referent.c.ord)
    return [rows.referent(row) for row in found]


def referents(conn: Connection, workspace: WorkspaceId, ids: Sequence[ReferentId]) -> list[Referent]:
    """Those of ``ids`` that are live."""
    return [rows.referent(row) for row in _by(conn, workspace, referent, referent.c.id, ids, referent.c.ord)]


def ever_published(
    conn: Connection, workspace: WorkspaceId, contents: Sequence[ContentId]
) -> tuple[set[ReferentId], set[ClaimId]]:
    """Referents and claims of all runs these contents ever published, live or not: what may have to go."""
    found: list[set[bytes]] = []
    for table in (referent, claim):
        ids: set[bytes] = set()
        for some in slices(contents):
            query = select(table.c.id).join_from(table, run, _same_run(table))
            query = query.where(run.c.workspace == workspace, run.c.content.in_(some))
            ids |= set(conn.scalars(query.where(run.c.status == "published")))
        found.append(ids)
    return {ReferentId(i) for i in found[0]}, {ClaimId(i) for i in found[1]}


def mentions_of(
    conn: Connection, workspace: WorkspaceId, of: Sequence[ReferentId]
) -> list[tuple[ContentId, Mention]]:
    """Every live mention of these referents, with its document."""
    found: list[tuple[ContentId, Mention]] = []
    for some in slices(of):
        query: Select[Any] = (
            select(*mention.c, content.c.id.label("content"))
            .select_from(
                live(referent).join(
                    mention,
                    and_(
                        mention.c.workspace == referent.c.workspace,
                        mention.c.run == referent.c.run,
                        mention.c.referent == referent.c.id,
                    ),
                )
            )
            .where(referent.c.workspace == workspace, referent.c.id.in_(some))
            .order_by(content.c.id, mention.c.ord)
        )
        found += [(ContentId(row.content), rows.mention(row)) for row in conn.execute(query)]
    return found


def claims_of(conn: Connection, workspace: WorkspaceId, contents: Sequence[ContentId]) -> list[Claim]:
    return [rows.claim(row) for row in _by(conn, workspace, claim, content.c.id, contents, claim.c.ord)]


def claims_at(conn: Connection, workspace: WorkspaceId, ends: Sequence[ReferentId]) -> list[Claim]:
    """Live claims whose head or tail is among ``ends``, each once, by id."""
    found = {
        row.id: rows.claim(row)
        for end in (claim.c.head, claim.c.tail)
        for row in _by(conn, workspace, claim, end, ends, claim.c.ord)
    }
    return [found[i] for i in sorted(found)]


def claims(conn: Connection, workspace: WorkspaceId, ids: Sequence[ClaimId]) -> list[Claim]:
    """Those of ``ids`` that are live."""
    return [rows.claim(row) for row in _by(conn, workspace, claim, claim.c.id, ids, claim.c.ord)]


def chunks(
    conn: Connection, workspace: WorkspaceId, ids: Sequence[bytes]
) -> dict[bytes, tuple[ContentId, Chunk]]:
    """Those of ``ids`` that are live, with their documents."""
    found = _by(conn, workspace, chunk, chunk.c.id, ids, chunk.c.ord)
    return {row.id: (ContentId(row.content), rows.chunk(row)) for row in found}


def layouts(
    conn: Connection, workspace: WorkspaceId, contents: Sequence[ContentId]
) -> dict[ContentId, Layout]:
    elements: dict[bytes, list[Element]] = {}
    for row in _by(conn, workspace, element, content.c.id, contents, element.c.ord):
        elements.setdefault(row.content, []).append(rows.element(row))
    chunked: dict[bytes, list[Chunk]] = {}
    for row in _by(conn, workspace, chunk, content.c.id, contents, chunk.c.ord):
        chunked.setdefault(row.content, []).append(rows.chunk(row))
    return {
        ContentId(row.content): Layout(
            content=ContentId(row.content),
            pipeline=PipelineId(row.pipeline),
            title=row.title,
            media_type=row.media_type,
            pages=row.pages,
            stated=row.stated,
            signature=tuple(row.signature),
            elements=tuple(elements.get(row.content, ())),
            chunks=tuple(chunked.get(row.content, ())),
        )
        for row in live_runs(conn, workspace, contents).values()
    }


def live_runs(
    conn: Connection, workspace: WorkspaceId, contents: Sequence[ContentId]
) -> dict[ContentId, Row[Any]]:
    """The published run's row of each content that is live."""
    found: dict[ContentId, Row[Any]] = {}
    for some in slices(contents):
        published = and_(content.c.workspace == run.c.workspace, content.c.run == run.c.id, content.c.live)
        query = select(*run.c).join_from(content, run, published)
        for row in conn.execute(query.where(content.c.workspace == workspace, content.c.id.in_(some))):
            found[ContentId(row.content)] = row
    return found


def texts_at(
    conn: Connection, workspace: WorkspaceId, spans: Mapping[ContentId, Sequence[Span]]
) -> dict[tuple[ContentId, Span], str]:
    """The text at each span of each live document, checked against the hash it was published with.

    Only the slices that the spans touch are read. A span outside its text is left out.
    """
    runs = live_runs(conn, workspace, list(spans))
    needed = {
        (row.id, ord_)
        for of, row in runs.items()
        for span in spans[of]
        for ord_ in range(span.start // SLICE, (span.end - 1) // SLICE + 1)
    }
    stored: dict[tuple[bytes, int], str] = {}
    for some in slices(sorted({r for r, _ in needed}), 100):
        ords = sorted({o for r, o in needed if r in set(some)})
        for part in slices(ords):
            query = select(run_text).where(
                run_text.c.workspace == workspace, run_text.c.run.in_(some), run_text.c.ord.in_(part)
            )
            for row in conn.execute(query):
                if (row.run, row.ord) in needed:
                    stored[row.run, row.ord] = _verified(row)
    found: dict[tuple[ContentId, Span], str] = {}
    for of, row in runs.items():
        for span in spans[of]:
            if 0 <= span.start < span.end <= row.length:
                found[of, span] = _cut(stored, row.id, span)
    return found


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


def _same_run(table: Table) -> ColumnElement[bool]:
    return and_(run.c.workspace == table.c.workspace, run.c.id == table.c.run)


def live(table: Table) -> FromClause:
    """``table`` joined with the live content whose published run its rows belong to."""
    published = and_(
        content.c.workspace == run.c.workspace,
        content.c.id == run.c.content,
        content.c.run == run.c.id,
        content.c.live,
    )
    return table.join(run, _same_run(table)).join(content, published)


def _by(
    conn: Connection,
    workspace: WorkspaceId,
    table: Table,
    column: ColumnElement[Any],
    ids: Sequence[bytes],
    order: ColumnElement[Any],
) -> Iterator[Row[Any]]:
    """Live rows of ``table`` whose ``column`` is among ``ids``, with their content."""
    for some in slices(sorted(set(ids))):
        query: Select[Any] = select(*table.c, content.c.id.label("content")).select_from(live(table))
        query = query.where(column.table.c.workspace == workspace, column.in_(some))
        yield from conn.execute(query.order_by(content.c.id, order))
