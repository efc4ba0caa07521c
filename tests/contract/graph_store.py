"""What every graph store promises: the writer's side and the reader's side, on the same store."""

from typing import Any

import pytest

from graph.errors import InvalidInput, OntologyError, StaleWrite, TerminalError
from graph.ports import GraphProjection, GraphReader, Hop
from graph.types import (
    ChangeKind,
    EntityId,
    FactId,
    FactStatus,
    GraphChange,
    PartialDate,
    Position,
    WorkspaceId,
)
from tests.contract.graph_worlds import (
    NAMES,
    World,
    changes,
    chunk,
    claim,
    document,
    element,
    entity,
    fact,
    random_world,
    workspace,
)


class GraphStore(GraphProjection, GraphReader):
    """Both sides in one."""


A, B, C, D = (EntityId(bytes([n]) * 16) for n in range(1, 5))
DOC = b"\x11" * 32
CHUNK = b"\x21" * 16
E, F = ChangeKind.ENTITY, ChangeKind.FACT


def fid(n: int) -> FactId:
    return FactId(bytes([0xF0, n]) * 8)


def small_world() -> World:
    """A -> B -> C by accepted facts, A -> C contested, B has a literal; one chunk that mentions A and B."""
    return {
        (ChangeKind.DOCUMENT, DOC): document(),
        (ChangeKind.CHUNK, CHUNK): chunk(DOC.hex(), 0, "The harbour of Anna Vance"),
        (E, A): entity("Anna Vance", aliases=["A. Vance"]),
        (E, B): entity("Borealis Energy", "Organization", attributes={"capacity": "42"}),
        (E, C): entity("Port Selwyn", "Place"),
        (ChangeKind.MENTIONS, b"\x31" * 16): {"chunk": CHUNK.hex(), "entity": A.hex(), "count": 2},
        (ChangeKind.MENTIONS, b"\x32" * 16): {"chunk": CHUNK.hex(), "entity": B.hex(), "count": 1},
        (F, fid(1)): fact(A.hex(), B.hex(), claims=[claim(fid(1), 0, DOC.hex())], claim_count=1),
        (F, fid(2)): fact(B.hex(), C.hex(), "RELATED_TO", phrase="stands in"),
        (F, fid(3)): fact(A.hex(), C.hex(), "LEADS", status="contested", reason="another says so"),
        (F, fid(4)): fact(B.hex(), None, "CAPACITY", value={"kind": "number", "text": "42", "unit": "MW"}),
    }


