"""Whatever form of its words a phrase has, it means what the ontology lists; nothing else means anything."""

import pytest

from graph.ontology import default_ontology
from ingest.extraction.phrases import meanings


@pytest.mark.parametrize(
    ("said", "relation", "turned"),
    [
        ("LEADS", "LEADS", False),
        ("leads", "LEADS", False),
        ("Works for", "WORKS_FOR", False),
        ("was born in", "BORN_IN", False),
        ("is the head of", "LEADS", False),
        ("has been located in", "LOCATED_IN", False),
        ("was founded by", "FOUNDED", True),
        ("founded_by", "FOUNDED", True),
        ("led by", "LEADS", True),
        ("employed by", "WORKS_FOR", False),  # listed, and so not what "employ" means turned round
        ("is currently led by", "LEADS", True),
    ],
)
def test_a_phrase_means_the_type_that_lists_a_form_of_it(said, relation, turned):
    found = meanings([said], default_ontology())[said]
    assert (found.relation.name, found.turned) == (relation, turned)


def test_what_no_form_of_is_listed_means_nothing():
    strange = ["admires", "is", "", "by", "…", "prerequisite of"]
    assert meanings([*strange, "leads"], default_ontology()).keys() == {"leads"}
