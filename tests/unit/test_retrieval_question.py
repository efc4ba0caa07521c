"""Words, questions, links and sentences: the small parts of understanding."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.ports import ChunkText, EntityHit
from graph.types import ContentId, EntityId, PartialDate, Span, Value, ValueKind
from retrieval.linking import Linker, unlinked_names
from retrieval.naming import Naming
from retrieval.phrasing import date_text, value_text
from retrieval.question import Wanted, find_cue, understand
from retrieval.refine import covering_sentences, sentences_of
from retrieval.types import Passage, Topic
from retrieval.wording import STOP_WORDS, stem, tokens_of
from tests.fakes.embedder import ExactVectors, StemEmbedder
from tests.fakes.graph_store import WS, MemoryGraph


@pytest.mark.parametrize(
    "forms",
    [
        "found founded founder founders founding",
        "acquire acquires acquired acquiring acquirer",
        "headquarters headquartered",
        "employ employs employed employer employees employing",
        "lead leads led leader leading",
        "study studies studied studying",
        "run runs ran runner running",
        "marry marries married",
        "build built builder building",
        "company companies",
        "operate operates operated operator",
    ],
)
def test_the_forms_of_a_word_have_one_stem(forms: str) -> None:
    assert len({stem(form) for form in forms.split()}) == 1


@pytest.mark.parametrize(
    ("a", "b"), [("fund", "found"), ("lead", "leave"), ("chair", "chief"), ("bus", "busy")]
)
def test_other_words_have_other_stems(a: str, b: str) -> None:
    assert stem(a) != stem(b)


@given(st.text(max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    for token in tokens_of(text):
        assert token.stem or token.text in STOP_WORDS
    assert understand(text, []).tokens == tokens_of(text)
    spans = list(sentences_of(text))
    assert all(span.of(text).strip() == span.of(text) != "" for span in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert "".join("".join(span.of(text).split()) for span in spans) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "wanted", "noun_type", "content"),
    [
        ("Who leads it?", Wanted.AGENT, None, ["leads"]),
        ("Where is the office?", Wanted.PLACE, None, ["office"]),
        ("When was it founded?", Wanted.DATE, None, ["founded"]),
        ("In which year was it founded?", Wanted.DATE, None, ["founded"]),
        ("Which company bought it?", Wanted.TYPED, "Organization", ["bought"]),
        ("What is the name of the city?", Wanted.TYPED, "Place", []),
        ("How many people does it employ?", Wanted.NUMBER, None, ["employ"]),
        ("What is the capacity?", Wanted.ANYTHING, None, ["capacity"]),
        ("Tell me about turbines", Wanted.ANYTHING, None, ["turbines"]),
    ],
)
def test_what_is_asked_for(text: str, wanted: Wanted, noun_type: str | None, content: list[str]) -> None:
    question = understand(text, [])
    assert (question.wanted, question.noun_type) == (wanted, noun_type)
    said = [question.tokens[n].text for n in question.content]
    assert [word for word in said if word not in {"name", "people"}] == content


def test_time_in_a_question() -> None:
    assert understand("Who led it in 2019?", []).as_of == PartialDate("2019")
    assert understand("Who led it from 2010 to 2019?", []).as_of is None
    assert understand("When in 2019 was it sold?", []).as_of is None
    assert understand("Who was the former chief?", []).past
    assert understand("When did she leave?", []).ending
    assert understand("Is it open?", []).boolean and not understand("Who is it?", []).boolean


def test_a_phrase_is_found_whole_or_not_at_all() -> None:
    question = understand("Who is the chief financial officer?", [])
    assert find_cue(question, ["chief executive of", "ceo of"]) is None
    cue = find_cue(question, ["officer of", "chief financial officer of"])
    assert cue is not None and [question.tokens[n].text for n in sorted(cue.positions)] == [
        "chief",
        "financial",
        "officer",
    ]
    assert find_cue(question, ["be in", ""]) is None


# ---------------------------------------------------------------- linking


@pytest.fixture
def graph() -> MemoryGraph:
    graph = MemoryGraph()
    graph.entity("Tidal Energy Council", "Organization", "TEC")
    graph.entity("Energy Council", "Organization")
    graph.entity("Jordan", "Place")
    graph.entity("Jordan", "Person")
    graph.entity("Port Lindholm", "Place")
    return graph


def linker(graph: MemoryGraph) -> Linker:
    return Linker(graph, ExactVectors(), StemEmbedder())


async def test_the_longest_name_wins_in_one_look_up(graph: MemoryGraph) -> None:
    topics = await linker(graph).link(WS, "Who chairs the Tidal Energy Council in Jordan?")
    assert [topic.mention for topic in topics] == ["Tidal Energy Council", "Jordan", "Jordan"]
    assert {topic.entity.type for topic in topics[1:]} == {"Place", "Person"}
    assert graph.calls["find_entities"] == 1 and graph.calls["search_entities"] == 0


async def test_names_are_found_by_alias_case_and_possessive(graph: MemoryGraph) -> None:
    for text in ("who chairs the tec", "What is TEC's budget?", "What is the T.E.C. for?"):
        assert [topic.entity.name for topic in await linker(graph).link(WS, text)] == [
            "Tidal Energy Council"
        ], text


async def test_a_sign_that_names_is_asked_with_its_word() -> None:
    graph = MemoryGraph()
    for name in ("C", "C++", "Net", ".NET", "100"):
        graph.entity(name, "Product")
    topics = await linker(graph).link(WS, "Are C++ and .NET used by 100+ firms?")
    assert [topic.entity.name for topic in topics] == ["C++", ".NET", "100"]


async def test_a_misspelt_name_is_searched_for(graph: MemoryGraph) -> None:
    (topic,) = await linker(graph).link(WS, "Where is Port Lindhollm?")
    assert topic.entity.name == "Port Lindholm" and 0.86 <= topic.score < 1
    assert await linker(graph).link(WS, "Where is Port Arthur?") == []


async def test_names_without_an_entity_are_told(graph: MemoryGraph) -> None:
    text = "Did Quantum Fisheries join the Tidal Energy Council?"
    topics = await linker(graph).link(WS, text)
    assert unlinked_names(text, topics) == ["Quantum Fisheries"]


@pytest.mark.parametrize("text", ["", "?", "who is the", "WHO", "a" * 500])
async def test_questions_without_a_name_link_nothing(graph: MemoryGraph, text: str) -> None:
    assert await linker(graph).link(WS, text) == []


# ---------------------------------------------------------------- sentences


def passage(text: str, document: str = "Notes", heading: tuple[str, ...] = ()) -> Passage:
    chunk = ChunkText(
        b"c" * 16, ContentId(b"d" * 32), 0, Span(100, 100 + len(text)), text, 1, heading, document, "u"
    )
    return Passage(chunk, 1.0, ())


def test_sentences_end_where_people_end_them() -> None:
    text = 'Dr. Falk paid EUR 9.5 million to A. Vance. "Never," he said. Really?! Yes\nA row'
    assert [span.of(text) for span in sentences_of(text)] == [
        "Dr. Falk paid EUR 9.5 million to A. Vance.",
        '"Never," he said.',
        "Really?!",
        "Yes",
        "A row",
    ]


def test_a_sentence_must_cover_the_words_and_the_passage_the_names() -> None:
    entity = EntityHit(EntityId(b"e" * 16), "Zell", "Place", (), 1.0)
    question = understand("How many visitors saw the fair in Zell?", [Topic(entity, "Zell", 7, 8, 1.0)])
    text = "The fair was opened. Some 9,000 visitors saw the fair. Visitors saw rain."
    naming = Naming(question, [], [])
    (hit,) = covering_sentences(question, [passage(text, "Zell")], naming)
    assert hit.text == "Some 9,000 visitors saw the fair."
    assert hit.span == Span(121, 121 + len(hit.text))
    assert covering_sentences(question, [passage(text, "Hohenau")], naming) == []


@pytest.mark.parametrize(
    ("asked", "label"),
    [
        ("What was the revenue of Zell in the quarter ended July 30, 2023?", "July 30, 2023"),
        ("Where are the principal offices of Zell?", "(Address of principal offices) (Zip Code)"),
        ("What is the income of Zell?", "Zell."),
        ("Who is the chief officer of Zell?", "CHIEF OFFICER KAY LUND Kay Lund"),
    ],
)
def test_a_label_or_a_letterhead_is_no_answer(asked: str, label: str) -> None:
    entity = EntityHit(EntityId(b"e" * 16), "Zell", "Place", (), 1.0)
    at = len(asked[: asked.index("Zell")].split())
    question = understand(asked, [Topic(entity, "Zell", at, at + 1, 1.0)])
    words = " ".join(token.text for token in question.tokens if not token.stop)
    passages = [passage(label, f"Zell {words}")]
    assert covering_sentences(question, passages, Naming(question, [], [])) == []
    told = f"{label} - the chief officer of Zell told so: the offices, revenue and income were 7 in Halden."
    assert covering_sentences(question, [passage(told, f"Zell {words}")], Naming(question, [], []))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Value(ValueKind.NUMBER, "2400"), "2,400"),
        (Value(ValueKind.NUMBER, "260", "megawatts"), "260 megawatts"),
        (Value(ValueKind.NUMBER, "-1234567.5"), "-1,234,567.5"),
        (Value(ValueKind.NUMBER, "1200000±120000", "EUR"), "about 1,200,000 EUR"),
        (Value(ValueKind.NUMBER, "1200..1300"), "1,200 to 1,300"),
        (Value(ValueKind.NUMBER, "1200.."), "at least 1,200"),
        (Value(ValueKind.NUMBER, "..1200", "m"), "at most 1,200 m"),
        (Value(ValueKind.DATE, "1962-05-03"), "3 May 1962"),
        (Value(ValueKind.DATE, "2019-05"), "May 2019"),
        (Value(ValueKind.TEXT, "blue"), "blue"),
    ],
)
def test_values_as_people_write_them(value: Value, text: str) -> None:
    assert value_text(value) == text


def test_a_date_that_is_none_stays_as_it_is() -> None:
    assert [date_text(PartialDate(text)) for text in ("1998", "spring", "2019-13", "")] == [
        "1998",
        "spring",
        "2019-13",
        "",
    ]
