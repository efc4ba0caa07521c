"""Claims of a document of triples (``ingest.triples``): a line is a claim, and its own quote."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graph.fusion.normalize import normalise_phrase
from graph.ontology import THING, Ontology
from graph.relations import RelationType
from graph.types import (
    MICRO,
    Chunk,
    Claim,
    ContentId,
    Mention,
    MentionKind,
    PipelineId,
    Referent,
    ReferentId,
    Span,
    Value,
    ValueKind,
    WorkspaceId,
)
from ingest.extraction.records import make_claim, make_referent
from ingest.extraction.values import find_quantities, whole_date
from ingest.ports import Extraction
from ingest.triples import ARROW
from ingest.types import ParsedDocument

_NAME = "triples"
_VERSION = 3


class TripleExtractor:
    """An ``Extractor``. A name is one referent, however often it stands in the document.

    What a name is of a type of follows from the relations that it stands in, where they agree; ``kind``, if
    given, is the type of all. A line of one part only names something. Of a relation that leads to literals
    alone the tail is one: a number with its unit or a date, where it reads as what the relation wants. A
    relation that the ontology does not name is a phrase. O(length).
    """

    def __init__(self, kind: str | None = None) -> None:
        self._kind = kind

    def identity(self) -> Mapping[str, Any]:
        return {"name": _NAME, "version": _VERSION, "kind": self._kind}

    def extract(
        self,
        document: ParsedDocument,
        chunks: Sequence[Chunk],
        *,
        workspace: WorkspaceId,
        content: ContentId,
        pipeline: PipelineId,
        ontology: Ontology,
    ) -> Extraction:
        lines = [(e.span, e.span.of(document.text).split(ARROW)) for e in document.elements]
        types = self._types((parts for _, parts in lines), ontology)
        referents: dict[str, Referent] = {}
        mentions: list[Mention] = []
        claims: list[Claim] = []
        units = tuple(sorted(ontology.units))

        def mention(name: str, start: int) -> Referent:
            span = Span(start, start + len(name))
            if name not in referents:
                referents[name] = make_referent(workspace, content, types[name], (name,), span)
            mentions.append(Mention(referents[name].id, span, MentionKind.NAME))
            return referents[name]

        for span, parts in lines:
            head = mention(parts[0], span.start)
            if len(parts) == 1:
                continue
            _, said, tail = parts
            relation = _meant(said, ontology)
            if relation is not None and relation.values and not relation.tails:
                end: Value | ReferentId = _value(tail, relation, units)
            else:
                end = mention(tail, span.end - len(tail)).id
            claims.append(
                make_claim(
                    workspace,
                    content,
                    pipeline,
                    head=head.id,
                    phrase=said,
                    relation=said if said in ontology.relation_types else None,
                    tail=end,
                    span=span,
                    qualifiers=(),
                    polarity=True,
                    valid_from=None,
                    valid_to=None,
                    stated=None,
                    confidence=MICRO,
                    extractor=f"{_NAME} {_VERSION}",
                )
            )
        return Extraction(tuple(referents.values()), tuple(mentions), tuple(claims))

    def _types(self, lines: Iterable[Sequence[str]], ontology: Ontology) -> Mapping[str, str]:
        """The type of each name: the finest that its relations ask for, where they do not contradict."""
        asked: dict[str, set[str]] = defaultdict(set)
        for head, *rest in lines:
            asked[head] |= set()
            if rest:
                relation = _meant(rest[0], ontology)
                ends = ((), ()) if relation is None else (relation.heads, relation.tails)
                for name, kinds in zip((head, rest[1]), ends, strict=True):
                    asked[name] |= set(kinds) if len(kinds) == 1 else set()
        return {name: self._kind or _finest(kinds, ontology) for name, kinds in asked.items()}


def _meant(said: str, ontology: Ontology) -> RelationType | None:
    types = ontology.relation_types
    return types.get(said) or types.get(ontology.phrase_index.get(normalise_phrase(said), ""))


def _value(text: str, relation: RelationType, units: tuple[str, ...]) -> Value:
    """The number or date that is all of a tail, as far as the relation wants one; else its text.

    "300 m" is a length, "1.2 M" a number of millions.
    """
    if ValueKind.NUMBER in relation.values:
        found = [q.value for q in find_quantities(text, units) if (q.start, q.end) == (0, len(text))]
        if found and found[0].unit is not None and not text.endswith("M"):
            return found[0]
    if ValueKind.DATE in relation.values and (date := whole_date(text)):
        return Value(ValueKind.DATE, date)
    return Value(ValueKind.TEXT, text)


def _finest(kinds: set[str], ontology: Ontology) -> str:
    finest = max(kinds, key=lambda kind: (len(ontology.ancestors(kind)), kind), default=THING)
    return finest if all(ontology.compatible(finest, kind) for kind in kinds) else THING
