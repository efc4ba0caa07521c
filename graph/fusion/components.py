"""Edges between referents, and the components that they, or pairs of anything else, make."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from graph.fusion.blocking import Pair
from graph.types import ContentId, ReferentId

M = TypeVar("M", ReferentId, ContentId, int, str)


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """A pair that the matcher or a verdict would join. ``certain``: a verdict said so."""

    a: ReferentId
    b: ReferentId
    score: int
    certain: bool = False

    @property
    def pair(self) -> Pair:
        return self.a, self.b


class Sets(Generic[M]):
    """Disjoint sets whose name is their smallest member."""

    def __init__(self, members: Iterable[M]) -> None:
        self._up: dict[M, M] = {m: m for m in members}

    def find(self, x: M) -> M:
        root = x
        while self._up[root] != root:
            root = self._up[root]
        while self._up[x] != root:
            self._up[x], x = root, self._up[x]
        return root

    def join(self, x: M, y: M) -> tuple[M, M]:
        """(kept, gone) roots, the smaller one kept; both the same where the two are one already."""
        x, y = self.find(x), self.find(y)
        kept, gone = (x, y) if x <= y else (y, x)
        self._up[gone] = kept
        return kept, gone


def components(members: Iterable[M], joined: Iterable[tuple[M, M]]) -> dict[M, M]:
    """Each member's connected component, named by its smallest member. Near-linear in members and pairs."""
    sets = Sets(members)
    for a, b in joined:
        sets.join(a, b)
    return {m: sets.find(m) for m in sets._up}
