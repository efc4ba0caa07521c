"""Immutable evidence: only a run's status and a content's liveness move."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    false,
    text,
)

from graph.ledger.tables.columns import (
    HASH,
    ID,
    CanonicalJson,
    in_workspace,
    key,
    may,
    metadata,
    need,
    of_run,
    workspace_key,
)

_OPEN = text("until IS NULL")

content = Table(
    "content",
    metadata,
    workspace_key(),
    key("id", HASH),
    need("size", BigInteger),  # bytes
    need("media_type"),
    need("accepted", BigInteger),  # position of its first acceptance
    need("changed", BigInteger),  # position at which its liveness, run or sources last changed
    may("run", ID),  # the run published last
    need("live", Boolean),  # it has an open source and a published run
    in_workspace(),
    Index(None, "workspace", "changed"),
    Index(None, "workspace", "accepted", "id"),
)

source = Table(  # one row for each stretch of positions in which a URI had this content and metadata
    "source",
    metadata,
    workspace_key(),
    key("id"),
    key("since", BigInteger),
    may("until", BigInteger),
    need("uri"),
    need("content", HASH),
    need("filename"),
    need("metadata", CanonicalJson),
    ForeignKeyConstraint(["workspace", "content"], ["content.workspace", "content.id"]),
    Index("uq_source_open", "workspace", "id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("ix_source_content_open", "workspace", "content", sqlite_where=_OPEN, postgresql_where=_OPEN),
)

run = Table(  # what one pipeline read from one content
    "run",
    metadata,
    workspace_key(),
    key("id"),
    need("content", HASH),
    need("pipeline", ID),
    need("status"),  # staged, published
    need("fingerprint", ID),  # of the evidence it is staged from
    may("position", BigInteger),  # of its publication
    need("title"),
    need("media_type"),
    may("pages", Integer),
    may("stated"),
    need("signature", CanonicalJson),
    need("length", BigInteger),  # code points
    ForeignKeyConstraint(["workspace", "content"], ["content.workspace", "content.id"]),
    Index(None, "workspace", "content", "pipeline", unique=True),
)

run_text = Table(  # the normalised text in slices of SLICE code points, so that a quote costs one short read
    "run_text",
    metadata,
    workspace_key(),
    key("run"),
    key("ord", Integer),
    need("text"),
    need("sha256", HASH),
    of_run(),
)

element = Table(
    "element",
    metadata,
    workspace_key(),
    key("run"),
    key("ord", Integer),
    need("kind"),
    need("start", BigInteger),
    need("end", BigInteger),
    need("level", Integer),
    may("parent", Integer),
    may("page", Integer),
    of_run(),
    sqlite_with_rowid=False,
)

chunk = Table(
    "chunk",
    metadata,
    workspace_key(),
    key("run"),
    key("ord", Integer),
    need("id", ID),  # make_id("chunk", workspace, content, pipeline, ord)
    need("start", BigInteger),
    need("end", BigInteger),
    may("page", Integer),
    need("heading", CanonicalJson),
    of_run(),
    Index(None, "workspace", "id", unique=True),
    sqlite_with_rowid=False,
)

referent = Table(  # its id knows no pipeline: two runs of one content may hold the same one
    "referent",
    metadata,
    workspace_key(),
    key("run"),
    key("id"),
    need("type"),
    need("names", CanonicalJson),
    need("start", BigInteger),
    need("end", BigInteger),
    need("ord", Integer),  # its place in the published evidence
    may("context", LargeBinary()),  # a sketch (graph.fusion.contexts); NULL where none was made
    of_run(),
    Index(None, "workspace", "id"),
    sqlite_with_rowid=False,
)

mention = Table(
    "mention",
    metadata,
    workspace_key(),
    key("run"),
    key("referent"),
    key("start", BigInteger),
    key("end", BigInteger),
    need("kind"),
    need("ord", Integer),
    of_run(),
    Index(None, "workspace", "referent"),
    sqlite_with_rowid=False,
)

claim = Table(
    "claim",
    metadata,
    workspace_key(),
    key("id"),
    need("run", ID),
    need("ord", Integer),
    need("head", ID),
    need("phrase"),
    may("relation"),
    may("tail", ID),  # a referent, or else value_*
    may("value_kind"),
    may("value_text"),
    may("value_unit"),
    need("start", BigInteger),
    need("end", BigInteger),
    need("qualifiers", CanonicalJson),
    need("polarity", Boolean),
    may("valid_from"),
    may("valid_to"),
    may("stated"),
    need("confidence", Integer),
    need("extractor"),
    Column("past", Boolean, nullable=False, server_default=false()),
    of_run(),
    Index(None, "workspace", "run"),
    Index(None, "workspace", "head"),
    Index(None, "workspace", "tail"),
)
