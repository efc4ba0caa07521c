"""Whom and what a document tells of together with a referent: neighbours by name, and values of attributes.

Two documents that tell of one neighbour, in one relation, beside names that are merely alike speak for one
thing, the more the fewer there are who have it. Neighbours count as their own document names them, never as
entities, so that a pair's score is a function of the two referents' documents and the epoch. Within one
document shared company tells nothing: a family has one address. What differs tells nothing either, since
documents say different things of one.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from graph.fusion.blocking import Pair
from graph.fusion.doubt import in_doubt, raised
from graph.fusion.epoch import Epoch
from graph.fusion.normalize import normalise_value
from graph.fusion.profiles import profile
from graph.fusion.statements import ClaimReader, Statement
from graph.fusion.testimony import is_id
from graph.fusion.view import FusionView
from graph.types import MICRO, ContentId, Referent, ReferentId, Value

_MOST = 32  # of one referent's company, the rarest first: bounds what a hub costs


class Tie(NamedTuple):
    """``phrase`` tells unmapped relations apart; ``away``: the referent is the head."""

    relation: str
    phrase: str
    away: bool


class Companion(NamedTuple):
    """The other end, by all its names in the document, or a literal; ``ties``: how it is related."""

    names: tuple[str, ...]
    ties: frozenset[Tie]


Company = tuple[Companion, ...]


class Companions:
    """Reads referents' company off a view, and remembers it for as long as it lives."""

    def __init__(self, view: FusionView, reader: ClaimReader, epoch: Epoch) -> None:
        self._view = view
        self._reader = reader
        self._epoch = epoch
        self._known: dict[ReferentId, Company] = {}
        self._told_in: dict[ReferentId, ContentId] = {}

    def weighed(self, named: Mapping[Pair, int], told: Mapping[Pair, int]) -> dict[Pair, int]:
        """``told`` (the scores of names weighed with testimony), where two are in doubt raised by shared
        company: that does not make up for what contradicts. One read of the claims at those in doubt.
        """
        across = in_doubt(self._view, self._epoch, named, told).keys()
        known = self.of({r for p in across for r in p})
        return {**told, **{(a, b): self.raised(told[a, b], known[a], known[b]) for a, b in across}}

    def raised(self, score: int, x: Company, y: Company) -> int:
        """Of two in doubt whom different documents tell of."""
        return raised(self._epoch, score, sum(weight for _, weight in self.shared(x, y)))

    def shared(self, x: Company, y: Company) -> list[tuple[str, int]]:
        """By name what both have in one relation, with its micro-nats; each companion counts once.

        O(names): of two sides the one that has fewer of them counts, so it is symmetric.
        """
        return min(self._found(x, y), self._found(y, x), key=lambda found: (sum(w for _, w in found), found))

    def tying(self, a: ReferentId, b: ReferentId) -> int:
        """Micro-nats of what two whose company is known share; nothing within one document. What has one such
        at a time (who leads a firm has no namesake who does) counts twice."""
        if self._told_in.get(a) == self._told_in.get(b):
            return 0
        x, y = self._known[a], self._known[b]
        return min(
            sum(weight * (1 + any(map(self._is_one_at_a_time, ties))) for _, weight, ties in found)
            for found in (self._met(x, y), self._met(y, x))
        )

    def _found(self, x: Company, y: Company) -> list[tuple[str, int]]:
        return sorted((name, weight) for name, weight, _ in self._met(x, y))

    def _met(self, x: Company, y: Company) -> Iterator[tuple[str, int, set[Tie]]]:
        """Of ``x`` who is of ``y`` too, by name, with micro-nats and the relations."""
        theirs: dict[str, set[Tie]] = defaultdict(set)
        for companion in y:
            for name in companion.names:
                theirs[name] |= companion.ties
        for names, ties in x:
            common = {name: shared for name in names if (shared := ties & theirs.get(name, set()))}
            if common:
                rarest = min(common, key=lambda name: (-self._rarity(name), name))
                weight = self._epoch.shared * self._rarity(rarest) // MICRO
                yield rarest, weight, set().union(*common.values())

    def _is_one_at_a_time(self, tie: Tie) -> bool:
        """Whether the companion has one such at a time."""
        return self._reader.ontology.relations.is_single(tie.relation, heads=tie.away)

    def _rarity(self, name: str) -> int:
        return self._epoch.common.get(name, MICRO)

    def of(self, referents: Collection[ReferentId]) -> Mapping[ReferentId, Company]:
        """The company of these, among others."""
        unknown = {r for r in referents if r not in self._known}
        if unknown:
            claims = [c for c in self._view.claims_of(unknown).values() if c.polarity and not is_id(c)]
            ends = {end for c in claims for end in (c.head, c.tail_referent) if end is not None}
            who = self._view.referents(ends) if ends else {}
            told: dict[ReferentId, dict[tuple[str, ...], set[Tie]]] = {r: {} for r in unknown}
            for claim in claims:
                self._told_in |= dict.fromkeys(unknown & {claim.head, claim.tail_referent}, claim.content)
                for end, names, tie in self._told(self._reader.read(claim, who), who):
                    if end in unknown and names:
                        told[end].setdefault(names, set()).add(tie)
            for r, companions in told.items():
                rarest = sorted(companions, key=lambda n: (-max(map(self._rarity, n)), n))[:_MOST]
                self._known[r] = tuple(Companion(names, frozenset(companions[names])) for names in rarest)
        return self._known

    def _told(
        self, statement: Statement, who: Mapping[ReferentId, Referent]
    ) -> Iterator[tuple[ReferentId, tuple[str, ...], Tie]]:
        """What a statement says of each end. What identifies by its one value is left out: that is
        ``testimony``."""
        head, tail = statement.head, statement.tail
        relation = self._reader.ontology.relation_types.get(statement.relation)
        if head == tail or (relation is not None and relation.identifying and not relation.locates):
            return
        away = Tie(statement.relation, statement.phrase, True)
        if isinstance(tail, Value):
            yield head, (literal_name(normalise_value(tail, self._reader.ontology.units)),), away
            return
        yield head, tuple(sorted(profile(who[tail]).names)), away
        yield (
            tail,
            tuple(sorted(profile(who[head]).names)),
            away._replace(away=self._reader.symmetric(statement.relation)),
        )


def literal_name(value: Value) -> str:
    """A value as a companion is called; a comma is in no name."""
    return f"{value.kind.value}, {value.text}" + (f" {value.unit}" if value.unit else "")
