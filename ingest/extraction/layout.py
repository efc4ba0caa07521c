"""Where a code point stands in a document: its element, the headings above that, and its sentence."""

import re
from bisect import bisect_right

from graph.types import Span
from ingest.types import ParsedDocument

_STOP = re.compile(r"[.!?]\s+")


class Layout:
    """Elements are known by their ``ord``; -1 stands for none."""

    def __init__(self, document: ParsedDocument) -> None:
        self._text = document.text
        self._parents = {e.ord: e.parent for e in document.elements}
        self._order = sorted(document.elements, key=lambda e: (e.span.start, -e.span.end))
        self._starts = [e.span.start for e in self._order]

    def element(self, at: int) -> int:
        """The innermost element at a code point."""
        found = self._at(at)
        return -1 if found is None else self._order[found].ord

    def above(self, element: int) -> list[int]:
        """The headings and tables that enclose an element, the nearest first."""
        found: list[int] = []
        parent = self._parents.get(element)
        while parent is not None:
            found.append(parent)
            parent = self._parents.get(parent)
        return found

    def sentence(self, at: int) -> str:
        """The text around a code point up to a full stop on either side, or the end of its element."""
        found = self._at(at)
        whole = Span(0, len(self._text)) if found is None else self._order[found].span
        stops = [
            whole.start,
            *(m.end() for m in _STOP.finditer(self._text, whole.start, whole.end)),
            whole.end,
        ]
        after = bisect_right(stops, at)
        return self._text[stops[after - 1] : stops[min(after, len(stops) - 1)]]

    def _at(self, at: int) -> int | None:
        place = bisect_right(self._starts, at)
        while place > 0:
            place -= 1
            if at < self._order[place].span.end:
                return place
        return None
