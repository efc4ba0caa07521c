"""Triples that someone else extracted, as evidence."""

from dataclasses import replace

import pytest

from graph.errors import InvalidInput, QuoteMismatch
from graph.fusion.epoch import EPOCH_0
from graph.fusion.facts import Document
from graph.fusion.memory import MemoryState
from graph.fusion.rulings import Rulings
from graph.ledger.publish import check
from graph.ontology import default_ontology
from graph.types import ContentId, Evidence, PartialDate, PipelineId, Span, Value, ValueKind, WorkspaceId
from ingest.triples import Triple, parse_triples, triple_evidence


def evidence(*triples: Triple, names: tuple[str, ...] = ()) -> Evidence:
    return triple_evidence(
        triples,
        names=names,
        kind="Organization",
        title="Triples",
        workspace=WorkspaceId("w"),
        content=ContentId(b"c" * 32),
        pipeline=PipelineId(b"p" * 16),
        ontology=default_ontology(),
    )


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (["Borealis", "ACQUIRED"], "this has 2"),
        (["Borealis", "ACQUIRED", "Tidewater", "2019"], "this has 4"),
        (["Borealis", "ACQUIRED", None], "tail must be text"),
        (["Borealis", " . ", "Tidewater"], "relation is empty"),
        (["B" * 1_001, "ACQUIRED", "Tidewater"], "head is longer"),
        (["Borealis\x00", "ACQUIRED", "Tidewater"], "no text"),
        ({"head": "Borealis", "tail": "Tidewater"}, "relation is missing"),
        ("Borealis acquired Tidewater", "a list of head, relation and tail"),
        (7, "a list of head, relation and tail"),
    ],
)
def test_a_malformed_triple_is_refused_with_the_reason_and_the_others_stand(row: object, why: str) -> None:
    around = (["Borealis", "ACQUIRED", "Tidewater"], {"head": "Marsh", "relation": "unit of", "tail": "Dahl"})
    sound, refused = parse_triples([around[0], row, around[1]])
    assert sound == [Triple("Borealis", "ACQUIRED", "Tidewater"), Triple("Marsh", "unit of", "Dahl")]
    assert list(refused) == [1] and why in refused[1]


def test_every_triple_quotes_its_line_and_fuses_like_any_claim() -> None:
    said, _ = parse_triples([["Borealis", "ACQUIRED", "Tide \n water"], ["Marsh", "belongs to", "Borealis"]])
    found = evidence(*said, names=("Dahl",))
    check(found)
    assert [c.span.of(found.text) for c in found.claims] == [
        "Borealis → ACQUIRED → Tide water",
        "Marsh → belongs to → Borealis",
    ]
    assert [c.relation for c in found.claims] == ["ACQUIRED", None]
    named = {r.id: r.names[0] for r in found.referents}
    assert {m.span.of(found.text) for m in found.mentions} == set(named.values())
    assert {named[c.head] for c in found.claims} == {"Borealis", "Marsh"} and "Dahl" in named.values()
    state = MemoryState()
    state.put(Document(found.content, found.signature, EPOCH_0.default_trust), found.referents, found.claims)
    state.fuse(EPOCH_0, default_ontology(), Rulings())
    assert sorted(f.relation for f in state.difference(MemoryState()).facts.new.values()) == [
        "ACQUIRED",
        "RELATED_TO",
    ]


def test_a_malformed_claim_is_refused_at_the_ledgers_door() -> None:
    found = evidence(Triple("Borealis", "ACQUIRED", "Tidewater"))
    [claim] = found.claims
    for broken, why in (
        (replace(claim, phrase=" "), "needs a phrase"),
        (replace(claim, tail=Value(ValueKind.NUMBER, " ")), "value is empty"),
        (replace(claim, valid_from=PartialDate("2020-02"), valid_to=PartialDate("2019")), "ends before"),
        (replace(claim, confidence=1_000_001), "confidence"),
    ):
        with pytest.raises(InvalidInput, match=why):
            check(replace(found, claims=(broken,)))
    with pytest.raises(QuoteMismatch):
        check(replace(found, claims=(replace(claim, span=Span(5, 5_000)),)))
