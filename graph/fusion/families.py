"""What families of statements there were and are around a change: read once, and built into raw facts."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from graph.fusion.decided import Ruled
from graph.fusion.entities import EntityPass
from graph.fusion.facts import RawFact, build_facts, by_value
from graph.fusion.grouping import Grouping, GroupKey
from graph.fusion.statements import ClaimReader, Family, Statement, family_of
from graph.fusion.stretches import Saying, Stretches, gaps, parting_keys
from graph.fusion.support import Document
from graph.fusion.view import Changes, Ends, FusionView, Inputs
from graph.types import Claim, ClaimId, ContentId, EntityId, Fact, FactId, FactStatus, ReferentId


class Families:
    """``raw``: the facts of each that is built. ``old``: of each that was read the rows as they were.
    ``self_loops``: claims that came or moved and whose ends are one.

    Cost: the claims of the families that are built, and of those whose statements part theirs.
    """

    def __init__(
        self, view: FusionView, changes: Changes, inputs: Inputs, entities: EntityPass, grouping: Grouping
    ) -> None:
        self._view = view
        self._changes = changes
        self._inputs = inputs
        self._memberships = entities.memberships
        self._grouping = grouping
        self.reader = ClaimReader(inputs.ontology, inputs.epoch.phrases)
        self.raw: dict[Family, list[RawFact]] = {}
        self.old: dict[Family, dict[FactId, Fact]] = {}
        self.self_loops: list[ClaimId] = []
        self._new: dict[Family, list[Statement]] = defaultdict(list)  # statements that came or moved
        self._restated: set[ClaimId] = set()  # claims that left their old family: gone, or stated anew
        self._entity_of: dict[ReferentId, EntityId] = {}
        self._said: dict[Family, Saying] = {}
        self._documents: dict[ContentId, Document] = {}

    def changed(self) -> set[Family]:
        """Families that a claim left or entered: the claim is new or gone, or an end is another entity."""
        moved = {
            r
            for r, m in self._memberships.new.items()
            if r in self._memberships.old and self._memberships.old[r].entity != m.entity
        }
        claims = {
            **self._view.claims_of(moved),
            **self._view.claims(self._changes.added_claims),
        }
        self._restated = {*claims, *self._changes.removed_claims}
        old = self.remember(self._view.facts_of_claims(self._restated).values())
        for statement in self._read_claims(claims.values()):
            family = self.reader.family(statement, self._entity_of)
            if family is None:
                self.self_loops.append(statement.claim.id)
            else:
                self._new[family].append(statement)
        families = old | set(self._new)
        self.at({(f.head, f.relation, f.tail) for f in families})
        return families

    def judged_anew(self) -> set[Family]:
        """Families of facts that a verdict came about, at the claims that it names."""
        found = self.remember(self._view.facts_of_claims(self._changes.judged).values())
        self.at({(f.head, f.relation, f.tail) for f in found})
        return found

    def remember(self, facts: Iterable[Fact]) -> set[Family]:
        """The families of old rows. Inferred facts are no family's: they follow from these (``closure``)."""
        families = set()
        for fact in facts:
            if fact.status is FactStatus.INFERRED:
                continue
            family = family_of(fact)
            families.add(family)
            self.old.setdefault(family, {})[fact.id] = fact
        return families

    def at(self, ends: Collection[Ends]) -> set[Family]:
        """Every old and new family with these ends; all rows of the old ones are remembered."""
        found = self.remember(self._view.facts_at(ends).values())
        return found | {f for f in self._new if (f.head, f.relation, f.tail) in ends}

    def in_groups(self, groups: Collection[GroupKey]) -> set[Family]:
        """Every old and new family that has a part in one of these groups."""
        ends, heads, tails = self._grouping.places(groups)
        found = {
            **self._view.facts_at(ends),
            **self._view.facts_from(heads),
            **self._view.facts_into(tails),
        }
        candidates = self.remember(found.values()) | set(self._new)
        return {f for f in candidates if any(key in groups for key in self._grouping.reach(f))}

    def _read_claims(self, claims: Collection[Claim]) -> list[Statement]:
        ends = {end for c in claims for end in (c.head, c.tail_referent) if end is not None}
        referents = self._view.referents(ends)
        fresh = {r for r in ends if r not in self._entity_of}
        self._entity_of |= {r: m.entity for r, m in self._view.memberships(fresh).items()}
        new = self._memberships.new
        self._entity_of |= {r: new[r].entity for r in fresh if r in new}
        return [self.reader.read(claim, referents) for claim in claims]

    def build(self, families: Collection[Family], ruled: Ruled) -> None:
        """The raw facts of these families, of each once. Where statements of one may be parted, those of its
        rivals are read too."""
        fresh = [family for family in families if family not in self.raw]
        self._read(fresh)
        decided = {key for family in ruled for key in self._grouping.keys(family)}
        keys = {family: self._parting_keys(family, decided) for family in fresh}
        torn = {family for family in fresh if keys[family] and any(map(gaps, self._said[family].values()))}
        rivals = self.in_groups({key for family in torn for key in keys[family]}) if torn else set()
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
            self.raw[family] = build_facts(
                family, parts, self._documents, self._inputs.epoch, self._inputs.ontology
            )

    def _read(self, families: Iterable[Family]) -> None:
        """What these families say, by value, and the documents that say it; of each once."""
        fresh = [family for family in families if family not in self._said]
        kept = {
            claim
            for family in fresh
            for fact in self.old.get(family, {}).values()
            for claim in fact.claims
            if claim not in self._restated
        }
        said: dict[Family, list[Statement]] = defaultdict(list)
        for statement in self._read_claims(self._view.claims(kept).values()) if kept else ():
            family = self.reader.family(statement, self._entity_of)
            assert family is not None  # a kept claim's ends are the entities they were
            said[family].append(statement)
        for family in fresh:
            said[family] += self._new.get(family, [])
            self._said[family] = by_value(said[family], self._inputs.ontology.units)
        contents = {s.claim.content for family in fresh for s in said[family]} - self._documents.keys()
        self._documents |= self._view.documents(contents) if contents else {}

    def _parting_keys(self, family: Family, decided: Collection[GroupKey]) -> list[GroupKey]:
        return parting_keys(family, self._grouping.keys(family), self._inputs.ontology, decided)

    def is_parted_anew(self, family: Family) -> bool:
        """Whether its statements are other facts than they were."""
        old = self.old.get(family, {})
        return {f.id: f.claims for f in self.raw[family]} != {i: f.claims for i, f in old.items()}

    def members(self, families: Collection[Family]) -> dict[GroupKey, list[RawFact]]:
        """The raw facts in each of their groups; they are built."""
        members: dict[GroupKey, list[RawFact]] = defaultdict(list)
        for family in families:
            for key in self._grouping.keys(family):
                members[key] += self.raw[family]
        return members
