"""Documents of any size, made up but whole: every span, mention and quote is where it says."""

from hashlib import sha256

from sqlalchemy import Connection

from graph.identity import make_id
from graph.ledger.documents import Accepted, Upload, accept
from graph.types import (
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
    PipelineId,
    Referent,
    ReferentId,
    Span,
    Value,
    ValueKind,
    WorkspaceId,
)

PIPELINE = PipelineId(make_id("pipeline", "first"))
NEWER = PipelineId(make_id("pipeline", "newer"))


def sentences(count: int, seed: int = 0) -> str:
    return "".join(f"Person {n} of file {seed} ∈ works for Firm {n % 7}. " for n in range(count))


def content_of(text: str) -> ContentId:
    return ContentId(sha256(text.encode()).digest())


def made(
    workspace: WorkspaceId,
    count: int = 3,
    seed: int = 0,
    *,
    pipeline: PipelineId = PIPELINE,
    page_of: int = 2,
) -> Evidence:
    """One element, one person, one claim about a firm and one about a number for each of ``count`` sentences;
    a chunk for every two, a page for every ``page_of``. Seven firms at most."""
    text = sentences(count, seed)
    content = content_of(text)
    elements, chunks, mentions, claims = [], [], [], []
    referents: dict[str, Referent] = {}
    start = 0
    for n in range(count):
        sentence = Span(start, text.index(". ", start) + 1)
        person = Span(start, start + len(f"Person {n}"))
        at = text.index("Firm", start)
        firm = Span(at, at + len(f"Firm {n % 7}"))
        ids = [
            _refer(referents, workspace, content, kind, span, text)
            for kind, span in (("Person", person), ("Organization", firm))
        ]
        mentions += [Mention(i, s, MentionKind.NAME) for i, s in zip(ids, (person, firm), strict=True)]
        tails: tuple[ReferentId | Value, ...] = (ids[1], Value(ValueKind.NUMBER, str(n), "USD"))
        for tail in tails:
            literal = isinstance(tail, Value)
            claims.append(
                Claim(
                    id=ClaimId(make_id("claim", workspace, content, pipeline, ids[0], literal, start)),
                    content=content,
                    head=ids[0],
                    phrase="earn" if literal else "work for",
                    relation=None if literal else "WORKS_FOR",
                    tail=tail,
                    span=sentence,
                    qualifiers=(("source", "file"), ("time", "2019")),
                    polarity=n % 3 != 0,
                    valid_from=PartialDate("2019-05"),
                    stated=PartialDate("2020"),
                    confidence=900_000,
                    extractor="test",
                )
            )
        page = 1 + n // page_of
        elements.append(Element(n, ElementKind.PARAGRAPH, sentence, 0, 0 if n else None, page))
        if n % 2 == 0:
            chunks.append(Chunk(n // 2, sentence, page, ("Chapter", "Section")))
        start = sentence.end + 1
    return Evidence(
        content=content,
        pipeline=pipeline,
        text=text,
        title=f"File {seed}",
        media_type="text/plain",
        pages=1 + count // page_of,
        stated=PartialDate("2020-01-31"),
        signature=tuple(range(2**64 - 8, 2**64)),
        elements=tuple(elements),
        chunks=tuple(chunks),
        referents=tuple(referents.values()),
        mentions=tuple(mentions),
        claims=tuple(claims),
    )


def upload(evidence: Evidence, uri: str | None = None, **metadata: str) -> Upload:
    name = f"{evidence.title}.txt"
    size = len(evidence.text.encode())
    return Upload(uri or f"upload:{name}", evidence.content, size, "text/plain", name, metadata)


def accepted(conn: Connection, workspace: WorkspaceId, *all_: Evidence) -> list[Accepted]:
    return accept(conn, workspace, [upload(each) for each in all_])


def _refer(
    referents: dict[str, Referent],
    workspace: WorkspaceId,
    content: ContentId,
    kind: str,
    span: Span,
    text: str,
) -> ReferentId:
    name = span.of(text)
    if name not in referents:
        id_ = ReferentId(make_id("referent", workspace, content, [span.start, span.end], kind))
        context = id_ * 3 if kind == "Person" else b""  # of a length that a sketch may have
        referents[name] = Referent(id_, content, kind, (name,), span, context)
    return referents[name].id
