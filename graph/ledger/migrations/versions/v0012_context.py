"""What a referent is mentioned beside, as a sketch. Documents that were read before have none."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("referent", sa.Column("context", sa.LargeBinary(), nullable=True))
