"""Which decisions are in force: later beats earlier, reverts are applied, the rest lies dormant."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

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
    TrustSource,
    Value,
)


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

    def referents(self) -> set[ReferentId]:
        """All that a ruling on identity, a value or a link names."""
        named = {r for pair in (*self.same, *self.separate) for r in pair}
        for _, ruling in self.resolved:
            named.add(ruling.subject)
            if not isinstance(ruling.value, Value):
                named.add(ruling.value)
        return named | {end for _, link in self.links for end in (link.head, link.tail)}

    def among(self, live: Iterable[ReferentId]) -> "Rulings":
        """Those whose referents are all live; the others are dormant until theirs return."""
        there = set(live)
        return Rulings(
            {pair: at for pair, at in self.same.items() if there.issuperset(pair)},
            {pair: at for pair, at in self.separate.items() if there.issuperset(pair)},
            tuple(
                (at, ruling)
                for at, ruling in self.resolved
                if ruling.subject in there and (isinstance(ruling.value, Value) or ruling.value in there)
            ),
            self.trust,
            self.epoch,
            self.ontology,
            tuple((at, link) for at, link in self.links if {link.head, link.tail} <= there),
        )


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
    return Rulings(same, separate, tuple(resolved), trust, epoch, ontology, tuple(links))
