"""However changes are split over positions, restarts and lost files, the index equals a brute force."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graph.identity import make_id
from graph.indexes.vectors import FaissVectors
from graph.types import WorkspaceId
from tests.fakes.vector_ledger import MemoryVectorLedger, brute_force

WS = WorkspaceId("w")
IDS = [make_id("v", i) for i in range(12)]

operations = st.lists(
    st.one_of(
        st.tuples(
            st.just("write"),
            st.dictionaries(st.sampled_from(IDS), st.integers(0, 1000), max_size=6),
            st.sets(st.sampled_from(IDS), max_size=4),
        ),
        st.tuples(st.just("search"), st.integers(0, 1000), st.integers(1, 15)),
        st.tuples(st.just("restart"), st.booleans(), st.booleans()),
    ),
    max_size=25,
)


def vector(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(4).astype(np.float32)


@given(operations)
def test_equals_brute_force(steps: list) -> None:
    with TemporaryDirectory() as folder:
        ledger = MemoryVectorLedger()
        index = FaissVectors(Path(folder), ledger, model="m", dimension=4)
        for step in steps:
            if step[0] == "write":
                upserts = {id_: vector(seed) for id_, seed in step[1].items()}
                ledger.write(WS, "m", "chunk", upserts, tuple(step[2] - upserts.keys()))
            elif step[0] == "restart":
                if step[1]:
                    index.close()
                if step[2]:
                    for path in Path(folder).rglob("*.faiss"):
                        path.unlink()
                index = FaissVectors(Path(folder), ledger, model="m", dimension=4)
            else:
                query, live = vector(step[1]), ledger.live(WS, "m", "chunk")
                found = [hit.score for hit in index.search(WS, "chunk", query, step[2])]
                wanted = [score for _, score in brute_force(live, query, step[2])]
                np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
        live = ledger.live(WS, "m", "chunk")
        assert {hit.id for hit in index.search(WS, "chunk", vector(0), 100)} == set(live)
