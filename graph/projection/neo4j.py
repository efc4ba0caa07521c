"""The graph store on Neo4j: ``graph.ports.GraphProjection``, and the reader beside it."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import aclosing
from typing import Any, TypeVar
from uuid import uuid4

from graph.errors import StaleWrite
from graph.projection import cypher, schema
from graph.projection.neo4j_reader import Neo4jReader
from graph.projection.session import Scoped, Store
from graph.projection.writer import Statement, Step, Upsert, relation_types, transactions
from graph.types import ROW_FORM, GraphChange, Position, WorkspaceId

T = TypeVar("T")


class Neo4jGraph(Neo4jReader):
    """The reader, and what writes. The graph of another ledger is not written to: ConfigurationError. A graph
    that names none becomes this one's when it is first written.
    """

    def __init__(self, store: Store, ledger: str | None = None) -> None:
        super().__init__(store, ledger)
        self._keyed: set[str] = set()  # relationship types whose key is known to exist

    async def prepare(self, relations: Iterable[str] = ()) -> None:
        """Make the schema, with a key for each relation type of the ontology. Needed once, harmless again."""
        relations = set(relations)
        await schema.ensure_schema(self._store, relations)
        self._keyed |= relations

    async def position(self, workspace: WorkspaceId) -> Position:
        return (await self._state(workspace)).position

    async def is_current(self, workspace: WorkspaceId) -> bool:
        return (await self._state(workspace)).form == ROW_FORM

    async def apply(
        self, workspace: WorkspaceId, changes: Sequence[GraphChange], *, expected: Position, reached: Position
    ) -> None:
        state = await self._state(workspace)
        if state.clearing:
            await self.clear(workspace)
        if state.position != expected:
            raise StaleWrite(f"the graph is at position {state.position}, not {expected}: read it again")
        if state.form != ROW_FORM:
            raise StaleWrite(
                "the graph was written by another version of Veripath: clear it and write it anew"
            )
        needed = relation_types(changes)
        if not self._keyed.issuperset(needed):
            await schema.ensure_relations(self._store, needed)
            self._keyed |= set(needed)

        # Of two at once the later takes over, so that neither writes older rows over newer ones
        writer = uuid4().hex

        async def begin(scoped: Scoped) -> None:
            await scoped.run(cypher.ENSURE_PROJECTION, form=ROW_FORM, ledger=self._ledger, writer=writer)

        await self._store.writing(workspace, begin)
        relations = sorted({*state.relations, *needed})
        async with aclosing(_ahead(transactions(workspace, changes, relations))) as batches:
            async for batch in batches:
                await self._write(workspace, batch, relations, expected, writer)

        async def advance(scoped: Scoped) -> None:
            await self._guard(workspace, scoped, relations, expected, writer)
            await scoped.run(cypher.ADVANCE, reached=reached)

        await self._store.writing(workspace, advance)

    async def take_over(self, workspace: WorkspaceId) -> None:
        """Make the workspace's graph this ledger's, whosever it was: it is to be written anew."""

        async def work(scoped: Scoped) -> None:
            await scoped.run(cypher.TAKE_OVER, ledger=self._ledger)

        await self._store.writing(workspace, work)

    async def clear(self, workspace: WorkspaceId) -> None:
        """Remove the workspace's graph, in bounded transactions. Killed half-way, ``apply`` finishes it."""

        async def begin(scoped: Scoped) -> None:
            await scoped.run(cypher.BEGIN_CLEAR, form=ROW_FORM)

        async def end(scoped: Scoped) -> None:
            await scoped.run(cypher.END_CLEAR)

        await self._store.writing(workspace, begin)
        for label in reversed(cypher.BASE_LABELS):

            async def some(scoped: Scoped, query: str = cypher.clear_some(label)) -> int:
                return int((await scoped.run(query))[0]["deleted"])

            while await self._store.writing(workspace, some):
                pass
        await self._store.writing(workspace, end)

    async def _write(
        self,
        workspace: WorkspaceId,
        batch: Sequence[Step],
        relations: Sequence[str],
        expected: Position,
        writer: str,
    ) -> None:
        async def work(scoped: Scoped) -> None:
            await self._guard(workspace, scoped, relations, expected, writer)
            for step in batch:
                await _run(scoped, step)

        await self._store.writing(workspace, work)

    async def _guard(
        self,
        workspace: WorkspaceId,
        scoped: Scoped,
        relations: Sequence[str],
        expected: Position,
        writer: str,
    ) -> None:
        """Lock the workspace's position for this transaction; a writer that was overtaken writes nothing."""
        found = await scoped.run(cypher.GUARD, relations=list(relations), writer=writer)
        if found:
            self._check_owner(workspace, found[0])
        if not found or (found[0]["position"], found[0]["writer"]) != (expected, writer):
            raise StaleWrite("another writer moved the graph's position first, or is about to: read it again")


async def _run(scoped: Scoped, step: Step) -> None:
    if isinstance(step, Statement):
        rows = step.rows if step.find is None else sorted(await _found(scoped, step.find, step.rows))
        if rows:
            await scoped.run(step.query, **{step.parameter: rows})
        return
    found = await _found(scoped, step.find, [row["id"] for row in step.rows])
    if new := [row for row in step.rows if row["id"] not in found]:
        await scoped.run(step.create, rows=new)
    if found:
        await _change(scoped, step, [row for row in step.rows if row["id"] in found])


async def _found(scoped: Scoped, find: str, ids: Sequence[str]) -> set[str]:
    return {record["id"] for record in await scoped.run(find, ids=list(ids))}


async def _change(scoped: Scoped, step: Upsert, rows: list[dict[str, Any]]) -> None:
    if step.keep is None:
        await scoped.run(step.change, rows=rows)
        return
    stale: dict[str, list[str]] = defaultdict(list)
    for record in await scoped.run(step.change, rows=rows, keep=list(step.keep)):
        for label in record["stale"]:
            stale[label].append(record["id"])
    for label, ids in sorted(stale.items()):
        await scoped.run(cypher.drop_label(label), ids=ids)


async def _ahead(items: Iterator[T]) -> AsyncGenerator[T]:
    """Each item, while a thread makes the next one."""
    coming = asyncio.ensure_future(asyncio.to_thread(next, items, None))
    try:
        while (item := await coming) is not None:
            coming = asyncio.ensure_future(asyncio.to_thread(next, items, None))
            yield item
    finally:
        await asyncio.wait([coming])  # a generator cannot be left while a thread is in it
