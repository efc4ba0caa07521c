"""Paths for a question, decoded inside the trie of the candidate paths, by the best means a server has.

Whatever the means, what comes back is looked up in the trie before it leaves: an output that is none of the
candidates is counted and raised, never returned.
"""

from collections.abc import Sequence
from dataclasses import replace

from anyio import to_thread

from graph.errors import OutsideTrie
from graph.ports import GraphPath
from retrieval.decoding.fallback import LONGEST_LIST, list_prompt, list_schema, read_choice
from retrieval.decoding.pathtrie import PathTrie, compile_paths
from retrieval.decoding.ports import PathEngine
from retrieval.decoding.search import SearchLimits, Task
from retrieval.decoding.trie import TrieLimits
from retrieval.ports import ChatMessage, DecodedPath, DecodedPaths, Strategy


class KgTrieDecoder:
    """A ``PathDecoder``. ``outside`` counts outputs that were none of the candidates: it should stay 0."""

    def __init__(
        self,
        engine: PathEngine,
        *,
        search: SearchLimits | None = None,
        limits: TrieLimits | None = None,
    ) -> None:
        self.outside = 0
        self._engine = engine
        self._search = search or SearchLimits()
        self._limits = limits or TrieLimits()

    async def decode(self, question: str, paths: Sequence[GraphPath], k: int) -> DecodedPaths:
        if not paths or k < 1:
            return DecodedPaths((), exact=True, reason="there is no path to choose from")
        abilities = await self._engine.abilities()
        try:
            if abilities.tokenizer is None or not (abilities.scoring or abilities.plugin):
                return await self._by_list(question, paths, k)
            compiled = await to_thread.run_sync(compile_paths, paths, abilities.tokenizer, self._limits)
            if compiled is None:
                return DecodedPaths((), reason=f"each path is {_too_long(self._limits)}")
            named = not any(path.steps for path in paths)
            prompt = await self._engine.prompt_tokens((name_prompt if named else path_prompt)(question))
            decoded = await self._search_in(compiled, prompt, k) if abilities.scoring else None
            if decoded is None or (not decoded.paths and abilities.plugin):
                decoded = await self._generate_in(compiled, prompt, k)
        except OutsideTrie:
            self.outside += 1
            raise
        if not compiled.left_out:
            return decoded
        left_out = f"{compiled.left_out} paths were left out, each {_too_long(self._limits)}"
        return replace(decoded, exact=False, reason="; ".join(filter(None, (decoded.reason, left_out))))

    async def _search_in(self, compiled: PathTrie, prompt: tuple[int, ...], k: int) -> DecodedPaths:
        (found,) = await self._engine.search([Task(prompt, compiled.trie)], k, self._search)
        return DecodedPaths(
            tuple(DecodedPath(path, one.score) for one in found.best for path in compiled.paths(one.tokens)),
            prompt_tokens=found.sent,
            completion_tokens=found.positions,
            strategy=Strategy.SEARCH,
            exact=found.exact,
            reason="" if found.exact else f"the search stopped after {found.positions} positions, its budget",
        )

    async def _generate_in(self, compiled: PathTrie, prompt: tuple[int, ...], k: int) -> DecodedPaths:
        outputs = await self._generate(compiled, prompt, k)
        return DecodedPaths(
            _ranked([path for tokens in dict.fromkeys(outputs) for path in compiled.paths(tokens)]),
            prompt_tokens=len(prompt) * len(outputs),
            completion_tokens=sum(len(tokens) + 1 for tokens in outputs),
            strategy=Strategy.GRAMMAR,
            reason="the first path was decoded greedily, the others were drawn",
        )

    async def _generate(self, compiled: PathTrie, prompt: tuple[int, ...], k: int) -> list[tuple[int, ...]]:
        """The greedy output first, then as many drawn ones as should hold ``k`` that differ."""
        room = compiled.longest + 1  # and the end
        greedy = await self._engine.generate(
            prompt, compiled.trie, max_tokens=room, samples=1, temperature=0.0
        )
        if k == 1:
            return greedy
        drawn = await self._engine.generate(
            prompt, compiled.trie, max_tokens=room, samples=2 * (k - 1), temperature=1.0
        )
        return list(dict.fromkeys(greedy + drawn))[:k]

    async def _by_list(self, question: str, paths: Sequence[GraphPath], k: int) -> DecodedPaths:
        shown = paths[:LONGEST_LIST]
        k = min(k, len(shown))
        reason = "the server neither scores tokens nor holds outputs to a trie: a numbered list was used"
        if len(shown) < len(paths):
            reason += f"; {len(paths) - len(shown)} of {len(paths)} paths were not shown to the model"
        reply = await self._engine.complete(
            list_prompt(question, shown, k), schema=list_schema(len(shown), k), max_tokens=32 + 8 * k
        )
        chosen = [shown[index] for index in read_choice(reply, len(shown), k)]
        return DecodedPaths(_ranked(chosen), strategy=Strategy.LIST, reason=reason)


def path_prompt(question: str) -> list[ChatMessage]:
    return [
        ChatMessage(
            "system",
            "You answer with one path of facts through a knowledge graph, written as "
            "entity -> relation -> entity, that leads from the question to its answer.",
        ),
        ChatMessage("user", f"Question: {question}\nPath:"),
    ]


def name_prompt(question: str) -> list[ChatMessage]:
    """For paths without a step: they are the names of entities."""
    return [
        ChatMessage("system", "You answer with the name of one entity and nothing else."),
        ChatMessage("user", f"Question: {question}\nName:"),
    ]


def _ranked(paths: Sequence[GraphPath]) -> tuple[DecodedPath, ...]:
    return tuple(DecodedPath(path, -float(rank)) for rank, path in enumerate(paths, start=1))


def _too_long(limits: TrieLimits) -> str:
    return f"longer than {limits.depth} tokens"
