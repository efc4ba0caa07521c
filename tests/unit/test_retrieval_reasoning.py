"""What a model may decide inside the graph: paths, a walk hop by hop, names; and what refuses its answers."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from graph.errors import ConfigurationError, DecodingError, EngineUnavailable, InvalidInput, OutsideTrie
from graph.ontology import default_ontology
from graph.ports import Hop
from graph.types import ContentId, EntityId, FactId, FactStatus, PartialDate, Value, ValueKind
from retrieval.decoding.decoder import KgTrieDecoder
from retrieval.decoding.ports import ChatMessage
from retrieval.facts import PATH_BUDGET
from retrieval.patterns import PatternRanker
from retrieval.reasoning import end_name
from retrieval.service import QueryService
from retrieval.types import Answer, Mode, Query, Reasoning, Status
from tests.fakes.decoding import FakeEngine
from tests.fakes.embedder import ExactVectors, StemEmbedder
from tests.fakes.graph_store import WS, MemoryGraph

QUESTION = "What can Brandt Bogies tell?"


class Wishes(FakeEngine):
    """Finds likely what holds the wished texts, the more of them the likelier."""

    def __init__(self, *wished: str) -> None:
        super().__init__()
        self.wished = wished

    def logprob(self, prefix: tuple[int, ...], token: int) -> float:
        text = self.tokenizer.decode((*prefix, token))
        return -0.01 if any(w.startswith(text) or text.startswith(w) for w in self.wished) else -3.0


class Lister(FakeEngine):
    """Knows only numbered lists, and picks the line that leads along the wished path, the farthest one."""

    def __init__(self, wished: str) -> None:
        super().__init__(scoring=False, plugin=False)
        self.wished = wished

    async def complete(
        self, messages: Sequence[ChatMessage], *, schema: Mapping[str, Any], max_tokens: int
    ) -> str:
        lines = re.findall(r"^(\d+)\. (.*)$", messages[-1].content, re.MULTILINE)
        ahead = [(len(text), int(number)) for number, text in lines if self.wished.startswith(text)]
        return json.dumps({"chosen": [max(ahead)[1]]})


@dataclass
class World:
    graph: MemoryGraph = field(default_factory=MemoryGraph)
    embedder: StemEmbedder = field(default_factory=StemEmbedder)
    facts: dict[str, FactId] = field(default_factory=dict)
    entities: dict[str, EntityId] = field(default_factory=dict)
    content: ContentId | None = None
    service: QueryService | None = None

    async def ask(self, engine: FakeEngine | None, text: str = QUESTION, **options: object) -> Answer:
        decoder = KgTrieDecoder(engine) if engine else None
        self.service = QueryService(self.graph, ExactVectors(), self.graph, self.embedder, decoder)
        query = Query(text, **{"mode": Mode.PATHS, **options})  # type: ignore[arg-type]  # by name
        return await self.service.answer(WS, query, default_ontology())

    def add(self, head: str, relation: str, tail: str, **fields: object) -> None:
        assert self.content is not None
        ends = self.entities[head], relation, self.entities[tail]
        quote = f"{head} {relation} {tail}"
        self.facts[quote] = self.graph.fact(*ends, self.content, quote, **fields)  # type: ignore[arg-type]


@pytest.fixture
def world() -> World:
    """Bogies - Marlow - Zell - Austria in a row; two people called Kay Lund; one fact of the past."""
    facts = [
        ("Marlow", "ACQUIRED", "Brandt Bogies"),
        ("Marlow", "HEADQUARTERED_IN", "Zell"),
        ("Zell", "LOCATED_IN", "Austria"),
        ("Kay Lund", "FOUNDED", "Brandt Bogies"),
        ("Kay Lund the younger", "WORKS_FOR", "Brandt Bogies"),
        ("Orion", "OWNS", "Brandt Bogies"),
    ]
    made = World()
    made.content = made.graph.document("Press", *(" ".join(fact) for fact in facts))
    for name in dict.fromkeys(name for head, _, tail in facts for name in (head, tail)):
        shown = "Kay Lund" if name == "Kay Lund the younger" else name
        made.entities[name] = made.graph.entity(shown, "Person" if name != shown else "Organization")
    for head, relation, tail in facts[:-1]:
        made.add(head, relation, tail)
    made.add(*facts[-1], status=FactStatus.SUPERSEDED, valid=("2001", "2005"))
    return made


def told(answer: Answer) -> list[str]:
    return [end_name(path.path) for path in answer.paths]


async def test_a_walk_is_chosen_hop_by_hop_and_is_the_answer(world: World) -> None:
    walk = "Brandt Bogies <- acquired <- Marlow -> headquartered in -> Zell -> located in -> Austria"
    answer = await world.ask(Wishes(walk), reasoning=Reasoning.WALK, max_hops=3)
    assert answer.status is Status.ANSWERED and answer.text.startswith("Austria: ")
    assert [len(path.path.steps) for path in answer.paths][:1] == [3]
    assert len(answer.citations) == 3 and all(path.decoded for path in answer.paths)
    assert answer.decoding is not None and answer.decoding.strategy == "search"
    assert not answer.decoding.exact and "by itself" in answer.decoding.reason and answer.explored is None
    for path in answer.paths:
        visited = [path.path.start, *(s.fact.tail if s.forward else s.fact.head for s in path.path.steps)]
        assert len(set(visited)) == len(visited)


async def test_a_walk_by_numbered_lists_ends_where_its_last_choice_led(world: World) -> None:
    walk = "Brandt Bogies <- acquired <- Marlow -> headquartered in -> Zell -> located in -> Austria"
    answer = await world.ask(Lister(walk), reasoning=Reasoning.WALK, max_hops=3)
    assert answer.decoding is not None and answer.decoding.strategy == "list"
    assert answer.text.startswith("Austria: ")


async def test_a_walk_may_stop_and_is_bounded(world: World) -> None:
    stopped = await world.ask(
        Wishes("Brandt Bogies <- acquired <- Marlow"), reasoning=Reasoning.WALK, max_hops=3
    )
    assert told(stopped)[0] == "Marlow" and stopped.text.startswith("Marlow acquired Brandt Bogies")
    walk = "Brandt Bogies <- acquired <- Marlow -> headquartered in -> Zell -> located in -> Austria"
    short = await world.ask(Wishes(walk), reasoning=Reasoning.WALK, max_hops=2)
    assert max(len(path.path.steps) for path in short.paths) == 2


async def test_a_walk_goes_over_what_held_at_the_time_asked_for(world: World) -> None:
    wish = Wishes("Brandt Bogies <- owns <- Orion")
    now = await world.ask(wish, reasoning=Reasoning.WALK)
    assert "Orion" not in told(now)
    then = await world.ask(wish, reasoning=Reasoning.WALK, as_of=PartialDate("2003"))
    assert told(then)[0] == "Orion"
    after = await world.ask(wish, reasoning=Reasoning.WALK, as_of=PartialDate("2006"))
    assert "Orion" not in told(after)


async def test_a_name_that_two_bear_returns_both(world: World) -> None:
    answer = await world.ask(Wishes("Kay Lund"), reasoning=Reasoning.ENTITIES, max_hops=1)
    ends = {path.path.steps[-1].fact.head for path in answer.paths if end_name(path.path) == "Kay Lund"}
    assert ends == {world.entities["Kay Lund"], world.entities["Kay Lund the younger"]}
    assert answer.text.count("Kay Lund") == 2 and len(answer.citations) == 2


async def test_names_below_none_of_these_are_not_answers(world: World) -> None:
    nothing = await world.ask(Wishes("none of these"), reasoning=Reasoning.ENTITIES)
    assert nothing.status is Status.ABSTAINED and nothing.decoding is not None
    some = await world.ask(Wishes("Austria"), reasoning=Reasoning.ENTITIES, max_hops=3)
    assert some.text.startswith("Austria: ") and some.decoding is not None and some.decoding.exact
    world.entities["none of these"] = world.graph.entity("none of these", "Organization")
    world.content = world.graph.document("More", "none of these ACQUIRED Brandt Bogies")
    world.add("none of these", "ACQUIRED", "Brandt Bogies")
    named = await world.ask(Wishes("none of these"), reasoning=Reasoning.ENTITIES, max_hops=1)
    assert told(named)[:1] == ["none of these"], "a company may be called so"


async def test_reasoning_needs_an_engine_and_a_mode_that_decodes(world: World) -> None:
    with pytest.raises(ConfigurationError, match="VERIPATH_LLM_BASE_URL"):
        await world.ask(None, reasoning=Reasoning.WALK)
    with pytest.raises(InvalidInput, match="auto and paths"):
        await world.ask(Wishes(), reasoning=Reasoning.WALK, mode=Mode.VECTOR)
    away = Wishes()

    async def gone(*_: object) -> None:
        raise EngineUnavailable("gone")

    away.abilities = gone  # type: ignore[method-assign, assignment]  # the server went away
    with pytest.raises(EngineUnavailable):
        await world.ask(away, reasoning=Reasoning.ENTITIES)
    assert any("gone" in notice for notice in (await world.ask(away)).notices)


async def test_what_left_its_trie_is_an_error_for_who_asked_for_paths(world: World) -> None:
    liar = FakeEngine(scoring=False)
    liar.stray = liar.tokenizer.encode([("Brandt Bogies <- acquired <- Mars",)])[0]
    for reasoning in Reasoning:
        with pytest.raises(OutsideTrie):
            await world.ask(liar, reasoning=reasoning)
    told_so = await world.ask(liar, mode=Mode.AUTO)
    assert any("no path of the trie" in notice for notice in told_so.notices)


async def test_a_decoded_path_without_a_live_quote_is_refused_and_counted(world: World) -> None:
    world.graph.forget_claims(world.facts["Marlow ACQUIRED Brandt Bogies"])
    wish = Wishes("Brandt Bogies <- acquired <- Marlow")
    answer = await world.ask(wish, reasoning=Reasoning.WALK, max_hops=1)
    assert "Marlow" not in told(answer) and world.service is not None
    assert world.service.refused("ledger") == 1 and world.service.refused("store") == 0
    assert any("1 decoded paths" in notice for notice in answer.notices)
    for fact in world.facts.values():
        world.graph.forget_claims(fact)
    with pytest.raises(DecodingError, match="ask again"):
        await world.ask(wish, reasoning=Reasoning.WALK, max_hops=1)


async def test_a_fact_that_went_away_between_two_hops_ends_the_walk(world: World) -> None:
    real = world.graph.facts
    gone = world.facts["Marlow ACQUIRED Brandt Bogies"]

    async def without(workspace: object, ids: object) -> list[object]:
        return [row for row in await real(workspace, ids) if row.id != gone]  # type: ignore[arg-type]

    world.graph.facts = without  # type: ignore[method-assign, assignment]  # it was deleted after it was read
    walk = "Brandt Bogies <- acquired <- Marlow -> headquartered in -> Zell"
    answer = await world.ask(Wishes(walk), reasoning=Reasoning.WALK, max_hops=3)
    assert not {"Marlow", "Zell"} & set(told(answer))
    assert answer.decoding is not None and "no longer hold" in answer.decoding.reason


async def test_beyond_the_budget_the_likeliest_relations_are_followed_and_that_is_told(world: World) -> None:
    """5,000 facts come first, what was asked for lies behind them."""
    assert world.content is not None
    crowd = world.entities["Brandt Bogies"]
    quote = "Marlow ACQUIRED Brandt Bogies"
    for number in range(PATH_BUDGET):
        tag = Value(ValueKind.TEXT, f"tag {number}", None)
        world.graph.fact(crowd, "RELATED_TO", tag, world.content, quote, phrase="bear the tag")
    question = "Where is the company that acquired Brandt Bogies headquartered?"
    answer = await world.ask(None, question, mode=Mode.GRAPH)
    assert answer.explored is not None and not answer.explored.exhausted
    assert answer.explored.budget == PATH_BUDGET <= answer.explored.paths
    assert any("nearest" in notice for notice in answer.notices)
    assert "Zell" in answer.text
    world.embedder.broken = True
    without = await world.ask(None, question, mode=Mode.GRAPH)
    assert any("Paths beyond the nearest" in notice for notice in without.notices)


def test_patterns_are_ranked_by_their_words() -> None:
    founded, seat = Hop("FOUNDED", False), Hop("HEADQUARTERED_IN", True)
    plays = Hop("RELATED_TO", True, "plays against")
    ranker = PatternRanker(StemEmbedder())
    for question, best in [
        ("who founded X", (founded,)),
        ("where is X headquartered", (seat,)),
        ("whom does X play against", (plays,)),
    ]:
        ranked = ranker.rank(question, [(founded,), (seat,), (plays,)])
        assert ranked[0][0] == best and len(ranked) == 3
        assert [score for _, score in ranked] == sorted((score for _, score in ranked), reverse=True)
    assert ranker.rank("anything", []) == []
