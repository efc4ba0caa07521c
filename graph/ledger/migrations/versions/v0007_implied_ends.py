"""Whether a fact's end is only the date of the newer statement that superseded it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column(
        "fact", sa.Column("valid_to_implied", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
