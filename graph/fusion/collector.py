"""Keeps the garbage collector from walking the graph while a pass makes it.

CPython counts references; its collector looks for cycles alone. Whenever what is alive has grown by a quarter
it walks it all. A pass over many names only grows: it makes rows, which are in no cycle, and walking them
was a fifth of its time. So full collections wait while a pass runs. Young garbage, which is what a service's
requests leave, is collected as ever.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_NEVER = 2**31 - 1  # collections of the middle generation until a full one
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
            gc.set_threshold(*_usual[:2], _NEVER)
    try:
        yield
    finally:
        with _lock:
            _passes -= 1
            if not _passes:
                gc.set_threshold(*_usual)
