"""How the records benchmark reads sources, fuses what is linked and scores it, on a small world."""

from argparse import Namespace
from pathlib import Path

import pytest

from bench.harness import NotMeasured
from bench.record_values import Kinds, Row, believed, voted
from bench.records import BENCHMARK, _rows


def row(source: str, number: int, **values: str | tuple[str, ...]) -> Row:
    told = {name: (v,) if isinstance(v, str) else v for name, v in values.items()}
    return Row(f"{source}_{number}", source, told)


ROWS = (
    row("a", 1, title="Tide", cast=("Ada Bern", "Cy Dahl"), date="1950-01-01"),
    row("b", 1, title="Tide", cast=("Ada Bern",), date="1950-01-01"),
    row("c", 1, title="Tides", cast=("Eve Falk",), date="1951-01-01"),
    row("a", 2, title="Ebb", date="1960-01-01"),
)
THING = {"a_1": "a_1", "b_1": "a_1", "c_1": "a_1", "a_2": "a_2"}


def test_kinds_are_read_off_the_values():
    assert Kinds.of(ROWS) == Kinds(("cast", "date", "title"), frozenset({"date"}), frozenset({"cast"}))


def test_one_value_stands_of_those_that_exclude_each_other_and_all_of_others():
    found = believed(ROWS, THING, Kinds.of(ROWS))
    assert found == {
        "a_1": {"title": ("Tide",), "cast": ("Ada Bern", "Cy Dahl", "Eve Falk"), "date": ("1950-01-01",)},
        "a_2": {"title": ("Ebb",), "date": ("1960-01-01",)},
    }


def test_votes():
    kinds = Kinds.of(ROWS)
    assert voted(ROWS[:3], kinds, union=False) == {
        "title": ("tide",),
        "cast": ("ada bern",),
        "date": ("1950-01-01",),
    }
    assert voted(ROWS[:3], kinds, union=True)["cast"] == ("ada bern", "cy dahl", "eve falk")
    assert voted(ROWS[1:3], kinds, union=False)["title"] == ("tide", "tides")


FILMS = ("Tide of Iron", "Low Harbour", "Nine Lanterns", "Glass Orchard", "Winter Ferry", "The Salt Road")


def film(source: str, number: int, year: int) -> str:
    player = f"<actor><name>Player {number}</name><birthday>1900-01-01</birthday></actor>"
    told = f"<title>{FILMS[number]}</title><cast>{player}</cast><director/><date>{year}-01-01</date>"
    return f"<film><id>{source}_{number}</id>{told}</film>"


def write(folder: Path) -> None:
    (folder / "input").mkdir()
    (folder / "goldstandard").mkdir()
    for source in ("left", "right"):
        films = "".join(film(source, n, 1950 + n) for n in range(len(FILMS)))
        (folder / "input" / f"{source}.xml").write_text(f"<films>{films}</films>")
    gold = folder / "goldstandard"
    gold.joinpath("fused.xml").write_text(f"<films>{film('left', 0, 1950)}{film('right', 1, 1900)}</films>")
    gold.joinpath("gs_left_2_right.csv").write_text(
        "left_0,right_0,TRUE\nleft_2,right_2,true\nleft_0,right_4,FALSE\n"
    )


def test_it_measures_links_and_values(tmp_path: Path):
    write(tmp_path)
    result = BENCHMARK.run(Namespace(data=tmp_path))
    assert (result.figures["f1"], result.figures["things"], result.figures["values"]) == (1.0, 6, 6)
    assert result.figures["accuracy"] == pytest.approx(5 / 6, abs=1e-4)
    assert result.figures["by_attribute"]["date"]["fused"] == 0.5
    assert {tuple(p["records"]) for p in result.predictions} >= {("left_0", "right_0")}


def test_an_element_of_names_holds_its_names(tmp_path: Path):
    write(tmp_path)
    first = _rows(tmp_path / "input" / "left.xml", "left")[0]
    assert first.values == {"title": (FILMS[0],), "cast": ("Player 0",), "date": ("1950-01-01",)}


def test_what_cannot_be_measured_says_why(tmp_path: Path):
    with pytest.raises(NotMeasured, match="gs_SOURCE_2_SOURCE"):
        BENCHMARK.run(Namespace(data=tmp_path))
    write(tmp_path)
    (tmp_path / "input" / "left.xml").write_text("<films><film/></films>")
    with pytest.raises(NotMeasured, match="an id is missing"):
        BENCHMARK.run(Namespace(data=tmp_path))
