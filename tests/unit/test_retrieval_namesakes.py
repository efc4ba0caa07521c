"""Questions that name several things by one name: each is told of apart, or the one that is meant."""

import pytest

from graph.types import Value, ValueKind
from retrieval.types import Status
from tests.unit.retrieval_story import Story, tell_story

PARKS = (
    ("1931-03-12", "Oslo", "Halden Shipyards", "Park was born on 12 March 1931 in Oslo."),
    ("1985-11-02", "Chicago", "Nord Analytics", "Park was born on 2 November 1985 in Chicago."),
    ("1960-06-30", "Busan", "Carrow Press", "Park was born on 30 June 1960 in Busan."),
)
DATES = ("12 March 1931", "2 November 1985", "30 June 1960")


@pytest.fixture
def story() -> Story:
    """Three John Parks who were born, and work, each at a place of his own; one leads where he works."""
    told = tell_story()
    graph = told.graph
    for number, (born, place, firm, first) in enumerate(PARKS):
        works = f"Park works for {firm}."
        leads = f"Park leads {firm}."
        content = graph.document(f"About Park {number}", first, works, leads)
        park = graph.entity("John Park", "Person", number=number)
        town, employer = graph.entity(place, "Place"), graph.entity(firm, "Organization")
        date = Value(ValueKind.DATE, born)
        graph.fact(park, "BORN_ON", date, content, first, phrase="bear on")
        graph.fact(park, "BORN_IN", town, content, first, phrase="bear in")
        graph.fact(park, "WORKS_FOR", employer, content, works, phrase="work for")
        if number == 1:
            graph.fact(park, "LEADS", employer, content, leads, phrase="lead")
    return told


async def test_what_is_asked_of_a_name_is_told_of_each_that_bears_it(story: Story) -> None:
    born = await story.ask("When was John Park born?")
    assert born.text.startswith("There are 3 of the name John Park. One: John Park was born on ")
    assert all(date in born.text for date in DATES) and born.text.count("Another: ") == 2
    assert len({path.path.start for path in born.paths}) == 3 and not born.conflicts
    assert [n for n in born.notices if "bear the name" in n] == [
        "3 in the documents bear the name John Park; this answer tells of 3: say more of the one you mean."
    ]
    who = await story.ask("Who is John Park?")
    parts = who.text.split(": John Park", 3)[1:]
    assert len(parts) == 3 and all(sum(date in part for date in DATES) <= 1 for part in parts)


async def test_an_answer_of_one_of_them_says_that_there_are_others(story: Story) -> None:
    answer = await story.ask("Which company does John Park lead?")
    assert "Nord Analytics" in answer.text and "There are" not in answer.text
    assert any(
        "3 in the documents bear the name John Park; this answer tells of 1" in n for n in answer.notices
    )


@pytest.mark.parametrize(
    "question",
    [
        "When was John Park of Nord Analytics born?",
        "When was the John Park who leads Nord Analytics born?",
        "When was the leader of Nord Analytics born?",
    ],
)
async def test_who_is_meant_is_known_by_what_else_is_named(story: Story, question: str) -> None:
    answer = await story.ask(question)
    assert answer.status is Status.ANSWERED
    assert [date for date in DATES if date in answer.text] == ["2 November 1985"]
    assert not any("bear the name" in notice for notice in answer.notices)


async def test_between_two_that_are_named_nothing_unspoken_is_an_answer(story: Story) -> None:
    assert (await story.ask("What of Ines Falk and Marlow Rail?")).paths == ()


async def test_what_is_asked_of_two_is_told_of_each_and_of_whom_it_is_not() -> None:
    story = tell_story()
    graph = story.graph
    for name, day in (("ines", "1970-05-03"), ("kay", "1981-06-04")):
        said = f"{name.title()} was born on {day}."
        content = graph.document(f"About {name}", said)
        date = Value(ValueKind.DATE, day)
        graph.fact(story.entities[name], "BORN_ON", date, content, said, phrase="bear on")
    born = await story.ask("When were Ines Falk and Kay Lund born?")
    assert "Ines Falk was born on 3 May 1970" in born.text and "Kay Lund was born on 4 June 1981" in born.text
    assert not born.notices
    born = await story.ask("When were Kay Lund and Jan Peters born?")
    assert "Kay Lund was born on 4 June 1981" in born.text and "Jan Peters" not in born.text
    assert born.notices == ("Nothing that was found tells it of Jan Peters.",)
    asked = await story.ask("What do Otto Brandt and Ines Falk have to do with each other?")
    assert not any("tells it of" in notice for notice in asked.notices)
