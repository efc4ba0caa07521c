"""``/graph/digest``: what the graph is known by, and whether it is what its evidence makes."""

from typing import Annotated

from fastapi import APIRouter, Body

from app.deps import Admin, Reader, TheParts
from app.digest_schemas import DigestOut, TableSums, VerifiedOut, VerifyIn
from graph.commit import VerifyReport, rebuild, verify
from graph.fusion.digest import combined
from graph.ledger.derived import read_sums
from graph.ledger.positions import fused_position

router = APIRouter(tags=["graph"])


@router.get("/graph/digest")
def read_digest(parts: TheParts, principal: Reader) -> DigestOut:
    """The digest as the last pass left it."""
    with parts.ledger.read() as conn:
        sums, position = read_sums(conn, principal.workspace), fused_position(conn, principal.workspace)
    return DigestOut(digest=combined(sums), position=position)


@router.post("/graph/digest/verify")
def verify_digest(
    asked: Annotated[VerifyIn, Body(default_factory=VerifyIn)], parts: TheParts, principal: Admin
) -> VerifiedOut:
    """Fuse all live evidence from nothing, in memory, and compare: the sums that passes have kept, the stored
    rows, and what the evidence makes must agree.

    Takes as long as fusing the workspace anew; 503 while new evidence keeps arriving.
    """
    found = left = verify(parts.ledger, principal.workspace)
    if asked.repair and not found.ok:
        rebuild(parts.ledger, principal.workspace)
        left = verify(parts.ledger, principal.workspace)
    return VerifiedOut(
        digest=left.digest,
        position=left.position,
        sound=left.ok,
        repaired=left is not found,
        tables=[_sums(found, table) for table in found.kept],
    )


def _sums(found: VerifyReport, table: str) -> TableSums:
    kept, of_rows, of_evidence = (sums[table] for sums in (found.kept, found.of_rows, found.of_evidence))
    return TableSums(
        table=table,
        kept=f"{kept:064x}",
        of_rows=f"{of_rows:064x}",
        of_evidence=f"{of_evidence:064x}",
        sound=kept == of_rows == of_evidence,
    )
