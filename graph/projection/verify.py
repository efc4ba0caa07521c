"""Hold the graph store to the ledger's derived rows, and mend what a person or an accident changed in it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import anyio.to_thread

from graph.errors import StaleWrite
from graph.ports import GraphProjection, GraphRowReader
from graph.projection import cypher, model
from graph.projection.session import Record, Scoped, Store
from graph.types import ChangeKind, GraphChange, Position, WorkspaceId

_PAGE = 1000  # rows compared at a time
_EXAMPLES = 10
_LABELS = {
    ChangeKind.DOCUMENT: cypher.DOCUMENT,
    ChangeKind.ELEMENT: cypher.ELEMENT,
    ChangeKind.CHUNK: cypher.CHUNK,
    ChangeKind.ENTITY: cypher.ENTITY,
}
_PROPERTIES = {
    ChangeKind.DOCUMENT: model.document_properties,
    ChangeKind.ELEMENT: model.element_properties,
    ChangeKind.CHUNK: model.chunk_properties,
    ChangeKind.ENTITY: model.entity_properties,
    ChangeKind.MENTIONS: model.mentions_properties,
}

# The forms in which one thing stands in the graph (one, where nobody meddled), comparable as they are
Shape = list[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Verification:
    """What differs. ``strays`` are relationships between entities that no fact put there."""

    checked: int
    missing: int
    changed: int
    extra: int
    strays: int
    examples: tuple[str, ...]

    @property
    def sound(self) -> bool:
        return not (self.missing or self.changed or self.extra or self.strays)


class GraphVerifier:
    """Compares row by row, in pages by id. NEXT chains are made again with what is mended, not compared."""

    def __init__(self, store: Store, graph: GraphProjection, rows: GraphRowReader) -> None:
        self._store = store
        self._graph = graph
        self._rows = rows

    async def verify(self, workspace: WorkspaceId, *, repair: bool = False) -> Verification:
        """Differences found; with ``repair`` they are mended as they are found, nodes before relationships.

        StaleWrite when the graph has not caught up with the ledger or moves meanwhile: project, then repeat.
        """
        position = await self._standing(workspace)
        found: dict[str, int] = defaultdict(int)
        examples: list[str] = []
        relations = await self._relations(workspace)
        for kind in ChangeKind:
            after: bytes | None = None
            while True:
                page = await anyio.to_thread.run_sync(self._rows.graph_rows, workspace, kind, after, _PAGE)
                upto = page[-1].id if len(page) == _PAGE else None
                stored = await self._stored(workspace, kind, after, upto, relations)
                if await self._standing(workspace) != position:
                    raise StaleWrite("the graph moved while it was verified: verify it again")
                wanted = {change.id: change for change in page}
                missing = sorted(wanted.keys() - stored.keys())
                extra = sorted(stored.keys() - wanted.keys())
                changed = [
                    id_
                    for id_ in sorted(wanted.keys() & stored.keys())
                    if stored[id_] != [_expected(workspace, wanted[id_])]
                ]
                for what, ids in (("missing", missing), ("changed", changed), ("extra", extra)):
                    found[what] += len(ids)
                    examples += [f"{what} {kind} {id_.hex()}" for id_ in ids]
                found["checked"] += len(page)
                if repair and (missing or changed or extra):
                    await self._mend(workspace, position, kind, [wanted[i] for i in missing + changed], extra)
                if upto is None:
                    break
                after = upto
        strays = await self._store.read(workspace, cypher.COUNT_STRAYS, relations=relations)
        if repair:

            async def drop(scoped: Scoped) -> None:
                await scoped.run(cypher.DELETE_STRAYS, relations=relations)

            await self._store.writing(workspace, drop)
        return Verification(
            checked=found["checked"],
            missing=found["missing"],
            changed=found["changed"],
            extra=found["extra"],
            strays=strays[0]["strays"],
            examples=tuple(examples[:_EXAMPLES]),
        )

    async def _standing(self, workspace: WorkspaceId) -> Position:
        position = await self._graph.position(workspace)
        fused = await anyio.to_thread.run_sync(self._rows.fused_position, workspace)
        if position != fused:
            raise StaleWrite(f"the graph is at position {position}, the ledger at {fused}: project first")
        return position

    async def _relations(self, workspace: WorkspaceId) -> list[str]:
        found = await self._store.read(workspace, cypher.POSITION)
        return list(found[0]["relations"]) if found else []

    async def _mend(
        self,
        workspace: WorkspaceId,
        position: Position,
        kind: ChangeKind,
        wanted: list[GraphChange],
        extra: list[bytes],
    ) -> None:
        gone = [GraphChange(position, 0, kind, id_, None) for id_ in extra]
        if kind in {ChangeKind.MENTIONS, ChangeKind.FACT}:  # nothing hangs on them: take out, put in
            gone += [GraphChange(position, 0, kind, change.id, None) for change in wanted]
        elif query := cypher.UNLINK.get(_LABELS[kind]):
            ids = [change.id.hex() for change in wanted]

            async def unlink(scoped: Scoped) -> None:
                await scoped.run(query, ids=ids)

            await self._store.writing(workspace, unlink)
        for changes in (gone, wanted):
            await self._graph.apply(workspace, changes, expected=position, reached=position)

    async def _stored(
        self,
        workspace: WorkspaceId,
        kind: ChangeKind,
        after: bytes | None,
        upto: bytes | None,
        relations: list[str],
    ) -> dict[bytes, Shape]:
        if kind is ChangeKind.FACT:
            queries = [cypher.STORED_NODES[cypher.FACT], *map(cypher.stored_relationships, relations)]
            forms = [cypher.FACT, *relations]
        elif kind is ChangeKind.MENTIONS:
            queries, forms = [cypher.STORED_MENTIONS], [kind.value]
        else:
            queries, forms = [cypher.STORED_NODES[_LABELS[kind]]], [kind.value]
        found: dict[bytes, Shape] = defaultdict(list)
        for form, query in zip(forms, queries, strict=True):
            bounds = {"after": after.hex() if after else "", "upto": upto.hex() if upto else "~"}
            for record in await self._store.read(workspace, query, **bounds):
                found[bytes.fromhex(record["id"])].append(_shape(form, record))
        return found


def _shape(form: str, record: Record) -> Mapping[str, Any]:
    return {
        "form": form,
        "properties": record["properties"],
        "links": sorted(map(list, record["links"])),
        "claims": sorted(record.get("claims", []), key=lambda claim: str(claim.get("id"))),
    }


def _expected(workspace: WorkspaceId, change: GraphChange) -> Mapping[str, Any]:
    row, id_ = change.row, change.id.hex()
    assert row is not None, "a row reader gives only what is there"
    if change.kind is not ChangeKind.FACT:
        properties = _PROPERTIES[change.kind](workspace, id_, row)
        return _shape(change.kind.value, {"properties": properties, "links": _links(change.kind, row)})
    if model.is_relationship(row):
        properties = model.relationship_properties(workspace, id_, row)
        links = [["FROM", row["head"]], ["TO", row["tail"]]]
        return _shape(row["relation"], {"properties": properties, "links": links})
    claims = [model.claim_properties(workspace, claim["id"], claim) for claim in row["claims"]]
    links = [["SUBJECT", row["head"]], *(["STATES", claim["id"]] for claim in row["claims"])]
    if row["tail"] is not None:
        links.append(["OBJECT", row["tail"]])
    properties = model.fact_properties(workspace, id_, row)
    return _shape(cypher.FACT, {"properties": properties, "links": links, "claims": claims})


def _links(kind: ChangeKind, row: model.Row) -> list[list[str]]:
    match kind:
        case ChangeKind.ELEMENT:
            parent = [] if row["parent"] is None else [["PARENT", row["parent"]]]
            return [["HAS_ELEMENT", row["document"]], *parent]
        case ChangeKind.CHUNK:
            return [["HAS_CHUNK", row["document"]]]
        case ChangeKind.ENTITY:
            return [["LABEL", label] for label in model.entity_labels(row)]
        case ChangeKind.MENTIONS:
            return [["FROM", row["chunk"]], ["TO", row["entity"]]]
    return []
