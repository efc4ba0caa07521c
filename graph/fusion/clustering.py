"""Referents to entities: components of edges, each cut from nothing.

Edges join in order of strength (a person's word first, the latest of them before the others; then score,
then ids), so that where a component does not hold together it is its weakest edges that fall.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum

from graph.fusion.blocking import Pair
from graph.fusion.components import Edge, Sets
from graph.fusion.name_groups import NameGroups
from graph.fusion.profiles import Profile
from graph.fusion.rivals import rivalled
from graph.fusion.rulings import Rulings
from graph.fusion.scoring import Scorer
from graph.fusion.testimony import NOTHING, Scales, Testimony
from graph.ontology import Ontology
from graph.types import MICRO, Entity, EntityId, Referent, ReferentId


class Fate(StrEnum):
    """What became of an edge, or of a person's word, when its component was cut."""

    JOINED = "joined"  # it brought two groups together
    AGREES = "agrees"  # its ends were one already
    RULED_OUT = "ruled_out"  # a decision keeps members of the two groups apart
    OPPOSED = "opposed"  # names of the two groups have nothing in common, or their types exclude each other
    AT_ODDS = "at_odds"  # what is said of the two groups can hardly be true of one thing
    CROWDED = "crowded"  # the two groups have too many different names between them
    RIVALLED = "rivalled"  # one of its ends has as good an edge to a rival of the other


def cluster(
    looks: Mapping[ReferentId, Profile],
    edges: Sequence[Edge],
    rulings: Rulings,
    scorer: Scorer,
    testimony: Mapping[ReferentId, Testimony],
    leaning: Collection[Pair] = (),
    fates: dict[Pair, Fate] | None = None,
) -> dict[ReferentId, EntityId]:
    """Cut one component into entities; returns each referent's. ``looks``: its members; ``leaning``: its
    edges that shared company decides for (``leanings``).

    A union is refused when it would put a separated pair into one entity, and, unless a person asks for it,
    when it would join names that are ``opposed`` or gather too many, or groups whose testimonies are at odds
    (a model that saw both said so of the two at hand: then they join). Names that a person's word has joined,
    or such a verdict on names that are opposed, count as one name; and so do, of compatible types, names that
    one document says to be one thing's: "Handels Bank" goes with "Zentral Bank, formerly Handels Bank".

    Who fits several rivals joins none of them. An edge below ``sure``, or by an alias that several things
    have, falls beforehand when one of its ends has another such edge to a rival of the other end: "A. Vance"
    between Anna and Albert, "ESA" between two names that it abbreviates. And edges that testimony speaks
    neither for nor against wait for the others: "John Park", of whom no birth date is told, joins one of two
    John Parks who were born in different years only if nearly all that is told speaks of that one, see
    ``_Cut.is_torn``. So does who was "born in 1970", between two who were born on different days of it; and
    whom no split names, where a person has split those of one name: he joins a side only if nearly all are on
    it. But where nobody has, an edge that is ``leaning`` waits for nothing, and those of whom nothing is said
    join each other only after it. ``fates`` is told what became of each edge and word.

    O(e log e) in edges, times the distinct names and testimonies of the two sides where they are compared.
    """
    if fates is None and _is_of_one_name(looks, rulings, testimony):
        return dict.fromkeys(looks, EntityId(min(looks)))
    cut = _Cut(looks, rulings, scorer, testimony, leaning, fates)
    fallen = rivalled(edges, looks, cut.names, scorer)
    doubtful = _doubtful(edges, testimony, cut.scales)
    order = sorted(edges, key=lambda e: (not e.certain, -e.score, e.pair))
    for edge in order:
        if edge.pair in fallen:
            cut.meet(edge.pair, Fate.RIVALLED)
        elif edge.certain or cut.leans(edge) or (edge.pair not in doubtful and cut.is_backed(edge)):
            cut.meet(edge.pair, cut.tried(edge))
        else:
            cut.put_off(edge)
    waiting = cut.waited()
    for edge in waiting:
        cut.meet(edge.pair, Fate.RIVALLED if cut.is_torn(edge) else cut.tried(edge))
    return {r: EntityId(cut.sets.find(r)) for r in looks}


def _is_of_one_name(
    looks: Mapping[ReferentId, Profile], rulings: Rulings, testimony: Mapping[ReferentId, Testimony]
) -> bool:
    """Whether nothing could keep members apart that look the same: most components of many are such."""
    ruled = rulings.same or rulings.separate
    return not ruled and len({*looks.values()}) == 1 and not any(testimony.get(r) for r in looks)


