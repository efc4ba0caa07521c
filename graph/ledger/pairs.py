"""Compared pairs by their ids, for whoever looks through them: of a workspace, an entity or a document."""

from dataclasses import dataclass

from sqlalchemy import Connection, Select, and_, or_, select, tuple_, union

from graph.fusion.blocking import Pair
from graph.fusion.view import PairRow
from graph.ledger.tables import content as c
from graph.ledger.tables import membership as m
from graph.ledger.tables import pair as p
from graph.ledger.tables import referent as r
from graph.types import ContentId, EntityId, ReferentId, VerdictId, WorkspaceId

FIRST: Pair = (ReferentId(b""), ReferentId(b""))  # before all


@dataclass(frozen=True, slots=True)
class Scope:
    """Pairs of which an end is in the entity, or in the document; with neither, all of the workspace."""

    entity: EntityId | None = None
    document: ContentId | None = None


EVERYWHERE = Scope()


def pairs_after(
    conn: Connection,
    workspace: WorkspaceId,
    after: Pair,
    *,
    limit: int,
    scope: Scope = EVERYWHERE,
    least: int = 0,
    asked: bool | None = None,
    homonyms: bool = False,
) -> list[PairRow]:
    """The next pairs that score ``least`` or more; ``asked``: only those that a verdict decides (and, with
    ``homonyms``, those of one name and types that exclude each other, which score 0), or only the others.

    A workspace's are read off the key: a page costs its rows and those that the filters pass over. Those of
    an entity or a document are all found before they are cut: O(its pairs).
    """
    wanted = [p.c.workspace == workspace, tuple_(p.c.a, p.c.b) > tuple_(*after), p.c.score >= least]
    if asked is not None:
        decided = or_(p.c.question.is_not(None), *([p.c.score == 0] if homonyms else []))
        wanted.append(decided if asked else p.c.question.is_(None))
    query = select(p.c.a, p.c.b, p.c.score, p.c.question).where(*wanted)
    ends = _ends(workspace, scope)
    if ends is None:
        found = conn.execute(query.order_by(p.c.a, p.c.b).limit(limit))
    else:
        either = union(query.where(p.c.a.in_(ends)), query.where(p.c.b.in_(ends)))
        found = conn.execute(either.order_by("a", "b").limit(limit))
    return [
        PairRow(
            ReferentId(row.a),
            ReferentId(row.b),
            row.score,
            None if row.question is None else VerdictId(row.question),
        )
        for row in found
    ]


def ends_of(conn: Connection, workspace: WorkspaceId, scope: Scope) -> set[ReferentId] | None:
    """The referents of an entity or of a live document; None where the scope is everything."""
    query = _ends(workspace, scope)
    return None if query is None else {ReferentId(row.id) for row in conn.execute(query)}


def component_size(conn: Connection, workspace: WorkspaceId, component: ReferentId, limit: int) -> int:
    """How many referents a component has, counted up to ``limit``."""
    query = select(m.c.referent).where(m.c.workspace == workspace, m.c.component == component)
    return len(conn.scalars(query.limit(limit)).all())


def _ends(workspace: WorkspaceId, scope: Scope) -> Select[tuple[bytes]] | None:
    if scope.entity is not None:
        return select(m.c.referent.label("id")).where(m.c.workspace == workspace, m.c.entity == scope.entity)
    if scope.document is not None:
        published = and_(c.c.workspace == r.c.workspace, c.c.run == r.c.run, c.c.live)
        of = select(r.c.id).join_from(c, r, published)
        return of.where(c.c.workspace == workspace, c.c.id == scope.document)
    return None
