"""Who stands behind a fact: the independent documents among those that say it, and how sure they make it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

from graph.fusion.components import Sets
from graph.fusion.epoch import Epoch
from graph.types import MICRO, Claim, ContentId


@dataclass(frozen=True, slots=True)
class Document:
    """What fuse reads of a live content itself. ``trust`` is that of its most trusted source."""

    content: ContentId
    signature: tuple[int, ...]
    trust: int


class Voice(NamedTuple):
    """One independent document's word for a fact, in micro-units; ``believed`` is trust x confidence."""

    believed: int
    trust: int
    confidence: int


def independent_voices(
    claims: Sequence[Claim], documents: Mapping[ContentId, Document], epoch: Epoch
) -> list[Voice]:
    """The most believed claim of each independent document among the claims'.

    Near-duplicate documents count once, and what read them never counts.
    """
    best: dict[ContentId, Voice] = {}
    for claim in claims:
        trust = documents[claim.content].trust
        voice = Voice(trust * claim.confidence // MICRO, trust, claim.confidence)
        best[claim.content] = max(voice, best.get(claim.content, voice))
    classes = near_duplicates({c: documents[c].signature for c in best}, epoch.duplicate)
    strongest: dict[ContentId, Voice] = {}
    for content, voice in best.items():
        strongest[classes[content]] = max(voice, strongest.get(classes[content], voice))
    return list(strongest.values())


def believed(voices: Iterable[Voice]) -> int:
    """How sure it is that not all of these are wrong, each on its own; in micro-units."""
    doubt = MICRO
    for voice in sorted(voices):
        doubt = doubt * (MICRO - voice.believed) // MICRO
    return MICRO - doubt


def near_duplicates(
    signatures: Mapping[ContentId, tuple[int, ...]], bound: int
) -> dict[ContentId, ContentId]:
    """Each content's class, named by its smallest member: connected by an estimated Jaccard of ``bound``.

    MinHashes that agree in ``bound`` of their slots differ in at most u, so of u + 1 bands one is equal:
    comparing within equal bands misses no pair.
    """
    if len(signatures) == 1:
        return {c: c for c in signatures}
    sets = Sets(signatures)
    first: dict[tuple[int, ...], ContentId] = {}
    for content, signature in signatures.items():
        if signature:
            sets.join(first.setdefault(signature, content), content)
    bands: dict[tuple[object, ...], list[ContentId]] = defaultdict(list)
    for signature, content in first.items():
        n = len(signature)
        count = min(n, n - _needed(n, bound) + 1)
        for i in range(count):
            bands[n, i, signature[i * n // count : (i + 1) * n // count]].append(content)
    for members in bands.values():
        for a, b in combinations(members, 2):
            if sets.find(a) != sets.find(b) and _alike(signatures[a], signatures[b], bound):
                sets.join(a, b)
    return {c: sets.find(c) for c in signatures}


def _needed(slots: int, bound: int) -> int:
    """Slots that must agree for an estimate of at least ``bound``."""
    return -(-slots * bound // MICRO)


def _alike(a: tuple[int, ...], b: tuple[int, ...], bound: int) -> bool:
    return sum(x == y for x, y in zip(a, b, strict=True)) >= _needed(len(a), bound)
