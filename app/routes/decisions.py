"""``/decisions``: what people rule, in order, and how they take it back."""

from typing import Annotated

from fastapi import APIRouter, Body, Path
from sqlalchemy import Connection

from app import presentation
from app.bootstrap import Parts
from app.deps import Admin, Cursor, Limit, Reader, TheParts
from app.graph_schemas import (
    AdoptEpochIn,
    DecisionIn,
    DecisionOut,
    DecisionPage,
    OntologyIn,
    ResolveIn,
    RevertIn,
    RulingIn,
    SameIn,
    SeparateIn,
    SplitIn,
    TrustIn,
)
from graph.errors import InvalidInput
from graph.ledger import cursors, decisions, documents, subjects
from graph.ledger.tokens import Principal
from graph.types import (
    MICRO,
    AdoptEpoch,
    ChangeOntology,
    EpochId,
    PartialDate,
    Position,
    ReferentId,
    Resolve,
    Revert,
    Ruling,
    Same,
    Separate,
    TrustSource,
    Value,
    ValueKind,
    WorkspaceId,
)

router = APIRouter(tags=["decisions"])

DecisionId = Annotated[int, Path(ge=1, le=2**62, description="The id of the decision.")]


@router.get("/decisions")
def list_decisions(
    parts: TheParts, principal: Reader, limit: Limit = 50, cursor: Cursor = None
) -> DecisionPage:
    """Every decision, the newest first, those taken back included."""
    with parts.ledger.read() as conn:
        page = decisions.list_records(
            conn, principal.workspace, limit=limit, cursor=cursors.after("decisions", cursor)
        )
        made = [each.decision for each in page.items]
        asleep = subjects.dormant(conn, principal.workspace, made)
        uris = documents.uris_of(conn, principal.workspace, subjects.sources_of(made))
    told = [
        presentation.decision(each, uris, dormant=each.decision.position in asleep) for each in page.items
    ]
    return DecisionPage(decisions=told, next_cursor=cursors.ended("decisions", page.next_cursor))


@router.post("/decisions", status_code=201)
def decide(asked: DecisionIn, parts: TheParts, principal: Admin) -> DecisionOut:
    """Rule. Same, separate and split name referents (an entity's ``members``): they outlive any merge. Where
    one's document is deleted, another stands in that was of the same entity when the decision was made.

    What is not live in this workspace cannot be ruled on, nor can a value be right that no fact has: the
    refusal lists those there are, and nothing is touched. A change of the ontology starts a job that reads
    the documents again; ``job_id`` names it.
    """
    return _decided(parts, principal, asked.ruling, asked.reason)


@router.post("/decisions/{decision_id}/revert", status_code=201)
def revert(
    decision_id: DecisionId,
    asked: Annotated[RevertIn, Body(default_factory=RevertIn)],
    parts: TheParts,
    principal: Admin,
) -> DecisionOut:
    """Take a decision back; reverting the revert restores it."""
    return _decided(parts, principal, Revert(Position(decision_id)), asked.reason)


def _decided(parts: Parts, principal: Principal, asked: RulingIn | Revert, reason: str) -> DecisionOut:
    """A ruling, and the job that its consequence for reading needs, in one transaction."""
    workspace, rereading = principal.workspace, parts.rereading
    with parts.ledger.write() as conn:
        ruling = _ruling(conn, workspace, asked)
        subjects.require(conn, workspace, ruling)
        ruling = subjects.dated(conn, workspace, ruling)
        former = rereading.pipeline(conn, workspace)
        stand_ins = subjects.stand_ins(conn, workspace, ruling)
        made = decisions.decide(conn, workspace, ruling, principal.name, reason, stand_ins)
        changed = rereading.pipeline(conn, workspace) != former
        job = rereading.begin(conn, workspace) if changed else None
        uris = documents.uris_of(conn, workspace, subjects.sources_of([made]))
    return presentation.new_decision(made, uris, job)


def _ruling(conn: Connection, workspace: WorkspaceId, asked: RulingIn | Revert) -> Ruling:
    match asked:
        case Revert():
            return asked
        case SameIn(a=a, b=b):
            return Same(_referent(a), _referent(b))
        case SeparateIn(a=a, b=b):
            return Separate(_referent(a), _referent(b))
        case SplitIn(referents=referents):
            return subjects.split_off(conn, workspace, [_referent(each) for each in referents])
        case TrustIn(uri=uri, trust=trust):
            return TrustSource(documents.source_id(uri), round(trust * MICRO))
        case OntologyIn(text=text):
            return ChangeOntology(text)
        case AdoptEpochIn(epoch=epoch):
            return AdoptEpoch(EpochId(bytes.fromhex(epoch)))
        case ResolveIn() as resolve:
            qualifiers = tuple(sorted(resolve.qualifiers.items()))
            subject, tail = _referent(resolve.subject), _tail(resolve)
            as_of = None if resolve.as_of is None else PartialDate(resolve.as_of)
            return Resolve(subject, resolve.relation, tail, qualifiers, resolve.polarity, as_of)


def _tail(asked: ResolveIn) -> ReferentId | Value:
    if (asked.referent is None) == (asked.value is None):
        raise InvalidInput("ruling: name either the referent or the value that is right, and not both")
    if asked.referent is not None:
        return _referent(asked.referent)
    assert asked.value is not None
    return Value(ValueKind(asked.value.kind), asked.value.text, asked.value.unit)


def _referent(text: str) -> ReferentId:
    return ReferentId(bytes.fromhex(text))
