"""No query of the repositories reads a whole workspace, but for those whose answer is all of it."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, event

from graph.fusion.digest import TABLES
from graph.fusion.view import GraphDiff, TableDiff
from graph.identity import make_id
from graph.ledger import browse, evidence, history, verdicts
from graph.ledger.bulk import IN_LIST
from graph.ledger.citations import LedgerEvidence
from graph.ledger.derived import write
from graph.ledger.engine import Ledger
from graph.ledger.positions import create_workspace
from graph.ledger.recorded import RecordedGraph
from graph.ledger.times import now, to_datetime
from graph.ledger.view import LedgerView
from graph.types import (
    ClaimId,
    ConflictId,
    ConflictKind,
    ContentId,
    Entity,
    EntityId,
    Fact,
    FactId,
    FactStatus,
    PartialDate,
    Position,
    ReferentId,
)
from tests.contract.test_ledger_workspaces import CHANGES, FOUND, MINE, UNSEEN, _Filled

WHOLE = {
    "list_documents", "live_contents", "active", "decision records", "list_jobs",
    "list_tokens", "audit", "revert", "list_epochs",
}  # fmt: skip
IDS = [make_id("any", n) for n in range(2000)]

MANY: dict[str, Callable[[_Filled, Connection], object]] = {
    "claims": lambda f, c: evidence.claims(c, MINE, [ClaimId(i) for i in IDS]),
    "claims_standing": lambda f, c: evidence.claims_standing(c, MINE, [ClaimId(i) for i in IDS]),
    "claims of a pass": lambda f, c: evidence.claims(c, MINE, [ClaimId(i) for i in IDS], {}),
    "runs of a pass": lambda f, c: evidence.live_runs(c, MINE, [ContentId(i + i) for i in IDS], {}),
    "claims_at": lambda f, c: evidence.claims_at(c, MINE, [ReferentId(i) for i in IDS]),
    "referents": lambda f, c: evidence.referents(c, MINE, [ReferentId(i) for i in IDS]),
    "chunks": lambda f, c: evidence.chunks(c, MINE, IDS),
    "touching": lambda f, c: verdicts.touching(c, MINE, [ReferentId(i) for i in IDS]),
    "block_sizes": lambda f, c: _view(c).block_sizes(IDS),
    "block_members": lambda f, c: _view(c).block_members(IDS),
    "block_around": lambda f, c: _view(c).block_around((IDS[0], "a", ReferentId(IDS[1])), 9),
    "block_between": lambda f, c: _view(c).block_between(
        (IDS[0], "a", ReferentId(IDS[1])), (IDS[0], "b", ReferentId(IDS[2])), 9
    ),
    "first bearers around": lambda f, c: _view(c).block_around(
        (IDS[0], "a", ReferentId(IDS[1])), 9, firsts=True
    ),
    "first bearers between": lambda f, c: _view(c).block_between(
        (IDS[0], "a", ReferentId(IDS[1])), (IDS[0], "b", ReferentId(IDS[2])), 9, firsts=True
    ),
    "facts_at": lambda f, c: _view(c).facts_at([(EntityId(i), "R", EntityId(i)) for i in IDS]),
    "literals_at": lambda f, c: _view(c).facts_at([(EntityId(i), "R", None) for i in IDS]),
    "facts_from": lambda f, c: _view(c).facts_from([(EntityId(i), "R") for i in IDS]),
    "facts_into": lambda f, c: _view(c).facts_into([(EntityId(i), "R") for i in IDS]),
    "facts_touching": lambda f, c: _view(c).facts_touching(EntityId(IDS[0]), limit=9),
    "degrees": lambda f, c: _view(c).degrees([(EntityId(i), "R") for i in IDS], away=False),
    "facts then": lambda f, c: _then(c).facts([FactId(i) for i in IDS]),
    "entity then": lambda f, c: _then(c).entity(EntityId(IDS[0])),
    "neighbours then": lambda f, c: _then(c).neighbours(
        EntityId(IDS[0]), limit=9, cursor=None, statuses=tuple(FactStatus), as_of=PartialDate("2019")
    ),
    "conflicts then": lambda f, c: LedgerView(c, MINE, at=Position(1)).conflicts(
        [ConflictId(i) for i in IDS]
    ),
    "conflicts of a kind": lambda f, c: browse.list_conflicts(
        c, MINE, browse.ConflictsWanted(kind=ConflictKind.VALUE, relations=("R", "S")), limit=9
    ),
    "conflicts of a time": lambda f, c: browse.list_conflicts(
        c, MINE, browse.ConflictsWanted(kind=ConflictKind.VALUE, as_of=PartialDate("2019")), limit=9
    ),
    "conflicts of an entity": lambda f, c: browse.list_conflicts(
        c, MINE, browse.ConflictsWanted(entity=EntityId(IDS[0])), limit=9, cursor="00"
    ),
    "facts of an entity and a time": lambda f, c: browse.list_facts(
        c, MINE, browse.FactsWanted(entity=EntityId(IDS[0]), as_of=PartialDate("2019")), limit=9
    ),
    "facts then, page by page": lambda f, c: browse.list_facts(
        c, MINE, browse.FactsWanted(relations=("R", "S")), limit=9, cursor="00", at=Position(1)
    ),
    "facts of an entity then": lambda f, c: browse.list_facts(
        c, MINE, browse.FactsWanted(entity=EntityId(IDS[0])), limit=9, cursor="00", at=Position(1)
    ),
    "entities then, page by page": lambda f, c: browse.list_entities(
        c, MINE, limit=9, cursor="00", at=Position(1)
    ),
    "conflicts then, page by page": lambda f, c: browse.list_conflicts(
        c, MINE, browse.ConflictsWanted(relations=("R", "S")), limit=9, cursor="00", at=Position(1)
    ),
    "conflicts of an entity then": lambda f, c: browse.list_conflicts(
        c, MINE, browse.ConflictsWanted(entity=EntityId(IDS[0])), limit=9, cursor="00", at=Position(1)
    ),
    "claims of facts then": lambda f, c: browse.claims_of(
        c, MINE, [FactId(i) for i in IDS], limit=9, cursor="00", at=Position(1)
    ),
    "neighbours now": lambda f, c: RecordedGraph(c, MINE, None).neighbours(
        EntityId(IDS[0]), limit=9, cursor=None, statuses=tuple(FactStatus), as_of=PartialDate("2019")
    ),
    "passes": lambda f, c: history.passes(c, MINE, limit=9),
    "recorded as of": lambda f, c: history.recorded_as_of(c, MINE, to_datetime(now())),
    "outlived": lambda f, c: history.outlived(c, MINE, to_datetime(now())),
    "facts": lambda f, c: LedgerEvidence(f.ledger).claims_of_facts(MINE, [FactId(i) for i in IDS], 9),
}


def _view(conn: Connection) -> LedgerView:
    return LedgerView(conn, MINE)


def _then(conn: Connection) -> RecordedGraph:
    return RecordedGraph(conn, MINE, Position(1))


@pytest.fixture
def filled(sqlite_url: str) -> Iterator[_Filled]:
    ledger = Ledger.open(sqlite_url)
    ledger.migrate()
    with ledger.write() as conn:
        create_workspace(conn, MINE)
    yield _Filled(ledger)
    ledger.close()


def test_queries_go_by_more_than_the_workspace(filled: _Filled) -> None:
    calls = {name: call for name, call in {**FOUND, **CHANGES, **UNSEEN}.items() if name not in WHOLE}
    for name, call in calls.items():
        with _plans(filled.ledger) as plans, filled.ledger.write() as conn, conn.begin_nested() as undo:
            call(filled, conn, MINE)
            undo.rollback()
        assert _wide(plans) == [], name
    for name, many in MANY.items():
        with _plans(filled.ledger) as plans, filled.ledger.read() as conn:
            many(filled, conn)
        assert plans
        assert _wide(plans) == [], name
        common = [step for step, _ in plans if "_listed" in step and " id=?" not in step]
        assert name.startswith("conflicts of") or not common, name  # but for lists: a share of the workspace


def test_the_facts_between_many_are_read_slice_by_slice_not_each_head_with_each_tail(filled: _Filled) -> None:
    slices = 8
    ends = [
        (EntityId(make_id("head", n)), "R", EntityId(make_id("tail", n))) for n in range(slices * IN_LIST)
    ]
    with _plans(filled.ledger) as plans, filled.ledger.read() as conn:
        _view(conn).facts_at(ends)
    assert slices <= len(plans) <= 2 * slices


def test_what_a_pass_writes_is_found_by_its_id(filled: _Filled) -> None:
    with _plans(filled.ledger) as plans, filled.ledger.write() as conn:
        write(conn, MINE, _replaced(), dict.fromkeys(TABLES, 0), Position(1))
    assert any("fact_history" in statement for _, statement in plans)
    assert _wide(plans) == []


def _replaced() -> GraphDiff:
    """Entities and facts that others take the place of."""
    entities = [Entity(EntityId(i), "Person", "Anna Vance", ("Anna Vance",), (ReferentId(i),)) for i in IDS]
    facts = [
        Fact(
            FactId(i), EntityId(i), "KNOWS", EntityId(IDS[0]), "knows", (), True, None, None, None,
            FactStatus.ACCEPTED, 1, 1, (ClaimId(i),),
        )
        for i in IDS
    ]  # fmt: skip
    none: TableDiff[Any, Any] = TableDiff()
    return GraphDiff(
        none, none, none,
        TableDiff({e.id: e for e in entities}, {e.id: replace(e, name="Anna") for e in entities}),
        TableDiff({f.id: f for f in facts}, {f.id: replace(f, support=2) for f in facts}),
        none,
    )  # fmt: skip


def test_a_whole_workspace_is_known_when_seen(filled: _Filled) -> None:
    with _plans(filled.ledger) as plans, filled.ledger.read() as conn:
        FOUND["live_contents"](filled, conn, MINE)
    assert _wide(plans)


@contextmanager
def _plans(ledger: Ledger) -> Iterator[list[tuple[str, str]]]:
    """Each step of each query's plan, with the query."""
    steps: list[tuple[str, str]] = []

    def note(_c: object, cursor: Any, statement: str, parameters: Any, _x: object, many: bool) -> None:
        if statement.startswith(("SELECT", "WITH", "UPDATE", "DELETE")):
            first = parameters[0] if many else parameters
            plan = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", first)
            steps.extend((step[3], statement) for step in plan)

    event.listen(ledger.engine, "before_cursor_execute", note)
    try:
        yield steps
    finally:
        event.remove(ledger.engine, "before_cursor_execute", note)


def _wide(plans: list[tuple[str, str]]) -> list[tuple[str, str]]:
    # rows that the query itself has made
    made = ("SCAN (subquery", "SCAN anon_", "SCAN walk", "SCAN CONSTANT ROW")
    return [
        (step, statement)
        for step, statement in plans
        if (step.endswith("(workspace=?)") and not statement.startswith("SELECT max("))  # an index's last row
        or (step.startswith("SCAN") and not step.startswith(made))
        or _by_what_is_missing(step, statement)
    ]


def _by_what_is_missing(step: str, statement: str) -> bool:
    """Whether an index leads to the rows that have no value there: those are a share of the workspace."""
    found = re.search(r"\(workspace=\? AND (\w+)=\?", step)
    return found is not None and f"{found[1]} IS NULL" in statement
