"""Which names a type may have: they become labels and relationship types of the graph store."""

import re

from graph.errors import OntologyError

_ENTITY_NAME = re.compile(r"[A-Z][A-Za-z0-9]{0,62}\Z")
_RELATION_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,62}\Z")
_RESERVED_LABELS = frozenset({"Document", "Element", "Chunk", "Entity", "Fact", "Claim", "Projection"})
_RESERVED_TYPES = frozenset(
    {"HAS_ELEMENT", "NEXT", "PARENT", "HAS_CHUNK", "MENTIONS", "SUBJECT", "OBJECT", "STATES"}
)


def check_entity_type_name(name: str) -> str:
    """``name`` if it may become a label in the graph store; OntologyError otherwise."""
    if not _ENTITY_NAME.match(name) or name in _RESERVED_LABELS:
        raise OntologyError(
            f"entity type {name[:80]!r}: a capital, then letters and digits, no reserved name"
        )
    return name


def check_relation_name(name: str) -> str:
    """``name`` if it may become a relationship type in the graph store; OntologyError otherwise."""
    if not _RELATION_NAME.match(name) or name in _RESERVED_TYPES:
        raise OntologyError(
            f"relation type {name[:80]!r}: capitals, digits and underscores, no reserved name"
        )
    return name
