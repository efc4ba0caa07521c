"""Which relation type somebody's phrase means, in whatever form of its words: "leads", "was founded by"."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from graph.epochs.wording import forms
from graph.fusion.normalize import normalise_phrase
from graph.ontology import Ontology
from graph.relations import RelationType


class Meant(NamedTuple):
    """``turned``: the type holds from the phrase's object to its subject."""

    relation: RelationType
    turned: bool = False


def meanings(phrases: Iterable[str], ontology: Ontology) -> Mapping[str, Meant]:
    """Of those phrases that mean a type: its name, a phrase that the ontology lists, or a form of one."""
    types, index = ontology.relation_types, ontology.phrase_index
    lemmas = {word for phrase in index for word in phrase.split()}
    found: dict[str, Meant] = {}
    for phrase in set(phrases):
        if relation := types.get(phrase) or types.get(index.get(normalise_phrase(phrase), "")):
            found[phrase] = Meant(relation)
            continue
        for form in forms(phrase, lemmas):
            if form.text in index:
                found[phrase] = Meant(types[index[form.text]], form.turned)
                break
    return found
