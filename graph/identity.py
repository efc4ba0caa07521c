"""Content-addressed identity: canonical bytes and the ids made from them.

What is hashed is made in Python, never by a database, so that every store gives equal ids and digests.
"""

import json
from hashlib import blake2b, sha256
from typing import Any

ID_BYTES = 16


def canonical(value: Any) -> bytes:
    """The one serialisation that is hashed: JSON, keys sorted, no white space, UTF-8, bytes as hex.

    Floats are refused: scores are integer micro-units, because float sums depend on their order.
    """
    _refuse_floats(value)
    return _encode(value).encode()


def make_id(kind: str, *parts: Any) -> bytes:
    """A 16-byte BLAKE2b id of ``parts``, in a name space of its own for each ``kind``."""
    return blake2b(canonical([kind, *parts]), digest_size=ID_BYTES).digest()


def row_hash(table: str, row: Any) -> int:
    """SHA-256 of a canonical row as an integer; a table's digest is the sum of these mod 2**256."""
    return int.from_bytes(sha256(canonical([table, row])).digest(), "big")


def _bytes_as_hex(value: Any) -> str:
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"{type(value).__name__} has no canonical form")


_SCALARS = frozenset({str, bytes, int, bool, type(None)})
_encode = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_bytes_as_hex, check_circular=False
).encode


def _refuse_floats(value: Any) -> None:
    """Scalars of the plain types are passed over without a call: rows are mostly those."""
    if isinstance(value, float):
        raise TypeError("floats have no canonical form; use integer micro-units")
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(key, float):
                raise TypeError("floats have no canonical form; use integer micro-units")
            if type(item) not in _SCALARS:
                _refuse_floats(item)
    elif isinstance(value, list | tuple):
        for item in value:
            if type(item) not in _SCALARS:
                _refuse_floats(item)
