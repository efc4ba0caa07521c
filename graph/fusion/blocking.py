"""Which referents are compared at all.

A referent's keys are a function of that referent alone, and a block's pairs of its member set alone, so
neither order nor batches can change them. Every pair that ``scoring`` can score above zero shares a key.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from json.encoder import encode_basestring

import numpy as np
from numpy.typing import NDArray

from graph.fusion.epoch import Epoch
from graph.fusion.names import person_name
from graph.fusion.profiles import Profile
from graph.fusion.scoring import Scorer
from graph.fusion.slips import typo_halves
from graph.identity import ID_BYTES
from graph.types import ReferentId

Key = bytes
Block = tuple[Key, str, ReferentId]  # one member of a block, with the text by which it sorts there
_SORTS = 100  # letters of a name by which a block sorts: an index holds no longer ones
SAID = "\x1f"  # in a text to sort by, between a name and what is said of its bearer
Pair = tuple[ReferentId, ReferentId]  # the smaller first
Places = NDArray[np.int64]


def block_keys(who: Profile, scorer: Scorer) -> dict[Key, str]:
    """Each key with the name, or the beginning of it, by which its block is sorted.

    Equal names; the last word of what may be a person, the first of what may be something else; acronyms
    both ways; the two halves of a long name. About four keys a name.
    """
    keys: dict[Key, str] = {}
    is_person, is_other = scorer.may_be_person(who.type), scorer.may_be_other(who.type)

    def add(kind: str, text: str, name: str) -> None:
        key = _key(kind, text)
        name = name[:_SORTS]
        before = keys.get(key)
        if before is None or name < before:
            keys[key] = name

    for name in who.names:
        add("name", name, name)
        if is_other:
            add("first", name.partition(" ")[0], name)
        if is_person:
            add("last", person_name(name).surname, name)
        if halves := typo_halves(name):
            add("head", halves[0], name)
            add("tail", halves[1], name[::-1])
    for name in who.untitled if is_person else ():
        add("name", name, name)
    for letters in who.letters:
        add("acronym", letters, who.full[0])
    for name in who.capitals:
        add("acronym", name, name)
    return keys


def is_of_name(key: Key, name: str) -> bool:
    """Whether the key's block holds the bearers of exactly this name."""
    return key == _key("name", name)


def _key(kind: str, text: str) -> Key:
    """``make_id("block", kind, text)``, without the search for values that text cannot hold."""
    named = f'["block","{kind}",{encode_basestring(text)}]'
    return blake2b(named.encode(), digest_size=ID_BYTES).digest()


def block_pairs(texts: Sequence[str], epoch: Epoch, *, capped: bool | None = None) -> tuple[Places, Places]:
    """Pairs of one block's members, as places among ``texts``: what the members sort by, in order.

    Up to the epoch's cap all pairs; above it each member with the ``window`` that follow it, and the first
    bearer of each text with those of the ``window`` texts that follow, however many bear the one between. In
    a block of namesakes it is the first of all with the first of each text that adds to the name. O(n), each
    once. ``capped`` overrides the size.
    """
    size = len(texts)
    if not (size > epoch.block_cap if capped is None else capped):
        return windows(size, size - 1)
    near = windows(size, epoch.window)
    others = [n for n in range(1, size) if texts[n] != texts[n - 1]]
    if not others:
        return near
    if SAID in texts[-1]:
        second = np.array(others, np.int64)
        first = np.zeros_like(second)
    else:
        bearers = np.array([0, *others], np.int64)
        x, y = windows(len(bearers), epoch.window)
        first, second = bearers[x], bearers[y]
    far = second - first > epoch.window
    return np.concatenate([near[0], first[far]]), np.concatenate([near[1], second[far]])


def windows(size: int, reach: int) -> tuple[Places, Places]:
    """Pairs of so many places: each with the ``reach`` that follow it."""
    steps = range(1, min(reach, size - 1) + 1)
    if not steps:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    first = [np.arange(size - k) for k in steps]
    return np.concatenate(first), np.concatenate([ones + k for k, ones in zip(steps, first, strict=True)])


def stretches(
    places: Iterable[Block], around: Callable[[Block], Sequence[Block]]
) -> Iterator[tuple[list[Block], list[Block]]]:
    """The parts of a block that lie around some places in it, each with its places; both in order.

    ``around`` gives the members before and after a place, without a gap. Parts that overlap are one.
    """
    part: list[Block] = []
    inside: list[Block] = []
    for place in sorted(places):
        found = list(around(place))
        if inside and not (part and found and found[0] <= part[-1]):
            yield part, inside
            part, inside = [], []
        part += [member for member in found if not part or member > part[-1]]
        inside.append(place)
    if inside:
        yield part, inside


def pair_of(a: ReferentId, b: ReferentId) -> Pair:
    return (a, b) if a < b else (b, a)
