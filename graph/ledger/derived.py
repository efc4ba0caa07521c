"""The derived rows in SQL: what a row says, all of them, and the writer of a fuse pass's diff."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Table, select

from graph.fusion.blocking import Block
from graph.fusion.digest import TABLES
from graph.fusion.view import GraphDiff, Membership, PairRow, TableDiff
from graph.ledger import history, rows
from graph.ledger import tables as t
from graph.ledger.bulk import delete_keys, slices, upsert
from graph.types import (
    ClaimId,
    Conflict,
    ConflictId,
    ConflictKind,
    Entity,
    EntityId,
    Fact,
    FactId,
    FactStatus,
    Position,
    ReferentId,
    VerdictId,
    WorkspaceId,
)

K = TypeVar("K")
R = TypeVar("R")

WRITE = 5_000  # rows a statement


def block_of(row: Row[Any]) -> Block:
    return row.key, row.text, ReferentId(row.referent)


def memberships_of(found: Iterable[Row[Any]]) -> Iterator[tuple[ReferentId, Membership]]:
    for row in found:
        r = ReferentId(row.referent)
        yield r, Membership(r, EntityId(row.entity), ReferentId(row.component))


def pair_of(row: Row[Any]) -> PairRow:
    question = None if row.question is None else VerdictId(row.question)
    return PairRow(ReferentId(row.a), ReferentId(row.b), row.score, question)


def conflict_of(row: Row[Any], facts: Iterable[FactId]) -> Conflict:
    winner = None if row.winner is None else FactId(row.winner)
    return Conflict(ConflictId(row.id), ConflictKind(row.kind), tuple(sorted(facts)), winner, row.reason)


def entity_of(row: Row[Any], members: Iterable[ReferentId]) -> Entity:
    return Entity(EntityId(row.id), row.type, row.name, tuple(row.names), tuple(sorted(members)))


def fact_of(row: Row[Any], claims: Iterable[ClaimId]) -> Fact:
    value = rows.value_of(row)
    return Fact(
        id=FactId(row.id),
        head=EntityId(row.head),
        relation=row.relation,
        tail=EntityId(row.tail) if value is None else value,
        phrase=row.phrase,
        qualifiers=tuple((name, text) for name, text in row.qualifiers),
        polarity=row.polarity,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        stated=row.stated,
        status=FactStatus(row.status),
        confidence=row.confidence,
        support=row.support,
        claims=tuple(sorted(claims)),
        reason=row.reason,
        grounds=tuple(FactId(bytes.fromhex(ground)) for ground in row.grounds),
        valid_from_implied=row.valid_from_implied,
        valid_to_implied=row.valid_to_implied,
        proposer=row.proposer,
    )


def stored(conn: Connection, workspace: WorkspaceId) -> GraphDiff:
    """Every derived row, as a diff from nothing."""

    def every(table: Table) -> Sequence[Row[Any]]:
        return conn.execute(select(table).where(table.c.workspace == workspace)).all()

    members: dict[bytes, list[ReferentId]] = {}
    memberships = dict(memberships_of(every(t.membership)))
    for m in memberships.values():
        members.setdefault(m.entity, []).append(m.referent)
    claims: dict[bytes, list[ClaimId]] = {}
    for row in every(t.fact_claim):
        claims.setdefault(row.fact, []).append(ClaimId(row.claim))
    facts: dict[bytes, list[FactId]] = {}
    for row in every(t.conflict_fact):
        facts.setdefault(row.conflict, []).append(FactId(row.fact))
    return GraphDiff(
        blocks=TableDiff(new={block_of(row): None for row in every(t.block)}),
        pairs=TableDiff(new={(p := pair_of(row)).pair: p for row in every(t.pair)}),
        memberships=TableDiff(new=memberships),
        entities=TableDiff(
            new={EntityId(row.id): entity_of(row, members.get(row.id, ())) for row in every(t.entity)}
        ),
        facts=TableDiff(new={FactId(row.id): fact_of(row, claims.get(row.id, ())) for row in every(t.fact)}),
        conflicts=TableDiff(
            new={ConflictId(row.id): conflict_of(row, facts.get(row.id, ())) for row in every(t.conflict)}
        ),
    )


def read_sums(conn: Connection, workspace: WorkspaceId) -> dict[str, int]:
    query = select(t.digest.c.name, t.digest.c.sum).where(t.digest.c.workspace == workspace)
    return {row.name: int.from_bytes(row.sum, "big") for row in conn.execute(query)}


def write(
    conn: Connection, workspace: WorkspaceId, diff: GraphDiff, sums: Mapping[str, int], position: Position
) -> None:
    """Apply a diff's rows, keep the history of those that people read, and store the digest's sums."""
    history.begin_pass(conn, workspace, position)
    rows_of = _Rows(conn, workspace, position)
    rows_of.swap(t.block, diff.blocks, _block_key, lambda _: {})
    rows_of.swap(t.pair, diff.pairs, lambda p: {"a": p[0], "b": p[1]}, _pair_columns)
    rows_of.swap(t.membership, diff.memberships, lambda r: {"referent": r}, _membership_columns)
    rows_of.swap(t.entity, diff.entities, lambda i: {"id": i}, _entity_columns)
    rows_of.swap(t.fact, diff.facts, lambda i: {"id": i}, fact_columns)
    rows_of.swap(t.conflict, diff.conflicts, lambda i: {"id": i}, _conflict_columns)
    rows_of.swap(
        t.fact_claim,
        TableDiff.between(
            {(f.id, c): None for f in diff.facts.old.values() for c in f.claims},
            {(f.id, c): None for f in diff.facts.new.values() for c in f.claims},
        ),
        lambda key: {"fact": key[0], "claim": key[1]},
        lambda _: {},
    )
    rows_of.swap(
        t.conflict_fact,
        TableDiff.between(
            {(c.id, f): None for c in diff.conflicts.old.values() for f in c.facts},
            {(c.id, f): None for c in diff.conflicts.new.values() for f in c.facts},
        ),
        lambda key: {"conflict": key[0], "fact": key[1]},
        lambda _: {},
    )
    upsert(
        conn,
        t.digest,
        [{"workspace": workspace, "name": name, "sum": sums[name].to_bytes(32, "big")} for name in TABLES],
    )


class _Rows:
    def __init__(self, conn: Connection, workspace: WorkspaceId, position: Position) -> None:
        self._conn = conn
        self._workspace = workspace
        self._position = position

    def swap(
        self,
        table: Table,
        diff: TableDiff[K, R],
        key: Callable[[K], dict[str, Any]],
        columns: Callable[[R], dict[str, Any]],
    ) -> None:
        """Delete what is gone, overwrite or insert what came; in order of key, so no two writers cross."""
        mine = {"workspace": self._workspace}
        gone = [{**mine, **key(k)} for k in sorted(diff.old.keys() - diff.new.keys())]  # type: ignore[type-var]
        now = {k: columns(diff.new[k]) for k in sorted(diff.new)}  # type: ignore[type-var]
        came = [{**mine, **key(k), **row} for k, row in now.items()]
        for some in slices(gone, WRITE):
            delete_keys(self._conn, table, some)
        for some in slices(came, WRITE):
            upsert(self._conn, table, some)
        if table in t.HISTORY:
            were = {k: columns(row) for k, row in diff.old.items()}
            history.remember(self._conn, self._workspace, table, were, now, self._position, key)


def _block_key(block: Block) -> dict[str, Any]:
    return {"key": block[0], "text": block[1], "referent": block[2]}


def _pair_columns(row: PairRow) -> dict[str, Any]:
    return {"score": row.score, "question": row.question}


def _membership_columns(row: Membership) -> dict[str, Any]:
    return {"entity": row.entity, "component": row.component}


def _entity_columns(row: Entity) -> dict[str, Any]:
    return {"type": row.type, "name": row.name, "names": row.names}


def fact_columns(fact: Fact) -> dict[str, Any]:
    """Every column of a fact but its key."""
    return {
        "head": fact.head,
        "relation": fact.relation,
        **rows.tail_columns(fact.tail),
        "phrase": fact.phrase,
        "qualifiers": fact.qualifiers,
        "polarity": fact.polarity,
        "valid_from": fact.valid_from,
        "valid_to": fact.valid_to,
        "stated": fact.stated,
        "status": fact.status.value,
        "confidence": fact.confidence,
        "support": fact.support,
        "reason": fact.reason,
        "grounds": fact.grounds,
        "valid_from_implied": fact.valid_from_implied,
        "valid_to_implied": fact.valid_to_implied,
        "proposer": fact.proposer,
    }


def _conflict_columns(row: Conflict) -> dict[str, Any]:
    return {"kind": row.kind.value, "winner": row.winner, "reason": row.reason}
