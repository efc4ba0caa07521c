"""A state that returns: where a rival was told between two statements of it, they are two stretches.

Ann leads (2010), Bob leads (2012), Ann leads (2015): of Ann there are two facts, and Bob's lies between them.
Rivals are other things of which one at a time is told of an end (``grouping``, F and I), and what is asserted
and denied (P): a denial told between two statements parts them, and so does a statement two denials. None of
it needs a validity: a statement vouches for its own date, and from its beginning or to its end where it says
them. One that vouches for the days of a rival's statement is not parted by it.

A rival that is rather wrong than right parts nothing that is rather right on both sides of it: what a poor
source says once between many good ones is no change. Else its weight does not matter, as it does not where
the newest statement stands (``conflicts``). Nor is what a person decided for parted by what that is against.

What is told in the past tense, at no date of its own, may tell of what is told before it: it begins no
stretch after that.

A decision for a rival parts a state too: what it tells of days up to the decision's time is decided against,
and what it tells of later ones only is news.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from graph.fusion.decided import Ruled, Word, word_on
from graph.fusion.epoch import Epoch
from graph.fusion.facts import as_written
from graph.fusion.grouping import Grouping, GroupKey, denies, exclude
from graph.fusion.periods import Days, last_day, vouched
from graph.fusion.statements import Family, Statement
from graph.fusion.support import Document, believed, independent_voices
from graph.ontology import Ontology
from graph.relations import Temporal
from graph.types import MICRO, ContentId, Value

Saying = Mapping[Value | None, Sequence[Statement]]  # of one family, by value (``facts.by_value``)
_TOLD_OF = "FIP"  # letters of the groups in which what is told between parts


class Told(NamedTuple):
    """A statement and the days that it vouches for."""

    days: Days
    statement: Statement


class _Rival(NamedTuple):
    told: Told
    family: Family
    value: Value | None


class _Side(NamedTuple):
    """What is said, and the decision for it."""

    family: Family
    value: Value | None
    word: Word


def parting_keys(
    family: Family, keys: Iterable[GroupKey], ontology: Ontology, decided: Collection[GroupKey]
) -> list[GroupKey]:
    """Of a family's groups those whose members may part its stretches, the ``decided`` ones among them."""
    relation = ontology.relation_types.get(family.relation)
    if relation is None or relation.temporal is not Temporal.STATE:
        return []
    return [key for key in keys if key[0] in _TOLD_OF or key in decided]


def gaps(statements: Sequence[Statement]) -> list[tuple[str, str]]:
    """The days between which none of these vouches for any: the last day before, the first day after."""
    told = _told(statements) if len(statements) > 1 else []
    return list(_gaps([x for x in told if not x.statement.claim.past or x.days.first == told[0].days.first]))


