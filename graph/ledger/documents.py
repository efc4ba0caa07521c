"""Documents: the bytes that were accepted, and the URIs that point at them.

A content is *live* while at least one source points at it and a run of it is published. Every change to that,
or to its sources, moves the content's ``changed`` position: the fuser's work list.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, and_, exists, insert, or_, select, tuple_, update

from graph.errors import InvalidInput, NotFound
from graph.identity import make_id
from graph.ledger import cursors
from graph.ledger.bulk import insert_new, slices
from graph.ledger.positions import next_position
from graph.ledger.tables import content as c
from graph.ledger.tables import run as r
from graph.ledger.tables import source as s
from graph.ledger.tables import vector as v
from graph.ports import Page
from graph.types import ContentId, PartialDate, PipelineId, Position, Source, SourceId, WorkspaceId


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes that are already kept, under the URI they came from. ``size`` is in bytes."""

    uri: str
    content: ContentId
    size: int
    media_type: str
    filename: str
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Accepted:
    """``changed`` is False where the URI already had this very content, file name and metadata.

    ``replaced`` is the other content that it had.
    """

    source: SourceId
    content: ContentId
    position: Position
    changed: bool
    replaced: ContentId | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One content. ``title`` to ``pipeline`` are None until a run is published.

    ``sources`` are the open ones, by URI; ``filename`` is the first one's. ``changed`` is the position at
    which liveness, run or sources last changed.
    """

    content: ContentId
    size: int
    media_type: str
    filename: str
    accepted: Position
    changed: Position
    live: bool
    title: str | None
    pages: int | None
    stated: PartialDate | None
    pipeline: PipelineId | None
    sources: tuple[Source, ...]


def source_id(uri: str) -> SourceId:
    return SourceId(make_id("source", uri))


def accept(conn: Connection, workspace: WorkspaceId, uploads: Sequence[Upload]) -> list[Accepted]:
    """Record all uploads at one position, answers in their order.

    A URI that had other content is replaced: the old content's liveness ends unless another source points at
    it. Of several uploads to one URI the last counts. A content that is back keeps the run it had.
    """
    for upload in uploads:
        if len(upload.content) != 32 or not upload.uri:
            raise InvalidInput("an upload needs a URI and the 32-byte SHA-256 of its content")
    position = next_position(conn, workspace)
    insert_new(conn, c, [_content_row(workspace, u, position) for u in uploads])

    last = {source_id(u.uri): u for u in uploads}
    current = _open_sources(conn, workspace, list(last))
    moved = {i: u for i, u in last.items() if current.get(i) != (u.content, u.filename, dict(u.metadata))}
    _close(conn, workspace, list(moved.keys() & current.keys()), position)
    opened = [_source_row(workspace, i, u, position) for i, u in moved.items()]
    if opened:
        conn.execute(insert(s), opened)
    touched = {u.content for u in moved.values()} | {current[i][0] for i in moved.keys() & current.keys()}
    _refresh(conn, workspace, touched, position)
    former = {i: current[i][0] for i, u in moved.items() if i in current and current[i][0] != u.content}
    return [
        Accepted(i, u.content, position, changed=i in moved, replaced=former.get(i))
        for u in uploads
        for i in (source_id(u.uri),)
    ]


def delete_source(conn: Connection, workspace: WorkspaceId, uri: str) -> ContentId:
    """Let go of a URI; its content ends with its last source. NotFound for a URI that points at nothing."""
    position = next_position(conn, workspace)
    found = _open_sources(conn, workspace, [source_id(uri)])
    if not found:
        raise NotFound(f"no document has the URI {uri!r}")
    content = found[source_id(uri)][0]
    _close(conn, workspace, list(found), position)
    _refresh(conn, workspace, {content}, position)
    return content


def delete_content(conn: Connection, workspace: WorkspaceId, content: ContentId) -> None:
    """Let go of every URI that points at a content; NotFound where none does."""
    position = next_position(conn, workspace)
    ids = conn.scalars(select(s.c.id).where(s.c.workspace == workspace, s.c.content == content, _OPEN)).all()
    if not ids:
        raise NotFound("there is no such document")
    _close(conn, workspace, ids, position)
    _refresh(conn, workspace, {content}, position)


def set_run(conn: Connection, workspace: WorkspaceId, content: ContentId, run: bytes, at: Position) -> None:
    """Make ``run`` the published one of its content."""
    conn.execute(update(c).where(c.c.workspace == workspace, c.c.id == content).values(run=run))
    _refresh(conn, workspace, {content}, at)
    _restamp(conn, workspace, [content], at)  # the replaced run's go, though the content stays live


def list_documents(
    conn: Connection, workspace: WorkspaceId, *, limit: int, cursor: str | None = None
) -> Page[Document]:
    """Documents with at least one source, in the order of acceptance, published or not yet."""
    wanted = [c.c.workspace == workspace, _has_source()]
    if cursor is not None:
        wanted.append(tuple_(c.c.accepted, c.c.id) > tuple_(*cursors.number_and_identity(cursor)))
    query = select(c.c.id, c.c.accepted).where(*wanted).order_by(c.c.accepted, c.c.id).limit(limit + 1)
    keys = conn.execute(query).all()
    found = documents(conn, workspace, [ContentId(row.id) for row in keys[:limit]])
    more = f"{keys[limit - 1].accepted}.{keys[limit - 1].id.hex()}" if len(keys) > limit else None
    return Page(tuple(found[ContentId(row.id)] for row in keys[:limit]), more)


def get_document(conn: Connection, workspace: WorkspaceId, content: ContentId) -> Document:
    """NotFound for a content that is unknown here or that no source points at any more."""
    found = documents(conn, workspace, [content]).get(content)
    if found is None or not found.sources:
        raise NotFound("there is no such document")
    return found


def documents(
    conn: Connection, workspace: WorkspaceId, contents: Sequence[ContentId]
) -> dict[ContentId, Document]:
    """The contents that are known, live or not, with their open sources."""
    found: dict[ContentId, Document] = {}
    for ids in slices(contents):
        sources: dict[bytes, list[tuple[Source, str]]] = {}
        query = select(s).where(s.c.workspace == workspace, s.c.content.in_(ids), _OPEN).order_by(s.c.uri)
        for row in conn.execute(query):
            source = Source(SourceId(row.id), row.uri, ContentId(row.content), row.metadata)
            sources.setdefault(row.content, []).append((source, row.filename))
        published = and_(r.c.workspace == c.c.workspace, r.c.id == c.c.run)
        columns = (c, r.c.title, r.c.media_type.label("run_type"), r.c.pages, r.c.stated, r.c.pipeline)
        rows = select(*columns).select_from(c.outerjoin(r, published))
        for row in conn.execute(rows.where(c.c.workspace == workspace, c.c.id.in_(ids))):
            of_it = sources.get(row.id, [])
            found[ContentId(row.id)] = Document(
                content=ContentId(row.id),
                size=row.size,
                media_type=row.run_type or row.media_type,
                filename=of_it[0][1] if of_it else "",
                accepted=Position(row.accepted),
                changed=Position(row.changed),
                live=row.live,
                title=row.title,
                pages=row.pages,
                stated=row.stated,
                pipeline=row.pipeline,
                sources=tuple(source for source, _ in of_it),
            )
    return found


def uris_of(
    conn: Connection, workspace: WorkspaceId, ids: Iterable[SourceId], *, open_only: bool = False
) -> dict[SourceId, str]:
    """The URI of each source that ever was; with ``open_only`` of those that point at a document now."""
    found: dict[SourceId, str] = {}
    for some in slices(sorted(set(ids))):
        query = select(s.c.id, s.c.uri).where(s.c.workspace == workspace, s.c.id.in_(some))
        rows = conn.execute(query.where(_OPEN) if open_only else query.distinct())
        found |= {SourceId(row.id): row.uri for row in rows}
    return found


def read_otherwise(conn: Connection, workspace: WorkspaceId, pipeline: PipelineId) -> list[Document]:
    """Documents whose reading is another pipeline's, or that have none yet, in the order of acceptance."""
    published = and_(r.c.workspace == c.c.workspace, r.c.id == c.c.run)
    other = or_(c.c.run.is_(None), r.c.pipeline != pipeline)
    query = select(c.c.id).select_from(c.outerjoin(r, published)).where(c.c.workspace == workspace, other)
    ids = [ContentId(i) for i in conn.scalars(query.where(_has_source()).order_by(c.c.accepted, c.c.id))]
    found = documents(conn, workspace, ids)
    return [found[id_] for id_ in ids]


