"""Values: normal forms are stable, precision is an order, agreement is mutual."""

from hypothesis import given
from hypothesis import strategies as st

from graph.fusion.moments import moment
from graph.fusion.normalize import agree, agreeing, finer, normalise_value, refines, settled
from graph.ontology import default_ontology
from graph.types import Value, ValueKind

UNITS = default_ontology().units
NUMBERS = st.sampled_from(
    "0|5|12|950|1000|1200|1.2|1.20|1.25|1249|1250|1300|1234567|4800|about 1200|about 5|1000 to 1250"
    "|1200 to 1300|5..12|over 1200|1200..|up to 950".split("|")
)
TIMES = st.sampled_from(
    "7:48|07:48|7:48 AM|7:48p|19:48|19:48 Uhr|07:48:30 pm|7:48:30|10:15|10:15 am|22:15|12:05|0:05|00:05"
    "|12:05 a.m.|noon|12 PM|midnight|7 pm|19h48|2:1|25:10".split("|")
)
DAYS = st.sampled_from(
    "2011-12-01|12/1/2011|1/12/2011|12/1|1/12|12.1.2011|12/1/11|Dec 1|1 Dec 2011|01-Dec-11|Thu 12/1/11|2011"
    "|2011-12|Thu, Dec 1|1911-12-01|2011-01-12|Jan 12|25/12/2011|2011-12-01 00:00:00|May 2011|1 May".split(
        "|"
    )
)
ZONES = st.sampled_from(["", "", "", " EST", " (-05:00)", "Z"])
MOMENTS = (
    st.builds(lambda day, time, zone: f"{day} {time}{zone}", DAYS, TIMES, ZONES)
    | st.builds(lambda day, time: f"{time}, {day}", DAYS, TIMES)
    | st.builds(lambda day, time: f"{day}T{time}", DAYS, TIMES)
    | DAYS
)
PEOPLE = st.sampled_from(
    "Frank Abel|F. Abel|F Abel|Frank J. Abel|Frank James Abel|Abel, Frank|Dr. Frank Abel|Frank Abel Jr.|Abel"
    "|Anna Moreno|A. Moreno|Moreno, Anna|J. R. van der Berg|van der Berg, John R.|J.R. van der Berg|Jo Z. Ek"
    "|J. Ek|others|et al|and|St. Gall|x. y.|a|Abel F|Moreno Anna|Ek J R|Elton John|Holm, Ann|by Ann Holm"
    "|By Sea|Ann Holm (Author)|Holm|Moreno Anna Ek Karen|Ann Holm, PhD|Frank J".split("|")
)
LISTS = st.builds(
    lambda people, mark, end: mark.join(people) + end,
    st.lists(PEOPLE, min_size=1, max_size=4),
    st.sampled_from(["; ", ", ", " and ", " & ", ";", ", and ", " | ", " "]),
    st.sampled_from(["", "", " et al.", ", et al", " and others", ".", " (eds.)", ", Authors"]),
)
CODES = st.text("aeE1 0-.;,&:t", max_size=8)
TEXTS = st.builds(Value, st.just(ValueKind.TEXT), TIMES | MOMENTS | LISTS | CODES)
DATES = st.builds(Value, st.just(ValueKind.DATE), DAYS)
VALUES = (
    st.builds(
        Value,
        st.just(ValueKind.NUMBER),
        NUMBERS,
        st.sampled_from([None, "m", "km", "KM", "mi", "ft", "people"]),
    )
    | TEXTS
    | DATES
).map(lambda v: normalise_value(v, UNITS))
SAME_PEOPLE = st.lists(
    PEOPLE.filter(lambda name: " " in name and "by" not in name and name != "et al"), min_size=1, max_size=4
)


@given(VALUES)
def test_a_normal_form_is_its_own(value):
    assert normalise_value(value, UNITS) == value


@given(VALUES, VALUES, VALUES)
def test_precision_is_a_strict_order(x, y, z):
    assert not refines(x, x) and not (refines(x, y) and refines(y, x))
    if refines(x, y) and refines(y, z):
        assert refines(x, z)


@given(VALUES, VALUES)
def test_agreement_is_mutual_and_holds_for_the_more_precise(x, y):
    assert agree(x, y) == agree(y, x)
    assert agree(x, y) or not refines(x, y)


@given(VALUES, VALUES)
def test_what_is_not_told_apart_is_roughly_one(x, y):
    found = [frozenset(pair) for pair in agreeing({x, y})]
    assert found == [frozenset((x, y))] * (x != y and agree(x, y))


@given(DAYS | MOMENTS, st.data())
def test_a_moment_is_in_its_text(said, data):
    """Whatever it is written as, what it is compared as says just as much."""
    read = normalise_value(Value(ValueKind.TEXT, said))
    other = data.draw(st.builds(lambda text: normalise_value(Value(ValueKind.TEXT, text)), MOMENTS | TIMES))
    found, again = moment(read.text), moment(" ".join(said.casefold().split()))
    assert found == again
    theirs = moment(other.text)
    if found and theirs:
        assert found.refines(theirs) == refines(read, other)
        assert found.agrees(theirs) == agree(read, other)


@given(st.lists(VALUES, unique=True, max_size=8), st.randoms())
def test_what_others_settle_is_settled_once_in_any_order(values, random):
    found = settled(values)
    random.shuffle(values)
    assert settled(values) == found
    left = {found.get(value, value) for value in values}
    assert not found.keys() & set(found.values())
    assert all(agree(open_, told) for open_, told in found.items() if moment(open_.text))
    assert not any(each in found for each in left)


@given(SAME_PEOPLE, st.data())
def test_a_list_of_names_has_no_order(people, data):
    said = [
        data.draw(st.sampled_from(["; ", " | "])).join(data.draw(st.permutations(people))) for _ in range(2)
    ]
    assert normalise_value(Value(ValueKind.TEXT, said[0])) == normalise_value(Value(ValueKind.TEXT, said[1]))


@given(st.lists(VALUES, unique=True, max_size=12), st.data())
def test_of_which_value_is_more_precise_pairs_that_may_touch_tell_all(values, data):
    forms = {
        value: tuple(data.draw(st.lists(VALUES.filter(lambda v: v.unit is not None), max_size=2)))
        for value in values
        if value.unit == "m"
    }
    refined = {vague: {v for v in values if refines(v, vague, forms)} for vague in values}
    assert finer(values, forms) == refined
