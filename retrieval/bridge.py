"""One hop from the passages that a question finds to those that it does not name.

From each of the best passages, over an entity that few passages mention, to a passage that explains what the
first left open. Personalised PageRank over the same links was measured and is worse: mass flows to hubs.
"""

import asyncio
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from anyio import to_thread

from graph.fusion.names import normalise_name
from graph.ports import ChunkHit, ChunkText, EntityHit, EvidenceReader, GraphReader, VectorIndex
from graph.types import EntityId, WorkspaceId
from retrieval.hybrid import ranked
from retrieval.types import Topic
from retrieval.wording import content_stems, tokens_of

RARE = 50  # passages: an entity in more of them connects everything with everything
_DEPTH = 200  # hits asked of the keyword search
_SOURCES = 3  # best passages that the hop starts from
_ELSEWHERE = 0.5  # worth of a bridge to a passage that is not the shared entity's own page
_FIT = 0.5  # share of a bridge's worth that depends on the words still to be explained
_TEXTS = 120  # passages whose titles are read to know whose page they are
_LONGEST_INNER = 4  # words of a name that is looked for within a longer one
_NAMES = 400  # such names looked up for one question
_DISAMBIGUATION = re.compile(r"\s*\([^()]*\)\s*\Z|,.*\Z", re.DOTALL)


class BridgeKey(NamedTuple):
    entity: str  # the shared entity's name
    source: bytes  # the chunk that the hop started from


@dataclass(frozen=True, slots=True)
class Bridges:
    """Each reached chunk's best bonus and the bridge that gave it; never a sum, lest hubs win."""

    bonuses: Mapping[bytes, float] = field(default_factory=dict)
    keys: Mapping[bytes, BridgeKey] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Link:
    """``source`` speaks of ``entity``; ``inner``: only within a longer name, which may mean another thing."""

    source: bytes
    entity: EntityHit
    inner: bool


