"""Facts that follow from others: the least derivation of each, as a row.

One derivation, because all would make a row as long as its graph is dense, and because the least (the
shortest, of those the surest, of those the first by its facts' ids) is the same in whatever order the facts
came. Further ones only add facts where they hold at other times.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from graph.fusion.facts import fact_id
from graph.fusion.statements import Family
from graph.fusion.walks import Validity, Walk, implied, in_common, validity_of
from graph.types import MICRO, EntityId, Fact, FactId, FactStatus, Qualifiers, Value


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What follows, its times aside. A literal has no ``tail`` but a ``value``, as it is compared."""

    head: EntityId
    relation: str
    tail: EntityId | None
    value: Value | None = None
    qualifiers: Qualifiers = ()


def concluded(said: Conclusion, walks: Collection[Walk], why: Callable[[Walk], str]) -> list[Fact]:
    """The least of these derivations as a fact, and those that follow at other times than the ones before
    them. ``why`` is a fact's reason, by its grounds."""
    made: list[Fact] = []
    for walk in sorted(walks, key=_rank):
        validity = validity_of(walk)
        if all(in_common(validity, fact) is None for fact in made):
            made.append(_fact(said, walk, validity, why(walk)))
    return made


def _fact(said: Conclusion, walk: Walk, validity: Validity, reason: str) -> Fact:
    (start, end), bound = validity, implied(validity, walk)
    own = walk[0].relation == said.relation
    return Fact(
        id=fact_id(Family(said.head, said.relation, "", said.tail, said.qualifiers, True), said.value, start),
        head=said.head,
        relation=said.relation,
        tail=walk[0].tail if said.tail is None else said.tail,
        phrase=walk[0].phrase if own else said.relation.replace("_", " ").lower(),
        qualifiers=said.qualifiers,
        polarity=True,
        valid_from=start,
        valid_to=end,
        stated=None,
        status=FactStatus.INFERRED,
        confidence=_confidence(walk),
        support=min(fact.support for fact in walk),
        claims=(),
        reason=reason,
        grounds=tuple(fact.id for fact in walk),
        valid_from_implied=bound[0],
        valid_to_implied=bound[1],
    )


def _rank(walk: Walk) -> tuple[int, int, list[FactId]]:
    return len(walk), -_confidence(walk), [fact.id for fact in walk]


def _confidence(walk: Walk) -> int:
    """That all of them hold, each on its own, in micro-units."""
    product = MICRO
    for fact in walk:
        product = product * fact.confidence // MICRO
    return product
