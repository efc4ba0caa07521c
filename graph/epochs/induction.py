"""What a workspace's facts say of its relations: how many, which way, of what kinds, when, in which unit.

A trait is counted where it could have failed: a relation is functional if heads of which two documents or
more speak have one tail; it is asymmetric if pairs of which two or more speak are told one way round.
Confidence is the lower end of Wilson's interval (1927), so that few cases say little and some noise does not
hide a rule.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from graph.epochs.inverses import find_inverses
from graph.epochs.shares import Trait, wilson
from graph.epochs.temporality import Statement, temporal_traits
from graph.epochs.wording import forms
from graph.errors import OntologyError
from graph.fusion.memory import MemoryState
from graph.fusion.normalize import normalise_phrase, normalise_value
from graph.ontology import RELATED_TO, THING, Ontology, check_relation_name
from graph.types import Claim, EntityId, Fact, FactStatus, Value, ValueKind

_LEAST_FACTS = 5  # below, a phrase is an anecdote
_CHAINS = 100_000  # two-step walks that transitivity is looked for in
_TELLING = 2 / 3  # share of a head's documents that agree, for it to have one tail
_ONE_WAY = 3 / 4  # share of a pair's documents that tell it one way round
_STRAY = 0.05  # share of ends below which a type is noise

_Said = tuple[EntityId, EntityId | Value, str, int]  # head, tail, from when, documents


@dataclass(frozen=True, slots=True)
class Induced:
    """A relation as its facts show it. ``listed``: it is a type of the ontology in force, not a new one.

    ``domain`` and ``range`` are the confidences that an end is of the types named. ``times`` are the temporal
    kinds as counted, ``unit`` what its numbers count for most, ``inverse`` the relation that tells its pairs
    from the other end, each with its counts.
    """

    name: str
    listed: bool
    phrases: tuple[str, ...]
    facts: int
    heads: tuple[str, ...]
    tails: tuple[str, ...]
    values: tuple[str, ...]
    domain: float
    range: float
    traits: tuple[Trait, ...]
    times: tuple[Trait, ...] = ()
    unit: tuple[str, Trait] | None = None
    inverse: tuple[str, Trait] | None = None

    @property
    def temporal(self) -> Trait | None:
        """The temporal kind that is proposed, if any is."""
        return next((trait for trait in self.times if trait.proposed), None)


def induce(state: MemoryState, ontology: Ontology) -> list[Induced]:
    """Every relation of five facts or more, unlisted phrases of one bare form taken together; by name.

    A function of the fused rows alone. O(facts), and of the two-step walks at most a hundred thousand.
    """
    graph = state.difference(MemoryState())
    types = {id_: entity.type for id_, entity in graph.entities.new.items()}
    facts = [f for f in graph.facts.new.values() if f.polarity and f.status is not FactStatus.INFERRED]
    groups: dict[tuple[str, tuple[str, ...]], list[Fact]] = defaultdict(list)
    turned: dict[tuple[str, ...], list[Fact]] = defaultdict(list)
    lemmas = {word for phrase in ontology.phrase_index for word in phrase.split()}
    for fact in facts:
        if fact.relation != RELATED_TO:
            groups[fact.relation, ()].append(fact)
        elif (reading := forms(fact.phrase, lemmas)[-1]).turned:
            turned[reading.words].append(fact)
        else:
            groups[RELATED_TO, reading.words].append(fact)
    found: dict[str, Induced] = {}
    pairs: dict[str, set[tuple[EntityId, EntityId]]] = {}
    for words in sorted(turned.keys() - {w for _, w in groups}):  # a passive that nobody says actively
        groups[RELATED_TO, (*words, "by")] = turned.pop(words)
    for (relation, words), group in sorted(groups.items()):
        listed = relation != RELATED_TO
        name = relation if listed else _name(words)
        backward = [f for f in turned.get(words, ()) if f.tail_entity]
        said = [_said(f) for f in group] + [_back(f) for f in backward]
        if len(said) < _LEAST_FACTS or name is None or (not listed and name in ontology.relation_types):
            continue
        own = {normalise_phrase(f.phrase) for f in group} if not listed else set()
        phrases = sorted(own - ontology.phrase_index.keys())
        if not listed and not phrases:
            continue
        induced = _induced(name, listed, phrases, said, types, ontology)
        times = temporal_traits(_statements(state, group, backward))
        found[name] = replace(induced, times=tuple(times), unit=_unit(state, group, ontology))
        pairs[name] = {(head, tail) for head, tail, *_ in said if not isinstance(tail, Value)}
    inverses = find_inverses({n: some for n, some in pairs.items() if not _symmetric(found[n], ontology)})
    return [replace(found[name], inverse=inverses.get(name)) for name in sorted(found)]


def learn_traits(relations: Iterable[Induced], ontology: Ontology) -> dict[str, tuple[str, ...]]:
    """What listed relation types are found to be beyond what the ontology says of them, by type.

    Of use where a workspace has no ontology of its own.
    """
    found: dict[str, tuple[str, ...]] = {}
    for induced in relations:
        if induced.listed:
            said = ontology.relation_types[induced.name]
            new = {t.name for t in induced.traits if t.proposed and not getattr(said, t.name)}
            if new:
                found[induced.name] = tuple(sorted(new))
    return found


def _statements(state: MemoryState, forward: Sequence[Fact], backward: Sequence[Fact]) -> Iterator[Statement]:
    """What each claim says of the relation's head; ``backward`` are facts said of the tail to the head."""
    for facts, turned in ((forward, False), (backward, True)):
        for fact in facts:
            head, value = (fact.tail_entity, fact.head) if turned else (fact.head, fact.tail)
            assert head is not None
            for claim in _claims(state, fact):
                yield Statement(head, value, claim.valid_from, claim.valid_to, claim.stated)


