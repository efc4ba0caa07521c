"""A state that returns: where a rival was told between two statements of it, they are two stretches.

Ann leads (2010), Bob leads (2012), Ann leads (2015): of Ann there are two facts, and Bob's lies between them.
Rivals are other things of which one at a time is told of an end (``grouping``, F and I), and what is asserted
and denied (P): a denial told between two statements parts them, and so does a statement two denials. None of
it needs a validity: a statement vouches for its own date, and from its beginning or to its end where it says
them. One that vouches for the days of a rival's statement is not parted by it.

A rival that is rather wrong than right parts nothing that is rather right on both sides of it: what a poor
source says once between many good ones is no change. Else its weight does not matter, as it does not where
the newest statement stands (``conflicts``). Nor does it part what a person has decided for or against it.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from graph.fusion.conflicts import Ruled, ruling_on
from graph.fusion.epoch import Epoch
from graph.fusion.facts import (
    Document,
    Family,
    Statement,
    as_written,
    believed,
    first_day,
    independent_voices,
    last_day,
)
from graph.fusion.grouping import Grouping, GroupKey, denies, exclude
from graph.ontology import Ontology
from graph.relations import Temporal
from graph.types import MICRO, ContentId, Value

Saying = Mapping[Value | None, Sequence[Statement]]  # of one family, by value (``facts.by_value``)


class Told(NamedTuple):
    """A statement and the days that it vouches for, as sortable text."""

    first: str
    last: str
    statement: Statement


class _Rival(NamedTuple):
    told: Told
    family: Family
    value: Value | None


def parting_keys(family: Family, keys: Iterable[GroupKey], ontology: Ontology) -> list[GroupKey]:
    """Of a family's groups those whose members part each other's stretches."""
    relation = ontology.relation_types.get(family.relation)
    if relation is None or relation.temporal is not Temporal.STATE:
        return []
    return [key for key in keys if key[0] in "FIP"]


def gaps(statements: Sequence[Statement]) -> list[tuple[str, str]]:
    """The days between which none of these vouches for any: the last day before, the first day after."""
    return list(_gaps(_told(statements))) if len(statements) > 1 else []


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
        cuts = [gap[1] for gap in between if self._parts(family, value, gap)]
        parts: list[list[Statement]] = [[] for _ in range(len(cuts) + 1)]
        for statement in said:
            told = _vouched(statement)
            parts[-1 if told is None else bisect_right(cuts, told.first)].append(statement)
        return parts

    def _parts(self, family: Family, value: Value | None, gap: tuple[str, str]) -> bool:
        """Whether a rival that counts was told within this gap."""
        doubtful = False
        for key in self._keys[family]:
            inside: dict[tuple[Family, Value | None], list[Statement]] = defaultdict(list)
            for rival in self._within(key, gap):
                if self._are_rivals(key, (family, value), (rival.family, rival.value)):
                    if self._is_believed([rival.told.statement]):
                        return True
                    inside[rival.family, rival.value].append(rival.told.statement)
            if any(map(self._is_believed, inside.values())):
                return True
            doubtful = doubtful or bool(inside)
        return doubtful and not self._firm(self._said[family][value], gap)

    def _firm(self, said: Sequence[Statement], gap: tuple[str, str]) -> bool:
        """Whether what is told before the gap and what is told after it are both rather right than wrong."""
        told = _told(said)
        before = [each.statement for each in told if each.last <= gap[0]]
        after = [each.statement for each in told if each.first >= gap[1]]
        return self._is_believed(before) and self._is_believed(after)

    def _is_believed(self, said: Sequence[Statement]) -> bool:
        claims = [statement.claim for statement in said]
        return 2 * believed(independent_voices(claims, self._documents, self._epoch)) >= MICRO

    def _are_rivals(
        self, key: GroupKey, mine: tuple[Family, Value | None], yours: tuple[Family, Value | None]
    ) -> bool:
        if ruling_on(self._ruled, *mine) != ruling_on(self._ruled, *yours):
            return False
        (family, value), (other, its) = mine, yours
        forms = {v: as_written(v, self._said[of][v]) for of, v in (mine, yours) if v is not None}
        if key[0] == "P":
            asserted, denied = (value, its) if family.polarity else (its, value)
            return family.polarity is not other.polarity and denies(denied, asserted, forms)
        said, others = (self._grouping.said(key, of) for of in (family, other))
        return exclude(said, others, value, its, forms)

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
                key=lambda rival: rival.told.first,
            )
        for at in range(bisect_right(group, gap[0], key=lambda rival: rival.told.first), len(group)):
            if group[at].told.first >= gap[1]:
                return
            if group[at].told.last < gap[1]:
                yield group[at]


def _told(statements: Iterable[Statement]) -> list[Told]:
    """The dated ones, by their first days."""
    found = [told for statement in statements if (told := _vouched(statement)) is not None]
    return sorted(found, key=lambda told: told.first)


def _vouched(statement: Statement) -> Told | None:
    claim = statement.claim
    start, end, stated = claim.valid_from, claim.valid_to, claim.stated
    if not (start or end or stated):
        return None
    first = first_day(start) if start else min(first_day(date) for date in (stated, end) if date)
    last = last_day(end) if end else max(last_day(date) for date in (start, stated) if date)
    return Told(first, last, statement)


def _gaps(told: Sequence[Told]) -> Iterator[tuple[str, str]]:
    reach = ""
    for each in told:
        if reach and each.first > reach:
            yield reach, each.first
        reach = max(reach, each.last)
