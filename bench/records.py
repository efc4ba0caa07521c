"""Records of several sources end to end: which are one thing, and which of its values stand.

``--data`` holds ``input/SOURCE.xml`` (elements with an ``id``, whose other children are attributes: a text,
or ``name`` elements) and ``goldstandard/``: ``gs_SOURCE_2_SOURCE*.csv`` (id, id, TRUE or FALSE), whose names
tell which sources are read, and ``fused.xml`` (the right values of some things, each under a record's id).

A matcher is calibrated on the unlabelled records, which are linked under it. Each source becomes a document
that tells of its records, linked ones by one name; what stands is what fuse believes under the trust that it
learnt. Beside it a majority, and a majority that keeps all values of an attribute that may have several. Gold
is read after the last prediction.
"""

import csv
import re
import time
from argparse import ArgumentParser, Namespace
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean
from xml.etree import ElementTree

from bench.harness import Benchmark, NotMeasured, Result, console
from bench.record_values import Kinds, Row, Values, believed, compared, voted
from graph.epochs.linking import link
from graph.epochs.matching import calibrate
from graph.epochs.tables import Record

_GOLD = re.compile(r"gs_(.+?)_2_(.+?)(?:_test|_training)?\.csv")


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="folder with input/ and goldstandard/")


def _run(options: Namespace) -> Result:
    gold = options.data / "goldstandard"
    ends = {path: found for path in sorted(gold.glob("gs_*.csv")) if (found := _GOLD.fullmatch(path.name))}
    if not ends:
        raise NotMeasured(f"{gold} holds no gs_SOURCE_2_SOURCE.csv, whose name says which sources to read")
    sources = sorted({name for found in ends.values() for name in found.groups()})
    rows = [row for source in sources for row in _rows(options.data / "input" / f"{source}.xml", source)]
    begun = time.perf_counter()
    console.print(f"linking {len(rows)} records of {', '.join(sources)}")
    thing = linked(rows)
    kinds = Kinds.of(rows)
    by_thing: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_thing[thing[row.id]].append(row)
    rules = {
        "fused": believed(rows, thing, kinds),
        "majority": {name: voted(found, kinds, union=False) for name, found in by_thing.items()},
        "union": {name: voted(found, kinds, union=True) for name, found in by_thing.items()},
    }
    seconds = time.perf_counter() - begun
    predictions = [
        {"records": [r.id for r in found], "values": rules["fused"][name]}
        for name, found in sorted(by_thing.items())
    ]
    matches = _match_scores([pair for path in ends for pair in _pairs(path)], thing)
    shares, values = _fused_scores(_rows(gold / "fused.xml", "fused"), thing, kinds, rules)
    figures = {
        **matches,
        "accuracy": shares["all"]["fused"],
        "majority_accuracy": shares["all"]["majority"],
        "union_accuracy": shares["all"]["union"],
        "values": values,
        "by_attribute": shares,
        "records": len(rows),
        "things": len(by_thing),
        "seconds": round(seconds, 1),
        "tuned": False,
    }
    return Result(figures, predictions, shares)


# ---------------------------------------------------------------- which are one


def linked(rows: Sequence[Row]) -> dict[str, str]:
    """Each record's thing, by the smallest id of its records: what is linked, at one remove or more."""
    records = [Record(r.id, r.source, {n: ", ".join(v) for n, v in r.values.items()}) for r in rows]
    thing = {r.id: r.id for r in rows}

    def find(x: str) -> str:
        while thing[x] != x:
            x = thing[x]
        return x

    for a, b in link(records, calibrate(records)).pairs:
        x, y = find(a.id), find(b.id)
        thing[max(x, y)] = min(x, y)
    return {r.id: find(r.id) for r in rows}


# ---------------------------------------------------------------- files


def _rows(path: Path, source: str) -> list[Row]:
    try:
        root = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError) as error:
        raise NotMeasured(f"{path} cannot be read as XML: {error}") from error
    rows = []
    for element in root:
        values = {child.tag: _texts(child) for child in element if child.tag != "id"}
        id_ = element.findtext("id", "").strip()
        rows.append(Row(id_, source, {name: texts for name, texts in values.items() if texts}))
    if not rows or not all(row.id for row in rows) or len({row.id for row in rows}) < len(rows):
        raise NotMeasured(f"{path} is empty, or an id is missing or there twice")
    return rows


def _texts(element: ElementTree.Element) -> tuple[str, ...]:
    """An attribute's own text, or the names in it."""
    texts = [e.text for e in element.iter("name")] if len(element) else [element.text]
    return tuple(dict.fromkeys(text.strip() for text in texts if text and text.strip()))


def _pairs(path: Path) -> list[tuple[str, str, bool]]:
    with path.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.reader(file) if len(row) >= 3]
    return [(row[0], row[1], row[2].strip().casefold() == "true") for row in rows]


# ---------------------------------------------------------------- scoring


def _match_scores(gold: Sequence[tuple[str, str, bool]], thing: Mapping[str, str]) -> dict[str, float]:
    """Over the pairs that gold judges; of others it says nothing."""
    made = [a in thing and b in thing and thing[a] == thing[b] for a, b, _ in gold]
    hits = sum(true for (_, _, true), one in zip(gold, made, strict=True) if one)
    precision = hits / max(sum(made), 1)
    recall = hits / max(sum(true for _, _, true in gold), 1)
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / max(precision + recall, 1e-9), 4),
    }


def _fused_scores(
    gold: Sequence[Row], thing: Mapping[str, str], kinds: Kinds, by_rule: Mapping[str, Mapping[str, Values]]
) -> tuple[dict[str, dict[str, float]], int]:
    """By attribute and over all: the share of gold's values that each rule has right, and how many they are.

    Of one value a tie counts by expectation; of several all must be there and no other.
    """
    cases: dict[str, list[dict[str, float]]] = defaultdict(list)
    for row in gold:
        for name, texts in row.values.items():
            if row.id in thing:
                right = {compared(text) for text in texts}
                case = {}
                for rule, values in by_rule.items():
                    chosen = {compared(text) for text in values[thing[row.id]].get(name, ())}
                    whole = float(chosen == right)
                    case[rule] = whole if name in kinds.several else len(chosen & right) / max(len(chosen), 1)
                cases[name].append(case)
    if not cases:
        raise NotMeasured("the fused gold standard is about no record that was read")
    cases["all"] = [case for found in list(cases.values()) for case in found]
    shares = {
        name: {rule: round(mean(case[rule] for case in found), 4) for rule in by_rule}
        for name, found in cases.items()
    }
    return shares, len(cases["all"])


BENCHMARK = Benchmark(
    "records", "Records of several sources linked and fused, beside a majority vote.", _options, _run
)
