"""Which referents are compared at all.

A referent's keys are a function of that referent alone, and a block's pairs of its member set alone, so
neither order nor batches can change them. Every pair that ``scoring`` can score above zero shares a key.
"""

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from itertools import pairwise
from json.encoder import encode_basestring
from typing import TypeVar

from graph.fusion.epoch import Epoch
from graph.fusion.normalize import acronym
from graph.fusion.scoring import Profile, Scorer, typo_halves
from graph.identity import ID_BYTES
from graph.types import ReferentId

Key = bytes
SAID = "\x1f"  # in a text to sort by, between a name and what is said of its bearer
Pair = tuple[ReferentId, ReferentId]  # the smaller first
M = TypeVar("M", ReferentId, int)


def block_keys(who: Profile, scorer: Scorer) -> dict[Key, str]:
    """Each key with the name by which its block is sorted.

    Equal names; the last word of what may be a person, the first of what may be something else; acronyms
    both ways; the two halves of a long name. About four keys a name.
    """
    keys: dict[Key, str] = {}

    def add(kind: str, text: str, name: str) -> None:
        key = _key(kind, text)
        keys[key] = min(name, keys.get(key, name))

    for name in who.names:
        words = name.split()
        add("name", name, name)
        if scorer.may_be_other(who.type):
            add("first", words[0], name)
        if scorer.may_be_person(who.type):
            add("last", words[-1], name)
        if halves := typo_halves(name):
            add("head", halves[0], name)
            add("tail", halves[1], name[::-1])
    for name in who.full:
        if letters := acronym(name):
            add("acronym", letters, name)
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


def block_pairs(
    members: Mapping[M, str], epoch: Epoch, *, capped: bool | None = None
) -> Iterator[tuple[M, M]]:
    """Pairs of one block's members (each with the text by which it sorts), the smaller member first.

    Up to the epoch's cap all pairs; above it each member with the ``window`` that follow it by (text, id),
    and the first bearer of a name with the first of each text that adds to the name: at most O(n) of them,
    some of them twice. ``capped`` overrides the size.
    """
    order = sorted(members, key=lambda r: (members[r], r))
    wide = len(order) > epoch.block_cap if capped is None else capped
    reach = epoch.window if wide else len(order)
    for i, a in enumerate(order):
        for b in order[i + 1 : i + 1 + reach]:
            yield (a, b) if a < b else (b, a)
    if not wide or not order:
        return
    bearer = order[0]
    for before, r in pairwise(order):
        if members[r].partition(SAID)[0] != members[bearer].partition(SAID)[0]:
            bearer = r
        elif members[r] != members[before]:
            yield (bearer, r) if bearer < r else (r, bearer)


def pair_of(a: ReferentId, b: ReferentId) -> Pair:
    return (a, b) if a < b else (b, a)
