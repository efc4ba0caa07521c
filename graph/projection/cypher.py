"""Every query text. Values are always parameters; the only names put into a text are the fixed ones below
and type names that have passed ``graph.ontology``'s check. ``$workspace`` is in each text that touches data,
save those that only create nodes: it is in their rows.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from graph.ontology import RELATED_TO, check_entity_type_name, check_relation_name
from graph.ports import Hop

DOCUMENT, ELEMENT, CHUNK, ENTITY, FACT, CLAIM = "Document", "Element", "Chunk", "Entity", "Fact", "Claim"
BASE_LABELS = (DOCUMENT, ELEMENT, CHUNK, ENTITY, FACT, CLAIM)
ENTITY_TEXT = "veripath_entity_text"
CHUNK_TEXT = "veripath_chunk_text"

# ---------------------------------------------------------------- schema


@dataclass(frozen=True, slots=True)
class FullText:
    """A full-text index: of which nodes and properties, and by which analyser."""

    label: str
    properties: tuple[str, ...]
    analyser: str


# Two, because names need another analyser than prose: no stems, no stop words
FULL_TEXT = {
    ENTITY_TEXT: FullText(ENTITY, ("scope", "keys", "name", "aliases"), "standard-folding"),
    CHUNK_TEXT: FullText(CHUNK, ("scope", "titles", "text"), "english"),
}
FULL_TEXT_INDEXES = "SHOW FULLTEXT INDEXES YIELD name, labelsOrTypes, properties, options"

SCHEMA = (
    *(
        f"CREATE CONSTRAINT veripath_{label.lower()}_key IF NOT EXISTS "
        f"FOR (n:{label}) REQUIRE (n.workspace, n.id) IS UNIQUE"
        for label in BASE_LABELS
    ),
    "CREATE CONSTRAINT veripath_projection_key IF NOT EXISTS "
    "FOR (n:Projection) REQUIRE n.workspace IS UNIQUE",
    "CREATE CONSTRAINT veripath_mentions_key IF NOT EXISTS "
    "FOR ()-[r:MENTIONS]-() REQUIRE (r.workspace, r.id) IS UNIQUE",
    "CREATE INDEX veripath_entity_name IF NOT EXISTS FOR (n:Entity) ON (n.workspace, n.name)",
    "CREATE INDEX veripath_element_order IF NOT EXISTS FOR (n:Element) ON (n.workspace, n.document, n.ord)",
    *(
        f"CREATE FULLTEXT INDEX {name} IF NOT EXISTS FOR (n:{index.label}) "
        f"ON EACH [{', '.join(f'n.{each}' for each in index.properties)}] "
        f"OPTIONS {{indexConfig: {{`fulltext.analyzer`: '{index.analyser}'}}}}"
        for name, index in FULL_TEXT.items()
    ),
)
AWAIT_INDEXES = "CALL db.awaitIndexes(300)"


def drop_index(name: str) -> str:
    return f"DROP INDEX {name} IF EXISTS"


def fact_key(relation: str) -> str:
    return (
        f"CREATE CONSTRAINT veripath_fact_{check_relation_name(relation).lower()} IF NOT EXISTS "
        f"FOR ()-[r:{_type(relation)}]-() REQUIRE (r.workspace, r.fact_id) IS UNIQUE"
    )


# ---------------------------------------------------------------- position

POSITION = (
    "MATCH (p:Projection {workspace: $workspace}) "
    "RETURN p.position AS position, p.relations AS relations, coalesce(p.clearing, false) AS clearing, "
    "coalesce(p.form, 1) AS form, p.ledger AS ledger"
)
ENSURE_PROJECTION = (
    "MERGE (p:Projection {workspace: $workspace}) "
    "ON CREATE SET p.position = 0, p.relations = [], p.form = $form "
    "SET p.ledger = coalesce(p.ledger, $ledger), p.writer = $writer"
)
TAKE_OVER = "MATCH (p:Projection {workspace: $workspace}) SET p.ledger = $ledger"
# The first SET takes the node's write lock before anything of it is read: one writer a workspace at a time
GUARD = (
    "MATCH (p:Projection {workspace: $workspace}) SET p.applying = $writer "
    "SET p.relations = p.relations + [t IN $relations WHERE NOT t IN p.relations] "
    "WITH p RETURN p.position AS position, p.ledger AS ledger, p.writer AS writer"
)
ADVANCE = "MATCH (p:Projection {workspace: $workspace}) SET p.position = $reached REMOVE p.writer, p.applying"
BEGIN_CLEAR = (
    "MERGE (p:Projection {workspace: $workspace}) "
    "SET p.position = 0, p.relations = [], p.form = $form, p.clearing = true REMOVE p.writer"
)
END_CLEAR = "MATCH (p:Projection {workspace: $workspace}) REMOVE p.clearing, p.applying"

# ---------------------------------------------------------------- upserts


def find_nodes(label: str) -> str:
    return f"UNWIND $ids AS id MATCH (n:{label} {{workspace: $workspace, id: id}}) RETURN id"


def create_nodes(label: str, labels: Iterable[str] = ()) -> str:
    """With ``labels`` beside ``label``."""
    return f"UNWIND $rows AS row CREATE (n:{':'.join((label, *map(_label, labels)))}) SET n = row.p"


def change_nodes(label: str) -> str:
    return f"UNWIND $rows AS row MATCH (n:{label} {{workspace: $workspace, id: row.id}}) SET n = row.p"


def change_entities(labels: Iterable[str]) -> str:
    """Sets exactly these labels beside Entity; returns the nodes that bear others, with those."""
    names = [_label(label) for label in labels]
    put = f" SET n:{':'.join(names)}" if names else ""
    return (
        f"{change_nodes(ENTITY)}{put} "
        "WITH n, [l IN labels(n) WHERE NOT l IN $keep] AS stale WHERE size(stale) > 0 "
        "RETURN n.id AS id, stale"
    )


def drop_label(label: str) -> str:
    """``label`` was read from the store, where a person may have put any: quoted, not checked."""
    quoted = label.replace("`", "``")
    return f"UNWIND $ids AS id MATCH (n:{ENTITY} {{workspace: $workspace, id: id}}) REMOVE n:`{quoted}`"


def link(start: str, relation: str, end: str, *, properties: bool = False) -> str:
    """Plain relationships of the layout and of provenance, one between two nodes."""
    put = " SET r = row.p" if properties else ""
    return (
        f"UNWIND $rows AS row MATCH (a:{start} {{workspace: $workspace, id: row.a}}) "
        f"MATCH (b:{end} {{workspace: $workspace, id: row.b}}) MERGE (a)-[r:{relation}]->(b){put}"
    )


def find_facts(relation: str) -> str:
    key = "{workspace: $workspace, fact_id: id}"
    return f"UNWIND $ids AS id MATCH ()-[r:{_type(relation)} {key}]->() RETURN id"


def create_facts(relation: str) -> str:
    """Facts as relationships: parallel ones are told apart by their fact."""
    return (
        f"UNWIND $rows AS row MATCH (a:{ENTITY} {{workspace: $workspace, id: row.a}}) "
        f"MATCH (b:{ENTITY} {{workspace: $workspace, id: row.b}}) "
        f"CREATE (a)-[r:{_type(relation)}]->(b) SET r = row.p"
    )


def change_facts(relation: str) -> str:
    """Their ends stay: a fact's id fixes them."""
    key = "{workspace: $workspace, fact_id: row.id}"
    return f"UNWIND $rows AS row MATCH ()-[r:{_type(relation)} {key}]->() SET r = row.p"


