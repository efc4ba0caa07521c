"""What people have decided about statements: which are right, and of states until when they said so.

A decision for 2019 reaches what says so more precisely, as 2019-05 does, and overrules what cannot be beside
2019: another year, but no denial of May.
"""

from collections.abc import Mapping
from typing import NamedTuple

from graph.fusion.facts import RawFact
from graph.fusion.normalize import refines
from graph.fusion.statements import Family
from graph.types import PartialDate, Value


class Word(NamedTuple):
    """A decision by its position, which says which of two is the later; and the literal that it names, as it
    is compared. ``as_of``: of a state, the time of which it speaks; what began later is news to it."""

    position: int
    value: Value | None = None
    as_of: PartialDate | None = None


NO_WORD = Word(-1)
Ruled = Mapping[Family, Mapping[Value | None, Word]]  # by statement, its phrase left out, and by literal


def is_worthless(ruled: Ruled, fact: RawFact) -> bool:
    """Whether no source of it is trusted at all, and nobody decided for it."""
    return fact.confidence == 0 and word_on(ruled, fact.family, fact.value) == NO_WORD


def word_on(ruled: Ruled, family: Family, value: Value | None) -> Word:
    """The latest decision for this statement."""
    words = ruled.get(family if not family.phrase else family._replace(phrase="")) if ruled else None
    if not words:
        return NO_WORD
    reached = (
        word
        for named, word in words.items()
        if named == value or (named is not None and value is not None and refines(value, named))
    )
    return max(reached, key=lambda word: word.position, default=NO_WORD)
