"""Wide blocks are read near a change only, and what is compared in them is what a full fuse compares."""

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from graph.fusion.blocking import Block
from graph.fusion.digest import TABLES
from graph.fusion.epoch import EPOCH_0
from graph.fusion.memory import MemoryState
from graph.fusion.profiles import profile
from graph.fusion.rulings import Rulings
from graph.fusion.scoring import Scorer
from graph.fusion.support import Document
from graph.fusion.testimony import NOTHING
from graph.fusion.view import GraphDiff, TableDiff
from graph.identity import make_id
from graph.ledger import derived
from graph.ledger.engine import Ledger
from graph.ledger.positions import create_workspace
from graph.ledger.view import LedgerView
from graph.ontology import default_ontology
from graph.types import MICRO, ContentId, Position, Referent, ReferentId, Span, WorkspaceId
from tests.property.brute_force.entities import compared

GIVEN = ("Anna", "Bo", "Cleo", "Dan", "Eve")
WORDS = ("ada", "bay", "cod", "dam", "elm", "fir")
TIGHT = replace(EPOCH_0, block_cap=3, window=2)


def _content(n: int) -> ContentId:
    return ContentId(sha256(str(n).encode()).digest())


def _put(state: MemoryState, n: int, name: str, kind: str = "Organization") -> None:
    content = _content(n)
    referent = Referent(ReferentId(make_id("referent", n)), content, kind, (name,), Span(0, 1))
    state.put(Document(content, (), MICRO), [referent], [])


def _fuse(state: MemoryState) -> MemoryState:
    state.fuse(TIGHT, default_ontology(), Rulings())
    return state


def _vance(rng: random.Random) -> str:
    """One of many names that are all alike: what is compared is kept."""
    given = [rng.choice((name, name[0])) for name in GIVEN[: rng.randint(1, len(GIVEN))]]
    return " ".join((*given, "Vance"))


def _changed(seed: int, state: MemoryState) -> MemoryState:
    """``state`` after some passes in which members of wide blocks come and go, and names of which some are
    borne by one and some by many; and what a full fuse makes of it."""
    rng = random.Random(seed)
    pool = [_vance(rng) for _ in range(rng.choice((4, 10, 99)))]
    names: dict[int, str] = {}

    def put(n: int) -> None:
        names[n] = rng.choice(pool)
        _put(state, n, names[n], "Person")

    for n in range(60):
        put(n)
    _fuse(state)
    for _ in range(4):
        for n in rng.sample(range(66), rng.randint(1, 3)):
            if rng.random() < 0.6:
                names.pop(n, None)
                state.drop(_content(n))
            else:
                put(n)
        _fuse(state)
        full = MemoryState()
    for n, name in names.items():
        _put(full, n, name, "Person")
    return _fuse(full)


@given(seed=st.integers(0, 10_000))
def test_what_comes_and_goes_in_wide_blocks_leaves_the_pairs_of_a_full_fuse(seed: int) -> None:
    state = MemoryState()
    full = _changed(seed, state)
    assert state._pairs.rows == full._pairs.rows
    assert state._blocks.rows == full._blocks.rows
    assert state.digest == full.digest


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_wide_blocks_compare_what_the_brute_force_fuse_compares(seed: int) -> None:
    full = _changed(seed, MemoryState())
    looks = {r: profile(referent) for r, referent in full._referents.rows.items()}
    scorer = Scorer(TIGHT, default_ontology())
    met = compared(dict.fromkeys(looks, NOTHING), looks, scorer)  # type: ignore[no-untyped-call]
    assert full._pairs.rows.keys() == met
    assert len(met) < len(looks) ** 2 / 3


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


FRESH = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # a workspace for each example


class _OnLedger(MemoryState):
    """Keeps its blocks in a ledger, too, and looks around in them there."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self._ledger, self._workspace, self._passes = ledger, WorkspaceId(f"blocks-{uuid4()}"), 0
        with ledger.write() as conn:
            create_workspace(conn, self._workspace)

    def apply(self, diff: GraphDiff) -> None:
        super().apply(diff)
        self._passes += 1
        with self._ledger.write() as conn:
            _write(conn, self._workspace, diff.blocks, Position(self._passes))

    def block_around(self, place: Block, reach: int, *, firsts: bool = False) -> Sequence[Block]:
        with self._ledger.read() as conn:
            return LedgerView(conn, self._workspace).block_around(place, reach, firsts=firsts)

    def block_between(self, low: Block, high: Block, limit: int, *, firsts: bool = False) -> Sequence[Block]:
        with self._ledger.read() as conn:
            return LedgerView(conn, self._workspace).block_between(low, high, limit, firsts=firsts)


def _write(
    conn: Connection, workspace: WorkspaceId, blocks: TableDiff[Block, None], position: Position
) -> None:
    none: TableDiff[Any, Any] = TableDiff()
    diff = GraphDiff(blocks, none, none, none, none, none)
    derived.write(conn, workspace, diff, dict.fromkeys(TABLES, 0), position)


@settings(FRESH, max_examples=12)
@given(seed=st.integers(0, 10_000))
def test_so_does_what_comes_and_goes_on_the_ledger(ledger: Ledger, seed: int) -> None:
    state = _OnLedger(ledger)
    full = _changed(seed, state)
    assert state._pairs.rows == full._pairs.rows
    assert state.digest == full.digest


@FRESH
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

    state, workspace = MemoryState(), WorkspaceId(f"blocks-{uuid4()}")
    blocks = TableDiff(new={block(key, *member): None for key in (0, 1) for member in members})
    state._blocks.apply(blocks)
    with ledger.write() as conn:
        create_workspace(conn, workspace)
        _write(conn, workspace, blocks, Position(1))
    low, high = sorted((block(0, *place), block(0, *other)))
    keys = [make_id("key", n) for n in (0, 1, 2)]
    with ledger.read() as conn:
        view = LedgerView(conn, workspace)
        for firsts in (False, True):
            around, between = view.block_around, view.block_between
            assert around(low, reach, firsts=firsts) == state.block_around(low, reach, firsts=firsts)
            assert around(low, 0, firsts=firsts) == state.block_around(low, 0, firsts=firsts)
            some = between(low, high, reach, firsts=firsts)
            assert some == state.block_between(low, high, reach, firsts=firsts)
        assert view.block_sizes(keys) == state.block_sizes(keys)
        found, expected = view.block_members(keys), state.block_members(keys)
        assert {k: set(m) for k, m in found.items()} == {k: set(m) for k, m in expected.items()}
