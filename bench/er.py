"""Which rows of tables are one thing: an epoch is calibrated on the unlabelled tables, then pairs are scored.

``--data`` holds ``a.csv``, ``b.csv`` unless one table is deduplicated (first column ``id``), and ``gold.csv``
(``a,b``), which is read after the last pair is predicted; nothing is learnt from it.
"""

import csv
import random
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.harness import Benchmark, NotMeasured, Result, console, peak_rss_mb
from graph.epochs.linking import link
from graph.epochs.matching import calibrate
from graph.epochs.tables import Record

_A, _B = "a", "b"
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Draw:
    """What was kept of the tables and what was predicted on it; pairs by id, in ``gold``'s form."""

    kept: Mapping[str, frozenset[str]]  # source to the ids drawn
    predicted: frozenset[Pair]
    compared: frozenset[Pair]
    within: int  # pairs made within one of two tables
    seconds: float


def _share(text: str) -> float:
    share = float(text)
    if not 0 < share <= 1:
        raise ArgumentTypeError("a share is above 0 and at most 1")
    return share


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="folder with a.csv, b.csv and gold.csv")
    parser.add_argument("--keep-a", type=_share, default=1.0, help="seeded share of a's rows to keep")
    parser.add_argument("--keep-b", type=_share, default=1.0, help="seeded share of b's rows to keep")
    parser.add_argument("--draws", type=int, default=1, help="draws to take the mean of (seeds 0, 1, ...)")
    parser.add_argument(
        "--one-table", action="store_true", help="pour both into one pool; cross-table pairs are scored"
    )


def _run(options: Namespace) -> Result:
    tables = {_A: _table(options.data / "a.csv", _A)}
    if (options.data / "b.csv").exists():
        tables[_B] = _table(options.data / "b.csv", _B)
    if options.draws < 1:
        raise NotMeasured("--draws must be at least 1")
    if options.one_table and _B not in tables:
        raise NotMeasured("--one-table needs two tables")
    keep = {_A: options.keep_a, _B: options.keep_b}
    draws: list[_Draw] = []
    for seed in range(options.draws):
        draws.append(_predict({s: _kept(rows, keep[s], seed) for s, rows in tables.items()}))
        console.print(f"draw {seed}: {len(draws[-1].predicted)} pairs in {draws[-1].seconds:.1f} s")
    gold = _gold(options.data / "gold.csv", _B in tables)
    scores = [_scores(draw, gold) for draw in draws]
    figures: dict[str, Any] = {
        key: round(sum(score[key] for score in scores) / len(scores), 4) for key in scores[0]
    }
    figures |= {
        "pairs_compared": round(sum(len(d.compared) for d in draws) / len(draws)),
        "seconds": round(sum(d.seconds for d in draws) / len(draws), 2),
        "tuned": False,
        "records": sum(len(ids) for ids in draws[0].kept.values()),
        "draws": len(draws),
        "peak_rss_mb": peak_rss_mb(),
    }
    if options.one_table:
        figures["within_pairs"] = round(sum(d.within for d in draws) / len(draws))
    predictions = [{"draw": n, "a": a, "b": b} for n, d in enumerate(draws) for a, b in sorted(d.predicted)]
    rows = {f"draw {n}": score for n, score in enumerate(scores)}
    return Result(figures, predictions, rows)


def _predict(tables: Mapping[str, Sequence[Record]]) -> _Draw:
    records = [record for rows in tables.values() for record in rows]
    begun = time.perf_counter()
    links = link(records, calibrate(records))
    seconds = time.perf_counter() - begun
    two = _B in tables
    made = [(a, b) for a, b in links.pairs if not two or a.source != b.source]
    return _Draw(
        {source: frozenset(r.id for r in rows) for source, rows in tables.items()},
        frozenset(_pair(a, b, two) for a, b in made),
        frozenset(_pair(a, b, two) for a, b in links.compared if not two or a.source != b.source),
        len(links.pairs) - len(made),
        seconds,
    )


def _pair(a: Record, b: Record, two: bool) -> Pair:
    x, y = ((a, b) if a.source == _A else (b, a)) if two else sorted((a, b), key=lambda r: r.id)
    return x.id, y.id


def _scores(draw: _Draw, gold: frozenset[Pair]) -> dict[str, float]:
    left, right = draw.kept[_A], draw.kept.get(_B, draw.kept[_A])
    true = {pair for pair in gold if pair[0] in left and pair[1] in right}
    if not true:
        raise NotMeasured("gold.csv names no pair of the rows that were kept")
    hits = len(true & draw.predicted)
    precision = hits / max(len(draw.predicted), 1)
    recall = hits / len(true)
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / max(precision + recall, 1e-9),
        "pair_completeness": len(true & draw.compared) / len(true),
    }


def _kept(rows: Sequence[Record], share: float, seed: int) -> list[Record]:
    """A sample by id, the same whatever the file's order."""
    if share == 1:
        return list(rows)
    return random.Random(seed).sample(sorted(rows, key=lambda r: r.id), round(len(rows) * share))


def _table(path: Path, source: str) -> list[Record]:
    rows = _rows(path)
    head, body = rows[0], rows[1:]
    records = [
        Record(row[0], source, dict(zip(head[1:], row[1:], strict=False))) for row in body if row and row[0]
    ]
    if len({r.id for r in records}) < len(records) or not records:
        raise NotMeasured(f"{path} is empty or has an id twice")
    return records


def _gold(path: Path, two: bool) -> frozenset[Pair]:
    pairs = [(row[0], row[1]) for row in _rows(path)[1:] if len(row) >= 2]
    if two:
        return frozenset(pairs)
    return frozenset((min(p), max(p)) for p in pairs if p[0] != p[1])


def _rows(path: Path) -> list[list[str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NotMeasured(f"{path} cannot be read as CSV: {error}") from error
    if not rows:
        raise NotMeasured(f"{path} is empty")
    return rows


BENCHMARK = Benchmark("er", "Entity resolution over tables, without labels.", _options, _run)
