"""The parameters of a fuse that are global by nature, frozen and known by the hash of what they say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graph.errors import InvalidInput
from graph.fusion.matcher import Matcher
from graph.identity import make_id
from graph.relations import TRAITS
from graph.types import EpochId, SourceId


@dataclass(frozen=True, slots=True)
class PhraseType:
    """The relation type that a phrase is learnt to mean; ``turned``: of the tail to the head.

    ``score`` is how alike it is to a phrase of that type, in micro-units.
    """

    relation: str
    turned: bool
    score: int


NO_ADJUDICATOR = "none"  # no model is asked
_WEIGHTS = """same_value other_value same_end other_end same_region other_region telling_word
shared""".split()


@dataclass(frozen=True, slots=True)
class Epoch:
    """Scores, thresholds, rarity and trust in micro-units; ``adjudicator`` names model and prompt version.

    A pair that scores ``same`` or more is joined, one of ``ask`` or more waits for a verdict. An edge below
    ``sure`` falls when its ends have rival edges. ``rarity`` maps a normalised word to how telling it is;
    ``trust`` a source id (hex) to its trust. What neither knows takes the prior. ``matcher`` weighs records.
    ``false_values`` maps a relation to how many values a wrong source chooses from, if more than are named.
    Of a relation that has one value for good, an equal value or other end (``same_value``, ``same_end``) adds
    micro-nats to the log-odds that two are one, a contradiction (``other_value``, ``other_end``) takes them
    away; so do regions in which a place is told to lie (``same_region``, ``other_region``); and each
    ``telling_word`` of a shared name makes up for some (``fusion.testimony``). A neighbour or value that
    documents share beside names that are merely alike adds ``shared`` (``fusion.company``); of one in
    ``common`` this share of it. ``contexts`` maps the tag (hex) of a maker of contexts to levels, the
    nearest first: those that differ in at most so many bits add so many micro-nats (``fusion.contexts``).
    ``mononyms`` maps a word by which people are named alone to how many documents do so.
    ``phrases`` maps a normalised phrase that the ontology does not list to the type it is learnt to mean;
    ``traits`` a relation type to what it is learnt to be, in a workspace without an ontology of its own.
    """

    exact: int = 960_000  # an equal name
    initials: int = 850_000  # A. Vance, Anna Vance; Plato, Plato
    acronym: int = 820_000  # TEC, Tidal Energy Council; Delta, Delta Air Lines that is called so
    typo: int = 830_000  # a slip of the pen in a long name; of a person: ``grey``
    rare_subset: int = 750_000  # Borealis (rare), Borealis Energy: one neighbour of both joins them
    grey: int = 600_000  # a lone surname, a common subset, an edit that may make another name, a shared alias
    same: int = 800_000
    ask: int = 500_000
    sure: int = 900_000
    same_value: int = 3_000_000  # found in 9 of 10 pairs that are one, in 1 of 20 that are not
    other_value: int = 2_300_000  # in 1 of 10, in all others
    same_end: int = 400_000  # namesakes come from one place more often than chance has it
    other_end: int = 1_200_000  # and another number: born in Ulm, born in Germany; costs as two count them
    same_region: int = 100_000  # towns of one name lie in one country as a rule; few are told of
    other_region: int = 4_000_000  # documents rarely err in it, and nearly all pairs of two places differ
    telling_word: int = 1_000_000
    shared: int = 600_000  # one neighbour leaves two in doubt, two do not
    common: Mapping[str, int] = field(default_factory=dict)
    contexts: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    rare: int = 700_000
    rarity_prior: int = 0
    rarity: Mapping[str, int] = field(default_factory=dict)
    default_trust: int = 700_000
    trust: Mapping[str, int] = field(default_factory=dict)
    false_values: Mapping[str, int] = field(default_factory=dict)
    mononyms: Mapping[str, int] = field(default_factory=dict)
    clear_margin: int = 400_000  # micro-nats by which a weight must pass its rival's to win: odds of 3 to 2
    duplicate: int = 800_000  # estimated Jaccard from which two documents count as one
    block_cap: int = 24  # members of a block up to which all its pairs are compared
    window: int = 5  # beyond: each member with so many that follow it
    max_names: int = 64  # different names that one entity may gather by score alone
    adjudicator: str = NO_ADJUDICATOR
    matcher: Matcher = field(default_factory=Matcher)
    phrases: Mapping[str, PhraseType] = field(default_factory=dict)
    traits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def id(self) -> EpochId:
        return EpochId(make_id("epoch", self.parameters()))

    def parameters(self) -> dict[str, Any]:
        """JSON-ready; ``from_parameters`` reads it back.

        Phrases, traits, mononyms, common company, contexts and numbers of false values are left out where
        none is learnt, and weights where they are as shipped: an epoch from before them keeps its id.
        """
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__}
        for name in ("phrases", "traits", "mononyms", "common", "contexts", "false_values"):
            del plain[name]
        for name in _WEIGHTS:
            if plain[name] == self.__dataclass_fields__[name].default:
                del plain[name]
        phrases = {phrase: [t.relation, t.turned, t.score] for phrase, t in self.phrases.items()}
        traits = {relation: list(names) for relation, names in self.traits.items()}
        contexts = {tag: [list(level) for level in levels] for tag, levels in self.contexts.items()}
        return {
            **plain,
            **({"phrases": phrases} if phrases else {}),
            **({"traits": traits} if traits else {}),
            **({"mononyms": dict(self.mononyms)} if self.mononyms else {}),
            **({"common": dict(self.common)} if self.common else {}),
            **({"false_values": dict(self.false_values)} if self.false_values else {}),
            **({"contexts": contexts} if contexts else {}),
            "rarity": dict(self.rarity),
            "trust": dict(self.trust),
            "matcher": self.matcher.parameters(),
        }

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> "Epoch":
        """InvalidInput for an unknown or ill-typed parameter."""
        unknown = sorted(parameters.keys() - cls.__dataclass_fields__.keys())
        if unknown:
            raise InvalidInput(f"an epoch has no parameter {unknown[0]!r}")
        for name, value in parameters.items():
            if name == "matcher":
                continue
            if name == "phrases":
                fits = isinstance(value, Mapping) and all(
                    [type(part) for part in learnt] == [str, bool, int] for learnt in value.values()
                )
            elif name == "traits":
                fits = isinstance(value, Mapping) and all(
                    isinstance(names, list | tuple) and TRAITS.issuperset(names) for names in value.values()
                )
            elif name == "contexts":
                fits = isinstance(value, Mapping) and all(
                    isinstance(levels, list | tuple)
                    and all([type(part) for part in level] == [int, int] for level in levels)
                    for levels in value.values()
                )
            elif name in {"rarity", "trust", "mononyms", "common", "false_values"}:
                fits = isinstance(value, Mapping) and all(type(v) is int for v in value.values())
            else:
                fits = type(value) is (str if name == "adjudicator" else int)
            if not fits:
                raise InvalidInput(f"the epoch parameter {name!r} is of the wrong type")
        matcher = Matcher.from_parameters(parameters.get("matcher", {}))
        phrases = {phrase: PhraseType(*learnt) for phrase, learnt in parameters.get("phrases", {}).items()}
        traits = {relation: tuple(names) for relation, names in parameters.get("traits", {}).items()}
        contexts = {
            tag: tuple((widest, weight) for widest, weight in levels)
            for tag, levels in parameters.get("contexts", {}).items()
        }
        learnt = {"matcher": matcher, "phrases": phrases, "traits": traits, "contexts": contexts}
        return cls(**{**parameters, **learnt})

    def trust_of(self, source: SourceId) -> int:
        return self.trust.get(source.hex(), self.default_trust)

    def rare_word(self, word: str) -> bool:
        return self.rarity.get(word, self.rarity_prior) >= self.rare


EPOCH_0 = Epoch()
