"""The likelihood of all votes, by which it is chosen who copies and who writes in a style of its own."""

from itertools import product
from math import exp

import numpy as np
import pytest

from bench.truth_worlds import world
from graph.epochs.account import Account
from graph.epochs.ballot import Ballot
from graph.epochs.languages import candidate_languages, price
from graph.epochs.votes import Vote


def ballot(kind: str) -> Ballot:
    return Ballot.of(Vote(*claim) for claim in world(kind, 0)[0])


@pytest.mark.parametrize("classes", [{}, {1: 0}])
def test_all_that_sources_could_say_has_a_probability_of_one(classes):
    sources, values = "abc", "xyzw"
    rates, others = np.array([0.9, 0.6, 0.7]), np.array([3.0])
    prior = sum(6 * np.log(4 * r * (1 - r)) for r in rates) - 7 * len(classes)
    total = 0.0
    for told in product(values, repeat=len(sources)):
        said = Ballot.of(Vote("thing", s, v) for s, v in zip(sources, told, strict=True))
        account = Account(said, classes, np.zeros(3, dtype=bool))
        labelled = 1.0
        for taken in range(len(set(told))):
            labelled *= len(values) - taken  # a likelihood of values told apart is that of all their namings
        total += exp(account._at(rates, others, 0.8) - prior) / labelled
    assert total == pytest.approx(1)


def test_the_likeliest_reliabilities_are_likelier_than_any_given():
    account = Account(ballot("few values"), {}, np.zeros(12, dtype=bool))
    for rate in (0.3, 0.7, 0.9):
        given = np.full(12, rate)
        assert account.best(given) > account.at(given, np.array([2.0]))


def test_what_an_operator_says_of_a_source_stays():
    said, rates = ballot("few values"), np.full(12, 0.7)
    free, ruled = (Account(said, {}, np.full(12, fixed)) for fixed in (False, True))
    assert ruled.best(rates) < free.best(rates)
    assert ruled.best(rates) == max(ruled.at(rates, np.array([n])) for n in (1.0, 2.0, 3.0))


def test_languages_are_found_whole():
    said = ballot("house styles")
    style = np.zeros(len(said.sources), dtype=np.int64)
    for vote in [Vote(*claim) for claim in world("house styles", 0)[0]]:
        if vote.value.startswith("style"):
            style[said.sources.index(vote.source)] = int(vote.value[6])
    found = [
        len({*zip(language.tolist(), style.tolist(), strict=True)}) for language in candidate_languages(said)
    ]
    assert 3 in found, "each has its own number"


def test_apart_each_language_has_items_of_its_own():
    said = Ballot.of([Vote("thing", "a", "x"), Vote("thing", "b", "x"), Vote("thing", "c", "y")])
    apart = said.apart(np.array([1, 2, 1]))
    assert apart.values.tolist() == [2, 1] and apart.item.tolist() == [0, 1, 0]
    assert price(said, apart, np.array([1, 2, 1])) == pytest.approx(7 * 2 + np.log(100)), "x is in both"
