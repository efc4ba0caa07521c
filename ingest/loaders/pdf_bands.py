"""Running headers and footers: what comes again at the edge of page after page is kept once."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product

from ingest.loaders.decoding import flow
from ingest.loaders.pdf_tables import Block

_BAND_BLOCKS = 2  # from the page's edge
_BAND_CHARACTERS = 160
_BAND_NUMBERS = 4  # beyond so many, all of them have to stay the same
_MIN_REPEATS = 3
_REPEAT_SHARE = 0.25  # of the pages
_BandKey = tuple[str, str, tuple[tuple[str, int], ...]]  # edge, text without its numbers, how they go on


def without_repeats(pages: list[list[Block]]) -> Iterator[list[Block]]:
    """Pages without the running headers and footers, of which the first of each kind stays.

    They would cut sentences that run over a page break.
    """
    keys = [[_band_keys(page, n, number) for n in range(len(page))] for number, page in enumerate(pages)]
    counts = Counter(key for page in keys for key in set().union(*page))
    enough = max(_MIN_REPEATS, _REPEAT_SHARE * len(pages))
    met: set[_BandKey] = set()
    for page, keys_of_page in zip(pages, keys, strict=True):
        kept = []
        for block, own in zip(page, keys_of_page, strict=True):
            repeated = {key for key in own if counts[key] >= enough}
            if not repeated & met:
                kept.append(block)
            met |= repeated
        yield kept


def _band_keys(page: Sequence[Block], number: int, page_number: int) -> set[_BandKey]:
    """What a block at a page's edge says, so that it is equal on other pages; none for what is no band.

    A number in it is the same on each page or counts with the pages: "Page 3 of 10" goes on, but of "Sales
    were 30" and "Sales were 45" neither is a running header.
    """
    block = page[number]
    if block.kind not in ("paragraph", "heading") or len(block.text) > _BAND_CHARACTERS:
        return set()
    if _BAND_BLOCKS <= number < len(page) - _BAND_BLOCKS:
        return set()
    edge = "top" if number < _BAND_BLOCKS else "end"
    text = flow(block.text)
    numbers = [int(digits) for digits in re.findall(r"\d+", text)]
    if len(numbers) > _BAND_NUMBERS:
        return {(edge, text, ())}
    bare = re.sub(r"\d+", "#", text)
    courses = product(*((("is", value), ("counts", value - page_number)) for value in numbers))
    return {(edge, bare, course) for course in courses}
