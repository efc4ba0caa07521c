"""The digest of a graph: for each table the sum mod 2**256 of its rows' SHA-256.

A sum needs no order, so a diff keeps it (``moved``) and ``verify`` recomputes it (``of_rows``). Rows hold no
time, position, vector or job.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from graph.fusion.view import GraphDiff, Membership, PairRow
from graph.identity import canonical, row_hash
from graph.types import Conflict, Entity, Fact, Value

MODULUS = 1 << 256
TABLES = ("pair", "membership", "entity", "fact", "conflict")

Row = PairRow | Membership | Entity | Fact | Conflict
Sums = Mapping[str, int]


def canonical_row(row: Row) -> list[Any]:
    """The row as JSON-ready values, in the order of its fields."""
    match row:
        case PairRow():
            return [row.a, row.b, row.score, row.question]
        case Membership():
            return [row.referent, row.entity, row.component]
        case Entity():
            return [row.id, row.type, row.name, row.names, row.members]
        case Fact():
            tail = [row.tail.kind, row.tail.text, row.tail.unit] if isinstance(row.tail, Value) else row.tail
            return [
                *(row.id, row.head, row.relation, tail, row.phrase, row.qualifiers, row.polarity),
                *(row.valid_from, row.valid_to, row.stated, row.status, row.confidence, row.support),
                *(row.claims, row.reason, row.grounds, row.valid_from_implied, row.valid_to_implied),
                row.proposer,
            ]
        case Conflict():
            return [row.id, row.kind, row.facts, row.winner, row.reason]


def of_rows(table: str, rows: Iterable[Row]) -> int:
    """The sum over a whole table."""
    return sum(row_hash(table, canonical_row(row)) for row in rows) % MODULUS


def moved(sums: Sums, diff: GraphDiff) -> dict[str, int]:
    """The sums after a diff, given those before it. O(rows of the diff)."""
    changed: dict[str, tuple[Iterable[Row], Iterable[Row]]] = {
        "pair": (diff.pairs.old.values(), diff.pairs.new.values()),
        "membership": (diff.memberships.old.values(), diff.memberships.new.values()),
        "entity": (diff.entities.old.values(), diff.entities.new.values()),
        "fact": (diff.facts.old.values(), diff.facts.new.values()),
        "conflict": (diff.conflicts.old.values(), diff.conflicts.new.values()),
    }
    return {
        table: (sums.get(table, 0) - of_rows(table, old) + of_rows(table, new)) % MODULUS
        for table, (old, new) in changed.items()
    }


def combined(sums: Sums) -> str:
    """One hex text for all tables."""
    return sha256(canonical([[table, format(sums.get(table, 0), "x")] for table in TABLES])).hexdigest()
