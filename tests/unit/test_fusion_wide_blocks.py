"""Names that fit rivals stay apart where each is borne by more than a block compares."""

import random
from collections import Counter

import pytest

from graph.fusion.epoch import EPOCH_0, Epoch
from tests.unit.fusion_stories import Workspace

Bearers = dict[str, int]  # by "Name:Type"

NARROW = Epoch(block_cap=1000)
EK = {"Nils Ek:Person": 30, "Nora Ek:Person": 30, "N. Ek:Person": 5}
SMITH = {"John Smith:Person": 60, "John Smith Jr:Person": 30, "John Smith Sr:Person": 20}
UNTYPED = {"Nils Ek:Person": 30, "Nora Ek:Person": 30, "N. Ek:Person": 4, "N. Ek:Thing": 3}
UNTYPED_RIVALS = {  # the first Nyla is one of the few
    "Nils Ek:Person": 30, "Nyla Ek:Person": 27, "Nyla Ek:Thing": 3, "N. Ek:Person": 5
}  # fmt: skip
ALIASED = {"Nils Ek:Person": 30, "Nora Ek:Person": 30, "N. Ek:Person": 4, "N. Ek|Nick:Person": 3}
NINE_TO_ONE = {"John Smith:Person": 60, "John Smith Jr:Person": 36, "John Smith Sr:Person": 4}


def entities(bearers: Bearers, seed: int, together: int, epoch: Epoch = EPOCH_0) -> list[Bearers]:
    """Whose members are how many of each name, after a document for each bearer in some order."""
    w, documents = Workspace(epoch), [(f"{n} {said}", said) for said in bearers for n in range(bearers[said])]
    random.Random(seed).shuffle(documents)
    for n, (document, said) in enumerate(documents, start=1):
        w.tell(document, (said,))
        if n % together == 0:
            w.fuse()
    found = w.entities()
    name = {r: referent.names[0] for r, referent in w.state._referents.rows.items()}
    return sorted((dict(Counter(name[m] for m in each.members)) for each in found), key=str)


@pytest.mark.parametrize(("seed", "together"), [(0, 1), (1, 7), (2, 1000), (3, 1000)])
@pytest.mark.parametrize("bearers", [EK, SMITH, UNTYPED, UNTYPED_RIVALS, ALIASED])
def test_who_fits_rivals_joins_neither_however_many_bear_each(
    bearers: Bearers, seed: int, together: int
) -> None:
    apart: Counter[str] = Counter()
    for said, count in bearers.items():
        apart[said.partition(":")[0].partition("|")[0]] += count
    assert entities(bearers, seed, together) == sorted(({n: c} for n, c in apart.items()), key=str)


@pytest.mark.parametrize(("seed", "together"), [(0, 7), (1, 1000)])
def test_four_of_five_who_take_a_side_decide_in_a_wide_block_as_in_a_narrow_one(
    seed: int, together: int
) -> None:
    for epoch in (EPOCH_0, NARROW):
        found = entities(NINE_TO_ONE, seed, together, epoch)
        assert {"John Smith Jr": 36, "John Smith": 60} in found and {"John Smith Sr": 4} in found


def test_who_fits_one_of_two_that_went_joins_the_other() -> None:
    w = Workspace()
    for said, count in EK.items():
        for n in range(count):
            w.tell(f"{n} {said}", (said,))
    assert len(w.entities()) == 3
    for n in range(EK["Nora Ek:Person"]):
        w.forget(f"{n} Nora Ek:Person")
        w.fuse()
    assert [len(each.members) for each in w.entities()] == [35]
    for n in range(EK["Nora Ek:Person"]):
        w.tell(f"{n} Nora Ek:Person", ("Nora Ek:Person",))
        w.fuse()
    assert sorted(len(each.members) for each in w.entities()) == [5, 30, 30]
