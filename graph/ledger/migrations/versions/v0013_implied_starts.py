"""Whether a fact's beginning is only the date of its own statement, by which it superseded another."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    for table in ("fact", "fact_history"):
        op.add_column(
            table, sa.Column("valid_from_implied", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
