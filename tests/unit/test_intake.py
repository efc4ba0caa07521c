"""What an upload is told: under which URI each file lies, and whose place it took."""

from pathlib import Path

import pytest

from app.adapters.blobs import Blobs
from app.intake import Intake
from app.uploads import Limits
from graph.ledger import documents
from graph.ledger.engine import Ledger
from graph.ledger.job_types import Item
from graph.types import ContentId, WorkspaceId

WS = WorkspaceId("test")


@pytest.fixture
def intake(ledger: Ledger, tmp_path: Path) -> Intake:
    return Intake(ledger, Blobs(tmp_path / "blobs"), Limits(1000, 10_000, 10))


def sent(intake: Intake, data: bytes, name: str, **how: object) -> tuple[Item, dict[str, ContentId]]:
    _, (item,), replaced = intake.accept(WS, [intake.draft(WS, data, name)], **how)  # type: ignore[arg-type]
    return item, replaced


def test_another_content_of_the_same_name_is_told(intake: Intake) -> None:
    first, replaced = sent(intake, b"one", "notes.txt")
    assert replaced == {}
    assert sent(intake, b"one", "notes.txt")[1] == {}
    assert sent(intake, b"two", "notes.txt", key="k")[1] == {"upload:notes.txt": first.content}
    assert sent(intake, b"two", "notes.txt", key="k")[1] == {}
    assert sent(intake, b"three", "other.txt")[1] == {}


def test_what_takes_a_documents_place_lies_under_its_uri(intake: Intake, ledger: Ledger) -> None:
    first, _ = sent(intake, b"one", "former.txt")
    assert first.content is not None
    with ledger.read() as conn:
        former = documents.get_document(conn, WS, first.content)
    item, replaced = sent(intake, b"two", "v2.txt", replaces=former)
    assert (item.filename, item.uri) == ("v2.txt", "upload:former.txt")
    assert replaced == {"upload:former.txt": first.content}
    with ledger.read() as conn:
        assert item.content is not None
        (source,) = documents.get_document(conn, WS, item.content).sources
    assert source.uri == item.uri
