"""Step 5 of a pass: changed claims and entities to facts and conflicts.

Three rings of families, each no wider than the rules reach. The first holds what changed, and those whose
stretches (``stretches``) it parts or joins; the second, what shares a conflict group with them, where
statuses may change; the third, the rivals that the second has in other groups, which are read and not
written. Of whatever may part the stretches of these only the statements are read.

Where ends are told more or less precisely (``precision``), rivals are judged as if they were not, and once it
is known how the facts stand by which one end lies in another, once more.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from graph.fusion.conflicts import conflict_id, judged
from graph.fusion.decided import Ruled, Word, is_worthless
from graph.fusion.entities import EntityPass
from graph.fusion.facts import RawFact
from graph.fusion.families import Families
from graph.fusion.grouping import Grouping, GroupKey
from graph.fusion.judging import NO_PAIRS, Enders, Judge
from graph.fusion.precision import Containment, degrees
from graph.fusion.rulings import Rulings
from graph.fusion.seating import Agreeing, Members
from graph.fusion.settled import Settled
from graph.fusion.statements import Family
from graph.fusion.view import Changes, Ends, FusionView, Inputs, TableDiff
from graph.types import (
    ClaimId,
    Conflict,
    ConflictId,
    EntityId,
    Fact,
    FactId,
    Value,
    VerdictId,
)


@dataclass(frozen=True, slots=True)
class BeliefPass:
    """``ruled`` are the statements that a person decided for; at ``ruled_anew`` that has changed."""

    facts: TableDiff[FactId, Fact]
    conflicts: TableDiff[ConflictId, Conflict]
    ruled: Ruled
    ruled_anew: frozenset[Ends]
    self_loops: tuple[ClaimId, ...]


def ties_of(
    view: FusionView, facts: Iterable[Fact], inputs: Inputs
) -> dict[VerdictId, tuple[RawFact, RawFact]]:
    """The questions that a model may be asked about these facts: pairs of rivals whose weights tie, the one
    whose claims sort first before the other. ``inputs.after`` are rulings that are not dormant.

    Cost: the claims of the facts in the groups that these are in.
    """
    nothing = EntityPass(TableDiff(), TableDiff(), TableDiff(), TableDiff(), inputs.after, inputs.after)
    return Beliefs(view, Changes(), inputs, nothing).ties(facts)


class Beliefs:
    """Cost: the claims of the facts in the three rings."""

    def __init__(self, view: FusionView, changes: Changes, inputs: Inputs, entities: EntityPass) -> None:
        self._view = view
        self._inputs = inputs
        self._entities = entities
        self._grouping = Grouping(inputs.ontology)
        self._families = Families(view, changes, inputs, entities, self._grouping)
        self._written: set[Family] = set()  # the second ring

    def run(self) -> BeliefPass:
        """All of it, but as if no end were told more or less precisely."""
        first = self._families.changed() | self._families.judged_anew()
        was, now = self._ruled(self._entities.before, old=True), self._ruled(self._entities.after, old=False)
        ruled = {family for family in was.keys() | now.keys() if was.get(family) != now.get(family)}
        ruled_anew = {(family.head, family.relation, family.tail) for family in ruled}
        first |= self._families.at(ruled_anew)

        groups = {key for family in first for key in self._grouping.reach(family)}
        second = first | self._families.in_groups(groups)
        self._families.build(second, now)
        if parted := {family for family in second - first if self._families.is_parted_anew(family)}:
            more = {key for family in parted for key in self._grouping.reach(family)} - groups
            groups |= more
            second |= self._families.in_groups(more)
        reach = {key for family in second for key in self._grouping.keys(family)}
        third = second | self._families.in_groups(reach)
        self._families.build(third, now)

        self._written = second
        facts, conflicts = self._judged(second, groups, third, now)
        return BeliefPass(
            TableDiff.between(facts.old, facts.new),
            TableDiff.between(conflicts.old, conflicts.new),
            now,
            frozenset(ruled_anew),
            tuple(sorted(self._families.self_loops)),
        )

    def refined(self, beliefs: BeliefPass, stated: TableDiff[FactId, Fact]) -> BeliefPass:
        """``beliefs`` with what ends do that are told more or less precisely, by facts as they are with
        ``stated``, which are those of ``beliefs`` and what became of them since.

        Cost: that of the groups in which there are such ends, or may have been; nothing where there are none.
        """
        lying = self._lying(stated)
        moved = self._told_anew(lying)
        touched = {key for family in self._written for key in self._grouping.keys(family)}
        told = self._told(self._families.raw, touched) | self._told(self._families.in_groups(moved), moved)
        agreeing = self._agreeing(told, lying)
        again = {key for key in told if key in moved or key in agreeing}
        if not again:
            return replace(beliefs, facts=stated)
        second = self._families.in_groups(again)
        reach = {key for family in second for key in self._grouping.keys(family)}
        third = second | self._families.in_groups(reach)
        self._families.build(third, beliefs.ruled)
        agreeing = self._agreeing(self._told(third, reach), lying)
        facts, conflicts = self._judged(second, again, third, beliefs.ruled, agreeing)
        members = self._families.members(second)
        rough = {conflict_id(key, fact.id) for key in again for fact in members[key]}
        kept = {i: conflict for i, conflict in beliefs.conflicts.new.items() if i not in rough}
        return replace(
            beliefs,
            facts=TableDiff.between({**stated.old, **facts.old}, {**stated.new, **facts.new}),
            conflicts=TableDiff.between(
                {**beliefs.conflicts.old, **conflicts.old}, {**kept, **conflicts.new}
            ),
        )

    def _judged(
        self,
        families: Collection[Family],
        groups: Collection[GroupKey],
        known: Collection[Family],
        ruled: Ruled,
        agreeing: Agreeing = NO_PAIRS,
    ) -> tuple[TableDiff[FactId, Fact], TableDiff[ConflictId, Conflict]]:
        """All rows of these families' facts, and of the conflicts in these groups, of which all are: as they
        were and as they are. ``known``: they and all who reach their groups."""
        raw = [fact for family in families for fact in self._families.raw[family]]
        members = self._families.members(known)
        settled = self._settle(members, {fact.id for fact in raw}, ruled, agreeing, self._enders(known))
        old = {i: fact for family in families for i, fact in self._families.old.get(family, {}).items()}
        could_be = {
            conflict_id(key, fact)
            for family in families
            for key in self._grouping.keys(family)
            if key in groups
            for fact in self._families.old.get(family, {})
        }
        conflicts = {c.id: c for key in groups for c in settled.group(key, members[key]).conflicts()}
        facts = {
            fact.id: judged(
                fact, settled.standing(fact.id), self._grouping, worthless=is_worthless(ruled, fact)
            )
            for fact in raw
        }
        return TableDiff(old, facts), TableDiff(self._view.conflicts(could_be), conflicts)

    def _settle(
        self,
        members: Members,
        wanted: Collection[FactId],
        ruled: Ruled,
        agreeing: Agreeing,
        enders: Enders,
    ) -> Settled:
        """How the wanted facts stand; once more where verdicts are known about what tied."""
        epoch, ontology = self._inputs.epoch, self._inputs.ontology
        judge = Judge(epoch, ontology, ruled, agreeing=agreeing, enders=enders)
        settled = judge.settle(members, wanted)
        answers = self._view.answers(judge.tied.keys()) if judge.tied else {}
        if not answers:  # a verdict unties nothing else
            return settled
        return Judge(epoch, ontology, ruled, answers, agreeing, enders).settle(members, wanted)

    def _enders(self, families: Collection[Family]) -> Enders:
        """Of these families the facts that tell that states are over, by what they tell it of."""
        over = (family for family in families if self._grouping.is_over(family))
        return {self._grouping.ended(family): self._families.raw[family] for family in over}

    # -------------------------------------------------------- more or less precise

    def _told(
        self, families: Collection[Family], groups: Collection[GroupKey]
    ) -> dict[GroupKey, set[EntityId]]:
        """Of these groups those in which several ends may be told that agree, and which are told."""
        found: dict[GroupKey, set[EntityId]] = defaultdict(set)
        for family in families:
            for key in self._grouping.keys(family):
                if key in groups and self._grouping.along(key) and self._families.raw.get(family) != []:
                    _, end = self._grouping.said(key, family)
                    found[key] |= {end} if end else set()
        return {key: ends for key, ends in found.items() if len(ends) > 1}

    def _lying(self, stated: TableDiff[FactId, Fact]) -> dict[str, Containment]:
        """What lies in what, along each relation by which others are told more or less precisely."""
        relations = self._inputs.ontology.relations
        return {along: Containment(self._view, relations, along, stated) for along in relations.wholes}

    def _agreeing(
        self, told: Mapping[GroupKey, Collection[EntityId]], lying: Mapping[str, Containment]
    ) -> Agreeing:
        """Of the ends that are told in each group, the pairs of which one lies in the other."""
        found: dict[GroupKey, Collection[frozenset[EntityId]]] = {}
        for along, places in lying.items():
            keys = [key for key in told if self._grouping.along(key) == along]
            pairs = places.agreeing(told[key] for key in keys)
            found |= {key: some for key, some in zip(keys, pairs, strict=True) if some}
        return found

    def _told_anew(self, lying: Mapping[str, Containment]) -> set[GroupKey]:
        """Groups in which ends are told of which one lies in the other as it did not, or no longer does; and
        others."""
        found: set[GroupKey] = set()
        for along, places in lying.items():
            if edges := places.moved():
                _, heads, tails = self._grouping.telling(along, places.around(edges, self._told_of(along)))
                rows = {**self._view.facts_from(heads), **self._view.facts_into(tails)}
                keys = {
                    key
                    for family in self._families.remember(rows.values())
                    for key in self._grouping.keys(family)
                }
                found |= {key for key in keys if self._grouping.along(key) == along}
        return found

    def _told_of(self, along: str) -> Callable[[Collection[EntityId]], Mapping[EntityId, int]]:
        def told(ends: Collection[EntityId]) -> Mapping[EntityId, int]:
            _, heads, tails = self._grouping.telling(along, ends)
            return degrees(self._view, heads, tails)

        return told

    def ties(self, facts: Iterable[Fact]) -> dict[VerdictId, tuple[RawFact, RawFact]]:
        """The questions about these facts and their rivals, as the last pass left them."""
        groups = {key for family in self._families.remember(facts) for key in self._grouping.keys(family)}
        families = self._families.in_groups(groups)
        ruled = self._ruled(self._entities.after, old=True)
        self._families.build(families, ruled)
        members = self._families.members(families)
        agreeing = self._agreeing(self._told(families, groups), self._lying(TableDiff()))
        enders = self._enders(families)
        judge = Judge(self._inputs.epoch, self._inputs.ontology, ruled, agreeing=agreeing, enders=enders)
        asked = {key: members[key] for key in groups}
        judge.settle(asked, {f.id for facts in asked.values() for f in facts})
        return judge.tied

    def _ruled(self, rulings: Rulings, *, old: bool) -> Ruled:
        """The resolve-decisions as statements about entities."""
        named = rulings.referents()
        members = self._view.memberships(named)
        entity = {r: m.entity for r, m in members.items()}
        if not old:
            entity |= {r: m.entity for r, m in self._entities.memberships.new.items() if r in named}
        found: dict[Family, dict[Value | None, Word]] = defaultdict(dict)
        for position, ruling in rulings.resolved:
            right = ruling.value if isinstance(ruling.value, Value) else entity[ruling.value]
            family, value = self._families.reader.decided(entity[ruling.subject], right, ruling)
            found[family][value] = Word(position, value, ruling.as_of)
        return dict(found)