def _unit(state: MemoryState, facts: Sequence[Fact], ontology: Ontology) -> tuple[str, Trait] | None:
    """The unit that most numbers bear, a multiple as its base; None where most bear none."""
    counts: Counter[str] = Counter()
    for fact in facts:
        for claim in _claims(state, fact):
            if isinstance(claim.tail, Value) and claim.tail.kind is ValueKind.NUMBER:
                base = normalise_value(claim.tail, ontology.units).unit
                counts[base or ""] += 1
    most = min(counts, key=lambda unit: (-counts[unit], unit), default="")
    return (most, Trait.counted("unit", counts[most], counts.total())) if most else None


def _claims(state: MemoryState, fact: Fact) -> Iterable[Claim]:
    return state.claims(fact.claims).values()


def _symmetric(found: Induced, ontology: Ontology) -> bool:
    known = ontology.relation_types.get(found.name)
    return bool(known and known.symmetric) or any(t.name == "symmetric" and t.proposed for t in found.traits)


def _said(fact: Fact) -> _Said:
    return fact.head, fact.tail, fact.valid_from or "", fact.support


def _back(fact: Fact) -> _Said:
    """The same, said of the tail to the head."""
    assert fact.tail_entity is not None
    return fact.tail_entity, fact.head, fact.valid_from or "", fact.support


def _name(words: Sequence[str]) -> str | None:
    """A relation type's name of the words; None where they make none."""
    try:
        return check_relation_name(re.sub(r"[^A-Z0-9]+", "_", " ".join(words).upper()).strip("_"))
    except OntologyError:
        return None


def _induced(
    name: str,
    listed: bool,
    phrases: Sequence[str],
    said: Sequence[_Said],
    types: Mapping[EntityId, str],
    ontology: Ontology,
) -> Induced:
    heads, domain = _kinds([types[h] for h, *_ in said], ontology)
    literals = Counter(t.kind for _, t, *_ in said if isinstance(t, Value))
    related = [types[t] for _, t, *_ in said if not isinstance(t, Value)]
    values = tuple(sorted(kind.value for kind, n in literals.items() if n > _STRAY * len(said)))
    tails, range_ = _kinds(related, ontology) if len(related) > _STRAY * len(said) else ((), 0.0)
    if values:
        kept = sum(n for kind, n in literals.items() if kind.value in values)
        range_ = wilson(kept + (len(related) if tails else 0), len(said))
    pairs = [(h, t, when, n) for h, t, when, n in said if not isinstance(t, Value)]
    traits = [_one("functional", ((h, when, t, n) for h, t, when, n in said))]
    if pairs:
        traits.append(_one("inverse_functional", ((t, when, h, n) for h, t, when, n in pairs)))
    known = ontology.relation_types.get(name)
    if any(ontology.compatible(a, b) for a in heads for b in tails) and not (known and known.symmetric):
        traits += _direction(pairs)
        if not any(t.proposed for t in traits if t.name in {"functional", "symmetric"}):
            traits.append(_transitive(pairs))
    return Induced(
        name, listed, tuple(phrases), len(said), heads, tails, values, domain, range_, tuple(traits)
    )


def _kinds(ends: Sequence[str], ontology: Ontology) -> tuple[tuple[str, ...], float]:
    """The types that most ends are of, those under another left out, and the confidence in their share."""
    known = [kind if kind in ontology.entity_types else THING for kind in ends]
    counts = Counter(known)
    common = {kind for kind, n in counts.items() if n > _STRAY * len(ends)}
    kept = {kind for kind in common if not common.intersection(ontology.ancestors(kind)[1:])}
    covered = sum(n for kind, n in counts.items() if kept.intersection(ontology.ancestors(kind)))
    return tuple(sorted(kept)), wilson(covered, len(ends))


def _one(name: str, votes: Iterable[tuple[object, str, object, int]]) -> Trait:
    """Of the owners (at one time) of whom two documents or more speak, those with one value for most."""
    by_owner: dict[tuple[object, str], Counter[object]] = defaultdict(Counter)
    for owner, when, value, documents in votes:
        by_owner[owner, when][value] += documents
    cases = [values for values in by_owner.values() if values.total() > 1]
    holds = sum(max(values.values()) >= _TELLING * values.total() for values in cases)
    return Trait.counted(name, holds, len(cases))


def _direction(pairs: Sequence[_Said]) -> list[Trait]:
    ways: dict[frozenset[object], Counter[EntityId]] = defaultdict(Counter)
    for head, tail, _, documents in pairs:
        ways[frozenset((head, tail))][head] += documents
    cases = [way for way in ways.values() if way.total() > 1]
    one_way = sum(max(way.values()) >= _ONE_WAY * way.total() for way in cases)
    both = len(cases) - one_way
    asymmetric = Trait.counted("asymmetric", one_way, len(cases))
    symmetric = Trait.counted("symmetric", both, len(cases))
    return [asymmetric, symmetric]


def _transitive(pairs: Sequence[_Said]) -> Trait:
    """Of the two-step walks between different ends, those whose ends are related directly too."""
    after: dict[EntityId, set[EntityId]] = defaultdict(set)
    for head, tail, *_ in pairs:
        assert not isinstance(tail, Value)
        after[head].add(tail)
    walks = (
        (a, c) for a in sorted(after) for b in sorted(after[a]) for c in sorted(after.get(b, ())) if c != a
    )
    cases = list(islice(walks, _CHAINS))
    holds = sum(c in after[a] for a, c in cases)
    return Trait.counted("transitive", holds, len(cases))
