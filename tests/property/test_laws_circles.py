"""Circles alone, on small graphs of facts that come, go, change and are decided for."""

from random import Random
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from graph.fusion import walks
from graph.fusion.beliefs import BeliefPass
from graph.fusion.circles import circle_pass
from graph.fusion.decided import Ruled, Word
from graph.fusion.epoch import EPOCH_0
from graph.fusion.memory import MemoryState
from graph.fusion.rulings import Rulings
from graph.fusion.statements import family_of
from graph.fusion.view import GraphDiff, Inputs, TableDiff
from graph.ontology import Ontology
from graph.types import Fact, FactId, FactStatus
from tests.property.brute_force.inferences import circles, contested, denied
from tests.property.test_laws_closure import KINDS, RELATIONS, WORLDS, some_fact

NONE: Any = TableDiff()
ORDERS = {RELATIONS: ("HAS_PART",), KINDS: ("HOLDS", "HOLDS", "CAPITAL_OF", "SEAT_OF")}


@settings(max_examples=150)
@given(
    seed=st.integers(0, 2**32),
    words=st.sampled_from((RELATIONS, KINDS)),
    widest=st.sampled_from((32, 256, 1 << 14)),
)
def test_passes_over_circles_equal_the_brute_force_one(seed, words, widest):
    rng, state, ontology = Random(seed), MemoryState(), WORLDS[words]
    bare: dict[FactId, Fact] = {}  # as they are before circles
    ruled: Ruled = {}
    with patch.object(walks, "WIDEST", widest):
        for _ in range(10):
            before, was = dict(bare), dict(ruled)
            for fact in (some_fact(rng, ORDERS[words], ontology) for _ in range(rng.choice((0, 0, 1, 2, 8)))):
                bare[fact.id] = fact
            for id_ in rng.sample(sorted(bare), min(len(bare), rng.choice((0, 0, 0, 1, 4)))):
                del bare[id_]
            for fact in rng.sample(list(bare.values()), min(len(bare), rng.choice((0, 1, 1)))):
                said = family_of(fact)
                ruled = {k: words for k, words in ruled.items() if k != said} if said in ruled else {
                    **ruled, said: {None: Word(rng.randrange(3))}
                }  # fmt: skip
            changed = {said for said in was.keys() | ruled.keys() if was.get(said) != ruled.get(said)}
            anew = frozenset((said.head, said.relation, said.tail) for said in changed)
            judged_again = rng.sample(sorted(bare), min(len(bare), 2))  # and found as they were
            advance(state, ontology, before, bare, judged_again, ruled, anew)
            assert rows_of(state) == expected(bare, ruled, ontology)
            fresh = MemoryState()
            advance(fresh, ontology, {}, bare, [], ruled, frozenset())
            assert (fresh._facts.rows, fresh._conflicts.rows) == (state._facts.rows, state._conflicts.rows)


def advance(state, ontology: Ontology, before, bare, again, ruled, anew) -> None:
    """As beliefs hand it on: rows as they are kept, circles and all, and rows as they would be without."""
    changed = {i for i in before.keys() | bare.keys() if before.get(i) != bare.get(i)}
    judged = changed | {i for i in again if i in bare}
    stored = {i: state._facts.rows[i] for i in judged if i in state._facts.rows}
    facts = TableDiff.between(stored, {i: bare[i] for i in judged if i in bare})
    inputs = Inputs(EPOCH_0, ontology, Rulings(), Rulings())
    found = circle_pass(state, inputs, BeliefPass(facts, NONE, ruled, anew, ()))
    state.apply(GraphDiff(NONE, NONE, NONE, NONE, found.facts, found.conflicts))
    assert state.sums == state.recomputed_sums(), "no row is told twice, and none that was not there"


def rows_of(state: MemoryState) -> tuple[object, ...]:
    conflicts = {(c.facts, c.winner, c.kind.value) for c in state._conflicts.rows.values()}
    return {i: f.status for i, f in state._facts.rows.items()}, conflicts


def expected(bare: dict[FactId, Fact], ruled: Ruled, ontology: Ontology) -> tuple[object, ...]:
    names = ("id", "head", "tail", "relation", "qualifiers", "polarity", "valid_from", "valid_to", "status")
    plain = [
        SimpleNamespace(
            key="", value=None, told_from=f.valid_from, confidence=f.confidence, claims=f.id,
            **{name: getattr(f, name) for name in names},
        )
        for f in bare.values()
    ]  # fmt: skip
    said = [(words[None].position, (*f[:2], *f[3:]), None) for f, words in ruled.items()]
    statuses, losses = {i: f.status for i, f in bare.items()}, {}
    for circle in circles(plain, ontology):
        if worst := contested(circle, said, EPOCH_0):
            known = losses.get(circle[0].id, (worst, circle))
            losses[circle[0].id] = min(known, (worst, circle), key=lambda each: each[0])
    conflicts = set()
    for stands, circle, winner in denied(plain, said, EPOCH_0, ontology):
        if not stands:
            statuses[circle[0].id] = FactStatus.CONTESTED
        conflicts.add((tuple(sorted(f.id for f in circle)), winner, "polarity"))
    for lost, (worst, circle) in losses.items():
        statuses[lost] = FactStatus.CONTESTED
        members = tuple(sorted(f.id for f in circle))
        conflicts.add((members, None if worst[0] == -1 else worst[-1], "direction"))
    return statuses, conflicts
