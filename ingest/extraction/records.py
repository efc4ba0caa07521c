"""Referents and claims with the ids that ``graph.types`` says."""

from collections.abc import Sequence

from graph.identity import make_id
from graph.types import (
    Claim,
    ClaimId,
    ContentId,
    PartialDate,
    PipelineId,
    Qualifiers,
    Referent,
    ReferentId,
    Span,
    Value,
    WorkspaceId,
)


def make_referent(
    workspace: WorkspaceId, content: ContentId, kind: str, names: Sequence[str], first: Span
) -> Referent:
    """``names`` are distinct, the display name first."""
    identifier = make_id("referent", workspace, content, [first.start, first.end], kind)
    return Referent(ReferentId(identifier), content, kind, tuple(names), first)


def make_claim(
    workspace: WorkspaceId,
    content: ContentId,
    pipeline: PipelineId,
    *,
    head: ReferentId,
    phrase: str,
    relation: str | None,
    tail: ReferentId | Value,
    span: Span,
    qualifiers: Qualifiers,
    polarity: bool,
    valid_from: PartialDate | None,
    valid_to: PartialDate | None,
    stated: PartialDate | None,
    confidence: int,
    extractor: str,
    past: bool = False,
) -> Claim:
    """The id is of all that the claim says and where, not of how sure the extractor was, nor of a tense."""
    tail_key = [tail.kind, tail.text, tail.unit] if isinstance(tail, Value) else tail
    said = [
        head,
        phrase,
        relation,
        tail_key,
        [list(q) for q in qualifiers],
        polarity,
        valid_from,
        valid_to,
        stated,
    ]
    identifier = make_id("claim", workspace, content, pipeline, *said, [span.start, span.end])
    return Claim(
        id=ClaimId(identifier),
        content=content,
        head=head,
        phrase=phrase,
        relation=relation,
        tail=tail,
        span=span,
        qualifiers=qualifiers,
        polarity=polarity,
        valid_from=valid_from,
        valid_to=valid_to,
        stated=stated,
        confidence=confidence,
        extractor=extractor,
        past=past,
    )


def possible_period(start: PartialDate | None, end: PartialDate | None) -> bool:
    """Whether a validity does not end before it begins, at the precision that both have."""
    if start is None or end is None:
        return True
    shared = min(len(start), len(end))
    return start[:shared] <= end[:shared]
