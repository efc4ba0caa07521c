"""What a text tells of the types of the things that it names, beside their names."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from graph.ontology import Ontology
from graph.types import Value
from ingest.extraction import lexicon
from ingest.extraction.clusters import Cluster
from ingest.extraction.coreference import name_links
from ingest.extraction.passages import Reading
from ingest.extraction.statements import Statement

if TYPE_CHECKING:
    from spacy.tokens import Token

_SIGNATURE = 3  # votes of a relation's signature for a type: more than a few guesses, less than a cue
_AMBIGUOUS = frozenset(
    {
        "headquarters of",
        "birthplace of",
        "work in",
        "start",
        "run",
        "be in",
        "part of",
        "belong to",
        "lie in",
        "die in",
    }
)
_OF_PLACES = frozenset({"locate in", "situate in"})  # said of a place, where nothing else tells what it is


def vote_by_nouns(readings: Sequence[Reading], clusters: Sequence[Cluster]) -> None:
    """ "X, a utility", "its founder, X", "X is an engineer" and "its founder is X" tell what X is."""
    links = name_links(clusters)
    for p, reading in enumerate(readings):
        for token in reading.doc:
            if token.pos_ != "NOUN" or (p, token.i) in links:
                continue
            noun = token.lemma_.lower()
            kind = "Person" if noun in lexicon.PERSON_NOUNS else lexicon.NOMINALS.get(noun)
            if kind is None:
                continue
            for i in _told_by(token):
                if (p, i) in links:
                    cluster = clusters[links[(p, i)].cluster]
                    cluster.votes[kind] += 6
                    if kind == "Person" and cluster.gender is None:
                        cluster.gender = (
                            "f"
                            if noun in lexicon.FEMALE_NOUNS
                            else "m"
                            if noun in lexicon.MALE_NOUNS
                            else None
                        )


def _told_by(noun: "Token") -> list[int]:
    """The tokens of which a noun says what they are: beside it, or on the other side of "is"."""
    is_said = noun.head.lemma_ == "be"
    if noun.dep_ == "appos":
        return [noun.head.i]
    if noun.dep_ == "attr" and is_said:
        return [c.i for c in noun.head.children if c.dep_ == "nsubj"]
    beside = [c.i for c in noun.children if c.dep_ == "appos"]
    if noun.dep_ == "nsubj" and is_said:
        beside += [c.i for c in noun.head.children if c.dep_ == "attr"]
    return beside if noun.tag_ == "NN" else []  # not of one of several


def vote_by_relations(
    statements: Sequence[Statement], clusters: Sequence[Cluster], ontology: Ontology
) -> None:
    """What is joined is an organisation, who joins it a person: votes of the relations' signatures."""
    for statement in statements:
        phrase = _listed(statement, ontology)
        if phrase is None or phrase in _AMBIGUOUS:
            continue
        relation = ontology.relation_types[ontology.phrase_index[phrase]]
        if isinstance(statement.tail, Value) != (not relation.tails) and not (
            isinstance(statement.tail, Value) and relation.values
        ):
            continue
        vote(clusters[statement.head], relation.heads, ontology)
        if not isinstance(statement.tail, Value):
            vote(clusters[statement.tail], relation.tails, ontology)
    _vote_for_places(statements, clusters, ontology)


def _vote_for_places(
    statements: Sequence[Statement], clusters: Sequence[Cluster], ontology: Ontology
) -> None:
    """What lies somewhere is a place, if nothing that is said of it tells otherwise."""
    kinds = set(ontology.ancestors("Place"))
    lying: set[int] = set()
    others: set[int] = set()
    for statement in statements:
        phrase = _listed(statement, ontology)
        if phrase is None:
            continue
        if phrase in _OF_PLACES and max(clusters[statement.head].votes.values(), default=0) < _SIGNATURE:
            lying.add(statement.head)
        if kinds.isdisjoint(ontology.relation_types[ontology.phrase_index[phrase]].heads):
            others.add(statement.head)
    for cluster in lying - others:
        clusters[cluster].votes["Place"] += _SIGNATURE - 1  # what its relations tell later outweighs it


def _listed(statement: Statement, ontology: Ontology) -> str | None:
    """The most telling of its phrases that the ontology lists."""
    return next((phrase for phrase in statement.lookups if phrase in ontology.phrase_index), None)


def vote(cluster: Cluster, allowed: Sequence[str], ontology: Ontology) -> None:
    """For what a relation allows at this end, unless the cluster is of such a type already."""
    if not allowed or set(ontology.ancestors(cluster.type)) & set(allowed):
        return
    if len(allowed) == 1 and allowed[0] not in ("Agent",):
        cluster.votes[allowed[0]] += _SIGNATURE
    elif allowed[0] == "Agent":
        cluster.votes["Organization"] += 2
    else:
        cluster.votes[allowed[0]] += 2