class GraphStoreContract:
    """Subclasses give ``store`` (empty, or holding other workspaces) and ``ws``, a workspace of its own."""

    @pytest.fixture
    def ws(self, request: pytest.FixtureRequest) -> WorkspaceId:
        return workspace(type(self).__name__, request.node.name)

    @staticmethod
    async def put(store: Any, ws: WorkspaceId, before: World, after: World, at: int) -> None:
        await store.apply(ws, changes(before, after, at), expected=Position(at - 1), reached=Position(at))

    async def test_position_moves_by_compare_and_set(self, store: Any, ws: WorkspaceId) -> None:
        assert await store.position(ws) == 0
        await self.put(store, ws, {}, small_world(), 1)
        assert await store.position(ws) == 1
        late = {**small_world(), (E, D): entity("Late")}
        with pytest.raises(StaleWrite):
            await store.apply(ws, changes(small_world(), late, 2), expected=Position(0), reached=Position(2))
        assert await store.position(ws) == 1
        assert await store.entities(ws, [D]) == []

    async def test_empty_positions_are_passed(self, store: Any, ws: WorkspaceId) -> None:
        await store.apply(ws, [], expected=Position(0), reached=Position(7))
        assert await store.position(ws) == 7

    async def test_reads_back_what_was_put(self, store: Any, ws: WorkspaceId) -> None:
        await self.put(store, ws, {}, small_world(), 1)
        [a] = await store.entities(ws, [A])
        assert (a.name, a.type, a.aliases) == ("Anna Vance", "Person", ("A. Vance",))
        assert [h.id for h in await store.find_entities(ws, ["the BOREALIS energy, Inc."])] == [B]
        assert [h.id for h in await store.find_entities(ws, ["a vance"])] == [A]
        assert [h.id for h in await store.search_entities(ws, "who is vance?", 5)] == [A]
        for word in ("harbour", "yearbook", "shipping"):  # of the text, the document's title, a heading
            assert [h.id for h in await store.search_chunks(ws, word, 5)] == [CHUNK]
        assert [(e, h.score) for e, h in await store.chunks_of(ws, [B, A], 1)] == [(B, 1.0), (A, 2.0)]
        assert [(h.id, h.score) for _, h in await store.entities_of(ws, [CHUNK])] == [(A, 2.0), (B, 1.0)]
        contested, literal = await store.facts(ws, [fid(3), fid(9), fid(4)])
        assert (contested.status, contested.reason) == (FactStatus.CONTESTED, "another says so")
        assert (literal.tail_name, literal.head_name) == ("42 MW", "Borealis Energy")

    async def test_paths_in_order_both_ways_and_never_back(self, store: Any, ws: WorkspaceId) -> None:
        await self.put(store, ws, {}, small_world(), 1)
        found = await store.paths(ws, [C], max_hops=2, budget=10)
        assert [[(s.fact.id, s.forward) for s in p.steps] for p in found.paths] == [
            [(fid(2), False)],
            [(fid(2), False), (fid(1), False)],
            [(fid(2), False), (fid(4), True)],
        ]
        assert found.exhausted
        cut = await store.paths(ws, [C], max_hops=2, budget=2)
        assert cut.paths == found.paths[:2]
        assert not cut.exhausted

    async def test_parallel_relations_are_kept_and_hubs_are_capped_and_told(
        self, store: Any, ws: WorkspaceId
    ) -> None:
        world: World = {(E, A): entity("Hub"), (E, B): entity("Rim")}
        for n in range(250):
            id_ = FactId(n.to_bytes(16, "big"))
            world[F, id_] = fact(A.hex(), B.hex(), qualifiers={"n": str(n)}, support=n)
        await self.put(store, ws, {}, world, 1)
        found = await store.paths(ws, [A], max_hops=1, budget=1000)
        assert [p.steps[0].fact.support for p in found.paths] == list(range(249, 49, -1))
        assert not found.exhausted

    async def test_a_pattern_is_followed_through_hubs_and_back_to_who_was_passed(
        self, store: Any, ws: WorkspaceId
    ) -> None:
        """A is directed by B, who directed C to the 300th film and wrote one of them."""
        films = [EntityId(n.to_bytes(16, "big")) for n in range(1000, 1300)]
        world: World = {(E, A): entity("First film"), (E, B): entity("Director")}
        world |= {(E, film): entity(f"Film {n}") for n, film in enumerate(films)}
        world[F, fid(0)] = fact(A.hex(), B.hex(), "LEADS")
        world[F, fid(1)] = fact(films[7].hex(), B.hex(), "RELATED_TO", phrase="written by")
        for film in films:
            world[F, FactId(film)] = fact(film.hex(), B.hex(), "LEADS")
        await self.put(store, ws, {}, world, 1)
        led, written = Hop("LEADS", True), Hop("RELATED_TO", True, "written by")
        back = (led, Hop("LEADS", False))
        found = await store.patterns(ws, [A], max_hops=3)
        assert set(found.patterns) == {
            (led,), back, (led, Hop("RELATED_TO", False, "written by")), (*back, led), (*back, written),
            (led, Hop("RELATED_TO", False, "written by"), led),
            (led, Hop("RELATED_TO", False, "written by"), written),
        }  # fmt: skip
        others = await store.follow(ws, [A], back, budget=1000)
        assert [p.steps[1].fact.head for p in others.paths] == films and others.exhausted
        writers = await store.follow(ws, [A], (*back, written), budget=1000)
        assert [[s.fact.id for s in p.steps] for p in writers.paths] == [[fid(0), FactId(films[7]), fid(1)]]
        cut = await store.follow(ws, [A], back, budget=10)
        assert cut.paths == others.paths[:10] and not cut.exhausted
        assert (await store.follow(ws, [A], (written,), budget=10)).paths == ()
        assert (await store.follow(ws, [D], back, budget=10)).paths == ()
        assert (await store.follow(workspace(ws, "empty"), [A], back, budget=10)).paths == ()
        assert (await store.patterns(workspace(ws, "empty"), [A], max_hops=3)).patterns == ()
        assert (await store.patterns(ws, [], max_hops=3)).patterns == ()

    async def test_steps_back_to_the_start_take_no_place_from_those_that_lead_on(
        self, store: Any, ws: WorkspaceId
    ) -> None:
        """A met B nine times; C and D met B once, and less is said of it."""
        world: World = {(E, each): entity(f"Guest {each.hex()}") for each in (A, B, C, D)}
        world[F, fid(0)] = fact(A.hex(), B.hex(), "LEADS")
        meetings = [A] * 9 + [C, D]
        for n, guest in enumerate(meetings, start=1):
            met = {"phrase": "met", "support": 20 - n, "qualifiers": {"n": str(n)}}
            world[F, fid(n)] = fact(guest.hex(), B.hex(), "RELATED_TO", **met)
        await self.put(store, ws, {}, world, 1)
        pattern = (Hop("LEADS", True), Hop("RELATED_TO", False, "met"))
        for budget, expected in ((1, [C]), (2, [C, D]), (50, [C, D])):
            found = await store.follow(ws, [A], pattern, budget=budget)
            assert [path.steps[-1].fact.head for path in found.paths] == expected
            assert found.exhausted is (budget >= 2)

    async def test_a_fact_moves_between_its_forms(self, store: Any, ws: WorkspaceId) -> None:
        before, at = small_world(), 1
        await self.put(store, ws, {}, before, at)
        for status in ("contested", "accepted", "superseded", "accepted"):
            after = {**before, (F, fid(1)): {**before[F, fid(1)], "status": status}}
            at += 1
            await self.put(store, ws, before, after, at)
            before = after
            [row] = await store.facts(ws, [fid(1)])
            assert row.status == status
            page = await store.neighbours(ws, A, limit=10, statuses=tuple(FactStatus))
            assert [step.fact.id for step in page.items] == [fid(1), fid(3)]

    async def test_as_of(self, store: Any, ws: WorkspaceId) -> None:
        world = small_world()
        was = {
            "status": "superseded", "valid_from": "2015", "valid_to": "2018-06", "valid_to_implied": True
        }  # fmt: skip
        world[F, fid(1)] = {**world[F, fid(1)], **was}
        world[F, fid(2)] = {**world[F, fid(2)], "valid_from": "2018-06-15", "valid_from_implied": True}
        await self.put(store, ws, {}, world, 1)

        told = {
            fact.id: (fact.valid_from_implied, fact.valid_to_implied)
            for fact in await store.facts(ws, [fid(1), fid(2)])
        }

        async def at(date: str | None) -> list[list[FactId]]:
            as_of = None if date is None else PartialDate(date)
            found = await store.paths(ws, [A], max_hops=2, budget=10, as_of=as_of)
            return [[step.fact.id for step in path.steps] for path in found.paths]

        assert await at(None) == []
        assert await at("2014") == []
        assert await at("2016-02-01") == [[fid(1)], [fid(1), fid(4)]]
        assert await at("2018-06") == [[fid(1)], [fid(1), fid(2)], [fid(1), fid(4)]]
        assert await at("2018-07") == []
        assert told == {fid(1): (False, True), fid(2): (True, False)}

    async def test_neighbours_page_by_key(self, store: Any, ws: WorkspaceId) -> None:
        world: World = {(E, A): entity("Hub")}
        for n in range(7):
            other = EntityId(bytes([100 + n]) * 16)
            world[E, other] = entity(f"Rim {n}")
            world[F, fid(n)] = fact(A.hex(), other.hex(), support=n % 3)
        await self.put(store, ws, {}, world, 1)
        whole = await store.neighbours(ws, A, limit=100)
        assert whole.next_cursor is None
        pages, cursor = [], None
        while True:
            page = await store.neighbours(ws, A, limit=3, cursor=cursor)
            pages.append(page.items)
            cursor = page.next_cursor
            if cursor is None:
                break
        assert [len(p) for p in pages] == [3, 3, 1]
        assert tuple(step for p in pages for step in p) == whole.items
        relation = whole.items[0].fact.relation
        kept = tuple(step for step in whole.items if step.fact.relation == relation)
        assert (await store.neighbours(ws, A, limit=100, relations=[relation, "UNUSED"])).items == kept
        assert (await store.neighbours(ws, A, limit=100, relations=["UNUSED"])).items == ()
        for wrong in ("", "1.2", "a.b.c", "1.2.zz"):
            with pytest.raises(InvalidInput):
                await store.neighbours(ws, A, limit=3, cursor=wrong)

    async def test_workspaces_do_not_see_each_other(self, store: Any, ws: WorkspaceId) -> None:
        await self.put(store, ws, {}, small_world(), 1)
        other = workspace(ws, "other")
        mine = {**small_world(), (E, A): entity("Somebody Else"), (E, D): entity("Stranger")}
        del mine[F, fid(2)]
        await self.put(store, other, {}, mine, 1)
        empty = workspace(ws, "empty")
        assert await store.position(empty) == 0
        assert await store.entities(empty, [A, D]) == []
        assert await store.find_entities(empty, ["Anna Vance", "Stranger"]) == []
        assert await store.search_entities(empty, "Anna Vance Stranger", 9) == []
        assert await store.search_chunks(empty, "harbour", 9) == []
        assert await store.chunks_of(empty, [A, B], 9) == []
        assert await store.entities_of(empty, [CHUNK]) == []
        assert await store.facts(empty, [fid(1), fid(3), fid(4)]) == []
        assert (await store.neighbours(empty, A, limit=9)).items == ()
        assert (await store.paths(empty, [A, B], max_hops=3, budget=9)).paths == ()
        assert [h.name for h in await store.entities(ws, [A, D])] == ["Anna Vance"]
        assert [h.id for h in await store.search_entities(ws, "Stranger Somebody Anna", 9)] == [A]
        assert len(await store.search_chunks(ws, "harbour", 9)) == 1
        assert len((await store.paths(other, [A], max_hops=3, budget=9)).paths) == 2
        await store.clear(other)
        assert await store.position(other) == 0
        assert await store.entities(other, [A, B, C, D]) == []
        assert await store.facts(other, [fid(n) for n in range(5)]) == []
        assert len(await store.entities(ws, [A, B, C])) == 3
        assert await store.position(ws) == 1

    async def test_hostile_names_are_only_names(self, store: Any, ws: WorkspaceId) -> None:
        names = [
            *NAMES,
            "x" * 10_000,
            "漢" * 10_000,
            "a' OR 1=1 //",
            "`) DETACH DELETE n //",
            "$workspace",
            "scope:* OR *:*",
            "\u202e\u0000\ud7ff right",
            "}) MATCH (n) RETURN n //",
        ]
        world: World = {(ChangeKind.DOCUMENT, DOC): document("'\"`")}
        for n, name in enumerate(names):
            id_ = EntityId(bytes([1 + n]) * 16)
            world[E, id_] = entity(name, aliases=[name + " Ltd"])
            world[ChangeKind.CHUNK, id_] = chunk(DOC.hex(), n, name)
            world[F, fid(n)] = fact(id_.hex(), A.hex(), phrase=name, qualifiers={name: name}, reason=name)
        await self.put(store, ws, {}, world, 1)
        for n, name in enumerate(names):
            id_ = EntityId(bytes([1 + n]) * 16)
            [hit] = await store.entities(ws, [id_])
            assert hit.name == name
            assert id_ in {h.id for h in await store.find_entities(ws, [name])}
            [row] = await store.facts(ws, [fid(n)])
            assert (row.phrase, row.qualifiers, row.head_name) == (name, ((name, name),), name)
            await store.search_chunks(ws, name, 5)
            await store.search_entities(ws, name, 5)
        for nothing in ("", "   ", "*", "?:~^()[]{}\\/\"'"):
            assert await store.search_chunks(ws, nothing, 5) == []
            assert await store.search_entities(ws, nothing, 5) == []
            assert await store.find_entities(ws, [nothing]) == []

    @pytest.mark.parametrize(
        "hostile", ["Person`) DETACH DELETE (n", "person", "Fact", "", "A B", "Ünïcode", "A" * 100, "A\n"]
    )
    async def test_hostile_labels_are_refused(self, store: Any, ws: WorkspaceId, hostile: str) -> None:
        row = {**entity("X"), "labels": [hostile]}
        with pytest.raises(OntologyError):
            await store.apply(
                ws, [GraphChange(Position(1), 0, E, A, row)], expected=Position(0), reached=Position(1)
            )
        assert await store.position(ws) == 0

    @pytest.mark.parametrize("hostile", ["R`]->() DELETE r //", "works_for", "MENTIONS", "", "A B", "A\n"])
    @pytest.mark.parametrize("status", ["accepted", "contested"])
    async def test_hostile_relations_are_refused(
        self, store: Any, ws: WorkspaceId, hostile: str, status: str
    ) -> None:
        world: World = {(E, A): entity("A"), (E, B): entity("B")}
        world[F, fid(1)] = fact(A.hex(), B.hex(), hostile, status=status)
        with pytest.raises(TerminalError):
            await self.put(store, ws, {}, world, 1)
        assert await store.position(ws) == 0

    async def test_applying_twice_changes_nothing(self, store: Any, ws: WorkspaceId) -> None:
        one, two = random_world(1), random_world(2)
        await self.put(store, ws, {}, one, 1)
        await self.put(store, ws, one, two, 2)
        ids = [EntityId(id_) for kind, id_ in two if kind is E]
        before = await store.paths(ws, ids, max_hops=2, budget=500)
        await store.apply(ws, changes(one, two, 2), expected=Position(2), reached=Position(2))
        await store.apply(ws, changes({}, two, 2), expected=Position(2), reached=Position(2))
        assert await store.paths(ws, ids, max_hops=2, budget=500) == before

    async def test_layout_rows_are_taken(self, store: Any, ws: WorkspaceId) -> None:
        world: World = {(ChangeKind.DOCUMENT, DOC): document()}
        for n in range(3):
            world[ChangeKind.ELEMENT, bytes([n]) * 16] = element(DOC.hex(), n, "00" * 16 if n else None)
        await self.put(store, ws, {}, world, 1)
        await self.put(store, ws, world, {}, 2)
        assert await store.position(ws) == 2
