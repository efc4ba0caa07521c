"""Tries on disk, shared by all processes of one engine host: a file each, named by its id.

A file is complete and on the medium before its name exists. The oldest ones go when the budget is passed;
a process that has one mapped keeps it, since a removed file lives as long as its mapping.
"""

import os
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from graph.errors import InvalidTrie, UnknownTrie
from retrieval.decoding.trie import Trie, TrieLimits, from_bytes, load

_DRAFT_SECONDS = 3600
_ID = re.compile(r"[0-9a-f]{32}")


class TrieStore:
    """``budget`` is in bytes, of the folder and of what one process keeps mapped; what was used longest ago
    goes first. Who holds a trie keeps it. Each process validates a trie once, before anything reads it."""

    def __init__(self, folder: Path, *, budget: int, limits: TrieLimits) -> None:
        self.limits = limits
        self._folder = folder
        self._budget = budget
        self._mapped: OrderedDict[str, Trie] = OrderedDict()
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, data: bytes, *, vocabulary: int, forbidden: frozenset[int]) -> Trie:
        """Validate and keep; durable when this returns. Putting it again is harmless. InvalidTrie."""
        trie = from_bytes(data)
        trie.validate(vocabulary=vocabulary, forbidden=forbidden, limits=self.limits)
        target = self._path(trie.id)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if target.exists() and target.read_bytes() == data:
            os.utime(target)
        else:
            draft = target.with_suffix(f".{os.getpid()}.{threading.get_ident()}")
            with draft.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(target)
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
            self._evict(keep=target)
        return trie

    def get(self, name: str, *, vocabulary: int, forbidden: frozenset[int]) -> Trie:
        """The trie of this id. UnknownTrie when it is not here, or damaged and so removed: the client puts it
        again. InvalidTrie when it is another model's."""
        with self._lock:
            known = self._mapped.get(name)
            if known is not None:
                self._mapped.move_to_end(name)
                return known
        self.touch(name)
        trie = self._load(name)
        trie.validate(vocabulary=vocabulary, forbidden=forbidden, limits=self.limits)
        with self._lock:
            self._mapped[name] = trie
            mapped = sum(each.nbytes for each in self._mapped.values())
            while mapped > self._budget and len(self._mapped) > 1:
                mapped -= self._mapped.popitem(last=False)[1].nbytes
        return trie

    def _load(self, name: str) -> Trie:
        path = self._path(name)
        try:
            trie = load(path)
            if trie.id == name:
                return trie
        except (FileNotFoundError, InvalidTrie):
            pass
        path.unlink(missing_ok=True)
        raise _unknown(name)

    def touch(self, name: str) -> None:
        """Count the trie as used just now, so that it goes last. UnknownTrie when its file is not here."""
        if not _ID.fullmatch(name):
            raise UnknownTrie("a trie's id is 32 hexadecimal digits in lower case")
        try:
            os.utime(self._path(name))
        except FileNotFoundError:
            raise _unknown(name) from None

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.kgt"

    def _evict(self, keep: Path) -> None:
        for stat, draft in _stats(self._folder.glob("*.*.*")):  # of a process that was killed while it put
            if stat.st_mtime < time.time() - _DRAFT_SECONDS:
                draft.unlink(missing_ok=True)
        files = sorted(_stats(self._folder.glob("*.kgt")), key=lambda pair: pair[0].st_mtime)
        total = sum(stat.st_size for stat, _ in files)
        for stat, path in files:
            if total <= self._budget:
                return
            if path != keep:
                path.unlink(missing_ok=True)
                total -= stat.st_size


def _stats(paths: Iterable[Path]) -> Iterator[tuple[os.stat_result, Path]]:
    """Of those that are still there: others put and evict at the same time."""
    for path in paths:
        with suppress(FileNotFoundError):
            yield path.stat(), path


def _unknown(name: str) -> UnknownTrie:
    return UnknownTrie(f"trie {name} is not registered here: put it again, then retry")
