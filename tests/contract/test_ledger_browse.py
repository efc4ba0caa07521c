"""Facts, their claims and conflicts, looked for and paged: a filter finds what reading all of them finds."""

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from random import Random
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection

from graph.errors import InvalidInput
from graph.fusion.digest import TABLES
from graph.fusion.disjoint import types_conflict
from graph.fusion.periods import first_day, last_day
from graph.fusion.view import GraphDiff, TableDiff
from graph.identity import make_id
from graph.ledger import browse, derived
from graph.ledger.browse import ConflictsWanted, FactsWanted
from graph.ledger.engine import Ledger
from graph.ledger.positions import next_position
from graph.ports import Page
from graph.types import (
    ClaimId,
    Conflict,
    ConflictId,
    ConflictKind,
    EntityId,
    Fact,
    FactId,
    FactStatus,
    PartialDate,
    Position,
    Value,
    ValueKind,
    WorkspaceId,
)

T = TypeVar("T")
WS, THEIRS = WorkspaceId("test"), WorkspaceId("theirs")
ENTITIES = [EntityId(make_id("entity", n)) for n in range(5)]
BEGINS = [None, "2018", "2019-05", "2019-05-03"]
ENDS = [None, "2019", "2019-05", "2019-05-04", "2020"]
TIMES = [None, "2017", "2018", "2019", "2019-04", "2019-05", "2019-05-03", "2019-05-05", "2020-12-31", "2021"]
RELATIONS = ["LEADS", "EMPLOYEE_COUNT", "RELATED_TO"]
MANY = 115  # claims of the first fact


def fact(n: int, drawn: Random) -> Fact:
    tail: EntityId | Value = drawn.choice([ENTITIES[n % 4 + 1], Value(ValueKind.NUMBER, str(n))])
    claims = sorted(ClaimId(make_id("claim", n, k)) for k in range(MANY if n == 0 else 1))
    status = drawn.choice(list(FactStatus))
    return Fact(
        FactId(make_id("fact", n)), ENTITIES[n % 4], drawn.choice(RELATIONS), tail, "says", (), True,
        drawn.choice(BEGINS), drawn.choice(ENDS), None, status, 900_000, 1, tuple(claims),
    )  # fmt: skip


def conflict(n: int, facts: Sequence[Fact], drawn: Random) -> Conflict:
    of = sorted(f.id for f in drawn.sample(list(facts), 2))
    winner = drawn.choice([None, of[0]])
    return Conflict(
        ConflictId(make_id("conflict", n)), drawn.choice(list(ConflictKind)), tuple(of), winner, ""
    )


FACTS = [fact(n, Random(n)) for n in range(60)]
CONFLICTS = [
    *(conflict(n, FACTS, Random(n)) for n in range(30)),
    Conflict(types_conflict(ENTITIES[1]), ConflictKind.TYPE, (), None, "a place and a person"),
]


def graph(of: Iterable[Fact], cs: Iterable[Conflict], *, gone: bool = False) -> GraphDiff:
    facts, conflicts = {f.id: f for f in of}, {c.id: c for c in cs}
    none: TableDiff[Any, Any] = TableDiff()
    return GraphDiff(
        none, none, none, none,
        TableDiff(old=facts) if gone else TableDiff(new=facts),
        TableDiff(old=conflicts) if gone else TableDiff(new=conflicts),
    )  # fmt: skip


@pytest.fixture
def stood(ledger: Ledger) -> Position:
    """The position at which all of it stands."""
    with ledger.write() as conn:
        position = next_position(conn, WS)
        derived.write(conn, WS, graph(FACTS, CONFLICTS), dict.fromkeys(TABLES, 0), position)
    return position


def paged(read: Callable[[str | None], Page[T]], limit: int) -> list[T]:
    found: list[T] = []
    cursor = None
    while True:
        page = read(cursor)
        assert len(page.items) == limit or page.next_cursor is None
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


def facts_as(wanted: FactsWanted) -> list[FactId]:
    return sorted(
        f.id
        for f in FACTS
        if f.status in wanted.statuses
        and wanted.entity in (None, f.head, f.tail)
        and (wanted.relations is None or f.relation in wanted.relations)
        and holds(f, wanted.as_of)
    )


