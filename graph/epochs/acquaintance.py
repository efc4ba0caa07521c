"""What shared company is worth in one workspace, learnt without labels.

Testimony teaches it: of two documents that both tell a birth date, the dates say how likely they speak of
one thing, and so how often documents share company where they do and where they do not (Fellegi and Sunter,
1969). How many of those whose names score alike are one is found on the way, by expectation and maximisation.
The weights of testimony stay as they are: names and dates alone cannot tell namesakes from false dates.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import exp, log
from typing import NamedTuple

from graph.fusion.company import Companions
from graph.fusion.epoch import EPOCH_0, Epoch
from graph.fusion.odds import log_odds
from graph.fusion.profiles import profile
from graph.fusion.scoring import Scorer
from graph.fusion.statements import ClaimReader
from graph.fusion.testimony import Scales, Witnesses
from graph.fusion.view import FusionView, PairRow
from graph.ontology import Ontology
from graph.types import MICRO, EntityId, ReferentId

_ROUNDS = 30
_REASONED = 30.0  # pairs that what ships counts as, so that a small workspace keeps it
_OF_ONE = 0.2  # share of pairs of one thing that share company, behind the weight that ships
_LEAST_ENTITIES = 1_000  # a small workspace knows little of how common a neighbour is
_COMMON = 800_000  # micro-units of rarity below which a companion is listed
_ROUNDED = 1_000  # micro-nats to which the weight is rounded


class _Seen(NamedTuple):
    """Two referents of different documents, whose testimonies meet and who both have company."""

    named: int  # what their names score, in micro-units
    told: int  # what their testimonies weigh, in micro-nats
    shared: bool


def learn_acquaintance(
    base: Epoch,
    view: FusionView,
    ontology: Ontology,
    pairs: Iterable[PairRow],
    entity_of: Mapping[ReferentId, EntityId],
) -> Epoch:
    """``base`` with the weight of company, and what company is common. O(claims + pairs).

    ``pairs``: those that are compared under ``base``; ``entity_of``: all live referents.
    """
    reader = ClaimReader(ontology, base.phrases)
    companions = Companions(view, reader, base)
    company = companions.of(entity_of.keys())
    held = {(name, entity_of[r]) for r in entity_of for c in company[r] for name in c.names}
    common = _common(Counter(name for name, _ in held), len(set(entity_of.values())))

    scorer, who = Scorer(base, ontology), view.referents(entity_of.keys())
    scales, said = Scales(scorer), Witnesses(view, reader).of(who.keys())
    seen: list[_Seen] = []
    for a, b in sorted(row.pair for row in pairs):
        told = scales.weight(said[a], said[b])
        if told and company[a] and company[b] and who[a].content != who[b].content:
            named = scorer.score(profile(who[a]), profile(who[b]))
            seen.append(_Seen(named, told, bool(companions.shared(company[a], company[b]))))
    return replace(base, shared=_weight(seen), common=common)


def _common(holders: Mapping[str, int], entities: int) -> dict[str, int]:
    """1 - log(entities that have it) / log(all), in micro-units, of what is common."""
    whole = log(max(entities, _LEAST_ENTITIES))
    found = {name: max(0, round(MICRO * (1 - log(n) / whole))) for name, n in sorted(holders.items())}
    return {name: rarity for name, rarity in found.items() if rarity < _COMMON}


def _weight(seen: Sequence[_Seen]) -> int:
    """Micro-nats: the log of how much more often documents that speak of one thing share company."""
    odds = {each.named: log_odds(each.named) / MICRO for each in seen}
    one: list[float] = []
    for _ in range(_ROUNDS):
        one = [1 / (1 + exp(-odds[each.named] - each.told / MICRO)) for each in seen]
        for named in odds:
            alike = [p for p, each in zip(one, seen, strict=True) if each.named == named]
            yes, every = sum(alike) + _REASONED * named / MICRO, len(alike) + _REASONED
            odds[named] = log(yes / (every - yes))
    of_two = _OF_ONE / exp(EPOCH_0.shared / MICRO)
    rates = [
        (sum(p * each.shared for p, each in zip(side, seen, strict=True)) + _REASONED * reasoned)
        / (sum(side) + _REASONED)
        for side, reasoned in ((one, _OF_ONE), ([1 - p for p in one], of_two))
    ]
    return max(0, round(MICRO * log(rates[0] / rates[1]) / _ROUNDED) * _ROUNDED)
