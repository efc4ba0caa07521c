"""How the conflicts benchmark reads documents and keeps answers; models stand outside."""

import numpy as np
import pytest

from bench.conflict_reading import Answer, Reading, qualifiers, things
from bench.conflicts import Case, _given, _strict, resolve
from graph.types import Value, ValueKind

QUESTION = "What is the population of Kensett?"
IOWA = "Kensett, Iowa is a small town. It has 266 inhabitants."
ARKANSAS = "Kensett, Arkansas had a population of 1,648 in 2010."
COPY = "Kensett, Arkansas had a population of 2,500 in 2010."
BARE = "The population of Kensett was 1,648."


def kept(*pairs: tuple[str, str]):
    case = Case(QUESTION, tuple(text for text, _ in pairs), tuple(answer for _, answer in pairs))
    near = {IOWA: [1, 0], ARKANSAS: [0, 1], COPY: [0, 1], BARE: [0.1, 0.9]}
    return resolve(case, _given(case), {text: np.array(v, np.float32) for text, v in near.items()})


def test_qualifiers_of_a_name():
    assert qualifiers(QUESTION, (IOWA, ARKANSAS, BARE)) == [{"iowa"}, {"arkansas"}, set()]
    told = ("VII (2013 album) is by them, VII ( song ) is not.", "Henry VIII (king)")
    assert qualifiers('Who made "VII"?', told) == [{"2013 album", "song"}, set()]


def test_a_part_of_the_name_is_another_name():
    text = "Jim Martin (ice hockey) played in Kind of Blue (All Over the World)"
    assert qualifiers("What sport is Tim Martin associated with?", (text,)) == [set()]


def test_who_qualifies_nothing_goes_with_the_likest():
    told: list[set[str]] = [{"iowa"}, {"arkansas"}, set()]
    embedded = {"a": np.array([1, 0]), "b": np.array([0, 1]), "c": np.array([0.1, 0.9])}
    assert things(told, ("a", "b", "c"), embedded) == [0, 1, 1]
    assert things([set(), {"iowa"}, set()], ("a", "b", "c"), {}) == [0, 0, 0]


def test_one_qualifier_in_common_makes_one_thing():
    told = [{"2017 series"}, {"better half", "2017 series", "1959 film"}, {"1980 novel"}]
    assert things(told, ("a", "b", "c"), {}) == [0, 0, 1]
    assert things([{"film"}, {"2007 film"}], ("a", "b"), {}) == [0, 0]


def test_near_copies_are_about_one_thing():
    long = "The {0} album War Music was released in 2010 and sold well in the first week of its long life."
    copies = (long.format("Jay-Z"), long.format("Slim the Mobster"))
    assert things([{"jay z album"}, {"slim the mobster album"}], copies, {}) == [0, 0]


def test_one_answer_is_kept_of_each_thing():
    found = kept((IOWA, "266"), (ARKANSAS, "1,648"), (COPY, "2,500"), (BARE, "1,648"))
    assert found.things == 2 and not found.contested
    assert set(found.ours) == {"266", "1,648"} and len(found.keep_all) == 3


def test_a_tie_stays_contested():
    found = kept((ARKANSAS, "1,648"), (COPY, "2,500"))
    assert found.contested and set(found.ours) == {"1,648", "2,500"}


def test_what_says_nothing_is_left_out():
    assert kept((IOWA, "unknown"), (ARKANSAS, "")).ours == ()


@pytest.mark.parametrize(
    ("answers", "score"),
    [(["3,559"], 1.0), (["3,559 people", "12"], 1.0), (["3,559", "10,000 people"], 0.0), ([], 0.0)],
)
def test_strict_wants_all_gold_and_nothing_wrong(answers, score):
    assert _strict(answers, ["3,559 people"], ["10,000"]) == score


def test_answers_are_spans_of_the_asked_kind():
    reading = Reading.of(
        "When was the Cathedral of Saint Augustine established?", ("It was founded in 1856.",)
    )
    embedded = {text: np.ones(2, np.float32) for text in reading.texts}
    assert reading.answers(embedded) == [[Answer("1856", Value(ValueKind.DATE, "1856"), 1.0)]]


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("When was Ada Bern born?", "Ada Bern (3 May 1901 \u2013 9 June 1970) was a pilot.", "3 May 1901"),
        ("When did Ada Bern die?", "Ada Bern (3 May 1901 \u2013 9 June 1970) was a pilot.", "9 June 1970"),
        ("What is the population of Zell?", "At the 2010 census 12% left; its population was 459.", "459"),
        ('Who made the album "Tide"?', "Tide is the album by Cy Dahl that Eve Falk reviewed.", "Cy Dahl"),
    ],
)
def test_what_stands_beside_a_candidate_tells(question, text, answer):
    """All neighbourhoods are embedded alike, so that only the words and the kinds can tell."""
    reading = Reading.of(question, (text,))
    embedded = {text: np.ones(2, np.float32) for text in reading.texts}
    assert reading.answers(embedded)[0][0].text == answer
