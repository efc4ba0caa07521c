"""MinHash of a document's words, by which near-duplicates are known. A function of the text alone.

64 minima of 32 bits over 3-word shingles: the share of equal minima estimates the Jaccard similarity of the
shingle sets with a standard error of at most 1/16. Constants are fixed and the hash is BLAKE2b, so equal
text has an equal signature on every platform and Python (Broder 1997; multiply-shift after Dietzfelbinger).
"""

import re
import unicodedata
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

SIZE = 64
_SHINGLE = 3
_BLOCK = 8_192  # shingles a step: the working set stays at 4 MiB
_WORD = re.compile(r"\w+")


def _splitmix64(count: int) -> NDArray[np.uint64]:
    """The first ``count`` values of SplitMix64 from seed 0 (Steele et al. 2014)."""
    mask, state, values = (1 << 64) - 1, 0, []
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        values.append(z ^ (z >> 31))
    return np.array(values, dtype=np.uint64)


_CONSTANTS = _splitmix64(2 * SIZE + _SHINGLE)
_FACTORS = _CONSTANTS[:SIZE] | np.uint64(1)
_OFFSETS = _CONSTANTS[SIZE : 2 * SIZE]
_PLACES = _CONSTANTS[2 * SIZE :] | np.uint64(1)


def signature(text: str) -> tuple[int, ...]:
    """``SIZE`` minima below 2**32. Case, punctuation, width and spacing do not count.

    Of fewer than three words the whole is one shingle; of none, every minimum is 2**32 - 1.
    """
    words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    minima = np.full(SIZE, 0xFFFFFFFF, dtype=np.uint64)
    shingles = _shingles(words)
    for start in range(0, len(shingles), _BLOCK):
        block = shingles[start : start + _BLOCK, None]
        np.minimum(minima, ((block * _FACTORS + _OFFSETS) >> np.uint64(32)).min(axis=0), out=minima)
    return tuple(int(minimum) for minimum in minima)


def _shingles(words: list[str]) -> NDArray[np.uint64]:
    """The distinct shingles, each as 64 mixed bits."""
    if not words:
        return np.empty(0, dtype=np.uint64)
    hashes = {w: int.from_bytes(blake2b(w.encode(), digest_size=8).digest(), "little") for w in set(words)}
    sequence = np.array([hashes[word] for word in words], dtype=np.uint64)
    width = min(_SHINGLE, len(words))
    mixed = np.zeros(len(words) - width + 1, dtype=np.uint64)
    for place in range(width):
        mixed ^= (mixed >> np.uint64(29)) + sequence[place : len(words) - width + 1 + place] * _PLACES[place]
    mixed = (mixed ^ (mixed >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    return np.unique(mixed ^ (mixed >> np.uint64(33)))
