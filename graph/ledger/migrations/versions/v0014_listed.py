"""Facts by relation and status, and conflicts by kind and whether they are decided, in order of their ids."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_index("ix_fact_relation_listed", "fact", ["workspace", "relation", "status", "id"])
    op.create_index("ix_fact_status_listed", "fact", ["workspace", "status", "id"])
    op.create_index("ix_conflict_kind_listed", "conflict", ["workspace", "kind", "id"])
    undecided = sa.text("winner IS NULL")
    op.create_index(
        "ix_conflict_open",
        "conflict",
        ["workspace", "id"],
        sqlite_where=undecided,
        postgresql_where=undecided,
    )
