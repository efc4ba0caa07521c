"""Numbers that a text does not tell exactly, from the text to the answer."""

import pytest

from retrieval.types import Status
from tests.unit.told_texts import Text, Texts


@pytest.mark.parametrize(
    ("texts", "facts"),
    [
        (
            ("Acme Corp employs about 510 people.", "Acme Corp employs 500 people."),
            {"Acme Corp EMPLOYEE_COUNT 500 accepted"},
        ),
        (
            ("Acme Corp has between 500 and 600 employees.", "Acme Corp employs 550 people."),
            {"Acme Corp EMPLOYEE_COUNT 550 accepted"},
        ),
        (
            ("Acme Corp employs more than 500 people.", "Acme Corp employs 12,000 people."),
            {"Acme Corp EMPLOYEE_COUNT 12000 accepted"},
        ),
        (
            ("Acme Corp has nearly 600 employees.", "Acme Corp has 500 to 600 employees."),
            {"Acme Corp EMPLOYEE_COUNT about 600 accepted", "Acme Corp EMPLOYEE_COUNT 500 to 600 accepted"},
        ),
    ],
)
def test_what_is_not_told_exactly_contradicts_nothing_that_it_may_mean(
    texts: tuple[Text, ...], facts: set[str]
) -> None:
    told = Texts(*texts)
    assert told.facts() == facts
    assert told.conflicts() == []


def test_what_it_cannot_mean_contradicts_it() -> None:
    told = Texts("Acme Corp has between 500 and 600 employees.", "Acme Corp employs 700 people.")
    assert [line.split(":")[0] for line in told.conflicts()] == ["value"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Acme Corp employs about 500 people.", "Acme Corp employs about 500 people [1]."),
        ("Acme Corp has roughly 1,200 employees.", "Acme Corp employs about 1,200 people [1]."),
        ("Acme Corp has between 500 and 600 employees.", "Acme Corp employs 500 to 600 people [1]."),
        ("Acme Corp employs more than 500 people.", "Acme Corp employs at least 500 people [1]."),
        ("Acme Corp has up to 500 employees.", "Acme Corp employs at most 500 people [1]."),
    ],
)
async def test_an_answer_says_as_much_as_its_quote(text: str, said: str) -> None:
    answer = await Texts(text).story().ask("How many employees does Acme Corp have?")
    assert answer.status is Status.ANSWERED, answer.reason
    assert answer.text == said
    assert [citation.citation.quote for citation in answer.citations] == [text]
