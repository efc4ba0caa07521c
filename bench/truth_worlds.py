"""Made-up worlds for truth discovery: objects whose true value is known, and sources of every sort.

A world is a function of its kind and seed. The true value is always ``v0``: who predicts may compare values,
and read nothing into them.
"""

import random
from collections.abc import Callable

Claims = list[tuple[str, str, str]]  # object, source, value
_OBJECTS = 250


def world(kind: str, seed: int) -> tuple[Claims, dict[str, str]]:
    """Its claims, sorted, and each object's true value."""
    rng = random.Random(f"{kind} {seed}")
    objects = [f"object {n}" for n in range(_OBJECTS)]
    return sorted(set(KINDS[kind](rng, objects))), dict.fromkeys(objects, "v0")


def _said(rng: random.Random, accuracy: float, false_values: int) -> str:
    return "v0" if rng.random() < accuracy else f"v{rng.randint(1, false_values)}"


def _name(rng: random.Random) -> str:
    return "".join(rng.choices("abcdefghijk", k=9))


def _panel(low: float, high: float, false_values: int) -> Callable[[random.Random, list[str]], Claims]:
    """Twelve independent sources that each speak of a third of the objects."""

    def claims(rng: random.Random, objects: list[str]) -> Claims:
        sources = [(_name(rng), rng.uniform(low, high)) for _ in range(12)]
        return [
            (o, s, _said(rng, accuracy, false_values))
            for s, accuracy in sources
            for o in objects
            if rng.random() < 0.35
        ]

    return claims


def _few_good(rng: random.Random, objects: list[str]) -> Claims:
    """Of two values: three accurate sources agree much, among eight hardly better than a coin."""
    rates = (0.9, 0.85, 0.8, 0.6, 0.55, 0.55, 0.5, 0.5, 0.45, 0.4, 0.35)
    return [
        (o, f"source {n}", _said(rng, accuracy, 1))
        for n, accuracy in enumerate(rates)
        for o in objects
        if rng.random() < 0.6
    ]


def _house_styles(*speakers: int) -> Callable[[random.Random, list[str]], Claims]:
    """So many independent sources write values in one style each; the first style is that of the answers."""

    def claims(rng: random.Random, objects: list[str]) -> Claims:
        styles = [style for style, many in enumerate(speakers) for _ in range(many)]
        sources = [(_name(rng), style, rng.uniform(0.5, 0.95)) for style in styles]
        return [
            (o, s, f"style {style}: {value}" if style else value)
            for s, style, accuracy in sources
            for o in objects
            if rng.random() < 0.4
            for value in [_said(rng, accuracy, 8)]
        ]

    return claims


def _copying(accuracy: float, false_values: int) -> Callable[[random.Random, list[str]], Claims]:
    """Six independent sources, and five that copy most of what a bad one says."""

    def claims(rng: random.Random, objects: list[str]) -> Claims:
        found: Claims = []
        for _ in range(6):
            source, right = _name(rng), rng.uniform(0.55, 0.85)
            found += [(o, source, _said(rng, right, false_values)) for o in objects if rng.random() < 0.6]
        copied = {o: _said(rng, accuracy, false_values) for o in objects if rng.random() < 0.8}
        for _ in range(5):
            source = _name(rng)
            for o, value in copied.items():
                if rng.random() < 0.8:
                    repeats = rng.random() < 0.9
                    found.append((o, source, value if repeats else _said(rng, 0.5, false_values)))
        return found

    return claims


def _one_claim(
    *groups: tuple[str, float], register: float = 0.0
) -> Callable[[random.Random, list[str]], Claims]:
    """Two to five sources an object, each heard once; of a group that its name tells, or of none ("")."""

    def claims(rng: random.Random, objects: list[str]) -> Claims:
        found: Claims = []
        for o in objects:
            for _ in range(rng.choice((2, 2, 3, 3, 3, 4, 4, 5))):
                group, right = rng.choice(groups)
                source = f"{group} {rng.randrange(10**6)}" if group else _name(rng)
                found.append((o, source, _said(rng, right, 8)))
            if rng.random() < register:
                found.append((o, "register", _said(rng, 0.9, 8)))
        return found

    return claims


def _loud(accuracy: float, others: float) -> Callable[[random.Random, list[str]], Claims]:
    """One source that speaks of nearly everything, among strangers who are each heard once."""

    def claims(rng: random.Random, objects: list[str]) -> Claims:
        found = [(o, "loud", _said(rng, accuracy, 8)) for o in objects if rng.random() < 0.9]
        for o in objects:
            found += [(o, _name(rng), _said(rng, others, 8)) for _ in range(rng.choice((1, 2, 2, 3)))]
        return found

    return claims


def _rumours(rng: random.Random, objects: list[str]) -> Claims:
    """Of most objects one false value is popular."""
    popular = {o for o in objects if rng.random() < 0.6}
    found: Claims = []
    for _ in range(12):
        source, right = _name(rng), rng.uniform(0.2, 0.9)
        for o in objects:
            if rng.random() < 0.35:
                value = _said(rng, right, 8)
                misled = value != "v0" and o in popular and rng.random() < 0.8
                found.append((o, source, "v1" if misled else value))
    return found


_STRANGERS = (("", 0.4), ("", 0.6), ("", 0.8))

KINDS: dict[str, Callable[[random.Random, list[str]], Claims]] = {
    "few values": _panel(0.5, 0.95, 1),
    "many values": _panel(0.15, 0.85, 20),
    "accurate sources": _panel(0.85, 0.99, 8),
    "accurate sources, two values": _panel(0.85, 0.99, 1),
    "few good sources, two values": _few_good,
    "house styles": _house_styles(8, 6, 4),
    "copying sources": _copying(0.4, 8),
    "copying sources, two values": _copying(0.5, 1),
    "rumours": _rumours,
    "one claim each, telling names": _one_claim(("bot", 0.9), ("guest", 0.35), ("editor", 0.65)),
    "one claim each, and a register": _one_claim(*_STRANGERS, register=0.7),
    "one claim each, strangers": _one_claim(*_STRANGERS),
    "one loud source, accurate": _loud(0.85, 0.5),
    "one loud source, wrong": _loud(0.3, 0.7),
}
