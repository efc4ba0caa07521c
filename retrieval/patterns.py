"""Which sequences of relations a question describes, by the similarity of their wordings.

A question such as "who wrote the films of X's director" says what relations to follow, not which entities lie
on the way: so sequences of relations are ranked first, and only the likeliest are followed through the graph.
There are tens or hundreds of them where there are thousands of paths.
"""

from collections.abc import Sequence

import numpy as np

from graph.ontology import RELATED_TO
from graph.ports import Embedder, Hop, Pattern, Vectors

_REMEMBERED = 20_000  # wordings; then the memory is begun anew


class PatternRanker:
    """Blocks. Wordings are a schema's, not a question's: each is embedded once and remembered."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, Vectors] = {}

    def rank(self, question: str, patterns: Sequence[Pattern]) -> list[tuple[Pattern, float]]:
        """Best first, with the mean cosine of the pattern's two wordings. ``question`` has X in place of the
        names in it, which are no relations. O(new patterns + patterns log patterns)."""
        if not patterns:
            return []
        wordings = [wording for pattern in patterns for wording in _wordings(pattern)]
        known = self._known if len(self._known) < _REMEMBERED else {}
        new = sorted({wording for wording in wordings if wording not in known})
        asked, *vectors = self._embedder.embed([question, *new])
        known.update(zip(new, vectors, strict=True))
        self._known = known
        similar = np.array([known[wording] for wording in wordings]) @ asked
        scores = similar.reshape(len(patterns), -1).mean(axis=1)
        order = sorted(range(len(patterns)), key=lambda i: (-round(float(scores[i]), 5), i))
        return [(patterns[i], float(scores[i])) for i in order]


def _wordings(pattern: Pattern) -> tuple[str, str]:
    """As a walk with its arrows, and as bare words in the order of walking."""
    arrows = [f"{'->' if hop.forward else '<-'} {_words(hop)}" for hop in pattern]
    return f"X {' ... '.join(arrows)} ?", " ".join(_words(hop) for hop in pattern)


def _words(hop: Hop) -> str:
    known = hop.phrase if hop.relation == RELATED_TO and hop.phrase else hop.relation
    return known.replace("_", " ").lower()
