"""Facts that lead round in a circle: of A in B, B in C and C in A one at least is wrong.

A relation that is transitive and asymmetric orders what it relates, so that its facts, and those of what is a
kind of it, close no circle. Two that do are a conflict of direction already (``grouping``). Circles of 3 to
``LONGEST`` + 1 accepted facts that hold at one time are looked for here, along narrow walks (``walks``); past
those bounds nothing is found, and as before nothing is inferred where both ways follow.

In each circle the weakest is contested: what no person decided for, if others were, and of those what has the
least evidence, with all that are not clearly better supported than it. Each circle is judged alone, over the
facts that stand against all their rivals, whatever other circles do: so an outcome reads the circles through
one fact and nothing further away. One conflict for each fact that is contested names the least such circle.

A denial contradicts what follows by such a walk just so: Ulm is in Bavaria, Bavaria in Germany, and Ulm is
not in Germany. It is contested unless it is clearly better supported than the weakest of the walk, or a
person decided for it; either way there is a conflict that names them all. The walk's facts stay as they are,
so that a denial moves nothing but itself.

The rows of a ledger are those after circles. ``_Unmarked`` reads them as they were before: what a circle
alone contests has a conflict by its own id, which says by what words its reason begins.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from graph.fusion.beliefs import BeliefPass
from graph.fusion.closure import rules as closure_rules
from graph.fusion.conflicts import Blow
from graph.fusion.decided import Ruled, word_on
from graph.fusion.odds import log_count
from graph.fusion.statements import family_of
from graph.fusion.transitive import Rule
from graph.fusion.view import Ends, FactsView, FusionView, Inputs, Side, TableDiff
from graph.fusion.walks import Walk, Walks
from graph.identity import make_id
from graph.ontology import Ontology
from graph.types import MICRO, Conflict, ConflictId, ConflictKind, Fact, FactId, FactStatus

_WHY = {
    Blow.TIED: "is not clearly better supported than any of them",
    Blow.OUTWEIGHED: "has the weakest evidence",
    Blow.OVERRULED: "a person decided for the others",
}


@dataclass(frozen=True, slots=True)
class CirclePass:
    facts: TableDiff[FactId, Fact]
    conflicts: TableDiff[ConflictId, Conflict]


def circle_pass(view: FusionView, inputs: Inputs, beliefs: BeliefPass) -> CirclePass:
    """``beliefs`` with what circles contest, and denials of what follows.

    Cost: the walks that lead back along the facts on circles through what changed; nothing where no fact of a
    relation that orders has changed.
    """
    ordering = {rule.relation for rule in orders(inputs.ontology)}
    deniable = {rule.relation for rule in closure_rules(inputs.ontology)}
    rules = [Rule(name, inputs.ontology.relations) for name in sorted(ordering | deniable)]
    before = _Unmarked(view, rules)
    mine, others = _parted(beliefs.facts, before.relations)
    bare = TableDiff.between(before.plain(mine.old), mine.new)
    also = _ruled_anew(before, beliefs.ruled_anew, bare)
    judge = _Judge(inputs.epoch.clear_margin, beliefs.ruled)
    now: dict[FactId, Fact] = {}
    found: dict[ConflictId, Conflict] = {}
    for rule in rules if bare or also else ():
        walks = Walks(before, rule, bare, also)
        affected = walks.affected()
        for fact, back in walks.circles(*affected) if rule.relation in ordering else ():
            now[fact.id] = fact
            if conflict := judge.worst(rule.relation, fact, back):
                found[conflict.id] = conflict
        for fact, along in walks.denied(*affected) if rule.relation in deniable else ():
            now[fact.id] = fact
            if along:
                conflict = judge.denial(rule.relation, fact, along)
                found[conflict.id] = conflict
    ids = now.keys() | bare.old.keys() | bare.new.keys()
    old = {i: row for i in ids if (row := mine.old.get(i) or before.stored.get(i))}
    new = {i: _marked(row, rules, found) for i, row in {**now, **bare.new}.items()}
    could_be = {_conflict_id(rule.relation, i) for rule in rules for i in ids}
    return CirclePass(
        TableDiff.between({**others.old, **old}, {**others.new, **new}),
        TableDiff.between(view.conflicts(could_be) if could_be else {}, found),
    )


def _parted(
    facts: TableDiff[FactId, Fact], relations: Collection[str]
) -> tuple[TableDiff[FactId, Fact], TableDiff[FactId, Fact]]:
    """The changes of these relations' facts, and all others."""

    def of_these(rows: Mapping[FactId, Fact], wanted: bool) -> dict[FactId, Fact]:
        return {i: fact for i, fact in rows.items() if (fact.relation in relations) is wanted}

    mine, others = (TableDiff(of_these(facts.old, x), of_these(facts.new, x)) for x in (True, False))
    return mine, others


