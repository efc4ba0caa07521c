"""Pairs in doubt, which names and testimony leave open, and what may raise them.

What else two documents show in common only ever speaks for one thing, and only where nothing contradicts:
documents say different things of one, so what they do not share is no evidence.
"""

from collections.abc import Mapping

from graph.fusion.blocking import Pair
from graph.fusion.epoch import Epoch
from graph.fusion.odds import log_odds, probability
from graph.fusion.view import FusionView
from graph.types import Referent


def in_doubt(
    view: FusionView, epoch: Epoch, named: Mapping[Pair, int], scores: Mapping[Pair, int]
) -> dict[Pair, tuple[Referent, Referent]]:
    """Pairs of different documents that score ``ask`` up to ``same``, and no less than their names alone
    (``named``). One read of the referents.
    """
    open_ = [p for p, score in scores.items() if max(epoch.ask, named[p]) <= score < epoch.same]
    who = view.referents({r for p in open_ for r in p}) if open_ else {}
    return {(a, b): (who[a], who[b]) for a, b in open_ if who[a].content != who[b].content}


def raised(epoch: Epoch, score: int, weight: int) -> int:
    """The score of two in doubt with ``weight`` micro-nats more; below ``sure``, so that rivals count."""
    if weight <= 0 or not epoch.ask <= score < epoch.same:
        return score
    return max(score, min(epoch.sure - 1, probability(log_odds(score) + weight)))


def settles(epoch: Epoch, weight: int) -> bool:
    """Whether that much alone joins two whose names are merely alike."""
    return raised(epoch, epoch.grey, weight) >= epoch.same
