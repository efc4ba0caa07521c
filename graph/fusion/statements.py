"""What each claim states, in the ontology's words.

A ``Statement`` is about referents, and reads the claim and its own document's referents only. Its ``Family``
is about entities.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from graph.fusion.amounts import meant
from graph.fusion.epoch import PhraseType
from graph.fusion.normalize import literal, normalise_phrase, normalise_value, unlabelled
from graph.ontology import RELATED_TO, THING, Ontology
from graph.relations import RelationType
from graph.types import Claim, EntityId, Fact, Qualifiers, Referent, ReferentId, Resolve, Value, ValueKind


@dataclass(frozen=True, slots=True)
class Statement:
    """A claim in the ontology's words. ``phrase`` tells unmapped statements apart and is empty for others.

    ``label`` is the claim in short, in its document's own names. ``learnt`` is the phrase that its type was
    learnt from, if it was. ``misfit`` says why it is not of the type that its phrase means: an end is of
    another kind.
    """

    claim: Claim
    head: ReferentId
    relation: str
    phrase: str
    tail: ReferentId | Value
    label: str
    learnt: str = ""
    misfit: str = ""


class Family(NamedTuple):
    """What facts that differ only in value or time have in common; ``tail`` is None for literals."""

    head: EntityId
    relation: str
    phrase: str
    tail: EntityId | None
    qualifiers: Qualifiers
    polarity: bool


def family_of(fact: Fact) -> Family:
    """The family of a fact that was stated."""
    phrase = normalise_phrase(fact.phrase) if fact.relation == RELATED_TO else ""
    return Family(fact.head, fact.relation, phrase, fact.tail_entity, fact.qualifiers, fact.polarity)


class ClaimReader:
    """Reads claims in the words of one ontology, and of the phrases that an epoch has learnt."""

    def __init__(self, ontology: Ontology, phrases: Mapping[str, PhraseType]) -> None:
        self.ontology = ontology
        self._phrases = phrases
        self._relations = ontology.relations
        self._may_be: dict[tuple[str, tuple[str, ...]], bool] = {}

    def read(self, claim: Claim, referents: Mapping[ReferentId, Referent]) -> Statement:
        """The claim's relation by name, else by its phrase, else as its phrase was learnt, else RELATED_TO.

        A pattern that the ontology cannot mean (types or literal kind) is RELATED_TO too, its phrase kept. Of
        a relation and its inverse the smaller name is used, and the ends are turned to fit.
        """
        phrase = normalise_phrase(claim.phrase)
        found, learnt = self._meant(claim, phrase)
        head: ReferentId | Value = claim.head
        tail = claim.tail
        if found is not None and isinstance(tail, Value) and tail.kind not in found.values:
            read = literal(tail.text, found.values, self.ontology.units)
            tail = tail if read is None else replace(read, unit=tail.unit or read.unit)
        if found is not None and isinstance(tail, Value) and tail.kind is ValueKind.TEXT:
            tail = replace(tail, text=unlabelled(tail.text, phrase))
        if learnt is not None and learnt.turned:
            head, tail = tail, head
        if (
            found is None
            or isinstance(head, Value)
            or not self.fits(
                referents[head].type, found, tail.kind if isinstance(tail, Value) else referents[tail].type
            )
            or self._is_too_low(tail, found)
        ):
            label = f"{_shown(claim.head, referents)} {claim.phrase} {_shown(claim.tail, referents)}"
            misfit = "" if found is None else self._misfit(head, found, tail, referents)
            return Statement(claim, claim.head, RELATED_TO, phrase, claim.tail, label, misfit=misfit)
        label = f"{_shown(head, referents)} {found.name} {_shown(tail, referents)}"
        from_phrase = "" if learnt is None else phrase
        name = self.canonical(found.name)
        if name == found.name or isinstance(tail, Value):
            return Statement(claim, head, found.name, "", tail, label, from_phrase)
        return Statement(claim, tail, name, "", head, label, from_phrase)

    def meant(self, claim: Claim) -> RelationType | None:
        """The type that the claim's relation or phrase names, whatever its ends are; of a relation and its
        inverse the one that facts bear."""
        found, _ = self._meant(claim, normalise_phrase(claim.phrase))
        return None if found is None else self.ontology.relation_types[self.canonical(found.name)]

    def _meant(self, claim: Claim, phrase: str) -> tuple[RelationType | None, PhraseType | None]:
        types = self.ontology.relation_types
        found = types.get(claim.relation or "") or types.get(self.ontology.phrase_index.get(phrase, ""))
        learnt = self._phrases.get(phrase) if found is None else None
        return (found if learnt is None else types.get(learnt.relation)), learnt

    def canonical_ends(
        self, subject: EntityId, relation: str, value: EntityId | Value
    ) -> tuple[EntityId, str, EntityId | Value]:
        """(head, relation, tail) as a fact that says this is keyed: inverses and symmetric ends in order."""
        if isinstance(value, Value):
            return subject, relation, normalise_value(value, self.ontology.units)
        name = self.canonical(relation)
        head, tail = (value, subject) if name != relation else (subject, value)
        return (tail, name, head) if self.symmetric(name) and tail < head else (head, name, tail)

    def decided(
        self, subject: EntityId, right: EntityId | Value, ruling: Resolve
    ) -> tuple[Family, Value | None]:
        """What a decision that this end of this subject is right says: the family, phrase left out, and the
        literal."""
        head, relation, tail = self.canonical_ends(subject, ruling.relation, right)
        end, value = (None, tail) if isinstance(tail, Value) else (tail, None)
        qualifiers = tuple(sorted(ruling.qualifiers))
        return Family(head, relation, "", end, qualifiers, ruling.polarity), value

    def canonical(self, relation: str) -> str:
        """Of a relation and its inverse the one whose name facts bear."""
        return self._relations.canonical(relation)

    def symmetric(self, relation: str) -> bool:
        return self._relations.traits(relation).symmetric

    def family(self, statement: Statement, entity_of: Mapping[ReferentId, EntityId]) -> Family | None:
        """The statement's family among entities; None for a self-loop, which states nothing."""
        claim, head = statement.claim, entity_of[statement.head]
        if isinstance(statement.tail, Value):
            return Family(head, statement.relation, statement.phrase, None, claim.qualifiers, claim.polarity)
        tail = entity_of[statement.tail]
        if head == tail:
            return None
        if self.symmetric(statement.relation) and tail < head:
            head, tail = tail, head
        return Family(head, statement.relation, statement.phrase, tail, claim.qualifiers, claim.polarity)

    def fits(self, head: str, relation: RelationType, tail: str | ValueKind) -> bool:
        """Whether things of these types, or a literal of this kind, may stand in the relation."""
        if not self._is_one(head, relation.heads):
            return False
        if isinstance(tail, ValueKind):
            return tail in relation.values
        return self._is_one(tail, relation.tails)

    def _misfit(
        self,
        head: ReferentId | Value,
        relation: RelationType,
        tail: ReferentId | Value,
        referents: Mapping[ReferentId, Referent],
    ) -> str:
        """Which end the relation's signature rules out, and why."""
        ends = ((head, "head", relation.heads, ()), (tail, "tail", relation.tails, relation.values))
        for end, which, kinds, literals in ends:
            if isinstance(end, Value):
                if self._is_too_low(end, relation):
                    return f'"{end.shown}" is less than any {relation.name}'
                fits, told = end.kind in literals, f'"{end.shown}" reads as none'
            else:
                kind = referents[end].type
                fits, told = self._is_one(kind, kinds), f'"{_shown(end, referents)}" is told to be {kind}'
            if not fits:
                wanted = " or ".join((*kinds, *(f"a {literal}" for literal in literals)))
                return f"the {which} of {relation.name} is {wanted}, and {told}"
        return ""

    def _is_too_low(self, tail: ReferentId | Value, relation: RelationType) -> bool:
        """Whether it is a number below what the relation, or one that it is a kind of, may have."""
        if not isinstance(tail, Value) or tail.kind is not ValueKind.NUMBER:
            return False
        types = self.ontology.relation_types
        least = (types[s.relation].minimum for s in self._relations.above(relation.name, literal=True))
        said = meant(normalise_value(tail, self.ontology.units).text)
        return said is not None and any(minimum is not None and said.high < minimum for minimum in least)

    def _is_one(self, kind: str, wanted: tuple[str, ...]) -> bool:
        found = self._may_be.get((kind, wanted))
        if found is None:
            known = kind if kind in self.ontology.entity_types else THING
            found = self._may_be[kind, wanted] = any(self.ontology.compatible(known, w) for w in wanted)
        return found


def _shown(end: ReferentId | Value, referents: Mapping[ReferentId, Referent]) -> str:
    if isinstance(end, Value):
        return end.shown
    referent = referents[end]
    return referent.names[0] if referent.names else referent.type
