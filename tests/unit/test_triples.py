"""Triples that someone else extracted, as evidence."""

import json
from dataclasses import replace

import pytest

from graph.errors import InvalidInput, QuoteMismatch, UnreadableDocument, UnsupportedFormat
from graph.fusion.epoch import EPOCH_0
from graph.fusion.memory import MemoryState
from graph.fusion.rulings import Rulings
from graph.fusion.support import Document
from graph.fusion.testimony import HAS_ID
from graph.ledger.publish import check
from graph.ontology import default_ontology
from graph.types import ContentId, Evidence, PartialDate, PipelineId, Span, Value, ValueKind, WorkspaceId
from ingest.extraction.triples import TripleExtractor
from ingest.loaders import LOADERS
from ingest.ports import Extraction
from ingest.sniffing import choose_loader
from ingest.transfer import check as check_document
from ingest.triples import MEDIA_TYPE, Triple, parse_triple, read_line
from ingest.types import ParsedDocument
from tests.fakes.told_triples import triple_evidence


def evidence(*triples: Triple, names: tuple[str, ...] = ()) -> Evidence:
    return triple_evidence(WorkspaceId("w"), ContentId(b"c" * 32), "Triples", triples, names)


def loaded(*lines: object) -> ParsedDocument:
    data = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines).encode()
    return choose_loader(data, "deals.triples.jsonl", LOADERS).load(data, "deals.triples.jsonl")


def extracted(document: ParsedDocument) -> Extraction:
    return TripleExtractor().extract(
        document,
        (),
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
        (["Borealis \u2192 Marsh", "ACQUIRED", "Tidewater"], "which parts head"),
        ({"head": "Borealis", "tail": "Tidewater"}, "relation is missing"),
        (
            {"head": "Borealis", "relation": "ACQUIRED", "tail": "T", "quote": "never said"},
            "it has no 'quote'",
        ),
        (
            {"head": "B", "relation": "ACQUIRED", "tail": "T", "head_id": None},
            "head_id must be text or a whole",
        ),
        ({"head": "B", "relation": "ACQUIRED", "tail": "T", "tail_id": True}, "not bool"),
        ({"head": "B", "relation": "ACQUIRED", "tail": "T", "tail_id": "-"}, "tail_id is empty"),
        ({"head": "B", "relation": "ACQUIRED", "tail": "T", "tail_id": "1 \u2192 2"}, "tail_id holds"),
        ({"head": "B", "relation": "ACQUIRED", "tail": "T", "id": 7}, "a head_id and a tail_id if need be"),
        ('{"head": "B", "relation": "ACQUIRED", "tail": "T", "head": "C"}', "it tells 'head' more than once"),
        ("Borealis acquired Tidewater", "it is no JSON"),
        (7, "a list of head, relation and tail"),
    ],
)
def test_a_malformed_triple_is_refused_by_its_line_with_the_reason(row: object, why: str) -> None:
    around = (["Borealis", "ACQUIRED", "Tidewater"], {"head": "Marsh", "relation": "unit of", "tail": "Dahl"})
    assert loaded(*around).text == "Borealis → ACQUIRED → Tidewater\nMarsh → unit of → Dahl"
    with pytest.raises(UnreadableDocument, match=r"none of it was taken.* line 3: ") as refused:
        loaded(around[0], "", row, around[1])
    assert why in str(refused.value) and "line 4" not in str(refused.value)


def test_many_malformed_lines_are_counted() -> None:
    with pytest.raises(UnreadableDocument, match=r"line 10: .*; and 5 more\."):
        loaded(*["nothing"] * 15)


def test_a_file_of_triples_is_known_by_its_name() -> None:
    document = loaded(["Orion  Works", "LEADS", "cafe\u0301"])
    check_document(document)
    assert (document.title, document.media_type) == ("deals", MEDIA_TYPE)
    assert document.text == "Orion Works → LEADS → café"
    with pytest.raises(UnsupportedFormat, match=r"JSON lines.*\(\.triples\.jsonl\)"):
        choose_loader(b'["A", "B", "C"]', "deals.jsonl", LOADERS)


def test_what_a_name_is_follows_from_its_relations_and_literals_are_none() -> None:
    document = loaded(
        ["Ada Long", "LEADS", "Orion Works"],
        ["Ada Long", "BORN_ON", "1970-12-31"],
        ["Orion Works", "employ", "650"],
        ["Orion Works", "HEADQUARTERED_IN", "Bergen"],
        ["Bergen", "BORN_ON", "1900"],
        ["Bergen", "likes", "tea"],
    )
    found = extracted(document)
    assert {r.names[0]: r.type for r in found.referents} == {
        "Ada Long": "Person",
        "Orion Works": "Organization",
        "Bergen": "Thing",  # a place that was born
        "tea": "Thing",
    }
    values = [c.tail.text for c in found.claims if isinstance(c.tail, Value)]
    assert values == ["1970-12-31", "650", "1900"]


