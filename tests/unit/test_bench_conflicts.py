"""How the conflicts benchmark keeps answers and scores them; models stand outside."""

import numpy as np
import pytest

from bench.conflicts import Case, _given, _strict, resolve

QUESTION = "What is the population of Kensett?"
IOWA = "Kensett, Iowa is a small town. It has 266 inhabitants."
ARKANSAS = "Kensett, Arkansas had a population of 1,648 in 2010."
COPY = "Kensett, Arkansas had a population of 2,500 in 2010."
BARE = "The population of Kensett was 1,648."


def kept(*pairs: tuple[str, str]):
    case = Case(QUESTION, tuple(text for text, _ in pairs), tuple(answer for _, answer in pairs))
    near = {IOWA: [1, 0], ARKANSAS: [0, 1], COPY: [0, 1], BARE: [0.1, 0.9]}
    return resolve(case, _given(case), lambda texts: np.array([near[t] for t in texts], np.float32))


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
