"""What an ontology's relation types must be to each other, so that a fact of each can hold."""

from collections.abc import Collection

from graph.errors import OntologyError
from graph.ontology.model import Ontology
from graph.relations import RelationType


def check_parent(relation: RelationType, parent: str, ontology: Ontology) -> None:
    """It is there, it leads back neither to the relation nor to its inverse, and all that the relation may
    stand between the parent may stand between too."""
    name, relations, over = relation.name, ontology.relations, ontology.relation_types.get(parent)
    if over is None:
        raise OntologyError(
            f"relation type {name!r}: its parent {parent!r} is not defined; add [relation.{parent}]"
        )
    if parent == name:
        raise OntologyError(f"relation type {name!r}: is its own parent; leave parent out")
    if relations.canonical(parent) == relations.canonical(name):
        raise OntologyError(
            f"relation type {name!r}: its parent is its inverse {parent!r}, which makes of them one relation "
            "that holds both ways; keep one of them and say symmetric = true"
        )
    if any(sense.relation == relations.canonical(name) for sense in relations.above(parent)):
        raise OntologyError(
            f"relation type {name!r}: its parents form a circle; leave one of them out, or make them one "
            "relation type with the phrases of all"
        )
    for end, ours, theirs in (("heads", relation.heads, over.heads), ("tails", relation.tails, over.tails)):
        for kind in ours:
            if not set(ontology.ancestors(kind)) & set(theirs):
                raise OntologyError(
                    f"relation type {name!r}: {kind!r} of its {end} is none of those of its parent "
                    f"{parent!r} ({_listed(theirs)}) nor a kind of one; add it there, or take it out here"
                )
    for value in relation.values:
        if value not in over.values:
            raise OntologyError(
                f"relation type {name!r}: its values are {value}, which its parent {parent!r} does not take "
                f"({_listed(over.values)}); add it there, or take it out here"
            )


def check_inherited(name: str, ontology: Ontology) -> None:
    """What the relation inherits leaves room for a fact of it."""
    relations = ontology.relations
    groups: dict[str, str] = {}
    for sense in relations.above(name):
        traits = relations.traits(sense.relation)
        if traits.asymmetric and sense.straight and sense.turned:
            raise OntologyError(
                f"relation type {name!r}: says {sense.relation} both ways, which is asymmetric, so that no "
                "fact of it could hold; take asymmetric from the one, or symmetric or parent from the other"
            )
        for group in sorted(traits.groups):
            if groups.setdefault(group, sense.relation) != sense.relation:
                raise OntologyError(
                    f"relation type {name!r}: is both {groups[group]} and {sense.relation}, which exclude "
                    f"each other (exclusive = {group!r}); put only the upper of them into the group"
                )


def check_inverse(relation: RelationType, inverse: str, ontology: Ontology) -> None:
    """It is there, it is another, it names no third, and its ends can be this one's ends turned round."""
    name, other = relation.name, ontology.relation_types.get(inverse)
    if other is None:
        raise OntologyError(f"relation type {name!r}: inverse {inverse!r} is not defined")
    if inverse == name:
        raise OntologyError(f"relation type {name!r}: is its own inverse; say symmetric = true")
    if other.inverse_of not in {None, name}:
        raise OntologyError(f"relation type {name!r}: its inverse {inverse!r} names another")
    for end, ours, its_end, theirs in (
        ("head", relation.heads, "tail", other.tails),
        ("tail", relation.tails, "head", other.heads),
    ):
        if not any(ontology.compatible(a, b) for a in ours for b in theirs):
            raise OntologyError(
                f"relation type {name!r}: no {end} of it ({_listed(ours)}) can be a {its_end} of its inverse "
                f"{inverse!r} ({_listed(theirs)}), which tells the same pair from the other end"
            )


def check_meets(relation: RelationType, trait: str, ontology: Ontology) -> None:
    """Something can be a head and a tail of it, without which ``trait`` says nothing of any fact."""
    if not any(ontology.compatible(a, b) for a in relation.heads for b in relation.tails):
        raise OntologyError(
            f"relation type {relation.name!r}: cannot be {trait}, since no head of it "
            f"({_listed(relation.heads)}) can be a tail of it ({_listed(relation.tails)})"
        )


def check_within(relation: RelationType, along: str, ontology: Ontology) -> None:
    """It is there and transitive, may lead from a tail of the relation to another, of which one is told; and
    what lies in what is told by other relations."""
    name, relations, over = relation.name, ontology.relations, ontology.relation_types.get(along)
    if over is None:
        raise OntologyError(
            f"relation type {name!r}: within {along!r} is not defined; add [relation.{along}]"
        )
    if not relations.traits(along).transitive or relations.traits(along).symmetric:
        raise OntologyError(
            f"relation type {name!r}: within {along!r} must be transitive and not symmetric: its tails are "
            "told more or less precisely along it"
        )
    if not (relation.functional and relation.tails) or relation.symmetric:
        raise OntologyError(
            f"relation type {name!r}: within is for one that is functional, not symmetric, and has tails; "
            "leave it out where several things may be told anyway"
        )
    for end, theirs in (("head", over.heads), ("tail", over.tails)):
        if not any(ontology.compatible(a, b) for a in relation.tails for b in theirs):
            raise OntologyError(
                f"relation type {name!r}: no tail of it ({_listed(relation.tails)}) can be a {end} of "
                f"{along!r} ({_listed(theirs)}), within which it is told"
            )
    if order := relations.rests_on_order(name):
        raise OntologyError(
            f"relation type {name!r}: is, or has a kind that is, a kind of {order!r}, which is transitive; "
            "leave within out, or the parent"
        )
    over_it = [each for each in relations.topmost(relations.canonical(name), "functional") if each.straight]
    if relations.canonical(name) == name and not any(each.relation == name for each in over_it):
        raise OntologyError(
            f"relation type {name!r}: is a kind of {over_it[0].relation!r}, which is functional too; say "
            "within what it is told there"
        )


def _listed(types: Collection[str]) -> str:
    return ", ".join(types) or "none"