def changed_contents(
    conn: Connection, workspace: WorkspaceId, after: Position, upto: Position
) -> dict[ContentId, bytes | None]:
    """Contents whose liveness, run or sources changed last in (after, upto], with the run of those that are
    live; by id."""
    query = select(c.c.id, c.c.run, c.c.live).where(
        c.c.workspace == workspace, c.c.changed > after, c.c.changed <= upto
    )
    rows = conn.execute(query.order_by(c.c.id))
    return {ContentId(row.id): row.run if row.live else None for row in rows}


def live_contents(conn: Connection, workspace: WorkspaceId) -> list[ContentId]:
    """By id."""
    query = select(c.c.id).where(c.c.workspace == workspace, c.c.live).order_by(c.c.id)
    return [ContentId(i) for i in conn.scalars(query)]


_OPEN = s.c.until.is_(None)


def _has_source() -> ColumnElement[bool]:
    return exists().where(s.c.workspace == c.c.workspace, s.c.content == c.c.id, _OPEN)


def _content_row(workspace: WorkspaceId, upload: Upload, position: Position) -> dict[str, object]:
    return {
        "workspace": workspace,
        "id": upload.content,
        "size": upload.size,
        "media_type": upload.media_type,
        "accepted": position,
        "changed": position,
        "run": None,
        "live": False,
    }


