"""What shared company is worth, learnt from a workspace's own documents."""

import random

from graph.epochs.acquaintance import learn_acquaintance
from graph.fusion.epoch import EPOCH_0, Epoch
from graph.fusion.memory import MemoryState
from graph.ontology import default_ontology
from tests.unit.fusion_stories import Line, Workspace, date

_FAMILY = ("Abel", "Brandt", "Costa", "Duval", "Ebert", "Fontana", "Grieg", "Hahn", "Ito", "Kovac", "Lund")


def learnt(documents: list[tuple[str, list[Line]]]) -> Epoch:
    ws = Workspace()
    for name, lines in documents:
        ws.tell(name, *lines)
    rows = ws.fuse().difference(MemoryState())
    entity_of = {m: e.id for e in rows.entities.new.values() for m in e.members}
    return learn_acquaintance(EPOCH_0, ws.state, default_ontology(), rows.pairs.new.values(), entity_of)


def registers(*, repeated: float, of_two: float) -> list[tuple[str, list[Line]]]:
    """Two namesakes of each name, each told of by four documents with a birth date and an employer: one's own
    in ``repeated`` of them, and of those in ``of_two`` that of both."""
    rng = random.Random(4)
    found = []
    for family in _FAMILY:
        for n in range(2):
            who = f"Anna {family}:Person"
            for k in range(4):
                firm = (
                    f"{family} & Sons" if rng.random() < of_two else f"{family} {'North' if n else 'South'}"
                )
                if rng.random() >= repeated:
                    firm = f"Firm {rng.randint(1, 10**6)}"
                lines: list[Line] = [(who, "bear on", date(("1940-05-03", "1971-08-24")[n]))]
                lines.append((who, "works for", f"{firm}:Organization"))
                found.append((f"{family} {n} {k}", lines))
    return found


def test_without_evidence_the_weights_that_ship_stand() -> None:
    assert learnt([]) == EPOCH_0
    assert learnt([("a", [("Anna Abel:Person", "works for", "Mercury:Organization")])]) == EPOCH_0


def test_company_is_worth_more_where_only_one_thing_repeats_it() -> None:
    telling = learnt(registers(repeated=0.9, of_two=0.0))
    idle = learnt(registers(repeated=0.9, of_two=1.0))
    assert telling.shared > 2 * EPOCH_0.shared > EPOCH_0.shared > 2 * idle.shared
    assert Epoch.from_parameters(telling.parameters()) == telling


def test_what_many_have_is_common_and_order_plays_no_part() -> None:
    documents = registers(repeated=0.9, of_two=0.2)
    documents += [
        (f"c{n}", [(f"{w} Ltd:Organization", "locate in", "Haverfield:Place")]) for n, w in enumerate(_FAMILY)
    ]
    one, other = learnt(documents), learnt(random.Random(1).sample(documents, len(documents)))
    assert one.id == other.id
    assert 0 < one.common["haverfield"] < 700_000
    assert "abel north" not in one.common
