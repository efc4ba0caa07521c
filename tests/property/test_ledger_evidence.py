"""Whatever evidence is fit to be published is read back as it was, on both databases."""

from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.identity import make_id
from graph.ledger import publish as module
from graph.ledger.documents import accept
from graph.ledger.engine import Ledger
from graph.ledger.evidence import claims_of, read_evidence, referents_of, texts_at
from graph.ledger.publish import publish
from graph.types import (
    MICRO,
    Chunk,
    Claim,
    ClaimId,
    ContentId,
    Element,
    ElementKind,
    Evidence,
    Mention,
    MentionKind,
    PartialDate,
    Referent,
    ReferentId,
    Span,
    Value,
    ValueKind,
    WorkspaceId,
)
from tests.fakes.ledger_evidence import PIPELINE, upload

WS = WorkspaceId("test")
_serial = count()

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
maybe = st.none() | words
said = words.filter(lambda text: bool(text.strip()))
dates = st.none() | st.sampled_from(["2019", "2019-05", "2019-05-03"]).map(PartialDate)
pages = st.none() | st.integers(1, 2**31 - 1)


@st.composite
def evidences(draw: st.DrawFn) -> Evidence:
    text = draw(words.map(lambda w: w * 5)) + "."
    content = ContentId(make_id("content", next(_serial)).ljust(32, b"\xff"))

    def spans(*, empty: bool = False) -> st.SearchStrategy[Span]:
        starts = st.integers(0, len(text) - 1)
        return starts.flatmap(
            lambda start: st.builds(Span, st.just(start), st.integers(start + (not empty), len(text)))
        )

    ords = sorted(draw(st.sets(st.integers(0, 2**31 - 1), max_size=5)))
    parents = st.none() | (st.sampled_from(ords) if ords else st.none())
    elements = [
        Element(o, draw(st.sampled_from(ElementKind)), draw(spans(empty=True)), 0, draw(parents), draw(pages))
        for o in ords
    ]
    chunks = [Chunk(o, draw(spans()), draw(pages), tuple(draw(st.lists(words, max_size=3)))) for o in ords]
    referents = [
        Referent(
            ReferentId(make_id("referent", content, n)),
            content,
            draw(words),
            tuple(draw(st.lists(words, min_size=1, max_size=3))),
            draw(spans()),
        )
        for n in range(draw(st.integers(0, 4)))
    ]
    places = {(r.id, span) for r in referents for span in draw(st.lists(spans(), min_size=1, max_size=3))}
    mentions = [
        Mention(id_, span, draw(st.sampled_from(MentionKind)))
        for id_, span in draw(st.permutations(sorted(places)))
    ]
    values = st.builds(Value, st.sampled_from(ValueKind), said, maybe)
    ends = st.sampled_from([r.id for r in referents]) if referents else st.nothing()
    quotes = spans().filter(lambda span: bool(span.of(text).strip()))
    claims = [
        Claim(
            id=ClaimId(make_id("claim", content, n)),
            content=content,
            head=draw(ends),
            phrase=draw(said),
            relation=draw(maybe),
            tail=draw(ends | values),
            span=draw(quotes),
            qualifiers=tuple(sorted(draw(st.sets(st.tuples(words, words), max_size=3)))),
            polarity=draw(st.booleans()),
            valid_from=draw(dates),  # one year, so that no validity ends before it begins
            valid_to=draw(dates),
            stated=draw(dates),
            confidence=draw(st.integers(0, MICRO)),
            extractor=draw(words),
        )
        for n in range(draw(st.integers(0, 5)) if referents else 0)
    ]
    return Evidence(
        content=content,
        pipeline=PIPELINE,
        text=text,
        title=draw(words),
        media_type=draw(words),
        pages=draw(pages),
        stated=draw(dates),
        signature=tuple(draw(st.lists(st.integers(0, 2**64 - 1), max_size=4))),
        elements=tuple(elements),
        chunks=tuple(chunks),
        referents=tuple(referents),
        mentions=tuple(mentions),
        claims=tuple(claims),
    )


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(evidences(), st.integers(1, 12), st.integers(1, 12))
def test_evidence_survives_the_ledger(ledger: Ledger, evidence: Evidence, batch: int, window: int) -> None:
    batch_before, module.BATCH = module.BATCH, batch
    try:
        with ledger.write() as conn:
            accept(conn, WS, [upload(evidence, f"u:{evidence.content.hex()}")])
        publish(ledger, WS, evidence)
    finally:
        module.BATCH = batch_before
    with ledger.read() as conn:
        assert read_evidence(conn, WS, evidence.content) == evidence
        assert tuple(referents_of(conn, WS, [evidence.content])) == evidence.referents
        assert tuple(claims_of(conn, WS, [evidence.content])) == evidence.claims
        spans = [Span(s, min(s + window, len(evidence.text))) for s in range(len(evidence.text))]
        assert texts_at(conn, WS, {evidence.content: spans}) == {
            (evidence.content, span): span.of(evidence.text) for span in spans
        }
