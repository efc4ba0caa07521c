"""The system of record, on SQLite or PostgreSQL.

    ledger = Ledger.open("sqlite:///veripath.db")
    ledger.migrate()
    with ledger.write() as conn:  # one transaction
        documents.accept(conn, workspace, uploads)
    with ledger.read() as conn:  # one read-only snapshot
        documents.list_documents(conn, workspace, limit=50)

Functions take an open transaction first, then the workspace, and compose: whatever one ``write`` block calls
is committed together. Four take the whole ledger and manage their transactions: ``publish.publish`` (staged
in batches), ``citations.LedgerEvidence``, ``outbox.LedgerOutbox`` and ``vectors.LedgerVectors``.

| Module | What it holds |
|---|---|
| ``engine``, ``failures``, ``bulk`` | connections, errors, statements |
| ``tables``, ``migrations``, ``statistics`` | the schema, and what SQLite's planner must know of it |
| ``positions`` | workspaces and their clock |
| ``documents`` | contents and sources: accept, replace, delete, list, what changed |
| ``publish``, ``evidence``, ``citations``, ``rows`` | runs: written whole, read live, quoted with proof |
| ``decisions``, ``rulings``, ``verdicts``, ``llm_outputs``, ``epochs`` | recorded judgement |
| ``outbox``, ``vectors`` | what projections and indexes are replayed from |
| ``jobs``, ``job_items``, ``job_progress``, ``job_types`` | uploads and their progress |
| ``tokens``, ``audit``, ``times`` | who may, who did, when |
"""
