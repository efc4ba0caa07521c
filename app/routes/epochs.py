"""``/epochs``: what is learnt from the workspace's own evidence, before a decision adopts it."""

from fastapi import APIRouter

from app import presentation
from app.bootstrap import Parts
from app.deps import Admin, Cursor, Limit, Reader, TheParts
from app.graph_schemas import EpochBrief, EpochOut, EpochPage
from app.schemas import HexId
from graph.commit import calibrate
from graph.fusion.epoch import EPOCH_0
from graph.ledger import cursors, documents, epochs
from graph.ledger.judgement import adopted, settings_now
from graph.types import EpochId, SourceId, WorkspaceId

router = APIRouter(tags=["decisions"])


@router.post("/epochs/calibrate", status_code=201)
def calibrate_epoch(parts: TheParts, principal: Admin) -> EpochOut:
    """Learn from all live evidence, without labels, which words of names tell, how far sources are right and
    which relation types the phrases mean that the ontology does not list. A workspace without an ontology of
    its own also learns which types turn out functional, asymmetric and so on.

    Nothing changes until a decision of kind `adopt_epoch` names the epoch; reverting it restores what was.
    Takes as long as fusing the workspace anew.
    """
    return _shown(parts, principal.workspace, calibrate(parts.ledger, principal.workspace, parts.embedder))


@router.get("/epochs")
def list_epochs(parts: TheParts, principal: Reader, limit: Limit = 50, cursor: Cursor = None) -> EpochPage:
    """Every epoch that was recorded, the newest first, and which one is in force."""
    with parts.ledger.read() as conn:
        page = epochs.list_epochs(
            conn, principal.workspace, limit=limit, cursor=cursors.after("epochs", cursor)
        )
        in_force = settings_now(conn, principal.workspace)[0] or EPOCH_0.id
    return EpochPage(
        epochs=[
            EpochBrief(epoch=id_.hex(), position=position, in_force=id_ == in_force)
            for id_, position in page.items
        ],
        in_force=in_force.hex(),
        next_cursor=cursors.ended("epochs", page.next_cursor),
    )


@router.get("/epochs/{epoch_id}")
def get_epoch(epoch_id: HexId, parts: TheParts, principal: Reader) -> EpochOut:
    """What an epoch says; also of the one that ships, which is in force until another is adopted."""
    return _shown(parts, principal.workspace, EpochId(bytes.fromhex(epoch_id)))


def _shown(parts: Parts, workspace: WorkspaceId, id_: EpochId) -> EpochOut:
    with parts.ledger.read() as conn:
        learnt = adopted(conn, workspace, id_)
        uris = documents.uris_of(conn, workspace, [SourceId(bytes.fromhex(each)) for each in learnt.trust])
    return presentation.epoch(id_, learnt, uris)
