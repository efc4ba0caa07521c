"""States that begin again, and what follows one that was over: from the text to the answer."""

import pytest

from tests.unit.told_texts import Text, Texts

LED = ("Ann Lee led Acme Corp from 2010 to 2015.", "2016")
ANN, BOB = "Ann Lee leads Acme Corp.", "Bob Ray leads Acme Corp."
TERM = "Ann Lee LEADS Acme Corp [2010..2015] accepted"


@pytest.mark.parametrize(
    ("texts", "facts"),
    [
        (((ANN, "2018"),), {TERM, "Ann Lee LEADS Acme Corp [2018*..] accepted"}),
        (  # an undated one is of the latest, one of the time of the first is of that
            ((ANN, "2018"), ANN, (ANN + " Still.", "2012"), (ANN + " Again.", "2019")),
            {TERM, "Ann Lee LEADS Acme Corp [2018*..] accepted"},
        ),
        ((ANN,), {TERM}),
        (((ANN, "2012"),), {TERM}),
        (((ANN, "2015-11"),), {TERM}),
        ((("Ann Lee led Acme Corp.", "2018"),), {TERM}),
        ((("Acme Corp was led by Ann Lee.", "2018"),), {TERM}),
        ((("Ann Lee was the chief executive of Acme Corp.", "2018"),), {TERM}),
        ((("Ann Lee has led Acme Corp.", "2018"),), {TERM, "Ann Lee LEADS Acme Corp [2018*..] accepted"}),
        (  # in a year is told of that year
            (("Ann Lee led Acme Corp in 2018.", "2020"),),
            {TERM, "Ann Lee LEADS Acme Corp [2018*..] accepted"},
        ),
        (
            (("Ann Lee was appointed chief executive of Acme Corp.", "2018"),),
            {TERM, "Ann Lee LEADS Acme Corp [2018*..] accepted"},
        ),
        (  # what was open when it was told of ended where another one says
            (("Ann Lee has led Acme Corp since 2010.", "2012"), (ANN, "2018")),
            {TERM, "Ann Lee LEADS Acme Corp [2018*..] accepted"},
        ),
        (
            (
                ("Ann Lee has led Acme Corp since 2010.", "2012"),
                ("Ann Lee has led Acme Corp since 2018.", "2019"),
            ),
            {TERM, "Ann Lee LEADS Acme Corp [2018..] accepted"},
        ),
        (
            (("Ann Lee led Acme Corp from 2018 to 2020.", "2021"), (ANN, "2019"), (ANN, "2023")),
            {
                TERM,
                "Ann Lee LEADS Acme Corp [2018..2020] accepted",
                "Ann Lee LEADS Acme Corp [2023*..] accepted",
            },
        ),
        (
            ((ANN, "2018"), ("Ann Lee is the former chief executive of Acme Corp.", "2020")),
            {
                TERM,
                "Ann Lee LEADS Acme Corp [2018*..2020*] superseded",
                "Ann Lee LEADS Acme Corp [..2020*] former accepted",
            },
        ),
        # who is told of after an end does not supersede what had ended
        (((BOB, "2020"),), {TERM, "Bob Ray LEADS Acme Corp [2020*..] accepted"}),
        (((BOB, "2015-11-03"),), {TERM, "Bob Ray LEADS Acme Corp [2015-11-03*..] accepted"}),
        (
            ((ANN, "2018"), (BOB, "2020")),
            {
                TERM,
                "Ann Lee LEADS Acme Corp [2018*..2020*] superseded",
                "Bob Ray LEADS Acme Corp [2020*..] accepted",
            },
        ),
        (
            ((BOB, "2016"), ("Ann Lee led Acme Corp.", "2018")),
            {TERM, "Bob Ray LEADS Acme Corp [2016*..] accepted"},
        ),
        (
            (("Ann Lee does not lead Acme Corp.", "2018"),),
            {TERM, "Ann Lee not LEADS Acme Corp [2018*..] accepted"},
        ),
    ],
)
def test_a_state_that_was_over(texts: tuple[Text, ...], facts: set[str]) -> None:
    told = Texts(LED, *texts)
    assert told.facts() == facts
    assert Texts(*reversed([LED, *texts])).facts() == facts
    assert bool(told.conflicts()) == any("superseded" in line for line in facts)


def test_who_is_told_to_have_led_does_not_return_after_who_leads() -> None:
    texts = ((ANN, "2010"), (BOB, "2012"), ("Ann Lee led Acme Corp.", "2015"))
    assert Texts(*texts).facts() == {
        "Ann Lee LEADS Acme Corp [..2012*] superseded",
        "Bob Ray LEADS Acme Corp [2012*..] accepted",
    }
    assert "Ann Lee LEADS Acme Corp [2016*..] accepted" in Texts(*texts, (ANN, "2016")).facts()


def test_what_is_told_of_numbers_and_seats_after_their_time() -> None:
    told = Texts(
        ("Acme Corp employed 500 people in 2015.", "2016"),
        ("Acme Corp employs 700 people.", "2018"),
        ("Acme Corp was based in Oslo until 2015.", "2016"),
        ("Acme Corp is based in Bergen.", "2018"),
    )
    assert told.facts() == {
        "Acme Corp EMPLOYEE_COUNT 500 [2015..2015] accepted",
        "Acme Corp EMPLOYEE_COUNT 700 [2018*..] accepted",
        "Acme Corp HEADQUARTERED_IN Oslo [..2015] accepted",
        "Acme Corp HEADQUARTERED_IN Bergen [2018*..] accepted",
    }
    assert not told.conflicts()


async def test_each_year_has_its_answer() -> None:
    story = Texts(LED, (BOB, "2020")).story()
    then = {year: (await story.ask(f"Who led Acme Corp in {year}?")).text for year in (2012, 2017, 2021)}
    assert "Ann Lee" in then[2012] and "Bob Ray" not in then[2012]
    assert not then[2017], "nobody says who led then"
    assert "Bob Ray" in then[2021] and "Ann Lee" not in then[2021]
