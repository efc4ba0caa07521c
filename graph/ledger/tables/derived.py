"""Derived rows, which ``fuse`` made of the evidence and the records and can make again, and their history."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, Table, false, text

from graph.ledger.tables.columns import (
    HASH,
    ID,
    CanonicalJson,
    PlainText,
    in_workspace,
    key,
    may,
    metadata,
    need,
    workspace_key,
)

_UNDECIDED = text("winner IS NULL")

entity = Table(
    "entity",
    metadata,
    workspace_key(),
    key("id"),
    need("type"),
    need("name"),
    need("names", CanonicalJson),
)

membership = Table(
    "membership",
    metadata,
    workspace_key(),
    key("referent"),
    need("entity", ID),
    need("component", ID),  # the smallest referent of its connected component, before it was cut
    Index(None, "workspace", "entity"),
    Index(None, "workspace", "component"),
    sqlite_with_rowid=False,
)

block = Table(
    "block",
    metadata,
    workspace_key(),
    key("key"),
    key("text", PlainText),  # the beginning of the name by which the block's members sort
    key("referent"),
    Index(None, "workspace", "referent"),
    sqlite_with_rowid=False,
)

pair = Table(  # two referents that the matcher would join, or would ask about, the smaller first
    "pair",
    metadata,
    workspace_key(),
    key("a"),
    key("b"),
    need("score", Integer),  # micro-units
    may("question", ID),  # the verdict that would decide it; NULL where the score alone joins them
    Index(None, "workspace", "b"),
    Index(None, "workspace", "question"),
    sqlite_with_rowid=False,
)

fused_run = Table(  # which run of a content the derived rows stand on: a pass compares the evidence with it
    "fused_run",
    metadata,
    workspace_key(),
    key("content", HASH),
    need("run", ID),
    need("trust", Integer),  # micro-units, of its most trusted source
    sqlite_with_rowid=False,
)

fact = Table(
    "fact",
    metadata,
    workspace_key(),
    key("id"),
    need("head", ID),
    need("relation"),
    may("tail", ID),  # an entity, or else value_*
    may("value_kind"),
    may("value_text"),
    may("value_unit"),
    need("phrase"),
    need("qualifiers", CanonicalJson),
    need("polarity", Boolean),
    may("valid_from"),
    may("valid_to"),
    may("stated"),
    need("status"),
    need("confidence", Integer),
    need("support", Integer),
    need("reason"),
    Column("grounds", CanonicalJson, nullable=False, server_default="[]"),  # ids of facts it follows from
    Column("valid_to_implied", Boolean, nullable=False, server_default=false()),
    Column("proposer", PlainText, nullable=False, server_default=""),  # of a proposed link; else empty
    Column("valid_from_implied", Boolean, nullable=False, server_default=false()),
    Index(None, "workspace", "head", "relation"),
    Index(None, "workspace", "tail", "relation"),
    Index("ix_fact_relation_listed", "workspace", "relation", "status", "id"),
    Index("ix_fact_status_listed", "workspace", "status", "id"),
)

fact_claim = Table(
    "fact_claim",
    metadata,
    workspace_key(),
    key("fact"),
    key("claim"),
    Index(None, "workspace", "claim"),
    sqlite_with_rowid=False,
)

conflict = Table(
    "conflict",
    metadata,
    workspace_key(),
    key("id"),
    need("kind"),
    may("winner", ID),
    need("reason"),
    Index("ix_conflict_kind_listed", "workspace", "kind", "id"),
    Index("ix_conflict_open", "workspace", "id", sqlite_where=_UNDECIDED, postgresql_where=_UNDECIDED),
)

conflict_fact = Table(
    "conflict_fact",
    metadata,
    workspace_key(),
    key("conflict"),
    key("fact"),
    Index(None, "workspace", "fact"),
    sqlite_with_rowid=False,
)


def _history(
    of: Table, *also: tuple[str, ...], without: tuple[str, ...] = (), later: tuple[str, ...] = ()
) -> Table:
    """The rows of a derived table as they stood at positions since <= p < until; NULL: they stand now.

    ``later`` columns came when there were rows already, in which they are false.
    """
    kept = [column for column in of.c if column.name not in without]
    name = f"{of.name}_history"
    table = Table(
        name,
        metadata,
        *(
            Column(
                *(c.name, c.type),
                primary_key=c.primary_key,
                nullable=c.nullable,
                server_default=false() if c.name in later else None,
            )
            for c in kept
        ),
        key("since", BigInteger),
        may("until", BigInteger),
        sqlite_with_rowid=of.dialect_options["sqlite"]["with_rowid"],
    )
    for columns in (("until",), *also):
        Index(f"ix_{name}_workspace_{'_'.join(columns)}", *(table.c[n] for n in ("workspace", *columns)))
    return table


# What people read of the graph as of a record time. Whoever adds a column to one adds it to its history.
HISTORY: dict[Table, Table] = {
    entity: _history(entity),
    membership: _history(membership, ("entity",), without=("component",)),
    fact: _history(fact, ("head",), ("tail",), later=("valid_from_implied",)),
    fact_claim: _history(fact_claim),
    conflict: _history(conflict),
    conflict_fact: _history(conflict_fact, ("fact",)),
}

fuse_pass = Table(  # when the derived rows came to stand at a position; times never go back
    "fuse_pass",
    metadata,
    workspace_key(),
    key("position", BigInteger),
    need("recorded_at", BigInteger),
    in_workspace(),
    Index(None, "workspace", "recorded_at", "position"),
)

outbox = Table(
    "outbox",
    metadata,
    workspace_key(),
    key("position", BigInteger),
    key("seq", Integer),
    need("kind"),
    need("id", LargeBinary()),
    may("row", CanonicalJson),
    in_workspace(),
)

digest = Table(  # sum mod 2**256 of row_hash over a derived table, big-endian
    "digest",
    metadata,
    workspace_key(),
    key("name", PlainText),
    need("sum", HASH),
)
