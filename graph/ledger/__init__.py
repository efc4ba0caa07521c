"""The system of record. Functions take an open transaction first, then the workspace:

    ledger = Ledger.open("sqlite:///veripath.db"); ledger.migrate()
    with ledger.write() as conn: ...        one transaction
    with ledger.read() as conn: ...         one read-only snapshot

(signatures while they are being built; the bodies follow)

engine.Ledger            open(url), migrate(), read(), write(), close(), engine
bulk                     slices, insert_new(conn, table, rows), upsert(conn, table, rows), delete_keys(conn, table, keys)
positions                create_workspace(conn, ws); list_workspaces(conn); next_position(conn, ws) -> Position
                         position(conn, ws); fused_position(conn, ws); advance_fused(conn, ws, expected, reached)
documents                Upload(uri, content, size, media_type, filename, metadata)
                         Accepted(source, content, position, changed: bool)
                         accept(conn, ws, uploads: Sequence[Upload]) -> list[Accepted]
                         delete_source(conn, ws, uri) -> ContentId; delete_content(conn, ws, content) -> None  (NotFound)
                         Document(content, size, media_type, accepted, changed, live, title, pages, stated, pipeline, sources)
                         list_documents(conn, ws, *, limit, cursor=None) -> Page[Document]
                         get_document(conn, ws, content) -> Document  (NotFound)
                         documents(conn, ws, contents) -> dict[ContentId, Document]   live or not; absent when unknown
                         changed_contents(conn, ws, after: Position, upto: Position) -> list[ContentId]  sorted
                         live_contents(conn, ws) -> list[ContentId]  sorted
evidence                 publish(ledger, ws, Evidence) -> Position          whole or not at all, idempotent
                         is_published(conn, ws, content, pipeline) -> bool
                         read_evidence(conn, ws, content, pipeline=None) -> Evidence   (published run; NotFound)
                         referents_of(conn, ws, contents) -> list[Referent]     LIVE contents' published runs only
                         referents(conn, ws, ids) -> list[Referent]             live ones only
                         mentions_of(conn, ws, referents) -> list[tuple[ContentId, Mention]]   live only
                         claims_of(conn, ws, contents) -> list[Claim]           live only
                         claims_at(conn, ws, referents) -> list[Claim]          live, head or tail among referents
                         claims(conn, ws, ids) -> list[Claim]                   live only
                         layouts(conn, ws, contents) -> dict[ContentId, Layout(pipeline, title, media_type, pages, stated,
                                                       signature, elements, chunks)]   live only, no text
                         texts_at(conn, ws, {content: [Span]}) -> dict[(content, Span), str]   live only, verified
citations.LedgerEvidence(ledger)   graph.ports.EvidenceReader
decisions                decide(conn, ws, ruling, author, reason="") -> Decision; active(conn, ws) -> list[Decision]
                         list_decisions(conn, ws) -> list[DecisionRecord]; to_json(ruling); from_json(kind, json)
verdicts                 record(conn, ws, verdicts) -> list[Verdict] (as stored); find(conn, ws, ids) -> dict[VerdictId, Verdict];
                         touching(conn, ws, referents) -> list[Verdict]; all_verdicts(conn, ws);
                         changed_referents(conn, ws, after, upto)
llm_outputs              record(conn, ws, key, output, model) -> str (as stored); find(conn, ws, keys) -> dict[bytes, str]
epochs                   record(conn, ws, parameters) -> EpochId; read(conn, ws, id) -> dict
outbox                   append(conn, ws, position, changes: Iterable[(ChangeKind, id, row|None)]) -> int
                         compact(conn, ws, below); LedgerOutbox(ledger) is graph.ports.OutboxReader
vectors                  put(conn, ws, model, kind, [(id, content|None, vector)]) -> Position; remove(conn, ws, model, kind, ids)
                         changed(conn, ws, model, kind, after, limit) -> list[VectorRow(id, vector|None, position)]
jobs, tokens             see the modules
"""