# An index serves only who asks for all of its properties: without the last, every element of all is read
CHAIN_ELEMENTS = (
    "UNWIND $ids AS document "
    f"CALL (document) {{ MATCH (e:{ELEMENT} {{workspace: $workspace, document: document}}) "
    "USING INDEX e:Element(workspace, document, ord) WHERE e.ord IS NOT NULL "
    "OPTIONAL MATCH (e)-[old:NEXT]->() DELETE old "
    "WITH DISTINCT e ORDER BY e.ord WITH collect(e) AS es "
    "UNWIND range(0, size(es) - 2) AS i WITH es[i] AS a, es[i + 1] AS b CREATE (a)-[:NEXT]->(b) }"
)
DROP_STALE_CLAIMS = (
    f"UNWIND $rows AS row MATCH (c:{CLAIM})-[s:STATES]->(:{FACT} {{workspace: $workspace, id: row.id}}) "
    "WHERE NOT c.id IN row.claims DELETE s "
    f"WITH DISTINCT c WHERE NOT EXISTS {{ (c)-[:STATES]->(:{FACT}) }} DETACH DELETE c"
)

# ---------------------------------------------------------------- deletes


def delete_nodes(label: str) -> str:
    return f"UNWIND $ids AS id MATCH (n:{label} {{workspace: $workspace, id: id}}) DETACH DELETE n"