def orders(ontology: Ontology) -> list[Rule]:
    """The relations that order what they relate, by name; of such that are kinds of others only these."""
    relations = ontology.relations
    names = sorted({relations.canonical(name) for name in ontology.relation_types})
    rules = [Rule(name, relations) for name in names if relations.traits(name).transitive]
    ordering = {rule.relation: rule for rule in rules if rule.asymmetric}
    return [
        rule
        for name, rule in ordering.items()
        if not any(sense.relation in ordering for sense in relations.above(name)[1:])
    ]


def _ruled_anew(before: "_Unmarked", at: Collection[Ends], bare: TableDiff[FactId, Fact]) -> list[Fact]:
    """The facts at these ends as they are now."""
    rows = before.facts_at({end for end in at if end[1] in before.relations})
    held = [fact for i, fact in rows.items() if i not in bare.old]
    came = [f for f in bare.new.values() if (f.head, f.relation, f.tail_entity) in at]
    return [*held, *(f for f in came if f.relation in before.relations)]


class _Unmarked(FactsView):
    """The old rows of facts as they were before circles. ``stored`` are those that were read, as they are."""

    def __init__(self, view: FusionView, rules: Collection[Rule]) -> None:
        self._view = view
        self._rules = rules
        self.relations = frozenset(name for rule in rules for name in rule.edges)
        self.stored: dict[FactId, Fact] = {}

    def facts_at(self, ends: Collection[Ends]) -> Mapping[FactId, Fact]:
        return self._read(self._view.facts_at(ends))

    def facts_from(self, heads: Collection[Side]) -> Mapping[FactId, Fact]:
        return self._read(self._view.facts_from(heads))

    def facts_into(self, tails: Collection[Side]) -> Mapping[FactId, Fact]:
        return self._read(self._view.facts_into(tails))

    def degrees(self, ends: Collection[Side], *, away: bool) -> Mapping[Side, int]:
        return self._view.degrees(ends, away=away)

    def _read(self, rows: Mapping[FactId, Fact]) -> Mapping[FactId, Fact]:
        self.stored.update(rows)
        return self.plain(rows)

    def plain(self, rows: Mapping[FactId, Fact]) -> Mapping[FactId, Fact]:
        doubted = [
            i for i, f in rows.items() if f.status is FactStatus.CONTESTED and f.relation in self.relations
        ]
        ids = {_conflict_id(rule.relation, i) for rule in self._rules for i in doubted}
        circles = self._view.conflicts(ids) if ids else {}
        return {**rows, **{i: self._unmarked(rows[i], circles) for i in doubted}} if circles else rows

    def _unmarked(self, fact: Fact, circles: Mapping[ConflictId, Conflict]) -> Fact:
        told = _lost(fact.id, self._rules, circles)
        reason = fact.reason
        for conflict in told:
            reason = reason.removeprefix(conflict.reason).lstrip()
        return replace(fact, status=FactStatus.ACCEPTED, reason=reason) if told else fact


def _marked(fact: Fact, rules: Iterable[Rule], circles: Mapping[ConflictId, Conflict]) -> Fact:
    told = _lost(fact.id, rules, circles)
    reasons = [*(conflict.reason for conflict in told), *([fact.reason] if fact.reason else [])]
    return replace(fact, status=FactStatus.CONTESTED, reason=" ".join(reasons)) if told else fact


