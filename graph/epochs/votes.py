"""What sources say of the same things, read off a fused graph: the votes that trust is learnt from."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from graph.fusion.normalize import finer, normalise_value
from graph.fusion.support import Document, near_duplicates
from graph.ontology import Ontology
from graph.types import (
    Claim,
    ClaimId,
    Conflict,
    ConflictId,
    ConflictKind,
    ContentId,
    Fact,
    FactId,
    FactStatus,
    Value,
)


class Vote(NamedTuple):
    """``source`` says ``value`` of ``item``, by ``relation``. Values of one item exclude each other."""

    item: Hashable
    source: str
    value: Hashable
    relation: str = ""


def votes_of(
    facts: Mapping[FactId, Fact],
    conflicts: Iterable[Conflict],
    claims: Mapping[ClaimId, Claim],
    documents: Mapping[ContentId, Document],
    sources: Mapping[ContentId, Sequence[str]],
    ontology: Ontology,
    duplicate: int,
) -> Iterator[Vote]:
    """A vote for each independent document of each fact that could have had rivals.

    Items are the conflicts over a value, and the facts of functional relations that have none. What was
    superseded was right in its time and is no vote, and neither is a value that several rivals say more
    precisely: it is right with any of them. ``sources`` names each content's, sorted: the first
    votes. Near-duplicates (``duplicate``, see Epoch) vote once. O(claims).
    """
    rivals: dict[FactId, list[Conflict]] = {}
    vague: set[tuple[ConflictId, FactId]] = set()
    for conflict in conflicts:
        for member in conflict.facts:
            rivals.setdefault(member, []).append(conflict)
        if conflict.kind is ConflictKind.VALUE:
            members = map(facts.__getitem__, conflict.facts)
            vague |= {(conflict.id, id_) for id_ in _vague(members, ontology)}
    for id_, fact in facts.items():
        relation = _single(fact, ontology)
        if relation is None or not fact.polarity:
            continue
        if fact.status in (FactStatus.SUPERSEDED, FactStatus.INFERRED):
            continue
        items: list[bytes] = [
            c.id for c in rivals.get(id_, ()) if c.kind is ConflictKind.VALUE and (c.id, id_) not in vague
        ]
        if not items and id_ not in rivals:
            items = [id_]
        contents = {claims[c].content for c in fact.claims}
        classes = near_duplicates({c: documents[c].signature for c in contents}, duplicate)
        voters = {
            classes[c]: min(sources[d][0] for d in contents if classes[d] == classes[c]) for c in contents
        }
        for item in items:
            for source in voters.values():
                yield Vote(item, source, id_, relation)


def _vague(facts: Iterable[Fact], ontology: Ontology) -> Iterator[FactId]:
    """Those whose value others say more precisely, each in its own way: they exclude none of these."""
    said: dict[Value, list[FactId]] = {}
    for fact in facts:
        if isinstance(fact.tail, Value) and fact.polarity:
            said.setdefault(normalise_value(fact.tail, ontology.units), []).append(fact.id)
    for value, more in finer(said.keys()).items():
        if more:
            yield from said[value]


def _single(fact: Fact, ontology: Ontology) -> str | None:
    """By which relation, its own or one that it is a kind of, the fact has one value at a time, if any."""
    found = None
    for sense in ontology.relations.above(fact.relation, literal=fact.tail_entity is None):
        traits = ontology.relations.traits(sense.relation)
        if traits.functional or traits.inverse_functional:
            found = sense.relation
    return found
