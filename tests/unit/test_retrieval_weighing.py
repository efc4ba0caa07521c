"""Answers from passages that differ: what more documents say, ties, and several things of one name."""

import pytest

from app.adapters.spans import LanguageSpans
from graph.errors import EngineUnavailable
from graph.ontology import default_ontology
from retrieval.service import QueryService
from retrieval.types import Answer, Query, Status
from tests.fakes.embedder import ExactVectors, StemEmbedder
from tests.fakes.graph_store import WS, MemoryGraph
from tests.unit.retrieval_story import check_citations

QUESTION = "How many visitors did the harvest festival in Kensett draw?"
SAYS = "{} the harvest festival in Kensett{} drew {} visitors{}."


class Library:
    """Documents of a sentence each; no fact is read from them."""

    def __init__(self, *documents: tuple[str, str]) -> None:
        self.graph, self.vectors, self.embedder = MemoryGraph(), ExactVectors(), StemEmbedder()
        for title, text in documents:
            ids = self.graph.chunk_ids(self.graph.document(title, text))
            self.vectors.put(WS, "chunk", ids, self.embedder.embed([text]))

    async def ask(self, question: str = QUESTION) -> Answer:
        service = QueryService(self.graph, self.vectors, self.graph, self.embedder, spans=LanguageSpans())
        answer = await service.answer(WS, Query(question), default_ontology())
        check_citations(answer)
        assert answer.status is Status.ANSWERED, answer.reason
        return answer


def says(before: str, visitors: str, after: str = "", where: str = "") -> str:
    return SAYS.format(before, where, visitors, after)


async def test_what_more_documents_say_is_quoted_and_the_others_are_named() -> None:
    library = Library(
        ("Blog", says("They say", "4,000")),
        ("Press", says("On Sunday", "9,000") + " The mayor counted them at both gates and was content."),
        (
            "News",
            says("They say", "9,000") + " Nobody minded the rain, which ended before the band had begun.",
        ),
    )
    answer = await library.ask()
    assert "9,000" in answer.text and "4,000" not in answer.text
    assert any("4,000" in notice and "Blog" in notice for notice in answer.notices)


async def test_two_that_tie_are_both_quoted_as_a_disagreement() -> None:
    library = Library(("Blog", says("They say", "4,000")), ("Press", says("On Sunday", "9,000")))
    answer = await library.ask()
    assert answer.text.startswith("The documents disagree: ")
    assert "4,000" in answer.text and "9,000" in answer.text and len(answer.citations) == 2


async def test_a_copied_document_does_not_outvote_another() -> None:
    tale = says("They say", "4,000") + " Nobody minded the rain, which ended before the band had begun."
    seen = says("On Sunday", "9,000") + " The mayor counted them at both gates and was content."
    library = Library(("Blog", tale), ("Mirror", f"{tale} Read more."), ("Press", seen))
    assert (await library.ask()).text.startswith("The documents disagree: ")


async def test_two_things_of_one_name_do_not_contradict_each_other() -> None:
    library = Library(
        ("Blog", says("They say", "4,000", where=", Iowa")),
        ("Press", says("On Sunday", "9,000", where=", Arkansas")),
    )
    answer = await library.ask()
    assert answer.text.startswith("More than one is called so: ")
    assert "4,000" in answer.text and "9,000" in answer.text


async def test_sentences_that_agree_are_quoted_as_before() -> None:
    library = Library(("Blog", says("They say", "9,000")), ("Press", says("On Sunday", "9,000")))
    answer = await library.ask()
    assert not answer.notices and "disagree" not in answer.text and answer.text.count("9,000") == 2


WHO = "Who drew visitors to the harvest festival in Kensett?"


async def test_of_people_several_may_answer() -> None:
    told = "{} drew visitors to the harvest festival in Kensett."
    library = Library(("Blog", told.format("Ada Bern")), ("Press", told.format("Cy Dahl")))
    answer = await library.ask(WHO)
    assert "Ada Bern" in answer.text and "Cy Dahl" in answer.text and "disagree" not in answer.text


async def test_whom_more_documents_name_is_quoted_first() -> None:
    told = "{} drew visitors to the harvest festival in Kensett. {}"
    library = Library(
        ("Blog", told.format("Cy Dahl", "Nobody minded the rain, which ended before the band began.")),
        ("Press", told.format("Ada Bern", "The mayor counted them at both gates and was content.")),
        ("News", "This year, " + told.format("Ada Bern", "Trains ran late, and no seat was free in any.")),
        ("Wire", "It is said that " + told.format("Ada Bern", "Bread and cheese were sold out by noon.")),
    )
    answer = await library.ask(WHO)
    assert answer.text.count("Ada Bern") == 2 and "Cy Dahl" not in answer.text


async def test_where_embedding_fails_sentences_are_quoted_unweighed(monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library(("Blog", says("They say", "4,000")), ("Press", says("On Sunday", "9,000")))
    embed = library.embedder.embed

    ranked = []

    def once(texts):  # sentences are ranked first, then weighed
        if ranked:
            raise EngineUnavailable("the embedder is broken on purpose")
        if len(texts) > 1:
            ranked.append(texts)
        return embed(texts)

    monkeypatch.setattr(library.embedder, "embed", once)
    answer = await library.ask()
    assert "4,000" in answer.text and any("not weighed" in notice for notice in answer.notices)
