"""``/epochs``: what is learnt from the workspace's own evidence, before a decision adopts it."""

from fastapi import APIRouter

from app import presentation
from app.deps import Admin, TheParts
from app.graph_schemas import EpochOut
from graph.commit import calibrate
from graph.fusion.epoch import Epoch
from graph.ledger import epochs

router = APIRouter(tags=["decisions"])


@router.post("/epochs/calibrate", status_code=201)
def calibrate_epoch(parts: TheParts, principal: Admin) -> EpochOut:
    """Learn from all live evidence, without labels, which words of names tell, how far sources are right and
    which relation types the phrases mean that the ontology does not list. A workspace without an ontology of
    its own also learns which types turn out functional, asymmetric and so on.

    Nothing changes until a decision of kind `adopt_epoch` names the epoch; reverting it restores what was.
    Takes as long as fusing the workspace anew.
    """
    epoch = calibrate(parts.ledger, principal.workspace, parts.embedder)
    with parts.ledger.read() as conn:
        parameters = epochs.read(conn, principal.workspace, epoch)
    return presentation.epoch(epoch, Epoch.from_parameters(parameters))
