"""Publishing: whole or not at all, idempotent, and refused when it contradicts itself."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection

from graph.errors import IntegrityError, InvalidInput, NotFound, QuoteMismatch, StaleWrite
from graph.ledger import evidence as read
from graph.ledger import publish as module
from graph.ledger.documents import changed_contents, delete_content, get_document
from graph.ledger.engine import Ledger
from graph.ledger.positions import position
from graph.ledger.publish import is_published, publish
from graph.ledger.tables import run_text
from graph.types import Element, ElementKind, Evidence, Position, Span, WorkspaceId
from tests.fakes.ledger_evidence import NEWER, PIPELINE, accepted, made

WS = WorkspaceId("test")


def _ready(ledger: Ledger, *files: Evidence) -> None:
    with ledger.write() as conn:
        accepted(conn, WS, *files)


@pytest.mark.parametrize("batch", [1, 7, 10_000])
def test_what_is_read_is_what_was_published(
    ledger: Ledger, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", batch)
    file = made(WS, count=20)
    _ready(ledger, file)
    at = publish(ledger, WS, file)
    with ledger.read() as conn:
        assert position(conn, WS) == at == 2
        assert read.read_evidence(conn, WS, file.content) == file
        assert read.read_evidence(conn, WS, file.content, PIPELINE) == file
        assert read.claims_of(conn, WS, [file.content]) == list(file.claims)
        assert read.referents_of(conn, WS, [file.content]) == list(file.referents)
        document = get_document(conn, WS, file.content)
        assert (document.title, document.pages, document.pipeline) == (file.title, file.pages, PIPELINE)


def test_a_text_of_many_slices(ledger: Ledger) -> None:
    file = made(WS, count=1500)  # 60,000 characters, astral-plane free but not ASCII
    assert len(file.text) > 3 * module.SLICE
    _ready(ledger, file)
    publish(ledger, WS, file)
    edge = module.SLICE
    spans = [
        Span(0, 1),
        Span(edge - 1, edge),
        Span(edge - 1, edge + 1),
        Span(edge, edge + 1),
        Span(0, len(file.text)),
        Span(len(file.text) - 1, len(file.text)),
    ]
    outside = [Span(3, 3), Span(5, 4), Span(-1, 4), Span(0, len(file.text) + 1)]
    with ledger.read() as conn:
        found = read.texts_at(conn, WS, {file.content: [*spans, *outside]})
        assert found == {(file.content, span): span.of(file.text) for span in spans}
        assert read.read_evidence(conn, WS, file.content) == file


def test_publishing_again_is_a_replay(ledger: Ledger) -> None:
    file = made(WS)
    _ready(ledger, file)
    at = publish(ledger, WS, file)
    other = replace(file, title="another reading of the same bytes by the same pipeline", claims=())
    assert publish(ledger, WS, file) == publish(ledger, WS, other) == at
    with ledger.read() as conn:
        assert read.read_evidence(conn, WS, file.content) == file
        assert changed_contents(conn, WS, at, position(conn, WS)) == {}


def test_another_pipeline_replaces_the_run(ledger: Ledger) -> None:
    old, new = made(WS), made(WS, pipeline=NEWER)
    new = replace(new, claims=new.claims[:2], title="Newer")
    _ready(ledger, old)
    publish(ledger, WS, old)
    at = publish(ledger, WS, new)
    with ledger.read() as conn:
        assert read.read_evidence(conn, WS, old.content) == new
        assert read.read_evidence(conn, WS, old.content, PIPELINE) == old
        assert read.claims_of(conn, WS, [old.content]) == list(new.claims)
        assert read.claims(conn, WS, [c.id for c in old.claims]) == []
        assert read.referents(conn, WS, [r.id for r in old.referents]) == sorted(
            new.referents, key=lambda r: new.referents.index(r)
        )
        now = module.run_id(WS, new.content, new.pipeline)
        assert changed_contents(conn, WS, Position(at - 1), at) == {old.content: now}
    assert publish(ledger, WS, old) > at  # the last publication wins
    with ledger.read() as conn:
        assert read.read_evidence(conn, WS, old.content) == old


def test_only_what_is_live_is_read(ledger: Ledger) -> None:
    gone, here = made(WS, seed=1), made(WS, seed=2)
    _ready(ledger, gone, here)
    for file in (gone, here):
        publish(ledger, WS, file)
    both = [gone.content, here.content]
    ends = [r.id for f in (gone, here) for r in f.referents]
    with ledger.write() as conn:
        assert {c.content for c in read.claims_of(conn, WS, both)} == set(both)
        delete_content(conn, WS, gone.content)
        assert {c.content for c in read.claims_of(conn, WS, both)} == {here.content}
        assert {r.content for r in read.referents_of(conn, WS, both)} == {here.content}
        assert {r.content for r in read.referents(conn, WS, ends)} == {here.content}
        assert {c.content for c in read.claims_at(conn, WS, ends)} == {here.content}
        assert set(read.layouts(conn, WS, both)) == {here.content}
        assert set(read.live_runs(conn, WS, both)) == {here.content}
        assert {of for of, _ in read.texts_at(conn, WS, {i: [Span(0, 5)] for i in both})} == {here.content}
        assert read.read_evidence(conn, WS, gone.content) == gone  # nothing is lost


def test_claims_at_either_end(ledger: Ledger) -> None:
    file = made(WS, count=8)
    _ready(ledger, file)
    publish(ledger, WS, file)
    firm = next(r for r in file.referents if r.names == ("Firm 0",))
    person = next(r for r in file.referents if r.names == ("Person 0",))
    wanted = {c.id for c in file.claims if {c.head, c.tail_referent} & {firm.id, person.id}}
    with ledger.read() as conn:
        found = [c.id for c in read.claims_at(conn, WS, [firm.id, person.id, firm.id])]
    assert found == sorted(wanted)
    assert len(found) == 3


def test_layouts_carry_all_but_text_and_claims(ledger: Ledger) -> None:
    file = made(WS)
    _ready(ledger, file)
    publish(ledger, WS, file)
    with ledger.read() as conn:
        layout = read.layouts(conn, WS, [file.content])[file.content]
    assert (layout.elements, layout.chunks, layout.signature) == (file.elements, file.chunks, file.signature)
    assert (layout.title, layout.pages, layout.stated) == (file.title, file.pages, file.stated)


def _broken(file: Evidence) -> dict[str, Evidence]:
    text, claim_, mention_, referent_ = file.text, file.claims[0], file.mentions[0], file.referents[0]

    def with_claim(**changes: Any) -> Evidence:
        return replace(file, claims=(replace(claim_, **changes), *file.claims[1:]))

    unknown = made(WS, seed=99).referents[0]
    return {
        "quote empty": with_claim(span=Span(3, 3)),
        "quote backwards": with_claim(span=Span(5, 3)),
        "quote negative": with_claim(span=Span(-5, 3)),
        "quote beyond": with_claim(span=Span(0, len(text) + 1)),
        "quote blank": with_claim(span=Span(claim_.span.end, claim_.span.end + 1)),
        "unknown head": with_claim(head=unknown.id),
        "unknown tail": with_claim(tail=unknown.id),
        "foreign claim": with_claim(content=unknown.content),
        "confidence": with_claim(confidence=1_000_001),
        "a validity that ends before it begins": with_claim(valid_from="2015", valid_to="2014-12"),
        "unsorted qualifiers": with_claim(qualifiers=(("b", "1"), ("a", "2"))),
        "claim twice": replace(file, claims=(claim_, claim_)),
        "claim text": with_claim(phrase="nul\x00"),
        "mention beyond": replace(
            file, mentions=(*file.mentions, replace(mention_, span=Span(0, len(text) + 1)))
        ),
        "mention empty": replace(file, mentions=(*file.mentions, replace(mention_, span=Span(2, 2)))),
        "mention unknown": replace(file, mentions=(*file.mentions, replace(mention_, referent=unknown.id))),
        "mention twice": replace(file, mentions=(*file.mentions, mention_)),
        "referent twice": replace(file, referents=(*file.referents, referent_)),
        "referent nameless": replace(file, referents=(replace(referent_, names=()), *file.referents[1:])),
        "referent foreign": replace(file, referents=(*file.referents, unknown)),
        "referent unmentioned": replace(
            file, mentions=tuple(m for m in file.mentions if m.referent != referent_.id)
        ),
        "chunk order": replace(file, chunks=file.chunks[::-1]),
        "chunk beyond": replace(file, chunks=(replace(file.chunks[0], span=Span(0, len(text) + 1)),)),
        "element order": replace(file, elements=file.elements[::-1]),
        "element parent": replace(file, elements=(Element(0, ElementKind.PARAGRAPH, Span(0, 1), parent=77),)),
        "element beyond": replace(
            file, elements=(Element(0, ElementKind.PARAGRAPH, Span(0, len(text) + 1)),)
        ),
        "text": replace(file, text=text[:-1] + "\ud800"),
    }


@pytest.mark.parametrize("what", list(_broken(made(WS))))
def test_evidence_that_contradicts_itself_is_refused(ledger: Ledger, what: str) -> None:
    file = made(WS)
    _ready(ledger, file)
    with pytest.raises(QuoteMismatch if what.startswith("quote") else InvalidInput):
        publish(ledger, WS, _broken(file)[what])
    with ledger.read() as conn:
        assert position(conn, WS) == 1
        assert not is_published(conn, WS, file.content, PIPELINE)
    publish(ledger, WS, file)  # a refusal leaves nothing in the way


def test_a_document_that_was_never_accepted(ledger: Ledger) -> None:
    file = made(WS)
    with pytest.raises(NotFound):
        publish(ledger, WS, file)
    with pytest.raises(NotFound), ledger.read() as conn:
        read.read_evidence(conn, WS, file.content)


def test_a_claim_of_another_document_cannot_be_taken(ledger: Ledger) -> None:
    one, two = made(WS, seed=1), made(WS, seed=2)
    stolen = replace(two, claims=(replace(two.claims[0], id=one.claims[0].id),))
    _ready(ledger, one, two)
    publish(ledger, WS, one)
    with pytest.raises(IntegrityError):
        publish(ledger, WS, stolen)
    with ledger.read() as conn:
        assert read.claims(conn, WS, [one.claims[0].id]) == [one.claims[0]]


def test_text_changed_behind_our_back_is_noticed(ledger: Ledger) -> None:
    file = made(WS)
    _ready(ledger, file)
    publish(ledger, WS, file)
    with ledger.write() as conn:
        conn.execute(run_text.update().values(text=file.text.replace("works", "slept")))
    with pytest.raises(IntegrityError), ledger.read() as conn:
        read.read_evidence(conn, WS, file.content)
    with pytest.raises(IntegrityError), ledger.read() as conn:
        read.texts_at(conn, WS, {file.content: [Span(0, 4)]})
    with ledger.write() as conn:
        conn.execute(run_text.delete())
    with pytest.raises(IntegrityError), ledger.read() as conn:
        read.texts_at(conn, WS, {file.content: [Span(0, 4)]})
    with pytest.raises(IntegrityError), ledger.read() as conn:
        read.read_evidence(conn, WS, file.content)


class _Overtaken(Ledger):
    """A ledger before whose third transaction somebody else does something."""

    def __init__(self, ledger: Ledger, first: Callable[[], object]) -> None:
        super().__init__(ledger.engine)
        self._first = first
        self._opened = 0

    @contextmanager
    def write(self) -> Iterator[Connection]:
        self._opened += 1
        if self._opened == 3:
            self._first()
        with super().write() as conn:
            yield conn


@pytest.mark.parametrize("other_finishes", [True, False])
def test_two_stagers_of_one_document_cannot_mix(
    ledger: Ledger, other_finishes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is overtaken between two of its batches: it is told so, and the other's rows are whole."""
    monkeypatch.setattr(module, "BATCH", 5)
    slow = made(WS, count=6)
    quick = replace(slow, title="the quick one", claims=slow.claims[:3])
    _ready(ledger, slow)

    def stop() -> None:
        raise RuntimeError("killed")

    def overtake() -> None:
        if other_finishes:
            publish(ledger, WS, quick)
        else:
            with pytest.raises(RuntimeError):
                publish(_Overtaken(ledger, stop), WS, quick)

    if other_finishes:  # the first whole reading of a pipeline counts
        assert publish(_Overtaken(ledger, overtake), WS, slow) == 2
    else:
        with pytest.raises(StaleWrite):
            publish(_Overtaken(ledger, overtake), WS, slow)
    with ledger.read() as conn:
        assert is_published(conn, WS, slow.content, PIPELINE) == other_finishes
    publish(ledger, WS, slow)
    with ledger.read() as conn:
        assert read.read_evidence(conn, WS, slow.content) == (quick if other_finishes else slow)


def test_a_killed_stager_is_completed_by_the_next(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 5)
    file = made(WS, count=6)
    _ready(ledger, file)

    def stop() -> None:
        raise RuntimeError("killed")

    for _ in range(2):
        with pytest.raises(RuntimeError):
            publish(_Overtaken(ledger, stop), WS, file)
        with ledger.read() as conn:
            assert position(conn, WS) == 1
            assert read.referents_of(conn, WS, [file.content]) == []
            with pytest.raises(NotFound):
                read.read_evidence(conn, WS, file.content)
    assert publish(ledger, WS, file) == 2
    with ledger.read() as conn:
        assert read.read_evidence(conn, WS, file.content) == file


def test_threads_that_publish_the_same_document(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 3)
    file = made(WS, count=10)
    _ready(ledger, file)
    done: list[int] = []
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        while True:
            try:
                done.append(publish(ledger, WS, file))
                return
            except StaleWrite:
                continue

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [2, 2, 2, 2]
    with ledger.read() as conn:
        assert read.read_evidence(conn, WS, file.content) == file
