"""The graph as of a record time: a history of every table that is shown, and when each pass was.

Until now a history of entities and facts was written that nobody read, without the passes' times and without
conflicts. It begins anew with the graph as it stands: what it was before cannot be told whole.
"""

import time
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ID = sa.LargeBinary(length=16)

WORKSPACE, PASS = ["id", "fused_position"], ["workspace", "position", "recorded_at"]

# Of each derived table: its key, its other columns (name, type), those of them that may be NULL, and indexes
TABLES: dict[str, tuple[list[str], list[tuple[str, sa.types.TypeEngine[Any]]], set[str], list[str]]] = {
    "entity": (["id"], [("type", TEXT), ("name", TEXT), ("names", TEXT)], set(), []),
    "membership": (["referent"], [("entity", ID)], set(), ["entity"]),
    "fact": (
        ["id"],
        [
            ("head", ID),
            ("relation", TEXT),
            ("tail", ID),
            ("value_kind", TEXT),
            ("value_text", TEXT),
            ("value_unit", TEXT),
            ("phrase", TEXT),
            ("qualifiers", TEXT),
            ("polarity", sa.Boolean()),
            ("valid_from", TEXT),
            ("valid_to", TEXT),
            ("stated", TEXT),
            ("status", TEXT),
            ("confidence", sa.Integer()),
            ("support", sa.Integer()),
            ("reason", TEXT),
            ("grounds", TEXT),
            ("valid_to_implied", sa.Boolean()),
            ("proposer", TEXT),
        ],
        {"tail", "value_kind", "value_text", "value_unit", "valid_from", "valid_to", "stated"},
        ["head", "tail"],
    ),
    "fact_claim": (["fact", "claim"], [], set(), []),
    "conflict": (["id"], [("kind", TEXT), ("winner", ID), ("reason", TEXT)], {"winner"}, []),
    "conflict_fact": (["conflict", "fact"], [], set(), []),
}


def upgrade() -> None:
    op.add_column("workspace", sa.Column("history_from", sa.BigInteger(), server_default="0", nullable=False))
    op.execute("UPDATE workspace SET history_from = fused_position")
    op.create_table(
        "fuse_pass",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "position", name=op.f("pk_fuse_pass")),
        sa.ForeignKeyConstraint(["workspace"], ["workspace.id"], name=op.f("fk_fuse_pass_workspace")),
    )
    index = op.f("ix_fuse_pass_workspace_recorded_at_position")
    op.create_index(index, "fuse_pass", ["workspace", "recorded_at", "position"])
    w, p = sa.table("workspace", *map(sa.column, WORKSPACE)), sa.table("fuse_pass", *map(sa.column, PASS))
    now = sa.literal(time.time_ns() // 1000)
    fused = sa.select(w.c.id, w.c.fused_position, now).where(w.c.fused_position > 0)
    op.execute(sa.insert(p).from_select(PASS, fused))
    op.drop_table("entity_history")
    op.drop_table("fact_history")
    for name, (keys, columns, nullable, indexes) in TABLES.items():
        kept = [*((key, ID) for key in keys), *columns]
        op.create_table(
            f"{name}_history",
            sa.Column("workspace", TEXT, nullable=False),
            *(sa.Column(column, type_, nullable=column in nullable) for column, type_ in kept),
            sa.Column("since", sa.BigInteger(), nullable=False),
            sa.Column("until", sa.BigInteger(), nullable=True),
            sa.PrimaryKeyConstraint("workspace", *keys, "since", name=op.f(f"pk_{name}_history")),
            sqlite_with_rowid=name in {"entity", "fact", "conflict"},
        )
        for column in ("until", *indexes):
            of = ["workspace", column]
            op.create_index(op.f(f"ix_{name}_history_workspace_{column}"), f"{name}_history", of)
        names = ["workspace", *(column for column, _ in kept)]
        derived = sa.table(name, *map(sa.column, names))
        stands = sa.select(*derived.c, w.c.fused_position).join(w, w.c.id == derived.c.workspace)
        history = sa.table(f"{name}_history", *map(sa.column, [*names, "since"]))
        op.execute(sa.insert(history).from_select([*names, "since"], stands))
