"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "block",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("referent", sa.LargeBinary(length=16), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "key", "referent", name=op.f("pk_block")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_block_workspace_referent"), "block", ["workspace", "referent"], unique=False)
    op.create_table(
        "conflict",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("winner", sa.LargeBinary(length=16), nullable=True),
        sa.Column("reason", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "id", name=op.f("pk_conflict")),
    )
    op.create_table(
        "conflict_fact",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("conflict", sa.LargeBinary(length=16), nullable=False),
        sa.Column("fact", sa.LargeBinary(length=16), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "conflict", "fact", name=op.f("pk_conflict_fact")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_conflict_fact_workspace_fact"), "conflict_fact", ["workspace", "fact"], unique=False
    )
    op.create_table(
        "digest",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("sum", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "name", name=op.f("pk_digest")),
    )
    op.create_table(
        "entity",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("names", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "id", name=op.f("pk_entity")),
    )
    op.create_table(
        "entity_history",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("entity", sa.LargeBinary(length=16), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("row", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "entity", "since", name=op.f("pk_entity_history")),
    )
    op.create_index(
        op.f("ix_entity_history_workspace_until"), "entity_history", ["workspace", "until"], unique=False
    )
    op.create_table(
        "fact",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("head", sa.LargeBinary(length=16), nullable=False),
        sa.Column("relation", TEXT, nullable=False),
        sa.Column("tail", sa.LargeBinary(length=16), nullable=True),
        sa.Column("value_kind", TEXT, nullable=True),
        sa.Column("value_text", TEXT, nullable=True),
        sa.Column("value_unit", TEXT, nullable=True),
        sa.Column("phrase", TEXT, nullable=False),
        sa.Column("qualifiers", TEXT, nullable=False),
        sa.Column("polarity", sa.Boolean(), nullable=False),
        sa.Column("valid_from", TEXT, nullable=True),
        sa.Column("valid_to", TEXT, nullable=True),
        sa.Column("stated", TEXT, nullable=True),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("confidence", sa.Integer(), nullable=False),
        sa.Column("support", sa.Integer(), nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "id", name=op.f("pk_fact")),
    )
    op.create_index(
        op.f("ix_fact_workspace_head_relation"), "fact", ["workspace", "head", "relation"], unique=False
    )
    op.create_index(
        op.f("ix_fact_workspace_tail_relation"), "fact", ["workspace", "tail", "relation"], unique=False
    )
    op.create_table(
        "fact_claim",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("fact", sa.LargeBinary(length=16), nullable=False),
        sa.Column("claim", sa.LargeBinary(length=16), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "fact", "claim", name=op.f("pk_fact_claim")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_fact_claim_workspace_claim"), "fact_claim", ["workspace", "claim"], unique=False)
    op.create_table(
        "fact_history",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("fact", sa.LargeBinary(length=16), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("row", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "fact", "since", name=op.f("pk_fact_history")),
    )
    op.create_index(
        op.f("ix_fact_history_workspace_until"), "fact_history", ["workspace", "until"], unique=False
    )
    op.create_table(
        "fused_run",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        sa.Column("run", sa.LargeBinary(length=16), nullable=False),
        sa.Column("trust", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "content", name=op.f("pk_fused_run")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "membership",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("referent", sa.LargeBinary(length=16), nullable=False),
        sa.Column("entity", sa.LargeBinary(length=16), nullable=False),
        sa.Column("component", sa.LargeBinary(length=16), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "referent", name=op.f("pk_membership")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_membership_workspace_component"), "membership", ["workspace", "component"], unique=False
    )
    op.create_index(
        op.f("ix_membership_workspace_entity"), "membership", ["workspace", "entity"], unique=False
    )
    op.create_table(
        "pair",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("a", sa.LargeBinary(length=16), nullable=False),
        sa.Column("b", sa.LargeBinary(length=16), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("question", sa.LargeBinary(length=16), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "a", "b", name=op.f("pk_pair")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_pair_workspace_b"), "pair", ["workspace", "b"], unique=False)
    op.create_index(op.f("ix_pair_workspace_question"), "pair", ["workspace", "question"], unique=False)
    op.create_table(
        "workspace",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("fused_position", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspace")),
    )
    op.create_table(
        "audit",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("detail", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.id"], name=op.f("fk_audit_workspace")),
        sa.PrimaryKeyConstraint("workspace", "id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_workspace_at_id"), "audit", ["workspace", "at", "id"], unique=False)
    op.create_table(
        "content",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("id", sa.LargeBinary(length=32), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", TEXT, nullable=False),
        sa.Column("accepted", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("run", sa.LargeBinary(length=16), nullable=True),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.id"], name=op.f("fk_content_workspace")),
        sa.PrimaryKeyConstraint("workspace", "id", name=op.f("pk_content")),
    )
    op.create_index(
        op.f("ix_content_workspace_accepted_id"), "content", ["workspace", "accepted", "id"], unique=False
    )
    op.create_index(op.f("ix_content_workspace_changed"), "content", ["workspace", "changed"], unique=False)
    op.create_table(
        "decision",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("ruling", TEXT, nullable=False),
        sa.Column("author", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.id"], name=op.f("fk_decision_workspace")),
        sa.PrimaryKeyConstraint("workspace", "position", name=op.f("pk_decision")),
    )
    op.create_table(
        "epoch",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("parameters", TEXT, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.id"], name=op.f("fk_epoch_workspace")),
        sa.PrimaryKeyConstraint("workspace", "id", name=op.f("pk_epoch")),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("body_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("job", sa.LargeBinary(length=16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.id"], name=op.f("fk_idempotency_key_workspace")),
        sa.PrimaryKeyConstraint("workspace", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_table(
        "job",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.id"], name=op.f("fk_job_workspace")),
        sa.PrimaryKeyConstraint("workspace", "id", name=op.f("pk_job")),
    )
    op.create_index(
        op.f("ix_job_workspace_created_at_id"), "job", ["workspace", "created_at", "id"], unique=False
    )
    op.create_table(
        "llm_output",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("model", TEXT, nullable=False),
        sa.Column("output", TEXT, nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.id"], name=op.f("fk_llm_output_workspace")),
        sa.PrimaryKeyConstraint("workspace", "key", name=op.f("pk_llm_output")),
    )
    op.create_table(
        "outbox",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("row", TEXT, nullable=True),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.id"], name=op.f("fk_outbox_workspace")),
        sa.PrimaryKeyConstraint("workspace", "position", "seq", name=op.f("pk_outbox")),
    )
    op.create_table(
        "token",
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.id"], name=op.f("fk_token_workspace")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_token")),
    )
    op.create_index(op.f("ix_token_workspace_id"), "token", ["workspace", "id"], unique=True)
    op.create_table(
        "vector",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("model", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("run", sa.LargeBinary(length=16), nullable=True),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.id"], name=op.f("fk_vector_workspace")),
        sa.PrimaryKeyConstraint("workspace", "model", "kind", "id", name=op.f("pk_vector")),
    )
    op.create_index(
        op.f("ix_vector_workspace_model_kind_position"),
        "vector",
        ["workspace", "model", "kind", "position"],
        unique=False,
    )
    op.create_index(op.f("ix_vector_workspace_run"), "vector", ["workspace", "run"], unique=False)
    op.create_table(
        "verdict",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("a", sa.LargeBinary(length=16), nullable=False),
        sa.Column("b", sa.LargeBinary(length=16), nullable=False),
        sa.Column("answer", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("model", TEXT, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.id"], name=op.f("fk_verdict_workspace")),
        sa.PrimaryKeyConstraint("workspace", "id", name=op.f("pk_verdict")),
    )
    op.create_index(op.f("ix_verdict_workspace_a"), "verdict", ["workspace", "a"], unique=False)
    op.create_index(op.f("ix_verdict_workspace_b"), "verdict", ["workspace", "b"], unique=False)
    op.create_index(op.f("ix_verdict_workspace_position"), "verdict", ["workspace", "position"], unique=False)
    op.create_table(
        "job_event",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("job", sa.LargeBinary(length=16), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("data", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace", "job"],
            ["job.workspace", "job.id"],
            name=op.f("fk_job_event_job"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace", "job", "seq", name=op.f("pk_job_event")),
    )
    op.create_table(
        "job_item",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("job", sa.LargeBinary(length=16), nullable=False),
        sa.Column("ord", sa.Integer(), nullable=False),
        sa.Column("filename", TEXT, nullable=False),
        sa.Column("uri", TEXT, nullable=True),
        sa.Column("content", sa.LargeBinary(length=32), nullable=True),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("stage", TEXT, nullable=True),
        sa.Column("error", TEXT, nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace", "job"],
            ["job.workspace", "job.id"],
            name=op.f("fk_job_item_job"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace", "id", name=op.f("pk_job_item")),
    )
    op.create_index(
        op.f("ix_job_item_workspace_content_updated_at"),
        "job_item",
        ["workspace", "content", "updated_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_job_item_workspace_job_ord"), "job_item", ["workspace", "job", "ord"], unique=True
    )
    op.create_index(
        op.f("ix_job_item_workspace_job_status"), "job_item", ["workspace", "job", "status"], unique=False
    )
    op.create_index(
        op.f("ix_job_item_workspace_status_updated_at"),
        "job_item",
        ["workspace", "status", "updated_at"],
        unique=False,
    )
    op.create_table(
        "run",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        sa.Column("pipeline", sa.LargeBinary(length=16), nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=16), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("media_type", TEXT, nullable=False),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("stated", TEXT, nullable=True),
        sa.Column("signature", TEXT, nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace", "content"], ["content.workspace", "content.id"], name=op.f("fk_run_content")
        ),
        sa.PrimaryKeyConstraint("workspace", "id", name=op.f("pk_run")),
    )
    op.create_index(
        op.f("ix_run_workspace_content_pipeline"), "run", ["workspace", "content", "pipeline"], unique=True
    )
    op.create_table(
        "source",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("uri", TEXT, nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        sa.Column("filename", TEXT, nullable=False),
        sa.Column("metadata", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace", "content"], ["content.workspace", "content.id"], name=op.f("fk_source_content")
        ),
        sa.PrimaryKeyConstraint("workspace", "id", "since", name=op.f("pk_source")),
    )
    op.create_index(
        "ix_source_content_open",
        "source",
        ["workspace", "content"],
        unique=False,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )
    op.create_index(
        "uq_source_open",
        "source",
        ["workspace", "id"],
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )
    op.create_table(
        "chunk",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("run", sa.LargeBinary(length=16), nullable=False),
        sa.Column("ord", sa.Integer(), nullable=False),
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("heading", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace", "run"], ["run.workspace", "run.id"], name=op.f("fk_chunk_run"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("workspace", "run", "ord", name=op.f("pk_chunk")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_chunk_workspace_id"), "chunk", ["workspace", "id"], unique=True)
    op.create_table(
        "claim",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("run", sa.LargeBinary(length=16), nullable=False),
        sa.Column("ord", sa.Integer(), nullable=False),
        sa.Column("head", sa.LargeBinary(length=16), nullable=False),
        sa.Column("phrase", TEXT, nullable=False),
        sa.Column("relation", TEXT, nullable=True),
        sa.Column("tail", sa.LargeBinary(length=16), nullable=True),
        sa.Column("value_kind", TEXT, nullable=True),
        sa.Column("value_text", TEXT, nullable=True),
        sa.Column("value_unit", TEXT, nullable=True),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("qualifiers", TEXT, nullable=False),
        sa.Column("polarity", sa.Boolean(), nullable=False),
        sa.Column("valid_from", TEXT, nullable=True),
        sa.Column("valid_to", TEXT, nullable=True),
        sa.Column("stated", TEXT, nullable=True),
        sa.Column("confidence", sa.Integer(), nullable=False),
        sa.Column("extractor", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace", "run"], ["run.workspace", "run.id"], name=op.f("fk_claim_run"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("workspace", "id", name=op.f("pk_claim")),
    )
    op.create_index(op.f("ix_claim_workspace_head"), "claim", ["workspace", "head"], unique=False)
    op.create_index(op.f("ix_claim_workspace_run"), "claim", ["workspace", "run"], unique=False)
    op.create_index(op.f("ix_claim_workspace_tail"), "claim", ["workspace", "tail"], unique=False)
    op.create_table(
        "element",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("run", sa.LargeBinary(length=16), nullable=False),
        sa.Column("ord", sa.Integer(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("parent", sa.Integer(), nullable=True),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace", "run"], ["run.workspace", "run.id"], name=op.f("fk_element_run"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("workspace", "run", "ord", name=op.f("pk_element")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "mention",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("run", sa.LargeBinary(length=16), nullable=False),
        sa.Column("referent", sa.LargeBinary(length=16), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("ord", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace", "run"], ["run.workspace", "run.id"], name=op.f("fk_mention_run"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("workspace", "run", "referent", "start", "end", name=op.f("pk_mention")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_mention_workspace_referent"), "mention", ["workspace", "referent"], unique=False)
    op.create_table(
        "referent",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("run", sa.LargeBinary(length=16), nullable=False),
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("names", TEXT, nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("ord", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace", "run"],
            ["run.workspace", "run.id"],
            name=op.f("fk_referent_run"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace", "run", "id", name=op.f("pk_referent")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_referent_workspace_id"), "referent", ["workspace", "id"], unique=False)
    op.create_table(
        "run_text",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("run", sa.LargeBinary(length=16), nullable=False),
        sa.Column("ord", sa.Integer(), nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace", "run"],
            ["run.workspace", "run.id"],
            name=op.f("fk_run_text_run"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace", "run", "ord", name=op.f("pk_run_text")),
    )
