"""Tables and "Key: value" lines."""

from collections.abc import Sequence

import pytest

from graph.ontology import Ontology, parse_ontology
from graph.types import ContentId, Element, ElementKind, PipelineId, Span, WorkspaceId
from ingest.extraction.linguistic import LinguisticExtractor
from ingest.loaders.markdown import MarkdownLoader
from ingest.ports import Extraction
from ingest.types import ParsedDocument, Table
from tests.unit.test_extraction_gold import ONTOLOGY, lines


def document(title: str, rows: Sequence[Sequence[str]], header_rows: int, body: str = "") -> ParsedDocument:
    text, cells = f"{title}\n\n{body}\n\n", []
    elements = [
        Element(0, ElementKind.TITLE, Span(0, len(title)), 1),
        Element(1, ElementKind.PARAGRAPH, Span(len(title) + 2, len(title) + 2 + len(body)), parent=0),
    ]
    start = len(text)
    for row in rows:
        spans = []
        for cell in row:
            spans.append(Span(len(text), len(text) + len(cell)))
            text += cell + "\t"
        text = text[:-1] + "\n"
        cells.append(tuple(spans))
    elements.append(Element(2, ElementKind.TABLE, Span(start, len(text)), parent=0))
    return ParsedDocument(text, title, "text/html", tuple(elements), (Table(2, tuple(cells), header_rows),))


def extracted(parsed: ParsedDocument, ontology: Ontology = ONTOLOGY) -> Extraction:
    return LinguisticExtractor().extract(
        parsed,
        (),
        workspace=WorkspaceId("w"),
        content=ContentId(b"c" * 32),
        pipeline=PipelineId(b"p" * 16),
        ontology=ontology,
    )


def found(parsed: ParsedDocument, ontology: Ontology = ONTOLOGY) -> set[str]:
    extraction = extracted(parsed, ontology)
    for claim in extraction.claims:
        assert claim.span.of(parsed.text).strip()
    return lines(extraction)


def test_a_row_speaks_of_its_first_cell() -> None:
    rows = [
        ("Company", "Chief executive", "Headquarters", "Founded", "Employees", "Colour"),
        ("Halcyon Power plc", "Julia Marsh", "Norhaven", "1989", "2,400", "Red"),
    ]
    assert found(document("Directory", rows, 1)) == {
        "Julia Marsh | LEADS | Halcyon Power plc",
        "Halcyon Power plc | HEADQUARTERED_IN | Norhaven",
        "Halcyon Power plc | FOUNDED_ON | 1989",
        "Halcyon Power plc | EMPLOYEE_COUNT | 2400",
    }


def test_a_key_value_table_speaks_of_the_document() -> None:
    rows = [
        ("Founded", "1998"),
        ("Founders", "Henrik Dahl, Marta Lindqvist"),
        ("Headquarters", "Port Selwyn"),
    ]
    assert found(document("Borealis Energy", rows, 0, "Borealis Energy grew.")) == {
        "Borealis Energy | FOUNDED_ON | 1998",
        "Henrik Dahl | FOUNDED | Borealis Energy",
        "Marta Lindqvist | FOUNDED | Borealis Energy",
        "Borealis Energy | HEADQUARTERED_IN | Port Selwyn",
    }


def test_posts_are_held_at_the_documents_body_and_dated() -> None:
    rows = [
        ("Name", "Post", "Since"),
        ("Ingrid Solberg", "Chair", "2015"),
        ("Nadia Petrov", "Director of Selwyn Tidal Park", "2020"),
    ]
    assert found(document("Borealis Energy AG", rows, 1, "Borealis Energy AG grew.")) == {
        "Ingrid Solberg | CHAIRS | Borealis Energy AG | from=2015",
        "Nadia Petrov | LEADS | Selwyn Tidal Park | from=2020",
    }


def test_a_year_column_dates_the_measures() -> None:
    rows = [("Year", "Population"), ("2011", "48,100"), ("2021", "52,300")]
    assert found(document("Port Selwyn", rows, 1, "Port Selwyn is a town.")) == {
        "Port Selwyn | POPULATION | 48100 | from=2011 | to=2011",
        "Port Selwyn | POPULATION | 52300 | from=2021 | to=2021",
    }


def test_lines_of_keys_and_values() -> None:
    body = "Chief executive: Julia Marsh\nHeadquarters: Norhaven\nMotto: Light for all"
    parsed = document("Halcyon Power", [("x",)], 0, f"Halcyon Power grew.\n{body}")
    assert found(parsed) == {
        "Julia Marsh | LEADS | Halcyon Power",
        "Halcyon Power | HEADQUARTERED_IN | Norhaven",
    }


@pytest.mark.parametrize(
    ("heading", "cell", "fact"),
    [
        ("Born on", "1960-01-02", "Rut Al | BORN_ON | 1960-01-02"),
        ("Date of birth", "2 January 1960", "Rut Al | BORN_ON | 1960-01-02"),
        ("BORN", "Jan 2, 1960", "Rut Al | BORN_ON | 1960-01-02"),
        ("Born on", "1960/01/02", "Rut Al | BORN_ON | 1960-01-02"),
        ("Born on", "1960-01-02 00:00:00", "Rut Al | BORN_ON | 1960-01-02"),
        ("Born on", "1960-01-02T08:15:00.5+01:00", "Rut Al | BORN_ON | 1960-01-02"),
        ("Died in", "1999", "Rut Al | DIED_ON | 1999"),
        ("Employed by", "Fjord Works", "Rut Al | WORKS_FOR | Fjord Works"),
        ("Married to", "Bo Lind", "Rut Al | MARRIED_TO | Bo Lind"),
        ("Graduated from", "Norhaven University", "Rut Al | STUDIED_AT | Norhaven University"),
        ("Born on", "1960-13-02", None),
        ("Colour", "Red", None),
    ],
)
def test_a_heading_means_the_relation_that_bears_its_words_or_their_lemmas(
    heading: str, cell: str, fact: str | None
) -> None:
    """And who has such a field is a person, though nobody knows the name."""
    rows = [("No.", "Name", heading), ("1", "Rut Al", cell)]
    assert found(document("List", rows, 1)) == ({fact} if fact else set())


