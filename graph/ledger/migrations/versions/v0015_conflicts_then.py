"""Conflicts of an entity as of a record time, by its facts."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_index("ix_conflict_fact_history_workspace_fact", "conflict_fact_history", ["workspace", "fact"])
