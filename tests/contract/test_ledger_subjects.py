"""A decision about what is not there is refused; one whose things have gone sleeps until they return."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest
from sqlalchemy import insert

from graph.errors import InvalidInput, LimitExceeded, NotFound
from graph.ledger import decisions, documents, subjects
from graph.ledger.engine import Ledger
from graph.ledger.positions import create_workspace
from graph.ledger.publish import publish
from graph.ledger.tables import membership
from graph.types import (
    Decision,
    Position,
    ReferentId,
    Resolve,
    Revert,
    Ruling,
    Same,
    Separate,
    Split,
    TrustSource,
    Value,
    ValueKind,
    WorkspaceId,
)
from tests.fakes.ledger_evidence import accepted, made, upload

WS, THEIRS = WorkspaceId("test"), WorkspaceId("theirs")


@pytest.fixture
def held(ledger: Ledger) -> list[ReferentId]:
    """Two documents' referents, of one workspace and of another; the first three of ours are one entity."""
    with ledger.write() as conn:
        create_workspace(conn, THEIRS)
    ids = []
    for workspace, seed in ((WS, 1), (THEIRS, 2)):
        file = made(workspace, 3, seed)
        with ledger.write() as conn:
            accepted(conn, workspace, file)
        publish(ledger, workspace, file)
        ids += [r.id for r in file.referents]
    with ledger.write() as conn:
        rows = [{"referent": r, "entity": min(ids[:3]), "component": min(ids[:3])} for r in ids[:3]]
        conn.execute(insert(membership), [{"workspace": WS, **row} for row in rows])
    return ids


def test_only_what_is_live_in_the_workspace_can_be_ruled_on(ledger: Ledger, held: list[ReferentId]) -> None:
    ours, theirs, gone = held[:2], held[-1], ReferentId(bytes(16))
    source = documents.source_id(upload(made(WS, 3, 1)).uri)
    good: list[Ruling] = [
        Same(*ours),
        Separate(*ours),
        TrustSource(source, 1),
        Revert(Position(1)),
    ]
    bad: list[Ruling] = [
        Same(ours[0], theirs),
        Separate(gone, ours[0]),
        Split((ours[0],), (theirs,)),
        Resolve(ours[0], "WORKS_FOR", theirs),
        Resolve(gone, "RELATED_TO", Value(ValueKind.TEXT, "x")),
        TrustSource(documents.source_id(upload(made(THEIRS, 3, 2)).uri), 1),
    ]
    with ledger.write() as conn:
        for ruling in good:
            subjects.require(conn, WS, ruling)
        for ruling in bad:
            with pytest.raises(NotFound):
                subjects.require(conn, WS, ruling)


def test_what_is_taken_back_cannot_be_taken_back_again_until_it_is_restored(
    ledger: Ledger, held: list[ReferentId]
) -> None:
    with ledger.write() as conn:
        made = decisions.decide(conn, WS, Same(*held[:2]), "Ann").position
        subjects.require(conn, WS, Revert(made))
        back = decisions.decide(conn, WS, Revert(made), "Ann").position
        with pytest.raises(
            InvalidInput, match=rf"decision {made} is taken back already, by decision {back};"
        ):
            subjects.require(conn, WS, Revert(made))
        subjects.require(conn, WS, Revert(back))
        decisions.decide(conn, WS, Revert(back), "Ann")
        subjects.require(conn, WS, Revert(made))


