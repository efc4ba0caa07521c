"""What the paths benchmark makes of odd questions: nothing of it needs a model or Neo4j."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bench.harness import NotMeasured
from bench.paths import _ask_all, _embedding, _given, _patterns, _score, _World
from bench.stack import WORKSPACE
from bench.walks import Kb, Question, graph_rows, read_answers, read_kb, read_questions, sample
from graph.ontology import RELATED_TO
from graph.projection.memory import MemoryGraph
from graph.types import Position
from retrieval.patterns import PatternRanker
from tests.fakes.embedder import StemEmbedder

KB = (
    "Ada|Bo\tdirected\tCold Sea\nCold Sea\tin_language\tDanish\nIda\tdirected\tCold Sea\nIda\tdirected\tFog\n"
)


def folder(at: Path, *questions: dict[str, Any], kb: str = KB) -> Path:
    (at / "kb.tsv").write_text(kb, encoding="utf-8")
    (at / "questions.jsonl").write_text("\n".join(map(json.dumps, questions)), encoding="utf-8")
    return at


async def asked(
    at: Path, *questions: dict[str, Any], way: Any = _given, kb: str = KB
) -> Sequence[dict[str, Any]]:
    folder(at, *questions, kb=kb)
    known, _ = read_kb(at / "kb.tsv")
    graph, embedder = MemoryGraph(), StemEmbedder()
    await graph.apply(WORKSPACE, graph_rows(known), expected=Position(0), reached=Position(1))
    world = _World(graph, known, PatternRanker(embedder), embedder, None)
    return await _ask_all(world, "given", read_questions(at / "questions.jsonl"), way)


def question(*topics: str, relations: list[str] | None, **fields: Any) -> dict[str, Any]:
    return {"question": f"what of [{topics[0] if topics else ''}]", "topics": topics,
            "relations": relations, "hops": 1, **fields}  # fmt: skip


@pytest.mark.parametrize("way", [_given, _patterns, _embedding])
async def test_an_unknown_topic_has_no_answer_and_stops_nothing(tmp_path: Path, way: Any) -> None:
    rows = await asked(
        tmp_path,
        question("Nobody", relations=["directed"]),
        question(relations=["directed"]),
        question("Ida", relations=["directed"]),
        way=way,
    )
    assert [row["answers"] for row in rows[:2]] == [[], []] and [row["first"] for row in rows[:2]] == [
        None
    ] * 2
    assert rows[2]["answers"] and not any(row["failed"] for row in rows)


async def test_a_name_with_a_bar_is_one_topic(tmp_path: Path) -> None:
    (row,) = await asked(tmp_path, question("Ada|Bo", relations=["directed", "in_language"]))
    assert row["answers"] == ["Danish"] and row["valid"] == row["emitted"] == 1


async def test_topics_and_rows_that_are_told_twice_count_once(tmp_path: Path) -> None:
    once, twice = await asked(
        tmp_path,
        question("Ida", relations=["directed"]),
        question("Ida", "Ida", relations=["directed"]),
        kb=KB + KB,
    )
    assert once["answers"] == twice["answers"] == ["Cold Sea", "Fog"] and twice["emitted"] == 2


async def test_a_relation_is_walked_backwards_and_an_unknown_one_leads_nowhere(tmp_path: Path) -> None:
    back, unknown = await asked(
        tmp_path, question("Cold Sea", relations=["~directed"]), question("Ida", relations=["sold"])
    )
    assert back["answers"] == ["Ada|Bo", "Ida"] and unknown["answers"] == [] and not unknown["failed"]


@pytest.mark.parametrize("relations", [None, []])
def test_null_and_no_relations_are_none_given(tmp_path: Path, relations: list[str] | None) -> None:
    folder(tmp_path, question("Ida", relations=relations))
    (read,) = read_questions(tmp_path / "questions.jsonl")
    assert read.relations is None and read.hops == 1


def test_the_number_of_hops_is_that_of_the_relations_where_it_is_not_told(tmp_path: Path) -> None:
    folder(
        tmp_path, question("Ida", relations=["a", "b"], hops=None), question("Ida", relations=None, hops=None)
    )
    assert [each.hops for each in read_questions(tmp_path / "questions.jsonl")] == [2, 0]


def test_answers_that_are_empty_are_answers_and_those_that_are_missing_are_not(tmp_path: Path) -> None:
    folder(
        tmp_path,
        question("Ida", relations=None, answers=[]),
        question("Ida", relations=None),
        question("Ida", relations=None, answers=[1999, "Fog", "Fog"]),
    )
    gold = read_answers(tmp_path / "questions.jsonl")
    assert gold == {0: set(), 2: {"1999", "Fog"}}
    nothing: dict[str, Any] = {"answers": [], "first": None}
    assert _score(nothing, gold[0]) == {"exact": 1.0, "hits@1": 0.0, "f1": 1.0}
    assert _score(nothing, gold[2]) == {"exact": 0.0, "hits@1": 0.0, "f1": 0.0}
    folder(tmp_path, question("Ida", relations=None, answers="Fog"))
    with pytest.raises(NotMeasured, match="no question has answers"):
        read_answers(tmp_path / "questions.jsonl")


def test_a_question_is_told_without_its_topics() -> None:
    told = Question(0, "who knows [Ida] of Ida|B", ("Ida|B", "", "Ida"), None, 1)
    assert told.unnamed == "who knows X of X"


@pytest.mark.parametrize("row", [{"topics": []}, {"question": "q"}, {"question": "q", "topics": "Ida"}])
def test_a_row_without_question_or_topics_is_not_measured(tmp_path: Path, row: dict[str, Any]) -> None:
    folder(tmp_path, row)
    with pytest.raises(NotMeasured, match="without question or topics"):
        read_questions(tmp_path / "questions.jsonl")


def test_rows_that_are_no_triple_are_counted_and_odd_relations_keep_their_words(tmp_path: Path) -> None:
    folder(tmp_path, kb=KB + "a\tb\n\tb\tc\na\t!!!\tb\n")
    kb, skipped = read_kb(tmp_path / "kb.tsv")
    assert skipped == 2 and len(kb.triples) == 5 and isinstance(kb, Kb)
    assert (
        kb.hop("~!!!").relation == RELATED_TO
        and kb.hop("~!!!").phrase == "!!!"
        and not kb.hop("~!!!").forward
    )
    folder(tmp_path, kb="a\tb\n")
    with pytest.raises(NotMeasured, match="holds no triple"):
        read_kb(tmp_path / "kb.tsv")


def test_a_sample_is_the_same_each_time_and_of_each_number_of_hops() -> None:
    questions = [Question(n, "", (), None, 1 + n % 3) for n in range(30)]
    drawn = sample(questions, 4)
    assert drawn == sample(questions, 4) and [each.hops for each in drawn] == [1] * 4 + [2] * 4 + [3] * 4
    assert sorted(sample(questions, 0), key=lambda each: each.number) == questions
