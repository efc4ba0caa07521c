"""Which decisions are in force: later beats earlier, reverts are applied, the rest lies dormant.

A person names referents and means the things that they are of. So for a referent whose document has gone the
smallest live one stands in of those that were one with it when the decision was made, until it returns; none
that a person has since kept apart from it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from graph.fusion.blocking import Pair, pair_of
from graph.types import (
    AdoptEpoch,
    ChangeOntology,
    Decision,
    EpochId,
    Link,
    Position,
    ReferentId,
    Resolve,
    Revert,
    Same,
    Separate,
    SourceId,
    Split,
    StandIns,
    TrustSource,
    Value,
)

_NOBODY: StandIns = {}


@dataclass(frozen=True, slots=True)
class Rulings:
    """What stands of all decisions up to a position; positions say which of two is the later."""

    same: Mapping[Pair, Position] = field(default_factory=dict)
    separate: Mapping[Pair, Position] = field(default_factory=dict)
    resolved: tuple[tuple[Position, Resolve], ...] = ()  # in order of position
    trust: Mapping[SourceId, int] = field(default_factory=dict)
    epoch: EpochId | None = None  # None: EPOCH_0
    ontology: str | None = None  # None: the default ontology
    links: tuple[tuple[Position, Link], ...] = ()  # in order of position
    stand_ins: Mapping[Position, StandIns] = field(default_factory=dict)  # of those that have any
    splits: frozenset[Position] = frozenset()  # of what is separate: where each side was told whole

    def referents(self) -> set[ReferentId]:
        """All that a ruling on identity, a value or a link names, and who may stand in for them."""
        named = {r for pair in (*self.same, *self.separate) for r in pair}
        for _, ruling in self.resolved:
            named.add(ruling.subject)
            if not isinstance(ruling.value, Value):
                named.add(ruling.value)
        named |= {r for each in self.stand_ins.values() for others in each.values() for r in others}
        return named | {end for _, link in self.links for end in (link.head, link.tail)}

    def among(self, live: Iterable[ReferentId]) -> "Rulings":
        """Those whose referents are all live, or have a live one to stand in for them; the others are dormant
        until theirs return."""
        there = set(live)
        same, separate = self._pairs(self.same, there), self._pairs(self.separate, there)
        resolved = ((at, self.resolve_among(at, ruling, there)) for at, ruling in self.resolved)
        return Rulings(
            {pair: at for pair, at in same.items() if at > separate.get(pair, -1)},
            {pair: at for pair, at in separate.items() if at > same.get(pair, -1)},
            tuple((at, ruling) for at, ruling in resolved if ruling is not None),
            self.trust,
            self.epoch,
            self.ontology,
            tuple((at, link) for at, link in self.links if {link.head, link.tail} <= there),
            splits=self.splits,
        )

    def pair_among(self, at: Position, pair: Pair, there: Collection[ReferentId]) -> Pair | None:
        """The pair of the decision at that position by those that are there; None where an end has nobody, or
        both the same one."""
        a, b = (self._present(at, end, there) for end in pair)
        return None if a is None or b is None or a == b else pair_of(a, b)

    def resolve_among(self, at: Position, ruling: Resolve, there: Collection[ReferentId]) -> Resolve | None:
        """Its ruling by those that are there; None where an end has nobody."""
        subject, value = self._present(at, ruling.subject, there), ruling.value
        right = value if isinstance(value, Value) else self._present(at, value, there)
        return None if subject is None or right is None else replace(ruling, subject=subject, value=right)

    def _pairs(self, ruled: Mapping[Pair, Position], there: Collection[ReferentId]) -> dict[Pair, Position]:
        found: dict[Pair, Position] = {}
        for pair, at in ruled.items():
            now = self.pair_among(at, pair, there)
            if now is not None:
                found[now] = max(at, found.get(now, at))
        return found

    def _present(self, at: Position, named: ReferentId, there: Collection[ReferentId]) -> ReferentId | None:
        if named in there:
            return named
        others = self.stand_ins.get(at, _NOBODY).get(named, ())
        return next((r for r in others if r in there and pair_of(named, r) not in self.separate), None)


def standing(decisions: Sequence[Decision]) -> tuple[Decision, ...]:
    """The decisions that no standing revert undoes, reverts left out, in order of position. O(n log n)."""
    undone: set[Position] = set()
    kept: list[Decision] = []
    for decision in sorted(decisions, key=lambda d: d.position, reverse=True):
        if decision.position in undone:
            continue
        if isinstance(decision.ruling, Revert):
            if decision.ruling.position < decision.position:
                undone.add(decision.ruling.position)
        else:
            kept.append(decision)
    return tuple(reversed(kept))


def settings(stand: Iterable[Decision]) -> tuple[EpochId | None, str | None]:
    """Epoch and ontology that standing decisions set, the last on each."""
    epoch: EpochId | None = None
    ontology: str | None = None
    for decision in stand:
        match decision.ruling:
            case AdoptEpoch(adopted):
                epoch = adopted
            case ChangeOntology(text):
                ontology = text
    return epoch, ontology


def in_force(decisions: Sequence[Decision]) -> Rulings:
    """What all decisions together say; of two on the same pair, source or setting the later one."""
    same: dict[Pair, Position] = {}
    separate: dict[Pair, Position] = {}
    resolved: list[tuple[Position, Resolve]] = []
    trust: dict[SourceId, int] = {}
    links: list[tuple[Position, Link]] = []
    stand = standing(decisions)
    epoch, ontology = settings(stand)
    for decision in stand:
        match decision.ruling:
            case Same(a, b) if a != b:
                same[pair_of(a, b)] = decision.position
                separate.pop(pair_of(a, b), None)
            case Separate(a, b) if a != b:
                separate[pair_of(a, b)] = decision.position
                same.pop(pair_of(a, b), None)
            case Split(referents, rest):
                for pair in (pair_of(a, b) for a in referents for b in rest if a != b):
                    separate[pair] = decision.position
                    same.pop(pair, None)
            case Resolve():
                resolved.append((decision.position, decision.ruling))
            case Link():
                links.append((decision.position, decision.ruling))
            case TrustSource(source, value):
                trust[source] = value
    stand_ins = {decision.position: decision.stand_ins for decision in stand if decision.stand_ins}
    splits = frozenset(decision.position for decision in stand if isinstance(decision.ruling, Split))
    return Rulings(same, separate, tuple(resolved), trust, epoch, ontology, tuple(links), stand_ins, splits)
