"""Which ledger this is, for graph stores that hold its graph."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "ledger",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
    )
    made = sa.table("ledger", sa.column("id"))
    op.execute(sa.insert(made).values(id=sa.literal(secrets.token_bytes(16), sa.LargeBinary())))
