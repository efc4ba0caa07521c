"""Keeps the garbage collector from walking the graph while a pass makes it.

CPython counts references; its collector looks for cycles alone. It walks what is new again and again, and all
there is whenever that has grown by a quarter. A pass over many names only grows: it makes rows, which are in
no cycle, and walking them was a third of its time. So collections wait while a pass runs, or passes.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_passes = 0  # that run now, in all threads
_usual = gc.get_threshold()


@contextmanager
def growing() -> Iterator[None]:
    """While many rows are made and few dropped. For the whole process; may be nested, in several threads."""
    global _passes, _usual
    with _lock:
        _passes += 1
        if _passes == 1:
            _usual = gc.get_threshold()
            gc.set_threshold(0)  # not ``disable``, which is the application's own to say
    try:
        yield
    finally:
        with _lock:
            _passes -= 1
            if not _passes:
                gc.set_threshold(*_usual)
