"""Referents to entities: components of edges, each cut from nothing.

Edges join in order of strength (a person's word first, the latest of them before the others; then score,
then ids), so that where a component does not hold together it is its weakest edges that fall.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from graph.fusion.blocking import Pair
from graph.fusion.rulings import Rulings
from graph.fusion.scoring import Profile, Scorer, profile
from graph.ontology import Ontology
from graph.types import Entity, EntityId, Referent, ReferentId


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


class Fate(StrEnum):
    """What became of an edge, or of a person's word, when its component was cut."""

    JOINED = "joined"  # it brought two groups together
    AGREES = "agrees"  # its ends were one already
    RULED_OUT = "ruled_out"  # a decision keeps members of the two groups apart
    OPPOSED = "opposed"  # names of the two groups have nothing in common, or their types exclude each other
    CROWDED = "crowded"  # the two groups have too many different names between them
    RIVALLED = "rivalled"  # it is weak, and one of its ends has such an edge to a rival of the other


class _Sets:
    """Disjoint sets whose name is their smallest member."""

    def __init__(self, members: Iterable[ReferentId]) -> None:
        self._up = {m: m for m in members}

    def find(self, x: ReferentId) -> ReferentId:
        root = x
        while self._up[root] != root:
            root = self._up[root]
        while self._up[x] != root:
            self._up[x], x = root, self._up[x]
        return root

    def join(self, x: ReferentId, y: ReferentId) -> tuple[ReferentId, ReferentId]:
        """(kept, gone) roots, the smaller one kept."""
        kept, gone = sorted((self.find(x), self.find(y)))
        self._up[gone] = kept
        return kept, gone


def components(members: Iterable[ReferentId], joined: Iterable[Pair]) -> dict[ReferentId, ReferentId]:
    """Each member's connected component, named by its smallest referent. Near-linear in members and pairs."""
    sets = _Sets(members)
    for a, b in joined:
        if sets.find(a) != sets.find(b):
            sets.join(a, b)
    return {m: sets.find(m) for m in sets._up}


def cluster(
    referents: Mapping[ReferentId, Referent],
    edges: Sequence[Edge],
    rulings: Rulings,
    scorer: Scorer,
    fates: dict[Pair, Fate] | None = None,
) -> dict[ReferentId, EntityId]:
    """Cut one component (or several at once) into entities; returns each referent's.

    A union is refused when it would put a separated pair into one entity, and, unless a person asks for it,
    when it would join names that are ``opposed`` or gather too many. Names that a person's word has joined
    count as one name. An edge below ``sure`` falls beforehand when one of its ends has another such edge to a
    rival of the other end: "A. Vance" between Anna and Albert joins neither. ``fates``
    is told what became of each edge and word.

    O(e log e) in edges, times the distinct names of the two sides where they are compared.
    """
    sets = _Sets(referents)
    looks = {r: profile(x) for r, x in referents.items()}
    apart: dict[ReferentId, set[ReferentId]] = defaultdict(set)
    for a, b in rulings.separate:
        if a in looks and b in looks:
            apart[a].add(b)
            apart[b].add(a)
    held = {r: {r} for r in apart}  # members of each set that some ruling separates from others

    def separated(x: ReferentId, y: ReferentId) -> bool:
        fewer, more = sorted((held.get(x, set()), held.get(y, set())), key=len)
        return any(not apart[m].isdisjoint(more) for m in fewer)

    def join(x: ReferentId, y: ReferentId) -> tuple[ReferentId, ReferentId]:
        kept, gone = sets.join(x, y)
        if gone in held:
            held.setdefault(kept, set()).update(held.pop(gone))
        return kept, gone

    def meet(pair: Pair, fate: Fate) -> None:
        if fates is not None:
            fates.setdefault(pair, fate)  # a person's word comes before an edge between the same two

    spoken = [(at, pair) for pair, at in rulings.same.items() if pair[0] in looks and pair[1] in looks]
    bridges: list[tuple[Profile, Profile]] = []
    for _, (a, b) in sorted(spoken, reverse=True):
        x, y = sets.find(a), sets.find(b)
        if separated(x, y):
            meet((a, b), Fate.RULED_OUT)
            continue
        bridges.append((looks[a], looks[b]))
        meet((a, b), Fate.AGREES if x == y else Fate.JOINED)
        if x != y:
            join(x, y)
    names = _NameGroups(looks.values(), bridges, scorer)
    gathered: dict[ReferentId, set[Profile]] = defaultdict(set)
    for r, look in looks.items():
        gathered[sets.find(r)].add(names.group(look))

    fallen = _rivalled(edges, looks, scorer)
    for edge in sorted(edges, key=lambda e: (not e.certain, -e.score, e.pair)):
        x, y = sets.find(edge.a), sets.find(edge.b)
        if edge.pair in fallen:
            meet(edge.pair, Fate.RIVALLED)
            continue
        if x == y:
            meet(edge.pair, Fate.AGREES)
            continue
        if separated(x, y):
            meet(edge.pair, Fate.RULED_OUT)
            continue
        together = gathered[x] | gathered[y]
        if len(together) > scorer.epoch.max_names:
            meet(edge.pair, Fate.CROWDED)
            continue
        if names.opposed(gathered[x], gathered[y]):
            meet(edge.pair, Fate.OPPOSED)
            continue
        meet(edge.pair, Fate.JOINED)
        kept, gone = join(x, y)
        gathered[kept] = together
        del gathered[gone]
    return {r: EntityId(sets.find(r)) for r in referents}


