"""What a noun tells of the type of the name beside it, on either side."""

import pytest

from tests.unit.test_extraction_gold import read


@pytest.mark.parametrize(
    ("text", "name", "type_"),
    [
        ("The founder of Corvid Dynamics is Ivo Prasad.", "Ivo Prasad", "Person"),
        ("Its chief executive, Ole Vik, leads Fjell AS.", "Ole Vik", "Person"),
        ("The capital city of Taronia is Marn.", "Marn", "Place"),
        ("The manager of the project is Velden Group.", "Velden Group", "Organization"),
    ],
)
def test_a_noun_tells_what_is_named_behind_it(text: str, name: str, type_: str) -> None:
    assert {r.type for r in read(text).referents if name in r.names} == {type_}
