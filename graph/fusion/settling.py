"""What a text leaves open, and what else is told of the same thing settles.

12/1/2011 is of December where that day is told in words, too. "Barrett Diane King Todd", "Barrett, Diane,
King, Todd" and "Barrett & King" are the list "Diane Barrett; Todd King" where one, and no other, is told that
may be meant: of the same words, or of the same surnames. Of two lists that have the words of each name in
another order the one is taken that begins with more given names.

That is read off the values of one family alone, as the unit of a bare number is. Every function here is pure.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping

from graph.fusion.moments import Moment
from graph.fusion.name_lists import Names

_Words = tuple[tuple[str, ...], ...]


def settled_moments(told: Collection[Moment]) -> Iterator[tuple[Moment, Moment]]:
    """Those that may be of several days, of which the others tell one, each with what it then is."""
    sure = {each.days.readings[0] for each in told if each.days and each.days.is_whole and each.days.is_sure}
    known = {day for day in sure if not any(other != day and other.lies_in(day) for other in sure)}
    for each in told if known else ():
        if each.days is not None and not each.days.is_sure:
            days = each.days.beside(known)
            if days != each.days:
                yield each, each._replace(days=days)


def settled_names(told: Collection[Names]) -> Iterator[tuple[Names, Names]]:
    """Those that leave open how the words are parted into names, or who bears a surname, each with the one
    list that tells."""
    whole = [each for each in told if not each.others]
    spelt: dict[_Words, list[Names]] = defaultdict(list)
    for each in whole:
        if each.are_full:
            spelt[each.words].append(each)
    lists: list[Names] = []
    for some in spelt.values():
        first = min(some, key=lambda each: (-each.given_first, -_bears_out(each, whole, some), each.names))
        for each in some:
            if each == first or (len(each.names) == 1 and each.given_first == first.given_first):
                lists.append(each)
            else:
                yield each, first
    several = [each for each in lists if len(each.names) > 1]
    by_words = _by(several, lambda each: each.all_words)
    by_surnames = _by([each for each in several if each.given_first], lambda each: each.surnames)
    for each in whole:
        if each.are_loose:
            meant = by_words.get(each.all_words, [])
            if not meant and len(each.names) > 1:
                meant = by_surnames.get(each.all_words, [])
            finest = [one for one in meant if not any(other.refines(one) for other in meant)]
            if len(finest) == 1:
                yield each, finest[0]


def _bears_out(one: Names, told: Collection[Names], some: Collection[Names]) -> int:
    """Of how many it says more, where another order of its words is told."""
    return sum(one.refines(other) for other in told) if len(some) > 1 else 0


def _by(
    lists: Collection[Names], key: Callable[[Names], tuple[str, ...]]
) -> Mapping[tuple[str, ...], list[Names]]:
    found: dict[tuple[str, ...], list[Names]] = defaultdict(list)
    for each in lists:
        found[key(each)].append(each)
    return found
