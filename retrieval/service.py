"""One question, start to finish: link, retrieve, read the paths, decode, tell or write, cite, or abstain."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from anyio import to_thread

from graph.errors import ConfigurationError, DecodingError, EngineUnavailable, InvalidInput, VeripathError
from graph.ontology import Ontology
from graph.ports import Embedder, EvidenceReader, FactRow, GraphPath, GraphReader, VectorIndex
from graph.types import FactId, FactStatus, PartialDate, WorkspaceId
from retrieval.answer import abstention, tell_conflicts, tell_facts
from retrieval.choosing import PathChooser, as_chosen, preferred, with_decoded
from retrieval.citing import CitationBook
from retrieval.facts import PATH_BUDGET, Candidates, FactFinder
from retrieval.followups import FollowUps, condense
from retrieval.linking import Linker
from retrieval.paths import ACCEPTABLE, PathReader, Reading, best_group, has_ended, profile
from retrieval.phrasing import path_text, sentence
from retrieval.ports import AnswerModel, DecodedPath, PathDecoder, SpanFinder
from retrieval.question import Question, understand
from retrieval.quoting import TABLED, Quoter
from retrieval.reasoning import Reasoner
from retrieval.retrievers import Found, PassageRetriever
from retrieval.sources import refine
from retrieval.timing import Timings
from retrieval.types import (
    Answer,
    AnswerPath,
    AnswerStyle,
    Decoding,
    Explored,
    Mode,
    Passage,
    Query,
    Reasoning,
    Status,
    Topic,
)
from retrieval.writing import Listener, Written, room_of, write

_READ_CLOSELY = 12  # readings whose quotes are compared with the question
_LONGEST_QUESTION = 2_000  # code points
_UNUSED_INSTRUCTIONS = "Instructions steer written answers; this one is quoted from the evidence."


@dataclass(frozen=True, slots=True)
class _Parts:
    linker: Linker
    retriever: PassageRetriever
    facts: FactFinder
    evidence: EvidenceReader
    embedder: Embedder
    chooser: PathChooser
    follow_ups: FollowUps
    writer: AnswerModel | None
    quoter: Quoter


class QueryService:
    """Answers questions over one graph. Safe to use from many tasks at once."""

    def __init__(
        self,
        graph: GraphReader,
        vectors: VectorIndex,
        evidence: EvidenceReader,
        embedder: Embedder,
        decoder: PathDecoder | None = None,
        writer: AnswerModel | None = None,
        spans: SpanFinder | None = None,
    ) -> None:
        linker, facts = Linker(graph, vectors, embedder), FactFinder(graph, embedder)
        reasoner = Reasoner(graph, facts, embedder, decoder) if decoder else None
        self._parts = _Parts(
            linker=linker,
            retriever=PassageRetriever(graph, vectors, evidence, embedder),
            facts=facts,
            evidence=evidence,
            embedder=embedder,
            chooser=PathChooser(reasoner, facts),
            follow_ups=FollowUps(linker),
            writer=writer,
            quoter=Quoter(evidence, embedder, spans),
        )

    def refused(self, check: str) -> int:
        """Decoded paths refused since the start by the ``check`` "store" or "ledger"."""
        return self._parts.chooser.refused[check]

    async def answer(
        self, workspace: WorkspaceId, query: Query, ontology: Ontology, listener: Listener | None = None
    ) -> Answer:
        """``ontology`` is the workspace's. ``listener`` is told each sentence of a written answer as it
        stands checked. InvalidInput, or StoreUnavailable; and where a model was asked to reason, what kept
        it from that: ConfigurationError, EngineUnavailable or DecodingError."""
        _check(query)
        return await _Attempt(self._parts, workspace, query, ontology, listener).answer()


class _Attempt:
    """The state of one answer: what was noticed, used and timed on the way."""

    def __init__(
        self,
        parts: _Parts,
        workspace: WorkspaceId,
        query: Query,
        ontology: Ontology,
        listener: Listener | None,
    ) -> None:
        self._parts = parts
        self._workspace = workspace
        self._query = query
        self._ontology = ontology
        self._listener = listener
        self._citations = CitationBook(parts.evidence, workspace, query.top_k)
        self._timings = Timings()
        self._notices: list[str] = []
        self._usage = {"prompt_tokens": 0, "completion_tokens": 0}
        self._explored: Explored | None = None
        self._decoding: Decoding | None = None

    async def answer(self) -> Answer:
        if self._query.history:
            with self._timings.stage("follow_up"):
                self._query = replace(self._query, text=await self._stand_alone())
        with self._timings.stage("link"):
            topics = await self._link()
        question = understand(self._query.text, topics)
        as_of = self._query.as_of or question.as_of
        with self._timings.stage("retrieve"):
            found, candidates = await asyncio.gather(
                self._passages(question), self._candidates(question, as_of)
            )
        passages = found[: self._query.top_k]
        self._notices += candidates.notices
        if topics and self._enumerates:
            self._explored = Explored(len(candidates.accepted), PATH_BUDGET, candidates.exhausted)
        if not candidates.exhausted:
            self._notices.append(
                f"Only the nearest {PATH_BUDGET} paths around {topics[0].entity.name} were read, and those "
                "along the likeliest relations; name more of what you ask about."
            )
        with self._timings.stage("rank"):
            readings, decoded = await asyncio.gather(
                self._read(question, candidates.paths, as_of), self._decode(question, candidates, as_of)
            )
        if self._query.only_need_context:
            return await self._context(question, readings, passages, decoded)
        known = readings or profile(question, candidates.accepted)
        if self._query.style is AnswerStyle.GENERATIVE:
            with self._timings.stage("write"):
                written = await self._written(question, known, passages, decoded)
            if written is not None:
                return self._finish(question, written)
        if self._query.instructions:
            self._notices.append(_UNUSED_INSTRUCTIONS)
        with self._timings.stage("tell"):
            told = await self._from_facts(question, known, decoded)
            if told is None and self._query.mode in {Mode.AUTO, Mode.HYBRID, Mode.VECTOR}:
                told = await self._from_passages(question, found, readings)
        if told is None:
            return self._finish(question, Answer("", Status.ABSTAINED, abstention(question)))
        return self._finish(question, told)

    # ---------------------------------------------------------------- retrieval

    @property
    def _enumerates(self) -> bool:
        """Whether paths are read ahead: not for passages alone, nor for a walk, which reads as it goes."""
        return self._query.mode is not Mode.VECTOR and self._query.reasoning is not Reasoning.WALK

    async def _stand_alone(self) -> str:
        """The question with what the conversation before it says: by the model, or by rule."""
        asked, history = self._query.text, self._query.history
        try:
            if self._query.style is AnswerStyle.GENERATIVE and self._parts.writer is not None:
                condensed = await condense(self._parts.writer, asked, history)
                self._spent(condensed.prompt_tokens, condensed.completion_tokens)
                if condensed.text is not None:
                    return condensed.text
        except (EngineUnavailable, ConfigurationError, DecodingError) as error:
            self._notices.append(f"The conversation was read by rule, without a model: {error}")
        try:
            carried = await self._parts.follow_ups.carried_over(self._workspace, asked, history)
        except VeripathError as error:
            self._notices.append(f"The conversation was not read: {error}")
            return asked
        return carried if len(carried) <= _LONGEST_QUESTION else asked

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
        return await retriever.read(self._workspace, found, max(self._query.top_k, TABLED))

    async def _candidates(self, question: Question, as_of: PartialDate | None) -> Candidates:
        if not self._enumerates:
            return Candidates()
        try:
            return await self._parts.facts.candidates(
                self._workspace,
                question,
                max_hops=self._query.max_hops,
                as_of=as_of,
                inferred=self._query.include_inferred,
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

    async def _decode(
        self, question: Question, candidates: Candidates, as_of: PartialDate | None
    ) -> tuple[DecodedPath, ...]:
        with self._timings.stage("decode"):
            chosen = await self._parts.chooser.choose(
                self._workspace, question, candidates.accepted, self._query, as_of, self._citations
            )
        self._notices += chosen.notices
        self._decoding = chosen.decoding
        self._spent(chosen.prompt_tokens, chosen.completion_tokens)
        return chosen.paths

    # ---------------------------------------------------------------- answers

    async def _from_facts(
        self, question: Question, readings: Sequence[Reading], decoded: Sequence[DecodedPath]
    ) -> Answer | None:
        if self._query.reasoning is Reasoning.PATHS:
            likely = preferred(readings, decoded)
            group = best_group([r for r in likely if r.score >= ACCEPTABLE], self._ontology)
        else:
            group = as_chosen(decoded)
        await self._citations.look_up([step.fact.id for r in group for step in r.path.steps])
        past = self._past(question, [reading.path for reading in group])
        told = tell_facts(question, group, self._citations, past)
        if told is None:
            return None
        self._notice_past(past, [path.path for path in told.paths])
        chosen = {step.fact.id: step.fact for path in told.paths for step in path.path.steps}
        rivals = await self._rivals([path.path for path in told.paths])
        await self._citations.look_up([fact.id for facts in rivals.values() for fact in facts])
        conflicts = tell_conflicts(rivals, chosen, self._citations)
        paths = with_decoded(told.paths, decoded)
        return Answer(told.text, Status.ANSWERED, paths=paths, conflicts=conflicts)

    def _past(self, question: Question, paths: Sequence[GraphPath]) -> set[FactId]:
        """The facts walked that hold no more, where the question asks for what holds."""
        if self._query.as_of is not None or question.of_past:
            return set()
        facts = {step.fact.id: step.fact for path in paths for step in path.steps}
        return {id_ for id_, fact in facts.items() if has_ended(fact, self._ontology)}

    def _notice_past(self, past: Collection[FactId], paths: Sequence[GraphPath]) -> None:
        for fact in dict.fromkeys(step.fact for path in paths for step in path.steps):
            if fact.id in past:
                self._notices.append(f"The answer rests on what has ended: {sentence(fact)}.")

    async def _rivals(self, paths: Sequence[GraphPath]) -> dict[FactId, list[FactRow]]:
        try:
            return await self._parts.facts.rivals(self._workspace, paths)
        except VeripathError as error:
            self._notices.append(f"Conflicts could not be looked up: {error}")
            return {}

    async def _written(
        self,
        question: Question,
        readings: Sequence[Reading],
        passages: Sequence[Passage],
        decoded: Sequence[DecodedPath],
    ) -> Answer | None:
        """What a model writes, as far as its sources bear it out. None where no model can, and a notice."""
        likely = [r for r in preferred(readings, decoded)[:_READ_CLOSELY] if r.score > ACCEPTABLE / 2]
        paths = [*(reading.path for reading in likely), *(each.path for each in decoded)]
        facts = {step.fact.id: step.fact for path in paths for step in path.steps}
        held = [p for p in paths if all(step.fact.status is FactStatus.ACCEPTED for step in p.steps)]
        rivals = await self._rivals(held or paths[:1])
        beside = {fact.id: fact for some in rivals.values() for fact in some if fact.id not in facts}
        await self._citations.look_up([*facts, *beside])
        try:
            written = await self._write(question, list(facts.values()), list(beside.values()), passages)
        except (EngineUnavailable, ConfigurationError, DecodingError) as error:
            self._notices.append(f"The answer is quoted, not written by a model: {error}")
            return None
        if not written.text:
            return Answer("", Status.ABSTAINED, written.why_not(question), style=AnswerStyle.GENERATIVE)
        used = {id_: fact for id_, fact in facts.items() if self._citations.touches(id_)}
        told = [
            AnswerPath(r.path, path_text(r.path), r.score, self._citations.cite_facts(r.path))
            for r in likely
            if all(step.fact.id in used for step in r.path.steps)
        ]
        conflicts = tell_conflicts({f: rivals[f] for f in used if f in rivals}, used, self._citations)
        walked = [path.path for path in told]
        self._notice_past(self._past(question, walked), walked)
        return Answer(
            written.text,
            Status.ANSWERED,
            paths=with_decoded(told, decoded),
            conflicts=conflicts,
            style=AnswerStyle.GENERATIVE,
            from_memory=written.from_memory,
        )

    async def _write(
        self,
        question: Question,
        facts: Sequence[FactRow],
        rivals: Sequence[FactRow],
        passages: Sequence[Passage],
    ) -> Written:
        if self._parts.writer is None:
            raise ConfigurationError("no language-model server is set (VERIPATH_LLM_BASE_URL)")
        room = await room_of(self._parts.writer, question.text + self._query.instructions)
        embed, limit = self._parts.embedder.embed, room.source_chars
        sources = await to_thread.run_sync(
            refine, question, facts, rivals, passages, self._citations, embed, limit
        )
        written = await write(
            self._parts.writer,
            question.text,
            sources,
            self._citations,
            instructions=self._query.instructions,
            from_memory=self._query.from_memory,
            reply_tokens=room.reply_tokens,
            listener=self._listener,
        )
        self._usage |= {"sources": len(sources), "sentences_dropped": len(written.dropped)}
        self._spent(written.prompt_tokens, written.completion_tokens)
        self._notices += written.notices()
        return written

    async def _from_passages(
        self, question: Question, found: Sequence[Passage], readings: Sequence[Reading]
    ) -> Answer | None:
        """What passages say, but for sentences whose fact was read and answers something else."""
        misread = {
            quote
            for reading in readings[:_READ_CLOSELY]
            if reading.misread
            for step in reading.path.steps
            for quote in self._citations.quotes(step.fact.id)
        }
        text, notices = await self._parts.quoter.quote(
            self._workspace, question, found, self._query.top_k, misread, self._citations
        )
        self._notices += notices
        return None if text is None else Answer(text, Status.ANSWERED)

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
        paths = with_decoded(paths, decoded)
        if not self._citations.all():
            return self._finish(question, Answer("", Status.ABSTAINED, abstention(question)))
        return self._finish(question, Answer("", Status.ANSWERED, paths=paths))

    def _spent(self, prompt_tokens: int, completion_tokens: int) -> None:
        self._usage["prompt_tokens"] += prompt_tokens
        self._usage["completion_tokens"] += completion_tokens

    def _notice_namesakes(self, question: Question, answer: Answer) -> None:
        """A name that several bear, and how many of them are told of, unless something else led to one."""
        starts = {path.path.start for path in answer.paths}
        for start, end in question.mentions:
            topics = [t for t in question.topics if (t.start, t.end) == (start, end) and t.score == 1.0]
            bearers = {topic.entity.id for topic in topics}
            told = len(starts & bearers)
            if len(bearers) < 2 or (starts and not told):
                continue
            known = f"{len(bearers)} in the documents bear the name {topics[0].mention}"
            of_them = f"; this answer tells of {told}" if told else ""
            self._notices.append(f"{known}{of_them}: say more of the one you mean.")

    def _notice_untold(self, question: Question, answer: Answer) -> None:
        """Of several that the same is asked of, those that the answer does not tell of."""
        starts = {path.path.start for path in answer.paths}
        for some in question.asked_of if starts else ():
            of_each = {m: [t for t in question.topics if (t.start, t.end) == m] for m in some}
            told = {m for m, topics in of_each.items() if starts & {t.entity.id for t in topics}}
            if told:
                missing = [topics[0].mention for m, topics in of_each.items() if m not in told]
                self._notices += [f"Nothing that was found tells it of {name}." for name in missing]

    def _finish(self, question: Question, answer: Answer) -> Answer:
        if answer.status is Status.ANSWERED:
            self._notice_namesakes(question, answer)
            self._notice_untold(question, answer)
        return replace(
            answer,
            question=question.text,
            entities=question.topics,
            citations=self._citations.all() if answer.status is Status.ANSWERED else (),
            notices=tuple(dict.fromkeys(self._notices)),
            usage=self._usage | {"citations_dropped": self._citations.dropped},
            timings=self._timings.done(),
            explored=self._explored,
            decoding=self._decoding,
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