DELETE_MENTIONS = "UNWIND $ids AS id MATCH ()-[r:MENTIONS {workspace: $workspace, id: id}]->() DELETE r"
DELETE_FACT_NODES = (
    f"UNWIND $ids AS id MATCH (f:{FACT} {{workspace: $workspace, id: id}}) "
    f"OPTIONAL MATCH (c:{CLAIM})-[:STATES]->(f) WITH f, collect(c) AS claims DETACH DELETE f "
    f"WITH claims UNWIND claims AS c WITH DISTINCT c WHERE NOT EXISTS {{ (c)-[:STATES]->(:{FACT}) }} "
    "DETACH DELETE c"
)


def delete_fact_relationships(relation: str) -> str:
    key = "{workspace: $workspace, fact_id: id}"
    return f"UNWIND $ids AS id MATCH ()-[r:{_type(relation)} {key}]->() DELETE r"


def clear_some(label: str) -> str:
    return (
        f"MATCH (n:{label} {{workspace: $workspace}}) WITH n LIMIT 2000 DETACH DELETE n "
        "RETURN count(*) AS deleted"
    )


# ---------------------------------------------------------------- questions

_NAME = "coalesce({0}.full_name, {0}.name)"
_HIT = f"n.id AS id, {_NAME.format('n')} AS name, n.type AS type, n.aliases AS aliases"

ENTITIES = f"UNWIND $ids AS id MATCH (n:{ENTITY} {{workspace: $workspace, id: id}}) RETURN {_HIT}"
SEARCH_ENTITIES = (
    f"CALL db.index.fulltext.queryNodes('{ENTITY_TEXT}', $query, $options) YIELD node AS n, score "
    f"WHERE n.workspace = $workspace RETURN {_HIT}, score ORDER BY score DESC, id LIMIT $k"
)
SEARCH_CHUNKS = (
    f"CALL db.index.fulltext.queryNodes('{CHUNK_TEXT}', $query, $options) YIELD node AS n, score "
    "WHERE n.workspace = $workspace "
    "RETURN n.id AS id, n.document AS document, n.ord AS ord, score ORDER BY score DESC, id LIMIT $k"
)
CHUNKS_OF = (
    f"UNWIND $ids AS id MATCH (e:{ENTITY} {{workspace: $workspace, id: id}}) "
    f"CALL (e) {{ MATCH (c:{CHUNK})-[m:MENTIONS]->(e) "
    "RETURN c, m.count AS score ORDER BY score DESC, c.id LIMIT $k } "
    "RETURN e.id AS entity, c.id AS id, c.document AS document, c.ord AS ord, score"
)
ENTITIES_OF = (
    f"UNWIND $ids AS id MATCH (c:{CHUNK} {{workspace: $workspace, id: id}})-[m:MENTIONS]->(n:{ENTITY}) "
    f"RETURN c.id AS chunk, m.count AS score, {_HIT} ORDER BY score DESC, n.id"
)
_FACT_RESULT = (
    "properties(x) AS properties, relation, "
    f"h.id AS head, {_NAME.format('h')} AS head_name, t.id AS tail, {_NAME.format('t')} AS tail_name"
)


def facts(relations: Iterable[str]) -> str:
    """Facts by id, in either form: one index seek for each relationship type in use."""
    branches = [
        f"MATCH (h:{ENTITY})-[x:{_type(r)} {{workspace: $workspace, fact_id: id}}]->(t:{ENTITY}) "
        "RETURN x, type(x) AS relation, h, t"
        for r in relations
    ]
    branches.append(
        f"MATCH (x:{FACT} {{workspace: $workspace, id: id}})-[:SUBJECT]->(h:{ENTITY}) "
        f"OPTIONAL MATCH (x)-[:OBJECT]->(t:{ENTITY}) RETURN x, x.relation AS relation, h, t"
    )
    return f"UNWIND $ids AS id CALL (id) {{ {' UNION ALL '.join(branches)} }} RETURN {_FACT_RESULT}"


