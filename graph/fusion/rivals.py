"""Edges that fall because one of their ends fits a rival of the other as well."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import combinations

from graph.fusion.blocking import Pair
from graph.fusion.components import Edge
from graph.fusion.name_groups import NameGroups
from graph.fusion.profiles import Profile
from graph.fusion.scoring import Scorer
from graph.types import MICRO, ReferentId

_Names = tuple[tuple[str, ...], ...]  # full, short, and of the full those with a legal form


def rivalled(
    edges: Sequence[Edge], looks: Mapping[ReferentId, Profile], names: NameGroups, scorer: Scorer
) -> set[Pair]:
    """The edges of which one end, or another of its profile, has such an edge to a rival of the other, too.

    Such are weak ones, and those of names that things have whose types or titles exclude each other. Not if
    ``same`` or more of all rivals at that end are none of it. A sure edge of a name with a legal form and one
    without is a rival of weak ones, and falls only if ``same`` or more are rivals of it: "Siemens" goes with
    "Siemens AG", and not with "Siemens Energy AG, in short Siemens", unless nearly all who bear the name are
    called so. O(edges, and squares of profiles at one).
    """
    if len(edges) < 2:
        return set()

    def is_weak(edge: Edge) -> bool:
        return edge.score < scorer.epoch.sure or names.meet_by_alias(*map(looks.__getitem__, edge.pair))

    free = [e for e in edges if not e.certain]
    weak, formed = [], []
    for e in free:
        if is_weak(e):
            weak.append(e)
        elif scorer.differ_in_form(looks[e.a], looks[e.b]):
            formed.append(e)
    types = {look.type for look in looks.values()}
    mixed = any(not scorer.compatible(a, b) for a, b in combinations(types, 2))
    mixed = mixed or len({look.gender for look in looks.values()} - {""}) > 1
    if not (weak or mixed):
        return set()
    number: dict[Profile, int] = {}
    seat = {r: number.setdefault(look, len(number)) for r, look in looks.items()}
    faces, bearers, same = list(number), Counter(seat.values()), scorer.epoch.same
    joined = {pair for e in edges for pair in ((seat[e.a], seat[e.b]), (seat[e.b], seat[e.a]))}

    def rivals(end: int, x: int, y: int) -> bool:
        """Names that are opposed, or that nothing joins by themselves: Christina and Christine. A name of one
        word may be another's alias; only beside a third such name the two are rivals."""
        p, q = faces[x], faces[y]
        if names.apart(p, q):
            return True
        of_one_kind = bool(p.full and q.full) or not (p.full or q.full or faces[end].full)
        nearly = x != y and of_one_kind and scorer.score(p, q) < same
        return nearly and (x, y) not in joined and not names.linked(p, q)

    def homonyms(_: int, x: int, y: int) -> bool:
        return scorer.homonyms(faces[x], faces[y])

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
        fitting = _by_name(faces, around, scorer) if some is weak else around
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
    bearing: dict[_Names, list[int]] = defaultdict(list)
    for seat, look in enumerate(looks):
        bearing[_names(look)].append(seat)

    def may_be(x: int, y: int) -> bool:
        p, q = looks[x], looks[y]
        return x != y and scorer.compatible(p.type, q.type) and not p.is_other_gender(q)

    weakly = {
        end: fits.union(
            y
            for x in fits
            for y in bearing[_names(looks[x])]
            if y != end and same <= scorer.score(looks[end], looks[y]) < sure
        )
        for end, fits in around.items()
    }
    found = {end: set(fits) for end, fits in weakly.items()}
    for end, fits in found.items():
        look = looks[end]
        own = tuple(name for name in look.formal if name in look.own)
        for names in {_names(look), (look.own, (), own)}:
            for other in bearing.get(names, ()):
                if may_be(end, other):
                    fits.update(x for x in weakly.get(other, ()) if may_be(end, x))
    return found


def _names(look: Profile) -> _Names:
    return look.full, look.short, look.formal


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
