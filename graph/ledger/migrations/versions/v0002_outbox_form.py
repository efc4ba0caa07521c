"""From where, and in which form of rows, a workspace's outbox can be followed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("workspace", sa.Column("outbox_from", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("workspace", sa.Column("row_form", sa.Integer(), server_default="1", nullable=False))
