"""What decisions speak of, and whether it is there: a new one about nothing is refused, an old one sleeps."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain

from sqlalchemy import Connection, select

from graph.errors import InvalidInput, LimitExceeded, NotFound
from graph.ledger import browse, decisions, documents, evidence, positions, resolutions
from graph.ledger.judgement import judgement_at, rulings_at
from graph.ledger.tables import membership as m
from graph.ontology import Ontology
from graph.types import (
    Decision,
    EntityId,
    Link,
    Position,
    ReferentId,
    Resolve,
    Revert,
    Ruling,
    Same,
    Separate,
    SourceId,
    Split,
    StandIns,
    TrustSource,
    WorkspaceId,
)

SPLIT_PAIRS = 20_000  # that one decision may keep apart
STAND_INS = 8  # of a named referent: each is looked up in every pass


def require(conn: Connection, workspace: WorkspaceId, ruling: Ruling) -> None:
    """NotFound where no live document of this workspace has what ``ruling`` names, and no source that URI;
    InvalidInput for a statement that no fact of the graph makes (``resolutions``), and for taking back what
    is taken back already. It stays so until the transaction ends: of two who take one decision back at once
    one is refused."""
    positions.hold(conn, workspace)
    _live(conn, workspace, named_by(ruling))
    match ruling:
        case TrustSource(source, _) if not documents.uris_of(conn, workspace, [source], open_only=True):
            raise NotFound("no document came from this URI; GET /documents lists each with its sources")
        case Revert(position) if by := decisions.taken_back_by(conn, workspace, position):
            raise InvalidInput(
                f"decision {position} is taken back already, by decision {by}; revert that one to restore it"
            )
        case Resolve():
            resolutions.require(conn, workspace, ruling, _ontology(conn, workspace))


def split_off(conn: Connection, workspace: WorkspaceId, referents: Sequence[ReferentId]) -> Split:
    """The ruling that parts ``referents`` from the others of their present entity.

    NotFound for one that is not live; InvalidInput where they are not of one entity or are all of it;
    LimitExceeded where that parts more than ``SPLIT_PAIRS``.
    """
    asked = sorted(set(referents))
    _live(conn, workspace, asked)
    at = select(m.c.entity).where(m.c.workspace == workspace, m.c.referent.in_(asked)).distinct()
    entities = [EntityId(each) for each in conn.scalars(at)]
    if len(entities) > 1:
        raise InvalidInput("these referents are not of one entity; split off those of one at a time")
    members = browse.members_of(conn, workspace, entities)
    rest = tuple(sorted({r for each in members.values() for r in each} - set(asked)))
    if not rest:
        raise InvalidInput(
            "that is the whole entity; there is nothing to split it off from. No decision parts what one "
            "document takes for one thing: upload it again with what tells the two apart (birth dates, ids)"
        )
    if len(asked) * len(rest) > SPLIT_PAIRS:
        raise LimitExceeded(
            f"splitting {len(asked)} referents off {len(rest)} others parts more than {SPLIT_PAIRS} pairs; "
            "split off fewer at once"
        )
    return Split(tuple(asked), rest)


def dated(conn: Connection, workspace: WorkspaceId, ruling: Ruling) -> Ruling:
    """The ruling with the time of which it speaks, if it is one on a state (``resolutions``)."""
    if not isinstance(ruling, Resolve):
        return ruling
    return resolutions.dated(conn, workspace, ruling, _ontology(conn, workspace))


def stand_ins(conn: Connection, workspace: WorkspaceId, ruling: Ruling) -> StandIns:
    """Of each referent that a ruling on two things or on a fact names, others of its present entity, by id,
    at most ``STAND_INS``. Nobody where both named are of one entity: who is whose is what is ruled on then.
    """
    if not isinstance(ruling, Same | Separate | Resolve):
        return {}
    named = named_by(ruling)
    at = select(m.c.referent, m.c.entity).where(m.c.workspace == workspace, m.c.referent.in_(named))
    entity = {ReferentId(row.referent): EntityId(row.entity) for row in conn.execute(at)}
    found: dict[ReferentId, tuple[ReferentId, ...]] = {}
    if len(set(entity.values())) == len(set(named)):
        for r, of in entity.items():
            others = select(m.c.referent).where(
                m.c.workspace == workspace, m.c.entity == of, m.c.referent != r
            )
            some = conn.scalars(others.order_by(m.c.referent).limit(STAND_INS)).all()
            found |= {r: tuple(map(ReferentId, some))} if some else {}
    return found


def dormant(conn: Connection, workspace: WorkspaceId, made: Iterable[Decision]) -> set[Position]:
    """Those that have no effect because what they name is not live now, or no fact says any more what they
    say is right; they revive with it."""
    told = list(made)
    named = {r for each in told for r in (*named_by(each.ruling), *chain(*each.stand_ins.values()))}
    live = {r.id for r in evidence.referents(conn, workspace, sorted(named))}
    open_ = documents.uris_of(conn, workspace, sources_of(told), open_only=True)
    rulings = replace(
        rulings_at(conn, workspace, positions.position(conn, workspace)),
        stand_ins={each.position: each.stand_ins for each in told},
    )
    present = {
        d.position: ruling
        for d in told
        if isinstance(d.ruling, Resolve) and (ruling := rulings.resolve_among(d.position, d.ruling, live))
    }
    stated: set[Resolve] = set()
    if present:
        stated = resolutions.stated(conn, workspace, present.values(), _ontology(conn, workspace))

    def awake(decision: Decision) -> bool:
        match decision.ruling:
            case Same(a, b) | Separate(a, b):
                return rulings.pair_among(decision.position, (a, b), live) is not None
            case Split(referents, rest):
                return not live.isdisjoint(referents) and not live.isdisjoint(rest)
            case TrustSource(source, _):
                return source in open_
            case Resolve():
                return present.get(decision.position) in stated
            case ruling:
                return live.issuperset(named_by(ruling))

    return {each.position for each in told if not awake(each)}


def named_by(ruling: Ruling) -> list[ReferentId]:
    """The referents that a ruling names."""
    match ruling:
        case Same(a, b) | Separate(a, b):
            return [a, b]
        case Split(referents, rest):
            return [*referents, *rest]
        case Resolve():
            return resolutions.ends(ruling)
        case Link(head, _, tail):
            return [head, tail]
        case _:
            return []


def sources_of(made: Iterable[Decision]) -> set[SourceId]:
    """The sources that they rule on."""
    return {d.ruling.source for d in made if isinstance(d.ruling, TrustSource)}


def _ontology(conn: Connection, workspace: WorkspaceId) -> Ontology:
    """What facts are made by, once what is pending is fused."""
    return judgement_at(conn, workspace, positions.position(conn, workspace)).ontology


def _live(conn: Connection, workspace: WorkspaceId, named: Sequence[ReferentId]) -> None:
    there = {r.id for r in evidence.referents(conn, workspace, named)}
    if gone := sorted(set(named) - there):
        raise NotFound(
            f"no live document has the referent {gone[0].hex()}; "
            "GET /graph/entities/{id}/merges lists those of an entity"
        )
