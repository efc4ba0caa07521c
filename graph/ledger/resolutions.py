"""Which fact is right, and whether there is one: a resolve-decision changes nothing unless a fact says so.

So one that no fact answers is refused with what the graph holds instead, and one whose fact has gone sleeps.
Of a state it says what was so at a time: the person's, or that of which the latest of all that was decided
about speaks.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace

from sqlalchemy import Connection

from graph.errors import InvalidInput
from graph.fusion.amounts import amount
from graph.fusion.grouping import Grouping
from graph.fusion.normalize import normalise_value, partial_date, refines
from graph.fusion.periods import last_day
from graph.fusion.statements import ClaimReader, Family, family_of
from graph.ledger import browse
from graph.ledger.times import now, to_datetime
from graph.ledger.view import LedgerView
from graph.ontology import RELATED_TO, Ontology
from graph.relations import RelationType, Temporal
from graph.types import (
    EntityId,
    Fact,
    FactStatus,
    PartialDate,
    ReferentId,
    Resolve,
    Value,
    ValueKind,
    WorkspaceId,
)

_SHOWN = 10  # facts that a refusal lists


def stated(
    conn: Connection, workspace: WorkspaceId, rulings: Collection[Resolve], ontology: Ontology
) -> set[Resolve]:
    """Those that a fact of the present graph answers, as precisely or more. Cost: their subjects' facts in
    their relations."""
    return {ruling for ruling, facts in _answers(conn, workspace, rulings, ontology).items() if facts}


def _answers(
    conn: Connection, workspace: WorkspaceId, rulings: Collection[Resolve], ontology: Ontology
) -> dict[Resolve, list[Fact]]:
    view, reader = LedgerView(conn, workspace), ClaimReader(ontology, {})
    entity = {r: m.entity for r, m in view.memberships({r for each in rulings for r in ends(each)}).items()}
    said: dict[Resolve, tuple[Family, Value | None]] = {}
    for ruling in rulings:
        if entity.keys() >= set(ends(ruling)):
            right = ruling.value if isinstance(ruling.value, Value) else entity[ruling.value]
            said[ruling] = reader.decided(entity[ruling.subject], right, ruling)
    facts = _stated(view.facts_at({(f.head, f.relation, f.tail) for f, _ in said.values()}).values())
    return {
        ruling: [
            fact
            for fact in facts
            if family_of(fact)._replace(phrase="") == family and _says(fact, value, ontology)
        ]
        for ruling, (family, value) in said.items()
    }


def _says(fact: Fact, value: Value | None, ontology: Ontology) -> bool:
    if value is None or not isinstance(fact.tail, Value):
        return value is None
    told = normalise_value(fact.tail, ontology.units)
    return told == value or refines(told, value)


def _stated(facts: Iterable[Fact]) -> list[Fact]:
    return [fact for fact in facts if fact.status is not FactStatus.INFERRED]


def dated(conn: Connection, workspace: WorkspaceId, ruling: Resolve, ontology: Ontology) -> Resolve:
    """The ruling as it is decided: of a state, as of the person's time, or else of the latest date from which
    its fact and what may be its rivals speak now; where none of them bears a date, as of today.

    Cost: the claims of the facts in the groups of its fact.
    """
    if ruling.as_of is not None or not _changes(ruling.relation, ontology):
        return ruling
    view, grouping = LedgerView(conn, workspace), Grouping(ontology)
    right = _answers(conn, workspace, [ruling], ontology)
    groups = {key for fact in right.get(ruling, ()) for key in grouping.keys(family_of(fact))}
    at, heads, tails = grouping.places(groups)
    found = {**view.facts_at(at), **view.facts_from(heads), **view.facts_into(tails)}
    facts = [f for f in _stated(found.values()) if groups.intersection(grouping.keys(family_of(f)))]
    claims = view.claims({claim for fact in facts for claim in fact.claims}).values()
    told = {date for c in claims if (date := c.stated or c.valid_from or c.valid_to)}
    today = PartialDate(to_datetime(now()).date().isoformat())
    return replace(ruling, as_of=max(told, key=lambda date: (last_day(date), date), default=today))


def _changes(relation: str, ontology: Ontology) -> bool:
    """Whether it is one of states."""
    kind = ontology.relation_types.get(ClaimReader(ontology, {}).canonical(relation))
    return kind is not None and kind.temporal is Temporal.STATE


def require(conn: Connection, workspace: WorkspaceId, ruling: Resolve, ontology: Ontology) -> None:
    """InvalidInput for a relation that the ontology lacks, a time of one that does not change, an object that
    cannot be the relation's, and one that no fact has: then the facts that there are, with what to give for
    each."""
    relation = ontology.relation_types.get(ruling.relation)
    if relation is None and ruling.relation != RELATED_TO:
        raise InvalidInput(f"the ontology has no relation {ruling.relation!r}; take the one of the fact")
    if ruling.as_of is not None and not _changes(ruling.relation, ontology):
        raise InvalidInput(f"{ruling.relation} does not change over time: leave as_of out")
    if ruling.as_of is not None and partial_date(ruling.as_of) != ruling.as_of:
        raise InvalidInput(f"as_of: {ruling.as_of!r} is no date: write it as 2024, 2024-05 or 2024-05-31")
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
    if kind is ValueKind.NUMBER and amount(text) is None:
        raise InvalidInput(f"{text!r} is no number: write it as 1200, 1,200 or 1.2 thousand, its unit apart")
    if kind is ValueKind.DATE and partial_date(text) is None:
        raise InvalidInput(f"{text!r} is no date: write it as 1970, 1970-12 or 1970-12-31")


def _wanted(relation: RelationType) -> str:
    entity = [f"an entity of type {' or '.join(relation.tails)} (its id as `referent`)"]
    return " or ".join(
        [*(entity if relation.tails else []), *(f"a {kind} (as `value`)" for kind in relation.values)]
    )


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
    facts = [f for f in _stated((away | back).values()) if f.polarity is ruling.polarity]
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
