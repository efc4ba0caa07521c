"""Which of many pairs of names can score at all, told of many at once.

Of ten pairs that share a block nine score nothing. The screen lets every pair through that ``Scorer.measure``
scores above zero, and stops most of the others by whole numbers read off each name alone.
"""

from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from graph.fusion.lexicon import GENERATIONS, PARTICLES, RANKS
from graph.fusion.profiles import Profile
from graph.fusion.scoring import Scorer
from graph.fusion.slips import TYPO_LENGTH

_AT_ONCE = 1 << 14  # names whose letters are looked at together: the processor's cache holds them
_MASK = 64  # bits into which words and pairs of letters fall; two that fall into one only let more through
# By how many pairs of neighbouring letters two names one edit apart differ at most, and by how many letters,
# those that a name has an even number of times left out.
_TURNED, _OTHER = 6, 2  # where two letters are turned, where one is another
_MORE_PAIRS, _MORE_LETTERS = 3, 1  # where one has a letter more

Whole = NDArray[np.int64]
Bits = NDArray[np.uint64]
Truth = NDArray[np.bool_]


class Screen:
    """Of ``faces``, which pairs are told by place. O(letters) to make, O(pairs) to ask, in numpy."""

    def __init__(self, faces: Sequence[Profile], scorer: Scorer) -> None:
        names = [face.names[0] if face.names else "" for face in faces]
        self._person = np.array([scorer.is_person(f.type) for f in faces], bool)
        known: dict[str, int] = {"": 0}
        within, count, special, bare = array("q"), array("q"), [], []
        for face, name in zip(faces, names, strict=True):
            words = name.split() or [""]
            within.extend([known.setdefault(word, len(known)) for word in words])
            count.append(len(words))
            special.append(_is_special(face, words))
            bare.append(words[0] in PARTICLES)
        self._special, self._bare = np.array(special, bool), np.array(bare, bool)
        self._count = np.frombuffer(count, np.int64)
        numbers, ends = np.frombuffer(within, np.int64), np.cumsum(self._count)
        starts = ends - self._count
        self._first, self._last = numbers[starts], numbers[ends - 1]
        self._words = _together(numbers, starts)
        self._lettered = np.array([name[1:2] == " " for name in names], bool)  # an initial before all
        self._initial = np.array([ord(name[0]) if name else 0 for name in names], np.int64)
        self._length = np.array([len(name) for name in names], np.int64)
        self._pairs, self._odd = np.zeros((2, len(names)), np.uint64)
        for i in range(0, len(names), _AT_ONCE):
            some = slice(i, i + _AT_ONCE)
            self._pairs[some], self._odd[some] = _letters(names[some], self._length[some])

    def passes(self, x: Whole, y: Whole) -> Truth:
        """For each pair of places whether it may score above zero."""
        special = self._special[x] | self._special[y]
        people = self._person[x] | self._person[y]
        alike = np.where(people, self._people(x, y), self._things(x, y))
        truth: Truth = special | alike | self._one_edit(x, y)
        return truth

    def _people(self, x: Whole, y: Whole) -> Truth:
        """One surname; where both have given names, the first is one or an initial of it, or one's words are
        in the other."""
        lone = (self._count[x] == 1) | (self._count[y] == 1) | self._bare[x] | self._bare[y]
        abbreviated = (self._initial[x] == self._initial[y]) & (self._lettered[x] | self._lettered[y])
        alike = lone | (self._first[x] == self._first[y]) | abbreviated | self._inside(x, y)
        truth: Truth = (self._last[x] == self._last[y]) & alike
        return truth

    def _things(self, x: Whole, y: Whole) -> Truth:
        """One first word, and the words of one among those of the other."""
        truth: Truth = self._inside(x, y) & (self._first[x] == self._first[y])
        return truth

    def _inside(self, x: Whole, y: Whole) -> Truth:
        a, b = self._words[x], self._words[y]
        truth: Truth = (a & ~b == 0) | (b & ~a == 0)
        return truth

    def _one_edit(self, x: Whole, y: Whole) -> Truth:
        a, b = self._length[x], self._length[y]
        near = (np.minimum(a, b) >= TYPO_LENGTH) & (np.abs(a - b) <= 1)
        pairs, letters = (np.bitwise_count(bits[x] ^ bits[y]) for bits in (self._pairs, self._odd))
        near &= pairs <= np.where(a == b, _TURNED, _MORE_PAIRS)
        truth: Truth = near & (letters <= np.where(a == b, _OTHER, _MORE_LETTERS))
        return truth


def _is_special(face: Profile, words: Sequence[str]) -> bool:
    """Whether it is always looked at: several names, or one that may be an acronym, has a title or "Jr."."""
    if len(face.full) + len(face.short) != 1 or face.capitals or face.untitled:
        return True
    return words[-1] in GENERATIONS or (len(words) > 1 and words[0] in RANKS)


def _together(numbers: Whole, starts: Whole) -> Bits:
    """For each name the bits of its words, whose numbers begin at its start."""
    if not len(starts):
        return np.zeros(0, np.uint64)
    bits: Bits = np.bitwise_or.reduceat(np.uint64(1) << (numbers % _MASK).astype(np.uint64), starts)
    return bits


def _letters(names: Sequence[str], lengths: Whole) -> tuple[Bits, Bits]:
    """For each name a bit for each two neighbouring letters, and a bit for each letter that it has an odd
    number of times: of letters whose bits fall together, that all of them have together."""
    letters = np.frombuffer("".join(names).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    pairs, odd = np.zeros((2, len(names)), np.uint64)
    if not len(letters):
        return pairs, odd
    ends = np.cumsum(lengths)
    there = lengths > 0
    starts = (ends - lengths)[there]
    mixed = letters * np.uint64(0x9E3779B1)
    odd[there] = np.bitwise_xor.reduceat(_bit(mixed), starts)
    bits = np.append(_bit(mixed[:-1] + letters[1:]), np.uint64(0))
    bits[ends[there] - 1] = 0  # the pair that a name's last letter makes with the next name's first
    pairs[there] = np.bitwise_or.reduceat(bits, starts)
    return pairs, odd


def _bit(of: Bits) -> Bits:
    """One of the mask's bits for each number."""
    bits: Bits = np.uint64(1) << ((of * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(58))
    return bits
