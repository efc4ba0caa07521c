"""The epoch that follows from a workspace's evidence."""

from hashlib import sha256

from graph.epochs.workspace import next_epoch
from graph.fusion.epoch import EPOCH_0, Epoch
from graph.ledger.documents import source_id
from graph.ontology import default_ontology
from graph.types import ContentId, Source, SourceId
from tests.unit.fusion_stories import Workspace, date

ENERGIES = [
    f"{word} Energy:Organization" for word in ("Arvo", "Bell", "Cadmir", "Dunn", "Esker", "Fjord", "Gantry")
]


def next_epoch_of(w: Workspace, documents: list[str], overrides: dict[SourceId, int] | None = None) -> Epoch:
    sources = [
        Source(source_id(f"file:{d}"), f"file:{d}", ContentId(sha256(d.encode()).digest())) for d in documents
    ]
    return next_epoch(EPOCH_0, w.fuse(), default_ontology(), sources, overrides or {})


def test_a_rare_word_and_a_neighbour_bring_a_short_name_to_its_longer_one() -> None:
    w = Workspace()
    at = ("headquarter in", "Hovden:Place")
    w.tell("one", ("Borealis Energy:Organization", *at), ("Energy:Organization", *at))
    w.tell("two", ("Borealis:Organization", *at), *((name, *at) for name in ENERGIES))
    assert {"Borealis", "Borealis Energy"} <= set(w.names())
    learnt = next_epoch_of(w, ["one", "two"])
    assert set(learnt.rarity) == {"borealis"}
    w.epoch = learnt
    w.state = w.state.unfused()
    assert "Borealis Energy" in w.names() and "Borealis" not in w.names() and "Energy" in w.names()


def test_of_two_words_that_stand_in_several_names_neither_is_a_slip_of_the_other() -> None:
    w = Workspace()
    hotels = [f"{name}:Organization" for name in ("Alexandria Hotel", "Alexandra Hotel")]
    misspelt = [f"{name}:Organization" for name in ("Norland Laboratory", "Norland Labortory")]
    spelt = [f"{name}:Organization" for name in ("Norland Organisation", "Norland Organization")]
    others = ["Alexandria Library", "Alexandra Trust", "Organisation of Ports", "Organization of Ships"]
    told = [*hotels, *misspelt, *spelt, *(f"{each}:Organization" for each in others)]
    for n, name in enumerate(told):
        w.tell(f"{n}", (name,))
    before = w.names()
    assert "Alexandria Hotel" in before and "Alexandra Hotel" not in before
    w.epoch = next_epoch_of(w, [f"{n}" for n in range(len(told))])
    w.state = w.state.unfused()
    assert set(w.names()) - set(before) == {"Alexandra Hotel"}


def test_a_source_that_the_others_contradict_is_trusted_less() -> None:
    w = Workspace()
    firms = [f"Firm{n} Works:Organization" for n in range(6)]
    for name in ("ann", "bea", "cyd"):
        w.tell(name, *((firm, "found in", date("1999")) for firm in firms))
    w.tell("liar", *((firm, "found in", date("1950")) for firm in firms))
    documents = ["ann", "bea", "cyd", "liar"]
    learnt = next_epoch_of(w, documents)
    told = {d: learnt.trust_of(source_id(f"file:{d}")) for d in documents}
    assert told["liar"] < min(told["ann"], told["bea"], told["cyd"])
    assert learnt.trust_of(source_id("file:unheard")) == learnt.default_trust
