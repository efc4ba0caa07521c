"""What passages answer, read as values: by kind, by what stands near, for each thing of one name, weighed."""

import numpy as np
import pytest

from app.adapters.spans import LanguageSpans
from graph.types import Value, ValueKind
from retrieval.asked import asked_of
from retrieval.introductions import Introduction
from retrieval.kinds import members_of, named_in
from retrieval.namesakes import COPIED, copies, qualifiers, things
from retrieval.ports import SpanKind
from retrieval.question import Wanted, understand
from retrieval.standing import standing_values
from retrieval.values import Told, read_values

QUESTION = "What is the population of Kensett?"
SPANS = LanguageSpans()


def flat(texts):
    """All texts alike, so that only the words and the kinds can tell."""
    return np.ones((len(texts), 1), np.float32)


def first(question: str, *texts: str) -> list[str]:
    return [some[0].text if some else "" for some in read_values(asked_of(question), texts, SPANS, flat)]


@pytest.mark.parametrize(
    ("question", "noun", "wanted"),
    [
        ("What is the birth date of Ada Bern?", "birth date", Wanted.DATE),
        ("What political party was Ada Bern affiliated with?", "political party", Wanted.ANYTHING),
        ("What type of music is Ada Bern known for?", "music", Wanted.ANYTHING),
        ("What is the median age in Zell?", "median age", Wanted.NUMBER),
        ("The 40 series is run by which private railway operator?", "private railway operator", Wanted.AGENT),
    ],
)
def test_what_is_asked_for(question, noun, wanted):
    asked = asked_of(question)
    assert (asked.noun, asked.wanted) == (noun, wanted)


def test_a_noun_before_the_one_that_says_what_is_asked_for():
    assert understand("Which software company made it?", ()).noun_type == "Organization"
    assert understand("What birth date is given?", ()).wanted is Wanted.DATE
    assert understand("What operates the line?", ()).wanted is Wanted.ANYTHING


def test_members_of_a_kind_are_known_by_their_words():
    found = list(named_in("An ice hockey player, once a footballer.", members_of(["sport"])))
    assert [f.member for f in found] == ["ice hockey", "football"]
    assert not members_of(["weather"])


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("When was Ada Bern born?", "Ada Bern (3 May 1901 \u2013 9 June 1970) was a pilot.", "3 May 1901"),
        ("When did Ada Bern die?", "Ada Bern (3 May 1901 \u2013 9 June 1970) was a pilot.", "9 June 1970"),
        ("When was Zell Mill built?", "Zell Mill was built in 1902. Retrieved 3 May 2019.", "1902"),
        ("What is the population of Zell?", "At the 2010 census 12% left; its population was 459.", "459"),
        ("What is the population of Zell?", "Of 459 people in 120 homes, 80 people per mile.", "459 people"),
        ("What is the median age in Zell?", "7.1% were under the age of 18; the median age was 42.", "42"),
        ('Who made the album "Tide"?', "Tide is the album by Cy Dahl that Eve Falk reviewed.", "Cy Dahl"),
        (
            'Who is the artist of the album "Tide"?',
            "Tide is an album by Danish rock band Grey Lanterns, produced by Eve Falk.",
            "Grey Lanterns",
        ),
        ("Where is Zell Mill located?", "Zell Mill lies in Boise, Idaho.", "Boise, Idaho"),
        ("What sport is Ada Bern associated with?", "Ada Bern was a footballer last season.", "football"),
    ],
)
def test_what_stands_beside_a_candidate_tells(question, text, answer):
    assert first(question, text) == [answer]


def test_a_text_that_says_little_of_what_is_asked_is_hardly_believed():
    texts = ("The population of Zell was 459.", "Seats: 12.")
    sure, faint = read_values(asked_of("What is the population of Zell?"), texts, SPANS, flat)
    assert sure[0].belief > 5 * faint[0].belief


def test_a_text_that_mentions_a_value_bears_it_out_a_little():
    texts = ("The population of Zell was 459.", "Its population was 300 before 459 came.")
    told = read_values(asked_of("What is the population of Zell?"), texts, SPANS, flat)
    assert {each.text for each in told[1]} == {"300", "459"}


