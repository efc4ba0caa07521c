"""What an epoch knows about matching records: one integer weight a feature, and what a word's repetition
tells.

The log-odds that two records are one are a sum over features, bent by a rising curve: nothing but the epoch
and the two records is read, in integers. A calibrated epoch learns all of it (``graph.epochs``); the prior
knows only how much their texts have in common (``likeness``).
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Any

from graph.errors import InvalidInput
from graph.fusion.comparison import MILLI, Kind, Look, Rarity, compare, feature_names, told
from graph.fusion.likeness import likeness
from graph.types import MICRO

_ANY = ""  # the source that stands for those an epoch has not seen
TELLING = ("tell:shared", "tell:alone", "tell:worst")  # the features that read ``tells``
LIKENESS = "*:likeness"  # the feature of ``likeness``, where it is what was learnt from
# Where nothing is learnt: thousandths of likeness at which it is even whether two are one, and micro-nats a
# thousandth.
_EVEN, _STEEP = 900, MICRO // 15
_CURVED = 64  # log-odds beyond which certainty is not told apart
_STRAIGHT = ((-30 * MICRO, -30 * MICRO), (30 * MICRO, 30 * MICRO))


@dataclass(frozen=True, slots=True)
class Weights:
    """``features``: mean (thousandths) and weight (micro-nats a thousandth) of each measure by name.
    ``curve``: knots (x, y) in micro-nats, x the weighted sum, y the log-odds that two candidates are one."""

    features: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    curve: tuple[tuple[int, int], ...] = _STRAIGHT

    def parameters(self) -> dict[str, Any]:
        return {
            "features": {name: list(pair) for name, pair in self.features.items()},
            "curve": [list(knot) for knot in self.curve],
        }

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> "Weights":
        """AttributeError, TypeError, ValueError or InvalidInput for what ``parameters`` would not write."""
        read = cls(
            {n: _two(p) for n, p in parameters.get("features", {}).items()},
            tuple(_two(k) for k in parameters.get("curve", _STRAIGHT)),
        )
        if not read.curve or any(x >= y for (x, _), (y, _) in pairwise(read.curve)):
            raise InvalidInput("the knots of a matcher's curve must rise")
        return read


@dataclass(frozen=True, slots=True)
class Matcher:
    """``words`` and ``grams``: how rare each is among the records, see ``Rarity``.

    ``tells``: by source and word, in thousandths of a nat, what it says when the other side repeats the word
    and when it does not; a key that starts with "~" stands for a class of words.

    ``weights``: of two records. ``gaps``: instead, where either lacks just these of all the attributes that
    ``gaps`` name (sorted).
    """

    attributes: Mapping[str, Kind] = field(default_factory=dict)
    words: Mapping[str, int] = field(default_factory=dict)
    grams: Mapping[str, int] = field(default_factory=dict)
    tells: Mapping[str, Mapping[str, tuple[int, int]]] = field(default_factory=dict)
    weights: Weights = field(default_factory=Weights)
    gaps: Mapping[tuple[str, ...], Weights] = field(default_factory=dict)

    def parameters(self) -> dict[str, Any]:
        """JSON-ready; ``from_parameters`` reads it back. Gaps are left out where none is learnt: a matcher
        from before them keeps its epoch's id."""
        gaps = [{"lacking": list(names)} | weights.parameters() for names, weights in self.gaps.items()]
        return {
            "attributes": {name: kind.value for name, kind in self.attributes.items()},
            "words": dict(self.words),
            "grams": dict(self.grams),
            "tells": {s: {w: list(pair) for w, pair in told.items()} for s, told in self.tells.items()},
            **self.weights.parameters(),
            **({"gaps": gaps} if gaps else {}),
        }

    def weights_of(self, a: Look, b: Look) -> Weights:
        telling = {name for names in self.gaps for name in names}
        lacking = tuple(sorted(name for name in telling if not (a.has(name) and b.has(name))))
        return self.gaps.get(lacking, self.weights)

    @property
    def rarity(self) -> Rarity:
        return Rarity(self.words, self.grams)

    @classmethod
    def from_parameters(cls, parameters: Any) -> "Matcher":
        """InvalidInput for anything that ``parameters`` would not have written."""
        if not isinstance(parameters, Mapping) or not parameters.keys() <= _PARAMETERS:
            raise InvalidInput(f"an epoch's matcher has {', '.join(sorted(_PARAMETERS))} only")
        try:
            read = cls(
                attributes={n: Kind(k) for n, k in parameters.get("attributes", {}).items()},
                words={w: _whole(v) for w, v in parameters.get("words", {}).items()},
                grams={g: _whole(v) for g, v in parameters.get("grams", {}).items()},
                tells={
                    s: {w: _two(p) for w, p in told.items()}
                    for s, told in parameters.get("tells", {}).items()
                },
                weights=Weights.from_parameters(parameters),
                gaps=dict(_gap(**gap) for gap in parameters.get("gaps", ())),
            )
        except (AttributeError, TypeError, ValueError) as error:
            raise InvalidInput(f"an epoch's matcher is ill-formed: {error}") from error
        return read