def holds(fact: Fact, as_of: PartialDate | None) -> bool:
    """Whether some day of the fact is one of ``as_of``."""
    if as_of is None:
        return True
    if fact.status is FactStatus.SUPERSEDED and fact.valid_to is None:
        return False
    return first_day(fact.valid_from) <= last_day(as_of) and first_day(as_of) <= last_day(fact.valid_to)


def conflicts_as(wanted: ConflictsWanted) -> list[Conflict]:
    known = {f.id: f for f in FACTS}

    def is_of_then(c: Conflict) -> bool:
        valid = sum(holds(known[f], wanted.as_of) for f in c.facts)
        return valid >= (len(c.facts) if c.kind is ConflictKind.TYPE else 2)

    def is_about(c: Conflict) -> bool:
        if not c.facts:  # of an entity's types
            return wanted.entity in (None, ENTITIES[1]) and wanted.relations is None
        return any(
            wanted.entity in (None, known[f].head, known[f].tail)
            and (wanted.relations is None or known[f].relation in wanted.relations)
            for f in c.facts
            if holds(known[f], wanted.as_of)
        )

    return sorted(
        (
            c
            for c in CONFLICTS
            if wanted.kind in (None, c.kind)
            and wanted.settled in (None, c.winner is not None)
            and is_about(c)
            and is_of_then(c)
        ),
        key=lambda c: c.id,
    )


def check_all(conn: Connection, at: Position | None) -> None:
    some = [tuple(FactStatus), (FactStatus.CONTESTED,), (FactStatus.ACCEPTED, FactStatus.SUPERSEDED)]
    kinds = [None, *((r,) for r in RELATIONS), tuple(RELATIONS)]
    times = [None if each is None else PartialDate(each) for each in TIMES]
    asked = [(*each, None) for each in product(some, [None, *ENTITIES], kinds)]
    for statuses, entity, relations, as_of in (*asked, *product(some, [None, ENTITIES[1]], kinds[:2], times)):
        wanted = FactsWanted(statuses, entity, relations, as_of)
        found = paged(lambda cursor: browse.list_facts(conn, WS, wanted, limit=7, cursor=cursor, at=at), 7)  # noqa: B023
        assert found == facts_as(wanted), wanted
    for kind, settled in product([None, *ConflictKind], [None, True, False]):
        for entity, relations, as_of in product([None, ENTITIES[1]], [None, (RELATIONS[0],)], times[::3]):
            these = ConflictsWanted(kind, settled, entity, relations, as_of)
            listed = paged(
                lambda cursor: browse.list_conflicts(conn, WS, these, limit=4, cursor=cursor, at=at),  # noqa: B023
                4,
            )
            assert listed == conflicts_as(these), these


def test_each_filter_finds_what_there_is_now_and_then(ledger: Ledger, stood: Position) -> None:
    assert facts_as(FactsWanted(entity=ENTITIES[4])) and conflicts_as(ConflictsWanted(settled=False))
    with ledger.read() as conn:
        check_all(conn, None)
        everything = FactsWanted()
        assert browse.list_facts(conn, THEIRS, everything, limit=9).items == ()
        with pytest.raises(InvalidInput):
            browse.list_facts(conn, WS, everything, limit=9, cursor="no")
    with ledger.write() as conn:
        later = next_position(conn, WS)
        derived.write(conn, WS, graph(FACTS, CONFLICTS, gone=True), dict.fromkeys(TABLES, 0), later)
    with ledger.read() as conn:
        assert browse.list_facts(conn, WS, everything, limit=9).items == ()
        check_all(conn, stood)


def test_every_claim_of_a_fact_can_be_reached(ledger: Ledger, stood: Position) -> None:
    first, second = FACTS[0], FACTS[1]
    with ledger.read() as conn:
        for at in (None, stood):
            for facts, claims in (
                ([first], first.claims),
                ([first, second], sorted({*first.claims, *second.claims})),
            ):
                ids = [f.id for f in facts]
                found = paged(
                    lambda cursor: browse.claims_of(conn, WS, ids, limit=50, cursor=cursor, at=at),  # noqa: B023
                    50,
                )
                assert found == list(claims)
        assert browse.claims_of(conn, THEIRS, [first.id], limit=9).items == ()
