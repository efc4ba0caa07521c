"""Referents to entities: components of edges, each cut from nothing.

Edges join in order of strength (a person's word first, the latest of them before the others; then score,
then ids), so that where a component does not hold together it is its weakest edges that fall.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Generic, TypeVar

from graph.fusion.blocking import Pair
from graph.fusion.rulings import Rulings
from graph.fusion.scoring import Profile, Scorer
from graph.fusion.testimony import NOTHING, Scales, Testimony
from graph.ontology import Ontology
from graph.types import MICRO, Entity, EntityId, Referent, ReferentId

M = TypeVar("M", ReferentId, str)

_OWNS = 20  # own names of one alias that are compared with each other


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
    AT_ODDS = "at_odds"  # what is said of the two groups can hardly be true of one thing
    CROWDED = "crowded"  # the two groups have too many different names between them
    RIVALLED = "rivalled"  # one of its ends has as good an edge to a rival of the other


class _Sets(Generic[M]):
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
    sets = _Sets(members)
    for a, b in joined:
        sets.join(a, b)
    return {m: sets.find(m) for m in sets._up}


def cluster(
    looks: Mapping[ReferentId, Profile],
    edges: Sequence[Edge],
    rulings: Rulings,
    scorer: Scorer,
    testimony: Mapping[ReferentId, Testimony],
    fates: dict[Pair, Fate] | None = None,
) -> dict[ReferentId, EntityId]:
    """Cut one component into entities; returns each referent's. ``looks``: its members.

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
    it. ``fates`` is told what became of each edge and word.

    O(e log e) in edges, times the distinct names and testimonies of the two sides where they are compared.
    """
    cut = _Cut(looks, rulings, scorer, testimony, fates)
    fallen = _rivalled(edges, cut, scorer)
    doubtful = _doubtful(edges, testimony, cut.scales)
    order = sorted(edges, key=lambda e: (not e.certain, -e.score, e.pair))
    for edge in order:
        if edge.pair in fallen:
            cut.meet(edge.pair, Fate.RIVALLED)
        elif edge.certain or (edge.pair not in doubtful and cut.is_backed(edge)):
            cut.meet(edge.pair, cut.tried(edge))
        else:
            cut.put_off(edge)
    waiting = cut.waited()
    for edge in waiting:
        cut.meet(edge.pair, Fate.RIVALLED if cut.is_torn(edge) else cut.tried(edge))
    return {r: EntityId(cut.sets.find(r)) for r in looks}


class _Cut:
    """The groups of one component as they grow. What a person says holds from the beginning."""

    def __init__(
        self,
        looks: Mapping[ReferentId, Profile],
        rulings: Rulings,
        scorer: Scorer,
        testimony: Mapping[ReferentId, Testimony],
        fates: dict[Pair, Fate] | None,
    ) -> None:
        self.looks = looks
        self.sets = _Sets(looks)
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
        self.names = _NameGroups(looks.values(), scorer)
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

    def is_backed(self, edge: Edge) -> bool:
        """Whether testimony speaks for the edge, or there is none at its ends that could speak otherwise."""
        x, y = self.sets.find(edge.a), self.sets.find(edge.b)
        if x == y:
            return True
        if not (x in self._said or y in self._said):
            return not self._split  # else: whom a split does not name, who fits both sides
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


class _NameGroups:
    """Distinct profiles, those taken together that a person's word, or a verdict on the two, has joined; and
    which of them names link that a document says to be one thing's."""

    def __init__(self, looks: Collection[Profile], scorer: Scorer) -> None:
        self._of = {look: look for look in looks}
        self._members = {look: [look] for look in self._of}
        self._scorer = scorer
        self._linked = _linked(self._of.keys(), scorer)

    def join(self, a: Profile, b: Profile) -> None:
        old, new = self._of[a], self._of[b]
        if old != new:
            moved = self._members.pop(old)
            self._of |= dict.fromkeys(moved, new)
            self._members[new] += moved

    def groups(self, looks: set[Profile]) -> set[Profile]:
        return {self._of[look] for look in looks}

    def count(self, looks: set[Profile]) -> int:
        """How many different names things of these profiles go by, aliases beside one full name left out."""
        return len({min(map(_called, self._members[group])) for group in self.groups(looks)})

    def opposed(self, some: set[Profile], others: set[Profile]) -> bool:
        return any(
            all(self.apart(p, q) for p in self._members[x] for q in self._members[y])
            for x in self.groups(some)
            for y in self.groups(others)
            if x != y
        )

    def apart(self, p: Profile, q: Profile) -> bool:
        """Whether the two are opposed, and no names of one thing link them."""
        return self._scorer.opposed(p, q) and not self.linked(p, q)

    def linked(self, p: Profile, q: Profile) -> bool:
        link = self._linked.get(p)
        return link is not None and link == self._linked.get(q) and self._scorer.compatible(p.type, q.type)

    def meet_by_alias(self, p: Profile, q: Profile) -> bool:
        """Whether an alias joins the two that may belong to another thing: their own names are nothing alike,
        and nothing links them."""
        return self._scorer.are_strangers(p, q) and not self.linked(p, q)


