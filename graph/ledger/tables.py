"""Every table of the ledger, for SQLite and PostgreSQL alike.

Keys begin with the workspace. Ids are 16 bytes (contents: 32), texts are ordered by bytes on both
databases, JSON is canonical text, times are microseconds since 1970 UTC. Spans are code points of a run's
text, in ``start``/``end`` columns; a quote is never copied.

Four kinds of table: *immutable evidence* (content, run, run_text, element, chunk, referent, mention, claim;
only a run's status and a content's liveness move), *append-only records* (source, decision, verdict,
llm_output, epoch), *derived rows* (entity to conflict_fact, outbox: rebuilt from the first two) with their
*history*, which is not, and *operational* ones (vector to idempotency_key).
"""

import json
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    false,
    text,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from graph.errors import InvalidInput
from graph.identity import canonical

ID = LargeBinary(16)
HASH = LargeBinary(32)

_TEXT: TypeEngine[str] = Text().with_variant(Text(collation="C"), "postgresql")


def checked(value: str) -> str:
    """``value`` itself; InvalidInput where it holds a NUL or a lone surrogate, which no database keeps."""
    if "\x00" in value:
        raise InvalidInput("text must not hold a NUL character; replace it before storing")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput("text must not hold a lone surrogate; replace it before storing") from error
    return value


def json_text(value: Any) -> str:
    """A JSON value as ``graph.identity.canonical`` text: equal values are equal bytes."""
    return "[]" if value == () else canonical(value).decode("utf-8", "surrogatepass")


class PlainText(TypeDecorator[str]):
    """Unicode text, ordered by bytes (``COLLATE "C"``), without NUL and lone surrogates."""

    impl = _TEXT
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else checked(value)


class CanonicalJson(TypeDecorator[Any]):
    """A JSON value, kept as ``json_text``."""

    impl = _TEXT
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else checked(json_text(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

_OPEN = text("until IS NULL")
_UNDECIDED = text("winner IS NULL")


def _key(name: str, type_: Any = ID) -> Column[Any]:
    return Column(name, type_, primary_key=True, nullable=False)


def _workspace() -> Column[Any]:
    return _key("workspace", PlainText)


def _need(name: str, type_: Any = PlainText) -> Column[Any]:
    return Column(name, type_, nullable=False)


def _may(name: str, type_: Any = PlainText) -> Column[Any]:
    return Column(name, type_, nullable=True)


def _in_workspace() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["workspace"], ["workspace.id"])


def _of_run() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["workspace", "run"], ["run.workspace", "run.id"], ondelete="CASCADE")


ledger = Table("ledger", metadata, _key("id"))  # one row: which ledger this is, made by its migration

# ---------------------------------------------------------------- the clock

workspace = Table(
    "workspace",
    metadata,
    _key("id", PlainText),
    _need("position", BigInteger),
    _need("fused_position", BigInteger),
    _need("created_at", BigInteger),
    # the outbox can be followed from this position on, in this form of rows (graph.types.ROW_FORM)
    Column("outbox_from", BigInteger, nullable=False, server_default="0"),
    Column("row_form", Integer, nullable=False, server_default="1"),
    # the histories tell of every position from this one on
    Column("history_from", BigInteger, nullable=False, server_default="0"),
    # the rules by which the rows at fused_position were made (graph.fusion.fuse.FUSE_FORM)
    Column("fuse_form", Integer, nullable=False, server_default="0"),
)

# ---------------------------------------------------------------- evidence

content = Table(
    "content",
    metadata,
    _workspace(),
    _key("id", HASH),
    _need("size", BigInteger),  # bytes
    _need("media_type"),
    _need("accepted", BigInteger),  # position of its first acceptance
    _need("changed", BigInteger),  # position at which its liveness, run or sources last changed
    _may("run", ID),  # the run published last
    _need("live", Boolean),  # it has an open source and a published run
    _in_workspace(),
    Index(None, "workspace", "changed"),
    Index(None, "workspace", "accepted", "id"),
)