class _NameGroups:
    """Distinct profiles, those that a person's word has joined taken together."""

    def __init__(
        self, looks: Iterable[Profile], bridges: Iterable[tuple[Profile, Profile]], scorer: Scorer
    ) -> None:
        self._of = {look: look for look in looks}
        for a, b in bridges:
            old, new = self._of[a], self._of[b]
            if old != new:
                self._of = {look: new if group == old else group for look, group in self._of.items()}
        self._members: dict[Profile, list[Profile]] = defaultdict(list)
        for look, group in self._of.items():
            self._members[group].append(look)
        self._scorer = scorer

    def group(self, look: Profile) -> Profile:
        return self._of[look]

    def opposed(self, xs: set[Profile], ys: set[Profile]) -> bool:
        return any(
            all(self._scorer.opposed(p, q) for p in self._members[x] for q in self._members[y])
            for x in xs
            for y in ys
            if x != y
        )


def _rivalled(edges: Sequence[Edge], looks: Mapping[ReferentId, Profile], scorer: Scorer) -> set[Pair]:
    weak = [e for e in edges if e.score < scorer.epoch.sure and not e.certain]
    around: dict[ReferentId, set[Profile]] = defaultdict(set)
    for edge in weak:
        around[edge.a].add(looks[edge.b])
        around[edge.b].add(looks[edge.a])
    return {
        edge.pair
        for edge in weak
        for end, other in (edge.pair, edge.pair[::-1])
        if any(scorer.opposed(looks[other], rival) for rival in around[end])
    }


def describe(members: Sequence[Referent], ontology: Ontology) -> Entity:
    """The row of an entity: its most specific type, and of its display names the most frequent, then longest,
    then smallest."""
    if len(members) == 1:
        return _described_alone(members[0], ontology)
    types = Counter(m.type for m in members)
    kind = min(types, key=lambda t: (-len(ontology.ancestors(t)), -types[t], t))
    shown = Counter(m.names[0] for m in members if m.names)
    return Entity(
        id=EntityId(min(m.id for m in members)),
        type=kind if kind in ontology.entity_types else "Thing",
        name=min(shown, key=lambda n: (-shown[n], -len(n), n), default=""),
        names=tuple(sorted({n for m in members for n in m.names})),
        members=tuple(sorted(m.id for m in members)),
    )


def _described_alone(member: Referent, ontology: Ontology) -> Entity:
    return Entity(
        id=EntityId(member.id),
        type=member.type if member.type in ontology.entity_types else "Thing",
        name=member.names[0] if member.names else "",
        names=tuple(sorted(set(member.names))),
        members=(member.id,),
    )
