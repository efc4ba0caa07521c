"""``/decisions``: what people rule, in order, and how they take it back."""

from typing import Annotated

from fastapi import APIRouter, Path

from app import presentation
from app.bootstrap import Parts
from app.deps import Admin, Reader, TheParts
from app.graph_schemas import (
    AdoptEpochIn,
    DecisionIn,
    DecisionList,
    DecisionOut,
    OntologyIn,
    ResolveIn,
    RevertIn,
    SameIn,
    SeparateIn,
    TrustIn,
)
from graph.errors import InvalidInput
from graph.ledger import decisions
from graph.ledger.documents import source_id
from graph.ledger.tokens import Principal
from graph.types import (
    MICRO,
    AdoptEpoch,
    ChangeOntology,
    EpochId,
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
)

router = APIRouter(tags=["decisions"])

DecisionId = Annotated[int, Path(ge=1, le=2**62, description="The id of the decision.")]


@router.get("/decisions")
def list_decisions(parts: TheParts, principal: Reader) -> DecisionList:
    """Every decision in order, those taken back included."""
    with parts.ledger.read() as conn:
        found = decisions.records(conn, principal.workspace)
    return DecisionList(decisions=[presentation.decision(each) for each in found])


@router.post("/decisions", status_code=201)
def decide(asked: DecisionIn, parts: TheParts, principal: Admin) -> DecisionOut:
    """Rule. Same and separate name referents (an entity's ``members``), so that they outlive any merge.

    A change of the ontology starts a job that reads the documents again; ``job_id`` names it.
    """
    return _decided(parts, principal, _ruling(asked), asked.reason)


@router.post("/decisions/{decision_id}/revert", status_code=201)
def revert(decision_id: DecisionId, asked: RevertIn, parts: TheParts, principal: Admin) -> DecisionOut:
    """Take a decision back; reverting the revert restores it."""
    return _decided(parts, principal, Revert(Position(decision_id)), asked.reason)


def _decided(parts: Parts, principal: Principal, ruling: Ruling, reason: str) -> DecisionOut:
    """A ruling, and the job that its consequence for reading needs, in one transaction."""
    workspace, rereading = principal.workspace, parts.rereading
    with parts.ledger.write() as conn:
        former = rereading.pipeline(conn, workspace)
        made = decisions.decide(conn, workspace, ruling, principal.name, reason)
        changed = rereading.pipeline(conn, workspace) != former
        job = rereading.begin(conn, workspace) if changed else None
    return presentation.new_decision(made, job)


def _ruling(asked: DecisionIn) -> Ruling:
    match asked.ruling:
        case SameIn(a=a, b=b):
            return Same(_referent(a), _referent(b))
        case SeparateIn(a=a, b=b):
            return Separate(_referent(a), _referent(b))
        case TrustIn(uri=uri, trust=trust):
            return TrustSource(source_id(uri), round(trust * MICRO))
        case OntologyIn(text=text):
            return ChangeOntology(text)
        case AdoptEpochIn(epoch=epoch):
            return AdoptEpoch(EpochId(bytes.fromhex(epoch)))
        case ResolveIn() as resolve:
            qualifiers = tuple(sorted(resolve.qualifiers.items()))
            return Resolve(_referent(resolve.subject), resolve.relation, _tail(resolve), qualifiers)


def _tail(asked: ResolveIn) -> ReferentId | Value:
    if (asked.referent is None) == (asked.value is None):
        raise InvalidInput("ruling: name either the referent or the value that is right, and not both")
    if asked.referent is not None:
        return _referent(asked.referent)
    assert asked.value is not None
    return Value(ValueKind(asked.value.kind), asked.value.text, asked.value.unit)


def _referent(text: str) -> ReferentId:
    return ReferentId(bytes.fromhex(text))
