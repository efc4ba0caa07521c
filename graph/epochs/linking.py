"""Which records are one, under an epoch: scores through ``Scorer``, then the source's own rules.

Where each source holds each thing once, pairs compete (``one_to_one``); where one repeats itself, clusters
are grown by average link over all their pairs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graph.epochs import formats, latent_class
from graph.epochs.average_link import clusters
from graph.epochs.candidates import Pairs
from graph.epochs.mixture import Vector, sigmoid
from graph.epochs.one_to_one import Rivals, posterior, seated
from graph.epochs.tables import REACH, Record, Table, candidates, sightings, table
from graph.fusion.epoch import Epoch
from graph.fusion.matcher import Sighting
from graph.fusion.scoring import Scorer
from graph.ontology import default_ontology
from graph.types import MICRO

_ACCEPTED = 0.4  # least posterior of a pair that is taken: a tie of two may pass, a tie of three does not
_FAR = 160  # nearest records looked at for one whose nearest all match


@dataclass(frozen=True, slots=True)
class Links:
    """``pairs``: what is one, as records; ``compared``: what was looked at."""

    pairs: tuple[tuple[Record, Record], ...]
    compared: tuple[tuple[Record, Record], ...]


def link(records: Sequence[Record], epoch: Epoch) -> Links:
    """Equal sets of records give equal links."""
    parted = {formats.hand(r.source, 0) for r in records} <= epoch.matcher.tells.keys()
    rows, origin = formats.told_apart(records) if parted else (records, records)
    known = table(rows)
    scorer = Scorer(epoch, default_ontology())
    seen = sightings(known.records, epoch.matcher.attributes, epoch.matcher.rarity)
    if known.deduplicating:
        found, pairs = _cluster(known, seen, scorer)
    else:
        pairs = candidates(known, seen)
        found = _match(known, pairs, _odds(seen, pairs, scorer))
    told = known.records if rows is origin else tuple(origin[int(r.id)] for r in known.records)
    return Links(
        tuple((told[i], told[j]) for i, j in found),
        tuple((told[i], told[j]) for i, j in pairs.tolist()),
    )


def _odds(seen: Sequence[Sighting], pairs: Pairs, scorer: Scorer) -> Vector:
    return np.array([scorer.log_odds(seen[i], seen[j]) for i, j in pairs.tolist()], dtype=float) / MICRO


def _match(known: Table, pairs: Pairs, odds: Vector) -> list[tuple[int, int]]:
    """Greedily by score, each seat once, what the posterior accepts."""
    rivals = Rivals.of(known, pairs)
    p = posterior(rivals, odds)
    first = seated(rivals, odds)
    least = max(_ACCEPTED, acceptance(p[first], float(p.sum())))
    return sorted((int(pairs[k, 0]), int(pairs[k, 1])) for k in first if p[k] > least)


def acceptance(p: Vector, matches: float) -> float:
    """Probability from which a pair is worth taking: half of the best F-measure to be expected (Lipton et
    al., 2014). Where matches are sure, a doubtful pair costs more than it brings; no label tells, but the
    probabilities themselves. ``p``: of the pairs that may be taken; ``matches``: how many are expected."""
    hits = np.cumsum(np.sort(p)[::-1])
    return float((hits / (np.arange(1, len(p) + 1) + matches)).max(initial=0))


def _cluster(known: Table, seen: Sequence[Sighting], scorer: Scorer) -> tuple[list[tuple[int, int]], Pairs]:
    """A record whose nearest all match sits in a big group: there, and only there, look further."""
    reach = np.full(len(seen), REACH, dtype=np.int64)
    scores: dict[tuple[int, int], float] = {}
    few = len(scorer.epoch.matcher.attributes) < latent_class.LEAST
    while True:
        pairs = candidates(known, seen, reach, by_number=few)
        wanted = [(int(i), int(j)) for i, j in pairs]
        new = np.array([p for p in wanted if p not in scores], dtype=np.int64).reshape(-1, 2)
        fresh = _odds(seen, new, scorer).tolist()
        scores.update(((int(i), int(j)), s) for (i, j), s in zip(new, fresh, strict=True))
        odds = np.array([scores[p] for p in wanted])
        hits = np.bincount(pairs[sigmoid(odds) > 0.5].ravel(), minlength=len(seen))
        more = (hits >= 0.8 * reach) & (reach < _FAR)
        if not more.any():
            break
        reach[more] *= 2
    groups = clusters(len(seen), pairs, odds)
    return sorted((x, y) for g in groups for k, y in enumerate(g) for x in g[:k]), pairs
