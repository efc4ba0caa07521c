"""Claims of a document of triples (``ingest.triples``): a line is a claim, and its own quote."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graph.fusion.dates import whole_date
from graph.fusion.testimony import HAS_ID
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
from ingest.extraction.phrases import Meant, meanings
from ingest.extraction.records import make_claim, make_referent
from ingest.extraction.values import find_quantities
from ingest.ports import Extraction
from ingest.triples import ARROW, Triple, read_line
from ingest.types import ParsedDocument

_NAME = "triples"
_VERSION = 7
_End = tuple[str, str]  # a name, and the id that tells it from others of that name, if there is one


class TripleExtractor:
    """An ``Extractor``. A name is one referent, however often it stands in the document, and one for each id
    that is given with it: the first line that does claims that the referent has that id.

    What a name is of a type of follows from the relations that it stands in, where they agree; ``kind``, if
    given, is the type of all. A line of one part only names something. Of a relation that leads to literals
    alone the tail is one, unless it has an id: a number with its unit or a date, where it reads as what the
    relation wants. A relation that the ontology does not name is a phrase, and of the type that this means
    (``phrases``), if any. O(length).
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
        lines = [(e.span, e.span.of(document.text)) for e in document.elements]
        triples = {span: read_line(line) for span, line in lines if ARROW in line}
        names = [line for span, line in lines if span not in triples]
        meant = meanings((said.relation for said in triples.values()), ontology)
        types = self._types(names, triples.values(), meant, ontology)
        referents: dict[_End, Referent] = {}
        mentions: list[Mention] = []
        claims: list[Claim] = []
        units = tuple(sorted(ontology.units))

        def claim(
            head: ReferentId, said: str, tail: ReferentId | Value, span: Span, relation: str | None = None
        ) -> None:
            claims.append(
                make_claim(
                    workspace,
                    content,
                    pipeline,
                    head=head,
                    phrase=said,
                    relation=relation,
                    tail=tail,
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

        def mention(end: _End, start: int, line: Span) -> ReferentId:
            name, id_ = end
            span = Span(start, start + len(name))
            if end not in referents:
                referents[end] = make_referent(workspace, content, types[end], (name,), span)
                if id_:
                    claim(referents[end].id, HAS_ID, Value(ValueKind.TEXT, id_), line)
            mentions.append(Mention(referents[end].id, span, MentionKind.NAME))
            return referents[end].id

        for span, line in lines:
            if span not in triples:
                mention((line, ""), span.start, span)
                continue
            said = triples[span]
            one, other = _ends(said)
            head, means = mention(one, span.start, span), meant.get(said.relation)
            relation = None if means is None else means.relation
            name = None if relation is None else relation.name
            if relation is not None and relation.values and not relation.tails and not said.tail_id:
                claim(head, said.relation, _value(said.tail, relation, units), span, name)
                continue
            tail = mention(other, span.start + len(ARROW.join((said.head, said.relation, ""))), span)
            if means is None or not means.turned:
                claim(head, said.relation, tail, span, name)
            elif ontology.allows(types[other], means.relation.name, types[one]):
                claim(tail, said.relation, head, span, name)
            else:
                claim(head, said.relation, tail, span)
        return Extraction(tuple(referents.values()), tuple(mentions), tuple(claims))

    def _types(
        self,
        names: Iterable[str],
        triples: Iterable[Triple],
        meant: Mapping[str, Meant],
        ontology: Ontology,
    ) -> Mapping[_End, str]:
        """The type of each end: the finest that its relations ask for, where they do not contradict."""
        asked: dict[_End, set[str]] = {(name, ""): set() for name in names}
        for said in triples:
            means, ends = meant.get(said.relation), _ends(said)
            wanted = ((), ()) if means is None else (means.relation.heads, means.relation.tails)
            for end, kinds in zip(ends[::-1] if means and means.turned else ends, wanted, strict=True):
                asked.setdefault(end, set()).update(kinds if len(kinds) == 1 else ())
        return {end: self._kind or _finest(kinds, ontology) for end, kinds in asked.items()}


def _ends(said: Triple) -> tuple[_End, _End]:
    return (said.head, said.head_id), (said.tail, said.tail_id)


def _value(text: str, relation: RelationType, units: tuple[str, ...]) -> Value:
    """The number or date that is all of a tail, as far as the relation wants one; else its text.

    "300 m" is a length, "1.2 M" a number of millions.
    """
    if ValueKind.NUMBER in relation.values:
        found = [q.value for q in find_quantities(text, units) if (q.start, q.end) == (0, len(text))]
        if found and found[0].unit is not None:
            return found[0]
    if ValueKind.DATE in relation.values and (date := whole_date(text)):
        return Value(ValueKind.DATE, date)
    return Value(ValueKind.TEXT, text)


def _finest(kinds: set[str], ontology: Ontology) -> str:
    finest = max(kinds, key=lambda kind: (len(ontology.ancestors(kind)), kind), default=THING)
    return finest if all(ontology.compatible(finest, kind) for kind in kinds) else THING
