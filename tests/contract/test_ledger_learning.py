"""Learnt phrases and traits over the ledger: recorded, adopted by a decision, and taken back."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from app.bootstrap import fused_ontology
from graph.commit import calibrate, fuse_pending, graph_digest, verify
from graph.fusion.epoch import Epoch
from graph.ledger import decisions, derived, documents, epochs
from graph.ledger.engine import Ledger
from graph.ledger.publish import publish
from graph.ontology import default_ontology
from graph.types import AdoptEpoch, Claim, ContentId, Fact, FactStatus, Revert, Value, WorkspaceId
from ingest.triples import Triple
from tests.fakes.told_triples import triple_evidence

WS = WorkspaceId("test")
FIRMS = [
    f"{a}{b} Works" for a in ("Bardun", "Felgor", "Halkem", "Lormun") for b in ("nev", "pol", "rus", "sil")
]


def tell(ledger: Ledger, name: str, triples: Sequence[Triple]) -> None:
    """Phrases as they are written, whatever form they are of: what reads prose need not know that form."""
    content = ContentId(sha256(name.encode()).digest())
    evidence = triple_evidence(WS, content, name, triples)
    evidence = replace(evidence, claims=tuple(map(_as_written, evidence.claims)))
    with ledger.write() as conn:
        documents.accept(conn, WS, [documents.Upload(f"test:{name}", content, 1, "text/plain", name)])
    publish(ledger, WS, evidence)


def _as_written(claim: Claim) -> Claim:
    if claim.phrase.endswith(" by"):
        assert not isinstance(claim.tail, Value)
        return replace(claim, head=claim.tail, relation=None, tail=claim.head)
    return claim


def facts(ledger: Ledger) -> list[Fact]:
    fuse_pending(ledger, WS)
    with ledger.read() as conn:
        return list(derived.stored(conn, WS).facts.new.values())


def test_what_is_learnt_is_adopted_holds_and_is_taken_back(ledger: Ledger) -> None:
    pairs = list(zip(FIRMS, FIRMS[1:] + FIRMS[:1], strict=True))
    tell(ledger, "one", [Triple(a, "SUPPLIES", b) for a, b in pairs])
    again = [Triple(a, "supplier of", b) for a, b in pairs]  # in other words, or it were a copy
    tell(ledger, "two", [*again, Triple(FIRMS[0], "was purchased by", FIRMS[5])])
    tell(ledger, "odd", [Triple(FIRMS[0], "SUPPLIES", FIRMS[7])])
    before = facts(ledger)
    assert {f.relation for f in before} == {"SUPPLIES", "RELATED_TO"}
    assert {f.status for f in before} == {FactStatus.ACCEPTED}
    was = graph_digest(ledger, WS)

    learnt = calibrate(ledger, WS)
    with ledger.read() as conn:
        epoch = Epoch.from_parameters(epochs.read(conn, WS, learnt))
    assert epoch.traits == {"SUPPLIES": ("asymmetric", "functional", "inverse_functional")}
    assert [(p, t.relation, t.turned) for p, t in epoch.phrases.items()] == [
        ("was purchased by", "ACQUIRED", True)
    ]
    assert graph_digest(ledger, WS) == was, "nothing changes before it is adopted"

    with ledger.write() as conn:
        adopted = decisions.decide(conn, WS, AdoptEpoch(learnt), "operator")
    after = facts(ledger)
    assert {f.relation for f in after} == {"SUPPLIES", "ACQUIRED"}
    [odd] = [f for f in after if f.status is not FactStatus.ACCEPTED]
    assert odd.support == 1 and "weightier" in odd.reason
    assert [f.reason for f in after if f.relation == "ACQUIRED"] == [
        'Its relation type was learnt from "was purchased by".'
    ]
    assert verify(ledger, WS).ok
    assert fused_ontology(ledger, WS).relation_types["SUPPLIES"].functional, "what answers go by"
    assert calibrate(ledger, WS) == learnt, "what is learnt does not rest on what was"

    with ledger.write() as conn:
        decisions.decide(conn, WS, Revert(adopted.position), "operator")
    facts(ledger)
    assert graph_digest(ledger, WS) == was
    assert fused_ontology(ledger, WS) == default_ontology()
