"""Contexts: sketches of what referents are mentioned beside, and how far apart two of them are.

A sketch is the sign of each component of a recorded embedding, after the tag of what made it. The share of
bits in which two differ estimates the angle between the embeddings (Charikar, 2002), in integers: the same on
every machine, without a model. Sketches of different makers cannot be compared.
"""

from graph.identity import make_id

TAG = 8  # bytes that say which embedder made a sketch, and how
BITS = 384  # components kept of an embedding: 48 bytes a referent


def tag_of(maker: str) -> bytes:
    """``maker``: the embedder's ``model_id`` and the form of what it was given."""
    return make_id("context", maker)[:TAG]


def distance(a: bytes, b: bytes) -> int | None:
    """In how many bits two sketches differ; ``None`` where one is empty or they are of different makers."""
    if not a or len(a) != len(b) or a[:TAG] != b[:TAG]:
        return None
    return (int.from_bytes(a[TAG:]) ^ int.from_bytes(b[TAG:])).bit_count()
