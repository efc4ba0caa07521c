"""People of one word: Plato is one in all documents, Vance is not, nor Rembrandt beside others."""

from dataclasses import replace

import pytest

from graph.epochs.mononyms import learn_mononyms
from graph.fusion.epoch import EPOCH_0, Epoch
from graph.ontology import default_ontology
from tests.unit.fusion_stories import Workspace, date
from tests.unit.test_epochs_workspace import next_epoch_of

OTHERS = [
    f"{given} {name}"
    for given in ("Ilse", "Kay", "Jon", "Ines")
    for name in map("Person{:02}".format, range(25))
]


def learnt(*names: str, others: list[str] = OTHERS) -> dict[str, int]:
    """The mononyms of a workspace in which each of these names stands in a document of its own."""
    w = Workspace()
    w.tell("others", *((f"{name}:Person",) for name in others))
    for n, name in enumerate(names):
        w.tell(f"{n}", (name if ":" in name else f"{name}:Person",))
    referents = w.fuse()._referents.rows.values()
    return learn_mononyms(referents, default_ontology(), EPOCH_0.same)


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["Plato"] * 3, {"plato": 3}),
        (["Pelé"] * 4, {"pele": 4}),
        (["Plato"] * 2, {}),
        (["Plato:Organization"] * 3, {}),
        (["Anna"] * 9, {}),  # a common given name names nobody in particular
        (["Rembrandt"] * 3 + ["Rembrandt van Rijn"], {}),
        (["Rembrandt"] * 3 + ["Dana Rembrandt"], {}),
        (["Rembrandt"] * 3 + ["Rembrandt Bugatti|Rembrandt"], {}),
        (["Smith"] * 3 + ["Mr. Smith"], {}),
        (["Plato"] * 8 + ["Dana Plato", "Plato Jones"], {"plato": 8}),  # four of five
        (["Plato"] * 8 + ["Dana Plato", "Plato Jones", "Professor Plato"], {}),
        (["李明"] * 3, {}),  # a full name anyway
    ],
)
def test_words_by_which_people_are_named_alone(names: list[str], found: dict[str, int]) -> None:
    assert learnt(*names) == found


def test_a_small_workspace_knows_none() -> None:
    assert learnt(*["Plato"] * 9, others=OTHERS[:50]) == {}


PLATO = replace(EPOCH_0, mononyms={"plato": 3})


@pytest.mark.parametrize(
    ("one", "other", "joined"),
    [
        ("Plato:Person", "Plato:Person", True),
        ("Plato:Person", "Plato", True),
        ("Plato|Platon:Person", "Plato:Person", False),
        ("Plato:Person", "Dana Plato:Person", False),
        ("Plato:Person", "Plato Jones|Plato:Person", False),
        ("Mr. Plato:Person", "Mrs. Plato:Person", False),
        ("Vance:Person", "Vance:Person", False),
    ],
)
def test_a_person_of_one_word_is_one_where_the_epoch_knows_the_word(
    one: str, other: str, joined: bool
) -> None:
    w = Workspace(PLATO)
    w.tell("a", (one,))
    w.tell("b", (other,))
    assert (len(w.entities()) == 1) is joined
    assert len(_under(EPOCH_0, w).entities()) == 2


def test_what_is_told_of_two_of_one_word_still_parts_them() -> None:
    w = Workspace(PLATO)
    w.tell("a", ("Plato:Person", "bear on", date("1901-05-03")))
    w.tell("b", ("Plato:Person", "bear on", date("1985-11-02")))
    w.tell("c", ("Plato:Person",))
    assert len(w.entities()) == 3


def test_calibration_makes_them_one_and_a_rival_in_the_next_parts_them() -> None:
    w = Workspace()
    w.tell("others", *((f"{name}:Person",) for name in OTHERS))
    for name in ("a", "b", "c"):
        w.tell(name, ("Plato:Person",))
    assert w.names().count("Plato") == 3
    w = _under(next_epoch_of(w, ["others", "a", "b", "c"]), w)
    assert w.names().count("Plato") == 1
    w.tell("d", ("Dana Plato:Person",))
    w = _under(next_epoch_of(w, ["others", "a", "b", "c", "d"]), w)
    assert w.names().count("Plato") == 3


def _under(epoch: Epoch, w: Workspace) -> Workspace:
    w.epoch = epoch
    w.state = w.state.unfused()
    return w
