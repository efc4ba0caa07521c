"""The extractor that needs no language model: spaCy, cues, document-wide coreference and typed patterns."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from graph.fusion.testimony import HAS_ID
from graph.ontology import Ontology
from graph.relations import RelationType, Temporal
from graph.types import (
    OVER,
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
from ingest.extraction.amounts import hedged
from ingest.extraction.arguments import LINKED
from ingest.extraction.clusters import Cluster, cluster_names
from ingest.extraction.coreference import Links, document_topic, link, name_links
from ingest.extraction.field_statements import FieldReader
from ingest.extraction.fields import Row, field_names, find_rows
from ingest.extraction.headings import Headings
from ingest.extraction.language import identity, language, parsed
from ingest.extraction.layout import Layout
from ingest.extraction.names import find_names
from ingest.extraction.namesakes import Parting, Told, parted, told
from ingest.extraction.passages import Reading, passages
from ingest.extraction.patterns import PassageReader
from ingest.extraction.records import make_claim, make_referent, possible_period
from ingest.extraction.statements import END, START, STATE, Statement
from ingest.extraction.type_votes import vote_by_nouns, vote_by_relations
from ingest.extraction.values import find_dates, find_quantities
from ingest.ports import Extraction
from ingest.types import ParsedDocument

EXTRACTOR = "linguistic"
RULES_VERSION = 31  # raise it with every change of what the rules read
_UNMAPPED = 550  # permille: a phrase that no relation type claims
# Said the other way round of what the ontology's phrase says.
_INVERSE = {
    "parent company of": "subsidiary of",
    "parent of": "subsidiary of",
    "employer of": "work for",
    "employ": "employ by",
}
# What it means of other things than the ontology's phrase: Oslo is part of Norway, a firm joins a council.
_ELSE = {"part of": "lie in", "belong to": "lie in", "join": "member of", "employ at": "employ by"}
_SUPPLIED = frozenset({"work at", "locate in"})  # looked up beside a post's own phrase
_UNCLEAN = frozenset(
    """be have do say tell ask get make take give go come see know think want call include show put
