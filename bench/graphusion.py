"""Graphusion's candidate triples, fused by us, beside what its own fusion step made of them.

``--data`` holds ``fusion_results/MODEL-triplets.txt`` (the candidates of its second step, a Python tuple a
line) and ``MODEL-fusion-triplets.txt`` (its shipped third step), ``graphusion_repo/relation_types.json``,
``concept_data/322topics_final.tsv`` (``id|concept``) and ``graphusion_repo/prerequisite-of_graph.tsv``, which
is read after the last prediction. The files do not say which text a triple is from: the second time that one
is said counts as a second document, and so on.

Its fusion step was shown part of the gold graph: most of its prerequisite edges that agree with gold are
between concepts that no candidate relates. So direction is also compared on the pairs that candidates relate.
"""

import ast
import json
import re
import time
from argparse import ArgumentParser, Namespace
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.harness import Benchmark, NotMeasured, Result, console
from graph.errors import InvalidInput
from graph.fusion.epoch import EPOCH_0
from graph.fusion.memory import MemoryState
from graph.fusion.rulings import Rulings
from graph.fusion.support import Document
from graph.identity import make_id
from graph.ontology import Ontology, parse_ontology
from graph.types import ContentId, EntityId, Fact, FactStatus, PipelineId, ReferentId, WorkspaceId
from ingest.extraction.triples import TripleExtractor
from ingest.triples import Triple, parse_triple, triples_document

Name = str | EntityId
Edge = tuple[Name, str, Name]
_CANDIDATES, _FUSED = "-triplets.txt", "-fusion-triplets.txt"
_SYMMETRIC = frozenset({"COMPARE", "CONJUNCTION"})  # by their descriptions; the others have a direction
_PREREQUISITE = "IS_A_PREREQUISITE_OF"


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What one system holds of the candidates, and in whose names: ``of`` maps a candidate's name to them."""

    edges: frozenset[Edge]
    of: Mapping[str, Name]

    def pairs(self) -> dict[frozenset[Name], set[Edge]]:
        found: dict[frozenset[Name], set[Edge]] = defaultdict(set)
        for edge in self.edges:
            found[frozenset((edge[0], edge[2]))].add(edge)
        return found


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="folder with fusion_results/ and gold")


def _run(options: Namespace) -> Result:
    results = options.data / "fusion_results"
    fused = sorted(path.name.removesuffix(_FUSED) for path in results.glob(f"*{_FUSED}"))
    models = [model for model in fused if (results / f"{model}{_CANDIDATES}").exists()]
    if not models:
        raise NotMeasured(f"{results} holds no MODEL{_CANDIDATES} with its MODEL{_FUSED}")
    ontology = _ontology(options.data / "graphusion_repo" / "relation_types.json")
    concepts = [line.split("|")[-1] for line in _lines(options.data / "concept_data" / "322topics_final.tsv")]
    predictions: list[dict[str, Any]] = []
    outcomes: dict[str, dict[str, _Outcome]] = {}
    figures: dict[str, dict[str, Any]] = {}
    for model in models:
        said, refused = _triples(results / f"{model}{_CANDIDATES}")
        begun = time.perf_counter()
        ours, rows = _fuse(said, concepts, ontology)
        figures[model] = {"seconds": round(time.perf_counter() - begun, 2), "refused": refused}
        outcomes[model] = {
            "candidates": _as_said(said, said),
            "graphusion": _as_said(_triples(results / f"{model}{_FUSED}")[0], said),
            "ours": ours,
        }
        predictions += [{"model": model, **row} for row in rows]
        console.print(f"{model}: {len(said)} triples, {len(refused)} refused")
    gold = _gold(options.data / "graphusion_repo" / "prerequisite-of_graph.tsv")
    shown: dict[str, dict[str, float]] = {}
    for model, systems in outcomes.items():
        raw = systems["candidates"]
        for system, outcome in systems.items():
            found = _figures(outcome, raw, gold, ontology)
            figures[model][system] = found
            shown[f"{model} {system}"] = {
                "pairs": found["pairs"],
                "several": found["several_relations"],
                "reversed": found["reversals"],
                "kept": found["kept"],
                "agree": found["prerequisites_on_candidate_pairs"]["agree"],
                "against": found["prerequisites_on_candidate_pairs"]["against"],
            }
    return Result({"models": figures, "tuned": False}, predictions, shown)


