"""Append-only records: what people and models judged, and what was learnt of the workspace."""

from sqlalchemy import BigInteger, Index, Table

from graph.ledger.tables.columns import ID, CanonicalJson, in_workspace, key, metadata, need, workspace_key

decision = Table(
    "decision",
    metadata,
    workspace_key(),
    key("position", BigInteger),
    need("kind"),
    need("ruling", CanonicalJson),
    need("author"),
    need("reason"),
    need("decided_at", BigInteger),
    in_workspace(),
)

verdict = Table(
    "verdict",
    metadata,
    workspace_key(),
    key("id"),
    need("a", ID),  # a referent, or a fact's first claim
    need("b", ID),
    need("answer"),
    need("reason"),
    need("model"),
    need("position", BigInteger),
    in_workspace(),
    Index(None, "workspace", "position"),
    Index(None, "workspace", "a"),
    Index(None, "workspace", "b"),
)

llm_output = Table(
    "llm_output",
    metadata,
    workspace_key(),
    key("key"),
    need("model"),
    need("output"),
    need("recorded_at", BigInteger),
    in_workspace(),
)

epoch = Table(
    "epoch",
    metadata,
    workspace_key(),
    key("id"),
    need("parameters", CanonicalJson),
    need("position", BigInteger),
    in_workspace(),
)
