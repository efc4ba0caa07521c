"""How far each embedding model has read the outbox, apart from where the graph store stands."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "vector_progress",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("model", TEXT, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.id"], name=op.f("fk_vector_progress_workspace")),
        sa.PrimaryKeyConstraint("workspace", "model", name=op.f("pk_vector_progress")),
    )
