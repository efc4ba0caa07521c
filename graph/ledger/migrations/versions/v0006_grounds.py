"""Which facts an inferred one follows from."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("fact", sa.Column("grounds", TEXT, server_default="[]", nullable=False))