@pytest.mark.parametrize(
    ("heading", "cell", "facts"),
    [
        (
            "Headquarters",
            "Paris, France",
            {"Apex Ltd | HEADQUARTERED_IN | Paris", "Paris | LOCATED_IN | France"},
        ),
        (
            "Headquarters",
            "Ulm, Baden, Germany",
            {"Apex Ltd | HEADQUARTERED_IN | Ulm", "Ulm | LOCATED_IN | Baden", "Baden | LOCATED_IN | Germany"},
        ),
        (
            "Headquarters",
            "Paris; Berlin",
            {"Apex Ltd | HEADQUARTERED_IN | Paris", "Apex Ltd | HEADQUARTERED_IN | Berlin"},
        ),
    ],
)
def test_a_place_in_a_place_is_one_place_where_one_is_told(heading: str, cell: str, facts: set[str]) -> None:
    assert found(document("List", [("Company", heading), ("Apex Ltd", cell)], 1)) == facts


def test_a_key_with_a_relations_words_speaks_of_the_document() -> None:
    body = "Rut Al grew.\nBorn on: 2 January 1960\nWorks for: Fjord Works\nNote to: all"
    assert found(document("Rut Al", [("x",)], 0, body)) == {
        "Rut Al | BORN_ON | 1960-01-02",
        "Rut Al | WORKS_FOR | Fjord Works",
    }


def test_headings_mean_what_another_ontology_says() -> None:
    other = parse_ontology(
        "[entity]\nPerson = {}\nVessel = {}\nWork = {}\n"
        '[relation.COMPOSED]\nheads = ["Person"]\ntails = ["Work"]\nphrases = ["compose", "sing"]\n'
        '[relation.LAUNCHED_ON]\nheads = ["Vessel"]\nvalues = ["date"]\nphrases = ["launch on"]\n'
        '[relation.HOME_PORT]\nheads = ["Vessel"]\ntails = ["Vessel"]\nphrases = ["moor beside"]\n'
    )
    rows = [("Vessel", "Launched on", "Home port"), ("Sea Lark", "3 May 1970", "Old Hulk")]
    assert found(document("Fleet", rows, 1), other) == {
        "Sea Lark | LAUNCHED_ON | 1970-05-03",
        "Sea Lark | HOME_PORT | Old Hulk",
    }
    for said in ("Composed by", "Originally composed by", "Sung by"):
        rows = [("Work", said), ("Sea Songs", "Anna Vance")]
        assert found(document("Music", rows, 1), other) == {"Anna Vance | COMPOSED | Sea Songs"}


def test_a_year_in_a_heading_is_when_what_stands_below_was_so() -> None:
    rows = [
        ("Town", "Population 2010", "Population (2020)", "Area [2020]"),
        ("Norhaven", "114,000", "155,000", "9"),
    ]
    assert found(document("Towns", rows, 1)) == {
        "Norhaven | POPULATION | 114000 | from=2010 | to=2010",
        "Norhaven | POPULATION | 155000 | from=2020 | to=2020",
    }


def test_lines_behind_a_name_are_of_that_name_up_to_the_next_or_to_running_text() -> None:
    body = (
        "Name: Rut Al\nBorn on: 2 January 1960\nWorks for: Fjord Works\n\n"
        "Name: Kay Lund\nBorn on: 3 May 1970\n\nThe two met.\n\nWorks for: Delta Group\n"
    )
    assert lines(extracted(MarkdownLoader().load(body.encode(), "staff.md"))) == {
        "Rut Al | BORN_ON | 1960-01-02",
        "Rut Al | WORKS_FOR | Fjord Works",
        "Kay Lund | BORN_ON | 1970-05-03",
    }


def test_ragged_empty_and_headless_tables_are_survived() -> None:
    assert found(document("T", [], 0)) == set()
    assert found(document("T", [("a", ""), ("",)], 1)) == set()
    assert found(document("T", [("Company",), ("Borealis AG", "1", "2")], 1)) == set()


def test_only_an_office_of_the_whole_body_leads_it() -> None:
    rows = [
        ("Name", "Role", "Company"),
        ("Ann Lee", "Deputy Director", "Tarn Group"),
        ("Bob Fox", "Head of Sales", "Tarn Group"),
        ("Jon Dale", "Marketing Director", "Tarn Group"),
        ("Ida Berg", "Founder and Director", "Tarn Group"),
        ("Kim Roe", "Honorary President", "Tarn Group"),
        ("Eva Holm", "Director of the Beta Institute", "Tarn Group"),
        ("Tom Reed", "Chairman, chief executive", "Gamma Works"),
    ]
    told = found(document("Directory", rows, 1))
    assert {line for line in told if "WORKS_FOR" not in line} == {
        "Ida Berg | FOUNDED | Tarn Group",
        "Ida Berg | LEADS | Tarn Group",
        "Eva Holm | LEADS | Beta Institute",
        "Tom Reed | CHAIRS | Gamma Works",
    }