# ---------------------------------------------------------------- ours


def _fuse(
    said: Sequence[Triple], concepts: Sequence[str], ontology: Ontology
) -> tuple[_Outcome, list[dict[str, Any]]]:
    """The accepted facts, and a row for each pair of entities that the candidates relate."""
    times: Counter[Triple] = Counter()
    documents: dict[int, list[Triple]] = defaultdict(list)
    for triple in said:
        documents[times[triple]].append(triple)
        times[triple] += 1
    state, extractor = MemoryState(), TripleExtractor("Concept")
    names: dict[ReferentId, str] = {}
    for number, triples in documents.items():
        content = ContentId(make_id("graphusion", number) * 2)
        extracted = extractor.extract(
            triples_document(triples, f"Said {number + 1} times", _distinct(concepts) if number == 0 else ()),
            (),
            workspace=WorkspaceId("bench"),
            content=content,
            pipeline=PipelineId(bytes(16)),
            ontology=ontology,
        )
        names |= {r.id: r.names[0] for r in extracted.referents}
        state.put(Document(content, (), EPOCH_0.default_trust), extracted.referents, extracted.claims)
    state.fuse(EPOCH_0, ontology, Rulings())
    graph = state.difference(MemoryState())
    entity = {r: m.entity for r, m in graph.memberships.new.items()}
    facts = list(graph.facts.new.values())
    accepted = frozenset(
        (f.head, f.relation, tail)
        for f in facts
        if f.status is FactStatus.ACCEPTED and (tail := f.tail_entity) is not None
    )
    shown = {e.id: e.name for e in graph.entities.new.values()}
    return _Outcome(accepted, {_folded(n): entity[r] for r, n in names.items()}), _rows(facts, shown)


def _rows(facts: Iterable[Fact], name: Mapping[EntityId, str]) -> list[dict[str, Any]]:
    pairs: dict[tuple[EntityId, ...], list[Fact]] = defaultdict(list)
    for fact in facts:
        assert fact.tail_entity is not None
        pairs[tuple(sorted((fact.head, fact.tail_entity)))].append(fact)
    return [
        {
            "pair": [name[end] for end in pair],
            "statements": [
                {
                    "head": name[f.head],
                    "relation": f.relation,
                    "tail": name[f.tail_entity or f.head],
                    "status": f.status.value,
                    "support": f.support,
                    "reason": f.reason,
                }
                for f in sorted(among, key=lambda f: (f.status, -f.support, f.id))
            ],
        }
        for pair, among in sorted(pairs.items())
    ]


# ---------------------------------------------------------------- scoring


def _as_said(triples: Iterable[Triple], candidates: Iterable[Triple]) -> _Outcome:
    """Triples by their own names, spelling and symmetric ends in one form."""
    edges = set()
    for triple in triples:
        head, relation, tail = _folded(triple.head), triple.relation, _folded(triple.tail)
        if relation in _SYMMETRIC and tail < head:
            head, tail = tail, head
        if head != tail:
            edges.add((head, relation, tail))
    ends = {_folded(end) for t in candidates for end in (t.head, t.tail)}
    return _Outcome(frozenset(edges), {end: end for end in ends})


