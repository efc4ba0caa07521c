"""A small graph in memory, told by sentences: a ``GraphReader`` and an ``EvidenceReader`` in one."""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from graph.errors import StoreUnavailable
from graph.fusion.names import normalise_name
from graph.identity import make_id
from graph.ports import (
    ChunkHit,
    ChunkText,
    Citation,
    EntityHit,
    FactRow,
    GraphPath,
    Hop,
    Page,
    PathSearch,
    PathStep,
    Pattern,
    PatternSearch,
)
from graph.types import (
    MICRO,
    ClaimId,
    ContentId,
    EntityId,
    FactId,
    FactStatus,
    PartialDate,
    Position,
    Qualifiers,
    Span,
    Value,
    WorkspaceId,
)
from retrieval.wording import content_stems, tokens_of

WS = WorkspaceId("w")


@dataclass
class _Document:
    title: str
    text: str


class MemoryGraph:
    """Every workspace other than ``workspace`` is empty. ``broken`` names methods that fail."""

    def __init__(self, workspace: WorkspaceId = WS) -> None:
        self.workspace = workspace
        self.broken: set[str] = set()
        self.calls: Counter[str] = Counter()
        self._documents: dict[ContentId, _Document] = {}
        self._chunks: dict[bytes, ChunkText] = {}
        self._entities: dict[EntityId, EntityHit] = {}
        self._mentions: dict[tuple[bytes, EntityId], int] = {}
        self._facts: dict[FactId, FactRow] = {}
        self._claims: dict[FactId, dict[ClaimId, Citation]] = {}
        self._postings: dict[str, dict[bytes, int]] = defaultdict(dict)
        self._lengths: dict[bytes, int] = {}

    # ---------------------------------------------------------------- telling it

    def document(self, title: str, *paragraphs: str, heading: tuple[str, ...] = ()) -> ContentId:
        """One chunk a paragraph."""
        content = ContentId(make_id("content", title, *paragraphs) * 2)
        text = "\n".join(paragraphs)
        self._documents[content] = _Document(title, text)
        start = 0
        for ord_, paragraph in enumerate(paragraphs):
            id_ = make_id("chunk", content, ord_)
            span = Span(start, start + len(paragraph))
            self._chunks[id_] = ChunkText(
                id_, content, ord_, span, paragraph, 1, heading, title, f"file:{title}"
            )
            terms = [token.stem for token in tokens_of(f"{title} {title} {paragraph}") if not token.stop]
            for term, count in Counter(terms).items():
                self._postings[term][id_] = count
            self._lengths[id_] = len(terms)
            start += len(paragraph) + 1
        return content

    def chunk_ids(self, content: ContentId) -> list[bytes]:
        return [id_ for id_, chunk in self._chunks.items() if chunk.content == content]

    def entity(self, name: str, type_: str, *aliases: str, number: int = 0) -> EntityId:
        """Another ``number`` makes a namesake."""
        id_ = EntityId(make_id("referent", name, type_, *([number] if number else [])))
        self._entities[id_] = EntityHit(id_, name, type_, aliases, 1.0)
        return id_

    def mention(self, chunk: bytes, entity: EntityId, count: int = 1) -> None:
        self._mentions[chunk, entity] = count

    def fact(
        self,
        head: EntityId,
        relation: str,
        tail: EntityId | Value,
        content: ContentId,
        quote: str,
        *,
        phrase: str = "",
        status: FactStatus = FactStatus.ACCEPTED,
        polarity: bool = True,
        valid: tuple[str | None, str | None] = (None, None),
        stated: str | None = None,
        reason: str = "",
        confidence: int = MICRO,
        qualifiers: Qualifiers = (),
        valid_from_implied: bool = False,
        valid_to_implied: bool = False,
    ) -> FactId:
        """A fact with one claim, whose quote must stand in the document."""
        start = self._documents[content].text.index(quote)
        id_ = FactId(
            make_id("fact", head, relation, tail if isinstance(tail, bytes) else tail.text, polarity, quote)
        )
        tail_name = tail.text if isinstance(tail, Value) else self._entities[tail].name
        valid_from, valid_to = (PartialDate(v) if v else None for v in valid)
        self._facts[id_] = FactRow(
            id_, head, self._entities[head].name, relation, phrase, tail, tail_name, status, polarity,
            confidence, 1, qualifiers, valid_from, valid_to, 1, reason,
            PartialDate(stated) if stated else None, valid_from_implied=valid_from_implied,
            valid_to_implied=valid_to_implied,
        )  # fmt: skip
        citation = self._cite(content, Span(start, start + len(quote)))
        self._claims[id_] = {ClaimId(make_id("claim", id_)): citation}
        return id_

    def infer(self, head: EntityId, relation: str, tail: EntityId, *grounds: FactId) -> FactId:
        """A fact that follows from others; its quotes are theirs."""
        id_ = FactId(make_id("fact", head, relation, tail))
        self._facts[id_] = replace(
            self._facts[grounds[0]], id=id_, head=head, head_name=self._entities[head].name,
            relation=relation, tail=tail, tail_name=self._entities[tail].name, status=FactStatus.INFERRED,
            claim_count=0, grounds=grounds,
        )  # fmt: skip
        self._claims[id_] = {k: c for ground in grounds for k, c in self._claims[ground].items()}
        return id_

    def forget_claims(self, fact: FactId) -> None:
        """As when the document was deleted and the projection has not followed yet."""
        self._claims[fact] = {}

    def retell(self, fact: FactId, quote: str) -> None:
        """Put another quote in the place of the true one, as damage would."""
        self._claims[fact] = {k: replace(c, quote=quote) for k, c in self._claims[fact].items()}

    # ---------------------------------------------------------------- GraphReader

    async def position(self, workspace: WorkspaceId) -> Position:
        return Position(1)

    async def entities(self, workspace: WorkspaceId, ids: Sequence[EntityId]) -> list[EntityHit]:
        self._check("entities")
        return [self._entities[i] for i in ids if i in self._entities and workspace == self.workspace]

    async def find_entities(self, workspace: WorkspaceId, names: Sequence[str]) -> list[EntityHit]:
        self._check("find_entities")
        wanted = {normalise_name(name) for name in names}
        return [hit for hit in self._all(workspace) if wanted & _names(hit)]

    async def search_entities(self, workspace: WorkspaceId, text: str, k: int) -> list[EntityHit]:
        self._check("search_entities")
        words = {word[:4] for word in normalise_name(text).split()}
        scored = []
        for hit in self._all(workspace):
            shared = len(words & {word[:4] for name in _names(hit) for word in name.split()})
            if shared:
                scored.append(replace(hit, score=float(shared)))
        return sorted(scored, key=lambda hit: (-hit.score, hit.id))[:k]

    async def search_chunks(self, workspace: WorkspaceId, text: str, k: int) -> list[ChunkHit]:
        self._check("search_chunks")
        if workspace != self.workspace or not self._chunks:
            return []
        average = sum(self._lengths.values()) / len(self._lengths)
        scores: dict[bytes, float] = defaultdict(float)
        for term in content_stems(text):
            rows = self._postings.get(term, {})
            idf = math.log(1 + (len(self._chunks) - len(rows) + 0.5) / (len(rows) + 0.5))
            for id_, tf in rows.items():
                norm = 1.2 * (0.25 + 0.75 * self._lengths[id_] / average)
                scores[id_] += idf * tf * 2.2 / (tf + norm)
        best = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:k]
        return [self._hit(id_, score) for id_, score in best]

    async def chunks_of(
        self, workspace: WorkspaceId, entities: Sequence[EntityId], k: int
    ) -> list[tuple[EntityId, ChunkHit]]:
        self._check("chunks_of")
        rows: dict[EntityId, list[ChunkHit]] = {entity: [] for entity in entities}
        for (chunk, entity), count in self._mentions.items():
            if entity in rows and workspace == self.workspace:
                rows[entity].append(self._hit(chunk, float(count)))
        return [
            (entity, hit)
            for entity, hits in rows.items()
            for hit in sorted(hits, key=lambda hit: (-hit.score, hit.id))[:k]
        ]

    async def entities_of(
        self, workspace: WorkspaceId, chunks: Sequence[bytes]
    ) -> list[tuple[bytes, EntityHit]]:
        self._check("entities_of")
        return [
            (chunk, replace(self._entities[entity], score=float(count)))
            for (chunk, entity), count in self._mentions.items()
            if chunk in chunks and workspace == self.workspace
        ]

    async def facts(self, workspace: WorkspaceId, ids: Sequence[FactId]) -> list[FactRow]:
        self._check("facts")
        return [self._facts[id_] for id_ in ids if id_ in self._facts and workspace == self.workspace]

    async def neighbours(
        self,
        workspace: WorkspaceId,
        entity: EntityId,
        *,
        limit: int,
        cursor: str | None = None,
        statuses: Sequence[FactStatus] = (FactStatus.ACCEPTED,),
        as_of: PartialDate | None = None,
        relations: Sequence[str] | None = None,
    ) -> Page[PathStep]:
        self._check("neighbours")
        steps = [
            PathStep(fact, fact.head == entity)
            for fact in sorted(self._facts.values(), key=lambda fact: fact.id)
            if entity in (fact.head, fact.tail) and fact.status in statuses and _valid(fact, as_of)
            if relations is None or fact.relation in relations
        ]
        return Page(tuple(steps[:limit]) if workspace == self.workspace else (), None)

    async def paths(
        self,
        workspace: WorkspaceId,
        starts: Sequence[EntityId],
        *,
        max_hops: int,
        budget: int,
        as_of: PartialDate | None = None,
    ) -> PathSearch:
        self._check("paths")
        found: list[GraphPath] = []
        frontier = [
            GraphPath(start, self._entities[start].name, ()) for start in starts if start in self._entities
        ]
        for _ in range(max_hops if workspace == self.workspace else 0):
            longer = []
            for path in frontier:
                here, seen = _end(path), _visited(path)
                if not isinstance(here, bytes):
                    continue
                page = await self.neighbours(workspace, EntityId(here), limit=10_000, as_of=as_of)
                for step in page.items:
                    there = step.fact.tail if step.forward else step.fact.head
                    if there not in seen and step.fact.polarity:
                        longer.append(replace(path, steps=(*path.steps, step)))
            found += longer
            frontier = longer
        return PathSearch(tuple(found[:budget]), len(found) <= budget)

    async def patterns(
        self,
        workspace: WorkspaceId,
        starts: Sequence[EntityId],
        *,
        max_hops: int,
        as_of: PartialDate | None = None,
    ) -> PatternSearch:
        self._check("patterns")
        search = await self.paths(workspace, starts, max_hops=max_hops, budget=100_000, as_of=as_of)
        return PatternSearch(tuple(dict.fromkeys(map(_pattern, search.paths))), exhausted=True)

    async def follow(
        self,
        workspace: WorkspaceId,
        starts: Sequence[EntityId],
        pattern: Pattern,
        *,
        budget: int,
        as_of: PartialDate | None = None,
    ) -> PathSearch:
        self._check("follow")
        search = await self.paths(workspace, starts, max_hops=len(pattern), budget=100_000, as_of=as_of)
        found = [path for path in search.paths if _pattern(path) == pattern]
        return PathSearch(tuple(found[:budget]), len(found) <= budget)

    # ---------------------------------------------------------------- EvidenceReader

    def chunks(self, workspace: WorkspaceId, ids: Sequence[bytes]) -> list[ChunkText]:
        self._check("chunks")
        return [self._chunks[id_] for id_ in ids if id_ in self._chunks and workspace == self.workspace]

    def chunks_of_documents(
        self, workspace: WorkspaceId, numbers: Mapping[ContentId, Collection[int]]
    ) -> list[ChunkText]:
        self._check("chunks_of_documents")
        wanted = [c for c in self._chunks.values() if c.ord in numbers.get(c.content, ())]
        return sorted(wanted, key=lambda c: (c.content, c.ord)) if workspace == self.workspace else []

    def cite_claims(self, workspace: WorkspaceId, ids: Sequence[ClaimId]) -> dict[ClaimId, Citation]:
        self._check("cite_claims")
        every = {claim: citation for claims in self._claims.values() for claim, citation in claims.items()}
        return {id_: every[id_] for id_ in ids if id_ in every and workspace == self.workspace}

    def cite_span(self, workspace: WorkspaceId, content: ContentId, span: Span) -> Citation | None:
        self._check("cite_span")
        if workspace != self.workspace or content not in self._documents:
            return None
        return self._cite(content, span)

    def claims_of_facts(
        self, workspace: WorkspaceId, ids: Sequence[FactId], limit_each: int
    ) -> dict[FactId, tuple[ClaimId, ...]]:
        self._check("claims_of_facts")
        return {id_: tuple(self._claims[id_])[:limit_each] for id_ in ids if id_ in self._claims}

    # ---------------------------------------------------------------- inside

    def _check(self, method: str) -> None:
        self.calls[method] += 1
        if method in self.broken:
            raise StoreUnavailable(f"{method} is broken on purpose")

    def _all(self, workspace: WorkspaceId) -> list[EntityHit]:
        return list(self._entities.values()) if workspace == self.workspace else []

    def _hit(self, id_: bytes, score: float) -> ChunkHit:
        return ChunkHit(id_, self._chunks[id_].content, self._chunks[id_].ord, score)

    def _cite(self, content: ContentId, span: Span) -> Citation:
        document = self._documents[content]
        return Citation(content, document.title, f"file:{document.title}", 1, span, span.of(document.text))


def _names(hit: EntityHit) -> set[str]:
    return {normalise_name(name) for name in (hit.name, *hit.aliases)}


def _valid(fact: FactRow, as_of: PartialDate | None) -> bool:
    """A date of less precision overlaps: 2018 holds at 2018-06."""
    if as_of is None:
        return True
    begun = fact.valid_from is None or fact.valid_from <= as_of or fact.valid_from.startswith(as_of)
    over = fact.valid_to is not None and fact.valid_to < as_of and not as_of.startswith(fact.valid_to)
    return begun and not over


def _end(path: GraphPath) -> EntityId | Value:
    if not path.steps:
        return path.start
    last = path.steps[-1]
    return last.fact.tail if last.forward else last.fact.head


def _pattern(path: GraphPath) -> Pattern:
    return tuple(
        Hop(s.fact.relation, s.forward, s.fact.phrase if s.fact.relation == "RELATED_TO" else None)
        for s in path.steps
    )


def _visited(path: GraphPath) -> set[EntityId | Value]:
    return {path.start, *(end for step in path.steps for end in (step.fact.head, step.fact.tail))}
