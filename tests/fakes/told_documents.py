"""Documents told as lists of names, published for real: each name is a referent in a sentence of its own."""

from hashlib import sha256

from graph.identity import make_id
from graph.ledger import documents
from graph.ledger.engine import Ledger
from graph.ledger.publish import publish
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

PIPELINE = PipelineId(make_id("pipeline", "told"))


def told(
    workspace: WorkspaceId, name: str, *lines: tuple[str, ...], context: bytes = b""
) -> tuple[Evidence, dict[str, ReferentId]]:
    """A line is ("Name:Type",) or ("Name:Type", phrase, "Other:Type"); "=text" is a literal, "not phrase" a
    denial, "phrase @2019" is stated then. All have one ``context``."""
    text, parts = f"{name}. ", []
    referents: dict[str, Referent] = {}
    mentions, claims = [], []
    content = ContentId(sha256(repr((name, lines)).encode()).digest())

    def mention(said: str) -> ReferentId:
        nonlocal text
        surface, _, kind = said.partition(":")
        span = Span(len(text), len(text) + len(surface))
        text += surface
        made = ReferentId(make_id("referent", workspace, content, said))
        referents.setdefault(said, Referent(made, content, kind, (surface,), span, context))
        mentions.append(Mention(made, span, MentionKind.NAME))
        return made

    for number, line in enumerate(lines):
        start = len(text)
        head = mention(line[0])
        if len(line) == 3:
            text += f" {line[1]} "
            tail: ReferentId | Value
            if line[2].startswith("="):
                tail = Value(ValueKind.TEXT, line[2][1:])
                text += line[2][1:]
            else:
                tail = mention(line[2])
            id_ = ClaimId(make_id("claim", workspace, content, number))
            said, _, date = line[1].partition(" @")
            phrase, span = said.removeprefix("not "), Span(start, len(text))
            stated = PartialDate(date) if date else None
            claims.append(
                Claim(id_, content, head, phrase, None, tail, span, polarity=phrase == said, stated=stated)
            )
        text += "."
        parts.append(Span(start, len(text)))
        text += " "
    evidence = Evidence(
        content=content,
        pipeline=PIPELINE,
        text=text,
        title=name,
        media_type="text/plain",
        pages=None,
        stated=None,
        signature=(),
        elements=(Element(0, ElementKind.PARAGRAPH, Span(0, len(text))),),
        chunks=tuple(Chunk(n, span) for n, span in enumerate(parts)),
        referents=tuple(referents.values()),
        mentions=tuple(mentions),
        claims=tuple(claims),
    )
    return evidence, {said: r.id for said, r in referents.items()}


def tell(
    ledger: Ledger, workspace: WorkspaceId, name: str, *lines: tuple[str, ...], context: bytes = b""
) -> dict[str, ReferentId]:
    """Accept and publish the document; its referents by what was said."""
    evidence, ids = told(workspace, name, *lines, context=context)
    upload = documents.Upload(f"test:{name}", evidence.content, 1, "text/plain", f"{name}.txt")
    with ledger.write() as conn:
        documents.accept(conn, workspace, [upload])
    publish(ledger, workspace, evidence)
    return ids
