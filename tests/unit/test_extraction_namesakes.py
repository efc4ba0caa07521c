"""Several things of one name in one document: told apart by what identifies them, judged by fuse."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

import pytest

from graph.fusion.support import Document
from graph.types import ContentId, PipelineId, Referent, Split, Value, WorkspaceId
from ingest.extraction.linguistic import LinguisticExtractor
from ingest.loaders.markdown import MarkdownLoader
from ingest.ports import Extraction
from tests.unit.fusion_stories import Workspace
from tests.unit.test_extraction_gold import ONTOLOGY

STAFF = ("Name", "Born on", "Birthplace", "Employer")
OLDER = ("Nils Ek", "1970-05-03", "Oslo", "Fjord Works")
YOUNGER = ("Nils Ek", "1981-06-04", "Bergen", "Delta Group")


def table(*rows: Sequence[str], prose: str = "") -> str:
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return f"# Staff\n\n{prose}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines)


def content(text: str) -> ContentId:
    return ContentId(sha256(text.encode()).digest())


def extracted(text: str) -> Extraction:
    parsed = MarkdownLoader().load(text.encode(), "staff.md")
    found = LinguisticExtractor().extract(
        parsed,
        (),
        workspace=WorkspaceId("w"),
        content=content(text),
        pipeline=PipelineId(b"p" * 16),
        ontology=ONTOLOGY,
    )
    assert len({r.id for r in found.referents}) == len(found.referents)
    for mention in found.mentions:
        if mention.kind == "name":
            names = next(r.names for r in found.referents if r.id == mention.referent)
            assert mention.span.of(parsed.text) in names
    return found


def called(found: Extraction, name: str) -> list[Referent]:
    return [r for r in found.referents if name in r.names]


def fused(*texts: str) -> Workspace:
    w = Workspace(ontology=ONTOLOGY)
    for text in texts:
        found = extracted(text)
        w.state.put(Document(content(text), (), 700_000), found.referents, found.claims)
    return w


def told(w: Workspace, name: str) -> set[frozenset[str]]:
    """What is said of each entity of this name."""
    said: dict[bytes, set[str]] = {e.id: set() for e in w.entities() if e.name == name}
    names = {e.id: e.name for e in w.entities()}
    for fact in w.facts().values():
        if fact.head in said:
            tail = fact.tail.text if isinstance(fact.tail, Value) else names[fact.tail]
            said[fact.head].add(f"{fact.relation} {tail}")
    return each(*said.values())


def each(*said: Iterable[str]) -> set[frozenset[str]]:
    found = set(map(frozenset, said))
    assert len(found) == len(said)
    return found


OF_OLDER = {"BORN_ON 1970-05-03", "BORN_IN Oslo", "WORKS_FOR Fjord Works"}
OF_YOUNGER = {"BORN_ON 1981-06-04", "BORN_IN Bergen", "WORKS_FOR Delta Group"}


def test_rows_of_one_name_that_contradict_each_other_are_two_people() -> None:
    w = fused(table(STAFF, OLDER, ("Rut Al", "1960-01-02", "Rome", "Fjord Works"), YOUNGER))
    assert told(w, "Nils Ek") == each(OF_OLDER, OF_YOUNGER)
    assert not w.conflicts()
    assert told(w, "Rut Al") == each({"BORN_ON 1960-01-02", "BORN_IN Rome", "WORKS_FOR Fjord Works"})


def test_rows_that_agree_or_say_nothing_that_identifies_stay_one_referent() -> None:
    again = ("Nils Ek", "1970-05", "Oslo", "Gamma Group")
    for rows in (
        (STAFF, OLDER, again, OLDER),
        (("Name", "Employer"), ("Nils Ek", "Fjord Works"), ("Nils Ek", "Delta Group")),
        (("Person", "Award", "Year"), ("Nils Ek", "Gold", "2001"), ("Nils Ek", "Silver", "2009")),
        (("Company", "Year", "Revenue"), ("Nils Ek AG", "2001", "5"), ("Nils Ek AG", "2002", "7")),
    ):
        found = extracted(table(*rows))
        assert len([r for r in found.referents if "Nils Ek" in r.names[0]]) == 1


def test_rows_of_each_go_together_and_the_bare_name_with_none() -> None:
    """A later row without a date, and prose, may be of either."""
    text = table(
        STAFF,
        OLDER,
        YOUNGER,
        ("Nils Ek", "1970-05-03", "Oslo", "Gamma Group"),
        ("Nils Ek", "", "", "Other Group"),
        prose="Nils Ek lives in Rome.",
    )
    assert len(called(extracted(text), "Nils Ek")) == 3
    w = fused(text)
    assert told(w, "Nils Ek") == each(
        OF_OLDER | {"WORKS_FOR Gamma Group"},
        OF_YOUNGER,
        {"LIVES_IN Rome", "WORKS_FOR Other Group"},
    )
    assert not w.conflicts()


def test_another_document_joins_the_one_that_it_tells_of() -> None:
    w = fused(table(STAFF, OLDER, YOUNGER), "# Nils Ek\n\nNils Ek was born in Bergen on 4 June 1981.")
    assert sorted(len(e.members) for e in w.entities() if e.name == "Nils Ek") == [1, 2]
    w = fused(table(STAFF, OLDER, YOUNGER), "# Nils Ek\n\nNils Ek lives in Rome.")
    assert sorted(len(e.members) for e in w.entities() if e.name == "Nils Ek") == [1, 1, 1]


@pytest.mark.parametrize(
    ("rows", "contested"),
    [
        ((STAFF, OLDER, ("Nils Ek", "1970-05-04", "Oslo", "Delta Group")), True),  # a slip of a day
        ((("Company", "Founded"), ("Nils Ek Marine AG", "1998"), ("Nils Ek Marine AG", "2011")), True),
        ((("Name", "Birthplace"), ("Nils Ek", "Oslo"), ("Nils Ek", "Norway")), True),
    ],
)
def test_what_fuse_takes_for_one_can_be_split_by_a_person(
    rows: Sequence[Sequence[str]], contested: bool
) -> None:
    text = table(*rows)
    one, other = (r for r in extracted(text).referents if r.names[0].startswith("Nils Ek"))
    w = fused(text)
    assert [len(e.members) for e in w.entities() if e.name.startswith("Nils Ek")] == [2]
    assert bool(w.conflicts()) == contested
    w.rule(Split((one.id,), (other.id,)))
    assert [len(e.members) for e in w.entities() if e.name.startswith("Nils Ek")] == [1, 1]
    assert not w.conflicts()


def test_ids_of_what_a_row_is_of_tell_rows_of_one_name_apart() -> None:
    rows = (
        ("E-17", "Nils Ek", "Fjord Works"),
        ("E-1", "Nils Ek", "Delta Group"),
        ("E-17", "Nils Ek", "Beta Ltd"),
    )
    w = fused(table(("Employee ID", "Name", "Employer"), *rows))
    assert told(w, "Nils Ek") == each(
        {"RELATED_TO E-17", "WORKS_FOR Fjord Works", "WORKS_FOR Beta Ltd"},
        {"RELATED_TO E-1", "WORKS_FOR Delta Group"},
    )
    lists = table(("Employee ID", "Name"), ("17", "Nils Ek")), table(("Member ID", "Name"), ("99", "Nils Ek"))
    assert [len(e.members) for e in fused("\n\n".join(lists)).entities()] == [1]  # ids of two kinds
    assert [
        len(e.members) for e in fused(lists[0], table(("Staff ID", "Name"), ("18", "Nils Ek"))).entities()
    ] == [2]
    for other in ("Order ID", "ID", "No.", "Company ID"):
        orders = table(
            ("Name", other, "Employer"), ("Nils Ek", "7", "Beta Ltd"), ("Nils Ek", "8", "Beta Ltd")
        )
        assert len(called(extracted(orders), "Nils Ek")) == 1


def test_life_dates_in_brackets_tell_namesakes_of_one_text_apart() -> None:
    w = fused(
        "Nils Ek (born 1970) leads Fjord Works. He was born in Oslo.\n\n"
        "Nils Ek (born 1981) leads Delta Group. He lives in Rome.\n\n"
        "Nils Ek studied at Norhaven University."
    )
    assert told(w, "Nils Ek") == each(
        {"BORN_IN Oslo", "BORN_ON 1970", "LEADS Fjord Works"},
        {"BORN_ON 1981", "LEADS Delta Group", "LIVES_IN Rome"},
        {"STUDIED_AT Norhaven University"},
    )
    found = extracted("Ada Lund (1901–1980) led Nord Ltd. Ada Lund (b. 1901) was born in Oslo.")
    assert len(called(found, "Ada Lund")) == 1


def test_sections_under_one_name_are_each_of_the_name_in_their_heading() -> None:
    w = fused(
        "# People\n\n## Nils Ek\n\nBorn on: 3 May 1970\n\nNils Ek leads Fjord Works.\n\n"
        "## Nils Ek\n\nBorn on: 4 June 1981\n\nNils Ek leads Delta Group.\n"
    )
    assert told(w, "Nils Ek") == each(
        {"BORN_ON 1981-06-04", "LEADS Delta Group"},
        {"BORN_ON 1970-05-03", "LEADS Fjord Works"},
    )


def test_the_title_of_a_document_may_be_the_name_of_one_of_several() -> None:
    text = (
        "# Ann Lee\n\nBorn on: 3 May 1970\n\n# Ann Lee\n\nBorn on: 4 June 1981\n\nAnn Lee leads Delta Group."
    )
    assert told(fused(text), "Ann Lee") == each(
        ["BORN_ON 1970-05-03"], ["BORN_ON 1981-06-04", "LEADS Delta Group"]
    )


PROSE_OF_OLDER = "Nils Ek was born in Oslo on 3 May 1970. He works for Fjord Works."
PROSE_OF_YOUNGER = "Nils Ek was born in Bergen on 4 June 1981. He works for Delta Group."


@pytest.mark.parametrize("last", ["", "Nils Ek lives in Rome.", "He lives in Rome."])
def test_paragraphs_that_introduce_two_people_of_one_name_part_them(last: str) -> None:
    w = fused(f"# Staff\n\n{PROSE_OF_OLDER}\n\n{PROSE_OF_YOUNGER}\n\n{last}")
    rest = {"": [], "Nils Ek lives in Rome.": [{"LIVES_IN Rome"}], "He lives in Rome.": []}[last]
    younger = OF_YOUNGER | ({"LIVES_IN Rome"} if last.startswith("He") else set())
    assert told(w, "Nils Ek") == each(OF_OLDER, younger, *rest)
    assert not w.conflicts()


def test_sections_under_one_name_are_told_apart_by_their_sentences() -> None:
    w = fused(
        "# Staff\n\n## Nils Ek\n\nBorn on 3 May 1970 in Oslo.\n\nHe works for Fjord Works.\n\n"
        "## Nils Ek\n\nHe works for Delta Group.\n\nBorn in Bergen on 4 June 1981.\n"
    )
    assert told(w, "Nils Ek") == each(OF_OLDER, OF_YOUNGER)


def test_a_paragraph_goes_with_its_section_and_a_row_with_its_person() -> None:
    """What a section says of one holds all through it, and a table's row is of whom a paragraph tells."""
    w = fused(
        f"# Fjord Works\n\n{PROSE_OF_OLDER}\n\nNils Ek lives in Rome.\n\n"
        f"# Delta Group\n\n{PROSE_OF_YOUNGER}\n\nNils Ek studied at Norhaven University.\n"
    )
    assert told(w, "Nils Ek") == each(
        OF_OLDER | {"LIVES_IN Rome"}, OF_YOUNGER | {"STUDIED_AT Norhaven University"}
    )
    assert told(fused(table(STAFF, OLDER, prose=PROSE_OF_YOUNGER)), "Nils Ek") == each(OF_OLDER, OF_YOUNGER)


