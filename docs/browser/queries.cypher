// Saved queries for Neo4j Browser. First choose the workspace (its name is in `veripath status`):
:param workspace => 'default'

// Who and what is connected: the best supported facts
MATCH (a:Entity {workspace: $workspace})-[r]->(b:Entity)
WHERE r.fact_id IS NOT NULL
RETURN a, r, b ORDER BY r.support DESC LIMIT 100

// Conflicts: facts that did not win, with the reason and what their documents say
MATCH (f:Fact {workspace: $workspace})-[:SUBJECT]->(head:Entity)
WHERE f.status IN ['contested', 'superseded']
OPTIONAL MATCH (f)-[:OBJECT]->(tail:Entity)
OPTIONAL MATCH (c:Claim)-[:STATES]->(f)
RETURN head.name, f.phrase, coalesce(tail.name, f.value) AS object, f.status, f.reason, f.support,
       collect(c.quote) AS quotes
ORDER BY head.name, f.phrase

// The same as a picture
MATCH (f:Fact {workspace: $workspace})-[s:SUBJECT|OBJECT]->(e:Entity)
WHERE f.status IN ['contested', 'superseded']
OPTIONAL MATCH (c:Claim)-[st:STATES]->(f)
RETURN f, s, e, c, st LIMIT 200

// Merged from: entities that several documents' mentions were fused into, with all their names
MATCH (e:Entity {workspace: $workspace})
WHERE e.members > 1
RETURN e.name, labels(e) AS types, e.members, e.aliases ORDER BY e.members DESC LIMIT 100

// Why: where an accepted fact comes from. Set the names first, any that the documents use
:param head => 'Anna Vance'
:param tail => 'Borealis Energy'
MATCH (a:Entity {workspace: $workspace})-[r]-(b:Entity {workspace: $workspace})
WHERE r.fact_id IS NOT NULL AND $head IN a.aliases + a.name AND $tail IN b.aliases + b.name
UNWIND range(0, size(r.quotes) - 1) AS i
MATCH (d:Document {workspace: $workspace, id: r.documents[i]})
RETURN type(r) AS relation, r.support, r.valid_from, r.valid_to, r.quotes[i] AS quote, d.title, d.uris

// Where something is mentioned
MATCH (d:Document)-[:HAS_CHUNK]->(c:Chunk)-[m:MENTIONS]->(e:Entity {workspace: $workspace})
WHERE $head IN e.aliases + e.name
RETURN d.title, c.page, m.count, c.text ORDER BY m.count DESC LIMIT 50

// How a document is built
MATCH (d:Document {workspace: $workspace})-[h:HAS_ELEMENT]->(e:Element)
OPTIONAL MATCH (e)-[n:NEXT|PARENT]->(o:Element)
RETURN d, h, e, n, o LIMIT 150