class _Cut:
    """The groups of one component as they grow. What a person says holds from the beginning."""

    def __init__(
        self,
        looks: Mapping[ReferentId, Profile],
        rulings: Rulings,
        scorer: Scorer,
        testimony: Mapping[ReferentId, Testimony],
        leaning: Collection[Pair],
        fates: dict[Pair, Fate] | None,
    ) -> None:
        self.looks = looks
        self.sets = Sets(looks)
        self._waiting: list[Edge] = []
        self._scorer = scorer
        self.scales = Scales(scorer)
        self._fates = fates
        self._apart: dict[ReferentId, set[ReferentId]] = defaultdict(set)
        self._split: dict[ReferentId, set[ReferentId]] = defaultdict(set)  # of those, by a split
        for a, b in rulings.separate:
            if a in looks and b in looks:
                self._apart[a].add(b)
                self._apart[b].add(a)
                if rulings.separate[a, b] in rulings.splits:
                    self._split[a].add(b)
                    self._split[b].add(a)
        self._leaning = () if self._split else leaning
        self._leaners = {r for pair in self._leaning for r in pair}
        # By the name of each set: its members that a ruling separates from others; what is said of it, and by
        # how many; the best score of an edge that waits between it and another set, by a member of that; the
        # names in it.
        self._held = {r: {r} for r in self._apart}
        self._own = {r: testimony[r] for r in looks if testimony.get(r)}
        self._said = dict(self._own)
        self._tellers = dict.fromkeys(self._own, 1)
        self._size = dict.fromkeys(looks, 1)
        self._crossing: dict[ReferentId, dict[ReferentId, int]] = {}
        self._gathered: dict[ReferentId, set[Profile]] = defaultdict(set)
        self.names = NameGroups(looks.values(), scorer)
        self._bridge(rulings)
        for r, look in looks.items():
            self._gathered[self.sets.find(r)].add(look)

    def _bridge(self, rulings: Rulings) -> None:
        """Join what a person joins, the latest word first."""
        spoken = [(at, (a, b)) for (a, b), at in rulings.same.items() if a in self.looks and b in self.looks]
        for _, (a, b) in sorted(spoken, reverse=True):
            x, y = self.sets.find(a), self.sets.find(b)
            if self._separated(x, y):
                self.meet((a, b), Fate.RULED_OUT)
                continue
            self.names.join(self.looks[a], self.looks[b])
            self.meet((a, b), Fate.AGREES if x == y else Fate.JOINED)
            if x != y:
                self._join(x, y)

    def meet(self, pair: Pair, fate: Fate) -> None:
        if self._fates is not None:
            self._fates.setdefault(pair, fate)  # a person's word comes before an edge between the same two

    def tried(self, edge: Edge) -> Fate:
        """Join the edge's two groups unless something forbids it."""
        x, y = self.sets.find(edge.a), self.sets.find(edge.b)
        if x == y:
            return Fate.AGREES
        if self._separated(x, y):
            return Fate.RULED_OUT
        mine, yours = self._gathered[x], self._gathered[y]
        if self.names.count(mine | yours) > self._scorer.epoch.max_names:
            return Fate.CROWDED
        a, b = self.looks[edge.a], self.looks[edge.b]
        despite = edge.certain and self._scorer.opposed(a, b)  # it was asked about these very two
        if not despite and self.names.opposed(mine, yours):
            return Fate.OPPOSED
        if self._at_odds(edge, x, y):
            return Fate.AT_ODDS
        if despite:
            self.names.join(a, b)
        kept, gone = self._join(x, y)
        self._gathered[kept] = mine | yours
        del self._gathered[gone]
        return Fate.JOINED

    def leans(self, edge: Edge) -> bool:
        return edge.pair in self._leaning

    def is_backed(self, edge: Edge) -> bool:
        """Whether testimony speaks for the edge, or there is none at its ends that could speak otherwise."""
        x, y = self.sets.find(edge.a), self.sets.find(edge.b)
        if x == y:
            return True
        if not (x in self._said or y in self._said):
            # else: whom a split does not name, who fits both sides; or whom another edge is to join first
            return not self._split and self._leaners.isdisjoint(edge.pair)
        return x in self._said and y in self._said and self.scales.weight(self._said[x], self._said[y]) > 0

    def put_off(self, edge: Edge) -> None:
        self._waiting.append(edge)

    def waited(self) -> list[Edge]:
        """The edges that were put off, to be tried now that the others are through."""
        for edge in self._waiting:
            x, y = self.sets.find(edge.a), self.sets.find(edge.b)
            for mine, theirs in ((x, y), (y, x)):
                others = self._crossing.setdefault(mine, {})
                others[theirs] = max(edge.score, others.get(theirs, 0))
        return self._waiting

    def is_torn(self, edge: Edge) -> bool:
        """Whether one end of the edge fits, as well as the far one, groups that are at odds with that.

        Groups that are at odds with the end itself do not fit it. It is not torn where those who tell of the
        far group, and of groups that are not at odds with it, are ``same`` or more of all who tell of a group
        that it fits: one false date must not tear from a thing all that is said without one.
        """
        x, y = self.sets.find(edge.a), self.sets.find(edge.b)
        backed = self.is_backed(edge)
        return x != y and any(
            self._is_torn(end, far, edge.score) or (not backed and self._is_between(end, far, edge.score))
            for end, far in ((x, y), (y, x))
        )

    def _is_torn(self, end: ReferentId, far: ReferentId, score: int) -> bool:
        if far not in self._said:
            return False
        fitting = {self.sets.find(other) for other, best in self._crossing[end].items() if best >= score}
        told = {group: self._tellers[group] for group in fitting if group in self._said and group != end}
        told = {group: count for group, count in told.items() if not self._contradict(end, group)}
        rivals = sum(count for group, count in told.items() if group != far and self._contradict(far, group))
        everyone = sum(told.values())
        return rivals > 0 and (everyone - rivals) * MICRO < self._scorer.epoch.same * everyone

    def _contradict(self, x: ReferentId, y: ReferentId) -> bool:
        """Whether what is said of two groups is at odds."""
        said = [self._said.get(group, NOTHING) for group in (x, y)]
        return self.scales.at_odds(self.looks[x], self.looks[y], *said)

    def _is_between(self, end: ReferentId, far: ReferentId, score: int) -> bool:
        """Whether a person has split groups that ``end`` fits as well as the far one from that, and nothing
        keeps it from either; not where the far one's side has ``same`` or more of all their members."""
        if not self._split or self._separated(end, far):
            return False
        fitting = {self.sets.find(other) for other, best in self._crossing[end].items() if best >= score}
        sided = {group: self._size[group] for group in fitting - {end} if self._is_sided(group)}
        sided = {group: size for group, size in sided.items() if not self._separated(end, group)}
        rivals = sum(size for group, size in sided.items() if self._separated(far, group, self._split))
        everyone = sum(sided.values())
        return rivals > 0 and (everyone - rivals) * MICRO < self._scorer.epoch.same * everyone

    def _is_sided(self, group: ReferentId) -> bool:
        return any(m in self._split for m in self._held.get(group, ()))

    def _at_odds(self, edge: Edge, x: ReferentId, y: ReferentId) -> bool:
        a, b = self.looks[edge.a], self.looks[edge.b]
        if not (x in self._said and y in self._said) or not self.scales.at_odds(
            a, b, self._said[x], self._said[y]
        ):
            return False
        own = [self._own.get(r, NOTHING) for r in edge.pair]
        return not (edge.certain and self.scales.at_odds(a, b, *own))

    def _separated(
        self, x: ReferentId, y: ReferentId, by: Mapping[ReferentId, set[ReferentId]] | None = None
    ) -> bool:
        """Whether a ruling keeps members of the two apart. ``by``: of such rulings alone."""
        fewer, more = sorted((self._held.get(x, set()), self._held.get(y, set())), key=len)
        apart = self._apart if by is None else by
        return any(m in apart and not apart[m].isdisjoint(more) for m in fewer)

    def _join(self, x: ReferentId, y: ReferentId) -> tuple[ReferentId, ReferentId]:
        kept, gone = self.sets.join(x, y)
        self._size[kept] += self._size.pop(gone)
        if gone in self._held:
            self._held.setdefault(kept, set()).update(self._held.pop(gone))
        if gone in self._said:
            self._said[kept] = self._said.pop(gone) | self._said.get(kept, NOTHING)
            self._tellers[kept] = self._tellers.pop(gone) + self._tellers.get(kept, 0)
        if gone in self._crossing:
            some, more = sorted((self._crossing.pop(gone), self._crossing.get(kept, {})), key=len)
            for other, best in some.items():
                more[other] = max(best, more.get(other, 0))
            self._crossing[kept] = more
        return kept, gone


def _doubtful(edges: Sequence[Edge], testimony: Mapping[ReferentId, Testimony], scales: Scales) -> set[Pair]:
    """Edges that testimony speaks for, but also for one between an end and somebody whom the other end's
    contradicts. O(e), and for each distinct testimony the square of those that agree with it by an edge."""
    fits: dict[Testimony, set[Testimony]] = defaultdict(set)
    said = [(e, testimony.get(e.a, NOTHING), testimony.get(e.b, NOTHING)) for e in edges]
    for _, x, y in said:
        if x and y and x != y and scales.weight(x, y) > 0:
            fits[x].add(y)
            fits[y].add(x)
    torn = {
        (x, y) for x, some in fits.items() for y in some if any(scales.weight(y, other) < 0 for other in some)
    }
    return {edge.pair for edge, x, y in said if (x, y) in torn or (y, x) in torn}


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
