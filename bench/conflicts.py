"""Questions whose documents disagree: which answers are kept.

``--data`` holds ``ramdocs.jsonl`` {question, documents: [{text, ...}], gold_answers, wrong_answers}. From
the text alone (the default) every document is read for what it answers; with ``--claims given`` its own
``answer`` is taken. Documents on different things of one name are kept apart, near-copies count once, and
what stands is what fuse believes of each thing. ``strict``: all gold answers and no wrong one. Gold is read
after the last prediction.
"""

import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from app.adapters.embeddings import LocalEmbedder
from bench.conflict_reading import Answer, Embedded, Reading, qualifiers, things
from bench.harness import Benchmark, NotMeasured, Result, console, read_rows
from bench.truth import Said, predict
from graph.fusion.normalize import normalise_name
from graph.types import MICRO, Value, ValueKind
from ingest.signature import signature

_FILE = "ramdocs.jsonl"
_SAYS_NOTHING = frozenset({"", "unknown", "none", "n/a"})


@dataclass(frozen=True, slots=True)
class Case:
    """``given``: what each document is said to answer, where claims are given."""

    question: str
    documents: tuple[str, ...]
    given: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """Answers by each rule. ``majority`` holds all that tie at the top; ``contested``: a thing has a tie."""

    ours: tuple[str, ...]
    keep_all: tuple[str, ...]
    majority: tuple[str, ...]
    contested: bool
    things: int


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help=f"folder with {_FILE}")
    parser.add_argument(
        "--claims", choices=("text", "given"), default="text", help="read the text, or take the answers"
    )


def _run(options: Namespace) -> Result:
    given = options.claims == "given"
    cases = [_case(row, given) for row in read_rows(options.data / _FILE)]
    begun = time.perf_counter()
    console.print(f"reading {sum(len(c.documents) for c in cases)} documents")
    readings = [] if given else [Reading.of(c.question, c.documents) for c in cases]
    told = [qualifiers(c.question, c.documents) for c in cases]
    several = [c for c, found in zip(cases, told, strict=True) if len({q for q in found if q}) > 1]
    texts = sorted({t for c in several for t in c.documents} | {t for r in readings for t in r.texts})
    console.print(f"embedding {len(texts)} texts")
    embedded = dict(zip(texts, LocalEmbedder().embed(texts), strict=True))
    answers = [_given(c) for c in cases] if given else [r.answers(embedded) for r in readings]
    kept = [resolve(c, found, embedded) for c, found in zip(cases, answers, strict=True)]
    seconds = time.perf_counter() - begun
    predictions = [
        {
            "question": c.question,
            "answers": list(k.ours),
            "contested": k.contested,
            "things": k.things,
            "keep_all": list(k.keep_all),
            "majority": list(k.majority),
        }
        for c, k in zip(cases, kept, strict=True)
    ]
    figures = _figures(kept, read_rows(options.data / _FILE))
    figures |= {"claims": options.claims, "seconds": round(seconds, 1), "tuned": False}
    return Result(figures, predictions, {options.claims: {k: figures[k] for k in _RULES}})


_RULES = ("strict", "keep_all", "majority")


def _case(row: Mapping[str, Any], given: bool) -> Case:
    try:
        documents = tuple(str(d["text"]) for d in row["documents"])
        answers = tuple(str(d["answer"]) for d in row["documents"]) if given else ()
        return Case(str(row["question"]), documents, answers)
    except (KeyError, TypeError) as error:
        raise NotMeasured(f"a row has no question, documents or their texts: {error!r}") from error


def resolve(case: Case, answers: Sequence[Sequence[Answer]], embedded: Embedded) -> Kept:
    """What stands of the answers that each document gives."""
    thing = things(qualifiers(case.question, case.documents), case.documents, embedded)
    said: list[Said] = []
    shown: dict[Value, str] = {}
    for number, found in enumerate(answers):
        for answer in found:
            shown.setdefault(answer.value, answer.text)
            said.append(
                Said((f"thing {thing[number]}", "answer"), f"document {number}", answer.value, _micro(answer))
            )
    votes: Counter[Value] = Counter()
    for found in answers:
        for answer in found[:1]:
            votes[answer.value] += 1
    top = [v for v, n in votes.items() if n == max(votes.values())]
    if not said:
        return Kept((), (), (), False, 0)
    copies = {f"document {n}": signature(text) for n, text in enumerate(case.documents)}
    predictions, _ = predict(said, copies)
    stands = dict.fromkeys(v for p in predictions for v in p.values)
    return Kept(
        tuple(dict.fromkeys(shown[v] for v in stands)),
        tuple(shown[v] for v in votes),
        tuple(shown[v] for v in top),
        any(len(p.values) > 1 for p in predictions),
        len(predictions),
    )


def _given(case: Case) -> list[list[Answer]]:
    return [
        []
        if (name := normalise_name(text)) in _SAYS_NOTHING
        else [Answer(text, Value(ValueKind.TEXT, name), 1.0)]
        for text in case.given
    ]


def _micro(answer: Answer) -> int:
    return max(1, round(answer.belief * MICRO))


# ---------------------------------------------------------------- scoring


def _figures(kept: Sequence[Kept], rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Shares of all questions; of a tied majority the share of the tied that are right."""
    scores: dict[str, list[float]] = {rule: [] for rule in (*_RULES, "all_tied")}
    for k, row in zip(kept, rows, strict=True):
        gold, wrong = ([str(a) for a in row[key]] for key in ("gold_answers", "wrong_answers"))
        scores["strict"].append(_strict(k.ours, gold, wrong))
        scores["keep_all"].append(_strict(k.keep_all, gold, wrong))
        scores["all_tied"].append(_strict(k.majority, gold, wrong))
        scores["majority"].append(mean([_strict([a], gold, wrong) for a in k.majority] or [0.0]))
    return {rule: round(mean(found), 4) for rule, found in scores.items()} | {
        "questions": len(kept),
        "contested": sum(k.contested for k in kept),
        "several_things": sum(k.things > 1 for k in kept),
    }


def _strict(answers: Sequence[str], gold: Sequence[str], wrong: Sequence[str]) -> float:
    """1.0 if every gold answer is among ``answers`` and no wrong one is."""
    has = all(any(_same(a, g) for a in answers) for g in gold)
    errs = any(_same(a, w) and not any(_same(a, g) for g in gold) for a in answers for w in wrong)
    return float(has and not errs)


def _same(a: str, b: str) -> bool:
    """One holds all words of the other, in order: "3,559" and "3,559 people"."""
    x, y = f" {normalise_name(a)} ", f" {normalise_name(b)} "
    return bool(x.strip() and y.strip()) and (x in y or y in x)


BENCHMARK = Benchmark(
    "conflicts", "Answers kept where documents disagree, beside keeping all and a majority.", _options, _run
)
