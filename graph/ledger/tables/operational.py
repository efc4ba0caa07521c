"""The ledger's clock, and what the service needs to run: vectors, jobs, tokens, the audit log."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKeyConstraint, Index, Integer, LargeBinary, Table

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

ledger = Table("ledger", metadata, key("id"))  # one row: which ledger this is, made by its migration

workspace = Table(
    "workspace",
    metadata,
    key("id", PlainText),
    need("position", BigInteger),
    need("fused_position", BigInteger),
    need("created_at", BigInteger),
    # the outbox can be followed from this position on, in this form of rows (graph.types.ROW_FORM)
    Column("outbox_from", BigInteger, nullable=False, server_default="0"),
    Column("row_form", Integer, nullable=False, server_default="1"),
    # the histories tell of every position from this one on
    Column("history_from", BigInteger, nullable=False, server_default="0"),
    # the rules by which the rows at fused_position were made (graph.fusion.fuse.FUSE_FORM)
    Column("fuse_form", Integer, nullable=False, server_default="0"),
)

vector = Table(
    "vector",
    metadata,
    workspace_key(),
    key("model", PlainText),
    key("kind", PlainText),
    key("id"),
    may("run", ID),  # of a chunk: the vector is live while its run is
    may("data", LargeBinary()),  # float32, little-endian; NULL once removed
    need("position", BigInteger),
    in_workspace(),
    Index(None, "workspace", "model", "kind", "position"),
    Index(None, "workspace", "run"),
)

vector_progress = Table(  # up to where the outbox's entities have their vectors
    "vector_progress",
    metadata,
    workspace_key(),
    key("model", PlainText),
    need("position", BigInteger),
    in_workspace(),
)

job = Table(
    "job",
    metadata,
    workspace_key(),
    key("id"),
    need("status"),  # JobStatus
    need("cancelled", Boolean),
    need("created_at", BigInteger),
    need("updated_at", BigInteger),
    need("events", Integer),  # the last event's sequence number
    in_workspace(),
    Index(None, "workspace", "created_at", "id"),
)

job_item = Table(
    "job_item",
    metadata,
    workspace_key(),
    key("id"),
    need("job", ID),
    need("ord", Integer),
    need("filename"),
    may("uri"),
    may("content", HASH),
    may("question", CanonicalJson),  # what a model is asked; NULL where a document is read
    need("status"),  # ItemStatus
    may("stage"),
    may("error"),
    need("attempt", Integer),  # 1, and one more for each retry
    may("position", BigInteger),  # of its publication: done when projection and indexes have passed it
    need("updated_at", BigInteger),
    ForeignKeyConstraint(["workspace", "job"], ["job.workspace", "job.id"], ondelete="CASCADE"),
    Index(None, "workspace", "job", "ord", unique=True),
    Index(None, "workspace", "job", "status"),
    Index(None, "workspace", "status", "updated_at"),
    Index(None, "workspace", "content", "updated_at"),
)

job_event = Table(
    "job_event",
    metadata,
    workspace_key(),
    key("job"),
    key("seq", Integer),
    need("kind"),
    need("data", CanonicalJson),
    need("at", BigInteger),
    ForeignKeyConstraint(["workspace", "job"], ["job.workspace", "job.id"], ondelete="CASCADE"),
)

idempotency_key = Table(
    "idempotency_key",
    metadata,
    workspace_key(),
    key("key", PlainText),
    need("body_hash", HASH),
    need("job", ID),
    need("created_at", BigInteger),
    in_workspace(),
)

token = Table(  # the one key without a workspace: a token is how the workspace is known
    "token",
    metadata,
    key("sha256", HASH),
    need("id", ID),
    need("workspace"),
    need("name"),
    need("role"),  # Role
    need("created_at", BigInteger),
    may("expires_at", BigInteger),
    may("revoked_at", BigInteger),
    in_workspace(),
    Index(None, "workspace", "id", unique=True),
)

audit = Table(
    "audit",
    metadata,
    workspace_key(),
    key("id"),
    need("at", BigInteger),
    need("actor"),
    need("action"),
    need("detail", CanonicalJson),
    in_workspace(),
    Index(None, "workspace", "at", "id"),
)
