"""One question, start to finish: link, retrieve, read the paths, decode, tell, cite, or abstain."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from anyio import to_thread

from graph.errors import ConfigurationError, DecodingError, EngineUnavailable, InvalidInput, VeripathError
from graph.ontology import Ontology
from graph.ports import Embedder, EvidenceReader, FactRow, GraphPath, GraphReader, VectorIndex
from graph.types import FactId, PartialDate, WorkspaceId
from retrieval.answer import abstention, quote_sentences, tell_conflicts, tell_facts
from retrieval.citing import CitationBook
from retrieval.facts import PATH_BUDGET, Candidates, FactFinder
from retrieval.linking import Linker, unlinked_names
from retrieval.paths import ACCEPTABLE, PathReader, Reading, best_group
from retrieval.phrasing import path_text
from retrieval.ports import DecodedPath, PathDecoder
from retrieval.question import Question, understand
from retrieval.refine import ALIKE, SentenceHit, covering_sentences
from retrieval.retrievers import Found, PassageRetriever
from retrieval.timing import Timings
from retrieval.types import Answer, AnswerPath, AnswerStyle, Mode, Passage, Query, Status, Topic
from retrieval.wording import content_stems

# Candidates given to the engine: exact search asks it once for nearly every branch, so that an answer that
# does not ask for paths gives it few.
_DECODED_FROM = {Mode.AUTO: 24, Mode.PATHS: 64}
_DECODED = 5  # paths asked back
_READ_CLOSELY = 12  # readings whose quotes are compared with the question
_COMPARED = 16  # sentences compared with the question by their vectors
_QUOTED = 2  # sentences of an answer that no fact gives
_LONGEST_QUESTION = 2_000  # code points


@dataclass(frozen=True, slots=True)
class _Parts:
    linker: Linker
    retriever: PassageRetriever
    facts: FactFinder
    evidence: EvidenceReader
    embedder: Embedder
    decoder: PathDecoder | None


class QueryService:
    """Answers questions over one graph. Safe to use from many tasks at once."""

    def __init__(
        self,
        graph: GraphReader,
        vectors: VectorIndex,
        evidence: EvidenceReader,
        embedder: Embedder,
        decoder: PathDecoder | None = None,
    ) -> None:
        self._parts = _Parts(
            linker=Linker(graph, vectors, embedder),
            retriever=PassageRetriever(graph, vectors, evidence, embedder),
            facts=FactFinder(graph),
            evidence=evidence,
            embedder=embedder,
            decoder=decoder,
        )

    async def answer(self, workspace: WorkspaceId, query: Query, ontology: Ontology) -> Answer:
        """``ontology`` is the workspace's. InvalidInput, ConfigurationError, or StoreUnavailable."""
        _check(query)
        return await _Attempt(self._parts, workspace, query, ontology).answer()