class Stretches:
    """Parts what families say, by what else is said in their groups. ``said`` holds all who may be rivals."""

    def __init__(
        self,
        said: Mapping[Family, Saying],
        keys: Mapping[Family, Sequence[GroupKey]],
        grouping: Grouping,
        ruled: Ruled,
        documents: Mapping[ContentId, Document],
        epoch: Epoch,
    ) -> None:
        self._said = said
        self._keys = keys
        self._grouping = grouping
        self._ruled = ruled
        self._documents = documents
        self._epoch = epoch
        self._families: dict[GroupKey, list[Family]] = defaultdict(list)
        for family in said:
            for key in keys[family]:
                self._families[key].append(family)
        self._groups: dict[GroupKey, list[_Rival]] = {}

    def of(self, family: Family) -> dict[Value | None, list[list[Statement]]]:
        """Each value's statements in their stretches, in order of time; undated ones in the last."""
        return {value: self._parted(family, value, said) for value, said in self._said[family].items()}

    def _parted(
        self, family: Family, value: Value | None, said: Sequence[Statement]
    ) -> list[list[Statement]]:
        between = gaps(said) if self._keys[family] else []
        mine = self._side(family, value)
        parted = {gap[1] for gap in between if self._parts(mine, gap)}
        cuts = sorted(parted | {*self._news(mine, between)} if self._ruled else parted)
        parts: list[list[Statement]] = [[] for _ in range(len(cuts) + 1)]
        for statement in said:
            days = vouched(statement.claim)
            parts[-1 if days is None else bisect_right(cuts, days.first)].append(statement)
        return parts

    def _parts(self, mine: _Side, gap: tuple[str, str]) -> bool:
        """Whether a rival that counts was told within this gap."""
        doubtful = False
        for key in (key for key in self._keys[mine.family] if key[0] in _TOLD_OF):
            inside: dict[tuple[Family, Value | None], list[Statement]] = defaultdict(list)
            for rival in self._within(key, gap):
                yours = self._side(rival.family, rival.value)
                if not self._are_rivals(key, mine, yours) or self._binds(key, mine, yours, rival.told.days):
                    continue
                if self._binds(key, yours, mine) or self._is_believed([rival.told.statement]):
                    return True
                inside[rival.family, rival.value].append(rival.told.statement)
            if any(map(self._is_believed, inside.values())):
                return True
            doubtful = doubtful or bool(inside)
        return doubtful and not self._firm(self._said[mine.family][mine.value], gap)

    def _news(self, mine: _Side, between: Sequence[tuple[str, str]]) -> Iterator[str]:
        """Where this, which decisions for rivals are against, begins to be news to them."""
        told = _told(self._said[mine.family][mine.value])
        for key in self._keys[mine.family] if between else ():
            for family in self._families[key]:
                for yours in (self._side(family, value) for value in self._said[family]):
                    if yours.word.as_of is None or not self._are_rivals(key, mine, yours):
                        continue
                    if self._binds(key, yours, mine, told[0].days):
                        after = last_day(yours.word.as_of)
                        yield from [start for _, start in between if start > after][:1]

    def _firm(self, said: Sequence[Statement], gap: tuple[str, str]) -> bool:
        """Whether what is told before the gap and what is told after it are both rather right than wrong."""
        told = _told(said)
        before = [each.statement for each in told if each.days.last <= gap[0]]
        after = [each.statement for each in told if each.days.first >= gap[1]]
        return self._is_believed(before) and self._is_believed(after)

    def _is_believed(self, said: Sequence[Statement]) -> bool:
        claims = [statement.claim for statement in said]
        return 2 * believed(independent_voices(claims, self._documents, self._epoch)) >= MICRO

    def _side(self, family: Family, value: Value | None) -> _Side:
        return _Side(family, value, word_on(self._ruled, family, value))

    def _are_rivals(self, key: GroupKey, mine: _Side, yours: _Side, *, as_named: bool = False) -> bool:
        """Whether they, or what the decision for the first one names and the other, cannot both be."""
        one, other = mine.word.value if as_named else mine.value, yours.value
        sides = (mine, yours)
        forms = {x.value: as_written(x.value, self._said[x.family][x.value]) for x in sides if x.value}
        if key[0] == "P":
            am, are = (self._grouping.asserts(side.family) for side in sides)
            asserted, denied = (one, other) if am else (other, one)
            return am is not are and denies(denied, asserted, forms)
        told, others = (self._grouping.said(key, side.family) for side in sides)
        return exclude(told, others, one, other, forms)

    def _binds(self, key: GroupKey, mine: _Side, yours: _Side, days: Days | None = None) -> bool:
        """Whether the decision for the one is against the other; of one that vouches for these days, unless
        that is news to it."""
        word = mine.word
        if word.position <= yours.word.position:
            return False
        if days is not None and word.as_of is not None and days.first > last_day(word.as_of):
            return False
        return self._are_rivals(key, mine, yours, as_named=True)

    def _within(self, key: GroupKey, gap: tuple[str, str]) -> Iterator[_Rival]:
        """Whatever of the group vouches for days of this gap only."""
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = sorted(
                (
                    _Rival(told, family, value)
                    for family in self._families[key]
                    for value, said in self._said[family].items()
                    for told in _told(said)
                ),
                key=lambda rival: rival.told.days.first,
            )
        for at in range(bisect_right(group, gap[0], key=lambda rival: rival.told.days.first), len(group)):
            days = group[at].told.days
            if days.first >= gap[1]:
                return
            if days.last < gap[1]:
                yield group[at]


def _told(statements: Iterable[Statement]) -> list[Told]:
    """The dated ones, by their first days."""
    found = [Told(days, each) for each in statements if (days := vouched(each.claim)) is not None]
    return sorted(found, key=lambda told: told.days.first)


def _gaps(told: Sequence[Told]) -> Iterator[tuple[str, str]]:
    reach = ""
    for each in told:
        if reach and each.days.first > reach:
            yield reach, each.days.first
        reach = max(reach, each.days.last)
