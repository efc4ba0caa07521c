"""A page about a person, whose name stands over it and nowhere else."""

from hashlib import sha256

import pytest

from graph.types import ContentId, PipelineId, Value, WorkspaceId
from ingest.extraction.linguistic import LinguisticExtractor
from ingest.loaders.markdown import MarkdownLoader
from tests.unit.test_extraction_gold import ONTOLOGY


def told(text: str) -> set[str]:
    """What is claimed, as "head RELATION tail"."""
    found = LinguisticExtractor().extract(
        MarkdownLoader().load(text.encode(), "page.md"),
        (),
        workspace=WorkspaceId("w"),
        content=ContentId(sha256(text.encode()).digest()),
        pipeline=PipelineId(b"p" * 16),
        ontology=ONTOLOGY,
    )
    names = {r.id: r.names[0] for r in found.referents}
    ends = ((c, c.tail.text if isinstance(c.tail, Value) else names[c.tail]) for c in found.claims)
    return {f"{names[c.head]} {c.relation} {tail}" for c, tail in ends if c.relation}


BORN = {"Helena Marsh BORN_ON 1974-06-12", "Helena Marsh BORN_IN Leeds"}


@pytest.mark.parametrize(
    "heading", ["Helena Marsh", "Dr. Helena Marsh", "Curriculum vitae: Dr. Helena Marsh"]
)
@pytest.mark.parametrize("body", ["Born in Leeds on 12 June 1974.", "She was born on 12 June 1974 in Leeds."])
def test_a_profile_is_of_whom_it_is_called(heading: str, body: str) -> None:
    assert told(f"# {heading}\n\n{body}\n") == BORN


def test_whom_the_body_names_is_nearer() -> None:
    text = "# Helena Marsh\n\nAnn Lee leads Acme Corp. She was born in Leeds.\n"
    assert told(text) == {"Ann Lee LEADS Acme Corp", "Ann Lee BORN_IN Leeds"}


@pytest.mark.parametrize("heading", ["Letters to Helena Marsh", "Marsh Holdings", "Annual report"])
def test_other_headings_are_nobody(heading: str) -> None:
    assert not told(f"# {heading}\n\nShe was born in Leeds on 12 June 1974.\n")
