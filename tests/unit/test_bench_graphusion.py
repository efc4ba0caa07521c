"""The Graphusion benchmark on a small set of its own in the same form."""

import json
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from bench.graphusion import BENCHMARK

PRE, USED, PAIRED = "Is-a-Prerequisite-of", "Used-for", "Conjunction"
CANDIDATES = [
    ("Parsing", USED, "translation"),
    ("Parsing", USED, "translation"),
    ("translation", USED, "parsing"),  # outvoted, the other way
    ("tagging", PRE, "Parsing"),
    ("tagging", PRE, "Parsing"),
    ("tagging", USED, "Parsing"),  # outvoted, of another type
    ("tagging", USED, "speech"),  # ties with the next
    ("speech", USED, "tagging"),
    ("speech", PAIRED, "translation"),
    ("translation", PAIRED, "speech"),  # the same
    ("translation", USED),  # malformed
]
FUSED = [("parsing", USED, "translation"), ("translation", USED, "parsing"), ("parsing", PRE, "speech")]


def test_counts_side_by_side_and_reads_gold_last(tmp_path: Path) -> None:
    for folder in ("fusion_results", "graphusion_repo", "concept_data"):
        (tmp_path / folder).mkdir()

    def write(name: str, lines: Sequence[object]) -> None:
        (tmp_path / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    write("fusion_results/m-triplets.txt", CANDIDATES)
    write("fusion_results/m-fusion-triplets.txt", FUSED)
    write("graphusion_repo/relation_types.json", [json.dumps([PRE, USED, PAIRED])])
    write("concept_data/322topics_final.tsv", ["1|parsing", "2|semantics"])
    gold = [("tagging", PRE, "parsing"), ("parsing", PRE, "speech"), ("speech", PRE, "translation")]
    write("graphusion_repo/prerequisite-of_graph.tsv", ["\t".join(edge) for edge in gold])

    result = BENCHMARK.run(Namespace(data=tmp_path))
    figures = result.figures["models"]["m"]
    assert list(figures["refused"]) == ["line 11"]
    keys = ("pairs", "several_relations", "reversals", "kept")
    assert [figures["candidates"][k] for k in keys] == [4, 1, 2, 1.0]
    assert [figures["graphusion"][k] for k in keys] == [2, 0, 1, 0.25]
    assert [figures["ours"][k] for k in keys] == [3, 0, 0, 0.75]
    assert figures["graphusion"]["prerequisites"] == {"agree": 1, "against": 0}
    assert figures["graphusion"]["prerequisites_on_candidate_pairs"] == {"agree": 0, "against": 0}
    assert figures["ours"]["prerequisites_on_candidate_pairs"] == {"agree": 1, "against": 0}
    by_pair = {frozenset(row["pair"]): row["statements"] for row in result.predictions}
    assert {s["status"] for s in by_pair[frozenset(("speech", "tagging"))]} == {"contested"}
    assert [s["status"] for s in by_pair[frozenset(("tagging", "Parsing"))]] == ["accepted", "contested"]
