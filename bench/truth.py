"""Truth discovery: whose word is right where sources differ, without a label.

``--data`` holds ``claims.csv`` (object, attribute, source, value) and ``truths.csv`` (object, attribute,
value), which is read after the last prediction. Each source becomes a document of claims, and they go through
the same door as any: fuse, learn trust as ``calibrate`` does, fuse again under the new epoch; the fact that
stands is the prediction. ``--synthetic`` measures on made-up worlds instead, every kind and every seed.
"""

import csv
import time
from argparse import ArgumentParser, Namespace
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from statistics import mean
from typing import Any

from bench.harness import Benchmark, NotMeasured, Result, console
from bench.truth_worlds import KINDS, world
from graph.epochs.trust import Trust, learnt
from graph.fusion.epoch import EPOCH_0, Epoch
from graph.fusion.memory import MemoryState
from graph.fusion.moments import Moment, moment
from graph.fusion.normalize import literal, normalise_value, refines, unlabelled
from graph.fusion.rulings import Rulings
from graph.fusion.support import Document
from graph.identity import make_id
from graph.ledger.documents import source_id
from graph.ontology import parse_ontology
from graph.types import (
    MICRO,
    Claim,
    ClaimId,
    ContentId,
    Fact,
    FactStatus,
    Referent,
    ReferentId,
    Source,
    Span,
    Value,
    ValueKind,
)

Item = tuple[str, str]  # object, attribute
_KINDS = (ValueKind.NUMBER, ValueKind.DATE)
_ALIKE = 0.9  # of an attribute's values that read as numbers or dates, for it to hold them


@dataclass(frozen=True, slots=True)
class Said:
    item: Item
    source: str
    value: Value


@dataclass(frozen=True, slots=True)
class Prediction:
    """``values`` stand: one, or several that tie. ``clear`` is whether the shipped margin accepts it."""

    item: Item
    values: tuple[Value, ...]
    clear: bool


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, help="folder with claims.csv and truths.csv")
    parser.add_argument("--synthetic", action="store_true", help="measure on made-up worlds instead")
    parser.add_argument("--seeds", type=int, default=5, help="made-up worlds of each kind")


def _run(options: Namespace) -> Result:
    if options.synthetic:
        return _synthetic(options.seeds)
    if options.data is None:
        raise NotMeasured("name a folder with --data, or use --synthetic")
    said = _read_claims(options.data / "claims.csv")
    begun = time.perf_counter()
    predictions, trust = predict(said)
    seconds = time.perf_counter() - begun
    rows = [
        {
            "object": p.item[0],
            "attribute": p.item[1],
            "values": [v.text for v in p.values],
            "clear": p.clear,
        }
        for p in predictions
    ]
    truths = {
        (row["object"], row["attribute"]): row["value"]
        for row in _read(options.data / "truths.csv", ("object", "attribute", "value"))
    }
    figures = _figures(said, predictions, truths) | {
        "sources": len(trust.sources),
        "copies": len(trust.copies),
        "seconds": round(seconds, 2),
        "tuned": False,
    }
    shown = {
        "truth": {"accuracy": figures["accuracy"]},
        "majority": {"accuracy": figures["majority_accuracy"]},
    }
    return Result(figures, rows, shown)


# ---------------------------------------------------------------- claims to predictions


def predict(said: Sequence[Said]) -> tuple[list[Prediction], Trust]:
    """What fuse believes under the trust that it learnt, in order of item."""
    world = _World(said)
    learnt_epoch, trust = learnt(EPOCH_0, world.fused(EPOCH_0), world.ontology, world.sources, {})
    clear = world.believed(learnt_epoch)
    forced = world.believed(replace(learnt_epoch, clear_margin=1))
    return [
        Prediction(item, _standing(facts), len(_standing(clear[item])) == 1 and _accepted(clear[item]))
        for item, facts in sorted(forced.items())
    ], trust


def _standing(facts: Sequence[Fact]) -> tuple[Value, ...]:
    """The accepted value; where all tie or lose to one another, the most confident ones. Of values that hold
    beside each other, and of which one says more precisely what another one says, that one."""
    left = [f for f in facts if f.status is FactStatus.ACCEPTED] or list(facts)
    said = {f.tail: f.confidence for f in left if isinstance(f.tail, Value)}
    best = {tail for tail, confidence in said.items() if confidence == max(said.values())}
    while (finer := {_finer(tail, said) for tail in best}) != best:
        best = finer
    return tuple(sorted(best))