def test_a_split_parts_from_all_others_of_the_entity(
    ledger: Ledger, held: list[ReferentId], monkeypatch: pytest.MonkeyPatch
) -> None:
    with ledger.read() as conn:
        assert subjects.split_off(conn, WS, [held[0], held[0]]) == Split((held[0],), tuple(sorted(held[1:3])))
        with pytest.raises(InvalidInput, match="whole entity"):
            subjects.split_off(conn, WS, held[:3])
        with pytest.raises(NotFound):
            subjects.split_off(conn, WS, [held[0], held[-1]])
        monkeypatch.setattr(subjects, "SPLIT_PAIRS", 1)
        with pytest.raises(LimitExceeded):
            subjects.split_off(conn, WS, [held[0]])
    other = held[3]
    with ledger.write() as conn:
        conn.execute(insert(membership).values(workspace=WS, referent=other, entity=other, component=other))
        with pytest.raises(InvalidInput, match="one entity"):
            subjects.split_off(conn, WS, [held[0], other])


def test_decisions_about_what_has_gone_are_dormant(ledger: Ledger, held: list[ReferentId]) -> None:
    a, b, gone = held[0], held[1], ReferentId(bytes(16))
    rulings: list[Ruling] = [
        Same(a, b), Same(a, gone), Split((a, gone), (b,)), Split((gone,), (a, b)), Revert(Position(1)),
    ]  # fmt: skip
    told = [Decision(Position(n), ruling, "Ann") for n, ruling in enumerate(rulings)]
    with ledger.read() as conn:
        assert subjects.dormant(conn, WS, told) == {1, 3}
        assert subjects.dormant(conn, THEIRS, told) == {0, 1, 2, 3}


def test_those_of_one_entity_stand_in_for_each_other_where_another_is_ruled_on(
    ledger: Ledger, held: list[ReferentId], monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b, c = sorted(held[:3])
    other, fourth = held[-1], ReferentId(b"4" * 16)
    with ledger.write() as conn:
        conn.execute(
            insert(membership).values(workspace=WS, referent=fourth, entity=fourth, component=fourth)
        )
        assert subjects.stand_ins(conn, WS, Separate(b, fourth)) == {b: (a, c)}
        assert subjects.stand_ins(conn, WS, Resolve(a, "LEADS", fourth)) == {a: (b, c)}
        assert subjects.stand_ins(conn, WS, Resolve(c, "AGE", Value(ValueKind.NUMBER, "4"))) == {c: (a, b)}
        assert subjects.stand_ins(conn, WS, Separate(a, b)) == {}  # who is whose is what is ruled on
        assert subjects.stand_ins(conn, WS, Split((a,), (b, c))) == {}
        assert subjects.stand_ins(conn, THEIRS, Same(b, other)) == {}
        monkeypatch.setattr(subjects, "STAND_INS", 1)
        some = subjects.stand_ins(conn, WS, Same(b, fourth))
        assert some == {b: (a,)}
        gone = ReferentId(bytes(16))
        told = [
            decisions.decide(conn, WS, Same(gone, c), "Ann", stand_ins={gone: (a,)}),
            decisions.decide(conn, WS, Same(gone, c), "Ann", stand_ins={gone: (c,)}),
            decisions.decide(conn, WS, Same(gone, c), "Ann", stand_ins={gone: (other,)}),
        ]
        kept = [each.decision for each in decisions.records(conn, WS)]
        assert kept == told
        assert subjects.dormant(conn, WS, kept) == {told[1].position, told[2].position}


def test_of_two_who_take_one_decision_back_at_once_one_is_refused(
    ledger: Ledger, held: list[ReferentId]
) -> None:
    with ledger.write() as conn:
        made_ = decisions.decide(conn, WS, Same(*held[:2]), "Ann").position
    checked = Event()

    def take_back(author: str, before: Callable[[], object]) -> bool:
        try:
            with ledger.write() as conn:
                subjects.require(conn, WS, Revert(made_))
                before()
                decisions.decide(conn, WS, Revert(made_), author)
        except InvalidInput:
            return False
        return True

    with ThreadPoolExecutor() as pool:
        other: list[Future[bool]] = []

        def meanwhile() -> None:
            other.append(pool.submit(take_back, "Bob", checked.set))
            checked.wait(1)  # comes only if Bob may look before Ann has decided

        assert take_back("Ann", meanwhile)
        assert not other[0].result()
