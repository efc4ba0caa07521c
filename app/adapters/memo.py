"""Recorded model outputs, kept in the ledger: ``ingest.ports.OutputMemo``."""

from graph.ledger import llm_outputs
from graph.ledger.engine import Ledger
from graph.types import WorkspaceId


class LedgerMemo:
    """First write wins, so that every worker goes on from the same output."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def get(self, workspace: WorkspaceId, key: bytes) -> str | None:
        with self._ledger.read() as conn:
            return llm_outputs.find(conn, workspace, [key]).get(key)

    def put(self, workspace: WorkspaceId, key: bytes, output: str, model: str) -> str:
        with self._ledger.write() as conn:
            return llm_outputs.record(conn, workspace, key, output, model)
