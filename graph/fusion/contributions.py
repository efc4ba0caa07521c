"""What a score stands on, feature by feature, in words for a person.

``Scorer.measure`` decides; this tells which of its rules did, and a law holds the two together.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

from graph.fusion.blocking import Pair, pair_of
from graph.fusion.company import Companions
from graph.fusion.contexts import TAG, Contexts, distance
from graph.fusion.names import person_name
from graph.fusion.profiles import Profile
from graph.fusion.scoring import Scorer, homographs, initials_agree, surname_agrees
from graph.fusion.testimony import HAS_ID, LIES_IN, Bearing, Said, Scales, Testimony
from graph.types import Referent, Value


@dataclass(frozen=True, slots=True)
class Contribution:
    """``amount``: what a feature adds to the score, in micro-units. What only excludes adds nothing."""

    feature: str
    amount: int
    detail: str


def contributions(scorer: Scorer, a: Profile, b: Profile) -> tuple[Contribution, Contribution]:
    """Those of the names and of the types; their amounts add up to the score."""
    if not scorer.compatible(a.type, b.type):
        excluded = Contribution("type", 0, f"{a.type} and {b.type} exclude each other: never one thing")
        return Contribution("name", 0, "not compared, because of the types"), excluded
    alike = f"both are {a.type}" if a.type == b.type else f"{a.type} and {b.type} may be one thing"
    score = scorer.measure(a, b)
    said = _people(scorer, a, b, score) if scorer.are_people(a, b) else _things(scorer, a, b, score)
    return Contribution("name", score, said if score else _nothing(a, b)), Contribution("type", 0, alike)


def testimony_contributions(
    scales: Scales, named: int, a: Profile, b: Profile, x: Testimony, y: Testimony
) -> tuple[Contribution, ...]:
    """What testimonies of two whose names score ``named`` add to that or take away; none where they do not
    meet."""
    told = told_apart(scales, x, y)
    return (Contribution("testimony", scales.score(named, a, b, x, y) - named, told),) if told else ()


def company_contribution(
    companions: Companions, pair: Pair, named: int, told: int
) -> tuple[Contribution, ...]:
    """What shared company adds to the score of names (``named``) and testimony (``told``), if it does."""
    raised = companions.weighed({pair: named}, {pair: told})[pair]
    if raised == told:
        return ()
    x, y = (companions.of(pair)[end] for end in pair)
    shared = _quoted(name for name, _ in sorted(companions.shared(x, y), key=lambda each: (-each[1], each)))
    return (Contribution("neighbours", raised - told, f"both are told of together with {shared}"),)


def context_contribution(
    contexts: Contexts, a: Referent, b: Referent, named: int, weighed: int
) -> tuple[Contribution, ...]:
    """What likeness of contexts adds to the score so far (``weighed``); none where it adds nothing."""
    pair = pair_of(a.id, b.id)
    raised = contexts.weighed({pair: named}, {pair: weighed})[pair]
    if raised == weighed:
        return ()
    bits, apart = 8 * (len(a.context) - TAG), distance(a.context, b.context)
    detail = f"both are mentioned in alike contexts: sketches of them differ in {apart} of {bits} bits"
    return (Contribution("context", raised - weighed, detail),)


def told_apart(scales: Scales, x: Testimony, y: Testimony) -> str:
    """In words, where two testimonies contradict each other and in what they agree."""
    found = sorted(scales.bearings(x, y), key=lambda each: (each.weight, each.topic))
    return "; ".join(_agreeing(each) if each.weight > 0 else _contradicting(each) for each in found)


def _agreeing(bearing: Bearing) -> str:
    if bearing.topic.relation == HAS_ID:
        return f"their document gives both the id {_values(bearing.mine & bearing.yours)}"
    return f"both are told {_relation(bearing)} {_values(bearing.mine & bearing.yours or bearing.mine)}"


def _contradicting(bearing: Bearing) -> str:
    if bearing.topic.relation == HAS_ID:
        ids = _values(bearing.mine | bearing.yours)
        return f"their document tells them apart by the ids {ids}"
    return f"one is told {_relation(bearing)} {_values(bearing.mine)}, the other {_values(bearing.yours)}"


def _relation(bearing: Bearing) -> str:
    under = "".join(f" ({name} {text})" for name, text in bearing.topic.qualifiers)
    if bearing.topic.relation == LIES_IN:
        return f"to lie in{under}"
    return f"{bearing.topic.relation}{'' if bearing.topic.away else ' of'}{under}"


def _values(said: Iterable[Said]) -> str:
    return _quoted(sorted(each.text if isinstance(each, Value) else _best_name(each) for each in said))


def _best_name(end: Profile) -> str:
    return end.names[0] if end.names else end.type


def _nothing(a: Profile, b: Profile) -> str:
    if a.is_other_gender(b):
        return f"{_quoted(a.names)} bears the title of a {_sex(a)}, {_quoted(b.names)} of a {_sex(b)}"
    both = bool(a.full and b.full)
    return f"{_quoted(a.names)} and {_quoted(b.names)} have nothing in common" + (
        "; two full names that differ so speak against it" if both else ""
    )


def _sex(of: Profile) -> str:
    return "man" if of.gender == "m" else "woman"


def _people(scorer: Scorer, a: Profile, b: Profile, score: int) -> str:
    if a.full and b.full and scorer.opposed(a, b):
        return _by_alias(a, b)
    for x, y in product(a.full, b.full):
        if scorer.person(x, y) == score:
            if x == y:
                return f"both are called {_quoted([x])}"
            if initials_agree(x, y):
                return f"{_quoted([x])} and {_quoted([y])} share the surname, and given names or initials"
            if surname_agrees(x, y):
                short, long = sorted((x, y), key=len)
                return f"{_quoted([short])} may be the surname alone of {_quoted([long])}"
            return f"{_quoted([x])} and {_quoted([y])} differ by one letter, which may be another person"
    if scorer.is_mononym(a, b):
        return f"both are called {_quoted(a.short[:1])}, by which word alone people here are named"
    if score == scorer.epoch.initials:
        return f"both are called {_quoted(sorted({*a.names} & {*b.names}))}, a surname alone"
    shared = {person_name(name).surname for name in a.names} & {person_name(name).surname for name in b.names}
    return f"they share the surname {_quoted(sorted(shared))} only"


def _things(scorer: Scorer, a: Profile, b: Profile, score: int) -> str:
    both = bool(a.full and b.full)
    compared = product(a.full, b.full) if both else product(a.names, b.names)
    alike = scorer.of_bodies(a, b) if both else scorer.thing
    for x, y in compared:
        if alike(x, y) == score:
            short, long = sorted((x, y), key=len)
            if x == y:
                return f"both are called {_quoted([x])}"
            if set(short.split()) < set(long.split()):
                if short in (a if short == x else b).formal:
                    return f"{_quoted([long])} is more than {_quoted([short])}, which bears a legal form"
                rare = ", by a rare word" if any(map(scorer.epoch.rare_word, short.split())) else ""
                return f"{_quoted([short])} shortens {_quoted([long])}{rare}"
            another = "" if score == scorer.epoch.typo else ", which may be another name"
            return f"{_quoted([x])} and {_quoted([y])} differ by one letter{another}"
    for one, other in ((a, b), (b, a)):
        for letters in one.capitals:
            if other.full and (letters in other.letters or (letters in other.capitals and not one.full)):
                return f"{_quoted([letters])} is the acronym of {_quoted(other.full)}"
    for one, other in ((a, b), (b, a)):
        if titled := {*one.untitled} & {*other.names, *other.untitled}:
            return f"less a title both are called {_quoted(sorted(titled))}"
    if spelt := homographs(a, b):
        return f"{_quoted(sorted(spelt))} is an acronym as one is written, and a word as the other is"
    return _by_alias(a, b)


def _by_alias(a: Profile, b: Profile) -> str:
    shared = sorted({*a.names} & {*b.names})
    if not shared:
        return f"an alias of {_quoted(a.own)} is like one of {_quoted(b.own)}, beside full names that differ"
    return f"both are also called {_quoted(shared)}, beside full names that differ"


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"“{name}”" for name in list(names)[:3]) or "no name"