def _finer(tail: Value, said: Mapping[Value, int]) -> Value:
    """The most confident of those that say the same and more precisely; itself where none does."""
    vague = normalise_value(tail)
    found = [other for other in said if refines(normalise_value(other), vague)]
    return max(found, key=lambda other: (said[other], other), default=tail)


def _accepted(facts: Sequence[Fact]) -> bool:
    return any(f.status is FactStatus.ACCEPTED for f in facts)


class _World:
    """A document a source; an object is one name wherever it is spoken of."""

    def __init__(self, said: Sequence[Said]) -> None:
        self._said = said
        self._by_source: dict[str, list[Said]] = defaultdict(list)
        for s in said:
            self._by_source[s.source].append(s)
        self.sources = [source_named(name) for name in sorted(self._by_source)]
        self._relations = {a: f"A{n}" for n, a in enumerate(sorted({s.item[1] for s in said}))}
        self.ontology = parse_ontology(
            "[entity]\nObject = {}\n"
            + "".join(
                f'[relation.{name}]\nheads = ["Object"]\nfunctional = true\n'
                'values = ["text", "number", "date"]\n'
                for name in self._relations.values()
            )
        )

    def believed(self, epoch: Epoch) -> dict[Item, list[Fact]]:
        item_of = {_claim_id(s): s.item for s in self._said}
        found: dict[Item, list[Fact]] = defaultdict(list)
        for fact in self.fused(epoch).difference(MemoryState()).facts.new.values():
            found[item_of[fact.claims[0]]].append(fact)
        return found

    def fused(self, epoch: Epoch) -> MemoryState:
        state = MemoryState()
        for source, said in self._by_source.items():
            content = source_named(source).content
            referents = {s.item[0]: _referent(content, s.item[0]) for s in said}
            trust = epoch.trust_of(source_named(source).id)
            claims = [
                Claim(
                    id=_claim_id(s),
                    content=content,
                    head=referents[s.item[0]].id,
                    phrase=s.item[1],
                    relation=self._relations[s.item[1]],
                    tail=s.value,
                    span=Span(0, 1),
                    confidence=MICRO,
                )
                for s in said
            ]
            document = Document(content, (), trust)
            state.put(document, referents.values(), claims)
        state.fuse(epoch, self.ontology, Rulings())
        return state


def _referent(content: ContentId, name: str) -> Referent:
    id_ = ReferentId(make_id("referent", content, name))
    return Referent(id_, content, "Object", (given_name(name),), Span(0, 1))


def _claim_id(said: Said) -> ClaimId:
    return ClaimId(make_id("claim", *said.item, said.source, said.value.kind, said.value.text))


def given_name(thing: str) -> str:
    """A name that is like no other's: which thing is meant is given, and not for fuse to find out."""
    return "o" + sha256(thing.encode()).hexdigest()[:24]


def source_named(name: str) -> Source:
    """With one document, whose content is its name."""
    return Source(source_id(name), name, ContentId(sha256(name.encode()).digest()))


# ---------------------------------------------------------------- files


def _read_claims(path: Path) -> list[Said]:
    rows = _read(path, ("object", "attribute", "source", "value"))
    by_attribute: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        by_attribute[row["attribute"]].append(row["value"])
    kinds = {attribute: _kind(values) for attribute, values in by_attribute.items()}
    return sorted(
        {
            Said(item, r["source"], _as(kinds[item[1]], unlabelled(r["value"], item[1])))
            for r in rows
            if (item := (r["object"], r["attribute"]))
        },
        key=lambda s: (s.item, s.source, s.value.text),
    )


def _kind(values: Sequence[str]) -> ValueKind:
    """What nearly all of an attribute's values read as. A day is less than what tells a time of day."""
    for kind in _KINDS:
        if sum(literal(v, (kind,), {}) is not None for v in values) >= _ALIKE * len(values):
            timed = kind is ValueKind.DATE and any(":" in normalise_value(_text(v)).text for v in values)
            return ValueKind.TEXT if timed else kind
    return ValueKind.TEXT


def _text(said: str) -> Value:
    return Value(ValueKind.TEXT, said)


def _as(kind: ValueKind, text: str) -> Value:
    return literal(text, (kind,), {}) or Value(kind, text)


