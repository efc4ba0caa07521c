"""Rulings of people and operators: appended in order, never changed, taken back only by another one."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from graph.errors import InvalidInput, NotFound
from graph.ledger import audit, cursors, epochs
from graph.ledger.positions import next_position
from graph.ledger.rulings import from_json, to_json
from graph.ledger.tables import decision as d
from graph.ledger.times import now, to_datetime
from graph.ontology import parse_ontology
from graph.ports import Page
from graph.types import (
    MICRO,
    AdoptEpoch,
    ChangeOntology,
    Decision,
    Link,
    Position,
    ReferentId,
    Resolve,
    Revert,
    Ruling,
    Same,
    Separate,
    Split,
    StandIns,
    TrustSource,
    WorkspaceId,
)

_STAND_INS = "stand_ins"  # beside what the ruling says
_NOBODY: StandIns = {}


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """``active`` is False once a revert that itself stands has taken it back."""

    decision: Decision
    active: bool
    decided_at: datetime


def decide(
    conn: Connection,
    workspace: WorkspaceId,
    ruling: Ruling,
    author: str,
    reason: str = "",
    stand_ins: StandIns = _NOBODY,
) -> Decision:
    """Append a ruling and its audit entry. ``stand_ins``: see ``Decision``, ``subjects.stand_ins``.

    NotFound for a revert of nothing or an unknown epoch; OntologyError for a bad ontology; InvalidInput for
    a ruling that says nothing. Referents need not be live: the decision lies dormant until they are.
    """
    if not author:
        raise InvalidInput("a decision needs an author")
    _check(conn, workspace, ruling)
    position = next_position(conn, workspace)
    kind, data = to_json(ruling)
    if stand_ins:
        data[_STAND_INS] = {r.hex(): [other.hex() for other in others] for r, others in stand_ins.items()}
    conn.execute(
        insert(d).values(
            workspace=workspace,
            position=position,
            kind=kind,
            ruling=data,
            author=author,
            reason=reason,
            decided_at=now(),
        )
    )
    audit.note(conn, workspace, author, f"decide.{kind}", {"position": position, "reason": reason})
    return Decision(position, ruling, author, reason, stand_ins)


def list_records(
    conn: Connection,
    workspace: WorkspaceId,
    *,
    limit: int,
    cursor: str | None = None,
    kind: str | None = None,
) -> Page[DecisionRecord]:
    """The newest first, or those of one kind. Cost: what is passed over, and the reverts since the last."""
    before = 10**cursors.DIGITS if cursor is None else cursors.number(cursor)
    query = select(d).where(d.c.workspace == workspace, d.c.position < before)
    if kind is not None:
        query = query.where(d.c.kind == kind)
    rows = conn.execute(query.order_by(d.c.position.desc()).limit(limit + 1)).all()
    last = rows[-1].position if rows else before  # what takes a decision back comes after it
    since = select(d).where(d.c.workspace == workspace, d.c.position > last, d.c.kind == "revert")
    undone = reverted(map(_decision, conn.execute(since)))
    found = tuple(_record(row, undone) for row in rows[:limit])
    return Page(found, str(rows[limit - 1].position) if len(rows) > limit else None)


def records(conn: Connection, workspace: WorkspaceId) -> list[DecisionRecord]:
    """Every decision in order, reverts and reverted ones included."""
    rows = conn.execute(select(d).where(d.c.workspace == workspace).order_by(d.c.position)).all()
    undone = reverted(map(_decision, rows))
    return [_record(row, undone) for row in rows]


def active(conn: Connection, workspace: WorkspaceId) -> list[Decision]:
    """What ``fuse`` takes, in order: neither reverts nor what they undid."""
    return [
        record.decision
        for record in records(conn, workspace)
        if record.active and not isinstance(record.decision.ruling, Revert)
    ]


def decided_in(conn: Connection, workspace: WorkspaceId, after: Position, upto: Position) -> list[Decision]:
    """All decisions made in (after, upto], reverts included, in order."""
    query = select(d).where(d.c.workspace == workspace, d.c.position > after, d.c.position <= upto)
    return [_decision(row) for row in conn.execute(query.order_by(d.c.position))]


def reverted(decisions: Iterable[Decision]) -> set[Position]:
    """Positions undone by a revert that stands: a revert points backwards, so the latest are judged first."""
    undone: set[Position] = set()
    for decision in sorted(decisions, key=lambda each: each.position, reverse=True):
        if isinstance(decision.ruling, Revert) and decision.position not in undone:
            undone.add(decision.ruling.position)
    return undone


def taken_back_by(conn: Connection, workspace: WorkspaceId, position: Position) -> Position | None:
    """The first standing revert of the decision there; None where it is in force. O(later reverts)."""
    since = select(d).where(d.c.workspace == workspace, d.c.position > position, d.c.kind == "revert")
    later = [_decision(row) for row in conn.execute(since.order_by(d.c.position))]
    undone = reverted(later)
    return next(
        (r.position for r in later if r.ruling == Revert(position) and r.position not in undone), None
    )


def _decision(row: Row[Any]) -> Decision:
    told = {
        ReferentId(bytes.fromhex(r)): tuple(ReferentId(bytes.fromhex(other)) for other in others)
        for r, others in row.ruling.get(_STAND_INS, {}).items()
    }
    return Decision(Position(row.position), from_json(row.kind, row.ruling), row.author, row.reason, told)


def _record(row: Row[Any], undone: Collection[Position]) -> DecisionRecord:
    return DecisionRecord(_decision(row), row.position not in undone, to_datetime(row.decided_at))


def _check(conn: Connection, workspace: WorkspaceId, ruling: Ruling) -> None:
    match ruling:
        case Same(a, b) | Separate(a, b):
            _referents(a, b)
            if a == b:
                raise InvalidInput("a thing is always the same as itself; name two referents")
        case Split(referents, rest):
            _referents(*referents, *rest)
            if not referents or not rest or set(referents) & set(rest):
                raise InvalidInput("a split names referents, and others that they are not one with")
        case Resolve(subject, relation, value):
            _referents(subject, *([value] if isinstance(value, bytes) else []))
            if not relation:
                raise InvalidInput("name the relation to resolve")
        case Link(head, relation, tail, grounds, consistency, plausibility, _):
            _referents(head, tail)
            if not relation or not grounds or head == tail:
                raise InvalidInput("a link names two things, their relation and the claims that it stands on")
            if not (0 <= consistency <= MICRO and 0 <= plausibility <= MICRO):
                raise InvalidInput(f"a link's scores are 0 to {MICRO} micro-units")
        case TrustSource(_, trust):
            if not 0 <= trust <= MICRO:
                raise InvalidInput(f"trust is 0 to {MICRO} micro-units")
        case AdoptEpoch(epoch):
            epochs.read(conn, workspace, epoch)
        case ChangeOntology(text):
            parse_ontology(text)
        case Revert(position):
            there = select(d.c.position).where(d.c.workspace == workspace, d.c.position == position)
            if conn.scalar(there) is None:
                raise NotFound(f"no decision was made at position {position}")


def _referents(*ids: bytes) -> None:
    if any(len(each) != 16 for each in ids):
        raise InvalidInput("a referent's id is 16 bytes")
