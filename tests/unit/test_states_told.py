"""States that are told to be over, from the text to the answer."""

import pytest

from tests.unit.told_texts import Text, Texts

ANN, BOB = "Ann Lee leads Acme Corp.", "Bob Ray leads Acme Corp."
FORMER = "Ann Lee is the former chief executive of Acme Corp."


@pytest.mark.parametrize(
    ("texts", "facts"),
    [
        ((FORMER, BOB), {"Ann Lee LEADS Acme Corp former accepted", "Bob Ray LEADS Acme Corp accepted"}),
        (
            (FORMER, "Bob Ray is a former chief executive of Acme Corp."),
            {"Ann Lee LEADS Acme Corp former accepted", "Bob Ray LEADS Acme Corp former accepted"},
        ),
        (  # what is told to be over ends what was told of it before, or at no time in particular
            ((ANN, "2018"), (FORMER, "2021"), (BOB, "2022")),
            {
                "Ann Lee LEADS Acme Corp [..2021*] superseded",
                "Ann Lee LEADS Acme Corp [..2021*] former accepted",
                "Bob Ray LEADS Acme Corp [2022*..] accepted",
            },
        ),
        (
            (ANN, FORMER),
            {"Ann Lee LEADS Acme Corp superseded", "Ann Lee LEADS Acme Corp former accepted"},
        ),
        (
            (ANN, (FORMER, "2021")),
            {
                "Ann Lee LEADS Acme Corp [..2021*] superseded",
                "Ann Lee LEADS Acme Corp [..2021*] former accepted",
            },
        ),
        (  # who is told again later is back
            ((FORMER, "2018"), (ANN, "2021")),
            {
                "Ann Lee LEADS Acme Corp [2021*..] accepted",
                "Ann Lee LEADS Acme Corp [..2018*] former superseded",
            },
        ),
        (
            ((ANN, "2010"), (FORMER, "2012"), (ANN, "2015")),
            {
                "Ann Lee LEADS Acme Corp [..2012*] superseded",
                "Ann Lee LEADS Acme Corp [..2012*] former superseded",
                "Ann Lee LEADS Acme Corp [2015*..] accepted",
            },
        ),
        (  # one page against many of the same date
            (*[(ANN + f" It is {n}.", "2021") for n in ("old", "new", "big", "odd")], (FORMER, "2021")),
            {
                "Ann Lee LEADS Acme Corp accepted",
                "Ann Lee LEADS Acme Corp [..2021*] former contested",
            },
        ),
        (  # and it contests nobody of whom no date is told
            ((ANN, "2018"), (FORMER, "2021"), BOB),
            {
                "Ann Lee LEADS Acme Corp [..2021*] superseded",
                "Ann Lee LEADS Acme Corp [..2021*] former accepted",
                "Bob Ray LEADS Acme Corp accepted",
            },
        ),
        (
            (ANN, FORMER, BOB),
            {
                "Ann Lee LEADS Acme Corp superseded",
                "Ann Lee LEADS Acme Corp former accepted",
                "Bob Ray LEADS Acme Corp accepted",
            },
        ),
        (  # but who is told to be back does
            ((FORMER, "2018"), (ANN, "2021"), BOB),
            {
                "Ann Lee LEADS Acme Corp [2021*..] contested",
                "Ann Lee LEADS Acme Corp [..2018*] former superseded",
                "Bob Ray LEADS Acme Corp contested",
            },
        ),
        (  # what has ended agrees with what says when
            ("Ann Lee led Acme Corp until 2019.", FORMER),
            {"Ann Lee LEADS Acme Corp [..2019] accepted", "Ann Lee LEADS Acme Corp former accepted"},
        ),
        (
            (FORMER, "Ann Lee does not lead Acme Corp."),
            {"Ann Lee LEADS Acme Corp former accepted", "Ann Lee not LEADS Acme Corp accepted"},
        ),
    ],
)
def test_a_state_ends_as_documents_say(texts: tuple[Text, ...], facts: set[str]) -> None:
    told = Texts(*texts)
    assert told.facts() == facts
    disputed = any("contested" in line for line in facts)
    assert disputed or all(line.startswith("recency") for line in told.conflicts())


def test_a_conflict_says_what_is_over() -> None:
    assert Texts((ANN, "2018"), (FORMER, "2021")).conflicts() == [
        'recency: the end of "Ann Lee LEADS Acme Corp" stands: it is the newest statement.'
    ]
    assert Texts(ANN, FORMER).conflicts() == [
        'recency: the end of "Ann Lee LEADS Acme Corp" stands: what is over was so, and nothing newer says '
        "that it is so again."
    ]


async def test_who_alone_is_told_is_told_to_have_left() -> None:
    answer = await Texts((ANN, "2018"), (FORMER, "2021")).story().ask("Who leads Acme Corp?")
    assert "led Acme Corp" in answer.text and "until 2021 at the latest" in answer.text


def test_only_a_state_is_told_to_be_over() -> None:
    """What it says that the ontology does not know may be an event, or what never changes."""
    told = Texts(("Ann Lee is no longer a neighbour of Bob Ray.", "2018"))
    [fact] = told.state._facts.rows.values()
    assert (fact.relation, fact.qualifiers, fact.valid_to) == ("RELATED_TO", (("status", "former"),), None)


@pytest.mark.parametrize(
    "text",
    [
        "Some say Ann Lee leads Acme Corp, others say Bob Ray leads Acme Corp.",
        "The Gazette reported that Ann Lee leads Acme Corp, but the Courier said that Bob Ray leads Acme "
        "Corp.",
        "According to the Gazette, Ann Lee leads Acme Corp, while according to the Courier, Bob Ray leads "
        "Acme Corp.",
    ],
)
def test_two_reports_of_one_sentence_contradict_each_other(text: str) -> None:
    told = Texts(text)
    assert told.facts() == {"Ann Lee LEADS Acme Corp contested", "Bob Ray LEADS Acme Corp contested"}
    quotes = {claim.span.of(text) for claim in told.state._claims.rows.values()}
    assert len(quotes) == 2
    assert all(("Ann Lee" in quote) != ("Bob Ray" in quote) for quote in quotes)
    assert all(quote[-1] not in ",;" for quote in quotes)


def test_what_one_report_says_of_several_holds_together() -> None:
    told = Texts("The Gazette reported that Acme Corp is led by Ann Lee and Bob Ray.")
    assert told.facts() == {"Ann Lee LEADS Acme Corp accepted", "Bob Ray LEADS Acme Corp accepted"}
