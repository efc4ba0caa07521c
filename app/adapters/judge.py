"""A chat model that is asked about two things: review's ``Judge``."""

from collections.abc import Mapping
from typing import Any

from app.adapters.llm import OpenAIChat
from ingest.ports import Message


class ChatJudge:
    def __init__(self, chat: OpenAIChat) -> None:
        self._chat = chat
        self.model_id = chat.model_id

    def ask(self, rules: str, evidence: str, *, schema: Mapping[str, Any], max_tokens: int) -> str:
        said = [Message("system", rules), Message("user", evidence)]
        return self._chat.complete(said, schema=schema, max_tokens=max_tokens)

    def reach(self) -> None:
        self._chat.reach()

    def close(self) -> None:
        self._chat.close()
