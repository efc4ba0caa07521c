"""A structure's file: written whole beside the old one, hashed, synced, then put in its place.

Layout: a header line of JSON, the ids by handle (a free one is zeros), FAISS's own bytes, and last the
SHA-256 of all that precedes it. FAISS reads nothing before the hash has been checked: it trusts its input.
"""

import json
import os
import time
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

import faiss

from graph.errors import IntegrityError
from graph.identity import ID_BYTES
from graph.indexes.structure import Structure
from graph.types import Position

_FORMAT = 1
_FREE = bytes(ID_BYTES)
_BLOCK = 1 << 20
_ABANDONED = 3600  # seconds after which a half-written file belongs to nobody
_swig: Any = faiss  # its stubs leave out what SWIG generates


def write_snapshot(path: Path, structure: Structure, position: Position, key: str) -> None:
    """Replace ``path`` atomically; OSError on a full disk. ``key`` says what the vectors are: model, kind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(path)
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            sink = _HashingFile(file)
            header = {
                "format": _FORMAT,
                "key": key,
                "position": position,
                "handles": len(structure.ids),
                "trained_for": structure.trained_for,
            }
            sink.write(json.dumps(header).encode() + b"\n")
            for id_ in structure.ids:
                sink.write(id_ or _FREE)
            writer = _swig.PyCallbackIOWriter(sink.write)
            faiss.write_index(structure.index, writer)
            del writer  # it buffers; its destructor hands the rest over
            file.write(sink.hash.digest())
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
    _sync_directory(path.parent)


def read_snapshot(path: Path, key: str, dimension: int) -> tuple[Structure, Position]:
    """IntegrityError when the file is damaged or of other vectors; FileNotFoundError when there is none."""
    with path.open("rb") as file:
        payload = _check_hash(file, path)
        header = json.loads(file.readline())
        if header["format"] != _FORMAT or header["key"] != key:
            raise IntegrityError(f"{path.name} holds other vectors than {key}; it will be rebuilt")
        raw = file.read(header["handles"] * ID_BYTES)
        ids = [raw[i : i + ID_BYTES] for i in range(0, len(raw), ID_BYTES)]
        remaining = payload - file.tell()
        try:
            index = faiss.read_index(_swig.PyCallbackIOReader(_Bounded(file, remaining).read))
        except RuntimeError as error:  # FAISS throws nothing else, here for a format newer than itself
            raise IntegrityError(f"{path.name} cannot be read by this FAISS: {error}") from error
    if index.d != dimension:
        raise IntegrityError(f"{path.name} holds vectors of {index.d} dimensions, not {dimension}")
    structure = Structure(index, header["trained_for"], [None if id_ == _FREE else id_ for id_ in ids])
    return structure, Position(header["position"])


def _remove_abandoned(path: Path) -> None:
    """Delete what killed processes left half-written."""
    for file in path.parent.glob(f".{path.name}.*"):
        if file.stat().st_mtime < time.time() - _ABANDONED:
            file.unlink(missing_ok=True)


class _HashingFile:
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.hash = sha256()

    def write(self, data: bytes) -> int:
        self.hash.update(data)
        return self._file.write(data)


class _Bounded:
    """Reads no further than the payload, so that the trailing hash is never taken for vectors."""

    def __init__(self, file: IO[bytes], remaining: int) -> None:
        self._file = file
        self._remaining = remaining

    def read(self, size: int) -> bytes:
        data = self._file.read(min(size, self._remaining))
        self._remaining -= len(data)
        return data


def _check_hash(file: IO[bytes], path: Path) -> int:
    """Length of the payload in bytes; leaves the file at its start."""
    digest = sha256()
    payload: int = os.fstat(file.fileno()).st_size - digest.digest_size
    left = payload
    while left > 0:
        block = file.read(min(_BLOCK, left))
        digest.update(block)
        left -= len(block)
    if payload <= 0 or file.read() != digest.digest():
        raise IntegrityError(f"{path.name} is damaged; it will be rebuilt from the ledger")
    file.seek(0)
    return payload


def _sync_directory(directory: Path) -> None:
    """Makes the rename itself durable, where the platform lets a directory be opened."""
    if os.name == "posix":
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
