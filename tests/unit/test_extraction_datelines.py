"""An agency's dateline is no part of the sentence behind it."""

import pytest

from graph.types import Element, ElementKind, Span
from ingest.extraction.passages import passages
from ingest.types import ParsedDocument
from tests.unit.test_extraction_gold import lines, read


@pytest.mark.parametrize(
    "dateline",
    [
        "BERLIN, March 10 (Reuters) - ",
        "BERLIN, March 10, 2020 -- ",
        "BERLIN, 10 March 2020 (AFP) \u2013 ",
        "NEW YORK (AP) \u2014 ",
        "WASHINGTON, D.C. (AP) - ",
    ],
)
def test_a_dateline_leads_nobody(dateline: str) -> None:
    found = read(f"{dateline}Lena Brandt leads Fjord Inc.")
    assert {line for line in lines(found) if "LEADS" in line} == {"Lena Brandt | LEADS | Fjord Inc"}
    assert all(claim.span.start >= len(dateline) for claim in found.claims if claim.relation == "LEADS")


@pytest.mark.parametrize(
    "text", ["NASA - Acme employs 500 people.", "Borealis (BEAG) - Acme employs 500 people."]
)
def test_a_name_before_a_dash_is_none(text: str) -> None:
    document = ParsedDocument(
        text, "", "text/plain", (Element(0, ElementKind.PARAGRAPH, Span(0, len(text))),)
    )
    assert [passage.text for passage in passages(document)] == [text]
