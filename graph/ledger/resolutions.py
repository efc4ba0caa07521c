"""Which fact is right, and whether there is one: a resolve-decision changes nothing unless a fact says so.

So one that no fact answers is refused with what the graph holds instead, and one whose fact has gone sleeps.
"""

from collections.abc import Collection

from sqlalchemy import Connection

from graph.errors import InvalidInput
from graph.fusion.facts import ClaimReader
from graph.fusion.normalize import normalise_value, partial_date, plain_number
from graph.ledger import browse
from graph.ledger.view import LedgerView
from graph.ontology import RELATED_TO, Ontology
from graph.relations import RelationType
from graph.types import EntityId, Fact, FactStatus, ReferentId, Resolve, Value, ValueKind, WorkspaceId

_SHOWN = 10  # facts that a refusal lists


def stated(
    conn: Connection, workspace: WorkspaceId, rulings: Collection[Resolve], ontology: Ontology
) -> set[Resolve]:
    """Those that a fact of the present graph answers. Cost: their subjects' facts in their relations."""
    view, reader = LedgerView(conn, workspace), ClaimReader(ontology, {})
    entity = {r: m.entity for r, m in view.memberships({r for each in rulings for r in ends(each)}).items()}
    said = {}
    for ruling in rulings:
        if entity.keys() >= set(ends(ruling)):
            tail = ruling.value if isinstance(ruling.value, Value) else entity[ruling.value]
            wanted = reader.canonical_ends(entity[ruling.subject], ruling.relation, tail)
            said[ruling] = (*wanted, tuple(sorted(ruling.qualifiers)), ruling.polarity)
    facts = view.facts_at({(h, r, None if isinstance(t, Value) else t) for h, r, t, _, _ in said.values()})
    there = {
        (f.head, f.relation, _compared(f, ontology), f.qualifiers, f.polarity)
        for f in facts.values()
        if f.status is not FactStatus.INFERRED
    }
    return {ruling for ruling, wanted in said.items() if wanted in there}


def require(conn: Connection, workspace: WorkspaceId, ruling: Resolve, ontology: Ontology) -> None:
    """InvalidInput for a relation that the ontology lacks, an object that cannot be the relation's, and one
    that no fact has: then the facts that there are, with what to give for each."""
    relation = ontology.relation_types.get(ruling.relation)
    if relation is None and ruling.relation != RELATED_TO:
        raise InvalidInput(f"the ontology has no relation {ruling.relation!r}; take the one of the fact")
    _fits(ruling, relation)
    if stated(conn, workspace, [ruling], ontology):
        return
    found = _candidates(conn, workspace, ruling, ontology)
    if not found:
        raise InvalidInput(
            f"the graph has no {_said(ruling)} of this subject, so there is none to be right: upload "
            "what states it first"
        )
    raise InvalidInput(
        f"the graph has no {_said(ruling)} of this subject with that object and these qualifiers; "
        f"give one of those that it has: {'; '.join(found)}"
    )


def _said(ruling: Resolve) -> str:
    return f"fact {ruling.relation}" if ruling.polarity else f"denial of a fact {ruling.relation}"


def ends(ruling: Resolve) -> list[ReferentId]:
    """The referents that it names."""
    return [ruling.subject] if isinstance(ruling.value, Value) else [ruling.subject, ruling.value]


def _fits(ruling: Resolve, relation: RelationType | None) -> None:
    if not isinstance(ruling.value, Value):
        if relation is not None and not relation.tails:
            raise InvalidInput(f"{relation.name} leads to {_wanted(relation)}, not to an entity")
        return
    kind, text = ruling.value.kind, ruling.value.text
    if relation is not None and kind not in relation.values:
        raise InvalidInput(f"{relation.name} leads to {_wanted(relation)}, not to a {kind}")
    if kind is ValueKind.NUMBER and plain_number(text) is None:
        raise InvalidInput(f"{text!r} is no number: write it as 1200, 1,200 or 1.2 thousand, its unit apart")
    if kind is ValueKind.DATE and partial_date(text) is None:
        raise InvalidInput(f"{text!r} is no date: write it as 1970, 1970-12 or 1970-12-31")


def _wanted(relation: RelationType) -> str:
    entity = [f"an entity of type {' or '.join(relation.tails)} (its id as `referent`)"]
    return " or ".join(
        [*(entity if relation.tails else []), *(f"a {kind} (as `value`)" for kind in relation.values)]
    )


def _compared(fact: Fact, ontology: Ontology) -> EntityId | Value:
    return normalise_value(fact.tail, ontology.units) if isinstance(fact.tail, Value) else fact.tail


def _candidates(conn: Connection, workspace: WorkspaceId, ruling: Resolve, ontology: Ontology) -> list[str]:
    """What the subject's facts in the relation have for an object, the best supported first."""
    view, reader = LedgerView(conn, workspace), ClaimReader(ontology, {})
    member = view.memberships([ruling.subject]).get(ruling.subject)
    if member is None:
        return []
    name = ruling.relation if ruling.relation == RELATED_TO else reader.canonical(ruling.relation)
    side = {(member.entity, name)}
    away = view.facts_from(side) if name == ruling.relation else {}
    back = view.facts_into(side) if name != ruling.relation or reader.symmetric(name) else {}
    facts = [f for f in (away | back).values() if f.polarity is ruling.polarity]
    facts = [f for f in facts if f.status is not FactStatus.INFERRED]
    facts = sorted(facts, key=lambda f: (-f.support, f.id))[:_SHOWN]
    others = {f.id: f.head if f.id in back and f.id not in away else f.tail for f in facts}
    names = browse.headlines(conn, workspace, [e for e in others.values() if not isinstance(e, Value)])
    return [_shown(others[f.id], f, names) for f in facts]


def _shown(other: EntityId | Value, fact: Fact, names: dict[EntityId, browse.Headline]) -> str:
    if isinstance(other, Value):
        told = f"{other.shown!r} ({other.kind})"
    else:
        told = f"{names[other].name!r} (referent {other.hex()})"
    return told + "".join(f", {name}={text!r}" for name, text in fact.qualifiers)
