"""Questions over a small made-up graph: what is answered, with which citations, and when it abstains."""

import re
from dataclasses import dataclass

import pytest

from graph.errors import ConfigurationError, EngineUnavailable, InvalidInput, StoreUnavailable
from graph.ontology import default_ontology
from graph.ports import GraphPath
from graph.types import EntityId, FactId, FactStatus, PartialDate, Value, ValueKind, WorkspaceId
from retrieval.ports import DecodedPath, DecodedPaths
from retrieval.service import QueryService
from retrieval.types import Answer, AnswerStyle, Mode, Query, Status
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

    async def ask(self, text: str, **options: object) -> Answer:
        service = QueryService(self.graph, self.vectors, self.graph, self.embedder, self.decoder)  # type: ignore[arg-type]  # a fake
        answer = await service.answer(WS, Query(text, **options), ONTOLOGY)  # type: ignore[arg-type]  # by name
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


@pytest.fixture
def story() -> Story:
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


@pytest.mark.parametrize(
    ("question", "expected", "facts"),
    [
        ("Who leads Marlow Rail?", ["Ines Falk"], ["leads"]),
        ("who is the ceo of marlow rail", ["Ines Falk"], ["leads"]),
        ("Who is Marlow Rail's chief executive?", ["Ines Falk"], ["leads"]),
        ("Who founded Brandt Bogies?", ["Otto Brandt", "Kay Lund"], ["otto", "kay"]),
        ("Who were the founders of Brandt Bogies?", ["Otto Brandt", "Kay Lund"], ["otto", "kay"]),
        ("Where is Marlow Rail AG headquartered?", ["Zell"], ["seat"]),
        ("Where is Marlow based?", ["Zell"], ["seat"]),
        ("How many people does Marlow Rail employ?", ["2,400"], ["staff"]),
        ("How many employees does Marlow Rail have?", ["2,400"], ["staff"]),
        ("Which company acquired Brandt Bogies?", ["Marlow Rail"], ["acquired"]),
        ("What did Marlow Rail acquire?", ["Brandt Bogies"], ["acquired"]),
        ("Which company was acquired by Marlow Rail?", ["Brandt Bogies"], ["acquired"]),
        ("When did Marlow Rail acquire Brandt Bogies?", ["2018"], ["acquired"]),
        ("Who makes the Bogie 7?", ["Brandt Bogies"], ["makes"]),
        ("Where did Kay Lund study?", ["Technical University of Zell"], ["studied"]),
        ("Where is the company that acquired Brandt Bogies headquartered?", ["Zell"], ["acquired", "seat"]),
        ("Who founded the maker of the Bogie 7?", ["Otto Brandt", "Kay Lund"], ["makes", "otto", "kay"]),
        ("Who leads the company that acquired Brandt Bogies?", ["Ines Falk"], ["acquired", "leads"]),
        ("In which country is Marlow Rail headquartered?", ["Austria"], ["seat", "austria"]),
        ("Did Marlow Rail acquire Brandt Bogies?", ["Yes"], ["acquired"]),
        ("Who is Otto Brandt's boss?", ["Ines Falk"], ["boss"]),
        ("Who inspected the Bogie 7?", ["Orion Works: “Orion Works inspected the Bogie 7.”"], ["inspect"]),
        ("How many people work at Marlow Rail?", ["2,400"], ["staff"]),
        ("Since when does Ines Falk lead Marlow Rail?", ["March 2021"], ["leads"]),
    ],
)
async def test_a_question_is_answered_by_its_facts(
    story: Story, question: str, expected: list[str], facts: list[str]
) -> None:
    answer = await story.ask(question)
    assert answer.status is Status.ANSWERED, answer.reason
    for text in expected:
        assert text in answer.text
    walked = {step.fact.id for path in answer.paths for step in path.path.steps}
    assert walked == {story.facts[name] for name in facts}
    quotes = {citation.citation.quote for citation in answer.citations}
    assert all(any(q in quotes for q in fact_quotes(story, name)) for name in facts)


def fact_quotes(story: Story, name: str) -> list[str]:
    claims = story.graph.claims_of_facts(WS, [story.facts[name]], 5)[story.facts[name]]
    return [citation.quote for citation in story.graph.cite_claims(WS, claims).values()]


@pytest.mark.parametrize(
    "question",
    [
        "Who is the chief financial officer of Marlow Rail?",
        "What is the population of Hohenau?",
        "Who leads Brandt Bogies?",
        "Where was Otto Brandt born?",
        "When was Kay Lund born?",
        "Who acquired Marlow Rail?",
        "Who founded Quantum Fisheries?",
        "What is the share price of Marlow Rail?",
        "How many people does Brandt Bogies employ?",
        "Where is Orion Works headquartered?",
        "Why did Jan Peters leave Marlow Rail?",
        "Why?",
        "??",
    ],
)
async def test_what_the_documents_do_not_say_is_not_answered(story: Story, question: str) -> None:
    answer = await story.ask(question)
    assert answer.status is Status.ABSTAINED, answer.text


