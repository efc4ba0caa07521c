"""Bytes to text, and any text to the house's normal form."""

import codecs
import re
import unicodedata

from charset_normalizer import from_bytes

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What the detector may see: enough to tell a charset, little enough to stay fast on a book.
_DETECTION_BYTES = 64 * 1024
# Text has few control characters; compressed or executable bytes are a fifth control characters.
_MAX_CONTROL_SHARE = 0.02
_FEW_CONTROLS = 3

_LINE_ENDS = re.compile("\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x01-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f]")
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_BLANKS = re.compile(r"\s+")


def decode(data: bytes, declared: str | None = None) -> str | None:
    """Text of ``data``: by its byte-order mark, UTF-8, the ``declared`` charset, then detection.

    ``None`` when the bytes are no text in any of them.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _readable(data[len(mark) :].decode(encoding, "replace"))
    for encoding in filter(None, ("utf-8", declared)):
        try:
            return _readable(data.decode(encoding))
        except (UnicodeDecodeError, LookupError):
            continue
    if b"\x00" in data[:_DETECTION_BYTES] and not _is_utf16(data):
        return None
    best = from_bytes(data[:_DETECTION_BYTES]).best()
    return _readable(data.decode(best.encoding, "replace")) if best is not None else None


def _is_utf16(data: bytes) -> bool:
    """ASCII in two bytes: nearly every other byte is zero, and always on the same side."""
    sample = data[:4096]
    zeros = (sample[::2].count(0), sample[1::2].count(0))
    return min(zeros) * 8 < max(zeros) and max(zeros) * 3 > len(sample) // 2


def _readable(text: str) -> str | None:
    """``text`` unless it is full of control characters, as binary that happens to decode is."""
    sample = text[:_DETECTION_BYTES]
    strange = len(_CONTROLS.findall(sample)) + sample.count("\x00") + sample.count("\ufffd")
    return text if strange <= max(_FEW_CONTROLS, len(sample) * _MAX_CONTROL_SHARE) else None


def clean(text: str) -> str:
    """NFC with ``\\n`` line ends; no NUL, lone surrogate, control or invisible character. Idempotent."""
    text = _LINE_ENDS.sub("\n", text)
    text = _UNSTORABLE.sub("\ufffd", _CONTROLS.sub(" ", _INVISIBLE.sub("", text)))
    return unicodedata.normalize("NFC", text)


def flow(text: str) -> str:
    """``clean`` text as one line: every run of white space is one space."""
    return _BLANKS.sub(" ", clean(text)).strip()
