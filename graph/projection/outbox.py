"""The pump between the ledger's outbox and the graph store, and the way to begin anew."""

import anyio.to_thread

from graph.ports import GraphProjection, GraphRowReader, OutboxReader
from graph.types import ChangeKind, Position, WorkspaceId

PAGE = 10_000  # outbox rows read at a time; the rows of one position are never split


async def project_pending(
    outbox: OutboxReader, graph: GraphProjection, workspace: WorkspaceId, *, page: int = PAGE
) -> Position:
    """Bring the graph to the fused position and return the position reached.

    Killed anywhere, the next call goes on: every row is an absolute state. StaleWrite when another pump is
    faster, StoreUnavailable when the store does not answer; both may simply be tried again.
    """
    while True:
        position = await graph.position(workspace)
        # Read before the rows: a pass that commits in between only brings rows beyond it
        fused = await anyio.to_thread.run_sync(outbox.fused_position, workspace)
        changes = await anyio.to_thread.run_sync(outbox.changes_after, workspace, position, page)
        if changes:
            reached = changes[-1].position
        elif fused > position:
            reached = fused  # positions that changed nothing in the graph
        else:
            return position
        await graph.apply(workspace, changes, expected=position, reached=reached)


async def rebuild(
    rows: GraphRowReader,
    outbox: OutboxReader,
    graph: GraphProjection,
    workspace: WorkspaceId,
    *,
    page: int = PAGE,
) -> Position:
    """Clear the workspace's graph and write it from the derived rows; then follow the outbox.

    Passes may commit meanwhile: whatever they change is in the outbox beyond the position noted first.
    """
    fused = await anyio.to_thread.run_sync(rows.fused_position, workspace)
    await graph.clear(workspace)
    zero = Position(0)
    for kind in ChangeKind:
        after: bytes | None = None
        while True:
            changes = await anyio.to_thread.run_sync(rows.graph_rows, workspace, kind, after, page)
            await graph.apply(workspace, changes, expected=zero, reached=zero)
            if len(changes) < page:
                break
            after = changes[-1].id
    await graph.apply(workspace, [], expected=zero, reached=fused)
    return await project_pending(outbox, graph, workspace, page=page)
