"""Temporal kinds, units and inverses, induced from planted worlds with noise and with little."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from app import presentation
from graph.epochs.induction import Induced, induce
from graph.epochs.inverses import find_inverses
from graph.epochs.proposal import proposal
from graph.ontology import default_ontology, default_ontology_text, parse_ontology
from graph.relations import Temporal
from graph.types import EntityId
from tests.unit.fusion_stories import Line, Workspace, number
from tests.unit.test_epochs_induction import names

ONTOLOGY = default_ontology()
HEADS = 60


def held(begin: int | None, end: int | None, stated: int) -> dict[str, Any]:
    return {
        "valid_from": None if begin is None else str(begin),
        "valid_to": None if end is None else str(end),
        "stated": str(stated),
    }


def told(seed: int, noise: float) -> list[Line]:
    """Statements of known kind; a share of the dates, units and directions is wrong."""
    rng = Random(seed)
    people, firms, places = (names(rng, HEADS, kind) for kind in ("Person", "Organization", "Place"))
    lines: list[Line] = []
    for n, (person, firm, place) in enumerate(zip(people, firms, places, strict=True)):
        year = 1950 + n
        wrong = rng.random() < noise
        for k in range(3):  # one coach at a time, each until the next one comes
            begin, end = year + 5 * k, None if k == 2 else year + 5 * k + (9 if wrong else 5)
            lines.append((firm, "coached by", people[(n + k) % HEADS], held(begin, end, 2000)))
        for k in range(2):  # happens, and happens again
            at = year + 7 * k
            lines.append((firm, "raided", firms[(n + 3 + k) % HEADS], held(at, at + (4 if wrong else 0), at)))
        for k in range(2):  # whoever says it and whenever, the same; some documents err
            where = places[(n + 1) % HEADS] if wrong and k else place
            lines.append((person, "hails from", where, held(None, None, year + 9 * k)))
        for k in range(2):  # of several at once
            lines.append((person, "advises", firms[(n + k) % HEADS], held(year, year + 9, year)))
        lines.append((firm, "hired", person, {}))
        # The other way round; now and then of another one
        lines.append((person, "toils for", firms[(n + 5) % HEADS] if wrong else firm, {}))
        lines.append((firm, "hired", people[(n + 11) % HEADS], {}))
        lines.append((people[(n + 11) % HEADS], "toils for", firm, {}))
        # Who runs a firm toils for it too, and is one of several
        lines.append((firm, "run by", person, {}))
        ton = number(str(n + 1), "t") if n % 2 else number(str(1000 * (n + 1)), "kg")
        lines.append((firm, "hauled", number(str(n), "m") if wrong else ton, {}))
        lines.append((firm, "scored", number(str(n)), {}))
    return lines


def found(lines: list[Line]) -> dict[str, Induced]:
    w = Workspace()
    for n, at in enumerate(range(0, len(lines), 40)):
        w.tell(f"document {n}", *lines[at : at + 40])
    return {each.name: each for each in induce(w.fuse(), ONTOLOGY)}


def named(induced: dict[str, Induced], start: str) -> Induced:
    return next(each for name, each in sorted(induced.items()) if name.startswith(start))


@pytest.mark.parametrize("noise", [0.0, 0.05])
@pytest.mark.parametrize("seed", range(3))
def test_what_was_planted_is_found_and_nothing_else(seed: int, noise: float) -> None:
    induced = found(told(seed, noise))
    kinds = {each.name.split("_")[0]: each.temporal.name for each in induced.values() if each.temporal}
    assert kinds == {"COACH": "state", "RAID": "event", "HAIL": "static"}
    units = {each.name.split("_")[0]: each.unit[0] for each in induced.values() if each.unit}
    assert units == {"HAUL": "kg"}
    unit = named(induced, "HAUL").unit
    assert unit is not None and unit[1].proposed and unit[1].of == HEADS
    inverses = {
        each.name.split("_")[0]: each.inverse[0].split("_")[0]
        for each in induced.values()
        if each.inverse and each.inverse[1].proposed
    }
    assert inverses == {"HIRE": "TOIL", "TOIL": "HIRE"}


def test_they_are_proposed_with_their_counts_and_the_proposal_can_be_set() -> None:
    induced = found(told(0, 0.05))
    text = proposal(default_ontology_text(), list(induced.values()))
    new = parse_ontology(text).relation_types
    coach, raid, toil, hire = (named(induced, n).name for n in ("COACH", "RAID", "TOIL", "HIRE"))
    assert (new[coach].temporal, new[raid].temporal) == (Temporal.STATE, Temporal.EVENT)
    assert {new[toil].inverse_of, new[hire].inverse_of} == {hire, toil}
    shown = presentation.induced(named(induced, "HAUL"))
    assert shown.unit is not None and (shown.unit.name, shown.unit.proposed) == ("kg", True)
    shown = presentation.induced(induced[hire])
    assert shown.inverse_of is not None and shown.inverse_of.name == toil
    assert presentation.induced(induced[coach]).temporal == "state"
    assert '# unit = "kg"  # 0.' in text and '# not temporal = "' in text


def test_an_inverse_that_is_taken_is_not_proposed_again() -> None:
    rng = Random(9)
    places, parts = names(rng, 12, "Place"), names(rng, 12, "Place")
    w = Workspace()
    pairs = list(zip(places, parts, strict=True))
    w.tell("a", *((part, "lie in", place) for place, part in pairs))
    w.tell("b", *((place, "encloses", part) for place, part in pairs))
    induced = {each.name: each for each in induce(w.fuse(), ONTOLOGY)}
    encloses = named(induced, "ENCLOSE")
    assert (
        encloses.inverse is not None and encloses.inverse[0] == "LOCATED_IN" and encloses.inverse[1].proposed
    )
    text = proposal(default_ontology_text(), list(induced.values()))
    assert parse_ontology(text).relation_types[encloses.name].inverse_of == "LOCATED_IN"
    twice = [encloses, replace(encloses, name="ENCLOSE_TOO", phrases=())]
    both = parse_ontology(proposal(default_ontology_text(), twice)).relation_types
    assert [both[each.name].inverse_of for each in twice] == ["LOCATED_IN", None]
    taken = default_ontology_text().replace(
        "[relation.LOCATED_IN]\n",
        '[relation.HOLDS]\nheads = ["Place"]\ntails = ["Place"]\n'
        '[relation.LOCATED_IN]\ninverse_of = "HOLDS"\n',
    )
    left = proposal(taken, list(induced.values()))
    assert parse_ontology(left).relation_types[encloses.name].inverse_of is None
    assert '# not inverse_of = "LOCATED_IN"' in left


def test_few_cases_propose_nothing() -> None:
    few = found(told(0, 0.0)[: 16 * 3])  # of three heads
    assert few.keys() >= {"ADVISE", "HIRE"}
    for each in few.values():
        assert each.temporal is None
        assert each.inverse is None or not each.inverse[1].proposed
        assert each.unit is None or not each.unit[1].proposed


def test_a_part_of_the_inverse_is_no_inverse_and_each_has_one() -> None:
    def entity(kind: str, n: int) -> EntityId:
        return EntityId(f"{kind}{n:04}".encode().ljust(16))

    works = {(entity("p", n), entity("o", n % 10)) for n in range(40)}
    employs = {(o, p) for p, o in works}
    led_by = {(entity("o", n), entity("p", n)) for n in range(10)}
    chosen = find_inverses({"WORKS": works, "EMPLOYS": employs, "LED_BY": led_by})
    assert chosen["WORKS"][0] == "EMPLOYS" and chosen["EMPLOYS"][0] == "WORKS" and "LED_BY" not in chosen
    alone = find_inverses({"WORKS": works, "LED_BY": led_by})
    assert (alone["WORKS"][1].holds, alone["WORKS"][1].of, alone["WORKS"][1].proposed) == (10, 40, False)


def test_the_order_of_statements_and_documents_does_not_matter() -> None:
    lines = told(1, 0.05)
    w, turned = Workspace(), Workspace()
    parts = [lines[at : at + 40] for at in range(0, len(lines), 40)]
    for n, part in enumerate(parts):
        w.tell(f"document {n}", *part)
    for n, part in reversed(list(enumerate(parts))):
        turned.tell(f"document {n}", *part)
    assert induce(w.fuse(), ONTOLOGY) == induce(turned.fuse(), ONTOLOGY)
