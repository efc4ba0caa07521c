"""The graph store in plain Python: the oracle that the real one is held to, and a store for unit tests.

It keeps the rows as they came and answers every question by looking at all of them, so that it shares no
code with Neo4j's adapter that could be wrong in the same way. Full-text search matches whole words and
scores by how many match.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graph.errors import StaleWrite
from graph.fusion.names import normalise_name
from graph.ontology import RELATED_TO, check_entity_type_name, check_relation_name
from graph.ports import (
    ChunkHit,
    EntityHit,
    FactRow,
    GraphPath,
    Hop,
    Page,
    PathSearch,
    PathStep,
    Pattern,
    PatternSearch,
    read_neighbour_cursor,
)
from graph.projection.paths import FAN_OUT
from graph.projection.text import words
from graph.types import (
    ChangeKind,
    ContentId,
    EntityId,
    FactId,
    FactStatus,
    GraphChange,
    PartialDate,
    Position,
    Value,
    ValueKind,
    WorkspaceId,
)

Row = Mapping[str, Any]
_Key = tuple[ChangeKind, bytes]


class MemoryGraph:
    """Implements ``graph.ports.GraphProjection`` and ``GraphReader``."""

    def __init__(self) -> None:
        self._rows: dict[WorkspaceId, dict[_Key, Row]] = defaultdict(dict)
        self._positions: dict[WorkspaceId, Position] = defaultdict(lambda: Position(0))

    # ------------------------------------------------------------ projection

    async def position(self, workspace: WorkspaceId) -> Position:
        return self._positions[workspace]

    async def is_current(self, workspace: WorkspaceId) -> bool:
        return True  # it lives no longer than the code

    async def apply(
        self, workspace: WorkspaceId, changes: Sequence[GraphChange], *, expected: Position, reached: Position
    ) -> None:
        if self._positions[workspace] != expected:
            raise StaleWrite("another writer moved the graph's position first: read it again")
        for change in changes:
            _check_names(change)
        for change in changes:
            if change.row is None:
                self._rows[workspace].pop((change.kind, change.id), None)
            else:
                self._rows[workspace][change.kind, change.id] = change.row
        self._positions[workspace] = reached

    async def clear(self, workspace: WorkspaceId) -> None:
        self._rows.pop(workspace, None)
        self._positions.pop(workspace, None)

    # ------------------------------------------------------------ reader

    async def entities(self, workspace: WorkspaceId, ids: Sequence[EntityId]) -> list[EntityHit]:
        rows = self._of(workspace, ChangeKind.ENTITY)
        return [_entity(id_, rows[id_], 1.0) for id_ in dict.fromkeys(ids) if id_ in rows]

    async def find_entities(self, workspace: WorkspaceId, names: Sequence[str]) -> list[EntityHit]:
        wanted = {normalise_name(name) for name in names} - {""}
        return [
            _entity(id_, row, 1.0)
            for id_, row in sorted(self._of(workspace, ChangeKind.ENTITY).items())
            if wanted & {normalise_name(name) for name in (row["name"], *row["aliases"])}
        ]

    async def search_entities(self, workspace: WorkspaceId, text: str, k: int) -> list[EntityHit]:
        asked = set(words(text))
        hits = [
            _entity(id_, row, score)
            for id_, row in self._of(workspace, ChangeKind.ENTITY).items()
            if (score := float(len(asked & set(words(" ".join((row["name"], *row["aliases"])))))))
        ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.id))[: max(k, 0)]

    async def search_chunks(self, workspace: WorkspaceId, text: str, k: int) -> list[ChunkHit]:
        asked = set(words(text))
        hits = [
            _chunk(id_, row, score)
            for id_, row in self._of(workspace, ChangeKind.CHUNK).items()
            if (score := float(len(asked & set(words(_searched(row))))))
        ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.id))[: max(k, 0)]

    async def chunks_of(
        self, workspace: WorkspaceId, entities: Sequence[EntityId], k: int
    ) -> list[tuple[EntityId, ChunkHit]]:
        chunks = self._of(workspace, ChangeKind.CHUNK)
        mentions = self._of(workspace, ChangeKind.MENTIONS).values()
        found: list[tuple[EntityId, ChunkHit]] = []
        for entity in dict.fromkeys(entities):
            hits = [
                _chunk(chunk, chunks[chunk], float(row["count"]))
                for row in mentions
                if row["entity"] == entity.hex() and (chunk := bytes.fromhex(row["chunk"])) in chunks
            ]
            hits.sort(key=lambda hit: (-hit.score, hit.id))
            found += [(entity, hit) for hit in hits[: max(k, 0)]]
        return found

    async def entities_of(
        self, workspace: WorkspaceId, chunks: Sequence[bytes]
    ) -> list[tuple[bytes, EntityHit]]:
        entities = self._of(workspace, ChangeKind.ENTITY)
        mentions = self._of(workspace, ChangeKind.MENTIONS).values()
        found: list[tuple[bytes, EntityHit]] = []
        for chunk in dict.fromkeys(chunks):
            hits = [
                _entity(entity, entities[entity], float(row["count"]))
                for row in mentions
                if row["chunk"] == chunk.hex() and (entity := bytes.fromhex(row["entity"])) in entities
            ]
            found += [(chunk, hit) for hit in sorted(hits, key=lambda hit: (-hit.score, hit.id))]
        return found

    async def facts(self, workspace: WorkspaceId, ids: Sequence[FactId]) -> list[FactRow]:
        known = {fact.id: fact for fact in self._facts(workspace)}
        return [known[id_] for id_ in dict.fromkeys(ids) if id_ in known]

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
        if limit <= 0:
            return Page((), None)
        steps = self._around(workspace, entity, statuses, as_of)
        steps = [step for step in steps if relations is None or step.fact.relation in relations]
        if cursor is not None:
            after = _after(cursor)
            steps = [step for step in steps if _rank(step) > after]
        return Page(tuple(steps[:limit]), steps[limit - 1].fact.cursor if len(steps) > limit else None)

    async def paths(
        self,
        workspace: WorkspaceId,
        starts: Sequence[EntityId],
        *,
        max_hops: int,
        budget: int,
        as_of: PartialDate | None = None,
    ) -> PathSearch:
        """Every simple path, depth first, then sorted and cut: the order that breadth first must give."""
        names = {id_: row["name"] for id_, row in self._of(workspace, ChangeKind.ENTITY).items()}
        hubs: set[EntityId] = set()

        def walk(at: EntityId, visited: tuple[EntityId, ...]) -> Iterator[tuple[PathStep, ...]]:
            if len(visited) > max_hops:
                return
            steps = self._walkable(workspace, at, as_of)
            if len(steps) > FAN_OUT:
                hubs.add(at)
            for step in steps[:FAN_OUT]:
                other = _other_end(step)
                if other in visited:
                    continue
                yield (step,)
                if other is not None:
                    yield from ((step, *rest) for rest in walk(other, (*visited, other)))

        found = [
            (GraphPath(start, names[EntityId(start)], steps), order)
            for order, start in enumerate(dict.fromkeys(starts))
            if start in names
            for steps in walk(start, (start,))
        ]
        found.sort(key=lambda item: (len(item[0].steps), item[1], [_rank(step) for step in item[0].steps]))
        paths = tuple(path for path, _ in found)
        return PathSearch(paths[:budget], exhausted=len(paths) <= budget and not hubs)

    async def patterns(
        self,
        workspace: WorkspaceId,
        starts: Sequence[EntityId],
        *,
        max_hops: int,
        as_of: PartialDate | None = None,
    ) -> PatternSearch:
        """By looking at every fact of every entity: no sample, no cap."""
        found: list[Pattern] = []
        groups: dict[Pattern, set[EntityId]] = {(): set(starts)}
        for _ in range(max_hops):
            facts: Counter[Pattern] = Counter()
            ends: dict[Pattern, set[EntityId]] = defaultdict(set)
            for pattern, entities in groups.items():
                for entity in entities:
                    for step in self._walkable(workspace, entity, as_of):
                        other = _other_end(step)
                        if other is None or (other != entity and other not in starts):
                            facts[(*pattern, _hop(step))] += 1
                            ends[(*pattern, _hop(step))] |= set() if other is None else {other}
            order = {p: [(h.relation, h.phrase or "", not h.forward) for h in p] for p in facts}
            found += sorted(facts, key=lambda pattern: (-facts[pattern], order[pattern]))
            groups = ends
        return PatternSearch(tuple(found), exhausted=True)

    async def follow(
        self,
        workspace: WorkspaceId,
        starts: Sequence[EntityId],
        pattern: Pattern,
        *,
        budget: int,
        as_of: PartialDate | None = None,
    ) -> PathSearch:
        names = {id_: row["name"] for id_, row in self._of(workspace, ChangeKind.ENTITY).items()}
        walks: list[tuple[GraphPath, EntityId | None]] = [
            (GraphPath(start, names[start], ()), start) for start in dict.fromkeys(starts) if start in names
        ]
        exhausted = True
        for hop in pattern:
            walks = [
                (GraphPath(path.start, path.start_name, (*path.steps, step)), other)
                for path, here in walks
                if here is not None
                for step in self._walkable(workspace, here, as_of)
                if _hop(step) == hop and step not in path.steps
                for other in (_other_end(step),)
                if other not in (here, path.start)
            ]
            exhausted = exhausted and len(walks) <= budget
            walks = walks[:budget]
        return PathSearch(tuple(path for path, _ in walks if path.steps), exhausted)

    # ------------------------------------------------------------ rows

    def _walkable(
        self, workspace: WorkspaceId, entity: EntityId, as_of: PartialDate | None
    ) -> list[PathStep]:
        statuses = (FactStatus.ACCEPTED,) if as_of is None else (FactStatus.ACCEPTED, FactStatus.SUPERSEDED)
        return [step for step in self._around(workspace, entity, statuses, as_of) if step.fact.polarity]

    def _of(self, workspace: WorkspaceId, kind: ChangeKind) -> dict[Any, Row]:
        return {id_: row for (k, id_), row in self._rows[workspace].items() if k is kind}

    def _facts(self, workspace: WorkspaceId) -> list[FactRow]:
        names = {id_.hex(): row["name"] for id_, row in self._of(workspace, ChangeKind.ENTITY).items()}
        return [_fact(id_, row, names) for id_, row in self._of(workspace, ChangeKind.FACT).items()]

    def _around(
        self,
        workspace: WorkspaceId,
        entity: EntityId,
        statuses: Sequence[FactStatus],
        as_of: PartialDate | None,
    ) -> list[PathStep]:
        facts = [f for f in self._facts(workspace) if f.status in statuses and _holds(f, as_of)]
        steps = [PathStep(f, f.head == entity) for f in facts if entity in {f.head, f.tail}]
        return sorted(steps, key=_rank)


def _check_names(change: GraphChange) -> None:
    if change.row is None:
        return
    if change.kind is ChangeKind.ENTITY:
        for label in change.row["labels"]:
            check_entity_type_name(label)
    if change.kind is ChangeKind.FACT:
        check_relation_name(change.row["relation"])


def _holds(fact: FactRow, as_of: PartialDate | None) -> bool:
    """Whether the fact's days and those of ``as_of`` overlap; one superseded for no stated end never does."""
    if as_of is None:
        return True
    if fact.status is FactStatus.SUPERSEDED and fact.valid_to is None:
        return False
    begins = "0000-00-00" if fact.valid_from is None else (fact.valid_from + "-00-00")[:10]
    ends = "9999-99-99" if fact.valid_to is None else (fact.valid_to + "-99-99")[:10]
    return begins <= (as_of + "-99-99")[:10] and ends >= (as_of + "-00-00")[:10]