def _called(look: Profile) -> str:
    return look.own[0] if look.own else min(look.short, default="")


def _linked(looks: Collection[Profile], scorer: Scorer) -> dict[Profile, str]:
    """What the own name of each profile belongs to: an own name and an alias of it, though they are nothing
    alike, are one, and so are those that are joined by such, one after the other. By the smallest of them.

    An alias of several own names belongs to them only if these are one without it: "Union Bank" does not make
    "Zentral Bank, formerly Union Bank" one with "Nord Bank, formerly Union Bank".
    """
    called: dict[str, set[str]] = defaultdict(set)
    people: set[str] = set()
    for look in looks:
        if len(look.full) > 1:
            is_person = scorer.is_person(look.type)
            alike = scorer.of_names(people=is_person)
            for name in look.full:
                if not alike(look.own[0], name):
                    called[name].add(look.own[0])
                    people |= {name} if is_person else set()
    if not called:
        return {}
    one = [(own, name) for name, owns in called.items() if len(owns) == 1 for own in owns]
    for name, owns in called.items():
        alike = scorer.of_names(people=name in people)
        one += [pair for pair in combinations(sorted(owns)[:_OWNS], 2) if alike(*pair)]
    names = called.keys() | {own for owns in called.values() for own in owns}
    smallest = components(names, one)
    one += [(min(owns), name) for name, owns in called.items() if len({smallest[own] for own in owns}) == 1]
    smallest = components(names, one)
    return {look: smallest[look.own[0]] for look in looks if look.full and look.own[0] in smallest}


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


