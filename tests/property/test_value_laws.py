"""Values: normal forms are stable, precision is an order, agreement is mutual."""

from hypothesis import given
from hypothesis import strategies as st

from graph.fusion.facts import _finer
from graph.fusion.normalize import agree, normalise_value, refines
from graph.ontology import default_ontology
from graph.types import Value, ValueKind

UNITS = default_ontology().units
NUMBERS = st.sampled_from(
    "0|5|12|950|1000|1200|1.2|1.20|1.25|1249|1250|1300|1234567|4800|about 1200|about 5|1000 to 1250"
    "|1200 to 1300|5..12|over 1200|1200..|up to 950".split("|")
)
VALUES = st.builds(
    Value,
    st.just(ValueKind.NUMBER),
    NUMBERS,
    st.sampled_from([None, "m", "km", "KM", "mi", "ft", "people"]),
).map(lambda v: normalise_value(v, UNITS))


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


@given(st.lists(VALUES, unique=True, max_size=12), st.data())
def test_of_which_value_is_more_precise_pairs_that_may_touch_tell_all(values, data):
    forms = {
        value: tuple(data.draw(st.lists(VALUES.filter(lambda v: v.unit is not None), max_size=2)))
        for value in values
        if value.unit == "m"
    }
    refined = {vague: {v for v in values if refines(v, vague, forms)} for vague in values}
    assert _finer(values, forms) == refined
