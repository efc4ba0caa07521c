"""A person says which fact is right: only of one that the graph has, and it sleeps while that one is gone."""

from dataclasses import replace

import pytest

from graph.commit import fuse_pending
from graph.errors import InvalidInput
from graph.ledger import decisions, documents, resolutions, subjects
from graph.ledger.engine import Ledger
from graph.ontology import default_ontology
from graph.types import Decision, PartialDate, ReferentId, Resolve, TrustSource, Value, ValueKind, WorkspaceId
from tests.fakes.told_documents import tell

WS = WorkspaceId("test")
ONTOLOGY = default_ontology()
TARN, VANCE = "Tarn Group:Organization", "Anna Vance:Person"


def number(text: str) -> Value:
    return Value(ValueKind.NUMBER, text)


@pytest.fixture
def told(ledger: Ledger) -> dict[str, ReferentId]:
    ids = tell(ledger, WS, "one", (TARN, "base in", "Bonn:Place"), (TARN, "employ", "=500"))
    ids |= tell(ledger, WS, "two", (VANCE, "marry", "Rolf Moen:Person"), (VANCE, "bear on", "=1970-12-31"))
    other = tell(ledger, WS, "three", (TARN, "base in", "Kiel:Place"), (TARN, "employ", "=700"))
    fuse_pending(ledger, WS)
    return ids | {"Kiel:Place": other["Kiel:Place"]}


def test_what_a_fact_says_can_be_right_however_it_is_written(
    ledger: Ledger, told: dict[str, ReferentId]
) -> None:
    tarn, vance, moen = told[TARN], told[VANCE], told["Rolf Moen:Person"]
    good = [
        Resolve(tarn, "HEADQUARTERED_IN", told["Kiel:Place"]),
        Resolve(tarn, "EMPLOYEE_COUNT", number("0.5 thousand")),
        Resolve(vance, "BORN_ON", Value(ValueKind.DATE, "1970-12-31")),
        Resolve(vance, "BORN_ON", Value(ValueKind.DATE, "1970")),
        Resolve(vance, "MARRIED_TO", moen),
        Resolve(moen, "MARRIED_TO", vance),
    ]
    with ledger.write() as conn:
        for ruling in good:
            subjects.require(conn, WS, ruling)
        assert resolutions.stated(conn, WS, good, ONTOLOGY) == set(good)


def test_what_no_fact_says_is_refused_with_what_there_is(ledger: Ledger, told: dict[str, ReferentId]) -> None:
    tarn, vance, bonn = told[TARN], told[VANCE], told["Bonn:Place"]
    text = Value(ValueKind.TEXT, "500")
    bad = {
        Resolve(tarn, "EMPLOYEE_COUNT", number("650")): ("'500' (number)", "'700' (number)"),
        Resolve(tarn, "EMPLOYEE_COUNT", number("500"), (("time", "2019"),)): ("these qualifiers", "'500'"),
        Resolve(tarn, "EMPLOYEE_COUNT", number("500 people maybe")): ("no number", "1.2 thousand"),
        Resolve(tarn, "EMPLOYEE_COUNT", text): ("a number (as `value`), not to a text",),
        Resolve(tarn, "EMPLOYEE_COUNT", bonn): ("a number (as `value`), not to an entity",),
        Resolve(tarn, "HEADQUARTERED_IN", Value(ValueKind.TEXT, "Bonn")): ("of type Place", "`referent`"),
        Resolve(tarn, "HEADQUARTERED_IN", vance): ("'Bonn' (referent", told["Kiel:Place"].hex()),
        Resolve(vance, "BORN_ON", Value(ValueKind.DATE, "31/13/1970")): ("no date", "1970-12-31"),
        Resolve(vance, "BORN_ON", number("12")): ("a date (as `value`), not to a number",),
        Resolve(vance, "MARRIED_TO", bonn): ("'Rolf Moen' (referent",),
        Resolve(vance, "LIVES_IN", bonn): ("no fact LIVES_IN of this subject", "upload"),
        Resolve(vance, "NO_SUCH", bonn): ("no relation 'NO_SUCH'",),
        Resolve(vance, "BORN_IN", bonn, as_of=PartialDate("2020")): ("does not change over time",),
    }
    with ledger.write() as conn:
        for ruling, told_why in bad.items():
            with pytest.raises(InvalidInput) as refused:
                subjects.require(conn, WS, ruling)
            assert all(part in str(refused.value) for part in told_why), str(refused.value)
        assert resolutions.stated(conn, WS, list(bad), ONTOLOGY) == set()


