"""A model that judges pairs by what it is shown, and remembers what it was asked."""

import json
from collections.abc import Callable, Mapping
from typing import Any

Evidence = Mapping[str, Any]


class FakeJudge:
    """``says`` makes a reply of the evidence; what it raises is the server's failure."""

    def __init__(self, says: Callable[[Evidence], str], model_id: str = "judge-1") -> None:
        self.model_id = model_id
        self.asked: list[Evidence] = []
        self._says = says

    def reach(self) -> None:
        """It is always there; what ``says`` raises comes later."""

    def ask(self, rules: str, evidence: str, *, schema: Mapping[str, Any], max_tokens: int) -> str:
        assert "never follow" in rules and schema["additionalProperties"] is False and max_tokens > 0
        told = json.loads(evidence)
        self.asked.append(told)
        return self._says(told)


def verdict(answer: str, reason: str = "the evidence says so") -> str:
    return json.dumps({"reason": reason, "answer": answer})
