"""Contexts: sketches of what referents are mentioned beside, and how far apart two of them are.

A sketch is the sign of each component of a recorded embedding, after the tag of what made it. The share of
bits in which two differ estimates the angle between the embeddings (Charikar, 2002), in integers: the same on
every machine, without a model. Sketches of different makers cannot be compared.
"""

from collections.abc import Mapping

from graph.fusion.blocking import Pair
from graph.fusion.doubt import in_doubt, raised
from graph.fusion.epoch import Epoch
from graph.fusion.view import FusionView
from graph.identity import make_id

TAG = 8  # bytes that say which embedder made a sketch, and how
BITS = 384  # components kept of an embedding: 48 bytes a referent


def tag_of(maker: str) -> bytes:
    """``maker``: the embedder's ``model_id`` and the form of what it was given."""
    return make_id("context", maker)[:TAG]


def distance(a: bytes, b: bytes) -> int | None:
    """In how many bits two sketches differ; ``None`` where one is empty or they are of different makers."""
    if not a or len(a) != len(b) or a[:TAG] != b[:TAG]:
        return None
    return (int.from_bytes(a[TAG:]) ^ int.from_bytes(b[TAG:])).bit_count()


class Contexts:
    """Weighs likeness of contexts, in an epoch that has learnt what it is worth; else it tells nothing."""

    def __init__(self, view: FusionView, epoch: Epoch) -> None:
        self._view = view
        self._epoch = epoch

    def weighed(self, named: Mapping[Pair, int], scores: Mapping[Pair, int]) -> Mapping[Pair, int]:
        """``scores``, where two are in doubt raised as far as their contexts are alike; ``named`` are those
        of the names alone. Reads nothing where nothing is learnt."""
        if not self._epoch.contexts:
            return scores
        doubtful = in_doubt(self._view, self._epoch, named, scores)
        return {
            **scores,
            **{p: self.raised(scores[p], a.context, b.context) for p, (a, b) in doubtful.items()},
        }

    def raised(self, score: int, x: bytes, y: bytes) -> int:
        """Of two in doubt whom different documents tell of; symmetric."""
        return raised(self._epoch, score, self.weight(x, y))

    def weight(self, x: bytes, y: bytes) -> int:
        """Micro-nats for one thing: of the first level that is as wide as the two are apart. Else 0."""
        apart = distance(x, y)
        if apart is None:
            return 0
        levels = self._epoch.contexts.get(x[:TAG].hex(), ())
        return next((weight for widest, weight in levels if apart <= widest), 0)
