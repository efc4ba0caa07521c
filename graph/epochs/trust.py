"""Truth discovery: how far each source may be trusted, found from what the sources say of the same things.

No label is read. A source is judged by how far the *others* hold what it says, its own vote left out, and its
estimate is drawn to that of sources with like names and to that of all (``graph.epochs.families``). Votes are
log-odds against the values that a wrong source may say, as they are where facts are weighed
(``graph.fusion.conflicts``): those named for a thing, or as many as wrong votes tell by how seldom they
agree, where that clearly foretells votes better. Sources that copy from each other count once, and sources
that write each in their own way are judged among themselves (``graph.epochs.languages``); which do is chosen
by the likelihood of all votes (``graph.epochs.account``).

After Dong, Berti-Equille and Srivastava, "Integrating conflicting data: the role of source dependence"
(VLDB 2009).

Floats live here and end here: what leaves is in micro-units, the same for any order of the votes.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.epochs.account import Account
from graph.epochs.ballot import Ballot
from graph.epochs.copying import Classes, candidate_classes
from graph.epochs.families import PRIOR, Families
from graph.epochs.languages import candidate_languages, price
from graph.epochs.votes import Vote, votes_of
from graph.fusion.epoch import Epoch
from graph.fusion.memory import MemoryState
from graph.fusion.support import Document, near_duplicates
from graph.ontology import Ontology
from graph.types import MICRO, ContentId, Source, SourceId

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_ROUNDS = 40
_LOWEST, _HIGHEST = 0.02, 0.98
_FALSE_VALUES = 10.0  # that a wrong source may choose from, until the votes say otherwise
_MOST_FALSE_VALUES = 100.0
_PAIRS = 2.0  # agreeing pairs of wrong votes that the prior of their number weighs


@dataclass(frozen=True, slots=True)
class Trust:
    """``sources``: the trust of each source that voted, and ``typical`` that of any other, in micro-units.

    A source that copies has the trust that what it adds deserves. ``copies`` maps it to the smallest name of
    its class. ``false_values``: of each relation, from how many values a source that is wrong chooses; empty
    where the votes do not clearly tell more than are named.
    """

    sources: Mapping[str, int]
    typical: int
    copies: Mapping[str, str]
    false_values: Mapping[str, int]


def discover(votes: Iterable[Vote], *, overrides: Mapping[str, int] | None = None) -> Trust:
    """Trust from votes. ``overrides`` is an operator's word on sources, in micro-units; it judges the others.

    O(rounds x votes x candidate classes and languages), and the pairs of sources that speak of one item.
    """
    ballot = Ballot.of(votes)
    if not ballot.sources:
        return Trust({}, round(PRIOR * MICRO), {}, {})
    assumed = partial(_Fit, overrides=overrides or {}, families=Families(ballot.sources))
    named, counted = (assumed(ballot, {}, counted=c) for c in (False, True))
    best = counted if _clearly_more(counted.foretold, named.foretold) else named
    spoken = [(ballot, 0.0)]
    for language in candidate_languages(ballot):
        apart = ballot.apart(language)
        cost = price(ballot, apart, language)
        if -cost < best.likelihood:
            continue  # even if it told all votes for sure
        fit = assumed(apart, {}, counted=best.counted, cost=cost)
        if fit.likelihood > best.likelihood + 1e-9:
            best, spoken[1:] = fit, [(apart, cost)]
    for of_language, cost in spoken:
        for classes in candidate_classes(of_language):
            fit = assumed(of_language, classes, counted=best.counted, cost=cost)
            if fit.likelihood > best.likelihood + 1e-9:
                best = fit
    if best.classes:  # with copies out of the way the likelihood also tells how many values there are
        other = assumed(best.ballot, best.classes, counted=not best.counted, cost=best.cost)
        if other.told > best.told + 1e-9:
            best = other
    return best.trust()


def learnt(
    epoch: Epoch,
    state: MemoryState,
    ontology: Ontology,
    sources: Collection[Source],
    overrides: Mapping[SourceId, int],
) -> tuple[Epoch, Trust]:
    """``epoch`` with the trust that a fused state tells of its live sources, and how it was found.

    ``overrides`` are the operator's rulings; they stand in the decisions, not in the epoch. A source that
    only repeats documents of others, which vote once, is trusted as the least of these.
    """
    uris: dict[ContentId, list[str]] = {}
    id_of = {source.uri: source.id for source in sources}
    for source in sorted(sources, key=lambda s: s.uri):
        uris.setdefault(source.content, []).append(source.uri)
    diff, documents = state.difference(MemoryState()), state.documents(uris)
    facts = diff.facts.new
    found = discover(
        votes_of(
            facts,
            diff.conflicts.new.values(),
            state.claims([c for f in facts.values() for c in f.claims]),
            documents,
            uris,
            ontology,
            epoch.duplicate,
        ),
        overrides={uri: overrides[id_] for uri, id_ in id_of.items() if id_ in overrides},
    )
    heard = dict(found.sources)
    for repeated in _repeated(documents, uris, epoch.duplicate):
        least = min((found.sources[uri] for uri in repeated if uri in found.sources), default=None)
        if least is not None:
            heard |= {u: min(least, heard.get(u, least)) for u in repeated if u not in found.sources}
    trust = {id_of[uri].hex(): value for uri, value in heard.items() if id_of[uri] not in overrides}
    return replace(epoch, trust=trust, default_trust=found.typical, false_values=found.false_values), found


def _repeated(
    documents: Mapping[ContentId, Document], uris: Mapping[ContentId, Sequence[str]], duplicate: int
) -> Iterator[set[str]]:
    """The sources of each document that several have, or have nearly."""
    classes = near_duplicates({c: document.signature for c, document in documents.items()}, duplicate)
    sources: dict[ContentId, set[str]] = {}
    for content, named in classes.items():
        sources.setdefault(named, set()).update(uris[content])
    return (each for _, each in sorted(sources.items()) if len(each) > 1)


class _Fit:
    """Reliabilities found by fixed-point rounds, under one assumption of who copies from whom.

    ``counted``: a wrong source may say as many values as wrong votes tell, not only those that are named.
    ``foretold``: of each item, the log of how likely others make each vote for a value that they name too, of
    several, when it is left out, in nats: in all, since votes for one thing hang together. ``likelihood``: of
    all votes at the reliabilities that are likeliest, ``told``: at those found here, in nats less ``cost``.
    """

    def __init__(
        self,
        ballot: Ballot,
        classes: Classes,
        overrides: Mapping[str, int],
        families: Families,
        *,
        counted: bool,
        cost: float = 0.0,
    ) -> None:
        self.counted, self.cost = counted, cost
        self.ballot = b = ballot
        self.classes = classes
        names = b.sources
        smallest = np.arange(len(names))
        for source, class_ in classes.items():
            smallest[source] = class_
        self._class = smallest[b.source]  # of each vote
        together = self._class * len(b.item_of) + b.slot
        _, self._bloc, size = np.unique(together, return_inverse=True, return_counts=True)
        self._share = 1.0 / size[self._bloc]  # a class has one vote for a value
        per_item = np.unique(b.item * len(names) + self._class)
        speakers = np.bincount(per_item // len(names), minlength=len(b.values))
        # A vote that no other may confirm says nothing.
        self._judged = self._share * (speakers[b.item] > 1) * b.weight
        self._named = np.maximum(b.values, 2)  # beside a single value stands what nobody named
        self._families = families
        self._fixed = np.array([s in overrides for s in names])
        self._reliability = np.full(len(names), PRIOR)
        ruled = [np.clip(overrides[s] / MICRO, _LOWEST, _HIGHEST) for s in names if s in overrides]
        self._reliability[self._fixed] = ruled
        self._typical = PRIOR
        self._false_values = _FALSE_VALUES  # over all
        self._false_values_of = np.full(len(b.relations), _FALSE_VALUES)
        for _ in range(_ROUNDS):
            held = self._round()
        self.foretold = self._foretell(held)
        account = Account(b, classes, self._fixed)
        self.likelihood = account.best(self._reliability) - cost
        self.told = account.at(self._reliability, self._false_values_of) - cost

    def _round(self) -> Floats:
        """What others make of each vote."""
        b = self.ballot
        x = (_logit(self._reliability)[b.source] + np.log(self._rivals())[b.item]) * self._share
        score = np.bincount(b.slot, x, minlength=len(b.item_of))
        top = np.full(len(b.values), -np.inf)
        np.maximum.at(top, b.item_of, score)
        likely = np.exp(score - top[b.item_of])
        total = np.bincount(b.item_of, likely, minlength=len(b.values))
        total += np.where(b.values == 1, np.exp(-top), 0.0)
        # Its own class's part is taken out of the score.
        own = np.bincount(self._bloc, x)[self._bloc]
        without = np.exp(np.clip(score[b.slot] - own - top[b.item], -700, 700))
        held: Floats = without / (np.maximum(total[b.item] - likely[b.slot], 0.0) + without)
        self._judge(held)
        self._count_false_values(likely / total[b.item_of])
        return held

    def _rivals(self) -> Floats:
        """Of each item, the values of which one is right and a source that is wrong says any other."""
        if not self.counted:
            return self._named.astype(np.float64)
        found: Floats = np.maximum(self._named, self._false_values_of[self.ballot.relation_of])
        return found

    def _foretell(self, held: Floats) -> Floats:
        """One reliability stands for all who say what others say, found by expectation and maximisation: they
        are right more often than their sources otherwise are."""
        b = self.ballot
        voices = np.bincount(b.slot, self._share, minlength=len(b.item_of))[b.slot]
        told = (voices > 1 + 1e-9) & (b.values[b.item] > 1)
        right, others = held[told], b.values[b.item][told] - 1
        reliability = PRIOR
        for _ in range(_ROUNDS if told.any() else 0):
            by_right = right * reliability
            by_wrong = (1 - right) * (1 - reliability) / others
            reliability = float(np.clip((by_right / (by_right + by_wrong)).mean(), _LOWEST, _HIGHEST))
        likely = np.log(right * reliability + (1 - right) * (1 - reliability) / others)
        _, item = np.unique(b.item[told], return_inverse=True)
        return np.bincount(item, likely).astype(np.float64)

    def _judge(self, held: Floats) -> None:
        """Move each reliability half-way to what others hold of the source's votes."""
        n = len(self._reliability)
        right = np.bincount(self.ballot.source, held * self._judged, minlength=n)
        votes = np.bincount(self.ballot.source, self._judged, minlength=n)
        found, self._typical = self._families.rates(right, votes)
        step = 0.5 * self._reliability + 0.5 * np.clip(found, _LOWEST, _HIGHEST)
        self._reliability = np.where(self._fixed, self._reliability, step)

    def _count_false_values(self, belief: Floats) -> None:
        """Wrong votes that choose among n values agree once in n: n from the pairs of wrong votes, over all
        and, drawn to that, of each relation."""
        b = self.ballot
        for_value = np.bincount(b.slot, self._share, minlength=len(b.item_of))
        against = np.bincount(b.item, self._share, minlength=len(b.values))[b.item_of] - for_value
        relation = b.relation_of[b.item_of]
        n = len(b.relations)
        agree = np.bincount(
            relation, (1 - belief) * for_value * np.maximum(for_value - 1, 0) / 2, minlength=n
        )
        pairs = np.bincount(relation, belief * against * np.maximum(against - 1, 0) / 2, minlength=n)
        over_all = float(_shrunk(pairs.sum(keepdims=True), agree.sum(keepdims=True), _FALSE_VALUES)[0])
        self._false_values = 0.5 * self._false_values + 0.5 * over_all
        of_each = _shrunk(pairs, agree, self._false_values)
        self._false_values_of = 0.5 * self._false_values_of + 0.5 * of_each

    def trust(self) -> Trust:
        b, names = self.ballot, self.ballot.sources
        n = len(names)
        votes = np.bincount(b.source, minlength=n)
        share = np.bincount(b.source, self._share, minlength=n) / votes
        rivals = np.log(np.bincount(b.source, self._rivals()[b.item], minlength=n) / votes)
        # A vote weighs logit + ln(values named): the trust that makes it weigh a class member's share.
        worth = 1 / (1 + np.exp(-(share * _logit(self._reliability) - (1 - share) * rivals)))
        return Trust(
            {s: round(float(w) * MICRO) for s, w in zip(names, worth, strict=True)},
            round(float(self._typical) * MICRO),
            {names[s]: names[c] for s, c in sorted(self.classes.items())},
            {r: round(float(v)) for r, v in zip(b.relations, self._false_values_of, strict=True) if v > 2}
            if self.counted
            else {},
        )


def _clearly_more(x: Floats, y: Floats) -> bool:
    """Whether the mean of paired differences lies more than two standard errors above 0."""
    gain = x - y
    return len(gain) > 1 and bool(gain.mean() > 2 * gain.std() / np.sqrt(len(gain)) + 1e-9)


def _shrunk(pairs: NDArray[Any], agree: NDArray[Any], prior: float) -> Floats:
    """Pairs of wrong votes over those that agree, as if ``_PAIRS`` more agreed once in ``prior``."""
    found: Floats = np.clip((pairs + _PAIRS * prior) / (agree + _PAIRS), 1.0, _MOST_FALSE_VALUES)
    return found


def _logit(p: Floats) -> Floats:
    result: Floats = np.log(p / (1 - p))
    return result