_WEIGHTS = frozenset({"features", "curve"})
_PARAMETERS = _WEIGHTS | {"attributes", "words", "grams", "tells", "gaps"}


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError(f"{value!r} is no whole number")
    return value


def _gap(*, lacking: Any, **weights: Any) -> tuple[tuple[str, ...], Weights]:
    if not isinstance(lacking, list) or not lacking or not all(isinstance(name, str) for name in lacking):
        raise TypeError(f"{lacking!r} is no list of attributes")
    if not weights.keys() <= _WEIGHTS:
        raise TypeError(f"a gap has {', '.join(sorted(_WEIGHTS))} and lacking only")
    return tuple(sorted(lacking)), Weights.from_parameters(weights)


def _two(pair: Any) -> tuple[int, int]:
    first, second = pair
    return _whole(first), _whole(second)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A record as its source shows it."""

    source: str
    look: Look


def log_odds(matcher: Matcher, rarity: Rarity, a: Sighting, b: Sighting) -> int:
    """Micro-nats that the two are one; symmetric."""
    weights = matcher.weights_of(a.look, b.look)
    if not weights.features:
        return prior(likeness(a.look, b.look))
    compared = compare(a.look, b.look, matcher.attributes)
    vector: dict[str, int | None] = dict(zip(feature_names(matcher.attributes), compared, strict=True))
    if LIKENESS in weights.features:
        vector[LIKENESS] = likeness(a.look, b.look)
    vector |= zip(TELLING, telling(matcher.tells, rarity, a, b), strict=True)
    total = 0
    for name, (mean, weight) in weights.features.items():
        if (value := vector.get(name)) is not None:
            total += weight * (value - mean)
    return bent(weights.curve, total)


def prior(alike: int) -> int:
    """Micro-nats that two of this likeness are one, where nothing is learnt of such."""
    return _STEEP * (alike - _EVEN)


def bent(curve: Sequence[tuple[int, int]], x: int) -> int:
    """Straight lines between the knots, level beyond them."""
    at = bisect_right(curve, (x, _CURVED * MICRO))
    if at == 0 or at == len(curve):
        return curve[max(at - 1, 0)][1]
    (x0, y0), (x1, y1) = curve[at - 1], curve[at]
    return y0 + (y1 - y0) * (x - x0) // (x1 - x0)


def telling(
    tells: Mapping[str, Mapping[str, tuple[int, int]]], rarity: Rarity, a: Sighting, b: Sighting
) -> tuple[int, int, int]:
    """(shared, alone, worst): the words both have, those only one has, and the one that speaks most against,
    in thousandths of a nat."""
    shared, mine, yours = told(a.look.whole, b.look.whole)
    left, right = _of_source(tells, a.source), _of_source(tells, b.source)
    together = sum(tell(left, w, rarity)[0] + tell(right, w, rarity)[0] for w in shared) // 2
    against = [tell(left, w, rarity)[1] for w in mine] + [tell(right, w, rarity)[1] for w in yours]
    return together, sum(against), min(against, default=0)


def _of_source(
    tells: Mapping[str, Mapping[str, tuple[int, int]]], source: str
) -> Mapping[str, tuple[int, int]]:
    return tells.get(source) or tells.get(_ANY, {})


def tell(known: Mapping[str, tuple[int, int]], word: str, rarity: Rarity) -> tuple[int, int]:
    return known.get(word) or known.get(word_class(word, rarity), (0, 0))


@lru_cache(maxsize=1 << 16)
def _shape(word: str) -> str:
    digits = sum(c.isdigit() for c in word)
    if digits:
        return "number" if digits == len(word) else "mixed"
    return "short" if len(word) < 3 else "word"


def word_class(word: str, rarity: Rarity) -> str:
    """The class of words that stand in for each other: their shape and how rare they are, in sixths."""
    return f"~{_shape(word)} {rarity.word(word) * 6 // (MILLI + 1)}"
