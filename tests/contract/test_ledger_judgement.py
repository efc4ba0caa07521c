"""Decisions, verdicts, recorded model outputs and epochs."""

import threading

import pytest
from sqlalchemy import event, update

from graph.errors import InvalidInput, NotFound, OntologyError
from graph.identity import make_id
from graph.ledger import audit, decisions, epochs, llm_outputs, tables, verdicts
from graph.ledger.engine import Ledger
from graph.ledger.judgement import adopted, judgement_at
from graph.ledger.positions import position
from graph.ledger.rulings import from_json, to_json
from graph.ontology import default_ontology, default_ontology_text
from graph.types import (
    AdoptEpoch,
    Answer,
    ChangeOntology,
    EpochId,
    PartialDate,
    Position,
    ReferentId,
    Resolve,
    Revert,
    Ruling,
    Same,
    Separate,
    SourceId,
    Split,
    TrustSource,
    Value,
    ValueKind,
    Verdict,
    VerdictId,
    WorkspaceId,
)

WS = WorkspaceId("test")
A, B, C = (ReferentId(make_id("referent", name)) for name in "abc")
SOURCE = SourceId(make_id("source", "u"))

RULINGS: list[Ruling] = [
    Same(A, B),
    Separate(B, C),
    Split((A,), (B, C)),
    Resolve(A, "BORN_IN", B),
    Resolve(A, "REVENUE", Value(ValueKind.NUMBER, "12", "USD"), (("time", "2019"),)),
    Resolve(A, "NOTE", Value(ValueKind.TEXT, "x")),
    Resolve(A, "BORN_IN", B, (), False),
    Resolve(A, "LEADS", B, as_of=PartialDate("2020-05")),
    TrustSource(SOURCE, 250_000),
    ChangeOntology(default_ontology_text()),
    Revert(Position(1)),
]


def test_rulings_survive_their_json_form(ledger: Ledger) -> None:
    with ledger.write() as conn:
        epoch = epochs.record(conn, WS, {"same": 1})
        stored = [decisions.decide(conn, WS, r, "Ann", f"№ {r}") for r in [AdoptEpoch(epoch), *RULINGS[:-1]]]
        assert [d.position for d in stored] == list(range(2, 13))
        assert decisions.active(conn, WS) == stored
        assert [r.decision for r in decisions.records(conn, WS)] == stored
        assert decisions.decided_in(conn, WS, Position(3), Position(5)) == stored[2:4]
        noted = audit.entries(conn, WS, 100)
    assert {entry.detail["position"] for entry in noted} == {d.position for d in stored}
    assert {entry.actor for entry in noted} == {"Ann"}
    for ruling in RULINGS:
        assert from_json(*to_json(ruling)) == ruling
    kind, stored_before = to_json(RULINGS[3])
    del stored_before["polarity"]  # as it was written when none was for a denial
    del stored_before["as_of"]  # and none of a time
    assert from_json(kind, stored_before) == RULINGS[3]


def test_an_epoch_is_read_once_and_is_no_other_workspaces(ledger: Ledger) -> None:
    read: list[str] = []

    def note(_c: object, _u: object, statement: str, *_: object) -> None:
        if "epoch.parameters" in statement:
            read.append(statement)

    with ledger.write() as conn:
        known = [epochs.record(conn, WS, {"same": 700_000 + n}) for n in range(9)]
    event.listen(ledger.engine, "before_cursor_execute", note)
    with ledger.read() as conn:
        assert [adopted(conn, WS, known[0]).same for _ in range(5)] == [700_000] * 5
        assert len(read) == 1
        with pytest.raises(NotFound):
            adopted(conn, WorkspaceId("other"), known[0])
        assert [adopted(conn, WS, epoch).same for epoch in known] == [700_000 + n for n in range(9)]


def test_a_revert_of_a_revert_restores(ledger: Ledger) -> None:
    def active() -> list[Ruling]:
        with ledger.read() as conn:
            return [d.ruling for d in decisions.active(conn, WS)]

    def decide(ruling: Ruling) -> Position:
        with ledger.write() as conn:
            return decisions.decide(conn, WS, ruling, "Ann").position

    same, separate = decide(Same(A, B)), decide(Separate(B, C))
    first = decide(Revert(same))
    assert active() == [Separate(B, C)]
    second = decide(Revert(first))
    assert active() == [Same(A, B), Separate(B, C)]
    decide(Revert(second))
    assert active() == [Separate(B, C)]
    decide(Revert(same))  # undone twice over: once is enough
    assert active() == [Separate(B, C)]
    decide(Revert(separate))
    assert active() == []
    with ledger.read() as conn:
        assert [r.active for r in decisions.records(conn, WS)] == [
            False, False, True, False, True, True, True,
        ]  # fmt: skip
        pages, cursor = [], None
        while not pages or cursor is not None:
            page = decisions.list_records(conn, WS, limit=3, cursor=cursor)
            pages.append(page.items)
            cursor = page.next_cursor
        assert [len(page) for page in pages] == [3, 3, 1]
        assert [r for page in pages for r in page] == decisions.records(conn, WS)[::-1]
        for foreign in ("", "abc", "9" * 40):
            with pytest.raises(InvalidInput, match="cursor"):
                decisions.list_records(conn, WS, limit=3, cursor=foreign)


