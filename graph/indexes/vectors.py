"""FAISS over the ledger's vectors: a snapshot on disk, plus a replay of what the ledger changed since.

The ledger is the truth. A lost, stale or damaged file costs time, never an answer; so a crash at any moment
is harmless, and several processes may each keep their own index and overwrite the shared file.
"""

import logging
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from shutil import rmtree
from threading import Lock

from graph.errors import IntegrityError
from graph.identity import make_id
from graph.indexes.snapshot import read_snapshot, write_snapshot
from graph.indexes.structure import FLAT_LIMIT, Structure
from graph.ports import VectorChange, VectorHit, VectorKind, VectorReader, Vectors
from graph.types import Position, WorkspaceId

log = logging.getLogger(__name__)

_PAGE = 5_000  # vectors replayed at a time: 8 MB at 384 dimensions
_SNAPSHOT_MIN = 2_000  # changes before a file is worth rewriting, and then a tenth of what it holds
_Key = tuple[WorkspaceId, VectorKind]


class FaissVectors:
    """Implements ``graph.ports.VectorIndex`` for one embedding model."""

    def __init__(
        self,
        directory: Path,
        reader: VectorReader,
        *,
        model: str,
        dimension: int,
        memory_bytes: int = 4 << 30,
        flat_limit: int = FLAT_LIMIT,
    ) -> None:
        """``memory_bytes`` bounds what the open indexes hold together; the least recently used go first."""
        self._directory = directory
        self._reader = reader
        self._model = model
        self._dimension = dimension
        self._memory_bytes = memory_bytes
        self._flat_limit = flat_limit
        self._open: OrderedDict[_Key, _Replica] = OrderedDict()
        self._lock = Lock()

    def search(self, workspace: WorkspaceId, kind: VectorKind, vector: Vectors, k: int) -> list[VectorHit]:
        return self._fresh(workspace, kind).structure.search(vector, k)

    def similarities(
        self, workspace: WorkspaceId, kind: VectorKind, vector: Vectors, ids: Sequence[bytes]
    ) -> dict[bytes, float]:
        return self._fresh(workspace, kind).structure.similarities(vector, ids)

    def size(self, workspace: WorkspaceId, kind: VectorKind) -> int:
        return len(self._fresh(workspace, kind).structure)

    def catch_up(self, workspace: WorkspaceId, kind: VectorKind) -> Position:
        """Replay all that the ledger holds by now, so that every later search sees it."""
        replica = self._replica(workspace, kind)
        replica.catch_up(wait=True)
        self._shrink(keep=(workspace, kind))
        return replica.position

    def drop(self, workspace: WorkspaceId) -> None:
        """Forget a workspace and delete its files."""
        with self._lock:
            for key in [key for key in self._open if key[0] == workspace]:
                del self._open[key]
        rmtree(self._folder(workspace), ignore_errors=True)

    def close(self) -> None:
        """Write what is worth keeping."""
        with self._lock:
            replicas = list(self._open.values())
            self._open.clear()
        for replica in replicas:
            replica.save()

    def _fresh(self, workspace: WorkspaceId, kind: VectorKind) -> "_Replica":
        replica = self._replica(workspace, kind)
        replica.catch_up(wait=False)
        self._shrink(keep=(workspace, kind))
        return replica

    def _replica(self, workspace: WorkspaceId, kind: VectorKind) -> "_Replica":
        key = (workspace, kind)
        with self._lock:
            if key not in self._open:
                name = f"{kind}-{make_id('model', self._model).hex()[:16]}.faiss"
                self._open[key] = _Replica(
                    self._folder(workspace) / name,
                    self._reader,
                    workspace,
                    kind,
                    self._model,
                    self._dimension,
                    self._flat_limit,
                )
            self._open.move_to_end(key)
            return self._open[key]

    def _shrink(self, keep: _Key) -> None:
        evicted = []
        with self._lock:
            total = sum(replica.structure.nbytes for replica in self._open.values())
            for key in list(self._open):
                if total <= self._memory_bytes:
                    break
                if key != keep:
                    evicted.append(self._open.pop(key))
                    total -= evicted[-1].structure.nbytes
        for replica in evicted:
            replica.save()

    def _folder(self, workspace: WorkspaceId) -> Path:
        return self._directory / make_id("workspace", workspace).hex()  # a name is no safe path


class _Replica:
    """One workspace's vectors of one kind. Searches read ``structure``; the replay alone replaces it."""

    def __init__(
        self,
        path: Path,
        reader: VectorReader,
        workspace: WorkspaceId,
        kind: VectorKind,
        model: str,
        dimension: int,
        flat_limit: int,
    ) -> None:
        self._path = path
        self._reader = reader
        self._workspace = workspace
        self._kind = kind
        self._model = model
        self._flat_limit = flat_limit
        self._replaying = Lock()
        self._unsaved = 0
        self._loaded = False
        self.structure = Structure.exact(dimension)
        self.position = Position(0)

    def catch_up(self, *, wait: bool) -> None:
        """Replay the ledger's changes. Without ``wait``, a search does not queue behind another's replay."""
        if not self._replaying.acquire(blocking=wait or not self._loaded):
            return
        try:
            if not self._loaded:
                self._load()
            while page := self._page(self.position):
                self.structure.apply(page)
                self.position = page[-1].position
                self._unsaved += len(page)
                if self.structure.outgrown(self._flat_limit):
                    self._regrow()
            if self._unsaved >= max(_SNAPSHOT_MIN, len(self.structure) // 10):
                self._write()
            self._loaded = True
        finally:
            self._replaying.release()

    def save(self) -> None:
        with self._replaying:
            if self._unsaved:
                self._write()

    def _page(self, after: Position) -> list[VectorChange]:
        return self._reader.vectors_after(self._workspace, self._model, self._kind, after, _PAGE)

    def _regrow(self) -> None:
        """Train a larger structure and fill it from the ledger, while searches still use the old one."""
        larger, position = self.structure.trained_empty(), Position(0)
        while page := self._page(position):
            larger.apply(page)
            position = page[-1].position
        self.structure, self.position = larger, position

    def _load(self) -> None:
        try:
            self.structure, self.position = read_snapshot(
                self._path, self._snapshot_key, self.structure.index.d
            )
        except FileNotFoundError:
            return
        except (IntegrityError, OSError) as error:
            log.warning("vector snapshot %s is rebuilt from the ledger: %s", self._path.name, error)

    def _write(self) -> None:
        try:
            write_snapshot(self._path, self.structure, self.position, self._snapshot_key)
            self._unsaved = 0
        except OSError as error:  # the file is a cache: without it the next start only takes longer
            log.warning("vector snapshot %s could not be written: %s", self._path.name, error)

    @property
    def _snapshot_key(self) -> str:
        return f"{self._model}/{self._kind}"
