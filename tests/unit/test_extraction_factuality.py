"""What somebody is said to say is claimed, doubted, denied or left: as the text makes of it."""

import pytest

from tests.unit.test_extraction_gold import read

SAID = ("Dune Motors", "ACQUIRED", "Kettle Works")
Claimed = tuple[str, str, str, bool]


def claimed(text: str) -> dict[Claimed, int]:
    """What is claimed of relation types, and whether it is asserted, with the confidence in thousandths."""
    found = read(text)
    names = {r.id: r.names[0] for r in found.referents}
    return {
        (names[c.head], c.relation, names[c.tail], c.polarity): c.confidence // 1000  # type: ignore[index]
        for c in found.claims
        if c.relation
    }


@pytest.mark.parametrize(
    "text",
    [
        "Dune Motors dismissed reports that it acquired Kettle Works.",
        "Dune Motors rejected the claim that it had acquired Kettle Works.",
        "Reports that Dune Motors acquired Kettle Works were denied by the firm.",
        "Reports that Dune Motors acquired Kettle Works are false.",
        "Rumours that Dune Motors acquired Kettle Works proved wrong.",
        "The claim that Dune Motors acquired Kettle Works is not true.",
        "The story that Dune Motors acquired Kettle Works is a hoax.",
        "It is false that Dune Motors acquired Kettle Works.",
        "There is no truth in reports that Dune Motors acquired Kettle Works.",
        "We wrongly reported that Dune Motors acquired Kettle Works.",
        "Dune Motors pretended that it acquired Kettle Works.",
        "Dune Motors denied acquiring Kettle Works.",
    ],
)
def test_what_is_told_to_be_false_is_denied(text: str) -> None:
    assert set(claimed(text)) == {(*SAID, False)}


@pytest.mark.parametrize(
    "text",
    [
        "The Herald has retracted its report that Dune Motors acquired Kettle Works.",
        "The Herald's report that Dune Motors acquired Kettle Works was withdrawn.",
        "Dune Motors did not deny reports that it acquired Kettle Works.",
        "There is no evidence that Dune Motors acquired Kettle Works.",
        "There is a possibility that Dune Motors acquired Kettle Works.",
        "It is unclear that Dune Motors acquired Kettle Works.",
        "The report that Dune Motors acquired Kettle Works is unconfirmed.",
        "It would be wrong to say that Dune Motors acquired Kettle Works.",
        "Nobody believes that Dune Motors acquired Kettle Works.",
        "Critics doubt that Dune Motors acquired Kettle Works.",
        "An earlier version of this article said that Dune Motors acquired Kettle Works.",
        "Dune Motors almost acquired Kettle Works.",
        "Had Dune Motors acquired Kettle Works, it would be larger.",
        "Instead of acquiring Kettle Works, Dune Motors closed.",
        "Rather than acquire Kettle Works, Dune Motors closed.",
        "Without acquiring Kettle Works, Dune Motors grew.",
    ],
)
def test_what_nobody_vouches_for_is_not_claimed(text: str) -> None:
    assert not claimed(text)


@pytest.mark.parametrize(
    "text",
    [
        "Rumours that Dune Motors acquired Kettle Works spread.",
        "The firm declined to confirm reports that Dune Motors acquired Kettle Works.",
        "The firm has not confirmed the report that Dune Motors acquired Kettle Works.",
    ],
)
def test_what_is_only_rumoured_is_doubted(text: str) -> None:
    assert claimed(text) == {(*SAID, True): 570}


@pytest.mark.parametrize(
    "text",
    [
        "The report that Dune Motors acquired Kettle Works is correct.",
        "The report that Dune Motors acquired Kettle Works is not false.",
        "The firm confirmed the report that Dune Motors acquired Kettle Works.",
        "The news that Dune Motors acquired Kettle Works pleased the town.",
        "It is true that Dune Motors acquired Kettle Works.",
        "It is not false that Dune Motors acquired Kettle Works.",
        "Contrary to earlier reports, Dune Motors acquired Kettle Works.",
        "Kettle Works, the firm that Dune Motors acquired, is closed.",
        "Before Dune Motors acquired Kettle Works, it was small.",
    ],
)
def test_what_is_confirmed_stands(text: str) -> None:
    assert claimed(text) == {(*SAID, True): 950}


def test_a_number_may_be_nearly_reached() -> None:
    found = read("Dune Motors employs nearly 500 people.")
    assert [c.relation for c in found.claims] == ["EMPLOYEE_COUNT"]