def _source_row(
    workspace: WorkspaceId, source: SourceId, upload: Upload, position: Position
) -> dict[str, object]:
    return {
        "workspace": workspace,
        "id": source,
        "since": position,
        "until": None,
        "uri": upload.uri,
        "content": upload.content,
        "filename": upload.filename,
        "metadata": dict(upload.metadata),
    }


def _open_sources(
    conn: Connection, workspace: WorkspaceId, ids: Sequence[SourceId]
) -> dict[SourceId, tuple[ContentId, str, dict[str, str]]]:
    found = {}
    for some in slices(ids):
        query = select(s).where(s.c.workspace == workspace, s.c.id.in_(some), _OPEN)
        for row in conn.execute(query):
            found[SourceId(row.id)] = (ContentId(row.content), row.filename, row.metadata)
    return found


def _close(conn: Connection, workspace: WorkspaceId, ids: Sequence[bytes], position: Position) -> None:
    for some in slices(ids):
        conn.execute(
            update(s).where(s.c.workspace == workspace, s.c.id.in_(some), _OPEN).values(until=position)
        )


def _refresh(
    conn: Connection, workspace: WorkspaceId, contents: Iterable[ContentId], position: Position
) -> None:
    """Work out liveness again; stamp the contents, and the vectors that came or went, with ``position``."""
    alive = and_(c.c.run.is_not(None), _has_source())
    for some in slices(sorted(contents)):
        these = (c.c.workspace == workspace, c.c.id.in_(some))
        turned = conn.scalars(select(c.c.id).where(*these, c.c.live != alive)).all()
        conn.execute(update(c).where(*these).values(changed=position, live=alive))
        _restamp(conn, workspace, turned, position)


def _restamp(conn: Connection, workspace: WorkspaceId, contents: Sequence[bytes], position: Position) -> None:
    """Chunk vectors follow their content: whoever reads vectors by position must see them again."""
    if contents:
        runs = select(r.c.id).where(r.c.workspace == workspace, r.c.content.in_(contents))
        conn.execute(update(v).where(v.c.workspace == workspace, v.c.run.in_(runs)).values(position=position))