@pytest.mark.parametrize(
    ("relation", "tail", "value"),
    [
        ("LENGTH", "300 m", Value(ValueKind.NUMBER, "300", "m")),
        ("LENGTH", "5 km", Value(ValueKind.NUMBER, "5000", "m")),
        ("LENGTH", "3 miles", Value(ValueKind.NUMBER, "3", "miles")),
        ("COST", "$5 million", Value(ValueKind.NUMBER, "5000000", "USD")),
        ("COST", "5,000,000 EUR", Value(ValueKind.NUMBER, "5000000", "EUR")),
        ("POPULATION", "1.2 M", Value(ValueKind.TEXT, "1.2 M")),  # fuse reads it as the relation's kind
        ("POPULATION", "1.2 m people", Value(ValueKind.TEXT, "1.2 m people")),
        ("COST", "5m euros", Value(ValueKind.NUMBER, "5000000", "EUR")),
        ("POPULATION", "about 650", Value(ValueKind.TEXT, "about 650")),
        ("OPENED_ON", "3 May 2019", Value(ValueKind.DATE, "2019-05-03")),
        ("OPENED_ON", "long ago", Value(ValueKind.TEXT, "long ago")),
    ],
)
def test_a_tail_is_read_as_what_its_relation_wants(relation: str, tail: str, value: Value) -> None:
    [claim] = evidence(Triple("Orion", relation, tail)).claims
    assert claim.tail == value


def test_every_triple_quotes_its_line_and_fuses_like_any_claim() -> None:
    rows = (["Borealis", "ACQUIRED", "Tide \n water"], ["Marsh", "looks up to", "Borealis"])
    said = [parse_triple(row) for row in rows]
    found = evidence(*said, names=("Dahl",))
    check(found)
    assert [c.span.of(found.text) for c in found.claims] == [
        "Borealis → ACQUIRED → Tide water",
        "Marsh → looks up to → Borealis",
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


def people(*rows: dict[str, object]) -> list[list[str]]:
    """The ids of each Nils Ek that a document of such lines tells of; fused alone."""
    document = loaded(*rows)
    found = extracted(document)
    assert all(
        m.span.of(document.text) in ("Nils Ek", "N. Ek", "Fjord Works", "Oslo") for m in found.mentions
    )
    ids = {c.head: c.tail.text for c in found.claims if isinstance(c.tail, Value) and c.phrase == HAS_ID}
    state = MemoryState()
    state.put(Document(ContentId(b"c" * 32), (), EPOCH_0.default_trust), found.referents, found.claims)
    state.fuse(EPOCH_0, default_ontology(), Rulings())
    entities = state.difference(MemoryState()).entities.new.values()
    return sorted(sorted(ids.get(r, "") for r in e.members) for e in entities if "Ek" in e.name)


def works(head: str = "Nils Ek", **more: object) -> dict[str, object]:
    return {"head": head, "relation": "WORKS_FOR", "tail": "Fjord Works", **more}


def born(when: str, **more: object) -> dict[str, object]:
    return {"head": "Nils Ek", "relation": "BORN_ON", "tail": when, **more}


@pytest.mark.parametrize(
    ("rows", "apart"),
    [
        ([works(), works("Nils Ek")], [[""]]),
        ([works(head_id=17), works(head_id="18"), works(head_id=17)], [["17"], ["18"]]),
        ([works(head_id=17), works(head_id=18), works()], [[""], ["17"], ["18"]]),  # may be of either
        ([works(head_id=17), works()], [["", "17"]]),
        ([born("1970", head_id=17), born("1970", head_id=18)], [["17"], ["18"]]),  # whatever else agrees
        ([works(head_id=17), works("N. Ek", head_id=17), works(head_id=18)], [["17", "17"], ["18"]]),
        ([born("1970", head_id=17), born("1970"), works(head_id=18)], [["", "17"], ["18"]]),
        ([born("1970"), born("1981")], [[""]]),  # a name alone is one thing, and contested
        (
            [works("Oslo", tail="Nils Ek", tail_id="a"), works("Oslo", tail="Nils Ek", tail_id="b")],
            [["a"], ["b"]],
        ),
    ],
)
def test_ids_tell_things_of_one_name_apart(rows: list[dict[str, object]], apart: list[list[str]]) -> None:
    assert people(*rows) == apart


def test_an_id_stands_in_the_quote_and_is_a_claim_of_its_own() -> None:
    [row] = [works(head_id=17, tail_id="F 9")]
    said = parse_triple(row)
    found = evidence(said)
    check(found)
    assert found.text == said.line == "Nils Ek → WORKS_FOR → Fjord Works → head id 17 → tail id F 9"
    assert read_line(said.line) == said
    assert {(c.phrase, c.relation) for c in found.claims} == {("WORKS_FOR", "WORKS_FOR"), (HAS_ID, None)}
    assert {c.span.of(found.text) for c in found.claims} == {said.line}
    assert sorted(c.tail.text for c in found.claims if isinstance(c.tail, Value)) == ["17", "F 9"]


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


def test_a_phrase_is_of_the_type_that_a_form_of_it_means_either_way_round():
    told = evidence(
        Triple("Ann Lee", "leads", "Orion Works"),
        Triple("Orion Works", "was founded by", "Bo Lind"),
        Triple("Orion Works", "admires", "Delta Group"),
        Triple("Rome", "was led by", "Oslo"),
        Triple("Oslo", "LOCATED_IN", "Norway"),
        Triple("Rome", "LOCATED_IN", "Italy"),
    )
    names = {r.id: r.names[0] for r in told.referents}
    said = {(names[c.head], c.relation, names[c.tail_referent], c.phrase) for c in told.claims}
    assert said >= {
        ("Ann Lee", "LEADS", "Orion Works", "leads"),
        ("Bo Lind", "FOUNDED", "Orion Works", "was founded by"),
        ("Orion Works", None, "Delta Group", "admires"),
    }
