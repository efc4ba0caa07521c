"""Contents and sources: accept, replace, delete, list; what is live and what has changed."""

import pytest
from sqlalchemy import Connection

from graph.errors import InvalidInput, NotFound
from graph.ledger.documents import (
    Upload,
    accept,
    changed_contents,
    delete_content,
    delete_source,
    documents,
    get_document,
    list_documents,
    live_contents,
    source_id,
)
from graph.ledger.engine import Ledger
from graph.ledger.positions import position
from graph.ledger.publish import publish
from graph.types import ContentId, Position, WorkspaceId
from tests.fakes.ledger_evidence import accepted, content_of, made, upload

WS = WorkspaceId("test")


def _changed(conn: Connection, after: int) -> list[ContentId]:
    return list(changed_contents(conn, WS, Position(after), position(conn, WS)))


def test_accepting_keeps_the_order_and_takes_one_position(ledger: Ledger) -> None:
    files = [made(WS, seed=n) for n in range(5)]
    with ledger.write() as conn:
        answers = accepted(conn, WS, *files)
        assert [a.content for a in answers] == [f.content for f in files]
        assert {a.position for a in answers} == {1} and all(a.changed for a in answers)
        assert len(list_documents(conn, WS, limit=9).items) == 5 and live_contents(conn, WS) == []
        found = get_document(conn, WS, files[0].content)
    assert (found.filename, found.media_type, found.size) == (
        "File 0.txt",
        "text/plain",
        len(files[0].text.encode()),
    )
    assert (found.live, found.title, found.pipeline, found.accepted) == (False, None, None, 1)
    assert [s.uri for s in found.sources] == ["upload:File 0.txt"]


def test_accepting_again_changes_nothing(ledger: Ledger) -> None:
    file = made(WS)
    with ledger.write() as conn:
        accept(conn, WS, [upload(file, by="Ann")])
    with ledger.write() as conn:
        (answer,) = accept(conn, WS, [upload(file, by="Ann")])
        assert not answer.changed
        assert _changed(conn, 1) == []
        (answer,) = accept(conn, WS, [upload(file, by="Bob")])
        assert answer.changed
        assert get_document(conn, WS, file.content).sources[0].metadata == {"by": "Bob"}
        assert _changed(conn, 2) == [file.content]


def test_content_is_live_with_a_source_and_a_run(ledger: Ledger) -> None:
    file = made(WS)
    with ledger.write() as conn:
        accept(conn, WS, [upload(file, "a"), upload(file, "b")])
        assert live_contents(conn, WS) == []
    publish(ledger, WS, file)
    with ledger.write() as conn:
        assert live_contents(conn, WS) == [file.content]
        assert delete_source(conn, WS, "a") == file.content
        assert live_contents(conn, WS) == [file.content]
        assert [s.uri for s in get_document(conn, WS, file.content).sources] == ["b"]
        delete_source(conn, WS, "b")
        assert live_contents(conn, WS) == []
        assert list_documents(conn, WS, limit=9).items == ()
        with pytest.raises(NotFound):
            get_document(conn, WS, file.content)
        before = position(conn, WS)
        accept(conn, WS, [upload(file, "c")])  # it is back, with the run it had
        assert live_contents(conn, WS) == [file.content]
        assert _changed(conn, before) == [file.content]


def test_a_uri_with_new_content_replaces_the_old(ledger: Ledger) -> None:
    old, new, shared = made(WS, seed=1), made(WS, seed=2), made(WS, seed=3)
    with ledger.write() as conn:
        accept(conn, WS, [upload(old, "one"), upload(shared, "two"), upload(shared, "three")])
    for file in (old, new, shared):
        if file is not new:
            publish(ledger, WS, file)
    with ledger.write() as conn:
        before = position(conn, WS)
        accept(conn, WS, [upload(new, "one"), upload(new, "two")])
        assert live_contents(conn, WS) == [shared.content]  # its third URI holds it
        assert _changed(conn, before) == sorted([old.content, new.content, shared.content])
    publish(ledger, WS, new)
    with ledger.read() as conn:
        assert live_contents(conn, WS) == sorted([new.content, shared.content])
        assert documents(conn, WS, [old.content])[old.content].sources == ()


def test_the_last_upload_to_a_uri_counts(ledger: Ledger) -> None:
    first, last = made(WS, seed=1), made(WS, seed=2)
    with ledger.write() as conn:
        answers = accept(conn, WS, [upload(first, "u"), upload(last, "u"), upload(first, "v")])
        assert [a.source for a in answers] == [source_id("u"), source_id("u"), source_id("v")]
        assert [s.uri for s in get_document(conn, WS, last.content).sources] == ["u"]
        assert [s.uri for s in get_document(conn, WS, first.content).sources] == ["v"]


def test_deleting_what_is_not_there(ledger: Ledger) -> None:
    file = made(WS)
    with ledger.write() as conn:
        accept(conn, WS, [upload(file, "a"), upload(file, "b")])
    with ledger.write() as conn:
        delete_content(conn, WS, file.content)
    for _ in range(2):
        with pytest.raises(NotFound), ledger.write() as conn:
            delete_content(conn, WS, file.content)
        with pytest.raises(NotFound), ledger.write() as conn:
            delete_source(conn, WS, "a")
    with ledger.read() as conn:
        assert position(conn, WS) == 2  # what failed took no position


def test_pages_meet_without_gaps_while_documents_come_and_go(ledger: Ledger) -> None:
    files = [made(WS, count=1, seed=n) for n in range(25)]
    with ledger.write() as conn:
        accepted(conn, WS, *files[:20])
        accepted(conn, WS, *files[20:])
        delete_content(conn, WS, files[3].content)
    seen, cursor = [], None
    while True:
        with ledger.read() as conn:
            page = list_documents(conn, WS, limit=7, cursor=cursor)
        seen += [d.content for d in page.items]
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
        with ledger.write() as conn:  # already seen: goes without a trace
            if page.items[0].sources:
                delete_content(conn, WS, page.items[0].content)
    wanted = [f.content for f in files if f is not files[3]]
    assert seen == sorted(wanted[:19]) + sorted(wanted[19:])
    for bad in ("", "x", "1", "1.zz", "a.b.c"):
        with pytest.raises(InvalidInput), ledger.read() as conn:
            list_documents(conn, WS, limit=7, cursor=bad)


def test_a_bulk_upload_is_one_short_transaction(ledger: Ledger) -> None:
    uploads = [
        Upload(f"u:{n}", content_of(str(n)), n, "text/plain", f"{n}.txt", {"n": str(n)}) for n in range(3000)
    ]
    with ledger.write() as conn:
        assert len(accept(conn, WS, uploads)) == 3000
        assert len(_changed(conn, 0)) == 3000
        assert not any(a.changed for a in accept(conn, WS, uploads))


def test_unfit_uploads_are_refused(ledger: Ledger) -> None:
    good = upload(made(WS))
    for bad in (
        Upload("", good.content, 1, "text/plain", "a"),
        Upload("u", ContentId(b"short"), 1, "text/plain", "a"),
        Upload("u", good.content, 1, "text/plain", "a\x00"),
        Upload("u", good.content, 1, "text/plain", "a", {"k": "\ud800"}),
        Upload("u", good.content, 2**70, "text/plain", "a"),
    ):
        with pytest.raises(InvalidInput), ledger.write() as conn:
            accept(conn, WS, [good, bad])
    with ledger.read() as conn:
        assert position(conn, WS) == 0
