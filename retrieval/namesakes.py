"""Which passages are about which of several things of one name, by what they add to it and by what they
copy.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import reduce
from operator import or_

import numpy as np
from numpy.typing import NDArray

from graph.fusion.names import normalise_name
from graph.ports import Vectors
from retrieval.asked import Asked
from retrieval.introductions import Introduction, introductions
from retrieval.question import Wanted
from retrieval.wording import as_written, name_in, tokens_of, words_in

CHANGED = 0.3  # Jaccard, of runs of three words, of texts that are copies but for what was changed
COPIED = 0.8  # and of texts of which only one counts
_SHINGLE = 3
_ASIDE = re.compile(r":|^born\b|\d{4} ?[\u2013\u2014-].*\d{4}$")  # another spelling; the dates of a life
Qualifier = frozenset[str]  # the words that are added to a name: {"kensett", "iowa"} less the name


def qualifiers(question: str, texts: Sequence[str]) -> list[frozenset[str]]:
    """What each text adds to the question's name: "iowa" of "Kensett, Iowa", "album" of "VII (album)".

    The name is whole, as the question writes it: "Jim Martin (ice hockey)" says nothing of Tim Martin.
    Brackets that say how it is written elsewhere ("Dutch: Nachtveer") or from when until when somebody lived
    qualify nothing.
    """
    name = name_in(tokens_of(question))
    if not name:
        return [frozenset() for _ in texts]
    after = re.compile(
        rf"\b{as_written(name)}[\"”']?(?: \( ?([^()]{{3,60}}?) ?\)|, ((?:[A-Z][a-z]+ ?){{1,3}}))"
    )
    return [
        frozenset(
            normalise_name(m[1] or m[2]) for m in after.finditer(text) if not (m[1] and _ASIDE.search(m[1]))
        )
        for text in texts
    ]


def things_named(asked: Asked, texts: Sequence[str], embed: Callable[[Sequence[str]], Vectors]) -> list[int]:
    """`things` of what the question names. Blocks; embeds the texts where there may be several."""
    told = qualifiers(asked.question, texts)
    introduced = introductions(asked.question, texts, asked.wanted is Wanted.DATE)
    several = len(frozenset[str]().union(*told)) > 1 or any(
        a.excludes(b) for n, a in enumerate(introduced) for b in introduced[:n]
    )
    if not several:
        return [0 for _ in texts]
    return things(told, introduced, texts, dict(zip(texts, embed(texts), strict=True)))


def copies(texts: Sequence[str], least: float) -> list[int]:
    """A class for each text; near-copies are of one, and so are copies of copies. O(texts^2) of short
    texts.
    """
    shingled = [_shingles(text) for text in texts]
    pairs = (
        (m, n)
        for n in range(len(texts))
        for m in range(n)
        if len(shingled[m] & shingled[n]) >= least * max(len(shingled[m] | shingled[n]), 1)
    )
    return _joined(len(texts), pairs)


def things(
    told: Sequence[Set[str]],
    introduced: Sequence[Introduction],
    texts: Sequence[str],
    vectors: Mapping[str, NDArray[np.float32]],
) -> list[int]:
    """A number for each text; those of one number are about one thing of the name.

    Only what a text says itself keeps it apart: a qualifier that no other says in more or fewer words, else
    that it introduces another thing. One that says none, or several things' own, goes with the likest by its
    vector. Near-copies are about one thing, whatever was changed in them. A function of the set of texts:
    their order does not count, but for the numbers.
    """
    changed = copies(texts, CHANGED)
    words = [{frozenset(qualifier.split()) for qualifier in found} for found in told]
    widest = {q for found in words for q in found}
    widest = {q for q in widest if not any(q < other for other in widest)}
    kinds = [{q for q in widest if any(own <= q for own in found)} for found in words]
    alike = (
        (m, n)
        for n in range(len(texts))
        for m in range(n)
        if changed[m] == changed[n] or (len(kinds[m]) == len(kinds[n]) == 1 and kinds[m] == kinds[n])
    )
    joined = _joined(len(texts), alike)
    sure = {joined[n] for n, found in enumerate(kinds) if len(found) == 1}
    if len(sure) < 2:
        joined, sure = _by_introduction(introduced, changed, texts)
    if len(sure) < 2:
        return [0 for _ in texts]
    number = {n: joined[n] for n in range(len(texts)) if joined[n] in sure}
    for n in sorted(set(range(len(texts))) - number.keys()):
        among = [m for m in number if joined[m] in sure and kinds[n] & kinds[m]] or [
            m for m in range(len(texts)) if joined[m] in sure
        ]
        near = vectors[texts[n]] if len({joined[m] for m in among}) > 1 else None
        likest = min(
            among,
            key=lambda m: (0.0 if near is None else -round(float(near @ vectors[texts[m]]), 5), texts[m]),
        )
        number[n] = joined[likest]
    order = {thing: place for place, thing in enumerate(dict.fromkeys(number[n] for n in range(len(texts))))}
    return [order[number[n]] for n in range(len(texts))]


def _by_introduction(
    introduced: Sequence[Introduction], changed: Sequence[int], texts: Sequence[str]
) -> tuple[list[int], set[int]]:
    """A class for each text, and the classes that another excludes. Of classes that may be one thing those
    that say most alike are joined first. O(texts^3).
    """
    joined = list(changed)
    told = {c: reduce(or_, (introduced[n] for n in range(len(texts)) if joined[n] == c)) for c in set(joined)}
    first = {c: min(texts[n] for n in range(len(texts)) if joined[n] == c) for c in told}
    while True:
        pairs = [
            (-told[a].shared(told[b]), min(first[a], first[b]), max(first[a], first[b]), a, b)
            for a in told
            for b in told
            if a < b and told[a].shared(told[b]) and not told[a].excludes(told[b])
        ]
        if not pairs:
            break
        _, _, _, a, b = min(pairs)
        told[a] |= told.pop(b)
        first[a] = min(first[a], first.pop(b))
        joined = [a if c == b else c for c in joined]
    return joined, {a for a in told if any(told[a].excludes(told[b]) for b in told)}


def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    words = [word.casefold() for _, word in words_in(text)]
    width = min(_SHINGLE, len(words))
    return (
        frozenset(tuple(words[n : n + width]) for n in range(len(words) - width + 1))
        if words
        else frozenset()
    )


def _joined(count: int, pairs: Iterator[tuple[int, int]]) -> list[int]:
    """The smallest number of each one's class, where pairs are of one class."""
    root = list(range(count))
    for a, b in pairs:
        x, y = root[a], root[b]
        if x != y:
            root = [min(x, y) if r in (x, y) else r for r in root]
    return root
