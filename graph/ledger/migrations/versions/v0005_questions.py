"""Items of jobs that ask a model rather than read a document."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

JSON = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("job_item", sa.Column("question", JSON, nullable=True))
