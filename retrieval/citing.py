"""Numbered citations: given out in order of use, one number a place, and none that was not verified."""

from collections.abc import Mapping, Sequence

from anyio import to_thread

from graph.ports import Citation, EvidenceReader, GraphPath
from graph.types import ClaimId, ContentId, FactId, Span, WorkspaceId
from retrieval.types import NumberedCitation

_CLAIMS_OF_A_FACT = 3


class CitationBook:
    """Citations of one answer. ``dropped`` counts those that could not be verified."""

    def __init__(self, evidence: EvidenceReader, workspace: WorkspaceId, limit: int) -> None:
        self._evidence = evidence
        self._workspace = workspace
        self._limit = limit
        self._numbers: dict[tuple[ContentId, Span], int] = {}
        self._citations: list[NumberedCitation] = []
        self._of_facts: dict[FactId, list[Citation]] = {}
        self.dropped = 0

    async def look_up(self, facts: Sequence[FactId]) -> None:
        """Read the facts' quotes, in one call each for claims and citations."""
        wanted = [fact for fact in dict.fromkeys(facts) if fact not in self._of_facts]
        if wanted:
            self._of_facts |= await to_thread.run_sync(self._read, wanted)

    def quotes(self, fact: FactId) -> list[str]:
        return [citation.quote for citation in self._of_facts.get(fact, [])]

    def cite_fact(self, fact: FactId) -> tuple[int, ...]:
        """Numbers of a fact's quotes; empty where none is left that could be verified."""
        return self._take(self._of_facts.get(fact, []))

    def cite_facts(self, path: GraphPath) -> tuple[int, ...]:
        """Numbers of the quotes of all facts of a path."""
        return tuple(dict.fromkeys(n for step in path.steps for n in self.cite_fact(step.fact.id)))

    def touches(self, fact: FactId) -> bool:
        """Whether something is cited that holds one of the fact's quotes, or a part of it."""
        return any(
            content == citation.content and span.start < citation.span.end and citation.span.start < span.end
            for citation in self._of_facts.get(fact, [])
            for content, span in self._numbers
        )

    async def cite_span(self, content: ContentId, span: Span, text: str) -> tuple[int, ...]:
        """The number of a quote, if the document still says exactly that there."""
        citation = await to_thread.run_sync(self._evidence.cite_span, self._workspace, content, span)
        if citation is None or citation.quote != text:
            self.dropped += 1
            return ()
        return self._take([citation])

    def all(self) -> tuple[NumberedCitation, ...]:
        return tuple(self._citations)

    def _take(self, citations: Sequence[Citation]) -> tuple[int, ...]:
        numbers: list[int] = []
        for citation in citations:
            place = citation.content, citation.span
            if place not in self._numbers:
                if len(self._citations) >= self._limit and numbers:
                    continue  # a statement keeps its first citation, whatever the limit
                self._numbers[place] = len(self._citations) + 1
                self._citations.append(NumberedCitation(self._numbers[place], citation))
            numbers.append(self._numbers[place])
        return tuple(dict.fromkeys(numbers))

    def _read(self, facts: Sequence[FactId]) -> Mapping[FactId, list[Citation]]:
        claims = self._evidence.claims_of_facts(self._workspace, facts, _CLAIMS_OF_A_FACT)
        ids: list[ClaimId] = [claim for fact in facts for claim in claims.get(fact, ())]
        cited = self._evidence.cite_claims(self._workspace, ids)
        self.dropped += sum(1 for id_ in ids if id_ not in cited or not cited[id_].quote)
        return {
            fact: [cited[id_] for id_ in claims.get(fact, ()) if id_ in cited and cited[id_].quote]
            for fact in facts
        }
