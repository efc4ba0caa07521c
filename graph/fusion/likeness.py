"""How alike two records are by what their texts have in common, where nothing is learnt of such pairs.

Dice over words, each by how rare it is, in which a slip of the pen is nearly
the word and an abbreviation is as much of it as it tells (soft TF-IDF: Cohen, Ravikumar and Fienberg, 2003).
As of the names of referents (``slips``), numbers tell things apart: names that each hold one which the other
lacks are of two things.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from rapidfuzz.distance import OSA, Indel

from graph.fusion.comparison import MILLI, Look, Text, numbers_in, shared, told

_SLIP = 800  # thousandths of two words' letters that are the same, from which one may be the other misspelt
_COUNTED = 2  # times that a number counts which the other side does not tell
_ADDED = 2  # by which is divided what one side adds to a name whose numbers are the same
_MANY = 24  # words that one side alone has, beyond which none is sought as a slip of another
_DIGITS = re.compile(r"\d+")
_RUNS = re.compile(r"\d+|[^\W\d_]+")


def likeness(a: Look, b: Look) -> int:
    """Thousandths; 0 for names of different numbers. Over the texts of the attributes that both have, or the
    whole texts where there is none such. Symmetric."""
    both = [(a.texts[name], b.texts[name]) for name in a.texts if name in b.texts] or [(a.whole, b.whole)]
    if any(apart(x, y) for x, y in both):
        return 0
    found = [_in_common(x, y) for x, y in both]
    common, mass, edits = (sum(each[n] for each in found) for n in range(3))
    letters = sum(len(x.plain) + len(y.plain) for x, y in both)
    return max(MILLI * common // max(mass, 1) - MILLI * edits // max(letters, 1), 0)


def apart(a: Text, b: Text) -> bool:
    """Whether each counts or names by a number or letter that the other lacks, "Part 2" and "Part 3", "Hall
    A" and "Hall B", or counts something else by it. Both have words beside it: a bare number or date may be
    written in many ways."""
    if not (_named(a) and _named(b)):
        return False
    return (bool(_counters(a, b)) and bool(_counters(b, a))) or _mirrored(a, b)


def _mirrored(a: Text, b: Text) -> bool:
    """Whether the numbers are the same, but not what they count: "part 1, page 2" and "part 2, page 1"."""
    if len(a.counted) < 2 or a.counted != b.counted:
        return False
    x, y = _labels(a.plain), _labels(b.plain)
    return sum(x[label] != y[label] for label in x.keys() & y.keys()) > 1


def _named(text: Text) -> bool:
    return any(len(word) > 1 and word.isalpha() for word in text.words)


def _counters(text: Text, other: Text) -> set[str]:
    """Its numbers, and letters that are no initial of a word of the other, that the other lacks."""
    letters = {w for w in text.words - other.words if len(w) == 1 and "a" <= w <= "z"}
    return {*(text.counted - other.counted), *(w for w in letters if not _begins(w, other))}


def _begins(letters: str, text: Text) -> bool:
    return any(word.startswith(letters) for word in text.words)


def _in_common(a: Text, b: Text) -> tuple[int, int, int]:
    """(what the two have in common, all that they have, by the weight of words on both sides; letters of
    slips and, by half, of words in the place of others)."""
    _, mine, yours = shared(a, b)
    _, alone_a, alone_b = told(a, b)
    rest_a, rest_b = _untold(alone_a, a, b), _untold(alone_b, b, a)
    common = mine + yours + sum(a.weight[w] for w in alone_a if w not in rest_a)
    common += sum(b.weight[w] for w in alone_b if w not in rest_b)
    extra = sum(a.weight[w] for w in rest_a if _counts(w)) + sum(b.weight[w] for w in rest_b if _counts(w))
    mass = a.mass + b.mass + (_COUNTED - 1) * extra
    if a.counted and a.counted == b.counted and not (rest_a and rest_b):  # what one hand adds
        mass -= (sum(a.weight[w] for w in rest_a) + sum(b.weight[w] for w in rest_b)) // _ADDED
    edits = 0
    left = [*rest_a, *_letters(alone_a, rest_a)], [*rest_b, *_letters(alone_b, rest_b)]
    taken: set[tuple[int, str]] = set()
    for alike, x, y in sorted(_slips(*left), key=lambda found: (-found[0], *sorted(found[1:]))):
        of = a.weight.get(x, 0), b.weight.get(y, 0)
        if not taken.isdisjoint({(0, x), (1, y)}):
            continue
        if alike and max(of) < MILLI and OSA.distance(x, y, score_cutoff=1) > 1:
            continue  # two words that stand in several texts each
        taken |= {(0, x), (1, y)}
        if alike:  # a slip is rarer than its word
            common += 2 * min(of)
            mass -= max(of) - min(of)
            edits += Indel.distance(x, y)
        else:  # the rarer an abbreviation, the likelier is it another's
            common += sum(of) * (MILLI - (min(of) or max(of))) // MILLI
    untaken = [sum(len(w) for w in rest if (n, w) not in taken) for n, rest in enumerate((rest_a, rest_b))]
    return common, mass, edits + min(untaken) // 2


def _untold(alone: Sequence[str], text: Text, other: Text) -> list[str]:
    """The words that the other tells in no other way: numbers as numerals, "s02" as "season 2"."""
    same = text.counted == other.counted  # "1.50" and "1.5", which fall into other words
    return [w for w in alone if not (_counts(w) and _is_told(w, other, numbers=same))]


def _is_told(word: str, other: Text, *, numbers: bool) -> bool:
    """``numbers``: whether the other tells all of its text's."""
    given = numbers or numbers_in(word, ("", word)).keys() <= other.counted.keys()
    if given and len(held := _sequence(word)) > 1:  # "S02E05" is "2x05" and "season 2 episode 5"
        return _holds(_sequence(other.plain), held) or _labels(word).items() <= _labelled(word, other)
    letters = _RUNS.findall(word) if any(map(str.isdigit, word)) else []
    return given and all(_begins(run, other) for run in letters if run.isalpha())


