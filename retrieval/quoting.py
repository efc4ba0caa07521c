"""An answer that no fact gives, from the passages themselves: a table's row, or sentences, verbatim."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from anyio import to_thread

from graph.errors import VeripathError
from graph.ports import ChunkText, Embedder, EvidenceReader
from graph.types import WorkspaceId
from retrieval.answer import quote_sentences, tell_rows
from retrieval.citing import CitationBook
from retrieval.linking import unlinked_names
from retrieval.naming import Naming, surroundings
from retrieval.ports import SpanFinder
from retrieval.question import Question
from retrieval.refine import SentenceHit, alike, covering_sentences
from retrieval.rows import answering_rows
from retrieval.types import Passage
from retrieval.weighing import Weighed, weigh

TABLED = 24  # passages whose tables are read: a table has many words and is like no question
_QUOTED = 2  # sentences of an answer that no fact gives
_RIVALS = 4  # sentences quoted where documents disagree, or speak of several things of one name
_ROWS = 2  # of tables, each of another document or of other columns
_BEFORE, _AFTER = 8, 2  # chunks read around a passage, so that a table is read whole and with its header


@dataclass(frozen=True, slots=True)
class Quoter:
    """Finds what passages answer. ``spans`` tells values apart where passages differ; without it none do."""

    evidence: EvidenceReader
    embedder: Embedder
    spans: SpanFinder | None

    async def quote(
        self,
        workspace: WorkspaceId,
        question: Question,
        found: Sequence[Passage],
        top_k: int,
        misread: Collection[str],
        citations: CitationBook,
    ) -> tuple[str | None, list[str]]:
        """The cited text, or None, and notices: a row of ``found``'s tables, or up to two sentences of its
        first ``top_k``, that hold what was asked and are like the question; more where sentences disagree.

        A sentence that holds one of the quotes ``misread`` (who bought X, where X bought) is not used.
        """
        if not question.content and not question.topics:
            return None, []
        around = await to_thread.run_sync(self._around, workspace, found)
        naming = Naming(question, unlinked_names(question.text, question.topics), around)
        rows = await to_thread.run_sync(answering_rows, question, around, naming)
        told = await tell_rows(rows[:_ROWS], citations)
        if told is not None:
            return told.text, []
        notices: list[str] = []
        hits = covering_sentences(question, found[:top_k], naming)
        hits = [hit for hit in hits if not any(quote in hit.text for quote in misread)]
        try:
            hits = await to_thread.run_sync(alike, question, hits, self.embedder.embed)
        except VeripathError as error:
            notices.append(f"Sentences were ranked by words alone: {error}")
        weighed = await self._weighed(question, hits, notices)
        most = _RIVALS if weighed.lead else _QUOTED
        quoted = await quote_sentences(weighed.hits[:most], citations, weighed.lead)
        return quoted.text if quoted else None, notices

    async def _weighed(self, question: Question, hits: Sequence[SentenceHit], notices: list[str]) -> Weighed:
        if self.spans is None:
            return Weighed(tuple(hits))
        try:
            embed = self.embedder.embed
            weighed = await to_thread.run_sync(weigh, question.text, hits, self.spans, embed)
        except VeripathError as error:
            notices.append(f"Sentences that differ were not weighed: {error}")
            return Weighed(tuple(hits))
        notices += weighed.notices
        return weighed

    def _around(self, workspace: WorkspaceId, passages: Sequence[Passage]) -> list[ChunkText]:
        """The passages with what stands before and after them, and their documents' covers. Blocks."""
        numbers = surroundings([passage.chunk for passage in passages], _BEFORE, _AFTER)
        return self.evidence.chunks_of_documents(workspace, numbers)
