"""The extractor that asks a language model, a chunk at a time, behind the same port as the linguistic one.

What a model says is believed only where the document bears it out: an entity must be named in the chunk, a
claim's quote must stand there verbatim and name what the claim is about, types and relations must be the
ontology's. Outputs are recorded by the exact question, first write wins, so a replay asks no model.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graph.fusion.amounts import plain
from graph.fusion.dates import calendar_date
from graph.identity import canonical, make_id
from graph.ontology import Ontology
from graph.types import (
    Chunk,
    Claim,
    ContentId,
    Mention,
    MentionKind,
    PartialDate,
    PipelineId,
    Referent,
    Span,
    Value,
    ValueKind,
    WorkspaceId,
)
from ingest.extraction.clusters import Cluster, cluster_names
from ingest.extraction.layout import Layout
from ingest.extraction.names import CUE, Name
from ingest.extraction.namesakes import Parting, Told, parted, told, whose
from ingest.extraction.records import make_claim, make_referent, possible_period
from ingest.ports import ChatModel, Extraction, Message, OutputMemo
from ingest.prompts import PROMPT_VERSION, extraction_messages, extraction_schema, repair_messages
from ingest.types import ParsedDocument

EXTRACTOR = "model"
RULES_VERSION = 4  # raise it with every change of what is made of a model's answers
CONFIDENCE = 800_000  # of a claim that passed every check
UNMAPPED_CONFIDENCE = 450_000
_PHRASE = re.compile(r"[a-z][a-z -]{0,59}\Z")
_REASON_LIMIT = 200  # characters of a validation error told to the model and the operator


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may cost. ``chunk_chars`` are code points, ``reply_tokens`` the cap of each reply."""

    chunks: int = 2_000
    chunk_chars: int = 8_000
    reply_tokens: int = 2_048
    entities: int = 60
    claims: int = 60


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Entity(_Strict):
    name: str = Field(min_length=1, max_length=200)
    type: str
    aliases: list[str] = Field(default_factory=list, max_length=8)


class _Literal(_Strict):
    kind: str
    text: str = Field(min_length=1, max_length=200)
    unit: str | None = None


class _Claim(_Strict):
    head: str
    relation: str | None
    phrase: str = Field(min_length=1, max_length=60)
    tail: str | None = None
    value: _Literal | None = None
    quote: str = Field(min_length=1, max_length=1000)
    negated: bool = False
    valid_from: str | None = None
    valid_to: str | None = None


class _Answer(_Strict):
    entities: list[_Entity]
    claims: list[_Claim]


@dataclass(slots=True)
class _Found:
    """What the chunks gave so far: names by their place, claims still by name, refusals counted by reason."""

    names: dict[tuple[int, int], Name] = field(default_factory=dict)
    aliases: list[tuple[str, str]] = field(default_factory=list)
    claims: list[tuple[Span, _Claim]] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def refuse(self, reason: str) -> None:
        self.refused[reason] = self.refused.get(reason, 0) + 1


class ModelExtractor:
    """``model`` answers; ``memo`` records and replays. One request a chunk, one more to mend a bad answer."""

    def __init__(self, model: ChatModel, memo: OutputMemo, limits: Limits | None = None) -> None:
        self._model = model
        self._memo = memo
        self._limits = limits or Limits()

    def identity(self) -> Mapping[str, Any]:
        return {
            "extractor": EXTRACTOR,
            "model": self._model.model_id,
            "rules": RULES_VERSION,
            "prompt": PROMPT_VERSION,
            "limits": asdict(self._limits),
        }

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
        """Raises EngineUnavailable where the model must be asked and does not answer."""
        limits = self._limits
        found = _Found()
        if len(chunks) > limits.chunks:
            left = len(chunks) - limits.chunks
            found.problems.append(f"{left} chunks past the limit of {limits.chunks} were not read")
        for chunk in chunks[: limits.chunks]:
            answer = self._ask(document, chunk, workspace, ontology, found)
            if answer is not None:
                _collect(document.text, chunk, answer, ontology, found, limits)
        return _records(document, found, workspace, content, pipeline, ontology)

    def _ask(
        self,
        document: ParsedDocument,
        chunk: Chunk,
        workspace: WorkspaceId,
        ontology: Ontology,
        found: _Found,
    ) -> _Answer | None:
        limits = self._limits
        text = chunk.span.of(document.text)
        if len(text) > limits.chunk_chars:
            found.problems.append(
                f"chunk {chunk.ord} is longer than {limits.chunk_chars} characters: not read"
            )
            return None
        schema = extraction_schema(ontology, limits.entities, limits.claims)
        messages = extraction_messages(ontology, document.title, chunk.heading, text)
        output = self._output(workspace, messages, schema)
        answer, reason = _parse(output)
        if answer is None:
            output = self._output(workspace, repair_messages(messages, output, reason), schema)
            answer, reason = _parse(output)
        if answer is None:
            found.problems.append(f"chunk {chunk.ord}: the model's answer could not be used: {reason}")
        return answer

    def _output(self, workspace: WorkspaceId, messages: Sequence[Message], schema: Mapping[str, Any]) -> str:
        """The recorded output of exactly this question, else the model's, recorded."""
        question = [[m.role, m.content] for m in messages]
        key = make_id(
            "llm_output",
            self._model.model_id,
            PROMPT_VERSION,
            self._limits.reply_tokens,
            canonical(dict(schema)),
            question,
        )
        recorded = self._memo.get(workspace, key)
        if recorded is not None:
            return recorded
        output = self._model.complete(messages, schema=schema, max_tokens=self._limits.reply_tokens)
        return self._memo.put(workspace, key, output, self._model.model_id)


