"""What a record time rests on: a former version's graph, and claims of former readings."""

from dataclasses import replace

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, select, text

from graph.errors import InvalidInput
from graph.ledger import browse, documents, evidence, history, migrations
from graph.ledger import tables as t
from graph.ledger.engine import Ledger
from graph.ledger.publish import publish
from graph.ledger.recorded import RecordedGraph
from graph.ledger.times import now, to_datetime
from graph.types import EntityId, FactId, FactStatus, PipelineId, Position, Value, ValueKind, WorkspaceId
from tests.fakes.ledger_evidence import NEWER, accepted, made

WS, IDLE = WorkspaceId("test"), WorkspaceId("idle")
A, B, CLAIM = EntityId(b"a" * 16), EntityId(b"b" * 16), b"c" * 16
FACT, AGE = FactId(b"f" * 16), FactId(b"g" * 16)
WORLD = """
INSERT INTO workspace (id, position, fused_position, created_at) VALUES ('test', 9, 7, 1), ('idle', 0, 0, 1);
INSERT INTO entity (workspace, id, type, name, names)
VALUES ('test', :a, 'Person', 'Ann', '["Ann","A. B."]'), ('test', :b, 'Person', 'Bob', '["Bob"]');
INSERT INTO membership (workspace, referent, entity, component) VALUES ('test', :a, :a, :a);
INSERT INTO membership (workspace, referent, entity, component) VALUES ('test', :b, :b, :a);
INSERT INTO fact (workspace, id, head, relation, tail, phrase, qualifiers, polarity, status, confidence,
  support, reason, grounds, proposer) VALUES ('test', :f, :a, 'KNOWS', :b, 'know', '[["time","2019"]]', true,
  'accepted', 900000, 2, '', '[]', '');
INSERT INTO fact (workspace, id, head, relation, value_kind, value_text, phrase, qualifiers, polarity, status,
  confidence, support, reason, grounds, proposer) VALUES ('test', :g, :a, 'AGE', 'number', '41', 'age', '[]',
  true, 'contested', 800000, 1, 'they differ', '[]', '');
INSERT INTO fact_claim (workspace, fact, claim) VALUES ('test', :f, :c);
INSERT INTO conflict (workspace, id, kind, winner, reason)
VALUES ('test', :c, 'functional', NULL, 'they differ');
INSERT INTO conflict_fact (workspace, conflict, fact) VALUES ('test', :c, :g);
INSERT INTO fact_history (workspace, fact, since, until, row) VALUES ('test', :f, 3, 5, '{"old":"form"}')
"""


def _former(conn: Connection) -> None:
    """The schema before there was a history that is read, with a small graph."""
    config = Config()
    config.set_main_option("script_location", migrations.__path__[0])
    config.attributes["connection"] = conn
    command.upgrade(config, "0008")
    ids = {"a": A, "b": B, "c": CLAIM, "f": FACT, "g": AGE}
    for statement in WORLD.split(";\n"):
        conn.execute(text(statement), {name: ids[name] for name in ids if f":{name}" in statement})


def test_a_former_graph_is_on_record_from_its_migration_on(empty_url: str) -> None:
    ledger = Ledger.open(empty_url)
    with ledger.write() as conn:
        _former(conn)
    before = now()
    ledger.migrate()
    with ledger.read() as conn:
        for table in t.HISTORY:
            then = history.standing(table, Position(7))
            kept = [table.c[column.name] for column in then.c]
            assert sorted(map(str, conn.execute(select(*kept)))) == sorted(
                map(str, conn.execute(select(then)))
            )
            assert conn.execute(select(table)).all()
        stood = history.recorded_as_of(conn, WS, Position(7))
        assert stood.position == 7 and to_datetime(before) <= stood.at <= to_datetime(now())
        for asked in (Position(6), to_datetime(before)):
            with pytest.raises(InvalidInput, match="is kept from position 7"):
                history.recorded_as_of(conn, WS, asked)
        assert history.recorded_as_of(conn, IDLE, Position(0)).at is None
        ann = RecordedGraph(conn, WS, stood.position)
        found = ann.neighbours(A, limit=9, cursor=None, statuses=tuple(FactStatus), as_of=None).items
        assert [(s.fact.tail_name, s.fact.qualifiers) for s in found] == [
            ("Bob", (("time", "2019"),)),
            ("41", ()),
        ]
        assert found[1].fact.tail == Value(ValueKind.NUMBER, "41") and list(
            browse.claims_of(conn, WS, [FACT], limit=9, at=stood.position).items
        ) == [CLAIM]
    ledger.close()


def test_a_former_reading_s_claims_stand_where_the_words_do(ledger: Ledger) -> None:
    first = made(WS)
    ids = [claim.id for claim in first.claims]
    with ledger.write() as conn:
        accepted(conn, WS, first)
    publish(ledger, WS, first)
    publish(ledger, WS, made(WS, pipeline=NEWER))
    with ledger.read() as conn:
        assert evidence.claims(conn, WS, ids) == []
        assert evidence.claims_standing(conn, WS, ids) == list(first.claims)
        assert evidence.claims_standing(conn, IDLE, ids) == []
    said = {"referents": (), "mentions": (), "claims": ()}
    other = replace(first, pipeline=PipelineId(b"p" * 16), text="Another" + first.text[7:], **said)
    publish(ledger, WS, other)
    with ledger.read() as conn:
        standing = evidence.claims_standing(conn, WS, ids)
    end = first.text.index(". ")
    assert standing == [claim for claim in first.claims if claim.span.start > end]
    assert 0 < len(standing) < len(first.claims)
    with ledger.write() as conn:
        documents.delete_content(conn, WS, first.content)
    with ledger.read() as conn:
        assert evidence.claims_standing(conn, WS, ids) == []
