"""Inference alone, on small dense graphs of facts that come, go and change."""

from collections.abc import Sequence
from random import Random
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from graph.fusion import walks
from graph.fusion.closure import closure_pass
from graph.fusion.facts import fact_id
from graph.fusion.memory import MemoryState
from graph.fusion.statements import Family
from graph.fusion.view import GraphDiff, TableDiff
from graph.identity import make_id
from graph.ontology import Ontology
from graph.types import ClaimId, EntityId, Fact, FactId, FactStatus, PartialDate
from tests.property.brute_force.inferences import inferences
from tests.property.worlds import KINDS_ONTOLOGY, PARTS_ONTOLOGY

PLACES = [EntityId(make_id("entity", n)) for n in range(7)]
RELATIONS = ("HAS_PART", "HAS_PART", "JOINED_TO", "SEVERED_FROM", "BEFORE")
TIMES = ((None, None), (None, None), (None, None), ("2001", "2010"), ("2005-03", None), (None, "2003"))
STATUSES = (FactStatus.ACCEPTED,) * 8 + (FactStatus.CONTESTED, FactStatus.SUPERSEDED)


KINDS = ("HOLDS", "HOLDS", "CAPITAL_OF", "SEAT_OF", "TIED_TO", "TWIN_OF", "LINKED", "FRIEND_OF", "ENEMY_OF")
WORLDS = {RELATIONS: PARTS_ONTOLOGY, KINDS: KINDS_ONTOLOGY}


def some_fact(rng: Random, relations: Sequence[str], ontology: Ontology) -> Fact:
    relation, (head, tail) = rng.choice(relations), rng.sample(PLACES, 2)
    if ontology.relations.traits(relation).symmetric and tail < head:
        head, tail = tail, head
    start, end = (PartialDate(date) if date else None for date in rng.choice(TIMES))
    qualifiers, polarity = (("season", "winter"),) * (rng.random() < 0.05), rng.random() > 0.05
    return Fact(
        id=fact_id(Family(head, relation, "", tail, qualifiers, polarity), None, start),
        head=head, relation=relation, tail=tail, phrase="", qualifiers=qualifiers, polarity=polarity,
        valid_from=start, valid_to=end, stated=None, status=rng.choice(STATUSES),
        confidence=rng.choice((500_000, 900_000)), support=rng.choice((1, 2)),
        claims=(ClaimId(make_id("claim", rng.random().hex())),),
        valid_from_implied=start is not None and rng.random() < 0.2,
        valid_to_implied=end is not None and rng.random() < 0.2,
    )  # fmt: skip


@settings(max_examples=300)
@given(
    seed=st.integers(0, 2**32),
    words=st.sampled_from((RELATIONS, KINDS)),
    relations=st.integers(1, 4),
    widest=st.sampled_from((2, 8, 32, 1 << 14)),
)
def test_passes_of_inference_equal_the_brute_force_one(seed, words, relations, widest):
    rng, state, ontology = Random(seed), MemoryState(), WORLDS[words]
    stated: dict[FactId, Fact] = {}
    names = rng.sample(sorted(set(words)), relations)
    with patch.object(walks, "WIDEST", widest):
        for _ in range(8):
            before = dict(stated)
            for fact in (some_fact(rng, words, ontology) for _ in range(rng.choice((1, 2, 12)))):
                if fact.relation in names:
                    stated[fact.id] = fact
            for id_ in rng.sample(sorted(stated), min(len(stated), rng.choice((0, 1, 1, 4)))):
                del stated[id_]
            advance(state, ontology, TableDiff.between(before, stated))
            assert {row(f) for f in state._facts.rows.values() if f.grounds} == expected(stated, ontology)


def advance(state: MemoryState, ontology: Ontology, changes: TableDiff[FactId, Fact]) -> None:
    found = closure_pass(state, ontology, changes).facts
    merged = TableDiff({**found.old, **changes.old}, {**found.new, **changes.new})
    none: Any = TableDiff()
    state.apply(GraphDiff(none, none, none, none, merged, none))


def row(f: Fact) -> tuple[object, ...]:
    said = (f.head, f.relation, f.tail, f.qualifiers, f.polarity, f.valid_from, f.valid_to, f.stated)
    return (
        *said,
        f.status,
        f.confidence,
        f.support,
        f.claims,
        f.grounds,
        f.valid_from_implied,
        f.valid_to_implied,
    )


def expected(stated: dict[FactId, Fact], ontology: Ontology) -> set[tuple[object, ...]]:
    names = ("head", "tail", "relation", "qualifiers", "polarity", "valid_from", "valid_to", "status")
    names += ("valid_from_implied", "valid_to_implied")
    plain = [
        SimpleNamespace(
            key="",
            value=None,
            told_from=f.valid_from,
            confidence=f.confidence,
            support=f.support,
            **{name: getattr(f, name) for name in names},
        )
        for f in stated.values()
    ]
    return inferences(plain, ontology)
