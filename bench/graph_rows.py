"""Rows of entities and accepted facts, as the ledger's outbox hands them to a graph store."""

from collections.abc import Sequence
from typing import Any

from graph.types import MICRO


def entity_row(name: str, kind: str, labels: Sequence[str] = ()) -> dict[str, Any]:
    return {
        "type": kind,
        "labels": list(labels),
        "name": name,
        "aliases": [],
        "members": 1,
        "attributes": {},
    }


def fact_row(
    head: bytes,
    relation: str,
    tail: bytes,
    *,
    phrase: str,
    confidence: int = MICRO,
    claims: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """``confidence`` in micro-units; ``claims`` are shown as they are."""
    return {
        "head": head.hex(),
        "relation": relation,
        "tail": tail.hex(),
        "value": None,
        "phrase": phrase,
        "qualifiers": {},
        "polarity": True,
        "valid_from": None,
        "valid_to": None,
        "valid_from_implied": False,
        "valid_to_implied": False,
        "stated": None,
        "grounds": [],
        "proposer": "",
        "status": "accepted",
        "confidence": confidence,
        "support": 1,
        "reason": "",
        "claim_count": len(claims),
        "claims": list(claims),
    }
