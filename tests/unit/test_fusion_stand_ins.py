"""A decision names one document's referents and means the things: others stand in where the document goes."""

from graph.types import FactStatus, Resolve, Same, Separate, StandIns
from tests.unit.fusion_stories import Workspace

VANCE, CARL, ORION = "Anna Vance:Person", "Carl Bo:Person", "Orion Works:Company"


def leaders() -> Workspace:
    w = Workspace()
    for name in ("p", "q"):
        w.tell(name, (CARL, "lead", ORION))
    for name in ("r", "s"):
        w.tell(name, (VANCE, "lead", ORION))
    return w


def test_a_ruling_on_a_fact_holds_while_anyone_it_meant_is_left():
    w = leaders()
    assert w.facts()["Carl Bo LEADS Orion Works"].status is FactStatus.CONTESTED
    subject, right = w.referent("p", CARL), w.referent("p", ORION)
    others: StandIns = {subject: (w.referent("q", CARL),), right: (w.referent("q", ORION),)}
    w.rule(Resolve(subject, "LEADS", right), others)
    assert w.facts()["Carl Bo LEADS Orion Works"].status is FactStatus.ACCEPTED
    w.forget("p")
    w.forget("r")
    assert w.facts()["Carl Bo LEADS Orion Works"].status is FactStatus.ACCEPTED
    w.forget("q")
    w.tell("t", (CARL, "lead", ORION))  # nobody that was meant is left
    assert w.facts()["Carl Bo LEADS Orion Works"].status is FactStatus.CONTESTED
    w.tell("p", (CARL, "lead", ORION))
    assert w.facts()["Carl Bo LEADS Orion Works"].status is FactStatus.ACCEPTED


def test_what_is_pinned_together_stays_so_without_the_document_that_was_named():
    w = Workspace()
    for name in ("a", "b"):
        w.tell(name, ("Anna Vance:Person",))
        w.tell(f"{name} too", ("Max Piper:Person",))
    a, piper = w.referent("a", "Anna Vance:Person"), w.referent("a too", "Max Piper:Person")
    w.rule(
        Same(a, piper),
        {a: (w.referent("b", "Anna Vance:Person"),), piper: (w.referent("b too", "Max Piper:Person"),)},
    )
    assert len(w.entities()) == 1
    w.forget("a")
    w.forget("a too")
    assert len(w.entities()) == 1


def test_what_is_kept_apart_stays_so_and_a_later_word_on_those_who_stand_in_wins():
    w = Workspace()
    for name in "abcd":
        w.tell(name, (VANCE,))
    a, b, c, d = (w.referent(name, VANCE) for name in "abcd")
    w.rule(Separate(a, d), {a: tuple(sorted((b, c)))})
    assert len(w.entities()) == 2
    w.forget("a")
    assert len(w.entities()) == 2
    first, other = sorted((b, c))
    w.rule(Same(first, d))
    assert {len(e.members) for e in w.entities()} == {3}
    w.tell("a", (VANCE,))  # the one that was named is there again, and nobody took that back
    assert len(w.entities()) == 2
    assert other in w.state._memberships.rows


def test_who_would_stand_in_for_both_ends_stands_in_for_neither():
    w = Workspace()
    w.tell("a", ("Anna Vance:Person",))
    w.tell("b", ("Max Piper:Person",))
    w.tell("c", ("Carl Bo:Person",))
    a, b, c = (w.referent(*of) for of in (("a", VANCE), ("b", "Max Piper:Person"), ("c", CARL)))
    w.rule(Separate(a, b), {a: (c,), b: (c,)})
    w.forget("a")
    w.forget("b")
    assert [e.name for e in w.entities()] == ["Carl Bo"]


def test_who_was_kept_apart_since_does_not_stand_in():
    w = leaders()
    subject, others = w.referent("r", VANCE), (w.referent("s", VANCE),)
    w.rule(Resolve(subject, "LEADS", w.referent("s", ORION)), {subject: others})
    w.forget("r")
    assert w.facts()["Anna Vance LEADS Orion Works"].status is FactStatus.ACCEPTED
    w.rule(Separate(subject, others[0]))
    assert w.facts()["Anna Vance LEADS Orion Works"].status is FactStatus.CONTESTED