def test_a_run_of_capitals_is_a_name_and_ends_with_its_sentence():
    found = SPANS.find("It is by Grey Lanterns. It sold.", frozenset({SpanKind.NAME}))
    assert "Grey Lanterns" in {"It is by Grey Lanterns. It sold."[s.start : s.end] for s in found}
    assert not any("." in "It is by Grey Lanterns. It sold."[s.start : s.end] for s in found)


# ---------------------------------------------------------------- things of one name


def test_qualifiers_of_a_name():
    texts = ("Kensett, Iowa is a town.", "Kensett, Arkansas is a city.", "The population of Kensett grew.")
    assert qualifiers(QUESTION, texts) == [{"iowa"}, {"arkansas"}, set()]
    told = ("VII (2013 album) is by them, VII ( song ) is not.", "Henry VIII (king)")
    assert qualifiers('Who made "VII"?', told) == [{"2013 album", "song"}, set()]


def test_a_part_of_the_name_is_another_name():
    text = "Jim Martin (ice hockey) played in Kind of Blue (All Over the World)"
    assert qualifiers("What sport is Tim Martin associated with?", (text,)) == [set()]


def grouped(told: list[set[str]], texts=("a", "b", "c"), vectors=None) -> list[int]:
    texts = texts[: len(told)]
    return things(told, [Introduction() for _ in texts], texts, vectors or {})


def test_who_qualifies_nothing_goes_with_the_likest():
    vectors = {"a": np.array([1, 0]), "b": np.array([0, 1]), "c": np.array([0.1, 0.9])}
    assert grouped([{"iowa"}, {"arkansas"}, set()], vectors=vectors) == [0, 1, 1]
    assert grouped([set(), {"iowa"}, set()]) == [0, 0, 0]


def test_one_qualifier_in_common_makes_one_thing():
    assert grouped([{"2017 series"}, {"better half", "2017 series", "1959 film"}, {"1980 novel"}]) == [
        0,
        0,
        1,
    ]
    assert grouped([{"film"}, {"2007 film"}]) == [0, 0]


def test_a_qualifier_of_several_things_joins_none_of_them():
    vectors = {"a": np.array([1, 0]), "b": np.array([0, 1]), "c": np.array([0.1, 0.9])}
    assert grouped([{"1959 film"}, {"2007 film"}, {"film"}], vectors=vectors) == [0, 1, 1]


def test_near_copies_are_about_one_thing():
    long = "The {0} album War Music was released in 2010 and sold well in the first week of its long life."
    texts = (long.format("Jay-Z"), long.format("Slim the Mobster"))
    assert grouped([{"jay z album"}, {"slim the mobster album"}], texts) == [0, 0]
    assert copies(texts, COPIED) == [0, 1] and copies((*texts, f"{texts[0]} Read more."), COPIED) == [0, 1, 0]


# ---------------------------------------------------------------- which values stand


def told(text: str, belief: float = 1.0, kind: ValueKind = ValueKind.TEXT) -> Told:
    return Told(text, Value(kind, text), belief)


def stands(rows: list[list[Told]], of: list[int] | None = None, copied: list[int] | None = None) -> list[str]:
    count = range(len(rows))
    found = standing_values(rows, of or [0 for _ in count], copied or list(count))
    return [value.text for value in found if value.stands]


def test_the_value_of_more_documents_stands():
    assert stands([[told("266")], [told("300")], [told("266")]]) == ["266"]


def test_each_thing_has_its_own():
    assert stands([[told("266")], [told("300")]], of=[0, 1]) == ["266", "300"]


def test_copies_count_once_and_a_tie_stays_open():
    assert stands([[told("266")], [told("300")], [told("266")]], copied=[0, 1, 0]) == ["266", "300"]


def test_of_values_that_tie_the_one_that_copies_repeat_is_told_first():
    rows = [[told("266")], [told("300")], [told("300")]]
    assert stands(rows, copied=[0, 1, 1]) == ["300", "266"]


def test_a_fuller_value_has_the_word_of_those_that_say_it_in_part():
    dates = [[told(d, kind=ValueKind.DATE)] for d in ("2007", "2007-11-01", "2008")]
    assert stands(dates) == ["2007-11-01"]
    assert stands([[told("football")], [told("american football")], [told("golf")]]) == ["american football"]


def test_what_several_rivals_contain_decides_nothing_between_them():
    rows = [[told("football")], [told("american football")], [told("gaelic football")]]
    assert stands(rows) == ["american football", "football", "gaelic football"]
