"""Sentences read by the real extractor, fused in memory, and asked about: from text to answer."""

from hashlib import sha256

from graph.fusion.epoch import EPOCH_0
from graph.fusion.memory import MemoryState
from graph.fusion.rulings import in_force
from graph.fusion.support import Document
from graph.ontology import default_ontology
from graph.types import (
    ContentId,
    Element,
    ElementKind,
    Fact,
    PartialDate,
    PipelineId,
    Span,
    Value,
    WorkspaceId,
)
from ingest.extraction.linguistic import LinguisticExtractor
from ingest.types import ParsedDocument
from tests.fakes.embedder import ExactVectors, StemEmbedder
from tests.fakes.graph_store import WS, MemoryGraph
from tests.unit.retrieval_story import Story

ONTOLOGY = default_ontology()
Text = str | tuple[str, str]  # and the date that it bears


class Texts:
    """Documents of one paragraph each, told in the order given."""

    def __init__(self, *texts: Text) -> None:
        self.state = MemoryState()
        self._texts: dict[ContentId, str] = {}
        for number, each in enumerate(texts):
            text, stated = (each, None) if isinstance(each, str) else each
            content = ContentId(sha256(f"{number} {text}".encode()).digest())
            parsed = ParsedDocument(
                text,
                "",
                "text/plain",
                (Element(0, ElementKind.PARAGRAPH, Span(0, len(text))),),
                stated=PartialDate(stated) if stated else None,
            )
            found = LinguisticExtractor().extract(
                parsed,
                (),
                workspace=WorkspaceId("w"),
                content=content,
                pipeline=PipelineId(b"p" * 16),
                ontology=ONTOLOGY,
            )
            self._texts[content] = text
            self.state.put(Document(content, (), 700_000), found.referents, found.claims)
        self.state.fuse(EPOCH_0, ONTOLOGY, in_force([]))

    def facts(self) -> set[str]:
        """ "Ann Lee LEADS Acme Corp [..2019] former superseded"; of the times an implied one bears a star.
        Facts of no relation type are left out."""
        return {self._line(fact) for fact in self._rows() if fact.relation != "RELATED_TO"}

    def conflicts(self) -> list[str]:
        return sorted(f"{c.kind}: {c.reason}" for c in self.state._conflicts.rows.values())

    def story(self) -> Story:
        """The same as a graph that questions may be asked."""
        graph, vectors, embedder = MemoryGraph(), ExactVectors(), StemEmbedder()
        entities = {row.id: graph.entity(row.name, row.type) for row in self.state._entities.rows.values()}
        contents = {content: graph.document(text[:20], text) for content, text in self._texts.items()}
        facts = {}
        for fact in self._rows():
            claim = self.state._claims.rows[fact.claims[0]]
            facts[self._line(fact)] = graph.fact(
                entities[fact.head],
                fact.relation,
                fact.tail if isinstance(fact.tail, Value) else entities[fact.tail],
                contents[claim.content],
                claim.span.of(self._texts[claim.content]),
                phrase=fact.phrase,
                status=fact.status,
                polarity=fact.polarity,
                valid=(fact.valid_from, fact.valid_to),
                stated=fact.stated,
                reason=fact.reason,
                confidence=fact.confidence,
                qualifiers=fact.qualifiers,
                valid_from_implied=fact.valid_from_implied,
                valid_to_implied=fact.valid_to_implied,
            )
        for content in contents.values():
            ids = graph.chunk_ids(content)
            texts = [chunk.text for chunk in graph.chunks(WS, ids)]
            vectors.put(WS, "chunk", ids, embedder.embed(texts))
        return Story(graph, vectors, embedder, facts, {})

    def _rows(self) -> list[Fact]:
        return sorted(self.state._facts.rows.values(), key=lambda fact: fact.id)

    def _line(self, fact: Fact) -> str:
        names = {row.id: row.name for row in self.state._entities.rows.values()}
        tail = fact.tail.shown if isinstance(fact.tail, Value) else names[fact.tail]
        start = f"{fact.valid_from or ''}{'*' if fact.valid_from_implied else ''}"
        end = f"{fact.valid_to or ''}{'*' if fact.valid_to_implied else ''}"
        words = [names[fact.head], *([] if fact.polarity else ["not"]), fact.relation, tail]
        words += [f"[{start}..{end}]"] if start or end else []
        words += [text for _, text in fact.qualifiers]
        return " ".join([*words, fact.status])
