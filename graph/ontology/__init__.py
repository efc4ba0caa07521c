"""What kinds of things there are, how they may relate, and which statements exclude each other.

An ontology is one TOML text. A default one ships with the package; a workspace replaces it by a decision.
"""

from graph.ontology.model import RELATED_TO, THING, EntityType, Ontology, Unit, with_traits
from graph.ontology.naming import check_entity_type_name, check_relation_name
from graph.ontology.reading import default_ontology, default_ontology_text, parse_ontology, stored_ontology

__all__ = [
    "RELATED_TO",
    "THING",
    "EntityType",
    "Ontology",
    "Unit",
    "check_entity_type_name",
    "check_relation_name",
    "default_ontology",
    "default_ontology_text",
    "parse_ontology",
    "stored_ontology",
    "with_traits",
]
