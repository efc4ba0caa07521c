"""Language-model servers over HTTP, as OpenAI speaks it, and what vLLM adds to that.

``OpenAIChat`` is ingestion's synchronous ``ChatModel``; ``OpenAIEngine`` is decoding's ``PathEngine``.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import Any

import httpx
from anyio import Lock

from app.adapters.openai_http import away, checked, folder, headers, message, raise_for
from graph.errors import (
    ConfigurationError,
    DecodingError,
    EngineUnavailable,
    OutsideTrie,
    TokenizerMismatch,
    UnknownTrie,
)
from ingest.ports import Message
from retrieval.decoding.ports import Abilities
from retrieval.decoding.search import Query, Scored, SearchLimits, Task, TopK, top_k
from retrieval.decoding.tokenise import SegmentTokenizer
from retrieval.decoding.trie import Trie
from retrieval.ports import ChatMessage

_WANTED_AT_ONCE = 128  # vLLM's limit on logprob_token_ids
_SEARCHING = 3  # the plugin's version since which it says whether it searches
_PROMPTS_AT_ONCE = 64  # of one request
_AWAY = (408, 429, 500, 502, 503, 504)
_REACH_SECONDS = 10.0
_DESCRIBED = {"tokenizer", "end", "draft_tokens"}  # of the plugin's own words


class OpenAIChat:
    """``POST {base_url}/chat/completions`` under a JSON schema. Greedy, so that a replay says the same."""

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        api_key: str = "",
        timeout_s: float = 120.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.model_id = model
        self._client = httpx.Client(
            base_url=folder(base_url), headers=headers(api_key), timeout=timeout_s, transport=transport
        )

    def complete(self, messages: Sequence[Message], *, schema: Mapping[str, Any], max_tokens: int) -> str:
        body = _chat_body(self.model_id, messages, schema, max_tokens)
        try:
            response = self._client.post("chat/completions", json=body)
        except httpx.TransportError as error:
            raise away(error) from error
        return _reply(checked(response))

    def reach(self) -> None:
        """EngineUnavailable where the server does not answer now, ConfigurationError for a key it refuses.

        Costs no token. A server that does not list its models has answered all the same.
        """
        try:
            response = self._client.get("models", timeout=_REACH_SECONDS)
        except httpx.TransportError as error:
            raise EngineUnavailable(
                f"the language-model server at {self._client.base_url} does not answer ({error}): start it "
                "with `veripath up`, or set VERIPATH_LLM_BASE_URL to one that runs"
            ) from error
        if response.status_code in (401, 403, *_AWAY):
            raise_for(response)

    def close(self) -> None:
        self._client.close()


class OpenAIEngine:
    """A ``PathEngine`` over any OpenAI-compatible server; with our plugin it does all of it.

    ``tokenizer_json`` is the text of the model's tokenizer.json, for a vLLM without our plugin: it can score
    then. ``base_url`` ends with ``/v1``.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        api_key: str = "",
        tokenizer_json: str | None = None,
        timeout_s: float = 120.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.model_id = model
        self._tokenizer_json = tokenizer_json
        self._client = httpx.AsyncClient(
            base_url=folder(base_url),
            headers=headers(api_key),
            timeout=timeout_s,
            transport=transport,
            limits=httpx.Limits(max_connections=32),
        )
        self._root = httpx.URL(folder(base_url)).join("../")
        self._abilities: Abilities | None = None
        self._searches = False  # the plugin's own route for it
        self._probing = Lock()

    async def abilities(self) -> Abilities:
        async with self._probing:
            if self._abilities is None:
                self._abilities = await self._probe()
            return self._abilities

    def forget(self) -> None:
        """Probe again at the next use: the server was replaced."""
        self._abilities = None

    async def prompt_tokens(self, messages: Sequence[ChatMessage]) -> tuple[int, ...]:
        body = {
            "model": self.model_id,
            "messages": [message(each) for each in messages],
            "add_generation_prompt": True,
        }
        answer = await self._post(str(self._root.join("tokenize")), body)
        return tuple(int(token) for token in _field(answer, "tokens"))

    async def search(self, tasks: Sequence[Task], k: int, limits: SearchLimits) -> list[TopK]:
        abilities = await self.abilities()
        if abilities.plugin and self._searches:
            return await self._topk(tasks, k, limits)
        return [
            await top_k(task, abilities.end, _PromptScorer(self, task.prompt), k, limits) for task in tasks
        ]

    async def score(self, prompt: tuple[int, ...], queries: Sequence[Query]) -> list[list[float]]:
        """Raw log-probabilities, see ``search.Scorer``; one prompt of a request for each position."""
        asked = [each for query in queries for each in _positions(query)]
        rows: list[list[float]] = [[] for _ in asked]
        for indexes, wanted in _packed(asked):
            found = await self._logprobs([[*prompt, *asked[i].prefix] for i in indexes], wanted)
            for index, row in zip(indexes, found, strict=True):
                # a wide query is asked in slices: each adds its own tokens, in order
                start = len(rows[index])
                some = asked[index].wanted[start : start + _WANTED_AT_ONCE]
                rows[index] += [_logprob(row, token) for token in some]
        answered = iter(rows)
        return [[value for _ in range(query.positions) for value in next(answered)] for query in queries]

    async def generate(
        self, prompt: tuple[int, ...], trie: Trie, *, max_tokens: int, samples: int, temperature: float
    ) -> list[tuple[int, ...]]:
        end = (await self.abilities()).end  # held to the end: others may have the server probed again
        body = {
            "model": self.model_id,
            "prompt": list(prompt),
            "max_tokens": max_tokens,
            "n": samples,
            "temperature": temperature,
            "structured_outputs": {"grammar": f"kgtrie:{trie.id}"},
            "return_token_ids": True,
        }
        try:
            answer = await self._post("completions", body)
        except UnknownTrie:
            await self._register(trie)
            answer = await self._post("completions", body)
        return [_finished(choice, end) for choice in _field(answer, "choices")]

    async def complete(
        self, messages: Sequence[ChatMessage], *, schema: Mapping[str, Any], max_tokens: int
    ) -> str:
        return _reply(
            await self._post("chat/completions", _chat_body(self.model_id, messages, schema, max_tokens))
        )

    async def aclose(self) -> None:
        await self._client.aclose()

    # ---------------------------------------------------------------- the plugin, and what was probed

    async def _probe(self) -> Abilities:
        described = await self._optional("kgtrie")
        self._searches = (
            described is not None
            and int(described.get("version", 0)) >= _SEARCHING
            and bool(described.get("searches"))
        )
        text = self._tokenizer_json
        if described is not None:
            text = (await self._request("GET", "kgtrie/tokenizer")).text
        if text is None:
            return Abilities(None, -1, plugin=False, scoring=False)
        tokenizer = SegmentTokenizer(text)
        if described is not None and tokenizer.hash.hex() != described["tokenizer"]:
            raise TokenizerMismatch(
                "the engine's tokenizer reads otherwise here; install its tokenizers release"
            )
        end = int(described["end"]) if described is not None else await self._end_token(tokenizer)
        reliable = described is None or not described["draft_tokens"]
        scoring = self._searches or (reliable and await self._scores(end))
        return Abilities(tokenizer, end, plugin=described is not None, scoring=scoring)

    async def _scores(self, end: int) -> bool:
        """Whether it returns log-probabilities of tokens that it did not choose. vLLM with speculative
        decoding does not (0.32 loses them, or answers 500), nor do most other servers. Asked right after
        another route answered, so that an error here is an answer."""
        try:
            rows = await self._logprobs([[end]], [0, end])
        except (DecodingError, ConfigurationError, EngineUnavailable):
            return False
        return len(rows) == 1 and set(rows[0]) >= {0, end}

    async def _end_token(self, tokenizer: SegmentTokenizer) -> int:
        """Of a vLLM without our plugin: the special token that its chat template puts after a message."""
        asked = [ChatMessage("user", "x"), ChatMessage("assistant", "x")]
        body = {
            "model": self.model_id,
            "messages": [message(each) for each in asked],
            "add_generation_prompt": False,
        }
        tokens = _field(await self._post(str(self._root.join("tokenize")), body), "tokens")
        special = [int(token) for token in tokens if token in tokenizer.special]
        if not special:
            raise TokenizerMismatch("the model's chat template ends no message with a special token")
        return special[-1]

    async def _topk(self, tasks: Sequence[Task], k: int, limits: SearchLimits) -> list[TopK]:
        """By the plugin's own route, next to the engine."""
        asked = [{"trie": task.trie.id, "prompt_token_ids": list(task.prompt)} for task in tasks]
        body = {"tasks": asked, "k": k, **asdict(limits)}
        try:
            answer = await self._post("kgtrie/topk", body)
        except UnknownTrie:
            for trie in {task.trie for task in tasks}:
                await self._register(trie)
            answer = await self._post("kgtrie/topk", body)
        results = _field(answer, "results")
        if len(results) != len(tasks):
            raise DecodingError("the engine answered another number of searches than it was asked")
        return [_found(each) for each in results]

    async def _register(self, trie: Trie) -> None:
        response = await self._request("PUT", "kgtrie/tries", content=trie.to_bytes())
        if _field(response.json(), "id") != trie.id:
            raise DecodingError("the engine holds another trie than it was given")

    async def _logprobs(self, prompts: list[list[int]], wanted: Sequence[int]) -> list[dict[int, float]]:
        body = {
            "model": self.model_id,
            "prompt": prompts,
            "max_tokens": 1,
            "temperature": 0.0,
            "logprobs": 1,
            "logprob_token_ids": list(wanted),
            "return_tokens_as_token_ids": True,
            "add_special_tokens": False,
        }
        answer = await self._post("completions", body)
        choices = sorted(_field(answer, "choices"), key=lambda choice: int(_field(choice, "index")))
        if len(choices) != len(prompts):
            raise DecodingError("the engine answered another number of prompts than it was asked")
        return [_top(choice) for choice in choices]

    # ---------------------------------------------------------------- HTTP

    async def _post(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = checked(await self._send("POST", path, json=body))
        return answer

    async def _request(self, method: str, path: str, **options: Any) -> httpx.Response:
        response = await self._send(method, path, **options)
        raise_for(response)
        return response

    async def _optional(self, path: str) -> Mapping[str, Any] | None:
        """What our plugin says there; None of a server without it, whatever it answers to a route that it
        does not know. It raises as ``raise_for`` for a wrong key and while the server is away."""
        response = await self._send("GET", path)
        if response.status_code == 401 or response.status_code in _AWAY:
            raise_for(response)
        try:
            described = response.json() if response.status_code == 200 else None
        except ValueError:
            return None
        ours = isinstance(described, Mapping) and described.keys() >= _DESCRIBED
        return described if ours else None

    async def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return await self._client.request(method, path, **options)
        except httpx.TransportError as error:
            raise away(error) from error


class _PromptScorer:
    """The search's port over one prompt, for servers that do not search themselves."""

    def __init__(self, engine: OpenAIEngine, prompt: tuple[int, ...]) -> None:
        self._engine = engine
        self._prompt = prompt

    async def score(self, queries: Sequence[Query]) -> list[list[float]]:
        return await self._engine.score(self._prompt, queries)


def _finished(choice: Mapping[str, Any], end: int) -> tuple[int, ...]:
    """The output's tokens without the end; one that was cut short is no path."""
    tokens = tuple(_field(choice, "token_ids"))
    if choice.get("finish_reason") != "stop" or not tokens or tokens[-1] != end:
        raise OutsideTrie("the engine's output ended before its path did; it was discarded")
    return tokens[:-1]


def _found(result: Mapping[str, Any]) -> TopK:
    best = tuple(
        Scored(tuple(_field(each, "token_ids")), float(_field(each, "logprob")))
        for each in _field(result, "paths")
    )
    counts = [int(_field(result, name)) for name in ("positions", "rounds", "prompt_tokens")]
    return TopK(best, bool(_field(result, "exact")), *counts)


def _positions(query: Query) -> list[Query]:
    """The query as one for each position, none with a forced run."""
    forced = [Query((*query.prefix, *query.forced[:at]), (token,)) for at, token in enumerate(query.forced)]
    return [*forced, Query((*query.prefix, *query.forced), query.wanted)]


def _packed(queries: Sequence[Query]) -> list[tuple[list[int], list[int]]]:
    """Requests that hold all queries: (indexes of queries, token ids asked of all of them).

    Ids are asked of each prompt of a request alike, so queries are packed while their union fits; a query
    that asks for more than fit is asked in slices.
    """
    requests: list[tuple[list[int], list[int]]] = []
    indexes: list[int] = []
    union: dict[int, None] = {}
    for index, query in enumerate(queries):
        if len(query.wanted) > _WANTED_AT_ONCE:
            slices = range(0, len(query.wanted), _WANTED_AT_ONCE)
            requests += [([index], list(query.wanted[at : at + _WANTED_AT_ONCE])) for at in slices]
            continue
        merged = union | dict.fromkeys(query.wanted)
        if indexes and (len(merged) > _WANTED_AT_ONCE or len(indexes) == _PROMPTS_AT_ONCE):
            requests.append((indexes, list(union)))
            indexes, merged = [], dict.fromkeys(query.wanted)
        indexes, union = [*indexes, index], merged
    if indexes:
        requests.append((indexes, list(union)))
    return requests


def _top(choice: Mapping[str, Any]) -> dict[int, float]:
    logprobs = choice.get("logprobs") or {}
    top = logprobs.get("top_logprobs") or [None]
    try:
        return {int(key.removeprefix("token_id:")): float(value) for key, value in (top[0] or {}).items()}
    except (ValueError, TypeError, AttributeError):
        raise DecodingError("the engine gives no log-probabilities by token id") from None


def _logprob(row: Mapping[int, float], token: int) -> float:
    value = row.get(token)
    if value is None or math.isnan(value):
        raise DecodingError("the engine did not return the log-probability of a token it was asked for")
    return min(value, 0.0)


def _chat_body(
    model: str, messages: Sequence[Message | ChatMessage], schema: Mapping[str, Any], max_tokens: int
) -> dict[str, Any]:
    # a name that never changes for one schema: servers cache compiled grammars
    name = "schema_" + sha256(repr(sorted(schema.items())).encode()).hexdigest()[:12]
    return {
        "model": model,
        "messages": [message(each) for each in messages],
        "max_tokens": max_tokens,
        "temperature": 0.0,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": name, "schema": dict(schema), "strict": True},
        },
    }


def _reply(answer: Mapping[str, Any]) -> str:
    try:
        return str(answer["choices"][0]["message"]["content"] or "")
    except (KeyError, IndexError, TypeError):
        raise EngineUnavailable("the language-model server's answer is not in OpenAI's format") from None


def _field(answer: Mapping[str, Any], name: str) -> Any:
    try:
        return answer[name]
    except (KeyError, TypeError):
        raise DecodingError(f"the engine's answer lacks {name!r}; is it vLLM?") from None