# Partial dates compare as text: "~" sorts after every digit and dash, so "2019~" is the end of 2019.
_HOLDS = (
    "x.status IN $statuses AND ($as_of IS NULL OR (coalesce(x.valid_from, '') <= $as_of + '~' "
    "AND coalesce(x.valid_to, '~') + '~' >= $as_of AND (x.status <> 'superseded' OR x.valid_to IS NOT NULL)))"
)
_AFTER = (
    "($after IS NULL OR support < $after[0] OR (support = $after[0] AND (confidence < $after[1] "
    "OR (confidence = $after[1] AND fact > $after[2]))))"
)


def expand(relations: Iterable[str]) -> str:
    """The facts around each entity of $ids, of $relations alone where it is not null, best supported first,
    at most $limit an entity.

    Costs the degree of each entity in facts: mentions are never walked.
    """
    return _best_steps(_around(relations), f"($relations IS NULL OR relation IN $relations) AND {_AFTER}")


def along(hop: Hop) -> str:
    """As ``expand``, over the facts of one relation in one direction; $phrase is None or the facts' own."""
    return _best_steps(
        _around([hop.relation], forward=hop.forward),
        "relation = $relation AND ($phrase IS NULL OR x.phrase = $phrase) AND (o IS NULL OR o <> e)",
    )


def hops(relations: Iterable[str], *, last: bool) -> str:
    """Relations and directions that lead away from each group of entities in $groups, a list of id lists,
    with the number of facts and, unless this is the ``last`` step, $sample of the entities they lead to."""
    ends = "[]" if last else "collect(other)[..$sample]"
    return (
        "UNWIND range(0, size($groups) - 1) AS n UNWIND $groups[n] AS id "
        f"MATCH (e:{ENTITY} {{workspace: $workspace, id: id}}) CALL (e) {{ {_around(relations)} }} "
        "WITH n, e, x, relation, forward, o.id AS other "
        "WHERE other IS NULL OR NOT (other = e.id OR other IN $starts) "
        f"WITH n, relation, CASE relation WHEN '{RELATED_TO}' THEN x.phrase END AS phrase, forward, other, "
        "count(*) AS facts ORDER BY other "
        f"RETURN n, relation, phrase, forward, sum(facts) AS facts, {ends} AS ends"
    )


def _best_steps(around: str, keep: str) -> str:
    return (
        f"UNWIND $ids AS id MATCH (e:{ENTITY} {{workspace: $workspace, id: id}}) "
        f"CALL (e) {{ CALL (e) {{ {around} }} "
        "WITH e, x, fact, relation, forward, o, x.support AS support, x.confidence AS confidence "
        f"WHERE {keep} "
        "RETURN x, fact, relation, forward, o ORDER BY support DESC, confidence DESC, fact LIMIT $limit } "
        f"RETURN e.id AS entity, {_NAME.format('e')} AS entity_name, properties(x) AS properties, relation, "
        f"forward, o.id AS other, {_NAME.format('o')} AS other_name"
    )


def _around(relations: Iterable[str], *, forward: bool | None = None) -> str:
    """The facts at ``e``, in either form, with the entity beyond, which is null for a literal. ``forward``
    keeps one direction."""
    types = "|".join(_type(r) for r in relations) or RELATED_TO
    left, right = "<-" if forward is False else "-", "->" if forward else "-"
    holds = f"{_HOLDS} AND (x.polarity OR NOT $asserted)"
    branches = [
        f"MATCH (e){left}[x:{types}]{right}(o:{ENTITY}) WHERE x.workspace = $workspace AND {_HOLDS} "
        "RETURN x, x.fact_id AS fact, type(x) AS relation, startNode(x) = e AS forward, o"
    ]
    if forward is not False:
        branches.append(
            f"MATCH (e)<-[:SUBJECT]-(x:{FACT}) WHERE {holds} OPTIONAL MATCH (x)-[:OBJECT]->(o:{ENTITY}) "
            "RETURN x, x.id AS fact, x.relation AS relation, true AS forward, o"
        )
    if forward is not True:
        branches.append(
            f"MATCH (e)<-[:OBJECT]-(x:{FACT}) WHERE {holds} MATCH (x)-[:SUBJECT]->(o:{ENTITY}) WHERE o <> e "
            "RETURN x, x.id AS fact, x.relation AS relation, false AS forward, o"
        )
    return " UNION ALL ".join(branches)


