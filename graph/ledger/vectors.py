"""Recorded embeddings: the truth that vector indexes are replayed from.

A vector bears the position of its last change. A chunk's is live while its run is the published one of a live
content (``documents`` stamps it again when that turns); an entity's, until it is removed.
"""

from collections.abc import Sequence

import numpy as np
from sqlalchemy import Connection, and_, func, or_, select, update

from graph.errors import InvalidInput, NotFound
from graph.ledger.bulk import insert_new, slices, upsert
from graph.ledger.engine import Ledger
from graph.ledger.positions import next_position
from graph.ledger.publish import chunk_id, run_id
from graph.ledger.tables import chunk as k
from graph.ledger.tables import content as c
from graph.ledger.tables import run as r
from graph.ledger.tables import vector as v
from graph.ledger.tables import vector_progress as vp
from graph.ports import VectorChange, VectorKind, Vectors
from graph.types import ContentId, EntityId, PipelineId, Position, WorkspaceId

_STORED = np.dtype("<f4")


def put_chunks(
    conn: Connection,
    workspace: WorkspaceId,
    model: str,
    content: ContentId,
    pipeline: PipelineId,
    ords: Sequence[int],
    vectors: Vectors,
) -> Position:
    """Record the vectors of one document's chunks: row i of ``vectors`` is chunk ``ords[i]``'s.

    The document need not be published yet: nobody reads them before.
    """
    ids = [chunk_id(workspace, content, pipeline, ord_) for ord_ in ords]
    return _put(conn, workspace, model, "chunk", ids, vectors, run_id(workspace, content, pipeline))


def put_entities(
    conn: Connection, workspace: WorkspaceId, model: str, ids: Sequence[EntityId], vectors: Vectors
) -> Position:
    """Record entities' vectors: row i of ``vectors`` is ``ids[i]``'s, in place of any former one."""
    return _put(conn, workspace, model, "entity", ids, vectors, None)


def remove_entities(
    conn: Connection, workspace: WorkspaceId, model: str, ids: Sequence[EntityId]
) -> Position:
    """Entities that are gone. Their rows stay, empty, so that every index hears of it."""
    position = next_position(conn, workspace)
    for some in slices(ids):
        conn.execute(
            update(v)
            .where(v.c.workspace == workspace, v.c.model == model, v.c.kind == "entity", v.c.id.in_(some))
            .values(data=None, position=position)
        )
    return position


def recorded(
    conn: Connection, workspace: WorkspaceId, model: str, kind: VectorKind, ids: Sequence[bytes]
) -> set[bytes]:
    """Those of ``ids`` that have a vector, so that they need not be embedded again."""
    found: set[bytes] = set()
    for some in slices(ids):
        query = select(v.c.id).where(
            v.c.workspace == workspace, v.c.model == model, v.c.kind == kind, v.c.id.in_(some)
        )
        found |= set(conn.scalars(query.where(v.c.data.is_not(None))))
    return found


def all_embedded(conn: Connection, workspace: WorkspaceId, model: str, of: ContentId) -> bool:
    """Whether a document is published, has chunks, and each of them has a vector of this model."""
    chunks = c.join(k, and_(k.c.workspace == c.c.workspace, k.c.run == c.c.run))
    mine = and_(v.c.workspace == k.c.workspace, v.c.model == model, v.c.kind == "chunk", v.c.id == k.c.id)
    query = select(func.count(k.c.id), func.count(v.c.data)).select_from(chunks.outerjoin(v, mine))
    there, embedded = conn.execute(query.where(c.c.workspace == workspace, c.c.id == of)).one()
    return bool(0 < there == embedded)


