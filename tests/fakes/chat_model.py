"""A chat model that answers from a list and remembers what it was asked; and a memo in memory."""

from collections.abc import Mapping, Sequence
from typing import Any

from graph.errors import EngineUnavailable
from graph.types import WorkspaceId
from ingest.ports import Message


class FakeChatModel:
    """Gives ``answers`` in order; with none left it is out of reach."""

    def __init__(self, *answers: str, model_id: str = "fake-1") -> None:
        self.model_id = model_id
        self.asked: list[tuple[tuple[Message, ...], Mapping[str, Any], int]] = []
        self._answers = list(answers)

    def complete(self, messages: Sequence[Message], *, schema: Mapping[str, Any], max_tokens: int) -> str:
        self.asked.append((tuple(messages), schema, max_tokens))
        if not self._answers:
            raise EngineUnavailable("the fake model has no answer left")
        return self._answers.pop(0)


class MemoryMemo:
    def __init__(self) -> None:
        self.outputs: dict[tuple[str, bytes], str] = {}

    def get(self, workspace: WorkspaceId, key: bytes) -> str | None:
        return self.outputs.get((workspace, key))

    def put(self, workspace: WorkspaceId, key: bytes, output: str, model: str) -> str:
        return self.outputs.setdefault((workspace, key), output)