# ---------------------------------------------------------------- what is stored, to hold it to the ledger

_RANGE = "n.id > $after AND n.id <= $upto"
STORED_NODES = {
    DOCUMENT: f"MATCH (n:{DOCUMENT} {{workspace: $workspace}}) WHERE {_RANGE} "
    "RETURN n.id AS id, properties(n) AS properties, [] AS links",
    ELEMENT: f"MATCH (n:{ELEMENT} {{workspace: $workspace}}) WHERE {_RANGE} "
    "RETURN n.id AS id, properties(n) AS properties, [(n)<-[:HAS_ELEMENT]-(d) | ['HAS_ELEMENT', d.id]] "
    "+ [(n)-[:PARENT]->(p) | ['PARENT', p.id]] AS links",
    CHUNK: f"MATCH (n:{CHUNK} {{workspace: $workspace}}) WHERE {_RANGE} "
    "RETURN n.id AS id, properties(n) AS properties, [(n)<-[:HAS_CHUNK]-(d) | ['HAS_CHUNK', d.id]] AS links",
    ENTITY: f"MATCH (n:{ENTITY} {{workspace: $workspace}}) WHERE {_RANGE} "
    f"RETURN n.id AS id, properties(n) AS properties, [l IN labels(n) WHERE l <> '{ENTITY}' | ['LABEL', l]] "
    "AS links",
    FACT: f"MATCH (n:{FACT} {{workspace: $workspace}}) WHERE {_RANGE} "
    "RETURN n.id AS id, properties(n) AS properties, [(n)-[:SUBJECT]->(e) | ['SUBJECT', e.id]] "
    "+ [(n)-[:OBJECT]->(e) | ['OBJECT', e.id]] + [(c)-[:STATES]->(n) | ['STATES', c.id]] AS links, "
    "[(c)-[:STATES]->(n) | properties(c)] AS claims",
}
STORED_MENTIONS = (
    "MATCH (a)-[n:MENTIONS {workspace: $workspace}]->(b) WHERE "
    f"{_RANGE} RETURN n.id AS id, properties(n) AS properties, [['FROM', a.id], ['TO', b.id]] AS links"
)
# Relationships between entities that no fact put there: a person drew them
STRAYS = (
    f"MATCH (a:{ENTITY} {{workspace: $workspace}})-[r]-(:{ENTITY}) "
    "WHERE r.fact_id IS NULL OR r.workspace IS NULL OR r.workspace <> $workspace "
    "OR NOT type(r) IN $relations WITH DISTINCT r "
)
COUNT_STRAYS = f"{STRAYS} RETURN count(r) AS strays"
DELETE_STRAYS = f"{STRAYS} DELETE r"
UNLINK = {
    ELEMENT: f"UNWIND $ids AS id MATCH (n:{ELEMENT} {{workspace: $workspace, id: id}}) "
    "OPTIONAL MATCH (n)<-[h:HAS_ELEMENT]-() OPTIONAL MATCH (n)-[p:PARENT]->() DELETE h, p",
    CHUNK: f"UNWIND $ids AS id MATCH (:{CHUNK} {{workspace: $workspace, id: id}})<-[h:HAS_CHUNK]-() DELETE h",
}


def stored_relationships(relation: str) -> str:
    return (
        f"MATCH (a)-[n:{_type(relation)} {{workspace: $workspace}}]->(b) "
        "WHERE n.fact_id > $after AND n.fact_id <= $upto "
        "RETURN n.fact_id AS id, properties(n) AS properties, [['FROM', a.id], ['TO', b.id]] AS links"
    )


def _label(name: str) -> str:
    return f"`{check_entity_type_name(name)}`"  # quoted, because a type may be a word of Cypher


def _type(name: str) -> str:
    return f"`{check_relation_name(name)}`"
