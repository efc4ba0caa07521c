"""A graph that a fault of ours keeps where it is: whoever waits for it is told."""

import asyncio
from pathlib import Path
from typing import cast

import pytest

from app.leases import open_leases
from app.observability import Metrics
from app.sweep import WorkerOptions
from app.workflows import Worker
from graph.ledger.engine import Ledger
from graph.ledger.job_items import get_item, publish_item
from graph.ledger.job_types import ItemStatus, NewItem
from graph.ledger.jobs import create_job, list_items
from graph.ledger.positions import next_position
from graph.types import WorkspaceId
from graph.workflows import GraphWorkflow
from ingest.workflows import DocumentWorkflow
from tests.fakes.ledger_evidence import content_of

WS = WorkspaceId("test")


class BrokenGraphs:
    def fuse(self, workspace: WorkspaceId, *, passes: int) -> None:
        raise ArithmeticError("a number of a million digits")


def test_who_waits_is_told_of_a_fault_and_the_fault_is_not_hidden(ledger: Ledger, tmp_path: Path) -> None:
    with ledger.write() as conn:
        job, _ = create_job(conn, WS, [NewItem("a.txt", "u:a", content_of("a"))])
        (item,) = list_items(conn, WS, job.id, limit=10).items
        publish_item(conn, WS, item.id, next_position(conn, WS))
    worker = Worker(
        ledger,
        cast(DocumentWorkflow, None),
        cast(GraphWorkflow, BrokenGraphs()),
        jobs_url=f"sqlite:///{tmp_path / 'jobs.db'}",
        leases=open_leases("sqlite", tmp_path),
        options=WorkerOptions(1, 1, 0.0, 0.0, None),
        metrics=Metrics(),
        adjudicator=None,
        proposer=None,
        loop=asyncio.new_event_loop(),
    )
    with pytest.raises(ArithmeticError):
        worker._refresh_step(WS)
    with ledger.read() as conn:
        told = get_item(conn, WS, item.id)
    assert told.status is ItemStatus.PUBLISHED
    assert told.error is not None and "tried again: the service failed" in told.error