source = Table(  # one row for each stretch of positions in which a URI had this content and metadata
    "source",
    metadata,
    _workspace(),
    _key("id"),
    _key("since", BigInteger),
    _may("until", BigInteger),
    _need("uri"),
    _need("content", HASH),
    _need("filename"),
    _need("metadata", CanonicalJson),
    ForeignKeyConstraint(["workspace", "content"], ["content.workspace", "content.id"]),
    Index("uq_source_open", "workspace", "id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("ix_source_content_open", "workspace", "content", sqlite_where=_OPEN, postgresql_where=_OPEN),
)

run = Table(  # what one pipeline read from one content
    "run",
    metadata,
    _workspace(),
    _key("id"),
    _need("content", HASH),
    _need("pipeline", ID),
    _need("status"),  # staged, published
    _need("fingerprint", ID),  # of the evidence it is staged from
    _may("position", BigInteger),  # of its publication
    _need("title"),
    _need("media_type"),
    _may("pages", Integer),
    _may("stated"),
    _need("signature", CanonicalJson),
    _need("length", BigInteger),  # code points
    ForeignKeyConstraint(["workspace", "content"], ["content.workspace", "content.id"]),
    Index(None, "workspace", "content", "pipeline", unique=True),
)

run_text = Table(  # the normalised text in slices of SLICE code points, so that a quote costs one short read
    "run_text",
    metadata,
    _workspace(),
    _key("run"),
    _key("ord", Integer),
    _need("text"),
    _need("sha256", HASH),
    _of_run(),
)

element = Table(
    "element",
    metadata,
    _workspace(),
    _key("run"),
    _key("ord", Integer),
    _need("kind"),
    _need("start", BigInteger),
    _need("end", BigInteger),
    _need("level", Integer),
    _may("parent", Integer),
    _may("page", Integer),
    _of_run(),
    sqlite_with_rowid=False,
)

chunk = Table(
    "chunk",
    metadata,
    _workspace(),
    _key("run"),
    _key("ord", Integer),
    _need("id", ID),  # make_id("chunk", workspace, content, pipeline, ord)
    _need("start", BigInteger),
    _need("end", BigInteger),
    _may("page", Integer),
    _need("heading", CanonicalJson),
    _of_run(),
    Index(None, "workspace", "id", unique=True),
    sqlite_with_rowid=False,
)

referent = Table(  # its id knows no pipeline: two runs of one content may hold the same one
    "referent",
    metadata,
    _workspace(),
    _key("run"),
    _key("id"),
    _need("type"),
    _need("names", CanonicalJson),
    _need("start", BigInteger),
    _need("end", BigInteger),
    _need("ord", Integer),  # its place in the published evidence
    _may("context", LargeBinary()),  # a sketch (graph.fusion.contexts); NULL where none was made
    _of_run(),
    Index(None, "workspace", "id"),
    sqlite_with_rowid=False,
)

mention = Table(
    "mention",
    metadata,
    _workspace(),
    _key("run"),
    _key("referent"),
    _key("start", BigInteger),
    _key("end", BigInteger),
    _need("kind"),
    _need("ord", Integer),
    _of_run(),
    Index(None, "workspace", "referent"),
    sqlite_with_rowid=False,
)

claim = Table(
    "claim",
    metadata,
    _workspace(),
    _key("id"),
    _need("run", ID),
    _need("ord", Integer),
    _need("head", ID),
    _need("phrase"),
    _may("relation"),
    _may("tail", ID),  # a referent, or else value_*
    _may("value_kind"),
    _may("value_text"),
    _may("value_unit"),
    _need("start", BigInteger),
    _need("end", BigInteger),
    _need("qualifiers", CanonicalJson),
    _need("polarity", Boolean),
    _may("valid_from"),
    _may("valid_to"),
    _may("stated"),
    _need("confidence", Integer),
    _need("extractor"),
    _of_run(),
    Index(None, "workspace", "run"),
    Index(None, "workspace", "head"),
    Index(None, "workspace", "tail"),
)

# ---------------------------------------------------------------- recorded judgement

decision = Table(
    "decision",
    metadata,
    _workspace(),
    _key("position", BigInteger),
    _need("kind"),
    _need("ruling", CanonicalJson),
    _need("author"),
    _need("reason"),
    _need("decided_at", BigInteger),
    _in_workspace(),
)

verdict = Table(
    "verdict",
    metadata,
    _workspace(),
    _key("id"),
    _need("a", ID),  # a referent, or a fact's first claim
    _need("b", ID),
    _need("answer"),
    _need("reason"),
    _need("model"),
    _need("position", BigInteger),
    _in_workspace(),
    Index(None, "workspace", "position"),
    Index(None, "workspace", "a"),
    Index(None, "workspace", "b"),
)

llm_output = Table(
    "llm_output",
    metadata,
    _workspace(),
    _key("key"),
    _need("model"),
    _need("output"),
    _need("recorded_at", BigInteger),
    _in_workspace(),
)

epoch = Table(
    "epoch",
    metadata,
    _workspace(),
    _key("id"),
    _need("parameters", CanonicalJson),
    _need("position", BigInteger),
    _in_workspace(),
)

# ---------------------------------------------------------------- derived: what fuse made

entity = Table(
    "entity",
    metadata,
    _workspace(),
    _key("id"),
    _need("type"),
    _need("name"),
    _need("names", CanonicalJson),
)

membership = Table(
    "membership",
    metadata,
    _workspace(),
    _key("referent"),
    _need("entity", ID),
    _need("component", ID),  # the smallest referent of its connected component, before it was cut
    Index(None, "workspace", "entity"),
    Index(None, "workspace", "component"),
    sqlite_with_rowid=False,
)

block = Table(
    "block",
    metadata,
    _workspace(),
    _key("key"),
    _key("text", PlainText),  # the beginning of the name by which the block's members sort
    _key("referent"),
    Index(None, "workspace", "referent"),
    sqlite_with_rowid=False,
)

pair = Table(  # two referents that the matcher would join, or would ask about, the smaller first
    "pair",
    metadata,
    _workspace(),
    _key("a"),
    _key("b"),
    _need("score", Integer),  # micro-units
    _may("question", ID),  # the verdict that would decide it; NULL where the score alone joins them
    Index(None, "workspace", "b"),
    Index(None, "workspace", "question"),
    sqlite_with_rowid=False,
)

fused_run = Table(  # which run of a content the derived rows stand on: a pass compares the evidence with it
    "fused_run",
    metadata,
    _workspace(),
    _key("content", HASH),
    _need("run", ID),
    _need("trust", Integer),  # micro-units, of its most trusted source
    sqlite_with_rowid=False,
)

fact = Table(
    "fact",
    metadata,
    _workspace(),
    _key("id"),
    _need("head", ID),
    _need("relation"),
    _may("tail", ID),  # an entity, or else value_*
    _may("value_kind"),
    _may("value_text"),
    _may("value_unit"),
    _need("phrase"),
    _need("qualifiers", CanonicalJson),
    _need("polarity", Boolean),
    _may("valid_from"),
    _may("valid_to"),
    _may("stated"),
    _need("status"),
    _need("confidence", Integer),
    _need("support", Integer),
    _need("reason"),
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
    _workspace(),
    _key("fact"),
    _key("claim"),
    Index(None, "workspace", "claim"),
    sqlite_with_rowid=False,
)

conflict = Table(
    "conflict",
    metadata,
    _workspace(),
    _key("id"),
    _need("kind"),
    _may("winner", ID),
    _need("reason"),
    Index("ix_conflict_kind_listed", "workspace", "kind", "id"),
    Index("ix_conflict_open", "workspace", "id", sqlite_where=_UNDECIDED, postgresql_where=_UNDECIDED),
)

conflict_fact = Table(
    "conflict_fact",
    metadata,
    _workspace(),
    _key("conflict"),
    _key("fact"),
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
        _key("since", BigInteger),
        _may("until", BigInteger),
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
    _workspace(),
    _key("position", BigInteger),
    _need("recorded_at", BigInteger),
    _in_workspace(),
    Index(None, "workspace", "recorded_at", "position"),
)

outbox = Table(
    "outbox",
    metadata,
    _workspace(),
    _key("position", BigInteger),
    _key("seq", Integer),
    _need("kind"),
    _need("id", LargeBinary()),
    _may("row", CanonicalJson),
    _in_workspace(),
)

digest = Table(  # sum mod 2**256 of row_hash over a derived table, big-endian
    "digest",
    metadata,
    _workspace(),
    _key("name", PlainText),
    _need("sum", HASH),
)

# ---------------------------------------------------------------- operational

vector = Table(
    "vector",
    metadata,
    _workspace(),
    _key("model", PlainText),
    _key("kind", PlainText),
    _key("id"),
    _may("run", ID),  # of a chunk: the vector is live while its run is
    _may("data", LargeBinary()),  # float32, little-endian; NULL once removed
    _need("position", BigInteger),
    _in_workspace(),
    Index(None, "workspace", "model", "kind", "position"),
    Index(None, "workspace", "run"),
)

vector_progress = Table(  # up to where the outbox's entities have their vectors
    "vector_progress",
    metadata,
    _workspace(),
    _key("model", PlainText),
    _need("position", BigInteger),
    _in_workspace(),
)

job = Table(
    "job",
    metadata,
    _workspace(),
    _key("id"),
    _need("status"),  # JobStatus
    _need("cancelled", Boolean),
    _need("created_at", BigInteger),
    _need("updated_at", BigInteger),
    _need("events", Integer),  # the last event's sequence number
    _in_workspace(),
    Index(None, "workspace", "created_at", "id"),
)

job_item = Table(
    "job_item",
    metadata,
    _workspace(),
    _key("id"),
    _need("job", ID),
    _need("ord", Integer),
    _need("filename"),
    _may("uri"),
    _may("content", HASH),
    _may("question", CanonicalJson),  # what a model is asked; NULL where a document is read
    _need("status"),  # ItemStatus
    _may("stage"),
    _may("error"),
    _need("attempt", Integer),  # 1, and one more for each retry
    _may("position", BigInteger),  # of its publication: done when projection and indexes have passed it
    _need("updated_at", BigInteger),
    ForeignKeyConstraint(["workspace", "job"], ["job.workspace", "job.id"], ondelete="CASCADE"),
    Index(None, "workspace", "job", "ord", unique=True),
    Index(None, "workspace", "job", "status"),
    Index(None, "workspace", "status", "updated_at"),
    Index(None, "workspace", "content", "updated_at"),
)

job_event = Table(
    "job_event",
    metadata,
    _workspace(),
    _key("job"),
    _key("seq", Integer),
    _need("kind"),
    _need("data", CanonicalJson),
    _need("at", BigInteger),
    ForeignKeyConstraint(["workspace", "job"], ["job.workspace", "job.id"], ondelete="CASCADE"),
)

idempotency_key = Table(
    "idempotency_key",
    metadata,
    _workspace(),
    _key("key", PlainText),
    _need("body_hash", HASH),
    _need("job", ID),
    _need("created_at", BigInteger),
    _in_workspace(),
)

token = Table(  # the one key without a workspace: a token is how the workspace is known
    "token",
    metadata,
    _key("sha256", HASH),
    _need("id", ID),
    _need("workspace"),
    _need("name"),
    _need("role"),  # Role
    _need("created_at", BigInteger),
    _may("expires_at", BigInteger),
    _may("revoked_at", BigInteger),
    _in_workspace(),
    Index(None, "workspace", "id", unique=True),
)

audit = Table(
    "audit",
    metadata,
    _workspace(),
    _key("id"),
    _need("at", BigInteger),
    _need("actor"),
    _need("action"),
    _need("detail", CanonicalJson),
    _in_workspace(),
    Index(None, "workspace", "at", "id"),
)
