"""Step 7 of a pass: links that a model proposed, as inferred facts apart from evidence.

A link is a recorded decision (``Link``); no model is asked here. It holds while its grounds do: the facts
that the model was shown are all accepted, lead from one end to the other and have a time in common, which is
the link's. It gives way to whatever is stated, or follows from what is stated: the same, its denial, a
reverse of an asymmetric relation, an exclusive relation, another value of a functional one. Of two links that
exclude each other, or say the same, the earlier holds. Grounds are stated facts, never inferred ones.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import StrEnum

from graph.fusion.entities import EntityPass
from graph.fusion.facts import fact_id
from graph.fusion.statements import ClaimReader, Family
from graph.fusion.transitive import is_ground
from graph.fusion.view import Ends, FusionView, Side, TableDiff
from graph.fusion.walks import Validity, implied, in_common
from graph.ontology import Ontology
from graph.types import (
    MICRO,
    ClaimId,
    EntityId,
    Fact,
    FactId,
    FactStatus,
    Link,
    Position,
    Referent,
    ReferentId,
)

Links = Sequence[tuple[Position, Link]]


class LinkState(StrEnum):
    STANDS = "it is an inferred fact"
    UNGROUNDED = "a fact that it stands on is gone, or is not accepted any more"
    DISALLOWED = "the ontology has no such relation between things of these types"
    SAID = "it is stated or denied, or follows from what is stated"
    CONTRADICTED = "what is stated or was proposed before excludes it"


def link_pass(
    view: FusionView, ontology: Ontology, entities: EntityPass, changed: TableDiff[FactId, Fact]
) -> TableDiff[FactId, Fact]:
    """``changed`` are the facts that this pass changes, stated and following.

    Cost: where a link or something at its ends or among its grounds has changed, the facts at the ends of all
    links in force; else nothing is read but who the ends are.
    """
    before, after = entities.before.links, entities.after.links
    if not before and not after:
        return TableDiff()
    named = {end for _, link in (*before, *after) for end in (link.head, link.tail)}
    was = {r: m.entity for r, m in view.memberships(named).items()}
    moved = entities.memberships
    now = {r: e for r, e in was.items() if r not in moved.old}
    now |= {r: moved.new[r].entity for r in named if r in moved.new}
    if before == after and was == now and not _touched(after, {*now.values()}, changed):
        return TableDiff()
    reader = ClaimReader(ontology, {})
    at = {_ends(reader, was, link) for _, link in before}
    old = {i: fact for i, fact in view.facts_at(at).items() if fact.proposer}
    judged = _Bench(view, ontology, now, changed).judged(after)
    return TableDiff.between(old, {fact.id: fact for fact, _ in judged.values() if fact is not None})


def links_at(
    view: FusionView, ontology: Ontology, links: Links
) -> dict[Position, tuple[Fact | None, LinkState]]:
    """How each of ``links``, all that are in force, stands after the last pass, and the fact if it does."""
    named = {end for _, link in links for end in (link.head, link.tail)}
    entity_of = {r: m.entity for r, m in view.memberships(named).items()}
    return _Bench(view, ontology, entity_of, TableDiff()).judged(links)


def _touched(links: Links, at: Collection[EntityId], changed: TableDiff[FactId, Fact]) -> bool:
    claims = {claim for _, link in links for claim in link.grounds}
    return any(
        fact.head in at or fact.tail_entity in at or not claims.isdisjoint(fact.claims)
        for fact in (*changed.old.values(), *changed.new.values())
    )


def _ends(reader: ClaimReader, entity_of: Mapping[ReferentId, EntityId], link: Link) -> Ends:
    head, relation, tail = reader.canonical_ends(entity_of[link.head], link.relation, entity_of[link.tail])
    assert isinstance(tail, bytes)
    return head, relation, tail


class _Bench:
    """The facts that links are held against, as this pass leaves them."""

    def __init__(
        self,
        view: FusionView,
        ontology: Ontology,
        entity_of: Mapping[ReferentId, EntityId],
        changed: TableDiff[FactId, Fact],
    ) -> None:
        self._view = view
        self._ontology = ontology
        self._reader = ClaimReader(ontology, {})
        self._entity_of = entity_of
        self._changed = changed
        self._relations = ontology.relations
        self._at: dict[Ends, list[Fact]] = defaultdict(list)
        self._from: dict[Side, list[Fact]] = defaultdict(list)
        self._into: dict[Side, list[Fact]] = defaultdict(list)

    def judged(self, links: Links) -> dict[Position, tuple[Fact | None, LinkState]]:
        """In the order of ``links``, which is that of their positions."""
        who = self._view.referents({end for _, link in links for end in (link.head, link.tail)})
        allowed = [(at, link) for at, link in links if self._allowed(link, who)]
        self._load([_ends(self._reader, self._entity_of, link) for _, link in allowed])
        by_claim = self._grounds({claim for _, link in allowed for claim in link.grounds})
        found: dict[Position, tuple[Fact | None, LinkState]] = {
            at: (None, LinkState.DISALLOWED) for at, _ in links
        }
        for at, link in allowed:
            found[at] = self._judge(link, by_claim)
            if (fact := found[at][0]) is not None:
                self._take(fact)
        return found

    def _judge(self, link: Link, by_claim: Mapping[ClaimId, Fact]) -> tuple[Fact | None, LinkState]:
        head, relation, tail = _ends(self._reader, self._entity_of, link)
        assert tail is not None
        grounds = {by_claim[claim].id: by_claim[claim] for claim in link.grounds if claim in by_claim}
        validity = _together([grounds[i] for i in sorted(grounds)])
        if (
            head == tail
            or not all(claim in by_claim for claim in link.grounds)
            or validity is None
            or not _lead(head, tail, grounds.values())
        ):
            return None, LinkState.UNGROUNDED
        if self._at[head, relation, tail]:
            return None, LinkState.SAID
        if self._denied(head, relation, tail) or any(map(_stands, self._excluding(head, relation, tail))):
            return None, LinkState.CONTRADICTED
        return _fact(link, head, relation, tail, grounds, validity), LinkState.STANDS

    def _allowed(self, link: Link, who: Mapping[ReferentId, Referent]) -> bool:
        ends = who[link.head].type, who[link.tail].type
        return self._ontology.allows(ends[0], link.relation, ends[1])

    # -------------------------------------------------------- what there is

    def _load(self, ends: Collection[Ends]) -> None:
        at: set[Ends] = set()
        sides: set[Side] = set()
        for head, relation, tail in ends:
            assert tail is not None
            said = [sense.relation for sense in self._relations.above(relation)]
            for name in (*said, *self._relations.rivals(relation)):
                at |= {(head, name, tail), (tail, name, head)}
            sides |= {(end, name) for end in (head, tail) for name in said}
        rows = {
            **self._view.facts_at(at),
            **self._view.facts_from(sides),
            **self._view.facts_into(sides),
        }
        for i, fact in rows.items():
            if i not in self._changed.old and not fact.proposer:
                self._take(fact)
        for fact in self._changed.new.values():
            here = (fact.head, fact.relation), (fact.tail_entity, fact.relation)
            if not sides.isdisjoint(here) or (fact.head, fact.relation, fact.tail_entity) in at:
                self._take(fact)

    def _take(self, fact: Fact) -> None:
        self._at[fact.head, fact.relation, fact.tail_entity].append(fact)
        self._from[fact.head, fact.relation].append(fact)
        if fact.tail_entity is not None:
            self._into[fact.tail_entity, fact.relation].append(fact)

    def _grounds(self, claims: AbstractSet[ClaimId]) -> dict[ClaimId, Fact]:
        """The ground that each claim stands for now; none where its fact is no ground any more."""
        rows = self._view.facts_of_claims(claims)
        now = [fact for i, fact in rows.items() if i not in self._changed.old]
        now += [fact for fact in self._changed.new.values() if not claims.isdisjoint(fact.claims)]
        return {claim: fact for fact in now if is_ground(fact) for claim in fact.claims if claim in claims}

    def _excluding(self, head: EntityId, relation: str, tail: EntityId) -> Iterable[Fact]:
        """Facts that cannot hold beside this, if they stand. What follows of an ancestor stands for those of
        its other descendants."""
        for rival in self._relations.rivals(relation):
            yield from self._at[head, rival, tail]
            yield from self._at[tail, rival, head]
        for sense in self._relations.above(relation):
            name, traits = sense.relation, self._relations.traits(sense.relation)
            single = traits.functional or traits.inverse_functional
            for x, y in sense.ends(head, tail):
                if traits.asymmetric:
                    yield from self._at[y, name, x]
                others: list[Fact] = []
                if traits.functional or (traits.symmetric and single):
                    others += self._from[x, name]
                if traits.inverse_functional or (traits.symmetric and single):
                    others += self._into[y, name]
                yield from (fact for fact in others if {fact.head, fact.tail} != {x, y})

    def _denied(self, head: EntityId, relation: str, tail: EntityId) -> bool:
        """Whether it is denied that they stand in what the relation is a kind of."""
        return any(
            not fact.polarity and fact.status is not FactStatus.SUPERSEDED
            for sense in self._relations.above(relation)
            for x, y in sense.ends(head, tail)
            for fact in self._at[x, sense.relation, y]
        )


def _stands(fact: Fact) -> bool:
    return fact.polarity and fact.status is not FactStatus.SUPERSEDED


def _together(grounds: Sequence[Fact]) -> Validity | None:
    """The time that all have in common; None where there is none."""
    validity: Validity | None = (None, None)
    for fact in grounds:
        validity = None if validity is None else in_common(validity, fact)
    return validity


def _lead(head: EntityId, tail: EntityId, grounds: Collection[Fact]) -> bool:
    """Whether one can go from head to tail over these facts, whichever way each of them points."""
    reached, size = {head}, 0
    while size < len(reached):
        size = len(reached)
        for fact in grounds:
            assert fact.tail_entity is not None
            if not reached.isdisjoint((fact.head, fact.tail_entity)):
                reached |= {fact.head, fact.tail_entity}
    return tail in reached


def _fact(
    link: Link,
    head: EntityId,
    relation: str,
    tail: EntityId,
    grounds: Mapping[FactId, Fact],
    validity: Validity,
) -> Fact:
    (start, end), bound = validity, implied(validity, grounds.values())
    return Fact(
        id=fact_id(Family(head, relation, "", tail, (), True), None, start),
        head=head,
        relation=relation,
        tail=tail,
        phrase=relation.replace("_", " ").lower(),
        qualifiers=(),
        polarity=True,
        valid_from=start,
        valid_to=end,
        stated=None,
        status=FactStatus.INFERRED,
        confidence=link.consistency * link.plausibility // MICRO,
        support=0,
        claims=(),
        reason=(
            f"No document says so: a model proposed it from {len(grounds)} facts, in "
            f"{link.consistency * 100 // MICRO} % of the wordings it was asked in."
        ),
        grounds=tuple(sorted(grounds)),
        valid_from_implied=bound[0],
        valid_to_implied=bound[1],
        proposer=link.proposer,
    )