def _rank(step: PathStep) -> tuple[int, int, bytes]:
    return (-step.fact.support, -step.fact.confidence, step.fact.id)


def _after(cursor: str) -> tuple[int, int, bytes]:
    support, confidence, fact = read_neighbour_cursor(cursor)
    return (-support, -confidence, fact)


def _hop(step: PathStep) -> Hop:
    phrase = step.fact.phrase if step.fact.relation == RELATED_TO else None
    return Hop(step.fact.relation, step.forward, phrase)


def _other_end(step: PathStep) -> EntityId | None:
    if not step.forward:
        return step.fact.head
    return None if isinstance(step.fact.tail, Value) else step.fact.tail


def _searched(row: Row) -> str:
    return " ".join((row["title"], *row["heading"], row["text"]))


def _entity(id_: bytes, row: Row, score: float) -> EntityHit:
    return EntityHit(EntityId(id_), row["name"], row["type"], tuple(row["aliases"]), score)


def _chunk(id_: bytes, row: Row, score: float) -> ChunkHit:
    return ChunkHit(id_, ContentId(bytes.fromhex(row["document"])), row["ord"], score)


def _fact(id_: bytes, row: Row, names: Mapping[str, str]) -> FactRow:
    tail: EntityId | Value
    if row["tail"] is not None:
        tail, tail_name = EntityId(bytes.fromhex(row["tail"])), names[row["tail"]]
    else:
        value = row["value"]
        tail = Value(ValueKind(value["kind"]), value["text"], value["unit"])
        tail_name = tail.shown
    return FactRow(
        id=FactId(id_),
        head=EntityId(bytes.fromhex(row["head"])),
        head_name=names[row["head"]],
        relation=row["relation"],
        phrase=row["phrase"],
        tail=tail,
        tail_name=tail_name,
        status=FactStatus(row["status"]),
        polarity=row["polarity"],
        confidence=row["confidence"],
        support=row["support"],
        qualifiers=tuple(sorted(row["qualifiers"].items())),
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        valid_from_implied=row["valid_from_implied"],
        valid_to_implied=row["valid_to_implied"],
        claim_count=row["claim_count"],
        reason=row["reason"],
        stated=row["stated"],
        grounds=tuple(FactId(bytes.fromhex(id_)) for id_ in row["grounds"]),
        proposer=row["proposer"],
    )