async def test_an_abstention_names_what_is_missing(story: Story) -> None:
    assert "Quantum Fisheries" in (await story.ask("Who founded Quantum Fisheries?")).reason
    assert "Hohenau" in (await story.ask("What is the population of Hohenau?")).reason


async def test_what_no_fact_says_is_quoted_verbatim(story: Story) -> None:
    answer = await story.ask("How many visitors did the harvest festival in Hohenau draw?")
    assert answer.status is Status.ANSWERED and not answer.paths
    assert (
        "“The harvest festival in Hohenau drew 9,000 visitors and a brass band in 2019.” [1]" in answer.text
    )


async def test_time_chooses_between_then_and_now(story: Story) -> None:
    for then in (
        await story.ask("Who was the chief executive of Marlow Rail?", as_of=PartialDate("2019")),
        await story.ask("Who was the chief executive of Marlow Rail in 2019?"),
        await story.ask("Who was the former chief executive of Marlow Rail?"),
    ):
        assert "Jan Peters" in then.text and "Ines" not in then.text
    now = await story.ask("Who is the chief executive of Marlow Rail?", as_of=PartialDate("2022"))
    assert "Ines Falk" in now.text


async def test_what_has_ended_at_no_stated_date_answers_only_for_the_past(story: Story) -> None:
    quote = "Otto Brandt, former head of Marlow Rail, spoke first."
    story.graph.fact(
        story.entities["otto"], "LEADS", story.entities["marlow"], story.graph.document("Talk", quote), quote,
        stated="2010", qualifiers=(("status", "former"),),
    )  # fmt: skip
    for when in (None, PartialDate("2022"), PartialDate("2019")):
        answer = await story.ask("Who is the head of Marlow Rail?", as_of=when)
        assert "Otto Brandt" not in answer.text


async def test_conflicts_that_touch_the_answer_come_with_it(story: Story) -> None:
    answer = await story.ask("Which company acquired Brandt Bogies?")
    assert [(c.fact.id, [r.fact.id for r in c.rivals]) for c in answer.conflicts] == [
        (story.facts["acquired"], [story.facts["rumour"]])
    ]
    (rival,) = answer.conflicts[0].rivals
    assert "blog" in answer.citations[rival.citations[0] - 1].citation.quote
    assert rival.fact.reason == "one blog"


async def test_yes_no_and_disputed(story: Story) -> None:
    assert (await story.ask("Did Marlow Rail acquire Brandt Bogies?")).text.startswith("Yes: ")
    assert (await story.ask("Did Orion Works build the Bogie 7?")).text.startswith("No: it is denied")
    assert (await story.ask("Did Orion Works acquire Brandt Bogies?")).text.startswith(
        "The documents disagree: "
    )


async def test_facts_that_tie_are_both_told(story: Story) -> None:
    answer = await story.ask("When was Marlow Rail founded?")
    assert "disagree" in answer.text and "1901" in answer.text and "1905" in answer.text


async def test_a_fact_without_a_live_quote_is_not_told(story: Story) -> None:
    story.graph.forget_claims(story.facts["leads"])
    answer = await story.ask("Who leads Marlow Rail?", mode=Mode.GRAPH)
    assert answer.status is Status.ABSTAINED
    story.graph.forget_claims(story.facts["otto"])
    answer = await story.ask("Who founded Brandt Bogies?")
    assert "Kay Lund" in answer.text and "Otto" not in answer.text.split("[1]")[0]


async def test_a_quote_that_changed_is_dropped_and_counted(story: Story) -> None:
    real = story.graph.cite_span
    story.graph.cite_span = lambda ws, content, span: real(ws, content, type(span)(span.start, span.end - 1))  # type: ignore[method-assign]  # damage
    answer = await story.ask("How many visitors did the harvest festival in Hohenau draw?")
    assert answer.status is Status.ABSTAINED and answer.usage["citations_dropped"] >= 1


async def test_another_workspace_sees_nothing(story: Story) -> None:
    service = QueryService(story.graph, story.vectors, story.graph, story.embedder)
    answer = await service.answer(WorkspaceId("other"), Query("Who leads Marlow Rail?"), ONTOLOGY)
    assert answer.status is Status.ABSTAINED and not answer.entities


async def test_context_without_an_answer(story: Story) -> None:
    answer = await story.ask(
        "Where is the company that acquired Brandt Bogies headquartered?", only_need_context=True
    )
    assert answer.text == "" and answer.status is Status.ANSWERED
    assert answer.paths and len(answer.citations) == 8


