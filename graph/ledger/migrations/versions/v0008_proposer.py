"""Who proposed a link."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("fact", sa.Column("proposer", TEXT, server_default="", nullable=False))