@pytest.mark.parametrize(
    ("ruling", "error"),
    [
        (Same(A, A), InvalidInput),
        (Separate(B, B), InvalidInput),
        (Same(A, ReferentId(b"short")), InvalidInput),
        (Split((A, B), (B, C)), InvalidInput),
        (Split((A,), ()), InvalidInput),
        (Resolve(A, "", B), InvalidInput),
        (TrustSource(SOURCE, 1_000_001), InvalidInput),
        (TrustSource(SOURCE, -1), InvalidInput),
        (AdoptEpoch(EpochId(bytes(16))), NotFound),
        (Revert(Position(77)), NotFound),
        (ChangeOntology("[relation.bad]"), OntologyError),
    ],
)
def test_rulings_that_say_nothing_are_refused(ledger: Ledger, ruling: Ruling, error: type[Exception]) -> None:
    with pytest.raises(error), ledger.write() as conn:
        decisions.decide(conn, WS, ruling, "Ann")
    with pytest.raises(InvalidInput), ledger.write() as conn:
        decisions.decide(conn, WS, Same(A, B), "")
    with ledger.read() as conn:
        assert position(conn, WS) == 0
        assert decisions.records(conn, WS) == []
        assert audit.entries(conn, WS, 9) == []


def _verdict(name: str, a: ReferentId, b: ReferentId, answer: Answer, reason: str = "") -> Verdict:
    return Verdict(VerdictId(make_id("verdict", name)), a, b, answer, reason, "model")


def test_the_first_verdict_wins(ledger: Ledger) -> None:
    yes, no = _verdict("q", A, B, Answer.YES, "first"), _verdict("q", A, B, Answer.NO, "second")
    other = _verdict("r", B, C, Answer.UNSURE)
    with ledger.write() as conn:
        assert verdicts.record(conn, WS, [yes, no, other]) == [yes, yes, other]
        assert verdicts.record(conn, WS, [no]) == [yes]
        assert position(conn, WS) == 1  # what changes nothing takes no position
        assert verdicts.find(conn, WS, [yes.id, VerdictId(bytes(16))]) == {yes.id: yes}
        assert verdicts.touching(conn, WS, [A]) == [yes]
        assert verdicts.touching(conn, WS, [B, C, A]) == sorted([yes, other], key=lambda v: v.id)
        assert verdicts.recorded_in(conn, WS, Position(0), Position(1)) == verdicts.touching(conn, WS, [B])
        assert verdicts.recorded_in(conn, WS, Position(1), Position(9)) == []


def test_the_first_output_wins_among_threads(ledger: Ledger) -> None:
    key = make_id("llm", "request")
    kept: list[str] = []
    start = threading.Barrier(4)

    def answer(text: str) -> None:
        start.wait()
        with ledger.write() as conn:
            kept.append(llm_outputs.record(conn, WS, key, text, "model"))

    threads = [threading.Thread(target=answer, args=(f"answer {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept) == 4 and len(set(kept)) == 1
    with ledger.read() as conn:
        assert llm_outputs.find(conn, WS, [key, bytes(16)]) == {key: kept[0]}


def test_equal_parameters_are_one_epoch(ledger: Ledger) -> None:
    with ledger.write() as conn:
        one = epochs.record(conn, WS, {"same": 800_000, "rarity": {"a": 1, "b": 2}})
        assert epochs.record(conn, WS, {"rarity": {"b": 2, "a": 1}, "same": 800_000}) == one
        assert epochs.record(conn, WS, {"same": 800_001, "rarity": {}}) != one
        assert epochs.read(conn, WS, one) == {"same": 800_000, "rarity": {"a": 1, "b": 2}}
        assert position(conn, WS) == 2
        with pytest.raises(NotFound):
            epochs.read(conn, WS, EpochId(bytes(16)))
    with pytest.raises(TypeError), ledger.write() as conn:
        epochs.record(conn, WS, {"same": 0.5})


def test_a_workspace_opens_by_an_ontology_that_is_refused_now(
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    related = "[relation.RELATED_TO]\nheads = ['Thing']\ntails = ['Thing']"
    text = f"{default_ontology_text()}\n{related} # {id(ledger)}: read for the first time\n"
    with ledger.write() as conn:
        with pytest.raises(OntologyError, match="reserved"):
            decisions.decide(conn, WS, ChangeOntology(text), "Ann")
        before = decisions.decide(conn, WS, ChangeOntology(default_ontology_text()), "Ann")
        conn.execute(update(tables.decision).values(ruling={"text": text}))  # as an earlier version took it
        found = judgement_at(conn, WS, before.position)
    assert found.rulings.ontology == text and found.ontology == default_ontology()
    assert "is read without this: relation type 'RELATED_TO'" in caplog.text