@pytest.mark.parametrize("broken", ["search_chunks", "entities_of", "chunks_of"])
async def test_a_retriever_that_fails_is_named_and_the_rest_stands(story: Story, broken: str) -> None:
    story.graph.broken.add(broken)
    answer = await story.ask("Who leads Marlow Rail?")
    assert "Ines Falk" in answer.text and any("broken on purpose" in notice for notice in answer.notices)


async def test_without_an_embedder_words_and_facts_answer(story: Story) -> None:
    story.embedder.broken = True
    assert "Ines Falk" in (await story.ask("Who leads Marlow Rail?")).text
    quoted = await story.ask("How many visitors did the harvest festival in Hohenau draw?")
    assert "9,000" in quoted.text and quoted.notices


async def test_without_a_graph_passages_answer(story: Story) -> None:
    story.graph.broken |= {
        "find_entities",
        "search_entities",
        "paths",
        "neighbours",
        "search_chunks",
        "chunks_of",
    }
    answer = await story.ask("How many visitors did the harvest festival draw?")
    assert "9,000" in answer.text and answer.notices
    with pytest.raises(StoreUnavailable):
        await story.ask("Who leads Marlow Rail?", mode=Mode.GRAPH)


async def test_vector_mode_reads_no_facts(story: Story) -> None:
    answer = await story.ask("Who leads Marlow Rail?", mode=Mode.VECTOR)
    assert story.graph.calls["paths"] == 0 and story.graph.calls["search_chunks"] == 0
    assert "“Ines Falk leads Marlow Rail AG since March 2021.”" in answer.text


@pytest.mark.parametrize(
    "query",
    [
        Query(""),
        Query(" \n"),
        Query("x" * 2001),
        Query("a", top_k=0),
        Query("a", max_hops=4),
        Query("a", max_hops=0),
    ],
)
async def test_senseless_requests_are_refused(story: Story, query: Query) -> None:
    service = QueryService(story.graph, story.vectors, story.graph, story.embedder)
    with pytest.raises(InvalidInput):
        await service.answer(WS, query, ONTOLOGY)


async def test_generating_needs_a_model(story: Story) -> None:
    with pytest.raises(ConfigurationError, match="no generating model"):
        await story.ask("Who leads Marlow Rail?", style=AnswerStyle.GENERATIVE)


# ---------------------------------------------------------------- decoding


class ChosenPaths:
    """A decoder that answers with what it is told to, out of the paths it is given."""

    def __init__(self, choose: object, error: Exception | None = None) -> None:
        self.choose, self.error, self.given = choose, error, 0

    async def decode(self, question: str, paths: list[GraphPath], k: int) -> DecodedPaths:
        if self.error:
            raise self.error
        self.given = len(paths)
        chosen = self.choose(paths)  # type: ignore[operator]  # a function of the test
        return DecodedPaths(tuple(DecodedPath(path, -1.0) for path in chosen), 10, 20)


async def test_decoded_paths_are_marked_and_counted(story: Story) -> None:
    story.decoder = ChosenPaths(lambda paths: paths[:3])
    answer = await story.ask("Who leads Marlow Rail?")
    assert "Ines Falk" in answer.text
    assert sum(path.decoded for path in answer.paths) == 3
    assert answer.usage["prompt_tokens"] == 10 and answer.usage["completion_tokens"] == 20
    assert "decode" in answer.timings


async def test_a_decoded_path_that_is_no_longer_in_the_store_is_dropped(story: Story) -> None:
    def choose(paths: list[GraphPath]) -> list[GraphPath]:
        forged = GraphPath(paths[0].start, paths[0].start_name, paths[0].steps * 2)  # does not chain
        other = GraphPath(story.entities["zell"], "Zell", paths[0].steps)  # starts elsewhere
        return [forged, other, paths[0]]

    story.decoder = ChosenPaths(choose)
    answer = await story.ask("Who leads Marlow Rail?")
    assert sum(path.decoded for path in answer.paths) == 1
    assert any("2 decoded paths" in notice for notice in answer.notices)
    for path in answer.paths:
        assert path.path.start != story.entities["zell"]


async def test_without_the_engine_the_answer_stands_and_says_so(story: Story) -> None:
    story.decoder = ChosenPaths(None, EngineUnavailable("vLLM is starting"))
    answer = await story.ask("Who leads Marlow Rail?", mode=Mode.PATHS)
    assert "Ines Falk" in answer.text
    assert any("vLLM is starting" in notice for notice in answer.notices)
    story.decoder = None
    answer = await story.ask("Who leads Marlow Rail?", mode=Mode.PATHS)
    assert any("No path decoder" in notice for notice in answer.notices)
    assert (await story.ask("Who leads Marlow Rail?")).notices == ()


async def test_other_modes_do_not_decode(story: Story) -> None:
    story.decoder = decoder = ChosenPaths(lambda paths: paths[:1])
    for mode in (Mode.HYBRID, Mode.GRAPH, Mode.VECTOR):
        await story.ask("Who leads Marlow Rail?", mode=mode)
    assert decoder.given == 0
