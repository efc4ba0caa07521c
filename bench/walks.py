"""The paths benchmark's data: a knowledge base of triples, questions that are walks through it, the graph.

``kb.tsv`` has a triple a row (head, relation, tail, split by tabs); ``questions.jsonl`` {question, topics[],
answers[], relations[] or null, hops}, ``~r`` walking r backwards. Answers are read apart from the questions,
so that no prediction can know them. Each name is one entity and each row one accepted fact, written as graph
rows through the real projection.
"""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.graph_rows import entity_row, fact_row
from bench.harness import NotMeasured, console, read_rows
from bench.stack import WORKSPACE
from graph.errors import OntologyError
from graph.identity import make_id
from graph.ontology import RELATED_TO, check_relation_name
from graph.ports import GraphPath, Hop
from graph.projection.neo4j import Neo4jGraph
from graph.types import ChangeKind, EntityId, FactId, GraphChange, Position

Triple = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """A row of ``questions.jsonl`` without its answers. Without relations, null or empty, they are None."""

    number: int
    text: str
    topics: tuple[str, ...]
    relations: tuple[str, ...] | None
    hops: int

    @property
    def unnamed(self) -> str:
        """The question with X for its topics."""
        text = self.text
        for topic in filter(None, self.topics):
            text = text.replace(f"[{topic}]", "X").replace(topic, "X")
        return text


@dataclass
class Kb:
    """Triples with the rows that stand for them. A relation that cannot name a type is RELATED_TO."""

    triples: set[Triple]
    relations: dict[str, str] = field(default_factory=dict)  # as written to the type's name

    def hop(self, written: str) -> Hop:
        name = written.removeprefix("~")
        relation = self.relations.get(name, RELATED_TO)
        return Hop(relation, not written.startswith("~"), name if relation == RELATED_TO else None)

    def holds(self, path: GraphPath) -> bool:
        """Whether each step is a row of the file and begins where the one before ended."""
        here = path.start_name
        for step in path.steps:
            fact = step.fact
            left, reached = (
                (fact.head_name, fact.tail_name) if step.forward else (fact.tail_name, fact.head_name)
            )
            if left != here or (fact.head_name, fact.phrase, fact.tail_name) not in self.triples:
                return False
            here = reached
        return bool(path.steps)


def read_kb(path: Path) -> tuple[Kb, int]:
    """Rows that are no triple are counted and left out; NotMeasured where none is left."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise NotMeasured(f"{path} cannot be read: {error.strerror}") from error
    rows = [line.rstrip("\r").split("\t") for line in lines if line.strip()]
    triples = {(row[0], row[1], row[2]) for row in rows if len(row) == 3 and all(row)}
    if not triples:
        raise NotMeasured(f"{path} holds no triple")
    kb = Kb(triples)
    for written in sorted({relation for _, relation, _ in triples}):
        name = "".join(each if each.isalnum() else "_" for each in written).strip("_").upper()
        try:
            if check_relation_name(name) not in kb.relations.values():
                kb.relations[written] = name
        except OntologyError:
            continue
    return kb, sum(1 for row in rows if len(row) != 3 or not all(row))


def read_questions(path: Path) -> list[Question]:
    """Their rows are numbered from 0. NotMeasured for a row without question or topics."""
    questions = []
    for number, row in enumerate(read_rows(path)):
        if not isinstance(row.get("question"), str) or not isinstance(row.get("topics"), list):
            raise NotMeasured(f"{path} has a row without question or topics")
        relations = tuple(map(str, row["relations"])) if row.get("relations") else None
        topics = tuple(str(topic) for topic in row["topics"])
        hops = int(row.get("hops") or (len(relations) if relations else 0))
        questions.append(Question(number, row["question"], topics, relations, hops))
    return questions


def read_answers(path: Path) -> dict[int, set[str]]:
    """By the question's number; a question without a list of answers has none, an empty list is an answer."""
    gold = {
        number: set(map(str, row["answers"]))
        for number, row in enumerate(read_rows(path))
        if isinstance(row.get("answers"), list)
    }
    if not gold:
        raise NotMeasured("no question has answers")
    return gold


def sample(questions: Sequence[Question], limit: int) -> list[Question]:
    """At most ``limit`` a number of hops, drawn with seed 7."""
    drawn = []
    for hops in sorted({question.hops for question in questions}):
        some = [question for question in questions if question.hops == hops]
        drawn += some if not limit or limit >= len(some) else random.Random(7).sample(some, limit)
    return drawn


async def load(graph: Neo4jGraph, kb: Kb) -> dict[str, Any]:
    """Writes all of it. The figures: how many entities and facts, and the seconds it took."""
    changes = graph_rows(kb)
    facts = len(kb.triples)
    console.print(f"writing {len(changes) - facts} entities and {facts} facts")
    begun = time.perf_counter()
    await graph.prepare(sorted(set(kb.relations.values()) | {RELATED_TO}))
    await graph.apply(WORKSPACE, changes, expected=Position(0), reached=Position(1))
    return {
        "entities": len(changes) - facts,
        "facts": facts,
        "write_s": round(time.perf_counter() - begun, 1),
    }


def graph_rows(kb: Kb) -> list[GraphChange]:
    """Entities, one a name, then facts, as the outbox would hand them on."""
    names = sorted({name for head, _, tail in kb.triples for name in (head, tail)})
    ids = {name: EntityId(make_id("bench-entity", name)) for name in names}
    changes = [
        GraphChange(Position(1), 0, ChangeKind.ENTITY, ids[name], entity_row(name, "Thing")) for name in names
    ]
    for head, relation, tail in sorted(kb.triples):
        id_ = FactId(make_id("bench-fact", head, relation, tail))
        row = fact_row(ids[head], kb.relations.get(relation, RELATED_TO), ids[tail], phrase=relation)
        changes.append(GraphChange(Position(1), len(changes), ChangeKind.FACT, id_, row))
    return changes
