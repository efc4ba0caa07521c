import pytest

from graph.fusion.dates import whole_date
from ingest.extraction.amounts import hedged, number_in
from ingest.extraction.values import find_dates, find_quantities


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("born on 3 May 1961 in Carrow", ["1961-05-03"]),
        ("on May 3rd, 1961", ["1961-05-03"]),
        ("the 3rd of May 1961", ["1961-05-03"]),
        ("dated 2019-05-03.", ["2019-05-03"]),
        ("in Sept. 2019", ["2019-09"]),
        ("from 2012 to 2016", ["2012", "2016"]),
        ("chair (2012–2016)", ["2012", "2016"]),
        ("in 2019, it", ["2019"]),
        ("in 2000 people lived", []),
        ("it has 2019 employees", []),
        ("on 03/04/2019", []),
        ("31 February 2010", []),
        ("the 1990s", []),
        ("model 2019-X", []),
        ("EUR 2019", []),
    ],
)
def test_reads_only_sure_dates(text: str, dates: list[str]) -> None:
    assert [d.date for d in find_dates(text)] == dates


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("EUR 1.2 million", "1200000", "EUR"),
        ("€3bn", "3000000000", "EUR"),
        ("40 million euros", "40000000", "EUR"),
        ("$85 million", "85000000", "USD"),
        ("640-megawatt", "640", "MW"),
        ("1.2 GW", "1200", "MW"),
        ("40 m", "40", "m"),
        ("40 M long", "40", "m"),
        ("1.2M people", "1200000", None),
        ("1.2m people", "1200000", None),
        ("1.2M", "1200000", None),
        ("5m euros", "5000000", "EUR"),
        ("5 Mio. euros", "5000000", "EUR"),
        ("3 Mrd. euros", "3000000000", "EUR"),
        ("$5B", "5000000000", "USD"),
        ("1.200.000 people", "1200000", None),
        ("1.200.000,50 euros", "1200000.5", "EUR"),
        ("1\u00a0200\u00a0000 people", "1200000", None),
        ("1.200 km", "1200", "m"),
        ("2.4 kilometres", "2400", "m"),
        ("1,200 people", "1200", None),
        ("1 200 employees", "1200", None),
        ("twenty-five people", "25", None),
        ("a thousand people", "1000", None),
        ("2.5 percent", "2.5", "%"),
    ],
)
def test_quantities_have_one_form(text: str, number: str, unit: str | None) -> None:
    [quantity] = find_quantities(f"about {text} there")
    assert (quantity.value.text, quantity.value.unit) == (number, unit)


def test_no_quantity_inside_a_word_or_version() -> None:
    assert [q.value.text for q in find_quantities("B2B and v1.2.3 of Kestrel4 at platform 5B")] == []


@pytest.mark.parametrize(
    ("cell", "heading", "number", "unit"),
    [
        ("1,450", "Employees", "1450", None),
        ("910", "Revenue (EUR million)", "910000000", "EUR"),
        ("1.2", "Capacity (GW)", "1200", "MW"),
        ("12", "Length (m)", "12", "m"),
        ("-4.12%", "", "-4.12", "%"),
        ("(5.36%)", "", "-5.36", "%"),
        ("(1,234)", "EUR million", "-1234000000", "EUR"),
        ("\u22124.1", "", "-4.1", None),
        ("(5)", "", "5", None),
        ("- 5", "", "5", None),
    ],
)
def test_a_heading_lends_its_unit(cell: str, heading: str, number: str, unit: str | None) -> None:
    value = number_in(cell, heading)
    assert value is not None
    assert (value.text, value.unit) == (number, unit)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("about 500 people", ["500±50"]),
        ("nearly 500 people, some 40 of them new", ["500±50", "40±4"]),
        ("revenue of around EUR 910 million", ["910000000±91000000"]),
        ("between 500 and 600 people", ["500..600"]),
        ("500-600 people", ["500..600"]),
        ("500 or 600 people", ["500..600"]),
        ("forty to fifty people", ["40..50"]),
        ("EUR 5 to 6 million", ["5000000..6000000"]),
        ("$5-6 million", ["5000000..6000000"]),
        ("5 to 6 GW", ["5000..6000"]),
        ("rose from 500 to 600 MW", ["500", "600"]),
        ("600 to 500 people", ["600", "500"]),
        ("500 and 600 people", ["500", "600"]),
        ("EUR 5 to 6 MW", ["5", "6"]),
        ("between 1990 and 1995", ["1990", "1995"]),
        ("more than 500 people", ["500.."]),
        ("500+ people", ["500.."]),
        ("no more than 500 people", ["..500"]),
        ("500 or fewer people", ["..500"]),
        ("handsome 500 people", ["500"]),
        ("between 5m and 6m euros", ["5000000..6000000"]),
        ("5m-€6m", ["5000000..6000000"]),
        ("rose from 5m to 6m euros", ["5000000", "6000000"]),
        ("a 5m and 6 euros", ["5", "6"]),
    ],
)
def test_what_is_not_told_exactly(text: str, said: list[str]) -> None:
    assert [q.value.text for q in hedged(text, find_quantities(text))] == said


@pytest.mark.parametrize(
    ("cell", "heading", "said"),
    [
        ("c. 500", "Employees", "500±50"),
        ("~1,450", "Employees", "1450±145"),
        ("3 to 5", "Employees", "3..5"),
        ("500+", "Employees", "500.."),
        ("5–6", "Revenue (EUR million)", "5000000..6000000"),
        ("about 1.2", "Capacity (GW)", "1200±120"),
        ("12 seats", "Seats", "12"),
        ("about 12 seats", "Seats", "12±1.2"),
    ],
)
def test_a_cell_that_is_not_told_exactly(cell: str, heading: str, said: str) -> None:
    value = number_in(cell, heading)
    assert value is not None
    assert value.text == said


@pytest.mark.parametrize("cell", ["n/a", "about a dozen", "3 of 5", "Unit 7", "Unit 7 to 9", "12 Monkeys"])
def test_a_cell_that_is_no_one_number_is_none(cell: str) -> None:
    assert number_in(cell) is None


def test_whole_cells_only() -> None:
    assert whole_date(" 1998 ") == "1998"
    assert whole_date("4 March 2019") == "2019-03-04"
    assert whole_date("since 1998") is None
