"""What a workspace's facts say of its relations: how many, which way, of what kinds. A proposal for a person.

A trait is counted where it could have failed: a relation is functional if heads of which two documents or
more speak have one tail; it is asymmetric if pairs of which two or more speak are told one way round.
Confidence is the lower end of Wilson's interval (1927), so that few cases say little and some noise does not
hide a rule.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from math import sqrt

from graph.epochs.wording import forms
from graph.errors import OntologyError
from graph.fusion.memory import MemoryState
from graph.fusion.normalize import normalise_phrase
from graph.ontology import RELATED_TO, THING, Ontology, check_relation_name
from graph.types import EntityId, Fact, FactStatus, Value

_LEAST_FACTS = 5  # below, a phrase is an anecdote
_LEAST_CASES = 8  # below, a trait is
_CHAINS = 100_000  # two-step walks that transitivity is looked for in
_Z = 1.645  # one-sided 95 %
# Lower bounds from which a trait is proposed. A relation with two tails a head looks functional in half of
# the heads that two documents speak of, a symmetric one looks one-sided in up to .63 of its pairs.
_BOUNDS = {
    "functional": 0.8,
    "inverse_functional": 0.8,
    "asymmetric": 0.67,
    "symmetric": 0.35,
    "transitive": 0.8,
}
_TELLING = 2 / 3  # share of a head's documents that agree, for it to have one tail
_ONE_WAY = 3 / 4  # share of a pair's documents that tell it one way round
_STRAY = 0.05  # share of ends below which a type is noise

_Said = tuple[EntityId, EntityId | Value, str, int]  # head, tail, from when, documents


@dataclass(frozen=True, slots=True)
class Trait:
    """It held in ``holds`` of ``of`` cases. ``confidence`` is Wilson's lower bound, to a thousandth."""

    name: str
    holds: int
    of: int
    confidence: float

    @property
    def proposed(self) -> bool:
        return self.of >= _LEAST_CASES and self.confidence >= _BOUNDS[self.name]


@dataclass(frozen=True, slots=True)
class Induced:
    """A relation as its facts show it. ``listed``: it is a type of the ontology in force, not a new one.

    ``domain`` and ``range`` are the confidences that an end is of the types named.
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
    for words in sorted(turned.keys() - {w for _, w in groups}):  # a passive that nobody says actively
        groups[RELATED_TO, (*words, "by")] = turned.pop(words)
    for (relation, words), group in sorted(groups.items()):
        listed = relation != RELATED_TO
        name = relation if listed else _name(words)
        said = [_said(f) for f in group] + [_back(f) for f in turned.get(words, ()) if f.tail_entity]
        if len(said) < _LEAST_FACTS or name is None or (not listed and name in ontology.relation_types):
            continue
        own = {normalise_phrase(f.phrase) for f in group} if not listed else set()
        phrases = sorted(own - ontology.phrase_index.keys())
        if not listed and not phrases:
            continue
        found[name] = _induced(name, listed, phrases, said, types, ontology)
    return [found[name] for name in sorted(found)]


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


def proposal(text: str, relations: Sequence[Induced]) -> str:
    """``text``, an ontology's TOML, with what was induced: new types as such, all evidence as comments."""
    lines = [
        text.rstrip("\n"),
        "",
        "# Induced from the facts of this workspace; read it before you set it.",
        "",
    ]
    for found in relations:
        counted = [t for t in found.traits if t.of]
        shown = "; ".join(f"{t.name} {t.confidence:.2f} ({t.holds} of {t.of})" for t in counted)
        if found.listed:
            lines += [f"# {found.name}: {found.facts} facts. {shown}".rstrip(" ."), ""]
            continue
        lines += [f"[relation.{found.name}]  # {found.facts} facts", f"heads = {_array(found.heads)}"]
        lines[-1] += f"  # {found.domain:.2f}"
        if found.tails:
            lines.append(f"tails = {_array(found.tails)}  # {found.range:.2f}")
        if found.values:
            lines.append(f"values = {_array(found.values)}  # {found.range:.2f}")
        for trait in found.traits:
            if trait.of:
                line = f"{trait.name} = true  # {trait.confidence:.2f}: {trait.holds} of {trait.of}"
                lines.append(line if trait.proposed else f"# not {line}")
        lines += [f"phrases = {_array(found.phrases)}", ""]
    return "\n".join(lines)


def wilson(holds: int, of: int) -> float:
    """The lower end of the one-sided 95 % interval of a share, 0 of no cases; rounded to thousandths."""
    if of == 0:
        return 0.0
    share, square = holds / of, _Z * _Z
    spread = _Z * sqrt(share * (1 - share) / of + square / (4 * of * of))
    return round(max(0.0, (share + square / (2 * of) - spread) / (1 + square / of)), 3)


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
    return Trait(name, holds, len(cases), wilson(holds, len(cases)))


def _direction(pairs: Sequence[_Said]) -> list[Trait]:
    ways: dict[frozenset[object], Counter[EntityId]] = defaultdict(Counter)
    for head, tail, _, documents in pairs:
        ways[frozenset((head, tail))][head] += documents
    cases = [way for way in ways.values() if way.total() > 1]
    one_way = sum(max(way.values()) >= _ONE_WAY * way.total() for way in cases)
    both = len(cases) - one_way
    asymmetric = Trait("asymmetric", one_way, len(cases), wilson(one_way, len(cases)))
    symmetric = Trait("symmetric", both, len(cases), wilson(both, len(cases)))
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
    return Trait("transitive", holds, len(cases), wilson(holds, len(cases)))


def _array(texts: Sequence[str]) -> str:
    return json.dumps(list(texts), ensure_ascii=False)
