"""Whether a claim is told in the past tense; of those read before, nobody knows."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("claim", sa.Column("past", sa.Boolean(), server_default=sa.false(), nullable=False))
