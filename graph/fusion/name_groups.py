"""Which names of one component go together by more than how alike they are: by a person's word, by a model's,
or because a document says that they are one thing's."""

from collections import defaultdict
from collections.abc import Collection
from itertools import combinations

from graph.fusion.components import components
from graph.fusion.profiles import Profile
from graph.fusion.scoring import Scorer

_OWNS = 20  # own names of one alias that are compared with each other


class NameGroups:
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