let keep become seem mean need try use look find add note write describe read quote follow
thank wish insist announce report visit meet speak talk""".split()
)


class LinguisticExtractor:
    """Referents, mentions and claims by rules. Stateless; the spaCy model is loaded once a process."""

    def identity(self) -> Mapping[str, Any]:
        return {"extractor": EXTRACTOR, "rules": RULES_VERSION, **identity()}

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
        """Read the whole document at once; ``chunks`` are not needed, as coreference crosses them."""
        with language() as model:
            prose = passages(document)
            docs = parsed(model, [p.text for p in prose])
            units = tuple(sorted(ontology.units))
            readings = [_reading(passage, doc, units) for passage, doc in zip(prose, docs, strict=True)]
            names = find_names(readings)
            headings = Headings(ontology)
            rows = find_rows(document, prose, headings)
            cells = field_names(rows, document.text, names, headings)
            names = sorted([*names, *cells], key=lambda n: n.start)
            clusters = cluster_names(names, document.text)
            text = _Text(document, readings, rows, headings, ontology)
            statements, links = text.read(clusters)
            parts = Parting(clusters, Layout(document)).part(_told(statements, clusters, ontology))
            if parts:
                clusters = parted(cluster_names(names, document.text), parts)
                statements, links = text.read(clusters)
            mentions = _mention_spans(readings, links, clusters)
        return _records(document, statements, clusters, mentions, workspace, content, pipeline, ontology)


@dataclass(frozen=True, slots=True)
class _Text:
    """A document as parsed, to be understood with one partition of its names or another."""

    document: ParsedDocument
    readings: Sequence[Reading]
    rows: Sequence[Row]
    headings: Headings
    ontology: Ontology

    def read(self, clusters: Sequence[Cluster]) -> tuple[list[Statement], Links]:
        """All that is said of the clusters, and what stands for them; decides of which type each is."""
        readings, ontology = self.readings, self.ontology

        def decide() -> None:
            for cluster in clusters:
                cluster.decide(ontology)

        vote_by_nouns(readings, clusters)
        decide()
        vote_by_relations(_read(readings, name_links(clusters), clusters), clusters, ontology)
        decide()
        topic = document_topic(readings, clusters, self.document.title)
        sections = _heading_topics(self.document, clusters)
        fields = FieldReader(self.rows, self.document.text, clusters, topic, sections, self.headings)
        fields.vote(ontology)
        decide()
        links = link(readings, clusters, topic, sections)
        statements = _read(readings, links, clusters, topic, sections)
        vote_by_relations(statements, clusters, ontology)
        decide()
        return statements + fields.statements(), links


def _told(statements: Sequence[Statement], clusters: Sequence[Cluster], ontology: Ontology) -> Iterator[Told]:
    """What statements say that tells namesakes apart. Those that turn round what the text says, and doubts,
    do not."""
    for one in statements:
        sure = one.polarity and (one.close or one.permille >= LINKED)
        said = _mapped(one, clusters, ontology) if sure else None
        if said is not None and said.head == one.head:
            yield from told(
                one.at,
                said.head,
                said.phrase,
                said.relation,
                said.tail,
                clusters,
                ontology,
                close=one.close,
                qualifiers=one.qualifiers,
            )


def _reading(passage: Any, doc: Any, units: tuple[str, ...]) -> Reading:
    by_char: dict[str, dict[int, Any]] = {"dates": {}, "quantities": {}}
    quantities = hedged(passage.text, find_quantities(passage.text, units))
    for kind, spans in (("dates", find_dates(passage.text)), ("quantities", quantities)):
        position = 0
        for span in spans:
            while position < len(doc) and doc[position].idx + len(doc[position]) <= span.start:
                position += 1
            token = position
            while token < len(doc) and doc[token].idx < span.end:
                by_char[kind][token] = span
                token += 1
    return Reading(passage, doc, by_char["dates"], by_char["quantities"])


def _read(
    readings: Sequence[Reading],
    links: Links,
    clusters: Sequence[Cluster],
    topic: int | None = None,
    headings: Mapping[int, int] = MappingProxyType({}),
) -> list[Statement]:
    """Statements of running text; headings are labels, not sentences."""
    return [
        statement
        for index, reading in enumerate(readings)
        if not reading.passage.is_heading
        for statement in PassageReader(
            index, reading, links, clusters, headings.get(reading.passage.section, topic)
        ).statements()
    ]


def _heading_topics(document: ParsedDocument, clusters: Sequence[Cluster]) -> dict[int, int]:
    """Sections whose heading is one name and nothing else: that very name, or the one that is called so.

    The outermost heading names the document's topic (``document_topic``), unless several are called so.
    """
    at = {name.start: index for index, cluster in enumerate(clusters) for name in cluster.names}
    called: dict[str, set[int]] = defaultdict(set)
    for index, cluster in enumerate(clusters):
        for name in cluster.names:
            called[name.text].add(index)
    found: dict[int, int] = {}
    for e in document.elements:
        heading = e.span.of(document.text).strip("# \n")
        if heading in called and (e.level > 1 or len(called[heading]) > 1):
            here = at.get(e.span.start + e.span.of(document.text).index(heading))
            if here is not None or len(called[heading]) == 1:
                found[e.ord] = min(called[heading]) if here is None else here
    return found


def _mention_spans(
    readings: Sequence[Reading], links: Links, clusters: Sequence[Cluster]
) -> list[tuple[int, Span, Any]]:
    """(cluster, span, kind) of every mention that is no name, in order."""
    found: list[tuple[int, Span, Any]] = []
    for (p, i), one in links.items():
        reading = readings[p]
        token = reading.doc[i]
        start = reading.passage.start + token.idx
        if one.kind.value != "name":
            found.append((one.cluster, Span(start, start + len(token)), one.kind))
    return found


# ---------------------------------------------------------------- records


@dataclass(frozen=True, slots=True)
class _Reading:
    """A statement as the ontology has it."""

    phrase: str
    relation: str | None
    head: int
    tail: int | Value
    permille: int


def _records(
    document: ParsedDocument,
    statements: Sequence[Statement],
    clusters: Sequence[Cluster],
    mentions: Sequence[tuple[int, Span, Any]],
    workspace: WorkspaceId,
    content: ContentId,
    pipeline: PipelineId,
    ontology: Ontology,
) -> Extraction:
    surfaces = [cluster.proper_names() for cluster in clusters]
    named = [s for s in statements if surfaces[s.head] and (isinstance(s.tail, Value) or surfaces[s.tail])]
    mapped = [(s, m) for s in named if (m := _mapped(s, clusters, ontology)) is not None]
    used = {m.head for _, m in mapped} | {m.tail for _, m in mapped if not isinstance(m.tail, Value)}
    referents: dict[int, Referent] = {}
    found: list[Mention] = []
    for index, cluster in enumerate(clusters):
        alone = len(cluster.names) == 1 and " " not in cluster.first.text
        if not surfaces[index] or (index not in used and cluster.type == "Thing" and alone):
            continue  # a capital letter is no thing yet
        first = Span(cluster.first.start, cluster.first.end)
        referent = make_referent(workspace, content, cluster.type, surfaces[index], first)
        referents[index] = referent
        found += [Mention(referent.id, Span(n.start, n.end), MentionKind.NAME) for n in cluster.names]
    found += [Mention(referents[c].id, span, kind) for c, span, kind in mentions if c in referents]
    claims: dict[tuple[Any, ...], Claim] = {}
    for statement, reading in mapped:
        claim = _claim(document, statement, reading, referents, workspace, content, pipeline, ontology)
        said = (
            claim.head,
            claim.relation or claim.phrase,
            claim.tail,
            claim.qualifiers,
            claim.polarity,
            claim.valid_from,
            claim.valid_to,
        )
        best = claims.get(said)
        if best is None or (-claim.confidence, claim.span, claim.id) < (-best.confidence, best.span, best.id):
            claims[said] = claim
    return Extraction(
        tuple(sorted(referents.values(), key=lambda r: r.first)),
        tuple(sorted(found, key=lambda m: (m.span, m.referent))),
        tuple(sorted(_without_vaguer(list(claims.values())), key=lambda c: (c.span, c.id))),
    )


def _mapped(statement: Statement, clusters: Sequence[Cluster], ontology: Ontology) -> _Reading | None:
    """Hold a statement against the ontology; unmapped ones stay if short, clean and between names."""
    head = clusters[statement.head].type
    tail = statement.tail.kind if isinstance(statement.tail, Value) else clusters[statement.tail].type
    if statement.lookups == (HAS_ID,):
        return _Reading(HAS_ID, None, statement.head, statement.tail, statement.permille)
    for phrase in statement.lookups:
        relation = ontology.phrase_index.get(phrase)
        if relation is not None and ontology.allows(head, relation, tail):
            return _Reading(phrase, relation, statement.head, statement.tail, statement.permille)
        if isinstance(statement.tail, Value) or isinstance(tail, ValueKind):
            continue
        if relation is not None and statement.nominal and ontology.allows(tail, relation, head):
            return _Reading(phrase, relation, statement.tail, statement.head, statement.permille)
        other = ontology.phrase_index.get(_ELSE.get(phrase, ""))
        if other is not None and ontology.allows(head, other, tail):
            return _Reading(_ELSE[phrase], other, statement.head, statement.tail, statement.permille)
        inverse = ontology.phrase_index.get(_INVERSE.get(phrase, ""))
        if inverse is not None and ontology.allows(tail, inverse, head):
            return _Reading(_INVERSE[phrase], inverse, statement.tail, statement.head, statement.permille)
    if statement.mapped_only or isinstance(statement.tail, Value) or not statement.named:
        return None
    own = [p for p in statement.lookups if p not in _SUPPLIED]
    preposition = own[0].rsplit(" ", 1)[-1]
    phrase = [p for p in own if p.endswith(" " + preposition)][-1] if statement.nominal else own[0]
    if len(phrase.split()) > 3 or phrase.split()[0] in _UNCLEAN or not re.fullmatch(r"[a-z][a-z -]*", phrase):
        return None
    return _Reading(phrase, None, statement.head, statement.tail, statement.permille * _UNMAPPED // 1000)


def _claim(
    document: ParsedDocument,
    statement: Statement,
    reading: _Reading,
    referents: Mapping[int, Referent],
    workspace: WorkspaceId,
    content: ContentId,
    pipeline: PipelineId,
    ontology: Ontology,
) -> Claim:
    relation = ontology.relation_types.get(reading.relation or "")
    valid_from, valid_to, stated = _period(statement, relation, document.stated)
    qualifiers = statement.qualifiers
    lasting = relation is None or relation.temporal is Temporal.STATE
    if statement.ended and lasting and valid_to is None and statement.polarity:
        qualifiers = (*qualifiers, OVER)
    dated = statement.when or valid_from or valid_to
    was = statement.past and statement.aspect == STATE and statement.polarity and not statement.ended
    return make_claim(
        workspace,
        content,
        pipeline,
        head=referents[reading.head].id,
        phrase=reading.phrase,
        relation=reading.relation,
        tail=reading.tail if isinstance(reading.tail, Value) else referents[reading.tail].id,
        span=statement.span,
        qualifiers=qualifiers,
        polarity=statement.polarity,
        valid_from=valid_from,
        valid_to=valid_to,
        stated=stated,
        confidence=reading.permille * 1000,
        extractor=EXTRACTOR,
        past=was and lasting and not dated and not isinstance(reading.tail, Value),
    )


def _period(
    statement: Statement, relation: RelationType | None, stated: PartialDate | None
) -> tuple[PartialDate | None, PartialDate | None, PartialDate | None]:
    """(valid from, valid to, stated from), by what the dates of the statement mean for its relation."""
    when = statement.when
    if relation is not None and relation.temporal is Temporal.STATE and not (when.since or when.until):
        when = statement.term.merged(when)
    stated = when.as_of or stated
    if isinstance(statement.tail, Value) and statement.tail.kind is ValueKind.DATE:
        return None, None, stated
    start, end = when.since, when.until
    if when.at is not None:
        if statement.aspect == END:
            end = end or when.at
        elif isinstance(statement.tail, Value):
            if start is None and end is None:
                start = end = when.at
        elif statement.aspect == START or relation is None or relation.temporal is not Temporal.STATE:
            start = start or when.at
        elif start is None and end is None:
            stated = when.at
    static = relation is not None and relation.temporal is Temporal.STATIC
    if static or not statement.polarity or not possible_period(start, end):
        return None, None, stated
    return start, end, stated


def _without_vaguer(claims: list[Claim]) -> list[Claim]:
    """Of claims that one sentence makes of the same pair, drop those that say less of the time."""
    by_place: dict[tuple[Any, ...], list[Claim]] = defaultdict(list)
    for claim in claims:
        by_place[(claim.head, claim.relation or claim.phrase, claim.tail, claim.polarity, claim.span)].append(
            claim
        )
    kept: list[Claim] = []
    for group in by_place.values():
        dated = [c for c in group if c.valid_from or c.valid_to]
        bare = [c for c in group if not (c.valid_from or c.valid_to)]
        kept += dated or bare[:1]
    return kept