@pytest.mark.parametrize(
    "text",
    [
        "Nils Ek was born in 1970.\n\nNils Ek was born in 1971.",
        "Nils Ek was born in Oslo on 3 May 1970.\n\nNils Ek was born in Oslo on 3 May 1971.",  # a slip
        "Nils Ek was born in Oslo.\n\nNils Ek was born in Norway.",
        "Nils Ek was born in Oslo on 3 May 1970. Nils Ek was born in Bergen on 4 June 1981.",  # in one breath
        f"{PROSE_OF_OLDER}\n\nHe was born in Bergen on 4 June 1981.",  # introduces nobody
        f"{PROSE_OF_OLDER}\n\nEk was born in Bergen on 4 June 1981.",
        "According to the Gazette, Nils Ek was born in Oslo on 3 May 1970.\n\n"
        "According to the Courier, Nils Ek was born in Bergen on 4 June 1981.",
        f"{PROSE_OF_OLDER}\n\nNils Ek was possibly born in Bergen on 4 June 1981.",
        f"{PROSE_OF_OLDER}\n\nNils Ek was not born in Bergen on 4 June 1981.",
        f"{PROSE_OF_OLDER}\n\nNils Ek leads Delta Group.",
        f"## Nils Ek\n\n{PROSE_OF_OLDER}\n\n### Later\n\n{PROSE_OF_YOUNGER}",  # under one name
    ],
)
def test_one_person_of_whom_a_text_contradicts_itself_is_not_parted(text: str) -> None:
    assert len(called(extracted(f"# Notes\n\n{text}"), "Nils Ek")) == 1


