"""Which loader reads these bytes: by content, with the name as no more than a hint."""

import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import PurePath

import puremagic

from graph.errors import UnreadableDocument, UnsupportedFormat
from ingest.loaders.decoding import decode
from ingest.loaders.port import Loader, Sample

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_OFFICE = "EncryptedPackage".encode("utf-16-le")
# Text, but in a format of its own: read as prose it would give nonsense.
_STRUCTURED = {
    ".csv": "a CSV table",
    ".tsv": "a TSV table",
    ".json": "JSON",
    ".jsonl": "JSON lines",
    ".ndjson": "JSON lines",
    ".xml": "XML",
    ".xsd": "XML",
    ".rtf": "RTF",
    ".tex": "LaTeX",
    ".eml": "an e-mail",
    ".vtt": "subtitles",
    ".srt": "subtitles",
    ".ics": "a calendar",
    ".yaml": "YAML",
    ".yml": "YAML",
    ".svg": "an SVG image",
}
_TEXT_SIGNS = (
    (re.compile(r"\s*\{\\rtf"), "RTF"),
    (re.compile(r"\s*(?:<\?xml\b(?!.{0,400}<html)|<svg\b)", re.DOTALL), "XML"),
    (re.compile(r"%!PS"), "PostScript"),
    (re.compile(r"WEBVTT\b"), "subtitles"),
)


def choose_loader(data: bytes, name: str, loaders: Sequence[Loader]) -> Loader:
    """The first loader that recognises ``data``.

    Raises ``UnreadableDocument`` for empty or locked bytes, and for bytes that contradict a name whose
    format is supported; ``UnsupportedFormat``, naming what is supported, for everything else.
    """
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise UnreadableDocument(f"{name} is empty.")
    extension = _extension(name, loaders)
    if data.startswith(_OLE):
        _refuse_ole(data, name, loaders)
    members = _zip_members(data)
    binary = members or data.startswith(b"PK\x03\x04") or b"%PDF-" in data[:1024]
    sample = Sample(data, extension, None if binary else decode(data), members)
    if sample.text is not None and (kind := _structured(sample)) is not None:
        raise UnsupportedFormat(f"{name} is {kind}, which no loader reads. {_supported(loaders)}")
    for loader in loaders:
        if loader.recognises(sample):
            return loader
    expected = next((loader for loader in loaders if extension in loader.extensions), None)
    found = _magic_name(data)
    if expected is not None and found is None:
        raise UnreadableDocument(
            f"{name} is named as {expected.label}, but its bytes are damaged or of another kind."
        )
    raise UnsupportedFormat(f"{name} is {found or 'of an unknown format'}. {_supported(loaders)}")


def _extension(name: str, loaders: Sequence[Loader]) -> str:
    """The name's ending in lower case; of two parts where it is a loader's, as .triples.jsonl."""
    path = PurePath(name.lower())
    double = "".join(path.suffixes[-2:])
    return double if any(double in loader.extensions for loader in loaders) else path.suffix


def _supported(loaders: Sequence[Loader]) -> str:
    return f"Supported are {', '.join(f'{ld.label} ({ld.extensions[0]})' for ld in loaders)}."


def _refuse_ole(data: bytes, name: str, loaders: Sequence[Loader]) -> None:
    if _ENCRYPTED_OFFICE in data:
        raise UnreadableDocument(f"{name} is protected by a password; upload it without one.")
    raise UnsupportedFormat(
        f"{name} is in an Office format of before 2007; save it as .docx. {_supported(loaders)}"
    )


def _zip_members(data: bytes) -> frozenset[str]:
    if not data.startswith(b"PK"):
        return frozenset()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            return frozenset(package.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return frozenset()


def _structured(sample: Sample) -> str | None:
    text = sample.text or ""
    for sign, kind in _TEXT_SIGNS:
        if sign.match(text):
            return kind
    return _STRUCTURED.get(sample.extension)


def _magic_name(data: bytes) -> str | None:
    """puremagic's best name for a known binary signature (its two major versions agree on this call)."""
    try:
        found = puremagic.magic_string(data[:8192])
    except (puremagic.PureError, ValueError):
        return None
    best = max(found, key=lambda match: float(match.confidence), default=None)
    return best.name or best.mime_type or None if best is not None and best.confidence >= 0.5 else None
