"""Edges of one that fits several namesakes, to the one with whom all else that is told of it agrees.

Of two Maria Kellers who were born in different years one leads Borgo Mills. Who is told to lead Borgo Mills
elsewhere, without a birth date, fits both by name, and is the one: shared company (``company``) decides
between those whom testimony tells apart, where it is enough to join two in doubt.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import combinations

from graph.fusion.blocking import Pair
from graph.fusion.company import Companions
from graph.fusion.components import Edge
from graph.fusion.doubt import settles
from graph.fusion.profiles import Profile
from graph.fusion.scoring import Scorer
from graph.fusion.testimony import NOTHING, Scales, Testimony
from graph.types import ReferentId

_Fits = Mapping[ReferentId, Sequence[tuple[ReferentId, int]]]  # whom each fits, by an edge of what score


def leaning(
    edges: Sequence[Edge],
    looks: Mapping[ReferentId, Profile],
    testimony: Mapping[ReferentId, Testimony],
    scorer: Scorer,
    companions: Companions,
) -> set[Pair]:
    """Edges whose ends share so much more company than an end shares with any rival of the other as joins two
    in doubt.

    Rivals of an end are those at odds with it whom the far end fits as well: by as good an edge, and not at
    odds with them. Without such there is nothing to decide; nor does company make up for testimony that
    contradicts. Who shares as much with two rivals leans to neither. One read of the claims at those who fit
    several. O(e), and per end the edges that lean times all.
    """
    telling = {r for r, said in testimony.items() if said}
    if len(telling) < 2:
        return set()
    fits: dict[ReferentId, list[tuple[ReferentId, int]]] = defaultdict(list)
    for edge in edges:
        if not edge.certain:
            for end, far in (edge.pair, edge.pair[::-1]):
                if far in telling:
                    fits[end].append((far, edge.score))
    scales = Scales(scorer)
    between = {end: some for end, some in fits.items() if _differ(some, testimony, scales)}
    known = {r for end, some in between.items() for r in (end, *(far for far, _ in some))}
    companions.of(known)
    rivalry = _Rivalry(between, looks, testimony, scales)
    found: set[Pair] = set()
    for edge in edges:
        a, b = edge.pair
        if edge.certain or not ((a in between and b in telling) or (b in between and a in telling)):
            continue
        said = testimony.get(a, NOTHING), testimony.get(b, NOTHING)
        company = companions.tying(a, b)
        if not settles(scorer.epoch, company) or scales.weight(*said) < 0:
            continue
        rivals = [(a, r) for r in rivalry.of(a, edge)] + [(b, r) for r in rivalry.of(b, edge)]
        others = max((companions.tying(*pair) for pair in rivals), default=None)
        if others is not None and settles(scorer.epoch, company - others):
            found.add(edge.pair)
    return found


def _differ(
    fitting: Collection[tuple[ReferentId, int]], testimony: Mapping[ReferentId, Testimony], scales: Scales
) -> bool:
    """Whether any two whom one fits contradict each other."""
    said = {testimony[far] for far, _ in fitting}
    return any(scales.weight(x, y) < 0 for x, y in combinations(said, 2))


class _Rivalry:
    def __init__(
        self,
        fits: _Fits,
        looks: Mapping[ReferentId, Profile],
        testimony: Mapping[ReferentId, Testimony],
        scales: Scales,
    ) -> None:
        self._fits = fits
        self._looks = looks
        self._testimony = testimony
        self._scales = scales

    def of(self, end: ReferentId, edge: Edge) -> list[ReferentId]:
        """Of the far end of an edge."""
        far = edge.b if end == edge.a else edge.a
        return [
            other
            for other, score in self._fits.get(end, ())
            if score >= edge.score and self._at_odds(far, other) and not self._at_odds(end, other)
        ]

    def _at_odds(self, x: ReferentId, y: ReferentId) -> bool:
        said = self._testimony.get(x, NOTHING), self._testimony.get(y, NOTHING)
        return self._scales.at_odds(self._looks[x], self._looks[y], *said)
