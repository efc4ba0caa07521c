"""The FAISS index: replay, snapshots, damage, eviction, threads, and a process killed at random moments."""

import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from graph.errors import IntegrityError
from graph.identity import make_id
from graph.indexes.snapshot import read_snapshot, write_snapshot
from graph.indexes.structure import Structure
from graph.indexes.vectors import FaissVectors
from graph.ports import VectorChange, Vectors
from graph.types import Position, WorkspaceId
from tests.fakes.vector_ledger import MemoryVectorLedger, brute_force

WS = WorkspaceId("acme/../../etc")  # a hostile name must not become a path
MODEL = "test-model"
DIM = 8


def unit(seed: int, count: int = 1, dimension: int = DIM) -> Vectors:
    rows = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def batch(seed: int, count: int) -> dict[bytes, Vectors]:
    return {make_id("t", seed, i): row for i, row in enumerate(unit(seed, count))}


def opened(directory: Path, ledger: MemoryVectorLedger, **options: int) -> FaissVectors:
    return FaissVectors(directory, ledger, model=MODEL, dimension=DIM, **options)


def assert_equals_ledger(index: FaissVectors, ledger: MemoryVectorLedger) -> None:
    live = ledger.live(WS, MODEL, "chunk")
    assert index.size(WS, "chunk") == len(live)
    query = unit(999)[0]
    hits = index.search(WS, "chunk", query, 10)
    assert [hit.id for hit in hits] == [id_ for id_, _ in brute_force(live, query, 10)]
    similar = index.similarities(WS, "chunk", query, [*[*live][:20], b"\0" * 16])
    assert similar == pytest.approx({id_: float(live[id_] @ query) for id_ in [*live][:20]}, abs=1e-5)


def test_a_search_sees_what_the_ledger_took_in_since(tmp_path: Path) -> None:
    ledger = MemoryVectorLedger()
    index = opened(tmp_path, ledger)
    assert index.search(WS, "chunk", unit(1)[0], 5) == []
    first = batch(1, 50)
    ledger.write(WS, MODEL, "chunk", first)
    assert_equals_ledger(index, ledger)
    gone = tuple(list(first)[:20])
    ledger.write(WS, MODEL, "chunk", {list(first)[30]: unit(5)[0]} | batch(2, 7), gone)
    assert_equals_ledger(index, ledger)
    ledger.write(WS, MODEL, "chunk", dict.fromkeys(gone, unit(6)[0]))
    assert_equals_ledger(index, ledger)


def test_workspaces_kinds_and_models_do_not_mix(tmp_path: Path) -> None:
    ledger = MemoryVectorLedger()
    ledger.write(WS, MODEL, "chunk", batch(1, 5))
    ledger.write(WorkspaceId("other"), MODEL, "chunk", batch(2, 6))
    ledger.write(WS, MODEL, "entity", batch(3, 7))
    ledger.write(WS, "another-model", "chunk", batch(4, 8))
    index = opened(tmp_path, ledger)
    assert index.size(WS, "chunk") == 5
    assert index.size(WorkspaceId("other"), "chunk") == 6
    assert index.size(WS, "entity") == 7
    index.close()
    assert all(tmp_path in path.resolve().parents for path in tmp_path.rglob("*"))
    index.drop(WS)
    assert len(list(tmp_path.rglob("*.faiss"))) == 1


def test_a_snapshot_saves_the_replay(tmp_path: Path) -> None:
    ledger = MemoryVectorLedger()
    ledger.write(WS, MODEL, "chunk", batch(1, 30))
    first = opened(tmp_path, ledger)
    first.catch_up(WS, "chunk")
    first.close()
    reopened = opened(tmp_path, MemoryVectorLedger())  # an empty ledger has nothing newer to say
    assert reopened.size(WS, "chunk") == 30
    ledger.write(WS, MODEL, "chunk", batch(2, 3), tuple(batch(1, 2)))
    assert_equals_ledger(opened(tmp_path, ledger), ledger)


@pytest.mark.parametrize("damage", ["truncate", "flip", "empty", "garbage", "other_dimension"])
def test_a_damaged_snapshot_is_rebuilt_from_the_ledger(tmp_path: Path, damage: str) -> None:
    ledger = MemoryVectorLedger()
    ledger.write(WS, MODEL, "chunk", batch(1, 40))
    index = opened(tmp_path, ledger)
    index.catch_up(WS, "chunk")
    index.close()
    (path,) = tmp_path.rglob("*.faiss")
    data = path.read_bytes()
    if damage == "truncate":
        path.write_bytes(data[:-100])
    elif damage == "flip":
        path.write_bytes(data[:200] + bytes([data[200] ^ 1]) + data[201:])
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "garbage":
        path.write_bytes(b"not a snapshot" * 50)
    else:
        write_snapshot(path, Structure.exact(3), Position(9), f"{MODEL}/chunk")
    assert_equals_ledger(opened(tmp_path, ledger), ledger)


