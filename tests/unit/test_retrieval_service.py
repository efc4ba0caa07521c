"""Questions over a small made-up graph: what is answered, with which citations, and when it abstains."""

from dataclasses import replace

import pytest

from graph.errors import EngineUnavailable, InvalidInput, StoreUnavailable
from graph.ports import GraphPath
from graph.relations import RelationType
from graph.types import FactStatus, PartialDate, WorkspaceId
from retrieval.ports import DecodedPath, DecodedPaths
from retrieval.service import QueryService
from retrieval.types import Mode, Query, Status
from tests.fakes.graph_store import WS
from tests.unit.retrieval_story import ONTOLOGY, Story, tell_story


@pytest.fixture
def story() -> Story:
    return tell_story()


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


async def test_what_only_follows_answers_when_asked_for_and_says_so(story: Story) -> None:
    graph, e = story.graph, story.entities
    quotes = "The yard stands in Zell.", "Hohenau lies in Zell."
    content = graph.document("Map", *quotes)
    below = graph.fact(e["hohenau"], "LOCATED_IN", e["zell"], content, quotes[1], phrase="lie in")
    graph.infer(e["hohenau"], "LOCATED_IN", e["austria"], below, story.facts["austria"])
    question = "Does Hohenau lie in Austria?"
    assert "Inferred" not in (await story.ask(question)).text
    answer = await story.ask(question, include_inferred=True)
    assert answer.text == "Yes: Inferred: Hohenau is located in Austria [1][2]."
    assert [c.citation.quote for c in answer.citations] == [quotes[1], "Zell lies in Austria."]
    [path] = answer.paths
    assert path.path.steps[0].fact.grounds == (below, story.facts["austria"])
    stated = await story.ask("Where does Hohenau lie?", include_inferred=True)
    assert "Zell" in stated.text and "Inferred" not in stated.text, "what is stated goes before"
    graph.forget_claims(graph.infer(e["hohenau"], "LOCATED_IN", e["austria"], below, story.facts["austria"]))
    assert "Inferred" not in (await story.ask(question, include_inferred=True)).text, "nothing to cite"


async def test_a_question_for_a_relation_finds_what_is_a_kind_of_it(story: Story) -> None:
    kinds = dict(ONTOLOGY.relation_types)
    kinds["LEADS"] = replace(kinds["LEADS"], parent="WORKS_FOR")
    kinds["MAKES"] = replace(kinds["MAKES"], parent="CREATES")
    kinds["CREATES"] = RelationType("CREATES", ("Agent",), ("Product",), inverse_of="STEMS_FROM")
    kinds["STEMS_FROM"] = RelationType("STEMS_FROM", ("Product",), ("Agent",), phrases=("stem from",))
    under = replace(ONTOLOGY, relation_types=kinds)
    asked = "Who works for Marlow Rail?"
    assert "Ines Falk" not in (await story.ask(asked)).text
    answer = await story.ask(asked, ontology=under)
    assert "Kay Lund" in answer.text and "Ines Falk" in answer.text, "who leads it works for it"
    assert "Kay Lund" not in (await story.ask("Who leads Marlow Rail?", ontology=under)).text
    for question, expected in (
        ("Which company does the Bogie 7 stem from?", "Brandt Bogies"),
        ("What stems from Brandt Bogies?", "Bogie 7"),
    ):
        assert expected in (await story.ask(question, ontology=under)).text, question


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


async def test_an_answer_that_rests_on_what_has_ended_says_so(story: Story) -> None:
    quote = "Otto Brandt led Brandt Bogies from 1975 to 1990."
    content = story.graph.document("Chronicle", quote)
    story.graph.fact(
        story.entities["otto"], "LEADS", story.entities["brandt"], content, quote, valid=("1975", "1990")
    )
    told = "Otto Brandt led Brandt Bogies Ltd (1975 to 1990)"
    now = await story.ask("Who is the chief executive of Brandt Bogies?")
    assert now.text == f"Of the past, as far as the documents tell: {told} [1]."
    assert now.notices == (f"The answer rests on what has ended: {told}.",)
    for asked in ("Who was the chief executive of Brandt Bogies?", "Who led Brandt Bogies in 1980?"):
        then = await story.ask(asked)
        assert then.text == f"{told} [1]." and not then.notices
    current = await story.ask("Who is the chief executive of Marlow Rail?")
    assert current.text.startswith("Ines Falk leads") and not current.notices