@lru_cache(maxsize=1 << 16)
def _sequence(text: str) -> tuple[str, ...]:
    return tuple(n.lstrip("0") for n in _DIGITS.findall(text))


def _holds(numbers: Sequence[str], some: Sequence[str]) -> bool:
    """Whether ``some`` come in ``numbers`` one after another."""
    return any(numbers[i : i + len(some)] == some for i in range(len(numbers) - len(some) + 1))


@lru_cache(maxsize=1 << 16)
def _labels(text: str) -> Mapping[str, str]:
    """The letters that stand before a number, where they stand before one only."""
    runs = _RUNS.findall(text)
    found = [(x, y.lstrip("0")) for x, y in pairwise(runs) if x.isalpha() and y.isdecimal()]
    often = Counter(x for x, _ in found)
    return {x: y for x, y in found if often[x] == 1}


def _labelled(word: str, other: Text) -> set[tuple[str, str]]:
    """The labels of ``word`` that begin one of the other's, with its number."""
    return {(x, n) for x in _labels(word) for label, n in _labels(other.plain).items() if label.startswith(x)}


@lru_cache(maxsize=1 << 16)
def _counts(word: str) -> bool:
    return bool(numbers_in(word, ("", word)))


def _letters(alone: Sequence[str], rest: Sequence[str]) -> list[str]:
    """The letters of words with numbers that the other tells otherwise."""
    return [
        run for w in alone if w not in rest and not w.isalpha() for run in _RUNS.findall(w) if run.isalpha()
    ]


def _slips(some: Sequence[str], others: Sequence[str]) -> Iterator[tuple[int, str, str]]:
    """(thousandths of letters in common, 0 of an abbreviation; a word of the one side, of the other)."""
    if max(len(some), len(others)) > _MANY:
        return
    for x in some:
        for y in others:
            if any(map(str.isdigit, x + y)):
                continue
            if (alike := MILLI - MILLI * Indel.distance(x, y) // (len(x) + len(y))) >= _SLIP:
                yield alike, x, y
            elif _abbreviates(x, y) or _abbreviates(y, x):
                yield 0, x, y


def _abbreviates(short: str, long: str) -> bool:
    """Whether the one is some letters of the other in their order, the first among them: "rd", "ep"."""
    if len(short) >= len(long) or short[0] != long[0]:
        return False
    rest = iter(long)
    return all(letter in rest for letter in short)
