"""Rows to evidence and back: the one place that knows how each noun lies in its table."""

from typing import Any

from sqlalchemy import Row

from graph.types import (
    Chunk,
    Claim,
    ClaimId,
    ContentId,
    Element,
    ElementKind,
    Mention,
    MentionKind,
    Referent,
    ReferentId,
    Span,
    Value,
    ValueKind,
)


def element_row(element: Element) -> dict[str, Any]:
    return {
        "ord": element.ord,
        "kind": element.kind.value,
        "start": element.span.start,
        "end": element.span.end,
        "level": element.level,
        "parent": element.parent,
        "page": element.page,
    }


def element(row: Row[Any]) -> Element:
    span = Span(row.start, row.end)
    return Element(row.ord, ElementKind(row.kind), span, row.level, row.parent, row.page)


def chunk_row(chunk: Chunk, id_: bytes) -> dict[str, Any]:
    return {
        "ord": chunk.ord,
        "id": id_,
        "start": chunk.span.start,
        "end": chunk.span.end,
        "page": chunk.page,
        "heading": chunk.heading,
    }


def chunk(row: Row[Any]) -> Chunk:
    return Chunk(row.ord, Span(row.start, row.end), row.page, tuple(row.heading))


def referent_row(referent: Referent, ord_: int) -> dict[str, Any]:
    return {
        "id": referent.id,
        "type": referent.type,
        "names": referent.names,
        "start": referent.first.start,
        "end": referent.first.end,
        "ord": ord_,
        "context": referent.context or None,
    }


def referent(row: Row[Any], content: ContentId) -> Referent:
    span = Span(row.start, row.end)
    return Referent(ReferentId(row.id), content, row.type, tuple(row.names), span, row.context or b"")


def mention_row(mention: Mention, ord_: int) -> dict[str, Any]:
    return {
        "referent": mention.referent,
        "start": mention.span.start,
        "end": mention.span.end,
        "kind": mention.kind.value,
        "ord": ord_,
    }


def mention(row: Row[Any]) -> Mention:
    return Mention(ReferentId(row.referent), Span(row.start, row.end), MentionKind(row.kind))


def claim_row(claim: Claim, ord_: int) -> dict[str, Any]:
    return {
        "id": claim.id,
        "ord": ord_,
        "head": claim.head,
        "phrase": claim.phrase,
        "relation": claim.relation,
        **tail_columns(claim.tail),
        "start": claim.span.start,
        "end": claim.span.end,
        "qualifiers": claim.qualifiers,
        "polarity": claim.polarity,
        "valid_from": claim.valid_from,
        "valid_to": claim.valid_to,
        "stated": claim.stated,
        "confidence": claim.confidence,
        "extractor": claim.extractor,
        "past": claim.past,
    }


def claim(row: Row[Any], content: ContentId) -> Claim:
    value = value_of(row)
    return Claim(
        id=ClaimId(row.id),
        content=content,
        head=ReferentId(row.head),
        phrase=row.phrase,
        relation=row.relation,
        tail=ReferentId(row.tail) if value is None else value,
        span=Span(row.start, row.end),
        qualifiers=tuple((name, text) for name, text in row.qualifiers),
        polarity=row.polarity,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        stated=row.stated,
        confidence=row.confidence,
        extractor=row.extractor,
        past=row.past,
    )


def tail_columns(tail: bytes | Value) -> dict[str, Any]:
    """The four columns in which a claim or a fact keeps its tail."""
    if isinstance(tail, Value):
        return {
            "tail": None,
            "value_kind": tail.kind.value,
            "value_text": tail.text,
            "value_unit": tail.unit,
        }
    return {"tail": tail, "value_kind": None, "value_text": None, "value_unit": None}


def value_of(row: Row[Any]) -> Value | None:
    """The literal of a claim's or a fact's row; ``None`` where its tail is an id."""
    if row.value_kind is None:
        return None
    return Value(ValueKind(row.value_kind), row.value_text, row.value_unit)
