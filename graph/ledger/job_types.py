"""Jobs and their items, as values; the numbers and words that their rows hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row

from graph.ledger.times import to_datetime
from graph.types import ContentId, Position


class ItemStatus(StrEnum):
    ACCEPTED = "accepted"  # its bytes are kept; a worker will take it
    RUNNING = "running"  # a worker reads it; ``stage`` says how far it is
    PUBLISHED = "published"  # its evidence is live, the graph not yet there
    DONE = "done"  # graph and indexes have passed its position
    FAILED = "failed"  # ``error`` says why
    CANCELLED = "cancelled"


class JobStatus(StrEnum):
    RUNNING = "running"
    DONE = "done"  # every item is
    PARTIAL = "partial"  # some items are done, others failed or were cancelled
    FAILED = "failed"  # no item is done, and one failed
    CANCELLED = "cancelled"  # no item is done or failed


OPEN = (ItemStatus.ACCEPTED, ItemStatus.RUNNING, ItemStatus.PUBLISHED)


@dataclass(frozen=True, slots=True)
class NewItem:
    """A file of an upload, or a ``question`` for a model (JSON), named by ``filename`` for people.

    With ``error`` it is refused at the door, and failed from the start.
    """

    filename: str
    uri: str | None = None
    content: ContentId | None = None
    error: str | None = None
    question: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """``attempt`` is 1, and one more for each retry: (id, attempt) names a workflow."""

    id: bytes
    job: bytes
    ord: int
    filename: str
    uri: str | None
    content: ContentId | None
    question: Mapping[str, Any] | None
    status: ItemStatus
    stage: str | None
    error: str | None
    attempt: int
    position: Position | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Job:
    """``counts`` has every status, the empty ones too. ``events`` is the last event's number."""

    id: bytes
    status: JobStatus
    cancelled: bool
    counts: Mapping[ItemStatus, int]
    events: int
    created_at: datetime
    updated_at: datetime

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class JobEvent:
    """``kind`` is ``item`` (data: id, filename, status, stage, error) or ``job`` (data: status)."""

    seq: int
    kind: str
    data: Mapping[str, Any]
    at: datetime


def item_of(row: Row[Any]) -> Item:
    return Item(
        id=row.id,
        job=row.job,
        ord=row.ord,
        filename=row.filename,
        uri=row.uri,
        content=None if row.content is None else ContentId(row.content),
        question=row.question,
        status=ItemStatus(row.status),
        stage=row.stage,
        error=row.error,
        attempt=row.attempt,
        position=None if row.position is None else Position(row.position),
        updated_at=to_datetime(row.updated_at),
    )
