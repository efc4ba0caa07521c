"""The epoch that follows from a workspace's live evidence: words that tell, trust, what phrases mean."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from math import log

from graph.epochs.acquaintance import learn_acquaintance
from graph.epochs.induction import induce, learn_traits
from graph.epochs.mononyms import learn_mononyms
from graph.epochs.phrases import learn_phrases, unmapped
from graph.epochs.surroundings import learn_surroundings
from graph.epochs.trust import learnt
from graph.fusion.epoch import Epoch
from graph.fusion.memory import MemoryState
from graph.fusion.names import normalise_name
from graph.ontology import Ontology
from graph.ports import Embedder
from graph.types import MICRO, Referent, Source, SourceId

_LEAST_NAMES = 1_000  # a small workspace knows little of how common a word is


def next_epoch(
    base: Epoch,
    state: MemoryState,
    ontology: Ontology,
    sources: Collection[Source],
    overrides: Mapping[SourceId, int],
    embedder: Embedder | None = None,
) -> Epoch:
    """``base`` with rarity, mononyms, trust, phrases, traits and what shared company and alike contexts are
    worth learnt anew, from the evidence and decisions alone.

    ``state`` is all live evidence, fused under ``base``; ``sources`` are the live ones; ``overrides`` an
    operator's word on sources. O(names + votes x rounds).
    """
    trusting, _ = learnt(base, state, ontology, sources, overrides)
    rows = state.difference(MemoryState())
    entity_of = {member: entity.id for entity in rows.entities.new.values() for member in entity.members}
    referents = state.referents(entity_of.keys())
    pairs = [row for row in rows.pairs.new.values() if row.score]  # types decide about homonyms
    acquainted = learn_acquaintance(trusting, state, ontology, pairs, entity_of)
    return replace(
        learn_surroundings(acquainted, state, ontology, pairs, entity_of),
        rarity=name_rarity(referents.values(), base.rare),
        mononyms=learn_mononyms(referents.values(), ontology, base.same),
        phrases=learn_phrases(unmapped(state), ontology, embedder),
        traits=learn_traits(induce(state, ontology), ontology),
    )


def name_rarity(referents: Iterable[Referent], rare: int) -> dict[str, int]:
    """How telling a word of a name is, in micro-units: 1 - log(different names that hold it) / log(all).

    Only words that a short and a longer name share, and that are ``rare`` or more, are worth listing: nothing
    else is asked of them.
    """
    names = {normalise_name(name) for referent in referents for name in referent.names}
    held = Counter(word for name in names for word in set(name.split()))
    whole = log(max(len(names), _LEAST_NAMES))
    found = {word: round(MICRO * (1 - log(n) / whole)) for word, n in sorted(held.items()) if n > 1}
    return {word: micro for word, micro in found.items() if micro >= rare}
