"""Archives, member by member: zip and tar, plain or compressed, from a file on disk.

One member is in memory at a time. A member that cannot be had (encrypted, damaged, a link, a path that climbs
out, an archive in the archive) is an item with its error, and the next one follows. A limit on the whole
(members, bytes, ratio) ends the archive with ``LimitExceeded``: a bomb has no honest rest. What was yielded
before stands, as sound as if it had come alone. Nothing is written to disk and no link is followed.
"""

import bz2
import gzip
import lzma
import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, Self, cast

from graph.errors import InvalidInput, LimitExceeded, UnreadableDocument, UnsupportedFormat

Member = tuple[str, bytes | InvalidInput]

_ZIP_SIGNS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_TAR_SIGN_AT, _TAR_SIGN = 257, b"ustar"
_DECOMPRESSORS: dict[bytes, Callable[..., Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
}
_PIECE = 1 << 16
_DIRECTORY_ENTRY = 1_024  # bytes a member may take in a zip's directory, on average
_ZIP_TAIL = 22 + 65_535 + 20 + 56  # end record, comment, and their 64-bit forms
_TAR_HEADER = 1 << 20
_LONG_HEADERS = (
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
)
_LONGEST_NAME = 1_000
_DAMAGE = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """``ratio`` is unpacked to packed bytes, looked at once ``ratio_from`` bytes are unpacked."""

    members: int = 50_000
    member_bytes: int = 256 << 20
    total_bytes: int = 4 << 30
    ratio: int = 200
    ratio_from: int = 16 << 20


def is_archive(head: bytes, name: str = "") -> bool:
    """Whether ``head``, the first 512 bytes of a file called ``name``, begin a zip or tar to be expanded.

    An Office or other package that is a zip inside (.docx, .epub, ...) is a document, not an archive; its
    content says which: the first member of such a package has a telling name.
    """
    if head.startswith(_ZIP_SIGNS):
        package = b"[Content_Types].xml" in head or b"_rels/" in head or b"mimetype" in head[30:38]
        return not package and PurePosixPath(name.lower()).suffix not in (".docx", ".docm", ".dotx")
    if head[_TAR_SIGN_AT : _TAR_SIGN_AT + len(_TAR_SIGN)] == _TAR_SIGN:
        return True
    return head.startswith(tuple(_DECOMPRESSORS))


def expand(path: Path, name: str, limits: ArchiveLimits | None = None) -> Iterator[Member]:
    """(member's path, its bytes or why it cannot be had) for each file in the archive ``path``.

    ``name`` is what the archive's user calls it. Folders and the system's own litter are passed over.
    Raises ``UnreadableDocument`` for a damaged or empty archive, ``UnsupportedFormat`` for another kind, and
    ``LimitExceeded``: any of them may come after members were yielded.
    """
    limits = limits or ArchiveLimits()
    try:
        with path.open("rb") as file:
            head = file.read(512)
        if not head.strip(b"\x00"):
            raise UnreadableDocument(f"{name} is empty.")
        if head.startswith(_ZIP_SIGNS):
            members = _zip_members(path, name, limits)
        elif is_archive(head):
            members = _tar_members(path, name, limits)
        else:
            raise UnsupportedFormat(f"{name} is no zip or tar archive.")
        count = 0
        for member in members:
            count += 1
            yield member
        if not count:
            raise UnreadableDocument(f"{name} holds no files.")
    except _DAMAGE as error:
        raise UnreadableDocument(f"{name} is a damaged archive ({error}); pack it anew.") from error


class _Tally:
    """What an archive has cost so far, against what it may."""

    def __init__(self, name: str, packed: int, limits: ArchiveLimits) -> None:
        self._name = name
        self._packed = max(packed, 1)
        self._limits = limits
        self._members = self._bytes = 0

    def member(self) -> None:
        self._members += 1
        if self._members > self._limits.members:
            raise LimitExceeded(f"{self._name} has more than {self._limits.members} members; split it.")

    def unpacked(self, size: int) -> None:
        self._bytes += size
        if self._bytes > self._limits.total_bytes:
            raise LimitExceeded(f"{self._name} unpacks to more than {self._limits.total_bytes >> 20} MiB.")
        if self._bytes > max(self._limits.ratio_from, self._limits.ratio * self._packed):
            raise LimitExceeded(
                f"{self._name} unpacks to more than {self._limits.ratio} times its size: an archive bomb."
            )


def _zip_members(path: Path, name: str, limits: ArchiveLimits) -> Iterator[Member]:
    tally = _Tally(name, path.stat().st_size, limits)
    if _zip_directory_bytes(path) > limits.members * _DIRECTORY_ENTRY:
        raise LimitExceeded(f"{name} has more than {limits.members} members; split it.")
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            tally.member()
            if info.is_dir() or _is_litter(info.filename):
                continue
            where = _shown(info.filename)
            kind = info.external_attr >> 16
            if (refusal := _refused_name(info.filename)) is not None:
                yield where, refusal
            elif stat.S_IFMT(kind) not in (0, stat.S_IFREG):
                yield where, UnsupportedFormat(f"{where} is a link or device; archives may hold files only.")
            elif info.flag_bits & 0x1:
                yield where, UnreadableDocument(f"{where} is protected by a password; upload it without one.")
            else:
                yield where, _zip_bytes(archive, info, where, limits, tally)


def _zip_bytes(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, where: str, limits: ArchiveLimits, tally: _Tally
) -> bytes | InvalidInput:
    try:
        with archive.open(info) as member:
            return _take(member, where, limits, tally)
    except (*_DAMAGE, NotImplementedError, RuntimeError) as error:
        return UnreadableDocument(f"{where} is damaged in the archive: {error}.")


def _zip_directory_bytes(path: Path) -> int:
    """The size the zip states for its directory, which ``zipfile`` reads into memory whole."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _ZIP_TAIL))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        return 0  # no zip: zipfile will say so
    (size,) = struct.unpack_from("<I", tail, at + 12)
    wide = tail.rfind(b"PK\x06\x06", 0, at)
    if size == 0xFFFFFFFF and wide >= 0 and len(tail) >= wide + 48:
        (size,) = struct.unpack_from("<Q", tail, wide + 40)
    return int(size)


def _tar_members(path: Path, name: str, limits: ArchiveLimits) -> Iterator[Member]:
    tally = _Tally(name, path.stat().st_size, limits)
    with _decompressed(path) as raw:
        stream = cast(IO[bytes], _Counted(raw, tally))
        try:
            archive = tarfile.open(  # noqa: SIM115  (entered below)
                fileobj=stream, mode="r|", errors="surrogateescape", tarinfo=_BoundedHeader
            )
        except tarfile.ReadError as error:
            raise UnsupportedFormat(f"{name} is compressed, but holds no tar archive.") from error
        with archive:
            for info in archive:
                tally.member()
                if not info.isdir() and not _is_litter(info.name):
                    yield _tar_member(archive, info, limits)


def _tar_member(archive: tarfile.TarFile, info: tarfile.TarInfo, limits: ArchiveLimits) -> Member:
    where = _shown(info.name)
    if (refusal := _refused_name(info.name)) is not None:
        return where, refusal
    if not info.isreg() or info.issparse():
        return where, UnsupportedFormat(f"{where} is a link, device or sparse file; archives may hold files.")
    member = archive.extractfile(info)
    if member is None:
        return where, UnreadableDocument(f"{where} is damaged in the archive.")
    with member:
        return where, _take(member, where, limits, None)


class _BoundedHeader(tarfile.TarInfo):
    """Headers of bounded size: tarfile keeps a long name, a PAX header or a sparse file's map in memory."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        info = super().frombuf(buf, encoding, errors)
        if info.type in _LONG_HEADERS and info.size > _TAR_HEADER:
            raise LimitExceeded(f"A tar header passes {_TAR_HEADER >> 20} MiB, which none needs.")
        if info.type == tarfile.GNUTYPE_SPARSE:
            info.type = b"?"  # of no known kind: refused as a member, its map unread
        return info


class _Counted:
    """The unpacked tar, counted as it is read."""

    def __init__(self, raw: IO[bytes], tally: _Tally) -> None:
        self._raw = raw
        self._tally = tally

    def read(self, size: int) -> bytes:
        piece = self._raw.read(size)
        self._tally.unpacked(len(piece))
        return piece


@contextmanager
def _decompressed(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        head = file.read(6)
    opener = next((_DECOMPRESSORS[sign] for sign in _DECOMPRESSORS if head.startswith(sign)), open)
    with opener(path, "rb") as stream:
        yield cast(IO[bytes], stream)


def _take(member: IO[bytes], where: str, limits: ArchiveLimits, tally: _Tally | None) -> bytes | InvalidInput:
    """The member's bytes, or why not. Stated sizes are not believed; the member is read out in any case."""
    pieces: list[bytes] = []
    size = 0
    while piece := member.read(_PIECE):
        if tally is not None:
            tally.unpacked(len(piece))
        size += len(piece)
        if size <= limits.member_bytes:
            pieces.append(piece)
        else:
            pieces.clear()
    if size > limits.member_bytes:
        return LimitExceeded(f"{where} has more than {limits.member_bytes >> 20} MiB; split it.")
    data = b"".join(pieces)
    if is_archive(data[:512], where):
        return UnsupportedFormat(f"{where} is an archive inside an archive; upload it by itself.")
    return data


def _refused_name(name: str) -> InvalidInput | None:
    """Names are only shown, never opened; one that climbs out is refused because its maker meant harm."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", name) or "\x00" in name:
        return InvalidInput(f"{_shown(name)} has a path that leads out of the archive.")
    return None


def _is_litter(name: str) -> bool:
    path = PurePosixPath(name)
    return "__MACOSX" in path.parts or path.name in (".DS_Store", "Thumbs.db", "desktop.ini")


def _shown(name: str) -> str:
    """A name for messages and records: printable, of bounded length."""
    kept = "".join(c if c.isprintable() else "\ufffd" for c in name)
    return kept[-_LONGEST_NAME:] or "unnamed"
