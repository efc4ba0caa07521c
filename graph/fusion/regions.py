"""Which regions lie in which, as far as everybody knows: continents, countries, and states of some of these.

A document that tells of "Springfield, Illinois" and one that tells of "Springfield, Massachusetts" rarely say
that no town lies in both. This says it, by the names of regions alone (``regions.toml``), and keeps silent
on all that it does not list: of "Ulm, Germany" and "Ulm, Danube Valley" nobody knows which lies in which.
"""

import tomllib
from collections.abc import Collection, Iterable
from functools import cache
from importlib.resources import files

from graph.fusion.names import NameOf, readings

Region = frozenset[str]  # all that one name may mean: Georgia is a country, and a state of another one


def region(names: Iterable[str]) -> Region:
    """What is listed under any of these normalised names; empty for what is not.

    A part without a name of its own is taken for the whole: for Eastern Europe Europe, which only ever makes
    less of a difference.
    """
    listed = _listed()
    found = [listed.get(name) or _without_bearing(name) for name in names]
    return frozenset().union(*found)


def same(some: Collection[Region], others: Collection[Region]) -> bool | None:
    """Whether what lies in all of ``some`` may be what lies in all of ``others``: True where both name a
    region, False where none of the two sides' closest regions lies in one of the other's, else None."""
    mine, yours = _closest(some), _closest(others)
    pairs = [(x, y) for x in mine for y in yours]
    if any(not x.isdisjoint(y) for x, y in pairs):
        return True
    if not pairs or any(_lies_in(x, y) or _lies_in(y, x) for x, y in pairs):
        return None
    return False


def is_spanning(name: str) -> bool:
    """Whether what bears this normalised name often lies in several regions: rivers, ranges, tunnels."""
    words = name.split()
    return bool(words) and not _spanning().isdisjoint((words[0], words[-1]))


def _closest(told: Collection[Region]) -> list[Region]:
    """Without those in which another one lies. A name of several regions means those of them that lie in
    another one told, if any does."""
    meant = [_meant(each, told) for each in told if each]
    return [each for each in meant if not any(_lies_in(other, each) for other in meant)]


def _meant(name: Region, told: Collection[Region]) -> Region:
    if len(name) == 1:
        return name
    others = frozenset().union(*(each for each in told if each != name))
    return frozenset(r for r in name if not _around()[r].isdisjoint(others)) or name


def _lies_in(x: Region, y: Region) -> bool:
    around = _around()
    return any(not around[r].isdisjoint(y) for r in x)


_BEARINGS = frozenset(
    """north south east west northern southern eastern western northeastern northwestern southeastern
southwestern central upper lower mid""".split()
)


def _without_bearing(name: str) -> Region:
    words = name.split()
    while len(words) > 1 and words[0] in _BEARINGS:
        words = words[1:]
    return _listed().get(" ".join(words), frozenset())


# ---------------------------------------------------------------- the list


@cache
def _listed() -> dict[str, Region]:
    """Normalised names to what they may mean."""
    data = _data()
    found: dict[str, set[str]] = {}
    for one in _around():
        for name in (one.partition(" (")[0], *data["called"].get(one, ())):
            for reading in {*readings(name, NameOf.THING), *readings(name, NameOf.BODY)}:
                found.setdefault(reading, set()).add(one)
    return {name: frozenset(meant) for name, meant in found.items()}


@cache
def _around() -> dict[str, Region]:
    """Each region with all in which it lies."""
    holds: dict[str, list[str]] = _data()["holds"]
    within: dict[str, set[str]] = {}
    for whole, parts in holds.items():
        within.setdefault(whole, set())
        for part in parts:
            within.setdefault(part, set()).add(whole)

    def above(one: str) -> set[str]:
        return within[one].union(*(above(whole) for whole in within[one]))

    return {one: frozenset(above(one)) for one in within}


@cache
def _spanning() -> frozenset[str]:
    return frozenset(_data()["spanning"]["words"])


@cache
def _data() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(files("graph.fusion").joinpath("regions.toml").read_text(encoding="utf-8"))
