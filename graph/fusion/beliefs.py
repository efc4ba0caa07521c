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
from graph.fusion.facts import RawFact, build_facts, by_value
from graph.fusion.grouping import Grouping, GroupKey
from graph.fusion.judging import NO_PAIRS, Enders, Judge
from graph.fusion.precision import Containment, degrees
from graph.fusion.rulings import Rulings
from graph.fusion.seating import Agreeing, Members
from graph.fusion.settled import Settled
from graph.fusion.statements import ClaimReader, Family, Statement, family_of
from graph.fusion.stretches import Saying, Stretches, gaps, parting_keys
from graph.fusion.support import Document
from graph.fusion.view import Changes, Ends, FusionView, Inputs, TableDiff
from graph.types import (
    Claim,
    ClaimId,
    Conflict,
    ConflictId,
    ContentId,
    EntityId,
    Fact,
    FactId,
    FactStatus,
    ReferentId,
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
        self._changes = changes
        self._inputs = inputs
        self._entities = entities
        self._reader = ClaimReader(inputs.ontology, inputs.epoch.phrases)
        self._grouping = Grouping(inputs.ontology)
        self._entity_of: dict[ReferentId, EntityId] = {}
        self._old: dict[Family, dict[FactId, Fact]] = {}  # the old rows of each family that was read
        self._new: dict[Family, list[Statement]] = defaultdict(list)  # statements that came or moved
        self._restated: set[ClaimId] = set()  # claims that left their old family: gone, or stated anew
        self._self_loops: list[ClaimId] = []
        self._said: dict[Family, Saying] = {}
        self._documents: dict[ContentId, Document] = {}
        self._raw: dict[Family, list[RawFact]] = {}
        self._groups: dict[Family, list[GroupKey]] = {}
        self._reaches: dict[Family, list[GroupKey]] = {}
        self._written: set[Family] = set()  # the second ring

    def run(self) -> BeliefPass:
        """All of it, but as if no end were told more or less precisely."""
        first = self._changed_families() | self._judged_families()
        was, now = self._ruled(self._entities.before, old=True), self._ruled(self._entities.after, old=False)
        ruled = {family for family in was.keys() | now.keys() if was.get(family) != now.get(family)}
        ruled_anew = {(family.head, family.relation, family.tail) for family in ruled}
        first |= self._families_at(ruled_anew)

        groups = {key for family in first for key in self._reach(family)}
        second = first | self._in_groups(groups)
        self._build(second, now)
        if parted := {family for family in second - first if self._is_parted_anew(family)}:
            more = {key for family in parted for key in self._reach(family)} - groups
            groups |= more
            second |= self._in_groups(more)
        reach = {key for family in second for key in self._keys(family)}
        third = second | self._in_groups(reach)
        self._build(third, now)

        self._written = second
        facts, conflicts = self._judged(second, groups, third, now)
        return BeliefPass(
            TableDiff.between(facts.old, facts.new),
            TableDiff.between(conflicts.old, conflicts.new),
            now,
            frozenset(ruled_anew),
            tuple(sorted(self._self_loops)),
        )

    def refined(self, beliefs: BeliefPass, stated: TableDiff[FactId, Fact]) -> BeliefPass:
        """``beliefs`` with what ends do that are told more or less precisely, by facts as they are with
        ``stated``, which are those of ``beliefs`` and what became of them since.

        Cost: that of the groups in which there are such ends, or may have been; nothing where there are none.
        """
        lying = self._lying(stated)
        moved = self._told_anew(lying)
        touched = {key for family in self._written for key in self._keys(family)}
        told = self._told(self._raw, touched) | self._told(self._in_groups(moved), moved)
        agreeing = self._agreeing(told, lying)
        again = {key for key in told if key in moved or key in agreeing}
        if not again:
            return replace(beliefs, facts=stated)
        second = self._in_groups(again)
        reach = {key for family in second for key in self._keys(family)}
        third = second | self._in_groups(reach)
        self._build(third, beliefs.ruled)
        agreeing = self._agreeing(self._told(third, reach), lying)
        facts, conflicts = self._judged(second, again, third, beliefs.ruled, agreeing)
        members = self._members(second)
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
        raw = [fact for family in families for fact in self._raw[family]]
        members = self._members(known)
        settled = self._settle(members, {fact.id for fact in raw}, ruled, agreeing, self._enders(known))
        old = {i: fact for family in families for i, fact in self._old.get(family, {}).items()}
        could_be = {
            conflict_id(key, fact)
            for family in families
            for key in self._keys(family)
            if key in groups
            for fact in self._old.get(family, {})
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

    def _members(self, families: Collection[Family]) -> dict[GroupKey, list[RawFact]]:
        members: dict[GroupKey, list[RawFact]] = defaultdict(list)
        for family in families:
            for key in self._keys(family):
                members[key] += self._raw[family]
        return members

    def _enders(self, families: Collection[Family]) -> Enders:
        """Of these families the facts that tell that states are over, by what they tell it of."""
        over = (family for family in families if self._grouping.is_over(family))
        return {self._grouping.ended(family): self._raw[family] for family in over}

    # -------------------------------------------------------- more or less precise

    def _told(
        self, families: Collection[Family], groups: Collection[GroupKey]
    ) -> dict[GroupKey, set[EntityId]]:
        """Of these groups those in which several ends may be told that agree, and which are told."""
        found: dict[GroupKey, set[EntityId]] = defaultdict(set)
        for family in families:
            for key in self._keys(family):
                if key in groups and self._grouping.along(key) and self._raw.get(family) != []:
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
                keys = {key for family in self._remember(rows.values()) for key in self._keys(family)}
                found |= {key for key in keys if self._grouping.along(key) == along}
        return found

    def _told_of(self, along: str) -> Callable[[Collection[EntityId]], Mapping[EntityId, int]]:
        def told(ends: Collection[EntityId]) -> Mapping[EntityId, int]:
            _, heads, tails = self._grouping.telling(along, ends)
            return degrees(self._view, heads, tails)

        return told

    def ties(self, facts: Iterable[Fact]) -> dict[VerdictId, tuple[RawFact, RawFact]]:
        """The questions about these facts and their rivals, as the last pass left them."""
        groups = {key for family in self._remember(facts) for key in self._keys(family)}
        families = self._in_groups(groups)
        ruled = self._ruled(self._entities.after, old=True)
        self._build(families, ruled)
        members = self._members(families)
        agreeing = self._agreeing(self._told(families, groups), self._lying(TableDiff()))
        enders = self._enders(families)
        judge = Judge(self._inputs.epoch, self._inputs.ontology, ruled, agreeing=agreeing, enders=enders)
        asked = {key: members[key] for key in groups}
        judge.settle(asked, {f.id for facts in asked.values() for f in facts})
        return judge.tied

    # -------------------------------------------------------- what changed

    def _changed_families(self) -> set[Family]:
        """Families that a claim left or entered: the claim is new or gone, or an end is another entity."""
        moved = {
            r
            for r, m in self._entities.memberships.new.items()
            if r in self._entities.memberships.old and self._entities.memberships.old[r].entity != m.entity
        }
        claims = {
            **self._view.claims_of(moved),
            **self._view.claims(self._changes.added_claims),
        }
        self._restated = {*claims, *self._changes.removed_claims}
        old = self._remember(self._view.facts_of_claims(self._restated).values())
        for statement in self._read_claims(claims.values()):
            family = self._reader.family(statement, self._entity_of)
            if family is None:
                self._self_loops.append(statement.claim.id)
            else:
                self._new[family].append(statement)
        families = old | set(self._new)
        self._families_at({(f.head, f.relation, f.tail) for f in families})
        return families

    def _judged_families(self) -> set[Family]:
        """Families of facts that a verdict came about, at the claims that it names."""
        found = self._remember(self._view.facts_of_claims(self._changes.judged).values())
        self._families_at({(f.head, f.relation, f.tail) for f in found})
        return found

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
            family, value = self._reader.decided(entity[ruling.subject], right, ruling)
            found[family][value] = Word(position, value, ruling.as_of)
        return dict(found)

    # -------------------------------------------------------- reading

    def _keys(self, family: Family) -> list[GroupKey]:
        found = self._groups.get(family)
        if found is None:
            found = self._groups[family] = self._grouping.keys(family)
        return found

    def _reach(self, family: Family) -> list[GroupKey]:
        found = self._reaches.get(family)
        if found is None:
            is_over = self._grouping.is_over(family)
            found = self._reaches[family] = self._grouping.reach(family) if is_over else self._keys(family)
        return found

    def _remember(self, facts: Iterable[Fact]) -> set[Family]:
        """Inferred facts are no family's: they follow from these (``closure``)."""
        families = set()
        for fact in facts:
            if fact.status is FactStatus.INFERRED:
                continue
            family = family_of(fact)
            families.add(family)
            self._old.setdefault(family, {})[fact.id] = fact
        return families

    def _families_at(self, ends: Collection[Ends]) -> set[Family]:
        """Every old and new family with these ends; all rows of the old ones are remembered."""
        found = self._remember(self._view.facts_at(ends).values())
        return found | {f for f in self._new if (f.head, f.relation, f.tail) in ends}

    def _in_groups(self, groups: Collection[GroupKey]) -> set[Family]:
        """Every old and new family that has a part in one of these groups."""
        ends, heads, tails = self._grouping.places(groups)
        found = {
            **self._view.facts_at(ends),
            **self._view.facts_from(heads),
            **self._view.facts_into(tails),
        }
        candidates = self._remember(found.values()) | set(self._new)
        return {f for f in candidates if any(key in groups for key in self._reach(f))}

    def _read_claims(self, claims: Collection[Claim]) -> list[Statement]:
        ends = {end for c in claims for end in (c.head, c.tail_referent) if end is not None}
        referents = self._view.referents(ends)
        fresh = {r for r in ends if r not in self._entity_of}
        self._entity_of |= {r: m.entity for r, m in self._view.memberships(fresh).items()}
        new = self._entities.memberships.new
        self._entity_of |= {r: new[r].entity for r in fresh if r in new}
        return [self._reader.read(claim, referents) for claim in claims]

    # -------------------------------------------------------- building

    def _build(self, families: Collection[Family], ruled: Ruled) -> None:
        """The raw facts of these families, of each once. Where statements of one may be parted, those of its
        rivals are read too."""
        fresh = [family for family in families if family not in self._raw]
        self._read(fresh)
        decided = {key for family in ruled for key in self._keys(family)}
        keys = {family: self._parting_keys(family, decided) for family in fresh}
        torn = {family for family in fresh if keys[family] and any(map(gaps, self._said[family].values()))}
        rivals = self._in_groups({key for family in torn for key in keys[family]}) if torn else set()
        self._read(rivals)
        around = torn | rivals
        stretches = Stretches(
            {family: self._said[family] for family in around},
            {family: self._parting_keys(family, decided) for family in around},
            self._grouping,
            ruled,
            self._documents,
            self._inputs.epoch,
        )
        for family in fresh:
            said = self._said[family]
            whole = {value: [some] for value, some in said.items()}
            parts = stretches.of(family) if family in torn else whole
            self._raw[family] = build_facts(
                family, parts, self._documents, self._inputs.epoch, self._inputs.ontology
            )

    def _read(self, families: Iterable[Family]) -> None:
        """What these families say, by value, and the documents that say it; of each once."""
        fresh = [family for family in families if family not in self._said]
        kept = {
            claim
            for family in fresh
            for fact in self._old.get(family, {}).values()
            for claim in fact.claims
            if claim not in self._restated
        }
        said: dict[Family, list[Statement]] = defaultdict(list)
        for statement in self._read_claims(self._view.claims(kept).values()) if kept else ():
            family = self._reader.family(statement, self._entity_of)
            assert family is not None  # a kept claim's ends are the entities they were
            said[family].append(statement)
        for family in fresh:
            said[family] += self._new.get(family, [])
            self._said[family] = by_value(said[family], self._inputs.ontology.units)
        contents = {s.claim.content for family in fresh for s in said[family]} - self._documents.keys()
        self._documents |= self._view.documents(contents) if contents else {}

    def _parting_keys(self, family: Family, decided: Collection[GroupKey]) -> list[GroupKey]:
        return parting_keys(family, self._keys(family), self._inputs.ontology, decided)

    def _is_parted_anew(self, family: Family) -> bool:
        """Whether its statements are other facts than they were."""
        old = self._old.get(family, {})
        return {f.id: f.claims for f in self._raw[family]} != {i: f.claims for i, f in old.items()}