def _lost(fact: FactId, rules: Iterable[Rule], circles: Mapping[ConflictId, Conflict]) -> list[Conflict]:
    """The conflicts by which a fact is contested."""
    found = (circles.get(_conflict_id(rule.relation, fact)) for rule in rules)
    return [conflict for conflict in found if conflict is not None and conflict.winner != fact]


def _conflict_id(relation: str, fact: FactId) -> ConflictId:
    """Of the conflict that says by which circle of this relation the fact is contested."""
    return ConflictId(make_id("conflict", "circle", relation, fact))


class _Judge:
    """Says which facts of a circle are its weakest."""

    def __init__(self, margin: int, ruled: Ruled) -> None:
        self._margin = margin
        self._ruled = ruled

    def worst(self, relation: str, fact: Fact, back: Iterable[Walk]) -> Conflict | None:
        """The conflict of a fact that is contested by a circle: the worst that one does to it, of those the
        shortest, of those the first by its facts."""
        blow, walk = self._heaviest(fact, back)
        if blow is Blow.NONE:
            return None
        return Conflict(
            id=_conflict_id(relation, fact.id),
            kind=ConflictKind.DIRECTION,
            facts=tuple(sorted((fact.id, *(f.id for f in walk)))),
            winner=None if blow is Blow.TIED else self._best(walk).id,
            reason=f"Leads round in a circle with {len(walk)} other facts of {relation}, and {_WHY[blow]}.",
        )

    def denial(self, relation: str, fact: Fact, along: Sequence[Walk]) -> Conflict:
        """The conflict of a denial with what follows: by the walk that does the worst to it, or which it
        stands against."""
        blow, walk = self._heaviest(fact, along)
        denied = f"what follows from {len(walk)} facts of {relation}"
        if blow is not Blow.NONE:
            reason, winner = f"Denies {denied}, and {_WHY[blow]}.", self._best(walk).id
        elif self._ruling(fact) > min(map(self._ruling, walk)):
            reason, winner = f"The denial of {denied} stands: a person decided for it.", fact.id
        else:
            reason, winner = (
                f"The denial of {denied} stands: one of these has clearly less evidence.",
                fact.id,
            )
        return Conflict(
            id=_conflict_id(relation, fact.id),
            kind=ConflictKind.POLARITY,
            facts=tuple(sorted((fact.id, *(f.id for f in walk)))),
            winner=None if blow is Blow.TIED else winner,
            reason=reason,
        )

    def _heaviest(self, fact: Fact, walks: Iterable[Walk]) -> tuple[Blow, Walk]:
        """The worst that one of these does to a fact, and by which: of several the shortest, then the first
        by its facts."""
        blows = [(self._blow(fact, walk), walk) for walk in walks]
        order = lambda each: (-each[0], len(each[1]), [f.id for f in each[1]])  # noqa: E731
        return min(blows, key=order, default=(Blow.NONE, ()))

    def _best(self, walk: Walk) -> Fact:
        return min(walk, key=lambda f: (-self._ruling(f), -_weight(f), f.id))

    def _blow(self, fact: Fact, others: Walk) -> Blow:
        ruling = self._ruling(fact)
        if any(self._ruling(other) < ruling for other in others):
            return Blow.NONE
        equals = [_weight(other) for other in others if self._ruling(other) == ruling]
        if not equals:
            return Blow.OVERRULED
        ahead = _weight(fact) - min(equals)
        if ahead >= self._margin:
            return Blow.NONE
        return Blow.OUTWEIGHED if ahead <= -self._margin else Blow.TIED

    def _ruling(self, fact: Fact) -> int:
        """Position of the decision for this statement."""
        return word_on(self._ruled, family_of(fact), None).position


def _weight(fact: Fact) -> int:
    """How unlikely it is that all its documents are wrong, each on its own: -ln, in micro-nats."""
    return log_count(MICRO) - log_count(max(MICRO - fact.confidence, 1))