async def test_an_end_that_a_newer_statement_implies_is_a_bound(story: Story) -> None:
    quote = "Kay Lund chairs Brandt Bogies."
    story.graph.fact(
        story.entities["kay"], "CHAIRS", story.entities["brandt"], story.graph.document("Note", quote), quote,
        status=FactStatus.SUPERSEDED, valid=(None, "2004-05"), valid_to_implied=True,
    )  # fmt: skip
    answer = await story.ask("Who was the former chair of Brandt Bogies?")
    assert answer.text == "Kay Lund chaired Brandt Bogies Ltd (until May 2004 at the latest) [1]."
    left = await story.ask("When did Kay Lund stop to chair Brandt Bogies?")
    assert left.text.startswith("Kay Lund chaired") and "May 2004 at the latest" in left.text


async def test_a_beginning_that_a_statement_implies_is_a_bound(story: Story) -> None:
    quote = "Kay Lund chairs Brandt Bogies."
    story.graph.fact(
        story.entities["kay"], "CHAIRS", story.entities["brandt"], story.graph.document("Note", quote), quote,
        valid=("2004-05", None), valid_from_implied=True,
    )  # fmt: skip
    answer = await story.ask("Who is the chair of Brandt Bogies?")
    assert answer.text == "Kay Lund chairs Brandt Bogies Ltd (since May 2004 at the latest) [1]."
    since = await story.ask("Since when does Kay Lund chair Brandt Bogies?")
    assert "May 2004 at the latest" in since.text


async def test_conflicts_that_touch_the_answer_come_with_it(story: Story) -> None:
    answer = await story.ask("Which company acquired Brandt Bogies?")
    assert [(c.fact.id, [r.fact.id for r in c.rivals]) for c in answer.conflicts] == [
        (story.facts["acquired"], [story.facts["rumour"]])
    ]
    (rival,) = answer.conflicts[0].rivals
    assert "blog" in answer.citations[rival.citations[0] - 1].citation.quote
    assert rival.fact.reason == "one blog"


async def test_two_statements_that_are_both_told_are_one_conflict(story: Story) -> None:
    answer = await story.ask("When was Marlow Rail founded?")
    assert answer.text.startswith("The documents disagree: ")
    (conflict,) = answer.conflicts
    (rival,) = conflict.rivals
    assert {conflict.fact.id, rival.fact.id} == {step.fact.id for p in answer.paths for step in p.path.steps}


async def test_yes_no_and_disputed(story: Story) -> None:
    assert (await story.ask("Did Marlow Rail acquire Brandt Bogies?")).text.startswith("Yes: ")
    assert (await story.ask("Did Orion Works build the Bogie 7?")).text.startswith("No: it is denied")
    assert (await story.ask("Did Orion Works acquire Brandt Bogies?")).text.startswith(
        "The documents disagree: "
    )


async def test_what_no_trusted_source_says_is_told_as_such(story: Story) -> None:
    rumour = story.facts["rumour"]
    story.graph._facts[rumour] = replace(story.graph._facts[rumour], confidence=0)
    answer = await story.ask("Did Orion Works acquire Brandt Bogies?")
    assert answer.text.startswith("No source that says so is trusted: ")


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


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (
            "Who is Kay Lund?",
            ["Kay Lund founded Brandt Bogies Ltd", "Kay Lund studied at", "Kay Lund works for"],
        ),
        ("Tell me about Zell", ["Zell is located in Austria", "Marlow Rail AG is headquartered in Zell"]),
    ],
)
async def test_a_thing_that_nothing_more_is_asked_of_is_told_by_its_facts(
    story: Story, question: str, said: list[str]
) -> None:
    answer = await story.ask(question)
    assert all(sentence in answer.text for sentence in said), answer.text
    assert len(answer.paths) >= len(said)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who is the boss of Marlow Rail?", "Ines Falk leads Marlow Rail"),
        ("Who is Otto Brandt's boss?", "Otto Brandt reports to Ines Falk"),
        ("Which university did Kay Lund go to?", "Technical University of Zell"),
        ("How old is Marlow Rail?", "1901"),
    ],
)
async def test_everyday_wordings_are_understood(story: Story, question: str, expected: str) -> None:
    assert expected in (await story.ask(question)).text


async def test_a_year_before_and_after_is_not_the_year_itself(story: Story) -> None:
    before = await story.ask("Who led Marlow Rail before 2021?")
    assert "Jan Peters" in before.text and "Ines" not in before.text
    assert "Ines Falk" in (await story.ask("Who led Marlow Rail after 2021?")).text


async def test_an_age_that_is_not_known_is_not_made_of_other_numbers(story: Story) -> None:
    assert (await story.ask("How old is Kay Lund?")).status is Status.ABSTAINED


async def test_a_sentence_of_no_year_does_not_answer_for_one(story: Story) -> None:
    assert "9,000" in (await story.ask("How many visitors did the harvest festival draw in 2019?")).text
    other = await story.ask("How many visitors did the harvest festival draw before 2012?")
    assert other.status is Status.ABSTAINED
