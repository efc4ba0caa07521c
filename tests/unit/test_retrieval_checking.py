"""Which sentences of a model may leave: held to the words, numbers and names of the sources they name."""

import pytest

from retrieval.checking import SentenceChecker
from retrieval.sources import Source

SOURCE = Source(
    1, "Press", "Acme is the owner of Borealis. Its margin was 2.4% in 2019. It sold 2,400 boats."
)
CHECKER = SentenceChecker([SOURCE])


@pytest.mark.parametrize(
    "sentence",
    [
        "Acme is the owner of Borealis [1].",
        "Acme owns Borealis [1].",
        "However, Borealis sold 2400 boats [1].",
        "In 2019 its margin was 2.4% [1].",
        "Acme ist Inhaberin von Borealis, deren Marge 2019 bei 2,4 % lag [1].",
    ],
)
def test_what_its_source_bears_out_leaves(sentence: str) -> None:
    assert not CHECKER.check(sentence).refused


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        ("Acme owns Borealis.", "no source"),
        ("Acme owns Borealis [2].", "no source"),
        ("Siemens is the owner of Borealis [1].", "Siemens"),
        ("Karl Marx was CEO in 2019 [1].", "Karl"),
        ("Bob Smith leads Borealis [1].", "Bob"),
        ("Ursula von der Leyen leads Borealis [1].", "Ursula"),
        ("The margin was 24% [1].", "number"),
        ("Borealis sold 2.4 boats in 2018 [1].", "number"),
        ("Borealis sold 240 boats [1].", "number"),
        ("Die Marge ist 24 % [1].", "number"),
    ],
)
def test_what_it_does_not_bear_out_is_refused(sentence: str, why: str) -> None:
    assert why in CHECKER.check(sentence).refused