def test_a_snapshot_of_other_vectors_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.faiss"
    write_snapshot(path, Structure.exact(DIM), Position(3), "model-a/chunk")
    with pytest.raises(IntegrityError):
        read_snapshot(path, "model-b/chunk", DIM)
    structure, position = read_snapshot(path, "model-a/chunk", DIM)
    assert (len(structure), position) == (0, 3)


def test_beyond_the_flat_limit_a_trained_structure_finds_nearly_the_same(tmp_path: Path) -> None:
    ledger = MemoryVectorLedger()
    for seed in range(6):
        ledger.write(WS, MODEL, "chunk", batch(seed, 500))
    index = opened(tmp_path, ledger, flat_limit=1000)
    index.catch_up(WS, "chunk")
    ledger.write(WS, MODEL, "chunk", {}, tuple(batch(3, 500)))
    live = ledger.live(WS, MODEL, "chunk")
    assert index.size(WS, "chunk") == len(live) == 2500
    found = 0
    for seed in range(20):
        query = unit(1000 + seed)[0]
        exact = {id_ for id_, _ in brute_force(live, query, 10)}
        found += len(exact & {hit.id for hit in index.search(WS, "chunk", query, 10)})
    assert found >= 0.9 * 200
    index.close()
    again = opened(tmp_path, ledger, flat_limit=1000)
    assert again.search(WS, "chunk", unit(1)[0], 10) == index.search(WS, "chunk", unit(1)[0], 10)


def test_training_is_a_function_of_the_vectors() -> None:
    changes = [VectorChange(Position(1), id_, row) for id_, row in batch(1, 2000).items()]
    answers = []
    for order in (changes, changes[::-1]):
        exact = Structure.exact(DIM)
        exact.apply(order)
        trained = exact.trained_empty()
        trained.apply(order)
        answers.append(trained.search(unit(7)[0], 20))
    assert answers[0] == answers[1]


def test_little_memory_closes_the_least_recently_used(tmp_path: Path) -> None:
    ledger = MemoryVectorLedger()
    names = [WorkspaceId(f"w{i}") for i in range(5)]
    for i, name in enumerate(names):
        ledger.write(name, MODEL, "chunk", batch(i, 100))
    index = opened(tmp_path, ledger, memory_bytes=60_000)
    for _ in range(2):
        for i, name in enumerate(names):
            assert {hit.id for hit in index.search(name, "chunk", unit(i)[0], 100)} == set(batch(i, 100))
    assert len(list(tmp_path.rglob("*.faiss"))) >= 3


def test_searches_while_the_index_is_replayed(tmp_path: Path) -> None:
    ledger = MemoryVectorLedger()
    always = batch(0, 200)
    ledger.write(WS, MODEL, "chunk", always)
    index = opened(tmp_path, ledger, flat_limit=600)
    index.catch_up(WS, "chunk")
    failures: list[str] = []
    stop = threading.Event()

    def search(seed: int) -> None:
        id_, vector = list(always.items())[seed]
        while not stop.is_set():
            hits = index.search(WS, "chunk", vector, 5)
            if id_ not in {hit.id for hit in hits}:
                failures.append(f"{id_.hex()} is not among {len(hits)} hits")

    with ThreadPoolExecutor(4) as pool:
        searches = [pool.submit(search, seed) for seed in range(4)]
        for seed in range(1, 25):
            ledger.write(WS, MODEL, "chunk", batch(seed, 60), tuple(batch(seed - 1, 30)) if seed > 1 else ())
            time.sleep(0.01)
        stop.set()
        for each in searches:
            each.result()
    assert failures == []
    index.catch_up(WS, "chunk")
    assert index.size(WS, "chunk") == len(ledger.live(WS, MODEL, "chunk"))


CHILD = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from tests.fakes.vector_ledger import MemoryVectorLedger
    from tests.unit.test_vectors_faiss import WS, opened, replay_history

    ledger = MemoryVectorLedger()
    index = opened(Path(sys.argv[1]), ledger, flat_limit=4000)
    for _ in replay_history(ledger, 10_000):
        index.catch_up(WS, "chunk")
        index._replica(WS, "chunk")._write()
        print("up", flush=True)
    """
)


def replay_history(ledger: MemoryVectorLedger, positions: int):  # type: ignore[no-untyped-def]  # a test's generator
    """The same history in every process: upserts, replacements and deletions, one position at a time."""
    for seed in range(positions):
        ledger.write(WS, MODEL, "chunk", batch(seed, 40), tuple(batch(max(0, seed - 3), 25)))
        yield seed


def test_a_process_killed_at_random_moments_loses_nothing(tmp_path: Path) -> None:
    dice = random.Random(7)
    reached = 0
    for _ in range(5):
        with subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(dice.uniform(0.02, 0.4))
            child.send_signal(signal.SIGKILL)
        ledger = MemoryVectorLedger()
        for _ in replay_history(ledger, 300):
            pass
        (path,) = tmp_path.rglob("chunk-*.faiss")
        _, position = read_snapshot(path, f"{MODEL}/chunk", DIM)
        reached = max(reached, position)
        assert_equals_ledger(opened(tmp_path, ledger, flat_limit=100_000), ledger)
    assert reached > 1
