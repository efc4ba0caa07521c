"""Passages for a question: by words and vectors at once, then one hop over the entities they share."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from anyio import to_thread

from graph.errors import VeripathError
from graph.ports import Embedder, EvidenceReader, GraphReader, VectorIndex, Vectors
from graph.types import WorkspaceId
from retrieval.bridge import RARE, BridgeHop, BridgeKey, own_page
from retrieval.hybrid import KEYWORD_WEIGHT, fuse, ranked
from retrieval.types import Passage, Topic

_DEPTH = 200  # hits asked of each retriever: beyond it a passage's score hardly moves the order
_TITLE_BONUS = 0.3  # for the page of an entity that the question names; several share it


@dataclass(frozen=True, slots=True)
class Found:
    """Scores of chunks, best first; ``bridges`` explain those that a hop raised."""

    scores: list[tuple[bytes, float]]
    bridges: Mapping[bytes, BridgeKey] = field(default_factory=dict)
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Base:
    """``unit`` turns a similarity into a score, for chunks that neither retriever brought."""

    scores: dict[bytes, float]
    vector: Vectors | None
    unit: float
    notices: tuple[str, ...]


class PassageRetriever:
    def __init__(
        self, graph: GraphReader, vectors: VectorIndex, evidence: EvidenceReader, embedder: Embedder
    ) -> None:
        self._graph = graph
        self._vectors = vectors
        self._evidence = evidence
        self._embedder = embedder
        self._bridges = BridgeHop(graph, vectors, evidence)

    async def keyword(self, workspace: WorkspaceId, question: str) -> Found:
        hits = await self._graph.search_chunks(workspace, question, _DEPTH)
        return Found(ranked({hit.id: hit.score for hit in hits}))

    async def vector(self, workspace: WorkspaceId, question: str) -> Found:
        _, scores = await self._by_vector(workspace, question)
        return Found(ranked(scores))

    async def hybrid(self, workspace: WorkspaceId, question: str) -> Found:
        base = await self._base(workspace, question)
        return Found(ranked(base.scores), notices=base.notices)

    async def bridged(self, workspace: WorkspaceId, question: str, topics: Sequence[Topic]) -> Found:
        """Hybrid, with the pages of the named entities raised, and one hop from the best passages."""
        base, pages = await asyncio.gather(
            self._base(workspace, question), self._own_pages(workspace, topics)
        )
        scores = await self._known(workspace, base, list(pages))
        for id_, bonus in pages.items():
            scores[id_] = scores.get(id_, 0.0) + bonus
        if not scores:
            return Found([], notices=base.notices)
        bridges = await self._bridges.hop(workspace, question, scores, topics)
        scores = await self._known(workspace, replace(base, scores=scores), list(bridges.bonuses))
        final = {id_: score + bridges.bonuses.get(id_, 0.0) for id_, score in scores.items()}
        return Found(ranked(final), bridges.keys, base.notices)

    async def read(self, workspace: WorkspaceId, found: Found, k: int) -> list[Passage]:
        """The best ``k`` passages with their texts; what is no longer live is passed over."""
        wanted = found.scores[: 2 * k]
        chunks = await to_thread.run_sync(self._evidence.chunks, workspace, [id_ for id_, _ in wanted])
        texts = {chunk.id: chunk for chunk in chunks}
        passages = []
        for id_, score in wanted:
            if id_ in texts:
                bridge = found.bridges.get(id_)
                passages.append(Passage(texts[id_], score, (bridge.entity,) if bridge else ()))
        return passages[:k]

    # ---------------------------------------------------------------- words and vectors

    async def _by_vector(self, workspace: WorkspaceId, question: str) -> tuple[Vectors, dict[bytes, float]]:
        def search() -> tuple[Vectors, dict[bytes, float]]:
            vector: Vectors = self._embedder.embed([question])[0]
            hits = self._vectors.search(workspace, "chunk", vector, _DEPTH)
            return vector, {hit.id: hit.score for hit in hits}

        return await to_thread.run_sync(search)

    async def _base(self, workspace: WorkspaceId, question: str) -> _Base:
        """Both retrievers at once; one that fails is named, and the other stands alone."""
        by_word, by_vector = await asyncio.gather(
            self._graph.search_chunks(workspace, question, _DEPTH),
            self._by_vector(workspace, question),
            return_exceptions=True,
        )
        notices = []
        keyword: dict[bytes, float] = {}
        similar: dict[bytes, float] = {}
        vector = None
        for name, result in (("keyword search", by_word), ("vector search", by_vector)):
            if isinstance(result, VeripathError):
                notices.append(f"{name} was not available: {result}")
            elif isinstance(result, BaseException):
                raise result
        if isinstance(by_word, BaseException) and isinstance(by_vector, BaseException):
            raise by_word
        if not isinstance(by_word, BaseException):
            keyword = {hit.id: hit.score for hit in by_word}
        if not isinstance(by_vector, BaseException):
            vector, similar = by_vector
            unknown = [id_ for id_ in keyword if id_ not in similar]
            similar |= await self._similarities(workspace, vector, unknown)
        best = max(similar.values(), default=0.0)
        unit = (1 - KEYWORD_WEIGHT if keyword else 1.0) / best if best > 0 else 0.0
        return _Base(fuse(keyword, similar), vector, unit, tuple(notices))

    async def _similarities(
        self, workspace: WorkspaceId, vector: Vectors, ids: Sequence[bytes]
    ) -> dict[bytes, float]:
        if not ids:
            return {}
        return await to_thread.run_sync(self._vectors.similarities, workspace, "chunk", vector, ids)

    async def _known(self, workspace: WorkspaceId, base: _Base, ids: Sequence[bytes]) -> dict[bytes, float]:
        """The scores, those of ``ids`` included that neither retriever found: by similarity alone."""
        scores = dict(base.scores)
        missing = [id_ for id_ in ids if id_ not in scores]
        if base.vector is None:
            return scores | dict.fromkeys(missing, 0.0)
        similar = await self._similarities(workspace, base.vector, missing)
        return scores | {id_: max(similar.get(id_, 0.0), 0.0) * base.unit for id_ in missing}

    # ---------------------------------------------------------------- entities

    async def _own_pages(self, workspace: WorkspaceId, topics: Sequence[Topic]) -> dict[bytes, float]:
        """Bonus of the passages that an entity named in the question titles."""
        entities = {topic.entity.id: topic.entity for topic in topics}
        if not entities:
            return {}
        rows = await self._graph.chunks_of(workspace, list(entities), RARE + 1)
        texts = await self._bridges.texts(workspace, [chunk.id for _, chunk in rows])
        bonus: dict[bytes, float] = {}
        for id_, entity in entities.items():
            own = [
                chunk for owner, chunk in rows
                if owner == id_ and chunk.id in texts and own_page(entity, texts[chunk.id])
            ]  # fmt: skip
            pages = len({chunk.content for chunk in own})
            for chunk in own:
                bonus[chunk.id] = max(bonus.get(chunk.id, 0.0), _TITLE_BONUS / pages)
        return bonus
