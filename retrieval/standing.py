"""Which values stand where passages tell different ones: weighed for each thing of the name, copies counted
once.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from graph.fusion.odds import log_odds
from graph.types import MICRO, Value, ValueKind
from retrieval.values import Told

_TRUST = 700_000  # micro-units: of a document of which nothing else is known
_CLEAR = 405_465  # micro-nats, odds of 3 to 2: what a value must weigh more than another to stand alone


@dataclass(frozen=True, slots=True)
class Standing:
    """A value of one thing, with the passages that tell it, best first, by number. ``weight`` in micro-nats.

    ``stands``: no other value of the thing is clearly heavier. ``text`` is how the best passage writes it.
    """

    thing: int
    value: Value
    text: str
    weight: int
    passages: tuple[int, ...]
    stands: bool


def standing_values(
    told: Sequence[Sequence[Told]], things: Sequence[int], copied: Sequence[int]
) -> list[Standing]:
    """All values, the things in order and each one's heaviest value first; of equal ones that which more
    passages tell, copies among them.

    ``told``, ``things`` and ``copied`` (a class of near-copies) have a row a passage. A value that says
    another in more words or digits has the other's passages too: who says 2007 does not deny November 2007.
    What a class of copies says weighs once, by its firmest word. A function of the set of passages, but for
    their numbers.
    """
    votes: dict[int, dict[Value, dict[int, Told]]] = defaultdict(lambda: defaultdict(dict))
    for number, some in enumerate(told):
        for each in some:
            votes[things[number]][each.value][number] = each
    found: list[Standing] = []
    for thing in sorted(votes):
        found += _of_thing(thing, votes[thing], copied)
    return found


def _of_thing(thing: int, votes: dict[Value, dict[int, Told]], copied: Sequence[int]) -> list[Standing]:
    merged = _merged(votes)
    weighed = sorted(
        ((-_weight(by, copied), -len(by), value, by) for value, by in merged.items()), key=lambda row: row[:3]
    )
    heaviest = -weighed[0][0]
    standing = []
    for weight, _, value, by in weighed:
        order = sorted(by, key=lambda n: (-by[n].belief, by[n].text, n))
        exact = next((by[n] for n in order if by[n].value == value), by[order[0]])
        standing.append(Standing(thing, value, exact.text, -weight, tuple(order), heaviest + weight < _CLEAR))
    return standing


def _weight(by: dict[int, Told], copied: Sequence[int]) -> int:
    firmest: dict[int, float] = {}
    for number, each in by.items():
        firmest[copied[number]] = max(firmest.get(copied[number], 0.0), each.belief)
    return sum(round(belief * MICRO) * log_odds(_TRUST) // MICRO for belief in firmest.values())


def _merged(votes: dict[Value, dict[int, Told]]) -> dict[Value, dict[int, Told]]:
    """Each value that no other says in more words, with the passages of those that say it in fewer.

    A value that several rivals contain keeps to itself: it does not tell which of them is meant.
    """
    fuller = {v: [w for w in votes if w != v and _contains(w, v)] for v in votes}
    widest = {v: [w for w in found if not fuller[w]] for v, found in fuller.items()}
    merged: dict[Value, dict[int, Told]] = {v: dict(by) for v, by in votes.items() if len(widest[v]) != 1}
    for v, found in widest.items():
        if len(found) == 1:
            for number, each in votes[v].items():
                merged[found[0]].setdefault(number, each)
    return merged


def _contains(fuller: Value, value: Value) -> bool:
    if fuller.kind is not value.kind:
        return False
    if value.kind is ValueKind.TEXT:
        return f" {value.text} " in f" {fuller.text} "
    return value.kind is ValueKind.DATE and fuller.text.startswith(f"{value.text}-")
