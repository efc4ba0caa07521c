"""As what texts introduce things of one name, and which of them cannot be one."""

import numpy as np
import pytest

from retrieval.asked import asked_of
from retrieval.introductions import introductions
from retrieval.namesakes import things_named

FILM = "Silent Harbour is a 1955 American drama film directed by Paul Wexley."
REMAKE = "Silent Harbour is a 2003 Canadian thriller film directed by Mona Trell."


def flat(texts):
    return np.ones((len(texts), 1), np.float32)


def excludes(name: str, one: str, other: str) -> bool:
    a, b = introductions(f"What of {name}?", [one, other], dated=False)
    assert a.excludes(b) == b.excludes(a)
    return a.excludes(b)


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("Silent Harbour", FILM, REMAKE),
        ("Silent Harbour", FILM, "Silent Harbour is a horror novel by Edda Finch."),
        ("Ada Bern", "Ada Bern (born 1950) is a Dutch painter.", "Ada Bern (born 1981) is a Dutch painter."),
        (
            "Ada Bern",
            "Ada Bern is a Dutch painter.",
            "Ada Bern, a Finnish ice hockey player, plays in Turku.",
        ),
        ("Port Ellery", "Port Ellery is a town in Canada.", "Port Ellery is a town in Australia."),
        ("Orva", "The Orva is a river in northern Finland.", "The Orva is a river in Romania."),
        ("Zell", "Zell is a ruined castle in Kent.", "Zell is a castle near Inverness."),
    ],
)
def test_what_cannot_be_one_thing(name, one, other):
    assert excludes(name, one, other)


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("Silent Harbour", REMAKE, "Silent Harbour (2004) is a film shot in Halifax."),  # shown a year before
        ("The Tide", "The Tide is a book by Eve Falk.", "The Tide is a novel by Eve Falk."),
        ("Ada Bern", "Ada Bern is a Dutch painter.", "Ada Bern is a Dutch politician."),  # may be both
        ("Ada Bern", "Ada Bern is a Scottish painter.", "Ada Bern is a British writer."),
        ("Ada Bern", "Ada Bern was an Austrian composer.", "Ada Bern was a German composer."),
        ("Zell", "Zell is a town in Kent, England.", "Zell is a village in Kent."),
        ("Ada Bern", "Ada Bern is a judge in Oslo.", "Ada Bern is a judge in Bergen."),
        ("Ada Bern", "Ada Bern is a Dutch painter.", "Her brother Jan was a Finnish pilot."),
    ],
)
def test_what_may_be_one_thing(name, one, other):
    assert not excludes(name, one, other)


def test_a_year_tells_nothing_apart_where_the_year_is_asked_for():
    texts = [
        "Ada Bern (born 1950) is a Dutch painter.",
        "The Dutch painter Ada Bern (born 1961) lives in Ulm.",
    ]
    assert things_named(asked_of("When was Ada Bern born?"), texts, flat) == [0, 0]
    assert things_named(asked_of("Where was Ada Bern born?"), texts, flat) == [0, 1]


def test_texts_go_with_what_they_introduce_alike_whatever_their_order():
    texts = [
        FILM,
        REMAKE,
        "Silent Harbour (2003) was shot in Halifax.",
        "Silent Harbour, a film of 1955, was directed by Paul Wexley.",
        REMAKE.replace("Mona Trell", "Igor Vast"),
    ]
    asked = asked_of("Who directed Silent Harbour?")
    assert things_named(asked, texts, flat) == [0, 1, 1, 0, 1]
    assert things_named(asked, texts[::-1], flat) == [0, 1, 0, 0, 1]


def test_a_qualifier_is_no_other_spelling():
    texts = ["Night Ferry (Dutch: Nachtveer) is a film.", "Night Ferry (Danish: Natfærge) is a film."]
    assert things_named(asked_of("Who made Night Ferry?"), texts, flat) == [0, 0]
