"""Triples that someone else extracted, as evidence: each is a line of a document, and its line is its quote.

A malformed triple is refused with the reason, and nothing else is touched by it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from itertools import accumulate

from graph.errors import InvalidInput
from graph.ontology import Ontology
from graph.types import (
    MICRO,
    Chunk,
    Claim,
    ContentId,
    Element,
    ElementKind,
    Evidence,
    Mention,
    MentionKind,
    PipelineId,
    Referent,
    Span,
    WorkspaceId,
)
from ingest.extraction.records import make_claim, make_referent
from ingest.pipeline import build_evidence
from ingest.ports import Extraction
from ingest.types import ParsedDocument

EXTRACTOR = "triples 1"
_ARROW = " \N{RIGHTWARDS ARROW} "
_LONGEST = 1_000  # code points of a name or a relation
_PARTS = ("head", "relation", "tail")


@dataclass(frozen=True, slots=True, order=True)
class Triple:
    """``relation`` is a relation type of the ontology, or a phrase as a text would have it."""

    head: str
    relation: str
    tail: str


def parse_triple(row: object) -> Triple:
    """A [head, relation, tail] or an object with those keys; InvalidInput says what is wrong with another."""
    if isinstance(row, dict):
        if missing := [part for part in _PARTS if part not in row]:
            raise InvalidInput(f"a triple needs head, relation and tail; {missing[0]} is missing")
        row = [row[part] for part in _PARTS]
    if not isinstance(row, Sequence) or isinstance(row, str | bytes):
        raise InvalidInput("a triple is a list of head, relation and tail, or an object with these keys")
    if len(row) != 3:
        raise InvalidInput(f"a triple has three parts, head, relation and tail; this has {len(row)}")
    for part, text in zip(_PARTS, row, strict=True):
        if not isinstance(text, str):
            raise InvalidInput(f"a triple's {part} must be text, not {type(text).__name__}")
        if not any(c.isalnum() for c in text):
            raise InvalidInput(f"a triple's {part} is empty; give it a letter or digit at least")
        if len(text) > _LONGEST:
            raise InvalidInput(f"a triple's {part} is longer than {_LONGEST} characters")
        if "\x00" in text or any("\ud800" <= c <= "\udfff" for c in text):
            raise InvalidInput(f"a triple's {part} holds characters that are no text")
    return Triple(*(" ".join(text.split()) for text in row))


def parse_triples(rows: Iterable[object]) -> tuple[list[Triple], dict[int, str]]:
    """The sound triples in order, and why each other row (counted from 0) is refused."""
    sound: list[Triple] = []
    refused: dict[int, str] = {}
    for number, row in enumerate(rows):
        try:
            sound.append(parse_triple(row))
        except InvalidInput as error:
            refused[number] = str(error)
    return sound, refused


def triple_evidence(
    triples: Sequence[Triple],
    *,
    names: Sequence[str] = (),
    kind: str,
    title: str,
    workspace: WorkspaceId,
    content: ContentId,
    pipeline: PipelineId,
    ontology: Ontology,
) -> Evidence:
    """One document that lists ``names`` and states ``triples``; every end is an entity of type ``kind``.

    A name is one referent, however often it stands in the document. A relation that the ontology does not
    name is a phrase. O(length).
    """
    stated = [*names, *(_ARROW.join(astuple(triple)) for triple in triples)]
    starts = accumulate((len(line) + 1 for line in stated), initial=0)
    spans = [Span(start, start + len(line)) for start, line in zip(starts, stated, strict=False)]
    referents: dict[str, Referent] = {}
    mentions: list[Mention] = []

    def mention(name: str, start: int) -> Referent:
        span = Span(start, start + len(name))
        if name not in referents:
            referents[name] = make_referent(workspace, content, kind, (name,), span)
        mentions.append(Mention(referents[name].id, span, MentionKind.NAME))
        return referents[name]

    for name, span in zip(names, spans, strict=False):
        mention(name, span.start)
    claims: list[Claim] = []
    for triple, span in zip(triples, spans[len(names) :], strict=True):
        claims.append(
            make_claim(
                workspace,
                content,
                pipeline,
                head=mention(triple.head, span.start).id,
                phrase=triple.relation,
                relation=triple.relation if triple.relation in ontology.relation_types else None,
                tail=mention(triple.tail, span.end - len(triple.tail)).id,
                span=span,
                qualifiers=(),
                polarity=True,
                valid_from=None,
                valid_to=None,
                stated=None,
                confidence=MICRO,
                extractor=EXTRACTOR,
            )
        )
    elements = tuple(Element(n, ElementKind.LIST_ITEM, span) for n, span in enumerate(spans))
    return build_evidence(
        ParsedDocument("\n".join(stated), title, "text/plain", elements),
        [Chunk(element.ord, element.span) for element in elements],
        Extraction(tuple(referents.values()), tuple(mentions), tuple(claims)),
        content=content,
        pipeline=pipeline,
    )