def test_a_denial_can_be_right_where_one_is_told(ledger: Ledger, told: dict[str, ReferentId]) -> None:
    bonn = Resolve(told[TARN], "HEADQUARTERED_IN", told["Bonn:Place"], (), polarity=False)
    none = "no denial of a fact HEADQUARTERED_IN of this subject, so"
    with ledger.write() as conn, pytest.raises(InvalidInput, match=none):
        subjects.require(conn, WS, bonn)
    tell(ledger, WS, "four", (TARN, "not base in", "Bonn:Place"))
    fuse_pending(ledger, WS)
    kiel = Resolve(told[TARN], "HEADQUARTERED_IN", told["Kiel:Place"], (), polarity=False)
    with ledger.write() as conn:
        subjects.require(conn, WS, bonn)
        assert resolutions.stated(conn, WS, [bonn, kiel], ONTOLOGY) == {bonn}
        with pytest.raises(InvalidInput, match="give one of those that it has: 'Bonn'"):
            subjects.require(conn, WS, kiel)


def test_a_ruling_sleeps_while_its_fact_or_its_source_is_gone(
    ledger: Ledger, told: dict[str, ReferentId]
) -> None:
    kiel = Resolve(told[TARN], "HEADQUARTERED_IN", told["Kiel:Place"])
    count = Resolve(told[TARN], "EMPLOYEE_COUNT", number("700"))
    trust = TrustSource(documents.source_id("test:three"), 900_000)
    with ledger.write() as conn:
        made: list[Decision] = [decisions.decide(conn, WS, each, "Ann") for each in (kiel, count, trust)]
        assert subjects.dormant(conn, WS, made) == set()
        documents.delete_source(conn, WS, "test:three")
    fuse_pending(ledger, WS)
    with ledger.read() as conn:
        assert subjects.dormant(conn, WS, made) == {each.position for each in made}
        assert documents.uris_of(conn, WS, [trust.source]) == {trust.source: "test:three"}
        assert documents.uris_of(conn, WS, [trust.source], open_only=True) == {}
    tell(ledger, WS, "three", (TARN, "base in", "Kiel:Place"), (TARN, "employ", "=700"))
    fuse_pending(ledger, WS)
    with ledger.read() as conn:
        assert subjects.dormant(conn, WS, made) == set()


def test_a_ruling_on_a_state_is_as_of_what_was_told_when_it_was_made(
    ledger: Ledger, told: dict[str, ReferentId]
) -> None:
    seat = Resolve(told[TARN], "HEADQUARTERED_IN", told["Kiel:Place"])
    static = Resolve(told[VANCE], "BORN_ON", Value(ValueKind.DATE, "1970-12-31"))
    with ledger.read() as conn:
        assert subjects.dated(conn, WS, static) == static
        undated = subjects.dated(conn, WS, seat)
        assert isinstance(undated, Resolve) and undated.as_of is not None and len(undated.as_of) == 10
    tell(ledger, WS, "four", (TARN, "base in @2012", "Bonn:Place"), (TARN, "employ @2025", "=900"))
    tell(ledger, WS, "five", (TARN, "not base in @2014", "Kiel:Place"), (VANCE, "base in @2026", "Ulm:Place"))
    fuse_pending(ledger, WS)
    with ledger.write() as conn:
        assert subjects.dated(conn, WS, seat) == replace(seat, as_of=PartialDate("2014"))
        given = replace(seat, as_of=PartialDate("1999-05"))
        subjects.require(conn, WS, given)
        assert subjects.dated(conn, WS, given) == given
        with pytest.raises(InvalidInput, match="is no date: write it as 2024"):
            subjects.require(conn, WS, replace(seat, as_of=PartialDate("May 2020")))
