"""One request's matcher, with the history that speculative decoding rolls back.

The methods are those that vLLM's ``StructuredOutputGrammar`` asks for; nothing of vLLM is imported.
"""

from collections.abc import Sequence
from typing import Any

from retrieval.decoding.matcher import DEAD, START, Matcher, State


class TrieGrammar:
    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._states: list[State] = [START]  # after each accepted token; the last one is now

    def accept_tokens(self, request_id: str, tokens: Sequence[int]) -> bool:
        """False, with the state as it was, if any token is not allowed. Nothing follows the end."""
        added: list[State] = []
        state = self._states[-1]
        for token in tokens:
            state = self._matcher.advance(state, token)
            if state == DEAD:
                return False
            added.append(state)
        self._states += added
        return True

    def validate_tokens(self, tokens: Sequence[int]) -> list[int]:
        """The longest prefix that would be accepted."""
        state, valid = self._states[-1], []
        for token in tokens:
            state = self._matcher.advance(state, token)
            if state == DEAD:
                break
            valid.append(token)
        return valid

    def forced(self, limit: int) -> list[int]:
        return self._matcher.forced(self._states[-1], limit)

    def rollback(self, num_tokens: int) -> None:
        if num_tokens:
            del self._states[-num_tokens:]

    def fill_bitmask(self, bitmask: Any, batch_index: int) -> None:
        """``bitmask`` is a CPU tensor of int32, shape (rows, ceil(vocabulary / 32)), filled in place."""
        self._matcher.fill(self._states[-1], bitmask[batch_index].numpy())

    def is_terminated(self) -> bool:
        """Never: vLLM opens the whole vocabulary to a terminated grammar. After its end ours allows end of
        sequence alone and accepts nothing."""
        return False

    def reset(self) -> None:
        self._states = [START]