def test_places_of_one_text_are_told_apart_by_the_region_beside_each() -> None:
    text = (
        "Springfield, Illinois, and Springfield, Massachusetts, signed a treaty. Springfield lies on a river."
    )
    assert len(called(extracted(text), "Springfield")) == 3
    w = fused("Springfield is a city in Illinois.\n\nSpringfield is a town in Massachusetts.")
    assert told(w, "Springfield") == each(["LOCATED_IN Illinois"], ["LOCATED_IN Massachusetts"])
    people = (
        ("Name", "Birthplace", "State"),
        ("Nils Ek", "Springfield, Illinois", "retired"),
        ("Rut Al", "Springfield, Massachusetts", "active"),
    )
    w = fused(table(*people))
    assert told(w, "Springfield") == each(["LOCATED_IN Illinois"], ["LOCATED_IN Massachusetts"])
    assert not {"active", "retired"} & set(w.names())
    w = fused(table(("City", "State"), ("Springfield", "Illinois"), ("Springfield", "Massachusetts")))
    assert told(w, "Springfield") == each(["LOCATED_IN Illinois"], ["LOCATED_IN Massachusetts"])


@pytest.mark.parametrize(
    "text",
    [
        "Springfield, Illinois, is a city. Springfield, United States, has a river.",
        "Ulm, Germany, is a city. Ulm, Bavaria, is not far from Ulm, Germany.",
        "The Tyrol Valley lies in Austria. The Tyrol Valley lies in Italy.",
    ],
)
def test_places_in_regions_that_may_be_one_stay_one(text: str) -> None:
    names = [name for r in extracted(text).referents for name in r.names]
    assert len(names) == len(set(names))


def test_a_firm_with_offices_in_several_countries_is_one() -> None:
    firms = table(("Company", "Country"), ("Nord Ltd", "France"), ("Nord Ltd", "Spain"))
    assert len(called(extracted(firms), "Nord Ltd")) == 1
