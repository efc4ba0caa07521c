"""Acceptance: an upload's bytes are on the disk and its job is in the ledger before it is answered."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from mimetypes import guess_type
from urllib.parse import quote

from app.adapters.blobs import Blobs, Draft
from app.uploads import Limits, Received, safe_name
from graph.errors import InvalidInput, LimitExceeded
from graph.identity import canonical
from graph.ledger import documents, jobs
from graph.ledger.documents import Document, Upload
from graph.ledger.engine import Ledger
from graph.ledger.job_types import Item, Job, NewItem
from graph.types import ContentId, WorkspaceId
from ingest.archives import ArchiveLimits, expand, is_archive

_PAGE = 1000


class Intake:
    """Calls block: use a thread."""

    def __init__(self, ledger: Ledger, blobs: Blobs, limits: Limits) -> None:
        self._ledger = ledger
        self._blobs = blobs
        self.limits = limits

    def draft(self, workspace: WorkspaceId, data: bytes, filename: str) -> Received:
        """Bytes that came otherwise than as a file; too many of them are the item's error."""
        received = Received(safe_name(filename), self._blobs.draft(workspace, limit=self.limits.file_bytes))
        assert received.draft is not None
        try:
            received.draft.write(data)
        except LimitExceeded as error:
            received.draft.discard()
            received.draft, received.error = None, str(error)
        return received

    def unpacked(self, workspace: WorkspaceId, files: Sequence[Received]) -> Iterator[Received]:
        """The files, with the members of archives in place of them; a bad member or archive is an item."""
        left = self.limits.files - len(files)
        for received in files:
            if received.draft is None or not is_archive(_head(received.draft), received.filename):
                yield received
                continue
            try:
                for member in self._members(workspace, received, left):
                    left -= 1
                    yield member
            except InvalidInput as error:
                yield Received(received.filename, error=str(error))
            finally:
                received.draft.discard()

    def _members(self, workspace: WorkspaceId, archive: Received, left: int) -> Iterator[Received]:
        assert archive.draft is not None
        limits = ArchiveLimits(
            members=max(left, 0),
            member_bytes=self.limits.file_bytes,
            total_bytes=self.limits.request_bytes,
        )
        for path, data in expand(archive.draft.path, archive.filename, limits):
            filename = f"{archive.filename}/{safe_name(path)}"
            if isinstance(data, InvalidInput):
                yield Received(filename, error=str(data))
            elif not data:
                yield Received(filename, error="the file is empty; check it and send it again")
            else:
                yield self.draft(workspace, data, filename)

    def accept(
        self,
        workspace: WorkspaceId,
        files: Sequence[Received],
        *,
        key: str | None = None,
        replaces: Document | None = None,
    ) -> tuple[Job, list[Item], dict[str, ContentId]]:
        """Keep the files and make their job; a second call with ``key`` finds that job.

        With ``replaces``, its URIs point at the one file from now on. The last of the answer is what other
        content each URI had until now. InvalidInput without a file; AlreadyExists for a key of another
        request.
        """
        if not files:
            raise InvalidInput("no file came; send them as multipart parts named 'files'")
        self._blobs.keep(workspace, [file.draft for file in files if file.draft is not None])
        targets = [[each.uri for each in replaces.sources]] if replaces else [[uri] for uri in _uris(files)]
        items = [_new_item(file, uris[0]) for file, uris in zip(files, targets, strict=True)]
        uploads = [
            _upload(file, file.draft, uri)
            for file, uris in zip(files, targets, strict=True)
            if file.draft is not None
            for uri in uris
        ]
        told = [
            [item.filename, item.uri, item.content, item.error, dict(file.metadata)]
            for item, file in zip(items, files, strict=True)
        ]
        body_hash = sha256(canonical([told, replaces.content if replaces else None])).digest()
        replaced: dict[str, ContentId] = {}
        with self._ledger.write() as conn:
            job, new = jobs.create_job(conn, workspace, items, key=key, body_hash=body_hash)
            if new and uploads:
                taken = zip(uploads, documents.accept(conn, workspace, uploads), strict=True)
                replaced = {upload.uri: each.replaced for upload, each in taken if each.replaced}
        return job, self.items(workspace, job.id), replaced

    def items(self, workspace: WorkspaceId, job: bytes) -> list[Item]:
        """All items of a job, in the order of the upload."""
        found: list[Item] = []
        cursor: str | None = None
        with self._ledger.read() as conn:
            while True:
                page = jobs.list_items(conn, workspace, job, limit=_PAGE, cursor=cursor)
                found += page.items
                cursor = page.next_cursor
                if cursor is None:
                    return found


def _uris(files: Sequence[Received]) -> list[str]:
    """Where each file came from: as its sender says, else by its name.

    The same URI later is a newer version. Within one request, two different files of one name are two
    sources: the second's URI bears its hash.
    """
    seen: dict[str, ContentId | None] = {}
    uris = []
    for file in files:
        content = file.draft.content if file.draft is not None else None
        uri = file.uri or "upload:" + quote(file.filename)
        if seen.setdefault(uri, content) != content and content is not None:
            uri = f"{uri}#sha256={content.hex()[:16]}"
        uris.append(uri)
    return uris


def _new_item(file: Received, uri: str) -> NewItem:
    return NewItem(file.filename, uri, file.draft.content if file.draft else None, file.error)


def _upload(file: Received, draft: Draft, uri: str) -> Upload:
    media_type = guess_type(file.filename)[0] or "application/octet-stream"
    return Upload(uri, draft.content, draft.size, media_type, file.filename, dict(file.metadata))


def _head(draft: Draft) -> bytes:
    with draft.path.open("rb") as file:
        return file.read(512)
