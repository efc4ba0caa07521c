"""What decisions speak of, and whether it is there: a new one about nothing is refused, an old one sleeps."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select

from graph.errors import InvalidInput, LimitExceeded, NotFound
from graph.ledger import browse, decisions, documents, evidence, positions, resolutions
from graph.ledger.judgement import judgement_at
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
    TrustSource,
    WorkspaceId,
)

SPLIT_PAIRS = 20_000  # that one decision may keep apart


def require(conn: Connection, workspace: WorkspaceId, ruling: Ruling) -> None:
    """NotFound where no live document of this workspace has what ``ruling`` names, and no source that URI;
    InvalidInput for a statement that no fact of the graph makes (``resolutions``), and for taking back what
    is taken back already."""
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
        raise InvalidInput("that is the whole entity; there is nothing to split it off from")
    if len(asked) * len(rest) > SPLIT_PAIRS:
        raise LimitExceeded(
            f"splitting {len(asked)} referents off {len(rest)} others parts more than {SPLIT_PAIRS} pairs; "
            "split off fewer at once"
        )
    return Split(tuple(asked), rest)


def dormant(conn: Connection, workspace: WorkspaceId, made: Iterable[Decision]) -> set[Position]:
    """Those that have no effect because what they name is not live now, or no fact says any more what they
    say is right; they revive with it."""
    told = list(made)
    rulings = {d.position: d.ruling for d in told}
    named = {r for ruling in rulings.values() for r in named_by(ruling)}
    live = {r.id for r in evidence.referents(conn, workspace, sorted(named))}
    open_ = documents.uris_of(conn, workspace, sources_of(told), open_only=True)
    resolved = {ruling for ruling in rulings.values() if isinstance(ruling, Resolve)}
    if resolved:
        resolved = resolutions.stated(conn, workspace, resolved, _ontology(conn, workspace))

    def awake(ruling: Ruling) -> bool:
        match ruling:
            case Split(referents, rest):
                return not live.isdisjoint(referents) and not live.isdisjoint(rest)
            case TrustSource(source, _):
                return source in open_
            case Resolve():
                return ruling in resolved
            case _:
                return live.issuperset(named_by(ruling))

    return {at for at, ruling in rulings.items() if not awake(ruling)}


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
