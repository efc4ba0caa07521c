"""Questions whose documents disagree: which answers are kept.

``--data`` holds ``ramdocs.jsonl`` {question, documents: [{text, ...}], gold_answers, wrong_answers}. From
the text alone (the default) every document is read for what it answers; with ``--claims given`` its own
``answer`` is taken. Reading, telling apart what bears one name, and weighing are those of ``POST /query``.
``strict``: all gold answers and no wrong one, of the heaviest value of each thing, of equal ones those that
most documents tell; ``all_standing``: of those too that are not clearly lighter, as a query tells a
disagreement. Gold is read after the last
prediction.
"""

import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from rich.progress import track

from app.adapters.embeddings import LocalEmbedder
from app.adapters.spans import LanguageSpans
from bench.harness import Benchmark, NotMeasured, Result, console, read_rows
from graph.fusion.names import normalise_name
from graph.ports import Vectors
from graph.types import Value, ValueKind
from retrieval.asked import asked_of
from retrieval.namesakes import COPIED, copies, things_named
from retrieval.standing import Standing, standing_values
from retrieval.values import Reading, Told

Embed = Callable[[Sequence[str]], Vectors]

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
    """Answers by each rule. ``majority`` holds all that tie at the top; ``contested``: of some thing several
    values ``standing`` are not clearly lighter than its heaviest."""

    ours: tuple[str, ...]
    standing: tuple[str, ...]
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
    embed = LocalEmbedder().embed
    told = [_given(c) for c in cases] if given else _read(cases, embed)
    kept = [resolve(c, found, embed) for c, found in zip(cases, told, strict=True)]
    seconds = time.perf_counter() - begun
    predictions = [
        {
            "question": c.question,
            "answers": list(k.ours),
            "contested": k.contested,
            "standing": list(k.standing),
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


def resolve(case: Case, told: Sequence[Sequence[Told]], embed: Embed) -> Kept:
    """What stands of the values that each document tells."""
    of = things_named(asked_of(case.question), case.documents, embed)
    standing = standing_values(told, of, copies(case.documents, COPIED))
    heaviest = {s.thing: max(_rank(o) for o in standing if o.thing == s.thing) for s in standing}
    shown = {each.value: each.text for some in reversed(told) for each in reversed(some)}
    votes = Counter(some[0].value for some in told if some)
    return Kept(
        tuple(s.text for s in standing if _rank(s) == heaviest[s.thing]),
        tuple(s.text for s in standing if s.stands),
        tuple(shown[v] for v in votes),
        tuple(shown[v] for v, n in votes.items() if n == max(votes.values())),
        len([s for s in standing if s.stands]) > len(heaviest),
        len(heaviest),
    )


def _rank(value: Standing) -> tuple[int, int]:
    """Near-copies weigh nothing more, but where weights are equal they are what there is to go by."""
    return value.weight, len(value.passages)


def _read(cases: Sequence[Case], embed: Embed) -> list[list[list[Told]]]:
    """What each document of each case tells; all are embedded at once."""
    spans = LanguageSpans()
    readings = [Reading.of(asked_of(c.question), c.documents, spans) for c in track(cases, console=console)]
    texts = sorted(frozenset[str]().union(*(reading.wanted for reading in readings)))
    console.print(f"embedding {len(texts)} texts")
    embedded = dict(zip(texts, embed(texts), strict=True))
    return [reading.told(embedded) for reading in readings]


def _given(case: Case) -> list[list[Told]]:
    return [
        []
        if (name := normalise_name(text)) in _SAYS_NOTHING
        else [Told(text, Value(ValueKind.TEXT, name), 1.0)]
        for text in case.given
    ]


# ---------------------------------------------------------------- scoring


def _figures(kept: Sequence[Kept], rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Shares of all questions; of a tied majority the share of the tied that are right."""
    scores: dict[str, list[float]] = {rule: [] for rule in (*_RULES, "all_standing", "all_tied")}
    for k, row in zip(kept, rows, strict=True):
        gold, wrong = ([str(a) for a in row[key]] for key in ("gold_answers", "wrong_answers"))
        scores["strict"].append(_strict(k.ours, gold, wrong))
        scores["keep_all"].append(_strict(k.keep_all, gold, wrong))
        scores["all_standing"].append(_strict(k.standing, gold, wrong))
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
