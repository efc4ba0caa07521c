"""Wording, joints, strategies and the checks on what an engine says."""

import json

import pytest

from graph.errors import DecodingError, OutsideTrie
from retrieval.decoding.canary import check_mask
from retrieval.decoding.decoder import KgTrieDecoder
from retrieval.decoding.pathtrie import compile_paths
from retrieval.decoding.search import SearchLimits
from retrieval.decoding.trie import TrieLimits
from retrieval.decoding.verbalize import verbalise
from retrieval.ports import Strategy
from tests.fakes.decoding import HOSTILE_NAMES, FakeEngine, byte_tokenizer, fact, hostile_paths, path

ADA = path("Ada Lovelace", "WORKS_FOR", "Acme", "LOCATED_IN", "Paris")
BOB = path("Acme", "~WORKS_FOR", "Bob")


def text(*paths: object) -> list[str]:
    return verbalise(paths).texts()  # type: ignore[arg-type]  # paths are GraphPaths


def test_direction_is_in_the_wording() -> None:
    assert text(ADA, BOB) == [
        "Ada Lovelace -> works for -> Acme -> located in -> Paris",
        "Acme <- works for <- Bob",
    ]


def test_qualifiers_and_validity_are_told_only_where_they_distinguish() -> None:
    def held(number: int, **fields: object) -> object:
        row = fact("Ada", "WORKS_FOR", "Acme", number=number, **fields)
        return type(ADA)(row.head, "Ada", (type(ADA.steps[0])(row, True),))

    first = held(1, valid_from="2019", valid_to="2021")
    second = held(2, qualifiers=(("role", "CEO"),))
    assert text(first) == ["Ada -> works for -> Acme"]
    assert text(first, second) == [
        "Ada -> works for (from 2019, until 2021) -> Acme",
        "Ada -> works for (role: CEO) -> Acme",
    ]


def test_a_negated_fact_is_worded_as_one() -> None:
    row = fact("Ada", "WORKS_FOR", "Acme", polarity=False)
    assert text(type(ADA)(row.head, "Ada", (type(ADA.steps[0])(row, True),))) == [
        "Ada -> not works for -> Acme"
    ]


def test_equal_wordings_share_a_leaf_and_come_back_together() -> None:
    twins = [path("Ada", "FOUNDED", "Acme", number=1), path("Ada", "FOUNDED", "Acme", number=2)]
    compiled = compile_paths(twins, byte_tokenizer(), TrieLimits())
    assert compiled is not None
    (tokens,) = byte_tokenizer().encode([text(*twins)[:1]])
    assert compiled.paths(tokens) == tuple(twins)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_is_one_line_of_plain_tokens(name: str) -> None:
    tokenizer = byte_tokenizer()
    (line,) = text(path(name, "WORKS_FOR", name))
    assert line.strip() == line and line.replace("\u200d", "").isprintable()
    compiled = compile_paths([path(name, "WORKS_FOR", name)], tokenizer, TrieLimits())
    assert compiled is not None
    assert not tokenizer.special & set(compiled.trie.tokens[1:].tolist())


def test_segments_give_the_tokens_of_the_whole() -> None:
    tokenizer = byte_tokenizer()
    assert tokenizer.joints_hold
    some = verbalise(hostile_paths(2, 50))
    rows, segments = tokenizer.spell(some.segments, some.rows)
    words = [tokens.tolist() for tokens in segments]
    joined = [tuple(token for each in row for token in words[each]) for row in rows]
    assert joined == tokenizer.encode([(text,) for text in some.texts()])


async def test_search_is_exact_and_in_order() -> None:
    engine = FakeEngine()
    found = await KgTrieDecoder(engine).decode("where?", [ADA, BOB, path("Ada Lovelace", "FOUNDED", "B")], 2)
    assert found.strategy is Strategy.SEARCH and found.exact and not found.reason
    assert [each.score for each in found.paths] == sorted((each.score for each in found.paths), reverse=True)
    assert len(found.paths) == 2 and found.prompt_tokens > found.completion_tokens > 0


async def test_a_search_without_budget_falls_back_to_the_grammar_and_says_so() -> None:
    decoder = KgTrieDecoder(FakeEngine(), search=SearchLimits(budget=1))
    found = await decoder.decode("where?", [ADA, BOB], 2)
    assert found.strategy is Strategy.GRAMMAR and not found.exact and found.reason
    assert {each.path for each in found.paths} <= {ADA, BOB}


async def test_an_output_outside_is_counted_and_raised() -> None:
    engine = FakeEngine(scoring=False)
    engine.stray = engine.tokenizer.encode([("Ada Lovelace -> works for -> Mars",)])[0]
    decoder = KgTrieDecoder(engine)
    with pytest.raises(OutsideTrie):
        await decoder.decode("where?", [ADA, BOB], 1)
    assert decoder.outside == 1


async def test_paths_that_are_too_long_are_left_out_and_that_is_said() -> None:
    decoder = KgTrieDecoder(FakeEngine(), limits=TrieLimits(depth=30))
    found = await decoder.decode("where?", [ADA, BOB], 5)
    assert [each.path for each in found.paths] == [BOB]
    assert not found.exact and "1 paths were left out" in found.reason
    nothing = await decoder.decode("where?", [ADA], 5)
    assert not nothing.paths and not nothing.exact and nothing.reason


async def test_no_path_is_no_question_to_the_engine() -> None:
    found = await KgTrieDecoder(FakeEngine()).decode("where?", [], 3)
    assert not found.paths and found.strategy is Strategy.NONE and found.reason


async def test_the_numbered_list_returns_listed_paths_and_says_what_was_not_shown() -> None:
    engine = FakeEngine(scoring=False, plugin=False)
    engine.reply = json.dumps({"chosen": [2, 2, 1]})
    found = await KgTrieDecoder(engine).decode("where?", [ADA, BOB], 2)
    assert [each.path for each in found.paths] == [BOB, ADA]
    assert found.strategy is Strategy.LIST and not found.exact
    many = await KgTrieDecoder(engine).decode("where?", hostile_paths(1, 80), 2)
    assert "30 of 80 paths were not shown" in many.reason


@pytest.mark.parametrize(
    "reply",
    ["", "no", "[]", "{}", '{"chosen": [0]}', '{"chosen": [3]}', '{"chosen": [true]}', '{"chosen": ["1"]}',
     '{"chosen": [1.0]}', '{"chosen": [[1]]}', '{"chosen": 1}', '{"chosen": [-1]}', "[" * 100_000],
)  # fmt: skip
async def test_a_reply_that_names_no_listed_path_is_refused(reply: str) -> None:
    engine = FakeEngine(scoring=False, plugin=False)
    engine.reply = reply
    decoder = KgTrieDecoder(engine)
    with pytest.raises(OutsideTrie):
        await decoder.decode("where?", [ADA, BOB], 2)
    assert decoder.outside == 1


async def test_the_canary_sings_only_when_the_mask_holds() -> None:
    engine = FakeEngine()
    await check_mask(engine)
    engine.stray = (9, 9)
    with pytest.raises(OutsideTrie):
        await check_mask(engine)
    with pytest.raises(DecodingError):
        await check_mask(FakeEngine(plugin=False))