class BridgeHop:
    def __init__(self, graph: GraphReader, vectors: VectorIndex, evidence: EvidenceReader) -> None:
        self._graph = graph
        self._vectors = vectors
        self._evidence = evidence

    async def hop(
        self, workspace: WorkspaceId, question: str, scores: Mapping[bytes, float], topics: Sequence[Topic]
    ) -> Bridges:
        sources = [id_ for id_, _ in ranked(scores)[:_SOURCES]]
        texts = await self.texts(workspace, sources)
        links = await self._links(workspace, question, sources, texts, topics)
        entities = {link.entity.id: link.entity for link in links}
        rows, fits, size = await asyncio.gather(
            self._graph.chunks_of(workspace, list(entities), RARE + 1),
            asyncio.gather(*(self._fit(workspace, question, texts.get(id_)) for id_ in sources)),
            to_thread.run_sync(self._vectors.size, workspace, "chunk"),
        )
        reached: dict[EntityId, list[ChunkHit]] = {}
        for entity, chunk in rows:
            reached.setdefault(entity, []).append(chunk)
        fit_of = dict(zip(sources, fits, strict=True))
        candidates: list[tuple[float, bytes, _Link]] = []
        for link in links:
            chunks = reached.get(link.entity.id, [])
            others = [chunk for chunk in chunks if chunk.id != link.source]
            if not others or len(chunks) > RARE:
                continue
            rarity = max(0.0, math.log(max(size, 2) / len(chunks)) / math.log(max(size, 2)))
            fit = fit_of[link.source]
            for chunk in others:
                worth = scores[link.source] * rarity * (1 - _FIT + _FIT * fit.get(chunk.id, 0.0))
                candidates.append((worth, chunk.id, link))
        return await self._best(workspace, candidates)

    async def texts(self, workspace: WorkspaceId, ids: Sequence[bytes]) -> dict[bytes, ChunkText]:
        if not ids:
            return {}
        chunks = await to_thread.run_sync(self._evidence.chunks, workspace, ids)
        return {chunk.id: chunk for chunk in chunks}

    async def _links(
        self,
        workspace: WorkspaceId,
        question: str,
        sources: Sequence[bytes],
        texts: Mapping[bytes, ChunkText],
        topics: Sequence[Topic],
    ) -> list[_Link]:
        """The entities that the sources speak of, those left out that the question names."""
        names = {id_: _inner_names(chunk.text) for id_, chunk in texts.items()}
        wanted = sorted(dict.fromkeys(name for some in names.values() for name in some))[:_NAMES]
        mentioned, found = await asyncio.gather(
            self._graph.entities_of(workspace, sources), self._graph.find_entities(workspace, wanted)
        )
        links = {(source, hit.id): _Link(source, hit, inner=False) for source, hit in mentioned}
        for hit in found:
            called = _names_of(hit)
            for source in sources:
                if called & names.get(source, set()):
                    links.setdefault((source, hit.id), _Link(source, hit, inner=True))
        named = {topic.entity.id for topic in topics}
        asked = f" {normalise_name(question)} "
        return [
            link
            for link in links.values()
            if link.entity.id not in named and f" {normalise_name(link.entity.name)} " not in asked
        ]

    async def _best(self, workspace: WorkspaceId, candidates: list[tuple[float, bytes, _Link]]) -> Bridges:
        """A bridge to the entity's own page keeps its worth, another a part of it, or none where the name
        was only part of a longer one."""
        candidates.sort(key=lambda c: (-c[0], c[1], c[2].source, c[2].entity.id))
        texts = await self.texts(workspace, list(dict.fromkeys(c[1] for c in candidates))[:_TEXTS])
        bonuses: dict[bytes, float] = {}
        keys: dict[bytes, BridgeKey] = {}
        for value, id_, link in candidates:
            if id_ in texts and own_page(link.entity, texts[id_]):
                worth = value
            else:
                worth = 0.0 if link.inner else value * _ELSEWHERE
            if worth > bonuses.get(id_, 0.0):
                bonuses[id_], keys[id_] = worth, BridgeKey(link.entity.name, link.source)
        return Bridges(bonuses, keys)

    async def _fit(
        self, workspace: WorkspaceId, question: str, source: ChunkText | None
    ) -> dict[bytes, float]:
        """How well each passage matches the question's words that the source lacks, 0 to 1."""
        if source is None:
            return {}
        explained = content_stems(f"{source.document} {' '.join(source.heading)} {source.text}")
        left = [t.text for t in tokens_of(question) if not t.stop and t.stem not in explained]
        if not left:
            return {}
        hits = await self._graph.search_chunks(workspace, " ".join(left), _DEPTH)
        best = max((hit.score for hit in hits), default=0.0)
        return {hit.id: hit.score / best for hit in hits} if best > 0 else {}


def own_page(entity: EntityHit, chunk: ChunkText) -> bool:
    """Whether the document or the section is titled by one of the entity's names, bare or told apart as in
    "Mercury (planet)" and "Paris, Texas"."""
    return not _names_of(entity).isdisjoint(_titles((chunk.document, *chunk.heading)))


def _titles(titles: Iterable[str]) -> set[str]:
    return {normalise_name(form) for title in titles for form in (title, _DISAMBIGUATION.sub("", title))}


def _names_of(entity: EntityHit) -> set[str]:
    return {normalise_name(name) for name in (entity.name, *entity.aliases)}


def _inner_names(text: str) -> set[str]:
    """Normalised words and runs of words that are written as names, those within longer ones included:
    "West Chicago High School" holds "West Chicago"."""
    names: set[str] = set()
    run: list[str] = []
    for token in (*tokens_of(text), None):
        if token is not None and token.capital and not token.stop:
            run.append(token.text)
            continue
        for start in range(len(run)):
            for end in range(start + 1, min(start + _LONGEST_INNER, len(run)) + 1):
                names.add(normalise_name(" ".join(run[start:end])))
        run = []
    return {name for name in names if len(name) > 2 and not name.isdigit()}
