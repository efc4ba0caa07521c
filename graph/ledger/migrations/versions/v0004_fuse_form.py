"""By which rules of fusion the derived rows were made; 0: by those before they had a number."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("workspace", sa.Column("fuse_form", sa.Integer(), server_default="0", nullable=False))
