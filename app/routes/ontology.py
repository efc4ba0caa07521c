"""``/ontology``: what kinds of things and relations the workspace knows, and what its facts say of them."""

from fastapi import APIRouter

from app import presentation
from app.deps import Admin, Reader, TheParts
from app.graph_schemas import OntologyOut, OntologyProposal
from graph.commit import propose_ontology
from graph.ledger import positions
from graph.ledger.judgement import rulings_at
from graph.ontology import default_ontology_text, stored_ontology

router = APIRouter(prefix="/ontology", tags=["decisions"])


@router.get("")
def read_ontology(parts: TheParts, principal: Reader) -> OntologyOut:
    """The ontology in force, as TOML. A decision of kind `change_ontology` sets another."""
    with parts.ledger.read() as conn:
        at = positions.position(conn, principal.workspace)
        own = rulings_at(conn, principal.workspace, at).ontology
    text = own or default_ontology_text()
    return OntologyOut(text=text, own=own is not None, faults=list(stored_ontology(text)[1]))


@router.get("/proposed")
def propose(parts: TheParts, principal: Admin) -> OntologyProposal:
    """The ontology in force, and what the facts say of it: traits, temporal kinds, units and inverses with
    their counts, and relation types for phrases that it does not list. Nothing changes until a decision of
    kind `change_ontology` sets a text.

    Takes as long as fusing the workspace anew.
    """
    text, relations = propose_ontology(parts.ledger, principal.workspace)
    return OntologyProposal(text=text, relations=[presentation.induced(each) for each in relations])