def _read(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """The named columns, stripped; NotMeasured where one is missing. Rows with an empty cell are left out."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise NotMeasured(f"{path} cannot be read: {error}") from error
    if not rows or any(column not in rows[0] for column in columns):
        raise NotMeasured(f"{path} needs rows and the columns {', '.join(columns)}")
    kept = [{c: (row[c] or "").strip() for c in columns} for row in rows]
    return [row for row in kept if all(row.values())]


# ---------------------------------------------------------------- scoring


def _figures(
    said: Sequence[Said], predictions: Iterable[Prediction], truths: Mapping[Item, str]
) -> dict[str, Any]:
    """Shares of the objects that were spoken of and whose truth is known; a tie counts by expectation."""
    voices: dict[Item, set[tuple[str, Value]]] = defaultdict(set)
    for each in said:
        voices[each.item].add((each.source, each.value))
    scored = [p for p in predictions if p.item in truths]
    if not scored:
        raise NotMeasured("no truth is about a thing that a source speaks of")
    right, majority, clear_right = [], [], []
    for p in scored:
        told = voices[p.item]
        true = _as(next(iter(told))[1].kind, truths[p.item])
        votes = {(source, _read_as(true, value, sure=True)) for source, value in told}
        counts = Counter(value for _, value in votes)
        top = [_read_as(true, v) for v, n in counts.items() if n == max(counts.values())]
        right.append(_share(_read_as(true, true), [_read_as(true, value) for value in p.values]))
        majority.append(_share(_read_as(true, true), top))
        if p.clear:
            clear_right.append(right[-1])
    return {
        "accuracy": round(mean(right), 4),
        "majority_accuracy": round(mean(majority), 4),
        "objects": len(scored),
        "tied": sum(len(p.values) > 1 for p in scored),
        "contested": len(scored) - len(clear_right),
        "accuracy_where_clear": round(mean(clear_right), 4) if clear_right else None,
    }


def _read_as(true: Value, value: Value, *, sure: bool = False) -> Value:
    """A value as it is scored, read as the truth is: its unit is no matter where that has none, nor is a date
    or a time of day where one of the two tells none. ``sure``: only as far as it tells itself, so that a vote
    is not counted for a day that it leaves open."""
    read, wanted = normalise_value(value), normalise_value(true)
    text = read.text
    if read.kind is ValueKind.TEXT and (said := moment(text)) is not None:
        text = _at_its_precision(said, moment(wanted.text) or said, sure=sure)
    return replace(read, text=text, unit=None if true.unit is None else read.unit)


def _at_its_precision(said: Moment, wanted: Moment, *, sure: bool) -> str:
    """What is said of the day and the time that are wanted; unless ``sure``, of a day that it leaves open as
    if it were that. A time without a half of the day is one of the clock of 24 hours."""
    days, clock = said.days, said.clock
    if days is None and wanted.clock is None:
        return said.text
    if days is None:
        days = None if sure else wanted.days
    elif wanted.days is None or days.lies_in(wanted.days) or (not sure and days.meets(wanted.days)):
        days = wanted.days
    told = [days.text] if days is not None else []
    if clock is not None and wanted.clock is not None:
        told.append(clock.by_24_hours)
    return " ".join(told)


def _share(true: Value, chosen: Sequence[Value]) -> float:
    return sum(value == true for value in chosen) / len(chosen)


def _synthetic(seeds: int) -> Result:
    """Every kind of world and every seed, none left out."""
    rows: dict[str, dict[str, float]] = {}
    worlds: dict[str, dict[str, Any]] = {}
    for kind in KINDS:
        runs = []
        for seed in range(seeds):
            claims, truths = world(kind, seed)
            said = [Said((o, "value"), s, Value(ValueKind.TEXT, v)) for o, s, v in claims]
            found = _figures(said, predict(said)[0], {(o, "value"): v for o, v in truths.items()})
            runs.append({"seed": seed, **found})
        accuracy, majority = ([run[key] for run in runs] for key in ("accuracy", "majority_accuracy"))
        rows[kind] = {
            "accuracy": round(mean(accuracy), 3),
            "majority": round(mean(majority), 3),
            "worst gain": round(min(a - m for a, m in zip(accuracy, majority, strict=True)), 3),
        }
        worlds[kind] = {**rows[kind], "runs": runs}
        console.print(f"{kind}: {rows[kind]}")
    figures = {
        "accuracy": round(mean(row["accuracy"] for row in rows.values()), 4),
        "majority_accuracy": round(mean(row["majority"] for row in rows.values()), 4),
        "objects": sum(run["objects"] for w in worlds.values() for run in w["runs"]),
        "worlds": worlds,
        "tuned": False,
    }
    return Result(figures, (), rows)


BENCHMARK = Benchmark("truth", "Truth discovery beside a fair majority vote.", _options, _run)