def _parse(output: str) -> tuple[_Answer | None, str]:
    try:
        return _Answer.model_validate(json.loads(output)), ""
    except (json.JSONDecodeError, RecursionError) as error:
        return None, f"it is not JSON ({error})"[:_REASON_LIMIT]
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return None, f"{where or 'the answer'}: {first['msg']}"[:_REASON_LIMIT]


def _collect(
    text: str, chunk: Chunk, answer: _Answer, ontology: Ontology, found: _Found, limits: Limits
) -> None:
    """Keep what the chunk bears out; the caps hold even where the server ignored the schema."""
    start, end = chunk.span.start, chunk.span.end
    for entity in answer.entities[: limits.entities]:
        kind = entity.type if entity.type in ontology.entity_types else None
        places = _places(text, entity.name, start, end)
        if kind is None:
            found.refuse("an entity of a type that the ontology lacks")
        elif not places or not any(c.isalnum() for c in entity.name):
            found.refuse("an entity that its passage does not name")
        else:
            _add_names(found, text, places, kind)
            for alias in entity.aliases:
                elsewhere = _places(text, alias, start, end)
                if elsewhere and any(c.isalnum() for c in alias):
                    _add_names(found, text, elsewhere, kind)
                    found.aliases.append((entity.name, alias))
    for claim in answer.claims[: limits.claims]:
        at = text.find(claim.quote, start, end)
        if at < 0 or not claim.quote.strip():
            found.refuse("a claim whose quote is not in its passage")
        else:
            found.claims.append((Span(at, at + len(claim.quote)), claim))
    over = max(0, len(answer.entities) - limits.entities) + max(0, len(answer.claims) - limits.claims)
    for _ in range(over):
        found.refuse("an answer past the limit")


def _places(text: str, name: str, start: int, end: int) -> list[tuple[int, int]]:
    """Where the name stands as whole words."""
    pattern = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    return [match.span() for match in pattern.finditer(text, start, end)]


def _add_names(found: _Found, text: str, places: Sequence[tuple[int, int]], kind: str) -> None:
    for start, end in places:
        overlapping = [p for p in found.names if p[0] < end and start < p[1]]
        if any(p[1] - p[0] > end - start for p in overlapping):
            continue  # part of a longer name
        for place in overlapping:
            if place != (start, end):
                del found.names[place]
        name = found.names.setdefault((start, end), Name(start, end, text[start:end], votes={}))
        name.votes[kind] = name.votes.get(kind, 0) + CUE


def _records(
    document: ParsedDocument,
    found: _Found,
    workspace: WorkspaceId,
    content: ContentId,
    pipeline: PipelineId,
    ontology: Ontology,
) -> Extraction:
    names = [found.names[place] for place in sorted(found.names)]
    clusters, layout = cluster_names(names, document.text, found.aliases), Layout(document)
    for cluster in clusters:
        cluster.decide(ontology)
    clusters = parted(clusters, Parting(clusters, layout).part(_told(found.claims, clusters, ontology)))
    referents: list[Referent] = []
    by_text: dict[str, list[tuple[Cluster, Referent]]] = defaultdict(list)
    mentions: list[Mention] = []
    for cluster in clusters:
        cluster.decide(ontology)
        if not (surfaces := cluster.proper_names()):
            continue
        first = Span(cluster.first.start, cluster.first.end)
        referent = make_referent(workspace, content, cluster.type, surfaces, first)
        referents.append(referent)
        mentions += [Mention(referent.id, Span(n.start, n.end), MentionKind.NAME) for n in cluster.names]
        for surface in surfaces:
            by_text[surface].append((cluster, referent))
    claims: dict[bytes, Claim] = {}
    for span, said in found.claims:
        meant = {
            text: _meant(span, by_text[text], layout)
            for text in (said.head, said.tail)
            if text is not None and text in by_text
        }
        claim = _claim(document, span, said, meant, workspace, content, pipeline, ontology)
        if isinstance(claim, str):
            found.refuse(claim)
        else:
            claims.setdefault(claim.id, claim)
    refusals = [f"{count} refused: {reason}" for reason, count in sorted(found.refused.items())]
    return Extraction(
        tuple(referents),
        tuple(sorted(mentions, key=lambda m: (m.span, m.referent))),
        tuple(sorted(claims.values(), key=lambda c: (c.span, c.id))),
        (*found.problems, *refusals),
    )


