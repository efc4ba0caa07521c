"""A request's files, streamed to disk as they come: one open file at a time, nothing held in memory.

What is wrong with one file is that file's error and stops no other; what is wrong with the request is raised.
"""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from anyio import to_thread
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from app.adapters.blobs import Blobs, Draft
from graph.errors import InvalidInput, LimitExceeded
from graph.types import WorkspaceId

_BATCH = 1 << 20  # bytes handed to the parser's thread at a time
_MAX_FIELD = 1 << 20  # bytes of all fields that are no files
_NAME_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Limits:
    file_bytes: int
    request_bytes: int
    files: int


@dataclass(slots=True)
class Received:
    """One file: its bytes, or why they were not taken. ``uri`` where its sender says where it came from."""

    filename: str
    draft: Draft | None = None
    error: str | None = None
    uri: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)

    def discard(self) -> None:
        """Delete the bytes, unless they were kept."""
        if self.draft is not None:
            self.draft.discard()


@dataclass(slots=True)
class Form:
    files: list[Received] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)

    def discard(self) -> None:
        """Delete what was not kept."""
        for received in self.files:
            received.discard()


async def read_form(
    body: AsyncIterator[bytes], content_type: str, blobs: Blobs, workspace: WorkspaceId, limits: Limits
) -> Form:
    """Parse a ``multipart/form-data`` body. InvalidInput where it is none, LimitExceeded when too long."""
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise InvalidInput("the multipart request names no boundary; let your HTTP client set Content-Type")
    parts = _Parts(boundary, blobs, workspace, limits)
    try:
        total, pending = 0, bytearray()
        async for piece in body:
            total += len(piece)
            if total > limits.request_bytes:
                raise LimitExceeded(
                    f"the request is larger than {limits.request_bytes} bytes; send it in parts"
                )
            pending += piece
            if len(pending) >= _BATCH:
                await to_thread.run_sync(parts.feed, bytes(pending))
                pending.clear()
        await to_thread.run_sync(parts.feed, bytes(pending))
        await to_thread.run_sync(parts.end)
    except BaseException:
        await to_thread.run_sync(parts.form.discard, abandon_on_cancel=False)
        raise
    return parts.form


def safe_name(given: str) -> str:
    """A relative path with ``/``, without ``..``, drive letters or control characters; never empty."""
    cleaned = re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", "", given.replace("\\", "/"))
    cleaned = re.sub(r"^[A-Za-z]:", "", cleaned)
    parts = [part for part in cleaned.split("/") if part not in ("", ".", "..")]
    return "/".join(parts)[-_NAME_LIMIT:] or "unnamed"


class _Parts:
    """The parser's callbacks; they run in a worker thread, one batch at a time."""

    def __init__(self, boundary: bytes, blobs: Blobs, workspace: WorkspaceId, limits: Limits) -> None:
        self.form = Form()
        self._blobs = blobs
        self._workspace = workspace
        self._limits = limits
        self._ended = False
        self._header = (bytearray(), bytearray())
        self._headers: dict[bytes, bytes] = {}
        self._file: Received | None = None
        self._field: tuple[str, bytearray] | None = None
        self._field_bytes = 0
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._part_begin,
                "on_part_data": self._part_data,
                "on_part_end": self._part_end,
                "on_header_field": self._header_field,
                "on_header_value": self._header_value,
                "on_header_end": self._header_end,
                "on_headers_finished": self._headers_finished,
                "on_end": self._end,
            },
        )

    def feed(self, data: bytes) -> None:
        try:
            self._parser.write(data)
        except MultipartParseError as error:
            raise InvalidInput("the multipart body is damaged; send it again") from error

    def end(self) -> None:
        """InvalidInput when the body broke off."""
        if not self._ended:
            raise InvalidInput("the multipart body broke off before its end; send it again")

    def _part_begin(self) -> None:
        self._headers.clear()

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header[0].extend(data[start:end])

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1].extend(data[start:end])

    def _header_end(self) -> None:
        name, value = self._header
        self._headers[bytes(name).lower()] = bytes(value)
        self._header = (bytearray(), bytearray())

    def _headers_finished(self) -> None:
        disposition, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        if disposition != b"form-data" or b"name" not in options:
            raise InvalidInput("a part of the multipart body has no name")
        if b"filename" not in options:
            self._field = (options[b"name"].decode("utf-8", "replace"), bytearray())
            return
        if len(self.form.files) >= self._limits.files:
            raise LimitExceeded(f"more than {self._limits.files} files in one request; send them in parts")
        name = safe_name(options[b"filename"].decode("utf-8", "replace"))
        draft = self._blobs.draft(self._workspace, limit=self._limits.file_bytes)
        self._file = Received(name, draft)
        self.form.files.append(self._file)

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._field is not None:
            self._field_bytes += end - start
            if self._field_bytes > _MAX_FIELD:
                raise LimitExceeded(f"form fields take at most {_MAX_FIELD} bytes")
            self._field[1].extend(data[start:end])
        elif self._file is not None and self._file.draft is not None:
            try:
                self._file.draft.write(data[start:end])
            except LimitExceeded as error:
                self._file.error = str(error)
                self._file.draft.discard()
                self._file.draft = None

    def _part_end(self) -> None:
        if self._field is not None:
            self.form.fields[self._field[0]] = bytes(self._field[1]).decode("utf-8", "replace")
        elif self._file is not None and self._file.draft is not None:
            self._file.draft.finish()
            if self._file.draft.size == 0:
                self._file.error = "the file is empty; check it and send it again"
                self._file.draft.discard()
                self._file.draft = None
        self._field, self._file = None, None

    def _end(self) -> None:
        self._ended = True