class _Attempt:
    """The state of one answer: what was noticed, used and timed on the way."""

    def __init__(self, parts: _Parts, workspace: WorkspaceId, query: Query, ontology: Ontology) -> None:
        self._parts = parts
        self._workspace = workspace
        self._query = query
        self._ontology = ontology
        self._citations = CitationBook(parts.evidence, workspace, query.top_k)
        self._timings = Timings()
        self._notices: list[str] = []
        self._usage = {"prompt_tokens": 0, "completion_tokens": 0}

    async def answer(self) -> Answer:
        with self._timings.stage("link"):
            topics = await self._link()
        question = understand(self._query.text, topics)
        as_of = self._query.as_of or question.as_of
        with self._timings.stage("retrieve"):
            passages, candidates = await asyncio.gather(
                self._passages(question), self._candidates(question, as_of)
            )
        if not candidates.exhausted:
            self._notices.append(
                f"Only the first {PATH_BUDGET} paths around {topics[0].entity.name} were read; name more "
                "of what you ask about."
            )
        with self._timings.stage("rank"):
            readings, decoded = await asyncio.gather(
                self._read(question, candidates.paths, as_of), self._decode(question, candidates)
            )
        if self._query.only_need_context:
            return await self._context(question, readings, passages, decoded)
        with self._timings.stage("tell"):
            told = await self._from_facts(question, readings, decoded)
            if told is None and self._query.mode in {Mode.AUTO, Mode.HYBRID, Mode.VECTOR}:
                told = await self._from_passages(question, passages, readings)
        if told is None:
            return self._finish(question, Answer("", Status.ABSTAINED, abstention(question)))
        return self._finish(question, told)

    # ---------------------------------------------------------------- retrieval

    async def _link(self) -> list[Topic]:
        try:
            return await self._parts.linker.link(self._workspace, self._query.text)
        except VeripathError as error:
            if self._query.mode not in {Mode.AUTO, Mode.HYBRID, Mode.VECTOR}:
                raise
            self._notices.append(f"Entities could not be looked up: {error}")
            return []

    async def _passages(self, question: Question) -> list[Passage]:
        retriever = self._parts.retriever
        found: Found
        if self._query.mode is Mode.VECTOR:
            found = await retriever.vector(self._workspace, question.text)
        else:
            try:
                found = await retriever.bridged(self._workspace, question.text, question.topics)
            except VeripathError as error:
                self._notices.append(f"The graph could not be asked for passages: {error}")
                found = await retriever.vector(self._workspace, question.text)
        self._notices += found.notices
        return await retriever.read(self._workspace, found, self._query.top_k)

    async def _candidates(self, question: Question, as_of: PartialDate | None) -> Candidates:
        if self._query.mode is Mode.VECTOR:
            return Candidates()
        try:
            return await self._parts.facts.candidates(
                self._workspace, question, max_hops=self._query.max_hops, as_of=as_of
            )
        except VeripathError as error:
            if self._query.mode in {Mode.GRAPH, Mode.PATHS}:
                raise
            self._notices.append(f"The graph could not be asked for facts: {error}")
            return Candidates()

    # ---------------------------------------------------------------- paths

    async def _read(
        self, question: Question, paths: Sequence[GraphPath], as_of: PartialDate | None
    ) -> list[Reading]:
        """Readings best first; the best are read again with their facts' quotes beside them."""
        types = await self._parts.facts.end_types(self._workspace, paths)
        reader = PathReader(question, self._ontology, types)
        readings = await to_thread.run_sync(reader.read, paths, as_of)
        close, rest = readings[:_READ_CLOSELY], readings[_READ_CLOSELY:]
        await self._citations.look_up([step.fact.id for reading in close for step in reading.path.steps])
        close = [
            reader.explained_by(
                reading, [q for step in reading.path.steps for q in self._citations.quotes(step.fact.id)]
            )
            for reading in close
        ]
        return sorted(close, key=lambda reading: -round(reading.score, 6)) + rest

    async def _decode(self, question: Question, candidates: Candidates) -> list[DecodedPath]:
        """Paths that the engine chose and the store confirms. Without an engine: none, and a notice."""
        if self._query.mode not in _DECODED_FROM or not candidates.accepted:
            return []
        if self._parts.decoder is None:
            if self._query.mode is Mode.PATHS:
                self._notices.append(
                    "No path decoder is configured; the paths were ranked by retrieval alone."
                )
            return []
        pool = await to_thread.run_sync(self._likeliest, question, candidates.accepted)
        try:
            with self._timings.stage("decode"):
                decoded = await self._parts.decoder.decode(question.text, pool, _DECODED)
        except (EngineUnavailable, DecodingError) as error:
            self._notices.append(f"Paths were not decoded, the answer stands on retrieval: {error}")
            return []
        self._usage["prompt_tokens"] += decoded.prompt_tokens
        self._usage["completion_tokens"] += decoded.completion_tokens
        return await self._confirmed(decoded.paths)

    def _likeliest(self, question: Question, paths: Sequence[GraphPath]) -> list[GraphPath]:
        """At most ``_DECODED_FROM`` paths: by shared words first, then by similarity. Blocks."""
        most = _DECODED_FROM[self._query.mode]
        if len(paths) <= most:
            return list(paths)
        asked = content_stems(question.text)
        texts = [path_text(path) for path in paths]
        shared = [len(asked & content_stems(text)) for text in texts]
        best = sorted(range(len(paths)), key=lambda i: (-shared[i], i))[: 2 * most]
        vectors = self._parts.embedder.embed([question.text, *(texts[i] for i in best)])
        similar = vectors[1:] @ vectors[0]
        order = sorted(range(len(best)), key=lambda i: (-round(float(similar[i]), 5), i))[:most]
        return [paths[best[i]] for i in sorted(order)]

    async def _confirmed(self, decoded: Sequence[DecodedPath]) -> list[DecodedPath]:
        """Those whose every fact is in the store now, accepted, and chained as decoded."""
        stored = await self._parts.facts.confirmed(self._workspace, [each.path for each in decoded])
        confirmed = [replace(d, path=path) for d, path in zip(decoded, stored, strict=True) if path]
        if len(confirmed) < len(decoded):
            self._notices.append(
                f"{len(decoded) - len(confirmed)} decoded paths no longer hold and were dropped."
            )
        return confirmed

    # ---------------------------------------------------------------- answers

    async def _from_facts(
        self, question: Question, readings: Sequence[Reading], decoded: Sequence[DecodedPath]
    ) -> Answer | None:
        likely = _preferred(readings, decoded)
        group = best_group([r for r in likely if r.score >= ACCEPTABLE], self._ontology)
        await self._citations.look_up([step.fact.id for r in group for step in r.path.steps])
        told = tell_facts(question, group, self._citations)
        if told is None:
            return None
        chosen = {step.fact.id: step.fact for path in told.paths for step in path.path.steps}
        rivals = await self._rivals(told.paths)
        await self._citations.look_up([fact.id for facts in rivals.values() for fact in facts])
        conflicts = tell_conflicts(rivals, chosen, self._citations)
        paths = (*self._mark_decoded(told.paths, decoded), *await self._others(told.paths, decoded))
        return Answer(told.text, Status.ANSWERED, paths=paths, conflicts=conflicts)

    async def _rivals(self, paths: Sequence[AnswerPath]) -> dict[FactId, list[FactRow]]:
        try:
            return await self._parts.facts.rivals(self._workspace, [path.path for path in paths])
        except VeripathError as error:
            self._notices.append(f"Conflicts could not be looked up: {error}")
            return {}

    def _mark_decoded(self, paths: Sequence[AnswerPath], decoded: Sequence[DecodedPath]) -> list[AnswerPath]:
        chosen = {_key(each.path) for each in decoded}
        return [replace(path, decoded=_key(path.path) in chosen) for path in paths]

    async def _others(self, told: Sequence[AnswerPath], decoded: Sequence[DecodedPath]) -> list[AnswerPath]:
        """Decoded paths beside those that the answer tells: shown with their score, not cited."""
        seen = {_key(path.path) for path in told}
        return [
            AnswerPath(each.path, path_text(each.path), each.score, (), decoded=True)
            for each in decoded
            if _key(each.path) not in seen
        ]

    async def _from_passages(
        self, question: Question, passages: Sequence[Passage], readings: Sequence[Reading]
    ) -> Answer | None:
        """Up to two sentences verbatim that hold what was asked and are like the question.

        A sentence whose fact was read and answers something else (who bought X, where X bought) is not used.
        """
        unknown = unlinked_names(question.text, question.topics)
        if not question.content and not question.topics:
            return None
        readable = [p for p in passages if content_stems(" ".join(unknown)) <= content_stems(p.chunk.text)]
        misread = {
            quote
            for reading in readings[:_READ_CLOSELY]
            if reading.misread
            for step in reading.path.steps
            for quote in self._citations.quotes(step.fact.id)
        }
        hits = covering_sentences(question, readable)
        hits = [hit for hit in hits if not any(quote in hit.text for quote in misread)][:_COMPARED]
        if not hits:
            return None
        try:
            alike = await to_thread.run_sync(self._alike, question, hits)
        except VeripathError as error:
            self._notices.append(f"Sentences were ranked by words alone: {error}")
            alike = hits
        told = await quote_sentences(alike[:_QUOTED], self._citations)
        return Answer(told.text, Status.ANSWERED) if told else None

    def _alike(self, question: Question, hits: Sequence[SentenceHit]) -> list[SentenceHit]:
        """Sentences near the question, nearest first. Blocks."""
        vectors = self._parts.embedder.embed([question.text, *(hit.text for hit in hits)])
        scores = vectors[1:] @ vectors[0]
        order = sorted(range(len(hits)), key=lambda i: (-hits[i].coverage, -round(float(scores[i]), 5), i))
        return [hits[i] for i in order if scores[i] >= ALIKE]

    async def _context(
        self,
        question: Question,
        readings: Sequence[Reading],
        passages: Sequence[Passage],
        decoded: Sequence[DecodedPath],
    ) -> Answer:
        """No answer, only what one would be made from: the best paths and passages, cited."""
        best = [reading for reading in readings[: self._query.top_k] if reading.score > ACCEPTABLE / 2]
        await self._citations.look_up([step.fact.id for r in best for step in r.path.steps])
        told = tell_facts(question, best, self._citations)
        for passage in passages:
            await self._citations.cite_span(passage.chunk.content, passage.chunk.span, passage.chunk.text)
        paths = told.paths if told else ()
        paths = (*self._mark_decoded(paths, decoded), *await self._others(paths, decoded))
        if not self._citations.all():
            return self._finish(question, Answer("", Status.ABSTAINED, abstention(question)))
        return self._finish(question, Answer("", Status.ANSWERED, paths=paths))

    def _finish(self, question: Question, answer: Answer) -> Answer:
        return replace(
            answer,
            entities=question.topics,
            citations=self._citations.all() if answer.status is Status.ANSWERED else (),
            notices=tuple(dict.fromkeys(self._notices)),
            usage=self._usage | {"citations_dropped": self._citations.dropped},
            timings=self._timings.done(),
        )


def _check(query: Query) -> None:
    if not query.text.strip():
        raise InvalidInput("the question is empty; say what you want to know")
    if len(query.text) > _LONGEST_QUESTION:
        raise InvalidInput(f"the question is longer than {_LONGEST_QUESTION} characters; shorten it")
    if not 1 <= query.top_k <= 100:
        raise InvalidInput("top_k must be between 1 and 100")
    if not 1 <= query.max_hops <= 3:
        raise InvalidInput("max_hops must be between 1 and 3")
    if query.style is AnswerStyle.GENERATIVE:
        raise ConfigurationError(
            "no generating model is configured; ask for an extractive answer, or set a language-model server"
        )


def _preferred(readings: Sequence[Reading], decoded: Sequence[DecodedPath]) -> list[Reading]:
    """Among readings that fit equally well, those that the engine chose come first."""
    chosen = {_key(each.path): place for place, each in enumerate(decoded)}
    return sorted(
        readings, key=lambda r: (-round(r.score, 6), len(r.path.steps), chosen.get(_key(r.path), len(chosen)))
    )


def _key(path: GraphPath) -> tuple[tuple[FactId, bool], ...]:
    return tuple((step.fact.id, step.forward) for step in path.steps)
