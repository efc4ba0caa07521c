"""Wide blocks are read near a change only, and what is compared in them is what a full fuse compares."""

import random
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.fusion.blocking import Block
from graph.fusion.digest import TABLES
from graph.fusion.epoch import EPOCH_0
from graph.fusion.facts import Document
from graph.fusion.memory import MemoryState
from graph.fusion.rulings import Rulings
from graph.fusion.view import GraphDiff, TableDiff
from graph.identity import make_id
from graph.ledger import derived
from graph.ledger.engine import Ledger
from graph.ledger.positions import create_workspace
from graph.ledger.view import LedgerView
from graph.ontology import default_ontology
from graph.types import MICRO, ContentId, Position, Referent, ReferentId, Span, WorkspaceId

WORDS = ("ada", "bay", "cod", "dam", "elm", "fir")
TIGHT = replace(EPOCH_0, block_cap=3, window=2)


def _content(n: int) -> ContentId:
    return ContentId(sha256(str(n).encode()).digest())


def _put(state: MemoryState, n: int, name: str) -> None:
    content = _content(n)
    referent = Referent(ReferentId(make_id("referent", n)), content, "Organization", (name,), Span(0, 1))
    state.put(Document(content, (), MICRO), [referent], [])


def _fuse(state: MemoryState) -> MemoryState:
    state.fuse(TIGHT, default_ontology(), Rulings())
    return state


@given(seed=st.integers(0, 10_000))
def test_what_comes_and_goes_in_wide_blocks_leaves_the_pairs_of_a_full_fuse(seed: int) -> None:
    rng, state = random.Random(seed), MemoryState()
    names: dict[int, str] = {}

    def put(n: int) -> None:
        names[n] = f"Port {' '.join(rng.choices(WORDS, k=rng.randint(1, 3)))}"
        _put(state, n, names[n])

    for n in range(40):
        put(n)
    _fuse(state)
    for _ in range(3):
        for n in rng.sample(range(45), rng.randint(1, 2)):
            if rng.random() < 0.4:
                names.pop(n, None)
                state.drop(_content(n))
            else:
                put(n)
        _fuse(state)
    full = MemoryState()
    for n, name in names.items():
        _put(full, n, name)
    assert state._pairs.rows == _fuse(full)._pairs.rows
    assert state._blocks.rows == full._blocks.rows


class _Counting(MemoryState):
    """Notes which referents a pass asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[ReferentId] = set()

    def referents(self, ids: Collection[ReferentId]) -> Mapping[ReferentId, Referent]:
        self.seen.update(ids)
        return super().referents(ids)


def test_a_change_in_a_wide_block_reads_the_members_next_to_it() -> None:
    read: list[int] = []
    for size in (60, 600):
        state = _Counting()
        for n in range(size):
            _put(state, n, f"Port {WORDS[n % 6]} {n:04}")
        _fuse(state)
        state.seen.clear()
        _put(state, size, "Port cod 0030x")
        _fuse(state)
        read.append(len(state.seen))
    assert read[0] == read[1] < 30


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    ledger = Ledger.open(f"sqlite:///{tmp_path_factory.mktemp('blocks') / 'ledger.db'}")
    ledger.migrate()
    yield ledger
    ledger.close()


@given(
    members=st.sets(
        st.tuples(st.sampled_from(("", "a", "ab", "é", "𝔸", "z")), st.integers(0, 9)), max_size=12
    ),
    place=st.tuples(st.sampled_from(("", "ab", "z", "𝔸")), st.integers(0, 9)),
    other=st.tuples(st.sampled_from(("", "a", "é")), st.integers(0, 9)),
    reach=st.integers(1, 4),
)
def test_the_ledger_shows_a_block_as_memory_does(
    ledger: Ledger, members: set[tuple[str, int]], place: tuple[str, int], other: tuple[str, int], reach: int
) -> None:
    def block(key: int, text: str, n: int) -> Block:
        return make_id("key", key), text, ReferentId(make_id("referent", n))

    none: TableDiff[Any, Any] = TableDiff()
    blocks = TableDiff(new={block(key, *member): None for key in (0, 1) for member in members})
    diff = GraphDiff(blocks, none, none, none, none, none)
    state, workspace = MemoryState(), WorkspaceId(f"blocks-{uuid4()}")
    state.apply(diff)
    with ledger.write() as conn:
        create_workspace(conn, workspace)
        derived.write(conn, workspace, diff, dict.fromkeys(TABLES, 0), Position(1))
    low, high = sorted((block(0, *place), block(0, *other)))
    keys = [make_id("key", n) for n in (0, 1, 2)]
    with ledger.read() as conn:
        view = LedgerView(conn, workspace)
        assert view.block_around(low, reach) == state.block_around(low, reach)
        assert view.block_between(low, high, reach) == state.block_between(low, high, reach)
        assert view.block_sizes(keys) == state.block_sizes(keys)
        found, expected = view.block_members(keys), state.block_members(keys)
        assert {k: set(m) for k, m in found.items()} == {k: set(m) for k, m in expected.items()}