def _told(
    claims: Sequence[tuple[Span, _Claim]], clusters: Sequence[Cluster], ontology: Ontology
) -> Iterator[Told]:
    """What claims say that tells namesakes apart, where their quotes name the head, or begin."""
    known = {text: index for index, cluster in enumerate(clusters) for text in cluster.proper_names()}
    for span, said in claims:
        head = known.get(said.head)
        relation = ontology.relation_types.get(said.relation or "")
        tail = known.get(said.tail or "") if said.value is None else _literal(said.value)
        if head is None or tail is None or relation is None or said.negated:
            continue
        named = [n.start for n in clusters[head].names if span.start <= n.start < span.end]
        yield from told(
            named[0] if named else span.start,
            head,
            said.phrase,
            relation.name,
            tail,
            clusters,
            ontology,
            close=bool(named) and relation.locates,
        )


def _meant(span: Span, bearers: Sequence[tuple[Cluster, Referent]], layout: Layout) -> Referent:
    """Of the bearers of a name the one of whom a quote speaks."""
    if len(bearers) == 1:
        return bearers[0][1]
    nearest = whose(span, [cluster for cluster, _ in bearers], layout)
    return next(referent for cluster, referent in bearers if cluster is nearest)


def _claim(
    document: ParsedDocument,
    span: Span,
    said: _Claim,
    by_text: Mapping[str, Referent],
    workspace: WorkspaceId,
    content: ContentId,
    pipeline: PipelineId,
    ontology: Ontology,
) -> Claim | str:
    """The claim, or why it is refused."""
    head = by_text.get(said.head)
    if head is None:
        return "a claim about a thing that is no entity"
    tail: Referent | Value | None = by_text.get(said.tail) if said.tail is not None else None
    if said.tail is None and said.value is not None:
        tail = _literal(said.value)
    if tail is None or tail == head:
        return "a claim without a tail that can be read"
    relation = said.relation
    kind = tail.kind if isinstance(tail, Value) else tail.type
    if relation is not None and not ontology.allows(head.type, relation, kind):
        return "a relation between types that the ontology does not allow"
    phrase = said.phrase.lower().strip()
    if not _PHRASE.match(phrase):
        return "a phrase that is no phrase"
    if relation is None and isinstance(tail, Value):
        return "a literal under no relation of the ontology"
    dates = [None if d is None else _date(d) for d in (said.valid_from, said.valid_to)]
    if any(d is None and raw for d, raw in zip(dates, (said.valid_from, said.valid_to), strict=True)):
        return "a validity that is no date"
    valid_from, valid_to = dates
    if not possible_period(valid_from, valid_to):
        return "a validity that ends before it begins"
    return make_claim(
        workspace,
        content,
        pipeline,
        head=head.id,
        phrase=phrase,
        relation=relation,
        tail=tail if isinstance(tail, Value) else tail.id,
        span=span,
        qualifiers=(),
        polarity=not said.negated,
        valid_from=valid_from,
        valid_to=valid_to,
        stated=document.stated,
        confidence=CONFIDENCE if relation is not None else UNMAPPED_CONFIDENCE,
        extractor=EXTRACTOR,
    )


def _literal(value: _Literal) -> Value | None:
    if value.kind == "date":
        date = _date(value.text)
        return None if date is None else Value(ValueKind.DATE, date)
    if value.kind == "number":
        try:
            number = Decimal(value.text.replace(",", ""))
        except InvalidOperation:
            return None
        if not number.is_finite() or abs(number.adjusted()) > 30:
            return None
        return Value(ValueKind.NUMBER, plain(number), value.unit or None)
    return Value(ValueKind.TEXT, value.text) if value.kind == "text" else None


def _date(text: str) -> PartialDate | None:
    if not re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", text, re.ASCII):
        return None
    parts = [int(part) for part in text.split("-")]
    return calendar_date(*parts)