def _figures(
    outcome: _Outcome, candidates: _Outcome, gold: frozenset[tuple[str, str]], ontology: Ontology
) -> dict[str, Any]:
    """Pairs are unordered, contradictions among what the system accepts.

    ``kept``: share of the candidates' pairs that are still related. A direction agrees when gold holds the
    edge and not its reverse; ``prerequisites`` are edges of gold's own relation, ``directed`` of any that has
    a direction, from head to tail.
    """
    pairs = outcome.pairs()
    of = outcome.of
    asked = candidates.pairs()
    kept = sum(frozenset(of[str(end)] for end in pair) in pairs for pair in asked)
    way = {(of.get(h, h), of.get(t, t)): (of.get(t, t), of.get(h, h)) for h, t in gold if (t, h) not in gold}
    spoken = {frozenset(of[str(end)] for end in pair) for pair in asked}

    def agreement(relations: Iterable[str], among: Iterable[Edge]) -> dict[str, int]:
        found = {(h, t) for h, r, t in among if r in relations}
        return {
            "agree": sum(edge in found for edge in way),
            "against": sum(back in found for back in way.values()),
        }

    directed = [name for name, r in ontology.relation_types.items() if r.asymmetric]
    same = [edge for edge in outcome.edges if frozenset((edge[0], edge[2])) in spoken]
    return {
        "triples": len(outcome.edges),
        "pairs": len(pairs),
        "several_relations": sum(len({r for _, r, _ in edges}) > 1 for edges in pairs.values()),
        "several_relations_one_way": sum(
            n > 1 for n in Counter((h, t) for h, _, t in outcome.edges).values()
        ),
        "reversals": sum(
            any((t, r, h) in edges for h, r, t in edges if r not in _SYMMETRIC) for edges in pairs.values()
        ),
        "kept": round(kept / len(asked), 4),
        "prerequisites": agreement([_PREREQUISITE], outcome.edges),
        "prerequisites_on_candidate_pairs": agreement([_PREREQUISITE], same),
        "directed_on_candidate_pairs": agreement(directed, same),
    }


# ---------------------------------------------------------------- files


def _triples(path: Path) -> tuple[list[Triple], dict[str, str]]:
    """The sound lines, relations in the ontology's spelling, and the reason for each line that is refused."""
    sound: list[Triple] = []
    refused: dict[str, str] = {}
    for number, line in enumerate(_lines(path), start=1):
        try:
            triple = parse_triple(ast.literal_eval(line))
            sound.append(Triple(triple.head, _relation(triple.relation), triple.tail))
        except InvalidInput as error:
            refused[f"line {number}"] = str(error)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            refused[f"line {number}"] = "it is no tuple of three texts"
    if not sound:
        raise NotMeasured(f"{path} holds no triple")
    return sound, refused


def _ontology(path: Path) -> Ontology:
    """The types of the set: at most one of them holds between two concepts."""
    try:
        types = sorted(map(_relation, json.loads(path.read_text(encoding="utf-8"))))
    except (OSError, ValueError, TypeError) as error:
        raise NotMeasured(f"{path} names no relation types: {error}") from error
    text = "[entity]\nConcept = {}\n"
    for name in types:
        way = "symmetric" if name in _SYMMETRIC else "asymmetric"
        text += f'[relation.{name}]\nheads = ["Concept"]\ntails = ["Concept"]\n'
        text += f'exclusive = "any"\n{way} = true\n'
    return parse_ontology(text)


def _gold(path: Path) -> frozenset[tuple[str, str]]:
    rows = [line.split("\t") for line in _lines(path)]
    if any(len(row) != 3 for row in rows):
        raise NotMeasured(f"{path} needs head, relation and tail, apart by tabs")
    return frozenset((_folded(head), _folded(tail)) for head, _, tail in rows)


def _lines(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise NotMeasured(f"{path} cannot be read: {error}") from error


def _relation(name: str) -> str:
    return re.sub(r"\W+", "_", name).strip("_").upper()


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _distinct(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(" ".join(name.split()) for name in names))


BENCHMARK = Benchmark(
    "graphusion", "Graphusion's candidate triples fused, beside its own fusion.", _options, _run
)
