"""A block's members in the order in which it compares them, so that a pass reads only those near a change.

The rows are derived: they are made anew with all others, because their form is another one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ID = sa.LargeBinary(length=16)


def upgrade() -> None:
    op.drop_table("block")
    op.create_table(
        "block",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("key", ID, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("referent", ID, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "key", "text", "referent", name=op.f("pk_block")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_block_workspace_referent"), "block", ["workspace", "referent"])