def chunk_vectors(conn: Connection, workspace: WorkspaceId, model: str, ids: Sequence[bytes]) -> Vectors:
    """Row i is the vector of chunk ``ids[i]``; NotFound where one has none."""
    found: dict[bytes, Vectors] = {}
    for some in slices(ids):
        query = select(v.c.id, v.c.data).where(
            v.c.workspace == workspace, v.c.model == model, v.c.kind == "chunk", v.c.id.in_(some)
        )
        for row in conn.execute(query.where(v.c.data.is_not(None))):
            found[row.id] = np.frombuffer(row.data, dtype=_STORED)
    if missing := [id_ for id_ in ids if id_ not in found]:
        raise NotFound(f"chunk {missing[0].hex()} has no vector of {model}; embed the document again")
    return np.stack([found[id_] for id_ in ids]) if ids else np.zeros((0, 0), np.float32)


def entities_with_vectors(conn: Connection, workspace: WorkspaceId, model: str) -> set[EntityId]:
    """All that have a vector of this model."""
    query = select(v.c.id).where(v.c.workspace == workspace, v.c.model == model, v.c.kind == "entity")
    return {EntityId(id_) for id_ in conn.scalars(query.where(v.c.data.is_not(None)))}


def entity_progress(conn: Connection, workspace: WorkspaceId, model: str) -> Position:
    """Up to which position of the outbox all entities have their vectors of this model."""
    query = select(vp.c.position).where(vp.c.workspace == workspace, vp.c.model == model)
    return Position(conn.scalar(query) or 0)


def advance_entity_progress(conn: Connection, workspace: WorkspaceId, model: str, upto: Position) -> None:
    """Move it forward to ``upto``; never back."""
    insert_new(conn, vp, [{"workspace": workspace, "model": model, "position": upto}])
    behind = (vp.c.workspace == workspace, vp.c.model == model, vp.c.position < upto)
    conn.execute(update(vp).where(*behind).values(position=upto))


class LedgerVectors:
    """Implements ``graph.ports.VectorReader``."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def vectors_after(
        self, workspace: WorkspaceId, model: str, kind: VectorKind, position: Position, limit: int
    ) -> list[VectorChange]:
        new = (v.c.workspace == workspace, v.c.model == model, v.c.kind == kind, v.c.position > position)
        with self._ledger.read() as conn:
            edge = select(v.c.position).where(*new).order_by(v.c.position).offset(limit - 1).limit(1)
            last = conn.scalar(edge)
            live = and_(c.c.workspace == r.c.workspace, c.c.id == r.c.content, c.c.run == r.c.id, c.c.live)
            runs = v.outerjoin(r, and_(r.c.workspace == v.c.workspace, r.c.id == v.c.run)).outerjoin(c, live)
            alive = or_(v.c.run.is_(None), c.c.id.is_not(None)).label("alive")
            query = select(v.c.position, v.c.id, v.c.data, alive).select_from(runs).where(*new)
            if last is not None:
                query = query.where(v.c.position <= last)
            return [
                VectorChange(Position(row.position), row.id, _vector(row.data) if row.alive else None)
                for row in conn.execute(query.order_by(v.c.position, v.c.id))
            ]


def _put(
    conn: Connection,
    workspace: WorkspaceId,
    model: str,
    kind: VectorKind,
    ids: Sequence[bytes],
    vectors: Vectors,
    run: bytes | None,
) -> Position:
    if vectors.ndim != 2 or len(vectors) != len(ids):
        raise InvalidInput(f"{len(ids)} ids need an array of as many vectors, not of shape {vectors.shape}")
    if not np.isfinite(vectors).all():
        raise InvalidInput("a vector holds an infinite or undefined number; embed the text again")
    position = next_position(conn, workspace)
    upsert(
        conn,
        v,
        [
            {
                "workspace": workspace,
                "model": model,
                "kind": kind,
                "id": id_,
                "run": run,
                "data": row.tobytes(),
                "position": position,
            }
            for id_, row in zip(ids, np.ascontiguousarray(vectors, dtype=_STORED), strict=True)
        ],
    )
    return position


def _vector(data: bytes | None) -> Vectors | None:
    return None if data is None else np.frombuffer(data, dtype=_STORED)
