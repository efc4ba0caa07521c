"""What decoding needs of a language-model server. What it offers is in ``retrieval.ports``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from retrieval.decoding.search import SearchLimits, Task, TopK
from retrieval.decoding.tokenise import SegmentTokenizer
from retrieval.decoding.trie import Trie
from retrieval.ports import ChatMessage


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a server was found to do. ``tokenizer`` is None where none could be had; without it only the
    numbered list is left."""

    tokenizer: SegmentTokenizer | None
    end: int  # the end-of-sequence token; -1 without a tokenizer
    plugin: bool  # the kgtrie grammar
    scoring: bool  # exact search: by the plugin, or over raw log-probabilities of named tokens


class PathEngine(Protocol):
    """A language-model server, as decoding sees it. All raise EngineUnavailable when it does not answer."""

    async def abilities(self) -> Abilities:
        """Probed once and remembered."""
        ...

    async def prompt_tokens(self, messages: Sequence[ChatMessage]) -> tuple[int, ...]:
        """The chat template applied, ready for the answer's first token."""
        ...

    async def search(self, tasks: Sequence[Task], k: int, limits: SearchLimits) -> list[TopK]:
        """The ``k`` best paths of each task, in order, see ``search.top_k``; the limits hold for each."""
        ...

    async def generate(
        self, prompt: tuple[int, ...], trie: Trie, *, max_tokens: int, samples: int, temperature: float
    ) -> list[tuple[int, ...]]:
        """Outputs under the trie's grammar, end of sequence left out; registers the trie when it must."""
        ...

    async def complete(
        self, messages: Sequence[ChatMessage], *, schema: Mapping[str, Any], max_tokens: int
    ) -> str:
        """The reply's text, held to the JSON schema where the server can."""
        ...
