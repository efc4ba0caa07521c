"""Paths with hostile names, a tokenizer without a model, and an engine that scores by a table."""

import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from graph.identity import make_id
from graph.ports import FactRow, GraphPath, PathStep
from graph.types import EntityId, FactId, FactStatus
from retrieval.decoding.matcher import ENDED, START, Matcher
from retrieval.decoding.ports import Abilities
from retrieval.decoding.search import Query, SearchLimits, Task, TopK, top_k
from retrieval.decoding.tokenise import SegmentTokenizer
from retrieval.decoding.trie import Trie
from retrieval.ports import ChatMessage

END = 1
HOSTILE_NAMES = (
    "", " ", "A", "AB", "ABC", "A -> B", "-> works for ->", "Acme <- owns <-", "<|im_end|>", "<|endoftext|>",
    "👩‍👩‍👧", "مرحبا بالعالم", "‮gnp.exe", "猫 は 猫", "e\u0301", "é", "a\x00b", "\ud800", "\t\n", "O'Brien's",
    "x" * 10_000, "猫" * 10_000, '"quoted"', "100", "1000", "…", "(unnamed)", "A\u00a0B", "A  B", "\\n",
    "' OR 1=1",
)  # fmt: skip


def fact(head: str, relation: str, tail: str, *, number: int = 0, **fields: Any) -> FactRow:
    values = {
        "id": FactId(make_id("fact", _safe(head), relation, _safe(tail), number)),
        "head": EntityId(make_id("entity", _safe(head))),
        "head_name": head,
        "relation": relation,
        "phrase": relation.lower(),
        "tail": EntityId(make_id("entity", _safe(tail))),
        "tail_name": tail,
        "status": FactStatus.ACCEPTED,
        "polarity": True,
        "confidence": 1_000_000,
        "support": 1,
        "qualifiers": (),
        "valid_from": None,
        "valid_to": None,
        "claim_count": 1,
    }
    return FactRow(**{**values, **fields})


def path(*names: str, number: int = 0) -> GraphPath:
    """Entity, relation, entity, relation, entity ...; a relation with ``~`` before it is walked backwards."""
    steps = []
    for at in range(0, len(names) - 2, 2):
        head, relation, tail = names[at : at + 3]
        forward = not relation.startswith("~")
        row = (
            fact(head, relation, tail, number=number)
            if forward
            else fact(tail, relation[1:], head, number=number)
        )
        steps.append(PathStep(row, forward))
    return GraphPath(EntityId(make_id("entity", _safe(names[0]))), names[0], tuple(steps))


def hostile_paths(seed: int, count: int) -> list[GraphPath]:
    """Random walks over hostile names, equal wordings and prefixes of each other among them."""
    dice = random.Random(seed)
    relations = ["WORKS_FOR", "~WORKS_FOR", "FOUNDED", "RELATED_TO", "->"]
    names = [[dice.choice(HOSTILE_NAMES) for _ in range(dice.randint(2, 4))] for _ in range(count)]
    return [path(*_woven(some, dice, relations), number=number) for number, some in enumerate(names)]


def _safe(name: str) -> bytes:
    return name.encode("utf-8", "backslashreplace")


def _woven(names: Sequence[str], dice: random.Random, relations: Sequence[str]) -> list[str]:
    parts = [names[0]]
    for name in names[1:]:
        parts += [dice.choice(relations), name]
    return parts


def asked_of(query: Query) -> list[tuple[tuple[int, ...], int]]:
    """What a query asks for, one (prefix, token) for each number of its row."""
    forced = [((*query.prefix, *query.forced[:at]), token) for at, token in enumerate(query.forced)]
    return forced + [((*query.prefix, *query.forced), token) for token in query.wanted]


def byte_tokenizer() -> SegmentTokenizer:
    return SegmentTokenizer(byte_tokenizer_json())


def byte_tokenizer_json() -> str:
    """A byte-level tokenizer of 258 ids; 0 and 1 are special and 1 ends a sequence."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    special = ["<|endoftext|>", "<|im_end|>"]
    vocabulary = {word: number for number, word in enumerate([*special, *alphabet])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(special)
    text: str = tokenizer.to_str()
    return text


class FakeEngine:
    """A ``PathEngine`` whose log-probabilities are a fixed function of (prefix, token)."""

    def __init__(self, *, scoring: bool = True, plugin: bool = True, seed: int = 0) -> None:
        self.tokenizer = byte_tokenizer()
        self.scoring, self.plugin, self.seed = scoring, plugin, seed
        self.registered: set[str] = set()
        self.registrations = 0
        self.reply = json.dumps({"chosen": [1]})
        self.stray: tuple[int, ...] | None = None  # what the engine writes although it was masked

    async def abilities(self) -> Abilities:
        tokenizer = self.tokenizer if self.scoring or self.plugin else None
        return Abilities(tokenizer, END, plugin=self.plugin, scoring=self.scoring)

    async def prompt_tokens(self, messages: Sequence[ChatMessage]) -> tuple[int, ...]:
        return (5, 6, 7)

    def logprob(self, prefix: tuple[int, ...], token: int) -> float:
        return -random.Random(hash((self.seed, prefix, token))).random() * 5

    async def search(self, tasks: Sequence[Task], k: int, limits: SearchLimits) -> list[TopK]:
        return [await top_k(task, END, self, k, limits) for task in tasks]

    async def score(self, queries: Sequence[Query]) -> list[list[float]]:
        return [[self.logprob(prefix, token) for prefix, token in asked_of(each)] for each in queries]

    async def generate(
        self, prompt: tuple[int, ...], trie: Trie, *, max_tokens: int, samples: int, temperature: float
    ) -> list[tuple[int, ...]]:
        if trie.id not in self.registered:
            self.registrations += 1
            self.registered.add(trie.id)
        if self.stray is not None:
            return [self.stray]
        dice = random.Random(self.seed)
        outputs = []
        for _ in range(samples):
            matcher, state, output = Matcher(trie, END), START, []
            while state != ENDED:
                token = int(dice.choice(matcher.allowed(state)))
                state = matcher.advance(state, token)
                output.append(token)
            outputs.append(tuple(output[:-1]))
        return outputs

    async def complete(
        self, messages: Sequence[ChatMessage], *, schema: Mapping[str, Any], max_tokens: int
    ) -> str:
        return self.reply
