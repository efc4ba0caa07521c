"""A made-up graph of a railway company, its people, its past and its rumours, for questions about it."""

import re
from dataclasses import dataclass

from graph.ontology import Ontology, default_ontology
from graph.types import EntityId, FactId, FactStatus, Value, ValueKind
from retrieval.service import QueryService
from retrieval.types import Answer, Query, Status
from tests.fakes.embedder import ExactVectors, StemEmbedder
from tests.fakes.graph_store import WS, MemoryGraph

ONTOLOGY = default_ontology()


@dataclass
class Story:
    graph: MemoryGraph
    vectors: ExactVectors
    embedder: StemEmbedder
    facts: dict[str, FactId]
    entities: dict[str, EntityId]
    decoder: object = None
    writer: object = None

    async def ask(
        self, text: str, *, listener: object = None, ontology: Ontology = ONTOLOGY, **options: object
    ) -> Answer:
        service = QueryService(
            self.graph,
            self.vectors,
            self.graph,
            self.embedder,
            self.decoder,  # type: ignore[arg-type]  # a fake
            self.writer,  # type: ignore[arg-type]  # a fake
        )
        answer = await service.answer(WS, Query(text, **options), ontology, listener)  # type: ignore[arg-type]  # by name
        check_citations(answer)
        return answer


def check_citations(answer: Answer) -> None:
    """What holds of every answer: numbered from 1 without gaps, all used marks exist, abstentions bare."""
    numbers = [citation.number for citation in answer.citations]
    assert numbers == list(range(1, len(numbers) + 1))
    marks = {int(mark) for mark in re.findall(r"\[(\d+)\]", answer.text)}
    assert marks <= set(numbers)
    if answer.status is Status.ABSTAINED:
        assert answer.text == "" and answer.reason and not answer.citations
    elif answer.text:
        assert marks
    assert answer.timings["total"] >= 0


def tell_story() -> Story:
    graph, vectors, embedder = MemoryGraph(), ExactVectors(), StemEmbedder()
    e = {
        "marlow": graph.entity("Marlow Rail AG", "Organization", "Marlow", "Marlow Rail"),
        "brandt": graph.entity("Brandt Bogies Ltd", "Organization", "Brandt Bogies"),
        "orion": graph.entity("Orion Works", "Organization"),
        "ines": graph.entity("Ines Falk", "Person"),
        "otto": graph.entity("Otto Brandt", "Person", "Brandt"),
        "jan": graph.entity("Jan Peters", "Person"),
        "kay": graph.entity("Kay Lund", "Person"),
        "zell": graph.entity("Zell", "Place"),
        "hohenau": graph.entity("Hohenau", "Place"),
        "austria": graph.entity("Austria", "Place"),
        "b7": graph.entity("Bogie 7", "Product"),
        "tu": graph.entity("Technical University of Zell", "Organization"),
    }
    press = [
        "Ines Falk leads Marlow Rail AG since March 2021.",
        "Jan Peters was chief executive of Marlow Rail until 2021.",
        "Marlow Rail acquired Brandt Bogies in 2018.",
        "Marlow Rail is headquartered in Zell and employs 2,400 people.",
        "Zell lies in Austria.",
    ]
    news = [
        "Otto Brandt and Kay Lund founded Brandt Bogies in 1975.",
        "Brandt Bogies makes the Bogie 7.",
        "Kay Lund studied at the Technical University of Zell.",
        "Orion Works acquired Brandt Bogies, a blog says.",
        "The harvest festival in Hohenau drew 9,000 visitors and a brass band in 2019.",
    ]
    wiki = [
        "Marlow Rail was founded in 1901.",
        "Marlow Rail was founded in 1905, others say.",
        "Jan Peters left.",
    ]
    memo = [
        "Otto Brandt reports to Ines Falk.",
        "Orion Works inspected the Bogie 7.",
        "Orion Works never built the Bogie 7.",
        "Kay Lund works for Marlow Rail.",
    ]
    p, n, w = graph.document("Press", *press), graph.document("News", *news), graph.document("Wiki", *wiki)
    m = graph.document("Memo", *memo)
    people = Value(ValueKind.NUMBER, "2400", None)
    old, new = Value(ValueKind.DATE, "1901"), Value(ValueKind.DATE, "1905")
    contested = FactStatus.CONTESTED
    f = {
        "leads": graph.fact(e["ines"], "LEADS", e["marlow"], p, press[0], valid=("2021-03", None)),
        "led": graph.fact(
            e["jan"], "LEADS", e["marlow"], p, press[1], phrase="chief executive of", valid=(None, "2021"),
            status=FactStatus.SUPERSEDED, reason="a newer statement names another",
        ),
        "acquired": graph.fact(
            e["marlow"], "ACQUIRED", e["brandt"], p, press[2], phrase="acquire", valid=("2018", "2018")
        ),
        "seat": graph.fact(e["marlow"], "HEADQUARTERED_IN", e["zell"], p, press[3], phrase="headquarter in"),
        "staff": graph.fact(e["marlow"], "EMPLOYEE_COUNT", people, p, press[3], phrase="employ"),
        "austria": graph.fact(e["zell"], "LOCATED_IN", e["austria"], p, press[4], phrase="lie in"),
        "otto": graph.fact(e["otto"], "FOUNDED", e["brandt"], n, news[0], phrase="found"),
        "kay": graph.fact(e["kay"], "FOUNDED", e["brandt"], n, news[0], phrase="found"),
        "makes": graph.fact(e["brandt"], "MAKES", e["b7"], n, news[1], phrase="make"),
        "studied": graph.fact(e["kay"], "STUDIED_AT", e["tu"], n, news[2], phrase="study at"),
        "rumour": graph.fact(
            e["orion"], "ACQUIRED", e["brandt"], n, news[3], status=contested, reason="one blog"
        ),
        "boss": graph.fact(e["otto"], "REPORTS_TO", e["ines"], m, memo[0], phrase="report to"),
        "inspect": graph.fact(e["orion"], "RELATED_TO", e["b7"], m, memo[1], phrase="inspect"),
        "unbuilt": graph.fact(e["orion"], "BUILT", e["b7"], m, memo[2], phrase="build", polarity=False),
        "works": graph.fact(e["kay"], "WORKS_FOR", e["marlow"], m, memo[3], phrase="work for"),
        "1901": graph.fact(
            e["marlow"], "FOUNDED_ON", old, w, wiki[0], status=contested, reason="a tie"
        ),
        "1905": graph.fact(
            e["marlow"], "FOUNDED_ON", new, w, wiki[1], status=contested, reason="a tie"
        ),
    }  # fmt: skip
    for content in (p, n, w, m):
        ids = graph.chunk_ids(content)
        texts = [chunk.text for chunk in graph.chunks(WS, ids)]
        vectors.put(WS, "chunk", ids, embedder.embed(texts))
        for id_, text in zip(ids, texts, strict=True):
            for hit in graph._entities.values():
                if any(name in text for name in (hit.name, *hit.aliases)):
                    graph.mention(id_, hit.id)
    return Story(graph, vectors, embedder, f, e)
