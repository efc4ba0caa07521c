"""Uploaded bytes as content-addressed files, one folder a workspace.

A file is written under a temporary name, synced, renamed to its hash, and its folder is synced: after
``keep`` returns, the bytes survive a power cut. What is read is compared with its name.
"""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

from graph.errors import IntegrityError, LimitExceeded, NotFound, StoreUnavailable
from graph.identity import make_id
from graph.types import ContentId, WorkspaceId

_SYNCS = 16  # files and folders synced at a time


class Draft:
    """Bytes on their way in. ``size`` in bytes; nothing is durable before ``Blobs.keep``."""

    def __init__(self, folder: Path, limit: int) -> None:
        self._file = NamedTemporaryFile(dir=folder, prefix="draft-", delete=False)  # noqa: SIM115
        self._hash = sha256()
        self._limit = limit
        self.path = Path(self._file.name)
        self.size = 0

    def write(self, data: bytes) -> None:
        """Append; LimitExceeded, with nothing written, beyond the limit."""
        if self.size + len(data) > self._limit:
            raise LimitExceeded(f"the file is larger than the {self._limit} bytes that are accepted")
        with _translated():
            self._file.write(data)
        self._hash.update(data)
        self.size += len(data)

    def finish(self) -> None:
        """Everything written is readable at ``path``."""
        with _translated():
            self._file.close()

    def discard(self) -> None:
        """Forget it; nothing happens when it was kept."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    @property
    def content(self) -> ContentId:
        return ContentId(self._hash.digest())


class Blobs:
    """All bytes ever accepted, below ``root``. Calls block: use a thread."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def draft(self, workspace: WorkspaceId, *, limit: int) -> Draft:
        """A place to write a new file of at most ``limit`` bytes."""
        folder = self._folder(workspace)
        with _translated():
            if not folder.exists():
                folder.mkdir(parents=True, mode=0o700, exist_ok=True)
                _sync(folder.parent)
                _sync(self._root.parent)
            return Draft(folder, limit)

    def keep(self, workspace: WorkspaceId, drafts: Sequence[Draft]) -> list[ContentId]:
        """Make drafts durable under their hashes; the same bytes twice are one file.

        Many at once are synced at once: a file system writes the journal for all that wait for it in one go,
        which takes a tenth of the time. All are durable when this returns, none is promised before.
        """
        targets = [self._path(workspace, draft.content) for draft in drafts]
        with _translated():
            for draft in drafts:
                draft.finish()
            with ThreadPoolExecutor(_SYNCS) as pool:
                list(pool.map(_sync, [draft.path for draft in drafts]))
                for draft, target in zip(drafts, targets, strict=True):
                    target.parent.mkdir(mode=0o700, exist_ok=True)
                    draft.path.replace(target)
                list(pool.map(_sync, {target.parent for target in targets}))
            _sync(self._folder(workspace))
        return [draft.content for draft in drafts]

    def read(self, workspace: WorkspaceId, content: ContentId) -> bytes:
        """NotFound where there is none; IntegrityError where the bytes are no longer those accepted."""
        try:
            data = self._path(workspace, content).read_bytes()
        except FileNotFoundError as error:
            raise NotFound(f"no bytes are kept for {content.hex()}") from error
        except OSError as error:
            raise StoreUnavailable(f"the kept bytes cannot be read: {error}") from error
        if sha256(data).digest() != content:
            raise IntegrityError(f"the kept bytes of {content.hex()} have changed on disk; restore them")
        return data

    def sweep_drafts(self, *, older_than: float) -> int:
        """Delete drafts last written before ``older_than`` (seconds since 1970): a killed upload's."""
        swept = 0
        for path in self._root.glob("*/draft-*"):
            if path.stat().st_mtime < older_than:
                path.unlink(missing_ok=True)
                swept += 1
        return swept

    def _folder(self, workspace: WorkspaceId) -> Path:
        return self._root / make_id("workspace", workspace).hex()  # a workspace's name is no safe path

    def _path(self, workspace: WorkspaceId, content: ContentId) -> Path:
        name = content.hex()
        return self._folder(workspace) / name[:2] / name


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(f"the uploaded bytes cannot be kept: {error.strerror or error}") from error


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