def _rivalled(edges: Sequence[Edge], cut: _Cut, scorer: Scorer) -> set[Pair]:
    """The edges of which one end, or another of its profile, has such an edge to a rival of the other, too.

    Such are weak ones, and those of names that things have whose types or titles exclude each other. Not if
    ``same`` or more of all rivals at that end are none of it. A sure edge of a name with a legal form and one
    without is a rival of weak ones, and falls only if ``same`` or more are rivals of it: "Siemens" goes with
    "Siemens AG", and not with "Siemens Energy AG, in short Siemens", unless nearly all who bear the name are
    called so. O(edges, and squares of profiles at one).
    """

    def is_weak(edge: Edge) -> bool:
        return edge.score < scorer.epoch.sure or cut.names.meet_by_alias(
            *map(cut.looks.__getitem__, edge.pair)
        )

    free = [e for e in edges if not e.certain]
    weak, formed = [], []
    for e in free:
        if is_weak(e):
            weak.append(e)
        elif scorer.differ_in_form(cut.looks[e.a], cut.looks[e.b]):
            formed.append(e)
    types = {look.type for look in cut.looks.values()}
    mixed = any(not scorer.compatible(a, b) for a, b in combinations(types, 2))
    mixed = mixed or len({look.gender for look in cut.looks.values()} - {""}) > 1
    if not (weak or mixed):
        return set()
    number: dict[Profile, int] = {}
    seat = {r: number.setdefault(look, len(number)) for r, look in cut.looks.items()}
    looks, bearers, same = list(number), Counter(seat.values()), scorer.epoch.same
    joined = {pair for e in edges for pair in ((seat[e.a], seat[e.b]), (seat[e.b], seat[e.a]))}

    def rivals(end: int, x: int, y: int) -> bool:
        """Names that are opposed, or that nothing joins by themselves: Christina and Christine. A name of one
        word may be another's alias; only beside a third such name the two are rivals."""
        p, q = looks[x], looks[y]
        if cut.names.apart(p, q):
            return True
        of_one_kind = bool(p.full and q.full) or not (p.full or q.full or looks[end].full)
        nearly = x != y and of_one_kind and scorer.score(p, q) < same
        return nearly and (x, y) not in joined and not cut.names.linked(p, q)

    def homonyms(_: int, x: int, y: int) -> bool:
        return scorer.homonyms(looks[x], looks[y])

    fallen: set[Pair] = set()
    for some, sure, are_rivals in (
        (weak, formed if weak else [], rivals),
        (free if mixed else [], [], homonyms),
    ):
        # By profile: in a wide block the one "A. Vance" meets Anna, and another one Albert
        around: dict[int, set[int]] = defaultdict(set)
        for edge in (*some, *sure):
            a, b = seat[edge.a], seat[edge.b]
            around[a].add(b)
            around[b].add(a)
        torn: set[tuple[int, int]] = set()
        outvoted: set[tuple[int, int]] = set()
        fitting = _by_name(looks, around, scorer) if some is weak else around
        for end, fits in fitting.items():
            against = _against(end, fits, are_rivals, bearers)
            everyone = sum(map(bearers.__getitem__, against))  # who is nobody's rival takes no side
            torn |= {(end, x) for x, n in against.items() if (everyone - n) * MICRO < same * everyone}
            outvoted |= {(end, x) for x, n in against.items() if n * MICRO >= same * everyone}
        for each, falling in ((some, torn), (sure, outvoted)):
            for edge in each:
                a, b = seat[edge.a], seat[edge.b]
                if (a, b) in falling or (b, a) in falling:
                    fallen.add(edge.pair)
    return fallen


def _by_name(looks: Sequence[Profile], around: Mapping[int, set[int]], scorer: Scorer) -> dict[int, set[int]]:
    """What each profile fits by edges ``around`` it, and what it would by its names and theirs.

    Of the bearers of one name, of whatever types and with whatever aliases, a wide block compares the first
    with other names, and more only by chance. So a profile also fits, weakly, others that bear the names of
    what it fits; and what those fit that have only its names, or its own ones, and may be one with it.
    """
    same, sure = scorer.epoch.same, scorer.epoch.sure
    bearing: dict[Hashable, list[int]] = defaultdict(list)
    for seat, look in enumerate(looks):
        bearing[look.full, look.short, look.formal].append(seat)

    def may_be(x: int, y: int) -> bool:
        p, q = looks[x], looks[y]
        return x != y and scorer.compatible(p.type, q.type) and not p.is_other_gender(q)

    weakly = {
        end: fits.union(
            y
            for x in fits
            for y in bearing[looks[x].full, looks[x].short, looks[x].formal]
            if y != end and same <= scorer.score(looks[end], looks[y]) < sure
        )
        for end, fits in around.items()
    }
    found = {end: set(fits) for end, fits in weakly.items()}
    for end, fits in found.items():
        look = looks[end]
        own = tuple(name for name in look.formal if name in look.own)
        for names in {(look.full, look.short, look.formal), (look.own, (), own)}:
            for other in bearing.get(names, ()):
                if may_be(end, other):
                    fits.update(x for x in weakly.get(other, ()) if may_be(end, x))
    return found


def _against(
    end: int,
    fits: Collection[int],
    are_rivals: Callable[[int, int, int], bool],
    bearers: Mapping[int, int],
) -> dict[int, int]:
    """Those of what an end fits that have rivals there, with how many bear the names of these."""
    against: dict[int, int] = defaultdict(int)
    for x, y in combinations(fits, 2):
        if are_rivals(end, x, y):
            against[x] += bearers[y]
            against[y] += bearers[x]
    return against


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
