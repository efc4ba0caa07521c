"""What each referent of a document is mentioned beside, as a sketch of the chunks' embeddings.

The chunks are embedded for retrieval anyway. Names of the referent itself are taken out, since two that share
a name would be alike by that alone: what a name adds to an embedding lies mostly along the name's own
embedding, so only what is orthogonal to it is kept. That costs a few word pieces a name, embedded along with
the chunks; to embed the text again without the name would cost a whole chunk for each referent.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from graph.fusion.contexts import BITS, tag_of
from graph.ports import Vectors
from graph.types import Chunk, Mention, Referent, ReferentId

FORM = 1  # raise it when equal embeddings give other sketches
_NAMES = 4  # of a referent that are taken out, the display name first
_LEAST = 0.3  # length of what names leave of a unit vector, below which it says nothing but the names
_INDEPENDENT = 1e-3  # length of what a name adds to those before it, below which it adds nothing


def names_taken_out(
    referents: Iterable[Referent], mentions: Iterable[Mention], chunks: Sequence[Chunk]
) -> list[str]:
    """Names whose embeddings ``with_contexts`` needs: those of referents that a chunk mentions."""
    at = _mentioned_in(mentions, chunks)
    return sorted({name for r in referents if r.id in at for name in r.names[:_NAMES]})


def with_contexts(
    referents: Iterable[Referent],
    mentions: Iterable[Mention],
    chunks: Sequence[Chunk],
    vectors: Vectors,
    names: Mapping[str, Vectors],
    model: str,
) -> tuple[Referent, ...]:
    """``referents`` with their contexts; row i of ``vectors`` is the embedding of ``chunks[i]``.

    ``names``: the embeddings of ``names_taken_out``; ``model``: the ``model_id`` of the embedder. One that no
    chunk mentions, or whose chunks say nothing but its names, has no context. O(mentions + names).
    """
    at = _mentioned_in(mentions, chunks)
    tag = tag_of(f"{model} {FORM}")

    def sketched(r: Referent) -> Referent:
        if r.id not in at:
            return r
        own = [names[name].astype(np.float64) for name in r.names[:_NAMES]]
        left = _without(vectors[at[r.id]].mean(axis=0), own)
        return r if left is None else replace(r, context=tag + np.packbits(left[:BITS] > 0).tobytes())

    return tuple(map(sketched, referents))


def _mentioned_in(mentions: Iterable[Mention], chunks: Sequence[Chunk]) -> Mapping[ReferentId, list[int]]:
    """By referent which chunks mention it, by index, in order, each once."""
    starts = [chunk.span.start for chunk in chunks]
    found: dict[ReferentId, set[int]] = defaultdict(set)
    for mention in mentions:
        n = bisect_right(starts, mention.span.start) - 1
        if n >= 0 and mention.span.start < chunks[n].span.end:
            found[mention.referent].add(n)
    return {r: sorted(numbers) for r, numbers in found.items()}


def _without(
    vector: NDArray[np.floating], directions: Sequence[NDArray[np.float64]]
) -> NDArray[np.float64] | None:
    """What of a vector is orthogonal to these; ``None`` where that is next to nothing of it."""
    left = vector.astype(np.float64)
    left /= np.linalg.norm(left) or 1.0
    taken: list[NDArray[np.float64]] = []
    for direction in directions:
        for each in taken:
            direction = direction - (direction @ each) * each
        length = np.linalg.norm(direction)
        if length > _INDEPENDENT:
            taken.append(direction / length)
    for each in taken:
        left = left - (left @ each) * each
    return left if np.linalg.norm(left) >= _LEAST else None
