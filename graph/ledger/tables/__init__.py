"""Every table of the ledger, for SQLite and PostgreSQL alike.

Keys begin with the workspace. Ids are 16 bytes (contents: 32), texts are ordered by bytes on both
databases, JSON is canonical text, times are microseconds since 1970 UTC. Spans are code points of a run's
text, in ``start``/``end`` columns; a quote is never copied.

Four kinds of table: *immutable evidence* (content to claim; only a run's status and a content's liveness
move), *append-only records* (decision, verdict, llm_output, epoch), *derived rows* (entity to digest: rebuilt
from the first two) with their *history*, which is not, and *operational* ones (ledger to audit).
"""

from graph.ledger.tables.columns import CanonicalJson, PlainText, checked, json_text, metadata
from graph.ledger.tables.derived import (
    HISTORY,
    block,
    conflict,
    conflict_fact,
    digest,
    entity,
    fact,
    fact_claim,
    fuse_pass,
    fused_run,
    membership,
    outbox,
    pair,
)
from graph.ledger.tables.evidence import (
    chunk,
    claim,
    content,
    element,
    mention,
    referent,
    run,
    run_text,
    source,
)
from graph.ledger.tables.operational import (
    audit,
    idempotency_key,
    job,
    job_event,
    job_item,
    ledger,
    token,
    vector,
    vector_progress,
    workspace,
)
from graph.ledger.tables.recorded import decision, epoch, llm_output, verdict

__all__ = [
    "HISTORY",
    "CanonicalJson",
    "PlainText",
    "audit",
    "block",
    "checked",
    "chunk",
    "claim",
    "conflict",
    "conflict_fact",
    "content",
    "decision",
    "digest",
    "element",
    "entity",
    "epoch",
    "fact",
    "fact_claim",
    "fuse_pass",
    "fused_run",
    "idempotency_key",
    "job",
    "job_event",
    "job_item",
    "json_text",
    "ledger",
    "llm_output",
    "membership",
    "mention",
    "metadata",
    "outbox",
    "pair",
    "referent",
    "run",
    "run_text",
    "source",
    "token",
    "vector",
    "vector_progress",
    "verdict",
    "workspace",
]
