"""The reader of the graph store on Neo4j: ``graph.ports.GraphReader``."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graph.errors import ConfigurationError
from graph.ports import (
    ChunkHit,
    EntityHit,
    FactRow,
    Hop,
    Page,
    PathSearch,
    PathStep,
    Pattern,
    PatternSearch,
    read_neighbour_cursor,
)
from graph.projection import cypher, model
from graph.projection.paths import (
    FAN_OUT,
    SAMPLE,
    Around,
    Reached,
    follow_pattern,
    search_paths,
    search_patterns,
)
from graph.projection.session import Record, Store
from graph.projection.text import full_text_query
from graph.types import (
    ROW_FORM,
    ContentId,
    EntityId,
    FactId,
    FactStatus,
    PartialDate,
    Position,
    WorkspaceId,
)

_IDS = 1000  # ids of one question; more are asked in several
_KEYS = 500  # Lucene allows 1,024 clauses


class Neo4jReader:
    """Belongs to one event loop. Errors: StoreUnavailable (retry) and the terminal ones of the tree.

    With ``ledger``, a ledger's id, the graph of another one is not walked: ConfigurationError.
    """

    def __init__(self, store: Store, ledger: str | None = None) -> None:
        self._store = store
        self._ledger = ledger

    async def close(self) -> None:
        await self._store.close()

    async def entities(self, workspace: WorkspaceId, ids: Sequence[EntityId]) -> list[EntityHit]:
        """In the order of ``ids``, each once; unknown ones are left out."""
        found = await self._by_ids(workspace, cypher.ENTITIES, ids)
        hits = {record["id"]: _entity(record, 1.0) for record in found}
        return [hits[id_] for id_ in _hex(ids) if id_ in hits]

    async def find_entities(self, workspace: WorkspaceId, names: Sequence[str]) -> list[EntityHit]:
        """By id."""
        keys = sorted({key for name in names if (key := model.name_key(workspace, name)) is not None})
        hits: dict[EntityId, EntityHit] = {}
        for start in range(0, len(keys), _KEYS):
            query = f"keys:({' '.join(keys[start : start + _KEYS])})"
            found = await self._store.read(
                workspace, cypher.SEARCH_ENTITIES, query=query, options={}, k=10_000
            )
            hits |= {hit.id: hit for hit in (_entity(record, 1.0) for record in found)}
        return [hits[id_] for id_ in sorted(hits)]

    async def search_entities(self, workspace: WorkspaceId, text: str, k: int) -> list[EntityHit]:
        query = full_text_query(workspace, text, ("name", "aliases"))
        if query is None or k <= 0:
            return []
        found = await self._store.read(
            workspace, cypher.SEARCH_ENTITIES, query=query, options={"limit": k}, k=k
        )
        return [_entity(record, record["score"]) for record in found]

    async def search_chunks(self, workspace: WorkspaceId, text: str, k: int) -> list[ChunkHit]:
        query = full_text_query(workspace, text, ("titles", "text"))
        if query is None or k <= 0:
            return []
        found = await self._store.read(
            workspace, cypher.SEARCH_CHUNKS, query=query, options={"limit": k}, k=k
        )
        return [_chunk(record) for record in found]

    async def chunks_of(
        self, workspace: WorkspaceId, entities: Sequence[EntityId], k: int
    ) -> list[tuple[EntityId, ChunkHit]]:
        """In the order of ``entities``; of equal mentions the smaller chunk id first."""
        if k <= 0:
            return []
        found = await self._by_ids(workspace, cypher.CHUNKS_OF, entities, k=k)
        hits: dict[str, list[ChunkHit]] = defaultdict(list)
        for record in found:
            hits[record["entity"]].append(_chunk(record))
        return [
            (EntityId(bytes.fromhex(id_)), hit)
            for id_ in _hex(entities)
            for hit in sorted(hits[id_], key=lambda hit: (-hit.score, hit.id))
        ]

    async def entities_of(
        self, workspace: WorkspaceId, chunks: Sequence[bytes]
    ) -> list[tuple[bytes, EntityHit]]:
        """In the order of ``chunks``; most mentioned first, then by entity id."""
        found = await self._by_ids(workspace, cypher.ENTITIES_OF, chunks)
        hits: dict[str, list[EntityHit]] = defaultdict(list)
        for record in found:
            hits[record["chunk"]].append(_entity(record, float(record["score"])))
        return [
            (bytes.fromhex(id_), hit)
            for id_ in _hex(chunks)
            for hit in sorted(hits[id_], key=lambda hit: (-hit.score, hit.id))
        ]

    async def facts(self, workspace: WorkspaceId, ids: Sequence[FactId]) -> list[FactRow]:
        """In the order of ``ids``, each once; unknown ones are left out."""
        relations = (await self._state(workspace)).relations
        found = await self._by_ids(workspace, cypher.facts(relations), ids)
        rows = {row.id: row for row in map(_fact, found)}
        return [rows[FactId(bytes.fromhex(id_))] for id_ in _hex(ids) if bytes.fromhex(id_) in rows]

    async def neighbours(
        self,
        workspace: WorkspaceId,
        entity: EntityId,
        *,
        limit: int,
        cursor: str | None = None,
        statuses: Sequence[FactStatus] = (FactStatus.ACCEPTED,),
        as_of: PartialDate | None = None,
        relations: Sequence[str] | None = None,
    ) -> Page[PathStep]:
        """Best supported first, then surest, then by fact id. InvalidInput for a cursor that is not ours."""
        if limit <= 0:
            return Page((), None)
        after = None if cursor is None else _after(cursor)
        around = await self._around(
            workspace,
            [entity],
            statuses=statuses,
            as_of=as_of,
            asserted=False,
            limit=limit + 1,
            after=after,
            relations=relations,
        )
        steps = [step for step, _ in around.get(entity, [])]
        more = len(steps) > limit
        return Page(tuple(steps[:limit]), steps[limit - 1].fact.cursor if more else None)

    async def paths(
        self,
        workspace: WorkspaceId,
        starts: Sequence[EntityId],
        *,
        max_hops: int,
        budget: int,
        as_of: PartialDate | None = None,
    ) -> PathSearch:
        """Shorter first; then in the order of ``starts`` and, step by step, of ``neighbours``.

        Walks accepted, asserted facts in both directions, with ``as_of`` also superseded ones that held then.
        An entity with more than ``FAN_OUT`` facts is left through the first of them; ``exhausted`` says so.
        """
        statuses = _walked(as_of)

        async def around(entities: Sequence[EntityId]) -> Around:
            return await self._around(
                workspace, entities, statuses=statuses, as_of=as_of, asserted=True, limit=FAN_OUT + 1
            )

        names = {hit.id: hit.name for hit in await self.entities(workspace, starts)}
        return await search_paths(names, around, max_hops=max_hops, budget=budget)

    async def patterns(
        self,
        workspace: WorkspaceId,
        starts: Sequence[EntityId],
        *,
        max_hops: int,
        as_of: PartialDate | None = None,
    ) -> PatternSearch:
        relations = (await self._state(workspace)).relations
        queries = {last: cypher.hops(relations, last=last) for last in (False, True)}

        async def reach(groups: Sequence[Sequence[EntityId]], last: bool) -> list[Reached]:
            found = await self._store.read(
                workspace,
                queries[last],
                groups=[_hex(group) for group in groups],
                starts=_hex(starts),
                statuses=[status.value for status in _walked(as_of)],
                as_of=as_of,
                asserted=True,
                sample=SAMPLE + 1,
            )
            return [_reached(record) for record in found]

        return await search_patterns(list(dict.fromkeys(starts)), reach, max_hops=max_hops)

    async def follow(
        self,
        workspace: WorkspaceId,
        starts: Sequence[EntityId],
        pattern: Pattern,
        *,
        budget: int,
        as_of: PartialDate | None = None,
    ) -> PathSearch:
        async def along(entities: Sequence[EntityId], hop: Hop, limit: int) -> Around:
            return await self._steps(
                workspace,
                cypher.along(hop),
                ids=_hex(entities),
                relation=hop.relation,
                phrase=hop.phrase,
                statuses=[status.value for status in _walked(as_of)],
                as_of=as_of,
                asserted=True,
                limit=limit,
            )

        names = {hit.id: hit.name for hit in await self.entities(workspace, starts)}
        return await follow_pattern(names, along, pattern, budget=budget)

    async def _around(
        self,
        workspace: WorkspaceId,
        entities: Sequence[EntityId],
        *,
        statuses: Sequence[FactStatus],
        as_of: PartialDate | None,
        asserted: bool,
        limit: int,
        after: list[Any] | None = None,
        relations: Sequence[str] | None = None,
    ) -> Around:
        types = (await self._state(workspace)).relations if relations is None else relations
        return await self._steps(
            workspace,
            cypher.expand(types),
            ids=_hex(entities),
            statuses=[status.value for status in statuses],
            as_of=as_of,
            asserted=asserted,
            limit=limit,
            after=after,
            relations=relations,
        )

    async def _steps(self, workspace: WorkspaceId, query: str, **parameters: Any) -> Around:
        found = await self._store.read(workspace, query, **parameters)
        steps: Around = defaultdict(list)
        for record in found:
            here = model.End(record["entity"], record["entity_name"])
            there = None if record["other"] is None else model.End(record["other"], record["other_name"])
            if record["forward"] or there is None:
                fact = model.fact_row(record["properties"], record["relation"], here, there)
            else:
                fact = model.fact_row(record["properties"], record["relation"], there, here)
            other = None if there is None else EntityId(bytes.fromhex(there.id))
            steps[EntityId(bytes.fromhex(here.id))].append((PathStep(fact, record["forward"]), other))
        for each in steps.values():
            each.sort(key=lambda step: (-step[0].fact.support, -step[0].fact.confidence, step[0].fact.id))
        return steps

    async def _by_ids(
        self, workspace: WorkspaceId, query: str, ids: Sequence[bytes], **parameters: Any
    ) -> list[Record]:
        wanted = _hex(ids)
        found: list[Record] = []
        for start in range(0, len(wanted), _IDS):
            found += await self._store.read(workspace, query, ids=wanted[start : start + _IDS], **parameters)
        return found

    async def _state(self, workspace: WorkspaceId) -> "GraphState":
        found = await self._store.read(workspace, cypher.POSITION)
        if not found:
            return GraphState(Position(0), [], False, ROW_FORM)
        self._check_owner(workspace, found[0])
        return GraphState(
            Position(found[0]["position"]), found[0]["relations"], found[0]["clearing"], found[0]["form"]
        )

    def _check_owner(self, workspace: WorkspaceId, projection: Record) -> None:
        if self._ledger is not None and projection["ledger"] not in {None, self._ledger}:
            raise ConfigurationError(
                f"the graph of workspace {workspace!r} in Neo4j is another ledger's: set VERIPATH_WORKSPACE "
                "to one of its own, or take the graph over with `veripath rebuild-graph`"
            )


@dataclass(frozen=True, slots=True)
class GraphState:
    """How a workspace's graph stands. ``relations`` are the relationship types in use; ``clearing`` says that
    an unfinished ``clear`` is to be finished."""

    position: Position
    relations: list[str]
    clearing: bool
    form: int


def _walked(as_of: PartialDate | None) -> list[FactStatus]:
    """Statuses of the facts that paths go over: what was superseded held at its own time."""
    return [FactStatus.ACCEPTED] if as_of is None else [FactStatus.ACCEPTED, FactStatus.SUPERSEDED]


def _reached(record: Record) -> Reached:
    hop = Hop(record["relation"], record["forward"], record["phrase"])
    return Reached(
        record["n"], hop, record["facts"], tuple(EntityId(bytes.fromhex(end)) for end in record["ends"])
    )


def _hex(ids: Sequence[bytes]) -> list[str]:
    return list(dict.fromkeys(id_.hex() for id_ in ids))


def _entity(record: Record, score: float) -> EntityHit:
    return EntityHit(
        id=EntityId(bytes.fromhex(record["id"])),
        name=record["name"],
        type=record["type"],
        aliases=tuple(record["aliases"]),
        score=score,
    )


def _chunk(record: Record) -> ChunkHit:
    return ChunkHit(
        id=bytes.fromhex(record["id"]),
        content=ContentId(bytes.fromhex(record["document"])),
        ord=record["ord"],
        score=float(record["score"]),
    )


def _fact(record: Record) -> FactRow:
    head = model.End(record["head"], record["head_name"])
    tail = None if record["tail"] is None else model.End(record["tail"], record["tail_name"])
    return model.fact_row(record["properties"], record["relation"], head, tail)


def _after(cursor: str) -> list[Any]:
    support, confidence, fact = read_neighbour_cursor(cursor)
    return [support, confidence, fact.hex()]
