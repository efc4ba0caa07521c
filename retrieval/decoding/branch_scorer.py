"""Scores for the search by branches (see ``branches``): the queries of all searches share forward passes, and
prefixes become the numbers that the worker keeps their tokens by.

Runs inside vLLM's API server.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self
from uuid import uuid4

from graph.errors import DecodingError
from retrieval.decoding.branches import Part
from retrieval.decoding.plugin import BRANCHES
from retrieval.decoding.scoring import bounded
from retrieval.decoding.search import Query, Scorer, Tokens

_TOKENS = 512  # of one pass; other requests of the engine wait for its end
Rows = list[list[float]]


@dataclass(slots=True)
class _Waiting:
    part: Part
    answer: asyncio.Future[Rows | None]

    @property
    def size(self) -> int:
        return len(self.part[1]) + len(self.part[3])


class ForwardPasses:
    """The worker's passes, one at a time. Parts that come while one runs share the next."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self._waiting: deque[_Waiting] = deque()
        self._running: asyncio.Task[None] | None = None
        self._obstacle: str | None = None

    async def obstacle(self) -> str:
        """Why the engine scores no branches; asked of it once."""
        if self._obstacle is None:
            parallel = self._engine.vllm_config.parallel_config
            if parallel.worker_extension_cls != BRANCHES:
                self._obstacle = f"the engine was started without --worker-extension-cls {BRANCHES}"
            else:
                self._obstacle = str((await self._engine.collective_rpc("kgtrie_obstacle"))[0])
        return self._obstacle

    async def score(self, part: Part) -> Rows | None:
        """See ``BranchScoring.kgtrie_score``. A call that is cancelled before its pass has begun has none."""
        waiting = _Waiting(part, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await waiting.answer

    async def forget(self, name: str) -> None:
        await self._engine.collective_rpc("kgtrie_forget", args=([name],))

    async def _run(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(0)  # searches that the last pass answered ask again now
                some = self._next()
                if some:
                    await self._pass(some)
        finally:
            self._running = None

    def _next(self) -> list[_Waiting]:
        """What waited longest first, as much as one pass holds, and at least one."""
        some: list[_Waiting] = []
        size = 0
        while self._waiting and (not some or size + self._waiting[0].size <= _TOKENS):
            waiting = self._waiting.popleft()
            if not waiting.answer.done():
                some.append(waiting)
                size += waiting.size
        return some

    async def _pass(self, some: Sequence[_Waiting]) -> None:
        parts = [waiting.part for waiting in some]
        try:
            answers = (await self._engine.collective_rpc("kgtrie_score", args=(parts,)))[0]
        except Exception as error:  # whoever waits is told, whatever it was
            if len(some) > 1:  # one of them may be to blame
                for waiting in some:
                    await self._pass([waiting])
            elif not some[0].answer.done():
                some[0].answer.set_exception(error)
            return
        for waiting, answer in zip(some, answers, strict=True):
            if not waiting.answer.done():
                waiting.answer.set_result(answer)


class BranchScorer:
    """A ``Scorer`` of one search after one prompt. Used as a context, so that the worker forgets it.

    A search that the worker dropped, for the room that others needed, is begun again. ``otherwise`` scores
    one that has no room even so; without it that is a DecodingError, as is a path past the model's context.
    """

    def __init__(
        self, passes: ForwardPasses, prompt: Tokens, otherwise: Scorer | None, *, context: int
    ) -> None:
        self._passes = passes
        self._prompt = prompt
        self._otherwise = otherwise
        self._context = context
        self._name = uuid4().hex
        self._numbers: dict[Tokens, int] = {}  # of the scored prefixes; the empty one is -1
        self._homeless = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._numbers:
            await asyncio.shield(self._passes.forget(self._name))

    async def score(self, queries: Sequence[Query]) -> Sequence[Sequence[float]]:
        longest = len(self._prompt) + max(len(query.prefix) + len(query.forced) for query in queries)
        if longest >= self._context:
            raise DecodingError(
                f"the prompt and a path have {longest} tokens, the model's context {self._context}: "
                "shorten the question"
            )
        rows = None if self._homeless else await self._scored(queries)
        if rows is None:
            self._homeless = True
            if self._otherwise is None:
                raise DecodingError(
                    "the search has no room among the engine's branches, and its requests give no scores "
                    "while it speculates: search for fewer questions at once, or with a smaller budget"
                )
            return await self._otherwise.score(queries)
        answers = iter(rows)
        return [[bounded(x) for _ in range(query.positions) for x in next(answers)] for query in queries]

    async def _scored(self, queries: Sequence[Query]) -> Rows | None:
        begun = bool(self._numbers)
        rows = await self._passes.score(self._part(queries))
        if rows is None and begun:
            self._numbers = {}
            rows = await self._passes.score(self._part(queries))
        return rows

    def _part(self, queries: Sequence[Query]) -> Part:
        prompt = [] if self._numbers else list(self._prompt)
        self._numbers.setdefault((), -1)
        parents: list[int] = []
        tokens: list[int] = []
        wanted: list[tuple[int, list[int]]] = []
        for query in queries:
            path = (*query.prefix, *query.forced)
            for at in range(len(path)):
                if path[: at + 1] not in self._numbers:
                    parents.append(self._numbers[path[:at]])
                    tokens.append(path[at])
                    self._numbers[path[: at + 1]] = len(self._numbers) - 1
            for at, token in enumerate(query.forced, start=len(query.prefix)):
                wanted.append((self._numbers[path[:at]], [token]))
            wanted.append((self._numbers[path], list(query.wanted)))
        return self._name, prompt, parents, tokens, wanted
